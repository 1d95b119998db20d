"""Uniswap V4: swaps, positions and donations within the manager's lock, predicted."""

import random
from typing import Any

from concentrated_operations import ConcentratedOperations, PoolState, Range, tick_facts
from drawn_operations import EventShape, Operation, Question, Said, View, refusal_of, sized
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from qenus.pools import PoolLedger, Swap, SwapFees, UniswapV3Pool, UniswapV4Pool, pool_id
from tools.devnet.calls import call_data
from tools.devnet.protocols.hands import Hands, Step, unlocked
from tools.devnet.protocols.tokens import Token

__all__ = ["V4Operations"]

_KEY = "(address,address,uint24,int24,address)"
_EVENTS = tuple(
    EventShape.of(declaration)
    for declaration in (
        "Swap(bytes32 indexed,address indexed,int128,int128,uint160,uint128,int24,uint24)",
        "ModifyLiquidity(bytes32 indexed,address indexed,int24,int24,int256,bytes32)",
        "Donate(bytes32 indexed,address indexed,uint256,uint256)",
        "ProtocolFeeUpdated(bytes32 indexed,uint24)",
    )
)
_NO_HOOKS = "0x" + "00" * 20
_SOMEONE = "0x" + "fe" * 20
_NO_SALT = bytes(32)
# Where the manager keeps its pools, and within one what: StateLibrary's numbers.
_POOLS_SLOT, _GROWTH, _LIQUIDITY, _TICKS = 6, 1, 3, 4


