"""The batch script of a model that has none: rows of tables go to the script that was created for its services.

Models of MLflow and of scikit-learn's interface get data frames as they come; others get the rows as a service does. A
model with several inputs gets each from the column of its name, or from `name_0`, `name_1` and so on.
Arguments: `--columns` names those that the model gets, `--keep` those of the table that stand before the predictions,
`--method` the method of a scikit-learn model that is called, or the signature of a TensorFlow model.
"""

import argparse
import re
import sys
from typing import Any, Dict, List, NoReturn, Optional, Sequence, Tuple

from scoredock_runtime.script_process.entry_script import load_module

_STATE: List[Tuple[Any, argparse.Namespace]] = []
"""The script and the options, once init() has returned."""
_PREDICTION = "prediction"
_METHOD, _DEFAULT_SIGNATURE = "predict", "serving_default"
_MATRIX = 2
_COLLECTED = "$"
"""What a ModelDataCollector adds begins with it."""
_NUMBERED = re.compile(r"Column_\d+\Z")
"""Names that LightGBM gives."""


def init(path: str) -> None:
    """Loads the created script, and the model by it. Raises ValueError for an argument that is unknown."""
    options = _parser().parse_args(sys.argv[1:])
    script = load_module(path)
    script.init()
    _STATE[:] = [(script, options)]


