"""Many calls in as few messages as the node allows, which nodes say in many ways, if at all.

A message of more calls than the node has accepted before goes alone, so that a refusal that names
no call is that message's. A message that was refused as a whole is halved, down to single calls,
and the endpoint's `BatchLimit` remembers it. Calls that met a busy node are asked again within the
deadline. The same error for each call may mean either: one call, asked alone, tells.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import attrs
import trio

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.rpc.connection import ConnectionLost
from qenus.observers.rpc.dialects import (
    BatchVerdict,
    NodeError,
    is_busy,
    judge_batch,
    refuses_batch,
)
from qenus.observers.rpc.exchanges import Outcome
from qenus.observers.rpc.node_limits import MAX_BATCH, NodeLimits

__all__ = ["Batching"]

# Messages of a size that the node is known to take are under way together.
_TOGETHER: Final = 4
_LEFT_OUT: Final = "expected an answer to each call of a batch, found one left out"

# Asks the calls of these positions in one message; `unproven`: the node may refuse so many.
Ask = Callable[[Sequence[int], bool], Awaitable[Sequence[Outcome]]]


@attrs.define
class Batching:
    """Gets one endpoint's answers to many calls. `until` is when they must be there.

    `probing` is held while a message is under way that the node may refuse for its size.
    """

    limits: NodeLimits
    probing: trio.Lock
    ask: Ask
    until: float
    _cap: int = MAX_BATCH

    async def outcomes(self, count: int) -> list[bytes | NodeError]:
        """Give the result or error of each of so many calls.

        Raises:
            RemoteProtocolError: answers came, but not to all of a message, or malformed ones.
            RpcTimeout, ConnectionLost: what `ask` raises.

        Cancellation leaves nothing.
        """
        given: dict[int, bytes | NodeError] = {}
        waiting = deque(range(count))
        while waiting:
            again: list[int] = []
            async with trio.open_nursery() as nursery:
                for part in self._parts(waiting):
                    nursery.start_soon(self._ask_for, part, given, again)
            waiting.extendleft(sorted(again, reverse=True))
        return [given[position] for position in range(count)]

    def _parts(self, waiting: deque[int]) -> list[list[int]]:
        """Take the next messages' calls: several of a size that was accepted, one of a new one."""
        size = min(self.limits.batch.size, self._cap)
        proven = min(size, len(waiting)) <= self.limits.batch.accepted
        parts: list[list[int]] = []
        while waiting and len(parts) < (_TOGETHER if proven else 1):
            parts.append([waiting.popleft() for _ in range(min(size, len(waiting)))])
        return parts

    async def _ask_for(
        self, part: Sequence[int], given: dict[int, bytes | NodeError], again: list[int]
    ) -> None:
        """Ask a part; where others have shown meanwhile that it is too large, leave it."""
        limit = self.limits.batch
        if len(part) <= limit.accepted:
            again += await self._settle(part, await self._asked(part, False), given)
            return
        async with self.probing:
            if len(part) > limit.size:
                again += part
                return
            unproven = len(part) > limit.accepted
            # What it shows of the size is known before the next one is tried.
            again += await self._settle(part, await self._asked(part, unproven), given)

    async def _asked(self, part: Sequence[int], unproven: bool) -> Sequence[Outcome]:
        try:
            return await self.ask(part, unproven)
        except ConnectionLost:
            if len(part) > 1:
                self.limits.batch.lose(len(part))
            raise

    async def _settle(
        self,
        part: Sequence[int],
        answers: Sequence[Outcome],
        given: dict[int, bytes | NodeError],
    ) -> Sequence[int]:
        """Take what came to one message; give the calls that are to be asked again."""
        for answer in answers:
            if isinstance(answer, QenusError):
                raise answer
        verdict = judge_batch(answers) if len(part) > 1 else BatchVerdict.TAKEN
        limit = self.limits.batch
        if verdict is BatchVerdict.DOUBTFUL and len(part) > limit.accepted:
            verdict = await self._verdict_alone(part, answers, given)
        if verdict is BatchVerdict.CUT_SHORT or (len(part) == 1 and answers[0] is None):
            raise RemoteProtocolError(_LEFT_OUT)
        if verdict is BatchVerdict.REFUSED:
            limit.refuse(len(part))
            return [position for position in part if position not in given]
        if verdict is BatchVerdict.BUSY:
            limit.busy(len(part))
            # Where it is the error of some call alone it is meant for all.
            said = next(answer for answer in answers if answer is not None)
            answers = [said if answer is None else answer for answer in answers]
        elif len(part) > 1:
            limit.accept(len(part))
        return self._keep(part, answers, given)

    async def _verdict_alone(
        self,
        part: Sequence[int],
        answers: Sequence[Outcome],
        given: dict[int, bytes | NodeError],
    ) -> BatchVerdict:
        """Ask the first call alone: the same error is then its own."""
        (alone,) = await self.ask(part[:1], False)
        if isinstance(alone, NodeError) and alone == answers[0]:
            return BatchVerdict.TAKEN
        if isinstance(alone, bytes | bytearray) or (
            isinstance(alone, NodeError) and not is_busy(alone)
        ):
            given[part[0]] = alone
        return BatchVerdict.REFUSED

    def _keep(
        self,
        part: Sequence[int],
        answers: Sequence[Outcome],
        given: dict[int, bytes | NodeError],
    ) -> list[int]:
        again: list[int] = []
        for position, answer in zip(part, answers, strict=True):
            if not isinstance(answer, bytes | bytearray | NodeError):
                continue
            if isinstance(answer, NodeError):
                if len(part) > 1 and refuses_batch(answer):
                    # geth cuts a batch off whose answers are too many bytes.
                    self._cap = max(len(part) // 2, 1)
                    again.append(position)
                    continue
                if is_busy(answer) and self._is_worth_waiting():
                    again.append(position)
                    continue
            given[position] = answer
        return again

    def _is_worth_waiting(self) -> bool:
        now = trio.current_time()
        return now + self.limits.pause.left(now) < self.until
