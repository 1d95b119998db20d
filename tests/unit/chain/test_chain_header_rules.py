"""What headers must satisfy, by kind of chain: on recorded headers, on the EIPs' figures, broken.

Every recorded block and header keeps the rules. Then each rule is broken in a header that is right
but for that, hash and all: with the hash its own, only the rule can refuse it.
"""

import json
from itertools import pairwise
from typing import Any

import attrs
import msgspec
import pytest
from recorded_l1 import L1_BLOCKS, L1_HEADERS

from qenus.chain import (
    ARBITRUM_ONE,
    BASE,
    CHAINS,
    ETHEREUM,
    OP_SEPOLIA,
    OPTIMISM,
    BlobFork,
    Chain,
    ChainKind,
    RecentHeaders,
    Rejected,
    check_child,
    seal,
)
from qenus.chain.blob_gas import GAS_PER_BLOB, blob_base_fee, blob_fork, next_excess_blob_gas
from qenus.chain.header_rules import check_header
from qenus.chain.headers import Header, header_rlp, read_header
from qenus.chain.keccak import keccak256
from qenus.chain.rpc_shapes import RpcHeader, parse_header
from qenus.wire import Block, BlockRef

ALL_RULES = ("parent link", "timestamp", "gas limit", "excess blob gas", "base fee")


def header_of(fields: dict[str, Any]) -> Header:
    return read_header(parse_header(json.dumps({"hash": "0x", **fields}).encode()))


def block_of(header: Header, chain: Chain = ETHEREUM) -> Block:
    """What of a sealed block its child is held against."""
    own = keccak256(header_rlp(header))
    return Block(
        block=BlockRef(chain.chain_id, header.number, own, header.parent_hash),
        timestamp=header.timestamp,
        miner=header.miner,
        gas_limit=header.gas_limit,
        gas_used=header.gas_used,
        base_fee_per_gas=header.base_fee_per_gas,
        blob_gas_used=header.blob_gas_used,
        excess_blob_gas=header.excess_blob_gas,
        extra_data=header.extra_data,
        transactions=(),
    )


def changed(header: Header, **fields: Any) -> Header:
    return msgspec.structs.replace(header, **fields)


def blobs_of(block: dict[str, Any]) -> int:
    return sum(len(tx.get("blobVersionedHashes") or ()) for tx in block["transactions"])


def refusal(header: Header, blobs: int, chain: Chain) -> Rejected:
    with pytest.raises(Rejected) as caught:
        check_header(header, blobs, chain)
    assert caught.value.step == "header rules"
    return caught.value


def child_refusal(child: Header, parent: Header, chain: Chain = ETHEREUM) -> Rejected:
    with pytest.raises(Rejected) as caught:
        check_child(block_of(child, chain), block_of(parent, chain), chain)
    assert caught.value.claimed_hash == keccak256(header_rlp(child))
    return caught.value


# -- Ethereum, recorded ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(f"l1/blocks/{number}" for number in L1_BLOCKS),
        *(f"l1/bad_blocks/{number}" for number in ("11930296", "11931272")),
        *(f"l1/headers/{number}" for number in L1_HEADERS),
        *(f"l1/execution/{number}" for number in ("24476004", "24476005")),
    ],
)
def test_every_recorded_header_keeps_the_rules(read, path):
    block = read(f"{path}.json.gz")["block"]
    check_header(header_of(block), blobs_of(block), ETHEREUM)


@pytest.mark.parametrize(
    ("paths", "rules"),
    [
        ([f"l1/headers/{number}" for number in L1_HEADERS], ALL_RULES),
        (["l1/execution/24476004", "l1/execution/24476005"], ALL_RULES),
        (["l1/blocks/22431083", "l1/blocks/22431084"], ALL_RULES),
        # Before the first blobs; over Paris; over Shanghai.
        (["l1/blocks/15537393", "l1/blocks/15537394"], set(ALL_RULES) - {"excess blob gas"}),
        (["l1/blocks/17034869", "l1/blocks/17034870"], set(ALL_RULES) - {"excess blob gas"}),
    ],
    ids=["over Prague", "after BPO2", "Prague", "Paris", "Shanghai"],
)
def test_recorded_headers_follow_from_their_parents(read, paths, rules):
    headers = [header_of(read(f"{path}.json.gz")["block"]) for path in paths]
    for parent, child in pairwise(headers):
        assert set(check_child(block_of(child), block_of(parent), ETHEREUM)) == set(rules)


