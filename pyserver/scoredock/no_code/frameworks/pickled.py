"""scikit-learn, and what follows its interface: pickle, joblib and skops files."""

from __future__ import annotations

from scoredock import l10n
from scoredock.checks.packages.import_names import in_standard_library, providers
from scoredock.errors import ScoredockError
from scoredock.no_code.frameworks import lightgbm, xgboost
from scoredock.no_code.frameworks.generated_script import GeneratedScript, pinned, sample_of, script
from scoredock.no_code.subject import KNOWN, Subject

_SCRIPT = '''\
"""Serves the scikit-learn model $title.

Body: {"data": [[...], ...]}; rows may also be objects with the names of the columns. "method" chooses what is called:
predict_proba by default where the model has it.
Answer: {"predict_proba": [[...], ...]}, as in Azure ML v1; the key is the method that was called.
"""

$regular

import $module
import numpy as np
import pandas as pd
$imports

METHODS = ("predict_proba", "predict", "transform", "predict_log_proba", "decision_function", "score_samples", "apply")
SAMPLE = $sample


def init():
    global $held
    model = $load($model)
$prepare    # The model knows how many columns it takes: the description of the service and its sample request show it.
    sample = SAMPLE or $zeros
    input_schema("data", StandardPythonParameterType(sample), convert_to_provided_type=False)(run)


@input_schema("data", StandardPythonParameterType([[0.0]]), convert_to_provided_type=False)
@input_schema("method", StandardPythonParameterType(""), convert_to_provided_type=False)
def run(data, method=""):
    able = [name for name in METHODS if hasattr(model, name)]
    method = method or next(iter(able), "predict")
    if method not in able:
        return refused(f"This model has no method {method!r}; it has {', '.join(able)}.")
    try:
        result = getattr(model, method)(rows(data))
    except (TypeError, ValueError) as error:
        return refused(error)
    return {method: plain(result)}


def rows(data):
    """As the model was trained: a data frame with its columns, or an array."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        array = np.array(data)
        if array.dtype.kind != "U":
            return array
        mixed = np.array(data, dtype=object)  # where numbers beside texts stay numbers
        return array if all(isinstance(value, str) for value in mixed.flat) else mixed
    names = [str(name) for name in names]
    if type(model).__module__.startswith("lightgbm."):  # which writes names with _ for a space
        data = [underlined(row) for row in data] if isinstance(data, list) else underlined(data)
    by_name = isinstance(data, dict) or all(isinstance(row, dict) for row in data)
    for row in [data] if isinstance(data, dict) else data:
        # Pandas would take what is not there for missing values.
        missing = [name for name in names if name not in row] if by_name else []
        if missing:
            raise ValueError(f"Missing columns: {', '.join(missing)}. The model takes {', '.join(names)}.")
        if isinstance(row, list) and len(row) != len(names):
            raise ValueError(f"A row has {len(names)} values, for {', '.join(names)}, not {len(row)}.")
    $frame


$underlined$categories


def plain(result):
    """What JSON can carry: arrays, sparse ones, and lists of arrays for several outputs."""
    if isinstance(result, list):
        return [plain(each) for each in result]
    if hasattr(result, "toarray"):
        result = result.toarray()
    return np.asarray(result).tolist()


$refused
'''
_FRAME = "pd.DataFrame(data)[names] if by_name and data else pd.DataFrame(data, columns=names)"
_PLAIN = {
    "regular": "import os",
    "held": "model",
    "prepare": "",
    "zeros": '[[0.0] * getattr(model, "n_features_in_", 1)]',
    "frame": f"return {_FRAME}",
    "categories": "",
}
"""For the classes of scikit-learn, which take data frames as they come."""
_AS_TRAINED = '''\
def as_trained(frame):
    """Columns that pandas held as categories in training are that again, and a column without any value holds numbers."""
    columns = {name: column.astype("float64") for name, column in frame.items() if column.isna().all()}
    for place, known in categories.items():
        name = frame.columns[place]
        columns[name] = pd.Categorical(frame[name], categories=list(known))
$check    return frame.assign(**columns)'''  # noqa: E501 (a text that would change if it were wrapped)
_XGBOOST_CHECK = """\
        unknown = frame[name][columns[name].isna() & frame[name].notna()].tolist()
        if unknown:
            choices = ", ".join(map(repr, list(known)[:20]))
            raise ValueError(f"{name!r} takes the categories {choices}, not {unknown[0]!r}.")
"""
"""LightGBM takes them for missing values, XGBoost refuses them."""
_FRAMEWORKS = ("sklearn", "xgboost", "lightgbm", "catboost")
_BROUGHT = frozenset(("numpy", "joblib", "pandas", "scipy", "sklearn", "__builtin__", "copy_reg"))
"""Top-level packages that need no requirement of their own; the last two are names of Python 2."""


