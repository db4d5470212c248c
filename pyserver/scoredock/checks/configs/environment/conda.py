"""conda environment files: what they ask for, and what is wrong with them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial

from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.analysis.edits import quoted, remove, without_item
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.read import read
from scoredock.analysis.result_cache import result_cache
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar, Sequence, kind_name
from scoredock.checks.configs.environment import line_rules, package_rules, rules
from scoredock.checks.configs.environment.conda_spec import check_conda_spec, check_python
from scoredock.checks.configs.environment.package_names import check_names
from scoredock.checks.configs.environment.package_pairs import unfit_pairs
from scoredock.checks.configs.environment.package_versions import contradictions, for_python
from scoredock.checks.configs.environment.pip_section import (
    check_defaults,
    check_indentation,
    check_outside,
    move_to_pip,
    run_together,
)
from scoredock.checks.configs.environment.purpose import is_served, may_serve, surely_serves
from scoredock.checks.configs.environment.requirement_lines import INDEX_OPTIONS, check_line
from scoredock.checks.configs.environment.requirements import INEFFECTIVE, check_requirement, python_line
from scoredock.checks.configs.shape import ShapeRules, check_shape
from scoredock.checks.similar import similar
from scoredock.formats.fields import Field
from scoredock.formats.pins import Pin, PythonPin
from scoredock.formats.v2.placeholders import is_template
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Range, TextEdit

SHAPE = ShapeRules(rules.DOUBLED, rules.UNKNOWN, rules.KIND, rules.KIND, lambda: l10n.t("a conda file"))
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
    Field("category", "text", "Group of packages for conda-lock; conda does not read it."),
    Field("platforms", "list", "Platforms that conda-lock locks; conda does not read them.", snippet="[]"),
    Field(
        "variables",
        "map",
        "Environment variables that are set when the environment is active.",
        snippet="{}",
        numbers=True,
    ),
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
_VERSION = re.compile(r"[0-9][0-9A-Za-z.*]*")
_MATCH = re.compile(r"^(?:[^\s:\[\]]+::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(.*)$", re.DOTALL)
_OLD_PYTHONS = frozenset((rules.OLD_PYTHON.code, package_rules.PYTHON_BESIDE.code))
_FOR_SERVICES = frozenset((*_OLD_PYTHONS, package_rules.OLD_DEFAULTS.code))
"""What only an environment that serves must not have."""
_HELPED = 20
"""Findings of one rule for which a repair is made; each looks at the whole text."""
_KNOWN_CHANNELS = (
    "conda-forge",
    "defaults",
    "anaconda",
    "pytorch",
    "nvidia",
    "bioconda",
    "microsoft",
    "huggingface",
    "rapidsai",
)
_OTHER_CHANNELS = frozenset(
    ("nodefaults", "main", "free", "r", "msys2", "intel", "fastai", "h2oai", "esri", "plotly", "pyg", "dglteam")
)
_MOST_CHANNELS = 20


@dataclass(frozen=True, slots=True)
class CondaSpec:
    """Packages, channels and variables of a conda file, as written."""

    name: str = ""
    python: str | None = None
    """What follows the word python: `=3.6.2`, `>=3.9`, empty for any version; None when python is not listed."""
    conda: tuple[str, ...] = ()
    """conda packages without python and pip."""
    pip: tuple[str, ...] = ()
    """Lines of the pip section, options such as `-r requirements.txt` included."""
    channels: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    unreadable: bool = False
    """Whether the packages are given as something else than a list, so that nobody knows them."""


@result_cache
def parse_conda(text: str, facts: Facts) -> tuple[CondaSpec | None, list[Finding]]:
    """The specification and the findings of a conda file; None when nothing could be read."""
    tree, findings = read(text, facts.path or "conda.yml", rules.BROKEN, rules.MAGIC)
    if findings and is_template(text):
        return None, []  # becomes YAML only when the template is filled in
    if tree.root is None:
        return None, findings
    if not isinstance(tree.root, Mapping):
        if not findings:
            findings.append(rules.NOT_AN_OBJECT.finding(tree.root.range, got=kind_name(tree.root)))
        return None, findings
    spec, more = conda_of(tree.root, text, complete=not findings, facts=facts)
    if not may_serve(facts):
        more = [f for f in more if f.code != rules.NO_DEFAULTS.code]
    if any(f.code in _FOR_SERVICES for f in more) and not is_served(facts, text):
        more = _without_service(more, is_certain=facts.listing is not None)
    return spec, findings + more


def _without_service(findings: list[Finding], *, is_certain: bool) -> list[Finding]:
    """The findings about an environment that serves nothing, or of which it is not certain that it serves."""
    kept = [f for f in findings if f.code not in _OLD_PYTHONS]
    if not is_certain:
        return kept
    old = package_rules.OLD_DEFAULTS.code
    return [replace(f, severity="information") if f.code == old else f for f in kept]


def _check_keys(root: Mapping, lines: Lines, outside: list[Finding]) -> list[Finding]:
    """Findings about the keys of a conda file, but for those that `outside` speaks of."""
    listed = [node for name in ("dependencies", "channels") if (node := root.get(name)) is not None]
    shape = [_with_list(f, listed) for f in check_shape(root, FIELDS, SHAPE, lines=lines)]
    findings = [f for f in shape if not any(o.range == f.range for o in outside)]
    prefix = root.entry("prefix")
    if prefix is not None:
        findings.append(line_rules.PREFIX.finding(prefix.key.range, fixes=remove(root, [prefix], lines)))
    return findings


def conda_of(
    root: Mapping, text: str, *, complete: bool = True, facts: Facts | None = None
) -> tuple[CondaSpec, list[Finding]]:
    """The same for a mapping inside another file; `complete` says that nothing before it went wrong."""
    facts = facts or Facts()
    lines = Lines(text)
    outside = check_outside(root, text)
    findings = _check_keys(root, lines, outside) + outside
    dependencies = root.get("dependencies")
    items = dependencies.items if isinstance(dependencies, Sequence) else ()
    shifted = check_indentation(dependencies, text) if isinstance(dependencies, Sequence) else []
    findings += shifted
    python: str | None = None
    interpreter: PythonPin | None = None
    conda: list[str] = []
    pip: list[str] = []
    pins: list[Pin] = []
    after_pip = False
    for number, item in enumerate(items):
        if isinstance(item, Mapping):
            pip += _pip_lines(item, pins, findings, lines, facts)
            after_pip = True
        elif isinstance(item, Scalar) and isinstance(item.value, str) and (more := _swallowed(item, text)):
            findings += more
            shifted = shifted or more
        elif isinstance(item, Scalar) and isinstance(item.value, str):
            match = _MATCH.match(item.value.strip())
            name = canonicalize_name(match.group(1)) if match else ""
            version = match.group(2).strip() if match else ""
            if shifted and after_pip:
                pip.append(item.value.strip())  # what was meant, so that the rest of the checks speak of that
            elif name == "python":
                python = version
                interpreter, told = check_python(item, version)
                findings += told
            elif name != "pip":
                conda.append(item.value.strip())
                removal = without_item(dependencies, number, lines) if isinstance(dependencies, Sequence) else ()
                wrong = check_conda_spec(item, name, version)
                findings += wrong
                if wrong:
                    continue
                pins.append(_conda_pin(item, name, version, removal))
                if name in PIP_ONLY and isinstance(dependencies, Sequence):
                    helped = sum(f.code == rules.PIP_ONLY.code for f in findings) < _HELPED
                    fixes = move_to_pip(item, dependencies, text) if helped else ()
                    findings.append(rules.PIP_ONLY.finding(item.range, fixes=fixes, name=name))
        elif isinstance(item, Scalar) and item.value is not None:
            findings.append(
                rules.KIND.finding(
                    item.range, message=l10n.t("A dependency must be text, not {kind}.", kind=kind_name(item))
                )
            )
    findings += (
        contradictions(pins)
        + unfit_pairs(pins, lambda: interpreter.number if interpreter is not None else None, lines, facts)
        + for_python(pins, interpreter)
        + check_names(pins, facts, interpreter.number if interpreter is not None else None)
    )
    findings += [python_line(pin) for pin in pins if pin.name == "python" and pin.source == "pip"]
    spoken = bool(shifted or outside) or any(
        f.code in (rules.PIP_INDENT.code, rules.PIP_ONLY.code, rules.UNKNOWN.code, rules.KIND.code) for f in findings
    )
    findings += _check_channels(root.get("channels"))
    if complete and not spoken:
        findings += check_defaults(root, dependencies, [*conda, *pip], text, partial(surely_serves, facts, text))
    if facts.serves:
        findings = _at_deployment(findings)
    return CondaSpec(
        _text(root.get("name")),
        python,
        tuple(conda),
        tuple(pip),
        _texts(root.get("channels")),
        _variables(root.get("variables")),
        unreadable=not (_is_nothing(dependencies) or isinstance(dependencies, Sequence)),
    ), findings


def _at_deployment(findings: list[Finding]) -> list[Finding]:
    """An old Python is warned of, as there are versions for a newer one; only a deployment is refused for it."""
    code = rules.OLD_PYTHON.code
    return [replace(f, severity="error") if f.code == code else f for f in findings]


def _is_nothing(node: Node | None) -> bool:
    """True if a key is missing or has no value."""
    return node is None or (isinstance(node, Scalar) and node.value is None)


def _with_list(finding: Finding, nodes: list[Node]) -> Finding:
    """`dependencies: python=3.11`, which must be a list."""
    node = next((n for n in nodes if finding.code == rules.KIND.code and finding.range == n.range), None)
    return replace(finding, fixes=_listed(node)) if node is not None else finding


def _swallowed(item: Scalar, text: str) -> list[Finding]:
    """A line that goes on over what was meant as further items."""
    fixes = run_together(item, text)
    if fixes is None:
        return []
    missing = str(item.value).startswith("pip - ")
    if missing:
        message = l10n.t("A colon is missing after “pip”, so what follows is not a list.")
    else:
        message = l10n.t(
            "The lines after this are indented deeper, so they belong to its text and are not packages of their own."
        )
    return [rules.PIP_INDENT.finding(item.range, fixes=fixes, message=message)]


def _as_text(item: Node, sign: str) -> tuple[Fix, ...]:
    """`numpy: 1.26`, read as a key and a value, as a requirement."""
    if not isinstance(item, Mapping) or len(item.entries) != 1 or item.flow:
        return ()
    key, value = item.entries[0].key, item.entries[0].value
    if not isinstance(key.value, str) or not isinstance(value, Scalar) or not _VERSION.fullmatch(value.raw[:60]):
        return ()
    new = f"{key.value}{sign}{value.raw}"
    return (
        Fix(
            l10n.t("Change to {new}", new=new),
            (TextEdit(Range(key.range.start, value.range.end), new),),
            preferred=True,
        ),
    )


def _conda_pin(item: Scalar, name: str, version: str, removal: tuple[TextEdit, ...]) -> Pin:
    return Pin(
        name, version, item.range, "conda", requirement=str(item.value).strip(), quote=_quote(item), removal=removal
    )


def _listed(node: Node) -> tuple[Fix, ...]:
    """One package, or several with commas or spaces between them, as a list."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or len(node.value) > 1_000:
        return ()
    names = [name for name in re.split(r"[,\s]+", node.value.strip()) if name]
    if not names or not all(_MATCH.match(name) for name in names):
        return ()
    new = json.dumps(names, ensure_ascii=False)
    return (Fix(l10n.t("Change to {new}", new=new[:70]), (TextEdit(node.range, new),), preferred=True),)


