"""The process that executes gives a mainnet block's own receipts, and may die without harm."""

import gzip
import json
import os
import signal
from pathlib import Path

import attrs
import pytest
import trio

from qenus.chain import ETHEREUM
from qenus.observers.execution import (
    AccountState,
    BlockEnvironment,
    GivenState,
    InvalidCall,
    SimulationFailed,
    SimulationTimeout,
    TransactionCall,
    open_executor,
    signed_call,
)

pytest.importorskip("pyrevm")
rlp = pytest.importorskip("rlp")
trie = pytest.importorskip("trie")

pytestmark = pytest.mark.interop

DATA = Path(os.environ.get("QENUS_DATA", Path(__file__).parents[3] / "shared" / "data"))
EXECUTION = DATA / "l1" / "execution"
# Of the block's 109 transactions one takes another way, for it asks for the base fee: by so much
# gas. anvil, given the same state and base fee, uses what the header's receipts root says.
ASKS_FOR_BASE_FEE, BY_GAS = 3, 2085

SENDER, CONTRACT = b"\x11" * 20, b"\x22" * 20
ENVIRONMENT = BlockEnvironment(1, 100, 1_700_000_000, 10**9, b"\x33" * 20, bytes(32), 30_000_000)
# Gives back what is in slot 5.
READS = bytes.fromhex("6005545f5260205ff3")


def recorded(name: str):
    path = EXECUTION / f"{name}.json.gz"
    if not path.exists():
        pytest.skip(f"no recorded execution: {path} is not there")
    return json.loads(gzip.decompress(path.read_bytes()))


def raw(text: str | None) -> bytes:
    return bytes.fromhex((text or "0x").removeprefix("0x"))


def number(text: str) -> int:
    return int(text, 16)


def prestate() -> GivenState:
    prestate = recorded("24476005.prestate")
    accounts = {
        raw(address): AccountState(
            number(account["nonce"]), number(account["balance"]), raw(prestate["code"].get(address))
        )
        for address, account in prestate["accounts"].items()
        if account is not None
    }
    # Of what is only called by others, nothing but the code is recorded.
    for address, code in prestate["code"].items():
        if address not in prestate["accounts"]:
            accounts[raw(address)] = AccountState(1, 0, raw(code))
    storage = {
        raw(address): {number(slot): number(value) for slot, value in slots.items()}
        for address, slots in prestate["storage"].items()
    }
    return GivenState(accounts, storage)


def signed_bytes(tx: dict[str, str]) -> bytes:
    """A transaction as it was sent, put together by pyrlp."""
    legacy = tx["type"] == "0x0"

    def integer(name: str) -> bytes:
        value = number(tx[name])
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    fees = ["gasPrice"] if legacy else ["maxPriorityFeePerGas", "maxFeePerGas"]
    fields = [*map(integer, ["nonce", *fees, "gas"]), raw(tx["to"]), integer("value")]
    fields.append(raw(tx["input"]))
    if legacy:
        return rlp.encode([*fields, *map(integer, "vrs")])
    listed = [[raw(e["address"]), list(map(raw, e["storageKeys"]))] for e in tx["accessList"]]
    return b"\x02" + rlp.encode(
        [integer("chainId"), *fields, listed, *map(integer, ("yParity", "r", "s"))]
    )


def receipts_root(block, simulations) -> str:
    """The root over the receipts that the simulations amount to, by py-trie and pyrlp."""
    from eth_utils.crypto import keccak

    tree, spent = trie.HexaryTrie({}), 0
    for at, (tx, done) in enumerate(zip(block["transactions"], simulations, strict=True)):
        spent += done.gas_used
        bloom = 0
        for log in done.logs:
            for item in (log.address, *log.topics):
                digest = keccak(item)
                for pair in (0, 2, 4):
                    bloom |= 1 << (int.from_bytes(digest[pair : pair + 2], "big") & 2047)
        logs = [[log.address, list(log.topics), log.data] for log in done.logs]
        receipt = rlp.encode([int(done.status), spent, bloom.to_bytes(256, "big"), logs])
        kind = b"" if tx["type"] == "0x0" else bytes([number(tx["type"])])
        tree[rlp.encode(at)] = kind + receipt
    return f"0x{tree.root_hash.hex()}"


