"""Writes the pickles that the tests carry over; runs in an old Python with an old scikit-learn, pandas beside it.

`python make_models.py FOLDER` writes a pickle for each of `MODELS`, and those that go wrong: `one_of_each`, whose
probabilities newer releases reckon otherwise, `not_a_number`, `hungry`, which takes all memory when it is loaded, and
`endless`. Python 3.6.
"""

import pathlib
import pickle
import sys

import numpy
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


class Call:
    """Is a call of a function when it is pickled, and its result when it is loaded."""

    def __init__(self, function, *arguments):
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


def linear(data, amount, **attributes):
    model = LinearRegression().fit(data, amount)
    vars(model).update(attributes)
    return model


def main(folder):
    generator = numpy.random.RandomState(7)
    data = generator.normal(size=(120, 4))
    amount = data.dot([1.5, -2.0, 0.5, 0.0]) + generator.normal(scale=0.1, size=120)
    kind = numpy.digitize(amount, [-1.0, 1.0])
    words = ["good", "bad", "fine", "poor", "great", "awful", "service", "food"]
    texts = [" ".join(generator.choice(words, size=5)) for _ in range(120)]
    frame = pandas.DataFrame({"age": data[:, 0] * 10 + 40, "pay": data[:, 1] * 1000, "text": texts})
    frame["city"] = generator.choice(["Bonn", "Köln", "Mainz"], size=120)
    frame.loc[::9, "pay"] = numpy.nan
    numbers = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    parts = [
        ("numbers", numbers, ["age", "pay"]),
        ("city", OneHotEncoder(handle_unknown="ignore"), ["city"]),
        ("text", TfidfVectorizer(), "text"),
    ]
    models = {
        "linear": LinearRegression().fit(data, amount),
        "logistic": LogisticRegression().fit(data, kind),
        "tree": DecisionTreeClassifier(max_depth=4, random_state=0).fit(data, kind),
        "tree_number": DecisionTreeRegressor(max_depth=4, random_state=0).fit(data, amount),
        "forest": RandomForestClassifier(n_estimators=5, max_depth=4, random_state=0).fit(data, kind),
        "forest_number": RandomForestRegressor(n_estimators=5, max_depth=4, random_state=0).fit(data, amount),
        "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0).fit(data, kind),
        "boosting_number": GradientBoostingRegressor(n_estimators=5, random_state=0).fit(data, amount),
        "columns": Pipeline([("parts", ColumnTransformer(parts)), ("model", LogisticRegression())]).fit(frame, kind),
        "one_of_each": LogisticRegression(multi_class="ovr").fit(data, kind),
        "not_a_number": linear(data, amount, intercept_=float("nan")),
        "hungry": linear(data, amount, extra=Call(numpy.ones, 10**12)),
        "endless": linear(data, amount, extra=Call(sum, range(10**12))),
        "words": Pipeline([("text", TfidfVectorizer()), ("model", LogisticRegression())]).fit(texts, kind),
    }
    for name, model in models.items():
        (pathlib.Path(folder) / (name + ".pkl")).write_bytes(pickle.dumps(model, protocol=3))


if __name__ == "__main__":
    main(sys.argv[1])
