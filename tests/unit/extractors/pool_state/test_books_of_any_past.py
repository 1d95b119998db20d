"""Whatever a book has been through, it tells of a block what a book that saw nothing else tells.

Pairs are made and trade on a tree of blocks, by a factory that counts its pools, so that branches
put different pairs at one address. One book goes along: through retracts, blocks that come back,
steps that are discarded and blocks whose states never came, and with room for a few pools only.
"""

import random
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from scripted_state import block_of_logs, event, selector
from test_block_states import FACTORY, SYNC, hexed, registry

from qenus.extractors.pool_state import BlockStates, Book, Call, UnknownEmitters, block_states
from qenus.wire import Block, BlockRef, Log

MADE = "PairCreated(address,address,address,uint256)"
TOKENS = [bytes([number]) * 20 for number in range(1, 6)]
# By address its tokens and reserves.
World = dict[bytes, tuple[bytes, bytes, int, int]]


def answer(world: World, call: Call) -> bytes | None:
    """What the factory and its pairs say in a world; tokens revert, elsewhere is no code."""
    if call.to == FACTORY:
        asked = [pair for pair, said in world.items() if encode(["address"] * 2, [
            *map(hexed, said[:2])]) == call.data[4:]]  # fmt: skip
        return encode(["address"], [hexed(asked[0]) if asked else "0x" + "00" * 20])
    if call.to in TOKENS or call.to not in world:
        return None if call.to in TOKENS else b""
    token0, token1, *reserves = world[call.to]
    says = {
        selector("factory()"): (["address"], [hexed(FACTORY)]),
        selector("token0()"): (["address"], [hexed(token0)]),
        selector("token1()"): (["address"], [hexed(token1)]),
        selector("getReserves()"): (["uint112", "uint112", "uint32"], [*reserves, 0]),
    }
    return encode(*says[call.data[:4]])


def happens(rng: random.Random, before: World) -> tuple[World, list[Log]]:
    """What a block does to a world, and the logs of it."""
    world, logs = dict(before), []
    for _ in range(rng.randrange(4)):
        pair = len(world).to_bytes(20, "big")
        tokens = tuple(sorted(rng.sample(TOKENS, 2)))
        if rng.random() < 0.3 and all(said[:2] != tokens for said in world.values()):
            world[pair] = (*tokens, 0, 0)
            logs.append(event(FACTORY, MADE, [*map(hexed, tokens)], [hexed(pair), 1]))
        elif world:
            pair = rng.choice(sorted(world))
            world[pair] = (*world[pair][:2], *(reserves := rng.sample(range(1, 1 << 60), 2)))
            logs.append(event(pair, SYNC, [], reserves))
    return world, logs


class Chain:
    """A tree of blocks, the worlds after them, and the branch that stands."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.begin = rng, keccak(b"begin")
        self.worlds: dict[bytes, World] = {self.begin: {}}
        self.standing: list[Block] = []
        self.orphans: list[Block] = []

    @property
    def head(self) -> bytes:
        return self.standing[-1].block.hash if self.standing else self.begin

    def next(self) -> Block:
        """A new block on the head, or one that stood there before."""
        back = [block for block in self.orphans if block.block.parent_hash == self.head]
        if back and self.rng.random() < 0.4:
            return self.rng.choice(back)
        world, logs = happens(self.rng, self.worlds[self.head])
        own = keccak(len(self.worlds).to_bytes(4, "big"))
        self.worlds[own] = world
        plain = block_of_logs(len(self.standing) + 1, *logs)
        ref = BlockRef(1, plain.block.number, own, self.head)
        return Block(ref, *(getattr(plain, name) for name in plain.__struct_fields__[1:]))

    def tell(self, block: Block, book: Book, emitters: UnknownEmitters) -> BlockStates:
        if book.head != block.block.parent_hash:
            book.begin_anew(block.block.parent_hash)
        plan: Any = block_states(block, book, registry(), emitters, sampled_one_in=1)
        try:
            calls = next(plan)
            while True:
                calls = plan.send([answer(self.worlds[call.block_hash], call) for call in calls])
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("seed", range(12))
def test_a_book_that_has_been_through_anything_tells_what_a_new_one_tells(seed):
    rng = random.Random(seed)
    chain, emitters = Chain(rng), UnknownEmitters()
    book = Book(max_pools=3 if seed % 2 else 1 << 17)
    book.begin_anew(chain.begin)
    published = 0
    for _ in range(150):
        if chain.standing and rng.random() < 0.4:
            chain.orphans.append(chain.standing.pop())
            discard = book.retract(chain.orphans[-1].block)
            if rng.random() < 0.2:
                discard()
                book.retract(chain.orphans[-1].block)
            continue
        block = chain.next()
        chain.standing.append(block)
        if rng.random() < 0.05:
            continue
        for discarded in (rng.random() < 0.2, False):
            states = chain.tell(block, book, emitters)
            new = chain.tell(block, Book(), UnknownEmitters())
            assert (states.features, states.tokens) == (new.features, new.tokens)
            assert not states.discrepancies
            emitters.learn(states.unknown, states.made)
            book.learn(states.loaded)
            discard = book.apply(block.block, states.changes)
            if not discarded:
                break
            discard()
        published += len(states.features)
    assert published > 20
