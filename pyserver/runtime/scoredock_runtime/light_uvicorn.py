"""Imports uvicorn without its command line, which is half of its import time and of no use in a worker."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_LEFT_OUT = "uvicorn.main"


def load() -> ModuleType:
    """The uvicorn package; what was left out is imported when somebody asks for it after all."""
    if "uvicorn" in sys.modules:
        return sys.modules["uvicorn"]
    absent: Any = ModuleType(_LEFT_OUT)
    absent.Server = absent.main = absent.run = None
    sys.modules[_LEFT_OUT] = absent
    try:
        uvicorn: Any = importlib.import_module("uvicorn")
    except ImportError:
        # A version that is built otherwise: imported as a whole.
        del sys.modules[_LEFT_OUT]
        return importlib.import_module("uvicorn")
    del sys.modules[_LEFT_OUT]
    for name in ("main", "run"):
        if vars(uvicorn).get(name) in (None, absent):
            vars(uvicorn).pop(name, None)
    uvicorn.Server = importlib.import_module("uvicorn.server").Server
    if "__getattr__" not in vars(uvicorn):
        uvicorn.__getattr__ = _late
    return uvicorn  # type: ignore[no-any-return]


def _late(name: str) -> Any:
    if name not in ("main", "run"):
        raise AttributeError(f"module 'uvicorn' has no attribute {name!r}")
    return getattr(importlib.import_module(_LEFT_OUT), name)
