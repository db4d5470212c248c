"""LightGBM models in text form. Pickles of its scikit-learn classes go the way of scikit-learn."""

from __future__ import annotations

from scoredock.no_code.frameworks.written import Written, pinned, sample_of, script
from scoredock.no_code.subject import Subject

_SCRIPT = '''\
"""Serves the LightGBM model $title.

Body: {"data": [[...], ...]}, null for a missing value; rows may also be objects with the names of the columns. Answered
is what Booster.predict gives; with "raw_score": true the values before the objective's transformation.
"""

import os

import lightgbm
import numpy as np
$imports

SAMPLE = $sample


def init():
    global model
    model = lightgbm.Booster(model_file=$model)
    # The model knows how many columns it takes: the description of the service and its sample request show it.
    sample = SAMPLE or [[0.0] * model.num_feature()]
    input_schema("data", StandardPythonParameterType(sample), convert_to_provided_type=False)(run)


@input_schema("data", StandardPythonParameterType([[0.0]]), convert_to_provided_type=False)
@input_schema("raw_score", StandardPythonParameterType(False), convert_to_provided_type=False)
def run(data, raw_score=False):
    try:
        if all(isinstance(row, dict) for row in data):
            data = [[row.get(name) for name in model.feature_name()] for row in data]
        rows = np.array(data, dtype=np.float64)
        return model.predict(rows, raw_score=bool(raw_score)).tolist()
    except (TypeError, ValueError, lightgbm.basic.LightGBMError) as error:
        return refused(error)


$refused
'''


def write(subject: Subject) -> Written:
    """The text tells the version of the format only, which newer releases read."""
    requirements, fallback = pinned("lightgbm", subject.version, "numpy")
    return Written(script(_SCRIPT, subject, sample=sample_of(subject, "None")), requirements, fallback)
