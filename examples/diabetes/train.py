"""Trains a ridge regression on scikit-learn's diabetes data and writes it as a pickle."""

import argparse
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

FILE_NAME = "sklearn_regression_model.pkl"


def train(folder: Path) -> Path:
    """Fits the model, prints its error on held-back rows and returns the file that holds it."""
    features, progression = load_diabetes(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(features, progression, test_size=0.2, random_state=0)
    model = Ridge(alpha=0.03).fit(train_x, train_y)
    print(
        f"mean squared error on {len(test_y)} held-back rows: {mean_squared_error(test_y, model.predict(test_x)):.1f}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FILE_NAME
    joblib.dump(model, target)
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder of the pickle")
    print(f"wrote {train(parser.parse_args().output)}")