def write(subject: Subject) -> GeneratedScript:
    """Raises ScoredockError `no-code-framework` for pickles of something else, and of the person's own code."""
    recognised = subject.recognised
    if recognised.form == "pickle" and recognised.first.startswith("xgboost.core."):
        return xgboost.write(subject)
    if "__main__" in recognised.packages:
        raise ScoredockError(
            "no-code-framework",
            l10n.t(
                "The pickle of {model} refers to code of the notebook or script that wrote it"
                " (`__main__`), which no package contains.",
                model=subject.title,
            ),
            l10n.t("Deploy it with an entry script and put this code next to it."),
        )
    if recognised.form == "pickle" and not any(name in recognised.packages for name in _FRAMEWORKS):
        raise ScoredockError(
            "no-code-framework",
            l10n.t(
                "No entry script can be created for {model}: it is {what}. Supported frameworks: {names}.",
                model=subject.title,
                what=recognised.what,
                names=KNOWN,
            ),
        )
    skops = recognised.form == "skops"
    text = script(
        _SCRIPT,
        subject,
        module="skops.io" if skops else "joblib",
        load="skops.io.load" if skops else "joblib.load",
        sample=sample_of(subject, "None"),
        **_columns(recognised.first.rpartition(".")[0]),
    )
    more, notes = _packages(recognised.packages)
    others = ("numpy", "joblib", "pandas", "scipy", *more, *(("skops",) if skops else ()))
    requirements, fallback = pinned(
        "scikit-learn", subject.version if recognised.framework == "ScikitLearn" else "", *others
    )
    return GeneratedScript(text, requirements, fallback, notes)


def _columns(module: str) -> dict[str, str]:
    """Texts that fill the template: XGBoost and LightGBM take columns of numbers and of the categories that they
    know."""
    if module not in ("lightgbm.sklearn", "xgboost.sklearn"):
        return _PLAIN
    light = module == "lightgbm.sklearn"
    pieces = (lightgbm if light else xgboost).CATEGORIES, _AS_TRAINED.replace("$check", "" if light else _XGBOOST_CHECK)
    return {
        "regular": "import os\nimport re" if light else "import json\nimport os",
        "held": "categories, model",
        "prepare": (
            f"    categories = columns_with_categories({'model.booster_' if light else 'model.get_booster()'})\n"
        ),
        "zeros": "[[next(iter(categories.get(place, [0.0]))) for place in range(model.n_features_in_)]]",
        "frame": f"frame = {_FRAME}\n    return as_trained(frame)",
        "categories": "".join(f"\n\n\n{piece}" for piece in pieces),
    }


def _packages(named: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Distributions that the objects in a pickle need beyond the usual ones, and what is not known of them."""
    more: list[str] = []
    unknown: list[str] = []
    for top in named:
        if top in _BROUGHT or in_standard_library(top, None):
            continue
        found = providers(top)
        if found:
            more.append(found[0])
        else:
            unknown.append(top)
    notes = (
        (
            (
                l10n.t(
                    "The pickle refers to {names}, which may be your own code. If it is, deploy the model with an entry"
                    " script.",
                    names=", ".join(unknown),
                )
            ),
        )
        if unknown
        else ()
    )
    return tuple(dict.fromkeys(each for each in more if each != "scikit-learn")), notes
