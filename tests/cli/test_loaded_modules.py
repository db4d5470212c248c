"""What a command loads, as Python itself lists it: parts that it has no use for cost each command time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.conftest import SECONDS, Terminal

LATE = (
    "scoredock.contrib.migration.checks.check",  # the move to v2, which somebody has to ask for
    "scoredock.cli.images.packages",
    "scoredock.formats.document_kind",  # which file is what: a deployment names its files
    "scoredock.formats.v2.kinds",
    "scoredock.no_code.generating",
)


def loaded(terminal: Terminal, *words: str) -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "scoredock.cli", *words]
    done = subprocess.run(
        command, cwd=terminal.folder, env=terminal.environment(), capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.usefixtures("shared_environments")
def test_a_deployment_loads_nothing_for_what_it_does_not_have(terminal: Terminal) -> None:
    (terminal.folder / "conda.yml").write_text("dependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n")
    terminal.ok("model", "register", "model.bin", "--name", "factor")
    files = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
    found = loaded(terminal, "service", "deploy", "prices", *files)
    assert "scoredock.checks.entry_script" in found
    assert found.isdisjoint(LATE), found.intersection(LATE)
    found = loaded(terminal, "service", "update", "prices", "--model", "factor:1", "--env", "A=1")
    late = {*LATE, "scoredock.environments.pip.refusals"}  # nothing is installed
    assert found.isdisjoint(late), found.intersection(late)
