"""How one of Curve's stable pools is read: all of it, after one block.

Its events do not carry all that a block did to it (donated and withdrawn fees, rates of other
contracts, the base pool's price), so nothing is derived from them. What was read is held against
the contract's own quotes after the same block: a variant that is not what we take it for shows.
Source: the getters of curve-contract, curve-factory and stableswap-ng pools.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import attrs

from qenus.protocols.bounds import QuoteRefused
from qenus.protocols.curve.ng import CurveNgPool
from qenus.protocols.curve.plain import CurvePlainPool
from qenus.protocols.curve.stableswap_math import Amplification
from qenus.protocols.curve.variants import Rates, StableVariant
from qenus.protocols.reads import Answer, Call, Plan, call_data, words_of
from qenus.protocols.records import PoolRecord, UnexpectedAnswer, words
from qenus.protocols.tokens import decimals_in

__all__ = [
    "ETHER",
    "CurveRecord",
    "CurveTerms",
    "Quoting",
    "StableReading",
    "array_in",
    "balance_calls",
    "decimals_of",
    "quotes_alike",
    "read_stable",
]

# How Curve's pools name the chain's own currency.
ETHER = b"\xee" * 20
_ONE = 10**18
_KEPT_SECONDS = 600
_MAX_COINS = 8
_RAMP = ("initial_A()", "future_A()", "initial_A_time()", "future_A_time()")
_TOTAL_SUPPLY = call_data("totalSupply()")
# A thousandth of a balance is sold to see what the contract quotes.
_PART_SOLD = 1_000


class Quoting(Protocol):
    """A state that answers what its contract's view answers."""

    @property
    def balances(self) -> tuple[int, ...]:
        """What the pool holds of each coin, in smallest units."""
        ...

    def get_dy(self, token_in: int, token_out: int, amount_in: int, timestamp: int) -> int:
        """Return what the contract's view says a trade brings."""
        ...


@attrs.frozen
class CurveTerms:
    """What a pool of Curve's is: its variant's name, its liquidity token, its base pool if any."""

    variant: str
    share: bytes
    base_pool: bytes | None = None


# A record of one of Curve's pools, whatever its state.
CurveRecord: TypeAlias = PoolRecord[Any, CurveTerms]


@attrs.frozen
class StableReading:
    """A stable pool after a block; `kept_at` is when it took over its base pool's price."""

    pool: CurvePlainPool | CurveNgPool
    asset_types: tuple[int, ...] = ()
    kept_at: int | None = None

    @property
    def plain(self) -> CurvePlainPool:
        """The pool without what only stableswap-ng knows."""
        return self.pool.pool if isinstance(self.pool, CurveNgPool) else self.pool


def read_stable(
    record: CurveRecord, variant: StableVariant, block_hash: bytes, timestamp: int
) -> Plan[StableReading]:
    """Read a pool after the block of this timestamp (UNIX seconds).

    Raises:
        UnexpectedAnswer: the answers are not of such a contract, or it quotes otherwise.
        OutOfBounds: its state cannot be.
    """
    where = f"0x{record.address.hex()}"
    asked = [
        *balance_calls(record, variant, block_hash),
        *_terms_calls(record, variant, block_hash),
    ]
    answers = yield [*asked, *_rates_calls(record, variant, block_hash)]
    found = [words(answer, 1, f"state of {where}")[0] for answer in answers[: len(asked)]]
    count = len(record.tokens)
    fee, admin_fee, *rest = found[count + 1 :]
    off_peg = rest.pop() if variant.off_peg else 0
    ramp = rest if variant.ramps else [*rest, *rest, 0, 0]
    rates, kinds, kept_at = _rates_in(record, variant, answers[len(asked) :], timestamp)
    pool = CurvePlainPool.at(
        balances=tuple(found[:count]),
        rates=rates,
        amplification=Amplification(ramp[0], ramp[1], ramp[2], ramp[3], variant.precision),
        fee=fee,
        admin_fee=admin_fee,
        supply=found[count],
        style=variant.style,
        off_peg=off_peg,
    )
    reading = StableReading(pool, kinds, kept_at)
    if variant.rates is Rates.STORED:
        reading = attrs.evolve(reading, pool=_next_generation(pool))
    yield from quotes_alike(record, reading.pool, "int128", block_hash, timestamp)
    return reading


def balance_calls(record: CurveRecord, variant: StableVariant, block_hash: bytes) -> list[Call]:
    """Ask what a pool holds of each coin, and how much of its liquidity token there is."""
    signature = "balances(int128)" if variant.narrow else "balances(uint256)"
    terms = record.terms
    return [
        *(
            Call(block_hash, record.address, call_data(signature, index))
            for index in range(len(record.tokens))
        ),
        Call(block_hash, terms.share, _TOTAL_SUPPLY),
    ]


