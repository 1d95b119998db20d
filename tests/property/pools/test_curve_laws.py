"""Laws of every Curve variant, on states in which its contract was recorded and on hostile ones.

A state is drawn from the recorded ones, an amount from all sizes. Crypto pools search a balance
within one part in 10^14 of D, so that their quotes waver by that much: the laws say so.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from qenus.pools import (
    Amplification,
    AtTimestamp,
    CryptoFees,
    CurveCryptoNgPool,
    CurveCryptoPool,
    CurveLendingPool,
    CurveMetaPool,
    CurveNgMetaPool,
    CurveNgPool,
    CurvePlainPool,
    OutOfBounds,
    PoolLedger,
    QuoteRefused,
    RampOfAGamma,
    Rebalancing,
    depth,
    marginal_price_after,
)
from qenus.protocols.curve import (
    crypto as curve_crypto,
)
from qenus.protocols.curve import (
    crypto_ng as curve_crypto_ng,
)
from qenus.protocols.curve import (
    styles as curve_styles,
)
from tests.unit.pools import test_curve_crypto_contracts as crypto
from tests.unit.pools import test_curve_crypto_ng_contracts as crypto_ng
from tests.unit.pools import test_curve_meta_contracts as meta
from tests.unit.pools import test_curve_ng_contracts as ng
from tests.unit.pools import test_curve_ng_meta_contracts as ng_meta
from tests.unit.pools import test_curve_stable_contracts as stable
from tests.unit.pools.curve_fixtures import names, recorded

pytestmark = pytest.mark.slow

ONE = 10**18
MOST = (1 << 256) - 1
Timed = tuple[Any, int]


def _stable(name: str) -> list[Timed]:
    record = recorded(f"stable_{name}")
    return [
        (stable.pool_of(name, record["style"], entry["state"]), entry["state"]["timestamp"])
        for entry in record["pools"]
    ]


def _meta(name: str) -> list[Timed]:
    record = recorded(f"meta_{name}")
    return [
        (meta.pool_of(record, entry["state"]), entry["state"]["timestamp"])
        for entry in record["pools"]
    ]


def _crypto(of: Any, prefix: str, name: str) -> list[Timed]:
    """Every state that the contract was recorded in, with the time at which it was left."""
    record, found = recorded(f"{prefix}_{name}"), []
    for entry in record["pools"]:
        for operation, now, *_, answer in entry["answers"]:
            if answer is None or operation not in ("exchange", "add_liquidity"):
                continue
            found.append((of(record["style"], entry["parameters"], answer[1]), now))
    return found


def _states() -> dict[str, list[Timed]]:
    plain = [n for n in names("stable_") if n not in stable.LENDING]
    lending = [n for n in names("stable_") if n in stable.LENDING]
    two = [n for n in names("crypto_") if n.startswith("two")]
    return {
        "plain": [timed for name in plain for timed in _stable(name)],
        "lending": [timed for name in lending for timed in _stable(name)],
        "ng": [
            (ng.pool_of(entry["state"]), entry["state"]["timestamp"])
            for entry in recorded("ng_pool")["pools"]
        ],
        "meta": [timed for name in names("meta_") for timed in _meta(name)],
        "ng_meta": [
            (ng_meta.pool_of(entry["state"]), entry["state"]["timestamp"])
            for entry in recorded("ngmeta_pool")["pools"]
        ],
        "crypto": [timed for n in two for timed in _crypto(crypto.pool_of, "crypto", n)],
        "tricrypto": _crypto(crypto.pool_of, "crypto", "tricrypto2"),
        "twocrypto_ng": [
            timed
            for n in ("two200", "two210")
            for timed in _crypto(crypto_ng.pool_of, "cryptong", n)
        ],
        "tricrypto_ng": _crypto(crypto_ng.pool_of, "cryptong", "tri"),
    }


STATES = _states()
every_variant = pytest.mark.parametrize("variant", STATES)
law = settings(max_examples=60, deadline=None, derandomize=True)
few = settings(max_examples=25, deadline=None, derandomize=True)


@st.composite
def cases(draw: st.DrawFn, variant: str) -> tuple[Any, int, tuple[int, int]]:
    """(pool, timestamp, tokens) of a recorded state."""
    pool, now = draw(st.sampled_from(STATES[variant]))
    count = len(pool.balances)
    token_in = draw(st.integers(0, count - 1))
    token_out = draw(st.integers(0, count - 2))
    return pool, now, (token_in, token_out + (token_out >= token_in))


def amount_of(data: st.DataObject, pool: Any, token: int, share: int = 1 << 256) -> int:
    """From one in `share` of what the pool holds to all of it, all sizes alike."""
    most = max(pool.balances[token], 2)
    size = data.draw(st.integers(max(most // share, 1).bit_length(), most.bit_length()))
    return min(data.draw(st.integers(1 << (size - 1), 2 << size)), most)


def trade(pool: Any, tokens: tuple[int, int], amount: int, now: int) -> tuple[Any, int]:
    try:
        return pool.exchange(*tokens, amount, now)  # type: ignore[no-any-return]
    except QuoteRefused:
        assume(False)
        raise


def is_crypto(pool: Any) -> bool:
    return isinstance(pool, CurveCryptoPool | CurveCryptoNgPool)


def waver(pool: Any, token: int) -> int:
    """By how many units a quote in a token may waver."""
    if not is_crypto(pool):
        return 2
    scaled = pool.scaled(pool.balances)
    price = pool.price_scale[token - 1] if token else ONE
    # Fees over 100 % of a wavering unit, too, waver.
    return 2 + 4 * max(100, *(x // 10**14 for x in (pool.d, *scaled))) * ONE // (
        price * pool.precisions[token]
    )


def charges(pool: Any) -> bool:
    """Whether the pool takes a fee; without one the first lending pools round for the trader."""
    inner = getattr(pool, "pool", pool)
    inner = getattr(inner, "pool", inner)
    return bool(getattr(inner, "fee", 1)) if not is_crypto(pool) else True


@every_variant
@law
@given(data=st.data())
def test_a_round_trip_never_gains(variant: str, data: st.DataObject) -> None:
    pool, now, tokens = data.draw(cases(variant))
    assume(charges(pool))
    # The first lending pools keep nothing back, so that D's last unit outweighs a small trade.
    amount = amount_of(data, pool, tokens[0], share=10**6 if variant == "lending" else 1 << 256)
    after, got = trade(pool, tokens, amount, now)
    assert got >= 0
    assert min(after.balances) >= 0
    assume(got > 0)
    _, back = trade(after, tokens[::-1], got, now)
    slack = waver(pool, tokens[0]) if is_crypto(pool) else 0
    assert back <= amount + slack


@every_variant
@law
@given(data=st.data())
def test_more_in_never_brings_less(variant: str, data: st.DataObject) -> None:
    pool, now, tokens = data.draw(cases(variant))
    small, large = sorted(amount_of(data, pool, tokens[0]) for _ in range(2))
    less, more = (trade(pool, tokens, amount, now)[1] for amount in (small, large))
    if isinstance(pool, CurveNgPool | CurveNgMetaPool | CurveLendingPool) or is_crypto(pool):
        # A fee that grows with the trade may take more than the trade adds: compare without it.
        pool = without_fee(pool)
        try:
            less, more = (pool.get_dy(*tokens, amount, now) for amount in (small, large))
        except QuoteRefused:
            assume(False)
    assert more >= less - waver(pool, tokens[1])


def without_fee(pool: Any) -> Any:
    replace = msgspec.structs.replace
    if is_crypto(pool):
        return replace(pool, fees=CryptoFees(0, 0, pool.fees.gamma, pool.fees.admin))
    if isinstance(pool, CurveNgMetaPool):
        return replace(pool, pool=without_fee(pool.pool))
    if isinstance(pool, CurvePlainPool):
        return replace(pool, fee=0)
    return replace(pool, pool=replace(pool.pool, fee=0))


@every_variant
@law
@given(data=st.data())
def test_what_a_trade_brings_is_less_than_the_price_before_promised(
    variant: str, data: st.DataObject
) -> None:
    pool, now, tokens = data.draw(cases(variant))
    amount = amount_of(data, pool, tokens[0])
    _, got = trade(pool, tokens, amount, now)
    try:
        out, scale = pool.spot_price_at(*tokens, now)
    except QuoteRefused:
        assume(False)
    # The price is exact at the pool's D, which is itself rounded by a unit in some 10^18.
    slack = waver(pool, tokens[1])
    assert (got - slack) * scale <= amount * out + amount * out // 10**9


@every_variant
@few
@given(data=st.data())
def test_what_amount_in_asks_buys_the_output(variant: str, data: st.DataObject) -> None:
    pool, now, tokens = data.draw(cases(variant))
    amount = amount_of(data, pool, tokens[0], share=10**6)
    _, wanted = trade(pool, tokens, amount, now)
    assume(wanted > 0)
    try:
        cost = pool.amount_in(*tokens, wanted, now)
    except QuoteRefused:
        assume(False)
    assert pool.amount_out(*tokens, cost, now) >= wanted


@every_variant
@few
@given(data=st.data())
def test_liquidity_for_one_token_brings_no_more_than_was_put_in(
    variant: str, data: st.DataObject
) -> None:
    pool, now, (token, _) = data.draw(cases(variant))
    assume(charges(pool))
    amount = amount_of(data, pool, token, share=10**6)
    amounts = tuple(amount if index == token else 0 for index in range(len(pool.balances)))
    put, take = (
        ("add_liquidity", "remove_liquidity_one_coin")
        if is_crypto(pool)
        else ("deposit", "withdraw_one")
    )
    try:
        richer, minted = getattr(pool, put)(amounts, now)
        assume(minted > 0)
        _, back = getattr(richer, take)(minted, token, now)
    except QuoteRefused:
        assume(False)
    assert back <= amount + (waver(pool, token) if is_crypto(pool) else 0)


@every_variant
@few
@given(data=st.data())
def test_undo_of_trades_is_identity(variant: str, data: st.DataObject) -> None:
    start, now, _ = data.draw(cases(variant))
    kept = {name: getattr(start, name) for name in start.__struct_fields__}
    ledger: PoolLedger[Any] = PoolLedger(bytes(32))
    ledger.apply(b"\x00" * 31 + b"\x01", bytes(32), {b"pool": start})
    pool, applied = start, 1
    for step in range(2, 5):
        tokens = data.draw(st.permutations(range(len(pool.balances))))[:2]
        try:
            pool, _ = pool.exchange(*tokens, amount_of(data, pool, tokens[0]), now)
        except QuoteRefused:
            continue
        assert ledger.head is not None
        ledger.apply(step.to_bytes(32, "big"), ledger.head, {b"pool": pool})
        applied = step
    while ledger.head != b"\x00" * 31 + b"\x01":
        assert ledger.head is not None
        ledger.undo(ledger.head)
    assert applied >= 1
    assert ledger.get(b"pool") is start
    assert {name: getattr(start, name) for name in start.__struct_fields__} == kept


@every_variant
@few
@given(data=st.data())
def test_an_event_that_the_pool_would_not_have_made_is_refused(
    variant: str, data: st.DataObject
) -> None:
    pool, now, tokens = data.draw(cases(variant))
    amount = amount_of(data, pool, tokens[0])
    after, got = trade(pool, tokens, amount, now)
    assert pool.apply_exchange(tokens[0], amount, tokens[1], got, now) == after
    with pytest.raises(OutOfBounds, match="tokens bought"):
        pool.apply_exchange(tokens[0], amount, tokens[1], got + 1, now)


@pytest.mark.parametrize("variant", ["plain", "ng", "meta", "crypto", "tricrypto_ng"])
@settings(max_examples=10, deadline=None, derandomize=True)
@given(data=st.data())
def test_depth_is_an_input_that_moves_the_price_so_far(variant: str, data: st.DataObject) -> None:
    pool, now, tokens = data.draw(cases(variant))
    timed = AtTimestamp(pool, now)
    try:
        amount = depth(timed, *tokens, 50)
        out, scale = timed.spot_price(*tokens)
        left, left_scale = marginal_price_after(timed, *tokens, amount)
    except QuoteRefused:
        assume(False)
    assert left * scale * 10_000 <= out * left_scale * 9_950


@pytest.mark.parametrize("variant", ["crypto", "tricrypto", "twocrypto_ng", "tricrypto_ng"])
@few
@given(data=st.data())
def test_the_spot_price_of_a_crypto_pool_is_the_limit_of_trades_without_fee(
    variant: str, data: st.DataObject
) -> None:
    pool, now, tokens = data.draw(cases(variant))
    bare = without_fee(pool)
    amount = pool.balances[tokens[0]] // 10**5
    try:
        got = bare.get_dy(*tokens, amount, now)
        out, scale = pool.spot_price_at(*tokens, now)
    except QuoteRefused:
        assume(False)
    assume(got > 10**6)
    # Near its scale the curve bends at once where gamma is small.
    there = out / scale
    assert got / amount == pytest.approx(there, rel=2e-2)
    reverse, reverse_scale = pool.spot_price_at(*tokens[::-1], now)
    assert reverse * out == reverse_scale * scale


hostile = st.one_of(
    st.sampled_from([0, 1, 2, 10**6, ONE, 10**33, 10**34, 1 << 112, (1 << 128) - 1, MOST]),
    st.integers(0, 1 << 128),
    st.integers(0, 200).map(lambda bits: 1 << bits),
)
styles = st.sampled_from(
    [style for style in vars(curve_styles).values() if isinstance(style, curve_styles.CurveStyle)]
)


def only_refuses(*asked: Any) -> None:
    """What is asked answers, or refuses with a reason; it never fails in any other way."""
    for ask in asked:
        try:
            given_ = ask()
        except (QuoteRefused, OutOfBounds):
            continue
        amount = given_[1] if isinstance(given_, tuple) else given_
        assert amount is None or isinstance(amount, tuple) or 0 <= amount <= MOST


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    balances=st.lists(hostile, min_size=2, max_size=4), rates=st.lists(hostile, min_size=4,
    max_size=4), amp=st.integers(1, 10**9), fees=st.tuples(hostile, hostile, hostile),
    style=styles, amount=hostile, supply=hostile,
)  # fmt: skip
@example([0, 0], [ONE] * 4, 100, (0, 0, 0), curve_styles.TEMPLATE, 1, 0)
# A fee that exceeds the amount, far off the peg: the contract's subtraction reverts.
@example([10**33, 0], [1, ONE, 0, 0], 1, (201479172, 0, (1 << 112)), curve_styles.AAVE, 1, 0)
def test_a_hostile_stable_pool_is_refused_and_nothing_else_goes_wrong(
    balances: list[int], rates: list[int], amp: int, fees: tuple[int, int, int],
    style: curve_styles.CurveStyle, amount: int, supply: int,
) -> None:  # fmt: skip
    ramp = Amplification(amp, amp, 0, 0, 100)
    held, at = tuple(balances), tuple(rates[: len(balances)])
    try:
        pool = CurvePlainPool.at(
            balances=held, rates=at, amplification=ramp, fee=fees[0] % 10**10,
            admin_fee=fees[1] % 10**10, supply=supply, style=style, off_peg=fees[2] % 10**12,
        )  # fmt: skip
        nu = CurveNgPool.at(
            balances=held, rates=at, amplification=ramp, fee=fees[0] % 10**8,
            off_peg=fees[2] % 10**11, supply=supply,
        )  # fmt: skip
        over = CurveMetaPool.at(
            balances=(held[0], held[1]), rate=at[0], amplification=ramp, fee=0, admin_fee=0,
            supply=supply, base=pool,
        )  # fmt: skip
    except OutOfBounds:
        return
    amounts = (amount, *(0 for _ in held[1:]))
    for one in (pool, nu, over):
        only_refuses(
            lambda one=one: one.exchange(0, 1, amount, 10),
            lambda one=one: one.get_dy(1, 0, amount, 10),
            lambda one=one: one.deposit(amounts[: len(one.balances)], 10),
            lambda one=one: one.withdraw_one(amount, 1, 10),
            lambda one=one: one.virtual_price(10),
            lambda one=one: one.calc_token_amount(amounts[: len(one.balances)], False, 10),
            lambda one=one: one.spot_price_at(0, 1, 10) and None,
        )
    only_refuses(lambda: nu.get_dx(0, 1, amount, 10), lambda: pool.get_dx(0, 1, amount, 10))


@settings(max_examples=250, deadline=None, derandomize=True)
@given(data=st.data(), three=st.booleans())
def test_a_hostile_crypto_pool_is_refused_and_nothing_else_goes_wrong(
    data: st.DataObject, three: bool
) -> None:
    count, draw = 2 + three, data.draw
    numbers = [draw(hostile) for _ in range(5)]
    prices = tuple(draw(hostile) for _ in range(count - 1))
    ramp = [draw(st.integers(1, 1 << 40)) for _ in range(4)]
    times = sorted(draw(st.integers(0, 100)) for _ in range(2))
    try:
        state: dict[str, Any] = {
            "balances": tuple(draw(hostile) for _ in range(count)),
            "precisions": (1, 10**12, 10**10)[:count], "price_scale": prices,
            "price_oracle": tuple(draw(hostile) for _ in prices),
            "last_prices": tuple(draw(hostile) for _ in prices), "last_prices_at": 5,
            "ramp": RampOfAGamma(*ramp, *times),
            "fees": CryptoFees(10**6, 10**8, 10**15), "rebalancing": Rebalancing(0, 10**13, 600),
            "d": numbers[0], "virtual_price": numbers[1], "xcp_profit": numbers[2],
            "xcp_profit_a": numbers[3], "supply": numbers[4],
        }  # fmt: skip
        style = curve_crypto.TRICRYPTO if three else curve_crypto.LATER_TWO
        old = CurveCryptoPool(**state, style=style)
        version = (
            curve_crypto_ng.TRICRYPTO_V200
            if three
            else draw(
                st.sampled_from((curve_crypto_ng.TWOCRYPTO_V200, curve_crypto_ng.TWOCRYPTO_V210))
            )
        )
        new = CurveCryptoNgPool(**state, version=version)
    except OutOfBounds:
        return
    amount, now = draw(hostile), draw(st.integers(0, 200_000))
    amounts = (amount, *(0 for _ in prices))
    for pool in (old, new):
        only_refuses(
            lambda pool=pool: pool.exchange(0, 1, amount, now),
            lambda pool=pool: pool.get_dy(1, 0, amount, now),
            lambda pool=pool: pool.add_liquidity(amounts, now),
            lambda pool=pool: pool.remove_liquidity_one_coin(amount, 1, now),
            lambda pool=pool: pool.claim_admin_fees(now) and None,
            lambda pool=pool: pool.get_virtual_price(),
            lambda pool=pool: pool.spot_price_at(0, 1, now) and None,
        )
    only_refuses(lambda: new.get_dx(0, 1, amount, now), lambda: old.remove_liquidity(amount))
    only_refuses(lambda: new.remove_liquidity(amount, now))
