"""Tasks: what a folder offers under Run Task, and what tasks.json and launch.json can say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from debugging.dap import debugger_python
from workbench import until, until_contains
from workbench.debugger import debugger_vsix

if TYPE_CHECKING:
    from desks import Desk
    from workbench import Window

SCORE = 'import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)["data"])\n'
ADD = "Add to tasks.json or launch.json…"
READABLE = {"terminal.integrated.gpuAcceleration": "off"}
"""The terminal is drawn as text that a test can read."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "sums"
    folder.mkdir()
    (folder / "score.py").write_text(SCORE)
    return folder


def terminal(window: Window) -> str:
    shown = window.page.locator(".terminal-wrapper.active .xterm-rows, .xterm-rows")
    return "\n".join(shown.all_inner_texts()).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.long("tests/lsp has what a folder offers and what is written into the file")
def test_a_folder_offers_its_deployment_and_the_task_goes_into_the_project(
    open_desk: Callable[..., Desk], project: Path
) -> None:
    desk = open_desk(project, settings=READABLE)
    window = desk.window
    window.side.show("Scoredock")
    window.editor.open("score.py")
    until(window.editor.lenses, "the server has answered")
    window.quick.run_command("Tasks: Run Build Task")
    window.quick.choose("Scoredock: deploy sums")
    window.side.wait_row("Services", "sums", "Healthy", timeout=120)
    desk.picture("task")
    window.side.choose("Services", "sums", ADD)
    window.quick.choose("Task in tasks.json")
    written = project / ".vscode" / "tasks.json"
    until(lambda: written.exists() and "sums" in written.read_text(), "the task is in the project")
    until(lambda: "tasks.json" in window.editor.tabs(), "and is shown")
    desk.picture("tasks-json")
    (task,) = json.loads(written.read_text())["tasks"]
    assert task == {
        "label": "deploy sums",
        "type": "scoredock",
        "task": "deploy",
        "service": "sums",
        "entryScript": "score.py",
    }
    window.quick.do("Service", "sums", ADD)
    window.quick.choose("Debug configuration in launch.json")
    launch = project / ".vscode" / "launch.json"
    until(lambda: launch.exists() and "sums" in launch.read_text(), "the configuration is in the project")
    (configuration,) = json.loads(launch.read_text())["configurations"]
    assert configuration == {
        "name": "Debug the service sums",
        "type": "scoredock",
        "request": "launch",
        "service": "sums",
    }


@pytest.mark.long("the command lines of tasks run at the gate; these are three further ways in the editor")
def test_tasks_of_the_file_run_fail_at_their_line_and_before_a_debugger(
    open_desk: Callable[..., Desk], project: Path, tmp_path: Path
) -> None:
    def debugger(home: Path) -> Path:
        return debugger_vsix(tmp_path / "debugger.vsix", debugger_python(home))

    good = {"label": "up", "type": "scoredock", "task": "deploy", "service": "sums", "entryScript": "score.py"}
    broken = {**good, "label": "broken", "service": "failing", "entryScript": "${workspaceFolder}/failing.py"}
    wrong = {"label": "wrong", "type": "scoredock", "task": "deploy", "entryScript": "score.py"}
    (project / ".vscode").mkdir()
    (project / ".vscode" / "tasks.json").write_text(json.dumps({"version": "2.0.0", "tasks": [good, broken, wrong]}))
    before = {"type": "debugpy", "request": "attach", "name": "client", "preLaunchTask": "up", "connect": {"port": 9}}
    (project / ".vscode" / "launch.json").write_text(json.dumps({"version": "0.2.0", "configurations": [before]}))
    (project / "failing.py").write_text(SCORE.replace("    pass", "    raise RuntimeError('no such luck')"))
    (project / "notes.py").write_text("print(1)\n")
    desk = open_desk(project, settings=READABLE, extension=debugger)
    window = desk.window
    window.side.show("Scoredock")
    window.editor.open("score.py")
    until(window.editor.lenses, "the server has answered", timeout=60)

    def run(label: str) -> None:
        window.quick.run_command("Tasks: Run Task")
        window.quick.choose(label)

    run("wrong")
    until_contains(lambda: terminal(window), "names no service")
    run("broken")
    until_contains(lambda: terminal(window), "[init-failed]", timeout=120)
    problem = window.panel.wait_problem("init-failed")
    assert "no such luck" in problem.message
    desk.picture("task-failed")
    assert desk.scoredock("service", "list")["services"][0]["name"] == "failing"
    window.editor.open("notes.py")
    window.editor.click("print")
    window.press("F5")
    window.side.wait_row("Services", "sums", "Healthy", timeout=120)
