"""What a process child runs, pickled: its actor and arguments, and which ports stand among them.

Ports do not cross: each is a number in a table, for which the parent answers and the child makes
a stand-in.
"""

from __future__ import annotations

import io
import pickle
import sys
from typing import Any

import attrs

from supervisors._actor import ActorContext
from supervisors._codec import Codec
from supervisors._errors import (
    LocalProtocolError,
)
from supervisors._outlet import Outlet
from supervisors._partitions import PartitionedOutlet
from supervisors._ports import Inbox
from supervisors._queue import MessageQueue
from supervisors._specs import Child, Readiness
from supervisors._steps import Cell


class _Table(pickle.Pickler):
    """Pickles the arguments of an actor with its ports taken out and numbered."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.inboxes: list[Inbox[Any]] = []
        self.mailboxes: list[MessageQueue[Any]] = []
        self.cells: list[Cell[Any]] = []

    def persistent_id(self, thing: Any) -> Any:
        if isinstance(thing, Inbox):
            self.inboxes.append(thing)
            return ("inbox", len(self.inboxes) - 1, thing.name, thing._codec)
        if isinstance(thing, Outlet):
            numbers = [self._number(mailbox) for mailbox in thing._mailboxes]
            key = thing._key if isinstance(thing, PartitionedOutlet) else None
            return ("outlet", numbers, key)
        if isinstance(thing, Cell):
            known = [number for number, cell in enumerate(self.cells) if cell is thing]
            if not known:
                self.cells.append(thing)
            number = known[0] if known else len(self.cells) - 1
            return ("cell", number, thing.name, thing._value)
        if isinstance(thing, MessageQueue):
            raise LocalProtocolError(
                f"mailbox {thing.name!r}: give a process child mailbox.inbox() or .outlet()"
            )
        return None

    def _number(self, mailbox: MessageQueue[Any]) -> tuple[int, str, Codec[Any] | None]:
        for number, known in enumerate(self.mailboxes):
            if known is mailbox:
                return number, mailbox.name, mailbox.codec
        self.mailboxes.append(mailbox)
        return len(self.mailboxes) - 1, mailbox.name, mailbox.codec


@attrs.frozen
class Program:
    """What the child process needs to know, and what its ports mean here."""

    data: bytes
    inboxes: list[Inbox[Any]]
    mailboxes: list[MessageQueue[Any]]
    cells: list[Cell[Any]]


def program_of(path: str, spec: Child, readiness: Readiness, context: ActorContext) -> Program:
    """Pickle a child's actor and its arguments.

    Raises:
        LocalProtocolError: they cannot be pickled, or a port stands where none may.
    """
    file = io.BytesIO()
    table = _Table(file)
    main = sys.modules["__main__"]
    main_path = getattr(main, "__file__", None) if _is_of_main(spec) else None
    try:
        pickle.dump((main_path, path, context.incarnation), file, protocol=5)
        table.dump((spec.actor, spec.args, spec.kwargs, readiness is Readiness.STARTED))
    except LocalProtocolError:
        raise
    except Exception as error:
        raise LocalProtocolError(
            f"child {path!r}: process isolation needs a function and arguments that can "
            f"be pickled: {error}"
        ) from error
    bound = [inbox._bind(context) for inbox in table.inboxes]
    return Program(file.getvalue(), bound, table.mailboxes, table.cells)


def _is_of_main(spec: Child) -> bool:
    """Whether the child must import the script that is `__main__` here."""
    values = (spec.actor, *spec.args, *spec.kwargs.values())
    return any(
        getattr(value, "__module__", None) == "__main__" or type(value).__module__ == "__main__"
        for value in values
    )
