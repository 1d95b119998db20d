"""What a node claims is read within bounds: a number of any length is refused."""

import json

import pytest

from qenus.chain import ETHEREUM
from qenus.errors import RemoteProtocolError
from qenus.observers.rpc.claims import WrongChain, check_chain, parse_header, parse_height, quantity


class Answers:
    """A session that answers everything alike."""

    endpoint = "ws://node"

    def __init__(self, answer: object) -> None:
        self.answer = json.dumps(answer).encode()

    async def read(self, *_asked: object) -> bytes:
        return self.answer


TOO_LONG = ["0x" + "9" * 4000, "0x" + "f" * 5_000_000, "0x1" + "0" * 16]
NO_QUANTITY = ["", "0x", "1", "0x-1", "0x+1", "0x 1", "0x1_0", "latest", *TOO_LONG]


@pytest.mark.parametrize("text", NO_QUANTITY, ids=range(len(NO_QUANTITY)))
async def test_what_is_no_quantity_of_64_bits_is_refused_wherever_it_stands(text):
    with pytest.raises(ValueError, match=r"^expected a quantity|invalid literal"):
        quantity(text)
    with pytest.raises(RemoteProtocolError, match="eth_chainId: expected a quantity") as caught:
        await check_chain(Answers(text), ETHEREUM)
    assert len(str(caught.value)) < 200
    header = {"number": text, "hash": "0x" + "00" * 32, "parentHash": "0x" + "00" * 32}
    with pytest.raises(RemoteProtocolError, match="expected a header"):
        parse_header(Answers(""), "newHeads", json.dumps(header).encode())
    with pytest.raises(RemoteProtocolError, match="expected a block"):
        parse_height(Answers(""), json.dumps(header).encode())


@pytest.mark.parametrize(
    "name", ["0x" + "00" * 31, "0x" + "00" * 5000, "00" * 33, "0x" + "zz" * 32]
)
def test_what_is_no_hash_is_refused(name):
    header = {"number": "0x1", "hash": name, "parentHash": "0x" + "00" * 32}
    with pytest.raises(RemoteProtocolError, match="expected a header"):
        parse_header(Answers(""), "newHeads", json.dumps(header).encode())


async def test_another_chains_id_is_named():
    with pytest.raises(WrongChain, match=r"expected chain id 1 \(ethereum\), found 18446744073709"):
        await check_chain(Answers("0xffffffffffffffff"), ETHEREUM)


async def test_the_largest_quantity_is_read():
    assert quantity("0x" + "f" * 16) == (1 << 64) - 1
    assert quantity("0x0") == 0
