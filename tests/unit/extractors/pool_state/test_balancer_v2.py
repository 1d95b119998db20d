"""Balancer's pools: balances from the vault's events, all else as the contracts say it now."""

from fractions import Fraction

import pytest
from eth_abi.abi import encode
from scripted_state import Script, block_of_logs, event, hash_of
from test_block_states import hexed, states_of

from qenus.config import protocol_texts
from qenus.extractors.pool_state import (
    Book,
    Registry,
    RegistryError,
    UnknownEmitters,
    Venue,
    read_registries,
)
from qenus.protocols.balancer_v2.factories import PoolFactory, PoolKind
from qenus.protocols.catalogue import FAMILIES
from qenus.wire import Log, StopReason

VAULT, WEIGHTED_MAKER, STABLE_MAKER, OTHER_MAKER = (bytes([n]) * 20 for n in (1, 2, 3, 4))
POOL, UNKNOWN = b"\x05" * 20, b"\x99" * 20
T0, T1, T2 = (bytes([n]) * 20 for n in (0x11, 0x12, 0x13))
ID = POOL + b"\0\x02" + bytes(10)
ONE = 10**18
MAKERS = (
    PoolFactory(WEIGHTED_MAKER, PoolKind.WEIGHTED_1),
    PoolFactory(OTHER_MAKER, PoolKind.WEIGHTED_3),
    PoolFactory(STABLE_MAKER, PoolKind.COMPOSABLE_STABLE_3),
)
RULES = Registry(
    "ethereum",
    {VAULT: Venue("bal", FAMILIES["balancer_v2"], VAULT, VAULT, MAKERS)},
)
TOKENS_AND_BALANCES = ["address[]", "uint256[]", "uint256"]


def holds(script: Script, tokens, balances, *, pool_id=ID, block=None) -> None:
    values = [[hexed(token) for token in tokens], balances, 7]
    script.says(VAULT, "getPoolTokens(bytes32)", TOKENS_AND_BALANCES, values, arguments=pool_id,
                block=block)  # fmt: skip


def made_by(script: Script, maker: bytes | None, *, pool=POOL, block=None) -> None:
    for each in MAKERS:
        script.says(each.address, "isPoolFromFactory(address)", ["bool"], [each.address == maker],
                    arguments=encode(["address"], [hexed(pool)]), block=block)  # fmt: skip


def answers_as_pool(script: Script, *, pool=POOL, pool_id=ID, fee=3 * 10**15) -> Script:
    script.says(pool, "getPoolId()", ["bytes32"], [pool_id])
    script.says(pool, "getSwapFeePercentage()", ["uint256"], [fee])
    script.says(pool, "totalSupply()", ["uint256"], [1000 * ONE])
    for each in (pool, VAULT):
        script.says(each, "getPausedState()", ["bool", "uint256", "uint256"], [False, 5, 6])
    return script


def weighted(maker=WEIGHTED_MAKER, tokens=(T0, T1, T2), weights=(50, 30, 20)) -> Script:
    script = answers_as_pool(Script())
    made_by(script, maker)
    script.says(
        POOL, "getNormalizedWeights()", ["uint256[]"], [[each * 10**16 for each in weights]]
    )
    holds(script, tokens, [100 + at for at in range(len(tokens))])
    return script


def stable(own_token=1) -> Script:
    """T0, the pool's own token and T2, the last with a rate of 1.2."""
    script = answers_as_pool(Script(), fee=10**14)
    made_by(script, STABLE_MAKER)
    script.says(POOL, "getBptIndex()", ["uint256"], [own_token])
    script.says(POOL, "getActualSupply()", ["uint256"], [900 * ONE])
    script.says(POOL, "inRecoveryMode()", ["bool"], [True])
    script.says(POOL, "getAmplificationParameter()", ["uint256", "bool", "uint256"],
                [200_000, True, 1000])  # fmt: skip
    script.says(POOL, "getScalingFactors()", ["uint256[]"], [[ONE, ONE, 12 * 10**17]])
    for token, expires in ((T0, 1_700_000_200), (T2, 1_700_000_099)):
        script.says(POOL, "getTokenRateCache(address)", ["uint256"] * 4, [1, 1, 60, expires],
                    arguments=encode(["address"], [hexed(token)]))  # fmt: skip
    holds(script, (T0, POOL, T2), [10**24, 2**111, 10**24])
    return script


