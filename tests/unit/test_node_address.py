"""No key of a node's address reaches a log, an error or a subscriber."""

import traceback

import pytest

from qenus.errors import LocalProtocolError
from qenus.observers.address import shown_address
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
