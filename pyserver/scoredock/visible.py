"""Text of others as people may see it: names, commands, files and logs are written by somebody else.

A listing is made of rows, so a name must not end one; and nothing in it may move a cursor, hide what stands beside it
or turn the direction of what follows. `docs/decisions/0139` says what is text for people and what is data.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

LONGEST: Final = 4_000
"""Characters of one text in a sentence or a row: a name may be as long as somebody likes."""
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEY = "scoredock.text"

LINES: Final[Mapping[str, str]] = {_KEY: "lines"}
"""Metadata of a field of a message: several lines for people, such as a description or a report."""
DATA: Final[Mapping[str, str]] = {_KEY: "data"}
"""The same of a field that is the content of a file, a body or a secret: a program gets its very characters."""


def one_line(text: str) -> str:
    """Text that may be shown on one line: line ends, control characters, lone surrogates and turns of direction are
    escaped, and what was sent as a secret is not there."""
    text = hidden(text)
    if text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def in_lines(text: str) -> str:
    """The same with its lines and tabs."""
    if text.isprintable():
        return text
    return "".join(
        c if c in "\n\t" or _is_harmless(c) else c.encode("unicode_escape").decode("ascii")
        for c in text.replace("\r\n", "\n")
    )


def in_row(text: str, longest: int = LONGEST) -> str:
    """The same on one line, not longer than it can be looked at."""
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return one_line(text)


def visible(message: _T) -> _T:
    """A message with all its text, and that of what it holds, as it may be shown: each on one line, besides the fields
    that are declared as LINES or DATA."""
    shown: _T = _visible(message)
    return shown


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return in_row(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_visible, value))
    if isinstance(value, dict):
        return {_visible(key): _visible(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changes = {each.name: _of_field(getattr(value, each.name), each.metadata.get(_KEY)) for each in fields(value)}
        changes = {name: each for name, each in changes.items() if each is not getattr(value, name)}
        return replace(value, **changes) if changes else value
    return value


def _of_field(value: Any, kind: str | None) -> Any:
    if kind == "data":
        return value
    if kind == "lines":
        several = isinstance(value, (list, tuple))
        return type(value)(map(in_lines, value)) if several else in_lines(value)
    return _visible(value)


def _is_harmless(character: str) -> bool:
    return character not in _TURNING and unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")


# Passwords and tokens that this process has sent, so that no message repeats them: a server may answer with the request
# that it got. Each client says here what it sends, and every ScoredockError asks. Nothing of it is written.

_LEAST_SECRET = 8
"""A shorter one stands in ordinary words, too."""
_LEAST_PART = 5
"""Of one, or of it in Base64."""
_WRAPS = (76, 64)
"""Characters of Base64 in a line, of `base64` and of keys."""
_ESCAPES = (("'", "''"), ("'", "'\\''"), ('"', '\\"'), ("\\", "\\\\"))
_MOST_SECRETS = 4_000
_HIDDEN = "…"
_forms: dict[str, None] = {}
_secrets_lock = threading.Lock()


def remember(*secrets: str) -> None:
    """Remembers secrets in each of their `forms_of`. Of very many the first are forgotten."""
    with _secrets_lock:
        for secret in secrets:
            if len(secret) >= _LEAST_SECRET and secret not in _forms:
                _forms.update(dict.fromkeys(forms_of(secret)))
        while len(_forms) > _MOST_SECRETS:
            del _forms[next(iter(_forms))]


def basic_login(username: str, password: str) -> str:
    """Base64 text that follows `Basic`, remembered as a secret with its password."""
    import base64

    packed = base64.b64encode(f"{username}:{password}".encode()).decode()
    remember(password, packed)
    return packed


def hidden(text: str) -> str:
    """Text without what was sent as a secret."""
    if not _forms or not isinstance(text, str):
        return text
    with _secrets_lock:
        forms = tuple(_forms)
    return without(text, forms, _HIDDEN)


def without(text: str, forms: Iterable[str], sign: str, longest: int | None = None) -> str:
    """A text, or its first characters, with a sign where one of the forms stands or several that overlap."""
    end = len(text) if longest is None else longest
    parts, at = [], 0
    there = [form for form in forms if form in text]  # of most texts none, and every row of a list asks
    for start, stop in sorted(place for form in there for place in _places(form, text, end)):
        if start >= at:
            parts += [text[at:start], sign]
        at = max(at, stop)
    return "".join((*parts, text[at:end]))


def _places(form: str, text: str, end: int) -> Iterator[tuple[int, int]]:
    """Positions of the form in the text that begin before an end."""
    start = text.find(form, 0, end + len(form) - 1)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1, end + len(form) - 1)


def forms_of(secret: str) -> set[str]:
    """Forms of a secret: as it is, and as programs write it: in JSON, XML, an address, for a shell, and in Base64
    wherever it stands in a longer text."""
    # Late: who sends nothing does without.
    import json
    import re
    from html import escape
    from urllib.parse import quote, quote_plus

    packed = secret.encode("utf-8", "surrogateescape")
    addresses = [quote(packed, safe) for safe in ("", "/", "!'()*~")] + [quote_plus(packed)]
    ascii_json = json.dumps(secret)[1:-1]
    before, ampersand, behind = secret.rpartition("&")  # PowerShell shows parts of a command
    forms = {
        secret,
        packed.decode("utf-8", "replace"),
        *addresses,
        *(re.sub("%[0-9A-F]{2}", lambda match: match.group().lower(), each) for each in addresses),
        ascii_json,
        ascii_json.replace("/", "\\/"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        escape(secret, quote=False),
        escape(secret),
        escape(secret).replace("&#x27;", "&apos;"),
        *(secret.replace(sign, other) for sign, other in _ESCAPES),
        *(each for each in (before + ampersand, behind) if ampersand and len(each) >= _LEAST_PART),
        secret[1:-1] if len(secret) > _LEAST_SECRET and secret[0] == secret[-1] == '"' else secret,
    }
    for form in _base64_forms(packed):
        forms |= {form, form.replace("+", "-").replace("/", "_")}
    return forms - {""}


def _base64_forms(secret: bytes) -> Iterator[str]:
    """Three bytes are four characters, so it looks different with one or two bytes before it. The first character may
    have a part of those, and is left out; the last one is there where the secret is the end, but for a line end."""
    from base64 import b64encode

    for shift in range(3):
        first = shift + (shift > 0)
        for end in (b"", b"\n"):
            text = b64encode(bytes(shift) + secret + end).decode()[first:]
            pieces = [text[at : at + wrap] for wrap in _WRAPS for at in range(0, len(text), wrap) if len(text) > wrap]
            whole = text[: (shift + len(secret)) * 8 // 6 - first]
            yield from (each for each in (text, text.rstrip("="), whole, *pieces) if len(each) >= _LEAST_PART)
        if not shift and secret:
            yield b64encode(secret).decode()
