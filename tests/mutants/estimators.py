"""Projects whose models are pickles of scikit-learn; the judge trains them in an environment that has it.

`python estimators.py FOLDER` writes the pickles and is run by that environment's Python, which has nothing of ours.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TRAINED = "JUDGE_TRAINED"
"""Environment variable: the folder of the pickles."""
PACKAGES = ("scikit-learn", "joblib", "pandas")


def train(folder: Path) -> None:
    """A regression whose weights are exact, and a pipeline over a table with a column of words."""
    import joblib
    import numpy as np
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    table = np.eye(3)
    joblib.dump(LinearRegression().fit(table, [2.0, 3.0, 4.0]), folder / "ridge.pkl")
    houses = pd.DataFrame(
        {
            "area": [50.0, 80.0, 120.0, 60.0],
            "district": ["north", "south", "north", "south"],
        }
    )
    steps = ColumnTransformer([("district", OneHotEncoder(), ["district"])], remainder="passthrough")
    pipeline = Pipeline([("columns", steps), ("model", LinearRegression())])
    joblib.dump(pipeline.fit(houses, houses["area"] * 2.0), folder / "houses.joblib")


def trained(name: str) -> bytes:
    """One of the pickles."""
    return (Path(os.environ[TRAINED]) / name).read_bytes()


if __name__ == "__main__":
    train(Path(sys.argv[1]))
