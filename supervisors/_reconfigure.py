"""Hot configuration: a running tree moves to a new specification, or stays as it was.

Children are matched by name within their supervisor. What is equal keeps running and never
notices, or stays finished if it has ended for good; what changed is stopped and started with
its new specification; what is new starts, what is gone stops. All stops come before all starts,
so that a mailbox can change hands. If one of the starts fails, the old specification is applied
again. Mailboxes and cells belong to the application: hand the same ones to the new
specification.
"""

from __future__ import annotations

import copy
import enum

import attrs
import trio

from supervisors._child import ChildRun
from supervisors._errors import LocalProtocolError, StartFailed
from supervisors._events import EventKind
from supervisors._life import State
from supervisors._nodes import Node
from supervisors._roster import without
from supervisors._specs import Child, Supervisor
from supervisors._supervisor import SupervisorRun
from supervisors._trial import Trial
from supervisors._wiring import check


class ChangeKind(enum.Enum):
    """What happens to one child."""

    KEEP = "keep"
    RESTART = "restart"
    ADD = "add"
    REMOVE = "remove"


@attrs.frozen
class Change:
    """One line of a difference between two specifications."""

    kind: ChangeKind
    path: str


def same_child(old: Child, new: Child) -> bool:
    """Whether two specifications would run the same: function, arguments and policy."""
    return (
        old.actor == new.actor  # two looks at one method are equal, not identical
        and old.policy == new.policy
        and len(old.args) == len(new.args)
        and all(_same(a, b) for a, b in zip(old.args, new.args, strict=True))
        and old.kwargs.keys() == new.kwargs.keys()
        and all(_same(old.kwargs[key], new.kwargs[key]) for key in old.kwargs)
    )


def _same(old: object, new: object) -> bool:
    """Ports are the same when they name the same mailboxes; other arguments when equal."""
    mailboxes = [getattr(port, "_mailboxes", None) for port in (old, new)]
    if mailboxes[0] is not None and mailboxes[1] is not None:
        return (
            type(old) is type(new)
            and all(a is b for a, b in zip(*mailboxes, strict=False))
            and len(mailboxes[0]) == len(mailboxes[1])
        )
    mailbox = getattr(old, "_mailbox", None)
    if mailbox is not None:
        return type(old) is type(new) and mailbox is getattr(new, "_mailbox", None)
    return old is new or bool(old == new)


# Nothing here goes down a tree by recursion: it may be deeper than Python recurses.


def diff(old: Supervisor, new: Supervisor, prefix: str = "") -> tuple[Change, ...]:
    """Compare two specifications, child by child, in the order of the new one."""
    changes: list[Change] = []
    pending: list[Change | tuple[Supervisor, Supervisor, str]] = [(old, new, prefix)]
    while pending:
        item = pending.pop()
        if isinstance(item, Change):
            changes.append(item)
        else:
            pending.extend(reversed(_differences(*item)))
    return tuple(changes)


def _differences(
    old: Supervisor, new: Supervisor, prefix: str
) -> list[Change | tuple[Supervisor, Supervisor, str]]:
    """Compare the children of two supervisors; a pair of supervisors is left to be compared."""
    path = f"{prefix}{new.name}/"
    before = {child.name: child for child in old.children}
    after = {child.name for child in new.children}
    found: list[Change | tuple[Supervisor, Supervisor, str]] = []
    for child in new.children:
        known = before.get(child.name)
        if isinstance(known, Supervisor) and isinstance(child, Supervisor):
            found.append((known, child, path))
        elif isinstance(known, Child) and isinstance(child, Child):
            kind = ChangeKind.KEEP if same_child(known, child) else ChangeKind.RESTART
            found.append(Change(kind, path + child.name))
        else:
            if known is not None:
                found.append(Change(ChangeKind.REMOVE, path + child.name))
            found.append(Change(ChangeKind.ADD, path + child.name))
    gone = [child.name for child in old.children if child.name not in after]
    return found + [Change(ChangeKind.REMOVE, path + name) for name in gone]


def same_supervisor(old: Supervisor, new: Supervisor) -> bool:
    """Whether two specifications are equal, with everything below them."""
    return _same_spec(old, new)


_SETTINGS = ("name", "strategy", "intensity", "period_seconds", "auto_shutdown", "stop_together",
             "policy")  # fmt: skip


