"""Tables of modules and classes: `names.json`, which `tools/library_names.py` writes, and the shims of the runtime."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CallSignature:
    """Arguments that a function takes, all of its overloads together."""

    least: int
    """Arguments that must be given, by position or name."""
    most: int
    """Arguments that may be given by position; -1 for any number."""
    names: frozenset[str] | None
    """Arguments that may be given by name; None for any."""


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One name of a module or class."""

    signature: CallSignature | None = None
    returns: tuple[str, ...] = ()
    """Classes that a call gives back, `~` for the class that it was called on; empty when that is not known."""
    kinds: tuple[str, ...] = ()
    """Classes that it is an instance of; empty when that is not known."""
    callable: bool = False


_UNKNOWN = LibraryEntry()
_SCHEMA = "inference_schema.parameter_types."
_ARRAYS = (
    "array",
    "asarray",
    "ascontiguousarray",
    "zeros",
    "ones",
    "empty",
    "full",
    "arange",
    "linspace",
    "eye",
    "vstack",
    "hstack",
    "concatenate",
    "stack",
    "column_stack",
    "atleast_2d",
    "atleast_1d",
    "frombuffer",
    "fromiter",
    "loadtxt",
    "zeros_like",
    "ones_like",
)
"""Functions of NumPy that always give an array."""


def _entry(raw: Any) -> LibraryEntry:
    if not isinstance(raw, dict):
        return _UNKNOWN
    signature = raw.get("s")
    made = None
    if signature is not None:
        names = None if signature[2] is None else frozenset(signature[2])
        made = CallSignature(signature[0], signature[1], names)
    return LibraryEntry(made, tuple(raw.get("r", ())), tuple(raw.get("t", ())), "s" in raw or "r" in raw)


def _function(least: int, most: int, *names: str, returns: tuple[str, ...] = ()) -> LibraryEntry:
    return LibraryEntry(CallSignature(least, most, frozenset(names)), returns, (), callable=True)


_VALUES = (
    "round",
    "around",
    "mean",
    "sum",
    "exp",
    "log",
    "clip",
    "abs",
    "sqrt",
    "squeeze",
    "argmax",
    "maximum",
    "minimum",
    "dot",
    "where",
)
"""Functions of NumPy that give an array or one of its numbers."""
_SOME = CallSignature(1, -1, None)
_FOREIGN_FUNCTIONS: Mapping[str, Mapping[str, LibraryEntry]] = {
    "joblib": {"load": _function(1, 2, "filename", "mmap_mode", "ensure_native_byte_order")},
    "numpy": {
        "load": _function(1, 5, "file", "mmap_mode", "allow_pickle", "fix_imports", "encoding", "max_header_size")
    },
    "pandas": {"DataFrame": _function(0, 5, "data", "index", "columns", "dtype", "copy")},
}
"""Functions that entry scripts call most (joblib 1.5, NumPy 2.3, pandas 3.0; the same since their first releases)."""
_GET_MODEL_PATH = _function(1, 3, "model_name", "version", "_workspace", returns=("builtins.str",))
METHODS: Mapping[str, LibraryEntry] = {
    "azureml.core.model.Model.get_model_path": _GET_MODEL_PATH,
    "azureml.core.Model.get_model_path": _GET_MODEL_PATH,
}
"""Methods of classes that no table lists, by their dotted name (azureml-core 1.61)."""
CLASS_NAMES: Mapping[str, tuple[str, ...]] = {
    "azureml.core.model.Model": ("get_model_path", "list", "register", "deploy", "package", "profile", "Framework"),
    "azureml.core.Model": ("get_model_path", "list", "register", "deploy", "package", "profile", "Framework"),
}
"""What such classes have; only a slip in one of these names is reported."""
_TEXTS = {
    "os.path": (
        "abspath",
        "basename",
        "dirname",
        "expanduser",
        "expandvars",
        "join",
        "normpath",
        "realpath",
        "relpath",
    ),
    "os": ("getenv",),
}
"""What the stubs call text or bytes, or text or nothing: bytes are passed by nobody here, and nothing has no
attributes."""
_COLLECTOR = _function(
    1,
    7,
    "model_name",
    "designation",
    "identifier",
    "feature_names",
    "workspace",
    "webservice_name",
    "model_version",
    "collection_name",
)
_SHIMS: Mapping[str, Mapping[str, LibraryEntry]] = {
    "inference_schema.schema_decorators": {
        "input_schema": _function(2, 4, "param_name", "param_type", "convert_to_provided_type", "optional"),
        "output_schema": _function(1, 1, "output_type"),
    },
    f"{_SCHEMA}numpy_parameter_type": {
        "NumpyParameterType": _function(1, 3, "sample_input", "enforce_column_type", "enforce_shape"),
    },
    f"{_SCHEMA}pandas_parameter_type": {
        "PandasParameterType": _function(
            1, 5, "sample_input", "enforce_column_type", "enforce_shape", "apply_column_names", "orient"
        ),
    },
    f"{_SCHEMA}spark_parameter_type": {
        "SparkParameterType": _function(1, 2, "sample_input", "apply_sample_schema"),
    },
    f"{_SCHEMA}standard_py_parameter_type": {"StandardPythonParameterType": _function(1, 1, "sample_input")},
    "azureml.contrib.services.aml_request": {"AMLRequest": _UNKNOWN, "rawhttp": _UNKNOWN},
    "azureml.contrib.services.aml_response": {
        "AMLResponse": _function(
            2,
            5,
            "message",
            "status_code",
            "response_headers",
            "json_str",
            "run_function_failed",
            returns=("flask.wrappers.Response",),
        ),
    },
    "azureml.core.model": {"InferenceConfig": _UNKNOWN, "Model": _UNKNOWN},
    "azureml.datacollector": {"ModelDataCollector": _COLLECTOR},
    "azureml.monitoring": {"ModelDataCollector": _COLLECTOR},
    "azureml.monitoring.modeldatacollector": {"ModelDataCollector": _COLLECTOR},
}
"""What the runtime offers under the names of Azure ML's own packages (inference-schema 1.8, azureml-contrib-services
1.62, azureml-monitoring 0.1.0a21)."""


