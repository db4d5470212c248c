"""Changes of attributes in later releases of scikit-learn: an older state in the terms of the installed release.

Each step was read from the release's own source; whether the answers stay the same is not believed, but compared.
"""

import importlib
from typing import Any, Callable, Dict, List, Set, Tuple

State = Dict[str, Any]
Release = Tuple[int, int]
Parameters = Tuple[Dict[str, Any], Set[str]]
"""Those of this release with their defaults; names of those that it no longer has."""
_RENAMED_PARAMETERS = {"sparse": "sparse_output", "base_estimator": "estimator"}
_RENAMED_LOSSES = {
    "deviance": "log_loss",
    "auto": "log_loss",
    "binary_crossentropy": "log_loss",
    "categorical_crossentropy": "log_loss",
    "ls": "squared_error",
    "least_squares": "squared_error",
    "lad": "absolute_error",
    "least_absolute_deviation": "absolute_error",
}
_RENAMED_CRITERIA = {"mse": "squared_error", "mae": "absolute_error"}


def migrated(model: Any, state: State, parameters: Parameters, saved_with: str) -> State:
    """The state of one estimator. `model` is of its class and still empty."""
    state = _with_parameters(state, parameters)
    for kind in reversed(type(model).__mro__):
        for change in _CHANGES.get(kind.__name__, ()):
            change(model, state, _minor(saved_with))
    if "n_features_in_" not in state and isinstance(state.get("n_features_"), int):
        state["n_features_in_"] = state["n_features_"]
    # Properties of this release, which cannot be set.
    return {name: value for name, value in state.items() if not isinstance(getattr(type(model), name, None), property)}


def _with_parameters(state: State, parameters: Parameters) -> State:
    here, missing = parameters
    fields = dict(state)
    for name in missing:
        value = fields.pop(name, None)
        later = _RENAMED_PARAMETERS.get(name, "")
        if later in here and later not in fields:
            fields[later] = value
    for name, default in here.items():
        fields.setdefault(name, default)
    for name, renamed in (("loss", _RENAMED_LOSSES), ("criterion", _RENAMED_CRITERIA)):
        if name in here and isinstance(fields.get(name), str):
            fields[name] = renamed.get(fields[name], fields[name])
    return fields


def _minor(release: str) -> Release:
    first, second = release.split(".")[:2]
    return int(first), int(second)


def _classifier_tree(model: Any, state: State, saved_with: Release) -> None:
    """From 1.4 on, the values of a leaf are shares of the classes and no longer weights."""
    tree = state.get("tree_")
    if tree is None or saved_with >= (1, 4) or _here() < (1, 4):
        return
    sums = tree.value.sum(axis=2, keepdims=True)
    sums[sums == 0.0] = 1.0
    state["tree_"] = _with_values(tree, tree.value / sums)


def _with_values(tree: Any, values: Any) -> Any:
    """The same tree with other values in its nodes."""
    numpy = importlib.import_module("numpy")
    classes = numpy.asarray(tree.n_classes, dtype=numpy.intp)
    copy = importlib.import_module("sklearn.tree._tree").Tree(tree.n_features, classes, tree.n_outputs)
    copy.__setstate__(dict(tree.__getstate__(), values=values))
    return copy


def _here() -> Release:
    return _minor(importlib.import_module("sklearn").__version__)


def _ensemble(model: Any, state: State, saved_with: Release) -> None:
    for old, new in (("base_estimator", "estimator"), ("base_estimator_", "estimator_")):
        if old in state and _here() >= (1, 2):
            value = state.pop(old)
            state[new] = value if state.get(new) in (None, "deprecated") else state[new]


def _gradient_boosting(model: Any, state: State, saved_with: Release) -> None:
    if _here() < (1, 4):
        return
    state.pop("loss_", None)
    classes = state.get("n_classes_")
    if "n_trees_per_iteration_" not in state:
        state["n_trees_per_iteration_"] = int(state["estimators_"].shape[1])
    vars(model).update({name: state[name] for name in ("loss", "alpha") if name in state})
    if classes is not None:
        vars(model)["n_classes_"] = classes
    state["_loss"] = model._get_loss(sample_weight=None)
    if saved_with < (1, 4) and classes is not None and state["estimators_"].shape[1] > 1:
        _shift(state)


