"""Older keys of inference configurations and what replaces them, and keys that belong somewhere else."""

from __future__ import annotations

import posixpath
import re
from typing import cast

from scoredock import l10n
from scoredock.analysis.edits import changed, inserted, plain, remove, replaced, without
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import resolve
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, Sequence
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.configs.inference import older_key_rules as rules
from scoredock.formats.deployment_fields import FIELDS as DEPLOYMENT_FIELDS
from scoredock.text import Fix, TextEdit

OLDER = (
    "runtime",
    "condaFile",
    "extraDockerfileSteps",
    "extraDockerFileSteps",
    "enableGpu",
    "cudaVersion",
    "baseImage",
    "baseImageRegistry",
)
"""Keys that an environment replaces."""
_OF_ENVIRONMENT = ("python", "docker", "environmentVariables", "inferencingStackVersion", "spark", "databricks", "r")
_OF_COMMAND = {
    "model": "--model",
    "models": "--model",
    "modelId": "--model",
    "tags": "--tag",
    "properties": "--property",
}
"""Key → option of the command line."""
_OF_DEPLOYMENT = frozenset(f.name for f in DEPLOYMENT_FIELDS)
_NEWEST = ("latest", "newest", "@latest", "*", "current")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def _modern(key: str) -> str:
    """Present way to say the same as an older key, as the middle of a sentence."""
    if key == "runtime":
        return l10n.t("an environment with Python")
    if key == "condaFile":
        return l10n.t("an environment with “condaDependencies”")
    if key in ("enableGpu", "cudaVersion"):
        return l10n.t("“docker.baseImage” of an environment, with an image that has CUDA,")
    name = "baseDockerfile" if key.startswith("extra") else key
    return l10n.t("“{key}” of an environment", key=f"docker.{name}")


def has_value(node: Node | None) -> bool:
    """True if a value says anything: not null, false or empty."""
    return node is not None and not (isinstance(node, Scalar) and node.value in (None, False, ""))


def check_elsewhere(root: Mapping, lines: Lines, findings: list[Finding]) -> list[Finding]:
    """Keys of deployment configurations, of environments and of the command line; replaces what was said of them."""
    replacements: list[Finding] = []
    environment = root.get("environment")
    for entry in root.entries:
        name = entry.key.value
        where = ""
        if name in _OF_DEPLOYMENT:
            where = l10n.t("in the deployment configuration")
        elif name in _OF_COMMAND:
            where = l10n.t("on the command line ({option})", option=_OF_COMMAND[str(name)])
        if where:
            replacements.append(
                rules.ELSEWHERE.finding(entry.key.range, fixes=remove(root, [entry], lines), key=name, where=where)
            )
        elif name in _OF_ENVIRONMENT:
            fixes: tuple[Fix, ...] = ()
            cut = without(root, [entry], lines)
            if isinstance(environment, Mapping) and environment.flow and cut and environment.get(str(name)) is None:
                put = inserted(environment, str(name), plain(entry.value), at_end=True)
                fixes = (Fix(l10n.t("Move it into environment"), (*cut, put), preferred=True),)
            replacements.append(rules.OF_ENVIRONMENT.finding(entry.key.range, fixes=fixes, key=name))
    ranges = {f.range for f in replacements}
    # The templates of the first command line name it and leave it empty, and so it says nothing.
    ranges |= {e.key.range for e in root.entries if e.key.value == "schemaFile" and not has_value(e.value)}
    return [*(f for f in findings if f.range not in ranges), *replacements]


def check_version(environment: Mapping) -> list[Finding]:
    """The version of an environment that is named only."""
    version = environment.get("version")
    if not isinstance(version, Scalar) or version.value is None or isinstance(version.value, bool):
        return []
    if isinstance(version.value, int | float):
        right = f'"{version.raw}"'
        return [rules.NUMBER_VERSION.finding(version.range, fixes=(changed(version, right),), right=right)]
    if version.value.strip().lower() in _NEWEST:
        return [rules.LATEST_VERSION.finding(version.range, fixes=(changed(version, "null"),), version=version.value)]
    return []


def check_empty(root: Mapping, lines: Lines) -> list[Finding]:
    """Texts with nothing in them; the entry script has a rule of its own."""
    return [
        rules.EMPTY_TEXT.finding(e.key.range, fixes=remove(root, [e], lines), key=e.key.value)
        for e in root.entries
        if e.key.value in (*OLDER, "sourceDirectory", "description")
        and isinstance(e.value, Scalar)
        and e.value.value == ""
    ]


