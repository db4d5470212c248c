"""Arguments of run() from JSON and its results as JSON, by the rules of Azure's server and of strict services."""

import inspect
import json
import math
from typing import Any, Callable, Dict, List, Union


class BadInput(Exception):
    """Raised where run() cannot be given what a client sent; it is answered with the status and the text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def named_arguments(parameters: List[inspect.Parameter], values: Dict[str, Any]) -> Dict[str, Any]:
    """Keyword arguments for run(). Raises BadInput where one is missing."""
    arguments: Dict[str, Any] = {}
    for parameter in parameters:
        if parameter.name in values:
            arguments[parameter.name] = values[parameter.name]
        elif parameter.default is inspect.Parameter.empty:
            raise BadInput(400, f"A value is not provided for the '{parameter.name}' parameter.")
        else:
            # Told as well, as v1 does: decorators look for their parameter among what is given.
            arguments[parameter.name] = parameter.default
    return arguments


def json_object(body: Union[bytes, bytearray]) -> Dict[str, Any]:
    """The JSON object of a body. Raises BadInput, and RecursionError where it is nested too deeply."""
    try:
        value = json.loads(body)
    except ValueError as fault:
        if not body:
            raise BadInput(400, "POST body is empty. Expecting a JSON dictionary.") from None
        raise BadInput(400, f"POST body could not be decoded as JSON: {fault}") from None
    if not isinstance(value, dict):
        raise BadInput(400, "POST body should be a JSON dictionary.")
    return value


NAN_WARNING = "run() returned NaN or Infinity, which JSON does not have: null is sent instead."
NESTED_TOO_DEEPLY = "POST body could not be decoded as JSON: it is nested too deeply"


def body_text(body: Union[bytes, bytearray, memoryview]) -> str:
    """Text of a body in UTF-8. Raises BadInput for what is not UTF-8."""
    try:
        return str(body, "utf-8")
    except UnicodeDecodeError as fault:
        raise BadInput(400, f"Input cannot be decoded as UTF-8: {fault}") from None


def strict_json(value: Any, encode: Callable[[Any], bytes], warn: Callable[[], object]) -> bytes:
    """Text that is a JSON object or array is sent as it is; numbers that JSON has no word for become null, of which
    `warn` is called."""
    if isinstance(value, str) and is_json_document(value):
        return value.encode("utf-8")
    text = encode(value)
    if isinstance(value, str) or (b"NaN" not in text and b"Infinity" not in text):
        return text
    try:
        json.dumps(value, allow_nan=False)
        return text  # only a text has such a word in it
    except ValueError:
        pass
    warn()
    return json.dumps(finite(value), allow_nan=False).encode()


def is_json_document(text: str) -> bool:
    """True if the text is a whole JSON object or array."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def finite(value: Any) -> Any:
    """The value with None in the places of NaN and the infinities."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return value
