"""`qenus verify`: climb the whole ladder with each recorded block."""

import os
import sys
from pathlib import Path
from typing import Final

import click

from qenus.chain import Chain, RecentHeaders, Rejected, seal
from qenus.cli.lines import json_line, plain_line, say
from qenus.cli.options import chain_option
from qenus.observers.history.recorded_files import RecordedFileError, files_in, read_recorded

__all__ = ["command"]

# So many files may lie between a block and its child.
_HEADERS: Final = 1024


@click.command("verify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@chain_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, one for each file.")
def command(paths: tuple[Path, ...], chain: Chain, as_json: bool) -> None:
    """Prove recorded blocks, or say what is wrong with them.

    Each PATH is a file of {"block": …, "receipts": […]} as a node gave them, gzipped (*.gz) or
    not, or a folder of such files. Recomputed from the bytes: header hash, transactions root,
    withdrawals root, receipts root, bloom, positions, log indices and the sum of gas; then what
    the chain asks of a header by itself. A block whose parent came before it is held against that
    too, and what it was held against is said: timestamp, gas limit, excess blob gas, base fee, as
    far as its chain has such rules.

    \b
    Exit status: 0 when every file verifies, 1 when any does not, 2 on wrong usage.

    \b
    Examples:
      qenus verify blocks/22431083.json.gz
      qenus verify --json blocks/ | jq 'select(.ok | not)'
    """
    failed = linked = 0
    headers = RecentHeaders(chain, _HEADERS)
    files = files_in(paths)
    for path in files:
        verdict: dict[str, object] = {"file": os.fsencode(path).decode(errors="replace")}
        try:
            block = seal(*read_recorded(path), chain)
            against_parent = headers.check(block)
            headers.add(block)
        except Rejected as error:
            verdict |= {
                "ok": False,
                "step": error.step,
                "where": error.where,
                "expected": error.expected,
                "found": error.found,
                "block_hash": error.claimed_hash and f"0x{error.claimed_hash.hex()}",
            }
            said = f"{path}: {error}"
        except RecordedFileError as error:
            verdict |= {"ok": False, "step": "file", "reason": str(error)}
            said = str(error)
        else:
            linked += bool(against_parent)
            logs = sum(len(transaction.logs) for transaction in block.transactions)
            verdict |= {
                "ok": True,
                "block_number": block.block.number,
                "block_hash": f"0x{block.block.hash.hex()}",
                "transactions": len(block.transactions),
                "logs": logs,
                "against_parent": against_parent,
            }
            said = (
                f"{path}: block {block.block.number} 0x{block.block.hash.hex()} "
                f"{len(block.transactions)} transactions {logs} logs"
            )
            if against_parent:
                said += f", after its parent: {', '.join(against_parent)}"
        failed += not verdict["ok"]
        if as_json:
            click.echo(json_line(verdict))
        else:
            mark = (
                click.style("ok    ", fg="green")
                if verdict["ok"]
                else click.style("FAILED", fg="red")
            )
            click.echo(f"{mark} {plain_line(said)}")
    verified = len(files) - failed
    say(f"{verified} of {len(files)} verified, {linked} of them against their parents too")
    sys.exit(1 if failed else 0)