def _same_spec(old: Child | Supervisor, new: Child | Supervisor) -> bool:
    pending = [(old, new)]
    while pending:
        a, b = pending.pop()
        if isinstance(a, Supervisor) and isinstance(b, Supervisor):
            if any(getattr(a, name) != getattr(b, name) for name in _SETTINGS):
                return False
            if len(a.children) != len(b.children):
                return False
            pending += zip(a.children, b.children, strict=True)
        elif (
            not (isinstance(a, Child) and isinstance(b, Child))
            or a.name != b.name
            or not same_child(a, b)
        ):
            return False
    return True


def check_against(root: SupervisorRun, new: Supervisor) -> None:
    """Check a new specification, with the children added while running that stay.

    Raises:
        LocalProtocolError: two children would read one mailbox or have one name, or two
            mailboxes have one name.
    """
    _refuse_dynamic_names(root, new)
    staying = [
        (child.path, child.spec)
        for node in root.walk()
        if node.is_dynamic
        for child in ([node] if isinstance(node, ChildRun) else _below(node))
    ]
    check([*new.walk(), *staying])


def _below(node: Node) -> list[ChildRun]:
    assert isinstance(node, SupervisorRun)
    return [child for child in node.walk() if isinstance(child, ChildRun) and not child.is_dynamic]


def _refuse_dynamic_names(root: SupervisorRun, new_root: Supervisor) -> None:
    pending = [(root, new_root)]
    while pending:
        run, new = pending.pop()
        for child in new.children:
            node = run.nodes.get(child.name)
            if node is not None and node.is_dynamic:
                raise LocalProtocolError(f"{node.path} was added while running: remove it first")
            if isinstance(node, SupervisorRun) and isinstance(child, Supervisor):
                pending.append((node, child))


def in_force(run: SupervisorRun) -> Supervisor:
    """Return a supervisor's specification without what was removed from it by hand."""
    below_first = reversed([node for node in run.walk() if isinstance(node, SupervisorRun)])
    specs: dict[str, Supervisor] = {}  # by path
    for node in below_first:
        spec = specs[node.path] = copy.copy(node.spec)
        spec.children = tuple(
            specs.get(f"{node.path}/{child.name}", child)
            for child in node.spec.children
            if child.name not in node.children.removed
        )
    return specs[run.path]


@attrs.define
class _Move:
    """What becomes of one running supervisor."""

    run: SupervisorRun
    new: Supervisor
    kept: dict[str, Node]
    leaving: list[Node]
    inner: dict[str, _Move]

    @classmethod
    def of(cls, run: SupervisorRun, new: Supervisor) -> _Move:
        """Plan the way of a supervisor; `inner` is left to be filled for those that stay below."""
        kept: dict[str, Node] = {}
        for spec in new.children:
            node = run.nodes.get(spec.name)
            if node is not None and _keeps(node, spec):
                kept[spec.name] = node
        names = {spec.name for spec in new.children}
        leaving = [
            node
            for node in run.nodes
            if node.name not in kept and (not node.is_dynamic or node.name in names)
        ]
        for node in leaving:
            node.is_leaving = True  # before anybody waits: a restart may be under way
        return cls(run, new, kept, leaving, {})

    async def stop(self) -> None:
        """Stop what leaves, right to left; if cancelled, some of it may still run."""
        self.run._withdraw(self.leaving)
        await self.run.stop_nodes(self.leaving)
        names = {spec.name for spec in self.new.children}
        for node in self.leaving:
            if node.name not in names:
                node.emit(EventKind.REMOVED)
        self.run.children.adopt(without(list(self.run.nodes), self.leaving))

    def settle(self) -> None:
        """Put what is new in its place, not started yet."""
        run, new = self.run, self.new
        known = {spec.name for spec in run.spec.children}
        run.spec, run.policy = new, new.policy
        run.children.removed.clear()
        target: list[Node] = []
        for spec in new.children:
            if spec.name in self.kept:
                # It may have ended for good meanwhile, and be gone.
                target += [node for node in [self.kept[spec.name]] if node in run.nodes]
            elif not _stays_finished(run, spec):
                target.append(run.children.make(spec))
                if spec.name not in known:
                    target[-1].emit(EventKind.ADDED)
        run.children.adopt([*target, *(node for node in run.nodes if node.is_dynamic)])
        # A supervisor that is still starting leaves what it has not come to yet to us.
        run._withdraw([node for node in target if not node.incarnation])

    async def start_child(self, spec: Child | Supervisor, *, on_trial: bool) -> None:
        """Start what is new under a name.

        Raises:
            StartFailed: on trial only; a child failed, or was not ready in time.

        If cancelled, it may not have been started.
        """
        node = self.run.nodes.get(spec.name)
        if node is not None and not node.incarnation:
            self.run._withdraw([node])  # a restart meanwhile may have it on its list
            await _start(self.run, node, on_trial=on_trial)


