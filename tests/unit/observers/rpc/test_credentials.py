"""An address means the same on every transport, and what it sends is shown nowhere."""

import base64
import traceback

import pytest
from scripted_node import ScriptedNode, http_reply
from structlog.testing import capture_logs

from qenus.errors import QenusError
from qenus.observers.rpc import open_session

USER, PASSWORD = "us@er", "p@ss/word:SECRETKEY0123"
QUOTED = "us%40er:p%40ss%2Fword%3ASECRETKEY0123"
# RFC 7617, section 2: base64 of user:password.
EXPECTED = base64.b64encode(f"{USER}:{PASSWORD}".encode())


def with_credentials(url: str, credentials: str = QUOTED) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{credentials}@{rest}"


@pytest.mark.parametrize("transport", ["ws", "http"])
async def test_credentials_of_the_address_are_sent_as_basic_authorization(nursery, transport):
    node = ScriptedNode()
    url = await node.start(nursery, transport)
    async with open_session(with_credentials(url) + "/v3?x=1") as session:
        await session.call("eth_chainId")
    (head,) = node.handshakes
    lines = {line.partition(b":")[0].lower(): line for line in head.split(b"\r\n")}
    assert lines[b"authorization"].partition(b":")[2].strip() == b"Basic " + EXPECTED
    assert lines[b"host"].partition(b":")[2].strip() == url.partition("://")[2].encode()
    assert b" /v3?x=1 HTTP/1.1" in head.split(b"\r\n")[0]


@pytest.mark.parametrize("transport", ["ws", "http"])
async def test_an_address_without_credentials_sends_none(nursery, transport):
    node = ScriptedNode()
    async with open_session(await node.start(nursery, transport)) as session:
        await session.call("eth_chainId")
    assert b"authorization" not in node.handshakes[0].lower()


@pytest.mark.parametrize("transport", ["ws", "http"])
async def test_credentials_are_shown_nowhere_even_when_a_server_repeats_them(nursery, transport):
    node = ScriptedNode(
        refusal=http_reply(
            "401 Unauthorized",
            b"bad " + EXPECTED + b" " + PASSWORD.encode() + b" at /v3/ANOTHERKEY",
        )
    )
    url = with_credentials(await node.start(nursery, transport)) + "/v3/ANOTHERKEY"
    with capture_logs() as logs, pytest.raises(QenusError) as refused:
        async with open_session(url) as session:
            await session.call("eth_chainId")
    text = "".join(traceback.format_exception(refused.value)) + repr(logs)
    assert "401" in text
    for secret in (PASSWORD, "SECRETKEY", "ANOTHERKEY", EXPECTED.decode(), QUOTED):
        assert secret not in text


async def test_cookies_are_neither_kept_nor_sent_back(nursery):
    node = ScriptedNode(
        answer=lambda _method, _params, truth: http_reply(
            "200 OK",
            b'{"jsonrpc":"2.0","id":%d,"result":"0x1"}' % truth["id"],
            *(f"set-cookie: c{number}={'x' * 200}; Path=/" for number in range(50)),
        )
    )
    async with open_session(await nursery.start(node.serve_http)) as session:
        for _ in range(5):
            assert await session.call("eth_chainId") == b'"0x1"'
    assert not [head for head in node.handshakes if b"cookie" in head.lower()]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_no_redirect_takes_credentials_to_another_host(nursery, status):
    elsewhere = ScriptedNode()
    to = await nursery.start(elsewhere.serve_http)
    node = ScriptedNode(refusal=http_reply(status, b"", f"location: {to}/x"))
    url = with_credentials(await nursery.start(node.serve_http))
    async with open_session(url) as session:
        with pytest.raises(QenusError, match=f"it points to {to}, and redirects are not followed"):
            await session.call("eth_chainId")
    assert elsewhere.connections == 0
