"""Options that several commands have."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from qenus.chain import CHAINS, ETHEREUM, Chain

__all__ = ["address_option", "chain_option", "default_address"]

_CHAINS = {chain.name: chain for chain in CHAINS.values()}
F = TypeVar("F", bound=Callable[..., object])


def default_address() -> str:
    """The feed that `qenus run` serves and `qenus tail` watches when none is named."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) / "qenus" if runtime else Path(f"/tmp/qenus-{os.getuid()}")
    return f"ipc://{folder}/feed.ipc"


def chain_option(function: F) -> F:
    """`--chain NAME`, for recorded blocks, which do not say whose they are."""
    return click.option(
        "--chain",
        "chain",
        default=ETHEREUM.name,
        show_default=True,
        metavar="NAME",
        callback=_chain,
        help=f"The chain that the blocks are of: {', '.join(_CHAINS)}.",
    )(function)


def _chain(_ctx: click.Context, _param: click.Parameter, name: str) -> Chain:
    if name not in _CHAINS:
        raise click.BadParameter(f"expected one of {', '.join(_CHAINS)}, found {name!r}")
    return _CHAINS[name]


def address_option(function: F) -> F:
    """`--connect ADDRESS`."""
    return click.option(
        "--connect",
        "address",
        default=default_address,
        metavar="ADDRESS",
        help="The node's feed, ipc:///path or tcp://host:port.  [default: where `qenus run` "
        "serves it]",
    )(function)
