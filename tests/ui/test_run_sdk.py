"""Run with Scoredock: scripts and notebooks of the SDK v1 in a terminal of the editor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until, until_contains

if TYPE_CHECKING:
    from desks import Desk
    from workbench import Window

SCORE = 'import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)["data"])\n'
REGISTER = (
    "from azureml.core import Workspace\nfrom azureml.core.model import Model\n\n"
    'ws = Workspace.from_config()\nmodel = Model.register(ws, model_path="model.bin", model_name="five")\n'
)
DEPLOY = (
    "from azureml.core import Environment, Workspace\n"
    "from azureml.core.model import InferenceConfig, Model\n"
    "from azureml.core.webservice import AciWebservice\n\n"
    "ws = Workspace.from_config()\n"
    'model = Model.register(ws, model_path="model.bin", model_name="five")\n\n'
    'config = InferenceConfig("score.py", environment=Environment("light"))\n'
    "aci = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1)\n"
    'service = Model.deploy(ws, "adder", [model], config, aci)\n'
    "service.wait_for_deployment(show_output=True)\nprint(service.state, service.scoring_uri)\n"
)
IDENTITY = {"subscription_id": "11111111", "resource_group": "team", "workspace_name": "contoso"}
RUN, NOTEBOOK, TO_HERE = "Run with Scoredock", "Run Notebook with Scoredock", "Run to Here with Scoredock"
READABLE = {"terminal.integrated.gpuAcceleration": "off"}
"""The terminal is drawn as text that a test can read."""
RESTRICTED = {
    "security.workspace.trust.enabled": True,
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "security.workspace.trust.emptyWindow": False,
}


def notebook(*cells: str) -> str:
    shown = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell.splitlines(True)}
        for cell in cells
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return json.dumps({"cells": shown, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}, indent=1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return filled(tmp_path / "shelf")


@pytest.fixture(scope="module")
def shared(open_shared_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """For the tests whose scripts do not get into each other's way."""
    return open_shared_desk(filled(tmp_path_factory.mktemp("team") / "shelf"), settings=READABLE)


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    return tidy(shared)


def filled(folder: Path) -> Path:
    """A project with the script that deploys."""
    (folder / ".azureml").mkdir(parents=True)
    (folder / ".azureml" / "config.json").write_text(json.dumps(IDENTITY))
    (folder / "score.py").write_text(SCORE)
    (folder / "model.bin").write_bytes(b"12345")
    (folder / "deploy.py").write_text(DEPLOY)
    return folder


def terminal(window: Window) -> str:
    """What the terminal in front shows."""
    shown = window.page.locator(".terminal-wrapper.active .xterm-rows, .xterm-rows")
    return "\n".join(shown.all_inner_texts()).replace("\N{NO-BREAK SPACE}", " ")


def cell_lenses(window: Window) -> list[str]:
    lenses = window.page.locator(".notebookOverlay .codelens-decoration a")
    return [text.strip() for text in lenses.all_inner_texts()]


def test_a_script_runs_in_a_terminal_and_the_views_show_what_it_made(desk: Desk) -> None:
    window = desk.window
    window.side.show("Scoredock")
    window.editor.open("deploy.py")
    until_contains(window.editor.lenses, RUN)
    window.editor.press_lens(RUN)
    window.side.wait_row("Services", "adder", "Healthy", timeout=120)
    window.side.wait_row("Models", "five", timeout=30)
    until_contains(lambda: terminal(window), "Healthy http://127.0.0.1:")
    assert "which stands for ACI" in terminal(window)
    desk.picture("run-sdk")


@pytest.mark.long("the ways to the command beside the line above the import")
def test_it_is_in_the_title_the_palette_and_the_menu_and_shows_how_a_script_ended(
    open_desk: Callable[..., Desk], project: Path
) -> None:
    (project / "deploy.py").write_text("import azureml.core\nopen('ran.txt', 'a').write('x')\nraise SystemExit(3)\n")
    desk = open_desk(project, settings=READABLE)
    window = desk.window
    ran = project / "ran.txt"
    window.editor.open("deploy.py")
    until_contains(window.editor.lenses, RUN)
    window.page.locator(f'.editor-actions .action-label[aria-label^="{RUN}"]').first.click()
    until(lambda: ran.exists() and ran.read_text() == "x", "the script has run", timeout=60)
    until_contains(lambda: terminal(window), "exit code: 3")
    window.editor.open("deploy.py")
    window.quick.run_command(f"Scoredock: {RUN}")
    until(lambda: ran.read_text() == "xx", "it has run by the keyboard", timeout=60)
    window.side.choose_for_file("deploy.py", RUN)
    until(lambda: ran.read_text() == "xxx", "it has run from the Explorer", timeout=60)
    window.editor.open("score.py")
    until(lambda: RUN not in window.editor.lenses(), "an entry script is not run")
    assert window.page.locator(f'.editor-actions .action-label[aria-label^="{RUN}"]').count() == 0