def test_the_recorded_headers_over_prague_need_the_schedule_of_the_child(read):
    # 22431084 is Prague's first block. By Cancun's target its excess would be another.
    recorded = [read(f"l1/headers/{number}.json.gz")["block"] for number in L1_HEADERS]
    parent = block_of(header_of(recorded[L1_HEADERS.index("22431083")]))
    first = header_of(recorded[L1_HEADERS.index("22431084")])
    cancun, prague = ETHEREUM.blob_forks[:2]
    assert blob_fork(ETHEREUM, parent.timestamp) == cancun
    assert blob_fork(ETHEREUM, first.timestamp) == prague
    assert next_excess_blob_gas(parent, prague) == first.excess_blob_gas
    assert next_excess_blob_gas(parent, cancun) != first.excess_blob_gas


# -- Ethereum, the EIPs' own figures -----------------------------------------------------------


def parent_with(excess: int, used: int, base_fee: int) -> Block:
    return Block(
        block=BlockRef(1, 1, bytes(32), bytes(32)), timestamp=1, miner=bytes(20),
        gas_limit=30_000_000, gas_used=0, base_fee_per_gas=base_fee, blob_gas_used=used,
        excess_blob_gas=excess, extra_data=b"", transactions=(),
    )  # fmt: skip


def test_excess_blob_gas_is_that_of_the_vectors(read):
    vectors = read("vectors/gas_vectors.json")["excess_blob_gas"]
    for one in vectors:
        fork = BlobFork(0, one["target"], one["max"], one["fraction"], reserve_price=True)
        parent = parent_with(one["parent_excess"], one["parent_blob_gas"], one["parent_base_fee"])
        assert next_excess_blob_gas(parent, fork) == one["excess"]
    assert len(vectors) == 4


def test_blob_base_fee_is_that_of_the_vectors(read):
    vectors = read("vectors/gas_vectors.json")
    for factor, numerator, denominator, fee in vectors["fake_exponential"]:
        if factor == 1:
            assert blob_base_fee(numerator, denominator) == fee
    for excess, fee in vectors["blob_base_fee_cancun"]:
        assert blob_base_fee(excess, 3338477) == fee


def test_an_excess_beyond_all_reason_takes_no_time():
    # Its blob base fee would have more digits than there is memory.
    fork = ETHEREUM.blob_forks[-1]
    used = fork.maximum * GAS_PER_BLOB
    for excess in (2**64 - 1, 10**12, 64 * fork.update_fraction, 64 * fork.update_fraction + 1):
        above = excess + used - fork.target * GAS_PER_BLOB
        assert next_excess_blob_gas(parent_with(excess, used, 2**64 - 1), fork) == above


def test_mainnets_schedule_is_what_the_eips_say():
    # EIP-4844, EIP-7691, EIP-7892's first two forks: target, maximum, update fraction.
    assert [(one.time, one.target, one.maximum) for one in ETHEREUM.blob_forks] == [
        (1710338135, 3, 6),
        (1746612311, 6, 9),
        (1764798551, 6, 9),
        (1765290071, 10, 15),
        (1767747671, 14, 21),
    ]
    assert [one.reserve_price for one in ETHEREUM.blob_forks] == [False, False, True, True, True]
    assert blob_fork(ETHEREUM, 1710338134) is None


# -- Ethereum, broken --------------------------------------------------------------------------


