"""`@input_schema` and `@output_schema` (public as `inference_schema.schema_decorators`)."""

from typing import Any, Callable, Dict, Tuple, TypeVar

from scoredock_runtime.schema import registry
from scoredock_runtime.schema.decorated import Decorated
from scoredock_runtime.schema.parameter_type import AbstractParameterType

_Function = TypeVar("_Function", bound=Callable[..., Any])


def input_schema(
    param_name: str, param_type: AbstractParameterType, convert_to_provided_type: bool = True, optional: bool = False
) -> Callable[[_Function], _Function]:
    """Describes one parameter by a sample, and converts what comes for it as JSON to the sample's type."""
    # The missing space is the library's.
    _demand(param_type, "Error, provided param_type must be a subclassof the AbstractParameterType.")
    fragment, versions = param_type.input_to_swagger(), param_type.supported_versions()

    def enter(func: Any, arguments: Tuple[Any, ...], named: Dict[str, Any]) -> Any:
        if not convert_to_provided_type or _is_chat_input(arguments):
            return func(*arguments, **named)
        if param_name in named:
            if not optional or named[param_name]:
                named[param_name] = converted(named[param_name], param_type)
        elif not optional:
            names = registry.positional_names(func)
            if param_name not in names:
                raise Exception(f'Error, provided param_name "{param_name}" is not in the decorated function.')
            position, positional = names.index(param_name), list(arguments)
            positional[position] = converted(positional[position], param_type)
            return func(*positional, **named)
        return func(*arguments, **named)

    def decorate(func: _Function) -> _Function:
        registry.add_input(func, param_name, fragment, versions)
        return Decorated(func, enter)  # type: ignore[return-value]

    return decorate


def output_schema(output_type: AbstractParameterType) -> Callable[[_Function], _Function]:
    """Describes the result by a sample; the result itself is neither checked nor changed."""
    _demand(output_type, "Error, provided param_type must be a subclass of the AbstractParameterType.")
    fragment, versions = output_type.input_to_swagger(), output_type.supported_versions()

    def enter(func: Any, arguments: Tuple[Any, ...], named: Dict[str, Any]) -> Any:
        return func(*arguments, **named)

    def decorate(func: _Function) -> _Function:
        registry.add_output(func, fragment, versions)
        return Decorated(func, enter)  # type: ignore[return-value]

    return decorate


def converted(value: Any, kind: Any) -> Any:
    """The value in the sample's type; described parts of dictionaries and lists are converted in their places.

    Raises ValueError and what the type raises."""
    expected = kind.sample_data_type
    if expected is dict:
        if not isinstance(value, dict):
            raise ValueError(wrong_type(expected, value))
        for key, inner in kind.sample_data_type_map.items():
            if key in value:
                value[key] = converted(value[key], inner)
        return value
    if expected in (list, tuple):
        items = kind.sample_data_type_list
        if not isinstance(value, (list, tuple)):
            raise ValueError(wrong_type(expected, value))
        return [converted(item, items[0]) for item in value] if items else value
    return value if isinstance(value, expected) else kind.deserialize_input(value)


def wrong_type(expected: type, value: Any) -> str:
    """The sentence for a value of another type."""
    return f"Invalid input data type to parse. Expected: {expected} but got {type(value)}"


def _demand(kind: Any, otherwise: str) -> None:
    if not isinstance(kind, AbstractParameterType):
        raise Exception(otherwise)


def _is_chat_input(arguments: Tuple[Any, ...]) -> bool:
    """The input of Azure's own text-generation scripts, which goes through as it is."""
    return bool(arguments) and type(arguments[0]) is dict and arguments[0].keys() == {"input_string", "parameters"}
