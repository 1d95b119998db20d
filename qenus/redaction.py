"""Secrets kept out of every text: one `Redactor`, made of the configuration's addresses.

Keys of providers stand in the paths, queries and user names of addresses, and a server may send
back what it was asked: "Cannot POST /v3/KEY". So each text that can hold words from outside goes
through `Redactor.redact` before it is logged, published, printed or reported.

A secret is found in any case, percent-encoded or not, as base64 (also of user:password, as
`Authorization: Basic` has it), and when the text ends in the middle of it. An ordinary word in a
path, such as "mainnet", is only redacted where it stands in a path.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote

import attrs

__all__ = ["REDACTED", "Redactor", "has_secret"]

REDACTED: Final = "[secret]"
# A text may have been cut off in the middle of a secret: that much of it gives it away.
_TELLING_CHARACTERS: Final = 6
# Shorter ones cannot be distinguished from ordinary text; they are redacted with their context.
_LEAST_CHARACTERS: Final = 4
_WORD: Final = re.compile(r"[a-z]+(?:[-_.][a-z]+)*|v[0-9]+")
_LONGEST_WORD: Final = 19
# Addresses of sockets: their paths are no secrets.
_LOCAL_SCHEMES: Final = frozenset({"unix", "ipc", "inproc"})
# Paths with nothing to hide, and words that may stand before what is to be hidden.
_PUBLIC_TAIL: Final = re.compile(r"/?(?:(?:v[0-9]{1,2}|rpc|ws|http|jsonrpc)/?)?")
_LEADING_WORDS: Final = re.compile(r"(?:/(?:[a-z]{1,19}|v[0-9]+)(?=/))*/?")
_LEADING_WORD: Final = re.compile(r"[a-z._-]*")
# Some providers put the key in front of the host's name.
_KEY_IN_HOST: Final = re.compile(r"[0-9a-fA-F]{24,}")


@attrs.frozen
class Redactor:
    """Takes secrets out of texts; made by `of` from the addresses that hold them."""

    # Each form of a secret and how much of its beginning gives it away, the longest first.
    _forms: tuple[tuple[str, int], ...] = attrs.field(default=(), repr=False)
    _starts: re.Pattern[str] | None = attrs.field(default=None, repr=False, eq=False)

    @classmethod
    def of(cls, addresses: Iterable[str], secrets: Iterable[str] = ()) -> "Redactor":
        """Make one that knows the secrets in URLs, well-formed or not, and further ones."""
        return cls().also(addresses, secrets)

    def also(self, addresses: Iterable[str], secrets: Iterable[str] = ()) -> "Redactor":
        """Make one that knows these, too."""
        forms = dict(self._forms)
        for address in addresses:
            for secret, least in _secrets_of(address):
                _add_forms(forms, secret, least)
        for secret in secrets:
            _add_forms(forms, secret, _telling(secret))
        longest_first = sorted(forms.items(), key=lambda form: (-len(form[0]), form))
        if not longest_first:
            return self
        starts = dict.fromkeys(re.escape(form[:least]) for form, least in longest_first)
        return Redactor(
            tuple(longest_first), re.compile("|".join(starts), re.IGNORECASE | re.ASCII)
        )

    def redact(self, text: str) -> str:
        """Give the text with every secret in it replaced by `REDACTED`."""
        if self._starts is None:
            return text
        kept: list[str] = []
        at = 0
        while (found := self._starts.search(text, at)) is not None:
            end = max(_end_of(form, least, text, found.start()) for form, least in self._forms)
            assert end > at, "what begins as a form does is at least that much of it"
            kept += [text[at : found.start()], REDACTED]
            at = end
        return "".join([*kept, text[at:]])


def has_secret(address: str) -> bool:
    """Whether anything in an address, well-formed or not, has to be kept from being shown."""
    return next(iter(_secrets_of(address)), None) is not None


def _end_of(form: str, least: int, text: str, start: int) -> int:
    """Where the form, or as much of it as is there, ends; `start` when it is not there."""
    there = text[start : start + len(form)]
    same = 0
    for one, other in zip(form, there, strict=False):
        if one.lower() != other.lower():
            break
        same += 1
    return start + same if same >= least else start


def _secrets_of(address: str) -> Iterator[tuple[str, int]]:
    """What to keep out of texts, each with how much of its beginning gives it away.

    Taken apart by hand, since a malformed address has secrets too.
    """
    scheme, separator, rest = address.strip().partition("://")
    if not separator:
        scheme, rest = "", address.strip()
    if scheme in _LOCAL_SCHEMES:
        return
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:]
    user, at_sign, host = rest.rpartition("@")
    if at_sign:
        # A password with a slash in it stands here too, and nothing is lost when it is a path.
        yield from _user_secrets(user)
    host = authority.rpartition("@")[2]
    yield from ((label, _telling(label)) for label in host.split(".") if _is_key_in_host(label))
    unknown = "" if separator else host.partition(":")[2]
    if unknown and not unknown.isdecimal():
        # foo:KEY, where it is not known what foo is.
        yield unknown, len(unknown)
    if not _PUBLIC_TAIL.fullmatch(tail):
        leading = _LEADING_WORDS.match(tail)
        assert leading is not None
        yield tail, min(len(tail), leading.end() + _TELLING_CHARACTERS)
    for part in re.split(r"[/?#&\s@]+", tail):
        yield from _part_secrets(part.partition("=")[2] or part)


def _is_key_in_host(label: str) -> bool:
    return _KEY_IN_HOST.fullmatch(label) is not None


def _user_secrets(user: str) -> Iterator[tuple[str, int]]:
    name, _, password = user.partition(":")
    for form in {user, f"{unquote(name)}:{unquote(password)}"}:
        if len(form) >= _LEAST_CHARACTERS:
            yield form, len(form)
    secret = password or name
    if len(secret) >= _LEAST_CHARACTERS:
        yield secret, _telling(secret)


def _part_secrets(part: str) -> Iterator[tuple[str, int]]:
    if len(part) < _LEAST_CHARACTERS:
        return
    if len(part) <= _LONGEST_WORD and _WORD.fullmatch(part):
        yield from ((before + part, 1 + len(part)) for before in "/=")
    else:
        yield part, _telling(part)


def _telling(secret: str) -> int:
    """How much of a secret's beginning gives it away: more than a word that may lead it."""
    word = _LEADING_WORD.match(secret)
    assert word is not None
    return min(len(secret), max(_TELLING_CHARACTERS, word.end() + 3))


def _add_forms(forms: dict[str, int], secret: str, least: int) -> None:
    """Note a secret as it may come back: percent-encoded, decoded, and as base64."""
    if not secret:
        return
    decoded = unquote(secret)
    for form in {secret, decoded, quote(decoded, safe=""), quote(decoded), quote_plus(decoded)}:
        forms[form] = min(least, len(form), forms.get(form, least))
    if len(decoded) >= _LEAST_CHARACTERS:
        raw = decoded.encode(errors="replace")
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            form = encode(raw).decode().rstrip("=")
            forms.setdefault(form, min(len(form), 2 * _TELLING_CHARACTERS))
