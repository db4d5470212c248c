"""Starts that end where a pickle is loaded: the failure says what the file was made with, what is there, and what
helps."""

from __future__ import annotations

import shutil

import pytest

from carry_over.joblib_ages import Age
from cli.conftest import Terminal

HERE = "1.5.2"
SCRIPT = """\
import os
import pickle

import joblib


def init():
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.bin")
    {load}


def run(data):
    return data
"""


@pytest.mark.parametrize(
    ("content", "load", "message", "fix"),
    [
        pytest.param(
            Age(HERE, "1.6.0").kept("logistic"),
            "pickle.load(open(path, 'rb'))",
            ["invalid load key", "“m:1” was saved by joblib.dump(), and pickle.load() cannot read its arrays."],
            "Load it with joblib.load().",
            id="another module",
        ),
        pytest.param(
            Age("0.24.2", "0.17.0").kept("forest"),
            "joblib.load(path)",
            [
                "incompatible dtype",
                "made with scikit-learn 0.24.2, but the environment has scikit-learn 1.5.2: from 1.3",
            ],
            "or save it for the newest scikit-learn with `scoredock model convert m:1`, or train the model again.",
            id="another scikit-learn",
        ),
        pytest.param(
            b"\x80\x04csklearn.linear_model._gone\nModel\n}\x8c\x10_sklearn_version\x8c\x060.99.1s.",
            "joblib.load(path)",
            [
                "sklearn.linear_model._gone",
                "made with scikit-learn 0.99.1, but the environment has scikit-learn 1.5.2.",
            ],
            "pin “scikit-learn==0.99.1”",
            id="an unknown scikit-learn",
        ),
        pytest.param(
            b"\x80\x04cnumpy._core3.multiarray\n_reconstruct\n.",
            "joblib.load(path)",
            ["No module named 'numpy._core3'", " of the environment has no numpy._core3"],
            "Use the numpy that the model was saved with",
            id="NumPy 3",
        ),
        pytest.param(
            b"\x80\x04csklearn.linear_model\nRidge\n0cazureml.automl.runtime.made\nModel\n}\x8c\x10_sklearn_version\x8c\x060.99.1s.",
            "joblib.load(path)",
            ["No module named 'azureml.automl.runtime'"],
            " and deploy again. The release must be the one that trained the model",
            id="automated ML, and another scikit-learn",
        ),
        pytest.param(
            b"\x80\x04csklearn.linear_model\nRidge\n0cno_such_package\nModel\n}\x8c\x10_sklearn_version\x8c\x060.99.1s.",
            "joblib.load(path)",
            ["No module named 'no_such_package'"],
            "Add the package of the module no_such_package to ",
            id="a package, and another scikit-learn",
        ),
        pytest.param(
            b"\x80\x04cimblearn.pipeline\nPipeline\n.",
            "joblib.load(path)",
            ["No module named 'imblearn'"],
            "List imbalanced-learn, which has the module imblearn, in ",
            id="a package of another name than its module",
        ),
        pytest.param(
            b"\x80\x04c_loss\nCyHalfBinomialLoss\n}\x8c\x10_sklearn_version\x8c\x051.9.1s.",
            "joblib.load(path)",
            ["No module named '_loss'", "made with scikit-learn 1.9.1, but the environment has scikit-learn 1.5.2"],
            "pin “scikit-learn==1.9.1”",
            id="a private module of scikit-learn",
        ),
        pytest.param(
            b"\x80\x04c_mine\nModel\n.",
            "joblib.load(path)",
            ["No module named '_mine'"],
            "Put the module _mine into the source directory where it is yours.",
            id="a private module",
        ),
    ],
)
def test_the_cause_names_both_sides(
    terminal: Terminal, content: object, load: str, message: list[str], fix: str
) -> None:
    file = terminal.folder / "model.bin"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        shutil.copy(str(content), file)
    terminal.ok("model", "register", str(file), "--name", "m")
    (terminal.folder / "score.py").write_text(SCRIPT.format(load=load))
    (terminal.folder / "requirements.txt").write_text(f"scikit-learn=={HERE}\njoblib\n")
    error = terminal.refused(
        "service",
        "deploy",
        "svc-one",
        "--model",
        "m:1",
        "--entry-script",
        "score.py",
        "--cf",
        "requirements.txt",
        "--skip-checks",
    )
    assert error["code"] == "init-failed"
    assert all(each in error["message"] for each in message), error["message"]
    assert fix in error["fix"]
    terminal.ok("service", "delete", "svc-one")


def test_another_failure_in_init_is_told_as_it_is(terminal: Terminal) -> None:
    """A file that is not there says nothing about releases."""
    shutil.copy(Age("0.24.2", "0.17.0").kept("forest"), terminal.folder / "other.bin")
    terminal.ok("model", "register", str(terminal.folder / "other.bin"), "--name", "m")
    (terminal.folder / "score.py").write_text(SCRIPT.format(load="joblib.load(path)"))
    (terminal.folder / "requirements.txt").write_text(f"scikit-learn=={HERE}\njoblib\n")
    error = terminal.refused(
        "service",
        "deploy",
        "svc-one",
        "--model",
        "m:1",
        "--entry-script",
        "score.py",
        "--cf",
        "requirements.txt",
        "--skip-checks",
    )
    assert "FileNotFoundError" in error["message"]
    assert "0.24.2" not in error["message"]
    terminal.ok("service", "delete", "svc-one")
