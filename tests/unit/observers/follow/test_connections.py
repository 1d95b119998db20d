"""Connections to one endpoint that begin to answer in the same moment: one of them is followed."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

import trio

from qenus.chain import ETHEREUM
from qenus.observers.follow import connections
from qenus.observers.follow.connections import Connections


async def test_of_those_that_answer_in_the_same_moment_one_is_followed(monkeypatch, autojump_clock):
    answers = trio.Event()
    followed = 0

    @asynccontextmanager
    async def open_session(_address, **_options):
        yield SimpleNamespace(silent_seconds=lambda _now: 0.0, fault=None)

    class Heads:
        def __init__(self, *_arguments):
            pass

        async def subscribe(self):
            await answers.wait()

    async def check_chain(_session, _chain):
        pass

    async def follow(_session, _heads):
        nonlocal followed
        followed += 1
        try:
            await trio.sleep_forever()
        finally:
            followed -= 1

    monkeypatch.setattr(connections, "open_session", open_session)
    monkeypatch.setattr(connections, "check_chain", check_chain)
    monkeypatch.setattr(connections, "HeadSource", Heads)
    endpoint = SimpleNamespace(
        address=None, statistics=None, charge_reading=None, bounds=None, blocks=0, name="node"
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Connections(endpoint, ETHEREUM, follow, lambda: True).run)
        await trio.sleep(3)
        answers.set()
        await trio.sleep(3)
        assert followed == 1
        nursery.cancel_scope.cancel()
