"""Packages of data preparation (`.dprep`) and data sources (`.dsource`) of the Workbench: a file with delimiters as a
data frame of pandas, and the steps on its columns and rows that are certain. Any other step says so."""

from __future__ import annotations

import json
import ntpath
import os
from typing import Any, Callable, Dict

from azureml._scoredock.failures import coded_error, not_here
from azureml._scoredock.paths import here
from azureml.exceptions import UserErrorException

_INSTEAD = "Read the file with pandas and do that there."
_SHOWN_ONLY = ("SampleBlock", "HandlePathColumnBlock")
"""Steps of the Workbench's own window, and one that keeps the table as it is."""
_TEXT, _TRUTH, _WHOLE, _NUMBER, _TIME = range(5)
_EQUAL, _MISSING = 0, 2
_REMOVE = 1
_NULL = "(null)"


def run(dprep_path: str, dataflow_idx: int = 0, secrets: Any = None, spark: Any = None) -> Any:
    """The table that a data flow of a package gives."""
    if spark:
        raise not_here("A data frame of Spark from a data preparation package", "Leave out spark=True.")
    return _table(dprep_path, lambda activities: activities[dataflow_idx])


def load_datasource(path: str, secrets: Any = None, spark: Any = None) -> Any:
    """The table of a data source."""
    return run(path, 0, secrets, spark)


def _table(path: str, choose: Callable[[Any], Any]) -> Any:
    path = here(os.fspath(path))
    try:
        with open(path, encoding="utf-8-sig") as file:
            blocks = choose(json.load(file)["activities"])["blocks"]
    except (ValueError, KeyError, IndexError, TypeError, StopIteration):
        message = f"{path} is not a data preparation package of the Workbench, or has no such data flow."
        raise coded_error(UserErrorException, message, "sdk-argument-invalid") from None
    kinds = [str(block["type"]).rpartition(".")[2] for block in blocks]
    foreign = [kind for kind in dict.fromkeys(kinds) if kind not in _STEPS and kind not in _SHOWN_ONLY]
    if foreign:
        raise not_here(f"What {path} does by {', '.join(foreign)}", _INSTEAD)
    table: Any = None
    for kind, block in zip(kinds, blocks):
        if kind in _SHOWN_ONLY:
            continue
        made = _STEPS[kind](table, block.get("arguments") or {}, os.path.dirname(path))
        if made is None:
            raise not_here(f"The step {kind} of {path}, with its settings,", _INSTEAD)
        table = made
    return table


def _referenced(_: Any, arguments: Dict[str, Any], folder: str) -> Any:
    reference = arguments["reference"]
    container, id = reference.get("referenceContainerPath"), reference["referencedActivityId"]
    if not container or reference.get("referencedStep") or reference.get("anonymousSteps"):
        return None
    return _table(os.path.join(folder, container), lambda found: next(each for each in found if each["id"] == id))


def _source(_: Any, arguments: Dict[str, Any], folder: str) -> Any:
    place = arguments["path"]
    names = [each["path"] for each in place["resourceDetails"]]
    return [_existing(name, folder) for name in names] if place.get("target") == 0 and names else None


def _existing(name: str, folder: str) -> str:
    """The path of a file from the folder of the package; one of another machine is looked for beside the package."""
    path = str(here(os.path.join(folder, here(name, folder))))
    beside = os.path.join(folder, ntpath.basename(name))
    return beside if not os.path.exists(path) and os.path.exists(beside) else path


def _parsed(paths: Any, arguments: Dict[str, Any], _: str) -> Any:
    import pandas

    headers = arguments.get("columnHeadersMode")
    if headers not in (0, 1) or any(arguments.get(each) for each in ("fileEncoding", "skipRowsMode")):
        return None
    separator, has_names = arguments.get("separator") or ",", headers == 1
    tables = [
        pandas.read_csv(path, sep=separator, header=0 if has_names else None, dtype=str, skip_blank_lines=False)
        for path in paths
    ]
    table = pandas.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    if not has_names:
        table.columns = [f"Column{number}" for number in range(1, len(table.columns) + 1)]
    return table


def _typed(table: Any, arguments: Dict[str, Any], _: str) -> Any:
    import pandas

    if isinstance(table, list):
        return None  # no step has read the files
    table = table.copy()
    for each in arguments.get("columnConversion") or ():
        name, kind = each["columnId"], each["typeProperty"]
        if kind in (_WHOLE, _NUMBER):
            table[name] = pandas.to_numeric(table[name], errors="coerce")
        elif kind == _TRUTH:
            table[name] = table[name].str.lower().map({"true": True, "false": False})
        elif kind == _TIME:
            formats = (each.get("typeArguments") or {}).get("dateTimeFormats") or []
            if len(formats) != 1:
                return None
            table[name] = pandas.to_datetime(table[name], format=formats[0], errors="coerce")
        elif kind != _TEXT:
            return None
    return table


def _renamed(table: Any, arguments: Dict[str, Any], _: str) -> Any:
    return table.rename(columns={arguments["columnId"]: arguments["newColumnId"]})


def _without(table: Any, arguments: Dict[str, Any], _: str) -> Any:
    return table.drop(columns=arguments["columnIds"])


def _filtered(table: Any, arguments: Dict[str, Any], _: str) -> Any:
    clauses = arguments.get("clauses") or []
    if arguments.get("filterResult") != _REMOVE or len(clauses) != 1:
        return None
    column, operator, value = table[arguments["columnId"]], clauses[0].get("operator"), clauses[0].get("value")
    if (operator == _MISSING and value is None) or (operator == _EQUAL and value == _NULL):
        return table[column.notna()]
    return table[column != value] if operator == _EQUAL and isinstance(value, str) else None


_STEPS: Dict[str, Callable[[Any, Dict[str, Any], str], Any]] = {
    "ColumnRenameBlock": _renamed,
    "DataSourceBlock": _source,
    "DeleteColumnBlock": _without,
    "FilterStringColumnBlock": _filtered,
    "ParseDelimitedBlock": _parsed,
    "ReferenceActivityBlock": _referenced,
    "SetColumnTypesBlock": _typed,
}
