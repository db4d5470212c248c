"""Undefined names of a script: what does not exist where it is read, and imports that bring it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import Any

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import proposal
from scoredock.checks.script import entry_rules as rules
from scoredock.checks.script.scope import BUILTINS, Binding, Scope, Use, is_special
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ANNOTATION, IN_IF, IN_TRY, MAIN_ONLY, NAME_CAUGHT
from scoredock.checks.similar import similar
from scoredock.text import Fix, Position, Range

_MODULES_ONLY = frozenset(("os", "sys", "json", "logging", "pickle", "joblib", "re", "math", "base64", "np", "pd"))
"""Names that mean one module and nothing else, when something is taken from them; `datetime` and `time` are classes and
functions as well."""
IMPORTS = {
    **{
        name: f"import {name}"
        for name in (
            "os",
            "sys",
            "json",
            "time",
            "logging",
            "pickle",
            "joblib",
            "re",
            "math",
            "io",
            "glob",
            "base64",
            "datetime",
            "random",
            "shutil",
            "tempfile",
            "traceback",
            "collections",
            "itertools",
            "functools",
            "pathlib",
            "uuid",
            "csv",
            "copy",
            "warnings",
            "typing",
            "statistics",
            "numpy",
            "pandas",
            "scipy",
            "sklearn",
            "torch",
            "tensorflow",
            "keras",
            "xgboost",
            "lightgbm",
            "onnxruntime",
            "requests",
            "cv2",
            "dill",
            "inspect",
            "hashlib",
            "gzip",
            "zipfile",
            "subprocess",
            "threading",
            "platform",
            "string",
            "struct",
            "decimal",
        )
    },
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "tf": "import tensorflow as tf",
    "plt": "import matplotlib.pyplot as plt",
    "rt": "import onnxruntime as rt",
    "xgb": "import xgboost as xgb",
    "lgb": "import lightgbm as lgb",
    "nn": "from torch import nn",
    "Path": "from pathlib import Path",
    "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "partial": "from functools import partial",
    "dataclass": "from dataclasses import dataclass",
    "Any": "from typing import Any",
    "Optional": "from typing import Optional",
    "List": "from typing import List",
    "Dict": "from typing import Dict",
    "BytesIO": "from io import BytesIO",
    "StringIO": "from io import StringIO",
    "Image": "from PIL import Image",
    "Model": "from azureml.core.model import Model",
    "load_model": "from keras.models import load_model",
    "AMLResponse": "from azureml.contrib.services.aml_response import AMLResponse",
    "AMLRequest": "from azureml.contrib.services.aml_request import AMLRequest",
    "rawhttp": "from azureml.contrib.services.aml_request import rawhttp",
    "input_schema": "from inference_schema.schema_decorators import input_schema",
    "output_schema": "from inference_schema.schema_decorators import output_schema",
    "NumpyParameterType": "from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType",
    "PandasParameterType": "from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType",
    "StandardPythonParameterType": (
        "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType"
    ),
    "SparkParameterType": "from inference_schema.parameter_types.spark_parameter_type import SparkParameterType",
}
"""The import that a name most probably wants."""
ELSEWHERE = frozenset(
    (
        *("unicode", "long", "basestring", "xrange", "raw_input", "unichr", "reduce", "reload", "execfile", "cmp"),
        *("buffer", "file", "intern", "apply", "coerce", "StandardError"),
        *("get_ipython", "dbutils", "spark"),
    )
)
"""Names of Python 2, notebooks and clusters: scripts that serve there as well use them below an `if`."""
_COMMON = tuple(name for name in BUILTINS if not name.startswith("_") and name[:1].islower())
"""Builtins that somebody may have misspelt."""
_MOST_USES = 50
"""Places of one undefined name that are reported; the rest says nothing new."""
_DYNAMIC = ("globals", "locals", "exec", "vars", "__import__", "setattr")
"""Builtins that can bind names unseen."""
_LEAVES = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
_DECORATORS = ("rawhttp", "input_schema", "output_schema")

_MENTIONED = re.compile(r"(?<!def )\b[^\W\d]\w*")


def check_names(script: ParsedScript) -> list[Finding]:
    """Undefined names, and globals that stay local to the function that assigns them."""
    if script.walk.star_import or _is_dynamic(script):
        return []
    missing = _missing(script)
    findings, reported_names = _check_locals(script, missing)
    module = script.walk.module
    read = {name for scope in script.walk.scopes for name in scope.uses} if missing else set()
    if missing and script.module:
        # What the script that imports the module mentions is taken as used; its own functions are not the module's.
        read |= set(_MENTIONED.findall(script.facts.read(script.facts.imported_by) or ""))
    for name, uses in missing.items():
        if name in reported_names:
            continue
        fixes = _fixes(script, name)
        place: Scope | None = None
        near: str | None = None
        for scope, (node, flags) in uses[:_MOST_USES]:
            if name in _DECORATORS and scope is module:
                findings.append(rules.DECORATOR_IMPORT.finding(script.range(node), fixes=fixes, name=name))
                continue
            if scope is not place:
                place, near = scope, _near(name, scope) if name not in IMPORTS and name not in module.bindings else None
            more = (Fix(l10n.t("Change to {near}", near=near), (script.replace(node, near),)),) if near else ()
            hint = proposal(near)
            hint = hint or (l10n.t("; import it") if name in IMPORTS else "")
            if name in module.bindings:
                hint = l10n.t(' in a service, which does not run what stands below “if __name__ == "__main__"”')
            top = scope.top()
            unused = top.kind in ("function", "class") and not top.is_entry_function and top.name not in read
            does_no_harm = unused or (top is module and bool(flags & IN_TRY)) or _never_runs(node, top)
            severity: Severity | None = "warning" if does_no_harm else None
            findings.append(
                rules.UNDEFINED.finding(script.range(node), severity=severity, fixes=fixes + more, name=name, hint=hint)
            )
    return findings


def _never_runs(node: ast.AST, top: Scope) -> bool:
    """True if a statement before it in the same block surely goes elsewhere: what follows a `return` does no harm."""
    line = getattr(node, "lineno", 0)
    block: list[Any] = getattr(top.node, "body", None) or []
    while (at := _at(line, block)) >= 0:
        if any(isinstance(each, _LEAVES) for each in block[:at]):
            return True
        inner = [getattr(block[at], name, None) or [] for name in _BLOCKS]
        block = next((each for each in inner if _at(line, each) >= 0), [])
    return False


def _at(line: int, block: list[Any]) -> int:
    """The number of the statement, handler or case of a block that has the line; -1 without one."""
    for number, each in enumerate(block if isinstance(block, list) else ()):
        first, last = (each.pattern, each.body[-1]) if isinstance(each, ast.match_case) else (each, each)
        if first.lineno <= line <= (last.end_lineno or 0):
            return number
    return -1


def _is_dynamic(script: ParsedScript) -> bool:
    """True if names may appear in ways that no reading of the text can follow."""
    module = script.walk.module
    stored = {id(b.node.value) for bs in module.bindings.values() for b in bs if isinstance(b.node, ast.Subscript)}
    for name in _DYNAMIC:
        for call, scope, _ in script.plain_calls.get(name, ()):
            if scope.lookup(name) is not None:
                continue
            if name in ("globals", "locals"):
                if id(call) not in stored and not _only_read(script, call):
                    return True
            elif name != "vars" or not call.args:
                return True
    attributes = [call.func for call, _, _, _ in script.named_calls] + [call.func for call, _, _ in script.method_calls]
    for function in attributes:
        if (
            isinstance(function, ast.Attribute)
            and function.attr in ("import_module", "run_path", "run_module")
            and not isinstance(function.value, ast.Name)
        ):
            return True
    return False


def _only_read(script: ParsedScript, call: ast.Call) -> bool:
    """`"x" in globals()`, `globals()["x"]` and `globals().get("x")` look a name up, which then counts as bound."""
    module = script.walk.module
    for compare, _, _ in script.walk.compares:
        if (
            call in compare.comparators
            and isinstance(compare.left, ast.Constant)
            and isinstance(compare.left.value, str)
        ):
            module.bindings.setdefault(compare.left.value, []).append(Binding("other", compare))
            return True
    for subscript, _, _ in script.walk.subscripts:
        if subscript.value is call and isinstance(subscript.ctx, ast.Load):
            return True
    return any(
        isinstance(c.func, ast.Attribute) and c.func.value is call and c.func.attr == "get"
        for c, _, _ in script.walk.calls
    )


def _missing(script: ParsedScript) -> dict[str, list[tuple[Scope, Use]]]:
    """Uses of names that no scope binds, by name, in source order."""
    missing: dict[str, list[tuple[Scope, Use]]] = defaultdict(list)
    skipped = MAIN_ONLY | NAME_CAUGHT | (ANNOTATION if script.walk.future_annotations else 0)
    module = script.walk.module.bindings
    for scope in script.walk.scopes:
        for name, uses in scope.uses.items():
            if name in module:  # the usual case, and every scope sees it
                if scope.entry_function and _is_bound_by_main(name, scope):
                    missing[name] += [(scope, use) for use in uses if not use[1] & (skipped | ANNOTATION)]
                continue
            if not is_special(name, scope) and scope.lookup(name) is None:
                silent = skipped | (IN_IF if name in ELSEWHERE else 0)
                missing[name] += [(scope, use) for use in uses if not use[1] & silent]
    given = _given_to_all(script) if missing else frozenset()
    return {name: uses for name, uses in missing.items() if uses and name not in given}


def _is_bound_by_main(name: str, scope: Scope) -> bool:
    """True if a name of the module has its value only where the script is started by itself, not by a service."""
    owner = scope.lookup(name)
    return (
        owner is not None
        and owner.kind == "module"
        and not is_special(name, scope)
        and all(each.flags & (MAIN_ONLY | NAME_CAUGHT) == MAIN_ONLY for each in owner.bindings[name])
    )


def _given_to_all(script: ParsedScript) -> frozenset[str]:
    """Names that the script makes builtins: `builtins.name = …`."""
    if "builtin" not in script.text:
        return frozenset()
    return frozenset(
        node.attr
        for node, scope, _ in script.walk.attributes
        if isinstance(node.ctx, ast.Store) and script.dotted(node.value, scope) in ("builtins", "__builtin__")
    )


def _check_locals(script: ParsedScript, missing: dict[str, list[tuple[Scope, Use]]]) -> tuple[list[Finding], set[str]]:
    """Names that one function assigns and another one reads, without `global` in the first."""
    module = script.walk.module
    findings: list[Finding] = []
    reported_names: set[str] = set()
    functions = [
        s
        for s in script.walk.scopes
        if s.parent is module and isinstance(s.node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for writer in sorted(functions, key=lambda s: s.name != "init"):
        for name, bindings in writer.bindings.items():
            # What the module itself sets to None is meant to be filled by init(); elsewhere the same name may be a
            # plain local.
            if not (name in missing or writer.entry_function == "init") or name in reported_names:
                continue
            kinds = {b.kind for b in bindings}
            if "parameter" in kinds or not kinds & {"value", "augmented", "import", "context", "other"}:
                continue
            readers = _readers(script, name, writer, missing)
            if not readers:
                continue
            reported_names.add(name)
            first = bindings[0]
            statement = global_statement(script, writer, name)
            place = _target_range(script, first, name)
            findings.append(
                rules.NOT_GLOBAL.finding(
                    place, fixes=(statement,) if statement else (), name=name, function=writer.name, reader=readers[0]
                )
            )
    return findings, reported_names


def _readers(script: ParsedScript, name: str, writer: Scope, missing: dict[str, list[tuple[Scope, Use]]]) -> list[str]:
    if name in missing:
        return [f"{s.top().name}()" for s, _ in missing[name] if s.top() is not writer and s.top().kind == "function"]
    module = script.walk.module
    if not _placeholder(module.bindings.get(name)):
        return []
    readers = []
    for scope in script.walk.scopes:
        top = scope.top()
        if (
            top.kind == "function"
            and top is not writer
            and scope is not module
            and name in scope.uses
            and scope.lookup(name) is module
        ):
            readers.append(f"{top.name}()")
    return readers


def _placeholder(bindings: list[Binding] | None) -> bool:
    """The module only says `name = None` or `name: Type`, and nothing ever assigns it through `global`."""
    return bool(bindings) and all(b.flags & ANNOTATION or _is_none(b) for b in bindings or ())


def _is_none(binding: Binding) -> bool:
    return binding.kind == "value" and isinstance(binding.value, ast.Constant) and binding.value.value is None


def _target_range(script: ParsedScript, binding: Binding, name: str) -> Range:
    span = script.range(binding.node)
    if isinstance(binding.node, ast.Name | ast.alias):
        return span
    return Range(span.start, Position(span.start.line, span.start.character + len(name)))


def global_statement(script: ParsedScript, writer: Scope, name: str) -> Fix | None:
    node = writer.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    body = node.body
    docstring = (
        isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )
    first = body[1] if docstring and len(body) > 1 else body[0]
    place = script.range(first).start
    if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and first.decorator_list:
        place = script.range(first.decorator_list[0]).start
        place = Position(place.line, max(0, place.character - 1))
    line = script.lines.line(place.line)
    if line[: place.character].strip():
        return Fix(
            l10n.t("Declare {name} global", name=name), (script.insert(place, f"global {name}; "),), preferred=True
        )
    return Fix(
        l10n.t("Declare {name} global", name=name),
        (script.insert(place, f"global {name}{script.newline()}{line[: place.character]}"),),
        preferred=True,
    )


def _fixes(script: ParsedScript, name: str) -> tuple[Fix, ...]:
    statement = IMPORTS.get(name)
    if statement is None:
        return ()
    bases = {id(node.value) for node, _, _ in script.walk.attributes if isinstance(node.value, ast.Name)}
    uses = [use for scope in script.walk.scopes for use, _ in scope.uses.get(name, ())]
    certain = name in _MODULES_ONLY and all(id(use) in bases for use in uses)
    return (Fix(import_title(statement), (script.add_import(statement),), preferred=True, certain=certain),)


def import_title(statement: str) -> str:
    """The title of a repair that adds an import: `import numpy as np`, `from pathlib import Path`."""
    module, _, name = statement.removeprefix("from ").partition(" import ")
    if name:
        return l10n.t("Import {name} from {module}", name=name, module=module)
    return l10n.t("Import {name}", name=statement.removeprefix("import "))


def _near(name: str, scope: Scope) -> str | None:
    if len(name) < 3:
        return None  # everything is near to so short a name
    names: list[str] = []
    current: Scope | None = scope
    while current is not None:
        if current.kind != "class" or current is scope:
            names += current.bindings
        current = current.parent
    if len(names) > 2000:
        return None
    candidates = [n for n in dict.fromkeys(names) if abs(len(n) - len(name)) <= 3]
    near = similar(name[:100], [n for n in (*candidates, *_COMMON) if not is_its_class(name, n)], 1, 0.75)
    return near[0] if near else None


def is_its_class(name: str, other: str) -> bool:
    """True if two names are one, or the second may be the class of the first: `model` is not a slip of `Model`."""
    return name == other or (name[:1].islower() and other[:1].isupper() and name == other.lower())
