"""Balancer V2: swaps, joins and exits of weighted and of composable stable pools, predicted."""

import random
from abc import ABC, abstractmethod
from typing import Any

import attrs
from drawn_operations import (
    ZERO,
    EventShape,
    Operation,
    Question,
    Said,
    View,
    key_of,
    moves_of,
    refusal_of,
    sized,
)

from qenus.pools import BalancerStablePool, BalancerWeightedPool, PoolLedger, QuoteRefused
from qenus.protocols.balancer_v2 import weighted_shares
from tools.devnet.calls import arguments, call_data
from tools.devnet.protocols.hands import Hands, Step

__all__ = ["SharesState", "StableOperations", "WeightedOperations"]

_VAULT_EVENTS = tuple(
    EventShape.of(declaration)
    for declaration in (
        "Swap(bytes32 indexed,address indexed,address indexed,uint256,uint256)",
        "PoolBalanceChanged(bytes32 indexed,address indexed,address[],int256[],uint256[])",
    )
)
_POOL_EVENTS = tuple(
    EventShape.of(declaration)
    for declaration in (
        "SwapFeePercentageChanged(uint256)",
        "PausedStateChanged(bool)",
    )
)
_SWAP = (
    "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),"
    "uint256,uint256)"
)
_ANY = 2**255
_GIVEN_IN, _GIVEN_OUT = 0, 1


@attrs.frozen
class SharesState:
    """A pool, its token's supply, and how much of it the hands hold."""

    pool: Any
    supply: int
    held: int


@attrs.frozen
class _Exchange:
    """A predicted join or exit: the state after it, the vault's changes, shares moved to us."""

    state: SharesState
    deltas: tuple[int, ...]
    shares: int


