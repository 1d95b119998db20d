"""What the journal holds for its peers is bounded; a subscriber in need is served first."""

from hypothesis import given
from hypothesis import strategies as st

from qenus.publishers.repair_peers import RepairPeers

STEPS = st.tuples(
    st.sampled_from(["connect", "reply", "leave"]), st.integers(0, 9), st.integers(0, 700)
)


@given(st.lists(STEPS, max_size=200), st.integers(1, 6), st.integers(1, 1000))
def test_connections_and_bytes_stay_within_their_bounds(steps, max_peers, max_bytes):
    peers = RepairPeers(max_peers=max_peers, max_bytes=max_bytes)
    held: dict[int, int] = {}
    for what, peer, size in steps:
        if what == "connect":
            held.setdefault(peer, 0)
            closed = peers.connected(peer)
        elif what == "reply":
            held[peer] = size
            closed = peers.replying(peer, size)
        else:
            held.pop(peer, None)
            peers.left(peer)
            closed = []
        for each in closed:
            assert each != peer
            del held[each]
        assert peers.held_bytes == sum(held.values())
        assert len(held) <= max_peers
        # One reply that is larger than all that is allowed is sent all the same.
        assert sum(held.values()) <= max_bytes or sum(size > 0 for size in held.values()) == 1


def test_the_peer_that_asked_least_recently_is_closed_first():
    peers = RepairPeers(max_peers=3, max_bytes=1000)
    for peer in (1, 2, 3):
        assert peers.connected(peer) == []
    peers.replying(1, 10)
    assert peers.connected(4) == [2]
    assert peers.connected(5) == [3]


def test_only_peers_that_hold_something_are_closed_for_bytes():
    peers = RepairPeers(max_peers=10, max_bytes=100)
    for peer in (1, 2, 3):
        peers.connected(peer)
    peers.replying(2, 60)
    assert peers.replying(3, 60) == [2]
    assert peers.replying(3, 500) == []
