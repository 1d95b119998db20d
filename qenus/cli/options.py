"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import attrs
import click

from qenus.chain import CHAINS, ETHEREUM, Chain
from qenus.config import FeedConfig
from qenus.known_chains import chain_from_file, known_chains
from qenus.publishers.ipc_paths import default_folder

__all__ = ["address_option", "chain_option", "default_address", "listen_option"]

_DEVNET = "qenus.devnet"
F = TypeVar("F", bound=Callable[..., object])


def default_address() -> str:
    """The feed that `qenus run` serves and `qenus tail` watches when none is named.

    Raises:
        AddressError: another user of the host could put a socket there.
    """
    return f"ipc://{default_folder()}/feed.ipc"


def chain_option(function: F) -> F:
    """`--chain NAME` for recorded blocks, which do not say whose they are, and `--devnet`."""
    function = click.option(
        "--devnet",
        is_flag=True,
        # Before the chain, which is made of both.
        is_eager=True,
        expose_value=False,
        callback=_devnet,
        help="The blocks are a development node's that plays the chain: their roots have to hold, "
        "not what the chain asks of headers.",
    )(function)
    return click.option(
        "--chain",
        "chain",
        default=ETHEREUM.name,
        show_default=True,
        metavar="NAME|FILE",
        callback=_chain,
        help="The chain that the blocks are of: one of conf/chains by name "
        f"({', '.join(chain.name for chain in CHAINS.values())} and others), or the path of a "
        "NAME.toml as those are.",
    )(function)


def _devnet(ctx: click.Context, _param: click.Parameter, devnet: bool) -> None:
    ctx.meta[_DEVNET] = devnet


def _chain(ctx: click.Context, _param: click.Parameter, name: str) -> Chain:
    if name.endswith(".toml"):
        chain = chain_from_file(Path(name))
    else:
        chains = known_chains()
        if name not in chains:
            known = ", ".join(chains)
            raise click.BadParameter(f"expected one of {known} or a NAME.toml, found {name!r}")
        chain = chains[name]
    return attrs.evolve(chain, header_rules=False) if ctx.meta.get(_DEVNET) else chain


def _address(_ctx: click.Context, _param: click.Parameter, address: str) -> str:
    return _addresses(_ctx, _param, (address,))[0]


def _addresses(
    _ctx: click.Context, _param: click.Parameter, addresses: tuple[str, ...]
) -> tuple[str, ...]:
    try:
        return FeedConfig(addresses).listen if addresses else ()
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def listen_option(function: F) -> F:
    """`--listen ADDRESS`, repeatable."""
    return click.option(
        "--listen",
        multiple=True,
        metavar="ADDRESS",
        callback=_addresses,
        help="Serve the feed at ipc:///path or tcp://host:port instead of where the "
        "configuration says. The journal answers at <path>.repair or at the next port. Repeatable.",
    )(function)


def address_option(function: F) -> F:
    """`--connect ADDRESS`."""
    return click.option(
        "--connect",
        "address",
        default=default_address,
        metavar="ADDRESS",
        callback=_address,
        help="The node's feed, ipc:///path or tcp://host:port.  [default: where `qenus run` "
        "serves it]",
    )(function)
