"""Finding in the Models view: pages, search as typed, groups, orders, ten thousand versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pace import within
from seeding import Shown, fill
from workbench import Window, until, until_contains, until_equal

if TYPE_CHECKING:
    from desks import Desk

LONG = "weekly-forecast"
SHELF = (
    Shown("credit-risk", 3, "ScikitLearn", {"stage": "champion", "area": "loans"}, created=1_740_000_000.0),
    Shown("crop-yield", 2, "Onnx", {"stage": "candidate"}, size=90_000_000),
    Shown("digits", 1, "TensorFlow", created=1_750_000_000.0),
    Shown("house-prices", 2, "ScikitLearn", {"stage": "candidate"}),
    Shown(LONG, 320, "ScikitLearn", {"stage": "candidate"}),
)
NAMES = ["digits", "credit-risk", LONG, "crop-yield", "house-prices"]
"""Newest first."""
FIRST_ROW = """async ([view, label]) => {
  const began = performance.now();
  document.querySelector(`.activitybar .action-item .action-label[aria-label^="${view}"]`).click();
  for (;;) {
    const shown = [...document.querySelectorAll('.part.sidebar .monaco-list-row .label-name')];
    if (shown.some(row => row.offsetParent !== null && row.innerText.trim() === label)) return performance.now() - began;
    await new Promise(requestAnimationFrame);
  }
}"""  # noqa: E501 (a text that would change if it were wrapped)


AFTER_KEY = """label => {
  window.taken = new Promise(resolve => window.addEventListener('keydown', async () => {
    const began = performance.now();
    const shown = () => [...document.querySelectorAll('.part.sidebar .monaco-list-row .label-name')];
    while (!shown().some(row => row.innerText.trim() === label)) await new Promise(requestAnimationFrame);
    resolve(performance.now() - began);
  }, {capture: true, once: true}));
}"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window whose Models view has the room to itself, on a workspace with long and short histories."""
    folder = tmp_path_factory.mktemp("forecasts")
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    desk = open_shared_desk(folder)
    desk.scoredock("model", "list")
    fill(desk.home / "workspaces" / "local", SHELF)
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Models", NAMES[0], timeout=60)
    side.fold_pane("Workspaces")
    side.fold_pane("Services")
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    if names(desk.window) != NAMES:
        for how in ("By Model", "Newest First"):
            arrange(desk.window, how)
        if "no model" in desk.window.side.welcome("Models").lower():
            desk.window.side.press_title("Models", "Clear Search and Filter")
    return desk


def arrange(window: Window, how: str) -> None:
    window.side.press_title("Models", "Group and Sort")
    window.quick.wait("Group and Sort Models")
    window.quick.pick(how)


def names(window: Window) -> list[str]:
    """The rows of the first level."""
    return [row.label for row in window.side.rows("Models") if row.level == 1]


def wait_names(window: Window, expected: list[str]) -> None:
    try:
        until(lambda: names(window) == expected, "the models to be listed")
    except AssertionError:
        raise AssertionError(f"{names(window)} instead of {expected}") from None


@pytest.mark.long("pages and Show More are tested in tests/lsp and tests/extension")
def test_long_histories_come_page_by_page(desk: Desk) -> None:
    window = desk.window
    wait_names(window, NAMES)
    window.side.expand("Models", LONG)
    window.side.wait_row("Models", "v320")
    for left in (220, 120, 20):
        window.side.go_to_end("Models")
        window.side.wait_row("Models", "Show More…", f"{left} left")
        if left == 220:
            window.side.row("Models", "Show More…").click()
        else:
            # The two names below it are the end of the view.
            window.press("ArrowUp")
            window.press("ArrowUp")
            until_equal(lambda: window.side.focused("Models"), "Show More…")
            window.press("Enter")
        # The view stays where one has read to, and the keyboard goes on at the first of the new versions.
        until_equal(lambda: window.side.focused("Models"), f"v{left}")
        shown = [row.label for row in window.side.rows("Models")]
        assert {f"v{left + 1}", f"v{left}", f"v{left - 1}"} <= set(shown), shown
        assert "Show More…" not in shown
        window.press("ArrowDown")
        until_equal(lambda: window.side.focused("Models"), f"v{left - 1}")
    window.side.go_to_end("Models")
    window.side.wait_row("Models", "v1")
    assert "Show More…" not in [row.label for row in window.side.rows("Models")]
    window.side.press_title("Models", "Collapse All")
    wait_names(window, NAMES)


