"""What ParallelRunStep and batch deployments are documented to do: the cases of docs/internals/batch-contract.md, and
that each place which shows a job says how it has ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.registry.audit.log import AuditLog

from batch.cases import CASES, Case
from batch.conftest import Terminal
from batch.shown_job import Editor, editor

PAGE = Path(__file__).parents[2] / "docs" / "internals" / "batch-contract.md"
WORDS = {"Completed": "Completed", "CompletedWithErrors": "Completed with errors", "Failed": "Failed"}
ICONS = {"Completed": "pass", "CompletedWithErrors": "warning", "Failed": "error"}
TONES = {"Completed": "good", "CompletedWithErrors": "warning", "Failed": "bad"}
LINEAGE = {"Completed": "COMPLETE", "CompletedWithErrors": "COMPLETE", "Failed": "FAIL"}


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with editor(tmp_path_factory.mktemp("bundle")) as shown:
        yield shown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, terminal: Terminal, window: Editor) -> None:
    for name, content in case.files.items():
        path = terminal.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    terminal.write(batch_score__py=case.script)
    words = ["batch", "run", "--name", "the-job", "--entry-script", "batch_score.py", "--output-path", "out"]
    words += ["--conda-file", "pandas.txt" if case.needs_pandas else "plain.txt"]
    words += [word for path in case.input for word in ("--input", path)]
    target = terminal.folder / "out" / case.file_name
    ended = terminal.run(*words, *case.options)
    assert ended.returncode == (1 if case.code else 0), ended.stderr
    assert (target.read_text() if target.exists() else None) == case.output
    text = ended.stderr if case.code else ended.stdout
    assert case.says in text
    assert f"[{case.code}]" in text or not case.code
    if case.is_refused:
        assert terminal.json("batch", "list")["jobs"] == []
        return

    details = terminal.json("batch", "show", "the-job")
    assert details["job"]["state"] == case.state
    assert case.says in details["error"]
    assert bool(details["error"]) == bool(case.says or case.code)
    seen = {**details, **details["job"]}
    assert {name: seen[name] for name in case.facts} == dict(case.facts)
    if case.causes:
        assert [each["cause"] for each in details["failures"]] == list(case.causes)
    lines = terminal.json("batch", "logs", "the-job")["lines"]
    assert any(case.log in line for line in lines) or not case.log, lines
    _shows_its_end(case, terminal)
    _shows_its_end_in_the_editor(case, details, terminal.json("batch", "outputs", "the-job"), window)


def _shows_its_end(case: Case, terminal: Terminal) -> None:
    """Terminal, events and lineage."""
    words = WORDS[case.state]
    shown = terminal.run("batch", "show", "the-job").stdout
    assert re.search(rf"^state +{words}(, \d+% of the input)?$", shown, re.MULTILINE)
    assert re.search(rf"^the-job +{words} +\d+%", terminal.run("batch", "list").stdout, re.MULTILINE)
    (job,) = terminal.json("batch", "list")["jobs"]
    assert (job["state"], job["percentage"]) == (case.state, 100 if case.state != "Failed" else job["percentage"])
    (record,) = [each for each in AuditLog(terminal.jobs.parent).read() if each.what == "batch.finished"]
    assert record.data["state"] == case.state
    lineage = terminal.run("lineage", "show", "batch:the-job", "--openlineage", "events.jsonl")
    assert lineage.returncode == 0, lineage.stderr
    events = [json.loads(line) for line in (terminal.folder / "events.jsonl").read_text().splitlines()]
    assert [each["eventType"] for each in events if each["job"]["name"] == "batch/the-job"] == [
        "START",
        LINEAGE[case.state],
    ]


def _shows_its_end_in_the_editor(case: Case, details: dict[str, Any], outputs: dict[str, Any], window: Editor) -> None:
    """Row, page and message."""
    shown, job = window.shown(details, outputs), details["job"]
    rest = shown["row"].split(" · ")
    assert WORDS[case.state] in rest[:2]
    assert not job["failed"] or any("failed" in words.lower() for words in rest[:1]), "a side bar cuts off the rest"
    assert shown["icon"]["id"] == ICONS[case.state]
    assert shown["states"] == [{"text": WORDS[case.state], "tone": TONES[case.state]}]
    notices = [each["tone"] for each in shown["notices"] if details["error"] and details["error"] in each["text"]]
    assert notices == [TONES[case.state]] * bool(case.says or case.code)
    is_again = job["isPlanned"] and job["failed"] > 0 and job["completed"] + job["failed"] == job["planned"]
    main = "Run Failed Again" if is_again else "Resume" if case.code else "Open Output"
    # Whether the last of four is planned as such when a limit is passed depends on their speed.
    nothing_to_run = bool(case.code) and job["isPlanned"] and job["completed"] == job["planned"] and not job["results"]
    assert (main in dict(shown["buttons"])) == (not nothing_to_run)
    assert nothing_to_run or shown["buttons"][0] == [main, "first"]
    assert ("Open Output" in dict(shown["buttons"])) == (not case.code)
    assert (details["error"] in shown["sentence"]) or case.state != "CompletedWithErrors"


def test_the_page_has_these_cases() -> None:
    named = re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert named == [case.name for case in CASES]
    assert len(named) >= 56
