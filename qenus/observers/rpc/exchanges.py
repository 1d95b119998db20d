"""Messages under way, and which of them what comes belongs to.

An `Exchange` is a message of one call or several and what came to each. An answer is taken for the
one call that it names. What names none is taken for the message that it can only belong to: over
HTTP the one that it came to; else the one whose size the node had not accepted before, or the only
one that is open. A malformed answer is then the failure of that message's calls and of no other.
What can be attributed to nothing, answers nothing or comes in floods breaks the rules, which ends
the session. How much may come unasked has a budget of messages and bytes.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import attrs
import trio

from qenus.errors import QenusError, RemoteProtocolError
from qenus.observers.rpc.connection import ConnectionLost, Received
from qenus.observers.rpc.dialects import NodeError, is_busy
from qenus.observers.rpc.messages import Answer, MalformedMessage, Notice, read_message
from qenus.observers.rpc.token_bucket import TokenBucket
from qenus.observers.session_bounds import SessionBounds

__all__ = ["Exchange", "Exchanges", "Outcome"]

# A result as JSON, the node's error, what else is wrong with the answer, or none yet.
Outcome: TypeAlias = "bytes | NodeError | QenusError | None"

# Late answers to calls that were given up are expected, from so many of them.
_MAX_GIVEN_UP: Final = 4096
# What may come unasked: a head is 2 KB, a transaction without its blobs at most some 300 KB.
_MAX_UNASKED_BYTES: Final = 1 << 20
# So many seconds' worth of it may come at once.
_UNASKED_SECONDS: Final = 8
_MALFORMED: Final = 64
_MALFORMED_A_SECOND: Final = 1
_MAX_SHOWN: Final = 200
_OK: Final = 200
_BUSY_STATUSES: Final = frozenset({429, 502, 503, 504})


@attrs.define(eq=False)
class Exchange:
    """A message under way. `unproven`: it has more calls than the node is known to take in one."""

    numbers: range
    sent_at: float
    max_bytes: int
    unproven: bool = False
    outcomes: dict[int, Outcome] = attrs.field(factory=dict)
    done: trio.Event = attrs.field(factory=trio.Event)

    @property
    def in_order(self) -> list[Outcome]:
        """What came to each call."""
        return [self.outcomes.get(number) for number in self.numbers]

    @property
    def was_answered(self) -> bool:
        """Whether the node itself said something."""
        return any(
            isinstance(outcome, bytes | bytearray | NodeError) for outcome in self.outcomes.values()
        )

    def fill(self, outcome: Outcome) -> None:
        """All calls that were not answered come to this."""
        for number in self.numbers:
            self.outcomes.setdefault(number, outcome)
        self.done.set()


class Exchanges:
    """The messages of one session that are under way."""

    def __init__(self, bounds: SessionBounds) -> None:
        self._bounds = bounds
        # How many answers broke the rules and could be read all the same.
        self.irregular = 0
        self._next_number = 1
        self._open: dict[int, Exchange] = {}
        self._given_up: OrderedDict[int, int] = OrderedDict()
        self._given_up_bytes = 0
        messages, size = bounds.unasked_messages_per_second, bounds.unasked_bytes_per_second
        self._unasked = TokenBucket(_UNASKED_SECONDS * messages, messages)
        self._unasked_bytes = TokenBucket(_UNASKED_SECONDS * size, size)
        self._malformed = TokenBucket(_MALFORMED, _MALFORMED_A_SECOND)

    def __len__(self) -> int:
        """How many calls are unanswered."""
        return len(self._open)

    @property
    def oldest_at(self) -> float | None:
        """When the oldest of them was sent; None where there are none."""
        first = next(iter(self._open.values()), None)
        return None if first is None else first.sent_at

    def open(self, calls: int, max_bytes: int, now: float, *, unproven: bool = False) -> Exchange:
        """Begin an exchange of so many calls."""
        numbers = range(self._next_number, self._next_number + calls)
        self._next_number += calls
        exchange = Exchange(numbers, now, max_bytes, unproven)
        self._open.update(dict.fromkeys(numbers, exchange))
        return exchange

    def close(self, exchange: Exchange) -> bool:
        """Wait for it no longer; give whether answers to it may still come."""
        late = False
        for number in exchange.numbers:
            del self._open[number]
            outcome = exchange.outcomes.get(number)
            if outcome is None or (isinstance(outcome, NodeError) and outcome.of_the_message):
                late = True
                self._given_up[number] = exchange.max_bytes
                self._given_up_bytes += exchange.max_bytes
        while len(self._given_up) > _MAX_GIVEN_UP:
            self._given_up_bytes -= self._given_up.popitem(last=False)[1]
        return late and not exchange.done.is_set()

    def end(self) -> None:
        """Nothing comes any more."""
        for exchange in self._open.values():
            exchange.done.set()

    def take(self, received: Received, now: float) -> list[Notice]:
        """Take what came, and give what it says unasked.

        Raises:
            RemoteProtocolError: it belongs to no message, or too much does not.
        """
        if received.numbers:
            exchange = self._open.get(received.numbers[0])
            if exchange is not None:
                self.irregular += _take_reply(exchange, received)
            return []
        message = received.message
        self._check_size(len(message))
        try:
            said = read_message(message)
        except MalformedMessage as error:
            self._take_malformed(_in_place_of_json(message, error), now)
            return []
        if not isinstance(said, tuple):
            return self._take_items([said], False, len(message), now)
        if not said:
            self._take_malformed(_broken("answers in a batch", "none"), now)
            return []
        return self._take_items(said, True, len(message), now)

    def _check_size(self, size: int) -> None:
        """Refuse by its length what cannot be the answer to anything that was asked."""
        if size <= _MAX_UNASKED_BYTES:
            return
        asked = sum(exchange.max_bytes for exchange in set(self._open.values()))
        most = min(
            _MAX_UNASKED_BYTES + asked + self._given_up_bytes, self._bounds.node_message_bytes
        )
        if size > most:
            raise _broken(f"at most {most} bytes for what was asked", f"{size} bytes")

    def _take_items(
        self, items: Iterable[Answer | Notice | None], together: bool, size: int, now: float
    ) -> list[Notice]:
        """Take the answers and notices of one message."""
        notices: list[Notice] = []
        touched: dict[Exchange, None] = {}
        unasked = 0
        unreadable = ""
        for item in items:
            if not isinstance(item, Answer):
                unasked += 1
                if item is not None:
                    notices.append(item)
            elif item.number is None and isinstance(item.outcome, NodeError):
                self._take_unnamed(item.outcome, now)
            elif item.number is None:
                unreadable = str(item.outcome)[:_MAX_SHOWN]
            elif (exchange := self._open.get(item.number)) is not None:
                self.irregular += item.irregular
                _answer(exchange, item)
                touched[exchange] = None
            else:
                unasked += self._take_late(item.number)
        if unasked:
            self._charge(unasked, size, now)
        if unreadable and not touched:
            self._take_malformed(_broken("a JSON-RPC message", unreadable), now)
        for exchange in touched:
            outcomes = exchange.outcomes
            refused = any(isinstance(outcome, NodeError) for outcome in outcomes.values())
            # All of a batch comes in one message: what is not answered now never is. One answer
            # that comes alone is one of several to come, or the refusal of all.
            if together or refused or len(outcomes) == len(exchange.numbers):
                exchange.done.set()
        return notices

    def _take_late(self, number: int) -> int:
        if number not in self._given_up:
            raise _broken("answers to what was asked", f"one to {number}, which is no open call")
        self._given_up_bytes -= self._given_up.pop(number)
        return 1

    def _take_unnamed(self, said: NodeError, now: float) -> None:
        """Take an error that names no call."""
        error = attrs.evolve(said, of_the_message=True)
        target = self._whose()
        if target is not None:
            target.fill(error)
        elif self._open and is_busy(error):
            # Which of them it refuses is unknown; asking twice costs less than waiting.
            for exchange in set(self._open.values()):
                exchange.fill(error)
        else:
            raise _broken(
                "an answer that names its call",
                f"error {error.code}: {error.message[:_MAX_SHOWN]}",
            )
        self._charge_malformed(now)

    def _take_malformed(self, what: NodeError | RemoteProtocolError, now: float) -> None:
        target = self._whose()
        if target is None:
            if isinstance(what, RemoteProtocolError):
                raise what
            raise _broken("a JSON-RPC message", f"text: {what.message[:_MAX_SHOWN]}")
        target.fill(what)
        self._charge_malformed(now)

    def _whose(self) -> Exchange | None:
        """The exchange that an answer without a name can only belong to."""
        waiting = [e for e in set(self._open.values()) if not e.done.is_set()]
        batches = [e for e in waiting if len(e.numbers) > 1]
        for candidates in ([e for e in batches if e.unproven], waiting, batches):
            if len(candidates) == 1:
                return candidates[0]
        return None

    def _charge(self, messages: int, size: int, now: float) -> None:
        if size > _MAX_UNASKED_BYTES:
            raise _broken(
                f"at most {_MAX_UNASKED_BYTES} bytes of what was not asked for", f"{size}"
            )
        if not self._unasked.take(messages, now) or not self._unasked_bytes.take(size, now):
            raise _broken(
                f"at most {self._bounds.unasked_messages_per_second} messages and "
                f"{self._bounds.unasked_bytes_per_second} "
                "bytes a second that were not asked for",
                "more",
            )

    def _charge_malformed(self, now: float) -> None:
        if not self._malformed.take(1, now):
            raise _broken("answers that name their call", "a flood of others")


def _take_reply(exchange: Exchange, received: Received) -> int:
    """Take what came to a message whose connection was its own; give how much is irregular."""
    if received.lost:
        exchange.fill(ConnectionLost(received.lost))
        return 0
    if received.broken:
        exchange.fill(RemoteProtocolError(received.broken))
        return 0
    try:
        said = read_message(received.message)
    except MalformedMessage as malformed:
        what = _in_place_of_json(received.message, malformed, received.status)
        exchange.fill(_with_status(what, received))
        return 1
    irregular = 0
    for item in said if isinstance(said, tuple) else (said,):
        if not isinstance(item, Answer):
            continue
        if item.number is None:
            if isinstance(item.outcome, NodeError):
                whole = attrs.evolve(item.outcome, of_the_message=True)
                exchange.fill(_with_status(whole, received))
            continue
        if item.number not in exchange.numbers or item.number in exchange.outcomes:
            # It is not known which of them answers which call.
            exchange.outcomes.clear()
            exchange.fill(
                _broken(f"one answer to each of {_shown(exchange.numbers)}", f"{item.number}")
            )
            return 1
        irregular += item.irregular
        _answer(exchange, item)
        outcome = exchange.outcomes[item.number]
        exchange.outcomes[item.number] = _with_status(outcome, received)
    if not exchange.outcomes and received.status != _OK:
        words = received.message[:_MAX_SHOWN].decode("utf-8", "replace")
        error = NodeError(0, f"HTTP {received.status}: {words}", of_the_message=True)
        exchange.fill(_with_status(error, received))
    elif not exchange.outcomes:
        exchange.fill(_broken("a JSON-RPC answer", f"{received.message[:_MAX_SHOWN]!r}"))
    exchange.done.set()
    return irregular


def _answer(exchange: Exchange, answer: Answer) -> None:
    number, outcome = answer.number, answer.outcome
    assert number is not None
    if number in exchange.outcomes:
        raise _broken(f"one answer to call {number}", "a second")
    exchange.outcomes[number] = (
        RemoteProtocolError(outcome) if isinstance(outcome, str) else outcome
    )


def _with_status(outcome: Outcome, received: Received) -> Outcome:
    """An error with what HTTP adds to it: that the node is busy, and for how long."""
    if not isinstance(outcome, NodeError) or received.status == _OK:
        return outcome
    busy = received.status in _BUSY_STATUSES
    return attrs.evolve(
        outcome,
        code=received.status if busy else outcome.code or received.status,
        retry_after_seconds=received.retry_after_seconds or outcome.retry_after_seconds,
    )


def _in_place_of_json(
    message: bytes, error: MalformedMessage, status: int = _OK
) -> NodeError | RemoteProtocolError:
    """What stands in for JSON-RPC: a text says why there is none, broken JSON breaks the rules."""
    beginning = message[:_MAX_SHOWN].lstrip()
    if status == _OK and (not beginning or beginning[:1] in b'{["'):
        return RemoteProtocolError(f"expected a JSON-RPC message: {error}")
    words = beginning.decode("utf-8", "replace")
    if status != _OK:
        return NodeError(0, f"HTTP {status}: {words}" if words else f"HTTP {status}", None, True)
    return NodeError(0, f"expected a JSON-RPC message, found {words}", of_the_message=True)


def _shown(numbers: Sequence[int]) -> str:
    return f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def _broken(expected: str, found: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"expected {expected}, found {found}")
