"""The documents' environment asks for Python 3.6: what the editor says of it, and Deploy by mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import interpreters
from documents import own_environment
from documents.own_environment import INSTALLS
from first_click import walk
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """import json
import sys


def init():
    print("up")


def run(data):
    json.loads(data)
    return "Python %d.%d" % sys.version_info[:2]
"""


@pytest.fixture(scope="module")
def desk(open_shared_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory, old_python: Path) -> Desk:
    folder = tmp_path_factory.mktemp("old")
    (folder / "score.py").write_text(SCRIPT)
    interpreters.environment_file(folder, old_python)
    return open_shared_desk(folder)


@pytest.mark.long("test_first_deployment.py has three clicks at the gate, tests/deploy has old Pythons")
def test_deploy_is_three_clicks_as_ever(desk: Desk, old_python: Path) -> None:
    window = desk.window
    if (desk.folder / "conda.yml").exists():
        window.editor.open("conda.yml")
        window.panel.wait_problem("SD463")
    desk.picture("old-python-remark")
    pressed, end = walk(window, "score.py")
    assert end.kind == "requests", (pressed, end)
    assert pressed == ["Deploy", "Enter"]
    version = next(version for version, path in interpreters.old().items() if path == old_python)
    panel = window.webview("Send")
    panel.locator("#send").click()
    until(lambda: f"Python {version}" in panel.locator("#answer").inner_text(), "the answer of the old Python")
    desk.picture("old-python-answer")
    (service,) = desk.scoredock("service", "list")["services"]
    desk.scoredock("service", "delete", service["name"])


@INSTALLS
@pytest.mark.timeout(600)
def test_the_documents_environment(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    """As it is written, with a model that was pickled in it."""
    folder = tmp_path / "documents"
    folder.mkdir()
    own_environment.fill(folder, tmp_path / "scratch")
    desk = open_desk(folder)
    desk.scoredock("model", "register", "sklearn_mnist_model.pkl", "--name", own_environment.MODEL)
    pressed, end = walk(desk.window, "score.py")
    assert end.kind == "requests", (pressed, end)
    panel = desk.window.webview("Send")
    panel.locator("#send").click()
    # The body is the sample of the script's own decorator.
    until(lambda: "43638.5" in panel.locator("#answer").inner_text(), "the prediction")
    desk.picture("old-python-documents")
    desk.window.side.show("Scoredock")
    desk.window.side.choose("Services", "documents", "Show Details")
    desk.window.page_about("documents", "project_environment")
    desk.picture("old-python-page")
