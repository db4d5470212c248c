"""Registry of decorated functions (public as `inference_schema.schema_util`)."""

import contextlib
import copy
import inspect
from typing import Any, Callable, Dict, List

from scoredock_runtime import schema
from scoredock_runtime.schema.decorated import Decorated

ALL_SUPPORTED_VERSIONS = ["2.0", "3.0", "3.1"]

INPUT, OUTPUT = "input_schema", "output_schema"

Function = Callable[..., Any]
Json = Dict[str, Any]

_schemas: Dict[str, Dict[str, Json]] = {}
"""Function → what is described of it → the description."""
_versions: Dict[str, Dict[str, List[str]]] = {}


def innermost(func: Any) -> Any:
    """The function that a chain of decorators ends with.

    As in the library it is found by following the last closure variable, so a decorator that holds on to more than
    the function hides it; in strict mode by what decorators say they wrap."""
    if schema.strict:
        return inspect.unwrap(func)
    found = func
    for cell in getattr(func, "__closure__", None) or ():
        found = innermost(cell.cell_contents)
    return found


def body_of(func: Any) -> Any:
    """The script's own function below decorators with a schema, whether others around it tell what they wrap or not."""
    base, described = func, _has_schema(func)
    while hasattr(base, "__wrapped__"):
        base = base.__wrapped__
        described = described or _has_schema(base)
    for cell in () if described else getattr(base, "__closure__", None) or ():
        with contextlib.suppress(ValueError):  # a variable that has no value yet
            if _has_schema(cell.cell_contents):
                return body_of(cell.cell_contents)
    return base


def _has_schema(func: Any) -> bool:
    """True if it is what a decorator gave, of this module or of the library, which uses wrapt."""
    return type(func) is Decorated or type(func).__name__ == "FunctionWrapper"


def positional_names(func: Any) -> List[str]:
    """Parameters of the innermost function that can be given by position.

    Raises TypeError for what has no readable signature."""
    return list(inspect.getfullargspec(innermost(func)).args)


def _key(func: Any, find: Callable[[Any], Any] = innermost) -> str:
    base = find(func)
    return f"{getattr(base, '__module__', '<unknown>')}.{getattr(base, '__name__', '<unknown>')}"


def add_input(func: Function, name: str, fragment: Json, versions: List[str]) -> None:
    """Describes one parameter; what has no decorator of its own is described as anything."""
    key, names = _key(func), positional_names(func)
    schemas = _schemas.setdefault(key, {})
    if INPUT not in schemas:
        schemas[INPUT] = {
            "type": "object",
            "properties": {each: {} for each in names},
            "example": dict.fromkeys(names, ""),
        }
    body = copy.deepcopy(fragment)
    schemas[INPUT]["example"][name] = body.pop("example")
    schemas[INPUT]["properties"][name] = body
    # As in the library the outermost decorator has the last word.
    _versions.setdefault(key, {})[INPUT] = versions


def add_output(func: Function, fragment: Json, versions: List[str]) -> None:
    """The result. Raises Exception when it has been described already."""
    key = _key(func)
    positional_names(func)  # the library refuses here what it cannot read, too
    known = _schemas.setdefault(key, {})
    if OUTPUT in known:
        raise Exception(f"Error, output schema already defined for function: {key}.")
    known[OUTPUT] = fragment
    _versions.setdefault(key, {})[OUTPUT] = versions


def _known(func: Any) -> str:
    return _key(func, body_of if schema.strict else innermost)


def is_schema_decorated(func: Function) -> bool:
    """True if any of the decorators was applied."""
    return _known(func) in _schemas


def get_input_schema(func: Function) -> Json:
    """Schema of an object with all parameters; of anything where none is described."""
    return _schemas.get(_known(func), {}).get(INPUT, {"type": "object"})


def get_output_schema(func: Function) -> Json:
    """Schema of the result; of anything where it is not described."""
    return _schemas.get(_known(func), {}).get(OUTPUT, {"type": "object"})


def get_supported_versions(func: Function) -> List[str]:
    """Swagger versions that can describe both input and output."""
    known = _versions.get(_known(func), {})
    described = [set(known[what]) for what in (INPUT, OUTPUT) if known.get(what)]
    return sorted(set.intersection(*described)) if described else list(ALL_SUPPORTED_VERSIONS)


def get_schemas_dict() -> Dict[str, Dict[str, Json]]:
    """A copy of all that is known, by function."""
    return copy.deepcopy(_schemas)
