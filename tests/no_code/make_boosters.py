"""The models of XGBoost and LightGBM: their own forms, pickles, and columns that pandas held as categories."""

import numpy as np
from making import ROWS, folder, iris, write_record


def with_categories():
    """A data frame with whole numbers and texts as categories, whose codes are not their values, and what is to be
    learnt."""
    import pandas as pd

    random = np.random.default_rng(1)
    kinds, colours = random.choice([30, 10, 20], 300), random.choice(["red", "blue"], 300)
    frame = pd.DataFrame({"size": random.normal(size=300), "a kind": kinds, "colour": colours})
    frame = frame.astype({"a kind": "category", "colour": "category"})
    return frame, frame["size"] + kinds + (colours == "red") * 5


def as_trained(frame, rows):
    """Rows as the framework takes them."""
    import pandas as pd

    given = pd.DataFrame(rows, columns=frame.columns).astype({"size": "float64"})
    for name in ("a kind", "colour"):
        given[name] = pd.Categorical(given[name], categories=frame[name].cat.categories)
    return given


def write_record_with_categories(kind, path, frame, predict, rows, method="", **more):
    """Rows as lists and as objects, and each alone: pandas would give its categories codes of their own. Answers stand
    below the name of a method where the model has scikit-learn's interface."""
    numbers = np.asarray(predict(as_trained(frame, rows))).tolist()
    by_name = [dict(zip(frame.columns, row, strict=True)) for row in rows]
    cases = [(given, numbers) for given in (rows, by_name)]
    cases += [([row], [number]) for row, number in zip(rows, numbers, strict=True)]
    cases = [({"data": given}, {method: answer} if method else answer) for given, answer in cases]
    refused = [({"data": [[0.1, 30]]}, "A row has"), ({"data": [["red", 30, "red"]]}, ""), *more.pop("refused", [])]
    write_record(kind, path, *cases, width=3, refused=refused, **more)


def xgboost():
    import xgboost as library

    inputs, labels = iris()
    matrix = library.DMatrix(inputs, labels, feature_names=["a", "b", "c", "d"])
    model = library.train({"objective": "multi:softprob", "num_class": 3}, matrix, 5)
    model.save_model(folder / "trees.json")
    rows = library.DMatrix(np.array(ROWS, np.float32), feature_names=["a", "b", "c", "d"])
    gaps = library.DMatrix(np.array([[5.1, np.nan, 1.4, 0.2]], np.float32), feature_names=["a", "b", "c", "d"])
    write_record(
        "xgboost",
        folder / "trees.json",
        ({"data": ROWS}, model.predict(rows).tolist()),
        ({"data": [[5.1, None, 1.4, 0.2]]}, model.predict(gaps).tolist()),
        ({"data": [{"d": 0.2, "c": 1.4, "b": None, "a": 5.1}]}, model.predict(gaps).tolist()),
        ({"data": ROWS, "output_margin": True}, model.predict(rows, output_margin=True).tolist()),
        framework="Custom",
        version=library.__version__,
        width=4,
        refused=[({"data": [{"a": 5.1, "B": 3.5, "c": 1.4, "d": 0.2}]}, "Missing columns: b. Unknown columns: B.")],
    )


def xgboost_ubj():
    import xgboost as library

    inputs, labels = iris()
    model = library.train({"max_depth": 2}, library.DMatrix(inputs, labels), 3)
    model.save_model(folder / "trees.ubj")
    answer = model.predict(library.DMatrix(np.array(ROWS, np.float32))).tolist()
    write_record(
        "xgboost_ubj",
        folder / "trees.ubj",
        ({"data": ROWS}, answer),
        width=4,
        refused=[
            ({"data": [*ROWS, [5.1, 3.5]]}, "A row has 2 values, and the model takes 4; null stands for a missing"),
            ({"data": [5.1, 3.5, 1.4, 0.2]}, "data takes a list of rows, each a list of 4 values."),
            ({"data": [["5.1", 3.5, 1.4, 0.2]]}, "'data' takes numbers of the type float32, not \"5.1\"."),
        ],
    )