async def test_a_mainnet_block_executed_again_yields_its_receipts():
    block = recorded("24476005")["block"]
    state = prestate()
    environment = BlockEnvironment(
        chain_id=1,
        number=number(block["number"]),
        timestamp=number(block["timestamp"]),
        base_fee_per_gas=number(block["baseFeePerGas"]),
        coinbase=raw(block["miner"]),
        prev_randao=raw(block["mixHash"]),
        gas_limit=number(block["gasLimit"]),
        excess_blob_gas=number(block["excessBlobGas"]),
    )
    calls = [signed_call(signed_bytes(tx), ETHEREUM) for tx in block["transactions"]]
    assert [call.sender for call in calls] == [raw(tx["from"]) for tx in block["transactions"]]
    async with open_executor(timeout_seconds=60) as executor:
        done = await executor.simulate_all(state, environment, calls)
    assert len(done) == 109
    assert "base fee" in (done[ASKS_FOR_BASE_FEE].approximate or "")
    assert sum("base fee" in (one.approximate or "") for one in done) <= 5
    # Every other transaction is exact to the last gas, or the root would be another.
    done[ASKS_FOR_BASE_FEE] = attrs.evolve(
        done[ASKS_FOR_BASE_FEE], gas_used=done[ASKS_FOR_BASE_FEE].gas_used - BY_GAS
    )
    assert sum(one.gas_used for one in done) == number(block["gasUsed"])
    assert receipts_root(block, done) == block["receiptsRoot"]


class WaitingState(GivenState):
    """A state whose slots are given when somebody lets go; `asked` counts."""

    def __init__(self) -> None:
        accounts = {SENDER: AccountState(3, 10**18), CONTRACT: AccountState(1, 0, READS)}
        super().__init__(accounts, {CONTRACT: {5: 77}})
        self.asked = 0
        self.was_asked = trio.Event()
        self.let_go = trio.Event()
        self.kills = False

    async def slot(self, address: bytes, slot: int) -> int:
        self.asked += 1
        self.was_asked.set()
        if self.kills:
            for pid in evm_processes():
                os.kill(pid, signal.SIGKILL)
            await trio.sleep_forever()
        await self.let_go.wait()
        return await super().slot(address, slot)


def evm_processes() -> list[int]:
    """Our children that run an actor."""
    me, found = os.getpid(), []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes()
        except (OSError, NotADirectoryError):
            continue
        if int(fields[1]) == me and fields[0] != "Z" and b"_process_child" in words:
            found.append(int(entry.name))
    return found


async def test_code_sees_the_block_and_the_chain_that_it_was_told_of():
    asked = ["46", "43", "42", "45", "44", "3a", "32", "33", "34", "41"]
    code = "".join(f"{op}61{32 * at:04x}52" for at, op in enumerate(asked)) + "6101405ff3"
    state = GivenState(
        {SENDER: AccountState(0, 10**20), CONTRACT: AccountState(1, 0, bytes.fromhex(code))}, {}
    )
    environment = attrs.evolve(
        ENVIRONMENT, chain_id=10, base_fee_per_gas=7, prev_randao=b"\x44" * 32
    )
    call = TransactionCall(SENDER, CONTRACT, value=9, gas_limit=100_000, max_fee_per_gas=50)
    base_fee = attrs.evolve(call, to=b"\x55" * 20)
    state.accounts[base_fee.to] = AccountState(1, 0, bytes.fromhex("485f5260205ff3"))
    async with open_executor() as executor:
        seen = (await executor.simulate(state, environment, call)).return_data
        simulation = await executor.simulate(state, environment, base_fee)
    words = [int.from_bytes(seen[at : at + 32], "big") for at in range(0, len(seen), 32)]
    sender = int.from_bytes(SENDER, "big")
    assert words == [
        *(10, environment.number, environment.timestamp, environment.gas_limit),
        *(int.from_bytes(b"\x44" * 32, "big"), 50, sender, sender, 9),
        int.from_bytes(environment.coinbase, "big"),
    ]
    # The one thing that pyrevm does not tell, and that it is not simulation is said.
    assert simulation.return_data == bytes(32)
    assert simulation.approximate == "the base fee as code sees it: zero"


