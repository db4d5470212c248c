"""Trains small models of every kind and prints what json.dumps says to what they predict.

`python predicting_models.py FOLDER` writes the pickles and is run by the Python of an environment that has the
packages, which has nothing of ours. Prints a JSON list of [file, model, form, refused].
"""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from pathlib import Path

PACKAGES = ("scikit-learn", "xgboost-cpu", "lightgbm", "pandas", "joblib")


def train(folder: Path) -> list[tuple[str, str, str, bool]]:
    """Every model with numbers, whole numbers, truth values and texts to learn."""
    import joblib
    import lightgbm
    import numpy as np
    import xgboost
    from sklearn import (
        cluster,
        ensemble,
        linear_model,
        mixture,
        naive_bayes,
        neighbors,
        svm,
        tree,
    )
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.cross_decomposition import PLSRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def boosted() -> object:
        return xgboost.XGBRegressor(n_estimators=2)

    regressions = (
        linear_model.Ridge(),
        linear_model.LinearRegression(),
        linear_model.LassoCV(),
        ensemble.RandomForestRegressor(3),
        ensemble.GradientBoostingRegressor(n_estimators=3),
        ensemble.HistGradientBoostingRegressor(max_iter=3),
        ensemble.VotingRegressor([("a", linear_model.Ridge()), ("b", boosted())]),
        ensemble.StackingRegressor([("a", linear_model.Ridge()), ("b", svm.SVR())]),
        tree.DecisionTreeRegressor(),
        svm.SVR(),
        neighbors.KNeighborsRegressor(),
        PLSRegression(),
        boosted(),
        lightgbm.LGBMRegressor(n_estimators=2, verbose=-1),
        TransformedTargetRegressor(boosted()),
        TransformedTargetRegressor(linear_model.Ridge()),
        GridSearchCV(boosted(), {"max_depth": [1, 2]}),
        GridSearchCV(linear_model.Ridge(), {"alpha": [1, 2]}),
        make_pipeline(StandardScaler(), ensemble.GradientBoostingRegressor(n_estimators=3)),
    )
    classifiers = (
        linear_model.LogisticRegression(),
        ensemble.RandomForestClassifier(3),
        ensemble.GradientBoostingClassifier(n_estimators=3),
        ensemble.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", svm.SVC())]),
        svm.SVC(),
        naive_bayes.GaussianNB(),
        CalibratedClassifierCV(svm.LinearSVC()),
        lightgbm.LGBMClassifier(n_estimators=2, verbose=-1),
        make_pipeline(StandardScaler(), ensemble.GradientBoostingClassifier(n_estimators=3)),
        GridSearchCV(linear_model.LogisticRegression(), {"C": [1, 2]}),
    )
    others = (
        cluster.KMeans(2),
        mixture.GaussianMixture(2),
        ensemble.IsolationForest(n_estimators=3),
        svm.OneClassSVM(),
        make_pipeline(StandardScaler(), cluster.KMeans(2)),
    )
    rows = np.random.default_rng(7).normal(size=(60, 4))
    numbers, whole = rows[:, 0] * 3, (rows[:, 0] > 0).astype(int)
    words = np.where(whole, "yes", "no")
    cases = [(model, numbers) for model in regressions] + [(model, None) for model in others]
    cases += [(model, answers) for model in classifiers for answers in (whole, whole > 0, whole * 1.0, words)]
    cases += [
        (linear_model.LogisticRegression(), words.astype(object)),
        (xgboost.XGBClassifier(n_estimators=2), whole),
    ]
    found = []
    for number, (model, answers) in enumerate(cases):
        fitted = model.fit(rows) if answers is None else model.fit(rows, answers)
        file = folder / f"{number}.pkl"
        if number % 2:
            joblib.dump(fitted, file)
        else:
            file.write_bytes(pickle.dumps(fitted))
        name = f"{str(fitted)[:30]} of {answers if answers is None else answers.dtype}"
        found.append((file.name, name, "list(p)", _is_refused(list(fitted.predict(rows[:2])))))
        if hasattr(fitted, "predict_proba"):
            found.append(
                (
                    file.name,
                    name,
                    "list(q[:, 1])",
                    _is_refused(list(fitted.predict_proba(rows[:2])[:, 1])),
                )
            )
    return found


def _is_refused(answer: object) -> bool:
    try:
        json.dumps(answer)
    except TypeError:
        return True
    return False


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(train(Path(sys.argv[1]))))
