"""Columns that run() reads of a data frame, beside those of the sample that it was promised."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal
from scoredock.checks.requests import sample_rules as rules
from scoredock.checks.requests.request_use import is_parameter
from scoredock.checks.requests.schema_use import InputSchema, converted, schema_decorators
from scoredock.checks.script.qualified import argument, follow, qualified
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY
from scoredock.checks.similar import similar
from scoredock.text import Fix

_CHANGES = frozenset(("rename", "insert", "assign", "join", "merge", "set_axis", "eval", "add_prefix", "add_suffix"))
"""What may give a frame other columns than it came with."""


def check_sample_columns(script: ParsedScript) -> list[Finding]:
    """Findings about columns by name, of parameters whose schema has a data frame for its sample."""
    function = script.run
    decorators = schema_decorators(script, function) if function is not None else None
    if function is None or decorators is None or not decorators.inputs:
        return []
    if any(node.attr in _CHANGES or _are_written(script, node) for node, _, _ in script.walk.attributes):
        return []
    findings: list[Finding] = []
    for name, schema in converted(function, decorators).items():
        columns = _columns(schema) if schema.kind == "PandasParameterType" else None
        if columns is not None and len(function.scope.bindings.get(name, ())) == 1:
            findings += _check_reads(script, function, name, columns)
    return findings


def _are_written(script: ParsedScript, node: ast.Attribute) -> bool:
    """`data.columns = […]`, or an item of `data.columns.values`; who only reads the names gives no others."""
    return node.attr == "columns" and (isinstance(node.ctx, ast.Store) or ".columns.values" in script.text)


def _columns(schema: InputSchema) -> frozenset[str] | None:
    """Those of a frame that is written out; None where the text does not tell them."""
    if schema.sample is None:
        return None
    sample, scope = follow(schema.sample, schema.sample_scope)
    if not isinstance(sample, ast.Call) or qualified(sample.func, scope) != "pandas.DataFrame":
        return None
    columns_node = argument(sample, 2, "columns") or argument(sample, 0, "data")
    if columns_node is None:
        return None
    columns_node, _ = follow(columns_node, scope)
    if isinstance(columns_node, ast.Dict):
        return _texts(columns_node.keys)
    if isinstance(columns_node, ast.List | ast.Tuple) and columns_node.elts:
        first = columns_node.elts[0]
        if isinstance(first, ast.Dict):
            return _texts(first.keys)
        return _texts(columns_node.elts) if argument(sample, 2, "columns") is not None else None
    return None


def _texts(nodes: list[ast.expr] | list[ast.expr | None]) -> frozenset[str] | None:
    values = [node.value if isinstance(node, ast.Constant) else None for node in nodes]
    return frozenset(map(str, values)) if values and all(isinstance(value, str) for value in values) else None


def _check_reads(script: ParsedScript, function: Function, name: str, columns: frozenset[str]) -> list[Finding]:
    read: list[ast.Constant] = []
    for subscript, scope, flags in script.walk.subscripts:
        if not isinstance(subscript.value, ast.Name) or not is_parameter(subscript.value, name, function, scope):
            continue
        if not isinstance(subscript.ctx, ast.Load):
            written = subscript.slice.value if isinstance(subscript.slice, ast.Constant) else None
            if not isinstance(written, str):
                return []  # which columns are written, nobody can tell
            columns |= {written}
            continue
        if not flags & (IN_TRY | IN_IF):
            keys = subscript.slice.elts if isinstance(subscript.slice, ast.List) else [subscript.slice]
            read += [key for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    findings = []
    for key in read:
        if key.value in columns:
            continue
        near = similar(str(key.value)[:60], sorted(columns), 1, 0.6)
        same = [each for each in columns if each.lower() == str(key.value).lower()]
        right = (same or near or [""])[0]
        quote = "'" if script.source(key).startswith("'") else '"'
        edit = script.replace(key, f"{quote}{right}{quote}")
        fixes = (
            (Fix(l10n.t("Change to {near}", near=right), (edit,), preferred=True),)
            if right and quote not in right
            else ()
        )
        hint = proposal(right)
        findings.append(
            rules.NO_COLUMN.finding(script.range(key), fixes=fixes, name=name, column=str(key.value)[:80], hint=hint)
        )
    return findings
