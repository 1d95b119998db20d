"""The `qenus` command.

Exit statuses, for all of its commands:

    0    it did what it was asked to
    1    it could not: a file did not verify, a node went away for good, a line was broken, its
         output cannot be written (no room, a closed descriptor)
    2    it was asked wrongly: an unknown option, a configuration with errors
    130  it was ended by SIGINT, 143: by SIGTERM; `qenus run` only by a second one
    141  the reader of its output left, as `head` does: nothing is said, as by any other program;
         for `qenus tail`, which has no other end, this is 0

A command's own module is imported when it runs, so that `qenus --help` answers at once.
"""

import importlib
import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from qenus import __version__
from qenus.cli.output import OutputFailed, finish, keep_secret, take_over
from qenus.errors import LocalProtocolError, QenusError

if TYPE_CHECKING:
    from supervisors import SupervisionError

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
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"qenus.cli.{cmd_name}").command
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
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
    take_over()
    # Addresses of nodes stand among the arguments, and usage errors repeat these.
    keep_secret(_addresses(sys.argv[1:]))
    status = _status_of(lambda: _qenus(prog_name="qenus"))
    # What the command could not say until now, it may not be able to say at all.
    sys.exit(_status_of(finish) or status)


def _addresses(arguments: list[str]) -> list[str]:
    """What among the arguments may be the address of a node, right or wrong."""
    asks_a_node = arguments[:1] in (["doctor"], ["record"])
    found = []
    for before, one in pairwise(["", *arguments]):
        option, _, value = one.partition("=") if one.startswith("--") else ("", "", one)
        is_folder = "--out" in (before, option)
        if "://" in value or (asks_a_node and not is_folder and set(value) & set("/:@")):
            found.append(value)
    return found


def _status_of(run: Callable[[], object]) -> int | str | None:
    """Run something; give its exit status, once its expected failure has been said."""
    try:
        run()
    except SystemExit as end:
        return end.code
    except (Exception, BaseExceptionGroup) as error:
        causes = _causes(error)
        if not causes:
            raise
        return _status_of_failures(causes)
    return 0


def _status_of_failures(causes: "list[QenusError | SupervisionError]") -> int:
    """Say what failed; give the exit status."""
    for cause in causes:
        if isinstance(cause, OutputFailed):
            if cause.reader_left:
                return 128 + signal.SIGPIPE
            causes = [cause]
    from qenus.cli.lines import say
    from qenus.config import ConfigError

    said = dict.fromkeys(line for cause in causes for line in str(cause).splitlines())
    for line in said:
        say(line)
    # What we were asked to do made no sense, or it made sense and could not be done.
    return 2 if all(isinstance(one, ConfigError | LocalProtocolError) for one in causes) else 1


def _causes(error: BaseException) -> "list[QenusError | SupervisionError]":
    """The failures that people have to know of, behind what nurseries and supervisors wrap them in.

    Empty when one of them was not expected, unless the output failed.
    """
    if isinstance(error, BaseExceptionGroup):
        found = [_causes(one) for one in error.exceptions]
        causes = [cause for some in found for cause in some]
        failed = [cause for cause in causes if isinstance(cause, OutputFailed)]
        return [*failed] or (causes if all(found) else [])
    if isinstance(error, QenusError):
        return [error]
    from supervisors import SupervisionError

    if isinstance(error, SupervisionError):
        return (error.__cause__ and _causes(error.__cause__)) or [error]
    return []