def _moves(root: SupervisorRun, new: Supervisor) -> list[_Move]:
    """Plan the way of a tree: of every supervisor that stays, parents first."""
    moves: list[_Move] = []
    pending = [_Move.of(root, new)]
    while pending:
        move = pending.pop()
        moves.append(move)
        for spec in move.new.children:
            node = move.kept.get(spec.name)
            if isinstance(node, SupervisorRun) and node.is_alive:
                assert isinstance(spec, Supervisor)
                move.inner[spec.name] = _Move.of(node, spec)
        pending.extend(reversed(move.inner.values()))
    return moves


async def _start_all(top: _Move, *, on_trial: bool) -> None:
    """Start what is new in the whole tree, left to right; see _Move.start_child."""
    pending = [(top, iter(top.new.children))]
    while pending:
        move, specs = pending[-1]
        spec = next(specs, None)
        if spec is None:
            move.run.resume()
            pending.pop()
        elif spec.name in move.inner:
            inner = move.inner[spec.name]
            pending.append((inner, iter(inner.new.children)))
        else:
            await move.start_child(spec, on_trial=on_trial)


def _keeps(node: Node, spec: Child | Supervisor) -> bool:
    if node.is_leaving:
        return False
    if isinstance(node, SupervisorRun):
        if node.state is State.ENDED:
            return isinstance(spec, Supervisor) and same_supervisor(node.spec, spec)
        return isinstance(spec, Supervisor) and node.is_alive
    assert isinstance(node, ChildRun)
    return isinstance(spec, Child) and same_child(node.spec, spec)


def _stays_finished(run: SupervisorRun, spec: Child | Supervisor) -> bool:
    """Whether a temporary child has ended for good under this very specification."""
    finished = run.children.finished.get(spec.name)
    return finished is not None and _same_spec(finished, spec)


async def _start(run: SupervisorRun, node: Node, *, on_trial: bool) -> None:
    try:
        run.require_running()
    except LocalProtocolError as error:
        if on_trial:
            raise StartFailed(f"{node.path} did not start: {error}") from None
        return
    if on_trial:
        node.trial = trial = Trial()
        run._start(node)
        await trial.wait()
        return
    run._start(node)
    while node.state is State.STARTING:  # noqa: ASYNC110  short, and rare
        await trio.sleep(0.001)


async def apply(root: SupervisorRun, new: Supervisor, gate: trio.Lock) -> None:
    """Move a running tree to a new specification, or back if a start fails.

    The gate is held while children leave and others take their places: no other task may add
    children then. While the new ones start, their actors may.

    Raises:
        StartFailed: a child failed, or was not ready in time; the old specification runs.

    If cancelled, some of the change has been applied.
    """
    old, finished = root.spec, {run: dict(run.children.finished) for run in _supervisors(root)}
    try:
        await _move(root, new, gate, on_trial=True)
    except StartFailed:
        for run, was in finished.items():
            run.children.finished = was
        await _move(root, old, gate, on_trial=False)
        raise
    for run in _supervisors(root):
        named = {spec.name for spec in run.spec.children}
        run.children.finished = {
            name: was for name, was in run.children.finished.items() if name in named
        }


async def _move(root: SupervisorRun, new: Supervisor, gate: trio.Lock, *, on_trial: bool) -> None:
    async with gate:
        moves = _moves(root, new)
        for move in reversed(moves):
            await move.stop()
        for move in moves:
            move.settle()
        root.env.wiring.settle()
    await _start_all(moves[0], on_trial=on_trial)


def _supervisors(root: SupervisorRun) -> list[SupervisorRun]:
    return [node for node in root.walk() if isinstance(node, SupervisorRun)]
