"""LightGBM models in text form. Pickles of its scikit-learn classes go the way of scikit-learn."""

from __future__ import annotations

import os

from scoredock.no_code.frameworks.generated_script import GeneratedScript, pinned, sample_of, script
from scoredock.no_code.subject import Subject

_SCRIPT = '''\
"""Serves the LightGBM model $title.

Body: {"data": [[...], ...]}, null for a missing value; rows may also be objects with all columns by name. Answered is what
Booster.predict gives; with "raw_score": true the values before the objective's transformation.
"""

import os
$regular
import lightgbm
import numpy as np
$pandas$imports

SAMPLE = $sample


def init():
    global $held
    model = lightgbm.Booster(model_file=$model)
$prepare    # The model knows how many columns it takes: the description of the service and its sample request show it.
    sample = SAMPLE or [[0.0] * model.num_feature()]
    input_schema("data", StandardPythonParameterType(sample), convert_to_provided_type=False)(run)


@input_schema("data", StandardPythonParameterType([[0.0]]), convert_to_provided_type=False)
@input_schema("raw_score", StandardPythonParameterType(False), convert_to_provided_type=False)
def run(data, raw_score=False):
    try:
        rows = listed([underlined(row) for row in data], model.feature_name())
        return model.predict(given(rows), raw_score=bool(raw_score)).tolist()
    except (TypeError, ValueError, lightgbm.basic.LightGBMError) as error:
        return refused(error)


$given


$underlined


$listed


$refused
'''  # noqa: E501 (a text that would change if it were wrapped)
_NUMBERS = """\
def given(rows):
    return np.array(rows, dtype=np.float64)"""
CATEGORIES = '''\
def columns_with_categories(booster):
    """By place, the categories that pandas gave columns in training; LightGBM keeps places and categories apart."""
    held = booster.pandas_categorical or []
    match = re.search(r"^\\[categorical_feature: ([\\d,]+)\\]$", booster.model_to_string(num_iteration=1), re.MULTILINE)
    places = [int(place) for place in match.group(1).split(",")] if held and match else []
    if len(places) != len(held):
        raise ValueError(
            f"The model holds categories of {len(held)} columns and tells the place of {len(places)}, as of "
            "those with an order it tells none. Score it in an entry script of your own."
        )
    return dict(zip(sorted(places), held))'''
"""Of a script that imports re."""
_GIVEN = '''\
def given(rows):
    """A data frame, of which LightGBM takes the categories; other columns are numbers."""
    names = model.feature_name()
    values = np.array(rows, dtype=object)
    if values.ndim != 2 or values.shape[1] != len(names):
        raise ValueError(f"A row has {len(names)} values, for {', '.join(names)}.")
    columns = {}
    for place, name in enumerate(names):
        column = values[:, place].tolist()
        if place in categories:
            columns[name] = pd.Categorical(column, categories=categories[place])
        else:
            columns[name] = np.array(column, dtype=np.float64)
    return pd.DataFrame(columns)'''
_TAIL = 8 << 20


def write(subject: Subject) -> GeneratedScript:
    """The text tells the version of the format only, which newer releases read."""
    categories = _has_categories(subject)
    requirements, fallback = pinned("lightgbm", subject.version, "numpy", *(("pandas",) if categories else ()))
    text = script(
        _SCRIPT,
        subject,
        regular="import re\n" if categories else "",
        pandas="import pandas as pd\n" if categories else "",
        held="categories, model" if categories else "model",
        prepare="    categories = columns_with_categories(model)\n" if categories else "",
        given=f"{CATEGORIES}\n\n\n{_GIVEN}" if categories else _NUMBERS,
        sample=sample_of(subject, "None"),
    )
    return GeneratedScript(text, requirements, fallback)


def _has_categories(subject: Subject) -> bool:
    """True if the model was trained with categories of pandas, which the last line of its file holds."""
    try:
        with subject.place.open("rb") as stream:
            stream.seek(max(stream.seek(0, os.SEEK_END) - _TAIL, 0))
            parts = stream.read().rpartition(b"\npandas_categorical:")
    except OSError:
        return False
    return bool(parts[1]) and parts[2].strip() not in (b"", b"null", b"[]")
