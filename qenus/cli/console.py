"""How features and what happens to blocks look on a screen and as JSON lines."""

import sys
from collections.abc import Iterator

import click

from qenus.cli.feature_lines import feature_lines, refusal_lines, shortened
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
from qenus.wire import (
    Alert,
    Batch,
    BlockEnd,
    BlockRef,
    Family,
    PoolStateBatch,
    Purity,
    WireMessage,
    as_json,
    family_name,
)

__all__ = ["Lines", "batch_lines"]

# Kinds of a later version that are mentioned, once each.
_MAX_UNKNOWN = 64


def batch_lines(end: BlockEnd, batch: Batch | UnreadBatch, *, json: bool) -> Iterator[str]:
    """A batch of any family, a line for each feature; one for all of it when it cannot be read."""
    if isinstance(batch, UnreadBatch):
        yield _unread_line(end, batch, json=json)
    elif isinstance(batch, PoolStateBatch):
        # The protocols are behind this import: a tail begins sooner without.
        from qenus.cli.pool_lines import pool_lines

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
            fields = (f"{name} {shortened(str(value))}" for name, value in as_json(message).items())
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
