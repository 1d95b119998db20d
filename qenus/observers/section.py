"""Sections [chains.NAME] of the configuration: the nodes of a chain, and what is wanted of it."""

import re
from typing import Any, Final

import attrs

from qenus.config_fields import (
    NAME,
    PORT,
    family_switch,
    field_of,
    integer,
    list_of,
    switch,
    switched_off,
    text,
)
from qenus.observers.address import NodeAddress
from qenus.observers.session_bounds import SessionBounds

__all__ = ["ChainConfig"]

_HOST: Final = r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])"
_NODE: Final = (
    rf"(?:wss?|https?)://(?:[^\s/@]+@)?{_HOST}(?::(?:{PORT}|65535))?(?:[/?]\S*)?|unix:///\S+"
)
_EXPECTED_NODE: Final = "ws://host:port, wss://…, http://…, https://… or unix:///path"


def _is_address(value: object) -> bool:
    url = value.url_with_secrets() if isinstance(value, NodeAddress) else value
    return isinstance(url, str) and re.fullmatch(_NODE, url) is not None


def _shown(value: object) -> str:
    return str(value) if isinstance(value, NodeAddress) else repr(value)


def _address() -> Any:
    """A field with the address of a node."""
    return field_of(_is_address, _EXPECTED_NODE, converter=NodeAddress.of, shown=_shown)


def _addresses(*, most: int) -> Any:
    """A field with the addresses of any number of nodes."""
    return list_of(
        _is_address,
        _EXPECTED_NODE,
        most=most,
        default=(),
        shown=_shown,
        converter=lambda urls: tuple(map(NodeAddress.of, urls)),
    )


@attrs.frozen
class ChainConfig:
    """One chain to observe: its `name`, the address of a `node`, and those of `other_nodes`.

    All nodes are equal: the first proven answer is taken, and all others are compared with it.
    `catch_up_blocks` bounds how far back a gap is filled; beyond it the gap is reported and left.
    Reading the messages of one of them may cost `endpoint_cpu_percent` of a core over ten seconds;
    one that makes more work is rejected with evidence and left alone for a while. What bounds a
    session with one of them stands at `SessionBounds`.
    With `pool_state` the states of factory-verified pools, read from the nodes, are published too.
    `header_rules` is switched off for a development node that plays the chain: it keeps the roots
    and not always what consensus asks of a header. `chain_file` describes a chain that is not in
    conf/chains; it is NAME.toml, beside the configuration if its path is not absolute.
    """

    name: str = text(NAME, "the name of a chain")
    node: NodeAddress = _address()
    catch_up_blocks: int = integer(1, 100_000, default=1024)
    other_nodes: tuple[NodeAddress, ...] = _addresses(most=32)
    endpoint_cpu_percent: int = integer(1, 100, default=25)
    node_message_bytes: int = integer(1 << 20, 1 << 30, default=64 << 20)
    node_calls: int = integer(16, 65_536, default=1024)
    unasked_messages_per_second: int = integer(10, 1_000_000, default=500)
    unasked_bytes_per_second: int = integer(1 << 20, 1 << 30, default=4 << 20)
    pool_state: bool = family_switch()
    header_rules: bool = switch(default=True)
    chain_file: str = text(r"\S[^\0]{0,1023}|", "the path of a NAME.toml", default="")

    def session_bounds(self) -> SessionBounds:
        """Give what a session with one of the nodes may hold and take."""
        names = (field.name for field in attrs.fields(SessionBounds))
        return SessionBounds(**{name: getattr(self, name) for name in names})

    def families_switched_off(self) -> frozenset[str]:
        """Give the names of the families that are not wanted of this chain."""
        return switched_off(self)
