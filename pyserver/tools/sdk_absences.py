"""The table of what the package scoredock-azureml refuses, read from its own text: classes that only say so, methods
that do nothing else, and packages of which only some modules are there."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

TARGET = Path("pyserver/scoredock/contrib/sdk/checks/absences.py")
_PACKAGES = Path(__file__).resolve().parent.parent / "sdk" / "scoredock_azureml" / "packages"
_REFUSALS = ("not_here", "compute_not_here")
_HEAD = '''"""Names of the SDK v1 that Scoredock refuses when used. Made by `tools/sdk_absences.py`; do not edit."""

from __future__ import annotations

'''


def module() -> str:
    """Text of the generated module."""
    # What is for MLflow has no names of the SDK, and imports only beside MLflow.
    paths = sorted(set(_PACKAGES.rglob("*.py")) - set(_PACKAGES.glob("azureml/mlflow/_[a-z]*.py")))
    trees = {_dotted(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    packages = sorted(_packages(trees["azureml._scoredock.absent"]))
    classes = {f"{name}.{each}" for name, tree in trees.items() for each in _absent_names(tree)}
    classes |= set(_absent_of_core())
    within = tuple(f"{each}." for each in packages)
    there = {name: sorted(_own_names(tree)) for name, tree in trees.items() if f"{name}.".startswith(within)}
    for name, values in _of_ours("private_modules").VALUES.items():
        if f"{name}.".startswith(within):
            there[name] = sorted({*there.get(name, ()), *values})
    return _HEAD + "\n".join(
        (
            _set("PACKAGES", packages, "Packages of which nothing is there but the modules below."),
            _table("MODULES", there, "Those modules, and their classes."),
            _set("ELSEWHERE", sorted(_of_ours("absent").ELSEWHERE), "What each of those packages has, wherever it is."),
            _set("CLASSES", sorted(classes), "Classes elsewhere that only say that they are not there."),
            _set("MEMBERS", sorted(set(_members(trees))), "Methods and properties that only say so, by their class."),
            _set("ARGUMENTS", sorted(_arguments(trees)), "Arguments that are refused, by their class."),
        )
    )


def _dotted(path: Path) -> str:
    parts = path.relative_to(_PACKAGES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _packages(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "PACKAGES":
            assert isinstance(node.value, ast.Dict)  # noqa: S101 (its declaration)
            yield from (str(ast.literal_eval(key)) for key in node.value.keys if key is not None)


def _of_ours(name: str) -> ModuleType:
    """A module of the package itself, which is standard library only and starts nothing."""
    if str(_PACKAGES) not in sys.path:
        sys.path.insert(0, str(_PACKAGES))
    return importlib.import_module(f"azureml._scoredock.{name}")


def _absent_of_core() -> Iterator[str]:
    """Classes and functions of azureml-core of which there is none here, under the module that defines them and under
    packages."""
    absent = _of_ours("absent")
    for module, names in absent.MODULES.items():
        if "._" in module:
            continue
        there = importlib.import_module(module)
        listed = (
            names.own | names.others if any(each.startswith(f"{module}.") for each in absent.MODULES) else names.own
        )
        yield from (f"{module}.{each}" for each in listed if isinstance(getattr(there, each), absent.Absent))


def _absent_names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        function, arguments = node.value.func, node.value.args
        if isinstance(function, ast.Name) and function.id == "absent":
            yield str(ast.literal_eval(arguments[0]))
        elif isinstance(function, ast.Name) and function.id == "these_names":
            yield from ast.literal_eval(arguments[1])


def _own_names(tree: ast.Module) -> Iterator[str]:
    """The classes and functions that a module of ours has."""
    for node in tree.body:
        names: list[str] = []
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names = [node.name]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("azureml."):
            names = [each.asname or each.name for each in node.names]
        elif isinstance(node, ast.Assign):
            names = [each.id for each in node.targets if isinstance(each, ast.Name)]
        is_public = isinstance(node, ast.FunctionDef) or (
            isinstance(node, ast.ImportFrom) and "._" not in (node.module or "")
        )
        yield from (
            name for name in names if (is_public and name[:1].islower()) or (name[:1].isupper() and not name.isupper())
        )


def _members(trees: dict[str, ast.Module]) -> Iterator[str]:
    """Methods that only refuse, inherited ones among them, and attributes that no object is given."""
    nodes = {node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)}
    absent = _of_ours("absent")
    assigned = {each for tree in trees.values() for each in _stored(tree)}
    for kind in (vars(importlib.import_module(name)).get(node) for name, tree in trees.items() for node in nodes):
        if not isinstance(kind, type) or kind.__name__ not in nodes or kind.__name__.startswith("_"):
            continue
        above = [nodes[each.__name__] for each in kind.__mro__ if each.__name__ in nodes]
        is_open = any(_is_open(node) for node in above)
        for name in (each for each in dir(kind) if not each.startswith("_")):
            value = inspect.getattr_static(kind, name)
            owner = next(each.__name__ for each in kind.__mro__ if name in vars(each))
            functions = _functions(nodes[owner]) if owner in nodes else ()
            is_refused = any(each.name == name and _only_refuses(each) for each in functions)
            is_absent = isinstance(value, absent.AbsentValue) and name not in assigned and not is_open
            if is_refused or is_absent or getattr(value, "__qualname__", "").startswith("_refusing."):
                yield f"{kind.__name__}.{name}"


def _stored(tree: ast.Module) -> Iterator[str]:
    """Attributes that objects are given somewhere."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            yield each.attr
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id


def _is_open(node: ast.ClassDef) -> bool:
    """True if a class gives its objects attributes that nobody sees in its text."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(ast.unparse(each) in ("setattr", "vars") for each in calls)


def _arguments(trees: dict[str, ast.Module]) -> Iterator[str]:
    """Yields the arguments that classes have in `_refused_arguments`."""
    for node in (node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)):
        for line in node.body:
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "_refused_arguments":
                assert isinstance(line.value, ast.Dict)  # noqa: S101 (its declaration)
                yield from (f"{node.name}.{ast.literal_eval(key)}" for key in line.value.keys if key is not None)


def _functions(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    return (each for each in node.body if isinstance(each, ast.FunctionDef))


def _only_refuses(function: ast.FunctionDef) -> bool:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    raised = body[0].exc if len(body) == 1 and isinstance(body[0], ast.Raise) else None
    return isinstance(raised, ast.Call) and isinstance(raised.func, ast.Name) and raised.func.id in _REFUSALS


def _set(name: str, values: list[str], documentation: str) -> str:
    listed = textwrap.fill(" ".join(values), 120, break_long_words=False, break_on_hyphens=False)
    return f'_{name} = """\n{listed}\n"""\n{name} = frozenset(_{name}.split())\n"""{documentation}"""\n'


def _table(name: str, values: dict[str, list[str]], documentation: str) -> str:
    lines = (f"{key}: {' '.join(names)}".rstrip() for key, names in values.items())
    rows = "\n".join(textwrap.fill(each, 120, subsequent_indent="  ", break_on_hyphens=False) for each in lines)
    entries = f'_{name}.strip().replace("\\n  ", " ").splitlines()'
    return (
        f'_{name} = """\n{rows}\n"""\n{name}: dict[str, frozenset[str]] = {{\n'
        f'    key: frozenset(names.split())\n    for key, _, names in (each.partition(":") for each in {entries})\n}}\n'
        f'"""{documentation}"""\n'
    )
