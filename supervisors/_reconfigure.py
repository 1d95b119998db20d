"""Hot configuration: a running tree moves to a new specification, or stays as it was.

Children are matched by name within their supervisor. What is equal keeps running and never
notices; what changed is stopped and started with its new specification; what is new starts,
what is gone stops. If one of the starts fails, the old specification is applied again.
Mailboxes and cells belong to the application: hand the same ones to the new specification.
"""

from __future__ import annotations

import enum
from typing import Any

import attrs
import trio

from supervisors._child import ChildRun
from supervisors._errors import LocalProtocolError, StartFailed
from supervisors._mailbox import Mailbox
from supervisors._nodes import ALIVE, Node, State
from supervisors._specs import Child, Supervisor
from supervisors._supervisor import SupervisorRun


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


def diff(old: Supervisor, new: Supervisor, prefix: str = "") -> tuple[Change, ...]:
    """Compare two specifications, child by child, in the order of the new one."""
    path = f"{prefix}{new.name}/"
    before = {child.name: child for child in old.children}
    after = {child.name for child in new.children}
    changes: list[Change] = []
    for child in new.children:
        known = before.get(child.name)
        if known is None or isinstance(known, Supervisor) is not isinstance(child, Supervisor):
            if known is not None:
                changes.append(Change(ChangeKind.REMOVE, path + child.name))
            changes.append(Change(ChangeKind.ADD, path + child.name))
        elif isinstance(child, Supervisor):
            assert isinstance(known, Supervisor)
            changes.extend(diff(known, child, path))
        else:
            assert isinstance(known, Child)
            kind = ChangeKind.KEEP if same_child(known, child) else ChangeKind.RESTART
            changes.append(Change(kind, path + child.name))
    gone = [child.name for child in old.children if child.name not in after]
    return (*changes, *(Change(ChangeKind.REMOVE, path + name) for name in gone))


def validate(new: Supervisor) -> None:
    """Check what concerns the specification as a whole.

    Raises:
        LocalProtocolError: two children read the same mailbox, or two mailboxes have one name.
    """
    _check_mailbox_names(new)
    readers: dict[int, str] = {}
    for path, child in new.walk():
        for inbox in child.inboxes:
            other = readers.setdefault(id(inbox._mailbox), path)
            if other != path:
                raise LocalProtocolError(
                    f"mailbox {inbox.name!r} would have two readers: {other} and {path}"
                )


def refuse_dynamic_names(run: SupervisorRun, new: Supervisor) -> None:
    """Check that no child of a new specification has the name of one added while running.

    Raises:
        LocalProtocolError: one has.
    """
    static = {child.name for child in run.spec.children}
    running = {node.name: node for node in run.nodes}
    for child in new.children:
        node = running.get(child.name)
        if node is not None and child.name not in static:
            raise LocalProtocolError(f"{node.path} was added while running: remove it first")
        if isinstance(node, SupervisorRun) and isinstance(child, Supervisor):
            refuse_dynamic_names(node, child)


def _check_mailbox_names(new: Supervisor) -> None:
    """Events and the quarantine know mailboxes by name: two of one name would be one there."""
    named: dict[str, Mailbox[Any]] = {}
    for path, child in new.walk():
        read = [inbox._mailbox for inbox in child.inboxes]
        written = [mailbox for outlet in child.outlets for mailbox in outlet._mailboxes]
        for mailbox in (*read, *written):
            if named.setdefault(mailbox.name, mailbox) is not mailbox:
                raise LocalProtocolError(
                    f"{path}: another mailbox of the tree has the name {mailbox.name!r}, too"
                )


async def apply(run: SupervisorRun, new: Supervisor, *, on_trial: bool) -> None:
    """Move one running supervisor, and those below it, to a new specification.

    Raises:
        StartFailed: on trial only; a child failed, or was not ready in time. Some of the
            change has been applied.

    If cancelled, some of the change has been applied.
    """
    target: list[Node] = []
    by_name = {node.name: node for node in run.nodes}
    for spec in new.children:
        known = by_name.pop(spec.name, None)
        if known is not None and _keeps(known, spec):
            target.append(known)
        else:
            if known is not None:
                by_name[spec.name] = known
            target.append(run._node_of(spec))
    static = {child.name for child in run.spec.children}
    dynamic = [n for n in run.nodes if n.name not in static and n.name in by_name]
    leaving = [n for n in run.nodes if n.name in by_name and n not in dynamic]
    run._withdraw(leaving)
    await run.stop_nodes(leaving)
    run.spec = new
    run.policy = new.policy
    run.nodes = [*target, *dynamic]
    for node, spec in zip(target, new.children, strict=True):
        if isinstance(node, SupervisorRun) and node.incarnation:
            assert isinstance(spec, Supervisor)
            await apply(node, spec, on_trial=on_trial)
        elif not node.incarnation:
            await _start(run, node, on_trial=on_trial)


def _keeps(node: Node, spec: Child | Supervisor) -> bool:
    if isinstance(node, SupervisorRun):
        return isinstance(spec, Supervisor) and node.is_alive
    assert isinstance(node, ChildRun)
    return isinstance(spec, Child) and same_child(node.spec, spec)


async def _start(run: SupervisorRun, node: Node, *, on_trial: bool) -> None:
    node.on_trial = on_trial
    run._start(node)
    while node.state is State.STARTING:  # noqa: ASYNC110  short, and rare
        await trio.sleep(0.001)
    if on_trial and node.state not in ALIVE and node.state is not State.ENDED:
        reason = node.last_error.message if node.last_error else "it was stopped"
        raise StartFailed(f"{node.path} did not start: {reason}")
    node.on_trial = False
