"""Configuration: a TOML file in, frozen values out, or every error at once.

`load` reads a file and `parse` a text. Nothing is guessed: an unknown key, a wrong type, a value
out of range and a missing key are all errors, each with file, key and what was expected, and all
of them are reported together. What a value must be stands at its field, once.

Addresses of nodes have keys in them. They are kept as `NodeAddress`, which prints none; an error
that quotes the file shows no secret of it, however malformed the address is.
"""

import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import attrs

from qenus.errors import QenusError
from qenus.observers.address import NodeAddress
from qenus.plain_text import plain
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
# As much of a value as an error quotes, and as much of an error as is reported.
_MAX_QUOTED_CHARACTERS = 200
_MAX_ERROR_CHARACTERS = 1000
T = TypeVar("T")


class ConfigError(QenusError):
    """The configuration cannot be used. `errors` holds one line for each thing wrong with it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def _field(
    is_right: Callable[[object], bool],
    expected: str,
    *,
    default: Any = attrs.NOTHING,
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    """A field of which `is_right` judges the value, as it is in the file and as it is kept."""

    def check(_instance: object, _field: object, value: object) -> None:
        if not is_right(value):
            raise ValueError(f"expected {expected}, found {_quoted(value)}")

    return attrs.field(
        default=default, validator=check, converter=converter, metadata={"expected": expected}
    )


def _quoted(value: object) -> str:
    """A value as an error shows it."""
    try:
        text = str(value) if isinstance(value, NodeAddress) else repr(value)
    except ValueError:
        # Integers of thousands of digits are not written out.
        return "an integer that is too large to show"
    return plain(text, _MAX_QUOTED_CHARACTERS)


def _matches(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _text(pattern: str, expected: str, *, default: Any = attrs.NOTHING) -> Any:
    """A string field."""
    return _field(_matches(pattern), expected, default=default)


def _texts(pattern: str, expected: str, *, most: int) -> Any:
    """A field of strings: one or more."""
    return _list_of(_matches(pattern), expected, most=most)


def _list_of(
    is_right: Callable[[object], bool],
    expected: str,
    *,
    most: int,
    default: Any = attrs.NOTHING,
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    """A field of several: one or more, unless none is the default."""
    least = 1 if default is attrs.NOTHING else 0
    each = f"a list of {'at least one ' if least else ''}{expected}"

    def check(_instance: object, _field: object, values: object) -> None:
        if not isinstance(values, tuple) or not least <= len(values) <= most:
            many = f", {most} at most" if isinstance(values, tuple) and len(values) > most else ""
            raise ValueError(f"expected {each}{many}, found {_quoted(values)}")
        for value in values:
            if not is_right(value):
                raise ValueError(f"expected {expected}, found {_quoted(value)}")

    return attrs.field(
        default=default, validator=check, converter=converter, metadata={"expected": each}
    )


def _is_address(value: object) -> bool:
    url = value.url_with_secrets() if isinstance(value, NodeAddress) else value
    return isinstance(url, str) and re.fullmatch(_NODE, url) is not None


def _address() -> Any:
    """A field with the address of a node."""
    return _field(_is_address, _EXPECTED_NODE, converter=NodeAddress.of)


def _addresses(*, most: int) -> Any:
    """A field with the addresses of any number of nodes."""
    return _list_of(
        _is_address,
        _EXPECTED_NODE,
        most=most,
        default=(),
        converter=lambda urls: tuple(map(NodeAddress.of, urls)),
    )


def _integer(low: int, high: int, *, default: int) -> Any:
    """An integer field. true is no integer, and neither is "5"."""
    return _field(
        lambda value: type(value) is int and low <= value <= high,
        f"an integer from {low} to {high}",
        default=default,
    )


def _switch(*, default: bool) -> Any:
    """A field that is true or false."""
    return _field(lambda value: type(value) is bool, "true or false", default=default)


def _section(cls: type, *, by_name: bool = False, **default: Any) -> Any:
    """A field that is a table of its own; `by_name`: tables [field.NAME], as a tuple."""
    metadata = {"section": cls, "by_name": by_name, "expected": "a table"}
    return attrs.field(metadata=metadata, **default)


_NAME = r"[a-z0-9][a-z0-9_-]{0,31}"
# 1 to 65534: the journal answers at the next one.
_PORT = r"(?!65535)(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"
_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])"
_NODE = rf"(?:wss?|https?)://(?:[^\s/@]+@)?{_HOST}(?::(?:{_PORT}|65535))?(?:[/?]\S*)?|unix:///\S+"
_EXPECTED_NODE = "ws://host:port, wss://…, http://…, https://… or unix:///path"
_EXPECTED_NAME = "a name of lower-case letters, digits, - and _, 32 at most"


@attrs.frozen
class NodeConfig:
    """This node. `name` is also the name of its line."""

    name: str = _text(_NAME, _EXPECTED_NAME, default="a")


@attrs.frozen
class FeedConfig:
    """The nng feed and the journal that answers beside it.

    `listen` has the feed's addresses; the journal answers at `<path>.repair` or at the next port.
    `journal_bytes` bounds what it keeps, `heartbeat_ms` is the longest silence on an idle line.
    What follows bounds what peers can cost; `qenus.publishers.limits` says what each one bounds.
    """

    listen: tuple[str, ...] = _texts(
        rf"ipc:///\S{{1,90}}|tcp://[^\s:/]+:{_PORT}",
        "ipc:///path or tcp://host:port, port 1 to 65534",
        most=16,
    )
    journal_bytes: int = _integer(1 << 20, 64 << 30, default=256 << 20)
    heartbeat_ms: int = _integer(10, 60_000, default=100)
    socket_mode: int = _integer(0o000, 0o777, default=0o600)
    max_subscribers: int = _integer(1, 65_536, default=256)
    send_buffer_bytes: int = _integer(1 << 20, 64 << 30, default=64 << 20)
    max_repair_connections: int = _integer(1, 65_536, default=256)
    repair_reply_bytes: int = _integer(1 << 10, 64 << 20, default=1 << 20)
    repair_buffer_bytes: int = _integer(1 << 20, 64 << 30, default=64 << 20)
    peer_log_lines_per_second: int = _integer(1, 1000, default=5)


@attrs.frozen
class ChainConfig:
    """One chain to observe: its `name`, the address of a `node`, and those of `other_nodes`.

    All nodes are equal: the first proven answer is taken, and all others are compared with it.
    `catch_up_blocks` bounds how far back a gap is filled; beyond it the gap is reported and left.
    With `pool_state` the states of factory-verified pools, read from the nodes, are published too.
    `header_rules` is switched off for a development node that plays the chain: it keeps the roots
    and not always what consensus asks of a header. `chain_file` describes a chain that is not in
    conf/chains; it is NAME.toml, beside the configuration if its path is not absolute.
    """

    name: str = _text(_NAME, "the name of a chain")
    node: NodeAddress = _address()
    catch_up_blocks: int = _integer(1, 100_000, default=1024)
    other_nodes: tuple[NodeAddress, ...] = _addresses(most=32)
    pool_state: bool = _switch(default=True)
    header_rules: bool = _switch(default=True)
    chain_file: str = _text(r"\S[^\0]{0,1023}|", "the path of a NAME.toml", default="")


@attrs.frozen
class QuarantineConfig:
    """Where messages are kept that no actor can work on, until somebody decides.

    With a `folder` they survive the process; without one they are kept in memory.
    `capacity_bytes` bounds what is kept.
    """

    folder: str = _text(r"/\S{1,200}|", "an absolute path, or nothing for memory", default="")
    capacity_bytes: int = _integer(1 << 20, 64 << 30, default=256 << 20)


@attrs.frozen
class WatchdogConfig:
    """What happens when the event loop does not come round, in milliseconds.

    After `warn_ms` the stacks of all threads are logged. After `exit_ms` the process ends with
    status 1, for its service manager to start it again; 0 never ends it.
    """

    warn_ms: int = _integer(100, 60_000, default=1_000)
    exit_ms: int = _integer(0, 3_600_000, default=0)

    def __attrs_post_init__(self) -> None:
        if 0 < self.exit_ms <= self.warn_ms:
            raise ValueError(
                f"expected exit_ms above warn_ms, or 0, found {self.exit_ms} and {self.warn_ms}"
            )


@attrs.frozen
class LogConfig:
    """What the log may take: lines and bytes that wait to be written, and its pace.

    Of one kind of event `burst` lines come through at once and then `lines_per_second`; the others
    are left out and counted.
    """

    max_lines: int = _integer(16, 1_000_000, default=4096)
    max_bytes: int = _integer(64 << 10, 1 << 30, default=4 << 20)
    lines_per_second: int = _integer(1, 100_000, default=10)
    burst: int = _integer(1, 1_000_000, default=100)


@attrs.frozen
class QenusConfig:
    """All of it."""

    feed: FeedConfig = _section(FeedConfig)
    node: NodeConfig = _section(NodeConfig, default=NodeConfig())
    quarantine: QuarantineConfig = _section(QuarantineConfig, default=QuarantineConfig())
    watchdog: WatchdogConfig = _section(WatchdogConfig, default=WatchdogConfig())
    chains: tuple[ChainConfig, ...] = _section(ChainConfig, by_name=True, default=())
    log: LogConfig = _section(LogConfig, default=LogConfig())

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
        errors.append(f"{path.rstrip('.')}: expected a table, found {_quoted(table)}")
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
            errors.append(f"{path}: expected tables [{path}.NAME], found {_quoted(value)}")
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
