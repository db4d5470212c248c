"""Names in a file: of other files and folders, models, environments. Links, definitions and renames all read this."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import known_folder, resolve
from scoredock.analysis.read import parse
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar
from scoredock.analysis.tree import Sequence as Items
from scoredock.formats.document_kind import DocumentKind, kind_of
from scoredock.formats.fields import Field
from scoredock.language.bases import base_of
from scoredock.language.command_mentions import command_mentions
from scoredock.language.config_hover import siblings_of
from scoredock.language.mention import Mention
from scoredock.language.tables import FIELDS
from scoredock.text import Range

_LONGEST = 400_000
_MOST = 500
"""Names of one file that are looked at."""
_REFERENCE = re.compile(r"azureml:([\w.-]{1,255})(?::(\d{1,9})|@latest)?$")
_INCLUDE = re.compile(r"^[ \t]*(?:-r|-c|--requirement|--constraint)(?:[ \t]+|=)([^\s#]+)", re.MULTILINE)
_KEYWORDS = re.compile(
    r"\b(entry_script|scoring_script|source_directory|conda_file|conda_file_path|conda_dependencies_file_path|file_path|"
    r"extra_docker_file_steps|code)\s*=\s*([\"'])([^\"'\n\\]{1,400})\2"
)
_CONDA_CALL = re.compile(
    r"\bfrom_(?:conda_specification|pip_requirements)\(\s*[^,()]{1,200},\s*([\"'])([^\"'\n\\]{1,400})\1"
)
_SOURCE = re.compile(r"\b(?:source_directory|code)\s*=\s*[\"']([^\"'\n\\]{1,400})[\"']")
_MODEL_NAME = re.compile(
    r"(?:get_model_path\(\s*(?:model_name\s*=\s*)?|\bModel\((?:\s*\w+\s*,\s*|[^()\"']{0,80}\bname\s*=\s*))([\"'])([^\"'\n]{1,255})\1"
)
_REQUEST_FILE = re.compile(
    r"^(?:[ \t]*(?:#+|//+)[ \t]*@(?:deploy|expect[ \t]+body[ \t]+<)|<(?:@\w*)?)[ \t]+([^\s{][^\r\n{]*?)[ \t]*$",
    re.MULTILINE,
)
"""What a file of requests names: the script that is deployed for it, bodies, and bodies that are expected."""
_CLIENT = re.compile(r"\bazureml\b|\bazure\.ai\.ml\b")
_NEAR = 400


def mentions(text: str, facts: Facts) -> list[Mention]:
    """Everything a file names, in no order; of files that are not ours nothing. Never raises."""
    if len(text) > _LONGEST:
        return []
    kind = kind_of(facts.path, text)
    lines = Lines(text)
    if facts.path.lower().endswith((".py", ".ipynb")):
        return _in_script(lines, facts)
    if kind == "commands":
        return list(islice(command_mentions(lines, facts), _MOST))
    base = known_folder(facts)
    if facts.path.lower().endswith((".http", ".rest")):
        return list(_in_requests(lines, base))[:_MOST] if base is not None else []
    if kind == "requirements":
        return list(_includes(lines, 0, len(text), base))[:_MOST] if base is not None else []
    if kind is None or kind not in FIELDS:
        return []
    root = parse(text, facts.path).root
    all_mentions: list[Mention] = []
    for keys, field, node in _scalars(root, FIELDS[kind], (), None):
        if len(all_mentions) >= _MOST:
            break
        all_mentions += _of_value(kind, lines, facts, root, keys, field, node)
    if kind in ("conda", "environment", "inference-config") and base is not None and " " in text and "-r" in text:
        all_mentions += _pip_includes(lines, root, base)
    return all_mentions


def _in_requests(lines: Lines, base: str) -> Iterator[Mention]:
    for match in _REQUEST_FILE.finditer(lines.text):
        yield Mention("path", resolve(base, match[1]), lines.range(match.start(1), match.end(1)), match[1], base)


def _scalars(
    node: Node | None, fields: Sequence[Field], keys: tuple[str | int, ...], field: Field | None
) -> Iterator[tuple[tuple[str | int, ...], Field, Scalar]]:
    """Every plain value under a known key. Trees are not deeper than their reader allows."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            below = next((f for f in fields if f.name == entry.key.value), None)
            if below is not None:
                yield from _scalars(entry.value, below.fields, (*keys, below.name), below)
    elif isinstance(node, Items):
        for number, item in enumerate(node.items):
            yield from _scalars(item, fields, (*keys, number), field)
    elif node is not None and field is not None:
        yield keys, field, node


