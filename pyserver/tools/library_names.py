"""Writes `scoredock/checks/library/names.json`: what modules hold, what their functions take, and what comes back.

    python tools/library_names.py --typeshed FOLDER [--python ENV/bin/python]…

The standard library is read from the stubs of typeshed (mypy brings them: `…/mypy/typeshed/stdlib`), every branch for
every version of Python and every system, so that a name is missing only where no Python has it. Each `--python` has
some of numpy, joblib, scikit-learn and pandas installed and is started to list their names; give environments of
several ages. The shims of the runtime are read from this checkout. Only names and numbers are taken.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from typeshed_stubs import Stubs, define, statements_of

TARGET = Path(__file__).resolve().parents[1] / "scoredock" / "checks" / "library" / "names.json"
MODULES = (
    "base64",
    "builtins",
    "collections",
    "concurrent.futures",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "fnmatch",
    "functools",
    "gc",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "importlib",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "os.path",
    "pathlib",
    "pickle",
    "platform",
    "random",
    "re",
    "secrets",
    "shutil",
    "statistics",
    "string",
    "struct",
    "sys",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "typing",
    "urllib.parse",
    "urllib.request",
    "uuid",
    "warnings",
    "zipfile",
    "zlib",
    "zoneinfo",
)
"""What entry scripts use."""
THIRD = (
    "joblib",
    "numpy",
    "numpy.fft",
    "numpy.linalg",
    "numpy.random",
    "numpy.testing",
    "pandas",
    "pandas.api.types",
    "sklearn",
    "sklearn.base",
    "sklearn.datasets",
    "sklearn.decomposition",
    "sklearn.ensemble",
    "sklearn.feature_extraction.text",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.svm",
    "sklearn.tree",
)
CLASSES = ("numpy.ndarray", "flask.wrappers.Request", "flask.wrappers.Response")
"""Their attributes are listed as well; not those of data frames, whose columns are attributes too."""

Signature = list[Any]
"""[least number of arguments, most by position or -1, names that may be given or null for any]"""


class Tables:
    """Tables of modules and classes that are written to the file."""

    def __init__(self, stubs: Stubs) -> None:
        self.stubs = stubs
        self.modules: dict[str, dict[str, Any]] = {}
        self.classes: dict[str, dict[str, Any]] = {}
        self.homes: dict[int, str] = {}
        """The class table's key by the identity of a class's first definition."""

    def add_module(self, name: str) -> None:
        """Adds everything public in a module to the tables."""
        table: dict[str, Any] = {}
        for key in self.stubs.names(name):
            nodes = self.stubs.nodes(name, key)
            table[key] = self._entry(nodes) if nodes else 0
        folder = self.stubs.folder.joinpath(*name.split("."))
        for inner in folder.glob("*") if folder.is_dir() else ():
            table.setdefault(inner.name.removesuffix(".pyi"), 0)
        try:
            for key in dir(importlib.import_module(name)):
                table.setdefault(key, 0)
        except ImportError:
            pass
        self.modules[name] = {key: table[key] for key in sorted(table) if _public(key)}

    def _entry(self, nodes: list[tuple[str, ast.AST]]) -> Any:
        """0 for a thing of unknown kind, else {"s": signature, "r": classes that come back, "t": classes it is one
        of}."""
        functions = [(m, n) for m, n in nodes if isinstance(n, ast.FunctionDef)]
        classes = [(m, n) for m, n in nodes if isinstance(n, ast.ClassDef)]
        if functions and len(functions) == len(nodes):
            return _entry(_merged([_signature(n) for _, n in functions]), self._returned(functions))
        if classes and len(classes) == len(nodes):
            home = self.add_class(classes)
            return _entry(self._makers(home, [n for _, n in classes]), [home])
        values = [(m, n) for m, n in nodes if isinstance(n, ast.AnnAssign)]
        if values and len(values) == len(nodes):
            kinds = [self._class_of(m, n.annotation) for m, n in values]
            if all(kinds):
                return {"t": sorted({k for k in kinds if k})}
        return 0

    def add_class(self, nodes: list[tuple[str, ast.ClassDef]]) -> str:
        """A class with everything it inherits; the key under which it is kept."""
        known = self.homes.get(id(nodes[0][1]))
        if known is not None:
            return known
        home = f"{nodes[0][0]}.{nodes[0][1].name}"
        self.homes[id(nodes[0][1])] = home
        table: dict[str, Any] = {}
        self.classes[home] = table
        open_ended = False
        members: dict[str, list[tuple[str, ast.AST]]] = {}
        for module, node in nodes:
            for base in node.bases:
                inherited = self._class_of(module, base)
                if inherited is None:
                    open_ended = open_ended or not _harmless(base)
                else:
                    open_ended = open_ended or self.classes[inherited].get("*", 0) == 1
                    table.update(self.classes[inherited])
            own: dict[str, list[Any]] = {}
            for statement in statements_of(node.body):
                define(statement, own)
            for key, found in own.items():
                members.setdefault(key, []).extend((module, n) for n in found)
        open_ended = open_ended or "__getattr__" in members
        for key, found_members in members.items():
            table[key] = self._member(found_members)
        if open_ended:
            table["*"] = 1
        return home

    def _member(self, definitions: list[tuple[str, ast.AST]]) -> Any:
        functions = [(m, n) for m, n in definitions if isinstance(n, ast.FunctionDef)]
        if not functions or len(functions) != len(definitions):
            return 0
        if any(_decorated(n, "property") or _decorated(n, "setter") for _, n in functions):
            kinds = self._returned([(m, n) for m, n in functions if _decorated(n, "property")])
            return {"t": kinds} if kinds else 0
        signatures = [_signature(n, bound=not _decorated(n, "staticmethod")) for _, n in functions]
        return _entry(_merged(signatures), self._returned(functions))

    def _makers(self, home: str, nodes: list[ast.ClassDef]) -> Signature | None:
        """Signature of a call of the class itself; None if it is not plain."""
        table = self.classes[home]
        own = {n.name for node in nodes for n in statements_of(node.body) if isinstance(n, ast.FunctionDef)}
        if "__new__" in own or any(node.keywords or node.decorator_list for node in nodes):
            return None
        made = table.get("__init__")
        if not isinstance(made, dict) or made == self.classes.get("typing.NamedTuple", {}).get("__init__"):
            return None  # a named tuple takes its fields
        return made.get("s")

    def _returned(self, functions: list[tuple[str, ast.FunctionDef]]) -> list[str]:
        kinds = {self._class_of(m, n.returns) if n.returns is not None else None for m, n in functions}
        return sorted(k for k in kinds if k) if kinds and None not in kinds else []

    def _class_of(self, module: str, node: ast.AST) -> str | None:
        """Key of the class that an annotation names, "~" for the class itself; None for anything less plain."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return None
        if isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, node = node.value.id, ast.Name(node.attr)
        if not isinstance(node, ast.Name) or node.id in ("Any", "object", "type"):
            return None
        if node.id == "Self":
            return "~"
        nodes = self.stubs.nodes(module, node.id) or self.stubs.nodes("builtins", node.id)
        classes = [(m, n) for m, n in nodes if isinstance(n, ast.ClassDef)]
        if not classes or len(classes) != len(nodes):
            return None
        return self.add_class(classes)


