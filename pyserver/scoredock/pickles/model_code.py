"""Python code that a model brings along outside of pickles: in MLflow's description of a model, and in models of Keras.

MLflow imports what `loader_module` names, puts the folder `code` before all that Python imports, and runs the script of
`model_code_path`. A Lambda layer of Keras holds the bytecode of a function, in base64 within the configuration, which
older releases run without a question when they load the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoredock.pickles.budget import Budget, NotRead
from scoredock.pickles.reading import Input
from scoredock.small_yaml import small_yaml

_DESCRIPTION = "MLmodel"
_LONGEST_DESCRIPTION = 1 << 20
_FLAVOUR = "python_function"
_OF_MLFLOW = "mlflow."

_HDF5 = b"\x89HDF\r\n\x1a\n"
_CONFIGURATIONS = frozenset(("config.json", "saved_model.pb", "keras_metadata.pb"))
"""Where Keras writes the configuration of a model; HDF5 files have it among their attributes, which nothing
compresses."""
_LAMBDA = re.compile(rb'"class_name"\s{0,8}:\s{0,8}"Lambda"')
_HIDDEN = re.compile(rb"\\u00(?:[2-6][0-9a-fA-F]|7[0-9a-eA-E])")
"""A plain letter written as its number, as no writer of JSON does."""
_CHUNK = 1 << 20
_OVERLAP = 64


def may_hold_code(head: bytes, stored: str) -> bool:
    """True if `code_of` has to read a file that begins like this; `stored` is the path it is stored under."""
    name = stored.rpartition("/")[2]
    return name == _DESCRIPTION or name in _CONFIGURATIONS or is_hdf5(head)


def is_hdf5(head: bytes) -> bool:
    return head.startswith(_HDF5)


def code_of(source: Input, stored: str, budget: Budget) -> Iterator[str]:
    """Clauses, without their subject, that say which code a file brings along. Raises NotRead, OSError, `cancelled`."""
    if stored.rpartition("/")[2] == _DESCRIPTION:
        yield from _of_description(source)
    else:
        yield from _of_configuration(source, budget)


def _of_description(source: Input) -> Iterator[str]:
    content = source.peek(_LONGEST_DESCRIPTION + 1)
    try:
        if len(content) > _LONGEST_DESCRIPTION:
            raise ValueError("too long")
        document = small_yaml(content)
    except ValueError:
        raise NotRead("it cannot be read, so that nobody can tell which code it names") from None
    flavours = document.get("flavors")
    for name, details in flavours.items() if isinstance(flavours, dict) else ():
        if not isinstance(details, dict):
            continue
        loader = _text(details.get("loader_module"))
        if name == _FLAVOUR and loader and not loader.startswith(_OF_MLFLOW):
            yield f"it is loaded by the Python module {loader}"
        if code := _text(details.get("code")):
            yield f"Python files of its folder {code} are imported"
        if script := _text(details.get("model_code_path")):
            yield f"it is made by the Python script {script}"


def _text(value: object) -> str:
    """Text of a scalar as YAML writes it, empty for what MLflow takes for nothing."""
    return value if isinstance(value, str) and value not in ("", "null", "~", "Null", "NULL") else ""


def _of_configuration(source: Input, budget: Budget) -> Iterator[str]:
    hidden = False
    overlap = b""
    while chunk := source.peek(_CHUNK):
        source.skip(len(chunk))
        budget.spend_time()
        text = overlap + chunk
        if _LAMBDA.search(text):
            yield "a Lambda layer holds Python code"
            return
        hidden = hidden or _HIDDEN.search(text) is not None
        overlap = text[-_OVERLAP:]
    if hidden:
        yield "its configuration is written so that nobody can search it for Lambda layers"
