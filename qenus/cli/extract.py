"""`qenus extract`: recorded blocks in, features out."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from qenus.chain import Chain, seal
from qenus.cli.feature_lines import feature_lines, refusal_lines
from qenus.cli.lines import say
from qenus.cli.options import chain_option
from qenus.errors import RemoteProtocolError
from qenus.extractors import FAMILIES, FeatureFamily, batches_of_block, extractor_version
from qenus.observers.history.recorded_files import RecordedFileError, files_in, read_recorded

__all__ = ["command", "extract_files"]


@click.command("extract")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@chain_option
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line, one for each feature."
)
def command(paths: tuple[Path, ...], chain: Chain, as_json: bool) -> None:
    """Print the features of recorded blocks, in log order.

    Each PATH is a file of {"block": …, "receipts": […]} as a node gave them, gzipped (*.gz) or
    not, or a folder of such files. A block is proven first; one that does not verify gives no
    feature. A log that bears an event's topic and cannot be that event gives none either, and is
    reported on standard error.

    In JSON, bytes are 0x-hex and integers of more than 64 bits are decimal strings.

    \b
    Exit status: 0 when every file was extracted, 1 when any was not, 2 on wrong usage.

    \b
    Examples:
      qenus extract blocks/22431083.json.gz
      qenus extract --json blocks/ | jq -r 'select(.kind == "swap") | .address'
    """
    sys.exit(extract_files(paths, chain, as_json=as_json))


def extract_files(
    paths: Sequence[Path],
    chain: Chain,
    *,
    families: Sequence[FeatureFamily] = FAMILIES,
    as_json: bool = False,
) -> int:
    """Print the block-pure features of recorded blocks; give the exit status."""
    version = extractor_version(families)
    files = files_in(paths)
    features = refused = failed = 0
    started = time.perf_counter()
    for path in files:
        try:
            block = seal(*read_recorded(path), chain)
        except RecordedFileError as error:
            failed += 1
            say(str(error))
            continue
        except RemoteProtocolError as error:
            failed += 1
            say(f"{path}: rejected: {error}")
            continue
        for _, batch in batches_of_block(block, version, families=families):
            for line in feature_lines(batch, json=as_json):
                click.echo(line)
            lines = list(refusal_lines(batch))
            for line in lines:
                say(line)
            features += len(batch.features)
            refused += len(lines)
    seconds = time.perf_counter() - started
    say(
        f"{len(files) - failed} of {len(files)} blocks, {features} features, "
        f"{refused} logs refused, {seconds:.2f} s"
    )
    return 1 if failed else 0
