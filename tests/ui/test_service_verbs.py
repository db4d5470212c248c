"""Several services in one window: the keyboard alone, copy, Swagger, in use, stop all, cancel, again, anyway, a broken
init, compare, profile, package."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from workbench import until, until_contains

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json


def init():
    print("up")


def run(data):
    return sum(json.loads(data)["data"])
"""
SLOW = """\
import time


def init():
    time.sleep(600)


def run(data):
    return data
"""
ENDLESS = """\
import pathlib
import time


def init():
    pass


def run(data):
    pathlib.Path(CALLED).touch()
    while True:
        time.sleep(0.1)
"""
# The name is missing on a way that nobody takes: the check is right to complain, and the person knows better.
COMPLAINT = """\
def init():
    print("up")


def run(data):
    if data == "never":
        return missing_name
    return data
"""
BROKEN_LINE = 'raise RuntimeError("no such weights")'
COUNT_CLICKS = """() => {
  window.clicks = 0;
  window.addEventListener('mousedown', () => { window.clicks += 1; }, true);
}"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project whose script needs no packages."""
    folder = tmp_path_factory.mktemp("person") / "adders"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "weights.bin").write_bytes(b"1234")
    # Revisions are counted here, and a save would make some as well.
    return open_shared_desk(folder, settings={"scoredock.services.reloadOnSave": False})


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    return tidy(shared)


def states(desk: Desk) -> dict[str, str]:
    return {service["name"]: service["state"] for service in desk.scoredock("service", "list")["services"]}


def test_the_keyboard_alone_registers_and_deploys(desk: Desk) -> None:
    window = desk.window
    window.status.wait("local", timeout=60)
    window.page.evaluate(COUNT_CLICKS)
    window.quick.type_command("Scoredock: Register as Model…")
    window.quick.wait("Files or Folder of the Model")
    window.quick.choose_path(str(desk.folder / "weights.bin"), by_key=True)
    window.quick.wait("Name of the model")
    window.quick.accept()
    # That of the project, as Deploy would give it: the file's says nothing.
    window.notices.wait("Registered adders:1")

    window.quick.type_command("Scoredock: Deploy")
    window.quick.wait("Press Enter to continue")
    # The script loads no model, so that none is proposed.
    window.page.keyboard.type("Model")
    window.quick.accept()
    window.quick.wait("Model of the service")
    window.page.keyboard.type("adders:1")
    window.quick.accept()
    window.quick.wait("Press Enter to continue")
    window.page.keyboard.type("Name of the Service")
    window.quick.accept()
    window.quick.wait("Name of the service")
    window.page.keyboard.type("north")
    window.quick.accept()
    window.quick.go_on()
    window.wait_deployed("north", timeout=60)
    window.quick.type_command("Scoredock: Focus on Services View")
    window.side.wait_row("Services", "north", "Healthy")
    assert window.page.evaluate("window.clicks") == 0
    assert desk.scoredock("service", "show", "north")["models"] == ["adders:1"]


