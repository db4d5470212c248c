"""What one file means for the findings of another: told promptly, whoever changed it and wherever."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from depth import rounds
from lsp.client import Client
from pace import within

SCRIPT = (
    "import json\n\nimport xgboost\n\n\ndef init():\n    xgboost.Booster()\n\n\ndef run(data):\n    return"
    " json.loads(data)\n"
)
CONFIG = json.dumps({"entryScript": "score.py", "condaFile": "conda.yml"})
CONDA = (
    "name: wheat\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - pip\n  - pip:\n      -"
    " azureml-defaults\n"
)
WITH_XGBOOST = CONDA + "      - xgboost\n"
PROMPTLY = 10.0
"""Seconds; it takes some tenths of one, on a machine with nothing else to do."""


def codes(params: dict[str, Any]) -> set[str]:
    return {found["code"] for found in params["diagnostics"]}


def saw(client: Client, uri: str, wanted: Callable[[set[str]], bool]) -> None:
    """Waits for findings that were published from now on."""
    client.notified(
        "textDocument/publishDiagnostics",
        lambda params: params["uri"] == uri and wanted(codes(params)),
        deadline=PROMPTLY,
    )


def told(client: Client, path: Path, kind: int) -> None:
    """As the editor does when it sees a file created (1), changed (2) or deleted (3)."""
    client.notifications.clear()
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": kind}]})


@pytest.fixture
def wheat(project: Path) -> Path:
    """A project whose environment lacks what its script imports."""
    (project / "score.py").write_text(SCRIPT)
    (project / "inferenceconfig.json").write_text(CONFIG)
    (project / "conda.yml").write_text(CONDA)
    return project


def test_a_package_added_on_disk_reaches_the_open_script(client: Client, wheat: Path) -> None:
    uri = client.open(wheat / "score.py", SCRIPT)
    saw(client, uri, lambda found: "SD150" in found)
    (wheat / "conda.yml").write_text(WITH_XGBOOST)
    told(client, wheat / "conda.yml", 2)
    saw(client, uri, lambda found: "SD150" not in found)
    (wheat / "conda.yml").write_text(CONDA)
    told(client, wheat / "conda.yml", 2)
    saw(client, uri, lambda found: "SD150" in found)


def test_a_package_that_is_typed_counts_before_it_is_saved(client: Client, wheat: Path) -> None:
    uri = client.open(wheat / "score.py", SCRIPT)
    saw(client, uri, lambda found: "SD150" in found)
    conda = client.open(wheat / "conda.yml", CONDA, "yaml")
    client.diagnostics(conda, 1)
    client.notifications.clear()
    client.change(conda, {"text": WITH_XGBOOST})
    saw(client, uri, lambda found: "SD150" not in found)
    client.notifications.clear()
    # Thrown away unsaved: what is on disk counts again.
    client.notify("textDocument/didClose", {"textDocument": {"uri": conda}})
    saw(client, uri, lambda found: "SD150" in found)


def test_an_entry_script_that_is_created_renamed_or_deleted(client: Client, wheat: Path) -> None:
    (wheat / "score.py").unlink()
    uri = client.open(wheat / "inferenceconfig.json", CONFIG, "json")
    saw(client, uri, lambda found: "SD207" in found)
    (wheat / "score.py").write_text(SCRIPT)
    told(client, wheat / "score.py", 1)
    saw(client, uri, lambda found: "SD207" not in found)
    (wheat / "score.py").rename(wheat / "scores.py")
    told(client, wheat / "score.py", 3)
    saw(client, uri, lambda found: "SD207" in found)


@pytest.mark.chance
def test_another_window_registers_the_model(start: Callable[..., Client], wheat: Path) -> None:
    here, there = start(), start()
    for client in (here, there):
        client.initialize(wheat)
        client.ask("scoredock/state/list", {"folders": [str(wheat)]})
    text = SCRIPT.replace("xgboost.Booster()", "Model.get_model_path('wheat')").replace(
        "import xgboost", "from azureml.core.model import Model"
    )
    uri = here.open(wheat / "score.py", text)
    unknown = here.notified(
        "textDocument/publishDiagnostics",
        lambda params: params["uri"] == uri and any("wheat" in each["message"] for each in params["diagnostics"]),
    )
    assert unknown
    here.notifications.clear()
    (wheat / "wheat.bin").write_bytes(b"1")
    there.ask("scoredock/model/register", {"paths": [str(wheat / "wheat.bin")], "name": "wheat"})
    here.notified(
        "textDocument/publishDiagnostics",
        lambda params: params["uri"] == uri and not any("wheat" in each["message"] for each in params["diagnostics"]),
        deadline=PROMPTLY,
    )


def test_the_settings_of_the_project_count_as_soon_as_they_are_written(client: Client, wheat: Path) -> None:
    uri = client.open(wheat / "score.py", SCRIPT)
    saw(client, uri, lambda found: "SD150" in found)
    settings = wheat / "pyproject.toml"
    settings.write_text('[tool.scoredock]\nignore = ["SD15"]\n')
    told(client, settings, 1)
    saw(client, uri, lambda found: "SD150" not in found)
    settings.write_text("[tool.scoredock]\nignore = []\n")
    told(client, settings, 2)
    saw(client, uri, lambda found: "SD150" in found)
    # Typed and not saved.
    opened = client.open(settings, '[tool.scoredock]\nignore = ["SD15"]\n', "toml")
    saw(client, uri, lambda found: "SD150" not in found)
    client.notifications.clear()
    client.change(opened, {"text": "[tool.scoredock]\nignore = []\n"})
    saw(client, uri, lambda found: "SD150" in found)


def test_what_tools_write_all_day_long_causes_nothing(client: Client, wheat: Path) -> None:
    uri = client.open(wheat / "score.py", SCRIPT)
    saw(client, uri, lambda found: "SD150" in found)
    time.sleep(0.5)
    for folder in (".git", "__pycache__", "node_modules/x"):
        told(client, wheat / folder / "conda.yml", 2)
        time.sleep(0.4)
        assert not [note for note in client.notifications if note["method"] == "textDocument/publishDiagnostics"]


def test_typing_is_not_kept_waiting_by_twenty_neighbours(client: Client, wheat: Path) -> None:
    others = []
    for number in range(20):
        (wheat / f"p{number}").mkdir()
        others.append(
            client.open(wheat / f"p{number}" / "score.py", SCRIPT.replace("xgboost", "json") + "# x\n" * 2_000)
        )
    for each in others:
        client.diagnostics(each, 1)
    conda = client.open(wheat / "conda.yml", CONDA, "yaml")
    client.diagnostics(conda, 1)
    waits, before = [], []
    for number in range(rounds(gate=5, long=10)):
        client.notifications.clear()
        began = time.monotonic()
        version = client.change(conda, {"text": CONDA + f"# {number}\n"})
        client.diagnostics(conda, version)
        waits.append(time.monotonic() - began)
        told = [note["params"]["uri"] for note in list(client.notifications) if "diagnostics" in note["params"]]
        before.append(told.index(conda))
        time.sleep(0.2)
    # Each neighbour takes its time; none of them, but for the one that is being checked, stands before what is typed
    # in.
    assert sorted(before)[len(before) // 2] < len(others) / 2, before
    assert within(sorted(waits)[len(waits) // 2], 1.0), waits


def test_a_file_that_is_not_ours_is_checked_once_and_then_left_alone(client: Client, wheat: Path) -> None:
    other = client.open(wheat / "package.json", '{"name": "x"}', "json")
    assert client.diagnostics(other, 1) == []
    uri = client.open(wheat / "score.py", SCRIPT)
    saw(client, uri, lambda found: "SD150" in found)
    time.sleep(0.4)
    client.notifications.clear()
    client.change(other, {"text": '{"name": "y"}'})
    time.sleep(0.6)
    spoken = {note["params"]["uri"] for note in client.notifications if "diagnostics" in note["params"]}
    assert spoken <= {other}


def test_a_client_that_can_show_less_is_told_less(start: Callable[..., Client], wheat: Path) -> None:
    client = start()
    client.initialize(
        wheat,
        abilities={
            "relatedInformation": False,
            "codeDescriptionSupport": False,
            "dataSupport": False,
            "tagSupport": {"valueSet": []},
        },
    )
    text = SCRIPT.replace("    xgboost.Booster()\n", "    pass\n")
    uri = client.open(wheat / "score.py", text)
    found = client.diagnostics(uri, 1)
    assert found
    assert not {"codeDescription", "data", "tags", "relatedInformation"} & {key for each in found for key in each}


def test_what_is_useless_is_shown_faded(client: Client, wheat: Path) -> None:
    uri = client.open(wheat / "score.py", SCRIPT.replace("    xgboost.Booster()\n", "    pass\n"))
    (found,) = [each for each in client.diagnostics(uri, 1) if each["code"] == "SD151"]
    assert found["tags"] == [1]


def test_the_status_of_a_file_says_what_was_known(start: Callable[..., Client], wheat: Path) -> None:
    client = start()
    client.initialize(wheat, protocol="any")
    uri = client.open(wheat / "score.py", SCRIPT)
    status = client.notified("scoredock/document/checked")
    assert (status["uri"], status["kind"], status["state"], status["errors"]) == (uri, "entry-script", "checked", 1)
    assert status["environment"].endswith("conda.yml")
    client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock.check.enable": False}})
    assert client.notified("scoredock/document/checked", lambda params: params["state"] == "off")["errors"] == 0
    client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock.check.enable": True}})
    client.notified("scoredock/document/checked", lambda params: params["state"] == "checked")
    client.change(uri, {"text": SCRIPT + "# " + "x" * 2_000_001})
    assert client.notified("scoredock/document/checked", lambda params: params["state"] == "tooLarge")
    client.change(uri, {"text": "x = 1\n"})
    # The inference configuration names it, so it stays an entry script, which lacks its functions now.
    assert client.notified("scoredock/document/checked", lambda params: params["state"] == "checked")["errors"] > 0
    other = client.open(wheat / "other.py", SCRIPT)
    assert client.notified("scoredock/document/checked", lambda params: params["uri"] == other)["kind"] != ""
    client.change(other, {"text": "x = 1\n"})
    assert client.notified("scoredock/document/checked", lambda params: params["kind"] == "")["uri"] == other


BLUE = """$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: houses
model:
  path: ../forest/model.pkl
