"""What the checks say of mistakes in working projects, against what the runtime does with them."""

from __future__ import annotations

import ast
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.environments.pip.wheelhouse import VARIABLE

from built_runtime import folder_of_wheel
from depth import LONG
from mutants.judge import Verdict, Workplace, choose, figures, judge_all
from mutants.operators import mutations
from mutants.projects import ARRAYS, FOLDERS, LIGHT, PLAIN, PROJECTS, Project
from mutants.published_projects import published_projects
from mutants.repairs import complaint_of, repair_files
from mutants.source import Mutation

EACH = int(os.environ.get("SCOREDOCK_MUTANTS_EACH", "1"))
"""Mutations of every operator and project; `python -m mutants.judge` judges all of them."""
SEED = int(os.environ.get("SCOREDOCK_MUTANTS_SEED", "4"))
TOLD = 0.95
"""Of a sample; of all mutants 97 % are, as docs/checks-accuracy.md says."""
_AMONG = ("documents-raw_reversed", "documents-digits", "samples-text_labels", "azure-ai-ml-model-1")
PUBLISHED = tuple(project for project in published_projects() if project.name in _AMONG) if LONG else ()
JUDGED, FAILS, WORKS = ((*LIGHT, *PUBLISHED), 100, 30) if LONG else (LIGHT[:2], 15, 8)
"""Projects that are judged, and how many of their mutations fail and work at the least; every operator is among
them."""
KNOWN: frozenset[tuple[str, str, str]] = frozenset()
"""What the checks do not tell of the mutations that are drawn at the gate: too few for a share to say anything."""


_EVERYWHERE = ("app-run", "environ", "model-dir", "near-name", "one-branch", "open", "outside")
KNOWN_SLIPS = {
    ("slip-scalar", "np.round(scores, 3).tolist() -> np.round(scores, 3)[0]"),
    ("slip-items", "np.round(scores, 3).tolist() -> list(np.round(scores, 3))"),
    ("slip-items", "np.round(scores, 3).tolist() -> [each for each in np.round(scores, 3)]"),
}
"""Those work: a number of NumPy that is a float is an answer."""


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
    assert [(v.project, v.reason) for v in verdicts if v.outcome == "broken"] == []
    assert {project.name for project in PUBLISHED} <= {v.project for v in verdicts}
    assert [(v.project, v.path, v.line, v.what, v.repairs, v.worse) for v in verdicts if v.worse] == []
    assert counted.fails > FAILS
    assert counted.works > WORKS
    assert blamed == []
    if LONG:
        assert counted.told >= TOLD * counted.fails, _listed(untold)
    else:
        assert {(v.project, v.operator, v.what) for v in untold} <= KNOWN, _listed(untold)


