"""Slips of people in JSON: which spelling was meant, and how the slip is explained."""

from __future__ import annotations

import json
import math
import re

from scoredock import l10n
from scoredock.late_dataclass import dataclass

ODD_SPACE = re.compile("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff\x0b\x0c]+")
"""Characters that look like a space and are none for JSON."""
CURLED = re.compile("[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2018\u2019\u201a\u201b`]")
"""Quotes that word processors and chats make of straight ones."""
_CURLED_TEXT = re.compile(
    "[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2018\u2019\u201a\u201b`]"
    '([^\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2018\u2019\u201a\u201b`"\r\n]*)'
    '[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2018\u2019\u201a\u201b`"]'
)
_HALF_CURLED = re.compile('"([^"\\\\\u201c\u201d\u2033\r\n]*)[\u201c\u201d\u2033](?=\\s*[,:}\\]\r\n])')
COMMAS = ";\uff0c\uff1b\u3001"
"""Marks that stand where a comma belongs."""
COLON = re.compile("=>|=|\uff1a")
WORD = re.compile("[^\\s,:;\uff0c\uff1b\u3001\uff1a=\\[\\]{}\"'\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019`]+")
"""A key without quotes."""
BARE = re.compile(
    "(?:(?!\\s(?://|#|/\\*))[^,;\uff0c\uff1b\u3001\\[\\]{}\"'\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019`\r\n])+"
)
"""A value without quotes, up to the end of its line."""
_PREFIX = re.compile("[uUbBrRfF]{1,2}(?=[\"'])")
_TRIPLE = re.compile('"""(.*?)"""', re.DOTALL)
_REST = re.compile("[^\r\n]*")
_SPELLINGS = {
    "true": "true",
    "yes": "true",
    "on": "true",
    "false": "false",
    "no": "false",
    "off": "false",
    "none": "null",
    "null": "null",
    "nil": "null",
}
_PYTHON = frozenset({"true", "false", "none", "null"})
"""Spellings that are one in Python or with other capitals; `no` may be a country."""
_NOTHING = frozenset({"nan", "infinity", "-infinity", "inf", "-inf", "undefined"})
_DIGITS = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]{1,12}|[0-9_]{1,15}(?:\.[0-9_]{0,15})?|\.[0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Slip:
    """One misspelt value."""

    end: int
    """Offset behind it."""
    new: str
    """As JSON writes it."""
    value: str | int | float | bool | None
    message: str
    title: str
    quoted: bool = False
    certain: bool = False
    """Whether nothing else can have been meant."""


def quoted_slip(text: str, start: int) -> Slip | None:
    """A text in other than two straight double quotes, or None."""
    triple = _TRIPLE.match(text, start)
    if triple is not None:
        new = json.dumps(triple.group(1), ensure_ascii=False)
        return Slip(
            triple.end(),
            new,
            triple.group(1),
            l10n.t("JSON has no triple quotes."),
            l10n.t("Use double quotes"),
            quoted=True,
        )
    curled = _CURLED_TEXT.match(text, start) or _HALF_CURLED.match(text, start)
    if curled is None:
        return None
    value = curled.group(1)
    message = l10n.t("These are typographic quotes; JSON needs straight double quotes.")
    new = json.dumps(value, ensure_ascii=False)
    return Slip(curled.end(), new, value, message, l10n.t("Use double quotes"), quoted=True, certain=True)


def prefix_end(text: str, start: int) -> int:
    """Offset behind the letters that Python writes before a text (`u"…"`), or start when there are none."""
    found = _PREFIX.match(text, start)
    return found.end() if found else start


def unclosed_slip(text: str, start: int) -> Slip | None:
    """A text whose closing quote is missing at the end of its line."""
    rest = _REST.match(text, start + 1)
    value = rest.group().rstrip(", \t") if rest and text.startswith('"', start) else ""
    if not value.strip() or any(mark in value for mark in '"\\{}[]'):
        return None  # the quote is missing somewhere in there, and where is unknown
    message = l10n.t("The closing quote of this text is missing.")
    return Slip(start + 1 + len(value), f'"{value}"', value, message, l10n.t("Add the quote"), quoted=True)


def bare_slip(raw: str, end: int) -> Slip:
    """A value that is not a JSON value and stands in no quotes."""
    folded = raw.lower()
    if folded in _SPELLINGS:
        right = _SPELLINGS[folded]
        value = {"true": True, "false": False, "null": None}[right]
        return Slip(
            end,
            right,
            value,
            l10n.t("JSON spells this {right}.", right=right),
            l10n.t("Change to {new}", new=right),
            certain=folded in _PYTHON,
        )
    if folded in _NOTHING:
        return Slip(
            end,
            "null",
            None,
            l10n.t("JSON has no “{raw}”; null means that there is no value.", raw=raw),
            l10n.t("Change to {new}", new="null"),
        )
    number = _number(raw)
    if number is not None:
        new = repr(number)
        return Slip(
            end, new, number, l10n.t("JSON writes this number {new}.", new=new), l10n.t("Change to {new}", new=new)
        )
    new = json.dumps(raw, ensure_ascii=False)
    return Slip(end, new, raw, l10n.t("Text must be in double quotes."), l10n.t("Put it in quotes"))


def _number(raw: str) -> int | float | None:
    if not _DIGITS.fullmatch(raw) or not any(c.isdigit() for c in raw):
        return None
    plain = raw.replace("_", "")
    try:
        number = int(plain, 16) if "x" in plain.lower() else float(plain) if "." in plain else int(plain)
        return number if math.isfinite(number) else None
    except (ValueError, OverflowError):
        return None