code_configuration:
  code: ../src
  scoring_script: score.py
environment: azureml:houses@latest
instance_type: Standard_DS3_v2
instance_count: 1
"""
LOADING = """import os
import pickle


def init():
    global model
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"), "rb") as file:
        model = pickle.load(file)


def run(data):
    return model.predict([data]).tolist()
"""


def test_the_model_that_a_deployment_of_v2_sends_along_is_what_the_script_has(client: Client, project: Path) -> None:
    for name in ("forest", "src", "deployments"):
        (project / name).mkdir()
    (project / "forest" / "model.pkl").write_bytes(b"1")
    deployment = project / "deployments" / "blue.yml"
    deployment.write_text(BLUE)
    script = project / "src" / "score.py"
    uri = client.open(script, LOADING)
    assert [each["code"] for each in client.diagnostics(uri, 1) if each["severity"] < 3] == []
    # A folder comes with its own name around what is in it.
    deployment.write_text(BLUE.replace("../forest/model.pkl", "../forest"))
    told(client, deployment, 2)
    saw(client, uri, lambda found: "SD501" in found)
    client.change(uri, {"text": LOADING.replace('"model.pkl"', '"forest", "model.pkl"')})
    saw(client, uri, lambda found: "SD501" not in found)


def test_the_folder_that_a_path_begins_with_is_what_is_registered(client: Client, project: Path) -> None:
    """The file alone would be registered without it, and the path be wrong then."""
    for name, path, advice in (("score.py", '"v5"', "its folder “v5”"), ("score_2.py", '"one", "3"', "the file")):
        uri = client.open(project / name, LOADING.replace('"model.pkl"', f'{path}, "model.pkl"'))
        (found,) = [each for each in client.diagnostics(uri, 1) if each["code"] == "SD501"]
        assert f"is not in any registered model; register {advice} to deploy the script with it." in found["message"]


def test_a_model_that_nobody_registered_is_told_with_the_file_that_is_meant(client: Client, project: Path) -> None:
    (project / "models").mkdir()
    (project / "models" / "model.pkl").write_bytes(b"1")
    script = project / "score.py"
    uri = client.open(script, LOADING)
    (found,) = [each for each in client.diagnostics(uri, 1) if each["code"] == "SD501"]
    assert (found["severity"], found["range"]["start"]["line"]) == (3, 6)
    assert "“model.pkl” is not in any registered model" in found["message"]
    actions = client.ask(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": found["range"], "context": {"diagnostics": [found]}},
    )
    (deploy,) = [action for action in actions if action["title"] == "Register model.pkl and Deploy…"]
    assert deploy["command"]["command"] == "scoredock.deploy"
    assert deploy["command"]["arguments"] == [str(script), str(project / "models" / "model.pkl")]
    script.write_text(LOADING)
    proposed = client.ask(
        "scoredock/service/propose", dict(zip(("path", "modelFile"), deploy["command"]["arguments"], strict=True))
    )
    assert proposed["registerModels"][0]["paths"] == [str(project / "models" / "model.pkl")]
    assert (proposed["script"], proposed["modelState"]) == (str(script), "chosen")
    (register,) = [action for action in actions if action["title"] == "Register model.pkl…"]
    assert register["command"]["command"] == "scoredock.registerModel"
    assert register["command"]["arguments"] == [str(project / "models" / "model.pkl")]
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    client.ask("scoredock/model/register", {"paths": register["command"]["arguments"], "name": "forest"})
    saw(client, uri, lambda codes: "SD501" not in codes)
