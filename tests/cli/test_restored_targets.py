"""A workspace of somebody else runs and sends nothing: what can act comes back paused, and what leads nowhere does not
come back. Backups are those that the product makes; a hostile one says of itself that nothing is paused."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backups import contents, rewritten
from cli.conftest import Terminal
from cli.signing_in import ATTACH, SECRET, Login, answered, states
from kubeconfigs import NOBODY, write_kubeconfig

LISTING = (
    ("compute", "list"),
    ("compute", "show", "aks"),
    ("compute", "check", "aks"),
    ("service", "list"),
    ("event", "list"),
    ("drift", "list"),
    ("rule", "list"),
    ("batch", "list"),
    ("workspace", "verify"),
    ("drift", "run", "--due"),
    ("rule", "run"),
    ("doctor",),
)
TARGETS = ("aks", "gpu", "lab", "ray")


@contextmanager
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Address of a port, and what was heard there; who connects is heard by the time that somebody looks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        callers: list[bytes] = []

        class Callers(list[bytes]):
            def __bool__(self) -> bool:
                try:
                    connection, _ = server.accept()
                except BlockingIOError:
                    return bool(callers)
                connection.close()
                callers.append(b"")
                return True

        yield f"127.0.0.1:{server.getsockname()[1]}", Callers()


@pytest.fixture
def login(terminal: Terminal) -> Login:
    terminal.env["KUBECONFIG"] = str(terminal.folder / "kubeconfig")
    return Login(terminal)


def docker_context(terminal: Terminal, name: str) -> Path:
    meta = terminal.folder / "docker" / "contexts" / "meta" / "0" / "meta.json"
    meta.parent.mkdir(parents=True, exist_ok=True)
    meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": "ssh://lab.example"}}}))
    terminal.env["DOCKER_CONFIG"] = str(terminal.folder / "docker")
    return meta


def ssh_program(terminal: Terminal) -> Path:
    """Put before the real one; gives its mark."""
    folder, mark = terminal.folder / "bin", terminal.folder / "ssh-ran"
    folder.mkdir()
    (folder / "ssh").write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    (folder / "ssh").chmod(0o755)
    terminal.env["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return mark


def elsewhere(terminal: Terminal, home: Path) -> Terminal:
    """Another data folder on a machine with the same files."""
    other = Terminal(home, terminal.folder)
    other.env.update(terminal.env)
    return other


def test_what_can_act_comes_back_paused_and_is_listed(terminal: Terminal, login: Login, tmp_path: Path) -> None:
    ssh_ran = ssh_program(terminal)
    docker_context(terminal, "lab")
    command = [sys.executable, "-c", "pass", f"--token={SECRET}"]
    with listener() as (address, callers):
        terminal.ok(*ATTACH, "--yes")
        terminal.ok("compute", "attach", "lab", "--docker-context", "lab", "--yes")
        terminal.ok("compute", "attach", "gpu", "--docker", "ssh://me@gpu.example.com")
        terminal.ok("compute", "attach", "ray", "--ray", f"http://{address}")
        assert callers, "red without its being asked"
        terminal.ok("event", "subscribe", "note", "--command", *command)
        (terminal.folder / "old.csv").write_text("a\n1\n")
        words = ("--target", "old.csv", "--baseline", "old.csv", "--every", "1d", "--retrain", *command)
        terminal.ok("drift", "schedule", "weekly", *words)
        terminal.ok("workspace", "backup", "b.tar")
        members = contents(terminal.folder / "b.tar")
        assert not [name for name, content in members.items() if SECRET.encode() in content]
        assert login.ran
        ssh_ran.unlink()
        callers.clear()

    with listener() as (_, callers):
        other = elsewhere(terminal, tmp_path / "other")
        notes = other.json("workspace", "restore", "b.tar")["notes"]
        targets, schedules, receivers = notes
        for each in ("aks (prod)", "gpu (ssh://me@gpu.example.com)", "lab (context lab)", f"ray (http://{address})"):
            assert each in targets
        assert "`scoredock compute confirm NAME`" in targets
        hidden = f"({sys.executable} -c pass --token=<left-out>)"
        assert (f"note {hidden}" in receivers, f"weekly {hidden}" in schedules) == (True, True)
        for words in LISTING:
            other.run(*words)
        assert (login.ran, ssh_ran.exists()) == (False, False)
        assert states(other) == dict.fromkeys(TARGETS, "unconfirmed")
        unasked = {each["name"]: each["state"] for each in other.json("compute", "list", "--no-ask")["targets"]}
        assert unasked == dict.fromkeys(TARGETS, "unconfirmed")
        for name in TARGETS:
            assert other.refused("compute", "confirm", name)["code"] == "compute-unconfirmed"
        for name in ("aks", "gpu", "lab"):
            refused = other.refused("service", "deploy", "adder", "--entry-script", "score.py", "--compute", name)
            assert refused["code"] == "compute-unconfirmed"
        for words in (("drift", "resume", "weekly"), ("drift", "retrain", "weekly"), ("event", "resume", "note")):
            refused = other.refused(*words)
            assert (refused["code"], SECRET in json.dumps(refused)) == ("command-incomplete", False)
        assert (login.ran, ssh_ran.exists()) == (False, False)

        text, code = answered(other, "n", "compute", "confirm", "aks")
        assert (str(login.program) in text, code, login.ran) == (True, 1, False)
        assert answered(other, "y", "compute", "confirm", "aks")[1] == 0
        assert login.ran
        other.ok("compute", "confirm", "lab", "--yes")
        assert ssh_ran.exists()
        assert states(other) == {**dict.fromkeys(TARGETS, "unconfirmed"), "aks": "silent", "lab": "silent"}


def test_a_place_that_is_confirmed_for_another_workspace_is_asked_for_all_the_same(
    terminal: Terminal, login: Login
) -> None:
    terminal.ok(*ATTACH, "--yes")
    terminal.ok("workspace", "backup", "b.tar")
    assert login.ran
    terminal.ok("workspace", "restore", "b.tar", "--name", "copy")
    (target,) = terminal.json("compute", "list", "-w", "copy")["targets"]
    assert (target["state"], login.ran) == ("unconfirmed", False)
    assert "came with a backup" in target["reason"]
    assert states(terminal) == {"aks": "silent"}
    terminal.ok("compute", "confirm", "aks", "--yes", "-w", "copy")
    assert terminal.json("compute", "list", "-w", "copy")["targets"][0]["state"] == "silent"


def test_what_cannot_be_here_is_left_out(terminal: Terminal, login: Login, tmp_path: Path) -> None:
    named = write_kubeconfig(terminal.folder / "named", {"stage": NOBODY})
    program = terminal.folder / "notify"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    context = docker_context(terminal, "lab")
    terminal.ok(*ATTACH, "--yes")
    terminal.ok("compute", "attach", "stage", "--context", "stage", "--kubeconfig", str(named))
    terminal.ok("compute", "attach", "lab", "--docker-context", "lab", "--yes")
    terminal.ok("event", "subscribe", "note", "--command", str(program))
    terminal.ok("workspace", "backup", "b.tar")
    for each in (named, program, context):
        each.unlink()
    other = elsewhere(terminal, tmp_path / "other")
    text = other.ok("workspace", "restore", "b.tar")
    assert f"The compute target stage was left out: {named} is not on this machine." in text
    assert "The compute target lab was left out: the context “lab” of Docker is not on this machine." in text
    assert f"The subscription note was left out: there is no {program} on this machine." in text
    assert states(other) == {"aks": "unconfirmed"}
    assert other.json("event", "list")["subscriptions"] == []


def test_a_hostile_backup_arms_nothing(terminal: Terminal, login: Login, tmp_path: Path) -> None:
    """Its files say that nothing is paused, and one has a command that hides itself."""
    ran = terminal.folder / "receiver-ran"
    terminal.ok(*ATTACH, "--yes")
    terminal.ok("event", "subscribe", "note", "--command", sys.executable, "-c", "pass")
    terminal.ok("workspace", "backup", "b.tar")
    assert login.ran
    members = contents(terminal.folder / "b.tar")
    target, receiver = "compute/aks.json", "events/receivers/note/subscription.json"
    code = f"open({str(ran)!r}, 'w') #\x1b[2K\r\u202e"
    changes: dict[str, dict[str, Any]] = {
        target: {"paused": False},
        receiver: {"paused": False, "command": [sys.executable, "-c", code]},
    }
    rewritten(
        terminal.folder / "b.tar",
        terminal.folder / "bad.tar",
        {name: json.dumps({**json.loads(members[name]), **change}).encode() for name, change in changes.items()},
    )
    other = elsewhere(terminal, tmp_path / "other")
    done = other.run("workspace", "restore", "bad.tar")
    assert (done.returncode, "\x1b" in done.stdout, r"#\x1b[2K\r\u202e" in done.stdout) == (0, False, True)
    for words in LISTING:
        other.run(*words)
    assert states(other) == {"aks": "unconfirmed"}
    assert (login.ran, ran.exists()) == (False, False)
