"""Recorded answers of contracts, and a player that asks pools everything again.

`devnet_answers.json` is what real contracts on a devnet answered; how it was recorded, and how to
do it again, says tests/interop/devnet/pools/record_answers.py. The package of pools that is asked
is an argument: the one that everybody imports, or a copy of it with an error planted.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

__all__ = ["recorded_answers", "recorded_state", "replay", "replayed"]

_HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("QENUS_DATA", _HERE.parents[2] / ".." / "shared" / "data"))


@cache
def _devnet() -> dict[str, Any]:
    return json.loads((_HERE / "devnet_answers.json").read_bytes())


def replayed() -> list[str]:
    """The names of the pools of the recorded devnet."""
    return list(_devnet())


@cache
def _shared(path: str) -> Any:
    file = DATA / path
    if not file.exists():
        pytest.skip(f"recorded data absent: {file}; set QENUS_DATA")
    return json.loads(file.read_bytes())


def recorded_state(name: str) -> Any:
    """The recorded state of a mainnet pool by file name; a skip where there is no such data."""
    return _shared(f"pools/states/{name}.json")


def recorded_answers(name: str) -> Iterator[tuple[list[str], int | None]]:
    """A contract's recorded answers: (key parts, value); None where the contract gave none."""
    for key, entry in _shared(f"pools/answers/{name}.json")["entries"].items():
        yield key.split("|"), entry.get("value")


# -- the devnet's answers ----------------------------------------------------------------------


def replay(pools: ModuleType, name: str) -> None:
    """Ask a pool of the devnet everything again, from its first state on."""
    record = _devnet()[name]
    player = _PLAYERS[record["kind"]](pools, record)
    for asked, answer in record["answers"]:
        try:
            found = json.loads(json.dumps(player.ask(*asked)))
        except pools.QuoteRefused:
            found = None
        assert found == answer, (name, asked)


class _PairPlayer:
    def __init__(self, pools: ModuleType, record: dict[str, Any]) -> None:
        self.pools = pools
        self.pair = pools.UniswapV2Pair(0, 0)
        self.shares = pools.PairShares(0, 0, record["fee_on"])

    def ask(self, what: str, *values: int) -> Any:
        if what == "swap":
            self.pair = self.pair.swap(self.pools.PairSwap(*values))
            return self._reserves()
        if what == "mint":
            self.shares, self.pair, minted = self.shares.mint(self.pair, *values)
            return minted, *self._reserves()
        if what == "burn":
            self.shares, self.pair, *amounts = self.shares.burn(self.pair, *values)
            return *amounts, *self._reserves()
        self.pair = self.pair.apply_sync(*values)
        return ()

    def _reserves(self) -> tuple[int, int]:
        return self.pair.reserve0, self.pair.reserve1


