"""What is said of a configuration that a script makes names the person's own file and line."""

from __future__ import annotations

import pytest

from cli.conftest import Terminal

from .conftest import CONDA
from .test_failures import deploy, project, run


@pytest.mark.parametrize("made", ["a conda file", "made in the script"])
def test_warnings_in_the_log_name_the_own_file_and_line(terminal: Terminal, made: str) -> None:
    """The script runs, so that only the log of the deployment has them; later doors keep the person's file."""
    project(terminal, "import six\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (terminal.folder / "own.yml").write_text(CONDA + "    - six>=1.16\n    - azureml-defaults==1.0.17\n")
    in_file = made == "a conda file"
    text = deploy(file=in_file)
    if not in_file:
        more = "environment.python.conda_dependencies.add_pip_package('azureml-defaults==1.0.17')\nconfig ="
        text = text.replace("config =", f"environment.python.conda_dependencies.add_pip_package('six')\n{more}", 1)
    name = f"warned-{int(in_file)}"
    done = run(terminal, text, name, "local")
    assert "STATE running" in done.stdout, done.stdout + done.stderr
    own = terminal.folder / ("own.yml" if in_file else "deploy.py")
    line = next(number for number, each in enumerate(own.read_text().splitlines(), 1) if "azureml-defaults==" in each)
    told = done.stdout + done.stderr + terminal.ok("service", "logs", name)
    warned = [each for each in told.splitlines() if " SD" in each]
    assert any(f"{own}:{line}:" in each and "SD427" in each for each in warned), told
    assert "inferenceconfig.json" not in told
    updated = terminal.run("service", "update", name)
    assert updated.returncode == 0, updated.stderr
    assert f"{own}:{line}:" in updated.stderr + terminal.ok("service", "logs", name)
    assert "inferenceconfig.json" not in updated.stderr
    terminal.ok("service", "delete", name)
