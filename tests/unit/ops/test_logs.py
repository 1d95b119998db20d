"""What is logged is bounded, without secrets, one line an event, and paced."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from qenus.ops import logs
from qenus.ops.logs import LogLimits, open_log
from qenus.redaction import Redactor

KEY = "aB3dE6gH9jK2mN5pQ8"


@pytest.fixture(autouse=True)
def _unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()


class Log:
    """A log that is read when it was closed."""

    def __init__(self, monkeypatch, *, json: bool = True, limits: LogLimits | None = None) -> None:
        self._ours, self._theirs = os.pipe()
        closing: list[Any] = []
        monkeypatch.setattr(
            logs.atexit, "register", lambda close, seconds: closing.append((close, seconds))
        )
        self._closing = closing
        redactor = Redactor.of([f"wss://eth.example/v3/{KEY}"])
        self._opened = open_log(
            "debug", json=json, descriptor=self._theirs, redactor=lambda: redactor, limits=limits
        )

    def __enter__(self) -> Any:
        self.messages = self._opened.__enter__()
        self.log = structlog.get_logger("test")
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.__exit__(None, None, None)
        for close, seconds in self._closing:
            close(seconds)
        os.close(self._theirs)
        with open(self._ours, encoding="utf-8") as file:
            self.text = file.read()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


class Unshowable:
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_every_value_becomes_json_and_none_can_fail(monkeypatch):
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    with Log(monkeypatch) as log:
        log.log.info(
            "event",
            text="a\x1b[2J\u202eb\n",
            number=7,
            huge=10**5000,
            nan=float("nan"),
            none=None,
            flag=True,
            items=("a", {"k\n": b"\x00"}),
            deep=deep,
            many=list(range(1000)),
            error=ValueError("x\ny"),
            long="y" * 100_000,
            unshowable=Unshowable(),
        )
    (event,) = log.events
    assert event["text"] == r"a\x1b[2J\u202eb\n"
    assert (event["number"], event["none"], event["flag"]) == (7, None, True)
    assert event["huge"] == "an integer of 16610 bits"
    assert event["nan"] == "nan"
    assert event["items"] == ["a", {r"k\n": r"b'\x00'"}]
    assert len(event["many"]) == 64
    assert event["error"] == r"x\ny"
    assert len(event["long"]) <= 2048
    assert event["unshowable"] == "<Unshowable that cannot be shown>"
    assert (event["event"], event["level"]) == ("event", "info")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_key_is_in_no_line(monkeypatch, as_json):
    with Log(monkeypatch, json=as_json) as log:
        log.log.error(
            f"event {KEY}",
            reason=f"Cannot POST /v3/{KEY}",
            urls=[f"wss://eth.example/v3/{KEY}"],
            error=ValueError(KEY),
            nested={KEY: {"k": KEY}},
            traceback=f"Traceback\n  File x\nValueError: {KEY}",
        )
        print(f"warning: {KEY}", file=log.messages)
    assert log.text.count("[secret]") == 8
    assert KEY not in log.text


def test_a_line_for_people_is_one_line(monkeypatch):
    with Log(monkeypatch, json=False) as log:
        log.log.warning("joined", subscriber="x\n2026-11-30 [error] forged", n=1, plain="y")
    (line,) = log.text.splitlines()
    assert line.endswith(r"[warning ] joined subscriber='x\n2026-11-30 [error] forged' n=1 plain=y")


def test_a_traceback_stands_in_lines_below_its_event(monkeypatch):
    with Log(monkeypatch, json=False) as log:
        log.log.debug("traceback", actor="a", traceback="Traceback:\n  File\x1b\nValueError: x")
    first, *others = log.text.splitlines()
    assert first.endswith("traceback actor=a")
    assert others == ["    Traceback:", r"      File\x1b", "    ValueError: x"]


def test_a_kind_of_event_beyond_its_pace_is_left_out_and_counted(monkeypatch):
    with Log(monkeypatch, limits=LogLimits(burst=5, lines_per_second=0.0)) as log:
        for at in range(1000):
            log.log.warning("bad request", peer=at)
        log.log.warning("another")
    events = log.events
    assert [event["event"] for event in events] == ["bad request"] * 5 + [
        "another",
        "log lines were left out",
    ]
    assert events[-1]["count"] == 995
