"""Algebra 1.0: Uniswap V3's operations, and the fee that the block's first of them sets."""

from typing import Any

from concentrated_operations import PoolState, Range, tick_facts
from drawn_operations import EventShape, Question, Said, View
from v3_operations import V3Operations

from qenus.pools import AlgebraPool, PoolLedger, Swap, SwapFees, UniswapV3Pool
from tools.devnet.calls import call_data
from tools.devnet.protocols.hands import Hands, Step
from tools.devnet.protocols.tokens import Token

__all__ = ["AlgebraOperations"]


class AlgebraOperations(V3Operations):
    """One pool of Algebra's."""

    def __init__(
        self,
        name: str,
        weight: int,
        address: str,
        tokens: tuple[Token, Token],
        hands: Hands,
        pool: AlgebraPool,
        *,
        calm: bool = False,
        community_fees: Range = (0, 0),
        vault: str | None = None,
    ) -> None:
        """`community_fees` are the parts of 1,000 that go to the `vault`, by token; where a vault
        is given, no other pool pays it in these tokens."""
        super().__init__(name, weight, address, tokens, hands, pool.liquidity, calm=calm)
        self.state = PoolState(pool)
        self.community_fees = community_fees
        self.vault = vault

    def curve(self) -> UniswapV3Pool:
        """What is a V3 pool in it."""
        return self.state.pool.liquidity

    def swapped(self, down: bool, amount: int, limit: int, timestamp: int) -> Any:
        """As the pool says."""
        before = self.state.pool
        swapped = before.swap(down, amount, limit, timestamp=timestamp)
        after = before.in_block(timestamp).apply_swap(swapped.event, timestamp)
        return swapped, after, None, self._fee_said(timestamp)

    def swap_fees(self, down: bool, amount: int, limit: int, timestamp: int) -> SwapFees:
        """As the pool says."""
        return self.state.pool.swap_fees(
            down, amount, limit,
            timestamp=timestamp, community_fee=self.community_fees[0 if down else 1],
        )  # fmt: skip

    def protocol_part(self, token: int) -> Range:
        """What goes to the vault."""
        return self.community_fees[token], 1000

    def mint_steps(self, span: Range, liquidity: int) -> list[Step]:
        """A mint for the hands."""
        here = self.hands.address
        return [Step(self.address, call_data(
            "mint(address,address,int24,int24,uint128,bytes)",
            *(here, here, *span, liquidity, self.note),
        ))]  # fmt: skip

    def minted(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """As the pool says."""
        after, *amounts = self.state.pool.mint(*span, liquidity, timestamp)
        here = self.hands.address
        said = Said(self.address, "Mint", (here, here, *span, liquidity, *amounts))
        return after, None, amounts, (*self._set_in_range(span, timestamp), said)

    def burned(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """As the pool says."""
        after, *amounts = self.state.pool.burn(
            *span, liquidity, timestamp, position=self._standing(span)
        )
        here = self.hands.address
        said = (
            Said(self.address, "Burn", (here, *span, liquidity, *amounts)),
            Said(self.address, "Collect", (here, here, *span, *amounts)),
        )
        return after, None, amounts, (*self._set_in_range(span, timestamp), *said)

    def _set_in_range(self, span: Range, timestamp: int) -> tuple[Said, ...]:
        in_range = span[0] <= self.curve().tick < span[1]
        return self._fee_said(timestamp) if in_range else ()

    def _fee_said(self, timestamp: int) -> tuple[Said, ...]:
        """The fee, where this is what sets the block's."""
        pool = self.state.pool
        if timestamp == pool.fees_at:
            return ()
        return (Said(self.address, "Fee", pool.fees_in(timestamp)[:1]),)

    # -- following -------------------------------------------------------------------------------

    def events(self) -> list[tuple[str, EventShape]]:
        """Uniswap's, and the fee."""
        return [*super().events(), (self.address, EventShape.of("Fee(uint16)"))]

    def follow(self, said: Said, view: View, timestamp: int) -> None:
        """The times of blocks count here."""
        pool = view.get(self.key)
        if said.name == "Fee":
            view.put(self.key, pool.apply_fee(said.values[0], said.values[0], timestamp))
        elif said.name == "Swap":
            view.put(self.key, pool.apply_swap(Swap(*said.values[2:]), timestamp))
        elif said.name in ("Mint", "Burn"):
            lower, upper, liquidity = said.values[-5:-2]
            self.touched |= {lower, upper}
            change = liquidity if said.name == "Mint" else -liquidity
            view.put(self.key, pool.apply_liquidity(lower, upper, change, timestamp))

    def questions(self, ledger: PoolLedger[Any]) -> list[Question]:
        """globalState with its fee, liquidity, fee growth, what the vault holds, and each tick that
        liquidity changed at."""
        pool, here = ledger.get(self.key), self.address
        curve = pool.liquidity
        return [
            Question.of(here, "globalState()",
                        returns="(uint160,int24,uint16,uint16,uint8,uint8,bool)",
                        expected=(curve.sqrt_price_x96, curve.tick, pool.fee_zero_to_one)),
            Question.of(here, "liquidity()", returns="(uint128)", expected=(curve.liquidity,)),
            *(
                Question.of(here, f"totalFeeGrowth{token}Token()", returns="(uint256)",
                            expected=(self.state.growth[token],))
                for token in (0, 1)
            ),
            *self._of_the_vault(),
            *(
                Question.of(here, "ticks(int24)", tick, returns="(uint128,int128)",
                            expected=tick_facts(curve, tick))
                for tick in self.touched_ticks()
            ),
        ]  # fmt: skip

    def _of_the_vault(self) -> list[Question]:
        if self.vault is None:
            return []
        return [
            Question.of(token.address, "balanceOf(address)", self.vault, returns="(uint256)",
                        expected=(kept,))
            for token, kept in zip(self.tokens, self.state.kept, strict=True)
        ]  # fmt: skip
