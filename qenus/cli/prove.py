"""`qenus prove`: prove that a log is in its block, and check such a proof without the block."""

import sys
from pathlib import Path

import click

from qenus.chain import (
    Chain,
    ProvenLog,
    Rejected,
    check_log_proof,
    log_proof_from_json,
    log_proof_to_json,
    prove_block,
    prove_log,
)
from qenus.cli.lines import json_line
from qenus.cli.options import chain_option
from qenus.observers.history.recorded_files import read_recorded

__all__ = ["command"]

_MAX_PROOF_BYTES = 64 << 20


class _Hash(click.ParamType[bytes]):
    """A block hash, 0x and 64 hex digits."""

    name = "HASH"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        try:
            found = bytes.fromhex(str(value).removeprefix("0x"))
        except ValueError:
            found = b""
        if len(found) != 32:
            self.fail(f"expected 0x and 64 hex digits, found {value!r}", param, ctx)
        return found


@click.command("prove")
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--log-index", type=click.IntRange(0), metavar="N", help="The log's index in the block."
)
@click.option(
    "--check",
    "proof_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="PROOF",
    help="Check a proof, a file or - for standard input, instead of making one.",
)
@click.option(
    "--block-hash",
    type=_Hash(),
    metavar="HASH",
    help="With --check: the block that you trust. Without it, the proof says of which block it is.",
)
@chain_option
@click.option(
    "--json", "as_json", is_flag=True, help="With --check: the verdict as one JSON object."
)
def command(
    path: Path | None,
    log_index: int | None,
    proof_path: Path | None,
    block_hash: bytes | None,
    chain: Chain,
    as_json: bool,
) -> None:
    """Prove that a log is in its block, and check such a proof without the block.

    FILE is a recorded block as for `qenus verify`; the proof is printed as JSON. It holds the
    header, the receipts trie's nodes from the root to the receipt, and the log's place in it. Who
    knows the block's hash needs nothing else to check it.

    \b
    Exit status: 0 when the proof was made or holds, 1 when it does not, 2 on wrong usage.

    \b
    Examples:
      qenus prove blocks/22431083.json.gz --log-index 2 > proof.json
      qenus prove --check proof.json --json
    """
    if (path is None) == (proof_path is None):
        raise click.UsageError("expected a FILE to prove from, or --check PROOF")
    if path is not None:
        if log_index is None:
            raise click.UsageError("expected --log-index N")
        proof = prove_log(prove_block(*read_recorded(path), chain), log_index)
        click.echo(log_proof_to_json(proof))
        return
    assert proof_path is not None
    with click.open_file(str(proof_path), "rb") as file:
        text = file.read(_MAX_PROOF_BYTES + 1).strip()
    try:
        proven = check_log_proof(log_proof_from_json(text), block_hash)
    except Rejected as refused:
        if not as_json:
            raise
        verdict = {
            "ok": False,
            "where": refused.where,
            "expected": refused.expected,
            "found": refused.found,
        }
        click.echo(json_line(verdict))
        sys.exit(1)
    click.echo(_json(proven) if as_json else _text(proven))


def _fields(proven: ProvenLog) -> dict[str, object]:
    return {
        "block_hash": f"0x{proven.block_hash.hex()}",
        "block_number": proven.block_number,
        "timestamp": proven.timestamp,
        "transaction_index": proven.transaction_index,
        "log_position": proven.log_position,
        "address": f"0x{proven.address.hex()}",
        "topics": [f"0x{topic.hex()}" for topic in proven.topics],
        "data": f"0x{proven.data.hex()}",
    }


def _json(proven: ProvenLog) -> str:
    return json_line({"ok": True, **_fields(proven)})


def _text(proven: ProvenLog) -> str:
    lines = [f"{click.style('ok', fg='green')}    the log is in the block"]
    return "\n".join([*lines, *(f"  {name} {value}" for name, value in _fields(proven).items())])
