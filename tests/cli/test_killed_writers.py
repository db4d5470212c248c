"""What a killed command leaves beside its target goes with the next that writes there, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import SECONDS, Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

AT_THE_NAME = """
import os, signal, sys

number, target, *words = sys.argv[1:]

def hear(event, arguments):
    if event in ("os.rename", "os.link") and os.fspath(arguments[1]) == target:
        os.kill(os.getpid(), int(number))

sys.addaudithook(hear)
sys.argv = ["scoredock", *words]
from scoredock.cli import main
sys.exit(main())
"""
"""The command line, which a signal meets when a target is about to get its name."""
IMAGE = "registry.example.com/team/halves:1"
WRITERS = {
    "model download": (("model", "download", "halves:1", "--overwrite", "--target", "."), "halves.bin"),
    "model export": (("model", "export", "halves:1", "--target", "{}.zip"), "{}.zip"),
    "package export": (("package", "export", "kubernetes", IMAGE, "-o", "{}.yaml"), "{}.yaml"),
    "package export of a folder": (("package", "export", "helm", IMAGE, "-o", "{}"), "{}"),
    "lineage": (("lineage", "show", "halves:1", "--openlineage", "{}.jsonl"), "{}.jsonl"),
    "pipeline create": (("pipeline", "create", "azure", "../project", "--to", "{}.yml"), "{}.yml"),
    "migrate": (("migrate", "../project", "--output-path", "{}"), "{}"),
}
"""Their words, and what there is when they have ended well; `{}` is a name."""
PROJECT = {
    "score.py": "def init():\n    pass\n\n\ndef run(raw):\n    return raw\n",
    "inferenceconfig.json": '{"entryScript": "score.py", "sourceDirectory": ".", "condaFile": "conda.yml"}',
    "deploymentconfig.json": '{"computeType": "LOCAL"}',
    "conda.yml": "dependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n",
}


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """In a folder beside a project, with what others have called alike."""
    folder, project = tmp_path / "folder", tmp_path / "project"
    folder.mkdir()
    project.mkdir()
    for name, text in PROJECT.items():
        (project / name).write_text(text)
    (project / "halves.bin").write_bytes(b"5" * 100_000)
    (folder / ".scoredock-fresh-notes").write_text("of somebody else")
    terminal = Terminal(tmp_path / "home", folder)
    terminal.ok("model", "register", str(project / "halves.bin"), "--name", "halves")
    return terminal


def started(terminal: Terminal, number: signal.Signals, case: str, name: str) -> subprocess.Popen[str]:
    words, target = (WRITERS[case][0], terminal.folder / WRITERS[case][1].format(name))
    command = [sys.executable, "-c", AT_THE_NAME, str(int(number)), str(target), *(each.format(name) for each in words)]
    return subprocess.Popen(
        command,
        cwd=terminal.folder,
        env=terminal.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def parts(folder: Path) -> list[Path]:
    """Besides what is somebody else's."""
    return [each for each in folder.iterdir() if each.name.startswith(".") and each.name != ".scoredock-fresh-notes"]


@pytest.mark.parametrize("case", WRITERS)
def test_the_next_command_takes_away_what_a_killed_one_left(terminal: Terminal, case: str) -> None:
    for name in ("one", "two"):
        process = started(terminal, signal.SIGKILL, case, name)
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == -signal.SIGKILL, output
        assert 1 <= len(parts(terminal.folder)) <= 2, "of the last one alone; a folder has its mark beside it"
    words, target = WRITERS[case]
    terminal.ok(*(each.format("three") for each in words))
    assert sorted(each.name for each in terminal.folder.iterdir()) == [".scoredock-fresh-notes", target.format("three")]
    # Nobody else could read what was not whole yet; this is the person's own.
    mode = (terminal.folder / target.format("three")).stat().st_mode & 0o777
    assert mode in (0o644, 0o755)


@pytest.mark.parametrize("case", ["model export", "package export of a folder"])
def test_what_another_command_writes_at_the_moment_stays(terminal: Terminal, case: str) -> None:
    slow = started(terminal, signal.SIGSTOP, case, "slow")
    try:
        _, status = os.waitpid(slow.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        under_way = parts(terminal.folder)
        assert under_way
        terminal.ok(*(each.format("other") for each in WRITERS[case][0]))
        assert parts(terminal.folder) == under_way
    finally:
        slow.send_signal(signal.SIGCONT)
    output, _ = slow.communicate(timeout=SECONDS)
    assert slow.returncode == 0, output
    names = sorted(WRITERS[case][1].format(name) for name in ("other", "slow"))
    assert sorted(each.name for each in terminal.folder.iterdir()) == [".scoredock-fresh-notes", *names]


def test_a_command_that_is_refused_takes_it_away_as_well(terminal: Terminal) -> None:
    """A kill between the name and the end of the part leaves both."""
    (words, target) = WRITERS["package export"]
    process = started(terminal, signal.SIGKILL, "package export", "one")
    process.communicate(timeout=SECONDS)
    (part,) = parts(terminal.folder)
    os.link(part, terminal.folder / target.format("one"))
    assert terminal.refused(*(each.format("one") for each in words))["code"] == "package-target-not-empty"
    assert parts(terminal.folder) == []
