"""The first minutes: documentation in the editor, the check of this computer, the walkthrough, the example."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from desks import make_small
from workbench import fill, until

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

ROOT = Path(__file__).resolve().parents[2]
STEPS = ROOT / "media" / "walkthrough"
SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    return folder


def own_network(desk: Desk) -> list[str]:
    """What the window asks of any other computer from now on."""
    asked: list[str] = []

    def note(request: Any) -> None:
        # Files of this computer have addresses of the editor's own, which its service worker answers.
        host = urlsplit(request.url).hostname or "127.0.0.1"
        if host not in ("127.0.0.1", "localhost") and not host.endswith(".vscode-resource.vscode-cdn.net"):
            asked.append(request.url)

    desk.window.page.on("request", note)
    return asked


def broken_pictures(frame: Frame) -> list[str]:
    pictures = frame.locator("article img")
    until(lambda: pictures.evaluate_all("all => all.every(one => one.complete)"), "the pictures are loaded")
    found: list[str] = pictures.evaluate_all("all => all.filter(one => one.naturalWidth === 0).map(one => one.src)")
    return found


@pytest.mark.long("tests/extension has the search, the groups and the links of the page")
def test_documentation(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    asked = own_network(desk)
    window.quick.run_command("Scoredock: Open Documentation")
    frame = window.webview("Scoredock user guide")
    assert frame.locator("nav li").count() > 15
    assert broken_pictures(frame) == []
    window.status.wait("local", timeout=60)  # the server is there, and no message lies over the page
    until(lambda: window.notices.texts() == [], "no message")
    desk.picture("documentation")

    # "Start here" comes first; a word leads to the heading below which it stands.
    assert frame.locator("nav .group").first.inner_text() == "Start here"
    assert frame.locator("nav li").first.inner_text() == "Getting started"
    field = frame.locator("#search")
    fill(field, "in a container")
    found = frame.locator("#found a", has_text="Services: In a container")
    found.wait_for()
    assert not frame.locator("nav details").is_visible()
    desk.picture("documentation-search")
    found.click()
    frame.locator("article h1", has_text="Services").wait_for()
    place = frame.locator("#in-a-container")
    until(lambda: place.evaluate("one => document.activeElement === one"), "the heading has the keyboard")
    fill(frame.locator("#search"), "zzzz")
    frame.locator("#found", has_text="Nothing was found.").wait_for()
    frame.locator("button", has_text="Back").click()
    frame.locator("article h1", has_text="Scoredock user guide").wait_for()
    assert frame.locator("nav details").is_visible()

    # A link, one from there to a heading of another page, and back, by mouse and keyboard.
    frame.locator("article a", has_text="Getting started").first.click()
    frame.locator("article h1", has_text="Getting started").wait_for()
    link = frame.locator("article a", has_text="container").first
    link.focus()
    window.press("Enter")
    frame.locator("article h1", has_text="Services").wait_for()
    heading = frame.locator("#in-a-container")
    until(lambda: heading.evaluate("one => document.activeElement === one"), "the heading has the keyboard")
    assert broken_pictures(frame) == []
    assert frame.locator('nav a[aria-current="page"]').inner_text() == "Services"
    frame.locator("button", has_text="Back").click()
    frame.locator("article h1", has_text="Getting started").wait_for()
    assert asked == []

    # Chapters are beside the page where there is room, and folded above it where there is none.
    assert frame.locator("nav li").first.is_visible()
    window.page.set_viewport_size({"width": 830, "height": 900})
    frame.locator("nav li").first.wait_for(state="hidden")
    window.page.set_viewport_size({"width": 1400, "height": 900})
    frame.locator("nav li").first.wait_for()


@pytest.mark.long("an editor of its own; which page belongs to a language is a unit test")
def test_documentation_in_chinese(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project, language="zh-cn")
    window = desk.window
    window.quick.run_command("Scoredock: 打开文档")
    frame = window.webview("Scoredock 用户指南")
    assert frame.locator("nav li a").first.inner_text() == "入门"
    frame.locator("article a", has_text="模型和工作区").first.click()
    frame.locator("article h1", has_text="模型和工作区").wait_for()
    assert broken_pictures(frame) == []
    assert frame.locator('nav a[aria-current="page"]').inner_text() == "模型和工作区"

    # A page in English, from there to a heading of a translated one, and back.
    frame.locator("nav a", has_text="检查").first.click()
    frame.locator("article h1", has_text="Checks").wait_for()
    frame.locator("article a[href*='editor.md']").first.click()
    frame.locator("article h1", has_text="编写脚本和配置").wait_for()
    frame.locator("#repairs-on-saving").wait_for(state="attached")
    frame.locator("button", has_text="后退").click()
    frame.locator("article h1", has_text="Checks").wait_for()


@pytest.mark.long("a reload and the check of this computer, which the command line asks for at the gate")
def test_the_check_of_this_computer(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    window.quick.run_command("Scoredock: Open Documentation")
    frame = window.webview("Scoredock user guide")
    frame.locator("article a", has_text="Getting started").first.click()
    frame.locator("article h1", has_text="Getting started").wait_for()
    # Made again by a reload of the window.
    window.reload()
    window.webview("Getting started").locator("article h1", has_text="Getting started").wait_for()

    desk.home.chmod(0o777)
    window.quick.run_command("Scoredock: Check This Computer")
    frame = window.webview("can be changed by every account")
    # What needs attention comes first; there may be more of it on this machine, such as Docker.
    states = [str(each.get_attribute("class")) for each in frame.locator("section.check").all()]
    assert "attention" in states[0]
    assert "attention" not in states[-1]
    permissions = frame.locator("section.check.attention").filter(has=frame.locator("h2", has_text="Permissions"))
    desk.picture("doctor")
    frame.locator("button", has_text="Copy as Text").click()
    frame.locator("#summary", has_text="Copied").wait_for()
    text = str(window.page.evaluate("navigator.clipboard.readText()"))
    assert "attention  Permissions" in text
    assert "Python" in text

    permissions.locator("button", has_text="Make It Private").focus()
    window.press("Enter")
    frame.locator("section.fine h2", has_text="Permissions").wait_for()
    assert stat.S_IMODE(desk.home.stat().st_mode) & 0o022 == 0


@pytest.mark.long("an editor of its own for a computer without Python; unit tests ask for the row")
def test_the_check_without_a_python(open_desk: Callable[..., Desk], project: Path) -> None:
    settings = {"scoredock.server.interpreter": "/nowhere/python3"}
    desk = open_desk(project, settings=settings, own=True, fresh=True, env={"SCOREDOCK_SERVER_PYTHON": ""})
    window = desk.window
    window.quick.run_command("Scoredock: Check This Computer")
    frame = window.webview("cannot run the server")
    assert "Scoredock server" in frame.locator("section.broken h2").inner_text()
    assert frame.locator("section.broken button", has_text="Choose Python").count() == 1
    desk.picture("doctor-without-python")


@pytest.mark.long("reads a page that the editor itself makes of what tests/packaging asks for")
def test_the_page_of_the_extension_shows_its_pictures(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    asked = own_network(desk)
    window.quick.run_command("Extensions: Show Installed Extensions")
    window.page.locator(".extension-list-item", has_text="Scoredock").first.click()
    frame = window.webview("without an account")
    pictures = frame.locator("img")
    until(lambda: pictures.count() == 3, "three pictures")
    # Editors of today take pictures of https: only from this page, and show what says what is in them.
    kept = "all => all.every(one => one.naturalWidth > 0 || (!one.hasAttribute('src') && one.alt))"
    until(lambda: pictures.evaluate_all(kept), "the pictures or their texts are shown")
    desk.picture("extension-page")
    assert [url for url in asked if "scoredock" in url] == []


def tick(window: Any, step: str) -> str:
    """`done` or `open`."""
    box = window.page.locator(f'.getting-started-step:has([data-done-step-id*="{step}"]) .codicon').first
    return "done" if "codicon-getting-started-step-checked" in str(box.get_attribute("class")) else "open"


def wait_tick(window: Any, step: str) -> None:
    until(lambda: tick(window, step) == "done", f"the step {step} is ticked", timeout=60)


def shoot(desk: Desk, name: str) -> None:
    """The picture of a step, when pictures are made: the window without its edges."""
    if not os.environ.get("SCOREDOCK_SHOTS"):
        return
    STEPS.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        page = desk.window.page
        page.mouse.move(1090, 710)
        clip = {"x": 48, "y": 35, "width": 1050, "height": 660}
        taken = STEPS / f"{name}-{desk.window.theme()}.png"
        page.screenshot(path=str(taken), clip=clip)
        make_small(taken)
        desk.window.toggle_theme()


@pytest.mark.long("makes the pictures of the walkthrough; what they show is asked for by other tests")
def test_what_the_steps_of_the_walkthrough_show(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    # Small, as a step shows little of it.
    window.page.set_viewport_size({"width": 1100, "height": 720})
    window.editor.open("score.py")
    window.editor.reveal(1)
    until(lambda: "Try It" in window.editor.lenses(), "the lenses above init()", timeout=60)
    shoot(desk, "example")

    desk.scoredock("model", "register", "sklearn_regression_model.pkl", "--name", "diabetes")
    window.side.show("Scoredock")
    window.side.wait_row("Models", "diabetes")
    shoot(desk, "register")

    desk.scoredock("service", "deploy", "diabetes", "--ic", "inferenceconfig.json", "--model", "diabetes")
    until(lambda: "Send Request" in window.editor.lenses(), "the lens of the service", timeout=60)
    shoot(desk, "deploy")

    window.side.press_inline("Services", "diabetes", "Send Request")
    frame = window.webview("Body")
    until(lambda: "data" in frame.locator("#body").input_value(), "the body is proposed")
    frame.locator("#body").press("Control+Enter")
    until(lambda: "200" in frame.locator("body").inner_text(), "the answer is there", timeout=60)
    window.quick.run_command("View: Toggle Primary Side Bar Visibility")  # the script and the request fit beside it
    shoot(desk, "request")

    window.quick.run_command("View: Toggle Primary Side Bar Visibility")
    window.quick.run_command("View: Close All Editors")
    script = diabetes / "score.py"
    script.write_text(script.read_text().replace("def run(", "def ran("))
    window.editor.open("score.py")
    window.panel.wait_problem("SD104", timeout=60)
    lines = script.read_text().splitlines()
    window.editor.reveal(1 + next(number for number, line in enumerate(lines) if line.startswith("def ran(")))
    shoot(desk, "refused")


@pytest.mark.long("deploys the example; the ticks follow context keys, and the pages of it are packed, which tests ask")
def test_what_was_done_before_is_ticked(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    window.side.show("Scoredock")
    until(lambda: "Step 1 of 2: deploy" in window.side.welcome("Services"), "the first step of a service")
    window.page.goto("about:blank")
    weights = project / "weights.bin"
    weights.write_text("2")
    desk.scoredock("model", "register", str(weights), "--name", "weights")
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(project / "score.py"), "--model", "weights")
    desk.scoredock("service", "call", "adder", "--data", '{"data": [1, 2]}')
    window.page.goto(f"{window._origin}/?folder={project}")
    window._wait_shown()
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    window.quick.run_command("Welcome: Open Walkthrough...")
    window.quick.choose("Get Started with Scoredock")
    window.page.locator(".getting-started-step").first.wait_for()
    for step in ("example", "register", "deploy", "request"):
        wait_tick(window, step)
    assert tick(window, "refused") == "open"


@pytest.mark.long("its steps are the commands that tests/ui/test_first_deployment.py gives")
def test_the_walkthrough(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    person = tmp_path / "ada"
    person.mkdir()
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("")
    caches = {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv"))}
    desk = open_desk(empty, own=True, env={"HOME": str(person), **caches})
    window = desk.window
    window.page.goto(f"{window._origin}/?ew=true")
    window._wait_shown()
    window.side.show("Scoredock")
    until(lambda: "Open the Example" in window.side.welcome("Models"), "the empty window offers the example")
    assert window.side.welcome("Services") == "", "nothing can be deployed before there is a folder"
    desk.picture("empty-window")

    window.quick.run_command("Welcome: Open Walkthrough...")
    window.quick.choose("Get Started with Scoredock")
    window.page.locator(".getting-started-step").first.wait_for()
    assert [tick(window, step) for step in ("example", "register", "deploy", "request", "refused")] == ["open"] * 5
    with window.page.expect_navigation(timeout=120_000):
        steps = window.page.locator(".getting-started-step.expanded .monaco-button")
        steps.filter(has_text="Open the Example").click()
        said = window.notices.dialog("Create and Open")
    assert f"Copy the example to {person / 'scoredock-example'}?" in said
    made = person / "scoredock-example"
    window._wait_shown()
    window.page.locator(".getting-started-step").first.wait_for(timeout=60_000)
    wait_tick(window, "example")
    window.editor.folder = made if hasattr(window.editor, "folder") else None
    window.page.locator(".tab", has_text="score.py").first.wait_for()
    desk.folder = made
    desk.picture("walkthrough")

    desk.scoredock("model", "register", "sklearn_regression_model.pkl", "--name", "diabetes")
    wait_tick(window, "register")
    desk.scoredock("service", "deploy", "diabetes", "--ic", "inferenceconfig.json", "--model", "diabetes")
    wait_tick(window, "deploy")
    window.quick.run_command("Scoredock: Send Request")
    frame = window.webview("Body")
    until(lambda: "data" in frame.locator("#body").input_value(), "the body is proposed")
    frame.locator("#body").press("Control+Enter")
    until(lambda: "200" in frame.locator("body").inner_text(), "the answer is there", timeout=60)
    window.quick.run_command("View: Close All Editors")
    shutil.copy(made / "score.py", made / "kept.txt")
    (made / "score.py").write_text((made / "score.py").read_text().replace("def run(", "def ran("))
    window.quick.run_command("Go to File...")
    window.quick.wait()
    window.quick.fill("score.py")
    window.quick.row("score.py").wait_for()
    window.quick.pick("score.py")
    window.panel.wait_problem("SD1")
    window.quick.run_command("Welcome: Open Walkthrough...")
    window.quick.choose("Get Started with Scoredock")
    for step in ("example", "register", "deploy", "request", "refused"):
        wait_tick(window, step)

    # Opened again: the copy is found, and nothing is lost.
    window.quick.run_command("Scoredock: Open the Example…")
    said = window.notices.dialog("Open the Copy")
    assert "A copy of the example already exists" in said
    assert json.loads((made / "inferenceconfig.json").read_text())["entryScript"] == "score.py"
