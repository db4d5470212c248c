"""A script of the SDK is killed while it has something temporary: the next command takes it away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import at_a_folder
from cli.conftest import Terminal
from depth import SEED, rounds

from .test_runs import LOGGING, SUBMIT
from .test_scripts import CONNECT

pytestmark = [pytest.mark.chance, pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")]

SCRIPTS = {
    "log": LOGGING,
    "environment": "from azureml.core import Environment\nEnvironment('plain').register(ws)\n",
    "rows": "from azureml.core import Dataset\nDataset.Tabular.from_delimited_files('rows.csv').register(ws, 'rows')\n",
    "run": f"from azureml.core import Experiment\n{SUBMIT.replace('RATE', '0')}run.wait_for_completion()\n",
    "package": (
        "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig, Model\n"
        "config = InferenceConfig(entry_script='score.py', environment=Environment('plain'))\n"
        "Model.package(ws, [], config, generate_dockerfile=True).save('package')\n"
    ),
}
"""By what they have for a while."""


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
@pytest.mark.parametrize("purpose", SCRIPTS)
def test_nothing_of_a_killed_script_is_left(terminal: Terminal, tmp_path: Path, purpose: str, number: int) -> None:
    (tmp_path / "tmp").mkdir()
    terminal.env |= {"TMPDIR": str(tmp_path / "tmp")}
    terminal.env[at_a_folder.VARIABLE] = f"{purpose} {at_a_folder.steps((SEED, purpose, number))}"
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text("print(1)\n")
    (terminal.folder / "rows.csv").write_text("a,b\n1,2\n")
    (terminal.folder / "killed.py").write_text(at_a_folder.HOOK + CONNECT + SCRIPTS[purpose])
    ended = terminal.run("sdk", "run", "killed.py")
    assert ended.returncode in ((-9,) if number == 0 else (0, -9)), ended.stderr
    terminal.ok("model", "list")
    assert at_a_folder.marked(terminal.home, tmp_path / "tmp") == []
