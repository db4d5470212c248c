"""A real tracking server of MLflow: its runs are found, registered over both doors, deployed, and answer."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from lsp.client import Client

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.long(
        "a real server takes ten seconds of processor to start; what it answers is served to our reader by the servers"
        " of tests/runs/test_bad_servers.py, and its stores are read as files"
    ),
]

SCORE = """
import json
import os
import pickle


def init():
    global model
    with open(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "classifier", "model.pkl"), "rb") as file:
        model = pickle.load(file)


def run(data):
    return {"labels": model.predict(json.loads(data)["data"]).tolist()}
"""


@pytest.mark.long(
    "at the gate a run becomes a model in the editor's test; what is deployed then is a model like any other"
)
@pytest.mark.usefixtures("runtime")
def test_a_model_of_the_server_is_registered_deployed_and_predicts(served: Any, terminal: Terminal) -> None:
    terminal.env["MLFLOW_TRACKING_URI"] = served.uri
    found = terminal.json("run", "stores")["stores"]
    assert [(one["uri"], one["kind"], one["problem"]) for one in found] == [(served.uri, "server", "")]
    experiments = terminal.json("run", "experiments", served.uri)["experiments"]
    id = next(one["id"] for one in experiments if one["name"] == "iris")
    runs = terminal.json("run", "list", served.uri, id)["runs"]
    assert [one["id"] for one in runs] == [served.parent, served.plain]
    assert [one["models"] for one in runs] == [[], ["classifier"]]
    assert (runs[0]["bestChild"], runs[0]["primaryMetric"]) == (served.children[1], "AUC_weighted")
    artifacts = terminal.json("run", "artifacts", served.uri, served.plain)["artifacts"]
    assert [(one["path"], one["isModel"]) for one in artifacts] == [("classifier", True), ("outputs", False)]

    made = terminal.json("run", "register", served.uri, served.plain, "-t", "model.json")
    assert (made["id"], made["framework"], made["runId"]) == ("classifier:1", "ScikitLearn", served.plain)
    (terminal.folder / "score.py").write_text(SCORE)
    (terminal.folder / "requirements.txt").write_text(f"scikit-learn=={made['frameworkVersion']}\n")
    words = ["--entry-script", "score.py", "--environment-file", "requirements.txt"]
    service = terminal.json("service", "deploy", "flowers", "-f", "model.json", *words)
    assert (service["state"], service["models"]) == ("Healthy", ["classifier:1"])
    answer = terminal.ok("service", "call", "flowers", "--data", '{"data": [[0.0], [1.0], [2.0], [3.0]]}')
    assert json.loads(answer) == {"labels": served.predictions}


def test_the_best_child_over_the_protocol(
    served: Any, tmp_path: Path, untouched: Callable[[Path], Any], tracking_server: Any
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    with Client(tmp_path / "home") as client, untouched(tracking_server.folder / "mlartifacts"):
        client.initialize(project, settings={"scoredock.mlflow.trackingUris": [served.uri]})
        client.ask("scoredock/state/list", {"folders": [str(project)]})
        stores = client.ask("scoredock/run/stores", {"folders": [str(project)]})["stores"]
        assert [one["uri"] for one in stores] == [served.uri]
        experiments = client.ask("scoredock/run/experiments", {"store": served.uri})["experiments"]
        id = next(one["id"] for one in experiments if one["name"] == "iris")
        params = {"store": served.uri, "experimentId": id, "parent": served.parent}
        children = client.ask("scoredock/run/list", params)["runs"]
        assert [one["id"] for one in children] == served.children[::-1]
        listed = client.ask("scoredock/run/artifacts", {"store": served.uri, "runId": served.children[0]})["artifacts"]
        assert [one["path"] for one in listed] == ["outputs"]
        wish = {"store": served.uri, "runId": served.parent, "metric": "log_loss"}
        proposal = client.ask("scoredock/run/propose", wish)
        assert (proposal["runId"], proposal["path"]) == (served.children[2], "outputs/model.pkl")
        assert "lowest log_loss (0.3) of the 4 children" in proposal["reason"]
        made = client.ask("scoredock/run/register", {**wish, "name": "best"})
        assert (made["id"], made["runId"]) == ("best:1", served.children[2])
        pushed = client.notified("scoredock/registry/changed")
        assert pushed["models"]
        elsewhere = client.error("scoredock/run/experiments", {"store": "http://127.0.0.1:9"})
        assert elsewhere["data"]["code"] == "run-store-unknown"
        elsewhere = client.error("scoredock/run/experiments", {"store": str(tmp_path)})
        assert elsewhere["data"]["code"] == "run-store-unknown"


def test_what_the_server_does_not_have(served: Any, commands: Any) -> None:
    def code(*words: str) -> str:
        return commands.refused("run", *words)["code"]  # type: ignore[no-any-return]

    assert code("artifacts", served.uri, "0" * 32) == "run-not-found"
    assert code("list", served.uri, "4711") == "run-not-found"
    assert code("artifacts", served.uri, served.plain, "outputs/none") == "run-artifact-missing"
    assert code("register", served.uri, served.plain, "--path", "none.pkl") == "run-artifact-missing"
    assert code("register", served.uri, served.plain, "--path", "../../etc") == "run-artifact-unsupported"
    assert code("artifacts", served.uri, "x' OR 1=1") == "run-not-found"
    assert code("experiments", f"{served.uri}/somewhere") == "run-store-unsupported"
    assert code("experiments", served.uri.replace("http:", "https:")) == "run-server-unreachable"


def test_the_database_of_the_server_is_read_without_it_as_well(
    served: Any, commands: Any, tracking_server: Any, untouched: Any
) -> None:
    """Its artifacts lie in `mlartifacts` beside it, where the database only says `mlflow-artifacts:`."""
    with untouched(tracking_server.folder):
        database = str(tracking_server.folder / "served.db")
        made = commands.json("run", "register", database, served.plain)
        assert (made["id"], made["runId"]) == ("classifier:1", served.plain)
        made = commands.json("run", "register", database, served.plain, "--path", "outputs/model.pkl", "--name", "file")
        assert made["size"] == len(served.pickle)


@pytest.mark.long("one real server is enough for the gate: here older ones, each with an environment of its own")
@pytest.mark.parametrize("version", ["2.22.5", "1.30.1"])
def test_an_older_server_over_a_folder(
    version: str,
    mlflow: Callable[[str], Path],
    local_store: Callable[[str, str], Any],
    commands: Any,
    untouched: Any,
    tmp_path: Path,
    serve: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The older server in front of a `mlruns` folder, whose artifacts have paths of this machine."""
    logged = local_store(version, "folder")
    with (
        serve(mlflow(version), tmp_path, "--backend-store-uri", logged.uri, cwd=logged.folder) as server,
        untouched(logged.folder),
    ):
        made = commands.json("run", "register", server.address, logged.plain)
        assert (made["id"], made["runId"]) == ("classifier:1", logged.plain)
        made = commands.json("run", "register", server.address, logged.parent, "--iteration", "2")
        assert made["runId"] == logged.children[2]
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.address)
        os.killpg(server.process.pid, signal.SIGSTOP)
        try:
            found = commands.json("run", "stores")["stores"]
            assert [one["uri"] for one in found] == [server.address]
            assert found[0]["problem"].endswith("it does not respond in time.")
        finally:
            os.killpg(server.process.pid, signal.SIGCONT)
