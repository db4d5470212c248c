"""Completion in a shell: what is offered, and that bash, zsh and fish really complete it."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.cli.commands import DECLARATIONS
from scoredock.cli.completion.words import candidates
from scoredock.cli.declarations import nouns

from cli.conftest import Terminal
from pace import patience
from parts import missing


def offered(terminal: Terminal, *words: str) -> list[str]:
    lines = terminal.run("__complete", "fish", *words).stdout.splitlines()
    return [line.partition("\t")[0] for line in lines]


@pytest.fixture
def filled(terminal: Terminal) -> Terminal:
    """With two models, an environment and a workspace."""
    (terminal.folder / "model.bin").write_bytes(b"12345")
    for name in ("five", "five", "flowers"):
        terminal.ok("model", "register", "model.bin", "-n", name)
    (terminal.folder / "conda.yml").write_text("dependencies:\n  - pip:\n      - six\n")
    terminal.ok("environment", "register", "conda.yml", "-n", "packages")
    terminal.ok("workspace", "create", "other")
    return terminal


GETS = ["get-access-token", "get-keys", "get-logs"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["mod"], ["model"], id="noun"),
        pytest.param(["doc"], ["docker", "doctor"], id="noun-and-command"),
        pytest.param(["--json", "mod"], ["model"], id="behind-an-option"),
        pytest.param(["--home", "x", "mod"], ["model"], id="behind-an-option-with-a-value"),
        pytest.param(["--vers"], ["--version"], id="version"),
        pytest.param(["service", "sto"], ["stop", "stop-all"], id="verb"),
        pytest.param(["service", "deploy", "x", "--overw"], ["--overwrite"], id="option"),
        pytest.param(["service", "deploy", "x", "--works"], ["--workspace"], id="option-of-every-command"),
        pytest.param(
            ["service", "deploy", "x", "--engine", ""],
            ["process", "docker", "kubernetes", "remote-docker"],
            id="choices",
        ),
        pytest.param(["service", "deploy", "x", "--engine=d"], ["--engine=docker"], id="choices-behind-a-sign"),
        pytest.param(["service", "call", "x", "--timeout", ""], [], id="a-number"),
        pytest.param(["modle", "l"], [], id="no-such-noun"),
        pytest.param(["model", "lst", ""], [], id="no-such-verb"),
        pytest.param(["check", ""], [":files"], id="files"),
        pytest.param(["service", "deploy", "x", "--ic", ""], [":files"], id="file-of-an-option"),
        pytest.param(["service", "deploy", "x", "--sd", ""], [":folders"], id="folder-of-an-option"),
        pytest.param(["--home", ""], [":folders"], id="folder-of-every-command"),
        pytest.param(["model", "show", "f"], ["five", "flowers"], id="models"),
        pytest.param(["model", "show", "five:"], ["five:2", "five:1"], id="versions"),
        pytest.param(["service", "deploy", "x", "-m", "flo"], ["flowers"], id="model-of-an-option"),
        pytest.param(["service", "deploy", "x", "--model=flo"], ["--model=flowers"], id="model-behind-a-sign"),
        pytest.param(["environment", "show", ""], ["packages"], id="environments"),
        pytest.param(["service", "deploy", "x", "-e", "pack"], ["packages"], id="environment-of-an-option"),
        pytest.param(["workspace", "use", "oth"], ["other"], id="workspaces"),
        pytest.param(["model", "list", "-w", "oth"], ["other"], id="workspace-of-every-command"),
        pytest.param(["-w", "oth"], ["other"], id="workspace-before-the-command"),
        pytest.param(["-w", "other", "model", "show", ""], [], id="models-of-another-workspace"),
        pytest.param(["az", "ml", "mo"], ["model"], id="az-group"),
        pytest.param(["az", "ml", "endpoint", "realtime", "get-"], GETS, id="az-verb"),
        pytest.param(["az", "ml", "model", "show", "--model-i"], ["--model-id"], id="az-option"),
        pytest.param(["az", "ml", "model", "show", "-i", "five:"], ["five:2", "five:1"], id="az-model"),
        pytest.param(["az", "ml", "environment", "show", "-n", ""], ["packages"], id="az-name"),
        pytest.param(["az", "ml", "model", "register", "-n", ""], [], id="az-new-name"),
        pytest.param(["az", "ml", "model", "register", "-p", ""], [":files"], id="az-file"),
        pytest.param(["lineage", "show", "f"], ["five", "flowers"], id="lineage"),
        pytest.param(["lineage", "show", "model:fl"], ["model:flowers"], id="lineage-kind"),
        pytest.param(["lineage", "show", "environment:"], ["environment:packages"], id="lineage-environment"),
        pytest.param(["event", "subscribe", "new", "--type", "model.dele"], ["model.deleted"], id="event-type"),
        pytest.param(["event", "subscribe", ""], [], id="new-subscription"),
        pytest.param(["rule", "create", "x", "--no-drift", ""], [], id="no-comparisons"),
        pytest.param(["check", "--select", "SD999"], [], id="no-such-check"),
        pytest.param(["explain", "SD10"], [*(f"SD10{digit}" for digit in range(1, 10)), "SD100"], id="rules"),
    ],
)
def test_what_is_offered(filled: Terminal, words: list[str], expected: list[str]) -> None:
    assert offered(filled, *words) == expected


@pytest.mark.usefixtures("shared_environments")
def test_what_a_workspace_keeps_in_folders_is_offered(filled: Terminal) -> None:
    (filled.folder / "score.py").write_text("def init():\n    pass\n\ndef run(mini_batch):\n    return mini_batch\n")
    filled.ok("event", "subscribe", "receiver", "--command", "/bin/cat")
    filled.ok("service", "deploy", "api", "--es", "score.py", "--cf", "conda.yml", "-m", "five")
    filled.ok("rule", "create", "newest", "--model", "five", "--service", "api")
    batch = ("batch", "run", "--name", "scored", "--es", "score.py", "--input", "conda.yml", "--output-path", "out")
    filled.ok(*batch, "--cf", "conda.yml")
    for noun, verb, name in (("event", "pause", "receiver"), ("rule", "run", "newest"), ("batch", "outputs", "scored")):
        assert offered(filled, noun, verb, "") == offered(filled, noun, verb, name[:2]) == [name]
        assert offered(filled, noun, verb, "x") == []
    assert offered(filled, "lineage", "show", "batch:") == ["batch:scored"]


def test_an_option_is_offered_once_unless_it_may_be_repeated(terminal: Terminal) -> None:
    again = offered(terminal, "service", "deploy", "x", "--overwrite", "--tag", "a=b", "--")
    assert "--overwrite" not in again
    assert {"--tag", "--engine"} <= set(again)


def test_every_command_can_be_reached_and_offers_its_options() -> None:
    for command in DECLARATIONS:
        *noun, verb = command.name.split()
        assert verb in candidates([*noun, ""]).words
        options = candidates([*noun, verb, "--"]).words
        for item in command.arguments:
            assert not item.flags[-1].startswith("--") or options[item.flags[-1]] == item.help
    assert set(nouns()) <= set(candidates([""]).words)


def test_nothing_is_made_and_nothing_is_said(terminal: Terminal, tmp_path: Path) -> None:
    terminal.env["SCOREDOCK_HOME"] = str(tmp_path / "away")
    for words in (["model", "show", ""], ["service", "show", ""], ["-w", "none", "model", "show", ""]):
        done = terminal.run("__complete", "zsh", *words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "away").exists()
    damaged = tmp_path / "damaged"
    (damaged / "workspaces/local").mkdir(parents=True)
    (damaged / "workspaces/local/store.sqlite3").write_text("no database")
    terminal.env["SCOREDOCK_HOME"] = str(damaged)
    done = terminal.run("__complete", "bash", "scoredock model show ")
    assert (done.returncode, done.stderr) == (0, "")


# ------------------------------------------------------------------------------------------------ real shells


@pytest.fixture
def program(filled: Terminal, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that finds `scoredock`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / "scoredock"
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m scoredock.cli "$@"\n')
    path.chmod(0o755)
    home = tmp_path / "account"
    home.mkdir()
    (filled.folder / "away").mkdir()
    return {
        **filled.environment(),
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(home),
        "TERM": "xterm",
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "configuration"),
    }


_COLOUR = re.compile("\x1b\\[[0-9;]*m")


class Shell:
    """An interactive shell in a terminal of its own."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        ours, theirs = pty.openpty()
        self._terminal = ours
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait(self, text: str) -> str:
        """What was shown up to a text, which is waited for."""
        end = time.monotonic() + patience(20)
        while text not in self.shown:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"no {text!r} in {self.shown!r}"
            self.shown += os.read(self._terminal, 65536).decode("utf-8", "replace")
            self.shown = _COLOUR.sub("", self.shown)
        before, _, self.shown = self.shown.partition(text)
        return before

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)


