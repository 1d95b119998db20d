"""Nodes that fail and lie: how a demo node's answers are falsified, by rates and a seed.

Real providers have sent each kind of lie, and the ladder can distinguish every false answer from
the true one: a log left out, a receipt, a transaction or a header altered, another block in place
of the requested one. Failures are nulls, refusals and heads that are never announced. Every lie is
counted, so that a test can demand that each kind occurred.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from attrs import field, fields, frozen, validators

from qenus.simulation.blocks import DemoBlock
from qenus.simulation.draws import Draws

__all__ = ["Liar", "Lies", "NodeBusy"]

_BLOCK_METHODS = ("eth_getBlockByHash", "eth_getBlockByNumber")


def _rate() -> Any:
    return field(default=0, validator=[validators.ge(0), validators.le(1_000)])


@frozen(kw_only=True)
class Lies:
    """How often each kind happens, in thousandths of the answers that it can apply to."""

    # False answers.
    missing_log: int = _rate()
    altered_receipt: int = _rate()
    altered_transaction: int = _rate()
    altered_header: int = _rate()
    other_block: int = _rate()
    # Failures.
    null_answer: int = _rate()
    busy: int = _rate()
    skipped_head: int = _rate()
    repeated_head: int = _rate()

    @classmethod
    def all_at(cls, rate: int) -> "Lies":
        """Return every kind at the same rate, in thousandths."""
        return cls(**{one.name: rate for one in fields(cls)})


class NodeBusy(Exception):
    """The node refuses the request for now, as providers do over their limits."""


class Liar:
    """Falsifies a node's answers on their way to its clients. `counts` has the lies by kind."""

    def __init__(self, lies: Lies, draws: Draws) -> None:
        self._lies = lies
        self._draws = draws
        self._before: dict[str, bytes] = {}
        self.counts: Counter[str] = Counter()

    def answer(self, method: str, truth: bytes) -> bytes:
        """Return the answer that the client gets; `truth` is the JSON of the true result.

        Raises:
            NodeBusy: the node refuses the request.
        """
        is_block, is_receipts = method in _BLOCK_METHODS, method == "eth_getBlockReceipts"
        if method in ("eth_subscribe", "eth_unsubscribe"):
            return truth
        if self._happens("busy"):
            raise NodeBusy
        if truth == b"null" or not (is_block or is_receipts):
            return truth
        if self._happens("null_answer"):
            return b"null"
        other = self._before.get(method)
        self._before[method] = truth
        if other is not None and other != truth and self._happens("other_block"):
            return other
        if is_receipts:
            return self._altered(truth, _RECEIPT_LIES)
        return self._altered(truth, _BLOCK_LIES)

    def heads(self, blocks: Iterable[DemoBlock]) -> Iterator[DemoBlock]:
        """Yield those of these blocks that the node announces."""
        for block in blocks:
            if self._happens("skipped_head"):
                continue
            yield block
            if self._happens("repeated_head"):
                yield block

    def _altered(self, truth: bytes, kinds: "Mapping[str, Callable[[Any, Draws], bool]]") -> bytes:
        for kind, alter in kinds.items():
            if not self._draws.chance(getattr(self._lies, kind), 1_000):
                continue
            content = msgspec.json.decode(truth)
            if alter(content, self._draws):
                self.counts[kind] += 1
                return msgspec.json.encode(content)
        return truth

    def _happens(self, kind: str) -> bool:
        if not self._draws.chance(getattr(self._lies, kind), 1_000):
            return False
        self.counts[kind] += 1
        return True


def _without_a_log(receipts: list[dict[str, Any]], draws: Draws) -> bool:
    with_logs = [receipt for receipt in receipts if receipt["logs"]]
    if not with_logs:
        return False
    logs = draws.choice(with_logs)["logs"]
    del logs[draws.integer(0, len(logs) - 1)]
    return True


def _with_a_receipt_altered(receipts: list[dict[str, Any]], draws: Draws) -> bool:
    if not receipts:
        return False
    receipt = draws.choice(receipts)
    receipt["status"] = "0x0" if receipt["status"] == "0x1" else "0x1"
    return True


def _with_a_transaction_altered(block: dict[str, Any], draws: Draws) -> bool:
    whole = [one for one in block["transactions"] if isinstance(one, dict)]
    if not whole:
        return False
    draws.choice(whole)["value"] = hex(draws.integer(1, 1 << 64))
    return True


def _with_its_header_altered(block: dict[str, Any], draws: Draws) -> bool:
    name = draws.choice(("gasUsed", "timestamp", "baseFeePerGas"))
    block[name] = hex(int(block[name], 16) + 1)
    return True


_RECEIPT_LIES: Mapping[str, Callable[[Any, Draws], bool]] = {
    "missing_log": _without_a_log,
    "altered_receipt": _with_a_receipt_altered,
}
_BLOCK_LIES: Mapping[str, Callable[[Any, Draws], bool]] = {
    "altered_transaction": _with_a_transaction_altered,
    "altered_header": _with_its_header_altered,
}
