"""What is reported of a chain's sources: each condition as it begins and as it ends, once.

    chain_stale         no new head for several block times
    block_missing       a block that the chain stands before cannot be had from any endpoint
    tier_stale          the head moves on and safe or finalized does not
    endpoint_down       an endpoint cannot be followed
    endpoint_behind     its head is blocks, or seconds, behind the chain's
    endpoint_slow       it leaves questions open
    endpoint_withholds  it announces blocks and does not give them
    endpoint_silent     its subscription to heads says nothing, though its head moves
    tier_behind         its pending, safe or finalized block is far behind its own head

The chain is what was proven, never what is announced: an endpoint that announces too much makes no
other late. An endpoint that is away is not judged, and what was said of it stands. Conditions that
come and go with every block are over only when they have been for a while.

Deciding only: the time is a number that the caller gives, seconds of a clock that never goes back.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from qenus.chain import Chain
from qenus.wire import Alert, BlockRef, Severity

__all__ = ["AlarmLimits", "ChainAlarms", "EndpointView", "Waiting"]

_STALE_BLOCKS: Final = 5
_LAG_BLOCKS: Final = 3
# Chains with blocks of a quarter of a second are not called late for what a network does.
_LEAST_STALE_SECONDS: Final = 5.0
_LEAST_LAG_SECONDS: Final = 2.0
_SLOW_SECONDS: Final = 3.0
# Of the last 16 that it announced.
_WITHHELD_BLOCKS: Final = 4
# Three epochs of Ethereum; layer 2 follows its safe and finalized blocks with some delay.
_TIER_SECONDS: Final = 3 * 32 * 12.0
_LAYER_TWO_DELAY_SECONDS: Final = 900.0
# A block may come some moments after its announcement, longer than this is worth a word.
_MISSING_SECONDS: Final = 3.0
# While a block is missing, people hear how many wait behind it.
_REPEAT_SECONDS: Final = 60.0
_HEIGHTS: Final = 64
_MAX_TEXT: Final = 1024

# What a condition is about: the alert's name and its subject.
_Key = tuple[str, str]


@attrs.frozen
class AlarmLimits:
    """From where on a condition is reported; see the chain's own in `of`."""

    stale_seconds: float
    lag_blocks: int
    lag_seconds: float
    # How long an endpoint must have been all right again.
    calm_seconds: float
    tier_seconds: float
    # A safe or finalized block further down can soon not be marked any more.
    tier_blocks: int

    @classmethod
    def of(cls, chain: Chain) -> "AlarmLimits":
        """The limits that suit a chain's block time and its finality."""
        seconds = chain.block_seconds
        delay = 0.0 if chain.chain_id == 1 else _LAYER_TWO_DELAY_SECONDS
        lag_seconds = max(seconds / 2, _LEAST_LAG_SECONDS)
        return cls(
            stale_seconds=max(_STALE_BLOCKS * seconds, _LEAST_STALE_SECONDS),
            lag_blocks=max(_LAG_BLOCKS, round(2 * lag_seconds / seconds)),
            lag_seconds=lag_seconds,
            calm_seconds=max(_STALE_BLOCKS * seconds, _LEAST_STALE_SECONDS),
            tier_seconds=_TIER_SECONDS + delay,
            tier_blocks=chain.fork_window * 3 // 4,
        )


@attrs.frozen
class EndpointView:
    """An endpoint at one moment; heights are block numbers, None where it has not said.

    `away` is why it cannot be followed, "" while it can, None before the first try. `pending_lag`
    is how far the block that it builds was below its head when it was asked for it.
    """

    name: str
    away: str | None = None
    latest: int | None = None
    pending_lag: int | None = None
    safe: int | None = None
    finalized: int | None = None
    # How long its oldest open question has been open.
    open_seconds: float = 0.0
    # How many of the last blocks that it announced it did not give.
    withheld: int = 0
    # How its subscription was found to say nothing, "" while it speaks.
    silent: str = ""


@attrs.frozen
class Waiting:
    """A block that the chain waits for, `seconds` long, and why no endpoint gave it.

    `behind` counts the later blocks that were announced and wait for it.
    """

    number: int
    hash: bytes
    seconds: float
    causes: str
    behind: int = 0


