"""Tells what the script around a call expects: whether it handles a failure, or asks whether something exists."""

from __future__ import annotations

import ast
import linecache
import os
import sys
import sysconfig
from types import FrameType
from typing import Callable, Optional

import azureml

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(azureml.__file__)))) + os.sep
_PACKAGES = tuple({sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib")})
_OTHERS = (
    _OURS,
    *_PACKAGES,
    *{sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")},
)
"""Folders with no code of the person: ours, those of packages and Python's."""
_ALL = ("Exception", "BaseException")
_TELLING = {"critical", "debug", "error", "exception", "exit", "format", "format_exc", "info", "len", "log", "print"}
_TELLING |= {"print_exc", "quit", "repr", "str", "type", "warn", "warning", "write"}
"""Functions of a handler that only tells of a failure, and ends."""
_ANSWERS = (ast.Return, ast.Break, ast.Continue, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Import, ast.ImportFrom)
"""What a handler of a failure that is awaited does for the lines behind it."""


def handles_failure(is_ready: Callable[[ast.ExceptHandler], bool] = lambda _: True) -> bool:
    """True if the call is made inside a `try` with such a handler, of the person or of a package that calls the SDK for
    them; what starts scripts, as pytest does, is not meant. True as well where that cannot be seen: then the script
    gets the exception that the SDK would raise."""
    frame: Optional[FrameType] = sys._getframe(1)
    has_source = False
    while frame is not None:
        path = frame.f_code.co_filename
        is_own = not path.startswith(_OTHERS)
        if is_own or (not has_source and path.startswith(_PACKAGES) and not path.startswith(_OURS)):
            source = "".join(linecache.getlines(path, frame.f_globals))
            has_source = has_source or (is_own and bool(source))
            if _is_guarded(source, frame.f_lineno, is_ready):
                return True
        frame = frame.f_back
    return not has_source


def _is_guarded(source: str, line: int, is_ready: Callable[[ast.ExceptHandler], bool]) -> bool:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # magics of a notebook
        return True
    return any(
        isinstance(node, ast.Try)
        and node.handlers
        and node.lineno <= line < node.handlers[0].lineno
        and any(is_ready(each) for each in node.handlers)
        for node in ast.walk(tree)
    )


def awaits_failure(handler: ast.ExceptHandler) -> bool:
    """True if it does more than to tell of a failure, as whoever wraps a whole script. One that names an exception and
    sets or returns anything awaits it, too."""
    nodes = list(ast.walk(handler))
    called = [each.func for each in nodes if isinstance(each, ast.Call)]
    names = {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in called}
    is_named = not isinstance(handler.type, (ast.Name, type(None))) or getattr(handler.type, "id", _ALL[0]) not in _ALL
    return not names <= _TELLING or (is_named and any(isinstance(each, _ANSWERS) for each in nodes))


def asks_whether(name: str) -> bool:
    """True if the caller of the caller asks by `hasattr`, or by `getattr` with a default, if there is an attribute of
    that name."""
    frame = sys._getframe(2)
    try:
        tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals)))
    except SyntaxError:  # magics of a notebook
        return False
    return any(
        isinstance(node, ast.Call)
        and (getattr(node.func, "id", ""), len(node.args)) in (("hasattr", 2), ("getattr", 3))
        and ast.dump(node.args[1]) == ast.dump(ast.parse(repr(name), mode="eval").body)
        and node.lineno <= frame.f_lineno <= getattr(node, "end_lineno", node.lineno)
        for node in ast.walk(tree)
    )