@pytest.mark.long("tests/extension/modelFilter.test.ts has the filter; the box is that of the other views")
def test_the_view_follows_what_is_typed(desk: Desk) -> None:
    window = desk.window
    window.side.press_title("Models", "Search Models")
    window.quick.wait("Search Models")
    window.quick.fill("cr")
    wait_names(window, ["credit-risk", "crop-yield"])
    window.quick.fill("stage=champion")
    wait_names(window, ["credit-risk"])
    # Half a condition, on the way to a whole one.
    window.quick.fill('"cro')
    window.quick.fill("framework:onnx")
    wait_names(window, ["crop-yield"])
    window.press("Escape")
    wait_names(window, NAMES)
    until(lambda: window.side.head("Models").upper().endswith("MODELS"), "the title without a search")

    window.quick.do("Model", "", "Search Models…")
    window.quick.wait("Search Models")
    window.quick.answer("stage : candidate")
    wait_names(window, [LONG, "crop-yield", "house-prices"])
    until_contains(lambda: window.side.head("Models"), "“stage : candidate”")
    window.side.press_title("Models", "Search Models")
    window.quick.wait("Search Models")
    window.quick.answer("nowhere-to-be-found")
    until(lambda: "No model matches" in window.side.welcome("Models"), "the view to say that nothing matches")
    window.side.press_title("Models", "Clear Search and Filter")
    wait_names(window, NAMES)


@pytest.mark.long("groups and orders are tested in tests/extension; the search has the same way through the view")
def test_groups_and_orders(desk: Desk) -> None:
    window = desk.window
    arrange(window, "By Tag…")
    window.quick.wait("Group by Tag")
    window.quick.pick("stage")
    wait_names(window, ["champion", "candidate", "without stage"])
    window.side.wait_row("Models", "candidate", "324 versions")
    window.side.expand("Models", "champion")
    window.side.wait_row("Models", "credit-risk:3")
    window.side.press_title("Models", "Collapse All")
    arrange(window, "By Framework")
    wait_names(window, ["TensorFlow", "ScikitLearn", "Onnx"])
    arrange(window, "By Model")
    wait_names(window, NAMES)

    arrange(window, "By Name")
    wait_names(window, sorted(NAMES))
    arrange(window, "Largest First")
    until(lambda: names(window)[0] == "crop-yield", "the largest to come first")
    arrange(window, "Newest Version of Each Model")
    until_contains(lambda: window.side.head("Models"), "newest versions only")
    window.side.press_title("Models", "Clear Search and Filter")
    arrange(window, "Newest First")
    wait_names(window, NAMES)


@pytest.mark.timed
def test_ten_thousand_versions(desk: Desk) -> None:
    window = desk.window
    fill(desk.home / "workspaces" / "local", (Shown(f"bulk-{number:02}", 100, "Onnx") for number in range(100)))
    # Written by no program of ours, so that nobody says that the lists changed.
    window.side.choose_title("Models", "Refresh")
    window.side.wait_row("Models", "bulk-00")
    window.side.show("Explorer")
    revealed = window.page.evaluate(FIRST_ROW, ["Scoredock", "bulk-00"])
    window.side.press_row("Models", "bulk-00", "")
    window.page.evaluate(AFTER_KEY, "v100")
    window.press("ArrowRight")
    unfolded = window.page.evaluate("window.taken")
    window.side.press_title("Models", "Search Models")
    window.quick.wait("Search Models")
    window.quick.fill("bulk-77:77")
    wait_names(window, ["bulk-77"])
    window.press("Escape")
    print(f"10,000 versions: revealed in {revealed:.0f} ms, a hundred of them unfolded in {unfolded:.0f} ms")
    assert within(revealed, 3000)
    assert within(unfolded, 3000)
