"""What is asked of an execution and what comes of it: calls, block environments, simulations. Pure.

These cross the boundary between the process that asks and the one that executes.
Source: EIP-155, 2718, 2930, 1559, 4844, 7623, 3860; Ethereum Yellow Paper 6.2.
"""

from typing import Final

import attrs

from qenus.chain import Chain
from qenus.chain.base_fee import fee_rule, next_base_fee
from qenus.chain.rejection import Rejected
from qenus.chain.rlp import Item, RlpError, decode, encode
from qenus.chain.senders import recover_sender
from qenus.errors import PoisonError, QenusError, TransientError
from qenus.wire import Block

__all__ = [
    "AccountChange",
    "AccountState",
    "BlockEnvironment",
    "InvalidCall",
    "SimulatedLog",
    "Simulation",
    "SimulationFailed",
    "SimulationTimeout",
    "StateMissing",
    "TransactionCall",
    "signed_call",
]

# A transaction with blobs in a mempool's form holds them too: six of 128 KiB and what proves them.
_MAX_RAW_BYTES: Final = 4 << 20
_MAX_CALLDATA_BYTES: Final = 1 << 20
_MAX_INIT_CODE_BYTES: Final = 49_152
_TX_GAS: Final = 21_000
_CREATE_GAS: Final = 32_000
_WORD: Final = 32


class InvalidCall(PoisonError):
    """No block could hold this transaction, or it is of a kind that cannot be executed here."""


class SimulationFailed(QenusError):
    """The execution came to no result: it killed its process, or the EVM gave up."""


class SimulationTimeout(TransientError):
    """There was no result in time."""


class StateMissing(TransientError):
    """The node did not give the state that the execution needs."""


@attrs.frozen
class BlockEnvironment:
    """What code sees of the block that it runs in. Wei per gas, Unix seconds, 20 and 32 bytes."""

    chain_id: int
    number: int
    timestamp: int
    base_fee_per_gas: int
    coinbase: bytes
    prev_randao: bytes
    gas_limit: int
    excess_blob_gas: int = 0

    @classmethod
    def after(
        cls, parent: Block, chain: Chain, *, prev_randao: bytes, timestamp: int | None = None
    ) -> "BlockEnvironment":
        """Give what is most likely the environment of the child of a block.

        Number and base fee follow from the parent by the chain's rules (Arbitrum's fee is taken
        over); the time is the chain's block time later; coinbase and gas limit are the parent's.
        The beacon chain's draw cannot be known: `prev_randao` is the caller's guess.
        """
        later = timestamp or parent.timestamp + max(1, round(chain.block_seconds))
        rule = fee_rule(parent, later, chain)
        fee = next_base_fee(parent, rule) if rule is not None else parent.base_fee_per_gas or 0
        return cls(
            chain.chain_id,
            parent.block.number + 1,
            later,
            fee,
            parent.miner,
            prev_randao,
            parent.gas_limit,
            parent.excess_blob_gas or 0,
        )


@attrs.frozen
class AccountState:
    """An account as execution sees it. Balance in wei."""

    nonce: int = 0
    balance: int = 0
    code: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen
