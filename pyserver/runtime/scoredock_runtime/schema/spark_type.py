"""Spark data frames (public as `inference_schema.parameter_types.spark_parameter_type`); needs pyspark."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession  # type: ignore[import-not-found]

from scoredock_runtime.schema.parameter_type import AbstractParameterType
from scoredock_runtime.schema.standard_type import _moment

__all__ = ["SparkParameterType"]

Json = Dict[str, Any]

_SIMPLE: Dict[str, Json] = {
    "byte": {"type": "integer", "format": "int8"},
    "short": {"type": "integer", "format": "int16"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "decimal": {"type": "number", "format": "decimal"},
    "string": {"type": "string"},
    "binary": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "null": {"type": "object"},
}


class SparkParameterType(AbstractParameterType):
    """A list of records becomes a frame, by default with the sample's schema."""

    def __init__(self, sample_input: Any, apply_sample_schema: bool = True) -> None:
        if not isinstance(sample_input, DataFrame):
            raise Exception("Invalid sample input provided, must provide a sample Spark DataFrame array.")
        super().__init__(sample_input)
        self.apply_sample_schema = apply_sample_schema

    def deserialize_input(self, input_data: Any) -> Any:
        """Raises Exception for what is not a list."""
        if isinstance(input_data, DataFrame):
            return input_data
        if not isinstance(input_data, list):
            raise Exception(f'Error, unable to convert input of type "{type(input_data)}" to Spark DataFrame')
        session = SparkSession.builder.getOrCreate()
        if not self.apply_sample_schema:
            return session.createDataFrame(data=input_data)
        schema = self.sample_input.schema
        return session.createDataFrame(data=[_value(each, schema) for each in input_data], schema=schema)

    def input_to_swagger(self) -> Json:
        """Raises TypeError for a type that JSON cannot carry."""
        item = _fragment(self.sample_input.schema)
        rows = [_example(row, item) for row in self.sample_input.collect()]
        return {"type": "array", "items": item, "example": rows}


def _fragment(kind: Any) -> Json:
    name = kind.typeName()
    if name == "struct":
        return {"type": "object", "properties": {field.name: _fragment(field.dataType) for field in kind.fields}}
    if name == "array":
        return {"type": "array", "items": _fragment(kind.elementType)}
    if name == "map":
        return {"type": "object", "additionalProperties": _fragment(kind.valueType)}
    if name not in _SIMPLE:
        raise TypeError(f"We currently do not support extracting schema from data of type {kind}")
    return _SIMPLE[name]


def _example(value: Any, fragment: Json) -> Any:
    kind, form = fragment["type"], fragment.get("format")
    if value is None:
        return None
    if kind == "array":
        return [_example(each, fragment["items"]) for each in value]
    if "properties" in fragment:
        return {name: _example(value[name], inner) for name, inner in fragment["properties"].items()}
    if "additionalProperties" in fragment:
        return {name: _example(each, fragment["additionalProperties"]) for name, each in value.items()}
    if kind == "number":
        return float(value)
    if kind in ("integer", "boolean"):
        return value
    return base64.b64encode(bytes(value)).decode() if form == "binary" else str(value)


def _value(value: Any, kind: Any) -> Any:
    """Spark takes no texts for moments, decimals and bytes."""
    name = kind.typeName()
    if value is None:
        return None
    if name == "struct":
        return {field.name: _value(value[field.name], field.dataType) for field in kind.fields}
    if name == "array":
        return [_value(each, kind.elementType) for each in value]
    if name == "map":
        return {key: _value(each, kind.valueType) for key, each in value.items()}
    if name == "date":
        return _moment(value).date()
    if name == "timestamp":
        return _moment(value)
    if name == "decimal":
        return Decimal(str(value))
    return bytearray(base64.b64decode(value)) if name == "binary" else value
