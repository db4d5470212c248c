"""Packages that a script lists for an environment by names that nothing installs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.configs.environment.package_rules import RENAMED
from scoredock.checks.packages.package_facts import NEVER_INSTALLS, PIP_NAMES
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.contrib.sdk.checks.values import SdkValues
from scoredock.text import Fix

_LISTED = {"pip_packages": NEVER_INSTALLS, "conda_packages": frozenset({"sklearn"})}
"""Arguments that list packages, and names among these that nothing installs."""
_ADDED = {"add_pip_package": "pip_packages", "add_conda_package": "conda_packages"}
_NAME = re.compile(r"([A-Za-z][\w.-]*)[ \t]*(?:[<>=!~].*)?")
_WITH_METADATA = re.compile(r"sklearn[ \t]*==[ \t]*0\.0[ \t]*")
"""The one release that older setuptools install."""


def check_listed_packages(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """A warning for each: the environment cannot be made."""
    findings: dict[int, Finding] = {}
    for call, scope, _ in script.walk.calls:
        for argument, text in _listed(script, values, call, scope):
            named = _NAME.fullmatch(text.value) if isinstance(text.value, str) else None
            name = named[1] if named is not None else ""
            if name not in _LISTED[argument] or _WITH_METADATA.fullmatch(str(text.value)):
                continue
            right = PIP_NAMES[name]
            quote = script.source(text)[:1]
            fixes = (
                (Fix(l10n.t("Change to {new}", new=right), (script.replace(text, f"{quote}{right}{quote}"),)),)
                if quote in ("'", '"')
                else ()
            )
            effect = l10n.t("and it cannot be installed")
            findings[id(text)] = RENAMED.finding(
                script.range(text), severity="warning", fixes=fixes, name=name, right=right, effect=effect
            )
    return list(findings.values())


def _listed(
    script: ParsedScript, values: SdkValues, call: ast.Call, scope: Scope
) -> Iterator[tuple[str, ast.Constant]]:
    """The argument and each name that stands in it."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in _ADDED:
        if values.owner(function, scope)[0] == "CondaDependencies":
            yield from ((_ADDED[function.attr], each) for each in call.args[:1] if isinstance(each, ast.Constant))
        return
    lists = [each for each in call.keywords if each.arg in _LISTED]
    if not lists or not script.dotted(function, scope).startswith("azureml."):
        return
    for keyword in lists:
        value, _ = follow(keyword.value, scope)
        items = value.elts if isinstance(value, ast.List | ast.Tuple) else ()
        yield from ((str(keyword.arg), each) for each in items if isinstance(each, ast.Constant))
