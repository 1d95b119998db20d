"""What a node says is text from outside for who watches it: no screen obeys it."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from qenus.cli import lines
from qenus.cli.console import Lines
from qenus.cli.extract import command as extract
from qenus.cli.feature_lines import feature_line
from qenus.cli.verify import command as verify
from qenus.client import (
    AlertReported,
    ContentReceived,
    FrameRejected,
    FramesLost,
    SessionStarted,
    SourceRejected,
)
from qenus.errors import RemoteProtocolError
from qenus.wire import Alert, Bid, Rejection, Severity

HOSTILE = "\x1b[2J\x9b2J\u202e\r\nqenus: 5 blocks"
BID = Bid(HOSTILE, 1, 2, bytes(32), bytes(32), bytes(48), bytes(20), bytes(32), 3)
EVENTS = [
    SessionStarted(HOSTILE, bytes(16)),
    AlertReported(Alert(Severity.WARNING, HOSTILE, HOSTILE, True, HOSTILE, None)),
    SourceRejected(Rejection(1, None, HOSTILE, HOSTILE, HOSTILE, HOSTILE)),
    FrameRejected(RemoteProtocolError(HOSTILE)),
    FramesLost(HOSTILE),
    ContentReceived("features.mev.demo", BID, 1, 2),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_no_event_puts_more_than_one_plain_line_on_a_screen(event, capsys):
    Lines(json=False).show(event)
    out, err = capsys.readouterr()
    (line,) = (out + err).splitlines()
    assert line.isprintable()
    assert "x1b[2J" in line
    assert "u202e" in line


def test_a_feature_whose_protocol_is_hostile_is_one_plain_line():
    row = {"family": "bridge", "kind": "initiated", "protocol": HOSTILE, "block_number": 1}
    line = feature_line({**row, "log_index": 2, "address": "0x00", "token": HOSTILE})
    for code in ("\x1b[2J", "\x9b", "\u202e", "\r", "\n"):
        assert code not in line


@pytest.fixture
def hostile_block(data, tmp_path):
    """A recorded block whose first receipt has hostile words, in a file with a hostile name."""
    with gzip.open(data / "l1" / "blocks" / "14764013.json.gz") as file:
        recorded = json.load(file)
    recorded["receipts"][0]["type"] = HOSTILE
    path = tmp_path / "\x1b[2J\u202e\nqenus: 1 of 1 verified.json"
    path.write_text(json.dumps(recorded))
    return path


@pytest.mark.parametrize("command", [verify, extract])
def test_a_rejected_file_puts_only_plain_lines_on_a_screen(command, hostile_block):
    result = CliRunner().invoke(command, [str(hostile_block)])
    assert result.exit_code == 1
    shown = (result.stdout + result.stderr).split("\n")
    assert any("x1b[2J" in line and "u202e" in line for line in shown)
    assert all(line.isprintable() for line in shown)
    assert [line[:13] for line in shown if line[:7] == "qenus: " and line[7].isdecimal()] == [
        "qenus: 0 of 1"
    ]


def test_json_lines_of_rejections_hold_nothing_that_a_screen_obeys(hostile_block):
    result = CliRunner().invoke(verify, ["--json", str(hostile_block)])
    (line,) = result.stdout.splitlines()
    assert line.isprintable()
    assert json.loads(line)["file"] == str(hostile_block)


def test_commands_speak_to_standard_error_through_one_door():
    """Elsewhere a text from outside would have to be made plain by each of them."""
    folder = Path(lines.__file__).parent
    speaking = [path.name for path in folder.glob("*.py") if " err=True" in path.read_text()]
    assert speaking == ["lines.py"]
