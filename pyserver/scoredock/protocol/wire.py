"""Messages to and from JSON: camelCase names, strict types, and errors that a client can act on."""

from __future__ import annotations

import dataclasses
import logging
import re
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from scoredock import l10n
from scoredock.error_codes import CODES
from scoredock.errors import Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass

logger = logging.getLogger(__name__)

INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
REQUEST_FAILED = -32803
REQUEST_CANCELLED = -32800

T = TypeVar("T")


class InvalidParams(Exception):
    """Raised where a message of a client does not fit its class; `faults` say where and why."""

    def __init__(self, kind: str, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(f"{kind}: " + "; ".join(faults))


@dataclass(frozen=True, slots=True)
class WireError:
    """An error answer, ready to be sent."""

    code: int
    message: str
    data: dict[str, Any]


def camel(name: str) -> str:
    """`work_done_token` → `workDoneToken`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def to_wire(message: object) -> Any:
    """A message as JSON values."""
    return _converter().unstructure(message)


def from_wire(kind: type[T], raw: object) -> T:
    """The message that `raw` stands for. Absent params (None) count as an empty object. Raises InvalidParams."""
    try:
        return _converter().structure({} if raw is None else raw, kind)
    except (BaseValidationError, ForbiddenExtraKeysError, TypeError, ValueError, RecursionError) as fault:
        raise InvalidParams(kind.__name__, faults_of(fault)) from fault


def faults_of(fault: BaseException) -> list[str]:
    """Descriptions of the parts that do not fit a message, each with its place."""
    return [_on_the_wire(text) for text in transform_error(fault, format_exception=_explain)]


def error_to_wire(error: BaseException) -> WireError:
    """The wire form of a failure. Whatever is not ours to explain is logged with its traceback and becomes
    `internal-error`."""
    if isinstance(error, InvalidParams):
        return WireError(INVALID_PARAMS, str(error), _data("request-invalid", CODES["request-invalid"].next_step))
    if isinstance(error, ScoredockError):
        number = REQUEST_CANCELLED if isinstance(error, Cancelled) else REQUEST_FAILED
        return WireError(number, error.message, error_data(error))
    logger.error("internal error", exc_info=error)
    internal_error = ScoredockError(
        "internal-error",
        l10n.t("An internal error occurred in Scoredock: {type}: {error}.", type=type(error).__name__, error=error),
    )
    return WireError(INTERNAL_ERROR, internal_error.message, error_data(internal_error))


def error_data(error: ScoredockError) -> dict[str, Any]:
    """The `data` of an error answer, also what the command line prints with `--json`."""
    place = None
    if error.place is not None:
        place = {"path": error.place.path, "line": error.place.line, "character": error.place.character}
    remedies = [
        {"title": remedy.title, "command": remedy.command, "arguments": list(remedy.arguments)}
        for remedy in error.remedies
    ]
    return _data(error.code, error.fix, place=place, remedies=remedies, details=dict(error.details))


def _data(
    code: str,
    fix: str,
    *,
    place: dict[str, Any] | None = None,
    remedies: list[dict[str, Any]] | None = None,
    details: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {"code": code, "fix": fix, "place": place, "remedies": remedies or [], "details": details or {}}


@cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (str, int, float, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook_func(_is_plain_union, _one_of_plain)
    converter.register_structure_hook_factory(_is_a(list), _strict(converter, list))
    converter.register_structure_hook_factory(_is_a(dict), _strict(converter, dict))
    converter.register_structure_hook_factory(_is_a(Mapping), _strict(converter, dict))
    converter.register_structure_hook_factory(_is_a(tuple), _tuples(converter))
    converter.register_structure_hook_factory(dataclasses.is_dataclass, lambda kind: _structure_record(kind, converter))
    converter.register_unstructure_hook_factory(
        dataclasses.is_dataclass, lambda kind: make_dict_unstructure_fn(kind, converter, **_renamed(kind))
    )
    return converter


def _renamed(kind: type) -> dict[str, Any]:
    return {field.name: override(rename=camel(field.name)) for field in dataclasses.fields(kind)}


def _structure_record(kind: type, converter: Converter) -> Callable[[Any, Any], Any]:
    structure: Callable[[Any, Any], Any] = make_dict_structure_fn(
        kind, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True, **_renamed(kind)
    )

    def checked(raw: Any, target: Any) -> Any:
        if not isinstance(raw, Mapping):
            raise TypeError(f"expected an object, got {_named(raw)}")
        return structure(raw, target)

    return checked


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    """Cattrs would turn "5" into 5 and 5 into "5"; a message with the wrong type is refused instead."""

    def hook(raw: Any, _: Any) -> Any:
        fits = isinstance(raw, (int, float)) if kind is float else isinstance(raw, kind)
        if not fits or (isinstance(raw, bool) and kind is not bool):
            raise TypeError(f"expected {_NAMES[kind]}, got {_named(raw)}")
        return float(raw) if kind is float else raw

    return hook


def _is_a(kind: object) -> Callable[[Any], bool]:
    return lambda target: typing.get_origin(target) is kind


def _strict(converter: Converter, kind: type[Any]) -> Callable[[Any], Callable[[Any, Any], Any]]:
    """Lists and maps; a text is iterable too, but it is not a list."""

    def factory(target: Any) -> Callable[[Any, Any], Any]:
        item = typing.get_args(target)[-1]

        def hook(raw: Any, _: Any) -> Any:
            if not (isinstance(raw, (list, dict)) and isinstance(raw, kind)):
                raise TypeError(f"expected {_NAMES[kind]}, got {_named(raw)}")
            structure: Any = converter.get_structure_hook(item)
            if isinstance(raw, dict):
                return {key: structure(value, item) for key, value in raw.items()}
            return [structure(value, item) for value in raw]

        return hook

    return factory


def _tuples(converter: Converter) -> Callable[[Any], Callable[[Any, Any], Any]]:
    """`tuple[X, ...]`, which is a list on the wire."""

    def factory(target: Any) -> Callable[[Any, Any], Any]:
        structure = _strict(converter, list)(list[typing.get_args(target)[0]])  # type: ignore[misc]
        return lambda raw, kind: tuple(structure(raw, kind))

    return factory


_PLAIN = frozenset({str, int, float, bool, type(None)})
_NAMES: dict[type, str] = {
    str: "text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def _is_plain_union(kind: Any) -> bool:
    arguments = typing.get_args(kind)
    return len(arguments) > 1 and typing.get_origin(kind) is not typing.Literal and set(arguments) <= _PLAIN


def _one_of_plain(raw: Any, kind: Any) -> Any:
    arguments = typing.get_args(kind)
    if type(raw) in arguments:
        return raw
    if float in arguments and type(raw) is int:
        return float(raw)
    raise TypeError(f"expected {' or '.join(_NAMES[argument] for argument in arguments)}, got {_named(raw)}")


def _named(raw: Any) -> str:
    return _NAMES.get(type(raw), type(raw).__name__)


def _on_the_wire(fault: str) -> str:
    """Cattrs names the place by our field names; the client knows them in camelCase."""
    what, at, place = fault.rpartition(" @ ")
    return what + at + re.sub(r"_([a-z])", lambda found: found[1].upper(), place)


def _explain(error: BaseException, kind: type | None) -> str:
    if isinstance(error, KeyError):
        return f"{camel(str(error.args[0]))} is missing"
    if isinstance(error, ForbiddenExtraKeysError):
        return "unknown " + ", ".join(sorted(error.extra_fields))
    if isinstance(error, TypeError):
        own = str(error)
        return own if own.startswith("expected") else "expected another kind of value"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    allowed = typing.get_args(kind)
    if allowed:
        return f"expected one of {', '.join(map(repr, allowed))}"
    return f"invalid value ({error})"
