"""An error planted in any branch of Curve's pools turns the tests on the contracts' answers red.

The tests themselves are read anew against pools with the error in them.
"""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from planted import Plant, installed, is_part, pools_with

from qenus.errors import QenusError

pytestmark = pytest.mark.slow

_TESTS = Path(__file__).resolve().parents[2] / "unit" / "pools"

# Which test catches an error: its file, its name, and what it is asked for.
STABLE = ("test_curve_stable_contracts", "test_a_stable_pool_answers_as_its_contract_did")
RATES = ("test_curve_stable_contracts", "test_the_rate_of_a_ctoken_grows_from_the_stored_one_as_"
         "the_view_reckons")  # fmt: skip
NG = ("test_curve_ng_contracts", "test_an_ng_pool_answers_as_its_contract_did")
OUTSIDE = ("test_curve_ng_contracts", "test_rates_from_outside_are_of_one_block_and_plain_tokens_"
           "of_any")  # fmt: skip
META = ("test_curve_meta_contracts", "test_a_metapool_answers_as_its_contract_did")
NG_META = ("test_curve_ng_meta_contracts", "test_an_ng_metapool_answers_as_its_contract_did")
_GOES = "test_a_crypto_pool_goes_through_what_its_contract_went_through"
CRYPTO = ("test_curve_crypto_contracts", _GOES)
CRYPTO_NG = ("test_curve_crypto_ng_contracts", _GOES)