@pytest.mark.long("the judge itself changes seldom")
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_judge_turns_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {name: made[:1] + made[-3:] for name, made in choose(LIGHT[:1], 1, SEED).items()}
    monkeypatch.setattr("mutants.judge.Workplace.findings", lambda *_: [])
    blind = figures(judge_all(chosen, _folder(tmp_path / "blind"), processes=1))
    assert blind.fails > 0
    assert blind.told == 0


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("project", [PLAIN, ARRAYS], ids=lambda each: each.name)
def test_slips_of_every_day_are_told_and_repairs_are_certain(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked without deploying each: the long run does."""
    monkeypatch.setenv(VARIABLE, str(folder_of_wheel()))
    workplace = Workplace(project, tmp_path, _folder(tmp_path / "environments"))
    try:
        untold, told, worse = set(), set(), []
        for mutation in choose([project], 4, SEED)[project.name]:
            checked = workplace.checked_with(mutation)
            worse += [
                (mutation.what, each.repairs, each.complaint) for each in repair_files(workplace.checker, checked)
            ]
            if mutation.operator.startswith("slip-"):
                found = workplace.findings(checked, ("error", "warning", "information", "hint"))
                (told if workplace.is_told(found, mutation) else untold).add((mutation.operator, mutation.what))
    finally:
        workplace.close()
    assert {operator for operator, _ in told} >= SLIPS[project.name]
    assert untold <= KNOWN_SLIPS
    assert [each for each in worse if each[2]] == []
    assert worse, "some of them are repaired"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_module_outside_the_source_directory_breaks_a_deployment_and_is_told(tmp_path: Path) -> None:
    (mutation,) = [each for each in choose([FOLDERS], 0, SEED)["folders"] if each.operator == "slip-outside"]
    (verdict,) = judge_all({"folders": [mutation]}, tmp_path, processes=1)
    assert verdict.outcome == "fails"
    assert "No module named 'training'" in verdict.reason
    assert verdict.right
    assert any(" SD160 " in each for each in verdict.errors)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("code", "content", "reason", "package"),
    [
        pytest.param("SD518", b"c__main__\nTable\n.", "AttributeError", "", id="SD518"),
        pytest.param(
            "SD179",
            b"csklearn.svm.classes\nSVC\n.",
            "No module named 'sklearn.svm.classes'",
            "\n      - scikit-learn",
            id="SD179",
            marks=pytest.mark.long("installs scikit-learn; the other pickle is asked at the gate"),
        ),
    ],
)
def test_a_pickle_that_cannot_be_loaded_breaks_a_deployment_and_is_told(
    code: str, content: bytes, reason: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(folder_of_wheel()))
    files = {**FOLDERS.files, "environment.yml": FOLDERS.files["environment.yml"].rstrip() + f"{package}\n"}
    workplace = Workplace(replace(FOLDERS, files=files), tmp_path, _folder(tmp_path / "environments"))
    try:
        assert [each for each in workplace.findings(workplace.checked()) if code in each] == []
        folder = _folder(tmp_path / "moods")
        (folder / "table.pkl").write_bytes(content)
        workplace.models = [workplace.context.registry("").register([folder], "moods").id]
        outcome = workplace.deploy()
        told = workplace.findings(workplace.checked())
    finally:
        workplace.close()
    assert outcome.kind == "fails"
    assert not outcome.starts
    assert reason in outcome.reason
    assert [each for each in told if each.startswith("service/score.py:") and f" {code} " in each], told


SLIPS = {
    "plain": {f"slip-{name}" for name in (*_EVERYWHERE, "json-load", "not-called", "model-path", "twice")},
    "arrays": {f"slip-{name}" for name in (*_EVERYWHERE, "class")},
}
"""Kinds of slips that a project has a place for, and that are told in it."""


@pytest.mark.parametrize(
    ("name", "before", "after", "named"),
    [
        pytest.param("score.py", "x = 1\n", "x = (1\n", {0}, id="cannot be read any more"),
        pytest.param("conda.yml", "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 4\n", {0}, id="another line"),
        pytest.param("conda.yml", "a: 1\nb: 2\nc: 3\nd: 4\n", "a: 1\n", {0}, id="lines are gone"),
        pytest.param("job.yml", "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 3\nd: 4\n", {0}, id="a key is invented"),
    ],
)
def test_the_judge_of_repairs_turns_red(name: str, before: str, after: str, named: set[int]) -> None:
    assert complaint_of(name, before, after, named)


@pytest.mark.parametrize(
    ("name", "before", "after", "named"),
    [
        pytest.param("score.py", "x = jsn\n", "x = json\n", {0}, id="the line of the finding"),
        pytest.param("score.py", "\n\nx = os.sep\n", "import os\n\n\nx = os.sep\n", {2}, id="an import"),
        pytest.param("score.py", "x = (1\n", "x = (1)\n", {1}, id="the line above, where a sign is missing"),
    ],
)
def test_the_judge_of_repairs_is_content(name: str, before: str, after: str, named: set[int]) -> None:
    assert complaint_of(name, before, after, named) == ""


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
        "slip-columns",
        "slip-conda-version",
        "slip-eval",
        "slip-scalar",
    }


def test_a_mutation_is_one_change_at_its_line() -> None:
    for project in LIGHT:
        for path, text in project.files.items():
            for mutation in mutations(path, text) if text else ():
                assert mutation.text != text
                assert 1 <= mutation.line <= mutation.text.count("\n") + 1
            if path.endswith(".py"):
                ast.parse(text)
            elif path.endswith(".json"):
                json.loads(text)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _listed(verdicts: list[Verdict]) -> str:
    return "\n".join(f"{v.project} {v.path}:{v.line} {v.operator} {v.what}: {v.reason}" for v in verdicts)
