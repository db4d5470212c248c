"""Help with a JSON body while it is written: what may stand at the caret, and its values as the fields of a form. Pure.

What may stand there is known from the service's own description, and from requests that fit it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any, Literal

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.services.access.openapi import BodySchema

MOST_FIELDS = 60
_LARGEST = 200_000
_MOST_PROPOSALS = 100
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+')
_ITEM = None
"""A step of a path into a list."""
Path = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class FittingText:
    label: str
    text: str
    """What is written, instead of what has been typed of it."""
    detail: str


@dataclass(frozen=True, slots=True)
class Proposals:
    items: tuple[FittingText, ...] = ()
    typed: str = ""
    """What has been typed of it before the caret."""


@dataclass(slots=True)
class _Open:
    """A container that is open at the caret."""

    is_object: bool
    key: str | None = None
    has_colon: bool = False
    keys: list[str] = field(default_factory=list)

    @property
    def wants_key(self) -> bool:
        return self.is_object and not self.has_colon


def proposals_at(before: str, schema: BodySchema | None, samples: Sequence[Any]) -> Proposals:
    """`before` is the body up to the caret; `samples` are bodies that fit."""
    opened, typed = _state_at(before[-_LARGEST:])
    if opened is None:
        return Proposals()
    path = tuple(each.key if each.is_object else _ITEM for each in opened)
    if opened and opened[-1].wants_key:
        path = path[:-1]
        found = _keys(path, schema, samples, set(opened[-1].keys))
    else:
        found = _values(path, schema, samples)
    start = typed.lstrip('"').lower()
    matching = [each for each in found if each.label.strip('"').lower().startswith(start)]
    return Proposals(tuple(matching[:_MOST_PROPOSALS]), typed)


def _state_at(before: str) -> tuple[list[_Open] | None, str]:
    """Open brackets, and the token that ends at the caret; None if nothing can be said."""
    opened: list[_Open] = []
    typed = ""
    for token in _TOKEN.finditer(before):
        text = token[0]
        at_caret = token.end() == len(before)
        if text in "{[":
            opened.append(_Open(text == "{"))
        elif text in "}]":
            if not opened:
                return None, ""
            opened.pop()
        elif text == "," and opened:
            opened[-1].key, opened[-1].has_colon = None, False
        elif text == ":" and opened:
            opened[-1].has_colon = True
        elif text not in ",:":
            typed = _unfinished_token(text, opened, at_caret=at_caret)
    return opened, typed


def _unfinished_token(text: str, opened: list[_Open], *, at_caret: bool) -> str:
    """Notes a key that is finished; gives the text of a key or a value that is still being typed."""
    is_closed = len(text) > 1 and text.startswith('"') and text.endswith('"')
    if at_caret and not is_closed:
        return text
    if opened and opened[-1].wants_key:
        opened[-1].key = text.strip('"')
        opened[-1].keys.append(text.strip('"'))
    return ""


def _keys(path: Path, schema: BodySchema | None, samples: Sequence[Any], there: set[str]) -> list[FittingText]:
    details_by_name: dict[str, str] = {}
    if schema is not None:
        details_by_name.update(schema.properties(path))
    for sample in samples:
        for value in _at(sample, path):
            if isinstance(value, dict):
                for name, inner in value.items():
                    details_by_name.setdefault(name, l10n.t("as in {example}", example=_short(inner)))
    return [
        FittingText(name, f"{json.dumps(name, ensure_ascii=False)}: ", detail)
        for name, detail in details_by_name.items()
        if name not in there
    ]


def _values(path: Path, schema: BodySchema | None, samples: Sequence[Any]) -> list[FittingText]:
    details_by_text: dict[str, str] = {}
    if schema is not None:
        details_by_text.update(dict.fromkeys(map(_written, schema.choices(path)), l10n.t("from the schema")))
    for sample in samples:
        for value in _at(sample, path):
            if len(_written(value)) <= _LARGEST:
                details_by_text.setdefault(_written(value), l10n.t("from a sample"))
    return [FittingText(_short_text(text), text, detail) for text, detail in details_by_text.items()]


def _at(value: Any, path: Path) -> Iterator[Any]:
    """The values at a path; of a list the first of its items."""
    if not path:
        yield value
    elif path[0] is None:
        if isinstance(value, list) and value:
            yield from _at(value[0], path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    return _short_text(_written(value))


def _short_text(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


# ---------------------------------------------------------------------------------------------- the form

Kind = Literal["text", "number", "choice"]


@dataclass(frozen=True, slots=True)
class FormField:
    label: str
    kind: Kind
    value: str
    """Text as it is meant; of a number and a choice as it is written."""
    start: int
    """Where its value stands in the body, in UTF-16 units."""
    end: int
    choices: tuple[str, ...]
    """As they are written."""


@dataclass(frozen=True, slots=True)
class FlatBody:
    fields: tuple[FormField, ...] = ()
    reason: str = ""
    """Why there is no form; empty when there is one."""


class _NoForm(Exception):
    """Error with the reason why there is no form."""


def form_of(body: str, schema: BodySchema | None) -> FlatBody:
    """The plain values of a body, one field each; lists with more than one row are not a form."""
    if len(body) > _LARGEST:
        return FlatBody(reason=l10n.t("The body is too large for a form."))
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return FlatBody(reason=l10n.t("The body is not valid JSON."))
    try:
        fields = _FormReader(body, schema).fields()
    except _NoForm as reason:
        return FlatBody(reason=str(reason))
    return FlatBody(tuple(fields)) if fields else FlatBody(reason=l10n.t("The body has no values to fill in."))


class _FormReader:
    def __init__(self, body: str, schema: BodySchema | None) -> None:
        self._body, self._schema = body, schema
        self._tokens = list(_TOKEN.finditer(body))
        self._at = 0
        self._fields: list[FormField] = []

    def fields(self) -> list[FormField]:
        self._value((), "")
        return self._fields

    def _value(self, path: Path, label: str) -> None:
        token = self._tokens[self._at]
        self._at += 1
        if token[0] == "{":
            self._object(path, label)
        elif token[0] == "[":
            self._list(path, label)
        else:
            self._add(token, path, label)

    def _object(self, path: Path, label: str) -> None:
        while self._tokens[self._at][0] != "}":
            name = str(json.loads(self._tokens[self._at][0]))
            self._at += 2
            above = f"{label}." if label and label != "data" else ""
            self._value((*path, name), f"{above}{name}")
            self._skip_comma()
        self._at += 1

    def _list(self, path: Path, label: str) -> None:
        count = 0
        rows = 0
        while self._tokens[self._at][0] != "]":
            opens = self._tokens[self._at][0] in "{["
            rows += opens
            if rows > 1 or (opens and count):
                raise _NoForm(l10n.t("The body has several rows; a form shows one."))
            count += 1
            self._value((*path, _ITEM), label if opens else f"{label} {count}".strip())
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        if self._tokens[self._at][0] == ",":
            self._at += 1

    def _add(self, token: re.Match[str], path: Path, label: str) -> None:
        if len(self._fields) == MOST_FIELDS:
            raise _NoForm(l10n.t("The body has more than {most} values.", most=MOST_FIELDS))
        value = json.loads(token[0])
        choices = tuple(map(_written, self._schema.choices(path))) if self._schema is not None else ()
        kind: Kind = "text" if isinstance(value, str) else "number"
        if isinstance(value, bool) and not choices:
            choices = ("true", "false")
        if value is None:
            raise _NoForm(l10n.t("The value of {name} is null; write one as JSON first.", name=label or "$"))
        if choices:
            kind = "choice"
            choices = tuple(dict.fromkeys((*choices, token[0])))
        shown = value if kind == "text" else token[0]
        start, end = self._units(token.start()), self._units(token.end())
        self._fields.append(FormField(label or l10n.t("value"), kind, shown, start, end, choices))

    def _units(self, place: int) -> int:
        before = self._body[:place]
        return place if before.isascii() else len(before.encode("utf-16-le", "surrogatepass")) // 2


def parsed_samples(texts: Sequence[str]) -> list[Any]:
    """Values of those texts that are JSON."""
    samples = []
    for text in texts:
        try:
            samples.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
    return samples
