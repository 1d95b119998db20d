"""An error planted in a rounding or in a branch of any family is caught by what is known of it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from family_checks import CHECKS
from planted import Plant, pools_with

import qenus.pools

pytestmark = pytest.mark.slow

# By family: where, what is right, and what is planted instead.
PLANTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "uniswap_v2": (
        ("uniswap_v2.pool", "* self.share_denominator + counting)", "* self.share_denominator)"),
        ("uniswap_v2.pool", "self.share_numerator) + 1", "self.share_numerator)"),
        ("uniswap_v2.pool", "(after1 * whole - in1 * fee)", "(after1 * whole)"),
        ("uniswap_v2.pool", "product < self.reserve0", "product <= self.reserve0"),
        ("uniswap_v2.pool", "if max(after0, after1) > UINT112_MAX:", "if False:"),
        ("uniswap_v2.pair_shares", "_FEE_SHARE = 5", "_FEE_SHARE = 6"),
        ("uniswap_v2.pair_shares", "minted = min(", "minted = max("),
        ("uniswap_v2.pair_shares",
         "supply = self.supply + self.due(pair)\n"
         "        amount0",
         "supply = self.supply\n"
         "        amount0"),
    ),
    "uniswap_v3": (
        ("uniswap_v3.sqrt_price_math",
         "return 1 + (product - 1) // both if round_up",
         "return product // both if round_up"),
        ("uniswap_v3.walk", "1 + ((moved << 96) - 1) // both", "(moved << 96) // both"),
        ("uniswap_v3.walk", "if tick >= edge:", "if tick > edge:"),
        ("uniswap_v3.walk", "amount_in = -(-moved >> 96)", "amount_in = moved >> 96"),
        ("uniswap_v3.sqrt_price_math",
         "return -(-product >> 96) if round_up",
         "return product >> 96 if round_up"),
        ("uniswap_v3.sqrt_price_math",
         "(-(amount_out << 96) // liquidity)",
         "(-(amount_out << 96) // liquidity) - 1"),
        ("uniswap_v3.swap_math",
         "return amount_in, amount_out, -(-amount_in * fee // (FEE_UNIT - fee))",
         "return amount_in, amount_out, amount_in * fee // (FEE_UNIT - fee)"),
        ("uniswap_v3.swap_math",
         "return price, amount_in, amount_out, -(-amount_in * fee // (FEE_UNIT - fee))",
         "return price, amount_in, amount_out, amount_in * fee // (FEE_UNIT - fee)"),
        ("uniswap_v3.walk", "bisect_right(ticks, tick) - 1", "bisect_right(ticks, tick - 1) - 1"),
        ("uniswap_v3.walk",
         "(tick // spacing & ~0xFF) * spacing",
         "(tick // spacing & ~0x1FF) * spacing"),
        ("uniswap_v3.walk", "liquidity -= nets[at]", "liquidity += nets[at]"),
        ("uniswap_v3.tick_math", "(ratio_x128 + 0xFFFFFFFF) >> 32", "ratio_x128 >> 32"),
        ("uniswap_v3.pool",
         "if tick_lower <= self.tick < tick_upper:\n"
         "            liquidity = check",
         "if tick_lower < self.tick <= tick_upper:\n"
         "            liquidity = check"),
        ("uniswap_v3.pool",
         "return -(-amount0 * self.fee // FEE_UNIT)",
         "return (amount0 * self.fee // FEE_UNIT)"),
        ("uniswap_v3.swap_fees", "fee * parts // whole", "-(-fee * parts // whole)"),
        ("uniswap_v3.swap_fees", "(step_fee - kept << 128)", "(step_fee << 128)"),
        ("uniswap_v3.swap_fees", "(tick // spacing >> 8 << 8)", "(tick // spacing >> 9 << 9)"),
    ),
    "uniswap_v4": (
        ("uniswap_v4.pool", "- protocol * providers // FEE_UNIT", ""),
        ("uniswap_v4.pool",
         "- protocol * providers // FEE_UNIT",
         "+ -protocol * providers // FEE_UNIT"),
        ("uniswap_v4.pool",
         "zero_for_one if zero_for_one else self.protocol_fee_one",
         "zero_for_one if not zero_for_one else self.protocol_fee_one"),
        ("uniswap_v4.pool", "<= moved <= INT128_MAX + 1", "<= moved <= INT128_MAX"),
        ("uniswap_v4.pool", "<= moved <= INT128_MAX + 1", "<= moved"),
        ("uniswap_v4.pool", "lowest_rounded_down=True", "lowest_rounded_down=False"),
        ("uniswap_v4.pool",
         "_CHANGES_SWAPS = 1 << 7 | 1 << 3 | 1 << 2",
         "_CHANGES_SWAPS = 1 << 7 | 1 << 3"),
        ("uniswap_v4.pool", "if not self.liquidity.liquidity:", "if False:"),
        ("uniswap_v4.pool",
         "sqrt_price_limit_x96, short_step_v4",
         "sqrt_price_limit_x96"),
        ("uniswap_v4.pool", "if fee == FEE_UNIT and amount < 0:", "if False:"),
        ("uniswap_v4.pool", "else (amount_in + fee) * protocol", "else fee * protocol"),
        ("uniswap_v4.pool", "fee=whole, short=short_step_v4", "fee=whole"),
        ("uniswap_v3.swap_math", "fee_amount = remaining - amount_in", "fee_amount = remaining"),
    ),
    "algebra": (
        ("algebra.pool",
         "self.fees_in(timestamp)[0 if zero_for_one else 1]",
         "self.fees_in(timestamp)[0]"),
        ("algebra.pool", "timestamp == self.fees_at:", "True:"),
        ("algebra.pool",
         "not tick_lower <= self.liquidity.tick < tick_upper:",
         "not tick_lower <= self.liquidity.tick <= tick_upper or True:"),
        ("algebra.volatility", "pairs = seconds * (seconds + 1)", "pairs = seconds * seconds"),
        ("algebra.volatility", "_VOLATILITY_PERIOD = 15", "_VOLATILITY_PERIOD = 14"),
        ("algebra.volatility", "_VOLUME_SHIFT = 57", "_VOLUME_SHIFT = 56"),
        ("algebra.volatility", "return a // b if a >= 0 else -(-a // b)", "return a // b"),
        ("algebra.pool", "_COMMUNITY_FEE_UNIT = 1000", "_COMMUNITY_FEE_UNIT = 999"),
        ("algebra.volatility", "for power in range(9):", "for power in range(8):"),
        ("algebra.volatility",
         "if len(self.timepoints) > 1:\n"
         "            previous",
         "if False:\n"
         "            previous"),
    ),
    "balancer_weighted": (
        ("balancer_v2.weighted_pool",
         "base = divide_up(balance_in, balance_in + amount_in)",
         "base = divide_down(balance_in, balance_in + amount_in)"),
        ("balancer_v2.weighted_pool",
         "amount_in -= multiply_up(amount_in, self.fee)",
         "amount_in -= multiply_down(amount_in, self.fee)"),
        ("balancer_v2.weighted_pool",
         "if amount_out > multiply_down(balance_out, _MAX_RATIO):",
         "if False:"),
        ("balancer_v2.weighted_pool",
         "amount_in = divide_up(-(-cost // self.scaling[token_in])",
         "amount_in = divide_up(cost // self.scaling[token_in]"),
        ("balancer_v2.log_exp_math",
         "return raw + multiply_up(raw, _MAX_RELATIVE_ERROR) + 1",
         "return raw + multiply_up(raw, _MAX_RELATIVE_ERROR)"),
        ("balancer_v2.log_exp_math",
         "if shortcuts and exponent in (ONE, 2 * ONE, 4 * ONE):\n"
         "        if exponent == ONE:\n"
         "            return base\n"
         "        square = multiply_up",
         "if False:\n"
         "        square = multiply_up"),
        ("balancer_v2.weighted_shares",
         "taxed = multiply_up(without_fee, complement(weight))\n"
         "    kept",
         "taxed = without_fee\n"
         "    kept"),
        ("balancer_v2.weighted_shares",
         "ratio = divide_up(_checked(shares), supply)",
         "ratio = divide_down(_checked(shares), supply)"),
        ("balancer_v2.weighted_pool",
         "        check_notable(self.balances[token_in], amount_in)\n"
         "        return amount_in",
         "        return amount_in"),
        ("balancer_v2.vault", "<= UINT112_MAX", "<= UINT112_MAX + 1"),
    ),
    "balancer_stable": (
        ("balancer_v2.stable_pool", "return (held - left - 1) * ONE", "return (held - left) * ONE"),
        ("balancer_v2.stable_pool", "- held + 1", "- held"),
        ("balancer_v2.stable_pool", "if self.version is InvariantVersion.TRUNCATED:", "if True:"),
        ("balancer_v2.stable_math",
         "found = -(-checked(square + constant) // _divisor(invariant + linear))",
         "found = (square + constant) // (2 * invariant + linear)\n"
         "    invariant += 1"),
        ("balancer_v2.stable_math",
         "product = checked(product * invariant) // _divisor(balance * count)",
         "product = -(-product * invariant // (balance * count))"),
        ("balancer_v2.stable_pool", "check_notable(self.balances[token_in], amount_in)", ""),
        ("balancer_v2.stable_pool", "check_notable(self.balances[token_in], cost)", ""),
        ("balancer_v2.stable_shares",
         "wanted = multiply_up(divide_up(less(supply, shares), supply), before)",
         "wanted = multiply_down(divide_down(less(supply, shares), supply), before)"),
        ("balancer_v2.stable_shares", "if ratio > grown:", "if False:"),
    ),
    "solidly": (
        ("solidly.pool",
         "amount_in -= checked(amount_in * fee) // self.fee_denominator\n",
         "amount_in -= -(-amount_in * fee // self.fee_denominator)\n"),
        ("solidly.pool",
         "if self._twice_scaled(x, y + 1) > invariant:",
         "if _invariant(x, y + 1) > invariant:"),
        ("solidly.pool", "or _invariant(x, y - 1) < invariant:", "or True:"),
        ("solidly.pool",
         "slope = checked(3 * x * (y * y // _ONE)) // _ONE",
         "slope = checked(2 * x * (y * y // _ONE)) // _ONE"),
    ),
    "camelot_v2": (
        ("camelot_v2.pool", "fee = self.fee1 if token_in else self.fee0", "fee = self.fee0"),
        ("camelot_v2.pool", "YRounding.CLOSE", "YRounding.EXACT"),
        ("camelot_v2.pool", "_FEE_DENOMINATOR = 100_000", "_FEE_DENOMINATOR = 10_000"),
        ("solidly.pool",
         "found = older(x, y) if self.rounding is YRounding.CLOSE else _invariant(x, y)",
         "found = _invariant(x, y)"),
        ("solidly.pool",
         "return x * (y * y // _ONE * y // _ONE) // _ONE +",
         "return x * (y * y // _ONE) // _ONE * y // _ONE +"),
    ),
    "curve_plain": (
        ("curve.stableswap_math", "precision + (count + 1) * power", "precision + count * power"),
        ("curve.stableswap_math",
         "found = checked(found * found + constant) // denominator",
         "found = -(-checked(found * found + constant) // denominator)"),
        ("curve.plain",
         "charged = fee * amount // FEE_UNIT",
         "charged = -(-fee * amount // FEE_UNIT)"),
    ),
    "curve_meta": (
        ("curve.meta", "timestamp > self.cached_at +", "timestamp >= self.cached_at +"),
        ("curve.meta", "self.base.fee // (2 * FEE_UNIT)", "self.base.fee // FEE_UNIT"),
        ("curve.meta", "(self.rate, _ONE), 1, 0,", "(self.rate, plain.rates[1]), 1, 0,"),
        ("curve.meta",
         "(self.rate, self.base_price(timestamp))",
         "(self.base_price(timestamp), self.rate)"),
        ("curve.plain",
         "charged = fee * amount // FEE_UNIT",
         "charged = -(-fee * amount // FEE_UNIT)"),
    ),
    "ledger": (
        ("ledger", "if pool is not None:", "if True:"),
        ("ledger", "self.head = applied.parent_hash", "pass"),
        ("ledger",
         "self._pools.get(address)) for address in changes)",
         "None) for address in changes)"),
    ),
}  # fmt: skip
_SECONDS = 5.0


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what takes longer."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


CASES = [
    pytest.param(family, Plant(*plant), id=f"{family}-{number}")
    for family, plants in PLANTS.items()
    for number, plant in enumerate(plants)
]


@pytest.mark.parametrize("family", CHECKS)
def test_without_an_error_everything_holds(family: str) -> None:
    CHECKS[family](qenus.pools if family == "ledger" else pools_with(None))


@pytest.mark.parametrize(("family", "plant"), CASES)
def test_a_planted_error_is_caught(family: str, plant: Plant) -> None:
    pools = pools_with(plant)
    assert pools is not qenus.pools
    # Whatever goes wrong is a catch, also that it does not end.
    with within(_SECONDS), pytest.raises(Exception) as caught:
        CHECKS[family](pools)
    assert not isinstance(caught.value, (NameError, SyntaxError, TypeError)), caught.value


def test_every_family_has_at_least_three() -> None:
    assert set(PLANTS) == set(CHECKS)
    assert all(len(plants) >= 3 for plants in PLANTS.values())
