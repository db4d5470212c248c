"""Few words to find: the palette, what leads from it to everything else, the views and their keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from seeding import Shown, fill, tracking_store
from workbench import until, until_contains, until_equal

if TYPE_CHECKING:
    from pathlib import Path

    from desks import Desk

SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"
NOTICED = """() => {
  window.seen = [];
  const look = () => {
    const text = document.body?.innerText ?? '';
    if (text.includes('no data provider') && window.seen.length < 5) window.seen.push(performance.now());
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
}"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project with models, a service, a dataset and a tracking store."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "score.py").write_text(SCRIPT)
    (folder / "conda.yml").write_text("name: plain\ndependencies:\n  - python=3.11\n")
    (folder / "rows.jsonl").write_text(f"{json.dumps({'data': [1, 2]})}\n")
    tracking_store(folder)
    desk = open_shared_desk(folder)
    desk.scoredock("model", "list")
    shelf = (
        Shown("iris", 3, "ScikitLearn", created=1_750_000_000.0),
        Shown("churn", 1, "Onnx", created=1_700_000_000.0),
        Shown("wine", 1, created=1_760_000_000.0),
    )
    fill(desk.home / "workspaces" / "local", shelf)
    desk.scoredock("model", "alias", "iris:3", "champion")
    desk.scoredock("environment", "register", str(folder / "conda.yml"), "-n", "plain")
    desk.scoredock("dataset", "register", str(folder / "rows.jsonl"), "-n", "rows")
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(folder / "score.py"))
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Models", "wine", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    return desk


def test_typing_deploy_gives_deploy_first(desk: Desk) -> None:
    quick = desk.window.quick
    quick.search("F1", ">deploy")
    until(lambda: "Scoredock: Deploy" in quick.labels(), "Deploy to be offered")
    assert quick.labels()[0] == "Scoredock: Deploy"
    quick.cancel()
    for title in ("Workspace…", "Show Scoredock Log"):
        assert quick.offers_command(f"Scoredock: {title}")
    for title in ("Stop", "Copy ID", "Show More", "Delete Selected Row"):
        assert not quick.offers_command(f"Scoredock: {title}")


def test_views_stand_in_order_and_hold_what_belongs_to_them(desk: Desk) -> None:
    side = desk.window.side
    side.wait_row("Models", "Runs")
    side.wait_row("Models", "Datasets", "1")
    assert [row.label for row in side.rows("Models")] == ["wine", "iris", "churn", "Datasets", "Runs"]
    heads = desk.window.page.locator(".part.sidebar .pane-header").all_inner_texts()
    assert [head.split()[0].lower() for head in heads] == ["models", "services", "environments", "workspaces"]
    assert side.pane("Workspaces").locator(".pane-header").first.get_attribute("aria-expanded") == "false"
    side.wait_row("Environments", "plain:1")
    assert "Remove Alias…" not in side.menu.labels(side.row("Models", "wine"))
    desk.picture("views")


@pytest.mark.long("the other tests of this file go the same ways at the gate")
def test_a_thing_then_what_to_do_with_it(desk: Desk) -> None:
    window = desk.window
    quick = window.quick
    quick.ask("Scoredock: Model…", "Model | ")
    until(lambda: "iris:3" in quick.labels(), "the versions")
    assert quick.labels()[:5] == ["wine:1", "iris:3", "iris:2", "iris:1", "churn:1"]
    quick.cancel()
    quick.do("Model", "iris:3", "Remove Alias…")
    window.notices.wait("Removed the alias champion of iris")
    quick.do("Model", "churn:1", "Edit Description…")
    quick.wait("Description of churn:1")
    quick.answer("leaves soon")
    until(lambda: desk.scoredock("model", "show", "churn:1")["model"]["description"] == "leaves soon", "the change")
    quick.do("Service", "adder", "Send Request")
    window.webview("Send")
    quick.do("Environment", "plain:1", "Copy ID")
    until_equal(lambda: window.page.evaluate("navigator.clipboard.readText()"), "plain:1")
    quick.do("Workspace", "", "Create Workspace…")
    quick.wait("Create Workspace")
    quick.cancel()
    quick.do("Model", "Datasets", "rows:1")
    quick.wait("rows:1")
    quick.pick("Send as Request…")
    quick.wait("Rows of rows:1")
    quick.cancel()


