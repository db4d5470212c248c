"""How many columns a pickled model takes, and their names: told by its opcodes, as nothing is loaded."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scoredock.registry.formats.recognise import pickled_features


class Model:
    """Keeps its attributes as models of scikit-learn do."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __setstate__(self, state: object) -> None:
        raise AssertionError("it was loaded")


def names(*columns: str) -> Any:
    return np.array(columns, dtype=object)


PLAIN = Model(coef_=np.zeros(7), n_features_in_=7)
NAMED = Model(feature_names_in_=names("age", "bmi"), n_features_in_=2, coef_=np.zeros(2))
ONE = Model(feature_names_in_=names("age"), n_features_in_=1)
PARTS = Model(
    transformers_=[
        ("text", Model(n_features_in_=1), [0]),
        ("rest", Model(n_features_in_=2), [1, 2]),
    ],
    classes_=names("yes", "no"),
    feature_names_in_=names("job", "age", "bmi"),
    n_features_in_=3,
)
PIPELINE = Model(steps=[("parts", PARTS), ("model", Model(n_features_in_=9))])
BAGGED = Model(estimators_=[Model(n_features_in_=4), Model(n_features_in_=4)], n_features_in_=4)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    ("model", "told"),
    [
        pytest.param(PLAIN, (7, ()), id="plain"),
        pytest.param(NAMED, (2, ("age", "bmi")), id="with names"),
        pytest.param(ONE, (1, ("age",)), id="one column"),
        pytest.param(PARTS, (3, ("job", "age", "bmi")), id="the outermost counts"),
        pytest.param(
            PIPELINE,
            (3, ("job", "age", "bmi")),
            id="the first step of a pipeline counts",
        ),
        pytest.param(BAGGED, (4, ()), id="of equal parts"),
        pytest.param(Model(classes_=names("yes", "no")), (0, ()), id="a model that does not say"),
        pytest.param(["n_features_in_", 3], (0, ()), id="no model"),
        pytest.param({"n_features_in_": -3}, (0, ()), id="nonsense"),
    ],
)
def test_the_features_of_a_pickle(
    tmp_path: Path, model: object, told: tuple[int, tuple[str, ...]], protocol: int
) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model, protocol=protocol))
    assert pickled_features(path) == told


def test_what_is_damaged_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04\x95 nonsense")
    assert pickled_features(path) == (0, ())
    assert pickled_features(tmp_path / "gone.pkl") == (0, ())
