"""What nodes and providers mean by their errors: busy, a batch that is too large, a plain no.

JSON-RPC leaves codes and words to the server, so the same thing is said in many ways, and
the same code means different things. Where code and words disagree the words decide, but never
those of a contract: a revert carries a text that anybody may have written. Pure.

Sources: JSON-RPC 2.0; EIP-1474 (-32005); the error codes that jsonrpsee, geth, erigon, besu and
nethermind define for batches; the documentation of Alchemy, Infura, QuickNode, dRPC and Base.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

import attrs

__all__ = ["BatchVerdict", "NodeError", "is_busy", "is_reverted", "judge_batch", "refuses_batch"]

# Too many requests as HTTP and as providers say it, and gateways that are overloaded.
_BUSY_STATUSES: Final = frozenset({429, 502, 503, 504})
_BUSY_CODES: Final = _BUSY_STATUSES | {15, -32005, -32007, -32016, -32029}
_BUSY_WORDS: Final = re.compile(
    r"too many requests|rate.?limit|request limit|requests? (?:per|a) (?:second|minute|day)"
    r"|limit (?:is |was )?exceeded|exceeded .{0,40}(?:limit|quota|capacity|compute)"
    r"|(?:count|quota|capacity|credits?) exceeded|compute units?|throttl|slow down"
    r"|over capacity|server is (?:too )?busy|try again (?:later|in)|exceed(?:s|ed|ing) .{0,20}rps",
    re.IGNORECASE,
)
# These limits are of one question, however seldom it is asked.
_LIMITS_OF_A_CALL: Final = re.compile(
    r"\b(?:gas|block range|range|response|result|size|log|query|execution|batch|depth|timeout"
    r"|memory|payload|body|content|subscription)s?\b.{0,40}(?:limit|exceed|larg|big)"
    r"|returned more than"
    r"|(?:limit|exceed|larg|big).{0,40}\b(?:gas|block range|response|results|batch|payload)\b",
    re.IGNORECASE,
)
_REVERTED_CODE: Final = 3
_REVERTED_WORDS: Final = re.compile(
    r"\s*(?:vm ex(?:ception|ecution error)|execution (?:error|revert)|revert)", re.I
)
_BATCH_WORDS: Final = re.compile(
    r"\b(?:batch(?:es|ed|ing)?|rpc calls? in)\b|rpc-max-batch|request entity too large"
    r"|(?:request|payload|body|content|response) (?:is |was )?too (?:large|big)",
    re.IGNORECASE,
)
_RATE_WORDS: Final = re.compile(r"rate.?limit|too many requests(?! in)|per second", re.I)
_TOO_LARGE_CODES: Final = frozenset({413})
# Each call of a batch may be answered by these for its own sake, all of them alike.
_ANSWERS_IN_THEMSELVES: Final = frozenset({_REVERTED_CODE, -32601})
_MAX_WORDS: Final = 1_000


@attrs.frozen
class NodeError:
    """An error as a node gave it. `code` is 0 where it gave none that is a number.

    `of_the_message`: it came in place of a whole message, to no call in particular.
    """

    code: int
    message: str
    retry_after_seconds: float | None = None
    of_the_message: bool = attrs.field(default=False, eq=False)


def is_reverted(error: NodeError) -> bool:
    """Whether the contract that was called reverted: asking again gives the same."""
    words = error.message[:_MAX_WORDS]
    return error.code == _REVERTED_CODE or _REVERTED_WORDS.match(words) is not None


def is_busy(error: NodeError) -> bool:
    """Whether the node only asks for patience: the same question may be answered later."""
    if is_reverted(error):
        return False
    words = error.message[:_MAX_WORDS]
    if _RATE_WORDS.search(words):
        return True
    if refuses_batch(error) or _LIMITS_OF_A_CALL.search(words):
        return error.code in _BUSY_STATUSES
    return error.code in _BUSY_CODES or _BUSY_WORDS.search(words) is not None


def refuses_batch(error: NodeError) -> bool:
    """Whether it says that so many calls in one message, or their answers, are too many."""
    if is_reverted(error):
        return False
    words = error.message[:_MAX_WORDS]
    if error.code in _TOO_LARGE_CODES:
        return True
    return _BATCH_WORDS.search(words) is not None and not _RATE_WORDS.search(words)


class BatchVerdict(Enum):
    """What the answers to the calls of one message say of the message."""

    TAKEN = auto()
    REFUSED = auto()
    BUSY = auto()
    # The same error for each call: asking one of them alone shows which it is.
    DOUBTFUL = auto()
    # Some calls were answered with results and some not at all.
    CUT_SHORT = auto()


def judge_batch(answers: Sequence[object]) -> BatchVerdict:
    """Judge a message of several calls by what came to each: a result, a NodeError, or None."""
    errors = [answer for answer in answers if isinstance(answer, NodeError)]
    given = sum(answer is not None for answer in answers)
    if not errors:
        return BatchVerdict.TAKEN if given == len(answers) else BatchVerdict.CUT_SHORT
    alike = len(errors) == given and len(set(errors)) == 1
    first = errors[0]
    if alike and refuses_batch(first):
        return BatchVerdict.REFUSED
    if len(errors) == given and all(is_busy(error) for error in errors):
        return BatchVerdict.BUSY
    if given < len(answers):
        # geth reports a batch that it does not take as the error of its first call alone.
        whole = given == 1 and alike
        return BatchVerdict.REFUSED if whole else BatchVerdict.CUT_SHORT
    if not alike or first.code in _ANSWERS_IN_THEMSELVES:
        return BatchVerdict.TAKEN
    return BatchVerdict.REFUSED if first.of_the_message else BatchVerdict.DOUBTFUL