@pytest.fixture
def prague(read) -> tuple[Header, int]:
    """Give the header of 22431084 and how many blobs its transactions carry."""
    block = read("l1/headers/22431084.json.gz")["block"]
    return header_of(block), blobs_of(block)


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("extra_data", bytes(33), "extraData"),
        ("difficulty", 1, "difficulty"),
        ("nonce", b"\0\0\0\0\0\0\0\1", "nonce"),
        ("uncles_hash", bytes(32), "sha3Uncles"),
        ("gas_used", 36_000_001, "gasUsed"),
        ("blob_gas_used", 0, "blobGasUsed"),
        ("blob_gas_used", 10 * GAS_PER_BLOB, "blobGasUsed"),
        ("blob_gas_used", None, "blobGasUsed"),
        ("excess_blob_gas", None, "excessBlobGas"),
    ],
)
def test_a_header_that_breaks_one_rule_is_refused(prague, field, value, name):
    header, blobs = prague
    header = changed(header, gas_limit=36_000_000)
    check_header(header, blobs, ETHEREUM)
    assert refusal(changed(header, **{field: value}), blobs, ETHEREUM).where == f"block.{name}"


def test_extra_data_of_32_bytes_is_the_longest(prague):
    header, blobs = prague
    check_header(changed(header, extra_data=bytes(32)), blobs, ETHEREUM)


def test_more_blobs_than_the_schedule_has_room_for_are_refused(prague):
    header, _ = prague
    for blobs in (9, 10):
        full = changed(header, blob_gas_used=blobs * GAS_PER_BLOB)
        if blobs == 9:
            check_header(full, blobs, ETHEREUM)
        else:
            assert refusal(full, blobs, ETHEREUM).where == "block.blobGasUsed"


def test_before_cancun_there_is_no_blob_gas(l1):
    header = header_of(l1("17034870")[0])
    later = changed(header, blob_gas_used=0, excess_blob_gas=0)
    assert refusal(later, 0, ETHEREUM).where == "block.blobGasUsed"


def test_before_paris_difficulty_nonce_and_uncles_are_free(l1):
    header = header_of(l1("14764013")[0])
    assert header.difficulty > 0
    assert any(header.nonce)
    check_header(header, 0, ETHEREUM)
    after = changed(header, timestamp=ETHEREUM.paris_time)
    assert refusal(after, 0, ETHEREUM).where == "block.difficulty"


def test_a_forged_header_with_a_hash_of_its_own_does_not_get_through_the_ladder(l1):
    block, receipts = l1("19426587")
    forged = {**block, "difficulty": "0x1"}
    own = "0x" + keccak256(header_rlp(header_of(forged))).hex()
    texts = [
        json.dumps(part).replace(block["hash"], own).encode()
        for part in ({**forged, "hash": block["hash"]}, receipts)
    ]
    with pytest.raises(Rejected) as caught:
        seal(*texts, ETHEREUM)
    assert (caught.value.step, caught.value.where) == ("header rules", "block.difficulty")
    assert caught.value.claimed_hash == bytes.fromhex(own[2:])
    seal(*texts, attrs.evolve(ETHEREUM, header_rules=False))


@pytest.fixture
def linked(read) -> tuple[Header, Header]:
    """Give a recorded header and its child, after BPO2."""
    return tuple(  # type: ignore[return-value]
        header_of(read(f"l1/execution/{number}.json.gz")["block"])
        for number in ("24476004", "24476005")
    )


def test_a_child_has_to_come_after_its_parent(linked):
    parent, child = linked
    check_child(
        block_of(changed(child, timestamp=parent.timestamp + 1)), block_of(parent), ETHEREUM
    )
    for timestamp in (parent.timestamp, parent.timestamp - 1):
        refused = child_refusal(changed(child, timestamp=timestamp), parent)
        assert (refused.step, refused.where) == ("header rules", "block.timestamp")


def test_a_childs_number_and_parent_have_to_be_its_parents(linked):
    parent, child = linked
    assert child_refusal(changed(child, number=child.number + 1), parent).step == "parent link"
    assert child_refusal(changed(child, parent_hash=bytes(32)), parent).step == "parent link"


def test_the_gas_limit_moves_by_less_than_a_1024th(linked):
    parent, child = linked
    bound = parent.gas_limit // 1024
    for moved in (bound - 1, 1 - bound, 0):
        limit = parent.gas_limit + moved
        check_child(block_of(changed(child, gas_limit=limit)), block_of(parent), ETHEREUM)
    for moved in (bound, -bound):
        refused = child_refusal(changed(child, gas_limit=parent.gas_limit + moved), parent)
        assert (refused.step, refused.where) == ("header rules", "block.gasLimit")


