"""A walk past everything that the extension shows: views, pages, wizards and steps, in any language and theme."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from request_menu import press_item
from seeding import tracking_store
from traffic import SCRIPT as PRICES
from workbench import fill, until, until_contains
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

PATIENCE = 8.0
"""Seconds, stretched as all are: a place that cannot be reached shall not hold up the walk for long."""
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "diabetes"
SCRIPT = """\
import json
import os
from pathlib import Path


def init():
    global weights
    weights = Path(os.environ["AZUREML_MODEL_DIR"], "sentiment", "weights.bin").read_bytes()


def run(data):
    words = json.loads(data)["data"]
    return {"positive": 0.75, "words": len(words)}
"""
PLAIN = 'import json\n\n\ndef init():\n    print("up")\n\n\ndef run(data):\n    return sum(json.loads(data)["data"])\n'
BROKEN = PLAIN.replace('print("up")', 'raise RuntimeError("no such weights")')
TESTS = """# @deploy adder.py
@service = http://127.0.0.1:6789

### two numbers
# @expect status 200
# @expect body 42
POST {{service}}/score

{"data": [20, 22]}

### three numbers
# @expect body 61
POST {{service}}/score

{"data": [10, 20, 30]}
"""
CONFIG = {
    "subscription_id": "11111111-2222-3333-4444-555555555555",
    "resource_group": "ml",
    "workspace_name": "team",
}


@dataclass(frozen=True)
class Words:
    """The texts of the extension in the language of the editor."""

    language: str = ""

    def _read(self, path: str) -> dict[str, str]:
        texts: dict[str, str] = json.loads((ROOT / path).read_text(encoding="utf-8"))
        return texts

    def title(self, key: str) -> str:
        """Of a command or view, by its key in package.nls.json."""
        ending = f".{self.language}" if self.language else ""
        return self._read(f"package.nls{ending}.json")[key]

    def say(self, english: str) -> str:
        return self._read(f"l10n/bundle.l10n.{self.language}.json")[english] if self.language else english

    def command(self, name: str) -> str:
        """As the palette has it."""
        return f"Scoredock: {self.title(f'command.{name}')}"


def fill_folder(folder: Path) -> None:
    """A project with one of each file that the extension knows."""
    for name, text in (
        ("score.py", SCRIPT),
        ("adder.py", PLAIN),
        ("broken.py", BROKEN),
        ("prices.py", PRICES),
        ("tests.http", TESTS),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "sentiment").mkdir()
    (folder / "sentiment" / "weights.bin").write_bytes(b"\0weights")
    (folder / "conda.yml").write_text("name: reviews\ndependencies:\n  - python=3.11\n  - pip:\n      - six==1.16.0\n")
    (folder / "rows.jsonl").write_text('{"data": ["good", "film"]}\n{"data": ["dull"]}\n')
    (folder / "rows.txt").write_text('{"data": [1, 2]}\n{"data": [3]}\n')
    shutil.copy(EXAMPLE / "inferenceconfig.json", folder)
    (folder / ".azureml").mkdir()
    (folder / "team").mkdir()
    (folder / "team" / "config.json").write_text(json.dumps(CONFIG))
    tracking_store(folder)


def fill_workspace(desk: Desk) -> None:
    """Things of every kind: models of two versions, one in the trash, services in three states, environments, images
    and datasets."""
    model = desk.folder / "sentiment"
    for number, layers in enumerate((2, 3), 1):
        (model / "settings.yml").write_text(f"layers: {layers}\n")
        words = (
            "--tag",
            f"stage=try-{number}",
            "--tag",
            "language=en",
            "-d",
            "Tells good reviews from bad ones.",
        )
        desk.scoredock("model", "register", str(model), "--name", "sentiment", *words)
    desk.scoredock("model", "register", str(desk.folder / "rows.txt"), "--name", "outdated")
    desk.scoredock("model", "delete", "outdated:1")
    desk.scoredock("model", "alias", "sentiment:2", "champion")
    desk.scoredock("environment", "register", str(desk.folder / "conda.yml"), "--name", "reviews")
    desk.scoredock(
        "image",
        "register",
        "boxed",
        "registry.example/team/boxed:3",
        "-m",
        "sentiment:1",
    )
    desk.scoredock("dataset", "register", str(desk.folder / "rows.jsonl"), "--name", "rows")
    script, adder = str(desk.folder / "score.py"), str(desk.folder / "adder.py")
    for version in (1, 2):
        words = (
            "--entry-script",
            script,
            "--model",
            f"sentiment:{version}",
            "--auth",
            "keys",
        )
        verb = ("service", "update", "reviews", "--model", "sentiment:2") if version == 2 else ()
        desk.scoredock(*(verb or ("service", "deploy", "reviews", *words)))
    desk.scoredock("service", "deploy", "adder", "--entry-script", adder)
    desk.scoredock("service", "deploy", "prices", "--entry-script", str(desk.folder / "prices.py"))
    desk.scoredock("service", "deploy", "paused", "--entry-script", adder)
    desk.scoredock("service", "stop", "paused")


def fill_endpoint(desk: Desk) -> None:
    """An endpoint whose second version has a share, limits, and copies that differ."""
    other = desk.folder / "sums_next.py"
    other.write_text(PLAIN.replace('sum(json.loads(data)["data"])', 'sum(json.loads(data)["data"]) + 0.5'))
    desk.scoredock("service", "deploy", "sums-next", "--entry-script", str(other))
    made = desk.scoredock("endpoint", "create", "sums", "--service", "adder", "--version", "blue")
    words = ("--service", "sums-next", "--withdraw-above-errors", "5%", "--withdraw-above-latency", "500ms")
    desk.scoredock("endpoint", "set-version", "sums", "green", *words)
    desk.scoredock("service", "traffic", "sums", "blue=90", "green=10", "--mirror", "green=50")
    for number in range(40):
        body = json.dumps({"data": [number, 2]}).encode()
        request = urllib.request.Request(made["scoringUri"], body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()


Stop = tuple[str, Callable[[], None]]
SUMMARY = "Press Enter to continue, or select what to change"
DEPLOY_LINES = {
    "deploy-model": "Model",
    "deploy-where": "Where It Runs",
    "deploy-environment": "Environment",
    "deploy-name": "Name of the Service",
    "deploy-script": "Entry Script",
    "deploy-configuration": "Deployment Configuration",
    "deploy-authentication": "Authentication",
}
"""Pictures of the questions behind the lines of Deploy."""
PICKERS = {
    "model": "Select a model version or an action; filter versions by words, key=value or alias:…",
    "service": "Select a service or an action",
    "environment": "Select an environment, an image or an action",
    "workspace": "Select a workspace or an action",
}
QUESTIONS = (
    ("Service", "reviews", "copyKey"),
    ("Service", "reviews", "regenerateKey"),
    ("Service", "reviews", "copyClientCode"),
    ("Service", "reviews", "profileService"),
    ("Service", "reviews", "packageService"),
    ("Service", "reviews", "updateService"),
    ("Model", "sentiment:2", "setModelAlias"),
    ("Model", "sentiment:2", "editModelTags"),
    ("Model", "sentiment:2", "editModelDescription"),
    ("Model", "sentiment:2", "addModelProperties"),
    ("Model", "sentiment:2", "editModelResources"),
    ("Model", "sentiment:2", "setModelSample"),
    ("Model", "sentiment:2", "compareModels"),
    ("Model", "sentiment:2", "downloadModel"),
    ("Model", "", "searchModels"),
    ("Model", "", "arrangeModels"),
    ("Model", "", "restoreDeleted"),
    ("Model", "", "registerModelFromRun"),
    ("Environment", "", "registerEnvironment"),
    ("Environment", "", "registerImage"),
    ("Environment", "", "createImage"),
    ("Environment", "", "useImage"),
    ("Environment", "", "signInRegistry"),
    ("Environment", "reviews:1", "cloneEnvironment"),
    ("Workspace", "", "createWorkspace"),
    ("Workspace", "", "connectWorkspace"),
    ("Workspace", "", "choosePython"),
    ("Workspace", "", "restoreWorkspace"),
    ("Workspace", "local", "verifyWorkspace"),
)
"""Kind of the thing, the thing (none for a command of the view), and the verb that asks something."""


class Walk:
    """Goes to each place in turn; whoever walks takes the picture there."""

    def __init__(self, desk: Desk, words: Words, quiet: Callable[[], None]) -> None:
        self.desk = desk
        self.quiet = quiet
        """Sends the callers of the service `prices` home."""
        self.words = words
        self.window = desk.window
        self._side = desk.window.side
        self._quick = desk.window.quick

    def stops(self) -> Iterator[Stop]:
        """Views, pages, and what is asked, each with the name of its picture."""
        for place in (
            *(self.view_models, self.view_services, self.view_environments, self.view_workspaces),
            *(self.menu_of_a_service, self.editor_lens, self.status_bar_services),
            *(self.page_model, self.page_comparison, self.page_service, self.page_service_failed),
            *(self.page_revisions, self.page_revisions_compared, self.page_environment, self.page_image, self.page_run),
            self.page_endpoint,
            *(self.page_workspace, self.page_check_of_files, self.page_trial_run, self.page_profile),
            *(self.page_documentation, self.page_computer, self.page_request, self.page_request_failed),
            *(self.page_request_fields, self.page_request_many, self.page_api),
            *(self.walkthrough, self.palette, self.deploy, self.deploy_errors, self.register, self.register_model),
            *(self.register_dataset, self.new_project, self.explain_rule, self.try_which, self.send_to_which),
            *(self.dialog_delete, self.notice),
        ):
            yield place.__name__.replace("_", "-"), place
        for name, line in DEPLOY_LINES.items():
            yield name, partial(self._deploy_line, line)
        for kind, text in PICKERS.items():
            yield f"pick-{kind}", partial(self._ask, kind, text)
        for kind, thing, verb in QUESTIONS:
            yield f"ask-{verb}", partial(self._ask_of_thing, kind, thing, verb)
        for place in (self.page_metrics, self.page_log, self.view_testing, self.dialog_example):
            yield place.__name__.replace("_", "-"), place

    # -- how one gets there

    def view(self, name: str) -> str:
        return self.words.title(f"view.{name}")

    def _only(self, name: str) -> str:
        """Opens one view and folds the others."""
        self._side.show("Scoredock")
        for other in ("models", "services", "environments", "workspaces"):
            if other != name:
                self._side.fold_pane(self.view(other))
        self._side.open_pane(self.view(name))
        return self.view(name)

    def _run(self, command: str) -> None:
        self._quick.run_command(self.words.command(command), timeout=PATIENCE)

    def _ask(self, command: str, english: str) -> None:
        """Runs a command of the palette until it asks."""
        self._quick.ask(self.words.command(command), self.words.say(english), timeout=PATIENCE)
        until(lambda: self._quick.labels(), "what can be chosen", timeout=PATIENCE)

    def _do(self, kind: str, thing: str, verb: str) -> None:
        self._quick.do(self.words.say(kind), thing, self.words.title(f"command.{verb}"))

    def _ask_of_thing(self, kind: str, thing: str, verb: str) -> None:
        self._do(kind, thing, verb)
        self._quick.wait(timeout=PATIENCE)

    def _page(self, *texts: str, timeout: float = PATIENCE) -> None:
        self.window.page_about(*texts, timeout=timeout)

    # -- views

    def view_models(self) -> None:
        view = self._only("models")
        self._side.expand(view, "sentiment")
        self._side.expand(view, "v2")
        for label in ("Datasets", "Runs", "Trash"):
            self._side.expand(view, self.words.say(label))
        self._side.expand(view, "mlruns")

    def view_services(self) -> None:
        view = self._only("services")
        for label in ("reviews", "broken"):
            self._side.expand(view, label)

    def view_environments(self) -> None:
        self._side.expand(self._only("environments"), self.words.say("Images"))

    def view_workspaces(self) -> None:
        self._side.expand(self._only("workspaces"), "local")

    def menu_of_a_service(self) -> None:
        self._side.row(self._only("services"), "reviews").click(button="right")
        self.window.page.locator(".context-view .monaco-menu").first.wait_for()

    def editor_lens(self) -> None:
        self._side.show("Explorer")
        self.window.editor.open("score.py")
        until_contains(self.window.editor.lenses, "reviews", timeout=PATIENCE)

    def status_bar_services(self) -> None:
        self.window.status.press("Scoredock")
        self._quick.wait(timeout=PATIENCE)

    # -- pages

    def page_model(self) -> None:
        self._do("Model", "sentiment:2", "showModel")
        self._page("champion")

    def page_comparison(self) -> None:
        self._ask_of_thing("Model", "sentiment:2", "compareModels")
        self._quick.accept()
        self._page(self.words.say("Differences"))

    def page_service(self) -> None:
        self._do("Service", "reviews", "showService")
        self._page(self.words.say("Overview"))

    def page_service_failed(self) -> None:
        self._do("Service", "broken", "showService")
        self._page("no such weights")

    def page_revisions(self) -> None:
        self._do("Service", "reviews", "showRevisions")
        self._page(self.words.say("Kept Revisions"))

    def page_revisions_compared(self) -> None:
        self.page_revisions()
        frame = self.window.webview(self.words.say("Kept Revisions"))
        frame.get_by_role("button", name=self.words.say("Compare"), exact=False).first.click()
        self._page(self.words.say("Show Revisions"))

    def page_endpoint(self) -> None:
        self._do("Service", "sums", "showEndpoint")
        self._page(self.words.say("Different Responses"))

    def page_environment(self) -> None:
        self._do("Environment", "reviews:1", "inspectEnvironment")
        self._page(self.words.say("Definition"))

    def page_image(self) -> None:
        self.view_environments()
        self._side.row(self.view("environments"), "boxed:1").click()
        self._page("registry.example")

    def page_run(self) -> None:
        view = self._only("models")
        for label in (self.words.say("Runs"), "mlruns", "trees"):
            self._side.expand(view, label)
        self._side.row(view, "shallow-owl").click()
        self._page("0.8125")

    def page_workspace(self) -> None:
        self._do("Workspace", "local", "showWorkspace")
        self._page(str(self.desk.home))

    def page_check_of_files(self) -> None:
        """With a file that the disk has changed, which is as it was again afterwards."""
        blob = next(path for path in self.desk.home.rglob("blobs/**/*") if path.is_file())
        kept, mode = blob.read_bytes(), blob.stat().st_mode
        blob.chmod(0o600)
        blob.write_bytes(b"?" * len(kept))
        try:
            self._ask_of_thing("Workspace", "local", "verifyWorkspace")
            self._quick.pick(self.words.say("Deep"))
            self._page(self.words.say("Check Files Again…"), timeout=30)
        finally:
            blob.write_bytes(kept)
            blob.chmod(mode)

    def page_trial_run(self) -> None:
        self.window.editor.open("adder.py")
        self._run("tryScript")
        self.window.notices.wait("adder.py", timeout=30)
        button = self.window.page.locator(
            ".notification-list-item .monaco-button", has_text=self.words.say("Show Details")
        )
        button.first.click()
        self._page("adder.py", self.words.say("Import and init()"))

    def page_profile(self) -> None:
        self._ask_of_thing("Service", "adder", "profileService")
        self._quick.pick(self.words.say("Rows of a File…"))
        self._quick.wait(self.words.say("File with Request Bodies"))
        self._quick.choose_path(str(self.desk.folder / "rows.txt"))
        self._page(self.words.say("Latency"), timeout=30)

    def page_documentation(self) -> None:
        self._run("openDocumentation")
        self._page("Azure")

    def page_computer(self) -> None:
        self._run("checkComputer")
        self._page("Docker", "uv")

    def page_request(self) -> None:
        self._send('{"data": [20, 22]}', "200")

    def page_request_failed(self) -> None:
        self._send('{"rows": [20, 22]}', "500")

    def page_request_fields(self) -> None:
        """Every field: one of the key, method, address with a query, headers, a body that is not JSON."""
        panel = self._request("reviews")
        panel.locator("#method").select_option("PUT")
        fill(panel.locator("#target"), "/score?verbose=1")
        press_item(panel, "addHeaders")
        fill(panel.locator("#sentHeaders"), "X-Trace: 1")
        fill(panel.locator("#body"), "{'rows': 1}")
        panel.locator("#fault").wait_for()

    def page_request_many(self) -> None:
        panel = self._request("adder")
        fill(panel.locator("#body"), '{"data": [20, 22]}')
        press_item(panel, "sendMany")
        fill(panel.locator("#rate"), "40")
        fill(panel.locator("#duration"), "3")
        panel.locator("#loadStart").click()
        started = self.words.say("Start")
        until(lambda: panel.locator("#loadRows tr").count() == 5, "the figures")
        until(lambda: panel.locator("#loadStart").inner_text() == started, "the end of the run")

    def page_api(self) -> None:
        self._do("Service", "prices", "openSwagger")
        self._page(self.words.say("API document"), "POST /score")

    def page_metrics(self) -> None:
        self._do("Service", "prices", "showMetrics")
        frame = self.window.webview(self.words.say("Requests per Second"))
        frame.locator("[data-chart=errors] canvas").wait_for()

    def page_log(self) -> None:
        self.quiet()
        self._do("Service", "prices", "openLogPage")
        frame = self.window.webview("POST /score")
        frame.locator("#filters").click()
        fill(frame.get_by_label(self.words.say("Exclude")), "/score 200|estimated [125] ")
        frame.locator("#regex").click()
        until(lambda: "/score 200" not in frame.locator("#log").inner_text(), "the filter")

    def _request(self, service: str) -> Frame:
        self._do("Service", service, "sendRequest")
        return self.window.webview(self.words.say("Body"))

    def _send(self, body: str, status: str) -> None:
        panel = self._request("adder")
        fill(panel.locator("#body"), body)
        panel.locator("#send").click()
        until(lambda: status in panel.locator("#summary").inner_text(), f"an answer {status}")

    def view_testing(self) -> None:
        rows = self.window.page.locator(".test-explorer .monaco-list-row")
        self._side.show("Testing")
        rows.filter(has_text="tests.http").wait_for(timeout=PATIENCE * 1000 * STRETCH)
        rows.first.click()
        self.window.press("ArrowRight")
        self._quick.run_command("Test: Run All Tests")
        # The editor's own words, which no language pack changes here.
        failed = rows.filter(has_text="three numbers").and_(self.window.page.locator('[aria-label*="(Failed)"]'))
        failed.wait_for(timeout=30_000 * STRETCH)
        self.window.editor.open("tests.http")

    # -- questions, dialogs, messages

    def walkthrough(self) -> None:
        self._quick.run_command("Welcome: Open Walkthrough...")
        self._quick.choose(self.words.title("walkthrough.title"))
        self.window.page.locator(".getting-started-step").first.wait_for()

    def palette(self) -> None:
        self._quick.search("F1", ">Scoredock: ")
        until(lambda: len(self._quick.labels()) > 5, "the commands")

    def deploy(self) -> None:
        self.window.editor.open("adder.py")
        self._ask("deploy", SUMMARY)

    def _deploy_line(self, line: str) -> None:
        self.deploy()
        self._quick.pick(self.words.say(line), stays=True)
        until(lambda: self.words.say(SUMMARY) not in self._quick.heading(), f"the question about {line}")

    def deploy_errors(self) -> None:
        script = self.desk.folder / "mistaken.py"
        script.write_text(PLAIN.replace("import json\n", "").replace("def run(data)", "def run(data, more)"))
        self.window.editor.open("mistaken.py")
        self._ask("deploy", SUMMARY)
        self._quick.accept()
        until(lambda: self.words.say(SUMMARY) not in self._quick.heading(), "the errors")
        self._quick.wait(timeout=PATIENCE)

    def register(self) -> None:
        self._ask("register", "What to register")

    def register_model(self) -> None:
        self._side.choose_for_file("rows.txt", self.words.title("command.registerModel"))
        self._quick.wait(timeout=PATIENCE)

    def register_dataset(self) -> None:
        self._side.choose_for_file("rows.jsonl", self.words.title("command.registerDataset"))
        self._quick.wait(timeout=PATIENCE)

    def new_project(self) -> None:
        self._ask("newProject", "What does the project start with?")

    def explain_rule(self) -> None:
        self.window.editor.open("mistaken.py")
        until(lambda: self.window.editor.squiggles("error"), "a finding", timeout=PATIENCE)
        self._run("explainRule")
        self._quick.wait(self.words.say("Explain Rule"), timeout=PATIENCE)
        until_contains(self._quick.texts, "json", timeout=PATIENCE)  # what the finding says

    def try_which(self) -> None:
        self._run("tryScript")
        self._quick.wait(self.words.say("Entry Script to Try"), timeout=PATIENCE)

    def send_to_which(self) -> None:
        self._run("sendRequest")
        self._quick.wait(timeout=PATIENCE)

    def dialog_delete(self) -> None:
        self._do("Service", "paused", "deleteService")
        self.window.page.locator(".monaco-dialog-box").wait_for()

    def dialog_example(self) -> None:
        self._run("openExample")
        self.window.page.locator(".monaco-dialog-box").wait_for()

    def notice(self) -> None:
        self.window.editor.open("adder.py")
        self._ask("deploy", SUMMARY)
        self._quick.accept()
        self.window.notices.wait("http://127.0.0.1", timeout=30)

    def leave(self) -> None:
        """Back to a quiet window."""
        for _ in range(4):
            self.window.press("Escape")
        self.window.notices.clear()
        self._quick.run_command("View: Close All Editors")
        if self.window.page.locator(".part.panel").is_visible():
            self.window.press("Control+j")
