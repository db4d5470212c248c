"""Writes environments/versions/release_dates.json: when minor releases of packages that models need came out.

    python tools/release_dates.py [INDEX]

Asked of the JSON interface of an index, PyPI's by default. Run by hand; the answer is committed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import requests
from packaging.version import InvalidVersion, Version

PACKAGES = (
    "catboost",
    "cloudpickle",
    "dask",
    "fastapi",
    "flask",
    "gensim",
    "h5py",
    "imbalanced-learn",
    "joblib",
    "jinja2",
    "keras",
    "lightgbm",
    "markupsafe",
    "matplotlib",
    "mlflow",
    "nltk",
    "numba",
    "numpy",
    "onnx",
    "onnxruntime",
    "opencv-python",
    "pandas",
    "pillow",
    "plotly",
    "protobuf",
    "pyarrow",
    "pydantic",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "seaborn",
    "setuptools",
    "spacy",
    "statsmodels",
    "tensorflow",
    "tensorflow-cpu",
    "threadpoolctl",
    "tokenizers",
    "torch",
    "torchvision",
    "transformers",
    "typing-extensions",
    "urllib3",
    "werkzeug",
    "xgboost",
)
OLDEST = "2016"
"""No Python that runs services can install what is older."""
TARGET = Path(__file__).parents[1] / "scoredock" / "environments" / "versions" / "release_dates.json"


def first_days(index: str, package: str) -> list[tuple[str, str]]:
    """Minor releases, oldest first, each with the day on which its first file was uploaded."""
    answer = requests.get(f"{index.rstrip('/')}/{package}/json", timeout=60)
    answer.raise_for_status()
    dates: dict[Version, str] = {}
    for written, files in answer.json()["releases"].items():
        try:
            version = Version(written)
        except InvalidVersion:
            continue
        days = [str(file["upload_time"])[:10] for file in files]
        if days and not version.is_prerelease:
            minor = Version(f"{version.major}.{version.minor}")
            dates[minor] = min([*days, *([dates[minor]] if minor in dates else [])])
    return [(str(minor), dates[minor]) for minor in sorted(dates) if dates[minor] >= OLDEST]


def main() -> None:
    index = sys.argv[1] if len(sys.argv) > 1 else "https://pypi.org/pypi"
    days_by_package = {package: first_days(index, package) for package in PACKAGES}
    lines = (f"  {json.dumps(name)}: {json.dumps(found)}" for name, found in sorted(days_by_package.items()))
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