def xgboost_pickle():
    """The `Booster` itself in a pickle."""
    import joblib
    import xgboost as library

    inputs, labels = iris()
    model = library.train({"max_depth": 2}, library.DMatrix(inputs, labels), 3)
    joblib.dump(model, folder / "booster.pkl")
    rows = library.DMatrix(np.array(ROWS, np.float32))
    write_record(
        "xgboost_pickle",
        folder / "booster.pkl",
        ({"data": ROWS}, model.predict(rows).tolist()),
        ({"data": ROWS, "output_margin": True}, model.predict(rows, output_margin=True).tolist()),
        width=4,
    )


def xgboost_categories():
    """A category that is unknown is refused by XGBoost."""
    import xgboost as library

    frame, target = with_categories()
    settings = {"max_depth": 3, "booster": "dart"}
    model = library.train(settings, library.DMatrix(frame, target, enable_categorical=True), 5)
    model.save_model(folder / "kinds.ubj")
    write_record_with_categories(
        "xgboost_categories",
        folder / "kinds.ubj",
        frame,
        lambda rows: model.predict(library.DMatrix(rows, enable_categorical=True)),
        [[0.1, 30, "red"], [0.1, 10.0, "blue"], [None, 20, None]],
        refused=[
            ({"data": [[0.1, 40, "red"]]}, "'a kind' takes the categories 10, 20, 30, not 40."),
            ({"data": [[0.1, 10, "green"]]}, '\'colour\' takes the categories "blue", "red", not "green".'),
            ({"data": [[0.1, True, "red"]]}, "'a kind' takes the categories 10, 20, 30, not true."),
        ],
    )


def xgboost_codes():
    """Codes that the person made: XGBoost knows no categories of theirs."""
    import xgboost as library

    frame, target = with_categories()
    codes = frame.assign(**{name: frame[name].cat.codes for name in ("a kind", "colour")})
    types = ["float", "c", "c"]
    model = library.train({"max_depth": 3}, library.DMatrix(codes.to_numpy(), target, feature_types=types), 5)
    model.save_model(folder / "codes.json")
    rows = [[0.1, 2, 1], [0.1, 0, 0], [None, 1, None]]
    matrix = library.DMatrix(np.array(rows, np.float32), feature_types=types)
    write_record("xgboost_codes", folder / "codes.json", ({"data": rows}, model.predict(matrix).tolist()), width=3)


def xgboost_wrapper_categories():
    import joblib
    import xgboost as library

    frame, target = with_categories()
    model = library.XGBRegressor(n_estimators=5, max_depth=3, enable_categorical=True).fit(frame, target)
    joblib.dump(model, folder / "wrapped-kinds-x.pkl")
    write_record_with_categories(
        "xgboost_wrapper_categories",
        folder / "wrapped-kinds-x.pkl",
        frame,
        model.predict,
        [[0.1, 30, "red"], [0.1, 10, "blue"], [None, 20, None]],
        "predict",
        refused=[({"data": [[0.1, 40, "red"]]}, "'a kind' takes the categories 10, 20, 30, not 40.")],
    )


def xgboost_wrapper():
    """Its scikit-learn class in a pickle: the interface of scikit-learn."""
    import joblib
    import xgboost as library

    model = library.XGBClassifier(n_estimators=4, max_depth=2).fit(*iris())
    joblib.dump(model, folder / "wrapped.pkl")
    write_record(
        "xgboost_wrapper",
        folder / "wrapped.pkl",
        ({"data": ROWS}, {"predict_proba": model.predict_proba(np.array(ROWS)).tolist()}),
        ({"data": ROWS, "method": "predict"}, {"predict": model.predict(np.array(ROWS)).tolist()}),
        width=4,
    )