def _harmless(base: ast.expr) -> bool:
    name = base.value if isinstance(base, ast.Subscript) else base
    word = name.id if isinstance(name, ast.Name) else name.attr if isinstance(name, ast.Attribute) else ""
    return word in ("Generic", "Protocol", "object", "ABC", "NamedTuple", "TypedDict", "Hashable", "Sized")


def _public(name: str) -> bool:
    return not name.startswith("_")


def _entry(signature: Signature | None, returned: list[str]) -> Any:
    entry: dict[str, Any] = {}
    if signature is not None:
        entry["s"] = signature
    if returned:
        entry["r"] = returned
    return entry or 0


def _decorated(node: ast.FunctionDef, name: str) -> bool:
    return any(
        (d.id if isinstance(d, ast.Name) else d.attr if isinstance(d, ast.Attribute) else "") == name
        for d in node.decorator_list
    )


def _signature(node: ast.FunctionDef, *, bound: bool = False) -> Signature | None:
    """None when a decorator may change it."""
    plain = (
        "overload",
        "staticmethod",
        "classmethod",
        "abstractmethod",
        "deprecated",
        "final",
        "override",
        "type_check_only",
    )
    for decorator in node.decorator_list:
        found = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (found.id if isinstance(found, ast.Name) else getattr(found, "attr", "")) not in plain:
            return None
    args = node.args
    positional = [*args.posonlyargs, *args.args][1 if bound else 0 :]
    named = args.args[1:] if bound and not args.posonlyargs else args.args
    keywords = {a.arg for a in (*named, *args.kwonlyargs)}
    required = max(len(positional) - len(args.defaults), 0)
    required += sum(default is None for default in args.kw_defaults)
    most = -1 if args.vararg is not None else len(positional)
    return [required, most, None if args.kwarg is not None else sorted(keywords)]


