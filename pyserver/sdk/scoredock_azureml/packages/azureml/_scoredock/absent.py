"""What v1 has and this machine has no counterpart of: it can be imported, and says so in one sentence when used."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from azureml._scoredock.failures import not_here

TRAINING = "Train with your own tools or MLflow, then register the model with Model.register."
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_CLOUD = "Deploy with AciWebservice or AksWebservice, which run here as LocalWebservice does."
DATA = "Read the file with your own tools; Dataset.Tabular.from_delimited_files takes sample requests."
_IN_SERVICES = "It belongs into an entry script: in a service the scoring runtime answers for it."
PACKAGES: Dict[str, str] = {
    "azureml.accel": _CLOUD,
    "azureml.ai": _IN_SERVICES,
    "azureml.automl": TRAINING,
    "azureml.contrib": TRAINING,
    "azureml.contrib.services": _IN_SERVICES,
    "azureml.data": DATA,
    "azureml.datadrift": TRAINING,
    "azureml.explain": TRAINING,
    "azureml.interpret": TRAINING,
    "azureml.monitoring": _IN_SERVICES,
    "azureml.opendatasets": DATA,
    "azureml.pipeline": TRAINING,
    "azureml.telemetry": "Nothing is sent to Azure; leave it out.",
    "azureml.tensorboard": "Open the runs in MLflow.",
    "azureml.train": TRAINING,
    "azureml.widgets": "Open the run in MLflow, or in the Models view of Scoredock.",
}
"""Packages of the SDK whose other modules can be imported, with what to do instead of using them."""


class _Absent(type):
    """A class whose objects and attributes are refused."""

    _instead = ""

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise not_here(cls.__name__, cls._instead)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_here(f"{cls.__name__}.{name}", cls._instead)


def absent(name: str, instead: str) -> Any:
    """The class of v1 of that name; whatever is done with it raises UserErrorException with `sdk-not-here`."""
    return _Absent(name, (), {"_instead": instead, "__doc__": f"Not here. {instead}"})


def refuse_each(kind: Any, names: Sequence[str], instead: str) -> None:
    """Gives a class the methods of v1 that it has no counterpart of: each raises UserErrorException with
    `sdk-not-here`."""
    for name in names:
        setattr(kind, name, _refusing(f"{kind.__name__}.{name}", instead))


def refuse_arguments(made: Any, given: Mapping[str, Any]) -> None:
    """Raises UserErrorException with `sdk-not-here` for the first argument that has no counterpart here: the class has
    them in `_refused_arguments`, with what to do instead."""
    for name, instead in type(made)._refused_arguments.items():
        if given.get(name) is not None:
            raise not_here(f"{type(made).__name__}({name})", instead)


def _refusing(what: str, instead: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise not_here(what, instead)

    refuse.__doc__ = f"Not here. {instead}"
    return refuse


def every_name(module: str, instead: str) -> Callable[[str], Any]:
    """`__getattr__` of a package: whatever it is asked for is absent, but for its own modules."""

    def find(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        whole = f"{module}.{name}"
        # What is really there is a module that the import system has yet to import.
        there = whole in sys.modules or PathFinder.find_spec(whole, sys.modules[module].__path__) is not None
        if there:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return absent(name, instead)

    return find


def these_names(module: str, names: Sequence[str], instead: str) -> Callable[[str], Any]:
    """`__getattr__` of a module that is here: only these are absent."""

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return absent(name, instead)

    return find


class AbsentModules:
    """Asked first: an installed package that builds on azureml-core cannot work with ours in its place."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        """Named by the import system; None for what is not absent."""
        if _instead_of(fullname) is None or _is_ours(fullname):
            return None
        return ModuleSpec(fullname, _Loader, origin="scoredock-azureml", is_package=True)  # type: ignore[arg-type]


class _Loader:
    """Makes a module that has every name."""

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """None is the import system's default."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Gives it what answers for its names."""
        vars(module)["__getattr__"] = every_name(module.__name__, _instead_of(module.__name__) or TRAINING)


def _is_ours(module: str) -> bool:
    """Whether it lies in the folder of this package."""
    parts = module.split(".")[1:]
    place = os.path.join(_OURS, *parts)
    return os.path.isfile(f"{place}.py") or os.path.isfile(os.path.join(place, "__init__.py"))


def _instead_of(module: str) -> Optional[str]:
    """What to do instead of a module of one of the packages; None for other modules."""
    while module:
        if module in PACKAGES:
            return PACKAGES[module]
        module = module.rpartition(".")[0]
    return None


def install() -> None:
    """Puts the finder first; harmless when it is there."""
    if AbsentModules not in sys.meta_path:
        sys.meta_path.insert(0, AbsentModules)
