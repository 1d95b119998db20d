"""How features look on a screen and as JSON lines: any family's, a line each."""

from collections.abc import Iterator

import click

from qenus.cli.lines import json_line, plain_line
from qenus.client import UnreadBatch
from qenus.plain_text import plain
from qenus.wire import Batch, RefusedLog, feature_rows

__all__ = [
    "MAX_NAME",
    "feature_line",
    "feature_lines",
    "refusal_lines",
    "shortened",
    "styled_kind",
]

_KIND_COLOURS = {
    "swap": "green", "sync": "white", "mint": "cyan", "burn": "yellow", "collect": "magenta",
    "pool": "blue", "stopped": "red",
}  # fmt: skip
# What every line says first, or not at all because the block's line says it.
_LEADING = {
    "family", "kind", "protocol", "chain_id", "block_number", "block_hash", "tier",
    "transaction_hash", "transaction_index", "log_index", "address",
}  # fmt: skip

# Characters of a name from outside.
MAX_NAME = 64


def feature_line(row: dict[str, object]) -> str:
    """One feature for people: block and log, kind, protocol, emitter and its own fields.

    What a family's features do not have, the line does without.
    """
    kind = str(row["kind"])
    fields = "  ".join(
        f"{name} {shortened(str(value))}" for name, value in row.items() if name not in _LEADING
    )
    fields = plain_line(fields)
    log = f"/{row['log_index']:<4}" if "log_index" in row else "     "
    place = click.style(f"{row['block_number']}{log}", dim=True)
    whose = plain(str(row.get("protocol", row["family"])), MAX_NAME)
    emitter = f" {shortened(str(row['address']))}" if "address" in row else ""
    return f"{place} {styled_kind(kind)} {whose:<10}{emitter}  {fields}"


def shortened(text: str) -> str:
    """Addresses by their ends, as explorers show them; numbers whole."""
    if text.startswith("0x") and len(text) > 14:
        return f"{text[:8]}…{text[-4:]}"
    return text


def styled_kind(kind: str) -> str:
    """A feature's kind in its colour and at its width."""
    return click.style(f"{kind:<7}", fg=_KIND_COLOURS.get(kind))


def feature_lines(batch: Batch, *, json: bool) -> Iterator[str]:
    """A batch's features, a line each: JSON objects or text for people."""
    for row in feature_rows(batch):
        yield json_line(row) if json else feature_line(row)


def refusal_lines(batch: Batch | UnreadBatch) -> Iterator[str]:
    """What was refused in a block, a line each, for standard error."""
    if isinstance(batch, UnreadBatch):
        return
    block = batch.identity.block
    refused: tuple[RefusedLog, ...] = getattr(batch, "refused", ())
    for log in refused:
        yield (
            f"block {block.number} log {log.log_index}: refused as {log.protocol} {log.feature} "
            f"of 0x{log.address.hex()}: {log.reason}"
        )
