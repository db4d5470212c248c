"""What stands for ACI and AKS: chosen once in a workspace, used by scripts, `az ml` and `service deploy` alike, and
said when something is deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cli.conftest import Terminal

from .conftest import PYTHON

DEPLOY = (
    "import sys\nfrom azureml.core import Environment, Workspace\n"
    "from azureml.core.model import InferenceConfig, Model\n"
    "from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice\n"
    "ws = Workspace.get('local')\n"
    "kind = {'aci': AciWebservice, 'aks': AksWebservice, 'local': LocalWebservice}[sys.argv[1]]\n"
    "config = InferenceConfig('score.py', environment=Environment('light'))\n"
    "service = Model.deploy(ws, 'adder', [], config, kind.deploy_configuration(), overwrite=True)\n"
    "service.wait_for_deployment()\nprint(service.state)\n"
)
SCRIPT = ("--entry-script", "score.py")
CHOSEN = "Containers are chosen for this workspace with `scoredock workspace engine docker`."


@pytest.fixture
def project(terminal: Terminal) -> Iterator[Terminal]:
    """A data folder of its own, whose default workspace is used, and no Docker that answers."""
    terminal.home = terminal.folder.parent / "home"
    terminal.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    (terminal.folder / "deploy.py").write_text(DEPLOY)
    for name in ("aci", "local"):
        (terminal.folder / f"{name}.json").write_text(json.dumps({"computeType": name}))
    yield terminal
    if any(terminal.home.glob("workspaces/*/services/*")):
        terminal.run("service", "stop-all", "--all")


@pytest.fixture
def commands(project: Terminal) -> Terminal:
    """The same for commands that do not become a script."""
    return Terminal(project.home, project.folder, project.env)


def test_a_local_service_does_not_take_the_name_of_one_in_the_cloud(project: Terminal) -> None:
    """In Azure it has no name in the workspace, so that a script may try locally and then deploy."""
    path = project.folder / "deploy.py"
    path.write_text(path.read_text().replace(", overwrite=True", ""))
    for kind, state in (("local", "running"), ("aci", "Healthy")):
        assert project.ok("sdk", "run", *PYTHON, path.name, kind).splitlines()[-1] == state
    refused = project.run("sdk", "run", *PYTHON, path.name, "aci")
    assert "there is already a service with name adder" in refused.stderr


def test_the_choice_is_kept_and_shown(commands: Terminal) -> None:
    assert "processes of this machine; nothing was chosen" in commands.ok("workspace", "engine")
    assert "containers of this machine." in commands.ok("workspace", "engine", "docker")
    assert commands.json("workspace", "show")["engine"] == "docker"
    assert "ACI and AKS  containers of this machine" in commands.ok("workspace", "show")
    commands.ok("workspace", "create", "other")
    assert commands.json("workspace", "show", "other")["engine"] == ""
    commands.ok("workspace", "engine", "process", "-w", "other")
    engines = {one["name"]: one["engine"] for one in commands.json("workspace", "list")["workspaces"]}
    assert engines == {"local": "docker", "other": "process"}
    assert commands.run("workspace", "engine", "kubernetes").returncode == 2


WORDS = {
    "process": "as a process of this machine",
    "docker": "in a container of this machine",
}


def test_a_script_says_what_stands_for_its_target_and_follows_the_choice(project: Terminal) -> None:
    """What cannot be deployed says it as well: Docker does not answer, and the script is broken."""
    (project.folder / "score.py").write_text("def init():\n    pass\n")

    def said(engine: str, *words: str) -> str:
        done = project.run("sdk", "run", *PYTHON, *words)
        assert done.returncode == 1
        assert f"Deploying adder {WORDS[engine]}" in done.stderr, done.stderr
        assert ("[docker-unavailable]" in done.stderr) is (engine == "docker"), done.stderr
        return done.stderr

    first = said("process", "deploy.py", "aci")
    assert "which stands for ACI." in first
    assert CHOSEN in first
    project.ok("workspace", "engine", "docker")
    chosen = said("docker", "deploy.py", "aks")
    assert "which stands for AKS." in chosen
    assert CHOSEN not in chosen
    # The one that the checks refused is found afterwards; without Docker nothing is begun.
    kept = [(each["name"], each["engine"], each["state"]) for each in project.json("service", "list")["services"]]
    assert kept == [("adder", "process", "Failed")]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("light.docker.base_image = 'team/base:1'", "The base image team/base:1 of the environment light is not used"),
        ("light.docker.base_dockerfile = 'FROM team/base:1'", "The base_dockerfile of the environment light is not"),
        ("", ""),
    ],
)
def test_a_base_image_that_a_process_does_not_use_is_said(project: Terminal, change: str, named: str) -> None:
    (project.folder / "score.py").write_text("def init():\n    pass\n")
    script = DEPLOY.replace("config =", f"light = Environment('light')\n{change}\nconfig =")
    (project.folder / "own.py").write_text(script.replace("environment=Environment('light')", "environment=light"))
    done = project.run("sdk", "run", *PYTHON, "own.py", "local")
    assert "Deploying adder as a process of this machine." in done.stderr
    assert ("scoredock sdk run --engine docker" in done.stderr, named in done.stderr) == (bool(named), True)
    chosen = project.run("sdk", "run", *PYTHON, "--engine", "docker", "own.py", "local")
    assert "is not used by a process" not in chosen.stderr


def test_an_option_of_ours_behind_the_script_is_said(project: Terminal) -> None:
    (project.folder / "plain.py").write_text("import sys\nprint(sys.argv[1:])\n")
    (project.folder / "own.py").write_text("import sys\nprint('--engine' in sys.argv)\n")
    done = project.run("sdk", "run", *PYTHON, "plain.py", "--engine", "docker", "--other")
    assert done.stdout.strip() == "['--engine', 'docker', '--other']"
    assert "`scoredock sdk run --engine … plain.py`" in done.stderr
    assert "--other" not in done.stderr
    assert project.run("sdk", "run", *PYTHON, "own.py", "--engine=docker").stderr == "", "its script knows it"


OF_DOCKER = (
    ("az", "ml", "model", "deploy", "-n", "second", "--es", "score.py"),
    ("az", "ml", "model", "deploy", "-n", "second", "--es", "score.py", "--dc", "aci.json"),
    ("az", "ml", "model", "deploy", "-n", "second", "--es", "score.py", "--ct", "cluster"),
    ("service", "deploy", "second", *SCRIPT, "--deployment-config", "aci.json"),
    ("service", "deploy", "second", *SCRIPT, "--setting", "computeType=aks"),
)


def test_az_and_service_deploy_follow_the_choice(commands: Terminal) -> None:
    commands.ok("workspace", "engine", "docker")
    for words in OF_DOCKER:
        refused = commands.run(*words)
        assert refused.returncode == 1, words
        assert "[docker-unavailable]" in refused.stderr, (words, refused.stderr)
    assert commands.json("service", "list")["services"] == [], "nothing half-made"


@pytest.mark.long("seven deployments; at the gate they are refused")
def test_what_does_not_run_in_docker_is_deployed(project: Terminal) -> None:
    done = project.run("az", "ml", "model", "deploy", "-n", "adder", "--es", "score.py")
    assert done.returncode == 0, done.stderr
    assert "The service is one for aci, and runs as a process on this machine." in done.stderr
    assert project.ok("sdk", "run", *PYTHON, "deploy.py", "aci").splitlines()[-1] == "Healthy"
    project.ok("workspace", "engine", "docker")
    assert project.run("sdk", "run", *PYTHON, "deploy.py", "aks").returncode == 1
    assert project.json("service", "show", "adder")["engine"] == "process", "what served serves on"
    for words in (
        ("az", "ml", "model", "deploy", "-n", "second", "--es", "score.py", "--dc", "local.json"),
        ("service", "deploy", "third", *SCRIPT),
        ("service", "deploy", "fourth", *SCRIPT, "--deployment-config", "aci.json", "--engine", "process"),
        ("sdk", "run", "--engine", "process", *PYTHON, "deploy.py", "aks"),
        ("sdk", "run", *PYTHON, "deploy.py", "local"),
    ):
        done = project.run(*words)
        assert done.returncode == 0, (words, done.stderr)
        # What the command line says comes before the choice, and LocalWebservice is this machine in any case.
        assert CHOSEN not in done.stderr
        assert ("stands for" in done.stderr) is ("aks" in words)


UPDATES = (
    "from azureml.core import Webservice, Workspace\n"
    "service = Webservice(Workspace.get('local'), 'adder')\n"
    "print(type(service).__name__, service.num_replicas, service.max_request_wait_time)\n"
    "service.update(num_replicas=3)\nservice.update(scoring_timeout_ms=7000)\n"
    "service = Webservice(Workspace.get('local'), 'adder')\n"
    "print(service.num_replicas, service.scoring_timeout_ms, service.max_request_wait_time)\n"
    "print(service.token_auth_enabled)\n"
    "print(service.serialize()['autoScaler']['autoscaleEnabled'], len(service.get_logs(2).splitlines()))\n"
)


@pytest.mark.parametrize("deployed_by", ["command line", "script"])
def test_updates_of_a_script_keep_what_was_said_before(project: Terminal, commands: Terminal, deployed_by: str) -> None:
    """Whoever said it: a configuration of the command line, a script, or the update before."""
    if deployed_by == "script":
        options = "num_replicas=2, max_request_wait_time=900, auth_enabled=False, token_auth_enabled=True"
        text = DEPLOY.replace("kind.deploy_configuration()", f"kind.deploy_configuration({options})")
        (project.folder / "deploy.py").write_text(text)
        project.ok("sdk", "run", *PYTHON, "deploy.py", "aks")
    else:
        written = {"computeType": "aks", "numReplicas": 2, "maxQueueWaitMs": 900}
        tokens = {"authEnabled": False, "tokenAuthEnabled": True}
        (project.folder / "aks.json").write_text(json.dumps({**written, **tokens}))
        commands.ok("service", "deploy", "adder", *SCRIPT, "--dc", "aks.json")
    (project.folder / "update.py").write_text(UPDATES)
    lines = project.ok("sdk", "run", *PYTHON, "update.py").splitlines()
    assert lines == ["AksWebservice 2 900", "3 7000 900", "True", "False 2"]