class TransactionCall:
    """A transaction to execute. Wei; addresses 20 bytes; `to` is None for a creation.

    Without `max_fee_per_gas` it is a call that pays for no gas, as eth_call makes it, and `nonce`
    None stands for whatever the sender's is.
    """

    sender: bytes
    to: bytes | None
    data: bytes = attrs.field(default=b"", repr=False)
    value: int = 0
    gas_limit: int = 30_000_000
    nonce: int | None = None
    max_fee_per_gas: int | None = None
    max_priority_fee_per_gas: int | None = None
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    blob_hashes: tuple[bytes, ...] = ()

    def check(self) -> None:
        """Check what needs no state.

        Raises:
            InvalidCall: it says what.
        """
        limit = _MAX_CALLDATA_BYTES if self.to is not None else _MAX_INIT_CODE_BYTES
        if len(self.data) > limit:
            raise InvalidCall(f"data: expected at most {limit} bytes, found {len(self.data)}")
        if len(self.sender) != 20 or (self.to is not None and len(self.to) != 20):
            raise InvalidCall("sender, to: expected 20 bytes")
        if not 0 <= self.value < 1 << 256 or not 0 <= self.gas_limit < 1 << 63:
            raise InvalidCall("value, gas limit: out of range")
        least = max(self.intrinsic_gas, self.floor_gas)
        if self.gas_limit < least:
            raise InvalidCall(f"gas limit: expected at least {least}, found {self.gas_limit}")

    @property
    def intrinsic_gas(self) -> int:
        """What it pays before the first instruction (Yellow Paper 6.2, EIP-2028, 2930, 3860)."""
        zeros = self.data.count(0)
        gas = _TX_GAS + 4 * zeros + 16 * (len(self.data) - zeros)
        if self.to is None:
            gas += _CREATE_GAS + 2 * ((len(self.data) + _WORD - 1) // _WORD)
        return gas + sum(2400 + 1900 * len(slots) for _, slots in self.access_list)

    @property
    def floor_gas(self) -> int:
        """What it pays at least, however little it does (EIP-7623, since Prague)."""
        zeros = self.data.count(0)
        return _TX_GAS + 10 * (zeros + 4 * (len(self.data) - zeros))

    def gas_price(self, base_fee: int) -> int:
        """What it pays for a gas in a block of that base fee (EIP-1559).

        Raises:
            InvalidCall: it offers less than the base fee.
        """
        if self.max_fee_per_gas is None:
            return 0
        if self.max_fee_per_gas < base_fee:
            raise InvalidCall(
                f"maxFeePerGas: expected at least {base_fee}, found {self.max_fee_per_gas}"
            )
        tip = self.max_priority_fee_per_gas
        return min(self.max_fee_per_gas, base_fee + tip if tip is not None else 1 << 256)


@attrs.frozen
class AccountChange:
    """What a transaction changed of one account. Slots by number: before, after.

    `code` is what was put there, None where it is as before. `destroyed` says that nothing is left.
    """

    address: bytes
    before: AccountState
    after: AccountState
    storage: dict[int, tuple[int, int]]
    destroyed: bool = False

    @property
    def code(self) -> bytes | None:
        """The code that was put there, if any was."""
        return self.after.code if self.after.code != self.before.code else None


@attrs.frozen
class SimulatedLog:
    """A log of a simulated transaction: address 20 bytes, topics 32."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@attrs.frozen
class Simulation:
    """What came of a transaction, had it been executed.

    `gas_used` is what it pays for, refunds taken off and the floor of EIP-7623 observed: the
    receipt's. `approximate` is None, or says what of it may be off, and why. `failure` is why it
    failed: the reason of a revert as far as it can be read, or the exception that halted it.
    `changes` has fees and nonce in it.
    """

    status: bool
    gas_used: int
    gas_refunded: int
    return_data: bytes
    logs: tuple[SimulatedLog, ...] = ()
    changes: tuple[AccountChange, ...] = ()
    created: bytes | None = None
    failure: str | None = None
    approximate: str | None = None

    @property
    def size_bytes(self) -> int:
        """About what it takes to hand it on."""
        return (
            len(self.return_data)
            + sum(len(log.data) + 256 for log in self.logs)
            + sum(len(one.code or b"") + 96 * len(one.storage) + 256 for one in self.changes)
        )


def signed_call(raw: bytes, chain: Chain) -> TransactionCall:
    """Read a signed transaction, as eth_sendRawTransaction takes it.

    Raises:
        InvalidCall: it is none of types 0 to 3 of this chain, or its signature is not valid.
    """
    if not 0 < len(raw) <= _MAX_RAW_BYTES:
        raise InvalidCall(f"expected 1 to {_MAX_RAW_BYTES} bytes, found {len(raw)}")
    kind = raw[0] if raw[0] < 0xC0 else 0
    if kind > 3:
        raise InvalidCall(f"transaction type: expected 0 to 3, found {kind}")
    try:
        fields = decode(raw[1:] if kind else raw)
        if kind == 3 and isinstance(fields, list) and fields and isinstance(fields[0], list):
            # A mempool's form: with the blobs, which no code sees.
            fields = fields[0]
            raw = bytes((3,)) + encode(fields)
        sender = recover_sender(raw, chain)
        return _read(fields, kind, sender)
    except (RlpError, Rejected, _Misshapen) as error:
        raise InvalidCall(f"expected a signed transaction: {error}") from None


class _Misshapen(ValueError):
    """A field is not what it has to be."""


_FIELDS: Final = {0: 9, 1: 11, 2: 12, 3: 14}


def _read(fields: Item, kind: int, sender: bytes) -> TransactionCall:
    if not isinstance(fields, list) or len(fields) != _FIELDS[kind]:
        raise _Misshapen(f"expected {_FIELDS[kind]} fields")
    at = 0 if kind == 0 else 1
    nonce, first_fee = _number(fields[at]), _number(fields[at + 1])
    fee, tip = first_fee, None
    if kind >= 2:
        tip, fee = first_fee, _number(fields[at + 2])
        if tip > fee:
            raise _Misshapen("maxPriorityFeePerGas above maxFeePerGas")
        at += 1
    to = _string(fields[at + 3])
    if len(to) not in (0, 20) or (kind == 3 and not to):
        raise _Misshapen("to: expected 20 bytes")
    return TransactionCall(
        sender=sender,
        to=to or None,
        data=_string(fields[at + 5]),
        value=_number(fields[at + 4]),
        gas_limit=_number(fields[at + 2]),
        nonce=nonce,
        max_fee_per_gas=fee,
        max_priority_fee_per_gas=tip,
        access_list=_access_list(fields[at + 6]) if kind else (),
        blob_hashes=tuple(_string(one) for one in _list(fields[10])) if kind == 3 else (),
    )


def _access_list(item: Item) -> tuple[tuple[bytes, tuple[int, ...]], ...]:
    entries = []
    for entry in _list(item):
        pair = _list(entry)
        if len(pair) != 2 or len(_string(pair[0])) != 20:
            raise _Misshapen("access list: expected pairs of address and slots")
        address, slots = pair
        keys = tuple(int.from_bytes(_string(slot), "big") for slot in _list(slots))
        entries.append((_string(address), keys))
    return tuple(entries)


def _list(item: Item) -> list[Item]:
    if not isinstance(item, list):
        raise _Misshapen("expected a list, found bytes")
    return item


def _string(item: Item) -> bytes:
    if not isinstance(item, bytes):
        raise _Misshapen("expected bytes, found a list")
    return item


def _number(item: Item) -> int:
    text = _string(item)
    if text[:1] == b"\x00" or len(text) > _WORD:
        raise _Misshapen(f"expected a number, found 0x{text[:40].hex()}")
    return int.from_bytes(text, "big")