def quotes_alike(
    record: CurveRecord,
    pool: Quoting,
    index_type: str,
    block_hash: bytes,
    timestamp: int,
) -> Plan[None]:
    """Hold what a state quotes for two trades against what the contract itself quotes.

    Raises:
        UnexpectedAnswer: it quotes otherwise; where one refuses the other must revert.
    """
    last = len(record.tokens) - 1
    signature = f"get_dy({index_type},{index_type},uint256)"
    trades = [
        (sold, bought, pool.balances[sold] // _PART_SOLD + 1)
        for sold, bought in ((0, last), (last, 0))
    ]
    answers = yield [
        Call(block_hash, record.address, call_data(signature, *trade)) for trade in trades
    ]
    for trade, answer in zip(trades, answers, strict=True):
        said, expected = words_of(answer, 1), _quoted(pool, trade, timestamp)
        if said != expected:
            raise UnexpectedAnswer(
                f"get_dy{trade} of 0x{record.address.hex()}: expected {expected}, found {said}"
            )


def _quoted(pool: Quoting, trade: tuple[int, int, int], timestamp: int) -> tuple[int, ...] | None:
    try:
        return (pool.get_dy(*trade, timestamp),)
    except QuoteRefused:
        return None


def _next_generation(pool: CurvePlainPool) -> CurveNgPool:
    """The pool of stableswap-ng: its views reckon with another A while that ramps."""
    return CurveNgPool.at(
        balances=pool.balances,
        rates=pool.rates,
        amplification=pool.amplification,
        fee=pool.fee,
        off_peg=pool.off_peg,
        supply=pool.supply,
    )


def _terms_calls(record: CurveRecord, variant: StableVariant, block_hash: bytes) -> list[Call]:
    signatures = ["fee()", "admin_fee()", *(_RAMP if variant.ramps else ("A()",))]
    if variant.off_peg:
        signatures.append("offpeg_fee_multiplier()")
    return [Call(block_hash, record.address, call_data(each)) for each in signatures]


def _rates_calls(record: CurveRecord, variant: StableVariant, block_hash: bytes) -> list[Call]:
    """Ask for what the coins count at: whom, the variant says; decimals where they decide it."""
    terms = record.terms
    to, second = record.address, record.token1
    if variant.rates is Rates.STORED:
        kinds = call_data("get_pool_asset_types(address)", to)
        return [
            Call(block_hash, to, call_data("stored_rates()")),
            Call(block_hash, record.venue.factory, kinds),
        ]
    asked = [Call(block_hash, each, call_data("decimals()")) for each in record.tokens]
    if variant.rates is Rates.RATIO:
        asked.append(Call(block_hash, second, call_data("ratio()")))
    elif variant.rates is Rates.EXCHANGE_RATE:
        asked.append(Call(block_hash, second, call_data("getExchangeRate()")))
    elif terms.base_pool is not None:
        asked.append(Call(block_hash, terms.base_pool, call_data("get_virtual_price()")))
        if variant.rates is Rates.KEPT_BASE:
            asked.append(Call(block_hash, to, call_data("base_virtual_price()")))
            asked.append(Call(block_hash, to, call_data("base_cache_updated()")))
    return asked


def _rates_in(
    record: CurveRecord,
    variant: StableVariant,
    answers: Sequence[Answer],
    timestamp: int,
) -> tuple[tuple[int, ...], tuple[int, ...], int | None]:
    """Give what the coins count at (36 decimals), their kinds, and since when a price is kept."""
    where = f"rates of 0x{record.address.hex()}"
    count = len(record.tokens)
    if variant.rates is Rates.STORED:
        rates, kinds = array_in(answers[0], where), array_in(answers[1], f"kinds and {where}")
        if len(rates) != count or len(kinds) not in (0, count):
            raise UnexpectedAnswer(f"{where}: expected {count}, found {len(rates)}")
        return rates, tuple(min(kind, 255) for kind in kinds), None
    units = [
        10 ** (36 - decimals_of(token, answer, where))
        for token, answer in zip(record.tokens, answers, strict=False)
    ]
    if variant.rates is Rates.DECIMALS:
        return tuple(units), (), None
    if len(answers) == count:
        raise UnexpectedAnswer(f"{where}: expected a base pool, found none")
    (first, *kept) = (words(answer, 1, where)[0] for answer in answers[count:])
    if variant.rates is Rates.RATIO:
        if not first:
            raise UnexpectedAnswer(f"{where}: expected a ratio, found 0")
        return (units[0], _ONE * _ONE // first), (), None
    if variant.rates is Rates.KEPT_BASE:
        price, kept_at = kept
        return (units[0], first if timestamp > kept_at + _KEPT_SECONDS else price), (), kept_at
    return (units[0], first), (), None


def decimals_of(token: bytes, answer: Answer, where: str) -> int:
    """Read a coin's decimals, 18 for the chain's own currency.

    Raises:
        UnexpectedAnswer: it has none from 0 to 18.
    """
    found = 18 if token == ETHER else decimals_in(answer)
    if found is None or found > 18:
        raise UnexpectedAnswer(f"{where}: expected decimals from 0 to 18, found {found}")
    return found


def array_in(answer: Answer, where: str) -> tuple[int, ...]:
    """Read a returned array of up to eight words.

    Raises:
        UnexpectedAnswer: it is none.
    """
    head = words(answer, 2, where)
    if head[0] != 32 or head[1] > _MAX_COINS:
        raise UnexpectedAnswer(f"{where}: expected an array of at most {_MAX_COINS}, found {head}")
    return words(answer, 2 + head[1], where)[2:]
