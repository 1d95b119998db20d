"""The line: numbers and journals frames once, before any transport; publishers read it.

    parcels ──► keep_line ──► LineReader "nng" ──► Pub0 socket
                    │    └──► LineReader …    ──► …
                    └ Line: sequence numbers, journal

Every reader gets the same bytes, in its own mailbox, at its own pace: the slowest loses its oldest
frames, which are numbered and in the journal, and can stop neither a chain nor another reader.
"""

from qenus.line.actor import keep_line
from qenus.line.line import SESSION_BYTES, Line
from qenus.line.reader import LineLag, LineReader, Publisher

__all__ = ["SESSION_BYTES", "Line", "LineLag", "LineReader", "Publisher", "keep_line"]