def lightgbm():
    import lightgbm as library

    inputs, labels = iris()
    settings = {"objective": "multiclass", "num_class": 3, "verbose": -1, "min_data_in_leaf": 5}
    names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal_width"]
    model = library.train(settings, library.Dataset(inputs, labels, feature_name=names), 5)
    model.save_model(folder / "trees.txt")
    by_name = [dict(zip(names, row, strict=True)) for row in ROWS]
    as_kept = [dict(zip(model.feature_name(), row, strict=True)) for row in ROWS]
    assert list(as_kept[0]) == ["sepal_length_(cm)", "sepal_width_(cm)", "petal_length_(cm)", "petal_width"]
    gap = np.array([[5.1, np.nan, 1.4, 0.2]])
    write_record(
        "lightgbm",
        folder / "trees.txt",
        ({"data": ROWS}, model.predict(np.array(ROWS)).tolist()),
        ({"data": by_name}, model.predict(np.array(ROWS)).tolist()),
        ({"data": [as_kept[0], by_name[1], as_kept[2]]}, model.predict(np.array(ROWS)).tolist()),
        ({"data": [{**by_name[0], names[1]: None}]}, model.predict(gap).tolist()),
        ({"data": ROWS, "raw_score": True}, model.predict(np.array(ROWS), raw_score=True).tolist()),
        framework="Custom",
        width=4,
        refused=[
            (
                {"data": [by_name[0], {**dict(list(by_name[1].items())[1:]), "length": 6.7}]},
                "Missing columns: sepal_length_(cm). Unknown columns: length.",
            ),
            ({"data": [{**as_kept[0], **by_name[0]}]}, "Unknown columns: petal length (cm), sepal length (cm),"),
            (
                {"data": [[5.1, 3.5]]},
                "The number of features in data (2) is not the same as it was in training data (4)",
            ),
        ],
    )


def lightgbm_categories():
    """A category that is unknown is a missing value to LightGBM."""
    import lightgbm as library

    frame, target = with_categories()
    model = library.train({"verbose": -1}, library.Dataset(frame, target), 5)
    model.save_model(folder / "kinds.txt")
    rows = [[0.1, 30, "red"], [0.1, 10, "blue"], [None, 20, None], [0.1, 40, "red"]]
    write_record_with_categories("lightgbm_categories", folder / "kinds.txt", frame, model.predict, rows)


def lightgbm_wrapper_categories():
    import joblib
    import lightgbm as library

    frame, target = with_categories()
    model = library.LGBMRegressor(n_estimators=5, verbose=-1).fit(frame, target)
    joblib.dump(model, folder / "wrapped-kinds.pkl")
    rows = [[0.1, 30, "red"], [0.1, 10, "blue"], [None, 20, None], [0.1, 40, "red"]]
    write_record_with_categories(
        "lightgbm_wrapper_categories", folder / "wrapped-kinds.pkl", frame, model.predict, rows, "predict"
    )


def lightgbm_wrapper():
    """Its scikit-learn class, which tells the names of its columns with _ for a space."""
    import joblib
    import lightgbm as library
    import pandas as pd

    inputs, labels = iris()
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    model = library.LGBMClassifier(n_estimators=4, verbose=-1).fit(pd.DataFrame(inputs, columns=names), labels)
    joblib.dump(model, folder / "wrapped-light.pkl")
    answer = {"predict_proba": model.predict_proba(pd.DataFrame(ROWS, columns=names)).tolist()}
    gap = {"predict_proba": model.predict_proba(pd.DataFrame([[5.1, np.nan, 1.4, 0.2]], columns=names)).tolist()}
    by_name = [dict(zip(names, row, strict=True)) for row in ROWS]
    write_record(
        "lightgbm_wrapper",
        folder / "wrapped-light.pkl",
        ({"data": ROWS}, answer),
        ({"data": by_name}, answer),
        ({"data": [[5.1, None, 1.4, 0.2]]}, gap),
        width=4,
        refused=[({"data": [{"sepal length": 5.1}]}, "Missing columns: sepal_width, petal_length, petal_width.")],
    )
