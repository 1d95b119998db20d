"""Configuration: a TOML file in, frozen values out, or every error at once.

`load` reads a file and `parse` a text. Nothing is guessed: an unknown key, a wrong type, a value
out of range and a missing key are all errors, each with file, key and what was expected, and all
of them are reported together. What a value must be stands at its field, once, in the section that
the room which uses it declares; `QenusConfig` joins the sections.

Addresses of nodes have keys in them. They are kept as `NodeAddress`, which prints none; an error
that quotes the file shows no secret of it, however malformed the address is.
"""

import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import attrs

from qenus.config_fields import EXPECTED_NAME, NAME, quoted, section
from qenus.config_fields import text as text_field
from qenus.errors import QenusError
from qenus.observers.address import NodeAddress
from qenus.observers.section import ChainConfig
from qenus.ops.section import LogConfig, QuarantineConfig, WatchdogConfig
from qenus.plain_text import plain
from qenus.publishers.section import FeedConfig
from qenus.redaction import Redactor, has_secret

__all__ = [
    "MAX_FILE_BYTES",
    "ChainConfig",
    "ConfigError",
    "FeedConfig",
    "LogConfig",
    "NodeConfig",
    "QenusConfig",
    "QuarantineConfig",
    "WatchdogConfig",
    "chain_texts",
    "exposure",
    "load",
    "parse",
    "protocol_texts",
]

MAX_FILE_BYTES = 1 << 20
# As much of an error as is reported.
_MAX_ERROR_CHARACTERS = 1000
T = TypeVar("T")


class ConfigError(QenusError):
    """The configuration cannot be used. `errors` holds one line for each thing wrong with it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@attrs.frozen
class NodeConfig:
    """This node. `name` is also the name of its line."""

    name: str = text_field(NAME, EXPECTED_NAME, default="a")


@attrs.frozen
class QenusConfig:
    """All of it: a field for each section."""

    feed: FeedConfig = section(FeedConfig)
    node: NodeConfig = section(NodeConfig, default=NodeConfig())
    quarantine: QuarantineConfig = section(QuarantineConfig, default=QuarantineConfig())
    watchdog: WatchdogConfig = section(WatchdogConfig, default=WatchdogConfig())
    chains: tuple[ChainConfig, ...] = section(ChainConfig, by_name=True, default=())
    log: LogConfig = section(LogConfig, default=LogConfig())

    def addresses(self) -> tuple[NodeAddress, ...]:
        """Give every node's address."""
        return tuple(url for chain in self.chains for url in (chain.node, *chain.other_nodes))


def load(path: Path) -> QenusConfig:
    """Read a configuration file.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or says something it may not.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise ConfigError([f"{path}: expected at most {MAX_FILE_BYTES} bytes"])
        return parse(text.decode(), source=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error


def exposure(path: Path, config: QenusConfig) -> str | None:
    """Say by which of its permissions a file gives its keys to other users, if it does."""
    if not any(has_secret(address.url_with_secrets()) for address in config.addresses()):
        return None
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return None
    return f"{path} holds keys and has mode {stat.S_IMODE(mode):04o}; expected 0600 or stricter"


def protocol_texts(folder: Path | None = None) -> dict[str, str]:
    """Read the registry's files, conf/protocols/*.toml or those of another folder, by their names.

    Raises:
        ConfigError: there are none, or one cannot be read.
    """
    return _conf_texts("protocols", folder)


def chain_texts(folder: Path | None = None) -> dict[str, str]:
    """Read the chains' files, conf/chains/*.toml or those of another folder, by their names.

    Raises:
        ConfigError: there are none, or one cannot be read.
    """
    return _conf_texts("chains", folder)


def _conf_texts(what: str, folder: Path | None) -> dict[str, str]:
    # Installed, the package carries conf/; in a checkout it lies beside the package.
    here = Path(__file__).resolve().parent
    folders = [folder] if folder else [here / "conf" / what, here.parent / "conf" / what]
    found = next((each for each in folders if each.is_dir()), folders[-1])
    texts: dict[str, str] = {}
    errors: list[str] = []
    for path in sorted(found.glob("*.toml")):
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                errors.append(f"{path}: expected at most {MAX_FILE_BYTES} bytes")
            else:
                texts[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            errors.append(f"{path}: cannot be read: {error}")
    if not texts and not errors:
        errors.append(f"{found}: expected {what} as *.toml, found none")
    if errors:
        raise ConfigError(errors)
    return texts


def parse(text: str, *, source: str) -> QenusConfig:
    """Turn a configuration's text into values. `source` names it in errors.

    Raises:
        ConfigError: with one line for each error, all of them at once.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # A ValueError of tomllib, or of an integer with thousands of digits.
        redactor = Redactor.of(re.findall(r"[A-Za-z]+://[^\"'\n]*", text))
        raise ConfigError([_line(source, redactor, f"not TOML: {error}")]) from None
    errors: list[str] = []
    config = _read(QenusConfig, table, "", errors)
    if config is None:
        redactor = Redactor.of(_texts_in(table))
        raise ConfigError([_line(source, redactor, error) for error in errors])
    return config


def _line(source: str, redactor: Redactor, error: str) -> str:
    # The file's own name is no secret, even where an address in the file has the same word.
    return plain(f"{source}: {redactor.redact(error)}", _MAX_ERROR_CHARACTERS)


def _texts_in(table: object) -> Iterator[str]:
    """Every text of a table that may be an address, right or wrong."""
    if isinstance(table, str) and re.search("[/:@]", table):
        yield table
    elif isinstance(table, dict):
        for key, value in table.items():
            yield from _texts_in(key)
            yield from _texts_in(value)
    elif isinstance(table, list):
        for value in table:
            yield from _texts_in(value)


def _read(cls: type[T], table: object, path: str, errors: list[str]) -> T | None:
    """Make a `cls` of a table; on errors, note all of them and make none."""
    if not isinstance(table, dict):
        errors.append(f"{path.rstrip('.')}: expected a table, found {quoted(table)}")
        return None
    before = len(errors)
    fields = attrs.fields_dict(cls)  # type: ignore[arg-type]
    errors += [
        f"{path}{key}: unknown key; known are {', '.join(fields)}"
        for key in table
        if key not in fields
    ]
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _read_value(field, table[name], f"{path}{name}", errors)
        elif field.default is attrs.NOTHING:
            errors.append(f"{path}{name}: missing; expected {field.metadata['expected']}")
    if len(errors) > before:
        return None
    try:
        return cls(**values)
    except ValueError as error:  # what two fields say together
        errors.append(f"{path.rstrip('.')}: {error}")
        return None


def _read_value(field: Any, value: object, path: str, errors: list[str]) -> object:
    section = field.metadata.get("section")
    if section is not None and field.metadata.get("by_name"):
        if not isinstance(value, dict):
            errors.append(f"{path}: expected tables [{path}.NAME], found {quoted(value)}")
            return ()
        for name, inner in value.items():
            if isinstance(inner, dict) and "name" in inner:
                errors.append(f"{path}.{name}.name: the heading [{path}.{name}] names it")
        return tuple(
            _read(
                section,
                {**inner, "name": name} if isinstance(inner, dict) else inner,
                f"{path}.{name}.",
                errors,
            )
            for name, inner in value.items()
        )
    if section is not None:
        return _read(section, value, f"{path}.", errors)
    if isinstance(value, list):
        value = tuple(value)
    try:
        field.validator(None, field, value)
    except ValueError as error:
        errors.append(f"{path}: {error}")
    return value
