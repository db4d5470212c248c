"""Trains the two models of this example on data that comes with scikit-learn, and writes each as a pickle."""

import argparse
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge


def train(folder: Path) -> list[Path]:
    """Fits a regression of ten measurements and a classifier of four; returns their files."""
    fitted = {
        "progression": Ridge(alpha=0.03).fit(*load_diabetes(return_X_y=True)),
        "flowers": LogisticRegression(max_iter=1000).fit(*load_iris(return_X_y=True)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, model in fitted.items():
        files.append(folder / f"{name}.pkl")
        joblib.dump(model, files[-1])
    return files


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder of the pickles")
    for file in train(parser.parse_args().output):
        print(f"wrote {file}")
