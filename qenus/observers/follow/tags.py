"""What an endpoint calls pending, safe and finalized, asked for now and then.

A node that answers a tag with an error is asked on, ever less often: after a restart it may know
the tag again. What it said before is forgotten with the second error in a row, so that nothing is
judged by it any more.
"""

import random
from typing import Final

import attrs
import trio

from qenus.observers.follow.endpoint import Endpoint
from qenus.observers.follow.watch import Watch
from qenus.observers.rpc import RpcError, RpcSession
from qenus.observers.rpc.claims import parse_header, parse_height
from qenus.observers.rpc.retrying import Pauses

__all__ = ["watch_tags"]

_ASK_SECONDS: Final = 2.0
_AFTER_ERRORS: Final = Pauses(first_seconds=4.0, longest_seconds=60.0)
_FORGOTTEN_ERRORS: Final = 2


@attrs.define
class _Tag:
    name: str
    errors: int = 0
    ask_at: float = 0.0


async def watch_tags(endpoint: Endpoint, session: RpcSession, watch: Watch) -> None:
    """Ask for the pending, safe and finalized block, for ever.

    Raises:
        RpcTimeout, ConnectionLost: the node cannot be asked now.
        RemoteProtocolError: its answer is no block.

    Cancellation leaves the session usable.
    """
    rng = random.Random()
    tags = [_Tag("pending"), _Tag("safe"), _Tag("finalized")]
    while True:
        for tag in tags:
            if trio.current_time() < tag.ask_at:
                continue
            try:
                await _ask(endpoint, session, watch, tag.name)
                tag.errors = 0
            except RpcError as error:
                if error.busy:
                    continue
                tag.errors += 1
                tag.ask_at = trio.current_time() + _AFTER_ERRORS.after(tag.errors, rng.random())
                if tag.errors >= _FORGOTTEN_ERRORS:
                    _forget(endpoint, watch, tag.name)
        await trio.sleep(_ASK_SECONDS)


async def _ask(endpoint: Endpoint, session: RpcSession, watch: Watch, tag: str) -> None:
    # Compared with the head of before it was asked: that may only have grown since.
    head = endpoint.latest
    answer = await session.read("eth_getBlockByNumber", tag, False)
    if tag == "pending":
        height = parse_height(session, answer)
        endpoint.pending_lag = None
        if height is not None and head is not None:
            endpoint.pending_lag = head.number - height
        return
    if answer == b"null":
        return
    block = parse_header(session, "eth_getBlockByNumber", answer)
    before = endpoint.safe if tag == "safe" else endpoint.finalized
    if before is None or before.hash != block.hash:
        setattr(endpoint, tag, block)
        watch.finality()


def _forget(endpoint: Endpoint, watch: Watch, tag: str) -> None:
    if tag == "pending":
        endpoint.pending_lag = None
    elif getattr(endpoint, tag) is not None:
        setattr(endpoint, tag, None)
        watch.finality()
