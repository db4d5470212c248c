"""Requests that failed because their values do not fit the samples of `@input_schema`, and what does not fit.

Both kinds of the library are known: the one here, and inference-schema itself where it is installed. Neither marks
its exceptions, and scripts see them as they are; what tells is where they were raised.
"""

import json
from types import FrameType
from typing import Any, List, Optional, Tuple

from scoredock_runtime.base.faults import one_line
from scoredock_runtime.schema import registry

_CONVERSIONS = {
    "scoredock_runtime.schema.decorators": "converted",
    "inference_schema.schema_decorators": "_deserialize_input_argument",
}
"""Module → its function that every conversion of an argument passes through."""
_SHOWN = 300
"""Characters of a sample."""


def misfit(fault: BaseException, run: Any) -> str:
    """Sentence about what did not fit where `fault`, which a call of the decorated `run` raised, comes from converting
    an argument of that call: its name, what it takes with the sample, and what came. Empty for any other fault.

    Such are what the body of `run` raised, be it by calling another function with a schema, and faults that say
    nothing about the input: out of memory, time over, the process to end.
    """
    frames = _conversion(fault, run)
    if frames is None:
        return ""
    caller, conversion = frames
    name = conversion.f_locals.get("param_name") or caller.f_locals.get("param_name") or "The input"
    value = conversion.f_locals.get("value", conversion.f_locals.get("input_data"))
    kind: Any = conversion.f_locals.get("kind", conversion.f_locals.get("param_type"))
    reason = one_line(fault)
    try:
        sample = kind.input_to_swagger()["example"]
        text = json.dumps(sample, ensure_ascii=False)
    except Exception:  # of a type of the person's, or a sample that JSON does not have
        return f"{name} does not fit its schema: {reason}"
    if len(text) > _SHOWN:
        text = text[:_SHOWN] + "…"
    expected, given = _sort(sample), _sort(value)
    difference = f"not {given}" if given != expected else _of_columns(sample, value) or "and what came is not like it"
    return f"{name} does not fit its schema: it takes {expected} such as {text}, {difference} ({reason})"


def _conversion(fault: BaseException, run: Any) -> Optional[Tuple[FrameType, FrameType]]:
    """The caller of the conversion that raised, and that conversion."""
    if not isinstance(fault, Exception) or isinstance(fault, MemoryError):
        return None
    body = getattr(registry.body_of(run), "__code__", None)
    place = fault.__traceback__
    caller = place.tb_frame if place is not None else None
    while place is not None and caller is not None:
        frame = place.tb_frame
        if frame.f_code is body:
            return None
        if _CONVERSIONS.get(frame.f_globals.get("__name__", "")) == frame.f_code.co_name:
            return caller, frame
        place, caller = place.tb_next, frame
    return None


def _of_columns(sample: Any, value: Any) -> str:
    """Which columns the rows lack, or have beyond those of the sample; empty where they have the same, or are none."""
    if not all(isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in (sample, value)):
        return ""
    wanted, given = ([name for row in rows for name in row] for rows in (sample, value))
    lacking, further = _quoted(wanted, given), _quoted(given, wanted)
    parts = (lacking and f"lacks {lacking}", further and f"has {further} beyond its columns")
    said = " and ".join(filter(None, parts))
    return said and f"and what came {said}"


def _quoted(names: List[str], others: List[str]) -> str:
    """Those that are not among the others."""
    return ", ".join(f"“{name}”" for name in dict.fromkeys(names) if name not in others)[:_SHOWN]


def _sort(value: Any) -> str:
    """Type of a value in the words of JSON."""
    if isinstance(value, (dict, list, tuple)):
        return "an object" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    return "a string" if isinstance(value, str) else "a number"
