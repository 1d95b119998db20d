"""`qenus doctor`: what a node can do."""

import sys

import attrs
import click
import trio

from qenus.cli.lines import json_line, say
from qenus.cli.output import keep_secret, known_secrets
from qenus.known_chains import known_chains
from qenus.observers.address import shown_address
from qenus.observers.doctor.examination import Examination, Finding, Verdict, examine
from qenus.observers.rpc import CALL_SECONDS
from qenus.plain_text import plain

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
@click.option(
    "--patience",
    "call_seconds",
    type=click.FloatRange(0.1, 600),
    default=CALL_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long each answer is waited for.",
)
@click.option("--devnet", is_flag=True, help="A development node: it keeps no rules for headers.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as a JSON object.")
def command(url: str, blocks: int, call_seconds: float, devnet: bool, as_json: bool) -> None:
    """Find out what a node can do and whether its newest blocks are honest.

    Looked at: chain, client, round trip, head age, receipts, proofs, state reads by block hash,
    safe and finalized heads, transaction pool, traces, how large batches may be, errors, whether
    heads are announced and their blocks there at once, rate limits. The newest blocks
    are put through the whole ladder and have to follow one from the other.

    \b
    Exit status: 0 when the node can be a source, 1 when it cannot, 2 on wrong usage.

    \b
    Examples:
      qenus doctor --node ws://127.0.0.1:8546
      qenus doctor --node unix:///data/geth.ipc --json | jq .fit
    """
    keep_secret([url])
    examination = trio.run(_run, url, blocks, call_seconds, not devnet)
    findings = [_shown(finding) for finding in examination.findings]
    if as_json:
        values = [{**attrs.asdict(each), "verdict": each.verdict.value} for each in findings]
        report = {"node": shown_address(url), "fit": examination.fit, "findings": values}
        click.echo(json_line(report))
    else:
        for finding in findings:
            verdict = click.style(f"{finding.verdict.value:8}", fg=_COLOURS[finding.verdict])
            click.echo(f"{verdict} {finding.name:22} {finding.found}")
            if finding.advice:
                click.echo(f"{'':8} {'':22} → {finding.advice}")
        say(f"{'fit' if examination.fit else 'not fit'} to be a source")
    sys.exit(0 if examination.fit else 1)


def _shown(finding: Finding) -> Finding:
    """A finding as it may be shown: what the node said is text from outside."""
    redact = known_secrets().redact
    found, advice = plain(redact(finding.found)), plain(redact(finding.advice))
    return attrs.evolve(finding, found=found, advice=advice)


async def _run(url: str, blocks: int, call_seconds: float, header_rules: bool) -> Examination:
    chains = {chain.chain_id: chain for chain in known_chains().values()}
    return await examine(
        url, blocks=blocks, header_rules=header_rules, chains=chains, call_seconds=call_seconds
    )
