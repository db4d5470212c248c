"""Parts of Azure's SDK that a service lacks: their import passes, as in Azure, and a use of them says what is missing.

Loaded by the first import of `azureml.*`, and read by the interpreter of a script as well: Python 3.6.
"""

import builtins
import importlib
import os
import sys
from functools import lru_cache
from opcode import opname
from types import FrameType, ModuleType
from typing import Any, Dict, List, Optional, Sequence, Tuple, Type

from scoredock_runtime.shims import MODULES

_REASON = (
    "{} needs the real package: add {} to the environment. In a service of Scoredock there is no workspace and no run;"
    " pass what the script needs as a model, a file or a variable. [sdk-not-here]"
)
_OF_PARTS = ("automl", "contrib", "explain", "pipeline")
"""Below `azureml`: packages whose parts are distributions of their own."""
_OF_CORE = ("core", "data", "exceptions")
_WHOLE = ("azureml.contrib.services.aml_request", "azureml.contrib.services.aml_response")
"""Modules of which every name is here, so that another one cannot be imported, as in Azure."""
_MACHINERY = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")
_DEBUGGER = "pydev_import_hook.py"
"""A function in place of `__import__`, while a debugger is there."""
_CATCHING = ("BaseException", "Exception", "ImportError", "ModuleNotFoundError")


def sentence(name: str) -> str:
    """Message of a use of a dotted name."""
    return _REASON.format(name, _distribution(name.split(".")))


def _distribution(parts: Sequence[str]) -> str:
    first, second = ([*parts[1:], "", ""])[:2]
    if first in _OF_CORE or first.startswith("_"):
        return "azureml-sdk, which brings azureml-core,"
    if first == "train":
        return "azureml-train-automl" if second == "automl" else "azureml-train-core"
    return f"azureml-{first}-{second}" if first in _OF_PARTS and second else f"azureml-{first}"


class Absent(type):
    """The class of such names: whatever calls one, takes an attribute or derives from it raises ImportError. Naming it
    does not: annotations, `except` and `isinstance` are right, as there can be no such object."""

    def __new__(mcs, name: str, bases: Tuple[type, ...], content: Dict[str, Any]) -> "Absent":
        for base in bases:
            if isinstance(base, Absent):
                raise ImportError(sentence(base.__doc__ or ""))
        return super().__new__(mcs, name, bases, content)

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise ImportError(sentence(cls.__doc__ or ""))

    def __getitem__(cls, _: Any) -> Any:
        raise ImportError(sentence(cls.__doc__ or ""))

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise ImportError(sentence(cls.__doc__ or ""))

    def __repr__(cls) -> str:
        return f"<{cls.__doc__}, which this service lacks>"


def _unpickled(cls: Absent, *_: Any, **__: Any) -> Any:
    """In place of `__new__`, which pickles ask without a call."""
    raise ImportError(sentence(cls.__doc__ or ""))


@lru_cache(maxsize=1024)
def absent(dotted: str) -> Type[Exception]:
    """The name; always the same object. An exception, so that `except` can name it."""
    module, _, name = dotted.rpartition(".")
    content = {"__module__": module, "__doc__": dotted, "__new__": _unpickled}
    return Absent(name, (Exception,), content)  # type: ignore[return-value]


class AzureModule(ModuleType):
    """A module below `azureml`: it has every name."""

    def __getattr__(self, name: str) -> Any:
        dotted = f"{self.__name__}.{name}"
        if dotted in MODULES:
            return importlib.import_module(dotted)
        frame = _asking()
        if name == "__all__":
            return [each for each in vars(self) if not each.startswith("_")] + _names_wanted(frame)
        if name.startswith("_") or self.__name__ in _WHOLE:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if _is_import(frame) and is_awaited(frame):
            raise ModuleNotFoundError(sentence(dotted), name=dotted)
        return absent(dotted)


def is_served(fullname: str, path: Optional[Sequence[str]]) -> bool:
    """True if an import of a module that nobody has passes: one by a statement, whose failure nobody awaits, of a part
    of the SDK, where nothing of that is installed. `azureml.ai` is packages of their own, which services can have."""
    parent = fullname.rpartition(".")[0]
    is_first = parent == "azureml" and fullname != "azureml.ai"
    has_core = any(os.path.isdir(os.path.join(folder, "core")) for folder in path or ())
    if not isinstance(sys.modules.get(parent), AzureModule) and (not is_first or has_core):
        return False
    frame = _asking()
    return _is_import(frame) and not is_awaited(frame)


def _asking() -> Optional[FrameType]:
    """The code that wants a module or a name of it."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None and _is_machinery(frame):
        frame = frame.f_back
    return frame


def _is_machinery(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    own = str(frame.f_globals.get("__name__", "")).startswith("scoredock_runtime.shims")
    return own or file in _MACHINERY or file.endswith(_DEBUGGER)


def _is_import(frame: Optional[FrameType]) -> bool:
    """True if it is at an import statement: `find_spec`, `getattr` and pickles ask because they want to know."""
    if frame is None or frame.f_lasti < 0:
        return False
    return opname[frame.f_code.co_code[frame.f_lasti]] in ("IMPORT_NAME", "IMPORT_FROM")


def is_awaited(frame: Optional[FrameType]) -> bool:
    """True if the statement, or one that imports the module it is in, is there to see if it can be imported, and the
    script has something else where it cannot. So it is taken where the text cannot be read."""
    while frame is not None and _is_import(frame):
        tree = _tree(frame.f_code.co_filename)
        if tree is None or _is_tried(tree, frame.f_lineno):
            return True
        if frame.f_code.co_name != "<module>":
            return False  # called, and not imported
        frame = frame.f_back
        while frame is not None and _is_machinery(frame):
            frame = frame.f_back
    return False


@lru_cache(maxsize=32)
def _tree(file: str) -> Any:
    import ast

    try:
        with open(file, "rb") as stream:
            return ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def _is_tried(tree: Any, line: int) -> bool:
    import ast

    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    statement = max((node for node in imports if node.lineno <= line), key=lambda node: node.lineno, default=None)
    return any(
        _swallows(node) and any(inner is statement for each in node.body for inner in ast.walk(each))
        for node in ast.walk(tree)
        if isinstance(node, (ast.Try, ast.With))
    )


def _swallows(node: Any) -> bool:
    """True if the block goes on without what it imports: by `except` or `suppress`."""
    import ast

    if isinstance(node, ast.With):
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return any(_last(call.func) == "suppress" and _catches(call.args) for call in calls)
    return any(
        not _gives_up(handler.body[-1])
        and (handler.type is None or _catches(getattr(handler.type, "elts", [handler.type])))
        for handler in node.handlers
    )


def _gives_up(statement: Any) -> bool:
    """True if a handler ends in an exception, or ends the process."""
    import ast

    call = getattr(statement, "value", None)
    return isinstance(statement, ast.Raise) or (
        isinstance(call, ast.Call) and _last(call.func) in ("exit", "_exit", "quit")
    )


def _catches(kinds: List[Any]) -> bool:
    return any(_last(kind) in _CATCHING for kind in kinds)


def _last(node: Any) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _names_wanted(frame: Optional[FrameType]) -> List[str]:
    """Names that `import *` gives: those that the file reads and nothing has bound before, so that a use of one says
    what is missing."""
    import ast

    tree = None if frame is None else _tree(frame.f_code.co_filename)
    if frame is None or tree is None:
        return []
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    bound.update(node.name for node in ast.walk(tree) if isinstance(node, definitions))
    bound.update(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return sorted(name for name in read - bound - set(frame.f_globals) - set(dir(builtins)) if not name.startswith("_"))
