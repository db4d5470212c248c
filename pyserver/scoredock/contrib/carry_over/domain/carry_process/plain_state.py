"""A model as plain state: JSON for what is small, arrays beside it, and names for classes and functions of packages.

Numbers, texts and null stand as they are; all else is `{"a kind": …}`. What is met twice is `{"ref": number}` the
second time, as forests and pipelines share their parts.
"""

import base64
import functools
import importlib
import json
import os
import random
import types
from typing import Any, Dict, List, Set

from .failures import CannotCarry

_PACKAGES = ("sklearn", "numpy", "scipy", "builtins", "math", "operator", "collections", "functools")
"""Packages whose functions and classes a name is enough for."""


def dump(model: Any, folder: str, release: str) -> None:
    """Writes `state.json` and `arrays.npz`. Raises CannotCarry `classes` with the names of what cannot be carried."""
    writer = _PlainStateWriter()
    root = writer.encoded(model)
    if writer.foreign:
        raise CannotCarry("classes", sorted(writer.foreign))
    importlib.import_module("numpy").savez(os.path.join(folder, "arrays.npz"), **writer.arrays)
    with open(os.path.join(folder, "state.json"), "w", encoding="utf-8") as stream:
        json.dump({"made": release, "model": root, "left": sorted(writer.left)}, stream)


class _PlainStateWriter:
    """Encodes one model."""

    def __init__(self) -> None:
        self.arrays: Dict[str, Any] = {}
        self.foreign: Set[str] = set()
        """What is of another package than those here."""
        self.left: Set[str] = set()
        """Compiled objects of scikit-learn that have no plain state; what needs them says so when it is run."""
        self._met: Dict[int, int] = {}
        self._kept: List[Any] = []
        self._numpy = importlib.import_module("numpy")
        self._sparse = importlib.import_module("scipy.sparse")
        self._base = importlib.import_module("sklearn.base").BaseEstimator

    def encoded(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
            return value
        if id(value) in self._met:
            return {"ref": self._met[id(value)]}
        for encode in (self._container, self._of_numpy, self._of_packages, self._function, self._object):
            node = encode(value)
            if node is not None:
                return node
        self._refuse(value)
        return None

    def _number(self, value: Any) -> int:
        """Remembers a thing, and keeps it, so that nothing else gets its id."""
        number = len(self._met)
        self._met[id(value)] = number
        self._kept.append(value)
        return number

    def _refuse(self, value: Any) -> None:
        kind = type(value)
        name = "{}.{}".format(kind.__module__, kind.__qualname__)
        if kind.__module__.split(".")[0] == "sklearn":
            self.left.add(name)
        else:
            self.foreign.add(name)

    def _items(self, values: Any) -> List[Any]:
        return [self.encoded(each) for each in values]

    def _container(self, value: Any) -> Any:
        if type(value) in (list, tuple, set, frozenset):
            number = self._number(value)
            return {type(value).__name__: self._items(value), "number": number}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return {"tuple": self._items(value)}
        if isinstance(value, dict):
            kind = "bunch" if type(value).__name__ == "Bunch" else "dict"
            number = self._number(value)
            return {kind: [[self.encoded(key), self.encoded(each)] for key, each in value.items()], "number": number}
        if isinstance(value, bytes):
            return {"bytes": base64.b64encode(value).decode("ascii")}
        if isinstance(value, slice):
            return {"slice": self._items((value.start, value.stop, value.step))}
        if isinstance(value, range):
            return {"range": [value.start, value.stop, value.step]}
        return None

    def _of_numpy(self, value: Any) -> Any:
        numpy = self._numpy
        if isinstance(value, numpy.ma.MaskedArray):
            return {"masked": [self.encoded(value.data), self.encoded(numpy.ma.getmaskarray(value))]}
        if isinstance(value, numpy.ndarray):
            number = self._number(value)
            if value.dtype.hasobject:
                items = self._items(value.ravel().tolist())
                return {"objects": items, "shape": list(value.shape), "number": number}
            name = "a{}".format(len(self.arrays))
            self.arrays[name] = value
            return {"array": name, "number": number}
        if isinstance(value, numpy.generic):
            return {"scalar": [value.dtype.str, value.item()]} if value.dtype.kind in "biufU" else None
        if isinstance(value, numpy.dtype):
            return {"dtype": value.str} if value.names is None else None
        if isinstance(value, numpy.random.RandomState):
            number = self._number(value)
            return {"randomState": self.encoded(list(value.get_state())), "number": number}
        return None

    def _of_packages(self, value: Any) -> Any:
        if self._sparse.issparse(value):
            compressed = value.tocsr() if value.format not in ("csr", "csc") else value
            parts = [compressed.data, compressed.indices, compressed.indptr]
            return {"sparse": compressed.format, "parts": self._items(parts), "shape": list(compressed.shape)}
        kind = type(value)
        if kind.__module__ == "sklearn.tree._tree" and kind.__name__ == "Tree":
            number = self._number(value)
            state = value.__getstate__()
            sizes = [value.n_features, self._numpy.asarray(value.n_classes), value.n_outputs]
            fields = {name: self.encoded(each) for name, each in state.items()}
            return {"tree": self._items(sizes), "state": fields, "number": number}
        if kind.__module__.split(".")[0] == "pandas" and hasattr(value, "tolist"):
            return {"index": self._items(value.tolist())}
        return None

    def _function(self, value: Any) -> Any:
        if isinstance(value, functools.partial):
            return {"partial": self._items((value.func, list(value.args), dict(value.keywords)))}
        if isinstance(value, self._numpy.ufunc):
            home = "scipy.special" if hasattr(importlib.import_module("scipy.special"), value.__name__) else "numpy"
            return {"name": ["numpy" if hasattr(self._numpy, value.__name__) else home, value.__name__]}
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            module = getattr(value, "__module__", None) or "builtins"
            name = getattr(value, "__qualname__", value.__name__)
            if module.split(".")[0] not in _PACKAGES or "<" in name:
                self.foreign.add("{}.{}".format(module, name))
                return {"name": [module, name]}
            return {"name": [module, name]}
        return None

    def _object(self, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, random.Random):
            return {"name": ["builtins", "None"]}
        if kind.__module__.split(".")[0] != "sklearn" or not hasattr(value, "__dict__"):
            return None
        number = self._number(value)
        parameters: List[str] = []
        if isinstance(value, self._base):
            parameters = sorted(value.get_params(deep=False))
        return {
            "object": [kind.__module__, kind.__qualname__],
            "parameters": parameters,
            "state": {name: self.encoded(each) for name, each in vars(value).items()},
            "number": number,
        }