CALL = TransactionCall(SENDER, CONTRACT, gas_limit=100_000)


async def test_a_request_whose_process_is_killed_is_answered_by_the_next_one(nursery):
    state, answers = WaitingState(), []
    async with open_executor() as executor:

        async def ask() -> None:
            answers.append(await executor.simulate(state, ENVIRONMENT, CALL))

        async with trio.open_nursery() as asking:
            asking.start_soon(ask)
            await state.was_asked.wait()
            (pid,) = evm_processes()
            os.kill(pid, signal.SIGKILL)
            state.let_go.set()
        assert evm_processes() != [pid]
    assert [int.from_bytes(one.return_data, "big") for one in answers] == [77]


async def test_what_kills_its_process_again_is_given_up_and_others_go_on():
    killing, good = WaitingState(), WaitingState()
    killing.kills = True
    good.let_go.set()
    async with open_executor() as executor:
        with pytest.raises(SimulationFailed, match="ChildProcessDied"):
            await executor.simulate(killing, ENVIRONMENT, CALL)
        assert killing.asked == 2
        answer = await executor.simulate(good, ENVIRONMENT, CALL)
        assert int.from_bytes(answer.return_data, "big") == 77


async def test_what_takes_too_long_is_given_up_and_others_go_on():
    slow, good = WaitingState(), WaitingState()
    good.let_go.set()
    async with open_executor(timeout_seconds=1.0) as executor:
        with pytest.raises(SimulationTimeout, match=r"1\.0 s"):
            await executor.simulate(slow, ENVIRONMENT, CALL)
        slow.let_go.set()
        with trio.fail_after(10):
            while True:
                try:
                    answer = await executor.simulate(good, ENVIRONMENT, CALL)
                    break
                except SimulationTimeout:
                    continue
        assert int.from_bytes(answer.return_data, "big") == 77


async def test_what_no_block_could_hold_is_refused_with_the_reason():
    state = WaitingState()
    state.let_go.set()
    paid = attrs.evolve(CALL, max_fee_per_gas=2 * 10**9, max_priority_fee_per_gas=1)
    async with open_executor() as executor:
        for call, reason in (
            (attrs.evolve(CALL, nonce=4), "nonce: expected 3, found 4"),
            (attrs.evolve(CALL, value=10**19), "balance"),
            (attrs.evolve(CALL, gas_limit=20_000), "gas limit: expected at least 21000"),
            (attrs.evolve(CALL, gas_limit=31_000_000), "gas limit: expected at most 30000000"),
            (attrs.evolve(paid, max_fee_per_gas=10**9 - 1), "maxFeePerGas"),
            (attrs.evolve(paid, sender=CONTRACT), "without code"),
            (attrs.evolve(CALL, to=None, data=bytes(50_000)), "data: expected at most 49152"),
        ):
            with pytest.raises(InvalidCall, match=reason):
                await executor.simulate(state, ENVIRONMENT, call)
        answer = await executor.simulate(state, ENVIRONMENT, attrs.evolve(paid, nonce=3))
    by_address = {change.address: change for change in answer.changes}
    assert by_address[SENDER].after == AccountState(4, 10**18 - answer.gas_used * (10**9 + 1))
    assert by_address[ENVIRONMENT.coinbase].after == AccountState(0, answer.gas_used)
