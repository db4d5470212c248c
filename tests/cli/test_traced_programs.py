"""No program of a compute target runs, and nothing is sent to it, before a yes: seen by the calls of the system that
start programs and open connections, of the commands of a person, of cron and of the editor's server.

The table of commands says what lists something; the gate takes those that look at compute targets."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scoredock.cli.declarations import declarations
from scoredock.features.verbs import verbs

from cli.conftest import SECONDS, Terminal
from cli.signing_in import ATTACH, Login
from crash.harness import Harness
from depth import LONG
from lsp.client import COMMAND, Client

CLI = [sys.executable, "-m", "scoredock.cli"]
LISTS = sorted(name for name in declarations() if name.endswith(" list"))
LOOKS = [name.split() for name in (LISTS if LONG else ("compute list", "service list", "rule list"))]
LOOKS += [["compute", "show", "aks"], ["compute", "check", "aks"], ["doctor"], ["workspace", "verify"]]
ALONE = [["workspace", "run"], ["rule", "run"], ["drift", "run", "--due"]]
"""What is meant to run with no person there."""
DEPLOY = ["service", "deploy", "adder", "--entry-script", "score.py", "--compute", "aks"]
PORT = 1
"""Of `kubeconfigs.NOBODY`, in which nobody listens."""


@dataclass
class Calls:
    """What processes tried to start, and the ports that they tried to reach."""

    programs: list[Path]
    ports: set[int]

    def none_of(self, folder: Path) -> bool:
        """Whether nothing of a compute target was tried, by processes that were seen."""
        assert self.programs, "red where nothing was traced"
        return PORT not in self.ports and not any(each.is_relative_to(folder) for each in self.programs)


class Tracing:
    """Runs commands below strace."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "calls.strace"

    def command(self, *words: str) -> list[str]:
        program = Harness.strace()
        assert program is not None
        calls = ["-e", "trace=execve,execveat,connect", "-e", "signal=none"]
        return [program, "-f", "--seccomp-bpf", "-qq", *calls, "-o", str(self._log), *words]

    def calls(self, terminal: Terminal) -> Calls:
        log = self._log.read_text(errors="replace")
        programs = [terminal.folder / each for each in re.findall(r'execve(?:at)?\((?:AT_FDCWD, )?"([^"]+)"', log)]
        return Calls(programs, set(map(int, re.findall(r"connect\(.*?htons\((\d+)\)", log))))

    def of(self, terminal: Terminal, *commands: Sequence[str]) -> Calls:
        """Of commands one after the other, without a terminal and whether they succeed or not."""
        script = "\n".join(shlex.join([*CLI, *each]) for each in commands)
        self.of_shell(terminal, script, terminal.environment())
        return self.calls(terminal)

    def of_shell(self, terminal: Terminal, script: str, environment: dict[str, str]) -> tuple[Calls, int]:
        """The same of a script, with the exit code of its last command."""
        done = subprocess.run(
            self.command("/bin/sh", "-c", f"cd {shlex.quote(str(terminal.folder))}\n{script}\nexit $?"),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
        )
        return self.calls(terminal), done.returncode


@pytest.fixture
def tracing(tmp_path: Path, require: Callable[[object, str], None]) -> Tracing:
    require(Harness.strace() is not None, "strace, which must be allowed to trace")
    return Tracing(tmp_path)


@pytest.fixture
def login(terminal: Terminal) -> Login:
    terminal.env["KUBECONFIG"] = str(terminal.folder / "kubeconfig")
    return Login(terminal)


def put_another_program(terminal: Terminal, login: Login) -> Path:
    """Another program in a target that was confirmed; gives that program."""
    terminal.ok(*ATTACH, "--yes")
    assert login.ran
    other = terminal.folder / "other"
    login.write(other)
    login.change(lambda _, user: user["exec"].update(command="./other"))
    return other


def test_a_changed_kubeconfig_runs_nothing_in_a_terminal_and_from_cron(
    terminal: Terminal, login: Login, tracing: Tracing
) -> None:
    other = put_another_program(terminal, login)
    assert tracing.of(terminal, *LOOKS, *ALONE).none_of(terminal.folder)
    for words in (DEPLOY, ["compute", "confirm", "aks"]):
        calls, code = tracing.of_shell(terminal, shlex.join([*CLI, *words]), terminal.environment())
        assert (calls.none_of(terminal.folder), code) == (True, 1)
        assert terminal.refused(*words)["code"] == "compute-changed"
    line = terminal.ok("workspace", "install", "--as", "cron", "--print").strip()
    command = re.sub(r"\s#.*", "", line).split(None, 5)[5]
    cron = {"HOME": str(terminal.folder), "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    calls, code = tracing.of_shell(terminal, command, cron)
    assert (calls.none_of(terminal.folder), code) == (True, 0)
    assert not login.ran
    calls = tracing.of(terminal, ["compute", "confirm", "aks", "--yes"])
    assert (other in calls.programs, PORT in calls.ports) == (True, True), "red without the program"


def test_a_restored_backup_runs_nothing(terminal: Terminal, login: Login, tracing: Tracing, tmp_path: Path) -> None:
    terminal.ok(*ATTACH, "--yes")
    terminal.ok("workspace", "backup", "b.tar")
    other = Terminal(tmp_path / "other", terminal.folder, terminal.env)
    calls = tracing.of(other, ["workspace", "restore", "b.tar"], *LOOKS, *ALONE, DEPLOY)
    assert calls.none_of(terminal.folder)
    assert other.refused(*DEPLOY)["code"] == "compute-unconfirmed"
    calls = tracing.of(other, ["compute", "confirm", "aks", "--yes"], ["compute", "list"])
    assert (login.program in calls.programs, PORT in calls.ports) == (True, True), "red without the program"


def test_a_changed_kubeconfig_runs_nothing_in_the_editor(terminal: Terminal, login: Login, tracing: Tracing) -> None:
    """Whatever lists something is asked, and what looks at one compute target or deploys to it."""
    other = put_another_program(terminal, login)
    place = {"context": "prod", "kubeconfig": str(login.kubeconfig)}
    requests: list[tuple[str, dict[str, Any]]] = [
        (each.method, {}) for each in verbs() if each.method.endswith("/list")
    ]
    requests += [(f"scoredock/compute/{name}", {"name": "aks"}) for name in ("show", "check")]
    requests += [(f"scoredock/compute/{name}", place) for name in ("confirmation", "contexts", "namespaces")]
    deploy = {"name": "adder", "entryScript": str(terminal.folder / "score.py"), "compute": "aks"}
    calls, answers = _of_server(terminal, tracing, [*requests, ("scoredock/service/deploy", deploy)])
    assert calls.none_of(terminal.folder)
    assert answers[-1]["error"]["data"]["code"] == "compute-changed"
    terminal.ok("compute", "confirm", "aks", "--yes")
    calls, _ = _of_server(terminal, tracing, [("scoredock/compute/list", {})])
    assert (other in calls.programs, PORT in calls.ports) == (True, True), "red without the program"


def _of_server(
    terminal: Terminal, tracing: Tracing, requests: Sequence[tuple[str, dict[str, Any]]]
) -> tuple[Calls, list[dict[str, Any]]]:
    """Of a server that is asked and then shut down, with what it answered."""
    with Client(terminal.home, command=tracing.command(*COMMAND), cwd=terminal.folder, env=terminal.env) as client:
        client.initialize(terminal.folder)
        answers = [client.answer(client.begin(method, params)) for method, params in requests]
        assert client.shut_down() == 0
    return tracing.calls(terminal), answers
