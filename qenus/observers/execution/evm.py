"""One transaction through pyrevm: what it leaves, what it logs and what it pays.

pyrevm holds the GIL while it runs and while it waits for state, so this belongs into a process of
its own (`execution`). It fetches state by HTTP as the code asks for it, so that nothing can be
missing in silence. Every transaction gets an EVM of its own and no state is put in beforehand:
an EVM that is used again keeps slots warm, and what is put in counts as warm and written to; both
then charge too little gas (pyrevm 0.3.7).

pyrevm's call does not do what surrounds the execution: here the nonce rises, gas is bought and
given back, the coinbase is paid and the floor of EIP-7623 is kept. It knows the rules up to Cancun,
and tells code that asks for it a base fee of zero: where code ran that may ask, that is said.

Source: Ethereum Yellow Paper 6; EIP-1559, 3529, 3607, 7623.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import attrs
import pyrevm as _pyrevm

from qenus.chain.keccak import EMPTY_CODE_HASH, keccak256
from qenus.chain.rlp import encode
from qenus.observers.execution.simulations import (
    AccountChange,
    AccountState,
    BlockEnvironment,
    InvalidCall,
    SimulatedLog,
    Simulation,
    SimulationFailed,
    StateMissing,
    TransactionCall,
)

__all__ = ["execute"]

# Its stubs leave out arguments that it takes.
pyrevm: Any = _pyrevm

_SPEC: Final = "Cancun"
_MAX_REASON: Final = 256
_PADDING_BYTES: Final = 33
# Error(string) and Panic(uint256).
_ERROR: Final = bytes.fromhex("08c379a0")
_PANIC: Final = bytes.fromhex("4e487b71")

# Code that has BASEFEE among its instructions: whatever is none is skipped, with what is pushed.
_PUSHES: Final = "|".join(rf"\x{0x5F + size:02x}.{{{size}}}" for size in range(1, 33))
_BASE_FEE_READ: Final = re.compile(rf"(?s)(?:[^\x48\x60-\x7f]|{_PUSHES})*+\x48".encode())
# The compiler's metadata: a CBOR map of one to four entries, and its length.
_METADATA_STARTS: Final = frozenset((0xA1, 0xA2, 0xA3, 0xA4))
_MAX_METADATA_BYTES: Final = 200

_SLOT: Final = re.compile(
    r"(\d+): StorageSlot \{ previous_or_original_value: (\d+), present_value: (\d+) \}"
)
_REVERTED: Final = re.compile(r"Revert \{.*output: 0x([0-9a-f]*) \}", re.DOTALL)
_HALTED: Final = re.compile(r"Halt \{ reason: (.*), gas_used: \d+ \}", re.DOTALL)


def execute(
    fork_url: str, block_hash: bytes, environment: BlockEnvironment, call: TransactionCall
) -> Simulation:
    """Execute a transaction on the state that `fork_url` serves.

    Raises:
        InvalidCall: no block could hold it.
        StateMissing: the state was not served.
        SimulationFailed: the EVM gave up.
    """
    call.check()
    price = call.gas_price(environment.base_fee_per_gas)
    run = _Run(fork_url, block_hash, environment, call, price)
    run.run()
    return run.result()


class _Run:
    """An EVM, and one transaction in it."""

    def __init__(
        self,
        fork_url: str,
        block_hash: bytes,
        environment: BlockEnvironment,
        call: TransactionCall,
        price: int,
    ) -> None:
        self._environment = environment
        self._call = call
        self._price = price
        self._error = ""
        self._returned = b""
        self._created: bytes | None = None
        with _guarded():
            self._evm = pyrevm.EVM(
                env=pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=environment.chain_id)),
                spec_id=_SPEC,
                # What GASLIMIT gives; the block's own is not looked at.
                gas_limit=environment.gas_limit,
                fork_url=fork_url,
                fork_block=_hex(block_hash),
            )
            self._prepare()

    # -- before ----------------------------------------------------------------------------------

    def _prepare(self) -> None:
        block = self._environment
        self._evm.set_block_env(
            pyrevm.BlockEnv(
                number=block.number,
                coinbase=_hex(block.coinbase),
                timestamp=block.timestamp,
                difficulty=0,
                prevrandao=block.prev_randao,
                basefee=block.base_fee_per_gas,
                gas_limit=block.gas_limit,
                excess_blob_gas=block.excess_blob_gas,
            )
        )
        # Both are warm by the rules (EIP-2929, 3651): looking at them changes nothing.
        self._sender = self._account(self._call.sender)
        self._coinbase = self._account(block.coinbase)
        self._buy_gas()

    def _insert(self, address: bytes, nonce: int, balance: int, code: bytes) -> None:
        info = pyrevm.AccountInfo(nonce=nonce, balance=balance, code=code or None)
        self._evm.insert_account_info(_hex(address), info)

    def _account(self, address: bytes) -> AccountState:
        return _account_state(self._evm.basic(_hex(address)))

    def _buy_gas(self) -> None:
        call, sender = self._call, self._sender
        if call.nonce is not None and call.nonce != sender.nonce:
            raise InvalidCall(f"nonce: expected {sender.nonce}, found {call.nonce}")
        if call.gas_limit > self._environment.gas_limit:
            raise InvalidCall(
                f"gas limit: expected at most {self._environment.gas_limit}, found {call.gas_limit}"
            )
        # What it offers has to be there, though it may pay less (EIP-1559).
        wanted = call.gas_limit * (call.max_fee_per_gas or 0) + call.value
        if sender.balance < wanted:
            raise InvalidCall(f"balance: expected at least {wanted} wei, found {sender.balance}")
        # pyrevm looks whether the gas can be bought and does not buy it: where the sender has not
        # enough for both, code that asks for its balance meanwhile sees it unspent.
        cost = call.gas_limit * self._price
        self._bought = cost if sender.balance >= wanted + cost else 0
        # A creation raises the nonce itself. Without its code a sender may send (EIP-3607).
        nonce = sender.nonce + (call.to is not None)
        self._insert(call.sender, nonce, sender.balance - self._bought, b"")

    # -- the execution ---------------------------------------------------------------------------

    def run(self) -> None:
        call = self._call
        slots = [(_hex(address), list(keys)) for address, keys in call.access_list]
        with _guarded():
            self._evm.set_tx_env(
                pyrevm.TxEnv(
                    caller=_hex(call.sender),
                    gas_limit=call.gas_limit,
                    gas_price=self._price,
                    access_list=slots,
                    blob_hashes=list(call.blob_hashes),
                )
            )
            try:
                if call.to is None:
                    self._evm.deploy(
                        deployer=_hex(call.sender),
                        code=call.data,
                        value=call.value,
                        gas=call.gas_limit,
                    )
                    nonce = self._sender.nonce
                    made = keccak256(encode([call.sender, _minimal(nonce)]))[12:]
                    self._created = made
                else:
                    self._returned = bytes(
                        self._evm.message_call(
                            caller=_hex(call.sender),
                            to=_hex(call.to),
                            calldata=call.data,
                            value=call.value,
                            gas=call.gas_limit,
                            gas_price=self._price,
                        )
                    )
            except RuntimeError as error:
                self._error = str(error)
                if not _REVERTED.match(self._error) and not _HALTED.match(self._error):
                    raise

    # -- after -----------------------------------------------------------------------------------

    def result(self) -> Simulation:
        call, outcome = self._call, self._evm.result
        gas_used = max(outcome.gas_used, call.floor_gas)
        reverted = _REVERTED.match(self._error)
        returned = bytes.fromhex(reverted[1]) if reverted else self._returned
        logs = () if self._error else tuple(_log(log) for log in outcome.logs)
        notes = []
        if self._price and not self._bought:
            notes.append("the sender's balance as code sees it: the gas is not taken off")
        if any(_reads_base_fee(one.code) for one in self._ran()):
            notes.append("the base fee as code sees it: zero")
        return Simulation(
            status=not self._error,
            gas_used=gas_used,
            gas_refunded=0 if self._error else outcome.gas_refunded,
            return_data=returned,
            logs=logs,
            changes=tuple(self._changes(gas_used)),
            created=None if self._error else self._created,
            failure=self._failure(returned),
            approximate="; ".join(notes) or None,
        )

    def _ran(self) -> Iterator[AccountState]:
        """The accounts that were looked at, some of which ran."""
        return (_account_state(info) for info in self._evm.journal_state.values())

    def _failure(self, returned: bytes) -> str | None:
        if not self._error:
            return None
        halted = _HALTED.match(self._error)
        return halted[1][:_MAX_REASON] if halted else f"reverted{_reason(returned)}"

    def _changes(self, gas_used: int) -> Iterator[AccountChange]:
        call, price = self._call, self._price
        first = {_raw(name): info for name, info in self._evm.db_accounts.items()}
        after = {_raw(name): _account_state(i) for name, i in self._evm.journal_state.items()}
        journal = _read_journal(self._evm.journal_str, list(self._evm.journal_state))
        spent = gas_used * price - self._bought
        reward = gas_used * max(price - self._environment.base_fee_per_gas, 0)
        after.setdefault(self._environment.coinbase, self._coinbase)
        for address, now in after.items():
            slots, status = journal.get(address, ({}, ""))
            before = _account_state(first[address]) if address in first else AccountState()
            if address == self._environment.coinbase:
                before = self._coinbase
                now = attrs.evolve(now, balance=now.balance + reward)
            if address == call.sender:
                before = self._sender
                now = attrs.evolve(
                    now,
                    nonce=before.nonce + 1,
                    balance=now.balance - spent,
                    code=before.code,
                )
            storage = {slot: pair for slot, pair in slots.items() if pair[0] != pair[1]}
            destroyed = "SelfDestructed" in status
            if destroyed:
                now, storage = AccountState(), {}
            if before != now or storage:
                yield AccountChange(address, before, now, storage, destroyed)


class _guarded:  # noqa: N801
    """Turns what pyrevm raises into what it means; its panics are no Exceptions."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: Any, _trace: object) -> None:
        if kind is None or issubclass(kind, InvalidCall):
            return
        text = " ".join(str(error).split())[:_MAX_REASON]
        if kind.__name__ == "PanicException" or "Http" in text or "JsonRpc" in text:
            raise StateMissing(text) from None
        if issubclass(kind, RuntimeError):
            raise SimulationFailed(text) from None