def test_the_gas_limit_doubles_once_at_london(l1):
    # EIP-1559: the parent's limit counts twice in the fork's first block. It was not recorded; the
    # last of its kind stands for the parent.
    parent = header_of(l1("12914944")[0])
    own = keccak256(header_rlp(parent))
    first = changed(
        parent, number=parent.number + 1, parent_hash=own, timestamp=parent.timestamp + 1,
        gas_limit=2 * parent.gas_limit, base_fee_per_gas=10**9,
    )  # fmt: skip
    check_child(block_of(first), block_of(parent), ETHEREUM)
    same = changed(first, gas_limit=parent.gas_limit)
    assert child_refusal(same, parent).where == "block.gasLimit"


def test_a_gas_limit_below_5000_is_refused(linked):
    parent, child = (changed(one, gas_limit=5_000, gas_used=0) for one in linked)
    child = changed(child, parent_hash=keccak256(header_rlp(parent)), gas_limit=4_999)
    assert child_refusal(child, parent).where == "block.gasLimit"


def test_excess_and_base_fee_have_to_follow(linked):
    parent, child = linked
    for wrong in (1, -1):
        other = changed(child, excess_blob_gas=child.excess_blob_gas + wrong)
        refused = child_refusal(other, parent)
        assert (refused.step, refused.where) == ("header rules", "block.excessBlobGas")
        assert refused.expected.startswith(f"{child.excess_blob_gas} by the blob schedule from 17")
        refused = child_refusal(
            changed(child, base_fee_per_gas=child.base_fee_per_gas + wrong), parent
        )
        assert (refused.step, refused.expected) == ("base fee", str(child.base_fee_per_gas))


def test_the_first_blobs_begin_without_excess(l1):
    header = header_of(l1("19426587")[0])
    assert header.timestamp == ETHEREUM.blob_forks[0].time
    parent = changed(header, number=header.number - 1, blob_gas_used=None, excess_blob_gas=None)
    assert next_excess_blob_gas(block_of(changed(
        parent, parent_beacon_block_root=None
    )), ETHEREUM.blob_forks[0]) == 0 == header.excess_blob_gas  # fmt: skip


# -- OP Stack ----------------------------------------------------------------------------------

OP_SEPOLIA_BLOCKS = (26207960, 26207961, 26207962, 26207963, 26208384, 26208858, 26208927, 26211680)


@pytest.fixture
def holocene(read) -> list[Header]:
    """Give the recorded OP Sepolia headers: the parents of eight blocks."""
    folder = "l2/rpc/op_sepolia_blocks"
    recorded = [
        read(f"{folder}/block-{number}.json")["parent_header"] for number in OP_SEPOLIA_BLOCKS
    ]
    return [read_header(msgspec.convert({"hash": "0x", **one}, RpcHeader)) for one in recorded]


def test_recorded_op_sepolia_headers_keep_the_rules_and_follow(holocene):
    for header in holocene:
        check_header(header, 0, OP_SEPOLIA)
    linked = [
        check_child(block_of(child, OP_SEPOLIA), block_of(parent, OP_SEPOLIA), OP_SEPOLIA)
        for parent, child in pairwise(holocene)
        if child.number == parent.number + 1
    ]
    assert linked == [("parent link", "timestamp", "base fee")] * 3


HOLOCENE = bytes.fromhex("00000000fa00000006")
JOVIAN = bytes.fromhex("01000000fa000000060000000000030d40")


