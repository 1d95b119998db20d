"""How one of Curve's crypto pools is read: all of it, after one block.

A trade moves averages, D and profits that no event carries, so nothing is derived from events. What
was read is held against the contract's own quotes after the same block. What no getter gives (the
liquidity owed to the administrator, whether the scale is about to follow) is not read: no quote of
a single trade depends on it.
Source: the getters of curve-crypto-contract, curve-factory-crypto, twocrypto-ng and tricrypto-ng.
"""

from typing import Any

from qenus.protocols.curve.crypto import CryptoStyle, CurveCryptoPool
from qenus.protocols.curve.crypto_ng import CurveCryptoNgPool
from qenus.protocols.curve.crypto_state import CryptoFees, Rebalancing
from qenus.protocols.curve.cryptoswap_math import RampOfAGamma
from qenus.protocols.curve.stable_reader import CurveRecord, decimals_of, quotes_alike
from qenus.protocols.curve.variants import CryptoVariant
from qenus.protocols.reads import Call, Plan, call_data
from qenus.protocols.records import words

__all__ = ["CryptoReading", "crypto_balance_calls", "read_crypto"]

CryptoReading = CurveCryptoPool | CurveCryptoNgPool

_STORED = (
    "D()", "virtual_price()", "xcp_profit()", "xcp_profit_a()",
    "initial_A_gamma()", "future_A_gamma()", "initial_A_gamma_time()", "future_A_gamma_time()",
)  # fmt: skip
_FIRST_TERMS = (
    "mid_fee()", "out_fee()", "fee_gamma()", "admin_fee()",
    "allowed_extra_profit()", "adjustment_step()", "ma_half_time()", "last_prices_timestamp()",
)  # fmt: skip
_PRICES = ("price_scale", "price_oracle", "last_prices")
_MASK_128 = (1 << 128) - 1
_MASK_64 = (1 << 64) - 1


def read_crypto(
    record: CurveRecord, variant: CryptoVariant, block_hash: bytes, timestamp: int
) -> Plan[CryptoReading]:
    """Read a pool after the block of this timestamp (UNIX seconds).

    Raises:
        UnexpectedAnswer: the answers are not of such a contract, or it quotes otherwise.
        OutOfBounds: its state cannot be.
    """
    where = f"state of 0x{record.address.hex()}"
    count = len(record.tokens)
    asked = [
        *crypto_balance_calls(record, block_hash),
        *(
            Call(block_hash, record.address, data)
            for data in (*_price_calls(count), *map(call_data, (*_STORED, *_terms_of(variant))))
        ),
    ]
    decimals_asked = [Call(block_hash, each, call_data("decimals()")) for each in record.tokens]
    answers = yield [*asked, *decimals_asked]
    found = [words(answer, 1, where)[0] for answer in answers[: len(asked)]]
    decimals = [
        decimals_of(token, answer, where)
        for token, answer in zip(record.tokens, answers[len(asked) :], strict=True)
    ]
    pool = _pool_of(variant, count, found, tuple(10 ** (18 - each) for each in decimals))
    yield from quotes_alike(record, pool, "uint256", block_hash, timestamp)
    return pool


def crypto_balance_calls(record: CurveRecord, block_hash: bytes) -> list[Call]:
    """Ask what a pool holds of each coin, and how much of its liquidity token there is."""
    terms = record.terms
    return [
        *(
            Call(block_hash, record.address, call_data("balances(uint256)", index))
            for index in range(len(record.tokens))
        ),
        Call(block_hash, terms.share, call_data("totalSupply()")),
    ]


def _price_calls(count: int) -> list[bytes]:
    if count == 2:
        return [call_data(f"{name}()") for name in _PRICES]
    return [call_data(f"{name}(uint256)", index) for name in _PRICES for index in range(count - 1)]


def _terms_of(variant: CryptoVariant) -> tuple[str, ...]:
    if isinstance(variant.code, CryptoStyle):
        return _FIRST_TERMS
    time = "last_timestamp()" if variant.packs_times else "last_prices_timestamp()"
    return "packed_fee_params()", "ADMIN_FEE()", "packed_rebalancing_params()", time


def _pool_of(
    variant: CryptoVariant, count: int, found: list[int], precisions: tuple[int, ...]
) -> CryptoReading:
    """Make the pool of what was answered, in the order in which it was asked."""
    balances, supply, rest = tuple(found[:count]), found[count], found[count + 1 :]
    others = count - 1
    scale, oracle, last = (tuple(rest[at : at + others]) for at in range(0, 3 * others, others))
    d, virtual_price, profit, profit_a, initial, future, begin, end, *terms = rest[3 * others :]
    ramp = RampOfAGamma(
        initial >> 128, initial & _MASK_128, future >> 128, future & _MASK_128, begin, end
    )
    code = variant.code
    if isinstance(code, CryptoStyle):
        mid, out, gamma, admin, extra, step, ma_time, at = terms
    else:
        packed_fees, admin, packed_steps, at = terms
        mid, out, gamma = _unpacked(packed_fees)
        extra, step, ma_time = _unpacked(packed_steps)
        # Where the time is packed with another, it is the lower half.
        at &= _MASK_128
    state: dict[str, Any] = {
        "balances": balances, "precisions": precisions, "price_scale": scale,
        "price_oracle": oracle, "last_prices": last, "last_prices_at": at, "ramp": ramp,
        "fees": CryptoFees(mid, out, gamma, admin),
        "rebalancing": Rebalancing(extra, step, ma_time),
        "d": d, "virtual_price": virtual_price, "xcp_profit": profit, "xcp_profit_a": profit_a,
        "supply": supply,
    }  # fmt: skip
    if isinstance(code, CryptoStyle):
        return CurveCryptoPool(**state, style=code)
    return CurveCryptoNgPool(**state, version=code)


def _unpacked(packed: int) -> tuple[int, int, int]:
    """Source: Curve CurveTwocryptoOptimized.vy, _unpack_3."""
    return packed >> 128 & _MASK_64, packed >> 64 & _MASK_64, packed & _MASK_64
