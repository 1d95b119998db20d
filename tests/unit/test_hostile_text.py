"""What a node says is text from outside for who watches it: no screen obeys it."""

import pytest

from qenus.cli.console import Lines, feature_line
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
