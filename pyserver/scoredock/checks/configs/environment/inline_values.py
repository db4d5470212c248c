"""Values of environments written as JSON: images, variables, and switches that do nothing."""

from __future__ import annotations

import re
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.edits import changed, quoted, remove
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import check_path, folder_of, known_folder, resolve
from scoredock.analysis.rule import quoted_value
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar
from scoredock.checks.configs.environment import inline_rules as rules
from scoredock.checks.configs.shape import renamed
from scoredock.formats.image_reference import is_image_reference
from scoredock.formats.secrets import is_literal, names_secret
from scoredock.text import Fix, TextEdit
from scoredock_runtime.contract_variables import AMOUNT, COUNT, NUMBERS, PORT, SIGNED, WHOLE, is_number, is_own

_SIZE = re.compile(r"\d{1,15}(?:\.\d+)? ?(?:[kKmMgGtTpP]?[iI]?[bB]?)")
_LOOSE_SIZE = re.compile(r"\s*(\d{1,9}(?:\.\d+)?)\s*([kmgt])\w*\s*", re.IGNORECASE)
_TEMPLATED = re.compile(r"[$<{#%]|__")
_FOLDERS = 6
_SAVED = "azureml_environment.json"
_OVERWRITTEN = ("AZUREML_ENTRY_SCRIPT", "AZUREML_SOURCE_DIRECTORY")
"""Variables that azureml-core sets for each deployment, whatever the environment has."""


def check_docker(docker: Mapping | None, lines: Lines) -> list[Finding]:
    """The image and what belongs to it."""
    if docker is None:
        return []
    findings: list[Finding] = []
    for name in ("enabled", "gpuSupport"):
        entry = docker.entry(name)
        if entry is not None and isinstance(entry.value, Scalar) and entry.value.value is True:
            fixes = remove(docker, [entry], lines)
            findings.append(rules.DOCKER_ENABLED.finding(entry.key.range, fixes=fixes, key=name))
    size = docker.get("shmSize")
    if isinstance(size, Scalar) and isinstance(size.value, str) and not _SIZE.fullmatch(size.value):
        match = _LOOSE_SIZE.fullmatch(size.value[:60])
        fixes = ()
        if match:
            right = f"{match.group(1)}{match.group(2).lower()}"
            fixes = (
                Fix(
                    l10n.t("Change to {new}", new=right),
                    (TextEdit(size.range, quoted(size, right)),),
                    preferred=True,
                ),
            )
        findings.append(rules.SHARED_MEMORY.finding(size.range, fixes=fixes, got=quoted_value(size.value[:60])))
    return findings + check_image(docker.get("baseImage")) + check_registry(docker.get("baseImageRegistry"), lines)


