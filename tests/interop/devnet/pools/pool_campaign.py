"""The campaign: blocks of drawn operations on a real node, each checked, and reorganised at will.

Every transaction has one sender, so that nonces fix the order. A block's receipts are held against
what was predicted of each operation; its logs are applied to a PoolLedger; and what the ledger then
holds must be what was predicted to stand, and what the contracts themselves answer at that block.
A reorganisation undoes the ledger to the common ancestor and goes on along the new branch.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
from drawn_operations import APPROVAL, TRANSFER, EventShape, Family, Operation, Said, moves_of

from qenus.pools import PoolLedger
from tools.devnet import DevnetChain
from tools.devnet.protocols.hands import Hands

__all__ = ["Campaign"]

_PRICE_WEI = 10**10
_BLOCK_GAS = 10**12
_DEEPEST = 8
_DAY_SECONDS = 86_400


class _Changes:
    """What a block changes, over the ledger."""

    def __init__(self, ledger: PoolLedger[Any]) -> None:
        self._ledger = ledger
        self.changed: dict[bytes, Any] = {}

    def get(self, key: bytes) -> Any:
        return self.changed[key] if key in self.changed else self._ledger.get(key)

    def put(self, key: bytes, value: Any) -> None:
        self.changed[key] = value


@attrs.frozen
class _Block:
    """A block of the canonical chain: what stood after it, to come back to."""

    number: int
    hash: bytes
    timestamp: int
    states: tuple[Any, ...]


@attrs.frozen
class _Plan:
    """A block to come: what is done in it, and what must stand after it."""

    timestamp: int
    operations: list[Operation]
    states: tuple[Any, ...]


@attrs.define
class Campaign:
    """Families of pools on a node, and what was done with them."""

    node: DevnetChain
    hands: Hands
    families: Sequence[Family]
    rng: random.Random
    ledger: PoolLedger[Any] = attrs.field(factory=PoolLedger)
    chain: list[_Block] = attrs.field(factory=list)
    most_in_a_block: int = 75
    reorgs: int = 0
    undone: int = 0
    done: Counter[str] = attrs.field(factory=Counter)
    refused: Counter[str] = attrs.field(factory=Counter)
    # Gets every operation that came out as predicted, in order.
    on_held: Callable[[Operation], None] = lambda _: None
    _shapes: dict[tuple[str, str], tuple[EventShape, list[Family]]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for family in self.families:
            for emitter, shape in family.events():
                _, heard = self._shapes.setdefault((emitter, shape.topic), (shape, []))
                heard.append(family)

    async def begin(self) -> None:
        """Take what the families say of the head as what stands, once the contracts agree."""
        await self.node.rpc.call("evm_setBlockGasLimit", hex(_BLOCK_GAS))
        await self.node.mine()
        number = await self.node.block_number()
        block = await self.node.rpc.call("eth_getBlockByNumber", hex(number), False)
        self.node.first_block = number
        self._stands(block, self._planned())
        await self._ask(number)

    def seen(self, name: str) -> list[Any]:
        """Every value that a family's pool had at the end of a block that still stands."""
        (at,) = (at for at, family in enumerate(self.families) if family.name == name)
        return [block.states[at].pool for block in self.chain]

    async def run(self, operations: int, *, reorg_every: int = 5) -> None:
        """Do at least so many operations."""
        while self.done.total() < operations:
            await self._add_block()
            if self.rng.randrange(reorg_every) == 0:
                await self._reorganise()

    # -- blocks ----------------------------------------------------------------------------------

    async def do(self, *draws: Callable[[int], Operation]) -> list[Operation]:
        """Do chosen operations in one block, drawn in order by its timestamp; each is held."""
        timestamp = self.chain[-1].timestamp + self._wait()
        operations = [draw(timestamp) for draw in draws]
        states = tuple(family.state for family in self.families)
        await self._mine(_Plan(timestamp, operations, states))
        return operations

    async def _add_block(self) -> None:
        timestamp = self.chain[-1].timestamp + self._wait()
        await self._mine(self._drawn(timestamp, self.rng.randint(1, self.most_in_a_block)))

    async def _mine(self, plan: _Plan) -> None:
        nonce = await self._nonce(self.chain[-1].number)
        sent = [
            ("eth_sendTransaction", (_as_json(operation, nonce + offset),))
            for offset, operation in enumerate(plan.operations)
        ]
        await self.node.rpc.batch(sent)
        await self.node.rpc.call("evm_setNextBlockTimestamp", plan.timestamp)
        await self.node.mine()
        await self._check(plan)

    def _wait(self) -> int:
        """Mostly some seconds, now and then hours."""
        leap = self.rng.random() < 0.15
        return self.rng.randint(600, _DAY_SECONDS) if leap else self.rng.randint(1, 30)

    async def _nonce(self, number: int) -> int:
        counted = await self.node.rpc.call("eth_getTransactionCount", self.hands.owner, hex(number))
        return int(counted, 16)

    def _drawn(self, timestamp: int, count: int) -> _Plan:
        weights = [family.weight for family in self.families]
        chosen = self.rng.choices(self.families, weights, k=count)
        operations = [family.draw(self.rng, timestamp) for family in chosen]
        return _Plan(timestamp, operations, tuple(family.state for family in self.families))

    # -- reorganisations -------------------------------------------------------------------------

    async def _reorganise(self) -> None:
        """Replace the newest blocks by others, which hold other operations, or none."""
        deepest = _DEEPEST if self.rng.random() < 0.3 else 2
        depth = self.rng.randint(1, min(deepest, len(self.chain) - 1))
        for block in reversed(self.chain[-depth:]):
            self.ledger.undo(block.hash)
        del self.chain[-depth:]
        self._restore(self.chain[-1].states)
        await self._ask(self.chain[-1].number)
        ancestor = self.chain[-1].timestamp
        plans = [
            self._drawn(ancestor + offset, self.rng.randint(0, 20))
            for offset in range(1, depth + 1)
        ]
        nonce = await self._nonce(self.chain[-1].number)
        placed: list[list[Any]] = []
        for offset, plan in enumerate(plans):
            for operation in plan.operations:
                placed.append([_as_json(operation, nonce + len(placed)), offset])
        await self.node.rpc.call("anvil_dropAllTransactions")
        await self.node.rpc.call("anvil_reorg", depth, placed)
        self.reorgs += 1
        self.undone += depth
        for plan in plans:
            await self._check(plan)

    def _restore(self, states: Iterable[Any]) -> None:
        for family, state in zip(self.families, states, strict=True):
            family.state = state

    # -- checks ----------------------------------------------------------------------------------

    async def _check(self, plan: _Plan) -> None:
        """Hold a mined block against its plan, follow it, and ask the contracts."""
        number = self.chain[-1].number + 1
        block, receipts = await self.node.rpc.batch(
            [
                ("eth_getBlockByNumber", (hex(number), False)),
                ("eth_getBlockReceipts", (hex(number),)),
            ]
        )
        assert len(receipts) == len(plan.operations), (number, len(receipts))
        assert int(block["timestamp"], 16) == plan.timestamp
        view = _Changes(self.ledger)
        for operation, receipt in zip(plan.operations, receipts, strict=True):
            self._hold(operation, receipt, plan.timestamp, view)
        self._restore(plan.states)
        self._stands(block, view.changed)
        planned = self._planned()
        assert {key: self.ledger.get(key) for key in planned} == planned, f"block {number}"
        await self._ask(number)

    def _hold(
        self, operation: Operation, receipt: dict[str, Any], timestamp: int, view: _Changes
    ) -> None:
        """Hold a receipt against what was predicted, and follow its logs."""
        failed = receipt["status"] == "0x0"
        self.done[operation.family] += 1
        if operation.refused is not None:
            assert failed, f"{operation}: refused ({operation.refused}), but it is done"
            self.on_held(operation)
            self.refused[operation.family] += 1
            return
        assert not failed, f"{operation}: predicted, but it reverts"
        said: list[Said] = []
        moves: list[tuple[str, int]] = []
        for log in receipt["logs"]:
            if log["topics"][0] == TRANSFER:
                moves += self._moved(log, view)
                continue
            if log["topics"][0] == APPROVAL:
                continue
            shape, heard = self._shapes[log["address"], log["topics"][0]]
            said.append(shape.read(log))
            for family in heard:
                family.follow(said[-1], view, timestamp)
        assert tuple(said) == operation.said, str(operation)
        assert moves_of(*moves) == operation.moves, str(operation)
        self.on_held(operation)

    def _moved(self, log: dict[str, Any], view: _Changes) -> list[tuple[str, int]]:
        token = log["address"]
        sender, to = (f"0x{topic[26:]}" for topic in log["topics"][1:3])
        amount = int(log["data"], 16)
        for family in self.families:
            family.transfer(token, sender, to, amount, view)
        return [(token, amount * ((to == self.hands.address) - (sender == self.hands.address)))]

    def _planned(self) -> dict[bytes, Any]:
        return {key: value for family in self.families for key, value in family.planned().items()}

    def _stands(self, block: dict[str, Any], changes: dict[bytes, Any]) -> None:
        block_hash, parent = (bytes.fromhex(block[name][2:]) for name in ("hash", "parentHash"))
        self.ledger.apply(block_hash, parent, changes)
        states = tuple(family.state for family in self.families)
        timestamp = int(block["timestamp"], 16)
        self.chain.append(_Block(int(block["number"], 16), block_hash, timestamp, states))

    async def _ask(self, number: int) -> None:
        """Ask every contract for its own state at a block: it is the ledger's."""
        questions = [one for family in self.families for one in family.questions(self.ledger)]
        answers = await self.node.rpc.batch(
            [("eth_call", ({"to": one.to, "data": one.data}, hex(number))) for one in questions]
        )
        for question, answer in zip(questions, answers, strict=True):
            assert question.given(answer) == question.expected, (number, question)


def _as_json(operation: Operation, nonce: int) -> dict[str, str]:
    return {
        **operation.transaction.as_json(), "nonce": hex(nonce), "gasPrice": hex(_PRICE_WEI),
    }  # fmt: skip
