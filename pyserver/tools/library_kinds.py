"""Writes `scoredock/checks/library/kinds.json`: of which plain kinds the arguments of functions may be.

    python tools/library_kinds.py --typeshed FOLDER

Read from the stubs of typeshed (mypy brings them: `…/mypy/typeshed/stdlib`), and only where an annotation names
nothing but plain kinds. Of functions with several forms an argument may be what any of them takes.
"""

from __future__ import annotations

import argparse
import ast
import json
from pathlib import Path

from typeshed_stubs import Stubs, statements_of

TARGET = Path(__file__).resolve().parents[1] / "scoredock" / "checks" / "library" / "kinds.json"
MODULES = ("base64", "builtins", "datetime", "json", "math", "os", "os.path", "re", "time")
CLASSES = {
    "builtins": ("str", "bytes", "int", "float", "list", "dict"),
    "datetime": ("date", "datetime", "time", "timedelta"),
    "pathlib": ("Path", "PurePath"),
}
KINDS = {
    "str": "s",
    "LiteralString": "s",
    "StrPath": "s",
    "bytes": "b",
    "BytesPath": "b",
    "bytearray": "a",
    "ReadableBuffer": "ba",
    "StrOrBytesPath": "sb",
    "FileDescriptorOrPath": "sbio",
    "int": "io",
    "SupportsIndex": "io",
    "float": "fio",
    "_SupportsFloatOrIndex": "fio",
    "list": "l",
    "dict": "d",
    "tuple": "t",
    "set": "e",
}
"""What an annotation stands for: s text, b bytes, a bytearray, i int, o bool, f float, l list, d dict, t tuple, e set,
n None."""

Parameters = dict[str, str]


def kinds_of(node: ast.AST | None) -> str:
    """The kinds that an annotation takes; empty for anything less plain."""
    if isinstance(node, ast.Constant):
        if node.value is None:
            return "n"
        return kinds_of(ast.parse(node.value, mode="eval").body) if isinstance(node.value, str) else ""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.BinOp):
        left, right = kinds_of(node.left), kinds_of(node.right)
        return "".join(sorted({*left, *right})) if left and right else ""
    return KINDS.get(node.id, "") if isinstance(node, ast.Name) else ""


def parameters_of(node: ast.FunctionDef, *, bound: bool) -> Parameters:
    """Kinds of the parameters by position (`0`, `1`, …, `*` for all that follow) and by name."""
    args = node.args
    positional = [*args.posonlyargs, *args.args][1 if bound else 0 :]
    made = {str(number): kinds_of(each.annotation) for number, each in enumerate(positional)}
    named = [each for each in (*args.args, *args.kwonlyargs) if each.arg not in ("self", "cls")]
    made |= {each.arg: kinds_of(each.annotation) for each in named if not each.arg.startswith("__")}
    if args.vararg is not None:
        made["*"] = kinds_of(args.vararg.annotation)
    return made


def merged(forms: list[Parameters]) -> Parameters:
    """Union of the parameters of several forms; a parameter that one of them leaves open is left out."""
    parameters: Parameters = {}
    for key in {key for form in forms for key in form}:
        each = [form.get(key, form.get("*", "") if key.isdigit() else None) for form in forms]
        kinds_by_form = [kinds for kinds in each if kinds is not None]
        if all(kinds_by_form):
            parameters[key] = "".join(sorted(set("".join(kinds_by_form))))
    return parameters


def _is(node: ast.FunctionDef, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in node.decorator_list)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--typeshed", type=Path, required=True)
    stubs = Stubs(parser.parse_args().typeshed)
    table: dict[str, Parameters] = {}
    for module in MODULES:
        for name in sorted(stubs.names(module)):
            nodes = [node for _, node in stubs.nodes(module, name)]
            functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
            if functions and len(functions) == len(nodes) and not name.startswith("_"):
                table[f"{module}.{name}"] = merged([parameters_of(each, bound=False) for each in functions])
    for module, classes in CLASSES.items():
        for name in classes:
            methods: dict[str, list[ast.FunctionDef]] = {}
            for home, node in stubs.nodes(module, name):
                del home
                for inner in statements_of(node.body) if isinstance(node, ast.ClassDef) else ():
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        methods.setdefault(inner.name, []).append(inner)
            for method, forms in methods.items():
                made = [parameters_of(each, bound=not _is(each, "staticmethod")) for each in forms]
                table[f"{module}.{name}.{method}"] = merged(made)
    kept = {name: parameters for name, parameters in table.items() if parameters}
    TARGET.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {len(kept)} functions")


if __name__ == "__main__":
    main()
