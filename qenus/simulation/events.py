"""Logs as the real contracts emit them: topics and data words of their ABI.

ERC-20 transfers, Uniswap V2 pairs, Uniswap V3 pools, Pancake V3 pools and their factories. An event
is named by the Keccak of its signature; indexed fields are topics, the others 32-byte words.
"""

from typing import NamedTuple

from qenus.chain.keccak import keccak256
from qenus.protocols.uniswap_v2.pool import PairSwap
from qenus.protocols.uniswap_v3.pool import Swap

__all__ = [
    "EmittedLog",
    "transfer",
    "v2_burn",
    "v2_mint",
    "v2_pair_created",
    "v2_swap",
    "v2_sync",
    "v3_burn",
    "v3_collect",
    "v3_initialize",
    "v3_mint",
    "v3_pool_created",
    "v3_swap",
]


class EmittedLog(NamedTuple):
    """A log before it has a place in a block."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


def _topic(signature: str) -> bytes:
    return keccak256(signature.encode())


_TRANSFER = _topic("Transfer(address,address,uint256)")
_V2_SWAP = _topic("Swap(address,uint256,uint256,uint256,uint256,address)")
_V2_SYNC = _topic("Sync(uint112,uint112)")
_V2_MINT = _topic("Mint(address,uint256,uint256)")
_V2_BURN = _topic("Burn(address,uint256,uint256,address)")
_V2_PAIR_CREATED = _topic("PairCreated(address,address,address,uint256)")
_V3_SWAP = _topic("Swap(address,address,int256,int256,uint160,uint128,int24)")
_PANCAKE_V3_SWAP = _topic(
    "Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)"
)
_V3_MINT = _topic("Mint(address,address,int24,int24,uint128,uint256,uint256)")
_V3_BURN = _topic("Burn(address,int24,int24,uint128,uint256,uint256)")
_V3_COLLECT = _topic("Collect(address,address,int24,int24,uint128,uint128)")
_V3_INITIALIZE = _topic("Initialize(uint160,int24)")
_V3_POOL_CREATED = _topic("PoolCreated(address,address,uint24,int24,address)")


def _word(value: int | bytes) -> bytes:
    """Encode an integer of either sign, or an address, as one ABI word."""
    if isinstance(value, bytes):
        return value.rjust(32, b"\0")
    return (value & ((1 << 256) - 1)).to_bytes(32, "big")


def _log(emitter: bytes, topics: tuple[int | bytes, ...], *words: int | bytes) -> EmittedLog:
    return EmittedLog(emitter, tuple(map(_word, topics)), b"".join(map(_word, words)))


def transfer(token: bytes, source: bytes, target: bytes, amount: int) -> EmittedLog:
    """ERC-20 Transfer (EIP-20); amount in smallest units."""
    return _log(token, (_TRANSFER, source, target), amount)


def v2_swap(pair: bytes, sender: bytes, to: bytes, swap: PairSwap) -> EmittedLog:
    """UniswapV2Pair.Swap."""
    return _log(pair, (_V2_SWAP, sender, to), *swap)


def v2_sync(pair: bytes, reserve0: int, reserve1: int) -> EmittedLog:
    """UniswapV2Pair.Sync."""
    return _log(pair, (_V2_SYNC,), reserve0, reserve1)


def v2_mint(pair: bytes, sender: bytes, amount0: int, amount1: int) -> EmittedLog:
    """UniswapV2Pair.Mint."""
    return _log(pair, (_V2_MINT, sender), amount0, amount1)


def v2_burn(pair: bytes, sender: bytes, to: bytes, amount0: int, amount1: int) -> EmittedLog:
    """UniswapV2Pair.Burn."""
    return _log(pair, (_V2_BURN, sender, to), amount0, amount1)


def v2_pair_created(
    factory: bytes, token0: bytes, token1: bytes, pair: bytes, count: int
) -> EmittedLog:
    """UniswapV2Factory.PairCreated."""
    return _log(factory, (_V2_PAIR_CREATED, token0, token1), pair, count)


def v3_swap(
    pool: bytes,
    sender: bytes,
    recipient: bytes,
    swap: Swap,
    protocol_fees: tuple[int, int] | None = None,
) -> EmittedLog:
    """UniswapV3Pool.Swap, or PancakeV3Pool.Swap when the protocol's share is given."""
    if protocol_fees is None:
        return _log(pool, (_V3_SWAP, sender, recipient), *swap)
    return _log(pool, (_PANCAKE_V3_SWAP, sender, recipient), *swap, *protocol_fees)


def v3_mint(
    pool: bytes,
    sender: bytes,
    owner: bytes,
    ticks: tuple[int, int],
    liquidity: int,
    amounts: tuple[int, int],
) -> EmittedLog:
    """UniswapV3Pool.Mint."""
    return _log(pool, (_V3_MINT, owner, *ticks), sender, liquidity, *amounts)


def v3_burn(
    pool: bytes, owner: bytes, ticks: tuple[int, int], liquidity: int, amounts: tuple[int, int]
) -> EmittedLog:
    """UniswapV3Pool.Burn."""
    return _log(pool, (_V3_BURN, owner, *ticks), liquidity, *amounts)


def v3_collect(
    pool: bytes, owner: bytes, recipient: bytes, ticks: tuple[int, int], amounts: tuple[int, int]
) -> EmittedLog:
    """UniswapV3Pool.Collect."""
    return _log(pool, (_V3_COLLECT, owner, *ticks), recipient, *amounts)


def v3_initialize(pool: bytes, sqrt_price_x96: int, tick: int) -> EmittedLog:
    """UniswapV3Pool.Initialize."""
    return _log(pool, (_V3_INITIALIZE,), sqrt_price_x96, tick)


def v3_pool_created(
    factory: bytes, token0: bytes, token1: bytes, fee: int, tick_spacing: int, pool: bytes
) -> EmittedLog:
    """UniswapV3Factory.PoolCreated."""
    return _log(factory, (_V3_POOL_CREATED, token0, token1, fee), tick_spacing, pool)
