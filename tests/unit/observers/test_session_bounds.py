"""What a session with a node may hold and take is configured, and holds over every transport."""

import attrs
import pytest
import trio
from scripted_node import ScriptedNode, result, until

from qenus.config import load, parse
from qenus.errors import QenusError
from qenus.observers.rpc import RpcTimeout, open_session
from qenus.observers.session_bounds import SessionBounds

MANY = "x" * (2 << 20)


def bounds_of(text: str) -> SessionBounds:
    node = '[feed]\nlisten = ["ipc:///tmp/f"]\n[chains.ethereum]\nnode = "ws://127.0.0.1:1"\n'
    (chain,) = parse(node + text, source="qenus.toml").chains
    return chain.session_bounds()


def test_each_bound_has_its_key_and_the_same_default(request):
    assert bounds_of("") == SessionBounds()
    for name in attrs.asdict(SessionBounds()):
        assert getattr(bounds_of(f"{name} = 1048577" if "bytes" in name else f"{name} = 77"), name)
        assert bounds_of(f"{name} = {1 << 20 if 'bytes' in name else 77}") != SessionBounds()


def test_the_shown_configuration_names_every_bound_with_its_default(request):
    path = request.config.rootpath / "conf" / "qenus.toml"
    (chain,) = load(path).chains
    assert chain.session_bounds() == SessionBounds()
    assert all(f"\n{name} = " in path.read_text() for name in attrs.asdict(SessionBounds()))


@pytest.mark.parametrize("transport", ["ws", "http", "unix"])
async def test_an_answer_beyond_the_configured_bytes_is_refused(nursery, tmp_path, transport):
    node = ScriptedNode(answer=lambda method, params, truth: result(truth, MANY))
    url = await node.start(nursery, transport, tmp_path)
    with pytest.raises(QenusError):
        async with open_session(url, bounds=SessionBounds(node_message_bytes=1 << 20)) as session:
            await session.call("debug_traceBlockByHash")
    async with open_session(url) as session:
        assert len(await session.call("debug_traceBlockByHash")) == len(MANY) + 2


async def test_calls_beyond_the_configured_number_fail_at_once(nursery):
    node = ScriptedNode(answer=lambda method, params, truth: None)
    url = await node.start(nursery, "ws")
    bounds = SessionBounds(node_calls=3)
    async with open_session(url, bounds=bounds) as session, trio.open_nursery() as calls:
        for _ in range(3):
            calls.start_soon(session.call, "eth_chainId")
        await until(lambda: len(node.calls) == 3)
        with pytest.raises(RpcTimeout, match="3 calls are unanswered"):
            await session.call("eth_chainId")
        calls.cancel_scope.cancel()


@pytest.mark.parametrize("key", ["unasked_messages_per_second", "unasked_bytes_per_second"])
async def test_what_comes_unasked_beyond_the_configured_rate_ends_the_session(nursery, key):
    node = ScriptedNode()
    url = await node.start(nursery, "ws")
    async with open_session(url, bounds=SessionBounds(**{key: 10})) as session:
        assert await session.call("eth_chainId")
        for _ in range(200):
            node.say(b'{"jsonrpc":"2.0","method":"eth_other","params":[]}')
        await until(lambda: session.fault is not None)
    assert "that were not asked for, found more" in str(session.fault)
    assert "at most 10 " in str(session.fault) or "and 10 bytes" in str(session.fault)
