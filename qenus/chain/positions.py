"""Checks the claimed positions of transactions, receipts and logs against the proven ones.

No root covers these annotations: a node writes them beside the consensus content, and a node that
mixes up blocks or receipts is found out here. Text is compared first, thousands of times a block;
it is parsed only where it differs, since one value may have several spellings (see `rpc_shapes`).
"""

from collections.abc import Sequence
from typing import TypeAlias

from qenus.chain.hex_values import Malformed, quantity
from qenus.chain.rejection import Rejected, Step
from qenus.chain.rpc_shapes import RpcLog, RpcReceipt, RpcTransaction

__all__ = ["check_positions", "same_quantity"]

# Block hash, block number, transaction hash and transaction index, as hex text.
_Place: TypeAlias = tuple[str, str, str, str]


def check_positions(
    transactions: Sequence[RpcTransaction],
    receipts: Sequence[RpcReceipt],
    block_hash: bytes,
    number: int,
    transaction_hashes: Sequence[bytes],
    types: Sequence[int],
) -> None:
    """Check the places that transactions, receipts and logs claim, and that log indices count up.

    Raises:
        Rejected: at step "positions" or "log indices"; never Malformed.
    """
    hash_text, number_text = "0x" + block_hash.hex(), hex(number)
    log_index = 0
    for at, (tx, receipt) in enumerate(zip(transactions, receipts, strict=True)):
        tx_text, index_text = "0x" + transaction_hashes[at].hex(), hex(at)
        place = (hash_text, number_text, tx_text, index_text)
        if (tx.block_hash, tx.block_number, tx.hash, tx.transaction_index) != place:
            _same_place(tx, tx.hash, place, f"block.transactions[{at}]")
        claimed = receipt.transaction_hash
        if (receipt.block_hash, receipt.block_number, claimed, receipt.transaction_index) != place:
            _same_place(receipt, claimed, place, f"receipts[{at}]")
        if receipt.type is not None and receipt.type != tx.type:
            same_quantity("positions", f"receipts[{at}].type", types[at], receipt.type)
        for nth, log in enumerate(receipt.logs or ()):
            if (
                log.block_hash != hash_text
                or log.block_number != number_text
                or log.transaction_hash != tx_text
                or log.transaction_index != index_text
            ):
                where = f"receipts[{at}].logs[{nth}]"
                _same_place(log, log.transaction_hash, place, where)
            if log.log_index != hex(log_index):
                where = f"receipts[{at}].logs[{nth}].logIndex"
                same_quantity("log indices", where, log_index, log.log_index)
            log_index += 1


def same_quantity(step: Step, where: str, expected: int, text: str) -> None:
    """Check that a quantity equals `expected`.

    Raises:
        Rejected: at `step`, or at "shape" if malformed.
    """
    if text == hex(expected):
        return
    try:
        found = quantity(text, 256, "")
    except Malformed as fault:
        raise Rejected("shape", where=where, expected=fault.expected, found=fault.found) from None
    if found != expected:
        raise Rejected(step, where=where, expected=hex(expected), found=text)


def _same_place(
    claim: RpcTransaction | RpcReceipt | RpcLog, claimed_hash: str, place: _Place, where: str
) -> None:
    block_hash, number, transaction_hash, index = place
    if claim.block_hash.lower() != block_hash:
        raise Rejected(
            "positions", where=f"{where}.blockHash", expected=block_hash, found=claim.block_hash
        )
    same_quantity("positions", f"{where}.blockNumber", int(number, 16), claim.block_number)
    if claimed_hash.lower() != transaction_hash:
        raise Rejected(
            "positions",
            where=f"{where}.hash"
            if isinstance(claim, RpcTransaction)
            else f"{where}.transactionHash",
            expected=transaction_hash,
            found=claimed_hash,
        )
    same_quantity("positions", f"{where}.transactionIndex", int(index, 16), claim.transaction_index)