Source = tuple[str, str]
PLANTS: tuple[tuple[Source, tuple[str, ...], str, str, str], ...] = (
    # The stable curve and its styles.
    (STABLE, ("compound",), "curve.stableswap_math",
     "extra = int(product is Product.BY_EACH_PLUS_ONE)", "extra = 0"),
    (STABLE, ("hbtc",), "curve.stableswap_math",
     "for _ in range(_MAX_STEPS):\n        power",
     "for _ in range(_MAX_STEPS - 1):\n        power"),
    (STABLE, ("plain2basic",), "curve.stableswap_math",
     "power //= last", "power = -(-power // last)"),
    (STABLE, ("aave",), "curve.stableswap_math", "* 4 * balance_in *", "* 3 * balance_in *"),
    (NG, (), "curve.stableswap_math",
     "return self.initial + (self.future - self.initial) * elapsed // span",
     "return self.initial + -(-(self.future - self.initial) * elapsed // span)"),
    (STABLE, ("eurs",), "curve.stableswap_math",
     "return self.initial - (self.initial - self.future) * elapsed // span",
     "return self.initial - -(-(self.initial - self.future) * elapsed // span)"),
    (STABLE, ("seth",), "curve.plain", "gross = held - left - keeps", "gross = held - left"),
    (STABLE, ("saave",), "curve.plain",
     "means = (held_in + moved_in) // 2, (held + left) // 2", "means = moved_in, left"),
    (STABLE, ("y",), "curve.plain", "if self.style.books is Books.CURVE:", "if False:"),
    (STABLE, ("pax",), "curve.plain",
     "(moved.balance_out + fee - admin) * _ONE", "(moved.balance_out + fee) * _ONE"),
    (STABLE, ("hbtc",), "curve.plain", "admin * _ONE // rate\n", "-(-admin * _ONE // rate)\n"),
    (STABLE, ("3pool",), "curve.plain",
     "if self.style.view_fee is FeeOrder.AFTER_SCALING:", "if False:"),
    (STABLE, ("aave",), "curve.plain", "if self.style.admin_shares_withdrawals:", "if True:"),
    (STABLE, ("steth",), "curve.plain",
     "(count - 1))\n        mean_target", "count)\n        mean_target"),
    (STABLE, ("saave",), "curve.plain",
     "mean_target = (before_d + after_d) // (2 * count)",
     "mean_target = (before_d + after_d) // count"),
    (STABLE, ("busd",), "curve.plain", "return (needed - held) * _ONE // self.rates[token_in]",
     "return -(-(needed - held) * _ONE // self.rates[token_in])"),
    (STABLE, ("aeth",), "curve.styles", "STAKED_ETHER = CurveStyle(view_keeps=0,",
     "STAKED_ETHER = CurveStyle(view_keeps=1,"),
    (STABLE, ("usdt",), "curve.lending",
     "wrapped_in = amount_in * _ONE // wrapped[token_in]",
     "wrapped_in = -(-amount_in * _ONE // wrapped[token_in])"),
    (STABLE, ("compound",), "curve.lending", "rates=self.view_rates)", "rates=self.pool.rates)"),
    (RATES, ("ib",), "curve.lending",
     "stored * rate_per_block * blocks //", "stored * rate_per_block * (blocks + 1) //"),
    # stableswap-ng and metapools.
    (NG, (), "curve.ng", "whole = amp // _PRECISION * _PRECISION", "whole = amp"),
    (NG, (), "curve.ng", "pool.rates[token_out]) // _ONE + 1", "pool.rates[token_out]) // _ONE"),
    (NG, (), "curve.ng", "_ADMIN_FEE = 5 * 10**9", "_ADMIN_FEE = 5 * 10**9 + 1"),
    (NG, (), "curve.ng", "        _check_oracles(scaled, pool.amplification.at(timestamp), moved"
     ".target)\n", ""),
    (NG, (), "curve.plain", "if self.style.compares_in_18_decimals:", "if False:"),
    (OUTSIDE, (), "curve.ng", "if any(self.kinds) and timestamp != self.read_at:", "if False:"),
    (META, ("ust",), "curve.meta",
     "base, amount = self.base.deposit(self._alone(token_in, amount_in), timestamp)",
     "base, amount = self.base.deposit(self._alone(token_in, amount_in + 1), timestamp)"),
    (META, ("gusd",), "curve.meta",
     "if not self.caches or timestamp > self.cached_at + _CACHE_SECONDS:", "if True:"),
    (META, ("metausd",), "curve.meta",
     "if not self.caches or timestamp > self.cached_at + _CACHE_SECONDS:",
     "if timestamp > self.cached_at + _CACHE_SECONDS * 10**9:"),
    (NG_META, (), "curve.ng_meta",
     "amplification.precision * _PRECISION", "amplification.precision * 10 * _PRECISION"),
    (NG_META, (), "curve.ng_meta", "self.base.virtual_price(timestamp))", "10**18)"),
    # The crypto curve by steps, and the pools that walk on it.
    (CRYPTO, ("two_cvx",), "curve.cryptoswap_math",
     "limit = max(others[0] // 10**14, target // 10**14, 100)", "limit = 1"),
    (CRYPTO, ("two_first",), "curve.cryptoswap_math",
     "minus += shift if k0 < ONE else -shift", "minus += shift + 1"),
    (CRYPTO, ("two_first",), "curve.cryptoswap_math",
     "negative = not negative", "negative = False"),
    (CRYPTO, ("tricrypto2",), "curve.cryptoswap_math",
     "found = checked(found * count * balance) // total",
     "found = checked(found * count * balance) // total + 10**10"),
    (CRYPTO, ("two_later",), "curve.cryptoswap_math", "if divides_sum else", "if False else"),
    (CRYPTO, ("two_first",), "curve.cryptoswap_math",
     "(self.initial_gamma * left + self.future_gamma * passed) // span",
     "(self.initial_gamma * left + self.future_gamma * passed) // span + 1"),
    (CRYPTO, ("tricrypto2",), "curve.crypto",
     "square_root(norm // ONE)", "square_root(norm // ONE) + 1"),
    (CRYPTO, ("two_second",), "curve.crypto", "max(step, ratios[0] // part) if part else step",
     "step"),
    (CRYPTO, ("two_factory",), "curve.crypto", "part=5", "part=10"),
    (CRYPTO, ("two_cvx",), "curve.crypto", "self.not_adjusted or (profits and", "(profits and"),
    (CRYPTO, ("two_cvx",), "curve.crypto", "(far or not style.settles)", "True"),
    (CRYPTO, ("two_first",), "curve.crypto",
     "if style.claims_when_done else settled", "if False else settled"),
    (CRYPTO, ("two_cvx",), "curve.crypto",
     "return settled.claim_admin_fees(timestamp) if style.settles else plain",
     "return settled if style.settles else plain"),
    (CRYPTO, ("two_first",), "curve.crypto",
     "if amount_in <= _DUST or amount_out <= _DUST:", "if False:"),
    (CRYPTO, ("two_later",), "curve.crypto", "if count > 2 or token:", "if True:"),
    (CRYPTO, ("two_cvx",), "curve.crypto", "* minted // FEE_UNIT + 1", "* minted // FEE_UNIT"),
    (CRYPTO, ("two_second",), "curve.crypto", "profit -= 2 * fees", "profit -= fees"),
    (CRYPTO, ("tricrypto2",), "curve.crypto", "if self.style.view_searches_d else", "if True else"),
    (CRYPTO, ("two_second",), "curve.crypto", "share = tokens - 1", "share = tokens"),
    (CRYPTO, ("two_first",), "curve.crypto", "if ramp.future_time == 1:", "if False:"),
    (CRYPTO, ("two_second",), "curve.crypto",
     "if virtual_price < self.virtual_price and not ramp.future_time:", "if False:"),
    (CRYPTO, ("two_cvx",), "curve.crypto_state", "return fee * apart // total + NOISE_FEE",
     "return fee * apart // total"),
    # The crypto curve by roots.
    (CRYPTO_NG, ("two210",), "curve.cryptoswap_roots",
     "for power in range(48, 24, -2):", "for power in range(28, 24, -2):"),
    (CRYPTO_NG, ("tri",), "curve.cryptoswap_roots",
     "for power in range(48, 20, -4):", "for power in range(20, 20, -4):"),
    (CRYPTO_NG, ("two210",), "curve.cryptoswap_roots",
     "quotient = abs(numerator) // abs(denominator)\n", "return numerator // denominator\n"),
    (CRYPTO_NG, ("two200",), "curve.cryptoswap_roots", "    if k0:\n", "    if False:\n"),
    (CRYPTO_NG, ("tri",), "curve.cryptoswap_roots", "    if not k0:\n", "    if True:\n"),
    (CRYPTO_NG, ("tri",), "curve.cryptoswap_roots", "for _ in range(7):", "for _ in range(4):"),
    (CRYPTO_NG, ("two210",), "curve.cryptoswap_roots",
     "return cube_root((delta1 + root) // 2)", "return cube_root((delta1 + root) // 2 + 10**9)"),
    (CRYPTO_NG, ("two210",), "curve.cryptoswap_roots",
     "most = 10**20 * self.small_gamma // gamma", "most = 10**20"),
    (CRYPTO_NG, ("two200",), "curve.cryptoswap_roots",
     "(numerator * y >> 96) + 28719021644029726153956944680412240",
     "(numerator * y >> 96) + 2871902164402972615395694468041224"),
    (CRYPTO_NG, ("two210",), "curve.crypto_ng", "_STEP_PART = 5", "_STEP_PART = 10"),
    (CRYPTO_NG, ("two210",), "curve.crypto_ng", "_ROUNDS = 5", "_ROUNDS = 4"),
    (CRYPTO_NG, ("two200",), "curve.crypto_ng", "min(last, 2 * scale)", "last"),
    (CRYPTO_NG, ("tri",), "curve.crypto_ng",
     "if self.ramp.future_time < timestamp and virtual_price <= self.virtual_price:", "if False:"),
    (CRYPTO_NG, ("two200",), "curve.crypto_ng",
     "if timestamp - self.claimed_at < _CLAIM_INTERVAL or", "if"),
    (CRYPTO_NG, ("two210",), "curve.crypto_ng",
     "owed = 0 if self.version.mints_fees else self.fees.admin * fee // FEE_UNIT", "owed = 0"),
    (CRYPTO_NG, ("tri",), "curve.crypto_ng",
     "xcp_profit=profit, xcp_profit_a=profit,", "xcp_profit=profit,"),
    (CRYPTO_NG, ("tri",), "curve.crypto_ng", "rough[token_out] -= taken", "pass"),
    (CRYPTO_NG, ("two210",), "curve.crypto_ng",
     "norm = ratios[0] if len(ratios) == 1 else", "norm = ratios[0] + 1 if len(ratios) == 1 else"),
)  # fmt: skip


