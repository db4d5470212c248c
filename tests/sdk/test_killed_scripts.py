"""A script of the SDK is killed while it has something temporary: the next command takes it away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import at_a_folder
from cli.conftest import Terminal
from depth import rounds

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
    "profile": (
        "from azureml.core import Dataset, Environment\nfrom azureml.core.model import InferenceConfig, Model\n"
        "rows = Dataset.Tabular.from_delimited_files('rows.csv', header=False).register(ws, 'rows')\n"
        "config = InferenceConfig('score.py', environment=Environment('plain'))\n"
        "Model.profile(ws, 'first', [], config, rows, cpu=0.5, memory_in_gb=0.5).wait_for_completion()\n"
    ),
    "script": (
        "from azureml.core import Environment\nfrom azureml.core.conda_dependencies import CondaDependencies\n"
        "own = Environment('own')\n"
        "own.python.conda_dependencies = CondaDependencies.create(pip_packages=['packaging==99.0'])\n"
        "own.register(ws)\n"
    ),
    "upload": "import io\nfrom azureml.core import Run\nRun.get_context().upload_file('a', io.BytesIO(b'a'))\n",
}
"""By what they have for a while."""
MODERNIZED = {"script"}
"""Those for which newer versions are looked for."""


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
@pytest.mark.parametrize("purpose", SCRIPTS)
def test_nothing_of_a_killed_script_is_left(terminal: Terminal, tmp_path: Path, purpose: str, number: int) -> None:
    at_a_folder.with_own_folders(terminal, tmp_path)
    terminal.env[at_a_folder.VARIABLE] = f"{purpose} {at_a_folder.steps(purpose, number)}"
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text("print(1)\n")
    (terminal.folder / "rows.csv").write_text("a,b\n1,2\n")
    (terminal.folder / "killed.py").write_text(at_a_folder.HOOK + CONNECT + SCRIPTS[purpose])
    ended = terminal.run("sdk", "run", *(["--modernize"] if purpose in MODERNIZED else []), "killed.py")
    assert ended.returncode in ((-9,) if number == 0 else (0, -9)), ended.stderr
    terminal.ok("model", "list")
    assert at_a_folder.left_by_commands(terminal) == []
