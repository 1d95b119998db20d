"""stableswap-ng pools give what the contracts themselves answered, in both regimes of the fee."""

from typing import Any

from qenus.pools import Amplification, AssetKind, CurveNgPool, QuoteRefused
from qenus.protocols.curve.ng import oracle_rate, vault_rate
from tests.unit.pools.curve_fixtures import recorded


def pool_of(state: dict[str, Any]) -> CurveNgPool:
    return CurveNgPool.at(
        balances=tuple(state["balances"]),
        rates=tuple(state["rates"]),
        amplification=Amplification(*state["amplification"]),
        fee=state["fee"],
        off_peg=state["off_peg"],
        supply=state["supply"],
        kinds=tuple(AssetKind(kind) for kind in state["kinds"]),
        read_at=state["timestamp"],
    )


def rebases(state: dict[str, Any], answer: list[Any]) -> bool:
    """Whether what goes in is a rebasing token, which is refused unless it was measured."""
    function, first = answer[0], answer[1]
    if function == "deposit":
        return any(
            amount and kind == AssetKind.REBASING
            for amount, kind in zip(first, state["kinds"], strict=True)
        )
    swaps = ("get_dy", "get_dx", "exchange")
    return function in swaps and state["kinds"][first] == AssetKind.REBASING


def asked(pool: CurveNgPool, now: int, answer: list[Any]) -> Any:
    function, *arguments, _ = answer
    arguments = [tuple(part) if isinstance(part, list) else part for part in arguments]
    try:
        given = getattr(pool, function)(*arguments, now)
    except QuoteRefused:
        return None
    if isinstance(given, tuple):
        after, amount = given
        return [amount, list(after.balances), after.supply]
    return given


def test_an_ng_pool_answers_as_its_contract_did() -> None:
    count = 0
    for entry in recorded("ng_pool")["pools"]:
        state = entry["state"]
        pool, now = pool_of(state), state["timestamp"]
        assert pool.pool.amplification.at(now) == state["a"]
        for answer in entry["answers"]:
            if rebases(state, answer):
                assert asked(pool, now, answer) is None
                if answer[0] == "exchange":
                    measured = ["exchange_received", *answer[1:]]
                    assert asked(pool, now, measured) == answer[-1], (state, answer)
                continue
            assert asked(pool, now, answer) == answer[-1], (state, answer)
            count += 1
    assert count >= 1500


def test_rates_are_what_oracles_and_vaults_answer() -> None:
    for entry in recorded("ng_pool")["pools"]:
        state = entry["state"]
        for kind, rate, answer, decimals in zip(
            state["kinds"], state["rates"], state["answers"], state["decimals"], strict=True
        ):
            multiplier = 10 ** (36 - decimals)
            if kind == AssetKind.ORACLE:
                assert oracle_rate(multiplier, answer) == rate
            elif kind == AssetKind.VAULT:
                assets = 10**decimals * answer // 10**18
                assert vault_rate(multiplier, assets, decimals) == rate
            else:
                assert rate == multiplier


def test_rates_from_outside_are_of_one_block_and_plain_tokens_of_any() -> None:
    for entry in recorded("ng_pool")["pools"]:
        state = entry["state"]
        pool, now = pool_of(state), state["timestamp"]
        if state["amplification"][3] > now:
            continue
        trade = next(answer for answer in entry["answers"] if answer[0] == "exchange")
        if rebases(state, trade) or trade[-1] is None:
            continue
        later = asked(pool, now + 1, trade)
        assert later == (None if any(state["kinds"]) else trade[-1])
        again = pool.apply_read(read_at=now + 1, rates=pool.pool.rates)
        assert asked(again, now + 1, trade) == trade[-1]
