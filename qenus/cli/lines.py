"""What commands print, line by line: no screen obeys a text from outside.

Rejections, names of files and of subscribers, token symbols and errors have words of others in
them. `say` puts one line on standard error, `plain_line` makes one for people, `json_line` one for
programs: JSON in which what a terminal would obey is escaped as JSON escapes it, so that its value
stays the same.
"""

import click
import msgspec

from qenus.plain_text import escaped_json, plain

__all__ = ["MAX_LINE_CHARACTERS", "json_line", "plain_line", "say"]

# A line for people has room for a feature with all of its fields, and for a rejection's evidence.
MAX_LINE_CHARACTERS = 16_384


def say(text: str) -> None:
    """Print one line for people on standard error."""
    click.echo(f"qenus: {plain_line(text)}", err=True)


def plain_line(text: str) -> str:
    """Give a text as one visible, bounded line."""
    return plain(text, MAX_LINE_CHARACTERS)


def json_line(value: object) -> str:
    """Give a value as one line of JSON that any terminal may show."""
    return escaped_json(msgspec.json.encode(value).decode())
