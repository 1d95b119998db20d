"""What a tree knows of its mailboxes: their names, who reads them, and who uses them at all.

A mailbox is connected to the tree, for its events and its quarantine, from the first child
that uses it until the last one is gone. Whether further children fit is asked here, of the
tree that starts, of a new configuration and of one child added while running alike.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, MutableMapping
from typing import Any, Protocol

from supervisors._errors import LocalProtocolError
from supervisors._queue import MessageQueue
from supervisors._specs import Child

_AnyMailbox = MessageQueue[Any]


class Connector(Protocol):
    """Connects mailboxes to a tree."""

    def connect(self, mailbox: _AnyMailbox, /) -> None:
        """A child of the tree uses the mailbox from now on."""

    def disconnect(self, mailbox: _AnyMailbox, /) -> None:
        """No child of the tree uses the mailbox any more."""


def check(
    children: Iterable[tuple[str, Child]],
    named: MutableMapping[str, _AnyMailbox] | None = None,
    readers: MutableMapping[_AnyMailbox, str] | None = None,
) -> None:
    """Check that these children fit together, and with mailboxes and readers known already.

    Raises:
        LocalProtocolError: a mailbox would have two readers, or two mailboxes have one name.
    """
    named = {} if named is None else named
    readers = {} if readers is None else readers
    for path, child in children:
        for mailbox in _used_by(child):
            # Events and the quarantine know mailboxes by name: two would be one there.
            if named.setdefault(mailbox.name, mailbox) is not mailbox:
                raise LocalProtocolError(
                    f"{path}: another mailbox of the tree has the name {mailbox.name!r}, too"
                )
        for inbox in child.inboxes:
            if inbox._mailbox in readers:
                raise LocalProtocolError(
                    f"mailbox {inbox.name!r} would have two readers: "
                    f"{readers[inbox._mailbox]} and {path}"
                )
            readers[inbox._mailbox] = path


class Wiring:
    """The mailboxes of one running tree; entering and leaving take constant time."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._named: dict[str, _AnyMailbox] = {}
        self._readers: dict[_AnyMailbox, str] = {}
        self._users: dict[_AnyMailbox, int] = {}
        self._used: dict[str, list[_AnyMailbox]] = {}
        self._newly_used: list[_AnyMailbox] = []

    @property
    def mailboxes(self) -> list[_AnyMailbox]:
        """Every mailbox that a child of the tree reads or writes."""
        return list(self._users)

    def check(self, children: Iterable[tuple[str, Child]]) -> None:
        """Check that further children fit into the tree as it is.

        Raises:
            LocalProtocolError: they do not; see `check`.
        """
        named: ChainMap[str, _AnyMailbox] = ChainMap({}, self._named)
        readers: ChainMap[_AnyMailbox, str] = ChainMap({}, self._readers)
        check(children, named, readers)

    def enter(self, path: str, child: Child) -> None:
        """Note what the child at that path uses, before it starts."""
        self._used[path] = used = _used_by(child)
        for mailbox in used:
            self._users[mailbox] = self._users.get(mailbox, 0) + 1
            if self._users[mailbox] == 1:
                self._named[mailbox.name] = mailbox
                self._newly_used.append(mailbox)
                self._connector.connect(mailbox)
        for inbox in child.inboxes:
            self._readers[inbox._mailbox] = path
            inbox._mailbox._set_accepting(False)  # until this reader is ready

    def settle(self) -> None:
        """Open the mailboxes that only others read, when all children at hand have entered.

        Not earlier: who waits for a reader to be ready would slip in before that reader enters.
        """
        for mailbox in self._newly_used:
            if mailbox not in self._readers:
                mailbox._set_accepting(True)
        self._newly_used.clear()

    def leave(self, path: str) -> None:
        """Forget what the child at that path used."""
        for mailbox in self._used.pop(path):
            if self._readers.get(mailbox) == path:
                del self._readers[mailbox]
            self._users[mailbox] -= 1
            if not self._users[mailbox]:
                del self._users[mailbox]
                if self._named.get(mailbox.name) is mailbox:
                    del self._named[mailbox.name]
                self._connector.disconnect(mailbox)


def _used_by(child: Child) -> list[_AnyMailbox]:
    """List the mailboxes that a child reads or writes, each of them once."""
    read = [inbox._mailbox for inbox in child.inboxes]
    written = [mailbox for outlet in child.outlets for mailbox in outlet._mailboxes]
    return list(dict.fromkeys((*read, *written)))