@cache
def _raw() -> Mapping[str, Any]:
    # 270 KB that only a script needs: read with the first one, in about 5 ms.
    loaded: Mapping[str, Any] = json.loads(files(__package__).joinpath("names.json").read_text(encoding="utf-8"))
    return loaded


@cache
def standard_modules() -> frozenset[str]:
    """Top-level names of the standard library."""
    return frozenset(_raw()["stdlib"])


@cache
def module(name: str) -> Mapping[str, LibraryEntry] | None:
    """Names of a module of the standard library, of every Python and system together; None for one that is not
    listed."""
    found = _raw()["modules"].get(name)
    if found is None:
        return None
    made = {key: _entry(value) for key, value in found.items()}
    for key in _TEXTS.get(name, ()):
        made[key] = replace(made[key], returns=("builtins.str",), callable=True)
    return made


@cache
def foreign_module(name: str) -> Mapping[str, LibraryEntry] | None:
    """The same for packages that change: complete for the releases that were looked at, not for later ones."""
    if name in _SHIMS:
        return _SHIMS[name]
    names = _raw()["third"].get(name)
    if names is None:
        return None
    entries = dict.fromkeys(names, _UNKNOWN)
    for key, signature in _FOREIGN_FUNCTIONS.get(name, {}).items():
        if key in entries:
            entries[key] = signature
    if name == "numpy":
        entries.update(
            {key: LibraryEntry(returns=("numpy.value",), callable=True) for key in _VALUES if key in entries}
        )
        entries.update(
            {key: LibraryEntry(_SOME, ("numpy.ndarray",), callable=True) for key in _ARRAYS if key in entries}
        )
    return entries


@cache
def members(kind: str) -> Mapping[str, LibraryEntry] | None:
    """Attributes of instances of a class; None when it is not listed or may have anything."""
    foreign = _raw()["third_classes"].get("numpy.ndarray" if kind == "numpy.value" else kind)
    if foreign is not None:
        return dict.fromkeys(foreign, _UNKNOWN)
    found = _raw()["classes"].get(kind)
    if found is None or "*" in found:
        return None
    return {key: _entry(value) for key, value in found.items()}