@pytest.mark.long("tests/lsp/test_run_sdk.py has what is told and the way out")
def test_a_python_that_lacks_a_module_is_told_and_the_way_out_works(
    open_desk: Callable[..., Desk], project: Path
) -> None:
    (project / "deploy.py").write_text("import azureml.core\nimport nowhere_at_all\nopen('ran.txt', 'w').write('x')\n")
    desk = open_desk(project, settings=READABLE)
    window = desk.window
    window.editor.open("deploy.py")
    window.editor.press_lens(RUN)
    told = window.notices.wait("does not have nowhere_at_all, which deploy.py imports", timeout=60)
    assert "Install with" in told or "Choose a Python" in told
    desk.picture("run-sdk-missing")
    window.notices.press("nowhere_at_all", "Run Anyway")
    until_contains(lambda: terminal(window), "ModuleNotFoundError")
    assert not (project / "ran.txt").exists()


def test_a_failure_is_at_its_line_and_the_missing_configuration_is_offered(desk: Desk) -> None:
    project = desk.folder
    for config in project.rglob("config.json"):
        config.unlink()
    (project / "lookup.py").write_text(
        "from azureml.core import Workspace\nfrom azureml.core.model import Model\n\n"
        'ws = Workspace.from_config()\nmodel = Model(ws, name="nobody-has")\nws.sync_keys()\n'
    )
    window = desk.window
    window.editor.open("lookup.py")
    until_contains(window.editor.lenses, RUN)
    assert "Write config.json for the workspace of this folder" in window.editor.quick_fixes("Workspace.from_config")
    window.page.keyboard.press("Escape")
    window.editor.press_lens(RUN)
    told = window.notices.wait("There is no config.json in", timeout=90)
    assert "the workspace local is used" in told
    failed = window.panel.wait_problem("model-not-found")
    assert "ModelNotFound: Model with name nobody-has not found" in failed.message
    assert "Ln 5" in failed.place
    assert "Ln 6" in window.panel.wait_problem("SD825").place, "what the next run would meet, before it"
    desk.picture("run-sdk-failed")
    window.notices.press("There is no config.json in", "Write config.json")
    written = project / ".azureml" / "config.json"
    until(lambda: written.is_file() and written.stat().st_size, "the file is written")
    assert json.loads(written.read_text())["workspace_name"] == "local"
    window.notices.wait("which names the workspace local")
    desk.picture("run-sdk-config")


def test_a_notebook_runs_whole_or_up_to_a_cell(desk: Desk) -> None:
    project = desk.folder
    last = "print('the last cell')\nopen('ended.txt', 'w').write('x')\n"
    (project / "deploy.ipynb").write_text(
        notebook(REGISTER.replace("five", "six"), "print(model.name, model.version)\n", last)
    )
    window = desk.window
    window.side.show("Scoredock")
    window.quick.search_and_pick("Control+p", str(project / "deploy.ipynb"), "deploy.ipynb")
    until(lambda: {NOTEBOOK, TO_HERE} <= set(cell_lenses(window)), "the lines above the import", timeout=60)
    desk.picture("run-notebook")
    window.page.locator(".notebookOverlay .codelens-decoration a", has_text=TO_HERE).first.click()
    window.side.wait_row("Models", "six", timeout=90)
    assert not (project / "ended.txt").exists()
    window.page.locator(".notebookOverlay .codelens-decoration a", has_text=NOTEBOOK).first.click()
    until((project / "ended.txt").exists, "the whole notebook has run", timeout=90)
    until_contains(lambda: terminal(window), "six 2")


@pytest.mark.long("tests/lsp/test_run_sdk.py has the lines, tests/rules the conditions of the menus")
def test_nothing_is_offered_in_a_folder_that_is_not_trusted(open_desk: Callable[..., Desk], project: Path) -> None:
    (project / "other.py").write_text(SCORE)
    desk = open_desk(project, settings=RESTRICTED)
    window = desk.window
    window.status.wait("Restricted Mode", timeout=60)
    # The lines above init() are there, so those of the script would be as well.
    window.editor.open("other.py")
    until_contains(window.editor.lenses, "Try It")
    window.editor.open("deploy.py")
    assert RUN not in window.editor.lenses()
    assert window.page.locator(f'.editor-actions .action-label[aria-label^="{RUN}"]').count() == 0


@pytest.mark.long("tests/lsp and tests/sdk choose; this is the page")
def test_what_stands_for_aci_and_aks_is_chosen_on_the_page_of_the_workspace(
    open_desk: Callable[..., Desk], project: Path
) -> None:
    desk = open_desk(project)
    window = desk.window
    window.side.show("Scoredock")
    window.side.choose("Workspaces", "local", "Show Details")
    assert "process on this machine" in window.page_about("ACI and AKS")
    desk.picture("workspace-engine")
    window.side.choose("Workspaces", "local", "Choose Engine for ACI and AKS…")
    window.quick.wait("Engine for ACI and AKS in local")
    window.quick.pick("Process on This Machine")
    until(lambda: desk.scoredock("workspace", "show")["engine"] == "process", "the choice")
