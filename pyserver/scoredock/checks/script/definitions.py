"""Meaning of the names init and run when the script has been read, which has to be a function, and reading of
headers."""

from __future__ import annotations

import ast
import textwrap

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.script import definition_rules as rules
from scoredock.checks.script.kinds import in_words
from scoredock.checks.script.qualified import qualified
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix, TextEdit

_HEADERS = "request_headers"
_LITERALS: dict[type[ast.expr], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.Tuple: "tuple",
    ast.JoinedStr: "str",
    ast.BinOp: "value",
    ast.Compare: "value",
    ast.GeneratorExp: "generator",
}
_OBJECTS = {"azureml.core.Run.get_context": "run", "azureml.core.run.Run.get_context": "run"}


def check_definitions(script: ParsedScript) -> list[Finding]:
    """Findings about what the names init and run mean in the end, and about the headers that run() is given."""
    findings = []
    for name in ("init", "run"):
        bindings = script.walk.module.bindings.get(name)
        if not bindings:
            continue
        if script.walk.star_import:
            continue
        if all(b.flags & MAIN_ONLY and b.kind == "function" for b in bindings):
            findings.append(_below_guard(script, name, bindings[-1]))
        elif len(bindings) > 1 or bindings[0].kind != "function":
            findings += _check_last(script, name, bindings)
    if script.run is not None and _HEADERS in script.run.scope.bindings:
        findings += _check_headers(script, script.run)
    return findings


def _check_last(script: ParsedScript, name: str, bindings: list[Binding]) -> list[Finding]:
    """Finding where the name means something else than a function at the end, when that is plain."""
    module = script.walk.module
    plain = [b for b in bindings if not b.flags & MAIN_ONLY]
    if not plain or any(b.owner is not module for b in plain):
        return []
    last = max(plain, key=lambda b: (getattr(b.node, "lineno", 0), getattr(b.node, "col_offset", 0)))
    if last.flags & (IN_IF | IN_TRY):
        return []
    what, severity = _meaning(last, module)
    if not what or (severity == "warning" and not any(b.kind == "function" for b in plain)):
        return []
    fixes = _without(script, name, last)
    return [rules.SHADOWED.finding(script.range(last.node), severity=severity, fixes=fixes, name=name, what=what)]


def _meaning(binding: Binding, module: Scope) -> tuple[str, Severity]:
    """Kind of thing that a name becomes by a binding, empty when it may well be a function, and the severity."""
    if binding.kind == "value" and binding.value is not None:
        value = binding.value
        if isinstance(value, ast.Constant):
            plain = in_words("str" if isinstance(value.value, str) else "value")
            return "None" if value.value is None else plain, "error"
        if isinstance(value, ast.Call):
            return in_words(_OBJECTS.get(qualified(value.func, module), "")), "error"
        return in_words(_LITERALS.get(type(value), "")), "error"
    if binding.kind == "augmented":
        return in_words("value"), "error"
    if binding.kind == "import":
        alias = binding.node
        whole = isinstance(alias, ast.alias) and binding.target == alias.name and "." not in binding.target
        return (in_words("module"), "error") if whole else ("", "warning")
    if binding.kind == "class":
        return in_words("class"), "warning"
    return (l10n.t("another value"), "warning") if isinstance(binding.node, ast.Name) else ("", "warning")


def _without(script: ParsedScript, name: str, binding: Binding) -> tuple[Fix, ...]:
    """Take the assignment away, when nothing at the top level reads the value."""
    if script.walk.module.uses.get(name):
        return ()
    for statement in script.tree.body:
        if statement.lineno == getattr(binding.node, "lineno", 0):
            single = isinstance(statement, ast.Assign) and statement.targets == [binding.node]
            alone = isinstance(statement, ast.Import | ast.ImportFrom) and len(statement.names) == 1
            line = script.lines.line(statement.lineno - 1)
            if not (single or alone) or ";" in line or statement.end_lineno != statement.lineno:
                return ()
            starts = script.lines.starts
            end = starts[statement.lineno] if statement.lineno < len(starts) else len(script.text)
            return (
                Fix(
                    l10n.t("Remove the line"),
                    (script.lines.edit(starts[statement.lineno - 1], end, ""),),
                    preferred=True,
                ),
            )
    return ()


def _below_guard(script: ParsedScript, name: str, binding: Binding) -> Finding:
    node = binding.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)  # noqa: S101 (the caller looked)
    return rules.BELOW_GUARD.finding(script.name_range(node), fixes=_moved(script, node), name=name)


def _moved(script: ParsedScript, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Fix, ...]:
    """Write the function before the block that holds it."""
    block = next((s for s in script.tree.body if isinstance(s, ast.If) and node in s.body), None)
    if block is None or node.end_lineno is None:
        return ()
    starts, end_of_text = script.lines.starts, len(script.text)
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    begin = starts[first - 1]
    end = starts[node.end_lineno] if node.end_lineno < len(starts) else end_of_text
    text = script.text[begin:end]
    if '"""' in text or "'''" in text or "\\\n" in text or ";" in script.lines.line(node.end_lineno - 1):
        return ()  # moving it to the left could change a text that runs over several lines
    newline = script.newline()
    moved = textwrap.dedent(text).rstrip() + newline * 3
    indent = script.lines.line(first - 1)
    indent = indent[: len(indent) - len(indent.lstrip())]
    rest = "" if len(block.body) > 1 else f"{indent}pass{newline}"
    place = script.range(block).start
    edits = (script.insert(place, moved), TextEdit(script.lines.range(begin, end), rest))
    return (Fix(l10n.t("Move {name}() out of the block", name=node.name), edits, preferred=True),)


def _check_headers(script: ParsedScript, function: Function) -> list[Finding]:
    """Names of headers that the dictionary has under another spelling."""
    findings = []
    bindings = function.scope.bindings[_HEADERS]
    if len(bindings) > 1:
        return []  # made anew, with other keys perhaps
    keys: list[tuple[ast.expr, bool]] = []
    for subscript, scope, flags in script.walk.subscripts:
        if isinstance(subscript.ctx, ast.Load) and _is_headers(subscript.value, scope, function):
            keys.append((subscript.slice, not flags & (IN_TRY | IN_IF)))
    for call, scope, _ in script.method_calls:
        method = call.func
        if (
            isinstance(method, ast.Attribute)
            and method.attr == "get"
            and call.args
            and _is_headers(method.value, scope, function)
        ):
            keys.append((call.args[0], False))
    for key, fails in keys:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        header_name = key.value.replace("_", "-").title()
        if not header_name or header_name == key.value or not header_name.isascii():
            continue
        quote = script.source(key)[-1:]
        edit = script.replace(key, f"{quote}{header_name}{quote}")
        fix = Fix(l10n.t("Change to {wanted}", wanted=header_name), (edit,), preferred=True, certain=True)
        severity: Severity = "error" if fails else "warning"
        findings.append(
            rules.HEADER_NAME.finding(
                script.range(key), severity=severity, fixes=(fix,), name=key.value[:100], wanted=header_name[:100]
            )
        )
    return findings


def _is_headers(node: ast.expr, scope: Scope, function: Function) -> bool:
    return isinstance(node, ast.Name) and node.id == _HEADERS and scope.lookup(_HEADERS) is function.scope
