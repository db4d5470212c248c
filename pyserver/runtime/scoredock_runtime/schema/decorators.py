"""`@input_schema` and `@output_schema` (public as `inference_schema.schema_decorators`)."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, TypeVar

from scoredock_runtime.schema import registry
from scoredock_runtime.schema.parameter_type import AbstractParameterType

_Function = TypeVar("_Function", bound=Callable[..., Any])


def input_schema(
    param_name: str, param_type: AbstractParameterType, convert_to_provided_type: bool = True, optional: bool = False
) -> Callable[[_Function], _Function]:
    """Describes one parameter by a sample, and converts what comes for it as JSON to the sample's type."""
    _demand_type(param_type)
    fragment, versions = param_type.input_to_swagger(), param_type.supported_versions()

    def decorate(func: _Function) -> _Function:
        registry.add_input(func, param_name, fragment, versions)
        names = list(inspect.signature(registry.innermost(func)).parameters)

        @functools.wraps(func)
        def call(*given: Any, **named: Any) -> Any:
            if not convert_to_provided_type or _is_chat_input(given):
                return func(*given, **named)
            positional = list(given)
            if param_name in named:
                if not optional or named[param_name]:
                    named[param_name] = converted(named[param_name], param_type)
            elif not optional:
                if param_name not in names:
                    raise Exception(f'Error, provided param_name "{param_name}" is not in the decorated function.')
                position = names.index(param_name)
                if position >= len(positional):
                    raise IndexError(
                        f'A value for "{param_name}" is missing; @input_schema needs optional=True to do without it.'
                    )
                positional[position] = converted(positional[position], param_type)
            return func(*positional, **named)

        return call  # type: ignore[return-value]

    return decorate


def output_schema(output_type: AbstractParameterType) -> Callable[[_Function], _Function]:
    """Describes the result by a sample; the result itself is neither checked nor changed."""
    _demand_type(output_type)
    fragment, versions = output_type.input_to_swagger(), output_type.supported_versions()

    def decorate(func: _Function) -> _Function:
        registry.add_output(func, fragment, versions)

        @functools.wraps(func)
        def call(*given: Any, **named: Any) -> Any:
            return func(*given, **named)

        return call  # type: ignore[return-value]

    return decorate


def converted(value: Any, kind: AbstractParameterType) -> Any:
    """The value in the sample's type; described parts of dictionaries and lists are converted in their places.

    Raises ValueError and what the type raises."""
    expected = kind.sample_data_type
    if expected is dict:
        if not isinstance(value, dict):
            raise ValueError(wrong_type(expected, value))
        inner = getattr(kind, "sample_data_type_map", {})
        return {key: converted(item, inner[key]) if key in inner else item for key, item in value.items()}
    if expected in (list, tuple):
        if not isinstance(value, (list, tuple)):
            raise ValueError(wrong_type(expected, value))
        items = getattr(kind, "sample_data_type_list", [])
        return [converted(item, items[0]) for item in value] if items else value
    return value if isinstance(value, expected) else kind.deserialize_input(value)


def wrong_type(expected: type, value: Any) -> str:
    """The sentence for a value of another type."""
    return f"Invalid input data type to parse. Expected: {expected} but got {type(value)}"


def _demand_type(kind: Any) -> None:
    if not isinstance(kind, AbstractParameterType):
        raise Exception("Error, provided param_type must be a subclass of the AbstractParameterType.")


def _is_chat_input(given: Any) -> bool:
    """The input of Azure's own text-generation scripts, which goes through as it is."""
    return bool(given) and type(given[0]) is dict and given[0].keys() == {"input_string", "parameters"}
