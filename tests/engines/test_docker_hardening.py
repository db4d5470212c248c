"""What a service in a container may do, and what it may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers import objects
from scoredock.engines.base import ContainerOptions
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

import docker_daemon
from engines.contained_calls import NONCE, model, score

ASK = """
import json, os, resource, subprocess

def init(): pass

def run(data):
    facts = {}
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    facts["capabilities"] = [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")]
    facts["no_new_privileges"] = status["NoNewPrivs"].strip()
    facts["seccomp"] = status["Seccomp"].strip()
    facts["uid"], facts["gid"], facts["cwd"] = os.getuid(), os.getgid(), os.getcwd()
    facts["socket"] = os.path.exists("/var/run/docker.sock")
    facts["written"] = {}
    for folder in ("/", "/usr", "/opt/environment", "/etc", "/tmp", "/dev/shm", "/var/azureml-app"):
        try:
            with open(os.path.join(folder, "scoredock-probe"), "w") as probe:
                probe.write("x")
            facts["written"][folder] = True
        except OSError:
            facts["written"][folder] = False
    facts["home"] = os.environ["HOME"]
    facts["nonce"] = any("n" * 32 in value for value in os.environ.values())
    return facts
"""


def test_the_hardening_holds_inside(contained: Any) -> None:
    handle = contained.healthy(ASK, nonce=NONCE)
    facts = score(contained.engine.observe(handle).port)
    assert facts["capabilities"] == [0, 0, 0]
    assert (facts["no_new_privileges"], facts["seccomp"]) == ("1", "2")
    assert (facts["uid"], facts["gid"], facts["cwd"]) == (1000, 1000, "/var/azureml-app")
    assert not facts["socket"]
    assert not facts["nonce"]
    assert facts["home"] == "/tmp"
    assert {folder for folder, written in facts["written"].items() if written} == {
        "/tmp",
        "/dev/shm",
        "/var/azureml-app",
    }


@pytest.mark.parametrize("user", ["2000:3000", "0"])
def test_another_account_owns_its_folders(contained: Any, user: str) -> None:
    handle = contained.healthy(ASK, nonce=NONCE, options=ContainerOptions(user=user))
    facts = score(contained.engine.observe(handle).port)
    assert (facts["uid"], facts["gid"]) == ((2000, 3000) if user != "0" else (0, 0))
    assert facts["written"]["/var/azureml-app"]
    assert not facts["written"]["/etc"], "the root stays read-only"


def test_an_update_to_another_account_is_refused_and_the_old_one_serves(contained: Any) -> None:
    handle = contained.healthy(ASK, nonce=NONCE)
    changed = contained.launch(ASK, revision=2, nonce=NONCE, options=ContainerOptions(user="2000"))
    with pytest.raises(ScoredockError, match="runs as user 1000:1000") as refused:
        contained.engine.replace(handle, changed, Silent(), CancelToken())
    assert refused.value.code == "service-state-invalid"
    assert score(contained.engine.observe(handle).port)["uid"] == 1000


def test_the_daemon_was_asked_for_it(contained: Any) -> None:
    handle = contained.healthy(options=ContainerOptions(memory_bytes=256 << 20, cpus=0.5))
    inspected = objects.inspect(docker_daemon.docker(), handle.container)
    assert inspected is not None
    host = inspected["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["ReadonlyRootfs"]
    assert host["Init"]
    assert not host["Privileged"]
    assert host["PidsLimit"] == 512
    assert host["Memory"] == host["MemorySwap"] == 256 << 20
    assert host["NanoCpus"] == 500_000_000
    assert host["RestartPolicy"]["Name"] == "no"
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}
    addresses = {each["HostIp"] for ports in inspected["NetworkSettings"]["Ports"].values() for each in ports or ()}
    assert addresses == {"127.0.0.1"}
    assert NONCE not in json.dumps(inspected["Config"])


def test_nothing_of_the_disk_of_this_machine_is_mounted(contained: Any, tmp_path: Path) -> None:
    handle = contained.healthy(models=(model(tmp_path / "blobs"),))
    inspected = objects.inspect(docker_daemon.docker(), handle.container)
    assert inspected is not None
    mounted = {each["Destination"]: each["Type"] for each in inspected["Mounts"]}
    assert {"/var/azureml-app", "/var/azureml-app/azureml-models/iris/1"} <= set(mounted)
    assert set(mounted.values()) <= {"volume", "tmpfs"}
    assert "/var/azureml-app" not in (inspected["HostConfig"]["Tmpfs"] or {}), "it outlives the container"


def test_processes_are_limited(contained: Any) -> None:
    script = """
import threading
def init(): pass
def run(data):
    enough, made = threading.Event(), 0
    try:
        while made < 200:
            threading.Thread(target=enough.wait, args=(20,), daemon=True).start()
            made += 1
    except RuntimeError:
        pass
    enough.set()
    return made
"""
    handle = contained.healthy(script, options=ContainerOptions(pids_limit=60))
    assert score(contained.engine.observe(handle).port) < 60


def test_more_memory_than_the_limit_is_told_as_such(contained: Any) -> None:
    greedy = "def init():\n    global held\n    held = bytearray(600 << 20)\ndef run(data): pass\n"
    handle = contained.start(greedy, options=ContainerOptions(memory_bytes=128 << 20))
    seen = contained.until(handle, "Failed", "Healthy")
    assert seen.failure.cause == "container-out-of-memory"
    assert "0.12 GB" in seen.failure.message


def test_a_service_without_a_network_is_reached_but_reaches_nothing(contained: Any) -> None:
    script = """
import socket
def init(): pass
def run(data):
    try:
        socket.create_connection((data.strip('"'), 443), 2).close()
        return "reached"
    except OSError as error:
        return type(error).__name__
"""
    handle = contained.healthy(script, options=ContainerOptions(network=False))
    assert score(contained.engine.observe(handle).port, '"1.1.1.1"') != "reached"
    assert score(contained.engine.observe(handle).port, '"pypi.org"') != "reached"
