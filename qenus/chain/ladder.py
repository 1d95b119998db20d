"""The ladder: recomputes every claim of a block, in order, before anything downstream sees it.

    shape → header hash → uncles hash → transactions root → withdrawals root → requests hash →
    chain id → receipts root → bloom → positions → log indices → gas sum → header rules → sealed

The header hash ties the fields to the block's name; the roots tie transactions, withdrawals and
receipts to the header; bloom, positions and indices tie the receipts' annotations to all of that.
Transaction hashes and positions are computed from data under a proved root, never read. Last come
the chain's rules for a header alone. `check_child` checks the rules that need the parent, such as
the parent link.

`prove_block` climbs and keeps the encodings that Merkle proofs are made of; `seal` gives the wire
message alone. A rung that fails raises `Rejected`, and no output exists.
"""

from collections.abc import Sequence
from typing import Final, NoReturn

from msgspec import Struct

from qenus.chain.arbitrum import arbitrum_header_info, repeated_header_info
from qenus.chain.chain_rules import (
    TRANSACTIONS,
    encode_receipt_of,
    tells_gas_used,
    transaction_hash,
)
from qenus.chain.chains import Chain, ChainKind
from qenus.chain.header_rules import check_header
from qenus.chain.headers import EMPTY_UNCLES_HASH, Header, header_rlp, read_header
from qenus.chain.hex_values import Malformed, fixed, quantity
from qenus.chain.keccak import keccak256
from qenus.chain.optimism import EMPTY_REQUESTS_HASH
from qenus.chain.ordered_trie import EMPTY_ROOT, ordered_root
from qenus.chain.positions import check_positions, same_quantity
from qenus.chain.receipts import EncodedReceipt
from qenus.chain.rejection import Rejected
from qenus.chain.rpc_shapes import (
    RpcBlock,
    RpcReceipt,
    RpcTransaction,
    claimed_hash,
    parse_block,
    parse_receipts,
)
from qenus.chain.transactions import declared_chain_id, encode_transaction, transaction_type
from qenus.chain.withdrawals import encode_withdrawal
from qenus.wire import Block, BlockRef, Transaction

__all__ = ["ProvenBlock", "prove_block", "seal"]


# Ethereum Yellow Paper 11.1.
_MAX_UNCLES: Final = 2
_BLOB_TYPE: Final = 0x03
# Nodes that store no receipt blooms write this value.
_BLOOM_OF_ZEROS: Final = "0x" + "0" * 512


class ProvenBlock(Struct, frozen=True):
    """A sealed block with the encodings that its roots were computed from.

    `transactions` and `receipts` are in block order, each as it stands under its root.
    """

    chain: Chain
    header: Header
    header_rlp: bytes
    transactions: tuple[bytes, ...]
    receipts: tuple[EncodedReceipt, ...]
    block: Block


def seal(
    block_json: bytes, receipts_json: bytes, chain: Chain, *, requested_hash: bytes | None = None
) -> Block:
    """Verify a block as a node gave it and give it in the form of the wire contract.

    `block_json` is the result of eth_getBlockByHash with whole transactions, `receipts_json` that
    of eth_getBlockReceipts; `requested_hash` (32 bytes) is the hash that was asked for.

    Raises:
        Rejected: with the step of the ladder that failed; no other exception for any input.
    """
    return prove_block(block_json, receipts_json, chain, requested_hash=requested_hash).block


def prove_block(
    block_json: bytes, receipts_json: bytes, chain: Chain, *, requested_hash: bytes | None = None
) -> ProvenBlock:
    """Verify a block as `seal` does and keep the encodings under its roots.

    Raises:
        Rejected: with the step of the ladder that failed; no other exception for any input.
    """
    try:
        return _climb(parse_block(block_json), receipts_json, chain, requested_hash)
    except Rejected as rejected:
        if rejected.claimed_hash is None:
            rejected.claimed_hash = claimed_hash(block_json)
        raise


