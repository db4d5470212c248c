"""The decorators of run(): schemas for its parameters, and raw requests."""

from __future__ import annotations

import ast
from dataclasses import field
from difflib import get_close_matches

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import proposal
from scoredock.checks.requests import request_rules
from scoredock.checks.script import entry_rules as rules
from scoredock.checks.script.kinds import in_words
from scoredock.checks.script.qualified import argument, follow, qualified, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, TextEdit

TYPES = ("NumpyParameterType", "PandasParameterType", "SparkParameterType", "StandardPythonParameterType")


@dataclass(slots=True)
class InputSchema:
    """One `@input_schema(name, type(sample))`."""

    call: ast.Call
    name: str | None
    """None when the text does not say it."""
    name_node: ast.expr | None
    type_node: ast.expr | None
    """What is written as the parameter type."""
    kind: str
    """Class name of the parameter type, or empty."""
    type_call: ast.Call | None
    sample: ast.expr | None
    sample_scope: Scope
    converts: bool
    optional: bool = False


_WANTED = {
    "NumpyParameterType": "array",
    "PandasParameterType": "frame",
    "StandardPythonParameterType": "value",
}
_CLASSES = frozenset(("str", "int", "float", "bool", "list", "dict", "tuple", "bytes"))
_LIBRARY_CLASSES = frozenset(("numpy.array", "numpy.ndarray", "numpy.float64", "numpy.float32", "pandas.DataFrame"))


@dataclass(slots=True)
class Decorators:
    """Decorators of run()."""

    inputs: list[InputSchema] = field(default_factory=list)
    outputs: list[InputSchema] = field(default_factory=list)
    """What describes the answer; it has no name."""
    raw: ast.expr | None = None


def schema_decorators(script: ParsedScript, function: Function) -> Decorators | None:
    """The known decorators, or None when there is one that is not known and may change anything."""
    result = Decorators()
    scope = script.walk.module
    for node in function.node.decorator_list:
        target = node.func if isinstance(node, ast.Call) else node
        name = qualified(target, scope).rsplit(".", 1)[-1]
        if not name and isinstance(target, ast.Name) and not scope.resolve(target.id):
            name = target.id  # not imported, which another rule tells; meant all the same
        if name == "input_schema" and isinstance(node, ast.Call):
            result.inputs.append(_input(node, scope))
        elif name == "rawhttp":
            result.raw = node
        elif name == "output_schema":
            if isinstance(node, ast.Call):
                result.outputs.append(_described(node, None, argument(node, 0, "output_type"), True, scope))
        else:
            return None
    return result


def _input(call: ast.Call, scope: Scope) -> InputSchema:
    converts = argument(call, 2, "convert_to_provided_type")
    plain = converts is None or (isinstance(converts, ast.Constant) and converts.value is True)
    described = _described(call, argument(call, 0, "param_name"), argument(call, 1, "param_type"), plain, scope)
    optional = argument(call, 3, "optional")
    described.optional = optional is not None and not (isinstance(optional, ast.Constant) and not optional.value)
    return described


def _described(
    call: ast.Call, name_node: ast.expr | None, type_node: ast.expr | None, plain: bool, scope: Scope
) -> InputSchema:
    kind, type_call, sample, sample_scope = "", None, None, scope
    if type_node is not None:
        resolved, where = follow(type_node, scope)
        if isinstance(resolved, ast.Call):
            kind = qualified(resolved.func, where).rsplit(".", 1)[-1]
            if kind in TYPES:
                type_call = resolved
                sample, sample_scope = (
                    resolved.args[0] if resolved.args else argument(resolved, 0, "sample_input"),
                    where,
                )
            else:
                kind = ""
    return InputSchema(
        call, text_of(name_node, scope), name_node, type_node, kind, type_call, sample, sample_scope, plain
    )


_LONGEST = 50
"""Characters of a decorator in the title of a repair."""
_MOST_PARTS = 500
"""More parts of samples are not looked at."""


def check_schemas(script: ParsedScript) -> list[Finding]:
    """Findings about the decorators of run()."""
    function = script.run
    if function is None:
        return []
    decorators = schema_decorators(script, function)
    if decorators is None:
        return []
    findings = []
    if decorators.raw is not None:
        findings += _check_raw(script, function, decorators)
    if not (decorators.raw and decorators.inputs):
        findings += _check_parameters(script, function, decorators)
    for schema in decorators.inputs:
        findings += _check_sample(script, schema)
    for schema in decorators.outputs:
        # Numbers without a fraction are fine in what only describes the answer.
        findings += [f for f in _check_sample(script, schema) if f.code == request_rules.SAMPLE_KIND.code]
    return findings + _check_inner_types(script, decorators)