class BalancerOperations(ABC):
    """One pool; `tokens` are addresses in the vault's order, its own among them or not."""

    def __init__(
        self,
        name: str,
        weight: int,
        vault: str,
        address: str,
        pool_id: bytes,
        tokens: tuple[str, ...],
        hands: Hands,
        state: SharesState,
    ) -> None:
        self.name = name
        self.weight = weight
        self.vault = vault
        self.address = address
        self.pool_id = pool_id
        self.tokens = tokens
        self.hands = hands
        self.state = state

    # -- each family's own -----------------------------------------------------------------------

    @abstractmethod
    def tradable(self) -> list[int]:
        """The tokens that can be put in."""

    @abstractmethod
    def exchange(self, rng: random.Random) -> Operation:
        """Draw a join or an exit."""

    @abstractmethod
    def with_supply(self, state: SharesState, change: int) -> SharesState:
        """The state with another supply."""

    # -- drawing ---------------------------------------------------------------------------------

    def draw(self, rng: random.Random, timestamp: int) -> Operation:
        """Swap most of the time."""
        draw = rng.random()
        if self.state.pool.paused and draw < 0.5:
            return self._pause(False)
        if draw < 0.02:
            return self._pause(True)
        if draw < 0.05:
            return self._change_fee(rng.randint(10**12, 10**16))
        if draw < 0.70:
            return self._swap(rng)
        return self.exchange(rng)

    def _swap(self, rng: random.Random) -> Operation:
        token_in, token_out = rng.sample(range(len(self.tokens)), 2)
        kind = rng.choice((_GIVEN_IN, _GIVEN_IN, _GIVEN_OUT))
        pool = self.state.pool
        given = token_in if kind == _GIVEN_IN else token_out
        amount = sized(rng, 1, self.size_of(given))
        edge = rng.random()
        if edge < 0.03:
            amount = pool.balances[given] + 1
        elif edge < 0.10 and kind == _GIVEN_OUT:
            # Up to a third of a balance: what that costs, the vault may not be able to note.
            amount = max(pool.balances[given] * rng.randint(20, 30) // 100, 1)
        elif edge < 0.10:
            # The first units that the vault cannot note.
            amount = (1 << 112) - pool.balances[given] + rng.randint(0, 2)
        quote = pool.amount_out if kind == _GIVEN_IN else pool.amount_in
        other, refused = refusal_of(lambda: quote(token_in, token_out, amount))
        paid, got = (amount, other) if kind == _GIVEN_IN else (other, amount)
        here = self.hands.address
        limit = 0 if kind == _GIVEN_IN else _ANY
        step = Step(self.vault, call_data(
            _SWAP,
            (self.pool_id, kind, self.tokens[token_in], self.tokens[token_out], amount, b""),
            (here, False, here, False), *(limit, _ANY),
        ))  # fmt: skip
        asked = ("swap", kind, token_in, token_out, amount)
        what = f"swap {token_in} for {token_out}, {amount} {'in' if kind == _GIVEN_IN else 'out'}"
        if refused:
            return self.operation(what, step, refused).about(*asked)
        noted = [held + paid * (at == token_in) for at, held in enumerate(pool.balances)]
        assert max(noted) < 1 << 112, "answered, though the vault cannot note it"
        after, refused = refusal_of(lambda: self._after_swap(token_in, token_out, paid, got))
        if refused:
            return self.operation(what, step, refused)
        self.state = after
        said = Said(self.vault, "Swap", (
            self.pool_id, self.tokens[token_in], self.tokens[token_out], paid, got
        ))  # fmt: skip
        return self.operation(
            what, step, None, (said,),
            (self.tokens[token_in], -paid), (self.tokens[token_out], got),
        ).about(*asked, answer=(paid, got))  # fmt: skip

    def _after_swap(self, token_in: int, token_out: int, paid: int, got: int) -> SharesState:
        state = self.state
        if self.tokens[token_in] == self.address and paid > state.held:
            raise QuoteRefused("the hands hold less")
        held = state.held
        held += got if self.tokens[token_out] == self.address else 0
        held -= paid if self.tokens[token_in] == self.address else 0
        pool = state.pool.apply_swap(token_in, token_out, paid, got)
        return attrs.evolve(state, pool=pool, held=held)

    def size_of(self, token: int) -> int:
        """How many bits an amount of a token may have."""
        return max(self.state.pool.balances[token].bit_length() - 1, 1)

    def _pause(self, paused: bool) -> Operation:
        step = Step(self.address, call_data("pause()" if paused else "unpause()"))
        what = "pause" if paused else "unpause"
        if self.state.pool.paused == paused:
            # What the contract does then is of no interest here.
            return self._change_fee(10**13)
        self.state = attrs.evolve(self.state, pool=self.state.pool.apply_paused(paused))
        said = Said(self.address, "PausedStateChanged", (paused,))
        return self.operation(what, step, None, (said,)).about("pause", paused)

    def _change_fee(self, fee: int) -> Operation:
        step = Step(self.address, call_data("setSwapFeePercentage(uint256)", fee))
        if self.state.pool.paused:
            return self.operation("change the fee", step, "it is paused")
        self.state = attrs.evolve(self.state, pool=self.state.pool.apply_fee(fee))
        said = Said(self.address, "SwapFeePercentageChanged", (fee,))
        return self.operation("change the fee", step, None, (said,)).about("fee", fee)

    def joined(self, types: str, values: tuple[Any, ...], predict: Any, *asked: Any) -> Operation:
        """A join of that kind: `predict` gives the amounts put in and the shares minted."""
        return self._exchanged(1, types, values, predict, asked)

    def left(self, types: str, values: tuple[Any, ...], predict: Any, *asked: Any) -> Operation:
        """An exit of that kind: `predict` gives the amounts taken out and the shares burnt."""
        return self._exchanged(-1, types, values, predict, asked)

    def _exchanged(
        self, sign: int, types: str, values: tuple[Any, ...], predict: Any, asked: tuple[Any, ...]
    ) -> Operation:
        what = " ".join(map(str, asked))
        here, state = self.hands.address, self.state
        wish = bytes.fromhex(arguments(types, *values))
        limits = [_ANY if sign > 0 else 0] * len(self.tokens)
        verb = "joinPool" if sign > 0 else "exitPool"
        step = Step(self.vault, call_data(
            f"{verb}(bytes32,address,address,(address[],uint256[],bytes,bool))",
            *(self.pool_id, here, here), (self.tokens, limits, wish, False),
        ))  # fmt: skip

        given, refused = refusal_of(predict)
        if refused:
            return self.operation(what, step, refused).about(*asked)
        amounts, shares = given

        def settled() -> _Exchange:
            if sign < 0 and shares > state.held:
                raise QuoteRefused("the hands hold less")
            balances = tuple(
                held + sign * amount
                for held, amount in zip(state.pool.balances, amounts, strict=True)
            )
            if min(balances) < 0 or max(balances) >> 112:
                raise QuoteRefused("the vault cannot note the balance")
            after = attrs.evolve(
                state, pool=state.pool.apply_balances(balances), held=state.held + sign * shares
            )
            deltas = tuple(sign * amount for amount in amounts)
            return _Exchange(self.with_supply(after, sign * shares), deltas, sign * shares)

        exchange, refused = refusal_of(settled)
        if refused:
            return self.operation(what, step, refused)
        self.state = exchange.state
        none = (0,) * len(self.tokens)
        said = Said(self.vault, "PoolBalanceChanged", (
            self.pool_id, here, self.tokens, exchange.deltas, none
        ))  # fmt: skip
        moves = [(token, -delta) for token, delta in zip(self.tokens, exchange.deltas, strict=True)]
        done = self.operation(what, step, None, (said,), *moves, (self.address, exchange.shares))
        return done.about(*asked, answer=(amounts, shares))

    def operation(
        self,
        what: str,
        step: Step,
        refused: str | None,
        said: tuple[Said, ...] = (),
        *moves: tuple[str, int],
    ) -> Operation:
        """An operation of this pool's."""
        return Operation(self.name, what, self.hands.perform(step), refused, said, moves_of(*moves))

    # -- following -------------------------------------------------------------------------------

    def events(self) -> list[tuple[str, EventShape]]:
        """Those of the vault, and of the pool itself."""
        return [
            *((self.vault, shape) for shape in _VAULT_EVENTS),
            *((self.address, shape) for shape in _POOL_EVENTS),
        ]

    @property
    def key(self) -> bytes:
        """Its id."""
        return self.pool_id

    def follow(self, said: Said, view: View, timestamp: int) -> None:
        """The vault says what its balances change by, the pool what its fee is and whether it is
        paused."""
        if said.emitter == self.vault and said.values[0] != self.pool_id:
            return
        pool = view.get(self.key)
        if said.name == "Swap":
            token_in, token_out = (self.tokens.index(token) for token in said.values[1:3])
            view.put(self.key, pool.apply_swap(token_in, token_out, *said.values[3:]))
        elif said.name == "PoolBalanceChanged":
            deltas = said.values[3]
            balances = (held + delta for held, delta in zip(pool.balances, deltas, strict=True))
            view.put(self.key, pool.apply_balances(tuple(balances)))
        elif said.name == "SwapFeePercentageChanged":
            view.put(self.key, pool.apply_fee(*said.values))
        elif said.name == "PausedStateChanged":
            view.put(self.key, pool.apply_paused(*said.values))

    def questions(self, ledger: PoolLedger[Any]) -> list[Question]:
        """The vault's balances, the supply, the fee and whether it is paused."""
        pool = ledger.get(self.key)
        return [
            Question.of(self.vault, "getPoolTokens(bytes32)", self.pool_id,
                        returns="(address[],uint256[],uint256)",
                        expected=(self.tokens, pool.balances)),
            Question.of(self.address, "totalSupply()", returns="(uint256)",
                        expected=(self.supply_in(ledger),)),
            Question.of(self.address, "getSwapFeePercentage()", returns="(uint256)",
                        expected=(pool.fee,)),
            Question.of(self.address, "getPausedState()", returns="(bool,uint256,uint256)",
                        expected=(pool.paused,)),
        ]  # fmt: skip

    @abstractmethod
    def supply_in(self, ledger: PoolLedger[Any]) -> int:
        """The supply that the ledger knows of."""

    def planned(self) -> dict[bytes, Any]:
        """The pool."""
        return {self.key: self.state.pool}

    def minted(self, token: str, sender: str, to: str, amount: int) -> int:
        """What a Transfer changes the pool's supply by."""
        if token != self.address:
            return 0
        return amount * ((sender == ZERO) - (to == ZERO))


class WeightedOperations(BalancerOperations):
    """One weighted pool."""

    def tradable(self) -> list[int]:
        """All of them."""
        return list(range(len(self.tokens)))

    def with_supply(self, state: SharesState, change: int) -> SharesState:
        """Its supply stands beside the pool."""
        return attrs.evolve(state, supply=state.supply + change)

    def exchange(self, rng: random.Random) -> Operation:
        """Each kind of join and exit."""
        pool: BalancerWeightedPool = self.state.pool
        supply, token = self.state.supply, rng.randrange(len(self.tokens))
        shares = sized(rng, 1, max(min(supply, self.state.held).bit_length() + 1, 1))
        amounts = [
            sized(rng, 1, max(balance.bit_length() + rng.choice((-1, -2, -9)), 1))
            * (rng.random() < 0.7)
            for balance in pool.balances
        ]
        kind = rng.randrange(6)
        if kind == 0:
            return self.joined(
                "(uint256,uint256[],uint256)", (1, amounts, 0),
                lambda: (amounts, weighted_shares.shares_minted(pool, supply, amounts)),
                "shares_minted", amounts,
            )  # fmt: skip
        if kind == 1:
            return self.joined(
                "(uint256,uint256,uint256)", (2, shares, token),
                lambda: (
                    self._only(token, weighted_shares.single_cost(pool, supply, token, shares)),
                    shares,
                ),
                "single_cost", token, shares,
            )  # fmt: skip
        if kind == 2:
            return self.joined(
                "(uint256,uint256)", (3, shares),
                lambda: (weighted_shares.proportional_cost(pool, supply, shares), shares),
                "proportional_cost", shares,
            )  # fmt: skip
        if kind == 3:
            return self.left(
                "(uint256,uint256,uint256)", (0, shares, token),
                lambda: (
                    self._only(token, weighted_shares.single_worth(pool, supply, token, shares)),
                    shares,
                ),
                "single_worth", token, shares,
            )  # fmt: skip
        if kind == 4:
            return self.left(
                "(uint256,uint256)", (1, shares),
                lambda: (weighted_shares.proportional_worth(pool, supply, shares), shares),
                "proportional_worth", shares,
            )  # fmt: skip
        return self.left(
            "(uint256,uint256[],uint256)", (2, amounts, _ANY),
            lambda: (amounts, weighted_shares.shares_burnt(pool, supply, amounts)),
            "shares_burnt", amounts,
        )  # fmt: skip

    def _only(self, token: int, amount: int) -> list[int]:
        return [amount if at == token else 0 for at in range(len(self.tokens))]

    def planned(self) -> dict[bytes, Any]:
        """The pool and its supply."""
        return {**super().planned(), key_of(self.address): self.state.supply}

    def transfer(self, token: str, sender: str, to: str, amount: int, view: View) -> None:
        """Shares come from address 0 and go to address 0."""
        change = self.minted(token, sender, to, amount)
        if change:
            key = key_of(self.address)
            view.put(key, view.get(key) + change)

    def supply_in(self, ledger: PoolLedger[Any]) -> int:
        """It stands beside the pool."""
        supply: int = ledger.get(key_of(self.address))
        return supply


class StableOperations(BalancerOperations):
    """One composable stable pool."""

    def tradable(self) -> list[int]:
        """All but its own."""
        return [at for at, token in enumerate(self.tokens) if token != self.address]

    def size_of(self, token: int) -> int:
        """Of its own token, of which the vault holds nearly all there can be, what we hold."""
        if self.tokens[token] == self.address:
            return max(self.state.held.bit_length() + 1, 1)
        return super().size_of(token)

    def with_supply(self, state: SharesState, change: int) -> SharesState:
        """Its supply is part of the pool."""
        return attrs.evolve(state, pool=state.pool.apply_supply(change))

    def exchange(self, rng: random.Random) -> Operation:
        """Joins and exits with several tokens; those with one are swaps of its own token."""
        pool: BalancerStablePool = self.state.pool
        amounts = [0] * len(self.tokens)
        for at in self.tradable():
            bits = max(pool.balances[at].bit_length() + rng.choice((-1, -3, -9)), 1)
            amounts[at] = sized(rng, 1, bits) * (rng.random() < 0.7)
        plain = [amounts[at] for at in self.tradable()]
        kind = rng.randrange(3)
        if kind == 0:
            return self.joined(
                "(uint256,uint256[],uint256)", (1, plain, 0),
                lambda: (amounts, pool.join(tuple(amounts))[1]), "join", amounts,
            )  # fmt: skip
        if kind == 1:
            return self.left(
                "(uint256,uint256[],uint256)", (1, plain, _ANY),
                lambda: (amounts, pool.leave(tuple(amounts))[1]), "leave", amounts,
            )  # fmt: skip
        shares = sized(rng, 1, max(self.state.held.bit_length() + 1, 1))
        return self.left(
            "(uint256,uint256)", (2, shares),
            lambda: (pool.leave_in_proportion(shares)[1], shares), "leave_in_proportion", shares,
        )  # fmt: skip

    def transfer(self, token: str, sender: str, to: str, amount: int, view: View) -> None:
        """Shares come from address 0 and go to address 0."""
        change = self.minted(token, sender, to, amount)
        if change:
            view.put(self.key, view.get(self.key).apply_supply(change))

    def supply_in(self, ledger: PoolLedger[Any]) -> int:
        """It is part of the pool."""
        supply: int = ledger.get(self.key).supply
        return supply