def check_older(root: Mapping, base: str, facts: Facts, lines: Lines) -> list[Finding]:
    """Older keys without an environment beside them."""
    entries = {str(e.key.value): e for e in root.entries if e.key.value in OLDER and has_value(e.value)}
    findings = _spark(entries) + _both(root, entries, lines) + _inconvertible(root, entries, lines)
    if findings or not entries:
        return findings
    modern = _written_out(root, entries, base, facts, lines)
    return [
        rules.OLDER.finding(e.key.range, fixes=(modern,) if modern else (), key=name, modern=_modern(name))
        for name, e in entries.items()
    ]


def _spark(entries: dict[str, MappingEntry]) -> list[Finding]:
    entry = entries.get("runtime")
    value = entry.value.value if entry is not None and isinstance(entry.value, Scalar) else None
    if entry is None or not isinstance(value, str) or value.lower() != "spark-py":
        return []
    return [rules.SPARK.finding(entry.value.range, value=value)]


def _both(root: Mapping, entries: dict[str, MappingEntry], lines: Lines) -> list[Finding]:
    second = entries.get("extraDockerFileSteps")
    if second is None or "extraDockerfileSteps" not in entries:
        return []
    return [rules.BOTH_SPELLINGS.finding(second.key.range, fixes=remove(root, [second], lines), key=second.key.value)]


def _inconvertible(root: Mapping, entries: dict[str, MappingEntry], lines: Lines) -> list[Finding]:
    gpu = [entries[name] for name in ("enableGpu", "cudaVersion") if name in entries]
    if "baseImage" in entries and gpu:
        fixes = remove(root, gpu, lines)
        words = l10n.t(" beside “{key}”", key="baseImage")
        return [rules.NOT_CONVERTIBLE.finding(e.key.range, fixes=fixes, key=e.key.value, beside=words) for e in gpu[:1]]
    return []


def _written_out(root: Mapping, entries: dict[str, MappingEntry], base: str, facts: Facts, lines: Lines) -> Fix | None:
    """The fix that turns conda file and base image into an environment, where nothing is lost by it."""
    if set(entries) - {"runtime", "condaFile", "baseImage"} or "condaFile" not in entries or root.entry("environment"):
        return None
    runtime = entries["runtime"].value if "runtime" in entries else None
    if isinstance(runtime, Scalar) and str(runtime.value).lower() != "python":
        return None
    conda = _conda(root, entries["condaFile"], base, facts)
    if conda is None:
        return None
    name = conda.get("name")
    python = {"condaDependencies": conda}
    environment: dict[str, object] = {"name": name if isinstance(name, str) else "environment", "python": python}
    if "baseImage" in entries:
        environment["docker"] = {"baseImage": plain(entries["baseImage"].value)}
        environment["inferencingStackVersion"] = "latest"
    place = entries["condaFile"]
    others = [e for key, e in entries.items() if key != "condaFile"]
    cut = without(root, others, lines)
    if others and not cut:
        return None
    put = replaced(place, "environment", environment, root, indent=2)
    if any(_overlap(put, edit) for edit in cut):
        return None
    return Fix(l10n.t("Write the environment out"), (*cut, put), preferred=True)


def _overlap(one: TextEdit, other: TextEdit) -> bool:
    return one.range.start < other.range.end and other.range.start < one.range.end


def _conda(root: Mapping, entry: MappingEntry, base: str, facts: Facts) -> dict[str, object] | None:
    """The content of the conda file, when it stands for itself: no file beside it is named in it."""
    path, source = plain(entry.value), plain(root.get("sourceDirectory"))
    if not isinstance(path, str) or not base:
        return None
    folder = resolve(base, source) if isinstance(source, str) and source else base
    text = facts.read(resolve(folder, path))
    tree = parse_yaml(text) if text is not None else None
    if tree is None or tree.problems or not isinstance(tree.root, Mapping):
        return None
    if not set(tree.root.names()) <= {"name", "channels", "dependencies", "variables"}:
        return None
    dependencies = tree.root.get("dependencies")
    if not isinstance(dependencies, Sequence):
        return None
    conda = cast("dict[str, object]", plain(tree.root))
    lines = [str(line) for item in cast("list[object]", conda["dependencies"]) for line in _listed(item)]
    if any(line.lstrip().startswith(("-", ".", "/", "file:")) or line.endswith(".whl") for line in lines):
        return None
    stem = posixpath.basename(path).split(".")[0]
    if not isinstance(conda.get("name"), str) or str(conda["name"]).lower().startswith(("azureml", "microsoft")):
        conda["name"] = f"{stem}-env" if _NAME.fullmatch(stem) else "environment"
    return conda


def _listed(item: object) -> list[object]:
    if not isinstance(item, dict):
        return [item]
    return [line for value in item.values() for line in (value if isinstance(value, list) else [value])]
