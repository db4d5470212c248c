"""Signing in by a person with the real azure-identity: a code for another device, the browser, and what goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from azure_pull import login_server
from azure_pull.conftest import Puller
from azure_pull.login_server import CODE, DEVICE, REFRESH

ADDRESS = "https://microsoft.com/devicelogin"
HANG = 120
"""Seconds after which a command hangs."""


@pytest.fixture
def person(puller: Puller) -> Puller:
    """Beside a machine that has no sign-in of its own."""
    puller.shelf.add_model("m", "1", {"model.txt": b"m"})
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        puller.terminal.env.pop(name)
    return puller


def start(puller: Puller, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scoredock.cli", "azure", *words, "--python", puller.python]
    return subprocess.Popen(
        command,
        cwd=puller.terminal.folder,
        env=puller.terminal.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line_with_code(process: subprocess.Popen[str]) -> str:
    """The line of standard error that has the code."""
    assert process.stderr is not None
    for line in process.stderr:
        if CODE in line:
            return line
    raise AssertionError(f"no code; {process.wait()}")


def kept_secrets(puller: Puller) -> list[Path]:
    secrets = (REFRESH.encode(), DEVICE.encode(), b"secret-token-", b"SECRET-AUTHORIZATION")
    files = [path for place in (puller.terminal.home, puller.terminal.folder) for path in place.rglob("*")]
    return [path for path in files if path.is_file() and any(secret in path.read_bytes() for secret in secrets)]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_code_is_shown_and_asked_for_once(person: Puller, as_json: bool) -> None:
    """A pull lists and fetches: that is one sign-in."""
    process = start(person, "pull", "model:m", "--sign-in", "device-code", *(["--json"] if as_json else []))
    line = line_with_code(process)
    if as_json:
        shown = json.loads(line)["signIn"]
        assert (shown["address"], shown["code"]) == (ADDRESS, CODE)
    else:
        assert f"Open {ADDRESS} and enter {CODE}" in line
    assert person.digests() == {}
    person.shelf.login.answer = "allowed"
    output, errors = process.communicate(timeout=HANG)
    assert process.returncode == 0, errors
    assert person.shelf.login.codes == 1
    assert "m:1" in output
    if as_json:
        assert errors == ""
        assert json.loads(output)["outcomes"][0]["here"] == "m:1"
    assert kept_secrets(person) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("expired_token", "expired"),
        ("authorization_declined", "declined"),
        ("invalid_grant", "Signing in to Azure for the workspace shelf failed"),
    ],
)
def test_a_code_that_comes_to_nothing(person: Puller, answer: str, words: str) -> None:
    person.shelf.login.answer = answer
    done = person.terminal.run("azure", "list", "--sign-in", "device-code", "--python", person.python)
    assert done.returncode == 1
    assert words in done.stderr
    assert "azure-sign-in-failed" in done.stderr
    assert done.stderr.count(CODE) == 1
    assert DEVICE not in done.stderr


def test_a_code_that_nobody_enters_expires(person: Puller) -> None:
    person.shelf.login.seconds = 2
    done = person.terminal.run("azure", "list", "--sign-in", "device-code", "--python", person.python, "--json")
    code, error = done.stderr.split("\n", 1)
    assert json.loads(code)["signIn"]["code"] == CODE
    assert json.loads(error)["error"]["code"] == "azure-sign-in-failed"
    assert "in time" in json.loads(error)["error"]["message"]


def test_a_cancel_ends_the_wait_for_a_code(person: Puller) -> None:
    process = start(person, "list", "--sign-in", "device-code")
    line_with_code(process)
    process.send_signal(2)
    process.communicate(timeout=HANG)
    assert process.returncode != 0


def test_a_token_that_ends_is_renewed_without_a_new_code(person: Puller) -> None:
    """Each token holds for a second, and the person is not asked again."""
    person.shelf.login.answer = "allowed"
    person.shelf.token_seconds = 2.0
    person.shelf.pause = 0.3
    person.pull("model:m", "--sign-in", "device-code")
    assert person.shelf.login.codes == 1
    assert "refresh_token" in person.shelf.login.grants


def test_the_browser_is_opened_once(person: Puller, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "browser"
    script = f'echo "$1" >> {seen}\n{sys.executable} {login_server.__file__} "$1" &\n'
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    person.terminal.env["BROWSER"] = f"{program} %s"
    person.pull("model:m", "--sign-in", "browser")
    [address] = seen.read_text().split()
    assert address.startswith(f"https://{login_server.HOST}/organizations/oauth2/v2.0/authorize?")
    assert person.digests().keys() == {"m:1"}
    assert kept_secrets(person) == []


def test_a_machine_without_a_browser(person: Puller) -> None:
    person.terminal.env["BROWSER"] = "/bin/false %s"
    person.terminal.env["PATH"] = "/nowhere"
    began = time.monotonic()
    refusal = person.terminal.refused("azure", "list", "--sign-in", "browser", "--python", person.python)
    assert refusal["code"] == "azure-sign-in-failed"
    assert "browser" in refusal["message"].lower()
    assert time.monotonic() - began < HANG


def test_the_tenant_that_is_named_is_asked(person: Puller) -> None:
    person.shelf.login.answer = "allowed"
    person.pull("model:m", "--sign-in", "device-code", "--tenant", login_server.TENANT)
    hosts = [path for _, path in person.shelf.log if path.startswith("login/")]
    assert hosts
    assert all(path.startswith(f"login/{login_server.TENANT}/") for path in hosts)
