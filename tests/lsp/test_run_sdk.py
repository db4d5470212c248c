"""Run with Scoredock: where the editor offers it, and what its terminal runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from lsp.sdk_methods import SCRIPT, notebook
from lsp.test_notebooks import Book

REFRESH = "workspace/codeLens/refresh"
IMPORTS = "import json\nfrom azureml.core import Workspace\n"


def command(client: Client, path: Path, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.ask("scoredock/sdk/command", {"path": str(path), **more})
    return found


def refused(client: Client, path: Path, **more: Any) -> dict[str, Any]:
    error: dict[str, Any] = client.error("scoredock/sdk/command", {"path": str(path), **more})
    return error


def lenses(client: Client, uri: str) -> list[tuple[str, str, list[str], int]]:
    found = client.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
    return [
        (one["command"]["title"], one["command"]["command"], one["command"]["arguments"], one["range"]["start"]["line"])
        for one in found or []
    ]


def checked(client: Client, uri: str) -> dict[str, Any]:
    return client.notified("scoredock/document/checked", lambda told: told["uri"] == uri)


def test_a_script_that_imports_the_sdk_has_a_lens_and_says_so(client: Client, project: Path) -> None:
    script = project / "deploy.py"
    client.open(script, IMPORTS + "ws = Workspace.from_config()\n")
    assert lenses(client, script.as_uri()) == [("Run with Scoredock", "scoredock.runSdk", [str(script)], 1)]
    assert checked(client, script.as_uri())["sdk"] is True
    # A client of a service does not import it, and an entry script belongs into a service.
    caller = project / "call.py"
    client.open(caller, "import requests\nscoring_uri = ''\nrequests.post(scoring_uri)\n")
    assert checked(client, caller.as_uri())["sdk"] is False
    assert lenses(client, caller.as_uri()) == []
    entry = project / "score.py"
    client.open(
        entry, "from azureml.core.model import Model\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return 1\n"
    )
    assert "Run with Scoredock" not in [title for title, *_ in lenses(client, entry.as_uri())]


def test_a_cell_that_imports_the_sdk_runs_the_notebook_or_up_to_itself(client: Client, project: Path) -> None:
    path = project / "deploy.ipynb"
    book = Book(client, path, "x = 1\n", IMPORTS, "print(x)\n")
    assert lenses(client, book.cells[1]) == [
        ("Run Notebook with Scoredock", "scoredock.runSdk", [str(path)], 1),
        ("Run to Here with Scoredock", "scoredock.runSdkCells", [str(path), "2"], 1),
    ]
    assert lenses(client, book.cells[2]) == []
    assert checked(client, path.as_uri())["sdk"] is True


def test_what_is_run_runs_in_any_terminal(client: Client, project: Path) -> None:
    """The words, the folder and the variables are all that the editor adds to its own."""
    script = project / "deploy.py"
    script.write_text(SCRIPT)
    made = command(client, script, interpreters=["/nowhere/python", sys.executable])
    done = subprocess.run(
        made["command"],
        cwd=made["folder"],
        env={**os.environ, **made["variables"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "local"), done.stderr


def test_a_notebook_runs_up_to_a_cell(client: Client, project: Path) -> None:
    path = project / "deploy.ipynb"
    path.write_text(notebook("print('one')", "print('two')"))
    made = command(client, path, interpreters=[sys.executable], lastCell=2)
    assert made["command"][-4:] == [sys.executable, "--to", "2", "deploy.ipynb"]
    done = subprocess.run(
        made["command"],
        cwd=made["folder"],
        env={**os.environ, **made["variables"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "one\n"), done.stderr


def test_where_it_runs_follows_the_files_that_it_names(client: Client, project: Path) -> None:
    inner = project / "deploy" / "aml"
    inner.mkdir(parents=True)
    (project / "model.pkl").write_bytes(b"1")
    script = inner / "register.py"
    script.write_text("from azureml.core.model import Model\nModel.register(None, 'model.pkl', 'five')\n")
    made = command(client, script, folder=str(project), interpreters=[sys.executable])
    assert (made["folder"], made["command"][-1]) == (str(project), str(Path("deploy", "aml", "register.py")))
    (inner / "model.pkl").write_bytes(b"1")
    made = command(client, script, folder=str(project), interpreters=[sys.executable])
    assert (made["folder"], made["command"][-1]) == (str(inner), "register.py")


def test_the_python_is_the_chosen_one_else_that_of_the_folder(client: Client, project: Path) -> None:
    script = project / "deploy.py"
    script.write_text(IMPORTS)
    venv.create(project / ".venv", with_pip=False, symlinks=True)
    own = str(project / ".venv" / "bin" / "python")
    assert own in command(client, script, folder=str(project))["command"]
    assert sys.executable in command(client, script, folder=str(project), interpreters=[sys.executable])["command"]


def test_a_python_that_lacks_what_is_imported_is_refused_with_the_way_out(client: Client, project: Path) -> None:
    script = project / "deploy.py"
    script.write_text(
        IMPORTS
        + "import nowhere_at_all\nimport sklearnia.linear\ntry:\n    import other\nexcept ImportError:\n    pass\n"
    )
    made = venv.EnvBuilder(with_pip=False, symlinks=True)
    made.create(project / ".venv")
    error = refused(client, script, folder=str(project))
    python = str(project / ".venv" / "bin" / "python")
    assert error["data"]["code"] == "sdk-module-missing"
    assert error["message"] == f"{python} does not have nowhere_at_all, sklearnia, which deploy.py imports."
    assert error["data"]["place"]["line"] == 2
    assert error["data"]["details"]["install"] == [], "it has no pip"
    assert command(client, script, folder=str(project), checkImports=False)["title"] == "deploy.py"
    # Whoever changes the path knows better, and modules beside the script are found.
    script.write_text("import sys\nsys.path.append('..')\nimport nowhere_at_all\n")
    assert command(client, script, folder=str(project))["title"] == "deploy.py"
    (project / "beside.py").write_text("")
    script.write_text("import beside\n")
    assert command(client, script, folder=str(project))["title"] == "deploy.py"


def test_packages_are_installed_under_the_name_of_their_distribution(client: Client, project: Path) -> None:
    script = project / "deploy.py"
    script.write_text("import sklearn\n")
    (project / ".venv" / "bin").mkdir(parents=True)
    python = project / ".venv" / "bin" / "python"
    # One that says of itself what a Python with pip and without packages says.
    python.write_text("#!/bin/sh\necho '[[3, 11], [\"sklearn\"], true]'\n")
    python.chmod(0o755)
    error = refused(client, script, folder=str(project))
    assert error["data"]["details"]["install"] == [str(python), "-m", "pip", "install", "scikit-learn"]
    assert f"Install with `{python} -m pip install scikit-learn`" in error["data"]["fix"]
    python.write_text("#!/bin/sh\necho '[[3, 5], [], true]'\n")
    assert refused(client, script, folder=str(project))["data"]["code"] == "sdk-python-unsupported"
    python.write_text("#!/bin/sh\nexit 1\n")
    assert refused(client, script, folder=str(project))["data"]["code"] == "python-not-found"


def test_nothing_is_installed_into_the_python_of_scoredock(client: Client, project: Path) -> None:
    script = project / "deploy.py"
    script.write_text("import nowhere_at_all\n")
    error = refused(client, script, interpreters=[sys.executable])
    assert error["message"] == "Scoredock's own Python does not have nowhere_at_all, which deploy.py imports."
    assert error["data"]["details"]["install"] == []


@pytest.mark.parametrize("text", ["{", json.dumps({"cells": 1})])
def test_what_is_no_notebook_is_refused(client: Client, project: Path, text: str) -> None:
    path = project / "broken.ipynb"
    path.write_text(text)
    assert refused(client, path)["data"]["code"] == "file-unreadable"


def test_settings_and_wheels_of_the_editor_reach_the_terminal(client: Client, project: Path) -> None:
    """An extension brings the runtime in a folder that only its server knows; both kinds of terminals need it."""
    script = project / "deploy.py"
    script.write_text("")
    channels = ["conda-forge=https://mirror.example.com/conda-forge", "https://other.example.com"]
    settings = {"scoredock.environment.condaChannels": channels, "scoredock.environment.downloadPython": True}
    client.notify("workspace/didChangeConfiguration", {"settings": settings})
    for variables in (
        command(client, script, interpreters=[sys.executable])["variables"],
        client.ask("scoredock/az/install", {"folder": str(project / "az")})["variables"],
    ):
        assert variables["SCOREDOCK_CONDA_CHANNELS"] == ",".join(channels)
        assert variables["SCOREDOCK_DOWNLOAD_PYTHON"] == "true"
        assert variables["SCOREDOCK_HOME"]
        assert variables.get("SCOREDOCK_WHEELHOUSE") == os.environ.get("SCOREDOCK_WHEELHOUSE")


def test_lenses_are_asked_for_again_when_settings_change(client: Client, project: Path) -> None:
    """The editor says so as well when a folder becomes trusted, and shows the line only then."""
    client.open(project / "deploy.py", IMPORTS)
    assert lenses(client, (project / "deploy.py").as_uri())
    before = sum(request["method"] == REFRESH for request in client.requests)
    client.notify("workspace/didChangeConfiguration", {"settings": {}})
    assert client.count_requests(REFRESH, after=before) > before
