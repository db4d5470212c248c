"""Values that may be logged to a run, as JSON, with the refusals of the SDK."""

from __future__ import annotations

import json
from types import GeneratorType
from typing import Any, Dict, List, Optional

from azureml._scoredock.failures import coded_error
from azureml.exceptions import AzureMLException, UserErrorException

_LARGEST = 1 << 63
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
"""How files of images begin."""
_VALUES = "int, float, str, bool or None"


def scalar(value: Any) -> Any:
    """A value that `run.log` takes; what is not a number or text is logged as its text. Raises UserErrorException."""
    if isinstance(value, (list, range, GeneratorType)):
        raise _refused("run.log does not support list type. Use run.log_list instead", UserErrorException)
    found = _plain(value)
    return repr(value) if found is _NONE else found


def values(value: Any) -> List[Any]:
    """Values for `run.log_list` as JSON has them. Raises AzureMLException if one is of another type."""
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
        raise _refused(f"run.log_list takes a list of values, and this is of type {type(value).__name__}.")
    plain_values = [_plain(each) for each in value]
    for given, each in zip(value if isinstance(value, (list, tuple)) else (), plain_values):
        if each is _NONE:
            raise _refused(f"A value in the list is of type {type(given).__name__}; it must be {_VALUES}.")
    if _NONE in plain_values:
        raise _refused(f"A value in the list is of another type than {_VALUES}.")
    return plain_values


def row(columns: Dict[str, Any]) -> Dict[str, Any]:
    """Cells of a row for `run.log_row`, by column. Raises AzureMLException."""
    cells = {}
    for name, value in columns.items():
        if isinstance(value, list):
            raise _refused(f"Invalid column data. A value of type list is not supported in the column {name}.")
        cells[name] = _plain(value)
        if cells[name] is _NONE:
            raise _refused(f"The column {name} is of type {type(value).__name__}; it must be {_VALUES}.")
    return cells


def table(columns: Any) -> Dict[str, Any]:
    """Columns of a table for `run.log_table`, by name. Raises AzureMLException."""
    if not isinstance(columns, dict):
        raise _refused("The table must be of type dict[string]: column.")
    cells = {
        str(name): values(value)
        if isinstance(value, (list, tuple)) or hasattr(value, "tolist")
        else row({name: value})[name]
        for name, value in columns.items()
    }
    lengths = {name: len(each) if isinstance(each, list) else 1 for name, each in cells.items()}
    first = next(iter(lengths), "")
    for name, length in lengths.items():
        if length != lengths[first]:
            raise _refused(
                f"All columns of a table must have the same length: {first} has {lengths[first]}, {name} has {length}."
            )
    return cells


def document(name: str, value: Any, kind: str) -> str:
    """The JSON of a chart such as a confusion matrix, from a dictionary or its text. Raises AzureMLException."""
    try:
        chart = json.loads(value) if isinstance(value, (str, bytes)) else json.loads(json.dumps(value))
    except (TypeError, ValueError) as error:
        raise _refused(f"The value of {name} is not JSON: {error}.") from None
    missing = [
        key for key in ("schema_type", "schema_version", "data") if not isinstance(chart, dict) or key not in chart
    ]
    if missing:
        raise _refused(f"The {kind} {name} has no {' and no '.join(missing)}.")
    if chart["schema_type"] != kind:
        raise _refused(f"The schema_type of {name} is {chart['schema_type']!r}; it must be {kind!r}.")
    return json.dumps(chart)


def require_image(path: str) -> None:
    """Raises AzureMLException for a file that is not an image, and FileNotFoundError."""
    with open(path, "rb") as file:
        if not file.read(4).startswith(_IMAGES):
            raise _refused(f"{path} is not an image.")


def one_of(path: Optional[str], plot: Any) -> None:
    """Raises AzureMLException unless exactly one is given."""
    if path is not None and plot is not None:
        raise _refused("Both path and plot are given; run.log_image takes one of them.")
    if path is None and plot is None:
        raise _refused("Neither path nor plot is given; run.log_image takes one of them.")


class _NoValue:
    """Stands for what is not a value."""


_NONE = _NoValue()


def _plain(value: Any) -> Any:
    """A number, text or None, those of NumPy included; `_NONE` for anything else."""
    if value is None or isinstance(value, (bool, str)):
        return str(value) if isinstance(value, str) else value
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():
        value = item()
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise _refused("The number has more than 64 bits.")
        return int(value)
    if isinstance(value, float):
        return float(value)
    return value if isinstance(value, str) else _NONE


def _refused(message: str, kind: Any = AzureMLException) -> AzureMLException:
    return coded_error(kind, message, "run-value-invalid")