def _climb(
    rpc: RpcBlock, receipts_json: bytes, chain: Chain, requested_hash: bytes | None
) -> ProvenBlock:
    receipts = parse_receipts(receipts_json)
    header, encoded_header, block_hash = _check_header(rpc, requested_hash)
    if chain.kind is ChainKind.ARBITRUM:
        _check_arbitrum_header(rpc, header)
    types, encoded, hashes = _check_transactions(rpc, header, chain)
    _check_withdrawals(rpc, header, chain)
    _check_requests(header, chain)
    listed = rpc.transactions or ()
    _check_chain_id(listed, types, chain)
    proven = _check_receipts(receipts, listed, types, header, chain)
    _check_bloom(receipts, proven, header)
    check_positions(listed, receipts, block_hash, header.number, hashes, types)
    gas = _check_gas(receipts, proven, header, types, chain)
    blobs = 0
    if _BLOB_TYPE in types:
        blobs = sum(len(tx.blob_versioned_hashes or ()) for tx in listed)
    check_header(header, blobs, chain)
    transactions = tuple(
        Transaction(
            hash=hashes[at],
            type=types[at],
            to=None if tx.to is None else fixed(tx.to, 20, "to"),
            status=proven[at].status,
            gas_used=gas[at],
            logs=proven[at].logs,
        )
        for at, tx in enumerate(listed)
    )
    block = Block(
        block=BlockRef(chain.chain_id, header.number, block_hash, header.parent_hash),
        timestamp=header.timestamp,
        miner=header.miner,
        gas_limit=header.gas_limit,
        gas_used=header.gas_used,
        base_fee_per_gas=header.base_fee_per_gas,
        blob_gas_used=header.blob_gas_used,
        excess_blob_gas=header.excess_blob_gas,
        extra_data=header.extra_data,
        transactions=transactions,
    )
    return ProvenBlock(chain, header, encoded_header, tuple(encoded), tuple(proven), block)


def _misshapen(where: str, fault: Malformed) -> NoReturn:
    path = f"{where}.{fault.field}" if fault.field else where
    raise Rejected("shape", where=path, expected=fault.expected, found=fault.found) from None


def _check_header(rpc: RpcBlock, requested_hash: bytes | None) -> tuple[Header, bytes, bytes]:
    """Give the header, its encoding and its hash, checked against the claimed and requested one."""
    try:
        claimed = fixed(rpc.hash, 32, "hash")
        header = read_header(rpc)
        encoded = header_rlp(header)
    except Malformed as fault:
        _misshapen("block", fault)
    computed = keccak256(encoded)
    if computed != claimed:
        raise Rejected("header hash", expected=claimed, found=computed)
    if requested_hash is not None and computed != requested_hash:
        raise Rejected(
            "header hash", where="the block asked for", expected=requested_hash, found=computed
        )
    _check_uncles(rpc, header)
    return header, encoded, computed


def _check_uncles(rpc: RpcBlock, header: Header) -> None:
    """Check that the block has uncles exactly if the header says so; their hashes prove no more."""
    uncles = rpc.uncles or ()
    try:
        for uncle in uncles[: _MAX_UNCLES + 1]:
            fixed(uncle, 32, "uncles")
    except Malformed as fault:
        _misshapen("block", fault)
    count = len(uncles)
    if count > _MAX_UNCLES or (header.uncles_hash == EMPTY_UNCLES_HASH) != (count == 0):
        raise Rejected("uncles hash", expected=header.uncles_hash, found=f"{count} uncles")


def _check_arbitrum_header(rpc: RpcBlock, header: Header) -> None:
    """Check the fields in which the node repeats values that the header packs."""
    info = arbitrum_header_info(header)
    if info is None:
        return
    for name, right, found in repeated_header_info(rpc, info):
        try:
            value = quantity(found, 256, name) if isinstance(found, str) else found
        except Malformed:
            value = None
        if value != right:
            raise Rejected("header hash", where=f"block.{name}", expected=hex(right), found=found)


def _check_transactions(
    rpc: RpcBlock, header: Header, chain: Chain
) -> tuple[list[int], list[bytes], list[bytes]]:
    """Give types, encodings and hashes of the transactions, checked against the root."""
    encoders = TRANSACTIONS[chain.kind]
    types: list[int] = []
    encoded: list[bytes] = []
    hashes: list[bytes] = []
    for at, tx in enumerate(rpc.transactions or ()):
        try:
            kind = transaction_type(tx)
            types.append(kind)
            encoded.append(encode_transaction(tx, encoders, kind))
            hashes.append(transaction_hash(tx, kind, encoded[at], chain.kind))
        except Malformed as fault:
            _misshapen(f"block.transactions[{at}]", fault)
    root = ordered_root(encoded)
    if root != header.transactions_root:
        raise Rejected("transactions root", expected=header.transactions_root, found=root)
    return types, encoded, hashes


