"""What tokens say of themselves, within bounds that keep a hostile one harmless.

Any account may deploy a token: its symbol may be a megabyte, an escape sequence or a bytes32, its
decimals may be 300 or a revert, and its answer may change with every block. So each answer is
bounded, what does not fit is absent, and it is asked for again for every block that says it: a
node that remembered could publish something else than one that started later.
Source: EIP-20; MKR and other early tokens for bytes32.
"""

from collections.abc import Iterable

from qenus.protocols.reads import Answer, Call, Plan, call_data, words_of
from qenus.wire import TokenMetadata

__all__ = ["NATIVE", "decimals_in", "text_in", "token_metadata"]

# The chain's own currency, as Uniswap V4 names it.
NATIVE = bytes(20)
_DECIMALS = call_data("decimals()")
_SYMBOL = call_data("symbol()")
_NAME = call_data("name()")
_MAX_SYMBOL_BYTES = 32
_MAX_NAME_BYTES = 96
_MAX_DECIMALS = 255


def token_metadata(block_hash: bytes, tokens: Iterable[bytes]) -> Plan[list[TokenMetadata]]:
    """Ask the tokens (20-byte addresses) at the end of a block; in order of address."""
    asked = sorted(set(tokens))
    calls = [
        Call(block_hash, token, data, unverified=True)
        for token in asked
        if token != NATIVE
        for data in (_DECIMALS, _SYMBOL, _NAME)
    ]
    answers = iter((yield calls) if calls else ())
    found: list[TokenMetadata] = []
    for token in asked:
        if token == NATIVE:
            found.append(TokenMetadata(token, 18))
            continue
        decimals, symbol, name = next(answers), next(answers), next(answers)
        found.append(
            TokenMetadata(
                token,
                decimals_in(decimals),
                text_in(symbol, _MAX_SYMBOL_BYTES),
                text_in(name, _MAX_NAME_BYTES),
            )
        )
    return found


def decimals_in(answer: Answer) -> int | None:
    """Read what decimals() returned; None unless it is one word from 0 to 255."""
    words = words_of(answer, 1)
    if words is None or words[0] > _MAX_DECIMALS:
        return None
    return words[0]


def text_in(answer: Answer, max_bytes: int) -> str | None:
    """Read an ABI string or a bytes32; None unless it is short, UTF-8 and printable.

    The bound is the wire contract's: bytes, not characters.
    """
    if answer is None:
        return None
    raw = answer.rstrip(b"\0") if len(answer) == 32 else _string_in(answer, max_bytes)
    if not raw:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def _string_in(answer: bytes, max_bytes: int) -> bytes | None:
    words = words_of(answer, 2)
    if words is None or words[0] != 32 or words[1] > max_bytes:
        return None
    raw = answer[64 : 64 + words[1]]
    return raw if len(raw) == words[1] else None
