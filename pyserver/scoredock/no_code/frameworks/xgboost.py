"""XGBoost boosters: JSON, UBJSON, and pickles of `Booster`. Pickles of its scikit-learn classes go the way of scikit-learn."""

from __future__ import annotations

from scoredock.no_code.frameworks.written import Written, pinned, sample_of, script
from scoredock.no_code.subject import Subject

_SCRIPT = '''\
"""Serves the XGBoost model $title.

Body: {"data": [[...], ...]}, null for a missing value; of a model with names of columns rows may also be objects with all
of them. Answered is what Booster.predict gives; with "output_margin": true the values before the objective's transformation.
"""

import json
import os

import numpy as np
import xgboost
$imports

SAMPLE = $sample


def init():
    global model
$load
    # The model knows how many columns it takes: the description of the service and its sample request show it.
    sample = SAMPLE or [[0.0] * model.num_features()]
    input_schema("data", StandardPythonParameterType(sample), convert_to_provided_type=False)(run)


@input_schema("data", StandardPythonParameterType([[0.0]]), convert_to_provided_type=False)
@input_schema("output_margin", StandardPythonParameterType(False), convert_to_provided_type=False)
def run(data, output_margin=False):
    names = model.feature_names
    try:
        rows = table(listed(data, names) if names else data)
        matrix = xgboost.DMatrix(
            rows, feature_names=names, feature_types=model.feature_types, enable_categorical=True
        )
        return model.predict(matrix, output_margin=bool(output_margin)).tolist()
    except (TypeError, ValueError) as error:  # XGBoostError is a ValueError
        return refused(error)


def table(rows):
    """The rows as an array with all columns of the model: XGBoost would read what is missing at the end as gaps."""
    columns = model.num_features()
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ValueError(f"data takes a list of rows, each a list of {columns} values.")
    wrong = next((row for row in rows if len(row) != columns), None)
    if wrong is not None:
        raise ValueError(f"A row has {len(wrong)} values, and the model takes {columns}; null stands for a missing value.")
    return exactly("data", rows, np.float32).reshape(len(rows), columns)


$exactly


$listed


$refused
'''
_NATIVE = "    model = xgboost.Booster()\n    model.load_model({model})"
_PICKLE = "    model = joblib.load({model})"


def write(subject: Subject) -> Written:
    """For the native forms and for a pickled `Booster`."""
    native = subject.recognised.form != "pickle"
    model = script("$model", subject)
    text = script(
        _SCRIPT, subject, load=(_NATIVE if native else _PICKLE).format(model=model), sample=sample_of(subject, "None")
    )
    if not native:
        text = text.replace("import numpy as np\n", "import joblib\nimport numpy as np\n", 1)
    requirements, fallback = pinned("xgboost", subject.version, "numpy", *(() if native else ("joblib",)))
    return Written(text, requirements, fallback)
