"""Projects whose models are pickles of scikit-learn; the judge trains them in an environment that has it.

`python estimators.py FOLDER` writes the pickles and is run by that environment's Python, which has nothing of ours.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

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
    _published(folder)
    _moods(folder / "moods")


def _published(folder: Path) -> None:
    """Models for scripts that others have published."""
    import joblib
    import numpy as np
    import pandas as pd
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    joblib.dump(LinearRegression().fit(np.eye(10), np.arange(1.0, 11.0)), folder / "ten.pkl")
    numbers = np.random.default_rng(7).normal(size=(60, 10))
    for name, columns in (("digits", 10), ("column", 1)):
        rows = numbers[:, :columns]
        joblib.dump(LogisticRegression().fit(rows, (rows.sum(axis=1) > 0) * 7), folder / f"{name}.pkl")
    tables = {
        "names": ([{"input_name_1": 5.1, "input_name_2": "value2", "input_name_3": 3}], [4, 5]),
        "hearts": (HEARTS, [0, 1]),
        "attrition": (EMPLOYEES, [1, 0]),
    }
    for name, (samples, answers) in tables.items():
        # Of each sample a second row that is another one in every column.
        other = {key: value + "_" if isinstance(value, str) else value * 3 for key, value in samples[0].items()}
        table = pd.DataFrame([*samples, other])
        words = make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
            remainder="passthrough",
        )
        joblib.dump(make_pipeline(words, LogisticRegression()).fit(table, answers), folder / f"{name}.pkl")


def _moods(folder: Path) -> None:
    """The four files of the sample that judges sentences."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "samples"))
    from build_model import moods  # type: ignore[import-not-found]

    moods(folder)


HEARTS: list[dict[str, Any]] = [
    {
        "age": 50,
        "gender": "female",
        "systolic": 110,
        "diastolic": 80,
        "cholesterol": "normal",
        "glucose": "normal",
        "smoker": "not-smoker",
        "alcoholic": "not-alcoholic",
        "active": "active",
        "bmi": 26.1,
    }
]
_WORDS = ("BusinessTravel", "Department", "EducationField", "Gender", "JobRole", "MaritalStatus", "OverTime")
_NUMBERS = """
    Age DailyRate DistanceFromHome Education EnvironmentSatisfaction HourlyRate JobInvolvement JobLevel JobSatisfaction
    MonthlyIncome MonthlyRate NumCompaniesWorked PercentSalaryHike PerformanceRating RelationshipSatisfaction
    StockOptionLevel TotalWorkingYears TrainingTimesLastYear WorkLifeBalance YearsAtCompany YearsInCurrentRole
    YearsSinceLastPromotion YearsWithCurrManager
"""
EMPLOYEES: list[dict[str, Any]] = [{**dict.fromkeys(_WORDS, "Sales"), **dict.fromkeys(_NUMBERS.split(), 5)}]


def trained(name: str) -> bytes:
    """One of the pickles."""
    return (Path(os.environ[TRAINED]) / name).read_bytes()


if __name__ == "__main__":
    train(Path(sys.argv[1]))
