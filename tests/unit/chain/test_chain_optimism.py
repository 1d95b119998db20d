"""The OP Stack: what the recorded data let us prove of its blocks, and what they do not."""

import json
from typing import Any

import msgspec
import pytest
import rlp
from raw_transactions import rpc_of

from qenus.chain import ETHEREUM, OP_SEPOLIA, OPTIMISM, Chain, ChainKind, Rejected, seal
from qenus.chain.base_fee import FeeRule, check_base_fee, fee_rule, next_base_fee
from qenus.chain.chain_rules import TRANSACTIONS
from qenus.chain.headers import Header, header_rlp, read_header
from qenus.chain.keccak import keccak256
from qenus.chain.ordered_trie import EMPTY_ROOT, ordered_root
from qenus.chain.rpc_shapes import RpcHeader, RpcTransaction
from qenus.chain.senders import recover_sender
from qenus.chain.transactions import encode_transaction
from qenus.wire import Block, BlockRef

BASE_SEPOLIA = Chain("base-sepolia", 84532, ChainKind.OP_STACK)
OP_SEPOLIA_BLOCKS = (
    26207960, 26207961, 26207962, 26207963, 26208384, 26208858, 26208927, 26211680,
)  # fmt: skip


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


# OP Sepolia: raw transactions with the header of the parent. Neither receipts nor state root of
# these blocks were recorded, so of a block itself only what the next one's parent header says can
# be checked: hash and transactions root, for the three blocks whose successor was recorded too.


@pytest.fixture
def op_sepolia(read):
    folder = "l2/rpc/op_sepolia_blocks"
    return {number: read(f"{folder}/block-{number}.json") for number in OP_SEPOLIA_BLOCKS}


def header_of(fields: dict[str, str]) -> Header:
    return read_header(msgspec.convert({"hash": "0x", **fields}, RpcHeader))


