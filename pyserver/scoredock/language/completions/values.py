"""Values that a key of a configuration may be set to: choices, defaults, files, models, environments."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import resolve
from scoredock.formats.deployment_fields import COMPUTE_TYPES
from scoredock.formats.document_kind import DocumentKind
from scoredock.formats.fields import Field
from scoredock.formats.v2.machine_sizes import MACHINE_SIZES
from scoredock.formats.v2.tables import FIELDS as V2
from scoredock.formats.v2.tables import schema_address
from scoredock.language.bases import base_of
from scoredock.language.completions.packages import package_list, package_proposals
from scoredock.language.completions.proposal import MOST, Completion, escaped, fitting
from scoredock.language.completions.references import environment_values, reference_values
from scoredock.language.completions.versions import version_proposals
from scoredock.language.context import CursorContext
from scoredock.language.tables import FIELDS, field_at, fields_below
from scoredock.late_dataclass import dataclass
from scoredock.text import Range, TextEdit

_PLACEHOLDERS = {
    "text": '""',
    "boolean": "false",
    "integer": "0",
    "number": "0",
    "object": "{}",
    "list": "[]",
    "map": "{}",
    "any": "null",
}
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?|true|false")
_SUFFIXES = {
    "entryScript": (".py",),
    "scoring_script": (".py",),
    "condaFile": (".yml", ".yaml"),
    "conda_file": (".yml", ".yaml"),
    "condaDependenciesFile": (".yml", ".yaml"),
    "sslCertificate": (".pem", ".crt", ".cer"),
    "sslKey": (".pem", ".key"),
}
"""What the file under a key must end in."""
_TARGET = re.compile(r"""["']?\bcomputeType\b["']?[ \t]*:[ \t]*["']?(\w+)""")
_V2_TARGET = re.compile(
    r"""^(?:type[ \t]*:[ \t]*["']?|["']?\$schema["']?[ \t]*:[^\n]*/)(managed|kubernetes)""",
    re.MULTILINE | re.IGNORECASE,
)
_NOT_FOR_PEOPLE = "Written by Azure ML"


@dataclass(frozen=True, slots=True)
class ValueQuestion:
    """Place in a configuration that values are proposed for."""

    kind: DocumentKind
    text: str
    facts: Facts
    context: CursorContext
    span: Range
    write: Callable[[str], str]
    """Writes a text as a value of this format."""
    edits: tuple[TextEdit, ...] = ()

    def proposal(self, label: str, new_text: str, detail: str = "", documentation: str = "") -> Completion:
        """A value."""
        return Completion(label, "value", self.span, new_text, detail, documentation, edits=self.edits)


def known_keys(question: ValueQuestion) -> list[Field]:
    """The keys that a person may add, those for the compute type of the file only."""
    below = fields_below(FIELDS[question.kind], question.context.path)
    target = _target(question.kind, question.text)
    return [
        field
        for field in below
        if field.name not in question.context.siblings
        and (not target or not field.targets or target in field.targets)
        and not field.doc.startswith(_NOT_FOR_PEOPLE)
    ]


def starting_value(field: Field) -> str:
    """Text that a new key is set to at first, as JSON."""
    if field.snippet:
        return field.snippet
    if field.choices:
        return json.dumps(field.choices[0])
    return field.default if _LITERAL.fullmatch(field.default) else _PLACEHOLDERS[field.kind]


def value_proposals(question: ValueQuestion) -> list[Completion]:
    """The values that are worth proposing for the key at hand."""
    path = question.context.path
    where = package_list(path)
    if where and (question.kind == "conda" or "condaDependencies" in path or "conda_file" in path):
        versions = version_proposals(question.context.typed, question.facts, question.span, question.write)
        return versions or package_proposals(
            question.text, where, question.context.typed, question.span, question.write
        )
    field = field_at(FIELDS[question.kind], path)
    if field is None:
        return []
    if question.kind == "inference-config" and path[:1] == ("environment",) and len(path) == 2:
        known = environment_values(question.facts, str(path[1]), question.context, question.span, question.write)
        if known:
            return known
    if field.kind == "list" and path and not isinstance(path[-1], int):
        return []
    if field.name == "$schema":
        return _schema(question)
    references = reference_values(field, question.facts, question.context.typed, question.span, question.write)
    if field.choices:
        choices = [question.proposal(c, question.write(c), documentation=field.meaning) for c in field.choices]
        return choices + references
    if field.kind == "boolean":
        return [
            question.proposal(c, c, l10n.t("default") if field.default == c else "", field.meaning)
            for c in ("true", "false")
        ]
    if field.path:
        return references + path_proposals(question, field)
    if references:
        return references
    return _default(question, field)


def _schema(question: ValueQuestion) -> list[Completion]:
    """The address of the schema of a file of v2."""
    kind = question.kind
    if kind not in V2:
        return []
    kubernetes = _target(kind, question.text) == "kubernetes"
    addresses = dict.fromkeys(schema_address(kind, kubernetes=k) for k in (kubernetes, not kubernetes))
    return [question.proposal(address, question.write(address)) for address in addresses]


def _default(question: ValueQuestion, field: Field) -> list[Completion]:
    if field.name == "instance_type" and _target(question.kind, question.text) != "kubernetes":
        return [question.proposal(size, question.write(size), meaning) for size, meaning in MACHINE_SIZES.items()]
    value = field.snippet or field.default
    if field.kind in ("integer", "number") and _LITERAL.fullmatch(value):
        return [question.proposal(value, value, l10n.t("default") if value == field.default else "", field.meaning)]
    if field.kind == "text" and field.snippet:
        meant = meant_by(field.snippet)
        return [question.proposal(meant, question.write(meant), "", field.meaning)] if meant else []
    return []


def meant_by(snippet: str) -> str:
    """The text of a starting value, which is written as JSON for v1 and as YAML for v2."""
    return str(json.loads(snippet)) if snippet[:1] == '"' else snippet


def _target(kind: DocumentKind, text: str) -> str:
    """Target that the file is deployed to, where it says so: a compute type of v1, or `managed` or `kubernetes`."""
    head = text[:200_000]
    if kind == "deployment-config":
        found = _TARGET.search(head)
        value = found.group(1).lower() if found else ""
        return value if value in COMPUTE_TYPES else ""
    found = _V2_TARGET.search(head) if kind in ("online-deployment", "online-endpoint") else None
    return found.group(1).lower() if found else ""


def path_proposals(question: ValueQuestion, field: Field) -> list[Completion]:
    """Files and folders that may be meant, relative to where the path is looked for."""
    facts, typed = question.facts, question.context.typed
    base = base_of(question.kind, question.text, facts, field.name, question.context.siblings)
    if base is None or facts.listing is None or "\x00" in typed:
        return []
    before = typed.rsplit("/", 1)[0] + "/" if "/" in typed else ""
    folder = resolve(base, before) if before else base
    try:
        names: Sequence[str] = facts.listing(folder)
    except OSError:
        return []
    suffixes = _SUFFIXES.get(field.name, ())
    folders: set[str] = set()

    def suits(name: str) -> bool:
        if name.startswith("."):
            return False
        if field.path == "file" and (not suffixes or name.lower().endswith(suffixes)) and "." in name:
            return True  # very likely a file; whether it is a folder is asked only for those that are shown
        if facts.is_folder(posixpath.join(folder, name)):
            folders.add(name)
            return True
        return field.path == "file" and not suffixes

    result = []
    for name in fitting((n for n in sorted(names) if suits(n)), typed[len(before) :])[:MOST]:
        is_folder = name in folders or facts.is_folder(posixpath.join(folder, name))
        new = question.write(before + name)
        result.append(
            Completion(
                before + name,
                "folder" if is_folder else "file",
                question.span,
                new,
                edits=question.edits,
                goes_on=is_folder and field.path == "file",
            )
        )
    # What is asked for comes before the folders that may lead to it.
    return sorted(result, key=lambda p: (p.kind == "folder") != (field.path == "folder"))


def snippet_of(value: str) -> str:
    """A JSON value as a snippet: the part that a person will change is selected."""
    if value in ("{}", "[]"):
        return f"{value[0]}$1{value[1]}"
    if value[:1] == '"' and value[-1:] == '"' and len(value) > 1:
        return f'"${{1:{escaped(value[1:-1])}}}"' if len(value) > 2 else '"$1"'
    return f"${{1:{escaped(value)}}}" if value[:1] not in ("{", "[") else escaped(value)
