"""Names of v1 that have no counterpart on this machine: they can be imported, and say so in one sentence when used."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Sequence

from azureml._scoredock.failures import coded_error, not_here
from azureml._scoredock.members import MEMBERS
from azureml._scoredock.private_modules import private_name
from azureml._scoredock.private_names import PRIVATE_NAMES
from azureml._scoredock.sources import SourceLoader, answer_for_names
from azureml._scoredock.surface import PRIVATE, SURFACE
from azureml.exceptions import AzureMLException, UserErrorException

TRAINING = "Train with your own tools or MLflow, then register the model with Model.register."
PREVIEW = "It belongs to a preview of Azure; do the same with tools of your own."
_EXPLANATIONS = "Explain the model with shap or interpret-community, and keep the result with Run.upload_file."
STANDS = "Run the script that submits the pipeline whenever it is due: `scoredock sdk run` from cron or a CI pipeline."
MACHINE = "A name of a compute target stands for this machine; leave it out."
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_CLOUD = "Deploy with AciWebservice or AksWebservice, which run here as LocalWebservice does."
DATA = "Read the file with your own tools; Dataset.Tabular.from_delimited_files takes sample requests."
_IN_SERVICES = "It belongs into an entry script: in a service the scoring runtime answers for it."
_FIRST_SERVICE = "Of the first web services only generate_schema is here: deploy with an InferenceConfig."
_OPEN_DATA = (
    "Nothing of Azure's open datasets is fetched: download the files yourself, and give their folder to"
    " Dataset.File.from_files, or a table to Dataset.Tabular.from_delimited_files."
)
PACKAGES: Dict[str, str] = {
    "azureml.accel": _CLOUD,
    "azureml.acft": TRAINING,
    "azureml.ai": _IN_SERVICES,
    "azureml.api": _FIRST_SERVICE,
    "azureml.assets": "It belongs to Azure ML Workbench of 2017; give the script the path of a file.",
    "azureml.authentication": _FIRST_SERVICE,
    "azureml.automl": TRAINING,
    "azureml.common": _FIRST_SERVICE,
    "azureml.component": PREVIEW,
    "azureml.contrib": PREVIEW,
    "azureml.contrib.services": _IN_SERVICES,
    "azureml.datacollector": _IN_SERVICES,
    "azureml.dataprep": DATA,
    "azureml.datadrift": "`scoredock drift compare` compares what a service was sent with a dataset.",
    "azureml.deploy": _FIRST_SERVICE,
    "azureml.explain": _EXPLANATIONS,
    "azureml.interpret": _EXPLANATIONS,
    "azureml.logging": "Log with Run.get_context().log.",
    "azureml.monitoring": _IN_SERVICES,
    "azureml.opendatasets": _OPEN_DATA,
    "azureml.pipeline": "Steps that run here are PythonScriptStep, CommandStep, EstimatorStep, HyperDriveStep,"
    " DataTransferStep and ParallelRunStep.",
    "azureml.pipeline.core.schedule": STANDS,
    "azureml.sdk": "Log with Run.get_context().log.",
    "azureml.telemetry": "Nothing is sent to Azure; leave it out.",
    "azureml.tensorboard": "Open the runs in MLflow.",
    "azureml.train": TRAINING,
    "azureml.webservice_schema": _FIRST_SERVICE,
    "azureml.widgets": "Open the run in MLflow, or in the Models view of Scoredock.",
}
"""Packages of the SDK whose other modules can be imported, with what to do instead of using them."""
_CORE: Dict[str, str] = {
    "azureml": "Everything that a workspace of Scoredock has lies on this machine; leave it out.",
    "azureml.core.authentication": "Scoredock asks for no account; leave it out.",
    "azureml.core.compute": MACHINE,
    "azureml.core.compute_target": MACHINE,
    "azureml.core.databricks": "Leave it out: a script that is submitted runs as one process of this machine.",
    "azureml.core.dataset": DATA,
    "azureml.core.environment": "Name the packages in CondaDependencies; R and Spark are not served here.",
    "azureml.core.image": "Deploy with an InferenceConfig, or make an image with Model.package.",
    "azureml.core.model": "Deploy with an InferenceConfig, or make an image with Model.package.",
    "azureml.core.runconfig": "Leave it out: a script that is submitted runs as one process of this machine.",
    "azureml.core.script_run_config": "Leave it out: a script that is submitted runs as one process of this machine.",
    "azureml.core.webservice": "Give the settings to deploy_configuration of AciWebservice or AksWebservice.",
    "azureml.data": DATA,
}
"""The same for modules of azureml-core and what is below them."""
VALUES = (
    "Audience",
    "FileType",
    "HistogramCompareMethod",
    "KeyVaultContentType",
    "ResourceIdentityType",
    "SingularityPriority",
    "SingularitySlaTier",
    "SkipLinesBehavior",
    "StoredProcedureParameterType",
    "TimeZone",
    "ViewType",
)
"""Lists of values, which do no harm: each value is its own name."""


ELSEWHERE: Dict[str, str] = {"ExplanationClient": "azureml.interpret"}
"""Classes that had other places before, and the module that has them."""
STARS: Dict[str, str] = {
    "azureml.opendatasets": "Diabetes MNIST NoaaIsdWeather NycTlcGreen NycTlcYellow OjSalesSimulated PublicHolidays",
}
"""What `import *` gives of packages of which nothing is here."""


class _Values(type):
    """A class whose attributes are their names."""

    def __getattr__(cls, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return name


class Absent(type):
    """A class whose objects and attributes are refused."""

    _instead = ""

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise not_here(cls.__name__, cls._instead)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_here(f"{cls.__name__}.{name}", cls._instead)


class _AbsentValue(Absent):
    """A constant, which is used by being written, compared or gone through."""

    def _refuse(cls, *_: Any) -> Any:
        raise not_here(cls.__name__, cls._instead)

    __str__ = __format__ = __eq__ = __iter__ = __len__ = __getitem__ = __contains__ = __add__ = __radd__ = _refuse
    __hash__ = type.__hash__


def absent(name: str, instead: str) -> Any:
    """Stand-in for a name of v1 that is not available here; any use of it raises UserErrorException with
    `sdk-not-here`. An exception class may be caught, and is never raised.
    """
    if name.endswith(("Error", "Exception")):
        return type(name, (AzureMLException,), {"__doc__": f"Never raised here. {instead}"})
    if name in VALUES:
        return _Values(name, (), {"__doc__": "Values of the SDK."})
    kind = _AbsentValue if name.isupper() else Absent
    return kind(name, (), {"_instead": instead, "__doc__": f"Not here. {instead}"})


class _Names(NamedTuple):
    """Names of a module of azureml-core."""

    own: FrozenSet[str]
    others: FrozenSet[str]
    foreign: Dict[str, str]
    """Those that it has imported from elsewhere, with where they are from."""


def _surface() -> Dict[str, _Names]:
    modules: Dict[str, _Names] = {}
    for line in SURFACE.splitlines():
        module, _, lists = line.partition(": ")
        own, others, foreign = (each.split() for each in (lists + "||").split("|")[:3])
        origins = {name: origin or name for name, _, origin in (each.partition("=") for each in foreign)}
        modules[module] = _Names(frozenset(own), frozenset(others), origins)
    return modules


MODULES = _surface()
"""The modules of azureml-core."""


def _of_core(module: str) -> Callable[[str], Any]:
    """`__getattr__` of a module of azureml-core: a name that it has there is what another module of ours has under it,
    or is absent."""

    def find(name: str) -> Any:
        names = MODULES[module]
        if name in names.foreign:
            return _imported(module, name, names.foreign[name])
        if name not in names.own and name not in names.others:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = next(_elsewhere(module, name), None)
        if name == "module_logger":
            value = logging.getLogger(module)
        elif value is None:
            value = absent(name, _instead_of(module, _CORE) or "")
        setattr(sys.modules[module], name, value)
        return value

    return find


def _imported(module: str, name: str, origin: str) -> Any:
    """Object that a module of the SDK has imported from Python or another package, which may not be installed here."""
    above, _, last = origin.rpartition(".")
    if f"{module}.{name}" in MODULES:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")  # its own module, yet to be imported
    try:
        package = importlib.import_module(above or last)
        return getattr(package, last) if above and hasattr(package, last) else importlib.import_module(origin)
    except ImportError:
        of = origin.partition(".")[0]
        return absent(name, f"It is of the package {of}: install that, and import it from there.")


def _elsewhere(module: str, name: str) -> Iterator[Any]:
    """Objects of that name in packages around a module, then in modules beside it, then in those that define it in the
    SDK.
    """
    parts = module.split(".")
    around = [".".join(parts[:count]) for count in range(len(parts) - 1, 1, -1)]
    beside = [each for each in MODULES if around and each.rpartition(".")[0] == around[0] != "azureml.core"]
    for place in (*around, *beside, *(each for each, names in MODULES.items() if name in names.own)):
        if place != module and _is_ours(place):
            value = vars(importlib.import_module(place)).get(name)
            if value is not None and not isinstance(value, ModuleType):
                yield value


def private_part(name: str) -> Any:
    """`__getattr__` of the package `azureml`: what azureml.core has imported there in v1."""
    if f"azureml.{name}" not in PRIVATE.split() or "azureml.core" not in sys.modules:
        raise AttributeError(f"module 'azureml' has no attribute {name!r}")
    return importlib.import_module(f"azureml.{name}")


def refuse_each(kind: Any, names: Sequence[str], instead: str) -> None:
    """Gives a class the methods of v1 that it has no counterpart of: each raises UserErrorException with
    `sdk-not-here`."""
    for name in names:
        setattr(kind, name, _refusing(f"{kind.__name__}.{name}", instead))


_NOT_HERE: Any = type("UserErrorException", (UserErrorException, AttributeError), {})
"""So that `hasattr` and `getattr` with a default go on."""


class AbsentValue:
    """An attribute that v1 has, and that an object may have been given."""

    def __init__(self, name: str, instead: str) -> None:
        self.name = name
        self.instead = instead

    def __get__(self, owner: Any, kind: Any) -> Any:
        if owner is None and not self.name.isupper():
            return self
        name = f"{kind.__name__}.{self.name}"
        raise coded_error(_NOT_HERE, f"{name} has no meaning on this machine.", "sdk-not-here", self.instead)


def _complete_all(names: Mapping[str, Any]) -> None:
    """Gives the classes of a module what else they have in v1."""
    for kind in [each for each in names.values() if isinstance(each, type) and each.__name__ in _MEMBERS]:
        if kind.__module__ == names["__name__"]:
            _complete(kind, _instead_of(kind.__module__, _CORE) or "")


def _complete(kind: Any, instead: str) -> None:
    methods, _, attributes = _MEMBERS[kind.__name__].partition("|")
    refuse_each(kind, [each for each in methods.split() if not _has(kind, each)], instead)
    for name in (each for each in attributes.split() if not _has(kind, each)):
        setattr(kind, name, AbsentValue(name, instead))
    for name, read in PRIVATE_NAMES.get(kind.__name__, {}).items():
        setattr(kind, name, property(read))


def _has(kind: Any, name: str) -> bool:
    return any(name in vars(each) for each in kind.__mro__)


_COMPLETED = ("azureml.core", "azureml.data")
_MEMBERS = dict(line.split(": ", 1) for line in MEMBERS.splitlines())


def refuse_arguments(owner: Any, arguments: Mapping[str, Any]) -> None:
    """Raises UserErrorException with `sdk-not-here` for the first argument that has no counterpart here: the class has
    them in `_refused_arguments`, with what to do instead."""
    for name, instead in type(owner)._refused_arguments.items():
        if arguments.get(name) is not None:
            raise not_here(f"{type(owner).__name__}({name})", instead)


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
        if name in ELSEWHERE and module != ELSEWHERE[name]:
            return getattr(importlib.import_module(ELSEWHERE[name]), name)
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
        """Named by the import system; None for what is not of the SDK."""
        if _is_ours(fullname):
            spec = PathFinder.find_spec(fullname, path) if fullname.startswith(_COMPLETED) else None
            if spec is not None and spec.origin is not None:
                spec.loader = _Completing(fullname, spec.origin)
            return spec
        if fullname not in MODULES and _instead_of(fullname, _WHOLE) is None:
            return None
        return ModuleSpec(fullname, _Loader, origin="scoredock-azureml", is_package=True)  # type: ignore[arg-type]


class _Completing(SourceLoader):
    """Gives a module of ours what else v1 has in it."""

    def exec_module(self, module: ModuleType) -> None:
        """Its own names come first."""
        super().exec_module(module)
        names = vars(module)
        if module.__name__ in MODULES:
            names.setdefault("__getattr__", _of_core(module.__name__))
        _complete_all(names)
        if "__all__" in names and "__path__" in names and module.__name__ in MODULES:
            kept: List[str] = [*names["__all__"], *MODULES[module.__name__].others]
            names["__all__"] = sorted({each for each in kept if each[:1].isupper() or each in names})


class _AbsentModule(ModuleType):
    """A module that may stand where v1 has a function of the same name, whichever of the two was imported last."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise not_here(self.__name__, _instead_of(self.__name__, _WHOLE) or "")


