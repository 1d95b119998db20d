"""The tree as a specification: children and supervisors, immutable until somebody runs them."""

from __future__ import annotations

import enum
import inspect
import math
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, ParamSpec

import attrs

from supervisors._errors import LocalProtocolError
from supervisors._outlet import Outlet
from supervisors._policy import AutoShutdown, Restart, Strategy
from supervisors._ports import Inbox
from supervisors._steps import Cell

P = ParamSpec("P")


class Isolation(enum.Enum):
    """Where a child runs."""

    TASK = "task"
    PROCESS = "process"


class Readiness(enum.Enum):
    """When a child counts as ready."""

    STARTED = "started"  # as soon as its function is entered
    EXPLICIT = "explicit"  # when it calls supervisors.ready()


def _at_least(minimum: float) -> Callable[[Any, attrs.Attribute[Any], float], None]:
    def check(instance: Any, attribute: attrs.Attribute[Any], value: float) -> None:
        if not value >= minimum:
            raise LocalProtocolError(
                f"{type(instance).__name__}: {attribute.name} must be at least {minimum}, "
                f"found {value!r}"
            )

    return check


@attrs.frozen
class Backoff:
    """Exponential backoff with full jitter, in seconds.

    The first `free_restarts` failures in a row restart at once. Failure number
    free_restarts + 1 + n waits a uniform random time in [0, min(max, initial * factor**n)].
    The row ends when an incarnation has been ready for `healthy_seconds`.
    Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (full jitter).
    """

    initial_seconds: float = attrs.field(default=0.05, validator=_at_least(0.0))
    factor: float = attrs.field(default=2.0, validator=_at_least(1.0))
    max_seconds: float = attrs.field(default=30.0, validator=_at_least(0.0))
    free_restarts: int = attrs.field(default=1, validator=_at_least(0))
    healthy_seconds: float = attrs.field(default=10.0, validator=_at_least(0.0))

    def ceiling_seconds(self, failures: int) -> float:
        """Return the longest delay after this many failures in a row."""
        doublings = failures - self.free_restarts - 1
        if doublings < 0:
            return 0.0
        if self.factor > 1.0 and doublings * math.log(self.factor) > 700.0:
            return self.max_seconds  # beyond what a float can hold
        return min(self.max_seconds, self.initial_seconds * self.factor**doublings)

    def delay_seconds(self, failures: int, rng: random.Random) -> float:
        """Draw the delay before the restart that follows this many failures in a row."""
        ceiling = self.ceiling_seconds(failures)
        return rng.uniform(0.0, ceiling) if ceiling > 0.0 else 0.0


MAX_DEPTH = 1_000  # levels of supervisors in one tree

NO_BACKOFF = Backoff(initial_seconds=0.0, max_seconds=0.0)


@attrs.frozen
class Policy:
    """How a supervisor treats one child."""

    restart: Restart = Restart.PERMANENT
    backoff: Backoff = Backoff()
    shutdown_seconds: float = attrs.field(default=5.0, validator=_at_least(0.0))
    readiness: Readiness = Readiness.STARTED
    start_timeout_seconds: float = attrs.field(default=30.0, validator=_at_least(0.0))
    isolation: Isolation = Isolation.TASK
    significant: bool = False
    stuck_after_seconds: float = attrs.field(default=30.0, validator=_at_least(0.0))
    step_timeout_seconds: float = attrs.field(default=math.inf, validator=_at_least(0.0))


def _check_name(what: str, name: str) -> None:
    if not name or "/" in name:
        raise LocalProtocolError(
            f"{what}: a name must be non-empty and without '/', found {name!r}"
        )


def check_depth(what: str, depth: int) -> None:
    """Raise LocalProtocolError when a tree would have too many levels of supervisors."""
    if depth > MAX_DEPTH:
        raise LocalProtocolError(
            f"{what}: supervisors may be nested {MAX_DEPTH} deep, found {depth} levels"
        )


