"""Blocks of the demo chain, as valid as a block can be without an EVM.

Header hash, parent link, transactions root, receipts root, withdrawals root, blooms, log indices,
gas and the EIP-1559 base fee are as consensus demands; transactions are signed. The header has the
fields of Prague. The state root is a placeholder, since no EVM executes: a hash over the parent's
state root and the receipts root, different for every block; no state proof exists under it.
"""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from qenus.chain.bloom import bloom_bits
from qenus.chain.chains import BlobFork, Chain, ChainKind
from qenus.chain.headers import EMPTY_UNCLES_HASH, Header, header_rlp
from qenus.chain.keccak import keccak256
from qenus.chain.ordered_trie import ordered_root
from qenus.chain.rlp import encode_bytes, encode_list, encode_uint
from qenus.simulation.block_json import BlockJson, Executed, Withdrawal, render
from qenus.simulation.draws import Draws
from qenus.simulation.events import EmittedLog

__all__ = ["DEMO_CHAIN", "DemoBlock", "genesis_block", "next_base_fee", "seal_block"]

DEMO_CHAIN: Final = Chain(
    "demo",
    1337,
    ChainKind.ETHEREUM,
    # The demo chain's blocks carry no blobs; the schedule is mainnet's first.
    blob_forks=(BlobFork(0, 6, 9, 5007716),),
)

_BASE_FEE_CHANGE_DENOMINATOR = 8
_ELASTICITY = 2
_START_BASE_FEE = 10**9
_WITHDRAWALS = 4
# SHA-256 of nothing: no execution requests in the block (EIP-7685).
_EMPTY_REQUESTS_HASH = bytes.fromhex(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)
_BUILDERS = ((b"Qenus demo A", bytes.fromhex("b0") * 20), (b"demo-b", bytes.fromhex("b1") * 20))
_NO_BLOOM = bytes(256)


@frozen(eq=False)
class DemoBlock:
    """A sealed block, with the JSON that a node answers for it, encoded once."""

    header: Header
    hash: bytes
    json: BlockJson
    log_count: int

    @property
    def number(self) -> int:
        """The block's number."""
        return self.header.number

    @property
    def parent_hash(self) -> bytes:
        """The hash of the block before."""
        return self.header.parent_hash


def next_base_fee(parent: Header) -> int:
    """Return the base fee, wei per gas, of the block after `parent`.

    Source: EIP-1559.
    """
    base_fee = parent.base_fee_per_gas
    assert base_fee is not None
    target = parent.gas_limit // _ELASTICITY
    change = base_fee * abs(parent.gas_used - target) // target // _BASE_FEE_CHANGE_DENOMINATOR
    if parent.gas_used > target:
        return base_fee + max(change, 1)
    return base_fee - change if parent.gas_used < target else base_fee


def genesis_block(*, chain_name: str, gas_limit: int, timestamp: int) -> DemoBlock:
    """Return block 0: no transactions, no withdrawals."""
    header = Header(
        parent_hash=bytes(32), uncles_hash=EMPTY_UNCLES_HASH, miner=bytes(20),
        state_root=keccak256(chain_name.encode()), transactions_root=ordered_root(()),
        receipts_root=ordered_root(()), logs_bloom=_NO_BLOOM, difficulty=0, number=0,
        gas_limit=gas_limit, gas_used=0, timestamp=timestamp, extra_data=chain_name.encode(),
        mix_hash=bytes(32), nonce=bytes(8), base_fee_per_gas=_START_BASE_FEE,
        withdrawals_root=ordered_root(()), blob_gas_used=0, excess_blob_gas=0,
        parent_beacon_block_root=bytes(32), requests_hash=_EMPTY_REQUESTS_HASH,
    )  # fmt: skip
    return _sealed(header, (), (), ())


