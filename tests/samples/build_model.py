"""Trains the small models of the samples: `python build_model.py KIND FOLDER`, in a Python that has scikit-learn.

Writes the model below FOLDER and prints one JSON line: the path to register and the predictions for the two rows that
the samples are called with (an empty list for a model of texts). Kinds: ridge-file, ridge-folder, moods.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

ROWS = [[0.5, 1.0, -0.5, 2.0, 0.0, 1.5, -1.0, 0.25, 0.75, -2.0], [1.0] * 10]
GLAD = ["a lovely sunny morning", "lovely music and sunny gardens", "sunny and lovely people", "lovely day"]
SAD = ["awful rain again", "rain and awful traffic", "awful noise again", "again this rain"]


def ridge(path: Path) -> list[float]:
    """A regression on ten columns; the predictions for ROWS."""
    table = np.random.default_rng(7).normal(size=(60, 10))
    model = Ridge(alpha=0.1).fit(table, table @ np.arange(1.0, 11.0) + 3.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, path)
    return [float(value) for value in model.predict(np.array(ROWS))]


def moods(folder: Path) -> None:
    """A classifier of sentences, its vocabulary, the names of its classes and the words it leaves out."""
    folder.mkdir(parents=True)
    counter = CountVectorizer()
    counts = counter.fit_transform(GLAD + SAD)
    classifier = LogisticRegression(C=100.0).fit(counts, [1] * len(GLAD) + [0] * len(SAD))
    joblib.dump(classifier, folder / "classifier.joblib")
    joblib.dump({"the", "a"}, folder / "stop_words.joblib")
    (folder / "word_counter.pkl").write_bytes(pickle.dumps(counter))
    (folder / "mood_names.pkl").write_bytes(pickle.dumps(["SAD", "GLAD"]))


def main(kind: str, folder: Path) -> None:
    """Make one kind and tell where it is."""
    predictions: list[float] = []
    if kind == "ridge-file":
        path = folder / "price_ridge.pkl"
        predictions = ridge(path)
    elif kind == "ridge-folder":
        path = folder / "price_model"
        predictions = ridge(path / "price_ridge.pkl")
    elif kind == "moods":
        path = folder / "moods"
        moods(path)
    else:
        raise SystemExit(f"unknown kind {kind}")
    print(json.dumps({"path": str(path), "predictions": predictions}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
