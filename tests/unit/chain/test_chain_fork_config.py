"""A node's forks against ours: what it has and we have not is named; its word changes nothing.

The texts have the form of the EIP's example.
"""

import json
from typing import Any

import pytest

from qenus.chain import ETHEREUM, BlobFork, Rejected
from qenus.chain.fork_config import unknown_blob_forks


def fork(time: int, target: int, maximum: int, fraction: int) -> dict[str, Any]:
    return {
        "activationTime": time,
        "blobSchedule": {"baseFeeUpdateFraction": fraction, "max": maximum, "target": target},
        "chainId": "0x1",
        "forkId": "0x0929e24e",
        "precompiles": {"ECREC": "0x0000000000000000000000000000000000000001"},
        "systemContracts": {"BEACON_ROOTS_ADDRESS": "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"},
    }


BPO1, BPO2 = (1765290071, 10, 15, 8346193), (1767747671, 14, 21, 11684671)
LATER = (1790000000, 21, 32, 20609697)


def said(current: Any, following: Any = None, last: Any = None) -> bytes:
    return json.dumps({"current": current, "next": following, "last": last}).encode()


def test_what_both_know_needs_nothing():
    assert unknown_blob_forks(said(fork(*BPO1), fork(*BPO2), fork(*BPO2)), ETHEREUM) == []
    assert unknown_blob_forks(said(fork(*BPO2)), ETHEREUM) == []
    # A fork that leaves the schedule as it is.
    assert unknown_blob_forks(said(fork(LATER[0], *BPO2[1:])), ETHEREUM) == []


def test_a_fork_to_come_that_is_not_known_here_is_named_once():
    text = said(fork(*BPO2), fork(*LATER), fork(*LATER))
    assert unknown_blob_forks(text, ETHEREUM) == [BlobFork(*LATER)]


def test_other_parameters_at_a_known_time_are_named():
    for at in (1, 2, 3):
        other = list(BPO2)
        other[at] += 1
        assert unknown_blob_forks(said(fork(*other)), ETHEREUM) == [BlobFork(*other)]
    early = (1700000000, 3, 6, 3338477)
    assert unknown_blob_forks(said(fork(*early)), ETHEREUM) == [BlobFork(*early)]


def test_forks_without_blobs_and_a_node_that_says_nothing_need_nothing():
    assert unknown_blob_forks(said({"activationTime": 1, "blobSchedule": None}), ETHEREUM) == []
    assert unknown_blob_forks(b"{}", ETHEREUM) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b'{"current": 7}',
        b'{"current": {"activationTime": "0x1"}}',
        b'{"current": {"activationTime": -1}}',
        b'{"current": {"activationTime": ' + b"9" * 5000 + b"}}",
        b'{"current": ' + b"[" * 100_000,
        b" " * ((1 << 20) + 1),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_configuration_is_refused_by_shape(text):
    with pytest.raises(Rejected) as caught:
        unknown_blob_forks(text, ETHEREUM)
    assert caught.value.step == "shape"