def seal_block(
    parent: DemoBlock, executed: Sequence[Executed], draws: Draws, *, seconds: int
) -> DemoBlock:
    """Return the block with these transactions on top of `parent`, `seconds` later."""
    withdrawals = _withdrawals(parent.number + 1, draws.fork("withdrawals"))
    blooms = [_bloom(one.logs) for one in executed]
    receipts, bits, gas_used = [], 0, 0
    for one, bloom in zip(executed, blooms, strict=True):
        gas_used += one.gas_used
        bits |= bloom
        receipts.append(_receipt_rlp(one, gas_used, bloom))
    transactions = [one.transaction.raw for one in executed]
    receipts_root = ordered_root(receipts)
    extra_data, miner = draws.choice(_BUILDERS)
    header = Header(
        parent_hash=parent.hash, uncles_hash=EMPTY_UNCLES_HASH, miner=miner,
        state_root=keccak256(parent.header.state_root + receipts_root),
        transactions_root=ordered_root(transactions), receipts_root=receipts_root,
        logs_bloom=bits.to_bytes(256, "big"), difficulty=0, number=parent.number + 1,
        gas_limit=parent.header.gas_limit, gas_used=gas_used,
        timestamp=parent.header.timestamp + seconds, extra_data=extra_data,
        mix_hash=draws.bytes32(), nonce=bytes(8), base_fee_per_gas=next_base_fee(parent.header),
        withdrawals_root=ordered_root([_withdrawal_rlp(one) for one in withdrawals]),
        blob_gas_used=0, excess_blob_gas=0, parent_beacon_block_root=draws.bytes32(),
        requests_hash=_EMPTY_REQUESTS_HASH,
    )  # fmt: skip
    return _sealed(header, executed, blooms, withdrawals)


def _bloom(logs: Sequence[EmittedLog]) -> int:
    bits = 0
    for log in logs:
        bits |= bloom_bits(log.address)
        for topic in log.topics:
            bits |= bloom_bits(topic)
    return bits


def _receipt_rlp(one: Executed, cumulative_gas: int, bloom: int) -> bytes:
    logs = [
        encode_list((
            encode_bytes(log.address),
            encode_list([encode_bytes(topic) for topic in log.topics]),
            encode_bytes(log.data),
        ))
        for log in one.logs
    ]  # fmt: skip
    payload = encode_list((
        encode_uint(one.succeeded), encode_uint(cumulative_gas),
        encode_bytes(bloom.to_bytes(256, "big")), encode_list(logs),
    ))  # fmt: skip
    kind = one.transaction.type
    return bytes((kind,)) + payload if kind else payload


def _withdrawals(number: int, draws: Draws) -> tuple[Withdrawal, ...]:
    return tuple(
        Withdrawal(
            index=(number - 1) * _WITHDRAWALS + at,
            validator_index=draws.integer(0, 10**6),
            address=draws.bytes32()[12:],
            amount_gwei=draws.integer(10**7, 2 * 10**7),
        )
        for at in range(_WITHDRAWALS)
    )


def _withdrawal_rlp(one: Withdrawal) -> bytes:
    return encode_list((
        encode_uint(one.index), encode_uint(one.validator_index),
        encode_bytes(one.address), encode_uint(one.amount_gwei),
    ))  # fmt: skip


def _sealed(
    header: Header,
    executed: Sequence[Executed],
    blooms: Sequence[int],
    withdrawals: Sequence[Withdrawal],
) -> DemoBlock:
    encoded = header_rlp(header)
    # Typed transactions stand in the body as strings, legacy ones as lists.
    body = [
        encode_bytes(one.transaction.raw) if one.transaction.type else one.transaction.raw
        for one in executed
    ]
    size = len(encode_list((
        encoded, encode_list(body), b"\xc0", encode_list(map(_withdrawal_rlp, withdrawals))
    )))  # fmt: skip
    block_hash = keccak256(encoded)
    return DemoBlock(
        header,
        block_hash,
        render(header, block_hash, executed, blooms, withdrawals, size),
        sum(len(one.logs) for one in executed),
    )
