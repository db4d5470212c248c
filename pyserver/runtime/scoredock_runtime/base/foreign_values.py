"""Values of a response that JSON does not have, and what makes of each one that it has.

Read by the interpreter of a script as well (see `script_process`): Python 3.6.
"""

from typing import Any, Iterator, Tuple

from scoredock_runtime.base.faults import one_line

_MOST = 10000
"""Values that are looked at."""
_TURNED_BY = (
    ("tolist", ".tolist()"),
    ("to_dict", ".to_dict()"),
    ("isoformat", ".isoformat()"),
    ("__float__", "float()"),
)
"""Method of a type, and what is written to get numbers, texts, lists or dictionaries."""


def unserialised(fault: BaseException, value: Any) -> str:
    """Sentence about the value of a response that `json.dumps` did not take, with its place; empty for another
    fault."""
    if not isinstance(fault, TypeError):
        return ""
    try:
        place, foreign = next(_foreign(value, "", [_MOST]))
    except Exception:  # there is none, or a method of the person's raised
        return ""
    kind = type(foreign)
    written = next((text for name, text in _TURNED_BY if hasattr(kind, name)), "a number, text, list or dict")
    name = f"“{place}” of the response" if place else "The response"
    what = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name} is a {what}, which JSON does not have; use {written} ({one_line(fault)})"


def _foreign(value: Any, place: str, budget: Any) -> Iterator[Tuple[str, Any]]:
    budget[0] -= 1
    if budget[0] < 0 or value is None or isinstance(value, (str, int, float)):
        return
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _foreign(each, f"{place}.{name}" if place else str(name), budget)
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            yield from _foreign(each, f"{place}[{number}]", budget)
    else:
        yield place, value
