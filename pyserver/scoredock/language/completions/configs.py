"""Proposals in JSON and YAML: keys with their values, and values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.formats.document_kind import DocumentKind
from scoredock.formats.fields import Field
from scoredock.language import json_context, yaml_context
from scoredock.language.completions.packages import requirement_proposals
from scoredock.language.completions.proposal import Completion, escaped, plain
from scoredock.language.completions.values import (
    ValueQuestion,
    known_keys,
    meant_by,
    snippet_of,
    starting_value,
    value_proposals,
)
from scoredock.language.completions.versions import version_proposals
from scoredock.language.tables import FIELDS, field_at, fields_below
from scoredock.text import Position

_LONGEST = 200_000
_PIN_SIGN = re.compile(r"[=~<>!]")
"""Behind one of these a version is typed."""
_PLAIN = re.compile(r"[A-Za-z0-9_./@][\w./@:+=<>,\[\] -]*")
"""Texts that YAML reads as they are written, unless they look like something else."""
_OTHERWISE = re.compile(
    r"(?:true|false|yes|no|on|off|null|y|n|~|[-+]?[\d.][\d_.eE+-]*|.*:\s.*|.*:|.*\s#.*|.*\s)", re.IGNORECASE
)


def config_proposals(text: str, lines: Lines, kind: DocumentKind, facts: Facts, place: Position) -> list[Completion]:
    """Proposals in a configuration of a kind that has a table of keys."""
    if len(text) > _LONGEST or kind not in FIELDS:
        return []
    if is_json(text, facts.path):
        context = json_context.context_at(text, lines.offset(place))
        write = json_text
    else:
        context = yaml_context.context_at(lines, place)
        write = yaml_text
    if context is None:
        return []
    edits = []
    if context.comma_before is not None:
        edits.append(lines.edit(context.comma_before, context.comma_before, ","))
    span = lines.range(context.start, context.end)
    question = ValueQuestion(kind, text, facts, context, span, write, tuple(edits))
    if write is json_text:
        return _json_keys(question) if context.is_key else _closed(question, value_proposals(question))
    if not context.is_key:
        return _spaced(question, value_proposals(question))
    values = value_proposals(question) if context.is_item else []
    return _yaml_keys(question, lines, place) + values


def is_json(text: str, path: str) -> bool:
    """JSON may also stand in a file that is called YAML."""
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") or path.lower().endswith(".json")


def requirements(lines: Lines, facts: Facts, place: Position) -> list[Completion]:
    """Proposals on a line of a requirements file."""
    line = lines.line(place.line)
    before = line[: place.character]
    if not re.fullmatch(r"[ \t]*[\w.\[\]-]*(?:[=~<>!]+[\w.*+]*)?", before) or before.lstrip().startswith("-"):
        return []
    start = len(before) - len(before.lstrip())
    tail = re.match(r"[\w.\[\]-]*", line[place.character :])
    end = place.character + (tail.end() if tail else 0)
    base = lines.starts[place.line]
    span = lines.range(base + start, base + end)
    if _PIN_SIGN.search(before):
        return version_proposals(before.strip(), facts, span, str)
    return requirement_proposals(lines.text, before.strip(), span)


def json_text(value: str) -> str:
    """A text as JSON."""
    return json.dumps(value, ensure_ascii=False)


def yaml_text(value: str) -> str:
    """A text as YAML, in quotes only where it would be read as something else."""
    if _PLAIN.fullmatch(value) and not _OTHERWISE.fullmatch(value) and value[:1] not in "@":
        return value
    return json.dumps(value, ensure_ascii=False)


def _detail(field: Field) -> str:
    return l10n.t("default: {value}", value=field.default) if field.default else ""


def _json_keys(question: ValueQuestion) -> list[Completion]:
    proposals = []
    comma = "," if question.context.comma_after else ""
    for field in known_keys(question):
        name = json_text(field.name)
        value = starting_value(field)
        snippet = _choice(field, json_text) or ('"$1"' if field.path else snippet_of(value))
        new_text, more = (
            (name, "") if question.context.has_colon else (f"{name}: {value}{comma}", f"{name}: {snippet}{comma}")
        )
        proposals.append(
            Completion(
                field.name,
                "key",
                question.span,
                new_text,
                _detail(field),
                documentation(field),
                more,
                question.edits,
                goes_on=bool(field.path) and not question.context.has_colon,
            )
        )
    return proposals


def _yaml_keys(question: ValueQuestion, lines: Lines, place: Position) -> list[Completion]:
    context = question.context
    if context.is_item and not fields_below(FIELDS[question.kind], context.path):
        return _pip(question)
    column = context.start - lines.starts[place.line]
    deeper = "\n" + " " * (column + 2)
    proposals = []
    for field in known_keys(question):
        value = _yaml_value(field, deeper)
        snippet = f"{field.name}:{value if value.startswith(deeper) else f' {value}'}"
        new_text, more = (field.name, "") if context.has_colon else (plain(snippet), snippet)
        proposals.append(
            Completion(
                field.name, "key", question.span, new_text, _detail(field), documentation(field), more, goes_on=True
            )
        )
    return proposals


def _pip(question: ValueQuestion) -> list[Completion]:
    """The one key that an item of `dependencies` may be."""
    field = field_at(FIELDS[question.kind], question.context.path)
    if field is None or field.name != "dependencies" or _PIN_SIGN.search(question.context.typed):
        return []
    if re.search(r"-[ \t]+pip[ \t]*:", question.text[:_LONGEST]):
        return []
    column = question.span.start.character
    snippet = f"pip:\n{' ' * (column + 2)}- ${{1:azureml-defaults}}"
    meaning = l10n.t("The packages that pip installs after those of conda.")
    return [Completion("pip:", "key", question.span, plain(snippet), "", meaning, snippet)]


def _yaml_value(field: Field, deeper: str) -> str:
    """Value of a new key, as a snippet."""
    chosen = _choice(field, yaml_text)
    if chosen:
        return chosen
    if field.path or (field.kind == "any" and field.fields):
        return "$1"  # what is there or registered is proposed at once
    if field.kind == "list":
        return f"{deeper}- $1"
    if field.kind in ("object", "map"):
        return f"{deeper}$1"
    value = starting_value(field)
    if value in ("null", "{}", "[]", '""'):
        return "$1"
    written = yaml_text(meant_by(value)) if value[:1] == '"' else value
    return f"${{1:{escaped(written)}}}"


def _choice(field: Field, write: Callable[[str], str]) -> str:
    """A snippet that lets the editor offer the allowed values."""
    if not field.choices or any(c in "|," for choice in field.choices for c in choice):
        return "${1|true,false|}" if field.kind == "boolean" and field.default != "true" else ""
    return f"${{1|{','.join(escaped(write(choice)) for choice in field.choices)}|}}"


def documentation(field: Field) -> str:
    """Meaning of a key, and its name in v2."""
    return field.meaning + (f"\n\n{l10n.t('In Azure ML v2: {field}', field=l10n.t(field.v2))}" if field.v2 else "")


def _closed(question: ValueQuestion, proposals: list[Completion]) -> list[Completion]:
    """Proposals with the comma that is missing before the next key."""
    if not question.context.comma_after:
        return proposals
    return [replace(each, new_text=each.new_text + ",") for each in proposals]


def _spaced(question: ValueQuestion, proposals: list[Completion]) -> list[Completion]:
    """Proposals with the space that YAML wants after a colon."""
    if not question.context.space:
        return proposals
    return [replace(each, new_text=question.context.space + each.new_text) for each in proposals]
