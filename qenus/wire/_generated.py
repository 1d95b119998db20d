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
    "AmmBatch",
    "AmmFeature",
    "Block",
    "BlockEnd",
    "BlockRef",
    "EndOfSession",
    "EndReason",
    "Envelope",
    "Family",
    "FamilyCount",
    "Frame",
    "Heads",
    "Heartbeat",
    "Identity",
    "JoinReply",
    "JoinRequest",
    "Log",
    "Message",
    "PancakeV3Swap",
    "Parcel",
    "Position",
    "Purity",
    "RefusedLog",
    "Rejection",
    "RepairReply",
    "RepairRequest",
    "RepairStatus",
    "Retract",
    "Tier",
    "Transaction",
    "UniswapV2Burn",
    "UniswapV2Mint",
    "UniswapV2Swap",
    "UniswapV2Sync",
    "UniswapV3Burn",
    "UniswapV3Collect",
    "UniswapV3Mint",
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


class Purity(OpenEnum):
    """What a family's content is a function of."""

    UNSPECIFIED = 0
    # Of the block alone.
    BLOCK = 1
    # Of the block and of the state at its parent.
    STATE = 2


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
    families: FamilyCount (0 to 32). Every family of this purity, also those with nothing in this
        block, in the order of Family.
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


# Any message: what a decoder of unknown bytes is asked for.
Message: TypeAlias = (
    BlockRef
    | Identity
    | Log
    | Transaction
    | Block
    | FamilyCount
    | BlockEnd
    | Retract
    | Heads
    | Rejection
    | UniswapV2Swap
    | UniswapV2Sync
    | UniswapV2Mint
    | UniswapV2Burn
    | UniswapV3Swap
    | UniswapV3Mint
    | UniswapV3Burn
    | UniswapV3Collect
    | PancakeV3Swap
    | RefusedLog
    | AmmBatch
    | Envelope
    | Frame
    | Parcel
    | Position
    | Heartbeat
    | EndOfSession
    | RepairRequest
    | RepairReply
    | JoinRequest
    | JoinReply
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
    RefusedLog: (
        Declared("transaction_hash", "transaction_hash", "bytes32"),
        Declared("log_index", "log_index", "uint32"),
        Declared("address", "address", "address"),
        Declared("protocol", "protocol", "string"),
        Declared("feature", "feature", "string"),
        Declared("reason", "reason", "string"),
    ),
    AmmBatch: (
        Declared("identity", "identity", "Identity"),
        Declared("features", "features", "AmmFeature", repeated=True),
        Declared("refused", "refused", "RefusedLog", repeated=True),
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
}
