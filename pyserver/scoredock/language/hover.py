"""What a key, a model or the model folder means, where the pointer rests."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scoredock.configs.document import kind_of
from scoredock.configs.facts import Facts, ModelFacts
from scoredock.configs.fields import Field, at_path
from scoredock.configs.paths import known_folder, resolve
from scoredock.configs.read import parse
from scoredock.configs.tree import Lines, Mapping, Node, Scalar, contains, path_at
from scoredock.language.tables import FIELDS
from scoredock.text import Position, Range

_VARIABLE = re.compile(r"AZUREML_MODEL_DIR")
_MODEL = re.compile(r"get_model_path\(\s*(?:model_name\s*=\s*)?[\"']([^\"']+)[\"']")
_DEFINITION = re.compile(r"^(?:async\s+)?def\s+(init|run)\s*\(")
_FUNCTIONS = {
    "init": "The server calls `init()` once, before the first request. Load the model here into a global.",
    "run": "The server calls `run()` for every request: with the body as text, with converted parameters under `@input_schema`, or with the request itself under `@rawhttp`. What it returns is sent as JSON.",
}
_KINDS = {
    "text": "text",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "object",
    "list": "list",
    "map": "object of texts",
    "any": "any value",
}
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about a range."""

    range: Range
    markdown: str


def hover(text: str, facts: Facts, place: Position) -> Hover | None:
    """What can be said about a position, or None. Never raises."""
    kind = kind_of(facts.path, text)
    if kind == "entry-script":
        return _script(Lines(text), facts, place)
    if kind is None or kind == "requirements":
        return None
    root = parse(text, facts.path).root
    keys, node, on_key = path_at(root, place)
    if not keys or not all(isinstance(k, str) for k in keys):
        return None
    field = at_path(FIELDS[kind], keys)
    span = _key_range(root, place) if on_key else node.range if isinstance(node, Scalar) else None
    if field is None or span is None:
        return None
    return Hover(span, _describe(field) + ("" if on_key else _resolved(field, node, facts)))


def _key_range(root: Node | None, place: Position) -> Range | None:
    node = root
    while isinstance(node, Mapping):
        below: Node | None = None
        for entry in node.entries:
            if contains(entry.key.range, place):
                return entry.key.range
            if contains(entry.value.range, place):
                below = entry.value
                break
        node = below
    return None


def _describe(field: Field) -> str:
    lines = [f"**{field.name}** · {_KINDS[field.kind]}", "", field.doc, ""]
    if field.choices:
        lines.append(f"- One of: {', '.join(f'`{c}`' for c in field.choices)}")
    if field.least is not None or field.most is not None or field.above is not None:
        low = (
            f"greater than {field.above:g}"
            if field.above is not None
            else f"from {field.least:g}"
            if field.least is not None
            else ""
        )
        high = f" to {field.most:g}" if field.most is not None else ""
        lines.append(f"- Range: {low}{high}")
    if field.default:
        lines.append(f"- When absent: {field.default}")
    if field.targets:
        lines.append(f"- Read for: {', '.join(sorted(field.targets))}")
    if field.v2:
        lines.append(f"- In Azure ML v2: {field.v2}")
    return "\n".join(lines).rstrip()


def _resolved(field: Field, node: Node | None, facts: Facts) -> str:
    base = known_folder(facts)
    if (
        not field.path
        or base is None
        or not isinstance(node, Scalar)
        or not isinstance(node.value, str)
        or "\x00" in node.value
    ):
        return ""
    target = resolve(base, node.value)
    return f"\n\n`{target}`" if facts.exists(target) or facts.is_folder(target) else ""


def _script(lines: Lines, facts: Facts, place: Position) -> Hover | None:
    content = lines.line(place.line)
    for match in _VARIABLE.finditer(content):
        if match.start() <= place.character <= match.end():
            return Hover(_span(place.line, match.start(), match.end()), _layout(facts))
    for match in _MODEL.finditer(content):
        if match.start(1) <= place.character <= match.end(1):
            described = _models(facts, match.group(1))
            return Hover(_span(place.line, match.start(1), match.end(1)), described) if described else None
    definition = _DEFINITION.match(content)
    if definition is not None and definition.start(1) <= place.character <= definition.end(1):
        return Hover(_span(place.line, definition.start(1), definition.end(1)), _FUNCTIONS[definition.group(1)])
    return None


def _span(line: int, start: int, end: int) -> Range:
    return Range(Position(line, start), Position(line, end))


def _layout(facts: Facts) -> str:
    intro = "Folder of the deployed models. With one model its files lie right in it; with several, below `<name>/<version>`."
    models = facts.deployed_models
    if models is None:
        return intro
    if not models:
        return f"{intro}\n\nThis script is deployed without a model."
    if len(models) == 1:
        return f"{intro}\n\nDeployed with `{models[0].name}:{models[0].version}`:\n\n{_tree(models[0].files)}"
    paths = tuple(f"{m.name}/{m.version}/{path}" for m in models for path in m.files)
    return f"{intro}\n\nDeployed with {len(models)} models:\n\n{_tree(paths)}"


def _tree(paths: tuple[str, ...]) -> str:
    shown = "\n".join(sorted(paths)[:_MOST_FILES])
    more = f"\n… and {len(paths) - _MOST_FILES} more" if len(paths) > _MOST_FILES else ""
    return f"```text\n{shown}{more}\n```"


def _models(facts: Facts, name: str) -> str:
    versions: tuple[ModelFacts, ...] = (facts.models or {}).get(name, ())
    if not versions:
        return ""
    newest = versions[-1]
    return f"**{name}** · {len(versions)} version{'s' if len(versions) > 1 else ''}, newest {newest.version}\n\n{_tree(newest.files)}"
