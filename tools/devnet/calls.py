"""Calls to contracts, written as their signatures: `call_data("transfer(address,uint256)", …)`.

Encoding and decoding are eth-abi's, hashing is eth-utils': no code of Qenus
helps to make the chain that Qenus is tested on.
"""

from typing import Any

import attrs
from eth_abi.abi import decode, encode
from eth_abi.grammar import TupleType, parse
from eth_utils.crypto import keccak

__all__ = ["Account", "Contract", "Transaction", "arguments", "call_data", "create_address", "read"]


@attrs.frozen
class Account:
    """A funded account. `address` and `key` are 0x-hex."""

    address: str
    key: str


@attrs.frozen
class Contract:
    """A deployed contract; `address` is 0x-hex in lower case."""

    name: str
    address: str


@attrs.frozen
class Transaction:
    """What an account does. `value` is in wei; `sender` must be unlocked on the node.

    Without `to` it creates a contract.
    """

    sender: str
    to: str
    data: str = "0x"
    value: int = 0
    gas: int = 1_500_000

    def as_json(self) -> dict[str, str]:
        """The parameters of eth_sendTransaction."""
        return {
            "from": self.sender,
            **({"to": self.to} if self.to else {}),
            "data": self.data,
            "value": hex(self.value),
            "gas": hex(self.gas),
        }


def _types(signature: str) -> list[str]:
    inside = signature[signature.index("(") :]
    if inside == "()":
        return []
    parsed = parse(inside)
    assert isinstance(parsed, TupleType)
    return [component.to_type_str() for component in parsed.components]


def call_data(signature: str, *values: Any) -> str:
    """Encode a call of the function `name(type,…)`."""
    selector = keccak(text=signature)[:4]
    return f"0x{(selector + encode(_types(signature), values)).hex()}"


def arguments(types: str, *values: Any) -> str:
    """Encode the constructor's arguments, `types` as in `(address,uint256)`; bare hex."""
    return encode(_types(types), values).hex()


def read(types: str, answer: str) -> tuple[Any, ...]:
    """Decode what a call returned, `types` as in `(uint256,address)`."""
    return decode(_types(types), bytes.fromhex(answer.removeprefix("0x")))


def create_address(creator: str, nonce: int) -> str:
    """The address of what `creator` creates at `nonce`, below 128 (Yellow Paper, equation 88)."""
    number = b"\x80" if nonce == 0 else bytes([nonce])
    if not 0 <= nonce < 128:
        raise ValueError(f"nonce: expected 0 to 127, found {nonce}")
    item = b"\x94" + bytes.fromhex(creator.removeprefix("0x")) + number
    return f"0x{keccak(bytes([0xC0 + len(item)]) + item)[12:].hex()}"
