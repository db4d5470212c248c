"""Makes a model that scripts of the documents load: `python build_models.py KIND FOLDER`, with the packages of the
script.

Prints one JSON line: the path to register, and what the model predicts for the script's sample request.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import numpy as np

TEN_COLUMNS = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]]
GLAD = ["Today is a great day!", "great and happy people", "a great and happy morning", "happy day"]
SAD = ["awful rain again", "rain and awful traffic", "awful noise again", "again this rain"]
WORDS = 300
"""SEQUENCE_LENGTH of the script."""


def ridge(path: Path) -> list[float]:
    from sklearn.linear_model import Ridge

    table = np.random.default_rng(7).normal(size=(60, 10))
    return _dumped(Ridge(alpha=0.1).fit(table, table @ np.arange(1.0, 11.0) + 3.0), path, np.array(TEN_COLUMNS))


def plane(path: Path) -> list[float]:
    from sklearn.linear_model import LinearRegression

    corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    return _dumped(LinearRegression().fit(corners, [0.0, 1.0, 1.0]), path, np.array(corners))


def digits(path: Path, columns: int, rows: list[list[float]]) -> list[float]:
    from sklearn.linear_model import LogisticRegression

    table = np.random.default_rng(7).normal(size=(60, columns))
    return _dumped(LogisticRegression().fit(table, (table.sum(axis=1) > 0) * 7), path, np.array(rows))


def table(path: Path) -> list[float]:
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    rows = pd.DataFrame({"input_name_1": [5.1, 0.2], "input_name_2": ["value2", "other"], "input_name_3": [3, 8]})
    columns = make_column_transformer((OneHotEncoder(), ["input_name_2"]), remainder="passthrough")
    return _dumped(make_pipeline(columns, LogisticRegression()).fit(rows, [4, 5]), path, rows[:1])


def sentiment(folder: Path) -> None:
    """A network of one embedding, word vectors, and the two pickles beside them."""
    import keras
    from gensim.models.word2vec import Word2Vec
    from keras.src.legacy.preprocessing.text import Tokenizer

    folder.mkdir(parents=True)
    keras.utils.set_random_seed(3)
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(GLAD + SAD)
    inside = [keras.layers.Embedding(len(tokenizer.word_index) + 1, 8), keras.layers.GlobalAveragePooling1D()]
    network = keras.Sequential([keras.Input((WORDS,)), *inside, keras.layers.Dense(1, activation="sigmoid")])
    network.compile(keras.optimizers.Adam(0.5), "binary_crossentropy")
    texts = keras.utils.pad_sequences(tokenizer.texts_to_sequences(GLAD + SAD), maxlen=WORDS)
    network.fit(texts, np.array([1.0] * len(GLAD) + [0.0] * len(SAD)), epochs=60, verbose=0)
    network.save(str(folder / "model.h5"))
    words = [text.lower().split() for text in GLAD + SAD]
    Word2Vec(words, vector_size=8, min_count=1, seed=3, workers=1).save(str(folder / "model.w2v"))
    (folder / "tokenizer.pkl").write_bytes(pickle.dumps(tokenizer))
    (folder / "encoder.pkl").write_bytes(pickle.dumps(["NEGATIVE", "POSITIVE"]))


def _dumped(model: object, path: Path, rows: object) -> list[float]:
    import joblib

    path.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, path)
    return [value.item() for value in model.predict(rows)]  # type: ignore[attr-defined]


def main(kind: str, folder: Path) -> None:
    """Make one kind and tell where it is."""
    predictions: list[float] = []
    path = folder / "sklearn_mnist_model.pkl"
    if kind == "ridge":
        predictions = ridge(path)
    elif kind == "digits":
        predictions = digits(path, 10, TEN_COLUMNS)  # type: ignore[arg-type]
    elif kind == "one-column":
        predictions = digits(path, 1, [[1.8], [-2.5]])
    elif kind == "plane":
        path = folder / "model.pkl"
        predictions = plane(path)
    elif kind == "table":
        path = folder / "model_file.pkl"
        predictions = table(path)
    elif kind == "sentiment":
        path = folder / "models"
        sentiment(path)
    else:
        raise SystemExit(f"unknown kind {kind}")
    print(json.dumps({"path": str(path), "predictions": predictions}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
