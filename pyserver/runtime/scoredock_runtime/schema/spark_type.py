"""Spark data frames (public as `inference_schema.parameter_types.spark_parameter_type`); needs pyspark."""

import base64
from decimal import Decimal
from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession  # type: ignore[import-not-found]
from pyspark.sql.types import UserDefinedType  # type: ignore[import-not-found]

from scoredock_runtime import schema
from scoredock_runtime.schema.examples import example_of
from scoredock_runtime.schema.parameter_type import AbstractParameterType
from scoredock_runtime.schema.standard_type import moment

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

    __module__ = "inference_schema.parameter_types.spark_parameter_type"  # messages show it

    def __init__(self, sample_input: Any, apply_sample_schema: bool = True) -> None:
        if not isinstance(sample_input, DataFrame):
            raise Exception("Invalid sample input provided, must provide a sample Spark DataFrame array.")
        super().__init__(sample_input)
        self.apply_sample_schema = apply_sample_schema

    def deserialize_input(self, input_data: Any) -> Any:
        """Data frame of the value that came as JSON. Raises Exception for what is not a list."""
        if isinstance(input_data, DataFrame):
            return input_data
        if not isinstance(input_data, list):
            raise Exception(f'Error, unable to convert input of type "{type(input_data)}" to Spark DataFrame')
        session = SparkSession.builder.getOrCreate()
        if not self.apply_sample_schema:
            return session.createDataFrame(data=input_data)
        expected = self.sample_input.schema
        for index, item in enumerate(input_data):
            input_data[index] = _value(item, expected)
        return session.createDataFrame(data=input_data, schema=expected)

    def input_to_swagger(self) -> Json:
        """Fragment that describes the sample. Raises TypeError for a type that JSON cannot carry."""
        item = _fragment(self.sample_input.schema)
        rows = [example_of(row, item) for row in self.sample_input.collect()]
        return {"type": "array", "items": item, "example": rows}


def _fragment(kind: Any) -> Json:
    if isinstance(kind, UserDefinedType):
        # The many spaces are the library's.
        raise TypeError(
            "Invalid data type to convert: instances of UserDefinedType (e.g. VectorUDT, MatrixUDT)"
            f"{' ' * 13}are not supported at this time. Please use ArrayType or MapType if applicable."
        )
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


def _value(value: Any, kind: Any) -> Any:
    """Spark takes no texts for moments, decimals and bytes; parts are replaced in their places."""
    name = kind.typeName()
    if schema.strict and value is None:
        return None
    if name == "struct":
        for field in kind.fields:
            value[field.name] = _value(value[field.name], field.dataType)
    elif name == "array":
        for index, item in enumerate(value):
            value[index] = _value(item, kind.elementType)
    elif name == "map":
        for key in value:
            value[key] = _value(value[key], kind.valueType)
    elif name == "date":
        return moment(value).date()
    elif name == "timestamp":
        return moment(value)
    elif name == "decimal":
        return Decimal(value)
    elif name == "binary":
        return bytearray(base64.b64decode(value.encode()))
    return value
