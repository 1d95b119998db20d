"""How features and what happens to blocks look on a screen and as JSON lines."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from qenus.cli.lines import json_line, plain_line, say
from qenus.client import (
    AlertReported,
    BlockApplied,
    BlockClosed,
    BlockRetracted,
    ChainGap,
    ContentReceived,
    Event,
    FrameRejected,
    FramesLost,
    LineSilent,
    SessionEnded,
    SessionStarted,
    SourceRejected,
    UnknownContent,
    UnreadBatch,
)
from qenus.plain_text import plain
from qenus.wire import (
    Alert,
    Batch,
    BlockEnd,
    BlockRef,
    Family,
    PoolStateBatch,
    Purity,
    RefusedLog,
    TokenMetadata,
    WireMessage,
    as_json,
    family_name,
    feature_rows,
)

__all__ = ["Lines", "batch_lines", "feature_line", "feature_lines", "pool_lines", "refusal_lines"]

_KIND_COLOURS = {
    "swap": "green", "sync": "white", "mint": "cyan", "burn": "yellow", "collect": "magenta",
    "pool": "blue", "stopped": "red",
}  # fmt: skip
# What every line says first, or not at all because the block's line says it.
_LEADING = {
    "family", "kind", "protocol", "chain_id", "block_number", "block_hash", "tier",
    "transaction_hash", "transaction_index", "log_index", "address",
}  # fmt: skip

_MAX_NAME = 64
# Kinds of a later version that are mentioned, once each.
_MAX_UNKNOWN = 64

_POOL_FIELDS = (
    "reserve0", "reserve1", "sqrt_price_x96", "tick", "liquidity", "fee_pips", "fee0_pips",
    "fee1_pips", "protocol_fee0_pips", "protocol_fee1_pips", "quotable", "variant", "fee",
    "swap_fee", "amp", "mid_fee", "out_fee", "paused",
)  # fmt: skip


def feature_line(row: dict[str, object]) -> str:
    """One feature for people: block and log, kind, protocol, emitter and its own fields.

    What a family's features do not have, the line does without.
    """
    kind = str(row["kind"])
    fields = "  ".join(
        f"{name} {_short(str(value))}" for name, value in row.items() if name not in _LEADING
    )
    fields = plain_line(fields)
    coloured = click.style(f"{kind:<7}", fg=_KIND_COLOURS.get(kind))
    log = f"/{row['log_index']:<4}" if "log_index" in row else "     "
    place = click.style(f"{row['block_number']}{log}", dim=True)
    whose = plain(str(row.get("protocol", row["family"])), _MAX_NAME)
    emitter = f" {_short(str(row['address']))}" if "address" in row else ""
    return f"{place} {coloured} {whose:<10}{emitter}  {fields}"


def _short(text: str) -> str:
    """Addresses by their ends, as explorers show them; numbers whole."""
    if text.startswith("0x") and len(text) > 14:
        return f"{text[:8]}…{text[-4:]}"
    return text


def batch_lines(end: BlockEnd, batch: Batch | UnreadBatch, *, json: bool) -> Iterator[str]:
    """A batch of any family, a line for each feature; one for all of it when it cannot be read."""
    if isinstance(batch, UnreadBatch):
        yield _unread_line(end, batch, json=json)
    elif isinstance(batch, PoolStateBatch):
        yield from pool_lines(batch, json=json)
    else:
        yield from feature_lines(batch, json=json)


def _unread_line(end: BlockEnd, batch: UnreadBatch, *, json: bool) -> str:
    if not json:
        return (
            f"{end.block.number}      {batch.name}: {len(batch.content)} bytes of a later version"
        )
    row = {
        "family": batch.name,
        "kind": "unread_batch",
        "chain_id": end.block.chain_id,
        "block_number": end.block.number,
        "block_hash": f"0x{end.block.hash.hex()}",
        "content": f"0x{batch.content.hex()}",
    }
    return json_line(row)


def feature_lines(batch: Batch, *, json: bool) -> Iterator[str]:
    """A batch's features, a line each: JSON objects or text for people."""
    for row in feature_rows(batch):
        yield json_line(row) if json else feature_line(row)


def pool_lines(batch: PoolStateBatch, *, json: bool) -> Iterator[str]:
    """A batch's pools, a line each: JSON objects with their tokens' own words, or for people."""
    tokens = {f"0x{token.address.hex()}": token for token in batch.tokens}
    for row in feature_rows(batch):
        several = row.get("tokens") or row.get("coins")
        if several:
            found = [tokens.get(address) for address in several]
            symbols: dict[str, object] = {"symbols": [one and one.symbol for one in found]}
        else:
            found = [
                tokens.get(str(row.get(name) or row.get(other)))
                for name, other in (("token0", "currency0"), ("token1", "currency1"))
            ]
            symbols = {f"symbol{at}": one and one.symbol for at, one in enumerate(found)}
        if json:
            yield json_line({**row, **symbols} if any(found) else row)
        else:
            yield _pool_line(row, found)


def _pool_line(row: dict[str, Any], found: list[TokenMetadata | None]) -> str:
    """One pool for people: its tokens, what one of the first is worth, and how it stands."""
    kind = str(row["kind"])
    coloured = click.style(f"{kind:<7}", fg=_KIND_COLOURS.get(kind))
    place = click.style(f"{row['block_number']}     ", dim=True)
    venue = plain(str(row["venue"]), _MAX_NAME)
    head = f"{place} {coloured} {venue:<10} {_short(str(row['address']))}"
    if kind == "stopped":
        return f"{head}  {plain_line(row['stop_reason'])} since block {row['since_block']}"
    names = [plain(one.symbol, _MAX_NAME) if one and one.symbol else "?" for one in found]
    decimals = [one.decimals if one else None for one in found]
    if "decimals0" in row:
        prices = [_readable(row["price0_x128"], row["decimals0"], row["decimals1"])]
    else:
        first, of_first = _prices_of_first(row)
        prices = [
            (shown := _readable(price, decimals[first], decimals[at])) and f"{shown} {names[at]}"
            for at, price in enumerate(of_first)
        ]
    shown = "  ".join(filter(None, prices)) or "no price"
    stands = "  ".join(
        f"{name} {row[name]}" for name in _POOL_FIELDS if name in row and row[name] is not None
    )
    return f"{head}  {'/'.join(names)} {shown}  {plain_line(stands)}"