def _read_journal(
    text: str, names: list[str]
) -> dict[bytes, tuple[dict[int, tuple[int, int]], str]]:
    accounts: dict[bytes, tuple[dict[int, tuple[int, int]], str]] = {}
    for name in names:
        try:
            # Nothing before it in an account's text, which has code in hex, says these words.
            start = text.index("storage: {", text.index(f"{name.lower()}: Account {{"))
            end = text.index("}, status: AccountStatus(", start)
            status = text[end : text.index(")", end)]
        except ValueError:
            raise SimulationFailed(f"pyrevm's journal does not tell of {name}") from None
        slots = {int(m[1]): (int(m[2]), int(m[3])) for m in _SLOT.finditer(text, start, end + 1)}
        accounts[_raw(name)] = slots, status
    return accounts


def _account_state(info: Any) -> AccountState:
    code, code_hash = bytes(info.code or b""), bytes(info.code_hash)
    if code_hash == EMPTY_CODE_HASH:
        # One zero is given for no code at all.
        code = b""
    elif keccak256(code) != code_hash:
        # What has been created just now is given with the zeros that revm puts behind it.
        code = code[:-_PADDING_BYTES]
        if keccak256(code) != code_hash:
            raise SimulationFailed("pyrevm gives code that is not of its hash")
    return AccountState(info.nonce, info.balance, code)


@lru_cache(maxsize=1024)
def _reads_base_fee(code: bytes) -> bool:
    length = int.from_bytes(code[-2:], "big") + 2
    if length <= min(len(code), _MAX_METADATA_BYTES) and code[-length] in _METADATA_STARTS:
        code = code[:-length]
    return _BASE_FEE_READ.match(code) is not None


def _log(log: Any) -> SimulatedLog:
    return SimulatedLog(_raw(log.address), tuple(map(_raw, log.topics)), bytes(log.data[1]))


def _reason(returned: bytes) -> str:
    """What a revert says, as Solidity says it: Error(string) or Panic(uint256)."""
    if returned[:4] == _ERROR:
        length = int.from_bytes(returned[36:68], "big")
        return f": {returned[68 : 68 + min(length, _MAX_REASON)].decode(errors='replace')}"
    if returned[:4] == _PANIC:
        return f": Panic(0x{int.from_bytes(returned[4:36], 'big'):02x})"
    return f": 0x{returned[:36].hex()}" if returned else ""


def _minimal(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"


def _raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