def _merged(signatures: list[Signature | None]) -> Signature | None:
    """Signature that accepts what any of the overloads takes."""
    plain = [s for s in signatures if s is not None]
    if not plain or len(plain) != len(signatures):
        return None
    keywords = None if any(s[2] is None for s in plain) else sorted({name for s in plain for name in s[2]})
    return [min(s[0] for s in plain), -1 if any(s[1] < 0 for s in plain) else max(s[1] for s in plain), keywords]


LISTING = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
found = {}
for name in json.loads(sys.argv[1]):
    try:
        module = importlib.import_module(name)
    except ImportError:
        continue
    found[name] = sorted(set(dir(module)) | set(getattr(module, "__all__", ())) | set(getattr(module, "__former_attrs__", ())))
for name in json.loads(sys.argv[2]):
    module, _, kind = name.rpartition(".")
    try:
        known = getattr(importlib.import_module(module), kind)
    except ImportError:
        continue
    found[name] = dir(known)
    if module.startswith("flask"):
        from werkzeug.test import create_environ

        # Much of these is set only when one is made.
        found[name] += dir(known(create_environ()) if kind == "Request" else known())
print(json.dumps(found))
"""  # noqa: E501 (a text that would change if it were wrapped)


def third_party(pythons: list[Path]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Names of modules and of classes, of all the environments together."""
    modules: dict[str, set[str]] = {}
    classes: dict[str, set[str]] = {}
    for python in pythons:
        completed = subprocess.run(
            [str(python), "-c", LISTING, json.dumps(THIRD), json.dumps(CLASSES)],
            check=True,
            capture_output=True,
            text=True,
        )
        for name, names in json.loads(completed.stdout).items():
            (classes if name in CLASSES else modules).setdefault(name, set()).update(filter(_public, names))
    return {k: sorted(v) for k, v in modules.items()}, {k: sorted(v) for k, v in classes.items()}


def document(tables: Mapping[str, Any]) -> str:
    """A module or class a line, so that a change of one is a change of a line."""

    def lines(table: Any) -> str:
        if isinstance(table, dict):
            return "{\n" + ",\n".join(f"{_compact(name)}:{_compact(table[name])}" for name in sorted(table)) + "\n}"
        return "[\n" + ",\n".join(map(_compact, table)) + "\n]"

    return "{\n" + ",\n".join(f"{_compact(name)}:{lines(tables[name])}" for name in sorted(tables)) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--typeshed", type=Path, required=True)
    parser.add_argument("--python", type=Path, action="append", default=[])
    options = parser.parse_args()
    tables = Tables(Stubs(options.typeshed))
    for name in MODULES:
        tables.add_module(name)
    modules, classes = third_party(options.python)
    if not options.python and TARGET.exists():
        kept = json.loads(TARGET.read_text(encoding="utf-8"))
        modules, classes = kept["third"], kept["third_classes"]
    class_names: set[str] = set()
    pending = {c for table in tables.modules.values() for c in _named(table)} | {
        c for c in tables.classes if c.startswith("builtins.")
    }
    while pending:
        class_names |= pending
        pending = {c for name in pending for c in _named(tables.classes[name])} - class_names - {"~"}
    tables.classes["re.Pattern"].setdefault("scanner", 0)  # there is one, although no page says so
    result = {
        "modules": tables.modules,
        "classes": {
            k: {n: e for n, e in sorted(v.items()) if _public(n) or n == "*"}
            for k, v in sorted(tables.classes.items())
            if k in class_names
        },
        "third": modules,
        "third_classes": classes,
        "stdlib": sorted(sys.stdlib_module_names),
    }
    TARGET.write_text(document(result), encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {len(tables.modules)} modules, {len(result['classes'])} classes")


def _named(table: dict[str, Any]) -> Iterator[str]:
    for entry in table.values():
        if isinstance(entry, dict):
            yield from entry.get("r", ())
            yield from entry.get("t", ())


if __name__ == "__main__":
    main()
