"""`qenus doctor`: what a node can do."""

import sys

import click
import msgspec
import trio

from qenus.observers.examination import Examination, Verdict, examine

__all__ = ["command"]

_COLOURS = {Verdict.GOOD: "green", Verdict.LACKING: "yellow", Verdict.BAD: "red"}


@click.command("doctor")
@click.option("--node", "url", required=True, metavar="URL", help="ws, wss, http, https or unix.")
@click.option(
    "--blocks",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="N",
    help="How many of its newest blocks are proven.",
)
@click.option("--devnet", is_flag=True, help="A development node: it keeps no rules for headers.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as a JSON object.")
def command(url: str, blocks: int, devnet: bool, as_json: bool) -> None:
    """Find out what a node can do and whether its newest blocks are honest.

    Looked at: chain, client, round trip, head age, receipts, proofs, state reads by block hash,
    safe and finalized heads, transaction pool, traces, batches, subscriptions. The newest blocks
    are put through the whole ladder and have to follow one from the other.

    \b
    Exit status: 0 when the node can be a source, 1 when it cannot, 2 on wrong usage.

    \b
    Examples:
      qenus doctor --node ws://127.0.0.1:8546
      qenus doctor --node unix:///data/geth.ipc --json | jq .fit
    """
    examination = trio.run(_run, url, blocks, not devnet)
    if as_json:
        findings = [
            {"name": f.name, "verdict": f.verdict.value, "found": f.found, "advice": f.advice}
            for f in examination.findings
        ]
        click.echo(msgspec.json.encode({"node": url, "fit": examination.fit, "findings": findings}))
    else:
        for finding in examination.findings:
            verdict = click.style(f"{finding.verdict.value:8}", fg=_COLOURS[finding.verdict])
            click.echo(f"{verdict} {finding.name:22} {finding.found}")
            if finding.advice:
                click.echo(f"{'':8} {'':22} → {finding.advice}")
        click.echo(f"qenus: {'fit' if examination.fit else 'not fit'} to be a source", err=True)
    sys.exit(0 if examination.fit else 1)


async def _run(url: str, blocks: int, header_rules: bool) -> Examination:
    return await examine(url, blocks=blocks, header_rules=header_rules)
