"""What Deploy proposes, over the pipe: what the script loads decides, and nothing is swapped in silence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client

ADDER = """
import json
import os
from pathlib import Path


def init():
    global scale
    scale = int(Path(os.environ["AZUREML_MODEL_DIR"], "scale.bin").read_text())


def run(data):
    return sum(json.loads(data)["data"]) * scale
"""
NAMED = """
from azureml.core.model import Model


def init():
    print(Model.get_model_path("wheat"))


def run(data):
    return data
"""
GLOB = """
import os
from pathlib import Path


def init():
    print(next(Path(os.environ["AZUREML_MODEL_DIR"]).glob("*")))


def run(data):
    return data
"""
PLAIN = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"


def write(folder: Path, script: str = ADDER, name: str = "score.py", **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(script)
    for file, text in files.items():
        (folder / file.replace("__", ".")).write_text(text)
    return folder / name


@pytest.fixture
def propose(client: Client) -> Callable[..., Any]:
    return lambda path, **more: client.ask("scoredock/service/propose", {"path": str(path), **more})


def register(client: Client, path: Path, name: str) -> str:
    made = client.ask("scoredock/model/register", {"paths": [str(path)], "name": name})
    return str(made["id"])


def test_the_file_that_the_script_loads_is_registered_under_the_name_of_the_project(
    project: Path, propose: Callable[..., Any]
) -> None:
    folder = project / "diabetes"
    script = write(folder, ADDER.replace("scale.bin", "model.pkl"), model__pkl="1", other__pkl="2", conda__yml="")
    found = propose(script)
    assert found["registerModels"] == [{"name": "diabetes", "paths": [str(folder / "model.pkl")], "version": 1}]
    assert (found["modelState"], found["name"], found["loads"]) == ("file", "diabetes", ["model.pkl"])
    assert found["models"] == []


def test_a_registered_model_is_proposed_only_when_it_holds_the_file(
    client: Client, project: Path, propose: Callable[..., Any]
) -> None:
    script = write(project / "adder", scale__bin="2")
    other = project / "elsewhere" / "scale.bin"
    other.parent.mkdir()
    other.write_text("3")
    register(client, other, "foreign")
    assert propose(script)["modelState"] == "file", "the same name, and other bytes"
    own = register(client, script.parent / "scale.bin", "mine")
    assert (propose(script)["models"], propose(script)["modelState"]) == ([own], "held")
    assert propose(script)["modelChoices"][:2] == [own, "foreign:1"]
    (script.parent / "scale.bin").unlink()
    assert propose(script)["modelState"] == "several", "which of the two is not guessed"


def test_a_script_of_the_sdk_is_not_proposed_an_unrelated_model(
    client: Client, project: Path, propose: Callable[..., Any]
) -> None:
    script = write(project / "field", NAMED)
    unrelated = project / "unrelated.bin"
    unrelated.write_text("1")
    register(client, unrelated, "barley")
    assert (propose(script)["models"], propose(script)["modelState"]) == ([], "missing")
    (script.parent / "anything.onnx").write_text("1")
    found = propose(script)
    assert (found["registerModels"][0]["name"], found["modelState"]) == ("wheat", "file"), "the name that it asks for"
    wheat = register(client, script.parent / "anything.onnx", "wheat")
    assert propose(script)["models"] == [wheat]
    assert propose(write(project / "plain", PLAIN))["modelState"] == "none"


def test_what_a_script_lacks_is_written_into_a_new_conda_file(client: Client, project: Path) -> None:
    folder = project / "lacking"
    lines = (
        "import joblib\nimport numpy\nfrom azureml.ai.monitoring import Collector\n\nprint(joblib, numpy, Collector)\n"
    )
    script = write(folder, lines + PLAIN)
    told = {"name": "lacking", "entryScript": str(script)}
    details = client.error("scoredock/service/deploy", told)["data"]["details"]
    assert details["packages"] == [str(script), str(folder / "conda.yml"), "new"]
    asked = {"paths": [], "script": str(script), "packagesFile": str(folder / "conda.yml")}
    (written,) = client.ask("scoredock/document/repair", asked)["files"]
    assert (written["path"], written["isNew"]) == (str(folder / "conda.yml"), True)
    assert written["text"].endswith(
        "      - azureml-defaults\n      - joblib\n      - numpy\n      - azureml-ai-monitoring\n"
    )
    assert not (folder / "conda.yml").exists(), "the editor writes it, so that it can be undone"

    (folder / "conda.yml").write_text(
        "name: lacking\ndependencies:\n  - pip:\n      - azureml-defaults\n      - numpy\n"
    )
    told["environmentFile"] = str(folder / "conda.yml")
    details = client.error("scoredock/service/deploy", told)["data"]["details"]
    assert details["packages"] == [str(script), str(folder / "conda.yml")]
    (changed,) = client.ask("scoredock/document/repair", asked)["files"]
    assert (changed["isNew"], len(changed["repairs"])) == (False, 2)
    assert changed["text"].endswith("      - numpy\n      - joblib\n      - azureml-ai-monitoring\n")


def test_what_quick_fixes_propose_is_made_when_the_person_says_so(client: Client, project: Path) -> None:
    """A schema for a parameter of another name, and a value that is decoded twice: no repair is certain."""
    script = write(
        project / "twice",
        "import json\nfrom inference_schema.schema_decorators import input_schema\n"
        "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\n\n\n"
        "def init():\n    pass\n\n\n@input_schema('data', StandardPythonParameterType([1]))\n"
        "def run(raw_data):\n    return len(json.loads(raw_data)['data'])\n",
    )
    told = {"name": "twice", "entryScript": str(script)}
    details = client.error("scoredock/service/deploy", told)["data"]["details"]
    assert details["proposals"] == ["Change to raw_data (line 10)", "Use raw_data as it is (line 12)"]
    assert "repairable" not in details
    assert client.ask("scoredock/document/repair", {"paths": [str(script)]})["files"] == [], "nothing of it is certain"
    asked = {"paths": [str(script)], "proposed": ["SD112", "SD121"]}
    (changed,) = client.ask("scoredock/document/repair", asked)["files"]
    assert changed["repairs"] == ["Change to raw_data", "Use raw_data as it is"]
    assert changed["text"].endswith(
        "@input_schema('raw_data', StandardPythonParameterType([1]))\ndef run(raw_data):\n    return len(raw_data)\n"
    )


def test_a_proposed_repair_is_made_in_the_environment_that_the_deployment_asked_for(
    client: Client, project: Path
) -> None:
    """No file says what the script runs in, and what is wrong with it follows from that."""
    script = write(project / "unused", f"import matplotlib\n{ADDER}", scale__bin="2")
    model = register(client, script.with_name("scale.bin"), "scale")
    told = {"name": "unused", "entryScript": str(script), "models": [model]}
    details = client.error("scoredock/service/deploy", told)["data"]["details"]
    assert details["proposals"] == ["Remove the import of matplotlib (line 1)"]
    asked = {"paths": [str(script)], "proposed": ["SD151"], "script": str(script), "models": [model]}
    (changed,) = client.ask("scoredock/document/repair", asked)["files"]
    assert changed["text"].strip() == ADDER.strip()

    # A file that somebody has chosen, which does not lie beside the script.
    chosen = write(project / "elsewhere", "name: chosen\ndependencies:\n  - pip:\n      - six\n", "chosen.yml")
    asked = {"paths": [str(script)], "proposed": ["SD151"], "script": str(script), "environmentFile": str(chosen)}
    (changed,) = client.ask("scoredock/document/repair", asked)["files"]
    assert changed["text"].strip() == ADDER.strip()


def test_a_batch_script_is_no_service(client: Client, project: Path) -> None:
    script = write(project / "batches", PLAIN.replace("run(data)", "run(mini_batch)"))
    failure = client.error("scoredock/service/propose", {"path": str(script)})["data"]
    assert failure["code"] == "script-invalid"
    assert failure["place"]["path"] == str(script)
    assert failure["remedies"] == [
        {"title": "Deploy Another Script…", "command": "scoredock.deploy", "arguments": [str(script.parent)]}
    ]


def test_a_cell_of_a_notebook_asks_for_its_model_as_well(project: Path, propose: Callable[..., Any]) -> None:
    """It is refused for its first line, which is repaired; the model is the one that it asks for then."""
    folder = project / "cell"
    script = write(folder, "%%writefile score.py\n" + NAMED, oats__pkl="1")
    found = propose(script)
    assert found["registerModels"] == [{"name": "wheat", "paths": [str(folder / "oats.pkl")], "version": 1}]


@pytest.mark.parametrize(("files", "state"), [((), "missing"), (("a.pkl",), "file"), (("a.pkl", "b.onnx"), "several")])
def test_a_script_that_names_no_file(
    project: Path, propose: Callable[..., Any], files: tuple[str, ...], state: str
) -> None:
    script = write(project / "any", GLOB)
    for name in files:
        (script.parent / name).write_text("1")
    found = propose(script)
    assert found["modelState"] == state
    assert [Path(each["paths"][0]).name for each in found["modelFiles"]] == list(files)


def test_models_are_found_where_people_keep_them_and_several_files_become_one_model(
    project: Path, propose: Callable[..., Any]
) -> None:
    two = ADDER.replace(
        '"scale.bin").read_text()',
        '"scale.bin").read_text() or Path(os.environ["AZUREML_MODEL_DIR"], "words.txt").read_text()',
    )
    script = write(project / "src", two)
    (project / "outputs").mkdir()
    for name in ("scale.bin", "words.txt"):
        (project / "outputs" / name).write_text("1")
    (only,) = propose(script)["registerModels"]
    assert only["paths"] == [str(project / "outputs" / "scale.bin"), str(project / "outputs" / "words.txt")]


def test_packages_of_services_and_installed_packages_are_no_scripts_of_the_project(
    project: Path, propose: Callable[..., Any]
) -> None:
    script = write(project, PLAIN)
    for folder in ("package/azureml-app", "env/site-packages", "made"):
        write(project / folder, PLAIN)
    (project / "made" / "pyvenv.cfg").write_text("")
    assert propose(project)["entryScripts"] == [str(script)]


def test_a_model_without_a_script_is_served_without_code(project: Path, propose: Callable[..., Any]) -> None:
    (project / "trees.txt").write_text("tree\nversion=v4\n")
    found = propose(project)
    assert (found["scriptState"], found["noCode"]) == ("no-code", "a LightGBM model in text form")
    assert found["registerModels"][0]["paths"] == [str(project / "trees.txt")]


def test_a_model_is_proposed_by_itself_beside_a_script_and_its_configurations(
    client: Client, project: Path, propose: Callable[..., Any]
) -> None:
    folder = project / "forest"
    write(folder, PLAIN, conda__yml="", deploymentconfig__json='{"computeType": "local", "port": 6789}')
    trees = folder / "trees.txt"
    trees.write_text("tree\nversion=v4\n")
    found = propose(trees, withoutCode=True)
    assert (found["name"], found["scriptState"]) == ("trees", "no-code")
    assert found["noCode"] == "a LightGBM model in text form"
    assert found["registerModels"] == [{"name": "trees", "paths": [str(trees)], "version": 1}]
    parts = ("script", "entryScript", "inferenceConfig", "environmentFile", "deploymentConfig")
    assert [found[part] for part in parts] == [""] * 5
    assert len(found["entryScripts"]) == 1, "another one can be chosen"

    made = register(client, trees, "trees")
    held = propose(trees, withoutCode=True)
    assert (held["models"], held["registerModels"], held["modelState"]) == ([made], [], "held")
    registered = propose("", models=[made], withoutCode=True)
    assert (registered["name"], registered["models"], registered["noCode"]) == ("trees", [made], held["noCode"])

    unknown = folder / "weights.bin"
    unknown.write_text("1")
    refused = client.error("scoredock/service/propose", {"path": str(unknown), "withoutCode": True})
    assert refused["data"]["code"] == "no-code-framework"


SAME_NAME: dict[str, tuple[str, str, str]] = {
    "a file that says nothing of it": (ADDER.replace("scale.bin", "model.pkl"), "model.pkl", "wheat"),
    "a folder of models": (ADDER.replace("scale.bin", "model.pkl"), "outputs/model.pkl", "wheat"),
    "a file with a name": (ADDER, "scale.bin", "scale"),
    "the name that the script asks for": (NAMED.replace('"wheat"', '"barley"'), "anything.onnx", "barley"),
}


@pytest.mark.parametrize("case", SAME_NAME)
def test_a_file_gets_one_name_whether_it_is_registered_or_deployed(
    case: str, client: Client, project: Path, propose: Callable[..., Any]
) -> None:
    text, file, name = SAME_NAME[case]
    script = write(project / "wheat", text)
    path = script.parent / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("1")
    registered = client.ask("scoredock/model/propose", {"paths": [str(path)]})
    assert (registered["name"], propose(script)["registerModels"][0]["name"]) == (name, name)
    assert propose(path, modelFile=str(path))["registerModels"][0]["name"] == name


def test_two_scripts_of_one_folder_are_a_question_until_one_is_known(
    project: Path, propose: Callable[..., Any]
) -> None:
    first, second = write(project, PLAIN), write(project, PLAIN, "score_b.py")
    assert propose(project)["scriptState"] == "several"
    assert (propose(second)["script"], propose(second)["scriptState"]) == (str(second), "certain")
    (project / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py"}))
    assert (propose(project)["script"], propose(project)["scriptState"]) == (str(first), "certain")


def test_a_folder_of_a_hundred_thousand_files_is_answered(project: Path, propose: Callable[..., Any]) -> None:
    script = write(project / "many", ADDER, scale__bin="1")
    target = script.parent / "scale.bin"
    for number in range(3_000):
        os.link(target, script.parent / f"row-{number:05}.dat")
    assert propose(script)["modelState"] == "file"


@pytest.mark.usefixtures("shared_environments")
def test_deploying_below_changes_nothing_of_what_is_proposed_above(
    client: Client, project: Path, propose: Callable[..., Any]
) -> None:
    """It once did: Enter then moved a service that ran from model:1 to model:2."""
    script = write(project / "adder", scale__bin="2")
    below = write(project / "adder" / "sub", ADDER.replace("scale.bin", "other.bin"), "score_sub.py", other__bin="5")
    asked = {"name": "adder", "entryScript": str(script), "overwrite": False}
    asked["registerModels"] = [{"name": "model", "paths": [str(project / "adder" / "scale.bin")]}]
    deployed = client.ask("scoredock/service/deploy", asked)
    assert deployed["models"] == ["model:1"]
    found = propose(below)
    assert found["name"] != "adder"
    client.ask(
        "scoredock/service/deploy",
        {
            "name": found["name"],
            "entryScript": str(below),
            "registerModels": [{"name": "model", "paths": [str(below.parent / "other.bin")]}],
        },
    )
    for place in (script, script.parent):
        again = propose(place)
        assert (again["name"], again["models"], again["modelState"]) == ("adder", ["model:1"], "deployed")
        assert again["script"] == str(script)
    assert propose(below)["models"] == ["model:2"]
    assert propose(script.parent, again=True)["script"] == str(below), "Deploy Again means the last one"
    # What was changed since is said, and not taken by itself.
    (script.parent / "scale.bin").write_text("7")
    changed = propose(script)
    assert (changed["models"], changed["changedFile"]) == (["model:1"], "scale.bin")
    assert changed["modelFiles"][0] == {"name": "model", "paths": [str(script.parent / "scale.bin")], "version": 3}
    client.ask("scoredock/service/stopAll", {})


@pytest.mark.usefixtures("shared_environments")
def test_what_an_update_or_a_rollback_has_put_in_place_is_proposed_again(
    client: Client, project: Path, propose: Callable[..., Any]
) -> None:
    """It once was not: Redeploy then moved a service that had been updated to model:2 back to model:1."""
    script = write(project / "adder", scale__bin="2")
    asked = {"name": "adder", "entryScript": str(script)}
    asked["registerModels"] = [{"name": "model", "paths": [str(script.parent / "scale.bin")]}]  # type: ignore[assignment]
    client.ask("scoredock/service/deploy", asked)
    (script.parent / "scale.bin").write_text("7")
    assert register(client, script.parent / "scale.bin", "model") == "model:2"
    client.ask("scoredock/service/update", {"name": "adder", "models": ["model:2"]})
    assert propose(script, again=True)["models"] == ["model:2"]
    client.ask("scoredock/service/rollback", {"name": "adder"})
    assert propose(script, again=True)["models"] == ["model:1"]
    # One that is refused changes nothing, here as there.
    script.write_text(ADDER.replace("int(", "missing_name("))
    assert client.error("scoredock/service/update", {"name": "adder", "models": ["model:2"]})
    assert propose(script, again=True)["models"] == ["model:1"]
    client.ask("scoredock/service/stopAll", {})


@pytest.mark.usefixtures("shared_environments")
def test_registering_and_deploying_is_one_request_and_repeating_it_registers_nothing(
    client: Client, project: Path
) -> None:
    script = write(project / "adder", ADDER.replace("int(", "missing_name("), scale__bin="2")
    asked = {"name": "adder", "entryScript": str(script)}
    asked["registerModels"] = [{"name": "scale", "paths": [str(script.parent / "scale.bin")]}]  # type: ignore[assignment]
    refused = client.error("scoredock/service/deploy", asked)
    assert refused["data"]["code"] == "check-failed"
    assert refused["data"]["details"]["registered"] == ["scale:1"]
    assert "The model scale:1 stays registered." in refused["data"]["fix"]
    script.write_text(ADDER)
    assert client.ask("scoredock/service/deploy", asked)["models"] == ["scale:1"], "not a second version"
    taken = client.error("scoredock/service/deploy", {**asked, "registerModels": [{"name": "x", "paths": ["/none"]}]})
    assert taken["data"]["code"] == "service-exists", "refused before anything is registered"
    client.ask("scoredock/service/stopAll", {})


@pytest.mark.usefixtures("shared_environments")
def test_a_script_is_tried_with_the_file_where_it_lies(client: Client, project: Path) -> None:
    script = write(project / "adder", scale__bin="2")
    tried = client.ask("scoredock/document/try", {"path": str(script), "body": '{"data": [1, 2]}'})
    assert (tried["ok"], tried["requests"][0]["answer"]) == (True, "6")
    assert tried["unregistered"] == [str(script.parent / "scale.bin")]
    assert client.ask("scoredock/model/list", {})["models"] == []
    (script.parent / "scale.bin").unlink()
    unclear = client.error("scoredock/document/try", {"path": str(script)})
    assert unclear["data"]["code"] == "try-model-unclear"
    assert "scale.bin" in unclear["message"]


@pytest.mark.usefixtures("shared_environments")
def test_a_port_of_our_own_is_named_and_a_free_one_can_be_asked_for(client: Client, project: Path) -> None:
    first, second = write(project / "one", PLAIN), write(project / "two", PLAIN)
    made = client.ask("scoredock/service/deploy", {"name": "one", "entryScript": str(first)})
    configuration = project / "deploymentconfig.json"
    configuration.write_text(json.dumps({"computeType": "local", "port": int(made["scoringUri"].split(":")[2][:-6])}))
    asked = {"name": "two", "entryScript": str(second), "deploymentConfig": str(configuration)}
    refused = client.error("scoredock/service/deploy", asked)
    assert refused["data"]["code"] == "port-in-use"
    assert "the service one" in refused["message"]
    assert client.ask("scoredock/service/deploy", {**asked, "port": 0, "overwrite": True})["state"] == "Healthy"
    client.ask("scoredock/service/stopAll", {})


@pytest.mark.usefixtures("shared_environments")
def test_a_script_that_was_renamed_with_its_folder_goes_on_as_its_service(
    client: Client, project: Path, propose: Callable[..., Any]
) -> None:
    script = write(project / "first", PLAIN, conda__yml="dependencies:\n  - python=3.11\n")
    environment = script.with_name("conda.yml")
    told = {"name": "adder", "entryScript": str(script), "environmentFile": str(environment)}
    client.ask("scoredock/service/deploy", told)
    script.parent.rename(project / "second")
    script = (project / "second" / "score.py").rename(project / "second" / "answers.py")
    found = propose(script)
    assert (found["name"], found["deployedBefore"], found["script"]) == ("adder", True, str(script))
    assert found["environmentFile"] == str(script.with_name("conda.yml"))

    refused = client.error("scoredock/service/reload", {"name": "adder"})
    assert refused["message"] == f"score.py is no longer in {project / 'first'}."
    assert "deploy it from its new place" in refused["data"]["fix"]
    again = {
        "name": "adder",
        "entryScript": str(script),
        "environmentFile": found["environmentFile"],
        "overwrite": True,
    }
    assert client.ask("scoredock/service/deploy", again)["entryScript"] == str(script)

    # A script alone is followed by Redeploy as well, and by the tests that name it.
    calls = project / "second" / "calls.http"
    calls.write_text("# @deploy answers.py\nPOST {{service}}/score\n\n[1]\n")
    moved = script.parent / "inner" / "score.py"
    moves = [{"oldUri": script.as_uri(), "newUri": moved.as_uri()}]
    (change,) = client.ask("workspace/willRenameFiles", {"files": moves})["documentChanges"]
    assert (change["textDocument"]["uri"], change["edits"][0]["newText"]) == (calls.as_uri(), "inner/score.py")
    moved.parent.mkdir()
    script = script.rename(moved)
    for named in ("answers.py", "inner/score.py"):
        calls.write_text(f"# @deploy {named}\nPOST {{{{service}}}}/score\n\n[1]\n")
        assert client.ask("scoredock/request/list", {"path": str(calls)})["services"] == ["adder"]
    refused = client.error("scoredock/service/debug", {"name": "adder", "port": 9})
    assert refused["message"] == f"answers.py is no longer in {project / 'second'}."
    assert "deploy it from its new place" in refused["data"]["fix"]
    assert client.ask("scoredock/service/update", {"name": "adder"})["entryScript"] == str(script)

    # A copy beside the script is another one, and so is a text that nobody deployed.
    copy = write(project / "copies", PLAIN)
    assert propose(copy)["deployedBefore"] is False
    script.rename(script.with_name("edited.py")).write_text(PLAIN + "\n# edited\n")
    assert propose(script.with_name("edited.py"))["deployedBefore"] is False
    client.ask("scoredock/service/stopAll", {})
