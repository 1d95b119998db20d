"""Answers of the demo world's contracts to calls: tokens, factories, pairs and pools.

No EVM executes: each getter that state readers call is answered from the market at that block. An
account without code returns nothing; a contract reverts on a function that it does not have.
Source: EIP-20; Uniswap v2-core, v3-core and Pancake V3, their public getters.
"""

from collections.abc import Callable, Mapping

from qenus.chain.keccak import keccak256
from qenus.protocols.uniswap_v2.pool import UniswapV2Pair
from qenus.protocols.uniswap_v3.pool import UniswapV3Pool
from qenus.simulation.market import Market, Pool
from qenus.simulation.pools import DEMO_POOLS, TOKENS, PoolKey, Protocol, Token

__all__ = ["Reverted", "call"]

# The precompile that returns what it is given (Yellow Paper, appendix E).
_IDENTITY = (4).to_bytes(20, "big")
_POOL_KEYS = {key.address: key for key in DEMO_POOLS}
_FACTORIES = {key.factory.address for key in DEMO_POOLS}
_TOKENS = {token.address: token for token in TOKENS.values()}


class Reverted(Exception):
    """The contract has no such function, or refuses."""


def call(market: Market, to: bytes, data: bytes) -> bytes:
    """Give what a call of `to` returns, on the pools' states in `market`.

    Raises:
        Reverted: the contract reverts.
    """
    if to == _IDENTITY:
        return data
    if to in _TOKENS:
        return _token(_TOKENS[to], data)
    if to in _FACTORIES:
        return _factory(market, to, data)
    pool = market.pools.get(to)
    return b"" if pool is None else _pool(_POOL_KEYS[to], pool, data)


def _token(token: Token, data: bytes) -> bytes:
    answers = {
        _selector("decimals()"): lambda: _words(token.decimals),
        _selector("symbol()"): lambda: _string(token.symbol),
        _selector("name()"): lambda: _string(f"Demo {token.symbol}"),
    }
    return _answer(answers, data)


def _factory(market: Market, factory: bytes, data: bytes) -> bytes:
    arguments = [data[at : at + 32] for at in range(4, len(data), 32)]

    def made() -> bytes:
        tokens = {argument[12:] for argument in arguments[:2]}
        for key in DEMO_POOLS:
            terms = [int.from_bytes(argument, "big") for argument in arguments[2:]]
            if (
                key.factory.address == factory
                and {key.token0.address, key.token1.address} == tokens
                and (key.protocol is Protocol.UNISWAP_V2 or terms == [key.fee])
                and key.address in market.pools
            ):
                return _words(int.from_bytes(key.address, "big"))
        return _words(0)

    return _answer(
        {
            _selector("getPair(address,address)"): made,
            _selector("getPool(address,address,uint24)"): made,
        },
        data,
    )


def _pool(key: PoolKey, pool: Pool, data: bytes) -> bytes:
    def address(of: bytes) -> Callable[[], bytes]:
        return lambda: _words(int.from_bytes(of, "big"))

    answers = {
        _selector("factory()"): address(key.factory.address),
        _selector("token0()"): address(key.token0.address),
        _selector("token1()"): address(key.token1.address),
    }
    if isinstance(pool, UniswapV2Pair):
        answers[_selector("getReserves()")] = lambda: _words(pool.reserve0, pool.reserve1, 0)
        return _answer(answers, data)
    argument = int.from_bytes(data[4:36], "big", signed=True)
    answers |= {
        _selector("fee()"): lambda: _words(key.fee),
        _selector("tickSpacing()"): lambda: _words(key.tick_spacing),
        _selector("liquidity()"): lambda: _words(pool.liquidity),
        _selector("slot0()"): lambda: _words(pool.sqrt_price_x96, pool.tick, 0, 1, 1, 0, 1),
        _selector("tickBitmap(int16)"): lambda: _words(_bitmap(pool, argument)),
        _selector("ticks(int24)"): lambda: _tick(pool, argument),
    }
    return _answer(answers, data)


def _bitmap(pool: UniswapV3Pool, word: int) -> int:
    """One word of the tick bitmap. Source: TickBitmap.position."""
    compressed = (tick // pool.tick_spacing for tick in pool.ticks)
    return sum(1 << (at & 0xFF) for at in compressed if at >> 8 == word)


def _tick(pool: UniswapV3Pool, tick: int) -> bytes:
    if tick not in pool.ticks:
        return _words(*[0] * 8)
    at = pool.ticks.index(tick)
    return _words(pool.grosses[at], pool.nets[at], 0, 0, 0, 0, 0, 1)


def _answer(answers: Mapping[bytes, Callable[[], bytes]], data: bytes) -> bytes:
    answer = answers.get(data[:4])
    if answer is None:
        raise Reverted
    return answer()


def _selector(signature: str) -> bytes:
    known = _SELECTORS.get(signature)
    if known is None:
        known = _SELECTORS[signature] = keccak256(signature.encode())[:4]
    return known


_SELECTORS: dict[str, bytes] = {}


def _words(*values: int) -> bytes:
    return b"".join((value % (1 << 256)).to_bytes(32, "big") for value in values)


def _string(text: str) -> bytes:
    raw = text.encode()
    return _words(32, len(raw)) + raw.ljust(-(-len(raw) // 32) * 32, b"\0")
