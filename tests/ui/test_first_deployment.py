"""From a model file and a script to a right answer, with nothing registered: few clicks, few keys, no dead end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import take_picture
from workbench import Window, fill, until, until_contains

if TYPE_CHECKING:
    from desks import Desk

COUNTING = """
() => {
    window.gestures = 0;
    const keys = event => {
        if (event.key.length > 1 && !["Shift", "Control", "Alt", "Meta"].includes(event.key)) window.gestures += 1;
    };
    window.addEventListener("keydown", keys, true);
    window.addEventListener("mousedown", () => { window.gestures += 1; }, true);
}
"""
"""Clicks, and keys but those that only type."""
ADDER = """
import json
import os
from pathlib import Path


def init():
    global scale
    scale = int(Path(os.environ["AZUREML_MODEL_DIR"], "scale.bin").read_text())


def run(data):
    return sum(json.loads(data)["data"]) * scale
"""


def adder(folder: Path, scale: int = 2) -> Path:
    """A script that needs no packages, and its model file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"score_{folder.name}.py").write_text(ADDER, encoding="utf-8")
    (folder / "scale.bin").write_text(str(scale), encoding="utf-8")
    return folder


def picture(desk: Desk, name: str) -> None:
    """As `Desk.picture`, in one theme only: changing it would close the question."""
    if os.environ.get("SCOREDOCK_SHOTS"):
        take_picture(desk.window, name)


def says(window: Window, text: str) -> None:
    """Waits until a line of the summary says it."""
    until(lambda: any(text in row for row in window.quick.texts()), f"the summary to say {text!r}; it says nothing so")


def test_three_clicks_from_a_model_file_to_a_right_answer(open_desk: Callable[..., Desk], textbook: Path) -> None:
    desk = open_desk(textbook)
    window = desk.window
    window.editor.open("score.py")
    until_contains(window.editor.lenses, "Deploy")
    window.page.evaluate(COUNTING)
    window.editor.press_lens("Deploy")
    window.quick.wait("Deploy score.py", timeout=60)
    says(window, "diabetes · model.pkl → new model diabetes:1 · score.py · conda.yml · process")
    picture(desk, "deploy")
    window.quick.pick("Deploy")
    # The panel opens by itself, with the sample of the schema in it.
    panel = window.webview("Send")
    until(lambda: "data" in panel.locator("#body").input_value(), "a sample body", timeout=150)
    assert window.page.evaluate("window.gestures") <= 2
    panel.locator("#send").click()
    until(lambda: "200" in panel.locator("#summary").inner_text(), "a right answer")
    assert desk.scoredock("service", "show", "diabetes")["models"] == ["diabetes:1"]


