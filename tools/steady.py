"""Passes the tests as a busy machine runs them: `python -m tools.steady`, or `just steady`.

Beside two loops that never rest, in an order drawn anew each time, by two workers: the everyday run
five times and the full run once. A test whose bound was taken from one quiet run fails here. Ends
with the first run that fails and gives its seed; exit status 0 only when all of them pass.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

__all__ = ["command"]

_BUSY = [sys.executable, "-c", "while True: pass"]


@contextmanager
def _busy_loop() -> Iterator[None]:
    process = subprocess.Popen(_BUSY)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@click.command("steady", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--everyday", type=click.IntRange(0, 100), default=5, show_default=True)
@click.option("--full", type=click.IntRange(0, 100), default=1, show_default=True)
@click.option("--loops", type=click.IntRange(0, 64), default=2, show_default=True)
@click.option("--seed", type=int, help="Of the first run's order.  [default: drawn]")
def command(everyday: int, full: int, loops: int, seed: int | None) -> None:
    """Run the tests beside busy loops, in random order, on two workers."""
    seed = random.randrange(10**6) if seed is None else seed
    with ExitStack() as stack:
        for _ in range(loops):
            stack.enter_context(_busy_loop())
        for number, extra in enumerate([[]] * everyday + [["--full"]] * full):
            order = ["--random-order", f"--random-order-seed={seed + number}"]
            began = time.monotonic()
            done = subprocess.run([sys.executable, "-m", "pytest", "-n", "2", *order, *extra])
            took = f"{time.monotonic() - began:.0f} s"
            name = "full" if extra else "everyday"
            click.echo(f"steady: {name} run, seed {seed + number}: {took}", err=True)
            if done.returncode:
                sys.exit(done.returncode)


if __name__ == "__main__":
    command()
