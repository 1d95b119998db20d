"""Uniswap V3: swaps, positions and flash loans, predicted."""

import random
from typing import Any

from concentrated_operations import ConcentratedOperations, PoolState, Range, tick_facts
from drawn_operations import EventShape, Operation, Question, Said, View, key_of, refusal_of, sized

from qenus.pools import PoolLedger, Swap, SwapFees, UniswapV3Pool, part_of_fee
from tools.devnet.calls import call_data
from tools.devnet.protocols.flash_loans import pay_note
from tools.devnet.protocols.hands import Hands, Step
from tools.devnet.protocols.tokens import Token

__all__ = ["V3Operations"]

_EVENTS = tuple(
    EventShape.of(declaration)
    for declaration in (
        "Swap(address indexed,address indexed,int256,int256,uint160,uint128,int24)",
        "Mint(address,address indexed,int24 indexed,int24 indexed,uint128,uint256,uint256)",
        "Burn(address indexed,int24 indexed,int24 indexed,uint128,uint256,uint256)",
        "Collect(address indexed,address,int24 indexed,int24 indexed,uint128,uint128)",
        "Flash(address indexed,address indexed,uint256,uint256,uint256,uint256)",
    )
)


class V3Operations(ConcentratedOperations):
    """One pool of Uniswap V3."""

    def __init__(
        self,
        name: str,
        weight: int,
        address: str,
        tokens: tuple[Token, Token],
        hands: Hands,
        pool: UniswapV3Pool,
        *,
        calm: bool = False,
        fee_protocol: Range = (0, 0),
    ) -> None:
        """`fee_protocol` says of each token what part the protocol keeps: one in so many."""
        state = PoolState(pool)
        super().__init__(name, weight, tokens, hands, pool.tick_spacing, state, calm=calm)
        self.address = address
        self.fee_protocol = fee_protocol
        self.note = pay_note(*tokens)

    @property
    def key(self) -> bytes:
        """Its address."""
        return key_of(self.address)

    def curve(self) -> UniswapV3Pool:
        """The pool itself."""
        return self.state.pool

    def swapped(self, down: bool, amount: int, limit: int, timestamp: int) -> Any:
        """As the pool says."""
        swapped = self.state.pool.swap(down, amount, limit)
        return swapped, swapped.pool, None, ()

    def swap_fees(self, down: bool, amount: int, limit: int, timestamp: int) -> SwapFees:
        """As the pool says."""
        parts = self.protocol_part(0 if down else 1)
        return self.state.pool.swap_fees(down, amount, limit, protocol=part_of_fee(*parts))

    def protocol_part(self, token: int) -> Range:
        """What the protocol keeps of fees in a token: so many parts of so many."""
        denominator = self.fee_protocol[token]
        return (1, denominator) if denominator else (0, 1)

    def swap_step(self, down: bool, amount: int, limit: int) -> Step:
        """A swap for the hands."""
        return Step(self.address, call_data(
            "swap(address,bool,int256,uint160,bytes)",
            *(self.hands.address, down, amount, limit, self.note),
        ))  # fmt: skip

    def swap_said(self, event: Swap) -> Said:
        """The event Swap."""
        here = self.hands.address
        return Said(self.address, "Swap", (here, here, *event))

    def mint_steps(self, span: Range, liquidity: int) -> list[Step]:
        """A mint for the hands."""
        return [Step(self.address, call_data(
            "mint(address,int24,int24,uint128,bytes)",
            *(self.hands.address, *span, liquidity, self.note),
        ))]  # fmt: skip

    def minted(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """As the pool says."""
        after, *amounts = self.state.pool.mint(*span, liquidity)
        here = self.hands.address
        said = Said(self.address, "Mint", (here, here, *span, liquidity, *amounts))
        return after, None, amounts, (said,)

    def burn_steps(self, span: Range, liquidity: int, amounts: Range) -> list[Step]:
        """A burn, and the collection of what it frees, but of no fees."""
        return [
            Step(self.address, call_data("burn(int24,int24,uint128)", *span, liquidity)),
            Step(self.address, call_data(
                "collect(address,int24,int24,uint128,uint128)",
                *(self.hands.address, *span, *amounts),
            )),
        ]  # fmt: skip

    def burned(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """As the pool says."""
        after, *amounts = self.state.pool.burn(*span, liquidity, position=self._standing(span))
        here = self.hands.address
        said = (
            Said(self.address, "Burn", (here, *span, liquidity, *amounts)),
            Said(self.address, "Collect", (here, here, *span, *amounts)),
        )
        return after, None, amounts, said

    def lend(self, rng: random.Random) -> Operation:
        """Borrow, and pay back the fee or one unit less."""
        amounts = tuple(sized(rng, 1, 40) * rng.randint(0, 1) for _ in range(2))
        fees, refused = refusal_of(lambda: self.state.pool.flash_fees(*amounts))
        fees = fees or (0, 0)
        paid = fees
        if any(fees) and rng.random() < 0.3:
            paid, refused = tuple(max(fee - 1, 0) for fee in fees), "the fee is short"
        back = tuple(amount + fee for amount, fee in zip(amounts, paid, strict=True))
        note = pay_note(*self.tokens, *back)
        here = self.hands.address
        step = Step(self.address, call_data(
            "flash(address,uint256,uint256,bytes)", here, *amounts, note
        ))  # fmt: skip
        if refused:
            return self.operation(f"borrow {amounts}", [step], refused)
        said = Said(self.address, "Flash", (here, here, *amounts, *paid))
        parts = (self.protocol_part(token) for token in (0, 1))
        kept = tuple(fee * part // whole for fee, (part, whole) in zip(paid, parts, strict=True))
        self.earned(paid, kept)
        done = self.operation(f"borrow {amounts}", [step], None, (said,), *(-fee for fee in paid))
        return done.about("flash", *amounts, answer=fees)

    # -- following -------------------------------------------------------------------------------

    def events(self) -> list[tuple[str, EventShape]]:
        """Those of the pool."""
        return [(self.address, shape) for shape in _EVENTS]

    def follow(self, said: Said, view: View, timestamp: int) -> None:
        """Swap, Mint and Burn say all there is."""
        pool = view.get(self.key)
        if said.name == "Swap":
            view.put(self.key, pool.apply_swap(Swap(*said.values[2:])))
        elif said.name in ("Mint", "Burn"):
            # Both end in ticks, liquidity and two amounts.
            lower, upper, liquidity = said.values[-5:-2]
            self.touched |= {lower, upper}
            sign = 1 if said.name == "Mint" else -1
            view.put(self.key, pool.apply_liquidity(lower, upper, sign * liquidity))

    def questions(self, ledger: PoolLedger[Any]) -> list[Question]:
        """slot0, liquidity, fees, and each tick that liquidity changed at."""
        pool, here = ledger.get(self.key), self.address
        return [
            Question.of(here, "slot0()",
                        returns="(uint160,int24,uint16,uint16,uint16,uint8,bool)",
                        expected=(pool.sqrt_price_x96, pool.tick)),
            Question.of(here, "liquidity()", returns="(uint128)", expected=(pool.liquidity,)),
            *(
                Question.of(here, f"feeGrowthGlobal{token}X128()", returns="(uint256)",
                            expected=(self.state.growth[token],))
                for token in (0, 1)
            ),
            Question.of(here, "protocolFees()", returns="(uint128,uint128)",
                        expected=self.state.kept),
            *(
                Question.of(here, "ticks(int24)", tick, returns="(uint128,int128)",
                            expected=tick_facts(pool, tick))
                for tick in self.touched_ticks()
            ),
        ]  # fmt: skip
