"""A demo node answers as JSON-RPC 2.0 and geth do."""

import json
from typing import Any

import pytest

from qenus.simulation import World, WorldRules
from qenus.simulation.rpc import MAX_BATCH, MAX_SUBSCRIPTIONS, RpcSession


@pytest.fixture
def world() -> World:
    return World(WorldRules(transactions_per_block=6, history_blocks=14))


@pytest.fixture
def session(world: World) -> RpcSession:
    return RpcSession(world)


def ask(session: RpcSession, method: str, *params: object) -> dict[str, Any]:
    request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}
    reply = session.answer(json.dumps(request))
    assert reply is not None
    decoded = json.loads(reply)
    assert (decoded["jsonrpc"], decoded["id"]) == ("2.0", 7)
    return decoded  # type: ignore[no-any-return]


def test_the_node_says_who_it_is(session: RpcSession, world: World):
    assert ask(session, "eth_chainId")["result"] == "0x539"
    assert ask(session, "net_version")["result"] == "1337"
    assert ask(session, "eth_blockNumber")["result"] == hex(world.head.number)
    assert ask(session, "eth_syncing")["result"] is False
    assert ask(session, "web3_clientVersion")["result"].startswith("QenusDemo/")


def test_a_block_comes_by_hash_and_by_number_with_hashes_or_whole_transactions(
    session: RpcSession, world: World
):
    block = "0x" + world.head.hash.hex()
    full = ask(session, "eth_getBlockByHash", block, True)["result"]
    hashes = ask(session, "eth_getBlockByHash", block, False)["result"]
    assert hashes["transactions"] == [tx["hash"] for tx in full["transactions"]]
    assert {**full, "transactions": 0} == {**hashes, "transactions": 0}
    assert ask(session, "eth_getBlockByNumber", hex(world.head.number), True)["result"] == full
    for tag, expected in (
        ("latest", world.head), ("pending", world.head), ("safe", world.safe),
        ("finalized", world.finalized), ("earliest", world.block_by_number(0)),
    ):  # fmt: skip
        found = ask(session, "eth_getBlockByNumber", tag, False)["result"]["hash"]
        assert found == "0x" + expected.hash.hex()  # type: ignore[union-attr]


def test_a_blocks_keys_are_those_of_a_recorded_geth_reply(session: RpcSession):
    block = ask(session, "eth_getBlockByNumber", "latest", True)["result"]
    assert set(block) == {
        "baseFeePerGas", "blobGasUsed", "difficulty", "excessBlobGas", "extraData", "gasLimit",
        "gasUsed", "hash", "logsBloom", "miner", "mixHash", "nonce", "number",
        "parentBeaconBlockRoot", "parentHash", "receiptsRoot", "requestsHash", "sha3Uncles",
        "size", "stateRoot", "timestamp", "transactions", "transactionsRoot", "uncles",
        "withdrawals", "withdrawalsRoot",
    }  # fmt: skip


def test_receipts_come_by_hash_object_number_and_tag(session: RpcSession, world: World):
    head = world.head
    expected = json.loads(head.json.receipts)
    by_hash = "0x" + head.hash.hex()
    for chosen in (
        by_hash, {"blockHash": by_hash}, {"blockHash": by_hash, "requireCanonical": True},
        {"blockNumber": hex(head.number)}, hex(head.number), "latest",
    ):  # fmt: skip
        assert ask(session, "eth_getBlockReceipts", chosen)["result"] == expected
    one = expected[0]
    assert ask(session, "eth_getTransactionReceipt", one["transactionHash"])["result"] == one


def test_what_is_unknown_is_null(session: RpcSession):
    nowhere = "0x" + "77" * 32
    assert ask(session, "eth_getBlockByHash", nowhere, True)["result"] is None
    assert ask(session, "eth_getBlockByNumber", "0xffffff", True)["result"] is None
    assert ask(session, "eth_getBlockReceipts", nowhere)["result"] is None
    assert ask(session, "eth_getTransactionReceipt", nowhere)["result"] is None


def test_an_orphan_answers_by_hash_and_not_where_it_must_be_canonical(
    session: RpcSession, world: World
):
    orphan = world.reorganise(1).orphaned[0]
    by_hash = "0x" + orphan.hash.hex()
    assert ask(session, "eth_getBlockByHash", by_hash, False)["result"]["hash"] == by_hash
    assert ask(session, "eth_getBlockReceipts", by_hash)["result"] is not None
    strict = {"blockHash": by_hash, "requireCanonical": True}
    assert "not currently canonical" in str(ask(session, "eth_getBlockReceipts", strict)["error"])


def test_new_heads_of_a_branch_are_announced_in_order_until_unsubscribed(
    session: RpcSession, world: World
):
    name = ask(session, "eth_subscribe", "newHeads")["result"]
    moved = world.reorganise(2)
    announced = [json.loads(text) for text in session.heads(moved.added)]
    assert [one["params"]["result"] for one in announced] == [
        json.loads(block.json.header) for block in moved.added
    ]
    assert {one["params"]["subscription"] for one in announced} == {name}
    assert {one["method"] for one in announced} == {"eth_subscription"}
    assert ask(session, "eth_unsubscribe", name)["result"] is True
    assert list(session.heads(moved.added)) == []
    assert ask(session, "eth_unsubscribe", name)["error"]["code"] == -32000


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"1", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600),
        (b'{"jsonrpc":"2.0","id":[1],"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}', -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["logs"]}', -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByHash","params":{}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByHash","params":[]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByHash","params":["0x1",true]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":["0x01"]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":["1"]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":["0xzz"]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x1",1]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":[{}]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":[null]}', -32602),
    ],
)  # fmt: skip
def test_what_is_wrong_gets_the_error_code_of_the_standard(
    session: RpcSession, message: bytes, code: int
):
    reply = session.answer(message)
    assert reply is not None
    assert json.loads(reply)["error"]["code"] == code


def test_a_batch_is_answered_as_one_and_notifications_get_nothing(session: RpcSession):
    call = {"jsonrpc": "2.0", "method": "eth_chainId"}
    reply = session.answer(json.dumps([{**call, "id": 1}, call, {**call, "id": "two"}, 3]))
    assert reply is not None
    answers = json.loads(reply)
    assert [answer["id"] for answer in answers] == [1, "two", None]
    assert answers[2]["error"]["code"] == -32600
    assert session.answer(json.dumps([call, call])) is None
    assert session.answer(json.dumps(call)) is None


def test_batches_and_subscriptions_are_bounded(session: RpcSession):
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}
    reply = session.answer(json.dumps([call] * (MAX_BATCH + 1)))
    assert reply is not None
    assert json.loads(reply)["error"]["code"] == -32600
    for _ in range(MAX_SUBSCRIPTIONS):
        assert "result" in ask(session, "eth_subscribe", "newHeads")
    assert ask(session, "eth_subscribe", "newHeads")["error"]["code"] == -32000