@pytest.fixture(scope="module")
def shared(open_shared_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One window on several small projects, each with a script that needs no packages."""
    folder = tmp_path_factory.mktemp("projects")
    for name in ("keys", "typed", "tried", "fixed", "swapped"):
        adder(folder / name)
    (folder / "none").mkdir()
    absent = ADDER.replace("scale.bin", "absent.bin")
    (folder / "none" / "score_none.py").write_text(absent, encoding="utf-8")
    several = adder(folder / "several") / "score_several.py"
    several.write_text(ADDER.replace('"scale.bin")', 'os.environ.get("FILE", "b.pkl"))'), encoding="utf-8")
    for name in ("a.pkl", "b.pkl"):
        (folder / "several" / name).write_text("2", encoding="utf-8")
    desk = open_shared_desk(folder)
    desk.window.editor.open("keys/score_keys.py")
    until_contains(desk.window.editor.lenses, "Deploy")
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    return tidy(shared)


def services(desk: Desk) -> dict[str, list[str]]:
    return {each["name"]: each["models"] for each in desk.scoredock("service", "list")["services"]}


def test_a_request_before_there_is_a_service_leads_to_deploy(desk: Desk) -> None:
    window = desk.window
    window.quick.run_command("Scoredock: Send Request")
    window.notices.press("There is no service yet.", "Deploy")
    window.quick.wait("Press Enter to continue", timeout=60)
    says(window, "keys · scale.bin → new model scale:1 · score_keys.py")
    window.quick.cancel()


@pytest.mark.long("three clicks deploy at the gate")
def test_eight_keys_are_enough(desk: Desk) -> None:
    window = desk.window
    window.editor.open("keys/score_keys.py")
    window.panel.close()
    window.page.evaluate(COUNTING)
    window.press("F1")
    window.quick.wait()
    window.page.keyboard.type("Scoredock: Deploy")
    until(lambda: window.quick.labels()[:1] == ["Scoredock: Deploy"], "the command")
    window.press("Enter")
    window.quick.wait("Press Enter to continue", timeout=60)
    says(window, "scale.bin → new model scale:1")
    window.press("Enter")
    panel = window.webview("Send")
    body = panel.locator("#body")
    until(lambda: body.evaluate("body => document.activeElement === body"), "the body to have the keyboard", timeout=60)
    fill(body, '{"data": [1, 2]}')
    body.press("Control+Enter")
    until(lambda: "200" in panel.locator("#summary").inner_text(), "a right answer")
    assert panel.locator("#answer").inner_text() == "6"
    assert window.page.evaluate("window.gestures") <= 7, "and one more sends, in a page of its own"
    assert not window.page.locator(".part.panel").is_visible(), "no log beside it"
    assert not any("is Healthy" in text for text in window.notices.texts()), "and no message"
    assert services(desk)["keys"] == ["scale:1"]


def test_what_is_typed_while_it_deploys_goes_into_the_file(desk: Desk) -> None:
    """A page that opens by itself at the end would take the keyboard in the middle of a word."""
    window = desk.window
    script = desk.folder / "typed" / "score_typed.py"
    go = desk.folder / "typed" / "go"
    waits = f"    global scale\n    while not os.path.exists({str(go)!r}):\n        time.sleep(0.05)\n"
    script.write_text("import time\n" + ADDER.replace("    global scale\n", waits), encoding="utf-8")
    window.editor.open("typed/score_typed.py")
    window.editor.press_lens("Deploy")
    window.quick.wait("Press Enter to continue", timeout=60)
    window.quick.go_on()
    window.notices.wait("Deploying typed", timeout=60)
    tabs = window.editor.tabs()
    window.press("Control+End")
    window.page.keyboard.type("# first half")
    go.touch()
    window.notices.wait("typed is Healthy at", timeout=60)
    window.page.keyboard.type(" and the second")
    until(lambda: "# first half and the second" in window.editor.text(), "all that was typed to be in the file")
    assert window.editor.tabs() == tabs, "no page came in front"
    window.editor.save()
    window.notices.press("typed is Healthy at", "Send Request")
    panel = window.webview("Send")
    assert panel.locator("#body").is_visible()


def test_try_it_first_works_with_the_file_where_it_lies_and_leads_on(desk: Desk) -> None:
    window = desk.window
    before = [each["version"] for each in desk.scoredock("model", "list")["models"] if each["name"] == "scale"]
    (desk.folder / "tried" / "scale.bin").write_text("3", encoding="utf-8")
    (desk.folder / "tried" / "sample-request.json").write_text('{"data": [1, 2]}', encoding="utf-8")
    window.editor.open("tried/score_tried.py")
    window.editor.press_lens("Try It")
    window.notices.wait("with scale.bin, not registered. It answered the request.", timeout=60)
    window.notices.press("with scale.bin, not registered.", "Register scale.bin and Deploy…")
    window.quick.go_on()
    window.wait_deployed("tried", timeout=60)
    assert services(desk)["tried"] == [f"scale:{max(before, default=0) + 1}"]


@pytest.mark.long("three clicks deploy at the gate")
def test_the_quick_fix_of_the_finding_registers_and_deploys(desk: Desk) -> None:
    window = desk.window
    script = desk.folder / "fixed" / "score_fixed.py"
    script.write_text(ADDER.replace("scale.bin", "factor.bin"), encoding="utf-8")
    script.with_name("scale.bin").rename(script.with_name("factor.bin"))
    window.editor.open("fixed/score_fixed.py")
    window.panel.wait_problem("SD501", timeout=60)
    window.editor.apply_fix("factor.bin", "Register factor.bin and Deploy…")
    says(window, "fixed · factor.bin → new model factor:1 · score_fixed.py")
    window.quick.go_on()
    window.wait_deployed("fixed", timeout=60)
    assert services(desk)["fixed"] == ["factor:1"]


def test_what_is_not_certain_is_asked_and_nothing_else(desk: Desk) -> None:
    window = desk.window
    window.editor.open("several/score_several.py")
    window.editor.press_lens("Deploy")
    window.quick.wait("Press Enter to continue", timeout=60)
    says(window, "to be chosen")
    picture(desk, "deploy-open")
    window.quick.go_on()
    window.quick.wait("Model of the service")
    window.quick.pick("b.pkl")
    window.wait_deployed("several", timeout=60)
    assert services(desk)["several"] == ["b:1"]

    window.editor.open("none/score_none.py")
    window.editor.press_lens("Deploy")
    window.quick.go_on()
    window.quick.wait("Model of the service")
    window.press("Escape")
    window.quick.wait("Press Enter to continue")
    window.quick.cancel()
    assert "none" not in services(desk)


def test_an_update_is_shown_before_it_happens(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "swapped" / "scale.bin").write_text("4", encoding="utf-8")
    window.editor.open("swapped/score_swapped.py")
    window.editor.press_lens("Deploy")
    window.quick.go_on()
    window.wait_deployed("swapped", timeout=60)
    (before,) = services(desk)["swapped"]
    window.notices.clear()
    (desk.folder / "swapped" / "scale.bin").write_text("9", encoding="utf-8")
    window.editor.open("swapped/score_swapped.py")
    # The lens offers Redeploy by now, which repeats what was deployed.
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue", timeout=60)
    says(window, f"swapped (new revision) · {before} · score_swapped.py")
    says(window, "scale.bin has changed since it was registered")
    window.quick.change("Model")
    window.quick.wait("Model of the service")
    window.quick.pick("scale.bin")
    window.quick.wait("Press Enter to continue")
    after = f"scale:{int(before.partition(':')[2]) + 1}"
    says(window, f"{before} → {after} (new, from scale.bin)")
    picture(desk, "deploy-update")
    assert services(desk)["swapped"] == [before], "nothing happens before Enter"
    others = {name: models for name, models in services(desk).items() if name != "swapped"}
    window.quick.go_on()
    until(lambda: services(desk)["swapped"] == [after], "the update", timeout=60)
    window.notices.wait("swapped is Healthy at", timeout=60)
    assert services(desk) == {**others, "swapped": [after]}, "services of other scripts keep their models"