def swap(sold, bought, amount_in, amount_out, pool_id=ID, vault=VAULT):
    return event(vault, "Swap(bytes32,address,address,uint256,uint256)",
                 [pool_id, hexed(sold), hexed(bought)], [amount_in, amount_out])  # fmt: skip


def changed(tokens, deltas, fees, pool_id=ID):
    signature = "PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])"
    values = [[hexed(token) for token in tokens], deltas, fees]
    return event(VAULT, signature, [pool_id, hexed(UNKNOWN)], values)


def managed(token, cash, held, pool_id=ID):
    return event(VAULT, "PoolBalanceManaged(bytes32,address,address,int256,int256)",
                 [pool_id, hexed(UNKNOWN), hexed(token)], [cash, held])  # fmt: skip


def registered(tokens, pool_id=ID):
    return event(VAULT, "TokensRegistered(bytes32,address[],address[])", [pool_id],
                 [[hexed(t) for t in tokens], [hexed(bytes(20))] * len(tokens)])  # fmt: skip


NEVER = {"sampled_one_in": 1 << 60}


def test_every_event_of_the_vault_changes_the_balances_as_the_vault_did():
    script, book = weighted(), Book()
    block = block_of_logs(
        1,
        swap(T0, T1, 10, 4),
        # What goes to the protocol leaves the pool, in joins as in exits.
        changed((T0, T1, T2), [5, 0, -7], [1, 2, 3]),
        # Taking to a manager moves cash only; what the manager gains comes on top.
        managed(T2, -20, 20),
        managed(T2, 0, 9),
        swap(T1, T0, 1, 1, pool_id=UNKNOWN + bytes(12)),
    )
    (state,) = states_of(script, book, block, RULES, **NEVER).features
    assert state.NAME == "balancer_weighted_pool_state"
    assert state.balances == (100 + 10 + 5 - 1, 101 - 4 - 2, 102 - 7 - 3 + 9)
    assert (state.address, state.id, state.vault) == (POOL, ID, VAULT)
    assert (state.factory, state.venue, state.tokens) == (WEIGHTED_MAKER, "bal", (T0, T1, T2))
    assert state.weights == (5 * 10**17, 3 * 10**17, 2 * 10**17)
    assert (state.swap_fee, state.total_supply) == (3 * 10**15, 1000 * ONE)
    # The first weighted pools know neither recovery nor what is due, nor the shortcuts.
    assert (state.recovery_mode, state.actual_supply, state.power_shortcuts) == (False, None, False)
    worth = [Fraction(b, w) for b, w in zip(state.balances, (5, 3, 2), strict=True)]
    assert state.prices_of_first_x128 == (0, *(each / worth[0] * 2**128 // 1 for each in worth[1:]))
    assert state.prices_in_first_x128 == (0, *(worth[0] / each * 2**128 // 1 for each in worth[1:]))


def test_what_no_event_tells_is_asked_at_the_blocks_own_hash_and_what_is_known_is_not():
    script, book = weighted(OTHER_MAKER), Book()
    (state,) = states_of(
        script, book, block_of_logs(1, swap(T0, T1, 1, 1)), RULES, **NEVER
    ).features
    assert state.power_shortcuts
    at_parent = [call for call in script.asked if call.block_hash == hash_of(0)]
    assert [call.to for call in at_parent] == [VAULT]
    script.asked.clear()
    script.says(POOL, "getSwapFeePercentage()", ["uint256"], [9])
    script.says(VAULT, "getPausedState()", ["bool", "uint256", "uint256"], [True, 5, 6])
    script.says(POOL, "inRecoveryMode()", ["bool"], [True])
    script.says(POOL, "getActualSupply()", ["uint256"], [1001 * ONE])
    # The pool's own word alone brings it up.
    fee = event(POOL, "SwapFeePercentageChanged(uint256)", [], [9])
    (state,) = states_of(script, book, block_of_logs(2, fee), RULES, **NEVER).features
    assert (state.swap_fee, state.balances) == (9, (101, 100, 102))
    assert (state.recovery_mode, state.actual_supply) == (True, 1001 * ONE)
    # Where the vault stands still, so do its pools, and nothing has a price.
    assert state.paused
    assert not any(state.prices_of_first_x128 + state.prices_in_first_x128)
    asked = [call for call in script.asked if call.to in (VAULT, POOL)]
    assert {call.block_hash for call in asked} == {hash_of(2)}
    assert not [call for call in script.asked if call.to in (OTHER_MAKER, WEIGHTED_MAKER)]


def test_a_stable_pool_is_told_of_with_its_amplification_rates_and_own_token():
    script, book = stable(), Book()
    block = block_of_logs(1, swap(T0, T2, 5, 4))
    states = states_of(script, book, block, RULES, **NEVER)
    (state,) = states.features
    assert state.NAME == "balancer_stable_pool_state"
    assert state.balances == (10**24 + 5, 2**111, 10**24 - 4)
    assert (state.own_token, state.amp, state.amp_updating) == (1, 200_000, True)
    assert state.scaling_factors == (ONE, ONE, 12 * 10**17)
    assert (state.swap_fee, state.paused, state.recovery_mode) == (10**14, False, True)
    assert (state.total_supply, state.actual_supply) == (1000 * ONE, 900 * ONE)
    assert state.rates_expire == 1_700_000_099
    assert [token.address for token in states.tokens] == sorted((T0, POOL, T2))
    # Near balance a token is worth its rate, and what is no trade has no price.
    of_first, in_first = state.prices_of_first_x128, state.prices_in_first_x128
    assert (of_first[:2], in_first[:2]) == ((0, 0), (0, 0))
    assert in_first[2] / 2**128 == pytest.approx(1.2, rel=1e-2)
    assert of_first[2] * in_first[2] / 2**256 == pytest.approx(1)


def test_where_the_pools_own_token_comes_first_prices_are_those_of_the_next():
    script = stable(own_token=0)
    holds(script, (POOL, T0, T2), [2**111, 10**24, 10**24])
    script.says(POOL, "getScalingFactors()", ["uint256[]"], [[ONE, ONE, ONE]])
    block = block_of_logs(1, swap(T0, T2, 5, 5))
    (state,) = states_of(script, Book(), block, RULES, **NEVER).features
    assert (state.own_token, state.prices_of_first_x128[:2]) == (0, (0, 0))
    assert state.prices_of_first_x128[2] / 2**128 == pytest.approx(1)


def test_who_is_in_the_vault_and_made_by_no_factory_is_none_and_is_not_asked_again():
    script = weighted()
    unknown_id = UNKNOWN + bytes(12)
    answers_as_pool(script, pool=UNKNOWN, pool_id=unknown_id)
    made_by(script, None, pool=UNKNOWN)
    holds(script, (T0, T1), [1, 2], pool_id=unknown_id)
    book, emitters = Book(), UnknownEmitters()
    logs = swap(T0, T1, 1, 1, pool_id=unknown_id), swap(T0, T1, 1, 1)
    states = states_of(script, book, block_of_logs(1, *logs), RULES, emitters=emitters, **NEVER)
    assert [state.address for state in states.features] == [POOL]
    assert (UNKNOWN in emitters, book.get(UNKNOWN)) == (True, None)
    script.asked.clear()
    states_of(script, book, block_of_logs(2, logs[0]), RULES, emitters=emitters, **NEVER)
    assert not script.asked


def test_an_emitter_that_names_another_pools_id_or_is_another_vault_is_unknown():
    script = weighted()
    # A pool of a factory that claims another's id; and a vault outside of the registry.
    script.says(POOL, "getPoolId()", ["bytes32"], [UNKNOWN + bytes(12)])
    holds(script, (T0, T1, T2), [1, 2, 3], pool_id=UNKNOWN + bytes(12))
    logs = swap(T0, T1, 1, 1), swap(T0, T1, 1, 1, vault=UNKNOWN)
    assert not states_of(script, Book(), block_of_logs(1, *logs), RULES, **NEVER).features


def test_nodes_with_different_pasts_tell_the_same():
    script, old, young = weighted(), Book(), Book()
    balances = [100, 101, 102]
    for number in range(1, 6):
        block = block_of_logs(number, swap(T0, T1, number, 1))
        balances = [balances[0] + number, balances[1] - 1, balances[2]]
        holds(script, (T0, T1, T2), balances, block=hash_of(number))
        at_old = states_of(script, old, block, RULES, sampled_one_in=1)
        assert not at_old.discrepancies
        if number > 3:
            at_young = states_of(script, young, block, RULES, sampled_one_in=1)
            assert (at_old.features, at_old.tokens) == (at_young.features, at_young.tokens)


def test_another_pool_that_a_reorganisation_puts_there_has_its_own_terms():
    script, book = weighted(), Book()
    # Nothing is registered at the parent.
    script.at[hash_of(0), VAULT, next(iter(_held_call(script)))] = None
    first = block_of_logs(1, registered((T0, T1, T2)), changed((T0, T1, T2), [5, 6, 7], [0] * 3))
    (state,) = states_of(script, book, first, RULES, **NEVER).features
    assert (state.balances, state.weights[0]) == ((5, 6, 7), ONE // 2)
    book.retract(first.block)
    script.says(POOL, "getNormalizedWeights()", ["uint256[]"], [[8 * 10**17, 2 * 10**17]])
    holds(script, (T2, T1), [1, 1])
    second = block_of_logs(1, registered((T2, T1)), changed((T2, T1), [3, 4], [0] * 2), fork=1)
    (state,) = states_of(script, book, second, RULES, **NEVER).features
    assert (state.tokens, state.balances) == ((T2, T1), (3, 4))
    assert state.weights == (8 * 10**17, 2 * 10**17)


def _held_call(script: Script) -> list[bytes]:
    return [data for to, data in script.answers if to == VAULT and data.endswith(ID)]


@pytest.mark.parametrize(
    "broken",
    [
        swap(T0, UNKNOWN, 1, 1),
        swap(T0, T1, 1, 1, pool_id=ID[:-1] + b"\1"),
        swap(T0, T1, 1, 1_000),
        swap(T0, T1, 1 << 112, 1),
        changed((T1, T0, T2), [1, 1, 1], [0] * 3),
        changed((T0, T1, T2), [1, 1], [0] * 3),
        managed(UNKNOWN, 1, 0),
        registered((T0, T1, T2)),
        event(VAULT, "TokensDeregistered(bytes32,address[])", [ID], [[hexed(T0)]]),
        Log(0, VAULT, swap(T0, T1, 1, 1).topics, bytes(63)),
    ],
)
def test_what_the_vault_cannot_have_said_stops_the_pool(broken):
    states = states_of(weighted(), Book(), block_of_logs(1, broken), RULES, **NEVER)
    (stopped,) = states.features
    assert (stopped.NAME, stopped.stop_reason) == ("stopped_pool", StopReason.MISSED_LOG)
    assert (stopped.address, stopped.id) == (POOL, None)


def test_the_registry_knows_the_factories_of_three_chains_and_tells_what_is_wrong():
    for chain in ("ethereum", "optimism", "arbitrum"):
        (venue,) = read_registries(protocol_texts())[chain].of("balancer_v2")
        assert {maker.kind for maker in venue.terms} == set(PoolKind)
    good = f'family = "balancer_v2"\n[chains.base]\nfactory = "0x{"11" * 20}"\n'
    table = "[chains.base.pool_factories]\n"
    texts = {
        "none.toml": good,
        "kind.toml": f'{good}{table}0x{"22" * 20} = "weighted_9"\n'.replace("11", "33"),
        "address.toml": f'{good}{table}0x22 = "weighted_1"\n'.replace("11", "44"),
    }
    with pytest.raises(RegistryError) as caught:
        read_registries(texts)
    for said in (
        "none.toml: chains.base.pool_factories: expected a table of kinds, found None",
        f"kind.toml: chains.base.pool_factories.0x{'22' * 20}: expected one of weighted_1,",
        "address.toml: chains.base.pool_factories.0x22: expected 0x and 40 lower-case hex digits",
    ):
        assert any(error.startswith(said) for error in caught.value.errors), said
    assert len(caught.value.errors) == 3
