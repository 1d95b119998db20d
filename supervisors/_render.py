"""The tree as text for people: one line a node, with what an operator looks for first."""

from __future__ import annotations

from collections.abc import Iterator

from supervisors._nodes import NodeSnapshot


def format_tree(snapshot: NodeSnapshot) -> str:
    """Draw a snapshot as an indented tree."""
    return "\n".join(_lines(snapshot))


def _lines(root: NodeSnapshot) -> Iterator[str]:
    pending = [(root, "", "")]
    while pending:  # not by recursion: a tree may be deeper than Python recurses
        node, first, rest = pending.pop()
        yield (first + _describe(node)).rstrip()
        for number, child in reversed(list(enumerate(node.children, 1))):
            branch, beside = ("└─ ", "   ") if number == len(node.children) else ("├─ ", "│  ")
            pending.append((child, rest + branch, rest + beside))


def _describe(node: NodeSnapshot) -> str:
    parts = [f"{node.name}  {node.state.value}"]
    if node.degraded_reason:
        parts.append(f"({node.degraded_reason})")
    if node.restarts:
        parts.append(f"restarts={node.restarts}")
    for box in node.inboxes:
        parts.append(f"{box.name}: waiting={box.waiting} acked={box.acked}")
        if box.quarantined:
            parts.append(f"quarantined={box.quarantined}")
        for reason, count in sorted(box.dropped.items()):
            parts.append(f"dropped[{reason}]={count}")
    if node.last_error is not None:
        kind = node.last_error.type.rpartition(".")[2]
        parts.append(f"last error: {kind}: {node.last_error.message}")
    return "  ".join(parts)