def test_a_row_offers_in_the_palette_what_its_menu_offers(desk: Desk) -> None:
    window = desk.window
    menu = window.side.menu.labels(window.side.row("Services", "adder"))
    assert len(menu) <= 8
    # It is the only one: nobody is asked which.
    window.quick.ask("Scoredock: Service…", "Service | What to do with adder")
    until(lambda: "Send Request" in window.quick.labels(), "the verbs")
    offered = set(window.quick.labels())
    assert "adder" not in offered
    for word in ("Copy", "Delete"):  # those that are below what is drawn
        window.quick.fill(word)
        until(
            lambda word=word: (
                "Send Request" not in (labels := window.quick.labels()) and any(word in each for each in labels)
            ),
            "the verbs that are looked for",
        )
        offered |= set(window.quick.labels())
    window.quick.cancel()
    submenus = {"Update and Restart", "Tools", "Copy"}
    assert set(menu) - submenus <= offered
    assert {"Reload Files", "Debug", "Copy Scoring URI"} <= offered
    assert "Start" not in offered


def test_enter_opens_the_page_and_keys_delete_and_edit(desk: Desk) -> None:
    window = desk.window
    side = window.side
    side.press_row("Models", "wine", "Enter")
    window.page_about("wine:1")
    side.expand("Models", "wine")
    side.wait_row("Models", "v1")
    side.press_row("Models", "v1", "F2")
    window.quick.wait("Description of wine:1")
    window.quick.answer("of 1997")
    until(lambda: desk.scoredock("model", "show", "wine:1")["model"]["description"] == "of 1997", "the change")
    side.press_row("Models", "v1", "Delete")
    window.notices.wait("Deleted wine:1")
    side.wait_gone("Models", "wine")
    side.wait_row("Models", "Trash", "1")
    window.notices.press("Deleted wine:1", "Undo")
    side.wait_row("Models", "wine")
    side.wait_gone("Models", "Trash")
    side.press_row("Services", "adder", "Delete")
    assert "Delete the service adder?" in window.notices.dialog("Cancel")
    assert [one["name"] for one in desk.scoredock("service", "list")["services"]] == ["adder"]


def test_comparing_proposes_the_former_version(desk: Desk) -> None:
    window = desk.window
    window.side.expand("Models", "iris")
    window.side.choose("Models", "v3", "Compare…")
    window.quick.wait("Compare iris:3 with")
    until(lambda: window.quick.labels()[:1] == ["iris:2"], "the former version to be first")
    window.quick.cancel()


def test_models_are_grouped_and_sorted_by_one_command(desk: Desk) -> None:
    window = desk.window
    window.quick.do("Model", "", "Group and Sort…")
    window.quick.wait("Group and Sort Models")
    window.quick.pick("By Name")
    until(lambda: [row.label for row in window.side.rows("Models")][:2] == ["churn", "iris"], "the other order")
    window.side.press_title("Models", "Group and Sort")
    window.quick.wait("Group and Sort Models")
    assert any(text.startswith("By Name") and "now" in text for text in window.quick.texts())
    window.quick.pick("Newest First")
    until(lambda: window.side.rows("Models")[0].label == "wine", "the newest first")


@pytest.mark.long("the texts of empty views are seen in test_first_deployment.py; tests/extension has when they show")
def test_no_view_says_that_nobody_fills_it(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    desk = open_desk(tmp_path)
    window = desk.window
    window.side.show("Scoredock")
    until_contains(lambda: window.side.welcome("Models"), "Register a model")
    window.page.add_init_script(f"({NOTICED})()")
    window.reload()
    until_contains(lambda: window.side.welcome("Models"), "Register a model")
    assert window.page.evaluate("window.seen") == []
    desk.picture("empty")
