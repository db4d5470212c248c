"""The page of a log: filters that hold for new lines, runs, requests, repeats, several services, keyboard and mouse."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error

from depth import rounds
from request_menu import press_more
from traffic import SCRIPT as HOUSES
from traffic import send
from workbench import fill, serious_faults, until, until_contains

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

SCRIPT = '''"""Says what it is asked to."""

import json
import os


def init():
    print("up")


def run(raw_data):
    asked = json.loads(raw_data)
    if asked.get("die"):
        os._exit(3)
    if "row" in asked:
        raise ValueError(f"row {asked['row']} is bad")
    for number in range(asked.get("lines", 0)):
        print("line", number)
    print(asked.get("say", "nothing to say"))
    return "done"
'''


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    folder = tmp_path_factory.mktemp("logs")
    (folder / "score.py").write_text(SCRIPT)
    desk = open_shared_desk(folder)
    for name in ("talker", "second"):
        desk.scoredock("service", "deploy", name, "--entry-script", str(folder / "score.py"))
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "second", "Healthy", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    desk.window.side.open_pane("Services")
    return desk


def say(desk: Desk, name: str = "talker", **body: Any) -> str:
    """The id of the request; what the script fails at, and a worker that dies, is meant."""
    uri = desk.scoredock("service", "show", name)["scoringUri"]
    request = urllib.request.Request(uri, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.headers["x-request-id"])
    except urllib.error.HTTPError as refused:
        return str(refused.headers["x-request-id"])
    except (urllib.error.URLError, ConnectionError):
        return ""


def page(desk: Desk, besides: Sequence[Frame] = ()) -> Frame:
    """The log page, once it has read; none of `besides`, which may be about to go."""

    def shown() -> Frame | None:
        desk.window.page.title()  # which frames there are is only learned while something is asked
        for frame in [each for each in desk.window.page.frames[1:] if each not in besides]:
            with contextlib.suppress(Error):  # it went while the window is loaded anew
                if frame.locator("#log:not([aria-busy])").count() and frame.locator(".line-row").count():
                    return frame
        return None

    frame = until(shown, "a log page", timeout=30)
    assert frame is not None
    return frame


def opened(desk: Desk, name: str = "talker") -> Frame:
    before = list(desk.window.page.frames)
    desk.window.side.choose("Services", name, "Open Log Page")
    frame = page(desk, before)
    frame.locator("#filters").click()
    return frame


def shown(frame: Frame) -> str:
    return "\n".join(frame.locator(".line-row").all_inner_texts())


@pytest.mark.long("a request, its failure and its line are looked up at the gate")
def test_a_filter_holds_for_what_is_there_and_what_comes(desk: Desk) -> None:
    say(desk, lines=5, say="first")
    frame = opened(desk)
    until_contains(lambda: shown(frame), "first")
    desk.picture("log-page-plain")
    assert serious_faults(frame) == []
    fill(frame.get_by_label("Filter Lines"), "line [13]$")
    toggle(frame, "Use Regular Expressions")
    until(lambda: "first" not in shown(frame) and "line 3" in shown(frame), "the filter")
    before = frame.locator(".line-row").count()
    say(desk, lines=5, say="later")
    until(lambda: frame.locator(".line-row").count() == before + 2, "the new lines that fit")
    assert "later" not in shown(frame)
    desk.picture("log-page-filter")


def toggle(frame: Frame, label: str) -> None:
    frame.get_by_role("button", name=label, exact=True).click()


def test_a_request_its_failure_and_the_line_of_the_script(desk: Desk) -> None:
    say(desk, row=6)
    request = say(desk, row=7)
    frame = opened(desk)
    fill(frame.get_by_label("Request id"), request)
    until(lambda: "row 7 is bad" in shown(frame) and "row 6" not in shown(frame), "the lines of the request")
    frame.locator(".link", has_text="score.py").first.click()
    until(lambda: "score.py" in desk.window.editor.tabs(), "the script")
    # The tab was hidden meanwhile: all is as it was left.
    desk.window.side.choose("Services", "talker", "Open Log Page")
    frame = page(desk)
    assert frame.get_by_label("Request id").input_value() == request
    until_contains(lambda: shown(frame), "row 7 is bad")


@pytest.mark.long("a request, its failure and its line are looked up at the gate")
def test_repeated_errors_are_one_entry_and_the_run_before_a_crash_is_there(desk: Desk) -> None:
    frame = opened(desk)
    toggle(frame, "Collapse Repeated Errors")
    frame.get_by_label("Level").select_option("error")
    for row in range(3):
        say(desk, row=100 + row)
    until(lambda: shown(frame).count("ValueError: row") == 1 and "row 102" in shown(frame), "one entry")
    assert "since" in frame.locator(".repeats").inner_text()
    desk.picture("log-page-collapsed")
    say(desk, say="last words")
    say(desk, die=1)
    frame.get_by_label("Level").select_option("debug")
    toggle(frame, "Collapse Repeated Errors")
    until_contains(lambda: shown(frame), "ended with exit code 3")
    toggle(frame, "Previous Run")
    until(lambda: "last words" in shown(frame) and "A new worker starts" not in shown(frame), "the previous run")
    assert "ended with exit code 3" in frame.locator(".line-row").last.inner_text()
    desk.picture("log-page-previous")


@pytest.mark.long("tests/lsp refuses expressions that are none")
def test_an_expression_that_is_none_is_told_and_the_last_filter_holds(desk: Desk) -> None:
    say(desk, lines=3)
    frame = opened(desk)
    toggle(frame, "Use Regular Expressions")
    fill(frame.get_by_label("Filter Lines"), "line [12]$")
    until(lambda: "line 2" in shown(frame) and "line 0" not in shown(frame), "the filter")
    fill(frame.get_by_label("Filter Lines"), "line [12")
    until_contains(lambda: frame.locator("#fault").inner_text(), "not a regular expression")
    assert frame.get_by_label("Filter Lines").get_attribute("aria-invalid") == "true"
    assert serious_faults(frame) == []
    before = frame.locator(".line-row").count()
    say(desk, lines=3)
    until(lambda: frame.locator(".line-row").count() == before + 2, "new lines of the filter that holds")


@pytest.mark.long("at the gate tests/lsp/test_log_pages.py asks it of the server; here it is drawn below its field")
def test_an_expression_that_does_not_end_is_told_when_a_line_comes(desk: Desk) -> None:
    say(desk, lines=3)
    frame = opened(desk)
    toggle(frame, "Use Regular Expressions")
    fill(frame.get_by_label("Filter Lines"), "^azmlinfsrv.print - (a|aa)+$")
    until(lambda: frame.locator("#log:not([aria-busy])").count() and "line 2" not in shown(frame), "the filter")
    assert not frame.locator("#fault").is_visible()
    say(desk, say=f"{'a' * 60}!")
    until_contains(lambda: frame.locator("#fault").inner_text(), "takes too long")
    assert frame.get_by_label("Filter Lines").get_attribute("aria-invalid") == "true"
    desk.picture("log-page-endless")
    fill(frame.get_by_label("Filter Lines"), "a+!$")
    until_contains(lambda: shown(frame), f"{'a' * 60}!")
    assert not frame.locator("#fault").is_visible()


@pytest.mark.long("tests/lsp/test_log_pages.py has several services; the keyboard has one at the gate")
def test_several_services_by_the_keyboard_and_after_a_reload(desk: Desk) -> None:
    window = desk.window
    say(desk, "second", say="from the second")
    frame = opened(desk)
    press_more(frame, "Services…")
    window.quick.wait()
    window.quick.pick("second", stays=True)
    window.press("Enter")
    window.page.locator(".tab.active", has_text="Log of talker, second").wait_for()
    until_contains(lambda: shown(frame), "from the second")
    assert {"talker", "second"} <= set(frame.locator(".line-row .service").all_inner_texts())
    assert serious_faults(frame) == []
    desk.picture("log-page-several")
    window.toggle_theme()
    assert serious_faults(frame) == []
    desk.picture("log-page-several")
    window.toggle_theme()
    toggle(frame, "Hide Health Checks")
    fill(frame.get_by_label("Exclude"), "POST")
    until(lambda: "POST /score" not in shown(frame), "the filter")
    window.reload()
    frame = page(desk)
    assert frame.locator("#filters").inner_text() == "Filter (1)"
    frame.locator("#filters").click()
    assert frame.get_by_label("Exclude").input_value() == "POST"
    assert frame.get_by_role("button", name="Hide Health Checks").get_attribute("aria-pressed") == "false"
    until_contains(lambda: shown(frame), "from the second")


@pytest.mark.long("a filter and a request are followed on the page at the gate")
def test_many_lines_are_scrolled_found_and_copied_by_the_keyboard(desk: Desk) -> None:
    window = desk.window
    say(desk, lines=30_000, say="the end of many")
    frame = opened(desk)
    until_contains(lambda: shown(frame), "the end of many")
    assert frame.locator(".line-row").count() < 150, "only what is in view is in the document"
    log = frame.locator("#log")
    log.focus()
    for _ in range(4):
        window.press("PageUp")
    until(lambda: frame.locator("#follow").get_attribute("aria-pressed") == "false", "following to end")
    say(desk, say="while reading")
    frame.locator("#newLines").wait_for()
    assert "while reading" not in shown(frame)
    # Up to the beginning, which is read in parts.
    until(
        lambda: (
            (log.evaluate("list => { list.scrollTop = 0; }"), "Found user script" in shown(frame))[1]
            or "beginning" in frame.locator("#above").inner_text()
        ),
        "the beginning of the log",
        timeout=60,
    )
    window.press("Control+f")
    window.page.keyboard.type("line 17345")
    until_contains(lambda: frame.locator("#found").inner_text(), "1 found")
    window.press("Enter")
    until_contains(lambda: frame.locator(".line-row.active").inner_text(), "line 17345")
    window.press("Escape")
    window.press("Control+c")
    until(lambda: "line 17345" in window.page.evaluate("navigator.clipboard.readText()"), "the line to be copied")
    window.press("End")
    until_contains(lambda: shown(frame), "while reading")
    assert frame.locator("#follow").get_attribute("aria-pressed") == "true"


FLOOD = rounds(gate=20_000, long=50_000)
TO_A_GAP = """async (list) => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    while (document.querySelector(".line-row.gap") === null && list.scrollTop > 0) {
        list.scrollTop -= list.clientHeight - 40;
        await drawn();
    }
}"""
"""A view at a time, as by Page Up."""


FLOODS = 5


def flood(desk: Desk, frame: Frame, say_at_end: str) -> int:
    """Follows lines that come faster than they are shown; how many the page says are not read yet. Beside other work
    they may come so slowly that the page keeps up; then there are more."""
    for attempt in range(FLOODS):
        end = f"{say_at_end} {attempt}"
        say(desk, "second", lines=FLOOD, say=end)
        until_contains(lambda: shown(frame), end, timeout=60)
        with contextlib.suppress(AssertionError):
            return int(until(lambda: unread(frame), "a gap", timeout=5))
    raise AssertionError(f"the page has kept up with {FLOODS} floods")


def unread(frame: Frame) -> int:
    frame.locator("#log:not([aria-busy])").wait_for()
    found = re.findall(r"([\d,]+) lines in between", frame.locator("#above").inner_text())
    return int(found[0].replace(",", "")) if found else 0


def scroll(frame: Frame, pixels: int) -> None:
    frame.locator("#log").evaluate("(list, pixels) => { list.scrollTop -= pixels; }", pixels)


def click_gap(frame: Frame) -> bool:
    """On the next one above; whether nothing is left out any more."""
    if not is_all_read(frame):
        frame.locator("#log").evaluate(TO_A_GAP)
        gap = frame.locator(".line-row.gap")
        if gap.count():
            gap.first.dispatch_event("click")
            until(lambda: "Reading" not in frame.locator("#above").inner_text(), "it to be read", timeout=60)
    return is_all_read(frame)


def is_all_read(frame: Frame) -> bool:
    frame.locator("#log:not([aria-busy])").wait_for()
    below = frame.locator("#above").inner_text()
    return "Reading" not in below and "in between" not in below


def copied(desk: Desk, frame: Frame) -> list[str]:
    """What stands behind "line " in all lines of the page, copied by its menu."""
    press_more(frame, "Copy")
    many = frame.locator("#count").inner_text()
    until_contains(lambda: frame.locator("#said").text_content() or "", f"{many} copied")
    numbers: list[str] = []

    def is_there() -> bool:
        text: str = desk.window.page.evaluate("navigator.clipboard.readText()")
        numbers[:] = re.findall(r"print - line (\d+)$", text, re.MULTILINE)
        return len(text.splitlines()) == int(many.split()[0].replace(",", ""))

    until(is_there, "the lines to be copied")
    return numbers


@pytest.mark.long("a flood is read by a click at the gate; tests/lsp/test_log_gaps.py has every line of it")
def test_each_line_of_a_flood_is_read_where_one_scrolls_to_it(desk: Desk) -> None:
    frame = opened(desk, "second")
    controls = frame.locator("header button:visible, header input:visible, header select:visible")
    assert controls.count() == 11
    frame.locator("#filters").click()
    assert controls.count() == 4
    left_out = flood(desk, frame, "the end of a flood")
    desk.picture("log-page-flood")
    frame.locator("#log").evaluate(TO_A_GAP)
    until(lambda: scroll(frame, 100) or is_all_read(frame) or unread(frame) < left_out, "a part to be read", timeout=60)
    until(lambda: click_gap(frame), "all that was left out", timeout=300)
    assert frame.locator("#follow").get_attribute("aria-pressed") == "false"
    assert copied(desk, frame)[-FLOOD:] == [str(number) for number in range(FLOOD)]


@pytest.mark.long("tests/lsp reads what was left out at the gate")
def test_a_click_reads_all_that_was_left_out_and_fits_the_filter(desk: Desk) -> None:
    frame = opened(desk, "second")
    fill(frame.get_by_label("Filter Lines"), "line [0-9]*[0-4]$|flood")
    toggle(frame, "Use Regular Expressions")
    until(lambda: "is ready" not in shown(frame), "the filter")
    flood(desk, frame, "the end of another flood")
    frame.locator("#log").evaluate(TO_A_GAP)
    assert "those that fit the filter" in frame.locator(".line-row.gap").first.inner_text()
    until(lambda: click_gap(frame), "all that was left out", timeout=300)
    wanted = [str(number) for number in range(FLOOD) if number % 10 < 5]
    assert copied(desk, frame)[-len(wanted) :] == wanted


@pytest.mark.long("tests/lsp/test_log_gaps.py and tests/extension have what is told")
def test_lines_that_are_no_longer_kept_are_told_where_they_were(desk: Desk) -> None:
    frame = opened(desk, "second")
    left_out = flood(desk, frame, "the end of a flood that is deleted")
    log = Path(desk.scoredock("service", "show", "second")["logFile"])
    for path in log.parent.glob(f"{log.name}*"):
        path.unlink()
    told: list[int] = []

    def up() -> bool:
        frame.locator("#log").evaluate(TO_A_GAP)
        scroll(frame, 100)
        for text in frame.locator(".line-row.lost").all_inner_texts():
            told.append(int(text.split()[0].replace(",", "")))
            assert text.endswith("lines are no longer kept")
        return is_all_read(frame)

    until(up, "what was left out", timeout=120)
    desk.picture("log-page-lost")
    assert 0 < sum(set(told)) <= left_out


@pytest.mark.long("tests/lsp/test_log_gaps.py ends such a watch at the gate")
def test_a_service_that_goes_while_its_log_is_open(desk: Desk) -> None:
    script = str(desk.folder / "score.py")
    desk.scoredock("service", "deploy", "passing", "--entry-script", script)
    desk.window.side.wait_row("Services", "passing", "Healthy", timeout=60)
    frame = opened(desk, "passing")
    until_contains(lambda: shown(frame), "is ready")
    desk.scoredock("service", "delete", "passing")
    until_contains(lambda: frame.locator("#notice").inner_text(), "passing")
    assert "is ready" in shown(frame)
    desk.scoredock("service", "deploy", "passing", "--entry-script", script)
    until(lambda: frame.locator("#notice").is_hidden(), "no word of what is there again")
    until_contains(lambda: shown(frame), "is ready")


@pytest.mark.long("the picture of the guide; what is on it is asked for above")
def test_the_log_of_a_service_that_is_used(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder = tmp_path / "houses"
    folder.mkdir()
    (folder / "score.py").write_text(HOUSES)
    desk = open_desk(folder)
    desk.scoredock("service", "deploy", "prices", "--entry-script", str(folder / "score.py"))
    uri = desk.scoredock("service", "show", "prices")["scoringUri"]
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "prices", "Healthy", timeout=60)
    frame = opened(desk, "prices")
    toggle(frame, "Collapse Repeated Errors")
    house = {"area": 84.5, "rooms": 3, "year": 1972}
    others: list[dict[str, float]] = [house, {**house, "year": 20_240}, {**house, "area": 612.0}, {**house, "rooms": 5}]
    for round_ in range(12):
        for other in [*others, *[house] * (round_ % 3)]:
            send(uri, json.dumps({"data": [house] * (1 + round_ % 2) + [other]}).encode())
    until(lambda: "12\u00d7 since" in shown(frame) and "no house was built" in shown(frame), "the repeats")
    desk.picture("log-page")
