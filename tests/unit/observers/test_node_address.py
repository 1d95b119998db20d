"""No key of a node's address reaches a log, an error or a subscriber."""

import base64
import traceback

import attrs
import msgspec
import pytest

from qenus.errors import LocalProtocolError
from qenus.observers.address import NodeAddress, shown_address
from qenus.observers.rpc import ConnectionLost, RpcError, open_session


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ws://127.0.0.1:8546", "ws://127.0.0.1:8546"),
        ("wss://eth.example/v3/KEY?token=KEY", "wss://eth.example"),
        ("https://user:KEY@eth.example:8545/KEY", "https://eth.example:8545"),
        ("ws://[::1]:8546/KEY", "ws://[::1]:8546"),
        ("unix:///run/geth.ipc", "unix:///run/geth.ipc"),
        ("localhost:8545", "localhost:8545"),
        ("user:KEY@eth.example/v3/KEY", "eth.example"),
        ("eth.example?key=KEY", "eth.example"),
        ("ws://[::1/KEY", "ws://…"),
        # A password whose host was left out; text that may be anything.
        ("ws://user:KEY", "ws://user:…"),
        ("https://user:KE/Y@eth.example/", "https://user:…"),
        ("wss://eth.example:8546 /v3/KEY", "wss://eth.example:…"),
        ("eth:KEY", "…"),
        ("KEY", "…"),
        ("KEY KEY://eth.example", "…"),
        ("https://0123456789abcdef0123456789abcdef.eth.example/", "https://….eth.example"),
    ],
)
def test_an_address_is_shown_without_its_keys(url, shown):
    assert shown_address(url) == shown


@pytest.mark.parametrize(
    "url", ["localhost:8545", "ftp://h/KEY", "ws://", "http://", "http://[::1/KEY", "ws://h:99999"]
)
async def test_an_address_that_cannot_be_one_is_refused_by_name_and_without_its_keys(url):
    with pytest.raises(LocalProtocolError) as refused:
        async with open_session(url):
            pass
    assert str(refused.value).startswith(f"{shown_address(url)}: ")
    assert "KEY" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["ws", "http"])
async def test_an_error_names_the_node_without_its_keys(scheme):
    said = ""
    try:
        async with open_session(f"{scheme}://user:KEY@127.0.0.1:9/KEY?k=KEY") as session:
            await session.call("eth_chainId")
    except (ConnectionLost, RpcError, ExceptionGroup) as error:
        said = "".join(traceback.format_exception_only(error))
        said += "".join(map(repr, getattr(error, "exceptions", ())))
    assert "127.0.0.1:9" in said
    assert "KEY" not in said


KEY = "SECRETKEY0123456789"
PLACES = [
    f"wss://eth.example/v3/{KEY}",
    f"wss://eth.example/v3/{KEY}/",
    f"https://eth.example/{KEY}?network=mainnet#part",
    f"https://eth.example?token={KEY}",
    f"ws://eth.example/#{KEY}",
    f"https://user:{KEY}@eth.example/",
    f"https://{KEY}@eth.example/",
    f"https://user:{KEY}",
    f"ws://[::1/{KEY}",
    KEY,
    f"https://{'0123456789abcdef' * 2}.eth.example/{KEY}",
]


@attrs.frozen
class Holder:
    node: NodeAddress


@pytest.mark.parametrize("url", PLACES)
def test_an_address_prints_no_key_whatever_prints_it(url):
    address = NodeAddress(url)
    printed = [
        str(address),
        repr(address),
        f"{address:>80}",
        f"{address!r}",
        "%s %r" % (address, address),  # noqa: UP031
        repr(Holder(address)),
        repr({address: [address]}),
        msgspec.json.encode(address).decode(),
    ]
    try:
        raise ValueError(address)
    except ValueError as error:
        printed.append("".join(traceback.format_exception(error)))
    assert [text for text in printed if KEY in text] == []
    assert address.url_with_secrets() == url


@pytest.mark.parametrize("url", PLACES)
def test_what_a_server_says_is_scrubbed_of_the_key_wherever_it_stands(url):
    for text in (f"Cannot POST {url} with {KEY}", f"no such key: {KEY[:12]}"):
        assert KEY[:8] not in NodeAddress(url).scrub(text)


def test_credentials_are_scrubbed_in_each_form_in_which_a_server_may_repeat_them():
    address = NodeAddress("wss://us%40er:p%40ss%2Fword@eth.example/")
    assert address.authorization() == "Basic " + base64.b64encode(b"us@er:p@ss/word").decode()
    said = address.scrub(f"p%40ss%2Fword p@ss/word {address.authorization()}")
    assert said == "[secret] [secret] Basic [secret]"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ftp://eth.example", "expected ws://, wss://"),
        ("eth.example", "expected ws://, wss://"),
        ("ws://", "expected a host"),
        ("ws://[::1", "expected a host"),
        ("ws://h:99999", "expected a host, and a port from 1 to 65535"),
        ("ws://h:0", "a port other than 0"),
        ("ws://a b/", "expected a host"),
        ("unix://", "expected the path of a socket"),
        ("unix:///a\0b", "expected the path of a socket"),
    ],
)
def test_what_cannot_be_connected_to_is_known_without_connecting(url, expected):
    with pytest.raises(ValueError, match=expected):
        NodeAddress(url).check()


@pytest.mark.parametrize(
    "url",
    [
        "ws://h",
        "wss://user:p@h:1/x?y",
        "http://[::1]:8545",
        "https://m\u00fc.example",
        "unix:///a/b",
    ],
)
def test_what_can_be_connected_to_passes(url):
    NodeAddress(url).check()


async def test_a_session_is_opened_by_an_address_as_by_its_text():
    with pytest.raises(ConnectionLost) as failed:
        async with open_session(NodeAddress(f"ws://127.0.0.1:9/{KEY}")):
            pass
    assert "ws://127.0.0.1:9" in str(failed.value)
    assert KEY not in str(failed.value)


def test_two_addresses_are_equal_when_their_urls_are():
    one, other = NodeAddress(f"ws://h/{KEY}"), NodeAddress.of(f"ws://h/{KEY}")
    assert one == other
    assert hash(one) == hash(other)
    assert NodeAddress.of(one) is one
    assert one != NodeAddress("ws://h/other")