def _shift(state: State) -> None:
    """From 1.4 on, boosting begins with logarithms of the classes' shares around their mean, and before without it: the
    first trees get the mean, so that the sums stay what they were."""
    numpy = importlib.import_module("numpy")
    shares = getattr(state.get("init_"), "class_prior_", None)
    if shares is None:
        return
    least = float(numpy.finfo(numpy.float32).eps)
    mean = float(numpy.log(numpy.clip(shares, least, 1 - least)).mean())
    for regressor in state["estimators_"][0]:
        regressor.tree_ = _with_values(regressor.tree_, regressor.tree_.value + mean / state["learning_rate"])


def with_fields_of(array: Any, dtype: Any) -> Any:
    """A structured array in the layout of this release; what it did not have is zero."""
    if array.dtype == dtype:
        return array
    result = importlib.import_module("numpy").zeros(array.shape, dtype=dtype)
    for name in dtype.names:
        if name in (array.dtype.names or ()):
            result[name] = array[name]
    return result


def _histograms(model: Any, state: State, saved_with: Release) -> None:
    """Boosting of histograms: its first guess is a row from 1.1 on, and its nodes and its loss are of the release."""
    if "_predictors" not in state:
        return
    numpy = importlib.import_module("numpy")
    common = importlib.import_module("sklearn.ensemble._hist_gradient_boosting.common")
    state["_baseline_prediction"] = numpy.asarray(state["_baseline_prediction"], dtype=float).reshape(1, -1)
    state.setdefault("_preprocessor", None)
    for predictors in state["_predictors"]:
        for predictor in predictors:
            predictor.nodes = with_fields_of(predictor.nodes, common.PREDICTOR_RECORD_DTYPE)
    names = ("loss", "quantile", "n_trees_per_iteration_")
    vars(model).update({name: state[name] for name in names if name in state})
    state["_loss"] = model._get_loss(sample_weight=None)


def _one_hot(model: Any, state: State, saved_with: Release) -> None:
    categories = state.get("categories_")
    if categories is None:
        return
    state.setdefault("_infrequent_enabled", False)
    state.setdefault("drop_idx_", None)
    if saved_with < (1, 2):
        state["_drop_idx_after_grouping"] = state["drop_idx_"]
    if "_n_features_outs" not in state:
        dropped = state["drop_idx_"]
        state["_n_features_outs"] = [
            len(each) - (dropped is not None and dropped[place] is not None) for place, each in enumerate(categories)
        ]
    state.setdefault("n_features_in_", len(categories))


def _ordinal(model: Any, state: State, saved_with: Release) -> None:
    if "categories_" in state:
        state.setdefault("_missing_indices", {})
        state.setdefault("_infrequent_enabled", False)
        state.setdefault("n_features_in_", len(state["categories_"]))


def _imputer(model: Any, state: State, saved_with: Release) -> None:
    filling = state.get("statistics_")
    if filling is not None:
        state.setdefault("_fit_dtype", filling.dtype)
        state.setdefault("_fill_dtype", filling.dtype)
        state.setdefault("indicator_", None)
        state.setdefault("n_features_in_", len(filling))


def _tfidf(model: Any, state: State, saved_with: Release) -> None:
    diagonal = state.get("_idf_diag")
    if diagonal is not None and "idf_" not in state and _here() >= (1, 5):
        state["idf_"] = diagonal.diagonal()
        state.pop("_idf_diag")


def _gaussian_bayes(model: Any, state: State, saved_with: Release) -> None:
    if "sigma_" in state and "var_" not in state:
        state["var_"] = state.pop("sigma_")


def _min_max(model: Any, state: State, saved_with: Release) -> None:
    state.setdefault("clip", False)


def _columns(model: Any, state: State, saved_with: Release) -> None:
    """Parts by their columns: from 1.1 on what passes is a part as well, and what each part gives has a place."""
    parts = state.get("transformers_")
    if parts is None:
        return
    numpy = importlib.import_module("numpy")
    names = next((state[name] for name in ("_feature_names_in", "_df_columns") if state.get(name) is not None), None)
    if names is not None and "feature_names_in_" not in state:
        state["feature_names_in_"] = numpy.array(list(names), dtype=object)
    for name in ("_df_columns", "_feature_names_in"):
        state.pop(name, None)
    width = int(state["n_features_in_"] if "n_features_in_" in state else state["_n_features"])
    state["n_features_in_"] = width
    state["_n_features"] = width
    own_names = list(state.get("feature_names_in_", ()))
    places = {name: _places(columns, own_names, width) for name, _, columns in parts}
    state["_transformer_to_input_indices"] = places
    remainder = state.get("_remainder")
    if remainder is not None and not isinstance(remainder[2], (list, type(None))):
        state["_remainder"] = (*remainder[:2], list(remainder[2]))
    if remainder is not None and remainder[2] is None:
        state["_remainder"] = (*remainder[:2], [])
    passing = importlib.import_module("sklearn.preprocessing").FunctionTransformer
    kept: List[Any] = []
    for name, transformer, columns in parts:
        if transformer == "passthrough":
            transformer = passing(accept_sparse=True, check_inverse=False, feature_names_out="one-to-one")
        kept.append((name, transformer, columns))
    state["transformers_"] = kept
    state.setdefault("_name_to_fitted_passthrough", {})
    state.setdefault("verbose_feature_names_out", True)
    state.setdefault("output_indices_", {})


