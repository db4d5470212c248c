"""In a service the runtime answers `azureml.core`, never this package, whether it is installed there or not."""

from __future__ import annotations

import json
import shutil
import sys
import venv
from pathlib import Path

import pytest

import scoredock_azureml
from cli.conftest import Terminal

ROOT = Path(scoredock_azureml.__file__).parents[1]
ASKING = {
    "a workspace": "from azureml.core import Workspace\n    Workspace.from_config()",
    "a run": "from azureml.core.run import Run\n    Run.get(None, 'id')",
    "a model object": "from azureml.core.model import Model\n    Model(None, 'five')",
}


def own_python(folder: Path, installed: bool) -> Path:
    """A virtual environment of a person, perhaps with this package as pip installs it."""
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    if installed:
        shutil.copytree(ROOT / "scoredock_azureml", site / "scoredock_azureml")
        shutil.copy(ROOT / "scoredock_azureml.pth", site)
    return folder / "bin" / "python"


@pytest.mark.long("four deployments each; at the gate tests/runtime/test_shims.py and test_scripts.py")
@pytest.mark.parametrize("installed", [False, True], ids=["without", "installed"])
@pytest.mark.skipif(sys.platform == "win32", reason="a virtual environment of another layout")
def test_a_script_that_asks_for_the_sdk_gets_one_sentence_with_a_code(
    terminal: Terminal, tmp_path: Path, installed: bool
) -> None:
    python = own_python(tmp_path / "own", installed)
    environment = {"name": "own", "python": {"userManagedDependencies": True, "interpreterPath": str(python)}}
    (terminal.folder / "ic.json").write_text(json.dumps({"entryScript": "asking.py", "environment": environment}))
    script = terminal.folder / "asking.py"
    words = ("--ic", "ic.json", "--overwrite", "--skip-checks")
    for asked, lines in ASKING.items():
        script.write_text(f"def init():\n    {lines}\n\n\ndef run(data):\n    return 1\n")
        error = terminal.refused("service", "deploy", "asking", *words)
        assert error["message"].count("[sdk-not-here]") == 1, (asked, error)
        assert "Traceback" not in error["message"]
    terminal.ok("model", "register", "plain", "-n", "five")
    script.write_text(
        "from azureml.core.model import Model\n\n\ndef init():\n    global path\n"
        "    path = Model.get_model_path('five')\n\n\ndef run(data):\n    return path\n"
    )
    terminal.ok("service", "deploy", "asking", *words, "--model", "five:1")
    assert "five" in terminal.ok("service", "call", "asking", "--data", "{}")
    terminal.ok("service", "delete", "asking")
