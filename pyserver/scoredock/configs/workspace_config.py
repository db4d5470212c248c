"""The `config.json` that names a workspace."""

from __future__ import annotations

from scoredock.configs import environment_rules as rules
from scoredock.configs.facts import Facts
from scoredock.configs.fields import Field, closest
from scoredock.configs.finding import Finding
from scoredock.configs.read import read
from scoredock.configs.shape import renamed
from scoredock.configs.tree import Mapping, Scalar, kind_name

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
    for name in names:
        entry = root.entry(name)
        if entry is not None:
            value = entry.value
            if not (isinstance(value, Scalar) and isinstance(value.value, str) and value.value.strip()):
                findings.append(rules.WORKSPACE_VALUE.finding(value.range, key=name))
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
                    hint=f"; {near.key.value} is probably meant to be it",
                )
            )
        else:
            findings.append(
                rules.WORKSPACE_KEY.finding(
                    root.entries[0].key.range if root.entries else root.range, key=name, hint=""
                )
            )
    return findings