def installed(name: str) -> str:
    return shutil.which(name) or missing(name)


@pytest.fixture(params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest, program: dict[str, str], filled: Terminal) -> Iterator[Shell]:
    name = installed(request.param)
    options = ["--norc", "--noprofile"] if request.param == "bash" else ["-f"]
    started = Shell([name, *options, "-i"], filled.folder, program)
    # Neither bell nor a list of long ones is waited for; the end of the set-up shows that the shell listens.
    setup = (
        "bind 'set enable-bracketed-paste off'" if request.param == "bash" else "autoload -U compinit; compinit -u -D"
    )
    started.type(f"PS1='> '; {setup}; eval \"$(scoredock completion {request.param})\"; echo re''ady\n")
    started.wait("ready")
    started.wait("> ")
    yield started
    started.close()


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        pytest.param("scoredock envir", "onment ", id="noun"),
        pytest.param("scoredock model regi", "ster ", id="verb"),
        pytest.param("scoredock service deploy x --overw", "rite ", id="option"),
        pytest.param("scoredock service deploy x --engine do", "cker ", id="choice"),
        pytest.param("scoredock model show flo", "wers ", id="model"),
        pytest.param("scoredock model show flowers:", "1 ", id="version"),
        pytest.param("scoredock service deploy x --model=flo", "wers ", id="behind-a-sign"),
        pytest.param("scoredock workspace use oth", "er ", id="workspace"),
        pytest.param("scoredock check con", "da.yml ", id="file"),
        pytest.param("scoredock service deploy x --sd aw", "ay/", id="folder"),
    ],
)
def test_a_tab_completes(shell: Shell, typed: str, becomes: str) -> None:
    shell.type(f"{typed}\t")
    shell.wait(typed[-3:])
    shell.wait(becomes)


