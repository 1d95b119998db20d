"""Pools with a fee for each direction: ticks count only as far as the contract bears them out.

No recorded contract has such a tick table: scripted ones have it both ways that sources tell.
"""

import pytest
from eth_abi.abi import encode
from scripted_state import Script, block_of_logs, event, hash_of, selector
from test_block_states import FACTORY, PAIR, T0, T1, hexed, states_of

from qenus.config import protocol_texts
from qenus.extractors.pool_state import (
    Book,
    PoolRecord,
    Registry,
    UnknownEmitters,
    Venue,
    read_registries,
)
from qenus.protocols.algebra.directional_reader import AlgebraDirectional
from qenus.protocols.catalogue import FAMILIES
from qenus.protocols.records import UnexpectedAnswer
from qenus.protocols.uniswap_v3.reader import TickTerms
from qenus.wire import StopReason

POOL = PAIR
SPACING = 60
RULES = Registry(
    "arbitrum",
    {FACTORY: Venue("camelot_v3", FAMILIES["algebra_directional"], FACTORY, FACTORY, None)},
)
# Two positions: -120..180 of 1000 and -60..60000 of 500; the last tick lies in a row that the
# table has under one reading only.
TICKS = {-120: (1000, 1000), -60: (500, 500), 180: (1000, -1000), 60000: (500, -500)}
STATE = ["uint160", "int24", "uint16", "uint16", "uint16", "uint8", "uint8", "bool"]
TICK = ["uint128", "int128", "uint256", "uint256", "int56", "uint160", "uint32", "bool"]
SWAP = "Swap(address,address,int256,int256,uint160,uint128,int24)"
PRICE = (1 << 96) + (1 << 80)
SOMEONE = hexed(T0)


def says_tick(script: Script, tick: int, gross: int, net: int, initialised: bool = True) -> None:
    script.says(POOL, "ticks(int24)", TICK, [gross, net, 0, 0, 0, 0, 0, initialised],
                arguments=encode(["int24"], [tick]))  # fmt: skip


def says_state(script: Script, *fees: int) -> None:
    script.says(POOL, "globalState()", STATE, [1 << 96, 0, *fees, 0, 0, 0, True])


