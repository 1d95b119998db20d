"""What subscribers read of alerts holds no key and nothing that a screen would obey."""

import pytest

from qenus.line.alert_texts import AlertTexts
from qenus.line.line import Line
from qenus.redaction import Redactor
from qenus.wire import ALERTS, Alert, Parcel, Rejection, Severity, decode, encode

KEY = "aB3dE6gH9jK2mN5pQ8"
TEXTS = AlertTexts(Redactor.of([f"wss://eth.example/v3/{KEY}"]))
SAID = f"Cannot POST /v3/{KEY}\x1b[2J\u202e\n"
SHOWN = r"Cannot POST [secret]\x1b[2J\u202e\n"

ALERT = Alert(Severity.WARNING, "endpoint_down", "wss://eth.example", True, SAID, None)
REJECTION = Rejection(1, None, SAID, "shape", SAID, SAID)


def cleaned(content: Alert | Rejection) -> Alert | Rejection:
    return decode(TEXTS.clean(Parcel(ALERTS, 7, encode(content))).content, Alert | Rejection)


def test_an_alert_says_no_key():
    said = cleaned(ALERT)
    assert (said.name, said.subject, said.text) == ("endpoint_down", ALERT.subject, SHOWN)


def test_a_rejection_says_no_key():
    said = cleaned(REJECTION)
    assert (said.source, said.step, said.expected, said.found) == (SHOWN, "shape", SHOWN, SHOWN)


def test_a_text_of_any_characters_keeps_to_the_contracts_bounds():
    long = "\U0001f600" * 1024
    said = cleaned(Rejection(1, None, long[:256], "shape", long, "\n" * 4096))
    assert said.expected == long
    assert len(said.found.encode()) <= 4096


def test_all_other_topics_are_left_as_they_are():
    parcel = Parcel("features.pool_state.ethereum", 7, SAID.encode())
    assert TEXTS.clean(parcel) is parcel


@pytest.mark.parametrize("content", [ALERT, REJECTION])
def test_no_frame_of_a_line_holds_a_key(content):
    line = Line("a", bytes(16), journal_bytes=1 << 20, texts=TEXTS)
    frame = line.append(0, Parcel(ALERTS, 7, encode(content)), now_ns=1)
    assert KEY.encode() not in frame
    assert b"[secret]" in frame
