"""Batch scoring by mouse: a script and a folder, a model and a table; the job in its view, its page and its output."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from debugging.dap import debugger_python
from desks import place_of
from kubeconfigs import NOBODY, write_kubeconfig
from ports import free_port
from ray_cluster.job_server import head, job_server
from workbench import until
from workbench.debugger import debugger_vsix
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from desks import Desk

SCRIPT = """\
import os


def init():
    pass


def run(mini_batch):
    names = [os.path.basename(path) for path in mini_batch]
    if "14.txt" in names and os.path.exists({lock!r}):
        raise ValueError("it is locked")
    return names
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "numbers").mkdir(parents=True)
    for number in range(30):
        (folder / "numbers" / f"{number:02}.txt").write_text(str(number))
    (folder / "lock").touch()
    (folder / "batch_score.py").write_text(SCRIPT.format(lock=str(folder / "lock")))
    (folder / "conda.yml").write_text("dependencies:\n- python\n- pip:\n  - azureml-defaults\n")
    return folder


def test_a_folder_is_scored_by_mouse(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window, side = desk.window, desk.window.side
    side.choose_for_file("batch_score.py", "Score in Batch…")
    window.quick.wait("Input: a Table, or a Folder with Files")
    window.quick.choose_path(str(project / "numbers"))
    window.quick.pick("Paths of Files")
    window.quick.pick("conda.yml")
    window.quick.answer("10")
    window.quick.answer(str(project / "scored"))
    window.quick.refuse("Batch Score", "3 to 32 small letters")
    window.quick.answer("nightly")
    page = window.webview("Progress").locator("body")
    until(lambda: "Completed with errors" in page.inner_text(), "the page of a finished job", timeout=120)
    window.notices.wait("nightly completed with errors: 1 mini-batch failed, 10 items without a result.")
    window.notices.clear()
    said = page.inner_text()
    assert "3 of 3" in said
    assert "ValueError: it is locked" in said
    assert "batch_score.py:11" in said
    assert "00.txt" in said, "the first lines of the output"
    side.show("Scoredock")
    for view in ("Workspaces", "Models", "Environments"):
        side.fold_pane(view)
    row = side.wait_row("Batch Jobs", "nightly", "1 of 3 failed")
    assert row.description.startswith("1 of 3 failed · Completed with errors")
    assert page.get_by_role("button").first.inner_text() == "Run Failed Again"
    desk.picture("page-batch-job")
    assert (project / "scored" / "parallel_run_step.txt").read_text().split() == [
        f"{number:02}.txt" for number in range(30) if not 10 <= number < 20
    ]

    page.get_by_role("button", name="Run Again").click()
    # It fails once more, and nothing of the others is run.
    until(lambda: "Run Again" not in page.inner_text(), "the job to work again", timeout=60)
    until(lambda: "Run Again" in page.inner_text(), "the job to end again", timeout=60)
    (project / "lock").unlink()
    side.press_inline("Batch Jobs", "nightly", "Resume")
    until(
        lambda: "failed" not in side.wait_row("Batch Jobs", "nightly", "Completed").description, "all done", timeout=60
    )
    side.choose("Batch Jobs", "nightly", "Open Output")
    until(lambda: "parallel_run_step.txt" in window.editor.tabs(), "the output to open")
    side.choose("Batch Jobs", "nightly", "Open Log")
    until(lambda: "nightly.log" in window.editor.tabs(), "the log to open")


def attach_ray(desk: Desk, address: str) -> None:
    """By mouse; the dashboard of no Ray cluster is there."""
    window, side, quick = desk.window, desk.window.side, desk.window.quick
    side.show("Scoredock")
    side.open_pane("Workspaces")
    side.expand("Workspaces", "Compute")
    side.press_inline("Workspaces", "Compute", "Attach Compute…")
    quick.wait("Attach Compute")
    assert quick.labels() == ["prod", "Another Kubeconfig File…", "Docker on Another Machine…", "Ray Cluster…"]
    quick.pick("Ray Cluster…")
    quick.wait("Attach Ray Cluster")
    quick.answer(address.removeprefix("http://"))
    quick.refuse("r", "2 to 16 letters")
    quick.answer("ray")
    quick.refuse("70000", "A port is a number from 1 to 65535.")
    quick.answer("")
    window.notices.wait("is not the address of Ray's dashboard")
    window.notices.clear()
    assert desk.scoredock("compute", "list", "--no-ask")["targets"] == []

    side.press_inline("Workspaces", "Compute", "Attach Compute…")
    quick.pick("Ray Cluster…")
    quick.answer(address)
    quick.answer("ray")
    quick.answer("10500")
    window.notices.wait("Attached ray, though batch jobs cannot run there now: does not answer")
    window.notices.press("Attached ray, though batch jobs cannot run there now", "Check")
    window.notices.press("ray: cluster: ", "Show Report")
    report = window.page.locator(".part.editor .view-line", has_text=f"ray: Ray cluster at {address}")
    until(lambda: report.count(), "the report")
    window.notices.clear()
    row = side.wait_row("Workspaces", "ray", address.removeprefix("http://"))
    assert "does not answer" in row.description
    desk.picture("compute-ray-silent")
    assert "Port of the Head Node: 10500" in side.tooltip("Workspaces", "ray", address)

    with job_server(head()) as server:
        desk.scoredock("compute", "attach", "live", "--ray", server.address)
        side.press_inline("Workspaces", "Compute", "Refresh")
        row = side.wait_row("Workspaces", "live", server.address.removeprefix("http://"))
        assert "does not answer" not in row.description
        said = side.tooltip("Workspaces", "live", "Nodes: 1")
        assert all(part in said for part in ("Ray Version: 2.60.0", "Python: 3.11.7", "Processors: 4")), said
        if os.environ.get("SCOREDOCK_SHOTS"):
            # Not by `picture`, which moves the pointer away from the row.
            window.page.screenshot(path=str(place_of("compute-ray-nodes", window.theme())))
    desk.scoredock("compute", "detach", "live")


def test_where_a_job_runs_is_asked_once_clusters_are_attached(
    open_desk: Callable[..., Desk], project: Path, tmp_path: Path
) -> None:
    write_kubeconfig(tmp_path / "kubeconfig", {"prod": NOBODY})
    (project / "lock").unlink()
    desk = open_desk(project, env={"KUBECONFIG": str(tmp_path / "kubeconfig")})
    address = f"http://127.0.0.1:{free_port()}"
    attach_ray(desk, address)
    place = ("--context", "prod", "--namespace", "models", "--registry", "registry.example.com/team")
    desk.scoredock("compute", "attach", "aks", *place)
    window = desk.window
    window.side.choose_for_file("batch_score.py", "Score in Batch…")
    window.quick.wait("Input: a Table, or a Folder with Files")
    window.quick.choose_path(str(project / "numbers"))
    window.quick.pick("Paths of Files")
    window.quick.pick("conda.yml")
    window.quick.wait("Where it runs")
    assert window.quick.labels() == ["This Machine", "aks", "ray"]
    assert any(address in text for text in window.quick.texts())
    window.quick.pick("This Machine")
    window.quick.answer("10")
    window.quick.answer(str(project / "scored"))
    window.quick.fill("nightly")
    window.quick.press_button("Encoding of the Input, Form of the Output…")
    window.quick.pick("Results Are Only Counted")
    page = window.webview("Progress").locator("body")
    until(lambda: "Completed" in page.inner_text(), "the page of a finished job", timeout=120)
    assert "This Machine" in page.inner_text()
    job = desk.scoredock("batch", "show", "nightly")["job"]
    assert (job["compute"], job["results"]) == ("", 30)
    assert not (project / "scored" / "parallel_run_step.txt").exists()


def test_a_model_scores_a_table_by_mouse(open_desk: Callable[..., Desk], tmp_path: Path, trained: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(trained, folder / "model.pkl")
    names = "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6"
    rows = [",".join(f"{number / 100 + column / 1000:.3f}" for column in range(10)) for number in range(50)]
    (folder / "patients.csv").write_text("\n".join([names, *rows]) + "\n")
    desk = open_desk(folder)
    desk.scoredock("model", "register", "model.pkl", "--name", "diabetes")
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    side.wait_row("Models", "diabetes")
    side.choose("Models", "diabetes", "Score in Batch…")
    window.quick.wait("Input: a Table, or a Folder with Files")
    window.quick.choose_path(str(folder / "patients.csv"))
    window.quick.pick("Rows of CSV Files")
    window.quick.answer("")
    window.quick.answer(str(folder / "scored"))
    window.quick.fill("diabetes")
    window.quick.press_button("Encoding of the Input, Form of the Output…")
    window.quick.answer("")
    window.quick.answer("")
    window.quick.wait("What becomes of the results")
    window.quick.pick("One File with All Results")
    window.quick.wait("Format of the output")
    window.quick.answer("CSV")  # an explanation of the row above may lie over it
    window.quick.answer("With Input Keys")
    window.quick.answer("patients-scored.csv")
    page = window.webview("Progress").locator("body")
    until(lambda: "Completed" in page.inner_text(), "the page of a finished job", timeout=120)
    with (folder / "scored" / "patients-scored.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [(each["input_file"], each["input_row"]) for each in lines] == [
        (str(folder / "patients.csv"), str(number)) for number in range(50)
    ]
    assert len({float(list(each.values())[-1]) for each in lines}) == 50
    desk.picture("page-model-scored-in-batch")


def first_rows(page: Locator, containing: str) -> list[list[str]]:
    """The cells of the first two rows of a table."""
    rows = page.locator("table", has_text=containing).locator("tbody tr").all()[:2]
    return [row.locator("th, td").all_inner_texts() for row in rows]


WAITING = """\
import os
import time


def init():
    pass


def run(mini_batch):
    while not os.path.exists({go!r}):
        time.sleep(0.05)
    return [f"{{os.path.basename(path)}} {{int(open(path).read()) / 10}}" for path in mini_batch]
"""


def test_a_job_is_paused_goes_on_and_is_deleted_by_mouse(open_desk: Callable[..., Desk], project: Path) -> None:
    (project / "batch_score.py").write_text(WAITING.format(go=str(project / "go")))
    desk = open_desk(project)
    window, side = desk.window, desk.window.side
    words = ("--entry-script", "batch_score.py", "--conda-file", "conda.yml", "--input", "numbers")
    more = ("--mini-batch-size", "10", "--process-count", "1", "--no-wait")
    desk.scoredock("batch", "run", "--name", "nightly", *words, "--output-path", "scored", *more)
    side.show("Scoredock")
    for view in ("Workspaces", "Models", "Environments"):
        side.fold_pane(view)

    def is_under_way() -> bool:
        return any(each["batch"] is not None for each in desk.scoredock("batch", "show", "nightly")["workers"])

    until(is_under_way, "a mini-batch under way", timeout=60)
    side.press_inline("Batch Jobs", "nightly", "Pause")
    side.wait_row("Batch Jobs", "nightly", "Pausing")
    side.choose("Batch Jobs", "nightly", "Show Details")
    page = window.webview("Progress").locator("body")
    until(lambda: "no other one begins" in page.inner_text(), "the page to say what pausing is")
    (project / "go").touch()
    side.wait_row("Batch Jobs", "nightly", "Paused")
    until(lambda: "Paused" in page.inner_text(), "the page of a paused job")
    assert "33%" in side.wait_row("Batch Jobs", "nightly", "1 mini-batch").description
    desk.picture("page-batch-job-paused")
    page.get_by_role("button", name="Resume").click()
    side.wait_row("Batch Jobs", "nightly", "Completed")
    until(lambda: "3 of 3" in page.inner_text() and "Completed" in page.inner_text(), "the page of a finished job")
    assert first_rows(page, "00.txt") == [["00.txt", "0.0"], ["01.txt", "0.1"]]
    desk.picture("page-batch-job-table")
    side.choose("Batch Jobs", "nightly", "Delete Batch Job")
    window.notices.dialog("Delete")
    until(lambda: desk.scoredock("batch", "list")["jobs"] == [], "the job to be gone", timeout=30)
    assert (project / "scored" / "parallel_run_step.txt").is_file()


def test_a_batch_script_is_tried_by_mouse(open_desk: Callable[..., Desk], project: Path) -> None:
    rows = "".join(f"{number},{number / 2}\n" for number in range(40))
    (project / "customers.csv").write_text(f"id,amount\n{rows}")
    script = project / "batch_score.py"
    script.write_text(
        "def init():\n    pass\n\n\n"
        "def run(mini_batch):\n    return [row.split(',')[2] for path in mini_batch for row in open(path)]\n"
    )
    desk = open_desk(project)
    window = desk.window
    window.editor.open("batch_score.py")
    until(lambda: window.editor.lenses() == ["Score in Batch…", "Check", "Try It"], "the lenses", timeout=60)
    window.editor.press_lens("Try It")
    window.quick.wait("Input of the mini-batch")
    window.quick.pick("Files or a Table…")
    window.quick.choose_path(str(project / "customers.csv"))
    window.quick.pick("Paths of Files")
    window.notices.wait("The mini-batch failed.", timeout=120)
    window.notices.press("The mini-batch failed.", "Go to Line")
    window.status.wait("Ln 6")
    until(lambda: window.editor.squiggles("error"), "the line to be underlined")
    window.notices.clear()
    script.write_text(
        "def init():\n    pass\n\n\n"
        "def run(mini_batch):\n"
        "    return [row.strip().replace(',', ' ') for path in mini_batch for row in open(path)]\n"
    )
    window.editor.press_lens("Try It")
    # What was taken the last time is one key away.
    window.quick.pick("customers.csv")
    window.notices.wait("run() returned 41 results for 1 item.", timeout=120)
    window.notices.press("41 results for 1 item", "Show Details")
    page = window.webview("Mini-Batches").locator("body")
    assert first_rows(page, "amount") == [["id", "amount"], ["0", "0.0"]]
    desk.picture("page-batch-script-tried")


@pytest.mark.long("tests/batch stops in run() through the command line; this is another minute of the editor")
def test_f5_in_a_batch_script_stops_in_run(open_desk: Callable[..., Desk], project: Path, tmp_path: Path) -> None:
    def debugger(home: Path) -> Path:
        return debugger_vsix(tmp_path / "debugger.vsix", debugger_python(home))

    (project / "batch_score.py").write_text(
        "import os\n\n\ndef init():\n    pass\n\n\n"
        "def run(mini_batch):\n    names = [os.path.basename(path) for path in mini_batch]\n    return names\n"
    )
    desk = open_desk(project, extension=debugger)
    window = desk.window
    window.editor.open("batch_score.py")
    until(lambda: "Try It" in window.editor.lenses(), "the lens of a batch script", timeout=60)
    _, y = window.editor.place("return names")
    margin = window.page.locator(".part.editor .monaco-editor .glyph-margin").first.bounding_box()
    assert margin is not None
    window.page.mouse.click(margin["x"] + margin["width"] / 2, y)
    until(lambda: window.page.locator(".codicon-debug-breakpoint").count() > 0, "a breakpoint in the margin")
    window.editor.click("names")
    window.quick.run_command("Scoredock: Debug Service of This Script")
    window.quick.wait("Input of the mini-batch")
    window.quick.pick("Folder…")
    window.quick.choose_path(str(project / "numbers"))
    line = window.page.locator(".debug-top-stack-frame-line").first
    line.wait_for(timeout=120_000 * STRETCH)
    window.status.wait("Ln 10")
    desk.picture("debug-batch-script")

    def gone_on() -> bool:
        """Of each of the mini-batches; the next one stops at once."""
        if line.is_visible():
            window.press("F5")
        return any("run() returned 30 results for 30 items." in text for text in window.notices.texts())

    until(gone_on, "the end of the mini-batches", timeout=60, every=1)
    window.page.locator(".debug-toolbar").wait_for(state="hidden", timeout=60_000 * STRETCH)
