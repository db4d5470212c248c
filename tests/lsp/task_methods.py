"""Tasks of the editor: one good call of each method, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsp.test_methods import World


def command(world: World) -> None:
    """What is given is a command line that does what the task says."""
    folder = world.project / "task"
    folder.mkdir()
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    definition = {
        "task": "deploy",
        "service": "of-a-task",
        "entryScript": "score.py",
        "port": 0,
        "environmentVariables": {"COLOUR": "a b=c"},
        "tags": {"team": "x"},
        "description": "--it's here",
    }
    made = world.ask("scoredock/task/command", {"folder": str(folder), "definition": definition})
    assert (made.title, made.folder) == ("deploy of-a-task", str(folder))
    for _ in range(2):
        ran = subprocess.run(made.command, cwd=made.folder, env={**os.environ, **made.variables}, check=False)
        assert ran.returncode == 0, "and the second time, it replaces the service"
    service = world.ask("scoredock/service/show", {"name": "of-a-task"})
    assert (service.state, service.description, service.tags) == ("Healthy", "--it's here", {"team": "x"})
    stop = world.ask("scoredock/task/command", {"folder": str(folder), "definition": {**definition, "task": "stop"}})
    assert stop.command[-3:] == ["service", "stop", "of-a-task"]
    check = world.ask("scoredock/task/command", {"folder": str(folder), "definition": {"task": "check"}})
    assert check.command[-1:] == ["check"]
    tests = {"task": "test", "service": "of-a-task", "paths": ["tests.http"]}
    run = world.ask("scoredock/task/command", {"folder": str(folder), "definition": tests})
    assert run.command[-4:] == ["test", "--service=of-a-task", "--", "tests.http"]
    world.client.ask("scoredock/service/delete", {"name": "of-a-task"})


def of_service(world: World) -> None:
    """The deployment as it was, with paths that hold on another machine and without secrets."""
    folder = world.project / "kept"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (folder / "deploymentconfig.json").write_text(json.dumps({"computeType": "local"}))
    deployed = {
        "name": "kept-one",
        "models": [world.model],
        "entryScript": str(folder / "src" / "score.py"),
        "sourceDirectory": str(folder / "src"),
        "deploymentConfig": str(folder / "deploymentconfig.json"),
        "environmentVariables": {"DB_PASSWORD": "hidden", "COLOUR": "red"},
    }
    world.client.ask("scoredock/service/deploy", deployed)
    try:
        asked = {"name": "kept-one", "folders": [str(world.project / "elsewhere"), str(folder)]}
        found = world.ask("scoredock/task/ofService", asked)
    finally:
        world.client.ask("scoredock/service/delete", {"name": "kept-one"})
    task = found.definition
    assert found.folder == str(folder)
    assert (task.task, task.service, task.models) == ("deploy", "kept-one", (world.model,))
    assert (task.entry_script, task.source_directory) == ("src/score.py", "src")
    assert task.deployment_config == "deploymentconfig.json"
    assert task.environment_variables == {"DB_PASSWORD": "${env:DB_PASSWORD}", "COLOUR": "red"}
    assert "hidden" not in repr(found)


def offered(world: World) -> None:
    """What a newcomer's folder offers before anything was registered, and one of which nothing is known."""
    folder = world.project / "new"
    folder.mkdir()
    (folder / "empty").mkdir()
    (folder / "score.py").write_text(
        "import os\nimport pickle\n\n\ndef init():\n    global model\n"
        '    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"), "rb") as file:\n'
        "        model = pickle.load(file)\n\n\ndef run(data):\n    return len(data)\n"
    )
    (folder / "model.pkl").write_bytes(b"\x80\x04K\x01.")
    (folder / "tests.http").write_text("### one\n# @expect status 200\nPOST {{service}}/score\n\n[]\n")
    tasks = world.ask("scoredock/task/list", {"folders": [str(folder), str(folder / "empty")]}).tasks
    assert [(each.folder, each.definition.task) for each in tasks] == [
        (str(folder), task) for task in ("deploy", "test", "check")
    ]
    deploy = tasks[0].definition
    assert deploy.entry_script == "score.py"
    assert deploy.register_models == [f"{deploy.register_models[0].partition('=')[0]}=model.pkl"]
    ran = subprocess.run(
        tasks[0].command.command, cwd=folder, env={**os.environ, **tasks[0].command.variables}, check=False
    )
    assert ran.returncode == 0, "what is offered can be run as it is"
    again = world.ask("scoredock/task/list", {"folders": [str(folder)]}).tasks
    assert [each.definition.service for each in again if each.definition.task == "deploy"] == [deploy.service]
    world.client.ask("scoredock/service/delete", {"name": deploy.service})


GOOD = {
    "scoredock/task/command": command,
    "scoredock/task/ofService": of_service,
    "scoredock/task/list": offered,
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/task/command", {"folder": "/", "definition": {"task": "deploy"}}, "task-invalid"),
    ("scoredock/task/ofService", {"name": "nobody", "folders": ["/"]}, "service-not-found"),
    ("scoredock/task/ofService", {"name": "adder", "folders": []}, "task-folder-missing"),
]