def run(rows: Any) -> Any:
    """A frame with one row of predictions for each row. Raises ValueError where the model does not take the rows."""
    import pandas  # type: ignore[import-untyped,unused-ignore]

    script, options = _STATE[0]
    columns = _columns(rows, options.columns or _own_names(rows))
    model = getattr(script, "model", None)  # type: Any
    if not len(rows):
        result = []  # type: Any
    elif hasattr(script, "typed"):
        result = model.predict(script.typed(_with_names(columns, _signature(model))))
    elif hasattr(script, "rows"):
        result = _by_method(
            model, script.rows(_with_names(columns, getattr(model, "feature_names_in_", None))), options
        )
    else:
        result = _served(script, columns, options)
    predictions = _frame(result, pandas)
    if len(predictions) != len(rows):
        raise ValueError(f"The model gave {len(predictions)} predictions for {len(rows)} rows.")
    predictions.index = rows.index
    kept = _columns(rows, options.keep) if options.keep else rows.iloc[:, :0]
    return pandas.concat([kept, predictions], axis=1)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raises ValueError: nobody sees standard error of a worker."""
        raise ValueError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(add_help=False)
    parser.add_argument("--columns", type=_names, default=[])
    parser.add_argument("--keep", type=_names, default=[])
    parser.add_argument("--method", default=_METHOD)
    parser.add_argument("--logging_level")  # every script gets it
    return parser


def _names(text: str) -> List[str]:
    return [name for name in text.split(",") if name]


def _own_names(rows: Any) -> List[str]:
    """All of a table but what a ModelDataCollector adds to it; none where that is all."""
    names = [name for name in rows.columns if not str(name).startswith(_COLLECTED)]
    return names if len(names) < len(rows.columns) else []


def _columns(rows: Any, names: List[str]) -> Any:
    """Columns of the table by name, all of it without names. Raises ValueError for one that it has not."""
    missing = [name for name in names if name not in rows.columns]
    if missing:
        raise ValueError(f"The table has no column {missing[0]!r}; it has {', '.join(map(str, rows.columns))}.")
    return rows[names] if names else rows


def _signature(model: Any) -> Optional[List[str]]:
    """Columns that a model of MLflow needs."""
    schema = model.metadata.get_input_schema()
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return None
    return [spec.name for spec in schema.inputs if getattr(spec, "required", True)]


def _with_names(rows: Any, names: Any) -> Any:
    """Raises ValueError where a column is missing: pandas would take it for one without values."""
    if names is None:
        return rows
    names_of_model = [str(name) for name in names]
    # LightGBM keeps names with _ for a space.
    spaces = {name: name.replace(" ", "_") for name in map(str, rows.columns) if name not in names_of_model}
    rows = rows.rename(columns={name: kept for name, kept in spaces.items() if kept in names_of_model})
    missing = [name for name in names_of_model if name not in rows.columns]
    if missing:
        columns = ", ".join(names_of_model[:20])
        raise ValueError(f"Missing columns: {', '.join(missing[:20])}. The model takes {columns}.")
    return rows


def _by_method(model: Any, rows: Any, options: argparse.Namespace) -> Any:
    method = getattr(model, options.method, None)
    if options.method.startswith("_") or not callable(method):
        raise ValueError(f"This model has no method {options.method!r}.")
    return method(rows)


def _served(script: Any, rows: Any, options: argparse.Namespace) -> Any:
    """Answer of run() of the created script to the rows, as a service gets them from JSON."""
    missing = rows.isna().to_numpy().any()
    plain = rows.astype(object).where(rows.notna(), None) if missing else rows
    signature = _signature_name(script, options)
    inputs = _inputs(script, signature)
    if inputs:
        result = script.run(_tensors(plain, inputs), **({"signature_name": signature} if signature else {}))
    else:
        names = _names_of_booster(script) if hasattr(script, "listed") else None
        rows_by_name = None if names is None else _with_names(plain, names)[names]
        result = script.run(plain.to_numpy().tolist() if rows_by_name is None else rows_by_name.to_dict("records"))
    status = getattr(result, "status_code", 200)
    if status != 200:
        raise ValueError(_reason(result))
    return result


def _signature_name(script: Any, options: argparse.Namespace) -> str:
    """Name of the signature of a TensorFlow model; empty for others. Raises ValueError for one that the model has
    not."""
    signatures = getattr(getattr(script, "model", None), "signatures", None)
    if signatures is None:
        return ""
    name = str(_DEFAULT_SIGNATURE if options.method == _METHOD else options.method)
    if name not in signatures:
        raise ValueError(f"This model has no signature {name!r}, only {', '.join(sorted(signatures))}.")
    return name


def _inputs(script: Any, signature: str) -> Dict[str, Sequence[Any]]:
    """The tensors that a model of ONNX, TensorFlow or Keras takes: name → shape; empty for other models."""
    if signature:
        specs = script.model.signatures[signature].structured_input_signature[1]
        return {name: spec.shape.as_list() for name, spec in specs.items()}
    if hasattr(script, "session"):
        return {each.name: each.shape for each in script.session.get_inputs()}
    tensors = getattr(getattr(script, "model", None), "inputs", None)
    return {each.name: list(each.shape) for each in tensors} if isinstance(tensors, list) else {}


def _tensors(rows: Any, inputs: Dict[str, Sequence[Any]]) -> Dict[str, Any]:
    """Values of the inputs by name. Raises ValueError where the table has none for one of them."""
    parts = {name: _columns_of(rows, name) for name in inputs}
    if len(parts) == 1 and None in parts.values():
        parts = {name: list(rows.columns) for name in parts}
    absent = [name for name, columns in parts.items() if columns is None]
    if absent:
        name, has = absent[0], ", ".join(map(str, rows.columns[:20]))
        raise ValueError(f"The table has no column for the input {name!r}, neither {name} nor {name}_0; it has {has}.")
    return {name: _tensor(rows[parts[name]], shape) for name, shape in inputs.items()}


def _columns_of(rows: Any, name: str) -> Optional[List[str]]:
    if name in rows.columns:
        return [name]
    numbered = []  # type: List[str]
    while f"{name}_{len(numbered)}" in rows.columns:
        numbered.append(f"{name}_{len(numbered)}")
    return numbered or None


def _tensor(rows: Any, shape: Sequence[Any]) -> Any:
    """Nested lists; a column of Parquet may hold lists itself."""
    first = rows.iloc[0, 0]
    if len(rows.columns) == 1 and (isinstance(first, list) or getattr(first, "shape", None)):
        return [_plain(value) for value in rows.iloc[:, 0]]
    if len(shape) == 1 and len(rows.columns) == 1:
        return rows.iloc[:, 0].tolist()
    sizes = [size for size in shape[1:] if isinstance(size, int)]
    if len(shape) > _MATRIX and len(sizes) == len(shape) - 1:
        return rows.to_numpy().reshape([len(rows), *sizes]).tolist()
    return rows.to_numpy().tolist()


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _names_of_booster(script: Any) -> Optional[List[str]]:
    """Names of the columns of a booster; None where it was trained without, and numbers them itself."""
    names = getattr(script.model, "feature_names", None) or getattr(script.model, "feature_name", None)
    names = names() if callable(names) else names
    if not names or all(_NUMBERED.match(name) for name in names):
        return None
    return list(names)


def _reason(refusal: Any) -> str:
    try:
        return str(refusal.get_json()["message"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return f"The model does not take the rows: {refusal!r}."


def _frame(result: Any, pandas: Any) -> Any:
    """One column for a list of values, one for each place of rows, one for each output by name."""
    if isinstance(result, pandas.DataFrame):
        return result.copy(deep=False)
    if isinstance(result, pandas.Series):
        return result.to_frame(result.name or _PREDICTION)
    if isinstance(result, dict):
        parts = [_frame(value, pandas).add_prefix(f"{name}_") for name, value in result.items()]
        return pandas.concat([part.reset_index(drop=True) for part in parts], axis=1)
    if hasattr(result, "toarray"):
        result = result.toarray()
    shape = getattr(result, "shape", ())  # type: Tuple[int, ...]
    if len(shape) > 2:
        result = result.reshape(shape[0], -1)
    frame = pandas.DataFrame(result if len(shape) < 2 or shape[1:] != (1,) else result.reshape(-1))
    if len(frame.columns) == 1 and frame.columns[0] == 0:
        return frame.set_axis([_PREDICTION], axis=1)
    return frame if frame.columns.dtype == object else frame.add_prefix(f"{_PREDICTION}_")
