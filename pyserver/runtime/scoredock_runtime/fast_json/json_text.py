"""`json.dumps` of what run() returned, without what that costs beside the encoding itself."""

from __future__ import annotations

import json
import json.encoder
from typing import Any, Callable, Optional

from scoredock_runtime.fast_json.json_numbers import encode_numbers

_dumps = json.dumps
_default = json.JSONEncoder.default


def _encoder() -> Optional[Callable[[Any, int], Any]]:
    """The encoder that json.dumps makes anew for each call; None where this Python builds it otherwise."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    plain = json.JSONEncoder()
    try:
        encode: Callable[[Any, int], Any] = make(
            {}, plain.default, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True
        )
        sample = {"a": [1, 2.5, True, None, "\u00e9\n", float("nan")], "b": {"c": -0.0}}
        if "".join(encode(sample, 0)) != _dumps(sample):
            return None
    except Exception:
        return None
    return encode


_encode = _encoder()


def to_json(value: Any) -> bytes:
    """The bytes that `json.dumps(value).encode()` gives, by the functions that the script may have put in its place.

    Raises what json.dumps raises."""
    global _encode
    if json.dumps is not _dumps or json.JSONEncoder.default is not _default or _encode is None:
        return json.dumps(value).encode()
    if type(value) is str:
        return json.encoder.encode_basestring_ascii(value).encode()
    numbers = encode_numbers(value)
    if numbers is not None:
        return numbers
    try:
        return "".join(_encode(value, 0)).encode()
    except BaseException:
        # What it marked as being encoded stays marked.
        _encode = _encoder()
        raise
