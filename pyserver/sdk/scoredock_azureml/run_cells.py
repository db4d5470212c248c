"""Runs the cells of a notebook one after the other: `python run_cells.py CELLS.json`, in the Python of the script.

Output is printed as it comes, and the value of a cell's last line as a notebook shows it. An error ends the run and
names cell and line. Standard library only.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import subprocess
import sys
import traceback
from typing import Any, Dict, List

_OURS = ("azureml-core", "azureml-sdk", "azureml-defaults", "azureml-train", "scoredock-azureml")
_FAILED = 1


def main(path: str) -> int:
    """0 when all cells have run, 1 when one has not."""
    with open(path, encoding="utf-8") as file:
        book = json.load(file)
    os.unlink(path)
    os.chdir(os.path.dirname(os.path.abspath(book["notebook"])))
    sys.path.insert(0, os.getcwd())
    names: Dict[str, Any] = {"__name__": "__main__", "_scoredock_shell": shell}
    title = os.path.basename(book["notebook"])
    for cell in book["cells"]:
        try:
            _run(cell, f"{title}, cell {cell['number']}", names)
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException as error:  # a Ctrl-C as well: what has stopped the notebook is told, and it ends
            _tell(error, title, cell["number"])
            return _FAILED
    return 0


def _run(cell: Dict[str, Any], place: str, names: Dict[str, Any]) -> None:
    kind, body = cell["kind"], cell["body"]
    if kind == "file":
        folder = os.path.dirname(cell["target"])
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(cell["target"], "a" if cell["appends"] else "w", encoding="utf-8") as file:
            file.write(body)
        print(f"{'Appending to' if cell['appends'] else 'Writing'} {cell['target']}")
    elif kind == "shell":
        shell(body)
    elif kind == "other":
        print(f"{place}: left out, as it is no Python: {body}", file=sys.stderr)
    else:
        for line in cell["left"]:
            print(f"{place}: left out: {line}", file=sys.stderr)
        _execute(body, place, names)


def _execute(body: str, place: str, names: Dict[str, Any]) -> None:
    linecache.cache[place] = (len(body), None, body.splitlines(keepends=True), place)
    tree = ast.parse(body, place)
    last: List[ast.stmt] = []
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not body.rstrip().endswith(";"):
        last = [tree.body.pop()]
    exec(compile(tree, place, "exec"), names)  # noqa: S102 (the notebook of the person who runs it)
    for statement in last:
        assert isinstance(statement, ast.Expr)  # noqa: S101 (chosen above)
        value = eval(compile(ast.Expression(statement.value), place, "eval"), names)  # noqa: S307 (the same)
        if value is not None and not _is_shell(statement.value):
            names["_"] = value
            print(repr(value))


def _is_shell(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "_scoredock_shell"


def shell(command: str) -> List[str]:
    """A line for the shell: printed as it comes, and given back as lines."""
    words = command.split()
    if "pip" in words and "install" in words and any(word.startswith(_OURS) for word in words):
        print(f"left out, as Scoredock answers for the SDK: {command}", file=sys.stderr)
        return []
    # A shell line of a notebook is for the shell.
    done = subprocess.run(  # noqa: S602
        command, shell=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    text = done.stdout.decode("utf-8", "replace")
    sys.stdout.write(text)
    return text.splitlines()


def _tell(error: BaseException, title: str, number: int) -> None:
    """The traceback from the cell on, and where it was on one line."""
    sys.stdout.flush()
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(f"{title}, cell ")]
    line = error.lineno if isinstance(error, SyntaxError) else own[-1].lineno if own else 1
    shown = frames[frames.index(own[0]) :] if own else frames[-1:]
    print("Traceback (most recent call last):", file=sys.stderr)
    sys.stderr.write("".join(traceback.format_list(shown)))
    sys.stderr.write("".join(traceback.format_exception_only(type(error), error)))
    print(f"error: {title}: cell {number}, line {line}: the notebook has stopped here", file=sys.stderr)


if __name__ == "__main__":
    # The folder of this file is no place to import from.
    sys.path.pop(0)
    sys.exit(main(sys.argv[1]))