def _check_withdrawals(rpc: RpcBlock, header: Header, chain: Chain) -> None:
    """Check the withdrawals against their root.

    From Isthmus on an OP Stack block has no withdrawals, and the root is the storage root of the
    message passer, which takes a state proof to check.
    """
    listed = rpc.withdrawals or []
    try:
        encoded = [encode_withdrawal(one) for one in listed]
    except Malformed as fault:
        _misshapen("block.withdrawals", fault)
    expected = header.withdrawals_root
    is_storage_root = chain.kind is ChainKind.OP_STACK and header.requests_hash is not None
    if expected is None or is_storage_root:
        expected = EMPTY_ROOT
    root = ordered_root(encoded)
    if root != expected:
        raise Rejected("withdrawals root", expected=expected, found=root)


def _check_requests(header: Header, chain: Chain) -> None:
    """Check that an OP Stack block has no requests; Ethereum's are not in the block's JSON."""
    found = header.requests_hash
    if chain.kind is ChainKind.OP_STACK and found not in (None, EMPTY_REQUESTS_HASH):
        raise Rejected("requests hash", expected=EMPTY_REQUESTS_HASH, found=found)


def _check_chain_id(
    transactions: Sequence[RpcTransaction], types: Sequence[int], chain: Chain
) -> None:
    """Check that every signature that names a chain names this one."""
    own = hex(chain.chain_id)
    for at, tx in enumerate(transactions):
        if tx.chain_id == own and types[at] != 0:
            continue
        try:
            declared = declared_chain_id(tx, types[at])
        except Malformed as fault:
            _misshapen(f"block.transactions[{at}]", fault)
        if declared is not None and declared != chain.chain_id:
            raise Rejected(
                "chain id",
                where=f"block.transactions[{at}]",
                expected=chain.chain_id,
                found=declared,
            )


def _check_receipts(
    receipts: Sequence[RpcReceipt],
    transactions: Sequence[RpcTransaction],
    types: Sequence[int],
    header: Header,
    chain: Chain,
) -> list[EncodedReceipt]:
    """Give the receipts' encodings, one for each transaction, checked against the root."""
    if len(receipts) != len(transactions):
        raise Rejected(
            "receipts root",
            where="count",
            expected=f"{len(transactions)} receipts, one for each transaction",
            found=f"{len(receipts)} receipts",
        )
    proven: list[EncodedReceipt] = []
    log_count = 0
    for at, receipt in enumerate(receipts):
        try:
            one = encode_receipt_of(receipt, types[at], log_count, chain.kind)
        except Malformed as fault:
            _misshapen(f"receipts[{at}]", fault)
        proven.append(one)
        log_count += len(one.logs)
    root = ordered_root([one.encoded for one in proven])
    if root != header.receipts_root:
        raise Rejected("receipts root", expected=header.receipts_root, found=root)
    return proven


def _check_bloom(
    receipts: Sequence[RpcReceipt], proven: Sequence[EncodedReceipt], header: Header
) -> None:
    """Check the block's bloom, and those that the receipts claim, against the logs' own."""
    bits = 0
    for at, one in enumerate(proven):
        bits |= one.bloom_bits
        claimed = receipts[at].logs_bloom
        if claimed is None or claimed == _BLOOM_OF_ZEROS:
            continue
        computed = f"0x{one.bloom_bits:0512x}"
        if claimed != computed and claimed.lower() != computed:
            raise Rejected(
                "bloom", where=f"receipts[{at}].logsBloom", expected=computed, found=claimed
            )
    bloom = bits.to_bytes(256, "big")
    if bloom != header.logs_bloom:
        raise Rejected("bloom", expected=header.logs_bloom, found=bloom)


def _check_gas(
    receipts: Sequence[RpcReceipt],
    proven: Sequence[EncodedReceipt],
    header: Header,
    types: Sequence[int],
    chain: Chain,
) -> list[int]:
    """Give the gas that each transaction used; together they are the header's.

    From Amsterdam on the header counts gas before refunds and by dimension (EIP-7778, EIP-8037),
    receipts count the gas paid for: the receipts no longer sum up to the header's gas used.
    """
    gas: list[int] = []
    before = 0
    for at, one in enumerate(proven):
        used = one.cumulative_gas_used - before
        if used < 0:
            raise Rejected(
                "gas sum",
                where=f"receipts[{at}].cumulativeGasUsed",
                expected=f"at least {before}",
                found=one.cumulative_gas_used,
            )
        claimed = receipts[at].gas_used
        if claimed is not None and tells_gas_used(types[at], chain.kind):
            same_quantity("gas sum", f"receipts[{at}].gasUsed", used, claimed)
        gas.append(used)
        before = one.cumulative_gas_used
    if header.block_access_list_hash is None and before != header.gas_used:
        raise Rejected("gas sum", expected=header.gas_used, found=before)
    return gas
