"""Every lie of a demo node is rejected by the ladder, at the right step."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from qenus.chain import Rejected, seal
from qenus.simulation import Draws, Liar, Lies, World, WorldRules
from qenus.simulation.rpc import RpcSession


@pytest.fixture(scope="module")
def world() -> World:
    return World(WorldRules(transactions_per_block=6, history_blocks=16))


def ask(session: RpcSession, method: str, *params: object) -> dict[str, Any]:
    reply = session.answer(
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    )
    assert reply is not None
    return json.loads(reply)  # type: ignore[no-any-return]


def fetched(session: RpcSession, world: World) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(hash, block, receipts) of every block, as a client would ask for them."""
    for number in range(9, world.head.number + 1):
        block_hash = world.block_by_number(number).hash  # type: ignore[union-attr]
        text = "0x" + block_hash.hex()
        block = ask(session, "eth_getBlockByHash", text, True)["result"]
        receipts = ask(session, "eth_getBlockReceipts", text)["result"]
        yield block_hash, json.dumps(block).encode(), json.dumps(receipts).encode()


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("missing_log", "receipts root"),
        ("altered_receipt", "receipts root"),
        ("altered_transaction", "transactions root"),
        ("altered_header", "header hash"),
        ("other_block", "header hash"),
        ("null_answer", "shape"),
    ],
)
def test_each_lie_is_rejected_at_its_step(world: World, kind: str, step: str):
    liar = Liar(Lies(**{kind: 1_000}), Draws(kind.encode()))
    steps = Counter[str]()
    for block_hash, block, receipts in fetched(RpcSession(world, liar), world):
        try:
            seal(block, receipts, world.chain, requested_hash=block_hash)
            steps["sealed"] += 1
        except Rejected as rejected:
            steps[rejected.step] += 1
    # The first of all has no other block before it to be put in its place.
    true_ones = {"sealed": 1} if kind == "other_block" else {}
    assert steps == {step: 8 - len(true_ones)} | true_ones
    assert set(liar.counts) == {kind}


def test_true_answers_of_a_node_that_lies_sometimes_are_sealed_and_false_ones_rejected(
    world: World,
):
    liar = Liar(Lies.all_at(80), Draws(b"sometimes"))
    sealed = rejected = 0
    session = RpcSession(world, liar)
    for _ in range(12):
        for number in range(world.head.number - 7, world.head.number + 1):
            block_hash = world.block_by_number(number).hash  # type: ignore[union-attr]
            text = "0x" + block_hash.hex()
            lies_before = liar.counts.total()
            replies = [
                ask(session, "eth_getBlockByHash", text, True),
                ask(session, "eth_getBlockReceipts", text),
            ]
            try:
                contents = [json.dumps(reply["result"]).encode() for reply in replies]
                assert seal(*contents, world.chain, requested_hash=block_hash)
                sealed += 1
                assert liar.counts.total() == lies_before
            except KeyError:
                assert any(reply.get("error", {}).get("code") == -32005 for reply in replies)
            except Rejected:
                rejected += 1
                assert liar.counts.total() > lies_before
    assert sealed > 20
    assert rejected > 10


def test_heads_are_skipped_and_repeated_by_their_rates(world: World):
    blocks = tuple(world.block_by_number(n) for n in range(1, 17))
    assert list(Liar(Lies(skipped_head=1_000), Draws(b"")).heads(blocks)) == []  # type: ignore[arg-type]
    twice = list(Liar(Lies(repeated_head=1_000), Draws(b"")).heads(blocks))  # type: ignore[arg-type]
    assert twice == [block for block in blocks for _ in range(2)]


def test_the_same_seed_gives_the_same_lies(world: World):
    runs = [
        list(fetched(RpcSession(world, Liar(Lies(missing_log=500), Draws(b"same"))), world))
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_a_rate_is_thousandths():
    with pytest.raises(ValueError, match="busy"):
        Lies(busy=1_001)