def _prices_of_first(row: dict[str, Any]) -> tuple[int, list[str]]:
    """Which token of several is priced in the others, and at what, by their places."""
    if "coins" in row:
        return 0, ["0", *row["prices_x128"]]
    return 1 if row.get("own_token") == 0 else 0, row["prices_of_first_x128"]


def _readable(price_x128: str | None, decimals_in: int | None, decimals_out: int | None) -> str:
    """An approximation for reading, as its sign says; nothing where there is no price."""
    if not price_x128 or price_x128 == "0" or decimals_in is None or decimals_out is None:
        return ""
    return f"≈ {int(price_x128) / 2**128 * 10.0 ** (decimals_in - decimals_out):.8g}"


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


class Lines:
    """Prints a subscription's events: features on standard output, all else on standard error.

    A retraction is part of the stream, so with `json` it stands on standard output too, as an
    object of kind "retract". `ends` prints each block's BlockEnd as well.
    """

    def __init__(self, *, json: bool, ends: bool = False) -> None:
        self._json = json
        self._ends = ends
        self.blocks = 0
        self.features = 0
        self.trouble = 0
        self._unknown: set[tuple[str, int]] = set()

    def show(self, event: Event) -> None:
        """Print one event."""
        match event:
            case BlockClosed():
                self._show_closed(event)
            case ContentReceived(topic, message):
                self._show_content(topic, message)
            case UnknownContent(topic, kind):
                self._show_unknown(topic, kind)
            case FrameRejected(error, count):
                self.trouble += 1
                say(f"rejected from the line ({count}): {error}")
            case AlertReported(alert):
                say(_alert_line(alert))
            case BlockRetracted(block):
                self._show_retract(block)
            case ChainGap(last, next_):
                say(f"gap: block {next_.number} does not follow block {last.number}")
            case SourceRejected(rejection):
                say(
                    f"rejected {rejection.source}: {rejection.step}: expected "
                    f"{rejection.expected}, found {rejection.found}"
                )
            case LineSilent(seconds):
                say(f"nothing was heard for {seconds:.1f} s; still listening")
            case FramesLost(reason):
                self.trouble += 1
                say(f"frames lost: {reason}")
            case SessionStarted(line, session):
                say(f"listening to line {line}, session {session.hex()}")
            case SessionEnded(reason):
                say(f"session ended: {reason.name.lower()}")

    def _show_closed(self, event: BlockClosed) -> None:
        self.blocks += isinstance(event, BlockApplied)
        if not self._json:
            click.secho(_closed_line(event), bold=True)
        for batch in event.batches:
            self.features += 1 if isinstance(batch, UnreadBatch) else len(batch.features)
            for line in batch_lines(event.end, batch, json=self._json):
                click.echo(line)
            for line in refusal_lines(batch):
                say(line)
        if self._ends and self._json:
            click.echo(_end_line(event.end))
        sys.stdout.flush()

    def _show_content(self, topic: str, message: WireMessage) -> None:
        """Show what belongs to no block, such as an opportunity."""
        kind = getattr(message, "FEATURE", message.NAME)
        row = {"topic": topic, "kind": kind, **as_json(message)}
        if self._json:
            click.echo(json_line(row))
        else:
            fields = (f"{name} {_short(str(value))}" for name, value in as_json(message).items())
            click.echo(plain_line(f"{topic}  {kind}  {'  '.join(fields)}"))
        sys.stdout.flush()

    def _show_unknown(self, topic: str, kind: int) -> None:
        """Say once of each kind that only a later version can read it."""
        if (topic, kind) in self._unknown or len(self._unknown) == _MAX_UNKNOWN:
            return
        self._unknown.add((topic, kind))
        say(f"{topic}: messages of kind {kind} are of a later version of the contract")

    def _show_retract(self, block: BlockRef) -> None:
        if self._json:
            retract = {
                "kind": "retract",
                "chain_id": block.chain_id,
                "block_number": block.number,
                "block_hash": f"0x{block.hash.hex()}",
            }
            click.echo(json_line(retract))
        else:
            click.secho(f"retract {block.number} 0x{block.hash.hex()}", fg="red", bold=True)


def _closed_line(event: BlockClosed) -> str:
    """What closed, how much of it there is, and how long the node took."""
    families = [family.family for family in event.end.families]
    if event.purity is Purity.BLOCK:
        word, counted = "block", "features"
    elif families == [Family.POOL_STATE]:
        word, counted = "pools", "states"
    else:
        names = " ".join(map(family_name, families))
        word, counted = names or event.purity.name.lower(), "features"
    count = sum(family.features for family in event.end.families)
    took_ms = (event.published_ns - event.observed_ns) / 1e6
    place = f"{word} {event.block.number} 0x{event.block.hash.hex()}"
    return f"{place}  {count} {counted}, seen to sent {took_ms:.1f} ms"


def _end_line(end: BlockEnd) -> str:
    return json_line({"kind": "block_end", **as_json(end)})


def _alert_line(alert: Alert) -> str:
    began = "alert" if alert.raised else "over"
    return f"{began}: {alert.severity.name.lower()} {alert.name} {alert.subject}: {alert.text}"
