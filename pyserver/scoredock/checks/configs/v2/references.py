"""Models, environments and computes that a v2 file refers to or writes out."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_above, known_folder, relative_to, resolve
from scoredock.analysis.rule import proposal, quoted_value
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, kind_name
from scoredock.analysis.tree import Sequence as Items
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.configs.v2 import edits
from scoredock.checks.configs.v2 import reference_rules as rules
from scoredock.checks.configs.v2.rules import REQUIRED
from scoredock.formats.fields import closest
from scoredock.formats.v2.asset_fields import ENVIRONMENT
from scoredock.formats.v2.online_deployment import OF_A_FILE
from scoredock.formats.v2.placeholders import is_placeholder
from scoredock.text import Fix, TextEdit

IMAGE = "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:latest"
_NAME_VERSION = re.compile(r"[A-Za-z0-9][\w.-]*(?::[\w.-]+|@[\w.-]+)")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_CURATED = re.compile(r"azureml-", re.IGNORECASE)
_OLDER = frozenset({"docker", "baseimage", "base_image", "basedockerfile", "buildcontext"})
_OF_ENVIRONMENT = frozenset({"image", "build", "conda_file"})
_FILE_END = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,8}$")


def text_of(node: Node | None) -> str | None:
    """The text of a value that is one and needs no filling in."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and not is_placeholder(node):
        return node.value
    return None


def check_model(root: Mapping, kubernetes: bool, lines: Lines) -> list[Finding]:
    """The `model` of a deployment."""
    entry = root.entry("model")
    if entry is None or is_placeholder(entry.value):
        return []
    node = entry.value
    if isinstance(node, Mapping):
        return _check_named_version(node, entry, lines)
    if isinstance(node, Items):
        single = node.items[0] if len(node.items) == 1 else None
        fixes: tuple[Fix, ...] = ()
        if node.flow and isinstance(single, Scalar):
            fixes = (
                Fix(l10n.t("Take the model out of the list"), (TextEdit(node.range, single.raw),), preferred=True),
            )
        return [rules.SEVERAL_MODELS.finding(node.range if node.flow else entry.key.range, fixes=fixes)]
    return _check_reference(entry, "model", kubernetes, lines)


def _check_named_version(model: Mapping, entry: MappingEntry, lines: Lines) -> list[Finding]:
    """A model that is written out may have a version where it has a name."""
    if model.entry("version") is None or {"name", "id", "<<"} & set(model.names()):
        return []
    fixes = edits.add(model, None, "name: my-model", l10n.t("Add {key}", key="name"), lines)
    where = l10n.t("“{section}” with “{key}”", section="model", key="version")
    return [REQUIRED.finding(entry.key.range, fixes=fixes, where=where, key="name")]


def check_environment_reference(root: Mapping, kubernetes: bool, lines: Lines, facts: Facts) -> list[Finding]:
    """The `environment` of a deployment, when it is a text."""
    entry = root.entry("environment")
    if entry is None or is_placeholder(entry.value):
        return []
    if isinstance(entry.value, Items):
        got = kind_name(entry.value)
        return [rules.ENVIRONMENT_REFERENCE.finding(entry.value.range, got=got, hint="")]
    of_file = _check_environment_file(entry.value, facts)
    return _check_reference(entry, "environment", kubernetes, lines) if of_file is None else of_file


def _check_environment_file(node: Node, facts: Facts) -> list[Finding] | None:
    """Findings about a path to a file that is there: one that describes an environment is written with `file:`, a list
    of packages below the environment. None for anything else."""
    value, base = text_of(node), known_folder(facts)
    path = (value or "").removeprefix(OF_A_FILE)
    if not isinstance(node, Scalar) or not value or base is None or not path.lower().endswith((".yml", ".yaml")):
        return None
    if path == value:
        path = _from_here(path, base, facts)
    root = parse_yaml(facts.read(resolve(base, path)) or "").root
    keys = set(root.names()) if isinstance(root, Mapping) else set()
    got = f"“{value[:80]}”"
    if keys & _OF_ENVIRONMENT and not value.startswith(OF_A_FILE):
        fix = edits.replace(node, f"{OF_A_FILE}{path}")
        hint = proposal(f"{OF_A_FILE}{path}")
        return [rules.ENVIRONMENT_REFERENCE.finding(node.range, fixes=(fix,), got=got, hint=hint)]
    if "dependencies" in keys and not keys & _OF_ENVIRONMENT:
        hint = l10n.t(": a list of packages is written as “conda_file” below “environment”, beside an image")
        return [rules.ENVIRONMENT_REFERENCE.finding(node.range, got=got, hint=hint)]
    return None


def _from_here(path: str, base: str, facts: Facts) -> str:
    """A path that may be written as seen from a folder above, as seen from the file, which `file:` is relative to."""
    folder = base
    while folder and not facts.exists(resolve(folder, path)):
        folder = folder_above(folder, facts)
    return relative_to(base, resolve(folder, path)) if folder not in ("", base) else path


def _of_deployment(what: str) -> str:
    return l10n.t("the model") if what == "model" else l10n.t("the environment")


