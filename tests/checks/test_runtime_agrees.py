"""What a rule calls an error fails in the real runtime, and its good example answers there."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES
from scoredock.pickles.facts import PickleFacts

JUDGED = [
    r
    for r in RULES
    # What fails in a certain environment is judged by real deployments.
    if r.code[2] in "15" and r.world.path == "score.py" and r.severity == "error" and r.world.environment is None
]
BODIES: dict[str, dict[str, list[object]]] = {
    "SD112": {"raw_data": [1.0]},
    "SD115": {"data": [1.0]},
    "SD136": {"data": [1.0]},
    "SD137": {"data": [1.0]},
    "SD176": {"data": [{"age": 59, "bmi": 32.1}]},
}
JOBLIB = """
import pickle

import numpy


class Model:
    def predict(self, rows):
        return numpy.array([1.0 for _ in numpy.array(rows, dtype=float)])


def load(path):
    with open(path, "rb") as stream:
        pickle.load(stream)
    return Model()
"""


def _case(folder: Path, rule: Rule, kind: str) -> dict[str, str]:
    root = folder / f"{rule.code}-{kind}"
    root.mkdir()
    (root / "joblib.py").write_text(JOBLIB, encoding="utf-8")
    (root / "score.py").write_text(rule.page.bad if kind == "bad" else rule.page.good, encoding="utf-8")
    for name, text in rule.world.texts:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    model = rule.world.models[0] if rule.world.models else None
    place = f"azureml-models/{model.name}/{model.version}" if model else "azureml-models/any/1"
    (root / "model_dir").write_text(place, encoding="utf-8")
    (root / place).mkdir(parents=True)
    for name in model.files if model else ("model.pkl",):
        (root / place / name).parent.mkdir(parents=True, exist_ok=True)
        (root / place / name).write_bytes(_pickle_of(dict(rule.world.pickles).get(name)))
    body = json.dumps(BODIES.get(rule.code, {"data": [[1.0, 2.0]]}))
    return {"id": root.name, "root": str(root), "script": "score.py", "body": body}


def _pickle_of(facts: PickleFacts | None) -> bytes:
    """One that imports what the facts of a rule's example say."""
    names = sorted(facts.objects) if facts else []
    imports = b"".join(b"c%s\n%s\n0" % tuple(map(str.encode, name.rsplit(".", 1))) for name in names)
    return imports + pickle.dumps("model")


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    if not hasattr(os, "fork"):
        pytest.skip("the judge needs fork")
    folder = tmp_path_factory.mktemp("judged")
    cases = [_case(folder, rule, kind) for rule in JUDGED for kind in ("bad", "good")]
    judge = Path(__file__).parent / "runtime_judge.py"
    done = subprocess.run(
        [sys.executable, str(judge)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    verdicts: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return verdicts


@pytest.mark.parametrize("rule", JUDGED, ids=lambda r: r.code)
def test_errors_fail_and_good_examples_answer(rule: Rule, verdicts: dict[str, str]) -> None:
    assert verdicts[f"{rule.code}-bad"] in ("start", "request")
    assert verdicts[f"{rule.code}-good"] == "ok"


def test_the_package_of_services_names_rawhttp_too(tmp_path: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("the judge needs fork")
    text = (
        "from azureml.contrib.services import rawhttp\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef run(request):\n   "
        " return len(request.get_data())\n"
    )
    (tmp_path / "score.py").write_text(text, encoding="utf-8")
    (tmp_path / "model_dir").write_text("models", encoding="utf-8")
    case = {"id": "raw", "root": str(tmp_path), "script": "score.py", "body": "{}"}
    judge = Path(__file__).parent / "runtime_judge.py"
    done = subprocess.run(
        [sys.executable, str(judge)],
        input=json.dumps([case]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"raw": "ok"}, done.stderr