def contracts(unit: int, ticks=TICKS) -> Script:
    """A pool at price 1 whose table names its ticks divided by `unit`, and its factory."""
    script = Script()
    for name, address in (("factory", FACTORY), ("token0", T0), ("token1", T1)):
        script.says(POOL, f"{name}()", ["address"], [hexed(address)])
    for token, decimals in ((T0, 6), (T1, 18)):
        script.says(token, "decimals()", ["uint8"], [decimals])
    script.says(POOL, "tickSpacing()", ["int24"], [SPACING])
    script.says(FACTORY, "poolByPair(address,address)", ["address"], [hexed(POOL)],
                arguments=encode(["address", "address"], [hexed(T0), hexed(T1)]))  # fmt: skip
    says_state(script, 300, 700)
    script.says(POOL, "liquidity()", ["uint128"], [1500])
    bits: dict[int, int] = {}
    for tick, (gross, net) in ticks.items():
        assert tick % unit == 0
        bits[tick // unit >> 8] = bits.get(tick // unit >> 8, 0) | 1 << (tick // unit & 0xFF)
        says_tick(script, tick, gross, net)
    for row in range(-3466, 3466):
        script.says(POOL, "tickTable(int16)", ["uint256"], [bits.get(row, 0)],
                    arguments=encode(["int16"], [row]))  # fmt: skip
    # The contract answers for every tick; one without liquidity has nothing.
    for tick in {each * SPACING for each in ticks} | {each // SPACING for each in ticks}:
        if tick not in ticks and abs(tick) <= 887272:
            says_tick(script, tick, 0, 0, False)
    return script


def swap(price: int = PRICE):
    return event(POOL, SWAP, [SOMEONE, SOMEONE], [5, -4, price, 1500, 0])


def first_told(script: Script, book: Book, *logs):
    block = block_of_logs(1, *(logs or (swap(),)))
    return states_of(script, book, block, RULES, sampled_one_in=1 << 60).features


@pytest.mark.parametrize("unit", [1, SPACING])
def test_ticks_are_read_as_the_table_has_them(unit):
    script, book = contracts(unit), Book()
    (state,) = first_told(script, book)
    assert (state.sqrt_price_x96, state.tick, state.liquidity) == (PRICE, 0, 1500)
    assert (state.fee0_pips, state.fee1_pips, state.tick_spacing) == (300, 700, SPACING)
    assert (state.venue, state.decimals0, state.decimals1) == ("camelot_v3", 6, 18)
    assert state.price0_x128 == PRICE**2 >> 64
    pool = book.get(POOL).pool.liquidity
    assert dict(zip(pool.ticks, zip(pool.grosses, pool.nets, strict=True), strict=True)) == TICKS
    made_by = {call.block_hash for call in script.asked if call.to == FACTORY}
    assert made_by == {hash_of(0)}


@pytest.mark.parametrize("unit", [1, SPACING])
def test_a_table_out_of_range_altogether_is_read_no_less(unit):
    far = {48000: (10, 10), 60000: (10, -10)}
    script, book = contracts(unit, far), Book()
    script.says(POOL, "liquidity()", ["uint128"], [0])
    assert len(first_told(script, book)) == 1
    assert book.get(POOL).pool.liquidity.ticks == (48000, 60000)


def none_initialised(script: Script) -> None:
    says_tick(script, 180, 1000, -1000, False)


def one_bit_too_many(script: Script) -> None:
    script.says(POOL, "tickTable(int16)", ["uint256"], [1], arguments=encode(["int16"], [10]))
    says_tick(script, 2560, 0, 0, False)
    says_tick(script, 2560 * SPACING, 0, 0, False)


def one_bit_too_few(script: Script) -> None:
    script.says(POOL, "tickTable(int16)", ["uint256"], [0],
                arguments=encode(["int16"], [60000 >> 8]))  # fmt: skip


def other_liquidity(script: Script) -> None:
    script.says(POOL, "liquidity()", ["uint128"], [1501])


def nothing_at_a_tick(script: Script) -> None:
    # Both ends of a position that is not in range: the sums still hold.
    for tick in (240, 300):
        word = 1 << 240 if tick == 240 else 1 << 44
        row = encode(["int16"], [tick >> 8])
        before = 1 << 180 if tick == 240 else 0
        script.says(POOL, "tickTable(int16)", ["uint256"], [before | word], arguments=row)
        for each in (tick, tick * SPACING):
            says_tick(script, each, 0, 0)


def other_state(script: Script) -> None:
    types = ["uint160", "int24", "uint16", "uint16", "uint16", "uint16", "bool"]
    script.says(POOL, "globalState()", types, [1 << 96, 0, 300, 700, 0, 0, True])


@pytest.mark.parametrize(
    "lie",
    [none_initialised, one_bit_too_many, one_bit_too_few, other_liquidity, nothing_at_a_tick,
     other_state],
)  # fmt: skip
def test_a_pool_whose_table_no_reading_bears_out_is_left_out(lie):
    script, book = contracts(1), Book()
    lie(script)
    (stopped,) = first_told(script, book)
    assert (stopped.NAME, stopped.stop_reason) == ("stopped_pool", StopReason.MISSED_LOG)
    assert (stopped.address, stopped.venue) == (POOL, "camelot_v3")
    # Nobody is asked for a tick that cannot be.
    asked = [call.data[4:] for call in script.asked if call.data[:4] == selector("ticks(int24)")]
    ticks = [int.from_bytes(each, "big", signed=True) for each in asked]
    assert all(abs(tick) <= 887272 for tick in ticks)


def test_why_each_reading_was_refused_is_said():
    script = contracts(1)
    other_liquidity(script)
    venue = RULES.venues[FACTORY]
    record = PoolRecord(venue, POOL, T0, T1, TickTerms(0, SPACING))
    why = r"in units of 1: liquidity in range.*1500.*1501; in units of 60: expected ticks from"
    with pytest.raises(UnexpectedAnswer, match=why):
        script.run(AlgebraDirectional().load(record, hash_of(0)))


def test_both_fees_are_what_the_contract_says_when_its_event_tells_of_them():
    script, book = contracts(1), Book()
    first_told(script, book)
    says_state(script, 111, 2222)
    script.asked.clear()
    changed = event(POOL, "Fee(uint16,uint16)", [], [111, 2222])
    block = block_of_logs(2, changed)
    (state,) = states_of(script, book, block, RULES, sampled_one_in=1 << 60).features
    assert (state.fee0_pips, state.fee1_pips, state.sqrt_price_x96) == (111, 2222, PRICE)
    assert {call.block_hash for call in script.asked if call.to == POOL} == {block.block.hash}


def test_ticks_of_an_earlier_spacing_stay_whenever_the_pool_is_read():
    early, late = Book(), Book()
    before, after = contracts(1), contracts(1)
    first_told(before, early)
    spaced = event(POOL, "TickSpacing(int24)", [], [100])
    (state,) = states_of(before, early, block_of_logs(2, spaced), RULES).features
    assert state.tick_spacing == 100
    after.says(POOL, "tickSpacing()", ["int24"], [100])
    again = block_of_logs(3, swap(PRICE + 1))
    known = states_of(before, early, again, RULES, sampled_one_in=1 << 60).features
    assert known == states_of(after, late, again, RULES, sampled_one_in=1 << 60).features
    assert (known[0].NAME, known[0].tick_spacing) == ("algebra_pool_state", 100)
    for nothing in (0, 32768):
        wrong = event(POOL, "TickSpacing(int24)", [], [nothing])
        (stopped,) = states_of(after, Book(), block_of_logs(4, wrong), RULES).features
        assert stopped.NAME == "stopped_pool"


@pytest.mark.parametrize("answer", [hexed(T1), f"0x{bytes(20).hex()}"])
def test_whom_the_factory_does_not_name_is_no_pool(answer):
    script, emitters = contracts(1), UnknownEmitters()
    script.says(FACTORY, "poolByPair(address,address)", ["address"], [answer],
                arguments=encode(["address", "address"], [hexed(T0), hexed(T1)]))  # fmt: skip
    states = states_of(script, Book(), block_of_logs(1, swap()), RULES, emitters=emitters)
    assert (states.features, POOL in emitters) == ((), True)
    assert not [call for call in script.asked if call.data[:4] == selector("tickTable(int16)")]


def test_camelots_factory_on_arbitrum_is_asked():
    venues = read_registries(protocol_texts())["arbitrum"].venues
    venue = venues[bytes.fromhex("1a3c9b1d2f0529d97f2afc5136cc23e58f1fd35b")]
    assert (venue.name, venue.family) == ("camelot_v3", FAMILIES["algebra_directional"])
    assert venue.address_of(bytes(32)) is None
