"""Algebra 1.9 pools with a fee for each direction, as Camelot V3 has them.

Sources disagree on what the rows of such a pool's tick table hold: ticks, or ticks divided by the
spacing. So every row that either reading could use is read, and a reading counts only where the
contract itself bears it out: every tick that a bit names answers that it is initialised, and the
ticks' liquidity adds up to what stands in range and to nothing in all. No other set of ticks can
pass: under the wrong reading the tick farthest from zero would have one still farther, or a bit
nearest to zero a tick still nearer. Where neither reading holds the pool is not published.
The spacing may change, and ticks of an earlier one stay: it says nothing of what ticks there are.
Source: cryptoalgebra/AlgebraV1.9, TickLens; AlgebraPool (globalState, ticks, setTickSpacing).
"""

from collections.abc import Sequence

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.algebra.reader import Algebra, AlgebraState
from qenus.protocols.bounds import OutOfBounds
from qenus.protocols.reads import Call, Plan, call_data, signed, words_of
from qenus.protocols.records import PoolRecord, UnexpectedAnswer, words
from qenus.protocols.refusal import Refusal
from qenus.protocols.uniswap_v3.pool import TickLiquidity, UniswapV3Pool
from qenus.protocols.uniswap_v3.reader import TickTerms, bitmap_words, ticks_in_words
from qenus.protocols.uniswap_v3.tick_math import MAX_TICK, MIN_TICK
from qenus.wire import Block, Log

__all__ = ["AlgebraDirectional"]

_SPACED = keccak256(b"TickSpacing(int24)")
_GLOBAL_STATE = call_data("globalState()")
_LIQUIDITY = call_data("liquidity()")
# price, tick, feeZto, feeOtz, timepointIndex, communityFeeToken0, communityFeeToken1, unlocked.
_STATE_WORDS = 8
# liquidityTotal, liquidityDelta, five of what was earned and when, initialized.
_TICK_WORDS = 8
_MAX_SPACING = 32767
# Any tick may bear liquidity, whatever the spacing is now.
_ANY_TICK = 1


_Record = PoolRecord[AlgebraState, TickTerms]


class AlgebraDirectional(Algebra):
    """The family algebra_directional."""

    NAME = "algebra_directional"
    TOUCHING = Algebra.TOUCHING | {_SPACED}
    HARMLESS = Algebra.HARMLESS | {keccak256(b"CommunityFee(uint16,uint16)")}

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read price, liquidity and the ticks, by whichever reading the contract bears out."""
        to, where = record.address, f"0x{record.address.hex()}"
        state, stands = yield [
            Call(block_hash, to, _GLOBAL_STATE),
            Call(block_hash, to, _LIQUIDITY),
        ]
        price, tick, *_ = words(state, _STATE_WORDS, f"globalState of {where}")
        (liquidity,) = words(stands, 1, f"liquidity of {where}")
        if not price:
            return attrs.evolve(record, pool=None)
        rows = bitmap_words(_ANY_TICK)
        answers = yield [Call(block_hash, to, call_data("tickTable(int16)", row)) for row in rows]
        bits = {
            row: words(answer, 1, f"tick table of {where}")[0]
            for row, answer in zip(rows, answers, strict=True)
        }
        refused: list[str] = []
        # The protocol's own TickLens takes rows for ticks: that reading comes first.
        for unit in dict.fromkeys((_ANY_TICK, record.terms.tick_spacing)):
            try:
                ticks = yield from _ticks(record, block_hash, list(ticks_in_words(bits, unit)))
                pool = UniswapV3Pool.at(
                    fee=0,
                    tick_spacing=_ANY_TICK,
                    sqrt_price_x96=price,
                    tick=signed(tick),
                    liquidity=liquidity,
                    ticks=ticks,
                )
            except (UnexpectedAnswer, OutOfBounds) as error:
                refused.append(f"in units of {unit}: {error}")
            else:
                return attrs.evolve(record, pool=AlgebraState(pool, (0, 0)))
        raise UnexpectedAnswer(f"tick table of {where}: no reading holds; {'; '.join(refused)}")

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take Initialize, Swap, Mint, Burn or TickSpacing; what the fees are now is read."""
        if log.topics[0] == _SPACED:
            said = words_of(log.data, 1)
            if said is None or not 1 <= said[0] <= _MAX_SPACING:
                raise Refusal("newTickSpacing", f"1 to {_MAX_SPACING}", log.data)
            return attrs.evolve(record, terms=TickTerms(0, said[0]))
        free = attrs.evolve(record, terms=TickTerms(0, _ANY_TICK))
        return attrs.evolve(super().apply(free, log, block), terms=record.terms)


def _ticks(
    record: _Record, block_hash: bytes, named: Sequence[int]
) -> Plan[dict[int, TickLiquidity]]:
    """Read the ticks that a reading of the table names.

    Raises:
        UnexpectedAnswer: one of them cannot be, or is not initialised.
    """
    beyond = [tick for tick in named if not MIN_TICK <= tick <= MAX_TICK]
    if beyond:
        raise UnexpectedAnswer(f"expected ticks from {MIN_TICK} to {MAX_TICK}, found {beyond[0]}")
    if not named:
        return {}
    answers = yield [
        Call(block_hash, record.address, call_data("ticks(int24)", tick)) for tick in named
    ]
    ticks: dict[int, TickLiquidity] = {}
    for tick, answer in zip(named, answers, strict=True):
        gross, net, *_, initialised = words(answer, _TICK_WORDS, f"tick {tick}")
        if initialised != 1:
            raise UnexpectedAnswer(f"tick {tick}: expected an initialised one, found {initialised}")
        ticks[tick] = TickLiquidity(signed(net), gross)
    return ticks
