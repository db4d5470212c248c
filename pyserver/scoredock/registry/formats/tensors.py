"""Inputs and outputs of models, where a file says them without being loaded: ONNX, SavedModel, MLmodel, Keras 3."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from scoredock.registry.formats.protobuf import fields, text
from scoredock.registry.records import Tensor

MOST = 200
"""Tensors that are kept, of inputs and outputs each."""
_MOST_NODES = 200_000
_LONGEST = 200
_ONNX_TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
}
_ONNX_OTHER = {4: "sequence", 5: "map", 8: "sparse tensor", 9: "optional"}
_TENSORFLOW_TYPES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    14: "bfloat16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    22: "uint32",
    23: "uint64",
}
_SERVING = "serving_default"

Signature = tuple[tuple[Tensor, ...], tuple[Tensor, ...]]
"""Inputs and outputs."""


def shape_text(sizes: Iterable[object]) -> str:
    """`[N, 4]`; `?` for a size that is not fixed and has no name."""
    return "[" + ", ".join(_size_text(size) for size in itertools.islice(sizes, 32)) + "]"


def _size_text(size: object) -> str:
    if isinstance(size, bool) or size is None or size == "":
        return "?"
    if isinstance(size, int):
        return str(size) if size >= 0 else "?"
    return _plain(size)


def _plain(value: object) -> str:
    """Text of a file for people, in one line."""
    return "".join(letter for letter in str(value) if letter.isprintable())[:_LONGEST] if isinstance(value, str) else ""


# ------------------------------------------------------------------------------------------ ONNX


def onnx_signature(stream: BinaryIO, graph: range) -> Signature:
    """GraphProto: 5 initializer (8 name), 11 input, 12 output. What has an initial value is a weight, not an input."""
    weights: set[str] = set()
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    for number, value in fields(stream, graph.start, graph.stop, _MOST_NODES):
        if not isinstance(value, range):
            continue
        if number == 5:
            weights.add(_named(stream, value, 8))
        elif number in (11, 12) and len(inputs if number == 11 else outputs) < _MOST_NODES // 100:
            (inputs if number == 11 else outputs).append(_onnx_tensor(stream, value))
    return tuple(tensor for tensor in inputs if tensor.name not in weights)[:MOST], tuple(outputs[:MOST])


def _named(stream: BinaryIO, place: range, field_number: int) -> str:
    return next((text(stream, v) for n, v in fields(stream, place.start, place.stop) if n == field_number), "")


def _onnx_tensor(stream: BinaryIO, place: range) -> Tensor:
    """ValueInfoProto: 1 name, 2 type (1 tensor: 1 element, 2 shape (1 dimension: 1 value, 2 name))."""
    name, kind, shape = "", "", ""
    for number, value in fields(stream, place.start, place.stop):
        if number == 1:
            name = text(stream, value)
        elif number == 2 and isinstance(value, range):
            for which, inner in fields(stream, value.start, value.stop):
                if which == 1 and isinstance(inner, range):
                    kind, shape = _onnx_type(stream, inner)
                else:
                    kind = _ONNX_OTHER.get(which, kind)
    return Tensor(_plain(name), kind, shape)


def _onnx_type(stream: BinaryIO, place: range) -> tuple[str, str]:
    kind, shape = "", ""
    for number, value in fields(stream, place.start, place.stop):
        if number == 1 and isinstance(value, int):
            kind = _ONNX_TYPES.get(value, "")
        elif number == 2 and isinstance(value, range):
            shape = shape_text(
                _dimension(stream, inner)
                for which, inner in fields(stream, value.start, value.stop)
                if which == 1 and isinstance(inner, range)
            )
    return kind, shape


def _dimension(stream: BinaryIO, place: range) -> object:
    for number, value in fields(stream, place.start, place.stop):
        if number == 1 and isinstance(value, int):
            return value
        if number == 2:
            return text(stream, value)
    return None


# ------------------------------------------------------------------------------------------ SavedModel


def saved_model_signature(stream: BinaryIO, meta_graph: range) -> Signature:
    """MetaGraph: 5 signatures by name (1 key, 2 signature: 1 inputs, 2 outputs). The one that is served, or the
    first."""
    signatures: dict[str, range] = {}
    for number, value in fields(stream, meta_graph.start, meta_graph.stop):
        if number == 5 and isinstance(value, range):
            key, signature = _pair(stream, value)
            if isinstance(signature, range) and not key.startswith("__saved_model"):
                signatures[key] = signature
    served_signature = signatures.get(_SERVING) or next(iter(signatures.values()), None)
    if served_signature is None:
        return (), ()
    sides: dict[int, list[Tensor]] = {1: [], 2: []}
    for number, value in fields(stream, served_signature.start, served_signature.stop):
        if number in sides and isinstance(value, range) and len(sides[number]) < MOST:
            key, tensor = _pair(stream, value)
            if isinstance(tensor, range):
                sides[number].append(_tensorflow_tensor(stream, key, tensor))
    by_name = {number: tuple(sorted(tensors, key=lambda each: each.name)) for number, tensors in sides.items()}
    return by_name[1], by_name[2]


def _pair(stream: BinaryIO, place: range) -> tuple[str, object]:
    """An entry of a map: 1 key, 2 value."""
    parts = dict(fields(stream, place.start, place.stop))
    return text(stream, parts.get(1)), parts.get(2)


def _tensorflow_tensor(stream: BinaryIO, name: str, place: range) -> Tensor:
    """TensorInfo: 2 type, 3 shape (2 dimension: 1 size; 3 unknown rank)."""
    kind, shape = "", ""
    for number, value in fields(stream, place.start, place.stop):
        if number == 2 and isinstance(value, int):
            kind = _TENSORFLOW_TYPES.get(value, "")
        elif number == 3 and isinstance(value, range):
            sizes: list[object] = []
            has_rank = True
            for which, inner in fields(stream, value.start, value.stop):
                has_rank = has_rank and which != 3
                if which == 2 and isinstance(inner, range):
                    size = dict(fields(stream, inner.start, inner.stop)).get(1, 0)
                    sizes.append(None if isinstance(size, int) and size >> 63 else size)
            shape = shape_text(sizes) if has_rank else ""
    return Tensor(_plain(name), kind, shape)


# ------------------------------------------------------------------------------------------ MLmodel


def mlmodel_signature(document: Mapping[str, object]) -> Signature:
    """`signature`: inputs and outputs as JSON texts, columns or tensors."""
    signature = document.get("signature")
    if not isinstance(signature, dict):
        return (), ()
    return _columns(signature.get("inputs")), _columns(signature.get("outputs"))


def _columns(schema_text: object) -> tuple[Tensor, ...]:
    try:
        columns = json.loads(schema_text) if isinstance(schema_text, str) else None
    except (ValueError, RecursionError):
        return ()
    if not isinstance(columns, list):
        return ()
    return tuple(_column(each) for each in columns[:MOST] if isinstance(each, dict))


def _column(column: Mapping[str, object]) -> Tensor:
    inner = column.get("tensor-spec")
    if isinstance(inner, dict):
        shape = inner.get("shape")
        return Tensor(
            _plain(column.get("name")), _plain(inner.get("dtype")), shape_text(shape) if isinstance(shape, list) else ""
        )
    return Tensor(_plain(column.get("name")), _plain(column.get("type")), "")


# ------------------------------------------------------------------------------------------ Keras


def keras_inputs(config: object) -> tuple[Tensor, ...]:
    """Input layers of `config.json`; of a model without one, the shape that it was built for."""
    if not isinstance(config, dict):
        return ()
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else None
    found = tuple(itertools.islice(_input_layers(layers if isinstance(layers, list) else ()), MOST))
    if found:
        return found
    built = config.get("build_config")
    shape = built.get("input_shape") if isinstance(built, dict) else None
    return (Tensor("", "", shape_text(shape)),) if isinstance(shape, list) else ()


def _input_layers(layers: Sequence[object]) -> Iterator[Tensor]:
    for layer in layers:
        config = layer.get("config") if isinstance(layer, dict) and layer.get("class_name") == "InputLayer" else None
        if isinstance(config, dict):
            shape = config.get("batch_shape", config.get("batch_input_shape"))
            kind = config.get("dtype")
            if isinstance(kind, dict):  # a policy instead of a name
                kind = kind.get("config", {}).get("name") if isinstance(kind.get("config"), dict) else ""
            yield Tensor(_plain(config.get("name")), _plain(kind), shape_text(shape) if isinstance(shape, list) else "")
