"""Runs a script as `python SCRIPT …` does, and leaves word of a failure for an editor: `python run_script.py SCRIPT …`,
in the Python of the script. Standard library only.
"""

import ast
import os
import sys
import types
from importlib.machinery import SourceFileLoader
from types import TracebackType
from typing import Any, Dict, Optional, Type

from azureml._scoredock.later_sdk import advice_on_later_sdk
from azureml._scoredock.other_release import advice_on
from azureml._scoredock.report import REPORT_OF_THIS_RUN

_SHELL = "get_ipython"
_KEPT = [sys.modules["__main__"]]
"""The module of this file: Python would empty it when the script's takes its place."""


def main(path: str) -> None:
    """Whatever ends the script ends the process as Python would end it."""
    REPORT_OF_THIS_RUN.begin()
    sys.excepthook = _show
    whole = os.path.abspath(path)
    module = types.ModuleType("__main__")
    module.__file__ = whole
    module.__loader__ = SourceFileLoader("__main__", whole)
    names = vars(module)
    names.update(__builtins__=__builtins__, __cached__=None, __annotations__={})
    sys.modules["__main__"] = module
    try:
        with open(whole, "rb") as file:
            text = file.read()
        _add_shell(text, names)
        exec(compile(text, whole, "exec", dont_inherit=True), names)  # noqa: S102 (the person's own script)
    except BaseException as error:  # Ctrl-C as well; it goes on to Python, which tells it
        REPORT_OF_THIS_RUN.add(error)
        raise


def _add_shell(text: bytes, names: Dict[str, Any]) -> None:
    """Adds the shell that a notebook saved as a script calls for its magics and lines of the shell."""
    if _SHELL.encode() not in text:
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return  # which the run tells
    statements = [each for each in tree.body if isinstance(each, (ast.Expr, ast.Assign))]
    if any(isinstance(node, ast.Name) and node.id == _SHELL for each in statements for node in ast.walk(each)):
        from azureml._scoredock.magics import Magics
        from azureml._scoredock.shell import ZMQInteractiveShell

        def execute(body: str) -> None:
            exec(body, names)  # noqa: S102 (the same)

        magics = Magics(names, execute)
        magics.place = os.path.basename(str(names["__file__"]))
        shell = ZMQInteractiveShell(magics)
        names[_SHELL] = lambda: shell


def _show(kind: Type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> Any:
    """The traceback from the script on, as Python shows it."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)
    for line in (*advice_on_later_sdk(error), *advice_on(error, "run")):
        print(line, file=sys.stderr)


if __name__ == "__main__":
    # Modules are looked for beside the script, and not in the folder of this file.
    folder = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == folder:
        sys.path[0] = os.path.dirname(os.path.realpath(sys.argv[1]))
    del sys.argv[0]
    main(sys.argv[0])
