"""What is published of a block depends on it, on the state at its parent and on nothing else."""

import attrs
import pytest
from eth_abi.abi import encode
from scripted_state import Script, block_of_logs, event, hash_of

from qenus.extractors.pool_state import (
    BlockStates,
    Book,
    Registry,
    UnknownEmitters,
    Venue,
    block_states,
)
from qenus.extractors.pool_state.identification import identify_by_factory as judge
from qenus.protocols.catalogue import FAMILIES
from qenus.wire import Block, StopReason

FACTORY, PAIR, OTHER = b"f" * 20, b"p" * 20, b"q" * 20
T0, T1 = b"\x01" * 20, b"\x02" * 20
V2 = Venue("v2", FAMILIES["uniswap_v2"], FACTORY, FACTORY, 3000)
SYNC = "Sync(uint112,uint112)"


def hexed(address: bytes) -> str:
    return f"0x{address.hex()}"


def registry(venue: Venue = V2) -> Registry:
    return Registry("ethereum", {venue.factory: venue})


def sync(pair: bytes, *reserves: int):
    return event(pair, SYNC, [], reserves)


def pair_contracts(pair: bytes = PAIR) -> Script:
    """A pair with 100 and 400 of 6 and 18 decimals, made by the factory, which says so."""
    script = Script()
    for name, address in (("factory", FACTORY), ("token0", T0), ("token1", T1)):
        script.says(pair, f"{name}()", ["address"], [hexed(address)])
    script.says(pair, "getReserves()", ["uint112", "uint112", "uint32"], [100, 400, 0])
    script.says(FACTORY, "getPair(address,address)", ["address"], [hexed(PAIR)],
                arguments=encode(["address", "address"], [hexed(T0), hexed(T1)]))  # fmt: skip
    for token, decimals in ((T0, 6), (T1, 18)):
        script.says(token, "decimals()", ["uint8"], [decimals])
    return script


def states_of(script: Script, book: Book, block: Block, rules: Registry, **more) -> BlockStates:
    """Tell a block and take it in, as the actor does."""
    if book.head != block.block.parent_hash:
        book.begin_anew(block.block.parent_hash)
    emitters = more.pop("emitters", UnknownEmitters())
    states = script.run(block_states(block, book, rules, emitters, **more))
    emitters.learn(states.unknown, states.made)
    book.learn(states.loaded)
    book.apply(block.block, states.changes)
    return states


def test_a_pair_is_read_at_the_parent_once_and_follows_its_events():
    script, book = pair_contracts(), Book()
    first = states_of(script, book, block_of_logs(1, sync(PAIR, 150, 300)), registry())
    (state,) = first.features
    assert (state.address, state.token0, state.token1) == (PAIR, T0, T1)
    assert (state.reserve0, state.reserve1, state.fee_pips) == (150, 300, 3000)
    assert (state.decimals0, state.decimals1, state.venue) == (6, 18, "v2")
    assert (state.price0_x128, state.price1_x128) == (2 << 128, 1 << 127)
    pool_calls = [call for call in script.asked if call.to in (PAIR, FACTORY)]
    assert {call.block_hash for call in pool_calls} == {hash_of(0)}
    script.asked.clear()
    second = states_of(script, book, block_of_logs(2, sync(PAIR, 1, 0)), registry())
    assert [call for call in script.asked if call.to in (PAIR, FACTORY)] == []
    (state,) = second.features
    assert (state.reserve0, state.reserve1, state.price0_x128) == (1, 0, None)


def test_nodes_with_different_pasts_tell_the_same():
    logs = [sync(PAIR, 10 + n, 20 + n) for n in range(6)]
    blocks = [block_of_logs(number, log) for number, log in enumerate(logs, 1)]
    script, old, young = pair_contracts(), Book(), Book()
    for number, log in enumerate(logs, 1):
        reserves = [int.from_bytes(log.data[at : at + 32], "big") for at in (0, 32)]
        script.says(PAIR, "getReserves()", ["uint112", "uint112", "uint32"], [*reserves, 0],
                    block=hash_of(number))  # fmt: skip
    for block in blocks:
        at_old = states_of(script, old, block, registry())
        if block.block.number > 3:
            at_young = states_of(script, young, block, registry())
            assert (at_old.features, at_old.tokens) == (at_young.features, at_young.tokens)


