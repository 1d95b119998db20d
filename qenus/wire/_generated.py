"""The messages of the contract.

Generated from proto/*.proto by `python -m tools.protogen`. Do not edit: change the .proto files and
run it again.
"""
# fmt: off

from collections.abc import Mapping
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

from qenus.wire._declared import Declared, OpenEnum

__all__ = [
    "FIELDS",
    "AaveV3FlashLoan",
    "Alert",
    "AmmBatch",
    "AmmFeature",
    "Arbitrage",
    "ArbitrumBatchDelivered",
    "BalancerV2FlashLoan",
    "Bid",
    "Block",
    "BlockEnd",
    "BlockGas",
    "BlockRef",
    "BridgeBatch",
    "BridgeFeature",
    "BridgeFinalized",
    "BridgeInitiated",
    "BridgeProven",
    "BridgeRelayed",
    "DisputeGameCreated",
    "EndOfSession",
    "EndReason",
    "Envelope",
    "EscrowBalance",
    "EscrowBatch",
    "Family",
    "FamilyCount",
    "FlashCapacity",
    "FlashCapacityBatch",
    "FlashLoanBatch",
    "FlashLoanFeature",
    "Frame",
    "GasBatch",
    "GasFeature",
    "GmxV2OpenInterest",
    "GmxV2PositionDecrease",
    "GmxV2PositionIncrease",
    "Heads",
    "Heartbeat",
    "Identity",
    "JoinReply",
    "JoinRequest",
    "L1FeeParameters",
    "L1Origin",
    "Leg",
    "Log",
    "Message",
    "MevBatch",
    "MevFeature",
    "Opportunity",
    "OpportunityGone",
    "PancakeV3Swap",
    "Parcel",
    "PendingTransaction",
    "PerpBatch",
    "PerpFeature",
    "PoolStateBatch",
    "PoolStateFeature",
    "Position",
    "PriorityFee",
    "Purity",
    "RefusedLog",
    "Rejection",
    "RepairReply",
    "RepairRequest",
    "RepairStatus",
    "Retract",
    "Sandwich",
    "SequencerBatch",
    "SequencerFeature",
    "Severity",
    "Snapshot",
    "SnapshotRequest",
    "SynthetixV3MarketUpdated",
    "SynthetixV3OrderSettled",
    "SynthetixV3PositionLiquidated",
    "Tier",
    "Transaction",
    "UniswapV2Burn",
    "UniswapV2Mint",
    "UniswapV2PoolState",
    "UniswapV2Swap",
    "UniswapV2Sync",
    "UniswapV3Burn",
    "UniswapV3Collect",
    "UniswapV3Flash",
    "UniswapV3Mint",
    "UniswapV3PoolState",
    "UniswapV3Swap",
]


class Tier(OpenEnum):
    """How sure it is that what is said of a block will stay. A promotion is a marker, never a
    copy."""

    UNSPECIFIED = 0
    # Seen in a mempool.
    PENDING = 1
    # Announced by a sequencer or builder ahead of its block.
    PRECONFIRMED = 2
    # In a sealed block.
    INCLUDED = 3
    # In a block that the chain calls safe.
    SAFE = 4
    # In a block that the chain calls finalized.
    FINALIZED = 5


class Family(OpenEnum):
    """The families of features."""

    UNSPECIFIED = 0
    AMM = 1
    POOL_STATE = 2
    BRIDGE = 3
    GAS = 4
    FLASH_LOAN = 5
    PERP = 6
    SEQUENCER = 7
    MEV = 8


class Purity(OpenEnum):
    """What a family's content is a function of."""

    UNSPECIFIED = 0
    # Of the block alone.
    BLOCK = 1
    # Of the block and of the state at its parent.
    STATE = 2


class Severity(OpenEnum):
    """How soon a person should look."""

    UNSPECIFIED = 0
    # For the record.
    INFO = 1
    # Today.
    WARNING = 2
    # Now.
    CRITICAL = 3


class EndReason(OpenEnum):
    """Why a session ended."""

    UNSPECIFIED = 0
    # The node stops; another session may follow.
    SHUTDOWN = 1
    # A finite source was played to its end; nothing follows.
    COMPLETE = 2


class RepairStatus(OpenEnum):
    """What a repair request came to."""

    UNSPECIFIED = 0
    OK = 1
    # The journal no longer has, or never had, the first seq.
    GONE = 2
    # Another session runs now.
    OTHER_SESSION = 3
    # The request could not be read.
    BAD_REQUEST = 4


class BlockRef(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=10):
    """A block is its hash; the number is for reading.

    chain_id: uint64. EIP-155 chain id.
    number: uint64.
    hash: bytes32. Keccak-256 of the header's RLP.
    parent_hash: bytes32.
    """

    KIND: ClassVar[int] = 10
    NAME: ClassVar[str] = "block_ref"

    chain_id: Annotated[int, Meta(ge=0)]
    number: Annotated[int, Meta(ge=0)]
    hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    parent_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]


class Identity(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=11):
    """What a batch of features is about and which code made it. Part of the digest.

    block: BlockRef.
    tier: Tier.
    family: Family.
    extractor_version: string. Names the code and the digest of the protocol registry: both decide
        the content.
    """

    KIND: ClassVar[int] = 11
    NAME: ClassVar[str] = "identity"

    block: BlockRef
    tier: Tier
    family: Family
    extractor_version: Annotated[str, Meta(max_length=64)]


class Log(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=13):
    """A log of a sealed block.

    log_index: uint32. Position within the block, from 0.
    address: address. The emitter.
    topics: bytes32 (0 to 4). 0 to 4 topics.
    data: bytes.
    """

    KIND: ClassVar[int] = 13
    NAME: ClassVar[str] = "log"

    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    topics: Annotated[tuple[Annotated[bytes, Meta(min_length=32, max_length=32)], ...], Meta(max_length=4)]
    data: Annotated[bytes, Meta(max_length=16777216)]


class Transaction(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=14):
    """A transaction of a sealed block with what its receipt proves.

    hash: bytes32.
    type: uint32. EIP-2718 type; 0 for legacy.
    to: address, optional. The callee; absent when the transaction creates a contract.
    status: uint32, optional. EIP-658: 1 on success, 0 on failure; absent before Byzantium.
    gas_used: uint64. Gas that this transaction used.
    logs: Log (0 to 1048576).
    """

    KIND: ClassVar[int] = 14
    NAME: ClassVar[str] = "transaction"

    hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    type: Annotated[int, Meta(ge=0, le=4294967295)]
    to: Annotated[bytes, Meta(min_length=20, max_length=20)] | None
    status: Annotated[int, Meta(ge=0, le=4294967295)] | None
    gas_used: Annotated[int, Meta(ge=0)]
    logs: Annotated[tuple[Log, ...], Meta(max_length=1048576)]


class Block(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=15):
    """A sealed block: header hash, roots, bloom, log indices and gas were recomputed and
    agree.

    block: BlockRef.
    timestamp: uint64. Unix time, seconds.
    miner: address. The fee recipient.
    gas_limit: uint64.
    gas_used: uint64.
    base_fee_per_gas: uint64, optional. EIP-1559, wei per gas; absent before London.
    blob_gas_used: uint64, optional. EIP-4844; absent before Cancun.
    excess_blob_gas: uint64, optional. EIP-4844; absent before Cancun.
    extra_data: bytes.
    transactions: Transaction (0 to 1048576). In block order.
    """

    KIND: ClassVar[int] = 15
    NAME: ClassVar[str] = "block"

    block: BlockRef
    timestamp: Annotated[int, Meta(ge=0)]
    miner: Annotated[bytes, Meta(min_length=20, max_length=20)]
    gas_limit: Annotated[int, Meta(ge=0)]
    gas_used: Annotated[int, Meta(ge=0)]
    base_fee_per_gas: Annotated[int, Meta(ge=0)] | None
    blob_gas_used: Annotated[int, Meta(ge=0)] | None
    excess_blob_gas: Annotated[int, Meta(ge=0)] | None
    extra_data: Annotated[bytes, Meta(max_length=65536)]
    transactions: Annotated[tuple[Transaction, ...], Meta(max_length=1048576)]


class RefusedLog(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=30):
    """A log that carries an event's topic and cannot be that event: a word out of its type's
    range, a short data field. Never a feature, never silent.

    transaction_hash: bytes32.
    log_index: uint32.
    address: address.
    protocol: string. What would have been decoded.
    feature: string.
    reason: string. The field, what was expected and what was found.
    """

    KIND: ClassVar[int] = 30
    NAME: ClassVar[str] = "refused_log"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    protocol: Annotated[str, Meta(max_length=64)]
    feature: Annotated[str, Meta(max_length=64)]
    reason: Annotated[str, Meta(max_length=512)]


class FamilyCount(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=16):
    """How much of one family a block has.

    family: Family.
    batches: uint32. Batches of the family in this block: 0 or 1.
    features: uint32.
    refused: uint32. Logs that matched a decoder and were refused by it.
    digest: bytes32. The family's rolling digest: SHA-256 over (digest so far, content bytes),
        from 32 zero bytes.
    """

    KIND: ClassVar[int] = 16
    NAME: ClassVar[str] = "family_count"

    family: Family
    batches: Annotated[int, Meta(ge=0, le=4294967295)]
    features: Annotated[int, Meta(ge=0, le=4294967295)]
    refused: Annotated[int, Meta(ge=0, le=4294967295)]
    digest: Annotated[bytes, Meta(min_length=32, max_length=32)]


class BlockEnd(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=17):
    """Closes a block: with this the subscriber knows that it has all of it.

    block: BlockRef.
    tier: Tier.
    purity: Purity. Block-pure and state-pure families close separately.
    extractor_version: string.
    families: FamilyCount (0 to 32). Every family of this purity that the node extracts, also
        those with nothing in this block, in the order of Family.
    digest: bytes32. The rolling digest over all batches of this purity, in order of family:
        SHA-256 over (digest so far, content bytes), from 32 zero bytes.
    """

    KIND: ClassVar[int] = 17
    NAME: ClassVar[str] = "block_end"

    block: BlockRef
    tier: Tier
    purity: Purity
    extractor_version: Annotated[str, Meta(max_length=64)]
    families: Annotated[tuple[FamilyCount, ...], Meta(max_length=32)]
    digest: Annotated[bytes, Meta(min_length=32, max_length=32)]


class Retract(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=18):
    """The block left the canonical chain: undo everything that was said of it. Retracts come
    in reverse, the newest block first.

    block: BlockRef.
    """

    KIND: ClassVar[int] = 18
    NAME: ClassVar[str] = "retract"

    block: BlockRef


class Heads(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=19):
    """Where the chain stands for this node.

    chain_id: uint64.
    latest: BlockRef.
    safe: BlockRef, optional. Absent until the source tells.
    finalized: BlockRef, optional. Absent until the source tells.
    """

    KIND: ClassVar[int] = 19
    NAME: ClassVar[str] = "heads"

    chain_id: Annotated[int, Meta(ge=0)]
    latest: BlockRef
    safe: BlockRef | None = None
    finalized: BlockRef | None = None


class Rejection(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=20):
    """Why something that a source gave was not believed.

    chain_id: uint64.
    claimed_hash: bytes32, optional. The block's hash as the source claimed it; absent when there
        was none to read.
    source: string. The endpoint or file that it came from.
    step: string. The step of the ladder that failed.
    expected: string.
    found: string.
    """

    KIND: ClassVar[int] = 20
    NAME: ClassVar[str] = "rejection"

    chain_id: Annotated[int, Meta(ge=0)]
    claimed_hash: Annotated[bytes, Meta(min_length=32, max_length=32)] | None
    source: Annotated[str, Meta(max_length=1024)]
    step: Annotated[str, Meta(max_length=64)]
    expected: Annotated[str, Meta(max_length=4096)]
    found: Annotated[str, Meta(max_length=4096)]


class Alert(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=240):
    """A condition began or ended. The pair of name and subject is one condition.

    severity: Severity.
    name: string. The rule that speaks, in snake case: lines_diverge, block_rejected, quarantine.
    subject: string. What it speaks of: an actor's path, an endpoint, a topic.
    raised: bool. False when the condition ended.
    text: string. For reading.
    block: BlockRef, optional. The block that it is about; absent when it is about none.
    """

    KIND: ClassVar[int] = 240
    NAME: ClassVar[str] = "alert"

    severity: Severity
    name: Annotated[str, Meta(max_length=64)]
    subject: Annotated[str, Meta(max_length=1024)]
    raised: bool
    text: Annotated[str, Meta(max_length=4096)]
    block: BlockRef | None = None


