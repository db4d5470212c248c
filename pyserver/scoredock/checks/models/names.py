"""Names in the script that mean models: the environment variable, and the names given to get_model_path."""

from __future__ import annotations

import ast
import posixpath
import re
from difflib import SequenceMatcher

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_of
from scoredock.analysis.rule import proposal
from scoredock.checks.models import rules
from scoredock.checks.programs_beside import registers_models
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.checks.similar import similar
from scoredock.formats.placeholders import is_left_open
from scoredock.text import Fix, Range, TextEdit

VARIABLE = "AZUREML_MODEL_DIR"
_KNOWN = frozenset(
    (VARIABLE, "AZUREML_ENTRY_SCRIPT", "AZUREML_SOURCE_DIRECTORY", "AML_APP_ROOT", "AML_MODEL_DC_STORAGE_ENABLED")
)
_ALIKE = re.compile(r"(?:AZURE)?A?ML(?:MODELS?)(?:DIR|PATH|DIRECTORY|FOLDER|ROOT)|AZUREMODELS?DIR")
"""Other words for the same thing, without underscores."""
_ENVIRONMENT = ("os.getenv", "os.environ.get")


def check_model_names(script: ParsedScript) -> list[Finding]:
    """Findings about AZUREML_MODEL_DIR and get_model_path."""
    findings = []
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY:
            continue
        if name in _ENVIRONMENT:
            if len(call.args) + len(call.keywords) == 1:  # a default says that the variable may be absent
                findings += _check_variable(script, argument(call, 0, "key"), scope)
        elif name.endswith("Model.get_model_path") and name.startswith("azureml.") and not flags & (IN_TRY | IN_IF):
            findings += _check_model(script, call, scope)
    for subscript, scope, flags in script.walk.subscripts:
        if (
            isinstance(subscript.ctx, ast.Load)
            and not flags & (MAIN_ONLY | IN_TRY)
            and script.dotted(subscript.value, scope) == "os.environ"
        ):
            findings += _check_variable(script, subscript.slice, scope)
    return findings


def _check_variable(script: ParsedScript, node: ast.expr | None, scope: Scope) -> list[Finding]:
    if isinstance(node, ast.Name):
        node, _ = follow(node, scope)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.value in _KNOWN:
        return []
    name = node.value
    key, wanted = name.upper().replace("_", ""), VARIABLE.replace("_", "")
    alike = (
        key == wanted
        or _ALIKE.fullmatch(key) is not None
        or (key.startswith("AZ") and SequenceMatcher(None, key, wanted).ratio() >= 0.9)
    )
    if not alike:
        return []
    quote = script.source(node)[-1:]
    fix = Fix(
        l10n.t("Change to {name}", name=VARIABLE),
        (script.replace(node, f"{quote}{VARIABLE}{quote}"),),
        preferred=True,
    )
    return [rules.VARIABLE.finding(script.range(node), fixes=(fix,), name=name)]


def _check_model(script: ParsedScript, call: ast.Call, scope: Scope) -> list[Finding]:
    node = argument(call, 0, "model_name")
    if isinstance(node, ast.Name):
        node, _ = follow(node, scope)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return []
    name, quote = node.value, script.source(node)[-1:]
    version = argument(call, 1, "version")
    if isinstance(version, ast.Name):
        version, _ = follow(version, scope)
    stem, _, number = name.rpartition(":")
    if stem and number.isdecimal() and version is None:
        edit = TextEdit(script.range(node), f"{quote}{stem}{quote}, version={int(number)}")
        fix = Fix(l10n.t("Split name and version"), (edit,), preferred=True)
        direct = node is argument(call, 0, "model_name")
        return [rules.WITH_VERSION.finding(script.range(node), fixes=(fix,) if direct else (), version=int(number))]
    if isinstance(version, ast.Constant) and isinstance(version.value, str):
        fixes = (
            (
                Fix(
                    l10n.t("Change to {version}", version=int(version.value)),
                    (script.replace(version, str(int(version.value))),),
                    preferred=True,
                ),
            )
            if version.value.isdecimal() and version.value.isascii()
            else ()
        )
        return [
            rules.NO_VERSION.finding(
                script.range(version),
                fixes=fixes,
                message=l10n.t(
                    "The version “{version}” of the model “{name}” is text; it must be a whole number.",
                    version=version.value,
                    name=name,
                ),
            )
        ]
    versions_by_name = _known_versions(script)
    if versions_by_name is None or (
        script.facts.path and script.facts.exists(posixpath.join(folder_of(script.facts.path), name))
    ):
        return []  # a folder of that name beside the script is found as well
    if script.facts.deployed_models is None and is_left_open(name):
        return []  # whoever deploys the script writes it with the name of the model first
    if name not in versions_by_name:
        return _unknown(script, script.range(node), name, quote, sorted(versions_by_name))
    if (
        isinstance(version, ast.Constant)
        and isinstance(version.value, int)
        and not isinstance(version.value, bool)
        and version.value not in versions_by_name[name]
    ):
        newest = max(versions_by_name[name])
        fix = Fix(
            l10n.t("Change to {version}", version=newest), (script.replace(version, str(newest)),), preferred=True
        )
        return [
            rules.NO_VERSION.finding(
                script.range(version), fixes=(fix,), name=name, version=version.value, newest=newest
            )
        ]
    return []


def _known_versions(script: ParsedScript) -> dict[str, set[int]] | None:
    facts = script.facts
    if facts.deployed_models is not None:
        known: dict[str, set[int]] = {}
        for model in facts.deployed_models:
            known.setdefault(model.name, set()).add(model.version)
        return known
    if facts.models is None:
        return None
    return {name: {m.version for m in versions} for name, versions in facts.models.items() if versions}


def _unknown(script: ParsedScript, place: Range, name: str, quote: str, names: list[str]) -> list[Finding]:
    # In a workspace without any model nobody has begun yet, and no script is to be blamed for that.
    severity: Severity | None = None if script.facts.models or script.facts.deployed_models else "information"
    if script.facts.deployed_models is None and registers_models(script.facts, name if script.facts.models else ""):
        return []  # that is how it comes into the workspace
    near = similar(name[:255], names, 3, 0.6) or (names if len(names) == 1 else [])
    fixes = tuple(
        Fix(l10n.t("Change to {near}", near=each), (TextEdit(place, f"{quote}{each}{quote}"),), preferred=number == 0)
        for number, each in enumerate(near)
    )
    hint = proposal(near[0] if near else "")
    registered = script.facts.models is not None and name in script.facts.models
    message = l10n.t("The model “{name}” is not deployed with this script.", name=name) if registered else ""
    return [rules.NOT_REGISTERED.finding(place, severity=severity, fixes=fixes, message=message, name=name, hint=hint)]
