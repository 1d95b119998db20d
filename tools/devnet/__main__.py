"""`just devnet`, or `python -m tools.devnet`: run the devnet and say where everything is."""

import json
import signal
import sys
from collections.abc import Iterator
from typing import Any

import click
import trio

from tools.devnet import CHAINS, PROTOCOLS, DeploymentFailed, DevnetChain, DevnetUnavailable, devnet

__all__ = ["command"]


@click.command("devnet", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("chains", nargs=-1, type=click.Choice([*CHAINS, "all"]))
@click.option("--seed", type=int, default=1, show_default=True, help="Whose accounts, what crowd.")
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    type=click.Choice(PROTOCOLS),
    help="Deploy only this one. Repeatable.  [default: all of them]",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 1000),
    default=1.0,
    show_default=True,
    help="How many times faster than on mainnet the blocks come.",
)
@click.option(
    "--transactions",
    type=click.IntRange(0, 2000),
    default=20,
    show_default=True,
    metavar="N",
    help="How many of the crowd's transactions each block has.",
)
@click.option(
    "--reorg-every",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="BLOCKS",
    help="Replace the newest blocks that often, 0 for never.",
)
@click.option(
    "--reorg-depth", type=click.IntRange(1, 300), default=3, show_default=True, metavar="BLOCKS"
)
@click.option(
    "--burst-every",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="BLOCKS",
    help="Fill a block with ten times the transactions that often, 0 for never.",
)
@click.option("--keys/--no-keys", default=True, help="Print the accounts' private keys.")
def command(
    chains: tuple[str, ...],
    seed: int,
    protocols: tuple[str, ...],
    speed: float,
    transactions: int,
    reorg_every: int,
    reorg_depth: int,
    burst_every: int,
    keys: bool,
) -> None:
    """Run real EVM nodes with the protocols' own contracts, until interrupted.

    CHAINS are any of ethereum, arbitrum, optimism, base, or all; ethereum when none is named. The
    node is anvil and the contracts are those that their authors published, all from npm, fetched
    once into a cache. Where mainnet has a contract at a known address, it is at that address here;
    pools that are created by CREATE2 therefore have mainnet's addresses too.

    One JSON object is printed when everything stands: for each chain its endpoints (http, ws, ipc),
    contracts and funded accounts. Then seeded people trade. Everything ends with this process, and
    nothing is left behind.

    \b
    Exit status: 0 when interrupted, 1 when npm or a package cannot be had.

    \b
    Examples:
      python -m tools.devnet
      python -m tools.devnet all --speed 10
      python -m tools.devnet arbitrum base --reorg-every 20 --reorg-depth 5
      python -m tools.devnet | jq -r .ethereum.ws
    """
    wanted = dict.fromkeys(CHAINS if "all" in chains else chains or ("ethereum",))
    plan = _Plan(speed, transactions, reorg_every, reorg_depth, burst_every, keys)
    try:
        trio.run(_run, tuple(wanted), seed, protocols or PROTOCOLS, plan)
    except* (DevnetUnavailable, DeploymentFailed) as group:
        for error in _leaves(group):
            click.echo(f"devnet: {error}", err=True)
        sys.exit(1)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The failures inside of the groups that nurseries make."""
    if isinstance(error, BaseExceptionGroup):
        for inside in error.exceptions:
            yield from _leaves(inside)
    else:
        yield error


class _Plan:
    """What happens once everything stands."""

    def __init__(
        self,
        speed: float,
        transactions: int,
        reorg_every: int,
        reorg_depth: int,
        burst_every: int,
        keys: bool,
    ) -> None:
        self.speed = speed
        self.transactions = transactions
        self.reorg_every = reorg_every
        self.reorg_depth = reorg_depth
        self.burst_every = burst_every
        self.keys = keys

    async def carry_out(self, node: DevnetChain) -> None:
        """Let one chain live."""
        seconds = CHAINS[node.name].block_seconds / self.speed
        due, mined = trio.current_time(), 0
        while True:
            burst = self.burst_every and mined % self.burst_every == self.burst_every - 1
            await node.trade(self.transactions * (10 if burst else 1))
            mined += 1
            # The branch replaces what is there: there must be as much of it.
            if self.reorg_every and mined % self.reorg_every == 0 and mined >= self.reorg_depth:
                await node.reorg_busily(self.reorg_depth, self.transactions)
            due = max(due + seconds, trio.current_time())
            await trio.sleep_until(due)

    def describe(self, node: DevnetChain) -> dict[str, Any]:
        """Where everything of one chain is."""
        return {
            "chain_id": node.chain_id,
            "http": node.http_url,
            "ws": node.ws_url,
            "ipc": node.ipc_path,
            "contracts": dict(node.addresses()),
            "accounts": [
                {"address": account.address, **({"key": account.key} if self.keys else {})}
                for account in node.accounts
            ],
        }


async def _run(chains: tuple[str, ...], seed: int, protocols: tuple[str, ...], plan: _Plan) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_end_on_signal, nursery.cancel_scope)
        async with devnet(*chains, seed=seed, protocols=protocols) as net:
            click.echo(json.dumps({name: plan.describe(node) for name, node in net.items()}))
            async with trio.open_nursery() as lives:
                for node in net.values():
                    lives.start_soon(plan.carry_out, node)


async def _end_on_signal(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


if __name__ == "__main__":
    command()
