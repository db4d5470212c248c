"""conda environment files: what they ask for, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from scoredock.configs import environment_rules as rules
from scoredock.configs.document import serves
from scoredock.configs.facts import Facts
from scoredock.configs.fields import Field
from scoredock.configs.finding import Finding
from scoredock.configs.paths import folder_of
from scoredock.configs.pip_section import check_defaults, check_indentation, check_outside, move_to_pip
from scoredock.configs.read import read
from scoredock.configs.requirements import Pin, check_requirement, contradictions
from scoredock.configs.shape import ShapeRules, check_shape
from scoredock.configs.tree import Mapping, Node, Scalar, Sequence, kind_name
from scoredock.text import Fix, TextEdit

SHAPE = ShapeRules(rules.DOUBLED, rules.UNKNOWN, rules.KIND, rules.KIND)
FIELDS = (
    Field("name", "text", "Name of the environment.", default="project_environment"),
    Field(
        "channels",
        "list",
        "conda channels to search, first one first.",
        default="anaconda, conda-forge",
        snippet='["conda-forge"]',
    ),
    Field(
        "dependencies",
        "list",
        "conda packages, and pip packages below `pip`. Scoredock takes pip wheels for both where they exist.",
        snippet="[]",
    ),
    Field("prefix", "text", "Folder of the environment where it was exported; not used."),
    Field("variables", "map", "Environment variables that are set when the environment is active.", snippet="{}"),
)
PIP_ONLY = frozenset(
    {
        "azureml-defaults",
        "azureml-core",
        "azureml-contrib-services",
        "azureml-inference-server-http",
        "azureml-monitoring",
        "azureml-sdk",
    }
)
_MATCH = re.compile(r"^(?:[^\s:\[\]]+::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(.*)$", re.DOTALL)
_PYTHON = re.compile(r"^=*\s*(\d+)(?:\.(\d+))?(?:[.=*].*)?$")


@dataclass(frozen=True, slots=True)
class CondaSpec:
    """What a conda file asks for, as written."""

    name: str = ""
    python: str | None = None
    """What follows the word python: `=3.6.2`, `>=3.9`, empty for any version; None when python is not listed."""
    conda: tuple[str, ...] = ()
    """conda packages without python and pip."""
    pip: tuple[str, ...] = ()
    """Lines of the pip section, options such as `-r requirements.txt` included."""
    channels: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


def parse_conda(text: str, facts: Facts) -> tuple[CondaSpec | None, list[Finding]]:
    """The specification and the findings of a conda file; None when nothing could be read."""
    tree, findings = read(text, facts.path or "conda.yml", rules.BROKEN, rules.MAGIC)
    if tree.root is None:
        return None, findings
    if not isinstance(tree.root, Mapping):
        if not findings:
            findings.append(rules.NOT_AN_OBJECT.finding(tree.root.range, got=kind_name(tree.root)))
        return None, findings
    spec, more = conda_of(tree.root, text, complete=not findings)
    if not _for_service(facts):
        more = [f for f in more if f.code != rules.NO_DEFAULTS.code]
    return spec, findings + more


def _for_service(facts: Facts) -> bool:
    """Whether the environment may be for a service: not when the folders around it are known and show none."""
    if facts.listing is None or not facts.path:
        return True
    own = folder_of(facts.path)
    try:
        return any(serves(name) for folder in (own, folder_of(own)) for name in facts.listing(folder))
    except OSError:
        return True


def conda_of(root: Mapping, text: str, *, complete: bool = True) -> tuple[CondaSpec, list[Finding]]:
    """The same for a mapping inside another file; `complete` says that nothing before it went wrong."""
    outside = check_outside(root, text)
    findings = [f for f in check_shape(root, FIELDS, SHAPE) if not any(o.range == f.range for o in outside)] + outside
    dependencies = root.get("dependencies")
    items = dependencies.items if isinstance(dependencies, Sequence) else ()
    shifted = check_indentation(dependencies, text) if isinstance(dependencies, Sequence) else []
    findings += shifted
    python: str | None = None
    conda: list[str] = []
    pip: list[str] = []
    pins: list[Pin] = []
    after_pip = False
    for item in items:
        if isinstance(item, Mapping):
            pip += _pip_lines(item, pins, findings)
            after_pip = True
        elif isinstance(item, Scalar) and isinstance(item.value, str):
            match = _MATCH.match(item.value.strip())
            name = canonicalize_name(match.group(1)) if match else ""
            version = match.group(2).strip() if match else ""
            if shifted and after_pip:
                pip.append(item.value.strip())  # what was meant, so that the rest of the checks speak of that
            elif name == "python":
                python = version
                findings += _check_python(item, version)
            elif name != "pip":
                conda.append(item.value.strip())
                pins.append(Pin(name, version, item.range))
                if name in PIP_ONLY and isinstance(dependencies, Sequence):
                    fixes = move_to_pip(item, dependencies, text)
                    findings.append(rules.PIP_ONLY.finding(item.range, fixes=fixes, name=name))
        elif isinstance(item, Scalar) and item.value is not None:
            findings.append(rules.KIND.finding(item.range, key="a dependency", wanted="text", got=kind_name(item)))
    findings += contradictions(pins)
    told = bool(shifted or outside) or any(
        f.code in (rules.PIP_ONLY.code, rules.UNKNOWN.code, rules.KIND.code) for f in findings
    )
    if complete and not told:
        findings += check_defaults(root, dependencies, [*conda, *pip], text)
    return CondaSpec(
        _text(root.get("name")),
        python,
        tuple(conda),
        tuple(pip),
        _texts(root.get("channels")),
        _variables(root.get("variables")),
    ), findings


def _pip_lines(section: Mapping, pins: list[Pin], findings: list[Finding]) -> list[str]:
    lines: list[str] = []
    for entry in section.entries:
        if entry.key.value != "pip":
            findings.append(
                rules.UNKNOWN.finding(
                    entry.key.range, key=str(entry.key.raw)[:80], hint="", where=" among dependencies"
                )
            )
            continue
        if not isinstance(entry.value, Sequence):
            if not (isinstance(entry.value, Scalar) and entry.value.value is None):
                findings.append(
                    rules.KIND.finding(entry.value.range, key="pip", wanted="a list", got=kind_name(entry.value))
                )
            continue
        for item in entry.value.items:
            if not isinstance(item, Scalar) or not isinstance(item.value, str):
                findings.append(
                    rules.KIND.finding(item.range, key="a pip requirement", wanted="text", got=kind_name(item))
                )
                continue
            line = item.value.strip()
            lines.append(line)
            quote = item.raw[:1] if item.quoted and item.raw[:1] in ("'", '"') else '"' if item.quoted else ""
            if not line.startswith("-"):
                findings += check_requirement(line, item.range, quote, pins)
    return lines


def _check_python(item: Scalar, version: str) -> list[Finding]:
    match = _PYTHON.match(version)
    if match is None:
        return []
    number = (int(match.group(1)[:4]), int((match.group(2) or "99")[:4]))
    if number >= (3, 9):
        return []
    said = f"{match.group(1)}.{match.group(2)}" if match.group(2) else match.group(1)
    quote = '"' if item.quoted else ""
    fix = Fix("Use Python 3.11", (TextEdit(item.range, f"{quote}python=3.11{quote}"),))
    return [rules.OLD_PYTHON.finding(item.range, fixes=(fix,), version=said)]


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _texts(node: Node | None) -> tuple[str, ...]:
    if not isinstance(node, Sequence):
        return ()
    return tuple(item.value for item in node.items if isinstance(item, Scalar) and isinstance(item.value, str))


def _variables(node: Node | None) -> tuple[tuple[str, str], ...]:
    if not isinstance(node, Mapping):
        return ()
    return tuple(
        (entry.key.value, entry.value.value)
        for entry in node.entries
        if isinstance(entry.key.value, str) and isinstance(entry.value, Scalar) and isinstance(entry.value.value, str)
    )