class _TickedPlayer:
    """V3, V4 and Algebra; what depends on the time does so for Algebra alone."""

    def __init__(self, pools: ModuleType, record: dict[str, Any]) -> None:
        self.pools = pools
        self.timed = record["kind"] == "Algebra"
        # V4's pool itself says what the protocol keeps.
        self.knows_parts = record["kind"] == "V4"
        self.protocol_parts = record.get("protocol_parts", [(0, 1)] * 2)
        fields = record["pool"]
        nested = record["kind"] != "V3"
        curve = pools.UniswapV3Pool(*(_tuples(one) for one in (fields[0] if nested else fields)))
        if record["kind"] == "V4":
            self.pool = pools.UniswapV4Pool(curve, bytes(20), *fields[2:])
        elif self.timed:
            points, configuration, volume = fields[5]
            volatility = pools.VolatilityRecord(
                tuple(pools.Timepoint(*point) for point in points),
                pools.FeeConfiguration(*configuration),
                volume,
            )
            self.pool = pools.AlgebraPool(curve, *fields[1:5], volatility)
        else:
            self.pool = curve

    def ask(self, what: str, *values: Any) -> Any:
        if what == "flash":
            return self.pool.flash_fees(*values)
        *values, timestamp = values
        time = (timestamp,) if self.timed else ()
        if what == "mint":
            self.pool, *amounts = self.pool.mint(*values, *time)
            return amounts
        if what == "burn":
            *values, position = values
            self.pool, *amounts = self.pool.burn(*values, *time, position=position)
            return amounts
        return self._swap(timestamp, *values)

    def _swap(self, timestamp: int, zero_for_one: bool, *values: int) -> Any:
        """The event, and where the fee goes."""
        parts, whole = self.protocol_parts[not zero_for_one]
        if self.timed:
            swapped = self.pool.swap(zero_for_one, *values, timestamp=timestamp)
            fees = self.pool.swap_fees(
                zero_for_one, *values, timestamp=timestamp, community_fee=parts
            )
            self.pool = self.pool.in_block(timestamp).apply_swap(swapped.event, timestamp)
        else:
            swapped = self.pool.swap(zero_for_one, *values)
            kept = {} if self.knows_parts else {"protocol": self.pools.part_of_fee(parts, whole)}
            fees = self.pool.swap_fees(zero_for_one, *values, **kept)
            self.pool = self.pool.apply_swap(swapped.event)
        assert swapped.fee_paid == fees.paid, (values, swapped, fees)
        return *swapped.event, *fees


class _SharesPlayer:
    """Weighted and stable pools of Balancer."""

    def __init__(self, pools: ModuleType, record: dict[str, Any]) -> None:
        self.pools = pools
        self.weighted = record["kind"] == "Weighted"
        fields = [_tuples(one) for one in record["pool"]]
        if not self.weighted:
            fields[4] = pools.InvariantVersion(fields[4])
        kind = pools.BalancerWeightedPool if self.weighted else pools.BalancerStablePool
        self.pool = kind(*fields)
        self.supply = record["supply"]

    def ask(self, what: str, *values: Any) -> Any:
        if what == "pause":
            self.pool = self.pool.apply_paused(*values)
            return ()
        if what == "fee":
            self.pool = self.pool.apply_fee(*values)
            return ()
        if what == "swap":
            return self._swap(*values)
        return self._weighted(what, *values) if self.weighted else self._stable(what, *values)

    def _swap(self, given_out: int, token_in: int, token_out: int, amount: int) -> Any:
        if given_out:
            paid, got = self.pool.amount_in(token_in, token_out, amount), amount
        else:
            paid, got = amount, self.pool.amount_out(token_in, token_out, amount)
        self.pool = self.pool.apply_swap(token_in, token_out, paid, got)
        return paid, got

    def _weighted(self, what: str, *values: Any) -> Any:
        given = getattr(self.pools.parts["balancer_v2.weighted_shares"], what)(
            self.pool, self.supply, *values
        )
        if what.startswith("shares"):
            amounts, shares = values[0], given
        elif what.startswith("single"):
            token, shares = values
            amounts = [given if at == token else 0 for at in range(len(self.pool.balances))]
        else:
            amounts, shares = given, values[0]
        sign = 1 if what in ("shares_minted", "single_cost", "proportional_cost") else -1
        self.supply += sign * shares
        balances = (
            held + sign * amount for held, amount in zip(self.pool.balances, amounts, strict=True)
        )
        self.pool = self.pool.apply_balances(tuple(balances))
        return amounts, shares

    def _stable(self, what: str, value: Any) -> Any:
        if what == "leave_in_proportion":
            self.pool, amounts = self.pool.leave_in_proportion(value)
            return amounts, value
        self.pool, shares = getattr(self.pool, what)(tuple(value))
        return value, shares


_PLAYERS: dict[str, Callable[[ModuleType, dict[str, Any]], Any]] = {
    "Pair": _PairPlayer,
    "V3": _TickedPlayer,
    "V4": _TickedPlayer,
    "Algebra": _TickedPlayer,
    "Weighted": _SharesPlayer,
    "Stable": _SharesPlayer,
}


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
