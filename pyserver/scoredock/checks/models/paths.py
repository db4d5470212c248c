"""Paths below AZUREML_MODEL_DIR, compared with the files of the models that are deployed."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Related, Severity
from scoredock.analysis.paths import known_folder, resolve
from scoredock.analysis.rule import proposal
from scoredock.checks.models import file_rules, rules
from scoredock.checks.models.layouts import Layouts
from scoredock.checks.models.listed_values import elements, looped_over
from scoredock.checks.models.path_value import CALLS, METHODS, Evaluator, ModelPath, only_returns
from scoredock.checks.programs_beside import registers_another, registers_models
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.formats.signs import LFS_POINTER
from scoredock.text import Fix, Range

_TESTS = frozenset(("os.path.exists", "os.path.isfile", "os.path.isdir", "os.access", "os.makedirs", "os.mkdir"))
_TEST_METHODS = frozenset(("exists", "is_file", "is_dir", "mkdir"))
_TEST_NAMES = frozenset(("exists", "isfile", "isdir", "is_file", "is_dir"))
_MODEL_FOLDERS = ("model", "models", "outputs")
"""Folders in which people keep the models of a project."""


def check_model_paths(script: ParsedScript) -> list[Finding]:
    """Findings about files that no deployed model has."""
    facts = script.facts
    if "AZUREML_MODEL_DIR" not in script.text:
        return []
    has_models = facts.deployed_models is not None or facts.models is not None
    evaluator = Evaluator(script.walk.scopes)
    candidates: list[tuple[ast.expr, Scope, int]] = [
        *((call, scope, flags) for call, scope, flags, name in script.named_calls if name in CALLS),
        *(call for call in script.method_calls if getattr(call[0].func, "attr", "") in METHODS),
        *script.walk.paths,
        *_helped(script),
    ]
    path_values = [
        (node, scope, value)
        for node, scope, flags in candidates
        if not flags & (MAIN_ONLY | IN_TRY | IN_IF) and (value := evaluator.evaluate(node, scope)) is not None
    ]
    tested = _tested(script, evaluator)
    layouts: Layouts | None = None
    wrong: set[str] = set()
    names = {value.parts[0] for _, _, value in path_values if len(value.parts) == 1 and "." in value.parts[0]}
    findings = []
    for node, scope, value in sorted(path_values, key=lambda f: (f[0].lineno, f[0].col_offset)):
        if id(node) in evaluator.inner or not value.parts or (value.text == value.base_text and not value.call):
            continue
        if any(path == w or path.startswith(w + "/") for path in ("/".join(value.parts),) for w in wrong if value.call):
            continue
        if "/".join(value.parts) in tested or _builds_on(value, scope, evaluator, wrong):
            continue
        if "\\" in value.text and not value.glued and not value.absolute:
            path = "/".join(value.parts)
            new = None if value.open else _rendered(script, node, value, path)
            fixes = (
                (Fix(l10n.t("Change to {path}", path=path), (script.replace(node, new),), preferred=True),)
                if new
                else ()
            )
            shown = value.text.strip("/").replace("\\", "\\\\")
            findings.append(file_rules.BACKSLASH.finding(script.range(node), fixes=fixes, path=shown))
            wrong.add(path)
            continue
        if not has_models and not value.glued and not value.absolute:
            continue
        layouts = layouts or Layouts(facts)
        severity = _severity_of(layouts.judge(value), value, wrong, facts, names)
        if severity is not None:
            wrong.add("/".join(value.parts))
            here = _not_registered(script, value, layouts)
            findings.append(
                rules.PATH.finding(
                    script.range(node),
                    severity=severity,
                    fixes=_fixes(script, node, value, layouts),
                    related=here,
                    problem=_problem(script, value, layouts, here),
                )
            )
    if has_models:
        findings += _through_calls(
            script, path_values, evaluator, layouts or Layouts(facts), {f.range for f in findings}
        )
    return findings


def _severity_of(
    severity: Severity | None, value: ModelPath, wrong: set[str], facts: Facts, names: set[str]
) -> Severity | None:
    """Severity to report, None for nothing: what is not an error stands once, and not for a model that a program of the
    project brings into the workspace. `names`: all files that the script takes from the top of its model."""
    path = "/".join(value.parts)
    is_again = severity in ("warning", "information") and path in wrong
    is_open = severity == "information" and registers_models(facts, is_certain=True)
    is_open = is_open and not (path in names and registers_another(facts, path, names))
    return None if is_again or is_open else severity


def _through_calls(
    script: ParsedScript,
    path_values: Sequence[tuple[ast.expr, Scope, ModelPath]],
    evaluator: Evaluator,
    layouts: Layouts,
    wrong: set[Range],
) -> list[Finding]:
    """Paths in functions of the script that only become whole with what a call passes; reported at the call."""
    findings: list[Finding] = []
    reported_calls: set[int] = set()
    for node, scope, value in path_values:
        if script.range(node) in wrong:
            continue
        inside = scope.function()
        if id(node) in evaluator.inner or not (value.unknown or value.open) or inside is None:
            continue
        function = inside.node
        if not isinstance(function, ast.FunctionDef) or function.name in ("init", "run") or only_returns(function):
            continue
        if [b.node for b in script.walk.module.bindings.get(function.name, ())] != [function]:
            continue
        for call, caller, flags in script.plain_calls.get(function.name, ()):
            if (
                id(call) in reported_calls
                or flags & (MAIN_ONLY | IN_TRY | IN_IF)
                or caller.lookup(function.name) is None
            ):
                continue
            inner = evaluator.within(call, caller, function, inside)
            passed = inner.evaluate(node, scope) if inner is not None else None
            if passed is None or passed.unknown or passed.open or passed.absolute or not passed.parts:
                continue
            severity = layouts.judge(passed)
            if severity is not None:
                reported_calls.add(id(call))
                problem = _problem(script, passed, layouts)
                findings.append(rules.PATH.finding(script.range(call), severity=severity, problem=problem))
    return findings


def _helped(script: ParsedScript) -> list[tuple[ast.expr, Scope, int]]:
    """Calls of functions of the script that do nothing but return something, a path perhaps."""
    bindings = script.walk.module.bindings
    return [
        found
        for name, calls in script.plain_calls.items()
        if any(isinstance(b.node, ast.FunctionDef) and only_returns(b.node) for b in bindings.get(name, ()))
        for found in calls
    ]


def _tested(script: ParsedScript, evaluator: Evaluator) -> set[str]:
    """Paths the script itself looks for before it uses them, or makes."""
    tested = set()
    tests = [(call, call.args[0], scope) for call, scope, _, name in script.named_calls if name in _TESTS and call.args]
    for call, scope, _ in script.method_calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _TEST_METHODS:
            tests.append((call, call.func.value, scope))
    targets = [(target, scope) for _, target, scope in tests]
    for call, scope, _ in script.plain_calls.get("filter", ()):
        if len(call.args) == 2 and ast.unparse(call.args[0]).rpartition(".")[2] in _TEST_NAMES:
            targets += ((each, scope) for each in elements(call.args[1], scope))
    targets += _first_or_none(script)
    looped = [(each, scope) for target, scope in targets for each in looped_over(target, scope)]
    places = [(each, scope) for target, scope in targets for each in looped_over(_place(target, scope), scope)]
    replaced = _replaced(script, {id(call): scope for call, _, scope in tests})
    values = [each for name, scope in replaced for each in _values(name, scope)]
    for target, scope in (*targets, *looped, *places, *values):
        value = evaluator.evaluate(target, scope)
        if value is not None:
            tested.add("/".join(value.parts))
    return tested


def _first_or_none(script: ParsedScript) -> Iterator[tuple[ast.expr, Scope]]:
    """Expressions searched by `found = next(folder.rglob(…), None)`, where an `if` looks at `found`."""
    tests = [node.test for node in ast.walk(script.tree) if isinstance(node, ast.If | ast.IfExp)]
    names = {each.id for test in tests for each in ast.walk(test) if isinstance(each, ast.Name)}
    for call, scope, _ in script.plain_calls.get("next", ()):
        if len(call.args) == 2 and any(value is call for name in names for value, _ in _values(name, scope)):
            yield call.args[0], scope


def _place(path: ast.expr, scope: Scope) -> ast.expr:
    """The folder that a path is looked for in: what it begins with."""
    node, _ = follow(path, scope)
    match node:
        case ast.BinOp(left=base) | ast.Call(func=ast.Attribute(value=base, attr="joinpath")):
            return base
        case ast.Call(args=[base, _, *_]):
            return base
    return node


def _replaced(script: ParsedScript, tests: Mapping[int, Scope]) -> Iterator[tuple[str, Scope]]:
    """Names that get another value where a path is there, or is not: what they have before is what comes first of
    several. `tests` has the scopes of the calls that look, by their identity."""
    for node in ast.walk(script.tree):
        scopes = (
            [tests[id(each)] for each in ast.walk(node.test) if id(each) in tests] if isinstance(node, ast.If) else ()
        )
        for scope in scopes:
            yield from (
                (each.id, scope)
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )


def _values(name: str, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """All that a name is given."""
    home = scope.lookup(name)
    if home is not None:
        yield from ((each.value, home) for each in home.bindings[name] if each.value is not None)


def _builds_on(value: ModelPath, scope: Scope, evaluator: Evaluator, wrong: set[str]) -> bool:
    """True if the mistake was reported already where the part in front was put together."""
    base = evaluator.evaluate(value.base, scope) if value.base_text else None
    return base is not None and "/".join(base.parts) in wrong


def _problem(script: ParsedScript, value: ModelPath, layouts: Layouts, here: Sequence[Related] = ()) -> str:
    """`here`: where in the project what is meant lies."""
    path = "/".join(value.parts)
    if value.style == "rglob":
        path = path.removeprefix("*")  # which stands for the folders that are searched
    if value.glued:
        return l10n.t("There is no slash between AZUREML_MODEL_DIR and “{path}”.", path=value.text[:100])
    if value.absolute:
        return l10n.t(
            "“{path}” begins with a slash, so AZUREML_MODEL_DIR is left out of the path.", path=value.absolute[:100]
        )
    name, likely = value.parts[-1], layouts.likely(value)
    if not layouts.multiple and len(value.parts) > 1 and likely == name:
        return l10n.t(
            "“{path}” is in no model, but “{name}” is: a file is registered without its folders; join its name alone.",
            path=path,
            name=name,
        )
    if layouts.multiple and layouts.names:
        return l10n.t(
            "“{path}” does not exist below AZUREML_MODEL_DIR; with several models, each is in <name>/<version>{hint}.",
            path=path,
            hint=proposal(likely),
        )
    if likely:
        return named_otherwise(path, likely, layouts.holder(likely))
    if not layouts.certain and _lies_there(script, value):
        return l10n.t(
            "“{path}” is in no model; register the file and join “{name}” alone, or register its folder “{folder}”.",
            path=path,
            name=name,
            folder=value.parts[-2],
        )
    if not layouts.certain:
        return _nowhere(path, script.facts, here, "" if here else _top_folder(value))
    if not layouts.names:
        return l10n.t(
            "“{path}” does not exist below AZUREML_MODEL_DIR: no model is deployed with this script.", path=path
        )
    return l10n.t("The model “{name}” has no file “{path}”.", name=layouts.names[0], path=path)


def _top_folder(value: ModelPath) -> str:
    """The folder of a model that has what a path names; empty where it may be the name of one of several models."""
    parts = value.parts
    unsure = value.open or value.unknown or value.style == "rglob" or len(parts) < 2 or parts[1].isdigit()
    return "" if unsure or any(sign in parts[0] for sign in "*?[.") else parts[0]


def _nowhere(path: str, facts: Facts, here: Sequence[Related], folder: str) -> str:
    """Message for a path that no registered model has."""
    place = here[0].path if here else ""
    if place and (facts.read(place) or "").startswith(LFS_POINTER):
        return l10n.t(
            "“{path}” is a pointer of Git LFS here; fetch the file with “git lfs pull” and register it.",
            path=path,
        )
    if folder:
        return l10n.t(
            "“{path}” is not in any registered model; register its folder “{folder}” to deploy the script with it.",
            path=path,
            folder=folder,
        )
    what = l10n.t("file") if place or "." in path.rpartition("/")[2] else l10n.t("file or folder")
    return l10n.t(
        "“{path}” is not in any registered model; register the {what} to deploy the script with it.",
        path=path,
        what=l10n.t("folder") if place and facts.is_folder(place) else what,
    )


def named_otherwise(path: str, likely: str, model: str) -> str:
    """Sentence that says what a file of a model is called, beside what the script calls it."""
    if likely.endswith(f"/{path}"):
        return l10n.t(
            "The model “{model}” has “{path}” as “{likely}”: a folder is registered with its name; join that as well.",
            model=model,
            path=path,
            likely=likely,
        )
    if likely.lower() == path.lower():
        return l10n.t(
            "The model “{model}” has “{likely}”, not “{path}”: capital letters count in a service.",
            model=model,
            likely=likely,
            path=path,
        )
    return l10n.t(
        "The model “{model}” has no file “{path}”; did you mean “{likely}”?", model=model, path=path, likely=likely
    )


def _lies_there(script: ParsedScript, value: ModelPath) -> bool:
    """True if a file of a folder is joined with that folder, as it lies in the project."""
    folder = known_folder(script.facts)
    if folder is None or len(value.parts) < 2 or value.open or value.unknown:
        return False
    return any(script.facts.exists(resolve(resolve(folder, above), "/".join(value.parts))) for above in (".", ".."))


def _not_registered(script: ParsedScript, value: ModelPath, layouts: Layouts) -> tuple[Related, ...]:
    """The file that is meant, where it lies in the project and only has to be registered."""
    facts = script.facts
    folder = known_folder(facts)
    name = value.parts[-1]
    if folder is None or layouts.names or value.open or value.unknown or any(c in name for c in "*?["):
        return ()
    near = [
        resolve(folder, place) for place in (".", *_MODEL_FOLDERS, "..", *(f"../{each}" for each in _MODEL_FOLDERS))
    ]
    path = next((found for each in near if facts.exists(found := resolve(each, name))), "")
    return (Related(path, l10n.t("“{name}” is here, but is not registered.", name=name)),) if path else ()


def _fixes(script: ParsedScript, node: ast.expr, value: ModelPath, layouts: Layouts) -> tuple[Fix, ...]:
    candidates = (
        ["/".join(value.parts)]
        if (value.glued or value.absolute) and (not layouts.known or _holds(layouts, "/".join(value.parts)))
        else layouts.proposed(value)
    )
    fixes: list[Fix] = []
    for path in candidates:
        new = _rendered(script, node, value, path)
        if new is not None:
            fixes.append(Fix(l10n.t("Change to {path}", path=path), (script.replace(node, new),), preferred=not fixes))
    return tuple(fixes)


def _holds(layouts: Layouts, path: str) -> bool:
    return any(path in tree for tree in layouts.trees)


def _rendered(script: ParsedScript, node: ast.expr, value: ModelPath, path: str) -> str | None:
    """The same expression in the same style, leading to another path."""
    before = tuple(p for p in value.base_text.replace("\\", "/").split("/") if p not in ("", "."))
    parts = tuple(path.split("/"))
    if parts[: len(before)] != before or ".." in before:
        return None
    rest = parts[len(before) :]
    if not rest or any('"' in p or "\\" in p or "{" in p for p in rest):
        return None
    base = script.source(value.base)
    quote = "'" if "'" in script.source(node) and '"' not in script.source(node).replace(base, "") else '"'
    literals = [json.dumps(p, ensure_ascii=False) if quote == '"' else f"'{p}'" for p in rest]
    if value.style == "join" and isinstance(node, ast.Call):
        return f"{script.source(node.func)}({base}, {', '.join(literals)})"
    if value.style == "joinpath":
        return f"{base}.joinpath({', '.join(literals)})"
    if value.style == "slash":
        return " / ".join([base, *literals])
    joined = "/".join(rest)
    if value.style == "plus":
        return f"{base} + {quote}/{joined}{quote}"
    if value.style == "f" and isinstance(node, ast.JoinedStr):
        outer = "'" if '"' in base else '"'
        return f"f{outer}{{{base}}}/{joined}{outer}" if outer not in base else None
    if value.style == "format" and isinstance(node, ast.BinOp):
        return f"{quote}%s/{joined}{quote} % {base}"
    if value.style == "format":
        return f"{quote}{{}}/{joined}{quote}.format({base})"
    return None
