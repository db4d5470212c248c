"""XGBoost boosters: JSON, UBJSON, and pickles of `Booster`. Pickles of its scikit-learn classes go the way of
scikit-learn."""

from __future__ import annotations

from scoredock.no_code.frameworks.generated_script import GeneratedScript, pinned, sample_of, script
from scoredock.no_code.subject import Subject

_SCRIPT = '''\
"""Serves the XGBoost model $title.

Body: {"data": [[...], ...]}, null for a missing value; of a model with names of columns rows may also be objects with all
of them. Columns that pandas held as categories take the categories. Answered is what Booster.predict gives; with
"output_margin": true the values before the objective's transformation.
"""

import json
import os

import numpy as np
import xgboost
$imports

SAMPLE = $sample


def init():
    global categories, model
$load
    categories = columns_with_categories(model)
    # The model knows which columns it takes: the description of the service and its sample request show it.
    sample = SAMPLE or [[next(iter(categories.get(place, [0.0]))) for place in range(model.num_features())]]
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
    if categories:
        rows = [[code(place, value) if place in categories else value for place, value in enumerate(row)] for row in rows]
    return exactly("data", rows, np.float32).reshape(len(rows), columns)


def code(place, value):
    """What XGBoost keeps for a category; null stays a missing value."""
    known = categories[place]
    if value is None:
        return None
    if type(value) not in (str, int, float) or value not in known:
        choices = ", ".join(json.dumps(each, ensure_ascii=False) for each in list(known)[:20])
        raise ValueError(f"{model.feature_names[place]!r} takes the categories {choices}, not {json.dumps(value)[:60]}.")
    return known[value]


$categories


$exactly


$listed


$refused
'''  # noqa: E501 (a text that would change if it were wrapped)
CATEGORIES = '''\
def columns_with_categories(booster):
    """By place, the codes of the categories that pandas gave columns in training; before 3.1 XGBoost kept the codes only."""
    if "c" not in (booster.feature_types or []) or not hasattr(booster, "get_categories"):
        return {}
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    held = trees.get("gbtree", trees)["model"].get("cats", {}).get("enc", [])
    return {place: codes_of(each) for place, each in enumerate(held) if each["values"]}


def codes_of(held):
    """By category: whole numbers, or texts that stand in one row."""
    values = held["values"]
    if "offsets" in held:
        row = bytes(value % 256 for value in values)
        if not row.isascii():
            raise ValueError(
                "XGBoost cuts categories with letters beyond ASCII off in the files that it writes. Score the model in an "
                "entry script of your own."
            )
        values = [row[start:end].decode() for start, end in zip(held["offsets"], held["offsets"][1:])]
    return {value: place for place, value in enumerate(values)}'''  # noqa: E501 (a text that would change if it were wrapped)
"""Of a script that imports json."""
_NATIVE = "    model = xgboost.Booster()\n    model.load_model({model})"
_PICKLE = "    model = joblib.load({model})"


def write(subject: Subject) -> GeneratedScript:
    """Script for the native forms and for a pickled `Booster`."""
    native = subject.recognised.form != "pickle"
    model = script("$model", subject)
    text = script(
        _SCRIPT,
        subject,
        load=(_NATIVE if native else _PICKLE).format(model=model),
        categories=CATEGORIES,
        sample=sample_of(subject, "None"),
    )
    if not native:
        text = text.replace("import numpy as np\n", "import joblib\nimport numpy as np\n", 1)
    requirements, fallback = pinned("xgboost", subject.version, "numpy", *(() if native else ("joblib",)))
    return GeneratedScript(text, requirements, fallback)
