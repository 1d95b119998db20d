"""Uniswap V2: swaps, flash swaps, deposits, withdrawals, gifts, sync and skim, predicted."""

import random
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

from qenus.pools import PairShares, PairSwap, PoolLedger, QuoteRefused, UniswapV2Pair, skimmed
from tools.devnet.calls import call_data
from tools.devnet.protocols.flash_loans import pay_note
from tools.devnet.protocols.hands import Hands, Step
from tools.devnet.protocols.tokens import Token

__all__ = ["PairOperations", "PairState"]

_EVENTS = tuple(
    EventShape.of(declaration)
    for declaration in (
        "Sync(uint112,uint112)",
        "Swap(address indexed,uint256,uint256,uint256,uint256,address indexed)",
        "Mint(address indexed,uint256,uint256)",
        "Burn(address indexed,uint256,uint256,address indexed)",
    )
)


@attrs.frozen
class PairState:
    """A pair, its token balances, its shares, and how many of them the hands hold."""

    pair: UniswapV2Pair
    balances: tuple[int, int]
    shares: PairShares
    held: int = 0

    @property
    def matches(self) -> bool:
        """Whether the reserves are the balances."""
        return self.balances == (self.pair.reserve0, self.pair.reserve1)


class PairOperations:
    """One pair; `tokens` are in its order."""

    weight = 10

    def __init__(
        self, name: str, address: str, tokens: tuple[Token, Token], hands: Hands, *, fee_on: bool
    ) -> None:
        self.name = name
        self.address = address
        self.tokens = tokens
        self.hands = hands
        self.fee_on = fee_on
        self.state = PairState(UniswapV2Pair(0, 0), (0, 0), PairShares(0, 0, fee_on))

    # -- drawing ---------------------------------------------------------------------------------

    def draw(self, rng: random.Random, timestamp: int) -> Operation:
        """Swap most of the time."""
        if not self.state.shares.supply:
            return self.deposit((sized(rng, 60, 90), sized(rng, 60, 90)))
        draw = rng.random()
        if draw < 0.36:
            return self._sell(rng)
        if draw < 0.56:
            return self._buy(rng)
        if draw < 0.70:
            return self._flash(rng)
        if draw < 0.80:
            return self.deposit(self._some_of_both(rng))
        if draw < 0.88:
            most = self.state.held
            return self.withdraw(min(sized(rng, 1, most.bit_length() + 1), most + 1))
        if draw < 0.93:
            return self._give(rng)
        return self._match(rng.random() < 0.5)

    def _sell(self, rng: random.Random) -> Operation:
        token_in = rng.randrange(2)
        reserve = (self.state.pair.reserve0, self.state.pair.reserve1)[token_in]
        amount = sized(rng, 1, min(reserve.bit_length() + 3, 112))
        if rng.random() < 0.02:
            amount = 1 << 112
        quote, refused = refusal_of(
            lambda: self.state.pair.amount_out(token_in, 1 - token_in, amount)
        )
        # One more than the quote breaks the rule, unless a gift pays for it.
        out = 1 if refused else max(quote + rng.choice((0, 0, 0, 0, 1, -1)), 0)
        return self._swap(f"sell {amount} of token {token_in}", token_in, amount, out)

    def _buy(self, rng: random.Random) -> Operation:
        token_in = rng.randrange(2)
        reserve = (self.state.pair.reserve1, self.state.pair.reserve0)[token_in]
        wanted = min(sized(rng, 1, reserve.bit_length()), reserve - rng.randint(0, 2))
        cost, refused = refusal_of(
            lambda: self.state.pair.amount_in(token_in, 1 - token_in, wanted)
        )
        paid = 10**18 if refused else max(cost - rng.choice((0, 0, 0, 0, 1, 2)), 0)
        return self._swap(f"buy {wanted} of token {1 - token_in}", token_in, paid, wanted)

    def _swap(self, what: str, token_in: int, amount: int, out: int) -> Operation:
        sent = (amount, 0) if token_in == 0 else (0, amount)
        outs = (0, out) if token_in == 0 else (out, 0)
        return self.trade(what, sent, outs, (0, 0))

    def _flash(self, rng: random.Random) -> Operation:
        """Borrow of one token or both, pay back the same or the other, sometimes one too little."""
        reserves = (self.state.pair.reserve0, self.state.pair.reserve1)
        which = rng.choice(((1, 0), (0, 1), (1, 1)))
        outs = tuple(
            min(sized(rng, 1, max(reserve.bit_length() - 1, 1)), reserve - 1) * chosen
            for reserve, chosen in zip(reserves, which, strict=True)
        )
        back = tuple(-(-out * 1000 // 997) for out in outs)
        if rng.random() < 0.3:
            back = tuple(max(amount - 1, 0) for amount in back)
        return self.trade(f"borrow {outs}", (0, 0), outs, back)

    def trade(
        self,
        what: str,
        sent: tuple[int, int],
        outs: tuple[int, ...],
        back: tuple[int, ...],
    ) -> Operation:
        """Send both tokens first, take both out, pay both back."""
        state = self.state
        steps = [self._send(token, amount) for token, amount in enumerate(sent) if amount]
        note = pay_note(*self.tokens, *back) if any(back) else b""
        steps.append(Step(self.address, call_data(
            "swap(uint256,uint256,address,bytes)", *outs, self.hands.address, note
        )))  # fmt: skip
        balances = tuple(
            held + sent[token] - outs[token] + back[token]
            for token, held in enumerate(state.balances)
        )
        reserves = (state.pair.reserve0, state.pair.reserve1)
        ins = tuple(
            max(balance - (reserve - out), 0)
            for balance, reserve, out in zip(balances, reserves, outs, strict=True)
        )
        event = PairSwap(*ins, *outs)
        after, refused = refusal_of(lambda: state.pair.swap(event))
        if refused:
            return self._operation(what, steps, refused).about("swap", *event)
        assert (after.reserve0, after.reserve1) == balances
        self.state = attrs.evolve(state, pair=after, balances=balances)
        return self._operation(
            what, steps, None,
            (self._sync(), self._said("Swap", self.hands.address, *event, self.hands.address)),
            *((token.address, balances[at] * -1 + state.balances[at])
              for at, token in enumerate(self.tokens)),
        ).about("swap", *event, answer=balances)  # fmt: skip

    def _some_of_both(self, rng: random.Random) -> tuple[int, int]:
        pair = self.state.pair
        amount0 = sized(rng, 1, min(pair.reserve0.bit_length() + 1, 111))
        fair = amount0 * pair.reserve1 // max(pair.reserve0, 1)
        return amount0, fair if rng.random() < 0.5 else sized(rng, 1, max(fair.bit_length(), 1) + 1)

    def deposit(self, amounts: tuple[int, int]) -> Operation:
        state, here = self.state, self.hands.address
        steps = [self._send(token, amount) for token, amount in enumerate(amounts)]
        steps.append(Step(self.address, call_data("mint(address)", here)))
        balances = (state.balances[0] + amounts[0], state.balances[1] + amounts[1])
        predicted, refused = refusal_of(lambda: state.shares.mint(state.pair, *balances))
        if refused:
            return self._operation(f"deposit {amounts}", steps, refused).about("mint", *balances)
        shares, after, minted = predicted
        gained = tuple(
            balance - reserve
            for balance, reserve in zip(
                balances, (state.pair.reserve0, state.pair.reserve1), strict=True
            )
        )
        self.state = PairState(after, balances, shares, state.held + minted)
        return self._operation(
            f"deposit {amounts}", steps, None,
            (self._sync(), self._said("Mint", here, *gained)),
            (self.tokens[0].address, -amounts[0]), (self.tokens[1].address, -amounts[1]),
            (self.address, minted),
        ).about("mint", *balances, answer=(minted, *balances))  # fmt: skip

    def withdraw(self, shares: int) -> Operation:
        state, here = self.state, self.hands.address
        steps = [
            Step(self.address, call_data("transfer(address,uint256)", self.address, shares)),
            Step(self.address, call_data("burn(address)", here)),
        ]
        if shares > state.held:
            return self._operation(f"withdraw {shares}", steps, "the hands hold less")
        predicted, refused = refusal_of(
            lambda: state.shares.burn(state.pair, *state.balances, shares)
        )
        asked = ("burn", *state.balances, shares)
        if refused:
            return self._operation(f"withdraw {shares}", steps, refused).about(*asked)
        left, after, amount0, amount1 = predicted
        balances = (after.reserve0, after.reserve1)
        self.state = PairState(after, balances, left, state.held - shares)
        return self._operation(
            f"withdraw {shares}", steps, None,
            (self._sync(), self._said("Burn", here, amount0, amount1, here)),
            (self.tokens[0].address, amount0), (self.tokens[1].address, amount1),
            (self.address, -shares),
        ).about(*asked, answer=(amount0, amount1, *balances))  # fmt: skip

    def _give(self, rng: random.Random) -> Operation:
        token, amount = rng.randrange(2), sized(rng, 1, 80)
        balances = list(self.state.balances)
        balances[token] += amount
        self.state = attrs.evolve(self.state, balances=tuple(balances))
        return self._operation(
            f"give {amount} of token {token}", [self._send(token, amount)], None, (),
            (self.tokens[token].address, -amount),
        )  # fmt: skip

    def _match(self, sync: bool) -> Operation:
        state = self.state
        if sync:
            step = Step(self.address, call_data("sync()"))
            after, refused = refusal_of(lambda: synced(state))
            if refused:
                return self._operation("sync", [step], refused)
            self.state = attrs.evolve(state, pair=after)
            done = self._operation("sync", [step], None, (self._sync(),))
            return done.about("sync", *state.balances)
        step = Step(self.address, call_data("skim(address)", self.hands.address))
        surplus = skimmed(state.pair, *state.balances)
        self.state = attrs.evolve(state, balances=(state.pair.reserve0, state.pair.reserve1))
        return self._operation(
            "skim", [step], None, (),
            *((token.address, amount) for token, amount in zip(self.tokens, surplus, strict=True)),
        )  # fmt: skip

    def _operation(
        self,
        what: str,
        steps: list[Step],
        refused: str | None,
        said: tuple[Said, ...] = (),
        *moves: tuple[str, int],
    ) -> Operation:
        return Operation(
            self.name, what, self.hands.perform(*steps), refused, said, moves_of(*moves)
        )

    def _send(self, token: int, amount: int) -> Step:
        data = call_data("transfer(address,uint256)", self.address, amount)
        return Step(self.tokens[token].address, data)

    def _said(self, name: str, *values: Any) -> Said:
        return Said(self.address, name, values)

    def _sync(self) -> Said:
        return self._said("Sync", self.state.pair.reserve0, self.state.pair.reserve1)

    # -- following -------------------------------------------------------------------------------

    @property
    def _keys(self) -> tuple[bytes, bytes]:
        return key_of(self.address), key_of(self.address) + b"shares"

    def planned(self) -> dict[bytes, Any]:
        """The pair and its shares."""
        return dict(zip(self._keys, (self.state.pair, self.state.shares), strict=True))

    def events(self) -> list[tuple[str, EventShape]]:
        """Those of the pair."""
        return [(self.address, shape) for shape in _EVENTS]

    def follow(self, said: Said, view: View, timestamp: int) -> None:
        """Sync says the reserves; a Mint or Burn is when the product is noted."""
        pair, shares = (view.get(key) for key in self._keys)
        if said.name == "Sync":
            view.put(self._keys[0], pair.apply_sync(*said.values))
        elif said.name in ("Mint", "Burn"):
            view.put(self._keys[1], shares.apply_liquidity(pair))

    def transfer(self, token: str, sender: str, to: str, amount: int, view: View) -> None:
        """Shares come from address 0 and go to address 0."""
        if token == self.address and ZERO in (sender, to) and amount:
            shares = view.get(self._keys[1])
            # The first deposit's minimum is minted to address 0.
            view.put(self._keys[1], shares.apply_supply(amount if sender == ZERO else -amount))

    def questions(self, ledger: PoolLedger[Any]) -> list[Question]:
        """Reserves, supply and product; balances as planned."""
        pair, shares = (ledger.get(key) for key in self._keys)
        here = self.address
        return [
            Question.of(here, "getReserves()", returns="(uint112,uint112,uint32)",
                        expected=(pair.reserve0, pair.reserve1)),
            Question.of(here, "totalSupply()", returns="(uint256)", expected=(shares.supply,)),
            Question.of(here, "kLast()", returns="(uint256)", expected=(shares.k_last,)),
        ]  # fmt: skip


def synced(state: PairState) -> UniswapV2Pair:
    """The pair after a sync; refused where a balance is no uint112."""
    if max(state.balances) >> 112:
        raise QuoteRefused("a balance is no uint112")
    return state.pair.apply_sync(*state.balances)