@pytest.mark.parametrize(
    ("chain", "timestamp", "extra", "holds"),
    [
        (OPTIMISM, 1736445600, b"", True),
        (OPTIMISM, 1736445600, bytes(32), True),
        (OPTIMISM, 1736445600, bytes(33), False),
        (OPTIMISM, 1736445601, b"", False),
        (OPTIMISM, 1736445601, HOLOCENE, True),
        (OPTIMISM, 1736445601, JOVIAN, False),
        (OPTIMISM, 1736445601, HOLOCENE + b"\0", False),
        (OPTIMISM, 1736445601, bytes(9), False),
        (OPTIMISM, 1736445601, bytes.fromhex("01000000fa00000006"), False),
        (OPTIMISM, 1736445601, bytes.fromhex("00000000fa00000000"), False),
        (BASE, 1764691200, HOLOCENE, True),
        (BASE, 1764691201, HOLOCENE, False),
        (BASE, 1764691201, JOVIAN, True),
        (BASE, 1764691201, JOVIAN[:16], False),
        (BASE, 1764691201, JOVIAN + b"\0", False),
        (BASE, 1764691201, b"\2" + JOVIAN[1:], False),
        (OP_SEPOLIA, 1763568000, HOLOCENE, True),
        (OP_SEPOLIA, 1763568001, JOVIAN, True),
        # Where the time is not known, the header says it.
        (Chain("x", 5, ChainKind.OP_STACK), 1, HOLOCENE, True),
        (Chain("x", 5, ChainKind.OP_STACK), 1, JOVIAN, True),
        (Chain("x", 5, ChainKind.OP_STACK), 1, b"", False),
    ],
)
def test_extra_data_of_an_op_stack_header_is_its_forks(holocene, chain, timestamp, extra, holds):
    header = changed(holocene[0], timestamp=timestamp, extra_data=extra)
    if holds:
        check_header(header, 0, chain)
    else:
        assert refusal(header, 0, chain).where == "block.extraData"


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("difficulty", 1, "difficulty"),
        ("nonce", b"\1" * 8, "nonce"),
        ("uncles_hash", bytes(32), "sha3Uncles"),
        ("gas_used", 2**63, "gasUsed"),
        ("excess_blob_gas", 1, "excessBlobGas"),
        ("blob_gas_used", 1, "blobGasUsed"),
    ],
)
def test_an_op_stack_header_that_breaks_one_rule_is_refused(holocene, field, value, name):
    header = changed(holocene[0], **{field: value})
    assert refusal(header, 0, OP_SEPOLIA).where == f"block.{name}"


def test_from_jovian_on_blob_gas_is_the_footprint_and_below_the_gas_limit(holocene):
    header = changed(holocene[0], timestamp=1_800_000_000, extra_data=JOVIAN)
    for used in (0, 1, header.gas_limit):
        check_header(changed(header, blob_gas_used=used), 0, BASE)
    over = changed(header, blob_gas_used=header.gas_limit + 1)
    assert refusal(over, 0, BASE).where == "block.blobGasUsed"
    # The footprint is metered, not carried on: no excess follows from it.
    parent = changed(header, blob_gas_used=header.gas_limit)
    child = changed(
        parent, number=parent.number + 1, timestamp=parent.timestamp + 2, blob_gas_used=0,
        parent_hash=keccak256(header_rlp(parent)),
    )  # fmt: skip
    full = changed(parent, base_fee_per_gas=1_000_000)
    # All of the limit used, elasticity 6: five targets above it, by a denominator of 250.
    child = changed(child, base_fee_per_gas=1_020_000, parent_hash=keccak256(header_rlp(full)))
    assert "base fee" in check_child(block_of(child, BASE), block_of(full, BASE), BASE)
    assert child_refusal(changed(child, base_fee_per_gas=1_000_000), full, BASE).step == "base fee"


def test_an_op_stacks_gas_limit_is_its_operators(holocene):
    parent = holocene[0]
    child = changed(holocene[1], gas_limit=10 * parent.gas_limit)
    check_child(block_of(child, OP_SEPOLIA), block_of(parent, OP_SEPOLIA), OP_SEPOLIA)
    late = changed(holocene[1], timestamp=parent.timestamp)
    assert child_refusal(late, parent, OP_SEPOLIA).where == "block.timestamp"


def test_blocks_from_before_bedrock_are_of_other_software(holocene):
    header = changed(
        holocene[0], timestamp=OPTIMISM.paris_time - 1, difficulty=2, extra_data=bytes(97)
    )
    check_header(header, 0, OPTIMISM)
    assert refusal(changed(header, timestamp=OPTIMISM.paris_time), 0, OPTIMISM)
    child = changed(header, number=header.number + 1, parent_hash=keccak256(header_rlp(header)))
    assert check_child(block_of(child, OPTIMISM), block_of(header, OPTIMISM), OPTIMISM) == (
        "parent link",
    )