def _check_raw(script: ParsedScript, function: Function, decorators: Decorators) -> list[Finding]:
    raw = decorators.raw
    assert raw is not None  # noqa: S101 (the caller looked)
    if decorators.inputs:
        fixes = tuple(without_decorator(script, d) for d in (raw,))
        return [rules.RAW_AND_SCHEMA.finding(script.range(raw), fixes=fixes)]
    if isinstance(raw, ast.Call):
        edit = TextEdit(script.range(raw), script.source(raw.func))
        fix = Fix(l10n.t("Remove the parentheses"), (edit,), preferred=True, certain=True)
        return [rules.RAW_CALLED.finding(script.range(raw), fixes=() if raw.args else (fix,))] if not raw.args else []
    del function
    return []


def without_decorator(script: ParsedScript, decorator: ast.expr) -> Fix:
    line = decorator.lineno - 1
    end_line = (decorator.end_lineno or decorator.lineno) - 1
    starts = script.lines.starts
    end = starts[end_line + 1] if end_line + 1 < len(starts) else len(script.text)
    title = l10n.t("Remove @{decorator}", decorator=script.source(decorator)[:_LONGEST])
    return Fix(title, (script.lines.edit(starts[line], end, ""),))


def _check_parameters(script: ParsedScript, function: Function, decorators: Decorators) -> list[Finding]:
    parameters = function.parameters
    if function.node.args.vararg or function.node.args.kwarg:
        return []
    schema_names = {s.name for s in decorators.inputs}
    findings = []
    for schema in decorators.inputs:
        if schema.name is None and isinstance(schema.name_node, ast.Constant):
            shown = script.source(schema.name_node)[:50]
            # One that is optional is looked for in the body, never found, and left out.
            severity: Severity | None = "warning" if schema.optional else None
            place = script.range(schema.name_node)
            findings.append(rules.SCHEMA_PARAMETER.finding(place, severity=severity, name=shown, hint=""))
        if schema.name is None or schema.name in parameters or schema.name_node is None:
            continue
        free = [p for p in parameters if p not in schema_names and p != "request_headers"]
        near = get_close_matches(schema.name, free, n=1, cutoff=0.5) or free[:1]
        fixes: tuple[Fix, ...] = ()
        if near and isinstance(schema.name_node, ast.Constant):
            quote = script.source(schema.name_node)[-1:]
            fixes = (
                Fix(
                    l10n.t("Change to {near}", near=near[0]),
                    (script.replace(schema.name_node, f"{quote}{near[0]}{quote}"),),
                    preferred=True,
                ),
            )
        hint = proposal(near[0] if near else "")
        findings.append(
            rules.SCHEMA_PARAMETER.finding(
                script.range(schema.name_node),
                severity="warning" if schema.optional else None,
                fixes=fixes,
                name=schema.name,
                hint=hint,
            )
        )
    return findings


def converted(function: Function, decorators: Decorators) -> dict[str, InputSchema]:
    """Parameters that arrive converted, by name; a schema for no parameter counts for the sole one that is left."""
    result = {s.name: s for s in decorators.inputs if s.name in function.parameters and s.name is not None}
    stray = [s for s in decorators.inputs if s.name is not None and s.name not in function.parameters]
    free = [p for p in function.parameters if p not in result and p != "request_headers"]
    if len(stray) == 1 and len(free) == 1:
        result[free[0]] = stray[0]
    return result


def _check_sample(script: ParsedScript, schema: InputSchema) -> list[Finding]:
    if schema.sample is None:
        return []
    sample, scope = follow(schema.sample, schema.sample_scope)
    if schema.kind in _WANTED and (named := _class_named(sample, scope)):
        wanted, place = in_words(_WANTED[schema.kind]), script.range(schema.sample)
        got = l10n.t("the class “{name}”", name=named)
        return [request_rules.SAMPLE_KIND.finding(place, parameter_type=schema.kind, wanted=wanted, got=got)]
    if schema.kind == "NumpyParameterType":
        return _check_numpy(script, schema, sample, scope)
    if schema.kind == "PandasParameterType" and literal_kind(sample):
        return [
            request_rules.SAMPLE_KIND.finding(
                script.range(schema.sample),
                parameter_type=schema.kind,
                wanted=in_words("frame"),
                got=literal_kind(sample),
                fixes=_wrapped(script, sample, "pandas", "DataFrame"),
            )
        ]
    return []


