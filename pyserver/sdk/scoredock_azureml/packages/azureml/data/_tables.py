"""Rows of a dataset as a table with named columns, written as CSV files, also one for each combination of values."""

from __future__ import annotations

import csv
import json
import os
from typing import Any, Dict, List, Optional, Tuple

from azureml.exceptions import UserErrorException


def table_of(bodies: List[str]) -> Tuple[List[str], List[List[Any]]]:
    """Names of the columns, and the rows. Raises UserErrorException for rows that are not a table."""
    records = records_of(bodies)
    if records is None:
        raise UserErrorException("The rows of the dataset are not a table with named columns.")
    return list(records[0]), [list(record.values()) for record in records]


def write_partitions(bodies: List[str], keys: List[str], folder: str) -> List[str]:
    """A CSV file for each combination of values, below folders `key=value`; gives their paths in the order of their
    first rows. Raises UserErrorException."""
    columns, rows = table_of(bodies)
    missing = [key for key in keys if key not in columns]
    if missing:
        raise UserErrorException(f"The dataset has no column {missing[0]}; it has {', '.join(columns)}.")
    places = [columns.index(key) for key in keys]
    groups: Dict[Tuple[str, ...], List[List[Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row[place]) for place in places), []).append(row)
    paths = []
    for values, group in groups.items():
        below = [f"{key}={value.replace('/', '%2F')}" for key, value in zip(keys, values)]
        paths.append(write_table(os.path.join(folder, *below, "rows.csv"), columns, group))
    return paths


def write_table(path: str, columns: List[str], rows: List[List[Any]], separator: str = ",") -> str:
    """A CSV file with a header; gives its path."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def records_of(rows: List[str]) -> Optional[List[Dict[str, Any]]]:
    """The rows of a table: JSON objects with the same keys. None for other request bodies."""
    records: List[Dict[str, Any]] = []
    for row in rows:
        try:
            record = json.loads(row)
        except ValueError:
            return None
        if not isinstance(record, dict):
            return None
        if records and record.keys() != records[0].keys():
            return None
        records.append(record)
    return records or None