def block_of(header: Header) -> Block:
    return Block(
        block=BlockRef(11155420, header.number, keccak256(header_rlp(header)), header.parent_hash),
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


def test_op_sepolia_headers_and_transactions_hold_where_the_successor_was_recorded(op_sepolia):
    checked = 0
    for number, recorded in op_sepolia.items():
        if number + 1 not in op_sepolia:
            continue
        header = header_of(op_sepolia[number + 1]["parent_header"])
        assert header.number == number
        assert "0x" + keccak256(header_rlp(header)).hex() == recorded["expected_block_hash"]
        raws = [unhex(raw) for raw in recorded["executing_payload"]["transactions"]]
        assert ordered_root(raws) == header.transactions_root
        again = [encode_transaction(rpc_of(raw), TRANSACTIONS[ChainKind.OP_STACK]) for raw in raws]
        assert again == raws
        parent = header_of(recorded["parent_header"])
        check_base_fee(block_of(header), block_of(parent), OP_SEPOLIA)
        checked += 1
    assert checked == 3


def test_every_op_sepolia_transaction_is_encoded_as_it_was(op_sepolia):
    kinds = set()
    for recorded in op_sepolia.values():
        for raw in map(unhex, recorded["executing_payload"]["transactions"]):
            kinds.add(raw[0] if raw[0] < 0xC0 else 0)
            assert encode_transaction(rpc_of(raw), TRANSACTIONS[ChainKind.OP_STACK]) == raw
            if raw[0] == 0x7E:
                sender = recover_sender(raw, OP_SEPOLIA)
                assert sender == unhex("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001")
    assert kinds >= {0, 2, 0x7E}


def test_recorded_deposits_have_their_hash(read):
    for path in (
        "l2/rpc/alloy/test_serde_op_deposit_1.json",
        "l2/rpc/op-alloy/can_deserialize_deposit_1.json",
        "l2/rpc/op-alloy/test_conversion_1.json",
    ):
        tx = msgspec.convert(read(path), RpcTransaction)
        raw = encode_transaction(tx, TRANSACTIONS[ChainKind.OP_STACK])
        assert "0x" + keccak256(raw).hex() == tx.hash


# Flashblocks carry block hash, roots and raw transactions of a block in the making. Base leaves the
# state root zero and its hash is of such a header; from its second flashblock on the hash is not of
# the fields it sends, so only the first is checked.


def flashblock_header(
    base: dict[str, str], diff: dict[str, Any], raws: list[bytes]
) -> dict[str, str]:
    return {
        "hash": diff["block_hash"],
        "parentHash": base["parent_hash"],
        "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
        "miner": base["fee_recipient"],
        "stateRoot": diff["state_root"],
        "transactionsRoot": "0x" + ordered_root(raws).hex(),
        "receiptsRoot": diff["receipts_root"],
        "logsBloom": diff["logs_bloom"],
        "difficulty": "0x0",
        "number": base["block_number"],
        "gasLimit": base["gas_limit"],
        "gasUsed": diff["gas_used"],
        "timestamp": base["timestamp"],
        "extraData": base["extra_data"],
        "mixHash": base["prev_randao"],
        "nonce": "0x0000000000000000",
        "baseFeePerGas": base["base_fee_per_gas"],
        "withdrawalsRoot": diff["withdrawals_root"],
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": base["parent_beacon_block_root"],
        # SHA-256 of nothing: no requests.
        "requestsHash": "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }


def test_isthmus_headers_hash_to_what_unichain_announced(read):
    frames = read("l2/flashblocks/unichain_sepolia_block_35535698.json")
    raws: list[bytes] = []
    for frame in frames:
        raws += map(unhex, frame["diff"]["transactions"])
        header = flashblock_header(frames[0]["base"], frame["diff"], raws)
        assert header["withdrawalsRoot"] != "0x" + EMPTY_ROOT.hex()
        assert "0x" + keccak256(header_rlp(header_of(header))).hex() == header["hash"]
    assert len(frames) == 5


@pytest.fixture
def base_sepolia(read):
    """The first flashblock of a Base Sepolia block as the JSON of a block with one deposit."""
    frame = read("l2/flashblocks/base_sepolia_block_33439826.json")[0]
    (raw,) = map(unhex, frame["diff"]["transactions"])
    header = flashblock_header(frame["base"], frame["diff"], [raw])
    fields = rlp.decode(raw[1:])
    place = {
        "blockHash": header["hash"], "blockNumber": header["number"], "transactionIndex": "0x0",
    }  # fmt: skip
    tx_hash = "0x" + keccak256(raw).hex()
    tx = {
        **place, "hash": tx_hash, "type": "0x7e", "nonce": "0x1fe4054", "mint": "0x0",
        "sourceHash": "0x" + fields[0].hex(), "from": "0x" + fields[1].hex(),
        "to": "0x" + fields[2].hex(), "value": "0x0", "gas": hex(int.from_bytes(fields[5], "big")),
        "isSystemTx": False, "input": "0x" + fields[7].hex(),
    }  # fmt: skip
    receipt = {
        **place, "transactionHash": tx_hash, "type": "0x7e", "status": "0x1", "logs": [],
        "cumulativeGasUsed": header["gasUsed"], "gasUsed": header["gasUsed"],
        # Under the receipts root: the sender's nonce, which no other value satisfies.
        "depositNonce": "0x1fe4054", "depositReceiptVersion": "0x1",
    }  # fmt: skip
    return {**header, "transactions": [tx], "uncles": [], "withdrawals": []}, [receipt]


def test_a_base_sepolia_block_with_a_deposit_seals_receipt_and_all(base_sepolia):
    block, receipts = base_sepolia
    sealed = seal(encoded(block), encoded(receipts), BASE_SEPOLIA)
    assert sealed.block.hash == unhex(block["hash"])
    assert sealed.transactions[0].type == 0x7E


@pytest.mark.parametrize(
    ("field", "value", "step"),
    [
        ("depositNonce", "0x1fe4053", "receipts root"),
        ("depositReceiptVersion", "0x2", "receipts root"),
        ("depositReceiptVersion", None, "receipts root"),
        ("depositNonce", None, "shape"),
        ("type", "0x2", "positions"),
    ],
)
def test_a_deposits_receipt_is_under_the_root_with_nonce_and_version(
    base_sepolia, field, value, step
):
    block, (receipt,) = base_sepolia
    with pytest.raises(Rejected) as caught:
        seal(encoded(block), encoded([{**receipt, field: value}]), BASE_SEPOLIA)
    assert caught.value.step == step


@pytest.mark.parametrize("field", ["sourceHash", "from", "to", "mint", "value", "gas", "input"])
def test_every_field_of_a_deposit_is_under_the_root(base_sepolia, field):
    block, receipts = base_sepolia
    (tx,) = block["transactions"]
    last = "1" if tx[field][-1] != "1" else "2"
    changed = {**block, "transactions": [{**tx, field: tx[field][:-1] + last}]}
    with pytest.raises(Rejected) as caught:
        seal(encoded(changed), encoded(receipts), BASE_SEPOLIA)
    assert caught.value.step == "transactions root"


def test_an_isthmus_block_has_no_withdrawals_and_no_requests(base_sepolia):
    block, receipts = base_sepolia
    withdrawal = {
        "index": "0x1",
        "validatorIndex": "0x2",
        "address": block["miner"],
        "amount": "0x3",
    }
    with pytest.raises(Rejected) as caught:
        seal(encoded({**block, "withdrawals": [withdrawal]}), encoded(receipts), BASE_SEPOLIA)
    assert caught.value.step == "withdrawals root"
    other = {**block, "requestsHash": "0x" + "11" * 32}
    other["hash"] = "0x" + keccak256(header_rlp(header_of_block(other))).hex()
    with pytest.raises(Rejected) as caught:
        seal(encoded(other), encoded(receipts), BASE_SEPOLIA)
    assert caught.value.step == "requests hash"


def header_of_block(block: dict[str, Any]) -> Header:
    return header_of({k: v for k, v in block.items() if isinstance(v, str) and k != "hash"})


# Base fee: Holocene is recorded (above), Canyon and Jovian are not; their figures are worked out by
# hand from the specs.


def op_block(
    extra: str,
    *,
    gas_used: int,
    base_fee: int | None,
    footprint: int = 0,
    timestamp: int = 1_800_000_000,
) -> Block:
    return Block(
        block=BlockRef(10, 1, bytes(32), bytes(32)), timestamp=timestamp, miner=bytes(20),
        gas_limit=60_000_000, gas_used=gas_used, base_fee_per_gas=base_fee,
        blob_gas_used=footprint, excess_blob_gas=0, extra_data=bytes.fromhex(extra),
        transactions=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("timestamp", "denominator"), [(1704992400, 50), (1704992401, 250), (1720000000, 250)]
)
def test_before_holocene_the_chains_own_parameters_hold(timestamp, denominator):
    parent = op_block("", gas_used=20_000_000, base_fee=1_000_000, timestamp=timestamp - 2)
    assert fee_rule(parent, timestamp, OPTIMISM) == FeeRule(6, denominator)
    # Target 10,000,000, twice as much used: up by one denominator's part.
    assert next_base_fee(parent, FeeRule(6, denominator)) == 1_000_000 + 1_000_000 // denominator


def test_jovian_has_a_minimum_and_meters_the_footprint():
    extra = "01" + "000000fa" + "00000006" + "00000000000f4240"
    rule = fee_rule(op_block(extra, gas_used=0, base_fee=1_000_000), 0, OPTIMISM)
    assert rule == FeeRule(6, 250, minimum=1_000_000, meters_footprint=True)
    assert next_base_fee(op_block(extra, gas_used=0, base_fee=1_000_000), rule) == 1_000_000
    busy = op_block(extra, gas_used=5, base_fee=2_000_000, footprint=20_000_000)
    assert next_base_fee(busy, rule) == 2_008_000
    quiet = op_block(extra, gas_used=20_000_000, base_fee=2_000_000, footprint=5)
    assert next_base_fee(quiet, rule) == 2_008_000


def test_extra_data_from_before_holocene_says_nothing():
    # The transition block of OP Mainnet; a seal of Clique; what would be parameters later.
    for extra in (b"BEDROCK".hex(), "d98301090a" + "00" * 92, "00000000fa00000006"):
        parent = op_block(extra, gas_used=0, base_fee=10**9, timestamp=1_686_068_903)
        assert fee_rule(parent, 1_686_068_905, OPTIMISM) == FeeRule(6, 50)
        child = op_block("", gas_used=0, base_fee=980_000_000, timestamp=1_686_068_905)
        check_base_fee(child, parent, OPTIMISM)
    last = op_block("", gas_used=0, base_fee=10**9, timestamp=1736445600)
    assert fee_rule(last, 1736445602, OPTIMISM) == FeeRule(6, 250)


@pytest.mark.parametrize("chain", [ETHEREUM, OPTIMISM])
def test_blocks_have_a_base_fee_from_one_on_and_for_ever(chain):
    none = op_block("d98301090a", gas_used=0, base_fee=None, timestamp=1)
    first = op_block("", gas_used=0, base_fee=10**9, timestamp=2)
    check_base_fee(none, none, chain)
    check_base_fee(first, none, chain)
    with pytest.raises(Rejected) as caught:
        check_base_fee(none, first, chain)
    assert (caught.value.step, caught.value.found) == ("base fee", "None")


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "00",
        "00" * 9,
        "02000000fa00000006",
        "01000000fa00000006",
        "00000000fa0000000600",
        "000000000000000006",
        "00000000fa00000000",
    ],
)
def test_extra_data_without_usable_parameters_is_refused(extra):
    with pytest.raises(Rejected) as caught:
        fee_rule(op_block(extra, gas_used=0, base_fee=1), 0, OPTIMISM)
    assert caught.value.step == "base fee"
