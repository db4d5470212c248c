"""What ParallelRunStep and batch deployments are documented to do: the 40 cases of docs/internals/batch-contract.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batch.cases import CASES, Case
from batch.conftest import Terminal

PAGE = Path(__file__).parents[2] / "docs" / "internals" / "batch-contract.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, terminal: Terminal) -> None:
    for name, text in case.files.items():
        path = terminal.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    terminal.write(batch_score__py=case.script)
    words = [
        "batch",
        "run",
        "--name",
        "the-job",
        "--entry-script",
        "batch_score.py",
        "--output-path",
        "out",
    ]
    words += ["--conda-file", "pandas.txt" if case.needs_pandas else "plain.txt"]
    words += [word for path in case.input for word in ("--input", path)]
    target = terminal.folder / "out" / case.file_name
    if case.code:
        assert terminal.refused(*words, *case.options)["code"] == case.code
        assert not target.exists()
        assert terminal.json("batch", "show", "the-job")["job"]["state"] == "Failed"
        return
    details = terminal.json(*words, *case.options)
    assert details["job"]["state"] == "Completed"
    assert (target.read_text() if target.exists() else None) == case.output
    seen = {**details, **details["job"]}
    assert {name: seen[name] for name in case.facts} == dict(case.facts)
    if case.causes:
        assert [each["cause"] for each in details["failures"]] == list(case.causes)
    lines = terminal.json("batch", "logs", "the-job")["lines"]
    assert any(case.log in line for line in lines) or not case.log, lines


def test_the_page_has_these_cases() -> None:
    named = re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert named == [case.name for case in CASES]
    assert len(named) >= 40
