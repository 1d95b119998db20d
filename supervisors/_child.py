"""One running child: enters the actor, and turns whatever comes out into an outcome."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from supervisors._actor import ActorContext
from supervisors._containment import comes_from_outside, end_leaked_nurseries
from supervisors._error_info import ErrorInfo
from supervisors._errors import Cause, StartTimeout, Stuck
from supervisors._events import EventKind
from supervisors._faults import CrashPoint
from supervisors._lane import Charge
from supervisors._life import Ending, Outcome, State
from supervisors._nodes import Environment, Node, Parent
from supervisors._ports import Inbox
from supervisors._process import ProcessHost
from supervisors._queue import MailboxSnapshot, MessageQueue
from supervisors._specs import Child, Isolation, Readiness
from supervisors._steps import current_actor


@trio.lowlevel.disable_ki_protection
async def _call_interruptibly(
    actor: Callable[..., Awaitable[None]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Let a KeyboardInterrupt land in the actor, as in any task; all around it is protected."""
    await actor(*args, **kwargs)


class ChildRun(Node):
    """A child of a running tree."""

    def __init__(self, spec: Child, path: str, env: Environment) -> None:
        super().__init__(spec.name, path, spec.policy, env)
        self.spec = spec
        self.child_pid: int | None = None
        self._host: ProcessHost | None = None
        self._scope = trio.CancelScope()
        self._parent: Parent | None = None
        self._inboxes: list[Inbox[Any]] = []
        self._stuck: Stuck | None = None

    @property
    def mailboxes_read(self) -> list[MessageQueue[Any]]:
        """The mailboxes that this child reads."""
        return [inbox._mailbox for inbox in self.spec.inboxes]

    @property
    def mailboxes_written(self) -> list[MessageQueue[Any]]:
        """The mailboxes that this child writes."""
        return [mailbox for outlet in self.spec.outlets for mailbox in outlet._mailboxes]

    @property
    def has_seen_the_end(self) -> bool:
        """Whether the present incarnation knows that no more messages come."""
        return bool(self._inboxes) and all(inbox._exhausted for inbox in self._inboxes)

    def start(self, nursery: trio.Nursery, parent: Parent) -> None:
        """Begin a new incarnation in the nursery."""
        self._parent = parent
        self.begin()
        self._scope = trio.CancelScope()
        if self.policy.isolation is Isolation.TASK:  # a process's host looks at the time itself
            self._scope.deadline = trio.current_time() + self.policy.start_timeout_seconds
        nursery.start_soon(self._run, self._scope, name=self.path)

    def request_stop(self) -> None:
        """Cancel the actor."""
        if self.is_alive and not self.stop_requested:
            self.stop_requested = True
            self.move_to(State.STOPPING, EventKind.STOPPING)
            self._scope.cancel()

    def check_step(self, now: float, lost_since: Callable[[float], float]) -> None:
        """Crash the actor if it works on one message for longer than its policy allows.

        Time that the event loop did not come round is not the actor's: in it, another process
        could not tell that it had finished, and another task could not finish.
        """
        limit = self.policy.step_timeout_seconds
        for inbox in self._inboxes:
            step = inbox._step
            if inbox._lease is None or step.waiter is not None:
                continue  # it waits: for a message, or for room where it sends to
            seconds = now - inbox.leased_at - step.waited - lost_since(inbox.leased_at)
            if seconds > limit and self._stuck is None:
                self._stuck = Stuck(
                    f"{self.path}: works on message {inbox.lease_id} of {inbox.name!r} for "
                    f"{seconds:.1f} s, allowed are {limit} s"
                )
                self._scope.cancel()

    def kill(self) -> None:
        """Hurry a process child; a task that outlasts its cancellation cannot be ended."""
        if self._host is not None:
            self._host.kill()

    @property
    def stop_limit_seconds(self) -> float:
        """How long a stop may take: the whole ladder for a process child."""
        if self.policy.isolation is Isolation.PROCESS:
            return self.policy.shutdown_seconds + self.env.kill_grace_seconds + 5.0
        return self.policy.shutdown_seconds

    def start_timeout(self) -> StartTimeout:
        """Say that the child did not become ready in time."""
        return StartTimeout(f"{self.path}: not ready within {self.policy.start_timeout_seconds} s")

    def become_ready(self) -> None:
        """Note that the actor can do its work; called by the actor, or on its behalf."""
        if self.state is State.STARTING:
            self._scope.deadline = math.inf
            for mailbox in self.mailboxes_read:
                mailbox._set_accepting(True)
            self.move_to(State.READY, EventKind.READY)
            if self._parent is not None:
                self._parent.child_ready(self)

    def become_degraded(self, reason: str | None) -> None:
        """Note that the actor works below its promise, or is well again."""
        if reason is not None and self.state in (State.READY, State.DEGRADED):
            self.degraded_reason = reason
            self.move_to(State.DEGRADED, EventKind.DEGRADED, reason)
        elif reason is None and self.state is State.DEGRADED:
            self.degraded_reason = None
            self.move_to(State.READY, EventKind.WELL)

    def undo_failed(self, info: ErrorInfo) -> None:
        """Note that undo actions of a step raised: its changes in place are in doubt."""
        self.emit(EventKind.UNDO_FAILED, info.message, info)

    @trio.lowlevel.enable_ki_protection
    async def _run(self, scope: trio.CancelScope) -> None:
        incarnation = self.incarnation
        outcome = Outcome(Ending.FAILED)
        context = ActorContext(
            self.path, incarnation, faults=self.env.faults,
            on_ready=self.become_ready, on_degraded=self.become_degraded,
            on_undo_failed=self.undo_failed,
        )  # fmt: skip
        self._inboxes = []
        self._stuck = None
        try:
            outcome = await self._enter(scope, context)
        except BaseException:
            # Not the actor's failure: what is around it is being torn down; see _enter.
            self._give_back(Cause.CANCELLED, None)
            raise
        finally:
            self._leave(incarnation, outcome)

    async def _enter(self, scope: trio.CancelScope, context: ActorContext) -> Outcome:
        finished = False
        error: BaseException | None = None
        task = trio.lowlevel.current_task()
        try:
            with scope:
                current_actor.set(context)
                if self.env.faults is not None:
                    self.env.faults.at(self.path, CrashPoint.STARTED)
                await self._call(context)
                if not task.child_nurseries:  # a leak is a crash: it commits nothing
                    for inbox in self._inboxes:
                        await inbox._finish()
                    finished = True
        except BaseException as raised:
            if comes_from_outside(raised, task):
                raise
            error = raised  # judging it is what we are for
        if leaked := task.child_nurseries:
            error = await end_leaked_nurseries(task, leaked, error, self.policy.shutdown_seconds)
        if error is None and not finished and not self.stop_requested:
            error = self._stuck or self.start_timeout()
        return self._judge(error, finished)

    async def _call(self, context: ActorContext) -> None:
        if self.policy.isolation is Isolation.PROCESS:
            self._host = ProcessHost(self, context)
            self._inboxes = self._host.inboxes
            try:
                await self._host.run()
            finally:
                self._host = None
            return
        args = tuple(self._bound(argument, context) for argument in self.spec.args)
        kwargs = {k: self._bound(v, context) for k, v in self.spec.kwargs.items()}
        if self.policy.readiness is Readiness.STARTED:
            self.become_ready()
        await _call_interruptibly(self.spec.actor, args, kwargs)

    def _bound(self, argument: Any, context: ActorContext) -> Any:
        """Replace inboxes by fresh ones of this incarnation."""
        if isinstance(argument, Inbox):
            inbox = argument._bind(context)
            self._inboxes.append(inbox)
            return inbox
        if type(argument) in (list, tuple) and any(isinstance(a, Inbox) for a in argument):
            return type(argument)(self._bound(item, context) for item in argument)
        if type(argument) is dict and any(isinstance(a, Inbox) for a in argument.values()):
            return {key: self._bound(value, context) for key, value in argument.items()}
        return argument

    def _judge(self, error: BaseException | None, finished: bool) -> Outcome:
        if error is None:
            self._give_back(Cause.CANCELLED, None)
            return Outcome(Ending.NORMAL if finished else Ending.STOPPED)
        info = ErrorInfo.of(error)
        cause = self.env.failures.cause_of(error)
        if cause is Cause.FENCED and self.env.fenced is None:
            self.env.fenced = error  # whatever else happens meanwhile: the tree ends with it
        if self.stop_requested and cause is not Cause.FENCED:
            # It was asked to stop and failed on the way out: no message is to blame.
            self.last_error = info
            self._give_back(Cause.CANCELLED, None)
            return Outcome(Ending.STOPPED, error)
        self.last_error = info
        return Outcome(Ending.FAILED, error, cause, self._give_back(cause, info))

    def _give_back(self, cause: Cause, info: ErrorInfo | None) -> Charge:
        """Abort what is open; say what the messages in hand were charged with, at the most."""
        charges = [Charge.NOTHING]
        for inbox in self._inboxes:
            charged, failed = inbox._abort(cause, info)
            charges += charged
            inbox.close()
            if failed is not None:
                self.undo_failed(ErrorInfo.of(failed))
        return max(charges, key=list(Charge).index)

    def _leave(self, incarnation: int, outcome: Outcome) -> None:
        for mailbox in self.mailboxes_read:
            mailbox._set_accepting(False)
        if outcome.ending is Ending.NORMAL:
            self.move_to(State.ENDED, EventKind.ENDED)
        elif outcome.ending is Ending.STOPPED:
            self.move_to(State.STOPPED, EventKind.STOPPED)
        else:
            detail = outcome.cause.value
            self.move_to(State.FAILED, EventKind.CRASHED, detail, self.last_error)
        self.done.set()
        if self._parent is not None:
            self._parent.child_exited(self, incarnation, outcome)

    def _pid(self) -> int | None:
        return self.child_pid

    def _inbox_snapshots(self) -> tuple[MailboxSnapshot, ...]:
        return tuple(mailbox.snapshot() for mailbox in self.mailboxes_read)

    def _outlet_names(self) -> tuple[str, ...]:
        return tuple(mailbox.name for mailbox in self.mailboxes_written)