def _places(columns: Any, names: List[str], width: int) -> List[int]:
    if columns is None:
        return []
    if isinstance(columns, (str, int)):
        columns = [columns]
    if isinstance(columns, slice):
        return list(range(width))[columns]
    listed = list(columns)
    if listed and all(isinstance(each, bool) for each in listed):
        return [place for place, is_taken in enumerate(listed) if is_taken]
    return [names.index(each) if isinstance(each, str) else int(each) for each in listed]


def _search(model: Any, state: State, saved_with: Release) -> None:
    state.pop("scorer_", None)


def _neighbours(model: Any, state: State, saved_with: Release) -> None:
    """Trees of neighbours are compiled objects; they are made again of the points they hold."""
    points, way = state.get("_fit_X"), state.get("_fit_method")
    if points is None or way not in ("kd_tree", "ball_tree"):
        return
    module = importlib.import_module("sklearn.neighbors")
    kind = module.KDTree if way == "kd_tree" else module.BallTree
    arguments = state.get("effective_metric_params_") or {}
    state["_tree"] = kind(points, state.get("leaf_size", 30), metric=state["effective_metric_"], **arguments)


def _generalized_linear(model: Any, state: State, saved_with: Release) -> None:
    if _here() >= (1, 1) and "coef_" in state and "_base_loss" not in state:
        vars(model).update({name: state[name] for name in ("power", "link") if name in state})
        state["_base_loss"] = model._get_loss()


def _polynomials(model: Any, state: State, saved_with: Release) -> None:
    if "n_output_features_" in state and "_n_out_full" not in state:
        state.update(_min_degree=0, _max_degree=state["degree"], _n_out_full=state["n_output_features_"])


def _stacking(model: Any, state: State, saved_with: Release) -> None:
    if "_le" in state:
        state.setdefault("_label_encoder", state["_le"])


def _isolation(model: Any, state: State, saved_with: Release) -> None:
    """From 1.2 on, the lengths of paths are reckoned once."""
    trees = [each.tree_ for each in state.get("estimators_") or ()]
    if _here() >= (1, 2) and trees and "_decision_path_lengths" not in state:
        average = importlib.import_module("sklearn.ensemble._iforest")._average_path_length
        state["_average_path_length_per_tree"] = tuple(average(each.n_node_samples) for each in trees)
        state["_decision_path_lengths"] = tuple(each.compute_node_depths() for each in trees)


def _sgd(model: Any, state: State, saved_with: Release) -> None:
    state.pop("loss_function_", None)


_Change = Callable[[Any, State, Release], None]
_CHANGES: Dict[str, Tuple[_Change, ...]] = {
    "DecisionTreeClassifier": (_classifier_tree,),
    "BaseEnsemble": (_ensemble,),
    "BaseGradientBoosting": (_gradient_boosting,),
    "BaseHistGradientBoosting": (_histograms,),
    "OneHotEncoder": (_one_hot,),
    "OrdinalEncoder": (_ordinal,),
    "SimpleImputer": (_imputer,),
    "TfidfTransformer": (_tfidf,),
    "GaussianNB": (_gaussian_bayes,),
    "MinMaxScaler": (_min_max,),
    "ColumnTransformer": (_columns,),
    "BaseSearchCV": (_search,),
    "NeighborsBase": (_neighbours,),
    "BaseSGD": (_sgd,),
    "IsolationForest": (_isolation,),
    "PolynomialFeatures": (_polynomials,),
    "StackingClassifier": (_stacking,),
    "_GeneralizedLinearRegressor": (_generalized_linear,),
}
"""Class, of which the model is one → what later releases keep otherwise."""
