"""Chain files: a TOML file describes a chain of one of the three kinds.

    kind = "op_stack"       # ethereum, op_stack or arbitrum: whose consensus rules it follows
    chain_id = 130          # EIP-155
    block_seconds = 1       # between two blocks, on the kind arbitrum when it is busy
    fork_window = 2048      # blocks within which finality stays
    header_rules = true     # false for a development node that plays a chain
    [forks]                 # Unix seconds; a fork that is not listed is active from the start
    paris = …               # ethereum
    bedrock = … canyon = … holocene = … jovian = …    # op_stack; without jovian, headers say it
    [fees]                  # op_stack: base fee parameters until Holocene put them into the headers
    elasticity = 6
    denominator = 50
    canyon_denominator = 250
    [[blobs]]               # ethereum, oldest first; without any, blobs are not checked
    time = … target = … maximum = … update_fraction = … reserve_price = false

The file's name is the chain's name. An unknown key, a key of another kind, a wrong type and a value
out of range are errors. All errors are reported at once, each with file, key and expected value.
"""

import re
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from qenus.chain.chains import BlobFork, Chain, ChainKind
from qenus.errors import QenusError

__all__ = ["ChainFileError", "read_chain", "read_chains"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_KINDS: Final = {
    "ethereum": ChainKind.ETHEREUM,
    "op_stack": ChainKind.OP_STACK,
    "arbitrum": ChainKind.ARBITRUM,
}
# Keys of [forks] with the fields of a chain that they are, by kind.
_FORKS: Final[Mapping[ChainKind, Mapping[str, str]]] = {
    ChainKind.ETHEREUM: {"paris": "paris_time"},
    ChainKind.OP_STACK: {
        "bedrock": "paris_time",
        "canyon": "canyon_time",
        "holocene": "holocene_time",
        "jovian": "jovian_time",
    },
    ChainKind.ARBITRUM: {},
}
_FEES: Final = ("elasticity", "denominator", "canyon_denominator")
_BLOBS: Final = ("time", "target", "maximum", "update_fraction", "reserve_price")
# Ranges of the integers, both ends included.
_IDS: Final = (1, (1 << 63) - 1)
_TIMES: Final = (0, (1 << 63) - 1)
_WINDOWS: Final = (1, 65_536)
_FACTORS: Final = (1, (1 << 32) - 1)
_COUNTS: Final = (0, 1024)
_SECONDS: Final = (0.01, 86_400)
_MOST_BLOB_FORKS: Final = 256
_SHOWN: Final = 100


class ChainFileError(QenusError):
    """A chain's file cannot be used. `errors` holds one line for each thing wrong with it."""

    def __init__(self, errors: list[str]) -> None:
        """Take the errors of all files."""
        super().__init__("\n".join(errors))
        self.errors = errors


def read_chains(texts: Mapping[str, str]) -> dict[str, Chain]:
    """Read chains from the texts of their files, by file name; give them by chain name.

    Raises:
        ChainFileError: with one line for each error in any of the files.
    """
    errors: list[str] = []
    chains: dict[str, Chain] = {}
    owners: dict[int, str] = {}
    for file, text in sorted(texts.items()):
        chain = _read_file(file, text, errors)
        if chain is None:
            continue
        owner = owners.setdefault(chain.chain_id, file)
        if owner != file:
            errors.append(f"{file}: chain_id: {chain.chain_id} is that of {owner}")
        chains[chain.name] = chain
    if errors:
        raise ChainFileError(errors)
    return chains


def read_chain(file: str, text: str) -> Chain:
    """Read one chain from its file's text, `file` without any folder names it.

    Raises:
        ChainFileError: with one line for each error in the file.
    """
    errors: list[str] = []
    chain = _read_file(file, text, errors)
    if chain is None:
        raise ChainFileError(errors)
    return chain


def _read_file(file: str, text: str, errors: list[str]) -> Chain | None:
    before = len(errors)
    try:
        table = tomllib.loads(text)
    # A number of thousands of digits is a plain ValueError, and so is what TOML is not.
    except (ValueError, RecursionError) as error:
        errors.append(f"{file}: not TOML: {error}")
        return None
    name = file.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        errors.append(
            f"{file}: expected a name of lower-case letters, digits, - and _, 32 at most, .toml"
        )
    kind = table.pop("kind", None)
    chain_kind = _KINDS.get(kind) if isinstance(kind, str) else None
    if chain_kind is None:
        errors.append(f"{file}: kind: expected one of {', '.join(_KINDS)}, found {_shown(kind)}")
        return None
    said = _Table(file, "", table, errors)
    values: dict[str, Any] = {
        "chain_id": said.integer("chain_id", _IDS),
        "block_seconds": said.seconds("block_seconds", 12.0),
        "fork_window": said.integer("fork_window", _WINDOWS, 256),
        "header_rules": said.switch("header_rules", True),
    }
    forks = _FORKS[chain_kind]
    if forks:
        inner = said.table("forks")
        for key, field in forks.items():
            default = None if field == "jovian_time" else 0
            values[field] = inner.integer(key, _TIMES, default, required=False)
        inner.end()
    if chain_kind is ChainKind.OP_STACK:
        inner = said.table("fees")
        for key in _FEES:
            default = getattr(_DEFAULTS, key)
            values[key] = inner.integer(key, _FACTORS, default)
        inner.end()
        _check_order(said, [(key, values[field]) for key, field in forks.items()])
    if chain_kind is ChainKind.ETHEREUM:
        values["blob_forks"] = _blob_forks(said)
    said.end()
    if len(errors) > before:
        return None
    return Chain(name=name, kind=chain_kind, **values)


def _check_order(said: "_Table", forks: list[tuple[str, Any]]) -> None:
    known = [(name, time) for name, time in forks if isinstance(time, int)]
    for (earlier, one), (later, other) in pairwise(known):
        if other < one:
            said.error(f"forks.{later}", f"at least that of {earlier}, {one}", other)


def _blob_forks(said: "_Table") -> tuple[BlobFork, ...]:
    listed = said.take("blobs", [])
    if not isinstance(listed, list) or len(listed) > _MOST_BLOB_FORKS:
        said.error("blobs", f"tables [[blobs]], {_MOST_BLOB_FORKS} at most", listed)
        return ()
    forks: list[BlobFork] = []
    for at, one in enumerate(listed):
        inner = said.inner(f"blobs[{at}]", one)
        time, target, maximum, fraction = (
            inner.integer("time", _TIMES),
            inner.integer("target", _COUNTS),
            inner.integer("maximum", _COUNTS),
            inner.integer("update_fraction", _FACTORS),
        )
        reserve = inner.switch("reserve_price", False)
        inner.end()
        if time is None or target is None or maximum is None or fraction is None:
            continue
        if not 0 < maximum >= target:
            inner.error("maximum", f"at least 1 and the target, {target}", maximum)
        if forks and time <= forks[-1].time:
            inner.error("time", f"more than that before it, {forks[-1].time}", time)
        forks.append(BlobFork(time, target, maximum, fraction, reserve))
    return tuple(forks)


class _Table:
    """A table being read: every value taken is checked, every key left at the end is unknown."""

    def __init__(self, file: str, path: str, table: dict[str, Any], errors: list[str]) -> None:
        self._file = file
        self._path = path
        self._left = dict(table)
        self._taken: list[str] = []
        self._errors = errors

    def error(self, key: str, expected: str, found: object) -> None:
        """Note that a key is not as expected."""
        self._errors.append(
            f"{self._file}: {self._path}{key}: expected {expected}, found {_shown(found)}"
        )

    def take(self, key: str, default: Any) -> Any:
        """Give a value, whatever it is."""
        self._taken.append(key)
        return self._left.pop(key, default)

    def table(self, key: str) -> "_Table":
        """Give a table in this one, empty where there is none."""
        return self.inner(key, self.take(key, {}))

    def inner(self, key: str, found: Any) -> "_Table":
        """Give a value as a table of that path."""
        if not isinstance(found, dict):
            self.error(key, "a table", found)
            found = {}
        return _Table(self._file, f"{self._path}{key}.", found, self._errors)

    def integer(
        self,
        key: str,
        bounds: tuple[int, int],
        default: int | None = None,
        *,
        required: bool = True,
    ) -> int | None:
        """Give an integer within bounds; without a default it has to be there."""
        low, high = bounds
        expected = f"an integer from {low} to {high}"
        missing = object()
        value = self.take(key, missing)
        if value is missing:
            if default is None and required:
                self._errors.append(
                    f"{self._file}: {self._path}{key}: missing; expected {expected}"
                )
            return default
        # true is no integer.
        if type(value) is not int or not low <= value <= high:
            self.error(key, expected, value)
            return default
        return value

    def seconds(self, key: str, default: float) -> float:
        """Give a duration in seconds, whole or not."""
        low, high = _SECONDS
        value = self.take(key, default)
        if type(value) not in (int, float) or not low <= value <= high:
            self.error(key, f"seconds from {low} to {high}", value)
            return default
        return float(value)

    def switch(self, key: str, default: bool) -> bool:
        """Give true or false."""
        value = self.take(key, default)
        if type(value) is not bool:
            self.error(key, "true or false", value)
            return default
        return value

    def end(self) -> None:
        """Note every key that was not taken: it is unknown."""
        for key in self._left:
            self._errors.append(
                f"{self._file}: {self._path}{_shown(key)}: unknown key of this kind; known are "
                f"{', '.join(self._taken) or 'none'}"
            )


def _shown(value: object) -> str:
    """Give a value for an error; TOML's integers have any number of digits."""
    if type(value) is int and value.bit_length() > 128:
        return f"an integer of {value.bit_length()} bits"
    text = value if isinstance(value, str) and value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_DEFAULTS: Final = Chain("", 0, ChainKind.OP_STACK)
