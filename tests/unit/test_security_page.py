"""SECURITY.md says what the limits are: each key of the configuration, and each fixed bound."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from qenus.config import QenusConfig

PAGE = (Path(__file__).resolve().parents[2] / "SECURITY.md").read_text()
UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def rows(heading: str) -> list[list[str]]:
    """The cells of the table with such a heading, a list for each line."""
    lines = iter(PAGE[PAGE.index(heading) :].splitlines()[2:])
    found = []
    for line in lines:
        if not line.startswith("|"):
            return found
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def number(text: str) -> int:
    if text.startswith("0o"):
        return int(text, 8)
    digits, _, unit = text.partition(" ")
    return int(digits.replace(",", "")) * UNITS[unit]


def configured() -> Iterator[tuple[str, str, int, int, int]]:
    """(section, key, default, least, most) of every integer of the configuration."""
    for section in attrs.fields(QenusConfig):
        for field in attrs.fields(section.metadata["section"]):
            limits = re.fullmatch(r"an integer from (\d+) to (\d+)", field.metadata["expected"])
            if limits is not None:
                low, high = map(int, limits.groups())
                yield section.name, field.name, field.default, low, high


def test_the_table_has_every_limit_of_the_configuration_as_it_is():
    table = rows("| section | key | default |")
    said = [
        (section, key, *map(number, (default, low, high)))
        for section, key, default, low, high, _ in table
    ]
    assert sorted(said) == sorted(configured())
    assert all(bounds for *_, bounds in table)


@pytest.mark.parametrize("row", rows("| limit | value | where |"), ids=lambda row: row[0])
def test_a_fixed_limit_is_what_the_page_says(row):
    _, value, where = row
    module, _, name = where.rpartition(".")
    assert number(value) == getattr(importlib.import_module(module), name)


def test_the_page_says_how_to_report_and_against_whom():
    assert "## Report a vulnerability" in PAGE
    for who in ("A node", "A peer on the network", "Another user", "A file", "A dependency"):
        assert f"| **{who}" in PAGE
