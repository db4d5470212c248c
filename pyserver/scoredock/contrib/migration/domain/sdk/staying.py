"""Finds what stays in a script as calls of v1, because something else of v1 needs their objects, and notes what has no
form in v2.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from scoredock import l10n
from scoredock.checks.script.scope import Scope
from scoredock.contrib.migration.checks.code import CLASSES
from scoredock.contrib.migration.domain.report import Note
from scoredock.contrib.migration.domain.sdk.rewriting import ATTRIBUTES, Rewriting, family

_HARMLESS = ("print", "str", "repr", "len", "isinstance", "type", "format")
"""Functions that take any object."""
_SAME: Mapping[str, tuple[str, ...]] = {
    "Workspace": ("subscription_id", "models", "environments", "webservices", "compute_targets"),
    "Webservice": ("name", "scoring_uri", "tags", "description", "properties"),
    "Model": ("name", "version", "tags", "description", "properties"),
}
"""Attributes that objects of v2 have under the same name; notes about items of a workspace come with their calls."""


def needed_in_v1(work: Rewriting) -> set[int]:
    """Calls that were rewritten though something that stays needs what they give."""
    calls: set[int] = set()
    for node in ast.walk(work.script.tree):
        if _hands_on(work, node):
            calls |= _handed_on(work, node)
        elif (
            isinstance(node, ast.Assign)
            and id(node) not in work.v2_nodes
            and not all(isinstance(each, ast.Name) for each in node.targets)
        ):
            calls |= _objects_in(work, node.value)
    return (calls | _configurations_alone(work)) - work.v1_calls


def _configurations_alone(work: Rewriting) -> set[int]:
    """Inference configurations with an environment that no rewritten deployment takes: v2 has no place for it there."""
    deploys = [call for call in work.calls.values() if call.name == "deploy" and id(call.node) in work.v2_nodes]
    in_deployments = {
        id(each)
        for call in deploys
        if "inference_config" in call.arguments
        for each in work.makers(call.arguments["inference_config"])
    }
    return {
        id(call.node)
        for call in work.calls.values()
        if call.owner == "InferenceConfig" and "environment" in call.arguments and id(call.node) in work.v2_nodes
    } - in_deployments


def _hands_on(work: Rewriting, node: ast.AST) -> bool:
    """True if objects leave what can be followed: a call that stays, or a function that gives them back."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        return not (id(node) in work.v2_nodes or work.is_inside_edit(node)) and name not in _HARMLESS
    return isinstance(node, ast.Return | ast.Yield) and node.value is not None


def _handed_on(work: Rewriting, node: ast.AST) -> set[int]:
    """Calls whose objects are handed on elsewhere, as they are and not one of their attributes; by identity."""
    parts: list[ast.AST] = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call):
        parts = [*node.args, *(each.value for each in node.keywords)]
        if id(node) in work.calls and isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
    return {call for part in parts for call in _objects_in(work, part)}


def _objects_in(work: Rewriting, node: ast.AST) -> set[int]:
    """Rewritten calls whose object an expression is, or has in it."""
    if isinstance(node, ast.Attribute):
        return set()
    calls = {id(each) for each in work.makers(node) if id(each) in work.v2_nodes}
    if not isinstance(node, ast.Call):
        for child in ast.iter_child_nodes(node):
            calls |= _objects_in(work, child)
    return calls


def note_what_stays(work: Rewriting) -> None:
    """Notes calls and attributes of the SDK that stay in the script, with their counterparts in v2."""
    for call in work.calls.values():
        if id(call.node) in work.v2_nodes or work.is_inside_edit(call.node):
            continue
        classes = CLASSES.get(family(call.owner)) or CLASSES.get(call.owner)
        step = l10n.t("In v2: {classes}.", classes=classes()) if classes is not None else l10n.t("Rewrite it for v2.")
        line = call.node.lineno
        name = call.owner if call.name == "new" else f"{call.owner}.{call.name}"
        message = l10n.t("{name}() stays as it is: what it means in v2 is not certain.", name=name)
        work.notes.append(Note("absent", f"{work.path}:{line}", name, message, step, work.path, line))
    functions = {id(call.func) for call, _, _ in work.script.walk.calls}
    for node, scope, _ in work.script.walk.attributes:
        if not isinstance(node, ast.Attribute) or id(node) in functions or id(node) in work.v2_nodes:
            continue
        if not work.is_inside_edit(node):
            _note_attribute(work, node, scope)


def _note_attribute(work: Rewriting, node: ast.Attribute, scope: Scope) -> None:
    owner = family(work.values.class_of(node.value, scope))
    if owner not in _SAME or node.attr in _SAME[owner] or (owner, node.attr) in ATTRIBUTES:
        return
    message = l10n.t("{name} is another thing in v2, and stays as it is.", name=f"“{node.attr}”")
    step = l10n.t("Look what the object of azure-ai-ml has instead.")
    subject = f"{work.path}:{node.lineno}"
    work.notes.append(Note("changes", subject, f"{owner}.{node.attr}", message, step, work.path, node.lineno))