def test_two_services_copy_swagger_in_use_and_stop_all(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("service", "deploy", "south", "--entry-script", str(desk.folder / "score.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Services", "south", "Healthy")
    window.side.wait_row("Services", "north", "Healthy")

    uri = desk.scoredock("service", "show", "south")["scoringUri"]
    # The keyboard may be in a page, whose frame is a document of its own.
    window.page.evaluate("() => { window.focus(); return navigator.clipboard.writeText(''); }")
    window.side.choose("Services", "south", "Copy Scoring URI")
    until(lambda: window.page.evaluate("navigator.clipboard.readText()") == uri, "the scoring URI on the clipboard")

    window.side.choose("Services", "south", "Open Swagger")
    page = window.webview("API of south")
    assert "POST /score" in page.locator("body").inner_text()
    # The editor in a browser opens the document in a new tab, through its own way to the port.
    with window.page.context.expect_page() as opened:
        page.get_by_role("button", name="Open in Browser").click()
    opened.value.wait_for_load_state()
    assert '"title": "south"' in opened.value.inner_text("body")
    opened.value.close()

    window.side.expand("Models", "adders")
    window.side.choose("Models", "v1", "Delete")
    window.notices.wait("The model adders:1 is used by the service north.")
    window.notices.press("adders:1", "Show north")
    window.page.locator(".tab.active", has_text="north").wait_for()
    window.side.wait_row("Models", "v1", "in use")

    window.quick.run_command("Scoredock: Stop All Services")
    window.notices.wait("Stopped north, south.")
    for name in ("north", "south"):
        window.side.wait_row("Services", name, "Stopped")
    assert "Open Swagger" not in window.side.menu.labels(window.side.row("Services", "south"))
    assert desk.service_processes() == []

    window.side.press_inline("Services", "south", "Start")
    window.side.wait_row("Services", "south", "Healthy", timeout=60)
    window.side.press_inline("Services", "south", "Stop")
    window.side.wait_row("Services", "south", "Stopped")
    until(lambda: desk.service_processes() == [], "its processes to end")
    window.side.choose("Services", "north", "Delete Service")
    window.notices.dialog("Delete")
    window.side.wait_gone("Services", "north")
    assert states(desk) == {"south": "Stopped"}


@pytest.mark.chance
def test_a_cancelled_deploy_leaves_nothing(desk: Desk) -> None:
    window = desk.window
    before = states(desk)
    (desk.folder / "slow.py").write_text(SLOW)
    window.editor.open("slow.py")
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue")
    # Another script than the last time: neither its name nor its service is taken.
    window.quick.go_on()
    window.side.show("Scoredock")
    row = until(
        lambda: next((row for row in window.side.rows("Services") if "starting" in row.description), None),
        "the service to start",
        timeout=60,
    )
    assert row is not None
    assert row.label not in before
    window.notices.press(f"Deploying {row.label}", "Cancel")
    window.status.wait(f"Cancelled: Deploying {row.label}")
    window.notices.wait(f"The deployment of {row.label} was cancelled.")
    window.notices.clear()
    window.side.wait_gone("Services", row.label)
    assert states(desk) == before
    until(lambda: desk.service_processes() == [], "its processes to end")
    assert window.notices.texts() == []
    (desk.folder / "slow.py").unlink()


def test_again_anyway_and_a_broken_init(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "other.py").write_text(COMPLAINT)
    window.side.show("Scoredock")
    window.editor.open("other.py")
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue")
    window.quick.go_on()
    window.quick.wait("1 error must be fixed")
    until_contains(window.quick.texts, "missing_name")
    window.quick.choose("Deploy Anyway")
    # Asked of the ledger here and below: the editor keeps back messages that come faster than a person causes them.
    name = until(
        lambda: next((name for name, state in states(desk).items() if state == "Healthy"), ""), "it to be well"
    )
    window.side.wait_row("Services", name, "Healthy")
    assert desk.scoredock("service", "show", name)["entryScript"].endswith("other.py")
    window.notices.clear()

    # Whichever row has the focus, the last deployment of the script in front is repeated.
    window.side.row("Services", "south").click()
    (desk.folder / "other.py").write_text(SCRIPT)
    window.editor.open("other.py")
    window.side.press_title("Services", "Redeploy")
    until(lambda: desk.scoredock("service", "show", name)["revision"] == 2, "the second revision")
    assert desk.scoredock("service", "show", name)["entryScript"].endswith("other.py")
    window.notices.clear()

    (desk.folder / "other.py").write_text(SCRIPT.replace('print("up")', BROKEN_LINE))
    window.quick.run_command("Scoredock: Redeploy")
    window.notices.press("no such weights", "Go to Line")
    # In each of the groups that the request panel has made of the editor.
    window.page.locator(".tab.active", has_text="other.py").first.wait_for()
    until(lambda: window.editor.squiggles("error"), "the line to be underlined")
    line = 1 + SCRIPT.splitlines().index('    print("up")')
    window.status.wait(f"Ln {line}")


def test_compare_profile_and_package(desk: Desk) -> None:
    window, project = desk.window, desk.folder
    (project / "rows.txt").write_text('{"data": [1, 2]}\n{"data": [3]}\n')
    for area in ("one", "two"):
        desk.scoredock("model", "register", str(project / "weights.bin"), "-n", "areas", "--tag", f"area={area}")
    desk.scoredock("model", "register", str(project / "weights.bin"), "-n", "acres")
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(project / "score.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)

    window.side.press_title("Models", "Collapse All")
    window.side.expand("Models", "areas")
    window.side.choose("Models", "v2", "Compare…")
    window.quick.wait("Compare areas:2 with")
    # Those of the same model come first.
    until(lambda: "acres:1" in window.quick.labels(), "versions of other models")
    assert window.quick.labels()[0] == "areas:1"
    window.quick.accept()
    assert re.search(r"area\s+one\s+two", window.page_about("areas:1", "areas:2", "area"))

    window.side.choose("Services", "adder", "Profile…")
    window.quick.wait("Profile adder")
    window.quick.pick("Rows of a File…")
    window.quick.wait("File with Request Bodies")
    window.quick.choose_path(str(project / "rows.txt"))
    page = window.page_about("Profile of adder", "200 of 200 requests successful", timeout=60)
    assert "200 (100%)" in page
    assert "Recommended" in page

    window.side.choose("Services", "adder", "Package…")
    window.quick.wait("Package adder")
    window.quick.pick("Folder")
    window.quick.wait("Name of the image")
    window.quick.accept()
    window.quick.wait("Label of the image")
    window.quick.answer("1")
    window.quick.wait("Folder for the Package of adder")
    window.quick.choose_path(str(project))
    window.notices.wait("Wrote the build context of package:1", timeout=60)
    image = project / "adder-image"
    assert (image / "Dockerfile").read_text().startswith("# The service adder, revision 1")
    assert json.loads((image / "service" / "spec.json").read_text())["entry_script"] == "score.py"
    window.notices.clear()

    # Without a deployment it is the files that are packaged, and what is typed belongs to them.
    window.editor.open("score.py")
    window.editor.replace_word("sum", "max")
    window.quick.do("Service", "", "Package without Deploying…")
    window.quick.wait("Models to include")
    window.quick.press_ok()
    window.quick.wait("Package as")
    window.quick.pick("Folder")
    window.quick.wait("Name of the image")
    window.quick.accept()
    window.quick.wait("Label of the image")
    window.quick.answer("2")
    window.quick.wait("Folder for the Package of adder")
    packaged = project / "packaged"
    packaged.mkdir()
    window.quick.choose_path(str(packaged))
    window.notices.wait("Wrote the build context of package:2", timeout=60)
    scripts = list(packaged.rglob("score.py"))
    assert ["max(json" in script.read_text() for script in scripts] == [True]


def test_a_stop_that_waits_for_a_request_is_cut_short(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder = tmp_path / "endless"
    folder.mkdir()
    script, called = folder / "score.py", tmp_path / "called"
    script.write_text(f"CALLED = {str(called)!r}\n{ENDLESS}")
    desk = open_desk(folder)  # its service is not among those of the window that the others share
    desk.scoredock("service", "deploy", "endless", "--entry-script", str(script))
    uri = desk.scoredock("service", "show", "endless")["scoringUri"]
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", "endless", "Healthy")
    with ThreadPoolExecutor(1) as caller:
        response = caller.submit(requests.post, uri, json={}, timeout=120)
        until(called.exists, "the call of run()")
        window.side.press_inline("Services", "endless", "Stop")
        window.notices.wait("Waiting up to 30 s for 1 request")
        desk.picture("stop-waits")
        assert not response.done()
        window.side.press_inline("Services", "endless", "Stop Now")
        # run() itself never ends: nothing but the cut ends the call.
        window.side.wait_row("Services", "endless", "Stopped")
        error = response.exception(timeout=60)
    assert isinstance(error, requests.ConnectionError), error
    window.side.wait_row("Services", "endless", "Stopped")
    assert states(desk)["endless"] == "Stopped"