def test_who_only_says_that_it_is_a_pair_is_none_and_is_not_asked_again():
    script = pair_contracts()
    for name, address in (("factory", FACTORY), ("token0", T0), ("token1", T1)):
        script.says(OTHER, f"{name}()", ["address"], [hexed(address)])
    book, emitters = Book(), UnknownEmitters()
    block = block_of_logs(1, sync(OTHER, 1, 2), sync(PAIR, 3, 4))
    states = states_of(script, book, block, registry(), emitters=emitters)
    assert [state.address for state in states.features] == [PAIR]
    assert (OTHER in emitters, PAIR in emitters, book.get(OTHER)) == (True, False, None)
    assert all(call.unverified for call in script.asked if call.to == OTHER)
    script.asked.clear()
    states_of(script, book, block_of_logs(2, sync(OTHER, 1, 2)), registry(), emitters=emitters)
    assert not script.asked


@pytest.mark.parametrize("code_hash", [b"h" * 32, None])
def test_an_address_that_derives_needs_no_answer_of_the_factory(code_hash):
    venue = attrs.evolve(V2, code_hash=code_hash)
    script = pair_contracts()
    judged = script.run(judge(registry(venue), PAIR, hash_of(1)))
    asked = [call for call in script.asked if call.to == FACTORY]
    assert (judged.record is None, bool(asked)) == (bool(code_hash), not code_hash)


def test_an_address_without_code_is_asked_again_later():
    script = pair_contracts()
    judged = script.run(judge(registry(), b"n" * 20, hash_of(1)))
    assert (judged.record, judged.for_good) == (None, False)


def test_emitters_are_bounded_and_a_factory_overrules_them():
    emitters = UnknownEmitters(max_count=3)
    emitters.learn(bytes([n]) * 20 for n in range(5))
    assert len(emitters) == 3
    assert b"\x00" * 20 not in emitters
    emitters.learn([PAIR])
    made = event(FACTORY, "PairCreated(address,address,address,uint256)", [hexed(T0), hexed(T1)],
                 [hexed(PAIR), 1])  # fmt: skip
    states = states_of(
        pair_contracts(), Book(), block_of_logs(1, made, sync(PAIR, 5, 6)), registry(),
        emitters=emitters,
    )  # fmt: skip
    assert [state.reserve0 for state in states.features] == [5]
    assert PAIR not in emitters


def test_a_pair_made_in_the_block_begins_with_the_factorys_event_and_asks_no_parent():
    made = event(FACTORY, "PairCreated(address,address,address,uint256)", [hexed(T0), hexed(T1)],
                 [hexed(PAIR), 1])  # fmt: skip
    script, book = pair_contracts(), Book()
    states = states_of(script, book, block_of_logs(7, made, sync(PAIR, 5, 6)), registry())
    assert [(state.reserve0, state.reserve1) for state in states.features] == [(5, 6)]
    assert not [call for call in script.asked if call.to == PAIR]
    book.retract(block_of_logs(7).block)
    assert book.get(PAIR) is None


def test_an_impossible_log_of_a_factory_verified_pool_stops_it_and_it_stays_stopped():
    script, book = pair_contracts(), Book()
    broken = sync(PAIR, 1, 2)
    broken = type(broken)(0, PAIR, broken.topics, broken.data[:-1])
    states = states_of(script, book, block_of_logs(1, broken), registry())
    (stopped,) = states.features
    assert (stopped.NAME, stopped.stop_reason) == ("stopped_pool", StopReason.MISSED_LOG)
    assert [(found.stops, found.reason) for found in states.discrepancies] == [
        (True, StopReason.MISSED_LOG)
    ]
    states = states_of(script, book, block_of_logs(2, sync(PAIR, 3, 4)), registry())
    (stopped,) = states.features
    assert (stopped.NAME, stopped.since_block) == ("stopped_pool", 1)
    book.retract(block_of_logs(2).block)
    book.retract(block_of_logs(1).block)
    states = states_of(script, book, block_of_logs(1, sync(PAIR, 3, 4), fork=1), registry())
    assert [state.NAME for state in states.features] == ["uniswap_v2_pool_state"]


def test_a_contract_that_does_not_answer_as_its_family_is_stopped_and_told_of():
    script, book = pair_contracts(), Book()
    del script.answers[PAIR, next(data for to, data in script.answers if to == PAIR and
                                  script.answers[to, data][-32:] == bytes(32))]  # fmt: skip
    states = states_of(script, book, block_of_logs(1, sync(PAIR, 3, 4)), registry())
    assert [state.NAME for state in states.features] == ["stopped_pool"]
    assert len(states.discrepancies) == 1