class _Loader:
    """Makes a module that has every name, or those of azureml-core."""

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """The import system gives it what a module has."""
        return _AbsentModule(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Gives it what answers for its names."""
        answer_for_names(module)
        name = module.__name__
        is_listed = name in MODULES
        if name in STARS:
            vars(module)["__all__"] = STARS[name].split()
        names = _of_core(name) if is_listed else every_name(name, _instead_of(name, _WHOLE) or "")
        vars(module)["__getattr__"] = names if is_listed else private_name(name, names)


def _is_ours(module: str) -> bool:
    """True if it lies in the folder of this package."""
    parts = module.split(".")
    place = os.path.join(_OURS, *parts[1:])
    return parts[0] == "azureml" and (
        os.path.isfile(f"{place}.py") or os.path.isfile(os.path.join(place, "__init__.py"))
    )


_WHOLE = {**PACKAGES, **dict.fromkeys(PRIVATE.split(), _CORE["azureml"])}
"""Packages of which nobody lists the names."""


def _instead_of(module: str, places: Mapping[str, str]) -> Optional[str]:
    """Next step instead of a module in one of the places; None for other modules."""
    while module:
        if module in places:
            return places[module]
        module = module.rpartition(".")[0]
    return None


def install() -> None:
    """Puts the finder first; harmless when it is there."""
    if AbsentModules not in sys.meta_path:
        sys.meta_path.insert(0, AbsentModules)
    # What was imported for this module.
    names = vars(sys.modules["azureml.exceptions"])
    names.setdefault("__getattr__", _of_core("azureml.exceptions"))
    _complete_all(names)