class UniswapV2Swap(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=40):
    """A swap in a constant-product pair (Uniswap V2 and every fork with the same event).

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pair.
    sender: address.
    amount0_in_be: uint256. Smallest units of token0 that the pair received.
    amount1_in_be: uint256. Smallest units of token1 that the pair received.
    amount0_out_be: uint256. Smallest units of token0 that the pair paid out.
    amount1_out_be: uint256. Smallest units of token1 that the pair paid out.
    to: address.
    """

    KIND: ClassVar[int] = 40
    NAME: ClassVar[str] = "uniswap_v2_swap"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "swap"
    PROTOCOL: ClassVar[str] = "uniswap_v2"
    EVENT: ClassVar[str] = (
        "Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 "
        "amount0Out, uint256 amount1Out, address indexed to)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount0_in_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_in_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount0_out_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_out_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    to: Annotated[bytes, Meta(min_length=20, max_length=20)]

    @property
    def amount0_in(self) -> int:
        """Smallest units of token0 that the pair received."""
        return int.from_bytes(self.amount0_in_be, "big")

    @property
    def amount1_in(self) -> int:
        """Smallest units of token1 that the pair received."""
        return int.from_bytes(self.amount1_in_be, "big")

    @property
    def amount0_out(self) -> int:
        """Smallest units of token0 that the pair paid out."""
        return int.from_bytes(self.amount0_out_be, "big")

    @property
    def amount1_out(self) -> int:
        """Smallest units of token1 that the pair paid out."""
        return int.from_bytes(self.amount1_out_be, "big")


class UniswapV2Sync(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=41):
    """A pair's reserves after a swap, mint, burn or sync.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pair.
    reserve0_be: uint112. Smallest units of token0.
    reserve1_be: uint112. Smallest units of token1.
    """

    KIND: ClassVar[int] = 41
    NAME: ClassVar[str] = "uniswap_v2_sync"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "sync"
    PROTOCOL: ClassVar[str] = "uniswap_v2"
    EVENT: ClassVar[str] = (
        "Sync(uint112 reserve0, uint112 reserve1)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    reserve0_be: Annotated[bytes, Meta(min_length=14, max_length=14)]
    reserve1_be: Annotated[bytes, Meta(min_length=14, max_length=14)]

    @property
    def reserve0(self) -> int:
        """Smallest units of token0."""
        return int.from_bytes(self.reserve0_be, "big")

    @property
    def reserve1(self) -> int:
        """Smallest units of token1."""
        return int.from_bytes(self.reserve1_be, "big")


class UniswapV2Mint(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=42):
    """Liquidity added to a pair.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pair.
    sender: address.
    amount0_be: uint256. Smallest units of token0 that were added.
    amount1_be: uint256. Smallest units of token1 that were added.
    """

    KIND: ClassVar[int] = 42
    NAME: ClassVar[str] = "uniswap_v2_mint"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "mint"
    PROTOCOL: ClassVar[str] = "uniswap_v2"
    EVENT: ClassVar[str] = (
        "Mint(address indexed sender, uint256 amount0, uint256 amount1)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def amount0(self) -> int:
        """Smallest units of token0 that were added."""
        return int.from_bytes(self.amount0_be, "big")

    @property
    def amount1(self) -> int:
        """Smallest units of token1 that were added."""
        return int.from_bytes(self.amount1_be, "big")


class UniswapV2Burn(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=43):
    """Liquidity taken out of a pair.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pair.
    sender: address.
    amount0_be: uint256. Smallest units of token0 that were taken out.
    amount1_be: uint256. Smallest units of token1 that were taken out.
    to: address.
    """

    KIND: ClassVar[int] = 43
    NAME: ClassVar[str] = "uniswap_v2_burn"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "burn"
    PROTOCOL: ClassVar[str] = "uniswap_v2"
    EVENT: ClassVar[str] = (
        "Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    to: Annotated[bytes, Meta(min_length=20, max_length=20)]

    @property
    def amount0(self) -> int:
        """Smallest units of token0 that were taken out."""
        return int.from_bytes(self.amount0_be, "big")

    @property
    def amount1(self) -> int:
        """Smallest units of token1 that were taken out."""
        return int.from_bytes(self.amount1_be, "big")


class UniswapV3Swap(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=44):
    """A swap in a concentrated-liquidity pool (Uniswap V3 and every fork with the same event).

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pool.
    sender: address.
    recipient: address.
    amount0_be: int256. Change of the pool's balance of token0, smallest units; negative when the
        pool paid.
    amount1_be: int256. Change of the pool's balance of token1, smallest units; negative when the
        pool paid.
    sqrt_price_x96_be: uint160. √(token1/token0) after the swap, Q64.96.
    liquidity_be: uint128. Liquidity in range after the swap.
    tick: int24. floor(log_1.0001(price)) after the swap.
    """

    KIND: ClassVar[int] = 44
    NAME: ClassVar[str] = "uniswap_v3_swap"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "swap"
    PROTOCOL: ClassVar[str] = "uniswap_v3"
    EVENT: ClassVar[str] = (
        "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 "
        "amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    recipient: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    sqrt_price_x96_be: Annotated[bytes, Meta(min_length=20, max_length=20)]
    liquidity_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    tick: Annotated[int, Meta(ge=-8388608, le=8388607)]

    @property
    def amount0(self) -> int:
        """Change of the pool's balance of token0, smallest units; negative when the pool paid."""
        return int.from_bytes(self.amount0_be, "big", signed=True)

    @property
    def amount1(self) -> int:
        """Change of the pool's balance of token1, smallest units; negative when the pool paid."""
        return int.from_bytes(self.amount1_be, "big", signed=True)

    @property
    def sqrt_price_x96(self) -> int:
        """√(token1/token0) after the swap, Q64.96."""
        return int.from_bytes(self.sqrt_price_x96_be, "big")

    @property
    def liquidity(self) -> int:
        """Liquidity in range after the swap."""
        return int.from_bytes(self.liquidity_be, "big")


class UniswapV3Mint(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=45):
    """Liquidity added to a position of a concentrated-liquidity pool.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pool.
    sender: address.
    owner: address.
    tick_lower: int24.
    tick_upper: int24.
    amount_be: uint128. Liquidity that was added.
    amount0_be: uint256. Smallest units of token0 that were paid in.
    amount1_be: uint256. Smallest units of token1 that were paid in.
    """

    KIND: ClassVar[int] = 45
    NAME: ClassVar[str] = "uniswap_v3_mint"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "mint"
    PROTOCOL: ClassVar[str] = "uniswap_v3"
    EVENT: ClassVar[str] = (
        "Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed "
        "tickUpper, uint128 amount, uint256 amount0, uint256 amount1)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    owner: Annotated[bytes, Meta(min_length=20, max_length=20)]
    tick_lower: Annotated[int, Meta(ge=-8388608, le=8388607)]
    tick_upper: Annotated[int, Meta(ge=-8388608, le=8388607)]
    amount_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    amount0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def amount(self) -> int:
        """Liquidity that was added."""
        return int.from_bytes(self.amount_be, "big")

    @property
    def amount0(self) -> int:
        """Smallest units of token0 that were paid in."""
        return int.from_bytes(self.amount0_be, "big")

    @property
    def amount1(self) -> int:
        """Smallest units of token1 that were paid in."""
        return int.from_bytes(self.amount1_be, "big")


class UniswapV3Burn(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=46):
    """Liquidity taken from a position; the tokens stay owed to its owner until a collect.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pool.
    owner: address.
    tick_lower: int24.
    tick_upper: int24.
    amount_be: uint128. Liquidity that was taken.
    amount0_be: uint256. Smallest units of token0 that are owed from now on.
    amount1_be: uint256. Smallest units of token1 that are owed from now on.
    """

    KIND: ClassVar[int] = 46
    NAME: ClassVar[str] = "uniswap_v3_burn"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "burn"
    PROTOCOL: ClassVar[str] = "uniswap_v3"
    EVENT: ClassVar[str] = (
        "Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128"
        " amount, uint256 amount0, uint256 amount1)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    owner: Annotated[bytes, Meta(min_length=20, max_length=20)]
    tick_lower: Annotated[int, Meta(ge=-8388608, le=8388607)]
    tick_upper: Annotated[int, Meta(ge=-8388608, le=8388607)]
    amount_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    amount0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def amount(self) -> int:
        """Liquidity that was taken."""
        return int.from_bytes(self.amount_be, "big")

    @property
    def amount0(self) -> int:
        """Smallest units of token0 that are owed from now on."""
        return int.from_bytes(self.amount0_be, "big")

    @property
    def amount1(self) -> int:
        """Smallest units of token1 that are owed from now on."""
        return int.from_bytes(self.amount1_be, "big")


class UniswapV3Collect(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=47):
    """Tokens owed to a position were paid out.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pool.
    owner: address.
    recipient: address.
    tick_lower: int24.
    tick_upper: int24.
    amount0_be: uint128. Smallest units of token0 that were paid out.
    amount1_be: uint128. Smallest units of token1 that were paid out.
    """

    KIND: ClassVar[int] = 47
    NAME: ClassVar[str] = "uniswap_v3_collect"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "collect"
    PROTOCOL: ClassVar[str] = "uniswap_v3"
    EVENT: ClassVar[str] = (
        "Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 "
        "indexed tickUpper, uint128 amount0, uint128 amount1)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    owner: Annotated[bytes, Meta(min_length=20, max_length=20)]
    recipient: Annotated[bytes, Meta(min_length=20, max_length=20)]
    tick_lower: Annotated[int, Meta(ge=-8388608, le=8388607)]
    tick_upper: Annotated[int, Meta(ge=-8388608, le=8388607)]
    amount0_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    amount1_be: Annotated[bytes, Meta(min_length=16, max_length=16)]

    @property
    def amount0(self) -> int:
        """Smallest units of token0 that were paid out."""
        return int.from_bytes(self.amount0_be, "big")

    @property
    def amount1(self) -> int:
        """Smallest units of token1 that were paid out."""
        return int.from_bytes(self.amount1_be, "big")


class PancakeV3Swap(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=48):
    """A swap in a Pancake V3 pool, whose event says the protocol's share too.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter, which claims to be a pool.
    sender: address.
    recipient: address.
    amount0_be: int256. Change of the pool's balance of token0, smallest units; negative when the
        pool paid.
    amount1_be: int256. Change of the pool's balance of token1, smallest units; negative when the
        pool paid.
    sqrt_price_x96_be: uint160. √(token1/token0) after the swap, Q64.96.
    liquidity_be: uint128. Liquidity in range after the swap.
    tick: int24. floor(log_1.0001(price)) after the swap.
    protocol_fees_token0_be: uint128. Smallest units of token0 that went to the protocol.
    protocol_fees_token1_be: uint128. Smallest units of token1 that went to the protocol.
    """

    KIND: ClassVar[int] = 48
    NAME: ClassVar[str] = "pancake_v3_swap"
    FAMILY: ClassVar[str] = "amm"
    FEATURE: ClassVar[str] = "swap"
    PROTOCOL: ClassVar[str] = "pancake_v3"
    EVENT: ClassVar[str] = (
        "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 "
        "amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint128 "
        "protocolFeesToken0, uint128 protocolFeesToken1)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    recipient: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    sqrt_price_x96_be: Annotated[bytes, Meta(min_length=20, max_length=20)]
    liquidity_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    tick: Annotated[int, Meta(ge=-8388608, le=8388607)]
    protocol_fees_token0_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    protocol_fees_token1_be: Annotated[bytes, Meta(min_length=16, max_length=16)]

    @property
    def amount0(self) -> int:
        """Change of the pool's balance of token0, smallest units; negative when the pool paid."""
        return int.from_bytes(self.amount0_be, "big", signed=True)

    @property
    def amount1(self) -> int:
        """Change of the pool's balance of token1, smallest units; negative when the pool paid."""
        return int.from_bytes(self.amount1_be, "big", signed=True)

    @property
    def sqrt_price_x96(self) -> int:
        """√(token1/token0) after the swap, Q64.96."""
        return int.from_bytes(self.sqrt_price_x96_be, "big")

    @property
    def liquidity(self) -> int:
        """Liquidity in range after the swap."""
        return int.from_bytes(self.liquidity_be, "big")

    @property
    def protocol_fees_token0(self) -> int:
        """Smallest units of token0 that went to the protocol."""
        return int.from_bytes(self.protocol_fees_token0_be, "big")

    @property
    def protocol_fees_token1(self) -> int:
        """Smallest units of token1 that went to the protocol."""
        return int.from_bytes(self.protocol_fees_token1_be, "big")


AmmFeature: TypeAlias = (
    UniswapV2Swap | UniswapV2Sync | UniswapV2Mint | UniswapV2Burn | UniswapV3Swap |
    UniswapV3Mint | UniswapV3Burn | UniswapV3Collect | PancakeV3Swap
)


class AmmBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=31):
    """All of a block's amm features.

    identity: Identity.
    features: AmmFeature (0 to 1048576). In order of log_index.
    refused: RefusedLog (0 to 1048576). In order of log_index.
    """

    KIND: ClassVar[int] = 31
    NAME: ClassVar[str] = "amm_batch"

    identity: Identity
    features: Annotated[tuple[AmmFeature, ...], Meta(max_length=1048576)]
    refused: Annotated[tuple[RefusedLog, ...], Meta(max_length=1048576)]


class BridgeInitiated(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=120):
    """Funds left an account on this chain for another chain.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The bridge's contract; only contracts of the protocol registry are read.
    protocol: string. across, hop, arbitrum, optimism or base: whose registry entry the contract
        is.
    transfer_id: bytes32, optional. The bridge's own id, the same in every step: Across's
        depositId, Hop's transferId, Arbitrum's message index, the OP Stack's withdrawal or
        message hash; numbers big-endian. Absent where the bridge gives none (Hop from layer 1).
    destination_chain_id: uint64. EIP-155 chain id.
    sender: address.
    recipient: bytes32. An address stands in the last 20 bytes.
    token: address. On this chain; zero for ether.
    amount_be: uint256. Smallest units of the token.
    output_amount_be: uint256, optional. The least that the recipient is to get, smallest units of
        the token there; absent where the bridge pays the amount itself.
    """

    KIND: ClassVar[int] = 120
    NAME: ClassVar[str] = "bridge_initiated"
    FAMILY: ClassVar[str] = "bridge"
    FEATURE: ClassVar[str] = "initiated"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    protocol: Annotated[str, Meta(max_length=64)]
    transfer_id: Annotated[bytes, Meta(min_length=32, max_length=32)] | None
    destination_chain_id: Annotated[int, Meta(ge=0)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    recipient: Annotated[bytes, Meta(min_length=32, max_length=32)]
    token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    output_amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)] | None = None

    @property
    def amount(self) -> int:
        """Smallest units of the token."""
        return int.from_bytes(self.amount_be, "big")

    @property
    def output_amount(self) -> int | None:
        """The least that the recipient is to get, smallest units of the token there; absent
        where the bridge pays the amount itself."""
        return None if self.output_amount_be is None else int.from_bytes(self.output_amount_be, "big")


class BridgeRelayed(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=121):
    """A relayer or bonder paid the recipient on this chain out of its own funds.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The bridge's contract; only contracts of the protocol registry are read.
    protocol: string. across, hop, arbitrum, optimism or base: whose registry entry the contract
        is.
    transfer_id: bytes32. The id that BridgeInitiated has on the origin chain.
    origin_chain_id: uint64, optional. EIP-155 chain id; absent where the event does not say.
    relayer: bytes32, optional. Absent where the event does not say.
    recipient: bytes32, optional. Absent where the event does not say.
    token: address, optional. On this chain; absent where the event does not say.
    amount_be: uint256. Smallest units of the token.
    """

    KIND: ClassVar[int] = 121
    NAME: ClassVar[str] = "bridge_relayed"
    FAMILY: ClassVar[str] = "bridge"
    FEATURE: ClassVar[str] = "relayed"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    protocol: Annotated[str, Meta(max_length=64)]
    transfer_id: Annotated[bytes, Meta(min_length=32, max_length=32)]
    origin_chain_id: Annotated[int, Meta(ge=0)] | None
    relayer: Annotated[bytes, Meta(min_length=32, max_length=32)] | None
    recipient: Annotated[bytes, Meta(min_length=32, max_length=32)] | None
    token: Annotated[bytes, Meta(min_length=20, max_length=20)] | None
    amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def amount(self) -> int:
        """Smallest units of the token."""
        return int.from_bytes(self.amount_be, "big")


class BridgeProven(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=122):
    """A withdrawal to layer 1 was proven there; its challenge period runs.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The bridge's contract; only contracts of the protocol registry are read.
    protocol: string. across, hop, arbitrum, optimism or base: whose registry entry the contract
        is.
    transfer_id: bytes32. The id that BridgeInitiated has on the origin chain.
    """

    KIND: ClassVar[int] = 122
    NAME: ClassVar[str] = "bridge_proven"
    FAMILY: ClassVar[str] = "bridge"
    FEATURE: ClassVar[str] = "proven"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    protocol: Annotated[str, Meta(max_length=64)]
    transfer_id: Annotated[bytes, Meta(min_length=32, max_length=32)]


class BridgeFinalized(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=123):
    """The bridge itself delivered the transfer on this chain.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The bridge's contract; only contracts of the protocol registry are read.
    protocol: string. across, hop, arbitrum, optimism or base: whose registry entry the contract
        is.
    transfer_id: bytes32. The id that BridgeInitiated has on the origin chain.
    success: bool, optional. Whether the call at the end succeeded; absent where the event does
        not say.
    """

    KIND: ClassVar[int] = 123
    NAME: ClassVar[str] = "bridge_finalized"
    FAMILY: ClassVar[str] = "bridge"
    FEATURE: ClassVar[str] = "finalized"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    protocol: Annotated[str, Meta(max_length=64)]
    transfer_id: Annotated[bytes, Meta(min_length=32, max_length=32)]
    success: bool | None = None


BridgeFeature: TypeAlias = (
    BridgeInitiated | BridgeRelayed | BridgeProven | BridgeFinalized
)


class BridgeBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=130):
    """All of a block's steps. Block-pure.

    identity: Identity.
    features: BridgeFeature (0 to 1048576). In order of log_index.
    refused: RefusedLog (0 to 1048576). In order of log_index.
    """

    KIND: ClassVar[int] = 130
    NAME: ClassVar[str] = "bridge_batch"

    identity: Identity
    features: Annotated[tuple[BridgeFeature, ...], Meta(max_length=1048576)]
    refused: Annotated[tuple[RefusedLog, ...], Meta(max_length=1048576)]


class EscrowBalance(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=131):
    """What a bridge's escrow holds of a token at the block's end.

    protocol: string. Whose registry entry the escrow is.
    address: address.
    token: address. Zero for ether.
    balance_be: uint256. Smallest units of the token.
    """

    KIND: ClassVar[int] = 131
    NAME: ClassVar[str] = "escrow_balance"
    FAMILY: ClassVar[str] = "bridge"
    FEATURE: ClassVar[str] = "escrow"

    protocol: Annotated[str, Meta(max_length=64)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    balance_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def balance(self) -> int:
        """Smallest units of the token."""
        return int.from_bytes(self.balance_be, "big")


class EscrowBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=132):
    """The balances of every escrow that the block touched. State-pure.

    identity: Identity.
    features: EscrowBalance (0 to 65536). In order of address, then token.
    """

    KIND: ClassVar[int] = 132
    NAME: ClassVar[str] = "escrow_batch"

    identity: Identity
    features: Annotated[tuple[EscrowBalance, ...], Meta(max_length=65536)]


class Envelope(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=1):
    """Where a frame stands in its line, and when it was seen and sent.

    line: string. The name of the line, A or B of a pair; the node's own name when it runs alone.
    session: bytes16. Names one life of one publisher. Drawn at its start, never used again.
    seq: uint64. The number of this frame within its session and topic, from 0, without gaps.
    observed_ns: uint64. When the source's bytes arrived at the node. Unix time, nanoseconds.
    published_ns: uint64. When the frame was handed to the line. Unix time, nanoseconds.
    epoch: uint64. The lease under which a single writer wrote; 0 on the lines, which need none.
    """

    KIND: ClassVar[int] = 1
    NAME: ClassVar[str] = "envelope"

    line: Annotated[str, Meta(max_length=64)]
    session: Annotated[bytes, Meta(min_length=16, max_length=16)]
    seq: Annotated[int, Meta(ge=0)]
    observed_ns: Annotated[int, Meta(ge=0)]
    published_ns: Annotated[int, Meta(ge=0)]
    epoch: Annotated[int, Meta(ge=0)]


class Frame(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=2):
    """What travels on a line, after the topic and a zero byte.

    envelope: Envelope.
    content: bytes. One content message, encoded. Digests run over exactly these bytes.
    """

    KIND: ClassVar[int] = 2
    NAME: ClassVar[str] = "frame"

    envelope: Envelope
    content: Annotated[bytes, Meta(max_length=67108864)]


class Parcel(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=3):
    """What travels between actors: a content message on its way to a topic.

    topic: string. features.<family>.<chain>, blocks.<chain>, opportunities, alerts or nodes.
    observed_ns: uint64. When the source's bytes arrived at the node. Unix time, nanoseconds.
    content: bytes. One content message, encoded once by its producer.
    """

    KIND: ClassVar[int] = 3
    NAME: ClassVar[str] = "parcel"

    topic: Annotated[str, Meta(max_length=128)]
    observed_ns: Annotated[int, Meta(ge=0)]
    content: Annotated[bytes, Meta(max_length=67108864)]


class AaveV3FlashLoan(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=150):
    """A flash loan of an Aave V3 pool.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    target: address. The contract that received the funds.
    initiator: address.
    asset: address.
    amount_be: uint256. Smallest units of the asset.
    interest_rate_mode: uint8. 0: paid back at once; otherwise left as debt.
    premium_be: uint256. Smallest units of the asset, paid on top.
    referral_code: uint16.
    """

    KIND: ClassVar[int] = 150
    NAME: ClassVar[str] = "aave_v3_flash_loan"
    FAMILY: ClassVar[str] = "flash_loan"
    FEATURE: ClassVar[str] = "flash_loan"
    PROTOCOL: ClassVar[str] = "aave_v3"
    EVENT: ClassVar[str] = (
        "FlashLoan(address indexed target, address initiator, address indexed asset, uint256 "
        "amount, uint8 interestRateMode, uint256 premium, uint16 indexed referralCode)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    target: Annotated[bytes, Meta(min_length=20, max_length=20)]
    initiator: Annotated[bytes, Meta(min_length=20, max_length=20)]
    asset: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    interest_rate_mode: Annotated[int, Meta(ge=0, le=255)]
    premium_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    referral_code: Annotated[int, Meta(ge=0, le=65535)]

    @property
    def amount(self) -> int:
        """Smallest units of the asset."""
        return int.from_bytes(self.amount_be, "big")

    @property
    def premium(self) -> int:
        """Smallest units of the asset, paid on top."""
        return int.from_bytes(self.premium_be, "big")


class BalancerV2FlashLoan(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=151):
    """A flash loan of one token of the Balancer V2 vault.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    recipient: address. The contract that received the funds.
    token: address.
    amount_be: uint256. Smallest units of the token.
    fee_amount_be: uint256. Smallest units of the token, paid on top.
    """

    KIND: ClassVar[int] = 151
    NAME: ClassVar[str] = "balancer_v2_flash_loan"
    FAMILY: ClassVar[str] = "flash_loan"
    FEATURE: ClassVar[str] = "flash_loan"
    PROTOCOL: ClassVar[str] = "balancer_v2"
    EVENT: ClassVar[str] = (
        "FlashLoan(address indexed recipient, address indexed token, uint256 amount, uint256 "
        "feeAmount)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    recipient: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    fee_amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def amount(self) -> int:
        """Smallest units of the token."""
        return int.from_bytes(self.amount_be, "big")

    @property
    def fee_amount(self) -> int:
        """Smallest units of the token, paid on top."""
        return int.from_bytes(self.fee_amount_be, "big")


class UniswapV3Flash(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=152):
    """A flash of a Uniswap V3 pool.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    sender: address.
    recipient: address. The contract that received the funds.
    amount0_be: uint256. Smallest units of token0 that were lent.
    amount1_be: uint256. Smallest units of token1 that were lent.
    paid0_be: uint256. Smallest units of token0 that were paid on top.
    paid1_be: uint256. Smallest units of token1 that were paid on top.
    """

    KIND: ClassVar[int] = 152
    NAME: ClassVar[str] = "uniswap_v3_flash"
    FAMILY: ClassVar[str] = "flash_loan"
    FEATURE: ClassVar[str] = "flash_loan"
    PROTOCOL: ClassVar[str] = "uniswap_v3"
    EVENT: ClassVar[str] = (
        "Flash(address indexed sender, address indexed recipient, uint256 amount0, uint256 "
        "amount1, uint256 paid0, uint256 paid1)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]
    recipient: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    paid0_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    paid1_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def amount0(self) -> int:
        """Smallest units of token0 that were lent."""
        return int.from_bytes(self.amount0_be, "big")

    @property
    def amount1(self) -> int:
        """Smallest units of token1 that were lent."""
        return int.from_bytes(self.amount1_be, "big")

    @property
    def paid0(self) -> int:
        """Smallest units of token0 that were paid on top."""
        return int.from_bytes(self.paid0_be, "big")

    @property
    def paid1(self) -> int:
        """Smallest units of token1 that were paid on top."""
        return int.from_bytes(self.paid1_be, "big")


FlashLoanFeature: TypeAlias = (
    AaveV3FlashLoan | BalancerV2FlashLoan | UniswapV3Flash
)


class FlashLoanBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=155):
    """All of a block's loans. Block-pure.

    identity: Identity.
    features: FlashLoanFeature (0 to 1048576). In order of log_index.
    refused: RefusedLog (0 to 1048576). In order of log_index.
    """

    KIND: ClassVar[int] = 155
    NAME: ClassVar[str] = "flash_loan_batch"

    identity: Identity
    features: Annotated[tuple[FlashLoanFeature, ...], Meta(max_length=1048576)]
    refused: Annotated[tuple[RefusedLog, ...], Meta(max_length=1048576)]


class FlashCapacity(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=156):
    """What a lender can lend of an asset at the block's end, and for how much.

    protocol: string. Whose registry entry the lender is.
    address: address. The lender: Aave's pool, Balancer's vault.
    asset: address.
    available_be: uint256. Smallest units of the asset.
    fee_e18: uint64. Share of the amount that is paid on top, in units of 1e-18.
    """

    KIND: ClassVar[int] = 156
    NAME: ClassVar[str] = "flash_capacity"
    FAMILY: ClassVar[str] = "flash_loan"
    FEATURE: ClassVar[str] = "capacity"

    protocol: Annotated[str, Meta(max_length=64)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    asset: Annotated[bytes, Meta(min_length=20, max_length=20)]
    available_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    fee_e18: Annotated[int, Meta(ge=0)]

    @property
    def available(self) -> int:
        """Smallest units of the asset."""
        return int.from_bytes(self.available_be, "big")


class FlashCapacityBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=157):
    """The capacity of every lender that the block touched. State-pure.

    identity: Identity.
    features: FlashCapacity (0 to 65536). In order of address, then asset.
    """

    KIND: ClassVar[int] = 157
    NAME: ClassVar[str] = "flash_capacity_batch"

    identity: Identity
    features: Annotated[tuple[FlashCapacity, ...], Meta(max_length=65536)]


class PriorityFee(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=139):
    """A share of a block's gas paid at most this priority fee.

    percent: uint32. Of the block's gas, 0 to 100.
    priority_fee_per_gas: uint64. Wei per gas.
    """

    KIND: ClassVar[int] = 139
    NAME: ClassVar[str] = "priority_fee"

    percent: Annotated[int, Meta(ge=0, le=4294967295)]
    priority_fee_per_gas: Annotated[int, Meta(ge=0)]


class BlockGas(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=140):
    """A block's gas and its price.

    gas_used: uint64.
    gas_limit: uint64.
    base_fee_per_gas: uint64, optional. EIP-1559, wei per gas; absent before London.
    next_base_fee_per_gas: uint64, optional. What the chain's rule makes the base fee of the next
        block, wei per gas; absent where the rule needs more than this block.
    blob_base_fee_per_gas_be: uint256, optional. EIP-4844, wei per blob gas; absent before Cancun.
    priority_fees: PriorityFee (0 to 101). Priority fees by share of gas, in order of percent;
        empty for a block without transactions.
    """

    KIND: ClassVar[int] = 140
    NAME: ClassVar[str] = "block_gas"
    FAMILY: ClassVar[str] = "gas"
    FEATURE: ClassVar[str] = "block_gas"

    gas_used: Annotated[int, Meta(ge=0)]
    gas_limit: Annotated[int, Meta(ge=0)]
    base_fee_per_gas: Annotated[int, Meta(ge=0)] | None
    next_base_fee_per_gas: Annotated[int, Meta(ge=0)] | None
    blob_base_fee_per_gas_be: Annotated[bytes, Meta(min_length=32, max_length=32)] | None
    priority_fees: Annotated[tuple[PriorityFee, ...], Meta(max_length=101)]

    @property
    def blob_base_fee_per_gas(self) -> int | None:
        """EIP-4844, wei per blob gas; absent before Cancun."""
        return None if self.blob_base_fee_per_gas_be is None else int.from_bytes(self.blob_base_fee_per_gas_be, "big")


class L1FeeParameters(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=141):
    """What an OP Stack chain charges for layer 1, from the block's L1 attributes transaction.

    l1_base_fee_be: uint256. Wei per gas.
    l1_blob_base_fee_be: uint256, optional. Wei per blob gas; absent before Ecotone.
    base_fee_scalar: uint32, optional. Millionths; absent before Ecotone.
    blob_base_fee_scalar: uint32, optional. Millionths; absent before Ecotone.
    operator_fee_scalar: uint32, optional. Absent before Isthmus.
    operator_fee_constant: uint64, optional. Wei; absent before Isthmus.
    """

    KIND: ClassVar[int] = 141
    NAME: ClassVar[str] = "l1_fee_parameters"
    FAMILY: ClassVar[str] = "gas"
    FEATURE: ClassVar[str] = "l1_fee_parameters"

    l1_base_fee_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    l1_blob_base_fee_be: Annotated[bytes, Meta(min_length=32, max_length=32)] | None = None
    base_fee_scalar: Annotated[int, Meta(ge=0, le=4294967295)] | None = None
    blob_base_fee_scalar: Annotated[int, Meta(ge=0, le=4294967295)] | None = None
    operator_fee_scalar: Annotated[int, Meta(ge=0, le=4294967295)] | None = None
    operator_fee_constant: Annotated[int, Meta(ge=0)] | None = None

    @property
    def l1_base_fee(self) -> int:
        """Wei per gas."""
        return int.from_bytes(self.l1_base_fee_be, "big")

    @property
    def l1_blob_base_fee(self) -> int | None:
        """Wei per blob gas; absent before Ecotone."""
        return None if self.l1_blob_base_fee_be is None else int.from_bytes(self.l1_blob_base_fee_be, "big")


GasFeature: TypeAlias = (
    BlockGas | L1FeeParameters
)


class GasBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=142):
    """A block's gas features.

    identity: Identity.
    features: GasFeature (0 to 16). BlockGas, then L1FeeParameters where the chain has them.
    """

    KIND: ClassVar[int] = 142
    NAME: ClassVar[str] = "gas_batch"

    identity: Identity
    features: Annotated[tuple[GasFeature, ...], Meta(max_length=16)]


class Position(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=60):
    """Where a topic's sequence stands.

    topic: string.
    next_seq: uint64. The seq that the topic's next frame will bear.
    oldest_seq: uint64. The oldest seq that the journal can still repeat.
    """

    KIND: ClassVar[int] = 60
    NAME: ClassVar[str] = "position"

    topic: Annotated[str, Meta(max_length=128)]
    next_seq: Annotated[int, Meta(ge=0)]
    oldest_seq: Annotated[int, Meta(ge=0)]


class Heartbeat(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=61):
    """Sent on topic `nodes` when the line is idle, so that silence means trouble.

    positions: Position (0 to 1024). Every topic that this session has used.
    heads: Heads (0 to 64).
    interval_ms: uint32. Milliseconds until the next one at the latest.
    """

    KIND: ClassVar[int] = 61
    NAME: ClassVar[str] = "heartbeat"

    positions: Annotated[tuple[Position, ...], Meta(max_length=1024)]
    heads: Annotated[tuple[Heads, ...], Meta(max_length=64)]
    interval_ms: Annotated[int, Meta(ge=0, le=4294967295)]


class EndOfSession(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=62):
    """The last frame of a session, on topic `nodes`.

    reason: EndReason.
    positions: Position (0 to 1024). Every topic that this session has used.
    """

    KIND: ClassVar[int] = 62
    NAME: ClassVar[str] = "end_of_session"

    reason: EndReason
    positions: Annotated[tuple[Position, ...], Meta(max_length=1024)]


class RepairRequest(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=63):
    """A subscriber asks for frames that it missed.

    session: bytes16.
    topic: string.
    first_seq: uint64. The first seq that is wanted.
    count: uint32. How many; the reply may hold fewer, never more.
    """

    KIND: ClassVar[int] = 63
    NAME: ClassVar[str] = "repair_request"

    session: Annotated[bytes, Meta(min_length=16, max_length=16)]
    topic: Annotated[str, Meta(max_length=128)]
    first_seq: Annotated[int, Meta(ge=0)]
    count: Annotated[int, Meta(ge=0, le=4294967295)]


class RepairReply(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=64):
    """The frames as they were sent.

    status: RepairStatus.
    frames: bytes (0 to 1024). Encoded Frames with consecutive seqs from first_seq on.
    """

    KIND: ClassVar[int] = 64
    NAME: ClassVar[str] = "repair_reply"

    status: RepairStatus
    frames: Annotated[tuple[Annotated[bytes, Meta(max_length=67108864)], ...], Meta(max_length=1024)]


class JoinRequest(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=65):
    """A subscriber joins: from the answer's positions on, it will miss nothing without
    noticing.

    subscriber: string. Who asks, for the node's own log.
    """

    KIND: ClassVar[int] = 65
    NAME: ClassVar[str] = "join_request"

    subscriber: Annotated[str, Meta(max_length=64)]


class JoinReply(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=66):
    """Where the line stands at the moment of joining.

    line: string.
    session: bytes16.
    positions: Position (0 to 1024). Every topic that this session has used.
    """

    KIND: ClassVar[int] = 66
    NAME: ClassVar[str] = "join_reply"

    line: Annotated[str, Meta(max_length=64)]
    session: Annotated[bytes, Meta(min_length=16, max_length=16)]
    positions: Annotated[tuple[Position, ...], Meta(max_length=1024)]


class Bid(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=200):
    """A builder's bid as a relay made it known.

    relay: string. The relay's host name.
    slot: uint64.
    block_number: uint64.
    block_hash: bytes32.
    parent_hash: bytes32.
    builder_pubkey: bytes48.
    fee_recipient: address.
    value_be: uint256. Wei for the proposer.
    timestamp_ms: uint64. When the relay received the bid, as it says. Unix time, milliseconds.
    """

    KIND: ClassVar[int] = 200
    NAME: ClassVar[str] = "bid"
    FAMILY: ClassVar[str] = "mev"
    FEATURE: ClassVar[str] = "bid"

    relay: Annotated[str, Meta(max_length=256)]
    slot: Annotated[int, Meta(ge=0)]
    block_number: Annotated[int, Meta(ge=0)]
    block_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    parent_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    builder_pubkey: Annotated[bytes, Meta(min_length=48, max_length=48)]
    fee_recipient: Annotated[bytes, Meta(min_length=20, max_length=20)]
    value_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    timestamp_ms: Annotated[int, Meta(ge=0)]

    @property
    def value(self) -> int:
        """Wei for the proposer."""
        return int.from_bytes(self.value_be, "big")


class PendingTransaction(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=201):
    """A transaction that waits in a mempool. Tier pending.

    chain_id: uint64. EIP-155 chain id.
    hash: bytes32.
    raw: bytes. The transaction as its EIP-2718 envelope; it hashes to `hash`.
    sender: address. The sender, recovered from the signature.
    """

    KIND: ClassVar[int] = 201
    NAME: ClassVar[str] = "pending_transaction"
    FAMILY: ClassVar[str] = "mev"
    FEATURE: ClassVar[str] = "pending_transaction"

    chain_id: Annotated[int, Meta(ge=0)]
    hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    raw: Annotated[bytes, Meta(max_length=1048576)]
    sender: Annotated[bytes, Meta(min_length=20, max_length=20)]


class Arbitrage(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=202):
    """One transaction's swaps ended with more of the token that they began with.

    transaction_hash: bytes32.
    transaction_index: uint32.
    account: address. Who holds the profit.
    profit_token: address.
    start_amount_be: uint256. Smallest units of the token.
    end_amount_be: uint256. Smallest units of the token.
    swaps: uint32 (0 to 1024). The log indices of its swaps, in the order of the route.
    """

    KIND: ClassVar[int] = 202
    NAME: ClassVar[str] = "arbitrage"
    FAMILY: ClassVar[str] = "mev"
    FEATURE: ClassVar[str] = "arbitrage"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    account: Annotated[bytes, Meta(min_length=20, max_length=20)]
    profit_token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    start_amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    end_amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    swaps: Annotated[tuple[Annotated[int, Meta(ge=0, le=4294967295)], ...], Meta(max_length=1024)]

    @property
    def start_amount(self) -> int:
        """Smallest units of the token."""
        return int.from_bytes(self.start_amount_be, "big")

    @property
    def end_amount(self) -> int:
        """Smallest units of the token."""
        return int.from_bytes(self.end_amount_be, "big")


class Sandwich(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=203):
    """Two swaps of one account around others' swaps in the same pool.

    account: address.
    address: address. The pool.
    front_run: uint32. The log index of the first swap.
    back_run: uint32. The log index of the last swap.
    victims: uint32 (0 to 1024). The log indices of the swaps between, that paid for it.
    profit_token: address.
    profit_be: int256. Smallest units of the token; negative when it failed.
    """

    KIND: ClassVar[int] = 203
    NAME: ClassVar[str] = "sandwich"
    FAMILY: ClassVar[str] = "mev"
    FEATURE: ClassVar[str] = "sandwich"

    account: Annotated[bytes, Meta(min_length=20, max_length=20)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    front_run: Annotated[int, Meta(ge=0, le=4294967295)]
    back_run: Annotated[int, Meta(ge=0, le=4294967295)]
    victims: Annotated[tuple[Annotated[int, Meta(ge=0, le=4294967295)], ...], Meta(max_length=1024)]
    profit_token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    profit_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def profit(self) -> int:
        """Smallest units of the token; negative when it failed."""
        return int.from_bytes(self.profit_be, "big", signed=True)


MevFeature: TypeAlias = (
    Arbitrage | Sandwich
)


class MevBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=210):
    """All that was found in a block.

    identity: Identity.
    features: MevFeature (0 to 65536). In order of the first log index.
    """

    KIND: ClassVar[int] = 210
    NAME: ClassVar[str] = "mev_batch"

    identity: Identity
    features: Annotated[tuple[MevFeature, ...], Meta(max_length=65536)]


class Leg(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=220):
    """One trade of a route.

    chain_id: uint64. EIP-155 chain id.
    protocol: string. The pool's family, as the family amm names it; or the bridge.
    address: address. The pool or bridge.
    token_in: address.
    token_out: address.
    amount_in_be: uint256. Smallest units of token_in.
    amount_out_be: uint256. What the contract would pay in the states of `blocks`, smallest units
        of token_out.
    """

    KIND: ClassVar[int] = 220
    NAME: ClassVar[str] = "leg"

    chain_id: Annotated[int, Meta(ge=0)]
    protocol: Annotated[str, Meta(max_length=64)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token_in: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token_out: Annotated[bytes, Meta(min_length=20, max_length=20)]
    amount_in_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    amount_out_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def amount_in(self) -> int:
        """Smallest units of token_in."""
        return int.from_bytes(self.amount_in_be, "big")

    @property
    def amount_out(self) -> int:
        """What the contract would pay in the states of `blocks`, smallest units of token_out."""
        return int.from_bytes(self.amount_out_be, "big")


class Opportunity(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=221):
    """A route that gains in the states of the named blocks. It ends in the token that it
    begins with.

    id: bytes32. SHA-256 of `blocks` and `legs` as they are encoded, in that order.
    blocks: BlockRef (0 to 16). One block a chain: the states that the amounts were computed in.
    legs: Leg (0 to 32). In the order of execution.
    cost_be: uint256. Gas, flash-loan and bridge costs, smallest units of the first leg's
        token_in.
    profit_be: int256. Last amount_out less first amount_in less cost, smallest units of the same
        token.
    """

    KIND: ClassVar[int] = 221
    NAME: ClassVar[str] = "opportunity"

    id: Annotated[bytes, Meta(min_length=32, max_length=32)]
    blocks: Annotated[tuple[BlockRef, ...], Meta(max_length=16)]
    legs: Annotated[tuple[Leg, ...], Meta(max_length=32)]
    cost_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    profit_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def cost(self) -> int:
        """Gas, flash-loan and bridge costs, smallest units of the first leg's token_in."""
        return int.from_bytes(self.cost_be, "big")

    @property
    def profit(self) -> int:
        """Last amount_out less first amount_in less cost, smallest units of the same token."""
        return int.from_bytes(self.profit_be, "big", signed=True)


class OpportunityGone(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=222):
    """An opportunity no longer stands.

    id: bytes32.
    block: BlockRef. The block that ended it, by a trade or by being taken back.
    """

    KIND: ClassVar[int] = 222
    NAME: ClassVar[str] = "opportunity_gone"

    id: Annotated[bytes, Meta(min_length=32, max_length=32)]
    block: BlockRef


class GmxV2PositionIncrease(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=160):
    """GMX V2's EventEmitter said PositionIncrease.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    account: address.
    market: address.
    collateral_token: address.
    position_key: bytes32.
    is_long: bool.
    size_in_usd_be: uint256. After the change, units of 1e-30 US dollars.
    size_delta_usd_be: uint256. The change, units of 1e-30 US dollars.
    collateral_amount_be: uint256. After the change, smallest units of the collateral token.
    execution_price_be: uint256. US dollars per smallest unit of the index token, units of 1e-30.
    """

    KIND: ClassVar[int] = 160
    NAME: ClassVar[str] = "gmx_v2_position_increase"
    FAMILY: ClassVar[str] = "perp"
    FEATURE: ClassVar[str] = "position_increase"
    PROTOCOL: ClassVar[str] = "gmx_v2"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    account: Annotated[bytes, Meta(min_length=20, max_length=20)]
    market: Annotated[bytes, Meta(min_length=20, max_length=20)]
    collateral_token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    position_key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    is_long: bool
    size_in_usd_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    size_delta_usd_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    collateral_amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    execution_price_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def size_in_usd(self) -> int:
        """After the change, units of 1e-30 US dollars."""
        return int.from_bytes(self.size_in_usd_be, "big")

    @property
    def size_delta_usd(self) -> int:
        """The change, units of 1e-30 US dollars."""
        return int.from_bytes(self.size_delta_usd_be, "big")

    @property
    def collateral_amount(self) -> int:
        """After the change, smallest units of the collateral token."""
        return int.from_bytes(self.collateral_amount_be, "big")

    @property
    def execution_price(self) -> int:
        """US dollars per smallest unit of the index token, units of 1e-30."""
        return int.from_bytes(self.execution_price_be, "big")


class GmxV2PositionDecrease(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=161):
    """GMX V2's EventEmitter said PositionDecrease.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    account: address.
    market: address.
    collateral_token: address.
    position_key: bytes32.
    is_long: bool.
    size_in_usd_be: uint256. After the change, units of 1e-30 US dollars.
    size_delta_usd_be: uint256. The change, units of 1e-30 US dollars.
    collateral_amount_be: uint256. After the change, smallest units of the collateral token.
    execution_price_be: uint256. US dollars per smallest unit of the index token, units of 1e-30.
    """

    KIND: ClassVar[int] = 161
    NAME: ClassVar[str] = "gmx_v2_position_decrease"
    FAMILY: ClassVar[str] = "perp"
    FEATURE: ClassVar[str] = "position_decrease"
    PROTOCOL: ClassVar[str] = "gmx_v2"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    account: Annotated[bytes, Meta(min_length=20, max_length=20)]
    market: Annotated[bytes, Meta(min_length=20, max_length=20)]
    collateral_token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    position_key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    is_long: bool
    size_in_usd_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    size_delta_usd_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    collateral_amount_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    execution_price_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def size_in_usd(self) -> int:
        """After the change, units of 1e-30 US dollars."""
        return int.from_bytes(self.size_in_usd_be, "big")

    @property
    def size_delta_usd(self) -> int:
        """The change, units of 1e-30 US dollars."""
        return int.from_bytes(self.size_delta_usd_be, "big")

    @property
    def collateral_amount(self) -> int:
        """After the change, smallest units of the collateral token."""
        return int.from_bytes(self.collateral_amount_be, "big")

    @property
    def execution_price(self) -> int:
        """US dollars per smallest unit of the index token, units of 1e-30."""
        return int.from_bytes(self.execution_price_be, "big")


class GmxV2OpenInterest(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=162):
    """GMX V2's EventEmitter said OpenInterestUpdated.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    market: address.
    collateral_token: address.
    is_long: bool.
    delta_be: int256. Units of 1e-30 US dollars.
    next_value_be: uint256. After the change, units of 1e-30 US dollars.
    """

    KIND: ClassVar[int] = 162
    NAME: ClassVar[str] = "gmx_v2_open_interest"
    FAMILY: ClassVar[str] = "perp"
    FEATURE: ClassVar[str] = "open_interest"
    PROTOCOL: ClassVar[str] = "gmx_v2"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    market: Annotated[bytes, Meta(min_length=20, max_length=20)]
    collateral_token: Annotated[bytes, Meta(min_length=20, max_length=20)]
    is_long: bool
    delta_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    next_value_be: Annotated[bytes, Meta(min_length=32, max_length=32)]

    @property
    def delta(self) -> int:
        """Units of 1e-30 US dollars."""
        return int.from_bytes(self.delta_be, "big", signed=True)

    @property
    def next_value(self) -> int:
        """After the change, units of 1e-30 US dollars."""
        return int.from_bytes(self.next_value_be, "big")


class SynthetixV3OrderSettled(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=163):
    """An order of a Synthetix V3 perps market was settled. Amounts in units of 1e-18.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    market_id_be: uint128.
    account_id_be: uint128.
    fill_price_be: uint256.
    pnl_be: int256.
    accrued_funding_be: int256.
    size_delta_be: int128.
    new_size_be: int128.
    total_fees_be: uint256.
    referral_fees_be: uint256.
    collected_fees_be: uint256.
    settlement_reward_be: uint256.
    tracking_code: bytes32.
    settler: address.
    """

    KIND: ClassVar[int] = 163
    NAME: ClassVar[str] = "synthetix_v3_order_settled"
    FAMILY: ClassVar[str] = "perp"
    FEATURE: ClassVar[str] = "order_settled"
    PROTOCOL: ClassVar[str] = "synthetix_v3"
    EVENT: ClassVar[str] = (
        "OrderSettled(uint128 indexed marketId, uint128 indexed accountId, uint256 fillPrice, "
        "int256 pnl, int256 accruedFunding, int128 sizeDelta, int128 newSize, uint256 "
        "totalFees, uint256 referralFees, uint256 collectedFees, uint256 settlementReward, "
        "bytes32 indexed trackingCode, address settler)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    market_id_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    account_id_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    fill_price_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    pnl_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    accrued_funding_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    size_delta_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    new_size_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    total_fees_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    referral_fees_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    collected_fees_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    settlement_reward_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    tracking_code: Annotated[bytes, Meta(min_length=32, max_length=32)]
    settler: Annotated[bytes, Meta(min_length=20, max_length=20)]

    @property
    def market_id(self) -> int:
        """uint128."""
        return int.from_bytes(self.market_id_be, "big")

    @property
    def account_id(self) -> int:
        """uint128."""
        return int.from_bytes(self.account_id_be, "big")

    @property
    def fill_price(self) -> int:
        """uint256."""
        return int.from_bytes(self.fill_price_be, "big")

    @property
    def pnl(self) -> int:
        """int256."""
        return int.from_bytes(self.pnl_be, "big", signed=True)

    @property
    def accrued_funding(self) -> int:
        """int256."""
        return int.from_bytes(self.accrued_funding_be, "big", signed=True)

    @property
    def size_delta(self) -> int:
        """int128."""
        return int.from_bytes(self.size_delta_be, "big", signed=True)

    @property
    def new_size(self) -> int:
        """int128."""
        return int.from_bytes(self.new_size_be, "big", signed=True)

    @property
    def total_fees(self) -> int:
        """uint256."""
        return int.from_bytes(self.total_fees_be, "big")

    @property
    def referral_fees(self) -> int:
        """uint256."""
        return int.from_bytes(self.referral_fees_be, "big")

    @property
    def collected_fees(self) -> int:
        """uint256."""
        return int.from_bytes(self.collected_fees_be, "big")

    @property
    def settlement_reward(self) -> int:
        """uint256."""
        return int.from_bytes(self.settlement_reward_be, "big")


class SynthetixV3PositionLiquidated(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=164):
    """A position of a Synthetix V3 perps market was liquidated. Amounts in units of 1e-18.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    account_id_be: uint128. As the perps market numbers them.
    market_id_be: uint128. As the perps market numbers them.
    amount_liquidated_be: uint256.
    current_position_size_be: int128.
    """

    KIND: ClassVar[int] = 164
    NAME: ClassVar[str] = "synthetix_v3_position_liquidated"
    FAMILY: ClassVar[str] = "perp"
    FEATURE: ClassVar[str] = "position_liquidated"
    PROTOCOL: ClassVar[str] = "synthetix_v3"
    EVENT: ClassVar[str] = (
        "PositionLiquidated(uint128 indexed accountId, uint128 indexed marketId, uint256 "
        "amountLiquidated, int128 currentPositionSize)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    account_id_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    market_id_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    amount_liquidated_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    current_position_size_be: Annotated[bytes, Meta(min_length=16, max_length=16)]

    @property
    def account_id(self) -> int:
        """As the perps market numbers them."""
        return int.from_bytes(self.account_id_be, "big")

    @property
    def market_id(self) -> int:
        """As the perps market numbers them."""
        return int.from_bytes(self.market_id_be, "big")

    @property
    def amount_liquidated(self) -> int:
        """uint256."""
        return int.from_bytes(self.amount_liquidated_be, "big")

    @property
    def current_position_size(self) -> int:
        """int128."""
        return int.from_bytes(self.current_position_size_be, "big", signed=True)


class SynthetixV3MarketUpdated(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=165):
    """A Synthetix V3 perps market moved. Amounts and rates in units of 1e-18.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    market_id_be: uint128.
    price_be: uint256.
    skew_be: int256.
    size_be: uint256.
    size_delta_be: int256.
    current_funding_rate_be: int256.
    current_funding_velocity_be: int256.
    interest_rate_be: uint128.
    """

    KIND: ClassVar[int] = 165
    NAME: ClassVar[str] = "synthetix_v3_market_updated"
    FAMILY: ClassVar[str] = "perp"
    FEATURE: ClassVar[str] = "market_updated"
    PROTOCOL: ClassVar[str] = "synthetix_v3"
    EVENT: ClassVar[str] = (
        "MarketUpdated(uint128 marketId, uint256 price, int256 skew, uint256 size, int256 "
        "sizeDelta, int256 currentFundingRate, int256 currentFundingVelocity, uint128 "
        "interestRate)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    market_id_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    price_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    skew_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    size_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    size_delta_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    current_funding_rate_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    current_funding_velocity_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    interest_rate_be: Annotated[bytes, Meta(min_length=16, max_length=16)]

    @property
    def market_id(self) -> int:
        """uint128."""
        return int.from_bytes(self.market_id_be, "big")

    @property
    def price(self) -> int:
        """uint256."""
        return int.from_bytes(self.price_be, "big")

    @property
    def skew(self) -> int:
        """int256."""
        return int.from_bytes(self.skew_be, "big", signed=True)

    @property
    def size(self) -> int:
        """uint256."""
        return int.from_bytes(self.size_be, "big")

    @property
    def size_delta(self) -> int:
        """int256."""
        return int.from_bytes(self.size_delta_be, "big", signed=True)

    @property
    def current_funding_rate(self) -> int:
        """int256."""
        return int.from_bytes(self.current_funding_rate_be, "big", signed=True)

    @property
    def current_funding_velocity(self) -> int:
        """int256."""
        return int.from_bytes(self.current_funding_velocity_be, "big", signed=True)

    @property
    def interest_rate(self) -> int:
        """uint128."""
        return int.from_bytes(self.interest_rate_be, "big")


PerpFeature: TypeAlias = (
    GmxV2PositionIncrease | GmxV2PositionDecrease | GmxV2OpenInterest |
    SynthetixV3OrderSettled | SynthetixV3PositionLiquidated | SynthetixV3MarketUpdated
)


class PerpBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=170):
    """All of a block's perp features.

    identity: Identity.
    features: PerpFeature (0 to 1048576). In order of log_index.
    refused: RefusedLog (0 to 1048576). In order of log_index.
    """

    KIND: ClassVar[int] = 170
    NAME: ClassVar[str] = "perp_batch"

    identity: Identity
    features: Annotated[tuple[PerpFeature, ...], Meta(max_length=1048576)]
    refused: Annotated[tuple[RefusedLog, ...], Meta(max_length=1048576)]


class UniswapV2PoolState(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=100):
    """A constant-product pair (Uniswap V2 and the forks whose factories are known).

    address: address.
    token0: address.
    token1: address.
    decimals0: uint8, optional. As the token's contract answers; absent when it does not answer
        within 0 to 255.
    decimals1: uint8, optional. As the token's contract answers; absent when it does not answer
        within 0 to 255.
    reserve0_be: uint112. Smallest units of token0.
    reserve1_be: uint112. Smallest units of token1.
    fee_pips: uint24. Taken from the amount in, millionths.
    """

    KIND: ClassVar[int] = 100
    NAME: ClassVar[str] = "uniswap_v2_pool_state"
    FAMILY: ClassVar[str] = "pool_state"
    FEATURE: ClassVar[str] = "pool"
    PROTOCOL: ClassVar[str] = "uniswap_v2"

    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token0: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token1: Annotated[bytes, Meta(min_length=20, max_length=20)]
    decimals0: Annotated[int, Meta(ge=0, le=255)] | None
    decimals1: Annotated[int, Meta(ge=0, le=255)] | None
    reserve0_be: Annotated[bytes, Meta(min_length=14, max_length=14)]
    reserve1_be: Annotated[bytes, Meta(min_length=14, max_length=14)]
    fee_pips: Annotated[int, Meta(ge=0, le=16777215)]

    @property
    def reserve0(self) -> int:
        """Smallest units of token0."""
        return int.from_bytes(self.reserve0_be, "big")

    @property
    def reserve1(self) -> int:
        """Smallest units of token1."""
        return int.from_bytes(self.reserve1_be, "big")


class UniswapV3PoolState(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=101):
    """A concentrated-liquidity pool (Uniswap V3 and the forks whose factories are known).

    address: address.
    token0: address.
    token1: address.
    decimals0: uint8, optional. As the token's contract answers; absent when it does not answer
        within 0 to 255.
    decimals1: uint8, optional. As the token's contract answers; absent when it does not answer
        within 0 to 255.
    sqrt_price_x96_be: uint160. √(token1/token0), Q64.96.
    tick: int24.
    liquidity_be: uint128. Liquidity in range at that price.
    fee_pips: uint24. Taken from the amount in, millionths, as the contract says now.
    tick_spacing: int24. Ticks that may bear liquidity are multiples of this.
    """

    KIND: ClassVar[int] = 101
    NAME: ClassVar[str] = "uniswap_v3_pool_state"
    FAMILY: ClassVar[str] = "pool_state"
    FEATURE: ClassVar[str] = "pool"
    PROTOCOL: ClassVar[str] = "uniswap_v3"

    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token0: Annotated[bytes, Meta(min_length=20, max_length=20)]
    token1: Annotated[bytes, Meta(min_length=20, max_length=20)]
    decimals0: Annotated[int, Meta(ge=0, le=255)] | None
    decimals1: Annotated[int, Meta(ge=0, le=255)] | None
    sqrt_price_x96_be: Annotated[bytes, Meta(min_length=20, max_length=20)]
    tick: Annotated[int, Meta(ge=-8388608, le=8388607)]
    liquidity_be: Annotated[bytes, Meta(min_length=16, max_length=16)]
    fee_pips: Annotated[int, Meta(ge=0, le=16777215)]
    tick_spacing: Annotated[int, Meta(ge=-8388608, le=8388607)]

    @property
    def sqrt_price_x96(self) -> int:
        """√(token1/token0), Q64.96."""
        return int.from_bytes(self.sqrt_price_x96_be, "big")

    @property
    def liquidity(self) -> int:
        """Liquidity in range at that price."""
        return int.from_bytes(self.liquidity_be, "big")


PoolStateFeature: TypeAlias = (
    UniswapV2PoolState | UniswapV3PoolState
)


class PoolStateBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=110):
    """The state at the block's end of every genuine pool that the block touched.

    identity: Identity.
    features: PoolStateFeature (0 to 1048576). In order of address.
    """

    KIND: ClassVar[int] = 110
    NAME: ClassVar[str] = "pool_state_batch"

    identity: Identity
    features: Annotated[tuple[PoolStateFeature, ...], Meta(max_length=1048576)]


class L1Origin(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=180):
    """The layer 1 block that a layer 2 block builds on: from the OP Stack's L1 attributes
    transaction, or from Arbitrum's header.

    number: uint64.
    hash: bytes32, optional. Absent on Arbitrum, whose header has the number only.
    timestamp: uint64, optional. Unix time, seconds; absent on Arbitrum.
    sequence_number: uint64, optional. Blocks since this origin began, from 0; absent on Arbitrum.
    """

    KIND: ClassVar[int] = 180
    NAME: ClassVar[str] = "l1_origin"
    FAMILY: ClassVar[str] = "sequencer"
    FEATURE: ClassVar[str] = "l1_origin"

    number: Annotated[int, Meta(ge=0)]
    hash: Annotated[bytes, Meta(min_length=32, max_length=32)] | None = None
    timestamp: Annotated[int, Meta(ge=0)] | None = None
    sequence_number: Annotated[int, Meta(ge=0)] | None = None


class DisputeGameCreated(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=181):
    """On layer 1: a dispute game about an OP Stack chain's state was opened.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    dispute_proxy: address.
    game_type: uint32.
    root_claim: bytes32.
    """

    KIND: ClassVar[int] = 181
    NAME: ClassVar[str] = "dispute_game_created"
    FAMILY: ClassVar[str] = "sequencer"
    FEATURE: ClassVar[str] = "dispute_game_created"
    PROTOCOL: ClassVar[str] = "op_stack"
    EVENT: ClassVar[str] = (
        "DisputeGameCreated(address indexed disputeProxy, uint32 indexed gameType, bytes32 "
        "indexed rootClaim)"
    )

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    dispute_proxy: Annotated[bytes, Meta(min_length=20, max_length=20)]
    game_type: Annotated[int, Meta(ge=0, le=4294967295)]
    root_claim: Annotated[bytes, Meta(min_length=32, max_length=32)]


class ArbitrumBatchDelivered(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=182):
    """On layer 1: the sequencer of an Arbitrum chain posted a batch.

    transaction_hash: bytes32.
    transaction_index: uint32.
    log_index: uint32.
    address: address. The emitter; that it is what it claims to be is for the reader's registry to
        say.
    batch_sequence_number_be: uint256. The batch's place in the inbox, from 0.
    after_acc: bytes32. The inbox accumulator after this batch.
    after_delayed_messages_read_be: uint256. How many delayed messages this batch and those before
        it took in.
    data_location: uint8. 0 calldata, 1 separate event, 2 none, 3 blob.
    """

    KIND: ClassVar[int] = 182
    NAME: ClassVar[str] = "arbitrum_batch_delivered"
    FAMILY: ClassVar[str] = "sequencer"
    FEATURE: ClassVar[str] = "batch_delivered"
    PROTOCOL: ClassVar[str] = "arbitrum"

    transaction_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    transaction_index: Annotated[int, Meta(ge=0, le=4294967295)]
    log_index: Annotated[int, Meta(ge=0, le=4294967295)]
    address: Annotated[bytes, Meta(min_length=20, max_length=20)]
    batch_sequence_number_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    after_acc: Annotated[bytes, Meta(min_length=32, max_length=32)]
    after_delayed_messages_read_be: Annotated[bytes, Meta(min_length=32, max_length=32)]
    data_location: Annotated[int, Meta(ge=0, le=255)]

    @property
    def batch_sequence_number(self) -> int:
        """The batch's place in the inbox, from 0."""
        return int.from_bytes(self.batch_sequence_number_be, "big")

    @property
    def after_delayed_messages_read(self) -> int:
        """How many delayed messages this batch and those before it took in."""
        return int.from_bytes(self.after_delayed_messages_read_be, "big")


SequencerFeature: TypeAlias = (
    L1Origin | DisputeGameCreated | ArbitrumBatchDelivered
)


class SequencerBatch(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=190):
    """All of a block's sequencer features.

    identity: Identity.
    features: SequencerFeature (0 to 1048576). L1Origin first where the chain has one, then in
        order of log_index.
    refused: RefusedLog (0 to 1048576). In order of log_index.
    """

    KIND: ClassVar[int] = 190
    NAME: ClassVar[str] = "sequencer_batch"

    identity: Identity
    features: Annotated[tuple[SequencerFeature, ...], Meta(max_length=1048576)]
    refused: Annotated[tuple[RefusedLog, ...], Meta(max_length=1048576)]


class SnapshotRequest(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=250):
    """Asks for the newest snapshot of a chain.

    chain_id: uint64. EIP-155 chain id.
    """

    KIND: ClassVar[int] = 250
    NAME: ClassVar[str] = "snapshot_request"

    chain_id: Annotated[int, Meta(ge=0)]


class Snapshot(Struct, array_like=True, frozen=True, gc=False, tag_field="_kind", tag=251):
    """All that must be known at a block's end to go on from there. A subscriber subscribes
    first, takes the snapshot, discards the frames before `positions`, and applies the rest.

    session: bytes16.
    block: BlockRef. The snapshot stands at the end of this block.
    extractor_version: string.
    positions: Position (0 to 1024). The frames of this session before these are in the snapshot.
    contents: bytes (0 to 65536). Encoded state-pure batches: the last of every pool, escrow and
        lender.
    digest: bytes32. The rolling digest over `contents`, as in BlockEnd.
    """

    KIND: ClassVar[int] = 251
    NAME: ClassVar[str] = "snapshot"

    session: Annotated[bytes, Meta(min_length=16, max_length=16)]
    block: BlockRef
    extractor_version: Annotated[str, Meta(max_length=64)]
    positions: Annotated[tuple[Position, ...], Meta(max_length=1024)]
    contents: Annotated[tuple[Annotated[bytes, Meta(max_length=67108864)], ...], Meta(max_length=65536)]
    digest: Annotated[bytes, Meta(min_length=32, max_length=32)]


# Any message: what a decoder of unknown bytes is asked for.
Message: TypeAlias = (
    BlockRef
    | Identity
    | Log
    | Transaction
    | Block
    | RefusedLog
    | FamilyCount
    | BlockEnd
    | Retract
    | Heads
    | Rejection
    | Alert
    | UniswapV2Swap
    | UniswapV2Sync
    | UniswapV2Mint
    | UniswapV2Burn
    | UniswapV3Swap
    | UniswapV3Mint
    | UniswapV3Burn
    | UniswapV3Collect
    | PancakeV3Swap
    | AmmBatch
    | BridgeInitiated
    | BridgeRelayed
    | BridgeProven
    | BridgeFinalized
    | BridgeBatch
    | EscrowBalance
    | EscrowBatch
    | Envelope
    | Frame
    | Parcel
    | AaveV3FlashLoan
    | BalancerV2FlashLoan
    | UniswapV3Flash
    | FlashLoanBatch
    | FlashCapacity
    | FlashCapacityBatch
    | PriorityFee
    | BlockGas
    | L1FeeParameters
    | GasBatch
    | Position
    | Heartbeat
    | EndOfSession
    | RepairRequest
    | RepairReply
    | JoinRequest
    | JoinReply
    | Bid
    | PendingTransaction
    | Arbitrage
    | Sandwich
    | MevBatch
    | Leg
    | Opportunity
    | OpportunityGone
    | GmxV2PositionIncrease
    | GmxV2PositionDecrease
    | GmxV2OpenInterest
    | SynthetixV3OrderSettled
    | SynthetixV3PositionLiquidated
    | SynthetixV3MarketUpdated
    | PerpBatch
    | UniswapV2PoolState
    | UniswapV3PoolState
    | PoolStateBatch
    | L1Origin
    | DisputeGameCreated
    | ArbitrumBatchDelivered
    | SequencerBatch
    | SnapshotRequest
    | Snapshot
)


# Every message's fields with the exact types that the Structs' annotations only bound.
FIELDS: Mapping[type[Struct], tuple[Declared, ...]] = {
    BlockRef: (
        Declared("chain_id", "chain_id", "uint64"),
        Declared("number", "number", "uint64"),
        Declared("hash", "hash", "bytes32"),
        Declared("parent_hash", "parent_hash", "bytes32"),
    ),
    Identity: (
        Declared("block", "block", "BlockRef"),
        Declared("tier", "tier", "Tier"),
        Declared("family", "family", "Family"),
        Declared("extractor_version", "extractor_version", "string"),
    ),
    Log: (
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("topics", "topics", "bytes32", repeated=True),
        Declared("data", "data", "bytes"),
    ),
    Transaction: (
        Declared("hash", "hash", "bytes32"),
        Declared("type", "type", "uint32"),
        Declared("to", "to", "address"),
        Declared("status", "status", "uint32"),
        Declared("gas_used", "gas_used", "uint64"),
        Declared("logs", "logs", "Log", repeated=True),
    ),
    Block: (
        Declared("block", "block", "BlockRef"),
        Declared("timestamp", "timestamp", "uint64"),
        Declared("miner", "miner", "address"),
        Declared("gas_limit", "gas_limit", "uint64"),
        Declared("gas_used", "gas_used", "uint64"),
        Declared("base_fee_per_gas", "base_fee_per_gas", "uint64"),
        Declared("blob_gas_used", "blob_gas_used", "uint64"),
        Declared("excess_blob_gas", "excess_blob_gas", "uint64"),
        Declared("extra_data", "extra_data", "bytes"),
        Declared("transactions", "transactions", "Transaction", repeated=True),
    ),
    RefusedLog: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("protocol", "protocol", "string"),
        Declared("feature", "feature", "string"),
        Declared("reason", "reason", "string"),
    ),
    FamilyCount: (
        Declared("family", "family", "Family"),
        Declared("batches", "batches", "uint32"),
        Declared("features", "features", "uint32"),
        Declared("refused", "refused", "uint32"),
        Declared("digest", "digest", "bytes32"),
    ),
    BlockEnd: (
        Declared("block", "block", "BlockRef"),
        Declared("tier", "tier", "Tier"),
        Declared("purity", "purity", "Purity"),
        Declared("extractor_version", "extractor_version", "string"),
        Declared("families", "families", "FamilyCount", repeated=True),
        Declared("digest", "digest", "bytes32"),
    ),
    Retract: (
        Declared("block", "block", "BlockRef"),
    ),
    Heads: (
        Declared("chain_id", "chain_id", "uint64"),
        Declared("latest", "latest", "BlockRef"),
        Declared("safe", "safe", "BlockRef"),
        Declared("finalized", "finalized", "BlockRef"),
    ),
    Rejection: (
        Declared("chain_id", "chain_id", "uint64"),
        Declared("claimed_hash", "claimed_hash", "bytes32"),
        Declared("source", "source", "string"),
        Declared("step", "step", "string"),
        Declared("expected", "expected", "string"),
        Declared("found", "found", "string"),
    ),
    Alert: (
        Declared("severity", "severity", "Severity"),
        Declared("name", "name", "string"),
        Declared("subject", "subject", "string"),
        Declared("raised", "raised", "bool"),
        Declared("text", "text", "string"),
        Declared("block", "block", "BlockRef"),
    ),
    UniswapV2Swap: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("sender", "sender", "address"),
        Declared("amount0_in", "amount0_in_be", "uint256"),
        Declared("amount1_in", "amount1_in_be", "uint256"),
        Declared("amount0_out", "amount0_out_be", "uint256"),
        Declared("amount1_out", "amount1_out_be", "uint256"),
        Declared("to", "to", "address"),
    ),
    UniswapV2Sync: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("reserve0", "reserve0_be", "uint112"),
        Declared("reserve1", "reserve1_be", "uint112"),
    ),
    UniswapV2Mint: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("sender", "sender", "address"),
        Declared("amount0", "amount0_be", "uint256"),
        Declared("amount1", "amount1_be", "uint256"),
    ),
    UniswapV2Burn: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("sender", "sender", "address"),
        Declared("amount0", "amount0_be", "uint256"),
        Declared("amount1", "amount1_be", "uint256"),
        Declared("to", "to", "address"),
    ),
    UniswapV3Swap: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("sender", "sender", "address"),
        Declared("recipient", "recipient", "address"),
        Declared("amount0", "amount0_be", "int256"),
        Declared("amount1", "amount1_be", "int256"),
        Declared("sqrt_price_x96", "sqrt_price_x96_be", "uint160"),
        Declared("liquidity", "liquidity_be", "uint128"),
        Declared("tick", "tick", "int24"),
    ),
    UniswapV3Mint: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("sender", "sender", "address"),
        Declared("owner", "owner", "address"),
        Declared("tick_lower", "tick_lower", "int24"),
        Declared("tick_upper", "tick_upper", "int24"),
        Declared("amount", "amount_be", "uint128"),
        Declared("amount0", "amount0_be", "uint256"),
        Declared("amount1", "amount1_be", "uint256"),
    ),
    UniswapV3Burn: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("owner", "owner", "address"),
        Declared("tick_lower", "tick_lower", "int24"),
        Declared("tick_upper", "tick_upper", "int24"),
        Declared("amount", "amount_be", "uint128"),
        Declared("amount0", "amount0_be", "uint256"),
        Declared("amount1", "amount1_be", "uint256"),
    ),
    UniswapV3Collect: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("owner", "owner", "address"),
        Declared("recipient", "recipient", "address"),
        Declared("tick_lower", "tick_lower", "int24"),
        Declared("tick_upper", "tick_upper", "int24"),
        Declared("amount0", "amount0_be", "uint128"),
        Declared("amount1", "amount1_be", "uint128"),
    ),
    PancakeV3Swap: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("sender", "sender", "address"),
        Declared("recipient", "recipient", "address"),
        Declared("amount0", "amount0_be", "int256"),
        Declared("amount1", "amount1_be", "int256"),
        Declared("sqrt_price_x96", "sqrt_price_x96_be", "uint160"),
        Declared("liquidity", "liquidity_be", "uint128"),
        Declared("tick", "tick", "int24"),
        Declared("protocol_fees_token0", "protocol_fees_token0_be", "uint128"),
        Declared("protocol_fees_token1", "protocol_fees_token1_be", "uint128"),
    ),
    AmmBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "AmmFeature", repeated=True),
        Declared("refused", "refused", "RefusedLog", repeated=True),
    ),
    BridgeInitiated: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("protocol", "protocol", "string"),
        Declared("transfer_id", "transfer_id", "bytes32"),
        Declared("destination_chain_id", "destination_chain_id", "uint64"),
        Declared("sender", "sender", "address"),
        Declared("recipient", "recipient", "bytes32"),
        Declared("token", "token", "address"),
        Declared("amount", "amount_be", "uint256"),
        Declared("output_amount", "output_amount_be", "uint256"),
    ),
    BridgeRelayed: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("protocol", "protocol", "string"),
        Declared("transfer_id", "transfer_id", "bytes32"),
        Declared("origin_chain_id", "origin_chain_id", "uint64"),
        Declared("relayer", "relayer", "bytes32"),
        Declared("recipient", "recipient", "bytes32"),
        Declared("token", "token", "address"),
        Declared("amount", "amount_be", "uint256"),
    ),
    BridgeProven: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("protocol", "protocol", "string"),
        Declared("transfer_id", "transfer_id", "bytes32"),
    ),
    BridgeFinalized: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("protocol", "protocol", "string"),
        Declared("transfer_id", "transfer_id", "bytes32"),
        Declared("success", "success", "bool"),
    ),
    BridgeBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "BridgeFeature", repeated=True),
        Declared("refused", "refused", "RefusedLog", repeated=True),
    ),
    EscrowBalance: (
        Declared("protocol", "protocol", "string"),
        Declared("address", "address", "address"),
        Declared("token", "token", "address"),
        Declared("balance", "balance_be", "uint256"),
    ),
    EscrowBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "EscrowBalance", repeated=True),
    ),
    Envelope: (
        Declared("line", "line", "string"),
        Declared("session", "session", "bytes16"),
        Declared("seq", "seq", "uint64"),
        Declared("observed_ns", "observed_ns", "uint64"),
        Declared("published_ns", "published_ns", "uint64"),
        Declared("epoch", "epoch", "uint64"),
    ),
    Frame: (
        Declared("envelope", "envelope", "Envelope"),
        Declared("content", "content", "bytes"),
    ),
    Parcel: (
        Declared("topic", "topic", "string"),
        Declared("observed_ns", "observed_ns", "uint64"),
        Declared("content", "content", "bytes"),
    ),
    AaveV3FlashLoan: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("target", "target", "address"),
        Declared("initiator", "initiator", "address"),
        Declared("asset", "asset", "address"),
        Declared("amount", "amount_be", "uint256"),
        Declared("interest_rate_mode", "interest_rate_mode", "uint8"),
        Declared("premium", "premium_be", "uint256"),
        Declared("referral_code", "referral_code", "uint16"),
    ),
    BalancerV2FlashLoan: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("recipient", "recipient", "address"),
        Declared("token", "token", "address"),
        Declared("amount", "amount_be", "uint256"),
        Declared("fee_amount", "fee_amount_be", "uint256"),
    ),
    UniswapV3Flash: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("sender", "sender", "address"),
        Declared("recipient", "recipient", "address"),
        Declared("amount0", "amount0_be", "uint256"),
        Declared("amount1", "amount1_be", "uint256"),
        Declared("paid0", "paid0_be", "uint256"),
        Declared("paid1", "paid1_be", "uint256"),
    ),
    FlashLoanBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "FlashLoanFeature", repeated=True),
        Declared("refused", "refused", "RefusedLog", repeated=True),
    ),
    FlashCapacity: (
        Declared("protocol", "protocol", "string"),
        Declared("address", "address", "address"),
        Declared("asset", "asset", "address"),
        Declared("available", "available_be", "uint256"),
        Declared("fee_e18", "fee_e18", "uint64"),
    ),
    FlashCapacityBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "FlashCapacity", repeated=True),
    ),
    PriorityFee: (
        Declared("percent", "percent", "uint32"),
        Declared("priority_fee_per_gas", "priority_fee_per_gas", "uint64"),
    ),
    BlockGas: (
        Declared("gas_used", "gas_used", "uint64"),
        Declared("gas_limit", "gas_limit", "uint64"),
        Declared("base_fee_per_gas", "base_fee_per_gas", "uint64"),
        Declared("next_base_fee_per_gas", "next_base_fee_per_gas", "uint64"),
        Declared("blob_base_fee_per_gas", "blob_base_fee_per_gas_be", "uint256"),
        Declared("priority_fees", "priority_fees", "PriorityFee", repeated=True),
    ),
    L1FeeParameters: (
        Declared("l1_base_fee", "l1_base_fee_be", "uint256"),
        Declared("l1_blob_base_fee", "l1_blob_base_fee_be", "uint256"),
        Declared("base_fee_scalar", "base_fee_scalar", "uint32"),
        Declared("blob_base_fee_scalar", "blob_base_fee_scalar", "uint32"),
        Declared("operator_fee_scalar", "operator_fee_scalar", "uint32"),
        Declared("operator_fee_constant", "operator_fee_constant", "uint64"),
    ),
    GasBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "GasFeature", repeated=True),
    ),
    Position: (
        Declared("topic", "topic", "string"),
        Declared("next_seq", "next_seq", "uint64"),
        Declared("oldest_seq", "oldest_seq", "uint64"),
    ),
    Heartbeat: (
        Declared("positions", "positions", "Position", repeated=True),
        Declared("heads", "heads", "Heads", repeated=True),
        Declared("interval_ms", "interval_ms", "uint32"),
    ),
    EndOfSession: (
        Declared("reason", "reason", "EndReason"),
        Declared("positions", "positions", "Position", repeated=True),
    ),
    RepairRequest: (
        Declared("session", "session", "bytes16"),
        Declared("topic", "topic", "string"),
        Declared("first_seq", "first_seq", "uint64"),
        Declared("count", "count", "uint32"),
    ),
    RepairReply: (
        Declared("status", "status", "RepairStatus"),
        Declared("frames", "frames", "bytes", repeated=True),
    ),
    JoinRequest: (
        Declared("subscriber", "subscriber", "string"),
    ),
    JoinReply: (
        Declared("line", "line", "string"),
        Declared("session", "session", "bytes16"),
        Declared("positions", "positions", "Position", repeated=True),
    ),
    Bid: (
        Declared("relay", "relay", "string"),
        Declared("slot", "slot", "uint64"),
        Declared("block_number", "block_number", "uint64"),
        Declared("block_hash", "block_hash", "bytes32"),
        Declared("parent_hash", "parent_hash", "bytes32"),
        Declared("builder_pubkey", "builder_pubkey", "bytes48"),
        Declared("fee_recipient", "fee_recipient", "address"),
        Declared("value", "value_be", "uint256"),
        Declared("timestamp_ms", "timestamp_ms", "uint64"),
    ),
    PendingTransaction: (
        Declared("chain_id", "chain_id", "uint64"),
        Declared("hash", "hash", "bytes32"),
        Declared("raw", "raw", "bytes"),
        Declared("sender", "sender", "address"),
    ),
    Arbitrage: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("account", "account", "address"),
        Declared("profit_token", "profit_token", "address"),
        Declared("start_amount", "start_amount_be", "uint256"),
        Declared("end_amount", "end_amount_be", "uint256"),
        Declared("swaps", "swaps", "uint32", repeated=True),
    ),
    Sandwich: (
        Declared("account", "account", "address"),
        Declared("address", "address", "address"),
        Declared("front_run", "front_run", "uint32"),
        Declared("back_run", "back_run", "uint32"),
        Declared("victims", "victims", "uint32", repeated=True),
        Declared("profit_token", "profit_token", "address"),
        Declared("profit", "profit_be", "int256"),
    ),
    MevBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "MevFeature", repeated=True),
    ),
    Leg: (
        Declared("chain_id", "chain_id", "uint64"),
        Declared("protocol", "protocol", "string"),
        Declared("address", "address", "address"),
        Declared("token_in", "token_in", "address"),
        Declared("token_out", "token_out", "address"),
        Declared("amount_in", "amount_in_be", "uint256"),
        Declared("amount_out", "amount_out_be", "uint256"),
    ),
    Opportunity: (
        Declared("id", "id", "bytes32"),
        Declared("blocks", "blocks", "BlockRef", repeated=True),
        Declared("legs", "legs", "Leg", repeated=True),
        Declared("cost", "cost_be", "uint256"),
        Declared("profit", "profit_be", "int256"),
    ),
    OpportunityGone: (
        Declared("id", "id", "bytes32"),
        Declared("block", "block", "BlockRef"),
    ),
    GmxV2PositionIncrease: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("account", "account", "address"),
        Declared("market", "market", "address"),
        Declared("collateral_token", "collateral_token", "address"),
        Declared("position_key", "position_key", "bytes32"),
        Declared("is_long", "is_long", "bool"),
        Declared("size_in_usd", "size_in_usd_be", "uint256"),
        Declared("size_delta_usd", "size_delta_usd_be", "uint256"),
        Declared("collateral_amount", "collateral_amount_be", "uint256"),
        Declared("execution_price", "execution_price_be", "uint256"),
    ),
    GmxV2PositionDecrease: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("account", "account", "address"),
        Declared("market", "market", "address"),
        Declared("collateral_token", "collateral_token", "address"),
        Declared("position_key", "position_key", "bytes32"),
        Declared("is_long", "is_long", "bool"),
        Declared("size_in_usd", "size_in_usd_be", "uint256"),
        Declared("size_delta_usd", "size_delta_usd_be", "uint256"),
        Declared("collateral_amount", "collateral_amount_be", "uint256"),
        Declared("execution_price", "execution_price_be", "uint256"),
    ),
    GmxV2OpenInterest: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("market", "market", "address"),
        Declared("collateral_token", "collateral_token", "address"),
        Declared("is_long", "is_long", "bool"),
        Declared("delta", "delta_be", "int256"),
        Declared("next_value", "next_value_be", "uint256"),
    ),
    SynthetixV3OrderSettled: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("market_id", "market_id_be", "uint128"),
        Declared("account_id", "account_id_be", "uint128"),
        Declared("fill_price", "fill_price_be", "uint256"),
        Declared("pnl", "pnl_be", "int256"),
        Declared("accrued_funding", "accrued_funding_be", "int256"),
        Declared("size_delta", "size_delta_be", "int128"),
        Declared("new_size", "new_size_be", "int128"),
        Declared("total_fees", "total_fees_be", "uint256"),
        Declared("referral_fees", "referral_fees_be", "uint256"),
        Declared("collected_fees", "collected_fees_be", "uint256"),
        Declared("settlement_reward", "settlement_reward_be", "uint256"),
        Declared("tracking_code", "tracking_code", "bytes32"),
        Declared("settler", "settler", "address"),
    ),
    SynthetixV3PositionLiquidated: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("account_id", "account_id_be", "uint128"),
        Declared("market_id", "market_id_be", "uint128"),
        Declared("amount_liquidated", "amount_liquidated_be", "uint256"),
        Declared("current_position_size", "current_position_size_be", "int128"),
    ),
    SynthetixV3MarketUpdated: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("market_id", "market_id_be", "uint128"),
        Declared("price", "price_be", "uint256"),
        Declared("skew", "skew_be", "int256"),
        Declared("size", "size_be", "uint256"),
        Declared("size_delta", "size_delta_be", "int256"),
        Declared("current_funding_rate", "current_funding_rate_be", "int256"),
        Declared("current_funding_velocity", "current_funding_velocity_be", "int256"),
        Declared("interest_rate", "interest_rate_be", "uint128"),
    ),
    PerpBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "PerpFeature", repeated=True),
        Declared("refused", "refused", "RefusedLog", repeated=True),
    ),
    UniswapV2PoolState: (
        Declared("address", "address", "address"),
        Declared("token0", "token0", "address"),
        Declared("token1", "token1", "address"),
        Declared("decimals0", "decimals0", "uint8"),
        Declared("decimals1", "decimals1", "uint8"),
        Declared("reserve0", "reserve0_be", "uint112"),
        Declared("reserve1", "reserve1_be", "uint112"),
        Declared("fee_pips", "fee_pips", "uint24"),
    ),
    UniswapV3PoolState: (
        Declared("address", "address", "address"),
        Declared("token0", "token0", "address"),
        Declared("token1", "token1", "address"),
        Declared("decimals0", "decimals0", "uint8"),
        Declared("decimals1", "decimals1", "uint8"),
        Declared("sqrt_price_x96", "sqrt_price_x96_be", "uint160"),
        Declared("tick", "tick", "int24"),
        Declared("liquidity", "liquidity_be", "uint128"),
        Declared("fee_pips", "fee_pips", "uint24"),
        Declared("tick_spacing", "tick_spacing", "int24"),
    ),
    PoolStateBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "PoolStateFeature", repeated=True),
    ),
    L1Origin: (
        Declared("number", "number", "uint64"),
        Declared("hash", "hash", "bytes32"),
        Declared("timestamp", "timestamp", "uint64"),
        Declared("sequence_number", "sequence_number", "uint64"),
    ),
    DisputeGameCreated: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("dispute_proxy", "dispute_proxy", "address"),
        Declared("game_type", "game_type", "uint32"),
        Declared("root_claim", "root_claim", "bytes32"),
    ),
    ArbitrumBatchDelivered: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("transaction_index", "transaction_index", "uint32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("batch_sequence_number", "batch_sequence_number_be", "uint256"),
        Declared("after_acc", "after_acc", "bytes32"),
        Declared("after_delayed_messages_read", "after_delayed_messages_read_be", "uint256"),
        Declared("data_location", "data_location", "uint8"),
    ),
    SequencerBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "SequencerFeature", repeated=True),
        Declared("refused", "refused", "RefusedLog", repeated=True),
    ),
    SnapshotRequest: (
        Declared("chain_id", "chain_id", "uint64"),
    ),
    Snapshot: (
        Declared("session", "session", "bytes16"),
        Declared("block", "block", "BlockRef"),
        Declared("extractor_version", "extractor_version", "string"),
        Declared("positions", "positions", "Position", repeated=True),
        Declared("contents", "contents", "bytes", repeated=True),
        Declared("digest", "digest", "bytes32"),
    ),
}