class V4Operations(ConcentratedOperations):
    """One pool of the manager's."""

    def __init__(
        self,
        name: str,
        weight: int,
        manager: str,
        tokens: tuple[Token, Token],
        hands: Hands,
        pool: UniswapV3Pool,
    ) -> None:
        state = PoolState(UniswapV4Pool.at(pool))
        super().__init__(name, weight, tokens, hands, pool.tick_spacing, state)
        self.manager = manager
        self.pool_key = (tokens[0].address, tokens[1].address, pool.fee, pool.tick_spacing)
        self.id = pool_id(
            *(bytes.fromhex(token.address[2:]) for token in tokens),
            *(pool.fee, pool.tick_spacing, bytes(20)),
        )

    @property
    def key(self) -> bytes:
        """Its id."""
        return self.id

    def curve(self) -> UniswapV3Pool:
        """What is a V3 pool in it."""
        return self.state.pool.liquidity

    def _locked(self, signature: str, *values: Any, to: str | None = None) -> Step:
        """A call about this pool, and the settlement of both currencies with the hands."""
        name, _, rest = signature.partition("(")
        data = call_data(f"{name}({_KEY},{rest}", (*self.pool_key, _NO_HOOKS), *values)
        currencies = [token.address for token in self.tokens]
        settled = to or self.hands.address
        return unlocked(self.manager, [Step(self.manager, data)], currencies, settled)

    def swapped(self, down: bool, amount: int, limit: int, timestamp: int) -> Any:
        """As the pool says."""
        pool = self.state.pool
        swapped = pool.swap(down, amount, limit)
        self._fee = pool.swap_fee(down)
        return swapped, pool.apply_swap(swapped.event), None, ()

    def swap_fees(self, down: bool, amount: int, limit: int, timestamp: int) -> SwapFees:
        """As the pool says."""
        return self.state.pool.swap_fees(down, amount, limit)

    def swap_step(self, down: bool, amount: int, limit: int) -> Step:
        """A swap; here an amount to sell is negative."""
        # What no int256 is cannot be asked for.
        return self._locked("swap((bool,int256,uint160),bytes)", (down, -amount, limit), b"")

    def swap_said(self, event: Swap) -> Said:
        """The event Swap, counted from the swapper's side."""
        amounts = (-event.amount0, -event.amount1)
        return self._said("Swap", *amounts, *event[2:], self._fee)

    def mint_steps(self, span: Range, liquidity: int) -> list[Step]:
        """The fees that the position earned are sent elsewhere before, so that they stand apart."""
        change = self._locked(
            "modifyLiquidity((int24,int24,int256,bytes32),bytes)",
            *((*span, liquidity, _NO_SALT), b""),
        )
        return [*self._collection(span), change]

    def _collection(self, span: Range) -> list[Step]:
        """Nothing where there is no position: then it would fail."""
        if not self._standing(span):
            return []
        return [
            self._locked(
                "modifyLiquidity((int24,int24,int256,bytes32),bytes)",
                *((*span, 0, _NO_SALT), b""),
                to=_SOMEONE,
            )
        ]

    def _modified(self, span: Range, change: int) -> tuple[Said, ...]:
        said = self._said("ModifyLiquidity", *span, change, _NO_SALT)
        if not self._standing(span):
            return (said,)
        return self._said("ModifyLiquidity", *span, 0, _NO_SALT), said

    def minted(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """As the pool says."""
        after, *amounts = self.state.pool.mint(*span, liquidity)
        return after, None, amounts, self._modified(span, liquidity)

    def burn_steps(self, span: Range, liquidity: int, amounts: Range) -> list[Step]:
        """As a mint, the other way."""
        return [
            *self._collection(span),
            self._locked(
                "modifyLiquidity((int24,int24,int256,bytes32),bytes)",
                *((*span, -liquidity, _NO_SALT), b""),
            ),
        ]

    def burned(self, span: Range, liquidity: int, timestamp: int) -> Any:
        """As the pool says."""
        after, *amounts = self.state.pool.burn(*span, liquidity, position=self._standing(span))
        return after, None, amounts, self._modified(span, -liquidity)

    def lend(self, rng: random.Random) -> Operation:
        """Donate, or let the protocol change its fees."""
        amounts = tuple(sized(rng, 1, 40) * rng.randint(0, 1) for _ in range(2))
        step = self._locked("donate(uint256,uint256,bytes)", *amounts, b"")
        after, refused = refusal_of(lambda: self.state.pool.donate(*amounts))
        if refused:
            return self.operation(f"donate {amounts}", [step], refused)
        assert after == self.state.pool
        self.earned(amounts)
        said = self._said("Donate", *amounts)
        return self.operation(f"donate {amounts}", [step], None, (said,), *(-a for a in amounts))

    def _said(self, name: str, *values: Any) -> Said:
        return Said(self.manager, name, (self.id, self.hands.address, *values))

    # -- following -------------------------------------------------------------------------------

    def events(self) -> list[tuple[str, EventShape]]:
        """Those of the manager."""
        return [(self.manager, shape) for shape in _EVENTS]

    def follow(self, said: Said, view: View, timestamp: int) -> None:
        """Swap and ModifyLiquidity say all there is."""
        if said.values[0] != self.id:
            return
        pool = view.get(self.key)
        if said.name == "Swap":
            amount0, amount1, *rest, _ = said.values[2:]
            view.put(self.key, pool.apply_swap(Swap(-amount0, -amount1, *rest)))
        elif said.name == "ModifyLiquidity":
            lower, upper, change, _ = said.values[2:]
            if change:
                self.touched |= {lower, upper}
            view.put(self.key, pool.apply_liquidity(lower, upper, change))

    def questions(self, ledger: PoolLedger[Any]) -> list[Question]:
        """The words of its storage: slot0, fee growth, liquidity, and each tick that liquidity
        changed at; and what the manager owes the protocol."""
        pool = ledger.get(self.key)
        base = int.from_bytes(keccak(encode(["bytes32", "uint256"], [self.id, _POOLS_SLOT])), "big")
        curve = pool.liquidity
        slot0 = curve.sqrt_price_x96 | (curve.tick % (1 << 24)) << 160
        slot0 |= pool.protocol_fee_zero_for_one << 184 | pool.protocol_fee_one_for_zero << 196
        slot0 |= curve.fee << 208
        words = [(base, slot0), (base + _LIQUIDITY, curve.liquidity)]
        words += [(base + _GROWTH + token, self.state.growth[token]) for token in (0, 1)]
        for tick in self.touched_ticks():
            gross, net = tick_facts(curve, tick)
            where = keccak(encode(["int24", "uint256"], [tick, base + _TICKS]))
            words.append((int.from_bytes(where, "big"), gross | (net % (1 << 128)) << 128))
        return [
            Question.of(self.manager, "extsload(bytes32)", slot.to_bytes(32, "big"),
                        returns="(uint256)", expected=(word,))
            for slot, word in words
        ] + self._owed_to_the_protocol(pool)  # fmt: skip

    def _owed_to_the_protocol(self, pool: UniswapV4Pool) -> list[Question]:
        """No two pools that the protocol takes fees of have a currency in common."""
        if not pool.protocol_fee_zero_for_one:
            return []
        return [
            Question.of(self.manager, "protocolFeesAccrued(address)", token.address,
                        returns="(uint256)", expected=(kept,))
            for token, kept in zip(self.tokens, self.state.kept, strict=True)
        ]  # fmt: skip