def _check_inner_types(script: ParsedScript, decorators: Decorators) -> list[Finding]:
    """Types inside the sample of another one: `{"rows": StandardPythonParameterType(list)}`."""
    schemas = (*decorators.inputs, *decorators.outputs)
    pending = [(schema.sample, schema.sample_scope) for schema in schemas if schema.sample is not None]
    findings: dict[int, Finding] = {}
    for _ in range(_MOST_PARTS):
        if not pending:
            break
        node, scope = follow(*pending.pop())
        if isinstance(node, ast.Dict | ast.List):
            parts = node.values if isinstance(node, ast.Dict) else node.elts
            pending += [(part, scope) for part in parts]
        elif isinstance(node, ast.Call) and node.args:
            name = qualified(node.func, scope)
            kind = name.rpartition(".")[2]
            if not name.startswith("inference_schema.") or kind not in _WANTED:
                continue
            pending.append((node.args[0], scope))
            named = _class_named(*follow(node.args[0], scope))
            if named:
                place = script.range(node.args[0])
                got = l10n.t("the class “{name}”", name=named)
                findings[id(node)] = request_rules.SAMPLE_KIND.finding(
                    place, parameter_type=kind, wanted=in_words(_WANTED[kind]), got=got
                )
    return list(findings.values())


def _class_named(sample: ast.expr, scope: Scope) -> str:
    """The class that stands where one of its values belongs; empty for everything else."""
    if isinstance(sample, ast.Name) and sample.id in _CLASSES and scope.lookup(sample.id) is None:
        return sample.id
    name = qualified(sample, scope) if isinstance(sample, ast.Attribute | ast.Name) else ""
    return name if name in _LIBRARY_CLASSES else ""


def _check_numpy(script: ParsedScript, schema: InputSchema, sample: ast.expr, scope: Scope) -> list[Finding]:
    assert schema.sample is not None  # noqa: S101 (the caller looked)
    if literal_kind(sample):
        fixes = _wrapped(script, sample, "numpy", "array")
        return [
            request_rules.SAMPLE_KIND.finding(
                script.range(schema.sample),
                parameter_type=schema.kind,
                wanted=in_words("array"),
                got=literal_kind(sample),
                fixes=fixes,
            )
        ]
    if not isinstance(sample, ast.Call) or qualified(sample.func, scope) not in ("numpy.array", "numpy.asarray"):
        return []
    if len(sample.args) != 1 or sample.keywords or not _only_integers(sample.args[0]):
        return []
    end = script.range(sample.args[0]).end
    fix = Fix(l10n.t("Add dtype=float"), (script.insert(end, ", dtype=float"),))
    return [request_rules.INTEGER_SAMPLE.finding(script.range(sample), fixes=(fix,))]


def _wrapped(script: ParsedScript, sample: ast.expr, module: str, function: str) -> tuple[Fix, ...]:
    for name, bindings in script.walk.module.bindings.items():
        if any(b.kind == "import" and b.target == module for b in bindings):
            return (
                Fix(
                    l10n.t("Wrap it in {function}", function=f"{name}.{function}"),
                    (script.replace(sample, f"{name}.{function}({script.source(sample)})"),),
                    preferred=True,
                ),
            )
    return ()


def literal_kind(node: ast.expr) -> str:
    """Kind of a literal in words; empty for everything else."""
    if isinstance(node, ast.List | ast.ListComp):
        return in_words("list")
    if isinstance(node, ast.Dict):
        return in_words("dict")
    if isinstance(node, ast.Tuple):
        return in_words("tuple")
    if isinstance(node, ast.Constant) and node.value is not None:
        return in_words("str" if isinstance(node.value, str) else "single")
    return ""


def _only_integers(node: ast.expr) -> bool:
    """A literal (nested) list that holds whole numbers and nothing else."""
    stack: list[ast.expr] = [node]
    has_integer = False
    while stack:
        current = stack.pop()
        if isinstance(current, ast.List | ast.Tuple):
            stack.extend(current.elts)
        elif isinstance(current, ast.UnaryOp) and isinstance(current.op, ast.USub):
            stack.append(current.operand)
        elif (
            isinstance(current, ast.Constant) and isinstance(current.value, int) and not isinstance(current.value, bool)
        ):
            has_integer = True
        else:
            return False
    return has_integer
