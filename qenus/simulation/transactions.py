"""Signed transactions of the demo chain: legacy with EIP-155 and type 2 (EIP-1559).

The bytes that are signed, hashed and put under the transactions root are built from integers; a
node's JSON is built from the same integers.
"""

from typing import Any

from attrs import frozen

from qenus.chain.keccak import keccak256
from qenus.chain.rlp import encode_bytes, encode_list, encode_uint
from qenus.simulation.accounts import Account

__all__ = ["Fees", "SignedTransaction", "created_address", "sign_transaction"]


@frozen
class Fees:
    """What a sender offers, in wei per gas; a legacy transaction offers one price for both."""

    max_fee: int
    max_priority_fee: int
    legacy: bool = False

    def effective_price(self, base_fee: int) -> int:
        """Return the price of one gas, in wei, in a block with this base fee.

        Source: EIP-1559."""
        if self.legacy:
            return self.max_fee
        return min(self.max_fee, base_fee + self.max_priority_fee)


@frozen
class SignedTransaction:
    """A transaction as it stands in a block: its consensus bytes and its JSON without position."""

    hash: bytes
    raw: bytes
    sender: bytes
    to: bytes | None
    type: int
    nonce: int
    gas_limit: int
    fees: Fees
    json: dict[str, Any]


def sign_transaction(
    account: Account,
    *,
    chain_id: int,
    nonce: int,
    fees: Fees,
    gas_limit: int,
    to: bytes | None,
    value: int,
    data: bytes,
) -> SignedTransaction:
    """Sign a transaction; `value` in wei, `to` None to create a contract.

    Source: EIP-155 for legacy, EIP-1559 for type 2.
    """
    call = [
        encode_uint(gas_limit), encode_bytes(to or b""), encode_uint(value), encode_bytes(data),
    ]  # fmt: skip
    if fees.legacy:
        fields = [encode_uint(nonce), encode_uint(fees.max_fee), *call]
        digest = keccak256(encode_list([*fields, encode_uint(chain_id), b"\x80", b"\x80"]))
        parity, r, s = account.sign(digest)
        v = 35 + 2 * chain_id + parity
        raw = encode_list([*fields, encode_uint(v), encode_uint(r), encode_uint(s)])
        prices: dict[str, Any] = {"gasPrice": hex(fees.max_fee)}
        signature: dict[str, Any] = {"v": hex(v)}
    else:
        fields = [
            encode_uint(chain_id), encode_uint(nonce), encode_uint(fees.max_priority_fee),
            encode_uint(fees.max_fee), *call, b"\xc0",
        ]  # fmt: skip
        parity, r, s = account.sign(keccak256(b"\x02" + encode_list(fields)))
        raw = b"\x02" + encode_list([*fields, encode_uint(parity), encode_uint(r), encode_uint(s)])
        prices = {
            "maxFeePerGas": hex(fees.max_fee),
            "maxPriorityFeePerGas": hex(fees.max_priority_fee),
            "accessList": [],
        }
        signature = {"v": hex(parity), "yParity": hex(parity)}
    kind = 0 if fees.legacy else 2
    transaction_hash = keccak256(raw)
    json = {
        "from": _hex(account.address), "gas": hex(gas_limit), **prices,
        "hash": _hex(transaction_hash), "input": _hex(data), "nonce": hex(nonce),
        "to": None if to is None else _hex(to), "value": hex(value), "type": hex(kind),
        "chainId": hex(chain_id), **signature, "r": hex(r), "s": hex(s),
    }  # fmt: skip
    return SignedTransaction(
        transaction_hash, raw, account.address, to, kind, nonce, gas_limit, fees, json
    )


def created_address(sender: bytes, nonce: int) -> bytes:
    """Return the address of the contract that a sender's transaction creates.

    Source: Ethereum Yellow Paper, section 7.
    """
    return keccak256(encode_list([encode_bytes(sender), encode_uint(nonce)]))[12:]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
