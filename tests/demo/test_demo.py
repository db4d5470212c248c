"""`npm run demo` as a newcomer runs it: correct predictions, a second run that reuses, and nothing left running."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "diabetes"
ROWS = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]]

# Trains and predicts again without any part of Scoredock.
INDEPENDENT = """
import json, pathlib, sys, tempfile
sys.path.insert(0, sys.argv[1])
import joblib, train
with tempfile.TemporaryDirectory() as folder:
    model = joblib.load(train.train(pathlib.Path(folder)))
print(json.dumps(model.predict(json.loads(sys.argv[2])).tolist()))
"""


def run_demo(folder: Path, *words: str) -> str:
    env = {**os.environ, "SCOREDOCK_DEMO_FOLDER": str(folder)}
    command = ["node", str(ROOT / "scripts" / "demo.mjs"), *words]
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def processes_of(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or []):
            found.append(process)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # With a space, as in many people's paths. One for all: what was trained and built once is found again.
    return tmp_path_factory.mktemp("demo") / "a demo"


def shown(said: str) -> list[float]:
    return [float(value) for value in re.findall(r"\] -> (-?\d+\.\d+)", said)]


@pytest.mark.long(
    "what is asked besides the demo itself: an independent training, nothing left running, a second run; "
    "the demo compares with scikit-learn itself, and .ci/run runs it before the tests"
)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_predicts_what_scikit_learn_predicts(folder: Path) -> None:
    first = run_demo(folder)

    uv = Path(sys.executable).parent / "uv"
    packages = [word for name in ("scikit-learn", "joblib", "numpy") for word in ("--with", name)]
    command = [str(uv), "run", "--quiet", "--isolated", "--no-project", "--python", sys.executable, *packages]
    command += ["python", "-c", INDEPENDENT, str(EXAMPLE), json.dumps(ROWS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=200)
    expected = json.loads(done.stdout.splitlines()[-1])
    assert shown(first) == [pytest.approx(value, abs=0.006) for value in expected]
    assert len(expected) == 2
    assert "Healthy at http://127.0.0.1:" in first
    assert processes_of(folder) == []

    second = run_demo(folder)
    assert "is there already" in second
    assert "The model is trained" in second
    assert processes_of(folder) == []


@pytest.mark.long(".ci/run runs the demo before the tests; here it leaves its service running")
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_open_leaves_the_service_running(folder: Path) -> None:
    try:
        said = run_demo(folder, "--open")
        assert "Healthy at http://127.0.0.1:" in said
        assert "as scikit-learn itself predicts" in said
        assert len(shown(said)) == 2
        assert "The service is running" in said
        assert processes_of(folder)
    finally:
        for process in processes_of(folder):
            process.kill()