# -- Arbitrum ----------------------------------------------------------------------------------


@pytest.fixture
def nitro(read) -> Header:
    """Give the header of Arbitrum One's block 150000000."""
    return header_of(read("l2/rpc/arbitrum_150000000/block.json"))


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("difficulty", 0, "difficulty"),
        ("difficulty", 2, "difficulty"),
        ("extra_data", bytes(31), "extraData"),
        ("extra_data", bytes(33), "extraData"),
        ("extra_data", b"", "extraData"),
        ("uncles_hash", bytes(32), "sha3Uncles"),
        ("gas_used", 2**63, "gasUsed"),
    ],
)
def test_an_arbitrum_header_that_breaks_one_rule_is_refused(nitro, field, value, name):
    check_header(nitro, 0, ARBITRUM_ONE)
    refused = refusal(changed(nitro, **{field: value}), 0, ARBITRUM_ONE)
    assert refused.where == f"block.{name}"


def test_an_arbitrum_child_may_have_its_parents_time_and_no_earlier_one(nitro):
    def child(timestamp: int) -> Header:
        return changed(
            nitro, number=nitro.number + 1, timestamp=timestamp,
            parent_hash=keccak256(header_rlp(nitro)), base_fee_per_gas=7, gas_limit=1 << 60,
        )  # fmt: skip

    same = block_of(child(nitro.timestamp), ARBITRUM_ONE)
    assert check_child(same, block_of(nitro, ARBITRUM_ONE), ARBITRUM_ONE) == (
        "parent link",
        "timestamp",
    )
    earlier = child_refusal(child(nitro.timestamp - 1), nitro, ARBITRUM_ONE)
    assert earlier.where == "block.timestamp"


def test_before_nitro_there_was_no_base_fee_and_nothing_is_asked(nitro):
    older = changed(nitro, base_fee_per_gas=None, extra_data=b"", difficulty=0)
    check_header(older, 0, ARBITRUM_ONE)


# -- All of them -------------------------------------------------------------------------------


@pytest.mark.parametrize("chain", CHAINS.values(), ids=lambda chain: chain.name)
def test_a_development_node_is_held_against_hash_roots_and_link_alone(linked, chain):
    parent, child = linked
    played = attrs.evolve(chain, header_rules=False)
    odd = changed(child, timestamp=parent.timestamp, gas_limit=1, difficulty=7, base_fee_per_gas=1)
    check_header(odd, 3, played)
    assert check_child(block_of(odd, played), block_of(parent, played), played) == ("parent link",)
    wrong = changed(odd, number=odd.number + 1)
    assert child_refusal(wrong, parent, played).step == "parent link"


def test_a_chain_whose_blob_schedule_is_not_known_is_asked_nothing_of_blobs(linked):
    parent, child = linked
    plain = attrs.evolve(ETHEREUM, blob_forks=())
    odd = changed(child, excess_blob_gas=1, blob_gas_used=5)
    check_header(odd, 0, plain)
    assert "excess blob gas" not in check_child(block_of(odd), block_of(parent), plain)


def test_recent_headers_hold_a_child_against_its_parent_and_forget_the_oldest(read):
    recorded = [read(f"l1/headers/{number}.json.gz")["block"] for number in L1_HEADERS]
    blocks = [block_of(header_of(one)) for one in recorded]
    headers = RecentHeaders(ETHEREUM, 2)
    assert headers.check(blocks[0]) == ()
    for parent, child in pairwise(blocks):
        headers.add(parent)
        assert headers.check(child) == ALL_RULES
    assert len(headers) == 2
    assert headers.check(blocks[1]) == ()
    bad = msgspec.structs.replace(blocks[-1], timestamp=blocks[-2].timestamp)
    with pytest.raises(Rejected):
        headers.check(bad)


def test_recent_headers_keep_no_transactions(l1):
    block = seal(*(json.dumps(part).encode() for part in l1("22431083")), ETHEREUM)
    headers = RecentHeaders(ETHEREUM, 2)
    headers.add(block)
    child = seal(*(json.dumps(part).encode() for part in l1("22431084")), ETHEREUM)
    assert headers.check(child) == ALL_RULES
    assert all(not held.transactions for held in headers._headers.values())
