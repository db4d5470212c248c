"""A service in the Docker of another machine by the command line: attached, deployed, called, updated, rolled back,
reloaded, stopped, started, deleted; over TLS and over SSH. This machine's own Docker is not there meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deploy.kept_address import commands_of, says_where_it_moved
from packages.test_without_docker import SCRIPT
from remote_docker.conftest import Remote, answer

pytestmark = pytest.mark.docker


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["tls", "ssh"])
def test_a_service_lives_on_another_machine(remote: Remote, way: str) -> None:
    terminal = remote.terminal
    remote.attach(*getattr(remote, way))
    made = remote.deploy()
    assert answer(made["port"]) == 30

    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    updated = terminal.json("service", "update", "prices")
    assert (answer(made["port"]), updated["port"]) == (31, made["port"])
    terminal.ok("service", "rollback", "prices")
    assert answer(made["port"]) == 30
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 2"))
    terminal.ok("service", "reload", "prices")
    assert answer(made["port"]) == 32

    terminal.ok("service", "stop", "prices")
    with pytest.raises(OSError, match="refused"):
        answer(made["port"])
    assert terminal.json("service", "start", "prices")["port"] == made["port"]
    assert answer(made["port"]) == 32
    assert "Worker" in terminal.ok("service", "logs", "prices", "--tail", "500")
    says_where_it_moved(commands_of(terminal, "prices"))

    shown = terminal.json("compute", "show", "gpu")
    assert (shown["compute"]["state"], shown["compute"]["services"]) == ("ready", ["prices"])
    assert shown["compute"]["version"].startswith("Docker ")
    in_use = terminal.refused("compute", "detach", "gpu")
    assert (in_use["code"], in_use["details"]["services"]) == ("compute-in-use", ["prices"])
    terminal.ok("service", "delete", "prices")
    assert remote.left() == []
    terminal.ok("compute", "detach", "gpu")


def test_the_machine_is_checked_and_listed(remote: Remote) -> None:
    remote.attach(*remote.ssh)
    checked = remote.terminal.ok("compute", "check", "gpu")
    assert "✓ Docker: answers, Docker " in checked
    assert "✓ machine: " in checked
    listed: Any = remote.terminal.json("compute", "list")["targets"]
    assert [(each["name"], each["kind"], each["address"]) for each in listed] == [
        ("gpu", "machine", remote.host.ssh_url)
    ]
    remote.attach(*remote.ssh)  # once more is harmless
    other = remote.terminal.refused("compute", "attach", "gpu", *remote.tls)
    assert other["code"] == "compute-exists"


def test_a_context_of_docker_leads_there(remote: Remote) -> None:
    folder = remote.terminal.home / "docker"
    meta = folder / "contexts" / "meta" / "one"
    meta.mkdir(parents=True)
    document = {"Name": "lab", "Endpoints": {"docker": {"Host": remote.host.ssh_url}}}
    (meta / "meta.json").write_text(json.dumps(document))
    remote.terminal.env["DOCKER_CONFIG"] = str(folder)
    remote.attach("--docker-context", "lab")
    assert remote.terminal.json("compute", "show", "gpu")["server"] == remote.host.ssh_url
    missing = remote.terminal.refused("compute", "attach", "lab2", "--docker-context", "office")
    assert missing["code"] == "docker-context-missing"
    assert missing["message"] == "Docker has no context office; there are: lab."


@pytest.mark.timeout(600)
def test_a_service_moves_to_another_machine_and_leaves_nothing(remote: Remote) -> None:
    """The other machine is the same one by another way, which nobody but the person knows."""
    terminal = remote.terminal
    remote.attach()
    terminal.ok("compute", "attach", "gpu2", *remote.ssh)
    made = remote.deploy()
    moved = terminal.json("service", "update", "prices", "--compute", "gpu2")
    assert (moved["state"], moved["compute"], moved["engine"]) == ("Healthy", "gpu2", "remote-docker")
    assert (answer(moved["port"]), moved["port"]) == (30, made["port"])
    assert len([each for each in remote.left() if each.startswith("[")]) == 1
    terminal.ok("compute", "detach", "gpu")
    here = terminal.json("service", "update", "prices", "--engine", "process")
    assert (here["engine"], here["compute"], answer(here["port"])) == ("process", "", 30)
    assert remote.left() == []
    terminal.ok("service", "delete", "prices")


SDK_SCRIPT = """
from azureml.core import Environment, Workspace
from azureml.core.compute import ComputeTarget
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AksWebservice, Webservice

ws = Workspace.get("local")
config = InferenceConfig(entry_script="score.py", environment=Environment.from_conda_specification("e", "conda.yml"))
service = Model.deploy(
    ws, "prices", [Model(ws, "factor")], config,
    AksWebservice.deploy_configuration(auth_enabled=False), ComputeTarget(ws, "gpu"),
)
service.wait_for_deployment(show_output=True)
print("answer", service.run('{"data": [1, 2]}'), service.state, service.compute_name)
again = Webservice(ws, "prices")
print("logs", "Invoking user's init function" in again.get_logs())
again.delete()
"""


@pytest.mark.timeout(600)
def test_a_script_of_the_sdk_and_az_ml_deploy_there_by_its_name(remote: Remote) -> None:
    terminal = remote.terminal
    remote.attach()
    (terminal.folder / "deploy.py").write_text(SDK_SCRIPT)
    told = terminal.ok("sdk", "run", "deploy.py")
    assert "answer 30 Healthy gpu" in told, told
    assert "logs True" in told
    assert remote.left() == []

    (terminal.folder / "ic.json").write_text(json.dumps({"entryScript": "score.py", "condaFile": "conda.yml"}))
    (terminal.folder / "dc.json").write_text(json.dumps({"computeType": "aks", "authEnabled": False}))
    files = ("-m", "factor:1", "--ic", "ic.json", "--dc", "dc.json")
    terminal.ok("az", "ml", "model", "deploy", "-n", "prices", *files, "--ct", "gpu")
    assert "30" in terminal.ok("az", "ml", "service", "run", "-n", "prices", "-d", '{"data": [1, 2]}')
    shown = terminal.json("service", "show", "prices")
    assert (shown["state"], shown["engine"], shown["compute"]) == ("Healthy", "remote-docker", "gpu")
    terminal.ok("az", "ml", "service", "delete", "-n", "prices")
    assert remote.left() == []