def check_image(node: Node | None) -> list[Finding]:
    """The name of an image; placeholders of pipelines are left alone."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
        return []
    name = node.value
    if is_image_reference(name) or _TEMPLATED.search(name):
        return []
    bare = re.sub(r"^(?:docker://|https?://)", "", name.strip()).rstrip("/")
    right = next((each for each in (bare, bare.lower()) if is_image_reference(each)), "")
    fixes = (
        (Fix(l10n.t("Change to {new}", new=right), (TextEdit(node.range, quoted(node, right)),), preferred=True),)
        if right
        else ()
    )
    hint = l10n.t("; write it in lower case") if right else ""
    if "://" in name:
        hint = l10n.t("; leave out the scheme")
    return [rules.IMAGE.finding(node.range, fixes=fixes, got=name[:80], hint=hint)]


def check_registry(node: Node | None, lines: Lines) -> list[Finding]:
    """A password that stands in the file."""
    entry = node.entry("password") if isinstance(node, Mapping) else None
    if entry is None or not isinstance(node, Mapping) or not isinstance(entry.value, Scalar):
        return []
    if not isinstance(entry.value.value, str) or not is_literal(entry.value.value):
        return []
    user = node.entry("username")
    fixes = remove(node, [entry, *([user] if user else [])], lines, l10n.t("Remove the password"), preferred=False)
    return [rules.REGISTRY_PASSWORD.finding(entry.value.range, fixes=fixes)]


def check_python(python: Mapping | None, facts: Facts, lines: Lines) -> list[Finding]:
    """Packages that are ignored, and the file that holds them."""
    if python is None:
        return []
    findings: list[Finding] = []
    managed, listed = python.entry("userManagedDependencies"), python.entry("condaDependencies")
    on = managed is not None and isinstance(managed.value, Scalar) and managed.value.value is True
    if on and managed is not None and listed is not None and isinstance(listed.value, Mapping) and listed.value.entries:
        off = Fix(
            l10n.t("Set {key} to {value}", key="userManagedDependencies", value="false"),
            (TextEdit(managed.value.range, "false"),),
        )
        fixes = (off, *remove(python, [listed], lines, preferred=False))
        findings.append(rules.IGNORED_PACKAGES.finding(listed.key.range, fixes=fixes))
    path = python.get("condaDependenciesFile")
    folder = known_folder(facts)
    if (
        folder is not None
        and isinstance(path, Scalar)
        and isinstance(path.value, str)
        and path.value.strip()
        and not on
        and not _is_beside(folder, facts)
    ):
        base = folder
        for _ in range(_FOLDERS):
            if facts.exists(resolve(base, path.value)):
                break
            base = folder_of(base)
        else:
            base = folder
        wanted = _is_yaml
        findings += check_path(path, base, facts, rules.FILE_MISSING, rules.FILE_CASE, may_propose=wanted)
    return findings


def _is_beside(folder: str, facts: Facts) -> bool:
    """True if the packages of a saved environment lie beside it: the SDK reads them there, whatever it names."""
    return facts.path.endswith(f"/{_SAVED}") and facts.exists(resolve(folder, "conda_dependencies.yml"))


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yml", ".yaml"))


def check_variables(node: Node | None, lines: Lines) -> list[Finding]:
    """Environment variables of the service."""
    if not isinstance(node, Mapping):
        return []
    findings: list[Finding] = []
    for entry in node.entries:
        name = str(entry.key.value)
        value = entry.value.value if isinstance(entry.value, Scalar) else None
        if not name or re.search(r"[=\s\x00]", name):
            right = re.sub(r"[^A-Za-z0-9_]+", "_", name.strip()).strip("_")
            # Which name the script reads is not known.
            fix = replace(renamed(entry.key, right), certain=False) if right else None
            renaming = (fix,) if fix is not None and node.get(right) is None else ()
            never = not name or "=" in name or "\x00" in name
            findings.append(
                rules.VARIABLE_NAME.finding(
                    entry.key.range,
                    severity="error" if never else "warning",
                    fixes=renaming,
                    got=quoted_value(name[:80], l10n.t("An empty text")),
                )
            )
        elif name == "EXAMPLE_ENV_VAR" and value == "EXAMPLE_VALUE":
            findings.append(rules.EXAMPLE_VARIABLE.finding(entry.key.range, fixes=remove(node, [entry], lines)))
        elif name in _OVERWRITTEN:
            text = l10n.t("“{name}” is set by the deployment itself; a value here changes nothing.", name=name)
            fixes = remove(node, [entry], lines)
            findings.append(
                rules.RESERVED_VARIABLE.finding(entry.key.range, severity="information", fixes=fixes, message=text)
            )
        elif what := _kept_for(name):
            fixes = remove(node, [entry], lines)
            findings.append(rules.RESERVED_VARIABLE.finding(entry.key.range, fixes=fixes, name=name, what=what))
        elif isinstance(value, str):
            findings += _value(entry, name, value, _texts(node))
    return findings


def _kept_for(name: str) -> str:
    """Purpose of a variable that a service sets by itself; empty for all others."""
    return {
        "AZUREML_MODEL_DIR": l10n.t("its models"),
        "AML_APP_ROOT": l10n.t("its own files"),
        "PATH": l10n.t("its programs"),
    }.get(name, l10n.t("its workers and what they have started") if is_own(name) else "")


def _texts(node: Mapping) -> dict[str, str]:
    values = {str(entry.key.value): entry.value.value for entry in node.entries if isinstance(entry.value, Scalar)}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _value(entry: MappingEntry, name: str, value: str, variables: dict[str, str]) -> list[Finding]:
    if names_secret(name) and is_literal(value):
        return [rules.SECRET_VARIABLE.finding(entry.value.range, name=name[:80])]
    if _TEMPLATED.search(value) or is_number(name, variables):
        return []
    digits = re.match(r"\s*([0-9]{1,9})(?:\.0+)?\s*[A-Za-z]*\s*$", value)
    number = str(int(digits.group(1))) if digits else ""
    fixes = (changed(entry.value, f'"{number}"'),) if number and is_number(name, {**variables, name: number}) else ()
    got = quoted_value(value[:60])
    return [rules.SERVER_VARIABLE.finding(entry.value.range, fixes=fixes, name=name, what=_kind(name), got=got)]


def _kind(name: str) -> str:
    """Kind of number that a variable takes, in words."""
    return {
        COUNT: l10n.t("a whole number from 1 on"),
        WHOLE: l10n.t("a whole number from 0 on"),
        SIGNED: l10n.t("a whole number"),
        AMOUNT: l10n.t("a number from 0 on"),
        PORT: l10n.t("a port from 1 to 65535"),
    }[NUMBERS[name][0]]


def check_stack(node: Node | None) -> list[Finding]:
    """The version of the serving stack."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or node.value in ("latest", ""):
        return []
    return [rules.STACK_VERSION.finding(node.range, fixes=(changed(node, '"latest"'),), got=node.value[:60])]
