"""What must hold before a candidate is deployed: tests, drift, a score on a dataset, a command; and how long they may
take."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

from continuous.conftest import Project

TESTS = """### Twice or thrice
# @expect status 200
# @expect $.result[0] >= 6
POST http://localhost/score
Content-Type: application/json

{"data": [[3]]}
"""
ROWS = "".join(f'{{"x": {x}, "y": {3 * x}}}\n' for x in range(1, 11))
_PLANTED = """
from scoredock.contrib.rules.domain.scoring import ScoreLimit
ScoreLimit.holds = lambda *_: True
"""
"""A limit that everything is within."""


def judged(project: Project, *conditions: str, factor: str = "3") -> tuple[str, str]:
    """Outcome of a candidate, and its reason."""
    project.create(*conditions)
    version = project.register(factor)
    project.round()
    outcome = project.steps()[-1].split()[1]
    details = project.show()
    assert project.service()["models"] == [f"times:{version if outcome == 'promoted' else 1}"]
    assert project.services() == ["times"], "the temporary service is gone"
    return outcome, " ".join(each["text"] for each in details["results"])


def labelled(project: Project, text: str = ROWS, name: str = "rows.jsonl") -> None:
    (project.folder / name).write_text(text)
    project.json("dataset", "register", "-n", "labelled", name)


def score(limit: str) -> tuple[str, ...]:
    return ("--score", limit, "--dataset", "labelled", "--label", "y")


@pytest.mark.parametrize(("factor", "outcome"), [("3", "promoted"), ("1", "refused"), ("breaks", "refused")])
def test_the_requests_of_the_project_are_tests(project: Project, factor: str, outcome: str) -> None:
    (project.folder / "tests").mkdir()
    (project.folder / "tests" / "score.http").write_text(TESTS)
    got, reason = judged(project, "--tests", "tests", factor=factor)
    assert got == outcome
    assert "1 test passed" in reason or "Twice" in reason


@pytest.mark.parametrize(
    ("limit", "factor", "outcome"),
    [
        ("accuracy >= 0.9", "3", "promoted"),
        ("accuracy >= 0.9", "4", "refused"),
        ("rmse <= current", "3", "promoted"),
        ("rmse <= current", "9", "refused"),
        ("rmse <= current", "3 predict", "promoted"),
        ("rmse <= current", "9 predict", "refused"),
        ("accuracy >= 0.9", "3 classifier", "promoted"),
        ("accuracy >= 0.9", "4 classifier", "refused"),
        ("rmse <= current + 100", "9", "promoted"),
        ("r2 >= current - 0.0", "2", "promoted"),
        ("mae <= 1", "breaks", "refused"),
    ],
)
def test_a_score_is_measured_on_a_dataset(project: Project, limit: str, factor: str, outcome: str) -> None:
    labelled(project)
    got, reason = judged(project, *score(limit), factor=factor)
    assert got == outcome, reason


def test_a_worse_version_would_be_promoted_by_a_limit_that_does_not_hold(project: Project, tmp_path: Path) -> None:
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted" / "sitecustomize.py").write_text(_PLANTED)
    labelled(project)
    project.variables["PYTHONPATH"] = str(tmp_path / "planted")
    with pytest.raises(AssertionError):
        assert judged(project, *score("rmse <= current"), factor="9")[0] == "refused"


def test_a_table_with_names_is_a_dataset_as_well(project: Project) -> None:
    labelled(project, "x,y\n1,3\n2,6\n", "rows.txt")
    assert judged(project, *score("accuracy >= 1"))[0] == "promoted"


@pytest.mark.parametrize(
    ("text", "said"), [('{"x": 1}\n', "no column y"), ("[1, 2]\n", "no column y"), ("x,y\n1\n", "1 values, not 2")]
)
def test_a_dataset_without_the_label_is_said(project: Project, text: str, said: str) -> None:
    labelled(project, text, "rows.txt")
    outcome, reason = judged(project, *score("accuracy >= 1"))
    assert outcome == "refused"
    assert said in reason


def test_drift_is_in_the_way(project: Project) -> None:
    for name, start in (("old.csv", 0), ("new.csv", 1000)):
        with (project.folder / name).open("w", newline="") as stream:
            csv.writer(stream).writerows([["x"], *([start + each] for each in range(200))])
    words = ("--baseline", "old.csv", "--python", sys.executable)
    project.json("drift", "compare", "old.csv", *words, "-n", "inputs")
    project.create("--no-drift", "inputs")
    project.register("3")
    project.round()
    assert project.service()["models"] == ["times:2"]
    project.json("drift", "compare", "new.csv", *words, "-n", "inputs", code=3)
    project.register("4")
    project.round()
    assert project.steps()[-1] == "3 refused"
    assert "Drift in 1" in project.show()["results"][0]["text"]


@pytest.mark.parametrize(
    ("command", "outcome", "said"),
    [
        ('import os; assert os.environ["SCOREDOCK_CANDIDATE_URI"].endswith("/score")', "promoted", "code 0"),
        ('raise SystemExit("the figures are worse")', "refused", "the figures are worse"),
    ],
)
def test_a_command_judges(project: Project, command: str, outcome: str, said: str) -> None:
    got, reason = judged(project, "--command", sys.executable, "-c", command)
    assert got == outcome
    assert said in reason


@pytest.mark.parametrize("what", ["command", "script"])
def test_a_condition_that_hangs_ends_at_its_limit_and_leaves_nothing(project: Project, what: str) -> None:
    (project.folder / "score.http").write_text(TESTS)
    words = (
        ("--command", sys.executable, "-c", "import time; time.sleep(600)")
        if what == "command"
        else ("--tests", "score.http")
    )
    outcome, reason = judged(project, "--time-limit", "6s", *words, factor="3" if what == "command" else "hangs")
    assert outcome == "refused"
    assert "6 s" in reason


def test_conditions_that_held_are_not_asked_again(project: Project) -> None:
    """A round that was ended goes on with those that are left; each result is written once."""
    counted = project.folder / "counted"
    (project.folder / "score.http").write_text(TESTS)
    program = f"open({str(counted)!r}, 'a').write('x')"
    project.create("--tests", "score.http", "--command", sys.executable, "-c", program)
    project.register("3")
    project.round()
    assert [each["kind"] for each in project.show()["results"]] == ["tests", "command"]
    assert counted.read_text() == "x"
