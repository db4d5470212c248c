"""Three kinds of names in pickles: those that models usually hold, those that run commands or reach files, all
others."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Literal

from scoredock.late_dataclass import dataclass

Kind = Literal["known", "unknown", "bad"]

_WAYS_OUT = frozenset(
    (
        "__base__",
        "__bases__",
        "__builtins__",
        "__class__",
        "__closure__",
        "__code__",
        "__dict__",
        "__func__",
        "__getattr__",
        "__getattribute__",
        "__globals__",
        "__import__",
        "__init_subclass__",
        "__loader__",
        "__mro__",
        "__self__",
        "__spec__",
        "__subclasses__",
        "__wrapped__",
        "mro",
        "gi_frame",
        "f_builtins",
        "f_globals",
        "f_locals",
    )
)
"""Attributes that lead from any object to everything there is."""


@dataclass(frozen=True, slots=True)
class Names:
    """Contents of `names.json`."""

    known_names: frozenset[str]
    """`module.attribute`, exactly."""
    bad: frozenset[str]
    """`module.attribute`, exactly."""
    bad_modules: frozenset[str]
    """Everything in them and in what lies below them."""
    renamed_modules: Mapping[str, str]
    """What the unpickler takes instead for pickles of Python 2: modules."""
    renamed: Mapping[tuple[str, str], tuple[str, str]]

    def kind(self, module: str, attribute: str) -> Kind:
        """Kind of what is imported under exactly this name."""
        name = f"{module}.{attribute}"
        if name in self.known_names:
            return "known"
        if name in self.bad or self._is_in_bad_module(module):
            return "bad"
        parts = attribute.split(".")
        if not _WAYS_OUT.isdisjoint(parts):
            return "bad"
        # `package.os.system`: a module that another one has imported leads to the same thing.
        for start in range(len(parts)):
            # The first part may be a module as well: what `from package import os` gives.
            owner, rest = parts[start], parts[start + 1 :]
            if rest and (
                self._is_in_bad_module(owner.lstrip("_"))
                or self._is_in_bad_module(owner)
                or ".".join(parts[start:]) in self.bad
            ):
                return "bad"
        # `Path.write_text` of a class that may be named, or `eval.__call__` of a function that may not.
        whole = name.split(".")
        if any(".".join(whole[:end]) in self.bad for end in range(2, len(whole))):
            return "bad"
        return "unknown"

    def imported_name(self, module: str, attribute: str, protocol: int) -> tuple[str, str]:
        """The name that the unpickler really imports."""
        if protocol >= 3:
            return module, attribute
        if (module, attribute) in self.renamed:
            return self.renamed[module, attribute]
        return self.renamed_modules.get(module, module), attribute

    def _is_in_bad_module(self, module: str) -> bool:
        while module:
            if module in self.bad_modules:
                return True
            module = module.rpartition(".")[0]
        return False


@functools.cache
def names() -> Names:
    """The lists of this release."""
    import _compat_pickle

    text = importlib.resources.files("scoredock.pickles").joinpath("names.json").read_text("utf-8")
    document = json.loads(text)
    known_names = {
        f"{module}.{attribute}"
        for part in (document["known"], document["found"])
        for module, attributes in part.items()
        for attribute in attributes
    }
    bad = {f"{module}.{attribute}" for module, attributes in document["bad"].items() for attribute in attributes}
    return Names(
        frozenset(known_names),
        frozenset(bad),
        frozenset(document["bad modules"]),
        dict(_compat_pickle.IMPORT_MAPPING),
        dict(_compat_pickle.NAME_MAPPING),
    )