def _of_value(
    kind: DocumentKind,
    lines: Lines,
    facts: Facts,
    root: Node | None,
    keys: tuple[str | int, ...],
    field: Field,
    node: Scalar,
) -> Iterator[Mention]:
    value = node.value
    if not isinstance(value, str) or not value or "\x00" in value or len(value) > 1_000:
        return
    span = inner_range(lines, node)
    if kind == "inference-config" and keys == ("environment", "name"):
        yield Mention("environment", value, span, value)
        return
    reference = _REFERENCE.match(value)
    if reference is not None and field.name in ("model", "environment"):
        version = int(reference.group(2)) if reference.group(2) else None
        what: Literal["model", "environment"] = "model" if field.name == "model" else "environment"
        yield Mention(what, reference.group(1), span, value, version=version)
    elif field.path and ":" not in value[2:]:
        base = base_of(kind, lines.text, facts, field.name, siblings_of(root, keys))
        if base is not None:
            yield Mention("path", resolve(base, value), span, value, base)


def inner_range(lines: Lines, node: Scalar) -> Range:
    """Range of a value without its quotes."""
    start, end = lines.offset(node.range.start), lines.offset(node.range.end)
    if lines.text[start : start + 1] in ("'", '"') and end - start >= 2:
        start, end = start + 1, end - 1
    return lines.range(start, end)


def _pip_includes(lines: Lines, root: Node | None, base: str) -> Iterator[Mention]:
    """`-r requirements.txt` in the list below pip."""
    stack: list[Node] = [root] if root is not None else []
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            stack += [e.value for e in node.entries]
        elif isinstance(node, Items):
            stack += node.items
        elif isinstance(node.value, str) and node.value.startswith("-"):
            span = inner_range(lines, node)
            yield from _includes(lines, lines.offset(span.start), lines.offset(span.end), base)


def _includes(lines: Lines, start: int, end: int, base: str) -> Iterator[Mention]:
    for found in _INCLUDE.finditer(lines.text[start:end]):
        name = found.group(1)
        if "://" not in name and "\x00" not in name:
            span = lines.range(start + found.start(1), start + found.end(1))
            yield Mention("path", resolve(base, name), span, name, base)


def _in_script(lines: Lines, facts: Facts) -> list[Mention]:
    """Models by name, and in scripts that use the SDK the files that they name."""
    text = lines.text
    all_mentions: list[Mention] = []
    for match in _MODEL_NAME.finditer(text):
        name, _, number = match.group(2).partition(":")
        version = int(number) if number.isdecimal() and number.isascii() else None
        span = lines.range(match.start(2), match.end(2))
        all_mentions.append(Mention("model", name, span, match.group(2), version=version))
    base = known_folder(facts)
    if base is None or not _CLIENT.search(text):
        return all_mentions[:_MOST]
    for match in _KEYWORDS.finditer(text):
        all_mentions += _path(lines, facts, match.group(1), match.group(3), match.start(3), base)
    for match in _CONDA_CALL.finditer(text):
        all_mentions += _path(lines, facts, "file_path", match.group(2), match.start(2), base)
    return all_mentions[:_MOST]


def _path(lines: Lines, facts: Facts, name: str, value: str, start: int, base: str) -> Iterator[Mention]:
    """A path in code counts only when it is there: nobody knows the folder that the code is started from."""
    around = _SOURCE.search(lines.text, max(0, start - _NEAR), start + _NEAR)
    bases = [base]
    if around is not None and name in ("entry_script", "scoring_script", "conda_file", "extra_docker_file_steps"):
        bases.insert(0, resolve(base, around.group(1)))
    for folder in bases:
        target = resolve(folder, value)
        if facts.exists(target) or facts.is_folder(target):
            yield Mention("path", target, lines.range(start, start + len(value)), value, folder)
            return