def _quote(item: Scalar) -> str:
    return item.raw[:1] if item.quoted and item.raw[:1] in ("'", '"') else '"' if item.quoted else ""


def _pip_lines(section: Mapping, pins: list[Pin], findings: list[Finding], text: Lines, facts: Facts) -> list[str]:
    lines: list[str] = []
    for entry in section.entries:
        if entry.key.value != "pip":
            fixes = _as_text(section, "=")
            hint = l10n.t("; a requirement is written with =") if fixes else l10n.t("; correct or remove it")
            where = l10n.t("among “{section}”", section="dependencies")
            message = l10n.t(rules.UNKNOWN.page.message, key=str(entry.key.raw)[:80], hint=hint, where=where)
            findings.append(rules.UNKNOWN.finding(entry.key.range, fixes=fixes, message=message))
            continue
        if not isinstance(entry.value, Sequence):
            if not (isinstance(entry.value, Scalar) and entry.value.value is None):
                findings.append(
                    rules.KIND.finding(
                        entry.value.range,
                        fixes=_listed(entry.value),
                        key="pip",
                        wanted=l10n.t("a list"),
                        got=kind_name(entry.value),
                    )
                )
            continue
        elsewhere = any(
            isinstance(i, Scalar) and isinstance(i.value, str) and INDEX_OPTIONS.match(i.value.strip())
            for i in entry.value.items
        )
        # What lists nothing but blanks is still to be filled in.
        is_form = all(isinstance(i, Scalar) and i.value is None for i in entry.value.items)
        for number, item in enumerate(entry.value.items):
            if not isinstance(item, Scalar) or not isinstance(item.value, str):
                fixes = _as_text(item, "==")
                findings.append(
                    rules.KIND.finding(
                        item.range,
                        severity="warning" if is_form else None,
                        fixes=fixes,
                        message=l10n.t("A pip requirement must be text, not {kind}.", kind=kind_name(item)),
                    )
                )
                continue
            told = _swallowed(item, text.text)
            if told:
                findings += told
                continue
            line = item.value.strip()
            if not line:  # conda hands pip a file with these lines, and pip leaves a blank one out
                continue
            lines.append(line if line.startswith("-") else INEFFECTIVE.sub("", line))
            findings += check_line(line, item.range, _quote(item), facts)
            if not line.startswith("-"):
                removal = without_item(entry.value, number, text)
                findings += check_requirement(
                    line, item.range, _quote(item), pins, removal=removal, elsewhere=elsewhere
                )
    return lines


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
        (entry.key.value, str(entry.value.value))
        for entry in node.entries
        if isinstance(entry.key.value, str)
        and isinstance(entry.value, Scalar)
        and type(entry.value.value) in (str, int, float)
    )


def _check_channels(channels: Node | None) -> list[Finding]:
    """Findings about names that are one or two letters from those of large channels."""
    items = channels.items if isinstance(channels, Sequence) else ()
    findings = []
    for item in items[:_MOST_CHANNELS]:
        name = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""
        # The servers take names in any case; `defaults` is a word of conda itself.
        small = name if name.lower() == "defaults" else name[:60].lower()
        if not name or small in _KNOWN_CHANNELS or small in _OTHER_CHANNELS or re.search(r"[/:$]", name):
            continue
        near = similar(small.lower(), _KNOWN_CHANNELS, 1, 0.85)
        if near and isinstance(item, Scalar):
            fix = Fix(
                l10n.t("Change to {new}", new=near[0]), (TextEdit(item.range, quoted(item, near[0])),), preferred=True
            )
            findings.append(package_rules.NEAR_CHANNEL.finding(item.range, fixes=(fix,), name=name[:60], right=near[0]))
    return findings
