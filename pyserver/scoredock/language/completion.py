"""Proposals while typing: keys and values of configurations, models and their files in scripts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from scoredock.configs.conda import FIELDS as CONDA
from scoredock.configs.deployment_fields import COMPUTE_TYPES
from scoredock.configs.deployment_fields import FIELDS as DEPLOYMENT
from scoredock.configs.document import DocumentKind, kind_of
from scoredock.configs.environment import FIELDS as ENVIRONMENT
from scoredock.configs.facts import Facts
from scoredock.configs.fields import Field, at_path
from scoredock.configs.inference import FIELDS as INFERENCE
from scoredock.configs.json_text import parse_json
from scoredock.configs.paths import known_folder, resolve
from scoredock.configs.tree import Lines, Mapping, Scalar
from scoredock.configs.workspace_config import FIELDS as WORKSPACE
from scoredock.language.json_context import JsonContext, context_at
from scoredock.text import Position, Range

FIELDS: dict[DocumentKind, tuple[Field, ...]] = {
    "inference-config": INFERENCE,
    "deployment-config": DEPLOYMENT,
    "environment": ENVIRONMENT,
    "workspace-config": WORKSPACE,
    "conda": CONDA,
}
_DEFAULTS = {
    "text": '""',
    "boolean": "false",
    "integer": "0",
    "number": "0",
    "object": "{}",
    "list": "[]",
    "map": "{}",
    "any": "null",
}
_GET_MODEL_PATH = re.compile(r"get_model_path\(\s*(?:model_name\s*=\s*)?[\"']([^\"']*)$")
_VARIABLE = re.compile(r"(?:os\.environ(?:\.get\(|\[)|getenv\()\s*[\"']([^\"']*)$")
_FOLDER = re.compile(r"AZUREML_MODEL_DIR[\"'][^\"']*?[\])]")
_TAIL = re.compile(r"(?:\s*[\)\]]*\s*[,/]\s*[\"'][^\"']*[\"'])*\s*[\)\]]*\s*[,/+]\s*[\"']([^\"']*)$")
_PACKAGES = (
    "azureml-defaults",
    "inference-schema[numpy-support]",
    "inference-schema[pandas-support]",
    "scikit-learn",
    "numpy",
    "pandas",
    "joblib",
)
_MOST = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """One entry of the list."""

    label: str
    kind: Literal["key", "value", "file", "folder", "model", "package", "variable"]
    range: Range
    """What it replaces."""
    new_text: str
    detail: str = ""
    documentation: str = ""


def completions(text: str, facts: Facts, place: Position) -> list[Proposal]:
    """Proposals for a position; empty where there is nothing to say. Never raises."""
    kind = kind_of(facts.path, text)
    lines = Lines(text)
    if kind == "entry-script":
        return _script(lines, facts, place)
    if kind is None or kind == "requirements" or len(text) > 200_000:
        return []
    is_json = text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") or facts.path.lower().endswith(".json")
    if is_json:
        context = context_at(text, lines.offset(place))
        return _json(text, lines, facts, FIELDS[kind], context) if context is not None else []
    return _yaml(text, lines, FIELDS[kind], place)


def _json(text: str, lines: Lines, facts: Facts, fields: tuple[Field, ...], context: JsonContext) -> list[Proposal]:
    span = lines.range(context.start, context.end)
    if context.is_key:
        around = at_path(fields, context.path)
        inside = around.fields if around is not None else fields if not context.path else ()
        target = _target(text) if fields is DEPLOYMENT else ""
        known = [
            f for f in inside if f.name not in context.keys and (not target or not f.targets or target in f.targets)
        ]
        return [_key(f, span, '"', "" if context.has_colon else f": {f.snippet or _DEFAULTS[f.kind]}") for f in known]
    field = at_path(fields, context.path)
    if field is None:
        return []
    if fields is INFERENCE and context.path[:1] == ("environment",) and len(context.path) == 2:
        known_environments = _environments(text, facts, str(context.path[1]), span)
        if known_environments:
            return known_environments
    return _values(text, facts, field, span, context.typed)


def _environments(text: str, facts: Facts, key: str, span: Range) -> list[Proposal]:
    """Registered and curated environments as the `name`, and the versions of the one that is named as the `version`."""
    known = facts.environments or {}
    if key == "name":
        own = sorted(known, key=lambda name: (not known[name], name))  # registered ones before the curated
        return [
            Proposal(name, "value", span, f'"{name}"', _versions(known[name]) if known[name] else "curated")
            for name in own[:_MOST]
        ]
    if key == "version":
        root = parse_json(text).root
        around = root.get("environment") if isinstance(root, Mapping) else None
        name = around.get("name") if isinstance(around, Mapping) else None
        versions = known.get(str(name.value), ()) if isinstance(name, Scalar) else ()
        newest = [Proposal("null", "value", span, "null", "the newest")] if versions else []
        return newest + [Proposal(str(v), "value", span, f'"{v}"') for v in sorted(versions, reverse=True)[:_MOST]]
    return []


def _versions(numbers: Sequence[int]) -> str:
    return f"versions {', '.join(map(str, numbers[-5:]))}" if len(numbers) > 1 else f"version {numbers[0]}"


def _key(field: Field, span: Range, quote: str, rest: str) -> Proposal:
    return Proposal(
        field.name,
        "key",
        span,
        f"{quote}{field.name}{quote}{rest}",
        f"default: {field.default}" if field.default else "",
        field.doc,
    )


def _target(text: str) -> str:
    root = parse_json(text).root
    node = root.get("computeType") if isinstance(root, Mapping) else None
    value = node.value if isinstance(node, Scalar) else None
    return value.lower() if isinstance(value, str) and value.lower() in COMPUTE_TYPES else ""


def _values(text: str, facts: Facts, field: Field, span: Range, typed: str) -> list[Proposal]:
    if field.choices:
        return [Proposal(c, "value", span, f'"{c}"', documentation=field.doc) for c in field.choices]
    if field.kind == "boolean":
        return [Proposal(c, "value", span, c, documentation=field.doc) for c in ("true", "false")]
    if field.path:
        return _paths(text, facts, field, span, typed)
    return []


def _paths(text: str, facts: Facts, field: Field, span: Range, typed: str) -> list[Proposal]:
    base = known_folder(facts)
    if base is None or facts.listing is None:
        return []
    if field.name != "sourceDirectory":
        root = parse_json(text).root
        source = root.get("sourceDirectory") if isinstance(root, Mapping) else None
        if isinstance(source, Scalar) and isinstance(source.value, str):
            base = resolve(base, source.value)
    before = typed.rsplit("/", 1)[0] + "/" if "/" in typed else ""
    folder = resolve(base, before) if before else base
    try:
        names: Sequence[str] = facts.listing(folder)
    except OSError:
        return []
    result = []
    for name in sorted(names)[:_MOST]:
        is_folder = facts.is_folder(posixpath.join(folder, name))
        if (
            name.startswith(".")
            or (field.path == "folder" and not is_folder)
            or (not is_folder and not _suits(field, name))
        ):
            continue
        result.append(Proposal(before + name, "folder" if is_folder else "file", span, f'"{before}{name}"'))
    return result


def _suits(field: Field, name: str) -> bool:
    if field.name == "entryScript":
        return name.endswith(".py")
    return name.lower().endswith((".yml", ".yaml")) if field.name in ("condaFile", "condaDependenciesFile") else True


def _yaml(text: str, lines: Lines, fields: tuple[Field, ...], place: Position) -> list[Proposal]:
    before = lines.line(place.line)[: place.character]
    if re.fullmatch(r"\w*", before):
        present = set(re.findall(r"^(\w+)[ \t]*:", text, re.MULTILINE))
        span = Range(Position(place.line, 0), place)
        return [_key(f, span, "", ": ") for f in fields if f.name not in present]
    item = re.fullmatch(r"([ \t]*-[ \t]+)([\w\[\]-]*)", before)
    if item is not None and fields is CONDA:
        start = len(item.group(1))
        span = Range(Position(place.line, start), place)
        return [Proposal(p, "package", span, p) for p in _PACKAGES if p not in text]
    return []


def _script(lines: Lines, facts: Facts, place: Position) -> list[Proposal]:
    before = lines.line(place.line)[: place.character]
    model = _GET_MODEL_PATH.search(before)
    if model is not None:
        span = Range(Position(place.line, model.start(1)), place)
        return [
            Proposal(name, "model", span, name, f"versions {', '.join(str(m.version) for m in versions[-5:])}")
            for name, versions in sorted((facts.models or {}).items())[:_MOST]
            if versions
        ]
    variable = _VARIABLE.search(before)
    if variable is not None:
        span = Range(Position(place.line, variable.start(1)), place)
        return [Proposal("AZUREML_MODEL_DIR", "variable", span, "AZUREML_MODEL_DIR", "folder of the deployed models")]
    return _model_files(lines, facts, place, before)


def _model_files(lines: Lines, facts: Facts, place: Position, before: str) -> list[Proposal]:
    """File names after a folder that comes from AZUREML_MODEL_DIR, in join() or after a slash."""
    start = max((m.end() for m in _FOLDER.finditer(before)), default=-1)
    if start < 0:
        names = set(re.findall(r"^[ \t]*(\w+)[ \t]*(?::[^=\n]*)?=[^=\n]*AZUREML_MODEL_DIR", lines.text, re.MULTILINE))
        start = max((m.end() for n in names for m in re.finditer(rf"\b{re.escape(n)}\b", before)), default=-1)
    tail = _TAIL.fullmatch(before[start:]) if start >= 0 else None
    if tail is None:
        return []
    literals = re.findall(r"[\"']([^\"']*)[\"']", before[start:])
    typed = tail.group(1)
    prefix = [p for literal in literals for p in literal.split("/") if p]
    prefix += [p for p in typed.split("/")[:-1] if p]
    span = Range(Position(place.line, place.character - len(typed.rsplit("/", 1)[-1])), place)
    found: dict[str, bool] = {}
    for path in model_files(facts):
        parts = path.split("/")
        if parts[: len(prefix)] == prefix and len(parts) > len(prefix):
            found[parts[len(prefix)]] = len(parts) > len(prefix) + 1
        if len(found) >= _MOST:
            break
    return [Proposal(name, "folder" if is_folder else "file", span, name) for name, is_folder in sorted(found.items())]


def model_files(facts: Facts) -> Iterable[str]:
    """Paths below AZUREML_MODEL_DIR: of the deployed models, or of the newest version of every model."""
    if facts.deployed_models is not None:
        if len(facts.deployed_models) == 1:
            return facts.deployed_models[0].files
        return [f"{m.name}/{m.version}/{path}" for m in facts.deployed_models for path in m.files]
    return [path for versions in (facts.models or {}).values() if versions for path in versions[-1].files]
