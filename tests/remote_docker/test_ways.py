"""The way to another machine belongs to who begins it: an agent of SSH that some commands have and others do not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cli.conftest import Terminal
from remote_docker.conftest import DEPLOY, Remote, answer

pytestmark = pytest.mark.docker

CALL = ("service", "call", "prices", "--data", '{"data": [1, 2]}')
SENTENCE = "does not accept the keys of this account"


@pytest.fixture
def keyless(remote: Remote, tmp_path: Path) -> Remote:
    """With an `ssh` that knows the host and has no key but those of an agent."""
    configuration = tmp_path / "ssh_config"
    known = remote.host.known_hosts
    configuration.write_text(f"IdentityFile /dev/null\nUserKnownHostsFile {known}\nGlobalKnownHostsFile /dev/null\n")
    binaries = tmp_path / "bin"
    binaries.mkdir()
    program = binaries / "ssh"
    program.write_text(
        f"#!/bin/sh\necho >> {tmp_path}/started\n"
        f'test ! -e {tmp_path}/only || test "$(wc -l < {tmp_path}/started)" -le "$(cat {tmp_path}/only)" || '
        '{ echo "Permission denied (publickey)." >&2; exit 255; }\n'
        f'exec {shutil.which("ssh")} -F {configuration} "$@"\n'
    )
    program.chmod(0o755)
    remote.terminal.env["PATH"] = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return remote


@contextmanager
def agent(remote: Remote, socket: Path) -> Iterator[Terminal]:
    """A terminal with an agent that has the key."""
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        variables = {"SSH_AUTH_SOCK": str(socket)}
        add = ["sh", "-c", 'until ssh-add -q "$0"; do sleep 0.05; done', str(remote.host.folder / "key")]
        subprocess.run(add, env={**os.environ, **variables}, check=True, capture_output=True)
        yield replace(remote.terminal, env={**remote.terminal.env, **variables})
    finally:
        process.terminate()
        process.wait()


@pytest.mark.timeout(600)
def test_an_agent_that_only_some_commands_have(keyless: Remote, tmp_path: Path) -> None:
    other = replace(keyless.terminal, env={**keyless.terminal.env, "SSH_AUTH_SOCK": str(tmp_path / "nowhere")})
    with ExitStack() as first:
        signed_in = first.enter_context(agent(keyless, tmp_path / "first"))
        signed_in.ok("compute", "attach", "gpu", *keyless.ssh, "--yes")
        checked = other.run("compute", "check", "gpu")
        assert (checked.returncode, SENTENCE in checked.stdout) == (1, True), checked.stdout
        error = other.refused("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
        assert (error["code"], SENTENCE in error["message"]) == ("ssh-login-failed", True)

        signed_in.ok("compute", "check", "gpu")
        port = signed_in.json("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")["port"]
        assert other.ok(*CALL).strip() == signed_in.ok(*CALL).strip() == "30"
        shown = other.json("service", "show", "prices")
        assert (shown["state"], SENTENCE in shown["phase"]) == ("Unhealthy", True), shown
        assert answer(port) == 30

    # The connections end, and with the agent nobody can make them again but who has another one.
    assert keyless.host.sshd is not None
    for each in psutil.Process(keyless.host.sshd.pid).children(recursive=True):
        each.kill()
    refused = other.refused(*CALL)
    assert SENTENCE in refused["message"], refused
    with agent(keyless, tmp_path / "second") as signed_in:
        assert signed_in.ok(*CALL).strip() == "30"
        assert answer(port) == 30
        assert other.ok(*CALL).strip() == "30"
        shown = signed_in.json("service", "show", "prices")
        assert (shown["state"], shown["port"]) == ("Healthy", port)
        signed_in.ok("service", "delete", "prices")
    assert keyless.left() == []


@pytest.mark.timeout(300)
def test_a_deployment_says_why_nothing_leads_to_its_container(keyless: Remote, tmp_path: Path) -> None:
    """An agent that confirms the first connection and no other."""
    with agent(keyless, tmp_path / "first") as signed_in:
        signed_in.ok("compute", "attach", "gpu", *keyless.ssh, "--yes")
        started = len((tmp_path / "started").read_text().splitlines())
        (tmp_path / "only").write_text(str(started + 1))
        error = signed_in.refused("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
        (tmp_path / "only").unlink()
        assert (error["code"], SENTENCE in error["message"]) == ("ssh-login-failed", True), error
        shown = signed_in.json("service", "show", "prices")
        assert (shown["state"], shown["failure"]["code"]) == ("Failed", "ssh-login-failed"), shown
        assert [each for each in keyless.left() if each.startswith("[")] == []
        signed_in.ok("service", "delete", "prices")
