"""The search of models: what people write into the box, taken apart. Pure.

Words and conditions stand beside one another and must all hold; upper and lower case are the same everywhere:

    iris forest            both words occur in name, description, tags or aliases
    "random forest"        quotes keep words together and take away every other meaning
    stage=champion         a tag or property with this value; `stage=` with the empty one
    Stage : champion       a tag with this value, as Azure Studio writes it; also `Stage: champion`
    iris:3  iris@champion  this version; or a tag `iris` with the value 3; or the text itself
    tag:stage              a tag of this key, with any value
    framework: alias: experiment: by:    exactly this
    run:                   run ids that begin like this
    pickle:                none, known, unknown, code, bad or unread; consent for code and bad
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Literal

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import printable

LONGEST = 1_000
MOST_TERMS = 30

Kind = Literal["word", "label", "pair", "at", "tag", "framework", "alias", "experiment", "by", "run", "pickle"]
_FIELDS: dict[str, Kind] = {
    "tag": "tag",
    "framework": "framework",
    "alias": "alias",
    "experiment": "experiment",
    "by": "by",
    "run": "run",
    "pickle": "pickle",
}
NEEDING_CONSENT = "consent"
"""Versions that somebody has to allow before they are deployed: `code` and `bad`."""
_PICKLES = ("none", "known", "unknown", "code", "bad", "unread", NEEDING_CONSENT)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition."""

    kind: Kind
    """`word`: the text `value` somewhere; `label`: tag or property `key` is `value`; `pair` and `at`: `key:value` and
    `key@value` without spaces; `tag`: there is a tag `key`, with `value` unless that is None; else a field.
    """
    key: str
    value: str | None


def parse(text: str) -> tuple[Term, ...]:
    """The conditions in the order written. Raises filter-invalid."""
    if len(text) > LONGEST:
        raise _invalid(
            l10n.t("A search has at most {limit:,} characters; this one has {count:,}.", limit=LONGEST, count=len(text))
        )
    if any(unicodedata.category(c) in ("Cs", "Cc") and not c.isspace() for c in text):
        raise _invalid(l10n.t("The search {text} contains characters that no name can have.", text=printable(text)))
    terms = tuple(_terms(_tokens(text)))
    if len(terms) > MOST_TERMS:
        raise _invalid(
            l10n.t(
                "A search has at most {limit} words and conditions; this one has {count}.",
                limit=MOST_TERMS,
                count=len(terms),
            )
        )
    return terms


@dataclass(frozen=True, slots=True)
class _Token:
    """Text, or one of the signs `=`, `:` and `@` outside of quotes."""

    text: str
    sign: bool
    quoted: bool
    spaced: bool
    """White space, or the start, is before it."""


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, spaced = 0, True
    while at < len(text):
        character = text[at]
        if character.isspace():
            at, spaced = at + 1, True
            continue
        if character == '"':
            value, at = _quoted(text, at + 1)
            tokens.append(_Token(value, False, True, spaced))
        elif character in "=:@":
            tokens.append(_Token(character, True, False, spaced))
            at += 1
        else:
            end = at
            while end < len(text) and not text[end].isspace() and text[end] not in '=:@"':
                end += 1
            tokens.append(_Token(text[at:end], False, False, spaced))
            at = end
        spaced = False
    return tokens


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Text up to the next quote, and the position after it; a backslash takes the next character as it is."""
    value: list[str] = []
    while at < len(text):
        if text[at] == '"':
            return "".join(value), at + 1
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in '"\\':
            at += 1
        value.append(text[at])
        at += 1
    raise _invalid(l10n.t("A quotation mark in {text} is not closed.", text=printable(text)))


def _terms(tokens: list[_Token]) -> Iterator[Term]:
    at = 0
    while at < len(tokens):
        if tokens[at].sign:
            raise _invalid(l10n.t("There is nothing before '{sign}'.", sign=tokens[at].text))
        sign = tokens[at + 1] if at + 1 < len(tokens) and tokens[at + 1].sign else None
        if sign is None:
            end, term = at + 1, Term("word", "", tokens[at].text)
        elif sign.text == ":" and (sign.spaced or _stands_apart(tokens, at + 2)):
            end, term = _apart(tokens, at, sign)
        else:
            end = at + 2
            while end < len(tokens) and not tokens[end].spaced:  # `a=b:c@d` is one condition with the value `b:c@d`
                end += 1
            term = _together(tokens[at], sign, tokens[at + 2 : end])
        if term.kind == "word" and not term.value:
            raise _invalid(l10n.t("There is nothing between two quotation marks."))
        yield term
        at = end


def _stands_apart(tokens: list[_Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].spaced and not tokens[at].sign


def _apart(tokens: list[_Token], at: int, sign: _Token) -> tuple[int, Term]:
    """`key : value`, `key: value` or `key :value`."""
    key, start = tokens[at], at + 2
    if start >= len(tokens) or tokens[start].sign:
        raise _invalid(l10n.t("There is nothing after {key} and its colon.", key=printable(key.text)))
    end = start + 1
    while end < len(tokens) and not tokens[end].spaced:
        end += 1
    value = "".join(each.text for each in tokens[start:end])
    field = None if sign.spaced or key.quoted else _FIELDS.get(key.text.lower())
    if field is not None:
        return end, _field(field, key.text, value)
    return end, Term("tag", _key(key.text), value)


def _together(key: _Token, sign: _Token, rest: list[_Token]) -> Term:
    value = "".join(each.text for each in rest)
    if sign.text == "=":
        return Term("label", _key(key.text), value)
    if sign.text == "@":
        return Term("at", key.text, value)
    field = None if key.quoted else _FIELDS.get(key.text.lower())
    if field is not None:
        return _field(field, key.text, value)
    if not value:
        raise _invalid(l10n.t("There is nothing after {key} and its colon.", key=printable(key.text)))
    return Term("pair", _key(key.text), value)


def _field(kind: Kind, key: str, value: str) -> Term:
    if not value:
        raise _invalid(l10n.t("There is nothing after '{key}:'.", key=key))
    if kind == "tag":
        return Term("tag", value, None)
    if kind == "pickle" and value.lower() not in _PICKLES:
        raise _invalid(
            l10n.t(
                "{value} is not a state of pickles. Use one of {choices}.",
                value=printable(value),
                choices=", ".join(_PICKLES),
            )
        )
    return Term(kind, "", value)


def _key(key: str) -> str:
    if not key:
        raise _invalid(l10n.t("A condition has an empty key."))
    return key


def _invalid(message: str) -> ScoredockError:
    return ScoredockError("filter-invalid", message)
