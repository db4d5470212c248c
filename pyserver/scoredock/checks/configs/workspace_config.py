"""The `config.json` that names a workspace: its keys, and ids that are placeholders or of the wrong form."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.read import read
from scoredock.analysis.rule import first_of_each, quoted_names
from scoredock.analysis.tree import Mapping, Node, Scalar, kind_name
from scoredock.checks.configs.environment import rules
from scoredock.checks.configs.shape import renamed
from scoredock.formats.fields import Field, closest
from scoredock.formats.placeholders import is_left_open

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FILLED = re.compile(r"\$\{|\$\(|\{\{|#\{|__\w+__")
"""What a pipeline fills in before anybody reads the file."""
_SCOPE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices/workspaces/[^/]+(?:/.*)?",
    re.IGNORECASE,
)
FIELDS = (
    Field("subscription_id", "text", "Azure subscription of the workspace."),
    Field("resource_group", "text", "Resource group of the workspace."),
    Field("workspace_name", "text", "Name of the workspace."),
)


def check_workspace(text: str, facts: Facts) -> list[Finding]:
    """Findings of a workspace file; further keys are left alone."""
    tree, findings = read(text, facts.path or "config.json", rules.WORKSPACE_BROKEN)
    root = tree.root
    if root is None or findings:
        return findings
    if not isinstance(root, Mapping):
        return [rules.NOT_AN_OBJECT.finding(root.range, got=kind_name(root))]
    names = [f.name for f in FIELDS]
    scope = root.get("Scope")
    if isinstance(scope, Scalar) and isinstance(scope.value, str) and not any(root.entry(name) for name in names):
        return _scope(scope, scope.value)
    is_of_this_machine = _is_of_this_machine(root)
    empty: dict[str, Node] = {}
    for name in names:
        entry = root.entry(name)
        if entry is not None:
            value = entry.value
            if is_of_this_machine and name != "workspace_name":
                continue
            if not (isinstance(value, Scalar) and isinstance(value.value, str) and value.value.strip()):
                empty[name] = value
            else:
                findings += _value(value, value.value, name)
            continue
        near = next(
            (
                e
                for e in root.entries
                if isinstance(e.key.value, str) and e.key.value not in names and closest(e.key.value, [name])
            ),
            None,
        )
        if near is not None:
            findings.append(
                rules.WORKSPACE_KEY.finding(
                    near.key.range,
                    fixes=(renamed(near.key, name),),
                    key=name,
                    hint=l10n.t("; “{key}” is probably meant", key=near.key.value),
                )
            )
        else:
            findings.append(
                rules.WORKSPACE_KEY.finding(
                    root.entries[0].key.range if root.entries else root.range, key=name, hint=""
                )
            )
    return first_of_each(findings, facts.path, _kind) + _empty(empty)


def _kind(finding: Finding) -> str:
    """A form has placeholders for all its values, which is one thing to do."""
    return finding.code if finding.code == rules.WORKSPACE_PLACEHOLDER.code else finding.message


def _empty(values: dict[str, Node]) -> list[Finding]:
    """One finding about all that is empty. Whoever publishes a file takes out what is theirs, and whoever runs it fills
    that in, as a placeholder; a value of another kind is a mistake."""
    if not values:
        return []
    is_form = all(isinstance(node, Scalar) and not str(node.value or "").strip() for node in values.values())
    place = next(iter(values.values())).range
    severity: Severity | None = None if is_form else "error"
    return [rules.WORKSPACE_VALUE.finding(place, severity=severity, keys=quoted_names(values))]


def _is_of_this_machine(root: Mapping) -> bool:
    """True if it is as `scoredock workspace write-config` writes it: a workspace that was made here lies in no
    subscription and in no resource group."""
    subscription, group, name = (root.get(each.name) for each in FIELDS)
    is_named = isinstance(name, Scalar) and bool(name.value)
    return is_named and all(isinstance(each, Scalar) and each.value == "" for each in (subscription, group))


def _scope(node: Scalar, scope: str) -> list[Finding]:
    """The older form of the file holds the workspace as one path."""
    if _SCOPE.fullmatch(scope[:1_000]):
        return []
    reason = l10n.t("not the path of a workspace, /subscriptions/…/workspaces/name")
    return [rules.WORKSPACE_PLACEHOLDER.finding(node.range, key="Scope", got=scope[:80], reason=reason)]


def _value(node: Scalar, value: str, name: str) -> list[Finding]:
    reason = ""
    if is_left_open(value) or value.strip().lower() in (each.name for each in FIELDS):
        reason = l10n.t("a placeholder")
    elif name == "subscription_id" and not _ID.fullmatch(value.strip()):
        reason = l10n.t("not the id of a subscription: 32 hexadecimal digits in five groups")
    if not reason or _FILLED.search(value):
        return []
    return [rules.WORKSPACE_PLACEHOLDER.finding(node.range, key=name, got=value[:80], reason=reason)]