@cache
def _code_of(name: str) -> CodeType:
    path = _TESTS / f"{name}.py"
    return compile(path.read_text(), str(path), "exec")


def read_on(pools: ModuleType, name: str) -> ModuleType:
    """Read a file of tests anew, so that what it imports as the pools is `pools`."""
    theirs = installed(pools)
    kept = {key: module for key, module in sys.modules.items() if is_part(key)}
    package, before = sys.modules["qenus"], sys.modules["qenus.pools"]
    spec = importlib.util.spec_from_loader(f"planted_{name}", loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.update(theirs)
    package.pools = pools  # type: ignore[attr-defined]
    try:
        exec(_code_of(name), module.__dict__)
    finally:
        for key in theirs:
            del sys.modules[key]
        sys.modules.update(kept)
        package.pools = before  # type: ignore[attr-defined]
    return module


def fails(source: Source, asked: tuple[str, ...], pools: ModuleType) -> Any:
    """What the test says against these pools, None where it passes."""
    file, name = source
    red = AssertionError, ArithmeticError, pytest.fail.Exception, QenusError
    try:
        getattr(read_on(pools, file), name)(*asked)
    except red as error:
        return error
    return None


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant[2]}-{plant[3][:40]}")
def test_a_planted_error_turns_a_test_red(
    plant: tuple[Source, tuple[str, ...], str, str, str],
) -> None:
    source, asked, module, right, wrong = plant
    assert fails(source, asked, pools_with(Plant(module, right, wrong))) is not None


@pytest.mark.parametrize("source", sorted({(plant[0], plant[1]) for plant in PLANTS}))
def test_without_an_error_the_same_tests_are_green(source: tuple[Source, tuple[str, ...]]) -> None:
    assert fails(*source, pools_with(None)) is None
