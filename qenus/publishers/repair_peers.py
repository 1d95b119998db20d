"""The journal's connections, and the reply bytes that each may still hold. Pure.

nng does not show whether a peer has read its last reply, so the reply counts as held until the peer
leaves or its next reply replaces it. Over a bound, the peer with the oldest request is closed
first: a subscriber that needs repairs keeps asking, and reconnects when it was closed.
"""

from collections import OrderedDict

__all__ = ["RepairPeers"]


class RepairPeers:
    """The journal's connections by their id, the one that asked least recently first."""

    def __init__(self, *, max_peers: int, max_bytes: int) -> None:
        self._max_peers = max_peers
        self._max_bytes = max_bytes
        self._held: OrderedDict[int, int] = OrderedDict()
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of replies that may not have been taken yet."""
        return self._held_bytes

    def connected(self, peer: int) -> list[int]:
        """Note a connection; give the peers to close for it, which are forgotten here."""
        self._held.setdefault(peer, 0)
        return self._closed_for(peer, self._held_bytes)

    def replying(self, peer: int, size: int) -> list[int]:
        """Note a reply of `size` bytes to a peer; give the peers to close before it is sent."""
        self._held_bytes += size - self._held.pop(peer, 0)
        self._held[peer] = size
        return self._closed_for(peer, self._max_bytes)

    def left(self, peer: int) -> None:
        """Note that a connection is gone, with what it held."""
        self._held_bytes -= self._held.pop(peer, 0)

    def _closed_for(self, peer: int, max_bytes: int) -> list[int]:
        closed = []
        for other in list(self._held):
            too_many = len(self._held) > self._max_peers
            too_much = self._held_bytes > max_bytes
            if not too_many and not too_much:
                break
            if other != peer and (too_many or self._held[other]):
                self.left(other)
                closed.append(other)
        return closed
