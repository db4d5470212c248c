"""Whether a request failed because its values do not fit the samples of `@input_schema`.

Both kinds of the library are known: the one here, and inference-schema itself where it is installed. Neither marks
its exceptions, and scripts see them as they are; what tells is where they were raised."""

from typing import Any

from scoredock_runtime.schema import registry

_CONVERSIONS = {
    "scoredock_runtime.schema.decorators": "converted",
    "inference_schema.schema_decorators": "_deserialize_input_argument",
}
"""Module → its function that every conversion of an argument passes through."""


def is_mismatch(fault: BaseException, run: Any) -> bool:
    """Whether `fault`, which a call of the decorated `run` raised, comes from converting an argument of that call.

    Not so for what the body of `run` raised, be it by calling another function with a schema, and not for faults
    that say nothing about the input: out of memory, time over, the process to end."""
    if not isinstance(fault, Exception) or isinstance(fault, MemoryError):
        return False
    body = getattr(registry.body_of(run), "__code__", None)
    place = fault.__traceback__
    while place is not None:
        frame = place.tb_frame
        if frame.f_code is body:
            return False
        if _CONVERSIONS.get(frame.f_globals.get("__name__", "")) == frame.f_code.co_name:
            return True
        place = place.tb_next
    return False
