"""How much code there may be: budget.json has the lines of Python of each area, and a commit that raises one says why.

There is no limit on the lines of a file, as that is met by cutting. `python tests/rules/test_budget.py` writes the file
with what each area has now.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from rules.figures import ROOT, Figures

BUDGET = Path("tests/rules/budget.json")
STEP = 100
"""Lines to which a budget is rounded up, so that not each mend of a fault needs a new one."""
REASON = re.compile(r"^Budget: .*\w+ \+\d+.*: .+$", re.MULTILINE)
"""The line of a commit's message: `Budget: checks +300, sdk +100: columns of Booleans are read as Azure reads them`."""


def budget() -> dict[str, int]:
    lines: dict[str, int] = json.loads((ROOT / BUDGET).read_text("utf-8"))
    return lines


def larger(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Area → lines by which its budget grew; what a new area takes from others, as after a move, is not growth."""
    gone = sum(lines for area, lines in before.items() if area not in after)
    shrunk = sum(max(0, lines - after[area]) for area, lines in before.items() if area in after)
    grown = {area: lines - before.get(area, 0) for area, lines in after.items() if lines > before.get(area, 0)}
    return grown if sum(grown.values()) > gone + shrunk else {}


def unexplained(root: Path) -> list[str]:
    """Commits of the history that raise a budget without saying why."""
    found = []
    for commit in _git(root, "log", "--format=%H", "--", BUDGET.as_posix()).split():
        texts = [_git(root, "show", f"{each}:{BUDGET.as_posix()}") for each in (f"{commit}~1", commit)]
        grown = larger(*(json.loads(each or "{}") for each in texts)) if texts[0] else {}
        if grown and not REASON.search(_git(root, "show", "--no-patch", "--format=%B", commit)):
            found.append(f"{commit[:9]} raises {grown}")
    return found


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False).stdout


def test_each_area_keeps_to_its_budget() -> None:
    lines = Figures(ROOT).areas()
    assert lines.keys() == budget().keys(), "an area came or went: write its budget"
    above = {area: f"{lines[area]} of {most}" for area, most in budget().items() if lines[area] > most}
    assert not above, "take lines away elsewhere, or raise the budget in a commit that says why"


def test_a_budget_is_what_its_area_needs() -> None:
    lines = Figures(ROOT).areas()
    loose = {area: f"{lines[area]} of {most}" for area, most in budget().items() if most - lines[area] > 5 * STEP}
    assert not loose, "what became smaller stays so: write the new budget"


def test_what_raises_a_budget_says_why() -> None:
    assert unexplained(ROOT) == []


@pytest.mark.parametrize(
    ("message", "found"),
    [("checks: more", 1), ("checks: more\n\nBudget: checks +100: columns of Booleans", 0)],
)
def test_a_commit_that_raises_a_budget_in_silence_is_noticed(tmp_path: Path, message: str, found: int) -> None:
    _git(tmp_path, "init", "-q")
    file = tmp_path / BUDGET
    file.parent.mkdir(parents=True)
    for lines, text in (({"checks": 100}, "checks: first"), ({"checks": 200}, message)):
        file.write_text(json.dumps(lines), encoding="utf-8")
        _git(tmp_path, "add", ".")
        _git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", text)
    assert len(unexplained(tmp_path)) == found


def test_lines_that_move_raise_nothing() -> None:
    before = {"features": 1000, "events": 500}
    assert larger(before, {"features": 700, "contrib/events": 800}) == {}
    assert larger(before, {"features": 1000, "contrib/events": 700}) == {"contrib/events": 700}


if __name__ == "__main__":
    rounded = {area: -(-lines // STEP) * STEP for area, lines in Figures(ROOT).areas().items()}
    (ROOT / BUDGET).write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
