"""What a project or a computer may be like: huge, read-only, without a network, with two scripts in one folder, in a
language that nobody translated, with pages of a service that is gone. One sentence, the next step, nothing lost."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from first_click import wait_for_person
from workbench import fill, until, until_contains

if TYPE_CHECKING:
    from desks import Desk

ADDER = 'import json\n\n\ndef init():\n    print("up")\n\n\ndef run(data):\n    return sum(json.loads(data)["data"])\n'
READER = """\
import os
from pathlib import Path


def init():
    global number
    number = int(Path(os.environ["AZUREML_MODEL_DIR"], "{name}.bin").read_text())


def run(data):
    return number
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score.py").write_text(ADDER, encoding="utf-8")
    return folder


def deploy(desk: Desk, script: str, name: str) -> None:
    window = desk.window
    window.editor.open(script)
    window.editor.press_lens("Deploy")
    window.quick.go_on()
    window.wait_deployed(name)
    window.notices.clear()


@pytest.mark.long("an editor of its own; that each text has a translation or stays English is a rule of the gate")
def test_a_language_that_nobody_translated(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project, language="fr")
    desk.window.side.show("Scoredock")
    until_contains(lambda: desk.window.side.welcome("Models"), "register a model")
    deploy(desk, "score.py", "adder")


@pytest.mark.long("a second window; what a page says of what is gone is asked at the gate")
def test_a_request_comes_back_without_its_service(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    deploy(desk, "score.py", "adder")
    fill(window.webview("Body").locator("#body"), '{"data": [20, 22]}')
    state = window.webview("Body").locator("#serviceState")
    desk.scoredock("service", "delete", "adder")
    until(lambda: state.inner_text() == "Deleted", "that it is gone")
    window.reload()
    panel = window.webview("Body")
    until(lambda: panel.locator("#body").input_value() == '{"data": [20, 22]}', "what was typed")
    panel.locator("#send").click()
    until_contains(lambda: panel.locator("body").inner_text(), "has no service adder. Look in the Services view")
    # Deployed again, it is answered.
    deploy(desk, "score.py", "adder")
    panel = window.webview("Body")
    panel.locator("#send").click()
    until(lambda: panel.locator("#answer").inner_text() == "42", "the response")


@pytest.mark.long("writes a hundred thousand files")
def test_a_folder_of_a_hundred_thousand_files(open_desk: Callable[..., Desk], project: Path) -> None:
    for part in range(100):
        below = project / "data" / f"{part:03}"
        below.mkdir(parents=True)
        for number in range(1000):
            (below / f"{number:04}.txt").write_bytes(b"x")
    desk = open_desk(project)
    deploy(desk, "score.py", "adder")

    # With all of them beside the script: told, with the way to do less.
    (project / "whole.py").write_text(ADDER, encoding="utf-8")
    packages = {"name": "few", "python": {"condaDependencies": {"dependencies": ["pip"]}}}
    whole = {"entryScript": "whole.py", "sourceDirectory": ".", "environment": packages}
    (project / "inferenceconfig.json").write_text(json.dumps(whole), encoding="utf-8")
    desk.window.editor.open("whole.py")
    desk.window.quick.ask("Scoredock: Deploy", "Press Enter to continue", timeout=60)
    desk.window.quick.accept()
    seen = wait_for_person(desk.window)
    assert seen.kind == "message"
    assert "holds more than 20,000 files. Choose a smaller source directory" in seen.text


@pytest.fixture
def make_unwritable(require: Callable[..., None]) -> Iterator[Callable[[Path], None]]:
    """Makes a folder one that even root cannot write to."""
    made: list[Path] = []

    def close(folder: Path) -> None:
        done = subprocess.run(["chattr", "-R", "+i", str(folder)], check=False, capture_output=True, text=True)
        require(done.returncode == 0, f"files that root cannot change: {done.stderr}", "tools")
        made.append(folder)

    yield close
    for folder in made:
        subprocess.run(["chattr", "-R", "-i", str(folder)], check=True)


@pytest.mark.long("deploys with scikit-learn from a folder that takes no files")
def test_a_folder_that_cannot_be_written(
    open_desk: Callable[..., Desk], textbook: Path, make_unwritable: Callable[[Path], None]
) -> None:
    mistaken = ADDER.replace("import json\n\n\n", "")
    (textbook / "mistaken.py").write_text(mistaken, encoding="utf-8")
    desk = open_desk(textbook)
    make_unwritable(textbook)
    window = desk.window
    deploy(desk, "score.py", "diabetes")

    # A repair cannot be saved: it is in the editor, and the file is as it was.
    window.editor.open("mistaken.py")
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue", timeout=60)
    window.quick.accept()
    window.quick.wait("must be fixed before this can be deployed", timeout=60)
    window.quick.pick("Fix and Deploy")
    window.notices.wait("Failed to save 'mistaken.py'", timeout=60)
    window.quick.wait("must be fixed before this can be deployed")
    window.quick.cancel()
    until_contains(window.editor.text, "import json")
    assert (textbook / "mistaken.py").read_text() == mistaken


@pytest.mark.long("an editor without a way to the package index, and a deployment that waits for it")
def test_without_a_network(open_desk: Callable[..., Desk], textbook: Path, tmp_path: Path) -> None:
    nowhere = dict.fromkeys(
        ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9"
    )
    own = dict.fromkeys(("NO_PROXY", "no_proxy", "PIP_FIND_LINKS", "PIP_CONFIG_FILE"), "")
    desk = open_desk(textbook, env={"UV_CACHE_DIR": str(tmp_path / "cold"), **nowhere, **own})
    window = desk.window
    window.editor.open("score.py")
    window.editor.press_lens("Deploy")
    window.quick.go_on()
    said = window.notices.wait("The package index cannot be reached", timeout=120)
    assert "Connect to the network" in said
    assert "The model diabetes:1 stays registered." in said
    window.notices.press("The package index cannot be reached", "Try Again")
    window.notices.wait("The package index cannot be reached", timeout=120)
    assert [each["id"] for each in desk.scoredock("model", "list")["models"]] == ["diabetes:1"]


@pytest.mark.long("deploys twice; that choices are kept for each script is asked over the pipe at the gate")
def test_two_scripts_of_one_folder(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder = tmp_path / "pair"
    folder.mkdir()
    for name in ("red", "blue"):
        (folder / f"score_{name}.py").write_text(READER.format(name=name), encoding="utf-8")
        (folder / f"{name}.bin").write_text("1", encoding="utf-8")
    desk = open_desk(folder)
    window = desk.window
    deploy(desk, "score_red.py", "pair")
    deploy(desk, "score_blue.py", "pair-2")
    for name, service in (("red", "pair"), ("blue", "pair-2"), ("red", "pair")):
        window.editor.open(f"score_{name}.py")
        window.quick.ask("Scoredock: Deploy", "Press Enter to continue", timeout=60)
        expected = f"{service} (new revision) · {name}:1 · score_{name}.py"
        until(lambda expected=expected: any(expected in row for row in window.quick.texts()), expected)
        window.quick.cancel()
    models = {each["name"]: each["models"] for each in desk.scoredock("service", "list")["services"]}
    assert models == {"pair": ["red:1"], "pair-2": ["blue:1"]}