class Child:
    """An actor function with its arguments, under a name.

    `Child("seal", seal, found.inbox(), sealed.outlet(), depth=3)` type-checks the arguments
    against the function. Inboxes and outlets among the arguments, also inside a list, tuple
    or dict, are what the tree knows of the flow of messages. `with_policy` returns a copy
    with other restart rules.

    Raises:
        LocalProtocolError: a bad name, or arguments that the function does not take.
    """

    def __init__(
        self,
        name: str,
        actor: Callable[P, Awaitable[None]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        _check_name("Child", name)
        try:
            inspect.signature(actor).bind(*args, **kwargs)
        except TypeError as error:
            raise LocalProtocolError(f"child {name!r}: {error}") from None
        self.name: str = name
        self.actor: Callable[..., Awaitable[None]] = actor
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = dict(kwargs)
        self.policy = Policy()

    def __repr__(self) -> str:
        return f"<Child {self.name!r}>"

    def with_policy(
        self,
        *,
        restart: Restart | None = None,
        backoff: Backoff | None = None,
        shutdown_seconds: float | None = None,
        readiness: Readiness | None = None,
        start_timeout_seconds: float | None = None,
        isolation: Isolation | None = None,
        significant: bool | None = None,
        stuck_after_seconds: float | None = None,
        step_timeout_seconds: float | None = None,
    ) -> Child:
        """Return a copy of this child with the given rules changed.

        `shutdown_seconds` is how long a stop may take before it is forced; 0 is OTP's brutal
        kill, a process is killed at once.
        `stuck_after_seconds` is for process children: the longest silence of their event loop.
        `step_timeout_seconds` is the longest that a message may be leased: an actor that works
        on one for longer is stuck, and crashes with Stuck.

        Raises:
            LocalProtocolError: a negative time, or a significant child that is permanent.
        """
        given = {
            "restart": restart, "backoff": backoff, "shutdown_seconds": shutdown_seconds,
            "readiness": readiness, "start_timeout_seconds": start_timeout_seconds,
            "isolation": isolation, "significant": significant,
            "stuck_after_seconds": stuck_after_seconds,
            "step_timeout_seconds": step_timeout_seconds,
        }  # fmt: skip
        changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        copy = Child.__new__(Child)
        copy.__dict__.update(self.__dict__)
        copy.policy = attrs.evolve(self.policy, **changes)
        if copy.policy.significant and copy.policy.restart is Restart.PERMANENT:
            raise LocalProtocolError(
                f"child {self.name!r}: a significant child must be transient or temporary"
            )
        return copy

    @property
    def inboxes(self) -> list[Inbox[Any]]:
        """The inboxes among the arguments."""
        return [port for port in self._ports() if isinstance(port, Inbox)]

    @property
    def outlets(self) -> list[Outlet[Any]]:
        """The outlets among the arguments."""
        return [port for port in self._ports() if isinstance(port, Outlet)]

    @property
    def cells(self) -> list[Cell[Any]]:
        """The cells among the arguments."""
        return [port for port in self._ports() if isinstance(port, Cell)]

    @property
    def is_source(self) -> bool:
        """Whether the child writes mailboxes and reads none."""
        return bool(self.outlets) and not self.inboxes

    def _ports(self) -> Iterator[Any]:
        for argument in (*self.args, *self.kwargs.values()):
            if isinstance(argument, (list, tuple)):
                yield from argument
            elif isinstance(argument, dict):
                yield from argument.values()
            else:
                yield argument


class Supervisor:
    """Children under one strategy; itself a child of another supervisor, or the root.

    Args:
        children: started left to right, each when the one before is ready; stopped right to
            left.
        intensity, period_seconds: restart number intensity + 1 within the period stops the
            supervisor, which then fails with IntensityExceeded.
        restart, backoff: what its parent does when it fails.
        shutdown_seconds: how long its parent waits for it to stop in order.
        auto_shutdown: see AutoShutdown; significant is OTP's mark for the parent's.
        stop_together: stop all children in parallel, for large numbers of like children.

    `depth` counts the levels of supervisors, itself included; a tree has at most MAX_DEPTH.

    Raises:
        LocalProtocolError: a bad or doubled name, a negative bound, too many levels.
    """

    def __init__(
        self,
        name: str,
        children: Sequence[Child | Supervisor],
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        intensity: int = 5,
        period_seconds: float = 5.0,
        restart: Restart = Restart.PERMANENT,
        backoff: Backoff = NO_BACKOFF,
        shutdown_seconds: float = math.inf,
        auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
        significant: bool = False,
        stop_together: bool = False,
    ) -> None:
        _check_name("Supervisor", name)
        if intensity < 0 or not period_seconds > 0:
            raise LocalProtocolError(
                f"supervisor {name!r}: intensity must be at least 0 and period_seconds above "
                f"0, found {intensity} and {period_seconds}"
            )
        seen: set[str] = set()
        for child in children:
            if child.name in seen:
                raise LocalProtocolError(
                    f"supervisor {name!r}: two children have the name {child.name!r}"
                )
            seen.add(child.name)
        self.name: str = name
        self.children = tuple(children)
        self.depth: int = 1 + max(
            (c.depth for c in children if isinstance(c, Supervisor)), default=0
        )
        check_depth(f"supervisor {name!r}", self.depth)
        self.strategy = strategy
        self.intensity = intensity
        self.period_seconds = period_seconds
        self.auto_shutdown = auto_shutdown
        self.stop_together = stop_together
        self.policy = Policy(
            restart=restart, backoff=backoff, shutdown_seconds=shutdown_seconds,
            significant=significant,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<Supervisor {self.name!r} of {len(self.children)}>"

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Child]]:
        """Yield every child below with its path, in the order of their start."""
        pending: list[tuple[str, Child | Supervisor]] = [(prefix, self)]
        while pending:  # not by recursion: a tree may be deeper than Python recurses
            above, spec = pending.pop()
            path = f"{above}/{spec.name}" if above else spec.name
            if isinstance(spec, Supervisor):
                pending += [(path, child) for child in reversed(spec.children)]
            else:
                yield path, spec
