"""What is known of decorated functions (public as `inference_schema.schema_util`)."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, List, Optional

ALL_SUPPORTED_VERSIONS = ["2.0", "3.0", "3.1"]

Function = Callable[..., Any]
Json = Dict[str, Any]


class Schemas:
    """Of one function, collected by its decorators from the innermost outwards."""

    def __init__(self) -> None:
        self.input: Optional[Json] = None
        self.output: Optional[Json] = None
        self.input_versions: List[str] = []
        self.output_versions: List[str] = []


_known: Dict[str, Schemas] = {}


def innermost(func: Function) -> Function:
    """The function below all decorators that keep what they wrap."""
    base: Function = inspect.unwrap(func)
    return base


def _key(func: Function) -> str:
    base = innermost(func)
    return f"{base.__module__}.{base.__qualname__}"


def of(func: Function) -> Schemas:
    """The record to add to."""
    return _known.setdefault(_key(func), Schemas())


def add_input(func: Function, name: str, fragment: Json, versions: List[str]) -> None:
    """One parameter; what has no decorator of its own is described as anything."""
    schemas = of(func)
    if schemas.input is None:
        names = list(inspect.signature(innermost(func)).parameters)
        schemas.input = {
            "type": "object",
            "properties": {each: {} for each in names},
            "example": dict.fromkeys(names, ""),
        }
    body = dict(fragment)
    schemas.input["example"][name] = body.pop("example")
    schemas.input["properties"][name] = body
    # As in the library the outermost decorator has the last word.
    schemas.input_versions = versions


def add_output(func: Function, fragment: Json, versions: List[str]) -> None:
    """The result. Raises Exception when it has been described already."""
    schemas = of(func)
    if schemas.output is not None:
        raise Exception(f"Error, output schema already defined for function: {_key(func)}.")
    schemas.output = fragment
    schemas.output_versions = versions


def is_schema_decorated(func: Function) -> bool:
    """Whether any of the decorators was applied."""
    return _key(func) in _known


def get_input_schema(func: Function) -> Json:
    """Raises ValueError when there is none."""
    return _described(func, "input")


def get_output_schema(func: Function) -> Json:
    """Raises ValueError when there is none."""
    return _described(func, "output")


def _described(func: Function, what: str) -> Json:
    schemas = _known.get(_key(func))
    found: Optional[Json] = getattr(schemas, what, None)
    if found is None:
        raise ValueError(f"function {_key(func)} has no {what}_schema defined.")
    return found


def get_supported_versions(func: Function) -> List[str]:
    """Swagger versions that can describe both input and output."""
    schemas = _known.get(_key(func), Schemas())
    described = [versions for versions in (schemas.input_versions, schemas.output_versions) if versions]
    supported = set(ALL_SUPPORTED_VERSIONS)
    for versions in described:
        supported &= set(versions)
    return sorted(supported)


def get_schemas_dict() -> Dict[str, Json]:
    """All that is known, by function."""
    return {key: {"input_schema": each.input, "output_schema": each.output} for key, each in _known.items()}
