"""Makes MLflow models and says what MLflow itself predicts: `make_mlflow.py FOLDER`, by a Python that has MLflow.

Of each, `NAME.json` has cases: a body as it is sent, and the answer that MLflow gives for what the body means.
"""

from __future__ import annotations

import importlib
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

mlflow: Any = importlib.import_module("mlflow")
np: Any = importlib.import_module("numpy")
pd: Any = importlib.import_module("pandas")
schema: Any = importlib.import_module("mlflow.types.schema")
linear: Any = importlib.import_module("sklearn.linear_model")

folder = Path(sys.argv[1])
COLUMNS = ["area", "rooms", "garden"]
ROWS = [[120.5, 4, 30.0], [61.0, 2, 0.0]]
NEEDS = [f"{name}=={metadata.version(name)}" for name in ("mlflow-skinny", "scikit-learn", "numpy", "pandas")]


def model_and_table() -> tuple[Any, Any]:
    """Fitted to a table with two types of columns."""
    table = pd.DataFrame([[50.0, 1, 0.0], [90.0, 3, 10.0], [140.0, 5, 80.0], [75.0, 2, 25.0]], columns=COLUMNS)
    return linear.LinearRegression().fit(table, [100.0, 180.0, 300.0, 160.0]), table


def write(name: str, cases: list[tuple[Any, Any]]) -> None:
    (folder / f"{name}.json").write_text(json.dumps([{"body": body, "answer": answer} for body, answer in cases]))


def with_signature() -> None:
    model, table = model_and_table()
    signature = mlflow.models.infer_signature(table, model.predict(table))
    mlflow.sklearn.save_model(
        model, str(folder / "table"), signature=signature, pip_requirements=NEEDS, serialization_format="cloudpickle"
    )
    loaded = mlflow.pyfunc.load_model(str(folder / "table"))
    answer = loaded.predict(pd.DataFrame(ROWS, columns=COLUMNS)).tolist()
    turned = COLUMNS[::-1]
    cases = [
        {"input_data": {"columns": COLUMNS, "index": [0, 1], "data": ROWS}},
        {"input_data": {"columns": COLUMNS, "data": ROWS}},
        {"input_data": {"columns": turned, "index": ["a", "b"], "data": [row[::-1] for row in ROWS]}},
        {"input_data": {"columns": [*COLUMNS, "more"], "index": [0, 1], "data": [[*row, "x"] for row in ROWS]}},
        {"input_data": {name: [row[place] for row in ROWS] for place, name in enumerate(COLUMNS)}},
        {"input_data": [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]},
        {"input_data": ROWS},
        {"data": ROWS},
        {"data": ROWS, "input_data": {}, "params": {}},
    ]
    write("table", [(body, answer) for body in cases])


def without_signature() -> None:
    model = linear.LinearRegression().fit(np.asarray([row[::-1] for row in ROWS]), [1.0, 2.0])
    mlflow.sklearn.save_model(model, str(folder / "array"), pip_requirements=NEEDS, serialization_format="cloudpickle")
    loaded = mlflow.pyfunc.load_model(str(folder / "array"))
    answer = loaded.predict(np.asarray(ROWS)).tolist()
    split = {"columns": [0, 1, 2], "index": [0, 1], "data": ROWS}
    of_table = loaded.predict(pd.DataFrame(ROWS)).tolist()  # which may differ in the last digit
    write("array", [({"input_data": ROWS}, answer), ({"input_data": split}, of_table), ({"data": ROWS}, of_table)])


class Sum(mlflow.pyfunc.PythonModel):
    """Adds up each array; `params` may name a factor."""

    def predict(self, context, model_input, params=None):
        factor = (params or {}).get("factor", 1.0)
        if isinstance(model_input, dict):
            return {name: values.sum(axis=1) * factor for name, values in model_input.items()}
        return model_input.sum(axis=1) * factor


def with_tensors() -> None:
    rows = [[1.0, 2.0], [3.0, 4.0]]
    tensor = schema.TensorSpec(np.dtype("float32"), (-1, 2))
    factor = schema.ParamSchema([schema.ParamSpec("factor", "double", 1.0)])
    mlflow.pyfunc.save_model(
        str(folder / "tensor"),
        python_model=Sum(),
        signature=mlflow.models.ModelSignature(inputs=schema.Schema([tensor]), params=factor),
        pip_requirements=NEEDS,
    )
    loaded = mlflow.pyfunc.load_model(str(folder / "tensor"))
    array = np.asarray(rows, dtype="float32")
    doubled = loaded.predict(array, params={"factor": 2.0}).tolist()
    write(
        "tensor",
        [
            ({"input_data": rows}, loaded.predict(array).tolist()),
            ({"input_data": rows, "params": {"factor": 2.0}}, doubled),
            (
                {"input_data": {"columns": ["a", "b"], "index": [0, 1], "data": rows}, "params": {"factor": 2.0}},
                doubled,
            ),
            ({"data": rows, "params": {"factor": 2.0}}, doubled),
        ],
    )


def with_named_tensors() -> None:
    specs = [schema.TensorSpec(np.dtype("int64"), (-1, 2), name) for name in ("columns", "data")]
    mlflow.pyfunc.save_model(
        str(folder / "named"),
        python_model=Sum(),
        signature=mlflow.models.ModelSignature(inputs=schema.Schema(specs)),
        pip_requirements=NEEDS,
    )
    loaded = mlflow.pyfunc.load_model(str(folder / "named"))
    given = {"columns": [[1, 2], [3, 4]], "data": [[5, 6], [7, 8]]}
    answer = loaded.predict({name: np.asarray(values) for name, values in given.items()})
    write("named", [({"input_data": given}, {name: values.tolist() for name, values in answer.items()})])


folder.mkdir(parents=True, exist_ok=True)
for make in (with_signature, without_signature, with_tensors, with_named_tensors):
    make()
