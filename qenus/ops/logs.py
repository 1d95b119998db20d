"""The log of a node: structured events in, bounded lines without secrets out, never in the way.

`open_log` configures structlog for the process. An event passes these processors, in this order:

    rate        of one kind of event, so many lines a second; the next one says how many were left
                out, so that nothing a peer does can fill the disk
    secrets     every secret of the configuration is taken out of every value
    text        what came from outside is made one visible, bounded line; see `qenus.plain_text`
    rendering   as JSON or for people

and its line goes to a `LineWriter`: a log that is full, closed or not read costs lines, which are
counted, and nothing else.
"""

import atexit
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TextIO

import attrs
import msgspec
import structlog

from qenus.log_pace import Pace
from qenus.ops.line_writer import MAX_BYTES, MAX_LINES, LineWriter
from qenus.plain_text import plain
from qenus.redaction import Redactor

__all__ = ["LogLimits", "open_log"]

_Event = MutableMapping[str, Any]

_CLOSE_SECONDS: Final = 1.0
_MAX_VALUE_CHARACTERS: Final = 2048
_MAX_TRACEBACK_LINES: Final = 200
_MAX_ITEMS: Final = 64
_MAX_DEPTH: Final = 4
_MAX_INTEGER_BITS: Final = 256
_COLOURS: Final = {"debug": 36, "info": 32, "warning": 33, "error": 31, "critical": 31}


@attrs.frozen
class LogLimits:
    """What a log may take: queued lines and bytes, and of one kind of event lines a second.

    `burst` lines of a kind come through at once before `lines_per_second` holds.
    """

    max_lines: int = MAX_LINES
    max_bytes: int = MAX_BYTES
    lines_per_second: float = 10
    burst: int = 100


@contextmanager
def open_log(
    level: str,
    *,
    json: bool,
    descriptor: int,
    redactor: Callable[[], Redactor],
    limits: LogLimits | None = None,
) -> Iterator[TextIO]:
    """Send the process's log to a descriptor; give a stream for other lines that belong there.

    `level` is debug, info, warning or error. `redactor` is asked for at each line, since secrets
    become known when the configuration has been read. What is queued at the end is written while
    the process ends, within a second.
    """
    limits = limits or LogLimits()

    def say_dropped(count: int) -> str:
        line = {"event": "log lines were dropped", "level": "warning", "count": count}
        return render(None, "", line | {"timestamp": _now()})

    render = _render_json if json else _ConsoleRenderer(sys.stderr.isatty())
    writer = LineWriter(
        descriptor, say_dropped, max_lines=limits.max_lines, max_bytes=limits.max_bytes
    )
    # Also what Python itself has to say at the end passes through the queue.
    atexit.register(writer.close, _CLOSE_SECONDS)
    pace = Pace(limits.lines_per_second, limits.burst)

    def keep_pace(_logger: object, _method: str, event: _Event) -> _Event:
        left_out = pace.take(f"{event['level']} {event.get('event')}", time.monotonic())
        if left_out is None:
            raise structlog.DropEvent
        if left_out:
            event["left_out"] = left_out
        return event

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            keep_pace,
            lambda _logger, _method, event: _cleaned(event, redactor()),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: _Logger(writer),
    )
    yield writer.stream(lambda line: redactor().redact(line))
    if left_out := pace.left_out():
        structlog.get_logger("log").warning("log lines were left out", count=left_out)


class _Logger:
    """What structlog hands its lines to."""

    def __init__(self, writer: LineWriter) -> None:
        self.msg = self.debug = self.info = self.warning = self.warn = writer.put
        self.error = self.critical = self.exception = self.fatal = writer.put


def _now() -> str:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds // 1000:06}Z"


def _cleaned(event: _Event, redactor: Redactor) -> _Event:
    cleaned: _Event = {"timestamp": _now()}
    for key, value in event.items():
        if key == "traceback":
            cleaned[key] = [
                plain(line, _MAX_VALUE_CHARACTERS)
                for line in redactor.redact(str(value)).splitlines()[-_MAX_TRACEBACK_LINES:]
            ]
        else:
            cleaned[plain(str(key))] = _clean_value(value, redactor, _MAX_DEPTH)
    return cleaned


def _clean_value(value: object, redactor: Redactor, depth: int) -> object:
    """A value that any renderer can write: bounded, of JSON's own types, without secrets."""
    match value:
        case None | bool():
            return value
        case int() if value.bit_length() <= _MAX_INTEGER_BITS:
            return int(value)
        case int():
            return f"an integer of {value.bit_length()} bits"
        case float():
            return value if value - value == 0 else str(value)
        case str():
            return plain(redactor.redact(value), _MAX_VALUE_CHARACTERS)
        case Mapping() if depth:
            items = [*value.items()][:_MAX_ITEMS]
            return {
                plain(redactor.redact(str(key))): _clean_value(each, redactor, depth - 1)
                for key, each in items
            }
        case list() | tuple() if depth:
            return [_clean_value(each, redactor, depth - 1) for each in value[:_MAX_ITEMS]]
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 — logging never fails, whatever it is given
        text = f"<{type(value).__name__} that cannot be shown>"
    return plain(redactor.redact(text), _MAX_VALUE_CHARACTERS)


def _render_json(_logger: object, _method: str, event: _Event) -> str:
    return msgspec.json.encode(event).decode()


class _ConsoleRenderer:
    """A line for people: time, level, event, and name=value for the rest."""

    def __init__(self, colours: bool) -> None:
        self._colours = colours

    def __call__(self, _logger: object, _method: str, event: _Event) -> str:
        rest = dict(event)
        traceback: Sequence[str] = rest.pop("traceback", ())
        time_, level, said = (rest.pop(name) for name in ("timestamp", "level", "event"))
        fields = (f"{self._dim(name)}={_quoted(value)}" for name, value in rest.items())
        head = f"{self._dim(time_)} [{self._level(level)}] {said}"
        return "\n".join([" ".join([head, *fields]), *(f"    {line}" for line in traceback)])

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self._colours else text

    def _level(self, level: str) -> str:
        colour = _COLOURS.get(level, 0)
        return f"\x1b[{colour}m{level:<8}\x1b[0m" if self._colours else f"{level:<8}"


def _quoted(value: object) -> str:
    """A value quoted so that it is distinct from the next one."""
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return f"'{value}'" if not value or set(value) & set(" ='\"") else value
