"""What the checks say of mistakes in working projects, against what the runtime does with them."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

from depth import LONG
from mutants.judge import Verdict, choose, figures, judge_all
from mutants.operators import mutations
from mutants.projects import LIGHT, PROJECTS
from mutants.source import Mutation

EACH = int(os.environ.get("SCOREDOCK_MUTANTS_EACH", "1"))
"""Mutations of every operator and project; `python -m mutants.judge` judges all of them."""
SEED = int(os.environ.get("SCOREDOCK_MUTANTS_SEED", "4"))
TOLD = 0.95
JUDGED, FAILS, WORKS = (LIGHT, 60, 30) if LONG else (LIGHT[:2], 15, 8)
"""Projects that are judged, and how many of their mutations fail and work at the least; every operator is among
them."""
KNOWN = {("plain", "drop-argument", "zip(weights, row) -> zip(row)")}
"""What the checks do not tell of the mutations that are drawn at the gate: too few for a share to say anything."""


def _drawn() -> dict[str, list[Mutation]]:
    """The mutations of this run: at the gate, each operator in the first project that it can change."""
    chosen, seen = choose(JUDGED, EACH, SEED), set[str]()
    if LONG:
        return chosen
    for name, made in chosen.items():
        chosen[name] = [mutation for mutation in made if mutation.operator not in seen]
        seen |= {mutation.operator for mutation in made}
    return chosen


@pytest.mark.long(
    "tests/checks/test_runtime_agrees.py has the runtime judge the examples of the rules at the gate, and the judge of"
    " this test turns red there"
)
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_what_fails_is_told_and_what_works_is_not_blamed(tmp_path: Path) -> None:
    verdicts = judge_all(_drawn(), tmp_path, processes=2)
    counted = figures(verdicts)
    blamed = [v for v in verdicts if v.outcome == "works" and v.errors]
    untold = [v for v in verdicts if v.outcome == "fails" and not v.right and not v.operator.endswith("-data")]
    assert counted.fails > FAILS
    assert counted.works > WORKS
    assert blamed == []
    if LONG:
        assert counted.told >= TOLD * counted.fails, _listed(untold)
    else:
        assert {(v.project, v.operator, v.what) for v in untold} <= KNOWN, _listed(untold)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_judge_turns_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {name: made[:1] + made[-3:] for name, made in choose(LIGHT[:1], 1, SEED).items()}
    monkeypatch.setattr("mutants.judge.Workplace.errors", lambda _: [])
    blind = figures(judge_all(chosen, _folder(tmp_path / "blind"), processes=1))
    assert blind.fails > 0
    assert blind.told == 0


def test_every_project_is_changed_in_every_way() -> None:
    assert len({project.name for project in PROJECTS}) == len(PROJECTS)
    operators = {m.operator for p in PROJECTS for path, text in p.files.items() if text for m in mutations(path, text)}
    assert operators >= {
        "drop-statement",
        "drop-decorator",
        "drop-key",
        "drop-line",
        "rename-name",
        "rename-attribute",
        "rename-key",
        "rename-text",
        "rename-import",
        "retype-value",
        "retype-answer",
        "indent-statement",
        "dedent-statement",
        "indent-line",
        "dedent-line",
        "swap-decorators",
    }


def test_a_mutation_is_one_change_at_its_line() -> None:
    for project in LIGHT:
        for path, text in project.files.items():
            for mutation in mutations(path, text) if text else ():
                assert mutation.text != text
                assert 1 <= mutation.line <= text.count("\n") + 1
            if path.endswith(".py"):
                ast.parse(text)
            elif path.endswith(".json"):
                json.loads(text)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _listed(verdicts: list[Verdict]) -> str:
    return "\n".join(f"{v.project} {v.path}:{v.line} {v.operator} {v.what}: {v.reason}" for v in verdicts)
