"""What the code of the person around a call is ready for."""

from __future__ import annotations

import ast
import linecache
import os
import sys
import sysconfig
from types import FrameType
from typing import Optional

import azureml

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(azureml.__file__)))) + os.sep
_PACKAGES = tuple({sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib")})
_OTHERS = (
    _OURS,
    *_PACKAGES,
    *{sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")},
)
"""Folders with no code of the person: ours, those of packages and Python's."""


def handles_failure() -> bool:
    """Whether the call is made inside a `try` that has handlers, of the person or of a package that calls the SDK for
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
            if _is_guarded(source, frame.f_lineno):
                return True
        frame = frame.f_back
    return not has_source


def _is_guarded(source: str, line: int) -> bool:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # magics of a notebook
        return True
    return any(
        isinstance(node, ast.Try) and node.handlers and node.lineno <= line < node.handlers[0].lineno
        for node in ast.walk(tree)
    )
