"""The children of a running supervisor as the tree knows them: who belongs, who has left.

What a child uses is connected to the tree's wiring as long as it belongs. Nothing here waits:
starting and stopping is the supervisor's part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from supervisors._child import ChildRun
from supervisors._errors import StartFailed
from supervisors._events import EventKind
from supervisors._nodes import Environment, Node
from supervisors._roster import Roster, without
from supervisors._specs import Child, Supervisor

Spec = Child | Supervisor


class Children:
    """The nodes below one supervisor.

    `finished` has the specifications of temporary ones that have ended for good, `removed` the
    names of those that were taken out by hand; both are of the supervisor's own specification.
    """

    def __init__(self, env: Environment, node_of: Callable[[Spec], Node]) -> None:
        self.nodes = Roster()
        self.finished: dict[str, Spec] = {}
        self.removed: set[str] = set()
        self._env = env
        self._node_of = node_of

    def make(self, spec: Spec) -> Node:
        """Make what runs a specification; it does not belong yet."""
        return self._node_of(spec)

    def begin_again(self, specs: Sequence[Spec]) -> None:
        """Have the children of the specification, and none that came while running."""
        self.finished.clear()
        self.removed.clear()
        old = {node.name: node for node in self.nodes if not node.is_dynamic}
        self.adopt([old.get(spec.name) or self._node_of(spec) for spec in specs])
        self._env.wiring.settle()

    def adopt(self, nodes: list[Node]) -> None:
        """Have exactly these children, in this order."""
        before = list(self.nodes)
        for node in without(before, nodes):
            self._disconnect(node, f"{node.path} is not in the tree any more")
        self.nodes = Roster(nodes)
        for node in without(nodes, before):
            self.connect(node)

    def append(self, node: Node) -> None:
        """Have one more child, at the right end."""
        self.nodes.append(node)
        self.connect(node)
        self._env.wiring.settle()

    def forget(self, node: Node) -> None:
        """Let a child go; it may have gone already, a command can be faster than a restart."""
        if node in self.nodes:
            self.nodes.remove(node)
            self._disconnect(node, f"{node.path} was removed before it was ready")
            node.emit(EventKind.REMOVED)

    def forget_finished(self, node: Node, spec: Spec) -> None:
        """Let a temporary child go that has ended for good, and remember that it has."""
        if not node.is_dynamic and node in self.nodes:
            self.finished[node.name] = spec
        self.forget(node)

    def forget_removed(self, node: Node) -> None:
        """Let a child go that was taken out by hand, and remember that it was."""
        if not node.is_dynamic and node in self.nodes:
            self.removed.add(node.name)
        self.forget(node)

    def connect(self, node: Node) -> None:
        """Tell the tree what a node, and everything below it, uses."""
        for child in actors_of(node):
            self._env.wiring.enter(child.path, child.spec)
            if child.policy.step_timeout_seconds < math.inf:
                self._env.timed.add(child)

    def _disconnect(self, node: Node, why: str) -> None:
        node.end_trial(StartFailed(why))
        for child in actors_of(node):
            self._env.wiring.leave(child.path)
            self._env.timed.discard(child)


def actors_of(node: Node) -> Iterable[ChildRun]:
    """Yield the node, if it is a child, or every child below it."""
    return (child for child in node.walk() if isinstance(child, ChildRun))
