"""Schemas of the first web services, in the Workbench of 2017 and of azureml-webservice-schema: a script shows the
arguments of its `run()` by samples, and a file has their types. Standard library only."""

from __future__ import annotations

import inspect
import json
import os
from typing import Any, Callable, Dict, Mapping, Optional

_VERSION = "1.0.1"
_TYPES: Dict[type, Dict[str, str]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number", "format": "double"},
    type(None): {"type": "object"},
}
_HEADERS = "request_headers"
"""An argument that has no sample."""


class DataTypes:
    """Kinds of samples."""

    SPARK, NUMPY, STANDARD, PANDAS = range(4)


class SampleDefinition:
    """Definition of an argument by a sample."""

    def __init__(self, input_type: int, sample: Any) -> None:
        self.type = input_type
        self.sample = sample

    def serialize(self) -> Dict[str, Any]:
        """The sample as the schema file has it; the pickled classes of the first service, which nothing here reads, are
        left out.
        """
        example = _plain(self.sample)
        return {"type": self.type, "version": _VERSION, "swagger": {**_described(example), "example": example}}


def generate_schema(
    run_func: Callable[..., Any],
    inputs: Optional[Mapping[str, SampleDefinition]] = None,
    outputs: Optional[Mapping[str, SampleDefinition]] = None,
    filepath: Optional[str] = None,
) -> Dict[str, Dict[str, Any]]:
    """The schema, and the file of it where one is named. Raises ValueError for samples that are not those of the
    arguments."""
    schema: Dict[str, Dict[str, Any]] = {}
    for key, samples in (("input", inputs), ("output", outputs)):
        if samples is None:
            continue
        if not isinstance(samples, dict) or not all(isinstance(each, SampleDefinition) for each in samples.values()):
            raise ValueError(f"The {key}s are a dictionary of names with a SampleDefinition each.")
        schema[key] = {name: sample.serialize() for name, sample in samples.items()}
    names = [name for name in inspect.signature(run_func).parameters if name != _HEADERS]
    if sorted(names) != sorted(inputs or ()):
        raise ValueError(
            f"Argument mismatch: the run function has the arguments ({', '.join(names)}), and samples are given for"
            f" ({', '.join(inputs or ())})."
        )
    if filepath is not None:
        path = os.path.abspath(os.fspath(filepath).replace("\\", os.sep))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(schema, file, default=str)
    return schema


def _plain(sample: Any) -> Any:
    """Sample as JSON has it. One row of a table or an array is enough: it has the types of all."""
    if hasattr(sample, "toPandas"):  # of Spark
        sample = sample.limit(1).toPandas()
    if hasattr(sample, "to_json"):  # of pandas
        return json.loads(sample.head(1).to_json(orient="records", date_format="iso"))
    if hasattr(sample, "tolist"):  # of NumPy
        return sample[:1].tolist() if getattr(sample, "ndim", 0) else sample.tolist()
    return sample


def _described(value: Any) -> Dict[str, Any]:
    if isinstance(value, dict):
        return {"type": "object", "properties": {str(name): _described(each) for name, each in value.items()}}
    if isinstance(value, (list, tuple, range)):
        return {"type": "array", "items": _described(value[0]) if len(value) else {"type": "object"}}
    return _TYPES.get(type(value), {"type": "string"})
