"""Kinds of numbers that the models of a script predict: by the classes in their pickles, or by names in the script.

Regressions of scikit-learn and LightGBM give float64, which is a float of Python; those of XGBoost give float32, which
is none. Classes, clusters and outliers are whole numbers unless the classes are text or floats themselves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Literal

from scoredock.checks.script.loaded_pickles import loaded_pickles
from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts

Numbers = Literal["int64", "float64", "float32", "bool", "text", "outputs", ""]
"""What an array holds: `outputs` what a session of ONNX gives, float32 or int64 as a rule, and texts of some models;
empty where the text does not tell."""
_Kind = Literal["float64", "float32", "whole", "classes", "classes and float32"]
_WHOLE = frozenset(
    (
        "KMeans",
        "MiniBatchKMeans",
        "BisectingKMeans",
        "MeanShift",
        "Birch",
        "AffinityPropagation",
        "GaussianMixture",
        "BayesianGaussianMixture",
        "IsolationForest",
        "OneClassSVM",
        "SGDOneClassSVM",
        "LocalOutlierFactor",
        "EllipticEnvelope",
    )
)
_CLASSIFIERS = frozenset(
    (
        "LogisticRegression",
        "LogisticRegressionCV",
        "SVC",
        "NuSVC",
        "LinearSVC",
        "Perceptron",
        "NearestCentroid",
        "GaussianNB",
        "MultinomialNB",
        "BernoulliNB",
        "ComplementNB",
        "CategoricalNB",
        "LabelPropagation",
        "LinearDiscriminantAnalysis",
        "QuadraticDiscriminantAnalysis",
        "LabelSpreading",
        "CalibratedClassifierCV",
        "RidgeClassifierCV",
    )
)
_REGRESSIONS = frozenset(
    (
        "LinearRegression",
        "Ridge",
        "RidgeCV",
        "Lasso",
        "LassoCV",
        "ElasticNet",
        "ElasticNetCV",
        "Lars",
        "LarsCV",
        "LassoLars",
        "LassoLarsCV",
        "LassoLarsIC",
        "BayesianRidge",
        "ARDRegression",
        "OrthogonalMatchingPursuit",
        "SVR",
        "NuSVR",
        "LinearSVR",
        "KernelRidge",
        "PLSRegression",
        "IsotonicRegression",
        "MultiTaskLasso",
        "OrthogonalMatchingPursuitCV",
        "MultiTaskElasticNet",
        "PLSCanonical",
    )
)
_AROUND_OTHERS = frozenset(
    ("TransformedTargetRegressor", "MultiOutputRegressor", "RegressorChain", "StackingRegressor", "BaggingRegressor")
)
"""Regressions that give what the one inside gives."""
_PARTS = {
    "sklearn.ensemble.": ("sklearn.tree.", "sklearn.dummy."),
    "sklearn.calibration.": ("sklearn.isotonic.",),
    "xgboost.sklearn.": ("xgboost.core.",),
    "lightgbm.sklearn.": ("lightgbm.basic.",),
}
"""Packages whose models consist of those of another one."""
_REGRESSION_WORDS = re.compile(r"(?<!logistic)(?<!logit)[\W_]*(?:regressor|regression|forecast)", re.IGNORECASE)
_CLASS_WORDS = re.compile(
    r"logistic|logreg|classif|cluster|kmeans|outlier|anomal|predict_proba|classes_", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """Numbers that a model predicts."""

    predicted: Numbers = ""
    probabilities: Numbers = "float64"
    certain: bool = False
    """The service has exactly this model, and its pickle says so."""


def output_of_models(script: ParsedScript) -> ModelOutput:
    """Output of the model that the script loads; unknown where several differ."""
    outputs = {
        output
        for model, file in loaded_pickles(script)
        if (facts := script.facts.pickle(model, file)) is not None and (output := _of_pickle(facts)) is not None
    }
    if len(outputs) == 1:
        predicted, probabilities = outputs.pop()
        return ModelOutput(predicted, probabilities, certain=script.facts.deployed_models is not None)
    return ModelOutput() if outputs else _by_names(script)


def _of_pickle(facts: PickleFacts) -> tuple[Numbers, Numbers] | None:
    """None for what predicts nothing, such as a scaler."""
    own = _kind(facts.first)
    inside = {kind for kind in map(_kind, _without_parts(facts.objects)) if kind}
    if not own and not inside:
        return None
    is_around = facts.first.rpartition(".")[2] in _AROUND_OTHERS
    kind = own if own and not is_around else inside.pop() if len(inside) == 1 else None
    if kind is None:
        return "", ""
    return _numbers(kind, facts.classes), "float32" if kind in ("classes and float32", "float32") else "float64"


def _numbers(kind: _Kind, classes: str) -> Numbers:
    if kind == "classes and float32" or kind == "whole":
        return "int64"
    if kind != "classes":
        return kind
    letter = classes.lstrip("<>=|")[:1]
    by_letter: dict[str, Numbers] = {"i": "int64", "u": "int64", "b": "bool", "f": "float64", "O": "text", "U": "text"}
    return "float32" if classes.endswith("f4") else by_letter.get(letter, "")


def _kind(name: str) -> _Kind | None:
    """Kind of numbers that a class predicts, `module.attribute`; None where it is not known."""
    module, _, attribute = name.rpartition(".")
    package = module.partition(".")[0]
    if package == "xgboost":
        if attribute.endswith("Classifier"):
            return "classes and float32"
        return "float32" if attribute.endswith("Regressor") or attribute in ("Booster", "XGBRanker") else None
    if attribute in _WHOLE and package == "sklearn":
        return "whole"
    if attribute in _CLASSIFIERS or attribute.endswith("Classifier"):
        return "classes"
    if package == "lightgbm" and attribute in ("Booster", "LGBMRegressor", "LGBMRanker"):
        return "float64"
    if package == "sklearn" and (attribute in _REGRESSIONS or attribute.endswith("Regressor")):
        return "float64"
    return None


def _without_parts(objects: Iterable[str]) -> list[str]:
    names = [each for each in objects if not each.endswith(tuple(_AROUND_OTHERS))]
    for whole, parts in _PARTS.items():
        if any(each.startswith(whole) for each in names):
            names = [each for each in names if not each.startswith(parts)]
    return names


def _by_names(script: ParsedScript) -> ModelOutput:
    """Output by what the script imports, and what it calls its models."""
    imported = _imported(script)
    kinds = {kind for kind in map(_kind, imported) if kind}
    if len(kinds) == 1:
        kind = kinds.pop()
        return ModelOutput(_numbers(kind, ""), "float32" if "float32" in kind else "float64")
    if kinds:
        return ModelOutput()
    packages = {each.partition(".")[0] for each in imported}
    if "xgboost" in packages and not packages & {"lightgbm", "catboost", "sklearn"}:
        return ModelOutput("float32", "float32")
    models = [f"{each.name} {' '.join(each.files)}" for each in script.facts.deployed_models or ()]
    names = " ".join((script.text, *models))
    if _REGRESSION_WORDS.search(names) and not _CLASS_WORDS.search(names):
        return ModelOutput("float64")
    return ModelOutput()


def _imported(script: ParsedScript) -> list[str]:
    """Qualified names of what the script imports."""
    names = []
    for node, _, _ in script.walk.imports:
        module = f"{node.module}." if isinstance(node, ast.ImportFrom) and node.module else ""
        names += [f"{module}{alias.name}" for alias in node.names]
    return names
