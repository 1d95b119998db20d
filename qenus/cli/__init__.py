"""The `qenus` command.

Exit statuses, for all of its commands:

    0    it did what it was asked to
    1    it could not: a file did not verify, a node went away for good, a line was broken
    2    it was asked wrongly: an unknown option, a configuration with errors
    130  it was ended by SIGINT, 143: by SIGTERM; `qenus run` only by a second one

A command's own module is imported when it runs, so that `qenus --help` answers at once.
"""

import importlib
import signal
import sys

import click

from qenus import __version__
from qenus.config import ConfigError
from qenus.errors import LocalProtocolError, QenusError

__all__ = ["main"]

_COMMANDS = {
    "run": "Run the node: observe, extract, publish.",
    "tail": "Watch the features that a node publishes.",
    "extract": "Print the features of recorded blocks.",
    "verify": "Prove recorded blocks, or say what is wrong with them.",
    "prove": "Prove that a log is in its block, and check such a proof without the block.",
    "record": "Save a node's blocks, proven, as files to verify, extract and replay.",
    "doctor": "Find out what a node can do and whether it is honest.",
    "bench": "Measure, beside a named baseline in the same run.",
}


class _Commands(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"qenus.cli.{name}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qenus")
def _qenus() -> None:
    """Verified blocks in, exact DeFi features out, in milliseconds.

    Start with `qenus run`: with nothing configured it runs on a demo world of its own and shows
    the features as they come.

    Exit status: 0 success, 1 failure, 2 wrong usage or configuration, 130 or 143 interrupted.
    """


def main() -> None:
    """Run the command line; every expected failure is one clear message, never a traceback."""
    # An interrupt ends a command as it ends any other, by its signal; `run` and `tail`, which have
    # something to end in order, receive it themselves.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        _qenus(prog_name="qenus")
    except (Exception, BaseExceptionGroup) as error:
        cause = _cause(error)
        if cause is None:
            raise
        for line in str(cause).splitlines():
            click.echo(f"qenus: {line}", err=True)
        # What we were asked to do made no sense, or it made sense and could not be done.
        sys.exit(2 if isinstance(cause, ConfigError | LocalProtocolError) else 1)


def _cause(error: BaseException) -> Exception | None:
    """The failure that people have to know of, behind what nurseries and supervisors wrap it in."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, QenusError):
        return error
    from supervisors import SupervisionError

    if isinstance(error, SupervisionError):
        return _cause(error.__cause__) or error if error.__cause__ else error
    return None