@attrs.frozen
class _Condition:
    """A condition that holds: how it is reported, and how long it must be over to be over."""

    severity: Severity
    text: str
    block: BlockRef | None = None
    calm_seconds: float = 0.0
    # Said again, as it stands then, while it holds; None: once is enough.
    repeat_seconds: float | None = None


@attrs.frozen
class _Unknown:
    """What a condition rests on is gone: whether it holds cannot be said any more."""

    text: str


@attrs.frozen
class _Raised:
    """A condition that people know of; `fine_since` is when it was last found to be over."""

    calm_seconds: float
    said_at: float
    fine_since: float | None = None


_Judged = _Condition | _Unknown | None


@attrs.frozen
class ChainAlarms:
    """What is raised for one chain, and since when its head and its tiers stand where they do.

    An immutable value; `look` gives the next one. `chain` is its name.
    """

    chain: str
    limits: AlarmLimits
    _raised: Mapping[_Key, _Raised] = attrs.field(factory=dict)
    _head: BlockRef | None = None
    _head_at: float | None = None
    # When the chain first reached a height, the newest last.
    _risen: tuple[tuple[int, float], ...] = ()
    # Where safe and finalized stand, and since when.
    _tiers: Mapping[str, tuple[int, float]] = attrs.field(factory=dict)

    @property
    def raised(self) -> frozenset[tuple[str, str]]:
        """Name and subject of each condition that is raised."""
        return frozenset(self._raised)

    def look(
        self,
        now: float,
        head: BlockRef | None,
        safe: BlockRef | None,
        finalized: BlockRef | None,
        endpoints: Sequence[EndpointView],
        waiting: Waiting | None = None,
    ) -> tuple["ChainAlarms", list[Alert]]:
        """Judge the chain as it stands at `now`; give what is known then and what to report."""
        seen = self._moved(now, head, safe, finalized)
        found: dict[_Key, _Judged] = dict(seen._of_the_chain(now))
        found["block_missing", self.chain] = _missing(waiting, seen._head)
        for endpoint in endpoints:
            found.update(seen._of_an_endpoint(now, endpoint))
        raised, alerts = dict(self._raised), []
        for key, condition in found.items():
            before = raised.get(key)
            if isinstance(condition, _Condition):
                said_at = now if before is None else before.said_at
                repeat = condition.repeat_seconds
                if before is None or (repeat is not None and now - said_at >= repeat):
                    alerts.append(_alert(key, condition, raised=True))
                    said_at = now
                raised[key] = _Raised(condition.calm_seconds, said_at)
            elif before is not None:
                since = now if before.fine_since is None else before.fine_since
                if now - since >= before.calm_seconds:
                    del raised[key]
                    text = condition.text if isinstance(condition, _Unknown) else "it is over"
                    over = _Condition(Severity.INFO, text, head)
                    alerts.append(_alert(key, over, raised=False))
                else:
                    raised[key] = attrs.evolve(before, fine_since=since)
        return attrs.evolve(seen, raised=raised), alerts

    def _moved(
        self,
        now: float,
        head: BlockRef | None,
        safe: BlockRef | None,
        finalized: BlockRef | None,
    ) -> "ChainAlarms":
        # An observer that has just begun may know of no head yet.
        head = head or self._head
        moved = self._head_at is None or head != self._head
        risen = self._risen
        if head is not None and (not risen or head.number > risen[-1][0]):
            risen = (*risen, (head.number, now))[-_HEIGHTS:]
        elif head is not None and head != self._head:
            # A shorter branch: an endpoint on it is not late for what was above.
            risen = (*(entry for entry in risen if entry[0] < head.number), (head.number, now))
        tiers = dict(self._tiers)
        for tier, ref in (("safe", safe), ("finalized", finalized)):
            if ref is not None and (tier not in tiers or tiers[tier][0] != ref.number):
                tiers[tier] = ref.number, now
        return attrs.evolve(
            self,
            head=head,
            head_at=now if moved else self._head_at,
            risen=risen,
            tiers=tiers,
        )

    def _of_the_chain(self, now: float) -> Iterator[tuple[_Key, _Condition | None]]:
        assert self._head_at is not None
        silent = now - self._head_at
        stale = silent > self.limits.stale_seconds
        stands = "" if self._head is None else f"; the last is block {self._head.number}"
        text = f"no new head for {silent:.0f} s{stands}"
        condition = _Condition(Severity.CRITICAL, text, self._head) if stale else None
        yield ("chain_stale", self.chain), condition
        for tier, (number, since) in self._tiers.items():
            # While the head stands still, that is what is reported.
            if stale:
                continue
            late = now - since > self.limits.tier_seconds
            text = f"{tier} has been block {number} for {now - since:.0f} s while the head moved on"
            key = "tier_stale", f"{tier} of {self.chain}"
            yield key, _Condition(Severity.WARNING, text, self._head) if late else None

    def _of_an_endpoint(self, now: float, endpoint: EndpointView) -> Iterator[tuple[_Key, _Judged]]:
        if endpoint.away is None:
            return
        name, limits = endpoint.name, self.limits
        away = _Condition(Severity.WARNING, endpoint.away) if endpoint.away else None
        yield ("endpoint_down", name), away
        if away is not None:
            return
        lateness = self._lateness(now, endpoint)
        if lateness is not None:
            yield ("endpoint_behind", name), self._warning(lateness)
        slow = endpoint.open_seconds > _SLOW_SECONDS
        text = f"a question to it has been open for {endpoint.open_seconds:.1f} s"
        yield ("endpoint_slow", name), self._warning(text if slow else "")
        withholds = endpoint.withheld >= _WITHHELD_BLOCKS
        text = f"of the last blocks that it announced it did not give {endpoint.withheld}"
        yield ("endpoint_withholds", name), self._warning(text if withholds else "")
        yield ("endpoint_silent", name), self._warning(endpoint.silent)
        for tier, lag, limit in (
            ("pending", endpoint.pending_lag, limits.lag_blocks),
            ("safe", _lag(endpoint.safe, endpoint.latest), limits.tier_blocks),
            ("finalized", _lag(endpoint.finalized, endpoint.latest), limits.tier_blocks),
        ):
            key = "tier_behind", f"{tier} of {name}"
            if lag is None:
                yield key, _Unknown(f"it is not known any more: the node names no {tier} block")
                continue
            text = f"its {tier} block is {lag} behind its own head"
            yield key, self._warning(text if lag >= limit else "")

    def _lateness(self, now: float, endpoint: EndpointView) -> str | None:
        """How an endpoint is behind: "" when it is not, None when that is not known."""
        if endpoint.latest is None or self._head is None:
            return None
        blocks = self._head.number - endpoint.latest
        if blocks <= 0:
            return ""
        above = [at for number, at in self._risen if number > endpoint.latest]
        seconds = now - above[0] if above else 0.0
        if blocks < self.limits.lag_blocks and seconds <= self.limits.lag_seconds:
            return ""
        return (
            f"expected block {self._head.number}, found {endpoint.latest}: "
            f"{blocks} blocks and {seconds:.1f} s behind"
        )

    def _warning(self, text: str) -> _Condition | None:
        calm = self.limits.calm_seconds
        return _Condition(Severity.WARNING, text, self._head, calm) if text else None


def _missing(waiting: Waiting | None, head: BlockRef | None) -> _Condition | None:
    if waiting is None or waiting.seconds < _MISSING_SECONDS:
        return None
    text = (
        f"block {waiting.number} (0x{waiting.hash.hex()}) cannot be had, {waiting.behind} later "
        f"ones wait for it; {waiting.causes}"
    )
    return _Condition(
        Severity.CRITICAL, text, head, _MISSING_SECONDS, repeat_seconds=_REPEAT_SECONDS
    )


def _lag(number: int | None, head: int | None) -> int | None:
    return None if number is None or head is None else head - number


def _alert(key: _Key, condition: _Condition, *, raised: bool) -> Alert:
    name, subject = key
    return Alert(
        condition.severity, name, subject[:_MAX_TEXT], raised, condition.text[:_MAX_TEXT],
        condition.block,
    )  # fmt: skip
