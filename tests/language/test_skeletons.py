"""Whole scripts that are proposed: they begin where nothing is written yet, are never blamed, and answer in the real
runtime."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.language.completions import Completion, completions
from scoredock.language.completions.proposal import plain
from scoredock.language.completions.skeletons import INIT, RUN, SKELETONS
from scoredock.text import Position, TextEdit

from language.marked import applied, split

ONE = (ModelFacts("price", 3, ("model.pkl",)),)
TWO = (ModelFacts("first", 1, ("a.pkl",)), ModelFacts("second", 2, ("b.pkl",)))
BODIES = {
    "score: NumPy schema": {"data": [[1.0, 2.0, 3.0]]},
    "score: pandas schema": {"data": [{"age": 41.0, "weight": 70.5}]},
}
JOBLIB = """
import numpy


class Model:
    def predict(self, rows):
        return numpy.array([1.0 for _ in range(len(rows))])


def load(path):
    with open(path, "rb"):
        return Model()
"""


def known(models: tuple[ModelFacts, ...]) -> Facts:
    return Facts(path="/project/score.py", models={m.name: (m,) for m in models}, deployed_models=models)


def proposed(text: str, facts: Facts) -> dict[str, Completion]:
    text, place = split(text)
    return {p.label: p for p in completions(text, facts, place)}


def models_for(name: str) -> tuple[ModelFacts, ...]:
    return TWO if "several" in name else ONE


def script_of(name: str) -> str:
    return proposed("|", known(models_for(name)))[name].new_text


def test_all_kinds_are_proposed_in_an_empty_script() -> None:
    names = {s.name for s in SKELETONS}
    assert len(names) == 8
    for text in ("|", "\n\n|\n", "# scores houses\n|", '"""Scores houses."""\n\n|', "sc|", "i|"):
        assert names <= set(proposed(text, known(ONE))), text


@pytest.mark.parametrize("text", ["import os\n\nx = 1\n|", "def other():\n    pass\n\n\n|", "x = |", "    |"])
def test_they_are_not_proposed_where_code_stands(text: str) -> None:
    assert not {s.name for s in SKELETONS} & set(proposed(text, known(ONE)))


def test_other_files_are_left_alone() -> None:
    assert completions("", Facts(path="/project/train.py"), Position(0, 0)) == []


@pytest.mark.parametrize("name", [s.name for s in SKELETONS])
def test_no_skeleton_is_blamed(name: str) -> None:
    assert check(script_of(name), known(models_for(name))) == []


@pytest.mark.parametrize("name", [s.name for s in SKELETONS])
def test_a_skeleton_is_what_ruff_would_write(name: str) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    done = subprocess.run(
        [ruff, "format", "--isolated", "--diff", "--line-length=100", "-"],
        input=script_of(name),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_line_ends_are_kept() -> None:
    text = proposed("# crlf\r\n|", known(ONE))["score: plain JSON"].new_text
    assert text.count("\n") == text.count("\r\n") > 5


def test_init_and_run_bring_their_imports() -> None:
    text, place = split('"""Scores."""\n\nimport os\n\n\ndef helper():\n    pass\n\n\nini|\n')
    (found,) = [p for p in completions(text, known(ONE), place) if p.label == "init"]
    whole = applied(text, (TextEdit(found.range, found.new_text), *found.edits))
    assert "import joblib\nimport os\n" in whole
    assert whole.count("import os") == 1
    assert [f.code for f in check(whole, known(ONE))] == ["SD104"]  # run() is still to come
    lines = Lines(whole)
    (found,) = [p for p in completions(whole + "\nru", known(ONE), Position(len(lines.starts), 2)) if p.label == "run"]
    whole = applied(whole + "\nru", (TextEdit(found.range, found.new_text), *found.edits))
    assert check(whole, known(ONE)) == []


def test_what_is_there_is_not_proposed_again() -> None:
    assert "init" not in proposed("def init():\n    pass\n\n\n|", known(ONE))
    assert "run" in proposed("def init():\n    pass\n\n\n|", known(ONE))


def test_a_snippet_is_its_plain_text_with_places_to_jump_to() -> None:
    assert plain("a ${1:b} $2 ${3|x,y|} \\$ \\} ${4:c\\}d}") == "a b  x $ } c}d"
    for skeleton in (*SKELETONS, INIT, RUN):
        assert "$" not in plain(skeleton.text)


def test_the_runtime_takes_every_skeleton(tmp_path: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("the judge needs fork")
    cases = []
    for number, skeleton in enumerate(SKELETONS):
        if skeleton.name == "score: batch":
            continue  # no server calls it
        if "pandas" in skeleton.name and importlib.util.find_spec("pandas") is None:
            continue
        root = tmp_path / str(number)
        root.mkdir()
        (root / "joblib.py").write_text(JOBLIB)
        (root / "score.py").write_text(script_of(skeleton.name))
        models = models_for(skeleton.name)
        for model in models:
            folder = root / "azureml-models" / model.name / str(model.version)
            folder.mkdir(parents=True)
            for name in model.files:
                (folder / name).write_bytes(b"model")
        only = f"/{models[0].name}/{models[0].version}" if len(models) == 1 else ""
        (root / "model_dir").write_text(f"azureml-models{only}")
        body = json.dumps(BODIES.get(skeleton.name, {"data": [[1.0, 2.0]]}))
        cases.append({"id": skeleton.name, "root": str(root), "script": "score.py", "body": body})
    judge = Path(__file__).parents[1] / "checks" / "runtime_judge.py"
    done = subprocess.run(
        [sys.executable, str(judge)], input=json.dumps(cases), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert set(json.loads(done.stdout.splitlines()[-1]).values()) == {"ok"}, done.stderr[-2000:]


def test_the_batch_skeleton_gives_one_line_for_each_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    (tmp_path / "joblib.py").write_text(JOBLIB)
    (tmp_path / "model.pkl").write_bytes(b"model")
    files = []
    for number in range(3):
        path = tmp_path / f"rows{number}.csv"
        path.write_text("a,b\n1,2\n")
        files.append(str(path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    monkeypatch.delitem(sys.modules, "joblib", raising=False)
    space: dict[str, object] = {}
    exec(script_of("score: batch"), space)
    space["init"]()  # type: ignore[operator]
    assert len(space["run"](files)) == 3  # type: ignore[operator]
    monkeypatch.delitem(sys.modules, "joblib", raising=False)
