"""From a name to what it names: paths in configurations to files, schema parameters to those of run()."""

from __future__ import annotations

from dataclasses import dataclass

from scoredock.checks.schema_use import schema_decorators
from scoredock.checks.script import TooComplex, parse_script
from scoredock.configs.document import kind_of
from scoredock.configs.facts import Facts
from scoredock.configs.fields import at_path
from scoredock.configs.inference import base_folder
from scoredock.configs.paths import known_folder, resolve
from scoredock.configs.read import parse
from scoredock.configs.tree import Mapping, Node, Scalar, contains, path_at
from scoredock.language.tables import FIELDS
from scoredock.text import Position, Range


@dataclass(frozen=True, slots=True)
class Target:
    """A place in a file, with the range it was reached from."""

    path: str
    range: Range
    origin: Range


def definition(text: str, facts: Facts, place: Position) -> Target | None:
    """Where the thing under a position is defined, or None. Never raises."""
    kind = kind_of(facts.path, text)
    if kind == "entry-script":
        return _parameter(text, facts, place)
    base = known_folder(facts)
    if kind is None or kind == "requirements" or base is None:
        return None
    root = parse(text, facts.path).root
    keys, node, on_key = path_at(root, place)
    field = at_path(FIELDS[kind], keys)
    if on_key or field is None or not field.path or not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    if "\x00" in node.value:
        return None
    if kind == "inference-config" and isinstance(root, Mapping):
        script, source = _text(root.get("entryScript")), _text(root.get("sourceDirectory"))
        base = base_folder(script, source or None, facts)
        if field.name != "sourceDirectory" and source:
            base = resolve(base, source)
    target = resolve(base, node.value)
    if not facts.exists(target) or facts.is_folder(target):
        return None
    start = Position(0, 0)
    return Target(target, Range(start, start), node.range)


def _parameter(text: str, facts: Facts, place: Position) -> Target | None:
    try:
        script = parse_script(text, facts)
    except (SyntaxError, TooComplex):
        return None
    decorators = schema_decorators(script, script.run) if script.run is not None else None
    if script.run is None or decorators is None:
        return None
    for schema in decorators.inputs:
        if schema.name_node is None or not contains(script.range(schema.name_node), place):
            continue
        args = script.run.node.args
        for parameter in (*args.posonlyargs, *args.args, *args.kwonlyargs):
            if parameter.arg == schema.name:
                start = script.range(parameter).start
                end = Position(start.line, start.character + len(parameter.arg))
                return Target(facts.path, Range(start, end), script.range(schema.name_node))
    return None


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
