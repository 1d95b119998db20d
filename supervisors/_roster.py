"""The children of a running supervisor: in their order, found by name, one of each name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from supervisors._nodes import Node


class Roster:
    """Nodes in order of their start; adding, finding and removing one takes constant time.

    Going through it goes through a copy, so that children may come and go meanwhile.
    """

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self._by_name = {node.name: node for node in nodes}

    def __iter__(self) -> Iterator[Node]:
        return iter(tuple(self._by_name.values()))

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Node) and self._by_name.get(node.name) is node

    def get(self, name: str) -> Node | None:
        """Return the child of that name, or None."""
        return self._by_name.get(name)

    def append(self, node: Node) -> None:
        """Add a child at the right end; its name must be free."""
        assert node.name not in self._by_name
        self._by_name[node.name] = node

    def remove(self, node: Node) -> None:
        """Take a child out."""
        assert node in self
        del self._by_name[node.name]

    def from_on(self, node: Node) -> list[Node]:
        """Return the child and all to the right of it."""
        nodes = list(self._by_name.values())
        return nodes[nodes.index(node) :]

    def in_order(self, nodes: Iterable[Node]) -> list[Node]:
        """Sort some of the children as they are sorted here; leave out who is not here."""
        chosen = {id(node) for node in nodes}
        return [node for node in self._by_name.values() if id(node) in chosen]


def without(nodes: Sequence[Node], others: Iterable[Node]) -> list[Node]:
    """Return the nodes that are not among the others."""
    unwanted = {id(node) for node in others}
    return [node for node in nodes if id(node) not in unwanted]
