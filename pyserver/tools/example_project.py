"""Writes features/guide/example.json, the example that the walkthrough opens: examples/diabetes with its model.

Run by hand when the example changes, with a Python that has scikit-learn 1.7.2, joblib and numpy 2:
`uv run --with scikit-learn==1.7.2 --with joblib --with numpy python pyserver/tools/example_project.py`
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "examples" / "diabetes"
TARGET = ROOT / "pyserver" / "scoredock" / "features" / "guide" / "example.json"
COPIED = ("score.py", "train.py", "tests.http", "inferenceconfig.json", "deploymentconfig.json")
MODEL = "sklearn_regression_model.pkl"
PINNED = "scikit-learn==1.7.2"
README = """# Diabetes

A ridge regression on the diabetes data of scikit-learn, with everything that is needed to serve it.

| file | what it is for |
|---|---|
| `sklearn_regression_model.pkl` | the trained model |
| `score.py` | the entry script: `init()` loads the model, `run()` predicts |
| `inferenceconfig.json` | names the entry script and the environment |
| `conda.yml` | the packages that `score.py` needs |
| `deploymentconfig.json` | deploys on this computer; without a port, so that a free one is taken |
| `sample-request.json` | the body of a request |
| `tests.http` | requests with what they expect, for `scoredock test` and the Testing view |
| `train.py` | how the model was trained |

Right-click `sklearn_regression_model.pkl` and choose *Register as Model…*, then *Deploy* above `init()` in `score.py`,
then *Send Request* on the service.
"""
REQUEST = '{"data": [[0.04, 0.05, 0.06, 0.02, -0.04, -0.03, -0.04, 0.0, 0.02, -0.02]]}\n'


def texts() -> dict[str, str]:
    """Every file but the model."""
    found = {name: (SOURCE / name).read_text("utf-8") for name in COPIED}
    packages = (SOURCE / "conda.yml").read_text("utf-8")
    return {
        **found,
        "conda.yml": packages.replace("- scikit-learn\n", f"- {PINNED}\n"),
        "README.md": README,
        "sample-request.json": REQUEST,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, str(SOURCE / "train.py"), "--output", folder], check=True)
        model = (Path(folder) / MODEL).read_bytes()
    content = {"texts": texts(), "model": {"name": MODEL, "base64": base64.b64encode(model).decode()}}
    TARGET.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
