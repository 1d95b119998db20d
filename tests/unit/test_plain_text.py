"""Text from outside comes out as one bounded line of visible characters."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qenus.plain_text import MAX_PLAIN_CHARACTERS, escaped_json, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("USDC", "USDC"),
        ("Tether USD₮0 — 中文 עברית", "Tether USD₮0 — 中文 עברית"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2Jgone\x07", r"\x1b[2Jgone\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\x00\x7f\x85", r"a\x00\x7f\x85"),
        ("line\u2028para\u2029", r"line\u2028para\u2029"),
        ("evil\u202etxt\u2066\u2069", r"evil\u202etxt\u2066\u2069"),
        ("U\u200bSD\u200dC\ufeff", r"U\u200bSD\u200dC\ufeff"),
        ("\u3164\u115f\ufe0f\u2800", r"\u3164\u115f\ufe0f\u2800"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800\ue000", r"\ud800\ue000"),
        ("a\u0301\u0302\u0303\u0304\u0305", "a\u0301\u0302\u0303\u0304" + r"\u0305"),
    ],
)
def test_what_a_screen_would_obey_is_escaped_and_letters_are_kept(text, shown):
    assert plain(text) == shown


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())), st.integers(30, 200))
def test_any_text_becomes_one_bounded_line_and_stays_so(text, limit):
    shown = plain(text, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert not [one for one in shown if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert plain(shown, limit) == shown


def test_what_was_cut_off_is_counted():
    shown = plain("x" * 10_000)
    kept, _, more = shown.partition("… (")
    assert len(kept) + int(more.removesuffix(" more)")) == 10_000
    assert plain("\n" * 100, 40) == "\\n" * 14 + "… (86 more)"


def test_a_huge_text_costs_no_more_than_what_is_shown_of_it():
    assert len(plain("\n" * 50_000_000)) <= MAX_PLAIN_CHARACTERS


def test_a_limit_without_room_for_the_count_is_refused():
    with pytest.raises(ValueError, match="expected a limit of at least"):
        plain("x" * 100, 5)


@given(st.recursive(st.text() | st.integers(), lambda each: st.lists(each, max_size=3)))
def test_escaped_json_has_the_same_value_and_nothing_that_a_screen_obeys(value):
    text = escaped_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert all(one.isprintable() for one in text)


def test_escaped_json_keeps_letters_and_escapes_what_json_may_leave():
    assert escaped_json('"₮ \x7f\x9b2J\u202e\U000e0041"') == (
        '"₮ \\u007f\\u009b2J\\u202e\\udb40\\udc41"'
    )