@pytest.mark.long("bash and zsh ask the same command at the gate")
def test_a_tab_completes_in_fish(program: dict[str, str], filled: Terminal) -> None:
    fish = installed("fish")

    def completed(line: str) -> list[str]:
        script = f"scoredock completion fish | source; complete -C {shlex.quote(line)}"
        done = subprocess.run(
            [fish, "--no-config", "-c", script],
            cwd=filled.folder,
            env=program,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    assert completed("scoredock envir") == [
        "environment\tEnvironments: the packages that services run with, registered by name."
    ]
    assert [line.partition("\t")[0] for line in completed("scoredock service sto")] == ["stop", "stop-all"]
    assert completed("scoredock model show f") == ["five", "flowers"]
    assert completed("scoredock model show flowers:") == ["flowers:1"]
    assert completed("scoredock service deploy x --engine=d") == ["--engine=docker"]
    assert [line.partition("\t")[0] for line in completed("scoredock check con")] == ["conda.yml"]
    assert [line.partition("\t")[0] for line in completed("scoredock service deploy x --sd aw")] == ["away/"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("bash", "data/bash-completion/completions/scoredock"),
        ("zsh", ".zfunc/_scoredock"),
        ("fish", "configuration/fish/completions/scoredock.fish"),
    ],
)
def test_it_is_installed_where_the_shell_looks(name: str, place: str, terminal: Terminal, tmp_path: Path) -> None:
    terminal.env |= {
        "HOME": str(tmp_path),
        "ZDOTDIR": "",
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "configuration"),
    }
    assert str(tmp_path / place) in terminal.ok("completion", name, "--install")
    assert (tmp_path / place).read_text() == terminal.ok("completion", name)


def test_a_place_that_cannot_be_written_is_told(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / ".zfunc").write_text("a file where a folder should be")
    terminal.env |= {"HOME": str(tmp_path), "ZDOTDIR": ""}
    assert terminal.refused("completion", "zsh", "--install")["code"] == "io-failed"
