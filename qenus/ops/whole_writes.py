"""Bytes written whole to a descriptor, whether or not it blocks."""

import os
import select

__all__ = ["write_whole"]


def write_whole(descriptor: int, content: bytes) -> tuple[int, OSError | None]:
    """Write all of it; give how many bytes came out, and the error that kept the rest.

    A descriptor that does not block is waited for.
    """
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
        except OSError as error:
            return len(content) - len(rest), error
    return len(content), None
