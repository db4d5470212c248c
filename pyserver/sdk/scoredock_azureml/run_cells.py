"""Runs the cells of a notebook one after the other: `python run_cells.py CELLS.json`, in the Python of the script.

Output is printed as it comes, and the value of a cell's last line as a notebook shows it. An error ends the run and
names cell and line. Standard library only.
"""

import __future__

import ast
import builtins
import contextlib
import json
import linecache
import os
import sys
import traceback
import types
from typing import Any, Dict, List

from azureml._scoredock.later_sdk import advice_on_later_sdk
from azureml._scoredock.magics import CellError, Magics
from azureml._scoredock.other_release import advice_on
from azureml._scoredock.report import REPORT_OF_THIS_RUN
from azureml._scoredock.shell import ZMQInteractiveShell

_FAILED = 1
_KEPT = [sys.modules["__main__"]]
"""The module of this file: Python would empty it when that of the cells takes its place."""

_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
"""Flags of what is imported from `__future__`."""


def main(path: str) -> int:
    """0 when all cells have run, 1 when one has not."""
    with open(path, encoding="utf-8") as file:
        book = json.load(file)
    os.unlink(path)
    if os.path.basename(os.path.dirname(path)).startswith("scoredock-"):
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(path))
    os.chdir(os.path.dirname(os.path.abspath(book["notebook"])))
    # As in Jupyter: modules are looked for in the current folder, which a cell may change, and there are no arguments.
    sys.path.insert(0, "")
    run = _Notebook(os.path.basename(book["notebook"]))
    REPORT_OF_THIS_RUN.begin((f"{run.title}, cell ", os.path.abspath(book["notebook"])))
    sys.argv = [run.title]
    for cell in book["cells"]:
        try:
            run.cell(cell)
        except SystemExit as ended:
            return _ended(ended, run.title, cell["number"])
        except BaseException as error:  # a Ctrl-C as well: what has stopped the notebook is reported, and it ends
            _tell(error, run.title, cell["number"])
            REPORT_OF_THIS_RUN.add(error, cell["number"])
            return _FAILED
    return 0


class _Notebook:
    """The names of its cells, and what runs them."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._place = title
        # As in Jupyter: the module of the cells has no file, by which packages know a notebook, and pickles find in it
        # the classes of the cells.
        module = types.ModuleType("__main__")
        self._names = vars(module)
        self._names["__builtins__"] = builtins
        sys.modules["__main__"] = module
        self._future = 0
        self._magics = Magics(self._names, self._execute)
        shell = ZMQInteractiveShell(self._magics)
        # As IPython has it, for modules that the notebook imports, too. Not so `get_ipython`: packages that find it ask
        # for a kernel.
        vars(builtins)["display"] = _display
        self._names.update(
            _scoredock_shell=self._magics.shell,
            _scoredock_lines=self._magics.lines,
            _scoredock_magic=self._magics.line,
            get_ipython=lambda: shell,
        )

    def cell(self, cell: Dict[str, Any]) -> None:
        """Runs one."""
        self._place = self._magics.place = f"{self.title}, cell {cell['number']}"
        if cell["magic"]:
            self._magics.cell(cell["magic"], cell["line"], cell["text"], cell["body"])
        else:
            self._execute(cell["body"])
        if self._magics.has_figures_inline and "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")  # as in Jupyter, where the next cell has figures of its own

    def _execute(self, body: str) -> None:
        place, names = self._place, self._names
        linecache.cache[place] = (len(body), None, body.splitlines(keepends=True), place)
        tree = ast.parse(body, place)
        last: List[ast.stmt] = []
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not body.rstrip().endswith(";"):
            last = [tree.body.pop()]
        for each in list(tree.body):
            tree.body = [each]
            exec(self._compile(tree, place, "exec"), names)  # noqa: S102 (the notebook of the person who runs it)
        for statement in last:
            assert isinstance(statement, ast.Expr)  # noqa: S101 (chosen above)
            value = eval(self._compile(ast.Expression(statement.value), place, "eval"), names)  # noqa: S307 (the same)
            if value is not None:
                names["_"] = value
                print(repr(value))

    def _compile(self, tree: Any, place: str, mode: str) -> Any:
        """One statement by itself, as IPython does: what one imports from `__future__`, wherever it stands, holds for
        all that follow."""
        code = compile(tree, place, mode, self._future, dont_inherit=True)
        self._future |= code.co_flags & _FUTURES
        return code


def _display(*shown: Any, **_: Any) -> None:
    """Prints what IPython's `display` shows, as text."""
    for each in shown:
        print(repr(each))


def _ended(ended: SystemExit, title: str, number: int) -> int:
    """The exit code; the cell is named where it is not 0."""
    code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    if code:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        print(f"error: {title}: cell {number}: the notebook has ended here with exit code {code}", file=sys.stderr)
    return code


def _tell(error: BaseException, title: str, number: int) -> None:
    """The traceback from the cell on, and where it was on one line."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(f"{title}, cell ")]
    line = error.lineno if isinstance(error, SyntaxError) else own[-1].lineno if own else 1
    if isinstance(error, CellError):
        print(f"{title}, cell {number}: {error}", file=sys.stderr)
    else:
        shown = frames[frames.index(own[0]) :] if own else frames[-1:]
        print("Traceback (most recent call last):", file=sys.stderr)
        sys.stderr.write("".join(traceback.format_list(shown)))
        sys.stderr.write("".join(traceback.format_exception_only(type(error), error)))
        for each in (*advice_on_later_sdk(error), *advice_on(error, "notebook")):
            print(each, file=sys.stderr)
    print(f"error: {title}: cell {number}, line {line}: the notebook has stopped here", file=sys.stderr)


if __name__ == "__main__":
    # The folder of this file is no place to import from.
    sys.path.pop(0)
    sys.exit(main(sys.argv[1]))
