"""Errors as data: bounded text that is safe to keep, whatever the exception does when asked.

An exception is foreign code: its `__str__` and `__repr__` may raise or return megabytes, its
chain of causes may be as long as a loop ran, and its groups may be nested deeper than Python
recurses. So the text is made here, with a bound for each of these, and not by `traceback`,
which follows the chain to its end and compiles every line again to find where markers go.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

import attrs

_MAX_CHARACTERS = 16_384
_MAX_FRAMES = 64  # of one exception, the last ones
_MAX_EXCEPTIONS = 16  # in one description: of chains and groups together
_MAX_GROUP_DEPTH = 4
_MAX_NOTES = 16

_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_WHILE_HANDLED = "\nDuring handling of the above exception, another exception occurred:\n\n"


@attrs.frozen
class ErrorInfo:
    """An error as data: safe to keep, to print and to send, holds no frames alive."""

    type: str
    message: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> ErrorInfo:
        """Describe an exception.

        The message keeps its first 16,384 characters, the traceback its last 16,384, of at most
        16 exceptions with 64 frames each.
        """
        try:
            text = "".join(_described(error, [_MAX_EXCEPTIONS], 0))
        except BaseException:  # noqa: BLE001  a broken cause must not break supervision
            text = "<traceback unavailable>"
        kind = type(error)
        return cls(
            type=f"{kind.__module__}.{kind.__qualname__}",
            message=message_of(error),
            traceback=text[-_MAX_CHARACTERS:],
        )


def message_of(error: BaseException) -> str:
    """Return the text of an exception, at most 16,384 characters of it; raises nothing."""
    try:
        return str(error)[:_MAX_CHARACTERS]
    except BaseException:  # noqa: BLE001  a broken __str__ must not break supervision
        return "<unprintable>"


def named(error: BaseException) -> str:
    """Return the class and the text of an exception in one line's form; raises nothing."""
    kind, text = type(error).__qualname__, message_of(error)
    return f"{kind}: {text}" if text else kind


def leaves_of(error: BaseException) -> Iterator[BaseException]:
    """Yield what a group holds that is no group itself; of anything else, the error itself."""
    pending = [error]
    while pending:  # not by recursion: how deep groups nest is up to who raised them
        part = pending.pop()
        if isinstance(part, BaseExceptionGroup):
            pending.extend(reversed(part.exceptions))
        else:
            yield part


def _described(error: BaseException, left: list[int], depth: int) -> Iterator[str]:
    """Yield the text of an exception with its causes; `left` counts down over all of them."""
    for link, words in _chain(error, left):
        yield words
        if link.__traceback__ is not None:
            yield "Traceback (most recent call last):\n"
            frames = traceback.walk_tb(link.__traceback__)
            yield from traceback.StackSummary.extract(frames, limit=-_MAX_FRAMES).format()
        kind = type(link)
        module = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
        yield f"{module}{named(link)}\n"
        for note in list(getattr(link, "__notes__", ()))[:_MAX_NOTES]:
            yield f"{str(note)[:_MAX_CHARACTERS]}\n"
        if isinstance(link, BaseExceptionGroup) and depth < _MAX_GROUP_DEPTH:
            for number, member in enumerate(link.exceptions, 1):
                if left[0] <= 0:
                    yield f"  and {len(link.exceptions) - number + 1} more\n"
                    break
                yield f"  +---------------- {number} ----------------\n"
                text = "".join(_described(member, left, depth + 1))
                yield "".join(f"  | {line}\n" for line in text.splitlines())


def _chain(error: BaseException, left: list[int]) -> list[tuple[BaseException, str]]:
    """List an exception and what it came from, the first cause first, with the words before."""
    links = [(error, "")]
    seen = {id(error)}
    left[0] -= 1
    while left[0] > 0:
        last = links[-1][0]
        if last.__cause__ is not None:
            earlier, words = last.__cause__, _CAUSED
        elif last.__context__ is not None and not last.__suppress_context__:
            earlier, words = last.__context__, _WHILE_HANDLED
        else:
            break
        if id(earlier) in seen:
            break
        links[-1] = (last, words)
        links.append((earlier, ""))
        seen.add(id(earlier))
        left[0] -= 1
    return links[::-1]
