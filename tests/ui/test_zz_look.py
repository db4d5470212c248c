"""Not committed: pictures of everything, in high contrast and narrow."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

import pytest

from seeding import Shown, fill, tracking_store
from test_pages import BROKEN, SCRIPT, page, text
from workbench import serious_faults, until, until_contains

OUT = Path("/tmp/h17shots")
ONLY = [word for word in os.environ.get("LOOK", "").split(",") if word]
THEMES = {
    "hcdark": ("Dark High Contrast", {"width": 1400, "height": 900}),
    "hclight": ("Light High Contrast", {"width": 1400, "height": 900}),
    "narrow": ("", {"width": 700, "height": 800}),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory, open_shared_desk):
    folder = tmp_path_factory.mktemp("look")
    model = folder / "sentiment"
    model.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "broken.py").write_text(BROKEN)
    (folder / "second.py").write_text(SCRIPT.replace("sum(json", "max(json"))
    (folder / "small.txt").write_text("six==1.16.0\n")
    (folder / "rows.txt").write_text('{"data": [1, 2]}\n{"data": [3]}\n')
    (folder / "rows.jsonl").write_text(f"{json.dumps({'data': [1, 2]})}\n")
    tracking_store(folder)
    desk = open_shared_desk(folder, settings={"workbench.editor.enablePreview": True})
    (model / "weights.bin").write_bytes(b"\0weights")
    for number, layers in enumerate((2, 3), 1):
        (model / "settings.yml").write_text(f"layers: {layers}\n")
        words = ("--tag", f"stage=try-{number}", "--tag", "language=en", "-d", "Tells good reviews from bad ones.")
        desk.scoredock("model", "register", str(model), "--name", "sentiment", *words)
    shelf = (
        Shown("iris", 3, "ScikitLearn", created=1_750_000_000.0),
        Shown("churn-of-customers-in-the-north", 1, "Onnx", created=1_700_000_000.0),
        Shown("wine", 1, created=1_760_000_000.0),
    )
    fill(desk.home / "workspaces" / "local", shelf)
    desk.scoredock("model", "delete", "wine:1")
    desk.scoredock("dataset", "register", str(folder / "rows.jsonl"), "-n", "rows")
    desk.scoredock("environment", "register", str(folder / "small.txt"), "--name", "small")
    desk.scoredock("image", "register", "boxed", "registry.example/team/boxed:3", "-m", "sentiment:1")
    desk.scoredock("service", "deploy", "reviews", "--entry-script", str(folder / "score.py"), "--model", "sentiment:1")
    with pytest.raises(AssertionError):
        desk.scoredock("service", "deploy", "broken", "--entry-script", str(folder / "broken.py"))
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "reviews", "Healthy", timeout=60)
    return desk


def theme(desk, name):
    if not name:
        return
    quick = desk.window.quick
    quick.run_command("Preferences: Color Theme")
    quick.wait()
    desk.window.page.wait_for_timeout(1000)
    print(quick.labels())
    quick.fill("High Contrast")
    desk.window.page.wait_for_timeout(500)
    print(quick.labels())
    quick.pick(name)
    css = ".hc-black" if "Dark" in name else ".hc-light"
    desk.window.page.locator(f".monaco-workbench{css}").first.wait_for()


class Look:
    def __init__(self, desk, tag):
        self.desk, self.tag, self.window = desk, tag, desk.window
        self.failed = []

    def shot(self, name):
        OUT.mkdir(exist_ok=True)
        self.window.page.mouse.move(690, 5)
        self.window.page.wait_for_timeout(400)
        self.window.page.screenshot(path=str(OUT / f"{name}-{self.tag}.png"))

    def frame(self, shown, name):
        faults = serious_faults(shown)
        if faults:
            self.failed.append(f"{name}: axe {faults}")
        over = shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over:
            self.failed.append(f"{name}: {over} px too wide at {shown.evaluate('innerWidth')}")
        self.shot(name)
        length = shown.evaluate("document.documentElement.scrollHeight - innerHeight")
        if length > 60:
            shown.evaluate("window.scrollTo(0, 100000)")
            self.shot(f"{name}-end")

    def step(self, name, do):
        if ONLY and not any(word in name for word in ONLY):
            return
        try:
            do(name)
        except Exception:
            self.failed.append(f"{name}: {traceback.format_exc()[-1500:]}")
            self.window.page.screenshot(path=str(OUT / f"FAILED-{name}-{self.tag}.png"))
        for _ in range(3):
            self.window.press("Escape")

    # -- screens

    def views(self, name):
        side = self.window.side
        side.show("Scoredock")
        for view in ("Models", "Services", "Environments", "Workspaces"):
            side.open_pane(view)
        self.window.quick.run_command("View: Close All Editors")
        self.shot(name)
        side.fold_pane("Workspaces"), side.fold_pane("Environments")
        side.expand("Models", "sentiment")
        side.expand("Models", "Datasets")
        side.expand("Services", "broken")
        self.shot(f"{name}-open")
        side.row("Services", "broken").hover()
        self.window.page.wait_for_timeout(1800)
        self.window.page.screenshot(path=str(OUT / f"{name}-hover-{self.tag}.png"))
        side.open_pane("Environments")
        side.fold_pane("Services")
        side.fold_pane("Models")
        for row in ("small", "Images"):
            try:
                side.expand("Environments", row)
            except Exception:
                pass
        self.shot(f"{name}-environments")
        side.open_pane("Models"), side.open_pane("Services")

    def service(self, name):
        self.window.side.row("Services", "reviews").click()
        shown = page(self.window, "reviews")
        until_contains(lambda: text(shown), "Healthy")
        self.frame(shown, name)

    def failing(self, name):
        self.window.side.row("Services", "broken").click()
        shown = page(self.window, "broken")
        until_contains(lambda: text(shown), "no such weights")
        self.frame(shown, name)

    def model(self, name):
        self.window.side.expand("Models", "sentiment")
        self.window.side.row("Models", "v2").click()
        self.frame(page(self.window, "sentiment:2"), name)

    def comparison(self, name):
        self.window.side.choose("Models", "v2", "Compare…")
        self.window.quick.wait("Compare sentiment:2 with")
        self.shot(f"{name}-question")
        self.window.quick.accept()
        self.frame(page(self.window, "sentiment:1 and sentiment:2"), name)

    def profile(self, name):
        self.window.side.choose("Services", "reviews", "Profile…")
        self.window.quick.wait("Profile reviews")
        self.shot(f"{name}-question")
        self.window.quick.pick("Rows of a File…")
        self.window.quick.wait("File with Request Bodies")
        self.window.quick.choose_path(str(self.desk.folder / "rows.txt"))
        self.frame(page(self.window, "Profile of reviews"), name)

    def environment(self, name):
        self.window.side.open_pane("Environments")
        self.window.quick.do("Environment", "small:1", "Show Details")
        shown = page(self.window, "small:1")
        if shown.get_by_role("button", name="Build", exact=True).count():
            shown.get_by_role("button", name="Build", exact=True).click()
        until_contains(lambda: text(shown), "Installed Packages", timeout=60)
        self.window.notices.clear()
        self.frame(shown, name)

    def image(self, name):
        self.window.side.fold_pane("Services"), self.window.side.fold_pane("Models")
        self.window.side.expand("Environments", "Images")
        self.window.side.row("Environments", "boxed:1").click()
        self.frame(page(self.window, "boxed:1"), name)
        self.window.side.open_pane("Models"), self.window.side.open_pane("Services")

    def run(self, name):
        self.window.side.fold_pane("Services"), self.window.side.fold_pane("Environments")
        for row in ("Runs (MLflow)", "mlruns", "trees"):
            self.window.side.expand("Models", row)
        self.window.side.row("Models", "shallow-owl").click()
        self.frame(page(self.window, "shallow-owl"), name)
        self.window.side.row("Models", "Runs (MLflow)").locator(".monaco-tl-twistie").click()
        self.window.side.open_pane("Services")

    def workspace(self, name):
        self.window.quick.do("Workspace", "local", "Show Details")
        self.frame(page(self.window, "local"), name)

    def verify(self, name):
        self.window.quick.do("Workspace", "local", "Verify")
        self.window.page.wait_for_timeout(3000)
        self.shot(name)

    def request(self, name):
        self.window.side.press_inline("Services", "reviews", "Send Request")
        shown = self.window.webview("Send")
        shown.locator("#body").fill('{"data": [1, 2')
        self.shot(f"{name}-invalid")
        shown.locator("#body").fill('{"data": "x"}')
        shown.locator("#send").click()
        until(lambda: "500" in shown.locator("#summary").inner_text(), "an answer", timeout=30)
        self.frame(shown, f"{name}-failed")
        shown.locator("#body").fill('{"data": [1, 2]}')
        shown.locator("#send").click()
        until(lambda: "200" in shown.locator("#summary").inner_text(), "an answer", timeout=30)
        shown.evaluate("window.scrollTo(0,0)")
        shown.locator("#send").focus()
        self.frame(shown, name)

    def documentation(self, name):
        self.window.quick.run_command("Scoredock: Open Documentation")
        shown = self.window.webview("Scoredock user guide")
        shown.locator("nav li").first.wait_for()
        self.shot(name)
        shown.locator("article a", has_text="Getting started").first.click()
        shown.locator("article h1", has_text="Getting started").wait_for()
        self.frame(shown, f"{name}-page")

    def doctor(self, name):
        self.window.quick.run_command("Scoredock: Check This Computer")
        shown = self.window.webview("Python")
        until(lambda: shown.locator("section.check").count() > 5, "rows", timeout=30)
        self.frame(shown, name)

    def walkthrough(self, name):
        self.window.quick.run_command("Welcome: Open Walkthrough...")
        self.window.quick.choose("Get Started with Scoredock")
        steps = self.window.page.locator(".getting-started-step")
        steps.first.wait_for()
        self.window.page.wait_for_timeout(600)
        for number in range(steps.count()):
            steps.nth(number).click()
            self.window.page.wait_for_timeout(600)
            self.shot(f"{name}-{number + 1}")

    def deploy(self, name):
        self.window.quick.run_command("View: Close All Editors")
        self.window.editor.open("second.py")
        until(lambda: "Deploy" in self.window.editor.lenses(), "lens", timeout=10)
        self.shot(f"{name}-editor")
        self.window.quick.ask("Scoredock: Deploy", "Press Enter to continue")
        until(lambda: bool(self.window.quick.labels()), "rows")
        self.shot(name)
        rows = [one for one in self.window.quick.labels() if one != "Deploy"]
        for row in rows:
            self.window.quick.pick(row)
            self.window.page.wait_for_timeout(700)
            self.shot(f"{name}-{row.split()[0].lower()}")
            for _ in range(4):
                self.window.press("Escape")
                self.window.page.wait_for_timeout(200)
            self.window.quick.ask("Scoredock: Deploy", "Press Enter to continue")
            until(lambda: bool(self.window.quick.labels()), "rows")

    def palette(self, name):
        self.window.quick.search("F1", ">Scoredock")
        self.window.page.wait_for_timeout(700)
        self.shot(name)
        self.window.press("Escape")
        for kind in ("Model", "Service", "Environment", "Workspace"):
            self.window.quick.ask(f"Scoredock: {kind}…", f"{kind} | ")
            self.window.page.wait_for_timeout(700)
            self.shot(f"{name}-{kind.lower()}")
            self.window.press("Escape")
        self.window.quick.ask("Scoredock: Service…", "Service | ")
        self.window.quick.choose("reviews")
        self.window.quick.wait("What to do")
        self.window.page.wait_for_timeout(500)
        self.shot(f"{name}-verbs")

    def register(self, name):
        self.window.side.choose_for_file("sentiment/weights.bin", "Register as Model…")
        self.window.quick.wait("Register")
        self.window.page.wait_for_timeout(500)
        self.shot(f"{name}-model")
        self.window.press("Escape")
        self.window.quick.run_command("Scoredock: Register…")
        self.window.page.wait_for_timeout(700)
        self.shot(name)
        self.window.press("Escape")
        self.window.side.show("Scoredock")
        self.window.quick.run_command("Scoredock: New Project…")
        self.window.page.wait_for_timeout(700)
        self.shot(f"{name}-project")

    def problems(self, name):
        (self.desk.folder / "old.py").write_text(
            "from sklearn.externals import joblib\nimport azureml.train\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return 1\n"
        )
        self.window.editor.open("old.py")
        self.window.panel.wait_problem("SD")
        self.window.page.wait_for_timeout(1000)
        self.shot(name)
        (self.desk.folder / "old.py").unlink()
        self.window.panel.close()


@pytest.mark.long("by hand")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("tag", list(THEMES))
def test_look(desk, tag):
    name, size = THEMES[tag]
    look = Look(desk, tag)
    desk.window.page.set_viewport_size({"width": 1400, "height": 900})
    theme(desk, name)
    desk.window.page.set_viewport_size(size)
    desk.window.side.show("Scoredock")
    for one in (
        "views service failing model comparison profile environment image run workspace verify request "
        "documentation doctor walkthrough deploy palette register problems"
    ).split():
        desk.window.side.show("Scoredock")
        look.step(one, getattr(look, one))
        desk.window.quick.run_command("View: Close All Editors")
    print("\n".join(look.failed))
    assert not look.failed
