"""The demo world: a chain that grows, trades and now and then reorganises, from a seed alone.

A block is a function of its parent and of a salt; `advance` draws whether the next step extends the
head or replaces its last blocks by a branch with another salt, which leaves out some of the pending
transactions, so that many stand in both branches. The same seed and the same number of steps give
the same bytes everywhere. Only a window of blocks is kept; blocks some way behind the head are
safe, older ones finalized, and no reorganisation reaches a safe block.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from attrs import field, frozen, validators

from qenus.chain.chains import Chain
from qenus.errors import LocalProtocolError
from qenus.simulation.accounts import accounts_from_seed
from qenus.simulation.block_json import Executed
from qenus.simulation.blocks import (
    DEMO_CHAIN,
    DemoBlock,
    genesis_block,
    next_base_fee,
    seal_block,
)
from qenus.simulation.draws import Draws
from qenus.simulation.market import Market
from qenus.simulation.pools import DEMO_POOLS, TOKENS
from qenus.simulation.traders import Action, founding_actions, trading_actions, walk
from qenus.simulation.transactions import Fees, sign_transaction

__all__ = ["Advance", "World", "WorldRules"]

_GWEI = 10**9
# Demand halves and doubles around this base fee, which keeps the base fee near it.
_ANCHOR_FEE = 8 * _GWEI


@frozen(kw_only=True)
class WorldRules:
    """The parameters of a world; the seed decides the rest.

    `reorg_chance` is in thousandths a step; `empty_branch_chance` of them, in thousandths, lead to
    blocks without transactions; `safe_lag` and `final_lag` are blocks behind the head;
    an orphaned block is known by its hash until `orphan_memory` further ones are built.
    """

    seed: bytes = b"qenus demo"
    chain: Chain = DEMO_CHAIN
    genesis_timestamp: int = 1_750_000_000
    seconds_per_block: int = field(default=12, validator=validators.ge(1))
    transactions_per_block: int = field(
        default=40, validator=[validators.ge(0), validators.le(2_000)]
    )
    gas_limit: int = field(default=12_000_000, validator=validators.ge(5_000_000))
    account_count: int = field(default=24, validator=validators.ge(1))
    reorg_chance: int = field(default=40, validator=[validators.ge(0), validators.le(1_000)])
    empty_branch_chance: int = field(
        default=150, validator=[validators.ge(0), validators.le(1_000)]
    )
    max_reorg_depth: int = field(default=3, validator=validators.ge(1))
    safe_lag: int = field(default=6, validator=validators.ge(2))
    final_lag: int = field(default=12, validator=validators.ge(3))
    kept_blocks: int = field(default=512, validator=validators.ge(32))
    orphan_memory: int = field(default=64, validator=validators.ge(0))
    history_blocks: int = field(default=24, validator=validators.ge(1))

    def __attrs_post_init__(self) -> None:
        if not self.max_reorg_depth < self.safe_lag < self.final_lag < self.kept_blocks:
            raise LocalProtocolError(
                "expected max_reorg_depth < safe_lag < final_lag < kept_blocks, found "
                f"{self.max_reorg_depth}, {self.safe_lag}, {self.final_lag}, {self.kept_blocks}"
            )


@frozen(eq=False)
class _State:
    """The state that the next block starts from."""

    market: Market
    prices: Mapping[str, int]
    nonces: Mapping[int, int]
    # The index of the first founding action for which earlier blocks had no room.
    founded: int


class Advance(NamedTuple):
    """One step: blocks that left the canonical chain, newest first; that joined, oldest first."""

    orphaned: tuple[DemoBlock, ...]
    added: tuple[DemoBlock, ...]


class World:
    """A chain and its market. `advance` moves it one step; everything else only reads."""

    def __init__(self, rules: WorldRules | None = None) -> None:
        self.rules = rules or WorldRules()
        self.chain = self.rules.chain
        self._draws = Draws(self.rules.seed)
        self._accounts = accounts_from_seed(self.rules.seed, self.rules.account_count)
        prices = {symbol: token.start_price for symbol, token in TOKENS.items()}
        self._founding = tuple(founding_actions(DEMO_POOLS, prices, self._accounts[0].address))
        genesis = genesis_block(
            chain_name=self.chain.name,
            gas_limit=self.rules.gas_limit,
            timestamp=self.rules.genesis_timestamp,
        )
        self._states: dict[bytes, _State] = {genesis.hash: _State(Market.empty(), prices, {}, 0)}
        self._blocks: OrderedDict[bytes, DemoBlock] = OrderedDict({genesis.hash: genesis})
        self._canonical: dict[int, DemoBlock] = {0: genesis}
        self._transactions: dict[bytes, bytes] = {}
        # Orphaned block -> how many blocks had been built when it was orphaned.
        self._orphans: dict[bytes, int] = {}
        self._built = 0
        self._safe = self._finalized = genesis
        self._steps = 0
        self.head = genesis
        while self.head.number < self.rules.history_blocks:
            self._extend(self._build(self.head, b"", empty=False))

    def advance(self) -> Advance:
        """Move one step: extend the head by a block, or replace its last blocks by a branch."""
        self._steps += 1
        draws = self._draws.fork("step", self._steps)
        depth = 0
        if draws.chance(self.rules.reorg_chance, 1_000):
            reachable = self.head.number - self._safe.number
            depth = min(draws.integer(1, self.rules.max_reorg_depth), reachable)
        return self._reorganise(depth, draws) if depth else self.extend()

    def extend(self) -> Advance:
        """Extend the head by one block."""
        block = self._build(self.head, b"", empty=False)
        self._extend(block)
        return Advance((), (block,))

    def reorganise(self, depth: int, *, count: int | None = None, empty: bool = False) -> Advance:
        """Replace the last `depth` blocks by `count` others (default: one more than they were).

        Raises:
            LocalProtocolError: the depth would reach a safe block, or no block would be new.
        """
        self._steps += 1
        return self._branch(depth, depth + 1 if count is None else count, empty)

    def _reorganise(self, depth: int, draws: Draws) -> Advance:
        # Mostly the new branch is longer; sometimes it is as long (a late block), rarely shorter.
        longer = draws.choice((1, 1, 1, 1, 1, 0, 0, -1))
        empty = draws.chance(self.rules.empty_branch_chance, 1_000)
        return self._branch(depth, max(depth + longer, 1), empty)

    def _branch(self, depth: int, count: int, empty: bool) -> Advance:
        reachable = self.head.number - self._safe.number
        if not 1 <= depth <= reachable or count < 1:
            raise LocalProtocolError(
                f"a branch replaces 1..{reachable} blocks by some, asked for {depth} by {count}"
            )
        orphaned = tuple(self._canonical.pop(self.head.number - back) for back in range(depth))
        self._orphans.update((block.hash, self._built) for block in orphaned)
        for block in orphaned:
            for transaction in block.json.receipt_of:
                self._transactions.pop(transaction, None)
        self.head = self._blocks[orphaned[-1].parent_hash]
        salt = self._steps.to_bytes(8, "big")
        added = []
        for _ in range(count):
            block = self._build(self.head, salt, empty=empty)
            self._extend(block)
            added.append(block)
        return Advance(orphaned, tuple(added))

    def block_by_hash(self, block_hash: bytes) -> DemoBlock | None:
        """Return a block of the window, None when unknown or orphaned too long ago."""
        orphaned_at = self._orphans.get(block_hash)
        if orphaned_at is not None and self._built - orphaned_at >= self.rules.orphan_memory:
            return None
        return self._blocks.get(block_hash)

    def is_canonical(self, block: DemoBlock) -> bool:
        """Return whether a block stands on the chain of the head."""
        return self._canonical.get(block.number) is block

    def block_by_number(self, number: int) -> DemoBlock | None:
        """Return the canonical block with this number, None beyond the head or the window."""
        return self._canonical.get(number)

    def block_of_transaction(self, transaction_hash: bytes) -> DemoBlock | None:
        """Return the canonical block that holds a transaction, None when there is none."""
        block_hash = self._transactions.get(transaction_hash)
        return None if block_hash is None else self._blocks[block_hash]

    def market_at(self, block_hash: bytes) -> Market | None:
        """Return the pools after a block of the window, None when unknown."""
        state = self._states.get(block_hash)
        return None if state is None else state.market

    @property
    def safe(self) -> DemoBlock:
        """The newest block that no reorganisation will reach; its number never falls."""
        return self._safe

    @property
    def finalized(self) -> DemoBlock:
        """The newest finalized block; its number never falls."""
        return self._finalized

    def _extend(self, block: DemoBlock) -> None:
        self.head = block
        self._canonical[block.number] = block
        for transaction in block.json.receipt_of:
            self._transactions[transaction] = block.hash
        # A shorter branch lowers the head, never safe and finalized.
        safe = max(block.number - self.rules.safe_lag, self._safe.number)
        final = max(block.number - self.rules.final_lag, self._finalized.number)
        self._safe, self._finalized = self._canonical[safe], self._canonical[final]
        while len(self._blocks) > self.rules.kept_blocks:
            self._forget(next(iter(self._blocks)))

    def _forget(self, block_hash: bytes) -> None:
        block = self._blocks.pop(block_hash)
        self._states.pop(block_hash, None)
        if self._orphans.pop(block_hash, None) is not None:
            return
        self._canonical.pop(block.number, None)
        for transaction in block.json.receipt_of:
            self._transactions.pop(transaction, None)

    def _build(self, parent: DemoBlock, salt: bytes, *, empty: bool) -> DemoBlock:
        """Build and keep the block on `parent` that this salt gives."""
        state = self._states[parent.hash]
        draws = self._draws.fork("block", parent.hash, salt)
        pending = self._draws.fork("pending", parent.number + 1)
        prices = walk(state.prices, pending.fork("prices"))
        actions: Iterable[Action] = ()
        founded = state.founded
        if not empty and founded < len(self._founding):
            actions = self._founding[founded:]
        elif not empty:
            count = self._demand(parent, draws.fork("demand"))
            # A branch leaves out one in five of what its rival block had before it.
            left_out = draws.fork("left out")
            numbers = [n for n in range(count) if not salt or not left_out.chance(1, 5)]
            actions = trading_actions(state.market, DEMO_POOLS, prices, pending, numbers)
        nonces, market, gas = dict(state.nonces), state.market, 0
        executed: list[Executed] = []
        for action in actions:
            # A gas limit has a margin above the gas used; the block must have room for the limit.
            if gas + _gas_limit(action) > self.rules.gas_limit:
                break
            executed.append(self._execute(action, next_base_fee(parent.header), nonces, pending))
            market, gas = action.market, gas + action.gas
        if founded < len(self._founding):
            founded += len(executed)
        block = seal_block(parent, executed, draws, seconds=self.rules.seconds_per_block)
        self._built += 1
        self._blocks[block.hash] = block
        self._states[block.hash] = _State(market, prices, nonces, founded)
        return block

    def _demand(self, parent: DemoBlock, draws: Draws) -> int:
        """Draw how many transactions are offered: fewer when the base fee is high."""
        eager = min(max(_ANCHOR_FEE * 1_000 // next_base_fee(parent.header), 300), 1_700)
        return self.rules.transactions_per_block * eager * draws.integer(70, 130) // 100_000

    def _execute(
        self, action: Action, base_fee: int, nonces: dict[int, int], pending: Draws
    ) -> Executed:
        draws = pending.fork("sender", action.number)
        at = draws.integer(0, len(self._accounts) - 1)
        nonce = nonces.get(at, 0)
        nonces[at] = nonce + 1
        tip = draws.integer(_GWEI // 100, 3 * _GWEI)
        fees = Fees(2 * base_fee + tip, tip)
        if draws.chance(1, 5):
            fees = Fees(base_fee + tip, base_fee + tip, legacy=True)
        transaction = sign_transaction(
            self._accounts[at], chain_id=self.chain.chain_id, nonce=nonce, fees=fees,
            gas_limit=_gas_limit(action), to=action.to, value=action.value, data=action.data,
        )  # fmt: skip
        return Executed(transaction, action.gas, action.succeeded, action.logs)


def _gas_limit(action: Action) -> int:
    return action.gas if action.gas == 21_000 else action.gas * 5 // 4
