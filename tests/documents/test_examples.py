"""The example projects: nothing to complain about, and they answer as their pages say."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from cli.conftest import Terminal
from pace import patience

EXAMPLES = Path(__file__).parents[2] / "examples"
PACKAGES = ("scikit-learn", "joblib", "numpy")
INDEPENDENT = """
import json, pathlib, sys
import joblib
asked = json.loads(pathlib.Path(sys.argv[2]).read_text())
print(json.dumps(joblib.load(sys.argv[1]).predict(asked["data"]).tolist()))
"""


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if (path / "README.md").exists()))
def test_the_checks_find_nothing(tmp_path: Path, name: str) -> None:
    # Nothing is registered yet, which is all that is said; what others registered says nothing about this project.
    terminal = Terminal(tmp_path / "home", EXAMPLES / name)
    told = json.loads(terminal.run("check", str(EXAMPLES / name), "--min-severity", "information", "--json").stdout)
    assert told["checked"]
    assert {(each["code"], each["severity"]) for each in told["findings"]} <= {("SD501", "information")}


@pytest.mark.long(
    "trains two models and makes three environments; the gate checks the project and deploys the other one"
)
@pytest.mark.timeout(600)
def test_a_model_is_loaded_when_a_request_names_it(
    terminal: Terminal, run_in_packages: Callable[..., str], tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLES / "multi-model", terminal.folder, dirs_exist_ok=True)
    run_in_packages(PACKAGES, terminal.folder / "train.py")
    alone = tmp_path / "alone.py"
    alone.write_text(INDEPENDENT)
    words = ["service", "deploy", "both", "--ic", "inferenceconfig.json", "--dc", "deploymentconfig.json"]
    bodies, expected = {}, {}
    for name in ("progression", "flowers"):
        file, request = terminal.folder / f"{name}.pkl", terminal.folder / "requests" / f"{name}.json"
        terminal.ok("model", "register", str(file), "--name", name)
        words += ["--model", name]
        bodies[name] = request.read_bytes()
        expected[name] = json.loads(run_in_packages(PACKAGES, alone, str(file), str(request)))
    address = terminal.json(*words)["scoringUri"]
    try:

        def post(body: bytes) -> requests.Response:
            return requests.post(address, data=body, headers={"Content-Type": "application/json"}, timeout=60)

        def loaded(expected: list[str]) -> bool:
            """What was printed takes a moment until it is in the log."""
            deadline = time.monotonic() + patience(10)
            while True:
                log = terminal.ok("service", "logs", "both")
                found = [line.rpartition("loaded ")[2] for line in log.splitlines() if "loaded " in line]
                if found == expected or time.monotonic() > deadline:
                    return found == expected

        assert loaded([]), "init() has loaded nothing"
        # The first requests come at once; the model is loaded once all the same.
        with ThreadPoolExecutor(8) as clients:
            for answer in clients.map(post, [bodies["flowers"]] * 16):
                assert answer.json() == {"model": "flowers", "predictions": expected["flowers"]}
        assert loaded(["flowers version 1"])
        answer = post(bodies["progression"]).json()
        assert answer == {"model": "progression", "predictions": [pytest.approx(v) for v in expected["progression"]]}
        assert loaded(["flowers version 1", "progression version 1"])

        unknown = post((terminal.folder / "requests" / "unknown.json").read_bytes())
        assert unknown.status_code == 404
        assert unknown.json() == {"message": "There is no model 'weather'; there is flowers, progression."}
        assert unknown.headers["x-ms-run-function-failed"] == "False"
        for body, status in (
            (b"no json", 400),
            (b"[]", 400),
            (b'{"model": "flowers"}', 400),
            (b'{"model": "flowers", "data": [[1.0]]}', 400),
            (b'{"model": "flowers", "data": [[1, 2], [3]]}', 400),
            (b'{"model": "../flowers/1", "data": [[1.0]]}', 404),
            (b'{"model": ["flowers"], "data": [[1.0]]}', 404),
        ):
            refused = post(body)
            assert (refused.status_code, list(refused.json())) == (status, ["message"]), body
        assert post(bodies["flowers"]).json()["predictions"] == expected["flowers"]
        told = terminal.run("service", "call", "both", "--data", "@requests/unknown.json")
        assert told.returncode == 1
        assert "404" in told.stdout + told.stderr
    finally:
        terminal.ok("service", "delete", "both")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_guarded_service_asks_for_its_key(terminal: Terminal) -> None:
    shutil.copytree(EXAMPLES / "guarded", terminal.folder, dirs_exist_ok=True)
    words = ["service", "deploy", "loans", "--ic", "inferenceconfig.json", "--dc", "deploymentconfig.json"]
    address = terminal.json(*words)["scoringUri"]
    try:
        body = (terminal.folder / "requests" / "loan.json").read_bytes()

        def post(key: str, body: bytes = body) -> requests.Response:
            sent = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
            return requests.post(address, data=body, headers=sent, timeout=60)

        def keys() -> dict[str, str]:
            return terminal.json("service", "keys", "loans")  # type: ignore[no-any-return]

        old = keys()
        assert post("").status_code == 401
        assert post("wrong").status_code == 401
        assert (post(old["primaryKey"]).json(), post(old["secondaryKey"]).json()) == (
            {"payment": 531.85},
            {"payment": 531.85},
        )
        assert post(old["primaryKey"], b'{"amount": 1}').status_code == 400
        told = terminal.json("service", "call", "loans", "--data", "@requests/loan.json")
        assert (told["status"], json.loads(told["body"])) == (200, {"payment": 531.85})
        elsewhere = requests.get(address.replace("/score", "/elsewhere"), timeout=60)
        assert (elsewhere.status_code, "x-request-id" in elsewhere.headers) == (404, True), "strict"

        terminal.ok("service", "keys", "loans", "--regenerate", "primary")
        assert post(old["primaryKey"]).status_code == 401
        assert post(old["secondaryKey"]).status_code == 200
        assert post(keys()["primaryKey"]).status_code == 200
    finally:
        terminal.ok("service", "delete", "loans")