def _check_reference(entry: MappingEntry, what: str, kubernetes: bool, lines: Lines) -> list[Finding]:
    node = entry.value
    rule = rules.MODEL_REFERENCE if what == "model" else rules.ENVIRONMENT_REFERENCE
    if isinstance(node, Mapping) or (isinstance(node, Scalar) and node.value is None):
        return []
    value = text_of(node)
    if value is None or not isinstance(node, Scalar):
        return [rule.finding(node.range, got=kind_name(node), hint="")]
    if value.startswith("azureml://registries/"):
        return [rules.REGISTRY_ON_KUBERNETES.finding(node.range, what=_of_deployment(what))] if kubernetes else []
    if what == "environment" and value.startswith(OF_A_FILE):
        return []
    if not value.startswith("azureml:"):
        return [_foreign_reference(entry, node, value, what, lines)]
    rest = value.removeprefix("azureml:")
    if rest.startswith("/") or (what == "environment" and _CURATED.match(rest)):
        return []
    if "/" in rest:
        return [rule.finding(node.range, got=f"“{value[:80]}”", hint=l10n.t(": a name holds no slash"))]
    if ":" in rest or "@" in rest or not rest:
        version = rest.partition(":" if ":" in rest else "@")[2]
        if version.strip():
            return []
    fix = edits.replace(node, f"{value.rstrip(':@')}@latest")
    hint = l10n.t(": it needs a version, or @latest")
    return [
        rule.finding(
            node.range,
            fixes=(fix,) if rest.strip(":@") else (),
            got=quoted_value(value[:80], l10n.t("an empty text")),
            hint=hint,
        )
    ]


def _foreign_reference(entry: MappingEntry, node: Scalar, value: str, what: str, lines: Lines) -> Finding:
    rule = rules.MODEL_REFERENCE if what == "model" else rules.ENVIRONMENT_REFERENCE
    fixes: tuple[Fix, ...] = ()
    hint = ""
    looks_like_path = "/" in value or "\\" in value or bool(_FILE_END.search(value))
    if _NAME_VERSION.fullmatch(value) and not looks_like_path:
        fixes = (edits.replace(node, f"azureml:{value}"),)
        hint = proposal(f"azureml:{value}")
    elif value.lower().startswith("azureml:") or value.lower().startswith("azureml "):
        hint = l10n.t(": “azureml:” is written in lower case, with a colon")
    elif (
        looks_like_path
        and "://" not in value
        and not lines.line(node.range.end.line)[node.range.end.character :].strip()
    ):
        if what == "model":
            hint = l10n.t(": a file is written as “{key}” below “{section}”", key="path", section=what)
        elif value.endswith((".yml", ".yaml")):
            hint = l10n.t(
                ": a list of packages is written as “conda_file” below “environment”, a file that describes an"
                " environment as “{written}”",
                written=f"{OF_A_FILE}{value[:80]}",
            )
        indent = " " * (entry.key.range.start.character + 2)
        if what == "model" and entry.key.range.start.line == node.range.start.line:
            fixes = (
                Fix(
                    l10n.t("Write it as path below model"),
                    (TextEdit(node.range, f"\n{indent}path: {node.raw}"),),
                    preferred=True,
                ),
            )
    elif _NAME.fullmatch(value) and not looks_like_path:
        fixes = (edits.replace(node, f"azureml:{value}@latest"),)
        hint = proposal(f"azureml:{value}@latest")
    return rule.finding(node.range, fixes=fixes, got=quoted_value(value[:80], l10n.t("an empty text")), hint=hint)


def check_environment(node: Mapping, place: Scalar, lines: Lines, *, inline: bool) -> list[Finding]:
    """An environment that is written out, in a file of its own or (inline) in a deployment."""
    findings: list[Finding] = []
    names = set(node.names())
    packages = [e for e in node.entries if e.key.value in ("channels", "dependencies", "prefix")]
    wrong = [e for e in packages if e.key.value != "prefix"]
    if wrong:
        title = l10n.t("Put it below {key}", key="conda_file")
        fixes = () if "conda_file" in names else edits.nest(node, packages, "conda_file", title, lines)
        findings.append(rules.INLINE_PACKAGES.finding(wrong[0].key.range, fixes=fixes, key=wrong[0].key.value))
    if "<<" in names or "id" in names:
        return findings
    image, build = node.entry("image"), node.entry("build")
    if image is not None and build is not None:
        if not any(_is_null(e.value) for e in (image, build)):
            fixes = (*edits.remove(node, build, lines), *edits.remove(node, image, lines))
            findings.append(rules.TWO_IMAGES.finding(build.key.range, fixes=fixes))
    elif image is None and build is None and not _misspelt(names):
        fixes = edits.add(node, None, f"image: {IMAGE}", l10n.t("Add an image"), lines)
        # The command line can give the image of an environment that has a file of its own, and must where that says
        # nothing of what is in it.
        given: Severity = "warning" if "conda_file" in names else "information"
        findings.append(rules.NO_IMAGE.finding(place.range, severity=None if inline else given, fixes=fixes))
    conda = node.entry("conda_file")
    if build is not None and image is None and conda is not None and not _is_null(conda.value):
        findings.append(rules.CONDA_WITH_BUILD.finding(conda.key.range, fixes=edits.remove(node, conda, lines)))
    return findings


def check_compute(root: Mapping, *, requires_prefix: bool) -> list[Finding]:
    """The `compute` of an endpoint, which must begin with `azureml:` where `requires_prefix`."""
    node = root.get("compute")
    value = text_of(node)
    if not requires_prefix or value is None or not isinstance(node, Scalar) or value.startswith("azureml:"):
        return []
    fixes = (edits.replace(node, f"azureml:{value}"),) if _NAME.fullmatch(value) else ()
    return [rules.COMPUTE_REFERENCE.finding(node.range, fixes=fixes, got=value[:80])]


def _misspelt(names: set[str]) -> bool:
    """True if one of the keys is reported already and probably meant the image."""
    known = {field.name for field in ENVIRONMENT}
    return any(closest(name, ("image", "build")) or name.lower() in _OLDER for name in names - known)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None
