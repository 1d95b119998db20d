"""What is published of one of Curve's pools that was read."""

from collections.abc import Callable

from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.curve.crypto_reader import CryptoReading
from qenus.protocols.curve.ng import CurveNgPool
from qenus.protocols.curve.stable_reader import CurveRecord, StableReading
from qenus.protocols.records import price_x128
from qenus.wire import CurveCryptoPoolState, CurvePoolState

__all__ = ["crypto_feature", "stable_feature"]


def stable_feature(record: CurveRecord, reading: StableReading, timestamp: int) -> CurvePoolState:
    """Give the state of a stable pool in the block of this timestamp (UNIX seconds)."""
    pool, terms = reading.plain, record.terms
    ramp = pool.amplification
    prices, inverse = _prices(reading.pool.spot_price_at, len(pool.balances), timestamp)
    next_generation = isinstance(reading.pool, CurveNgPool)
    return CurvePoolState(
        record.address,
        record.venue.name,
        terms.variant,
        record.tokens,
        _words(pool.balances),
        _words(pool.rates),
        reading.asset_types,
        _word(ramp.initial),
        _word(ramp.future),
        ramp.initial_time,
        ramp.future_time,
        ramp.precision,
        pool.fee,
        pool.admin_fee,
        _word(pool.off_peg) if pool.off_peg or next_generation else None,
        _word(pool.supply),
        terms.base_pool,
        reading.kept_at,
        prices,
        inverse,
    )


def crypto_feature(
    record: CurveRecord, pool: CryptoReading, timestamp: int
) -> CurveCryptoPoolState:
    """Give the state of a crypto pool in the block of this timestamp (UNIX seconds)."""
    terms = record.terms
    ramp, fees, steps = pool.ramp, pool.fees, pool.rebalancing
    prices, inverse = _prices(pool.spot_price_at, len(pool.balances), timestamp)
    return CurveCryptoPoolState(
        record.address,
        record.venue.name,
        terms.variant,
        record.tokens,
        _words(pool.balances),
        _words(pool.price_scale),
        _words(pool.price_oracle),
        _words(pool.last_prices),
        pool.last_prices_at,
        ramp.initial_a.to_bytes(16, "big"),
        ramp.initial_gamma.to_bytes(16, "big"),
        ramp.future_a.to_bytes(16, "big"),
        ramp.future_gamma.to_bytes(16, "big"),
        ramp.initial_time,
        ramp.future_time,
        fees.mid,
        fees.out,
        fees.gamma,
        fees.admin,
        steps.allowed_extra_profit,
        steps.adjustment_step,
        steps.ma_time,
        _word(pool.d),
        _word(pool.virtual_price),
        _word(pool.xcp_profit),
        _word(pool.xcp_profit_a),
        _word(pool.supply),
        prices,
        inverse,
    )


def _prices(
    spot: Callable[[int, int, int], tuple[int, int]], count: int, timestamp: int
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Give every further coin's price against the first, both ways; none where one has none."""
    try:
        prices = [price_x128(spot(0, other, timestamp)) for other in range(1, count)]
        inverse = [price_x128(spot(other, 0, timestamp)) for other in range(1, count)]
    except QuoteRefused:
        return (), ()
    if None in prices or None in inverse:
        return (), ()
    return tuple(each or b"" for each in prices), tuple(each or b"" for each in inverse)


def _words(numbers: tuple[int, ...]) -> tuple[bytes, ...]:
    return tuple(map(_word, numbers))


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
