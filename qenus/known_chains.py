"""The known chains: the built-in ones, those of conf/chains, and any file given by path.

A file of conf/chains overrides the built-in chain, so that a future fork needs no new release.
"""

from pathlib import Path

from qenus.chain import CHAINS, Chain
from qenus.chain.chain_files import ChainFileError, read_chain, read_chains
from qenus.config import MAX_FILE_BYTES, ConfigError, chain_texts

__all__ = ["chain_from_file", "chain_named", "known_chains"]


def known_chains(folder: Path | None = None) -> dict[str, Chain]:
    """Give every chain that is known by name, from conf/chains or another folder.

    Raises:
        ConfigError: with every error in the files.
    """
    try:
        chains = read_chains(chain_texts(folder))
    except ChainFileError as error:
        raise ConfigError(error.errors) from error
    ids = {chain.chain_id for chain in chains.values()}
    built_in = {
        chain.name: chain
        for chain in CHAINS.values()
        if chain.name in chains or chain.chain_id not in ids
    }
    return {**built_in, **chains}


def chain_from_file(path: Path) -> Chain:
    """Read the chain that a file describes; the file's name is the chain's name.

    Raises:
        ConfigError: the file cannot be read, or with every error in it.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise ConfigError([f"{path}: expected at most {MAX_FILE_BYTES} bytes"])
        return read_chain(path.name, text.decode())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    except ChainFileError as error:
        folder = path.parent
        raise ConfigError([f"{folder / one}" for one in error.errors]) from error


def chain_named(name: str) -> Chain:
    """Give a chain by its name.

    Raises:
        ConfigError: no chain has that name, or conf/chains has errors.
    """
    chains = known_chains()
    if name not in chains:
        known = ", ".join(chains)
        raise ConfigError(
            [f"chains.{name}: unknown chain; known are {known}, and others by chain_file"]
        )
    return chains[name]
