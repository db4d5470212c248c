"""The counterparts of the documents' samples get exactly the findings they deserve."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of

_PATH = Path(__file__).parents[1] / "samples" / "expected.py"
_SPEC = importlib.util.spec_from_file_location("sample_expectations", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
expected = importlib.util.module_from_spec(_SPEC)
sys.modules["sample_expectations"] = expected
_SPEC.loader.exec_module(expected)

FILES: Path = expected.FILES


def facts_of(path: Path, **known: object) -> Facts:
    return Facts(path=str(path), exists=os.path.exists, is_folder=os.path.isdir, listing=os.listdir, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize("sample", expected.SAMPLES, ids=lambda s: s.path)
def test_findings(sample) -> None:
    path = FILES / sample.path
    text = path.read_text(encoding="utf-8")
    assert kind_of(str(path), text) is not None
    found = check(text, facts_of(path))
    assert [(f.code, f.range.start.line + 1) for f in found] == list(sample.findings)


def test_every_file_is_in_the_table() -> None:
    files = {p.relative_to(FILES).as_posix() for p in FILES.rglob("*") if p.is_file() and p.name != "ruff.toml"}
    files = {f for f in files if not any(part.startswith((".", "__")) for part in f.split("/"))}
    assert files == {s.path for s in expected.SAMPLES}


@pytest.mark.parametrize("sample", [s for s in expected.SAMPLES if s.deploys], ids=lambda s: s.path)
def test_what_deploys_has_no_error_with_its_own_models(sample) -> None:
    content = {
        "ridge-file": ("price_ridge.pkl",),
        "ridge-folder": ("price_model/price_ridge.pkl",),
        "moods": tuple(
            f"moods/{n}" for n in ("classifier.joblib", "stop_words.joblib", "word_counter.pkl", "mood_names.pkl")
        ),
    }
    models = tuple(ModelFacts(name, 1, content[kind]) for name, kind in sample.deploys.models)
    path = FILES / sample.path
    found = check(path.read_text(encoding="utf-8"), facts_of(path, deployed_models=models))
    assert [f for f in found if f.severity in ("error", "warning")] == []


def test_model_file_of_another_name_is_told() -> None:
    path = FILES / "single_folder" / "score.py"
    models = (ModelFacts("price_ridge", 1, ("price_ridge.pkl",)),)
    found = check(path.read_text(encoding="utf-8"), facts_of(path, deployed_models=models))
    assert [(f.code, f.range.start.line + 1) for f in found] == [("SD501", 10)]
    assert found[0].fixes[0].edits[0].new_text == "os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'price_ridge.pkl')"
