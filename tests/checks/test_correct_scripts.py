"""Correct scripts are never blamed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.checks.check import check


def _scripts(name: str) -> dict[str, str]:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scripts: dict[str, str] = module.SCRIPTS
    return scripts


SCRIPTS = {
    **_scripts("correct_scripts"),
    **_scripts("more_correct_scripts"),
    **_scripts("correct_scripts_libraries"),
    **_scripts("correct_scripts_styles"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_finding_without_facts(name: str) -> None:
    assert check(SCRIPTS[name], Facts(path="/project/score.py"), "entry-script") == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_finding_with_facts(name: str) -> None:
    models = (ModelFacts("m", 1, ("model.pkl", "model.onnx", "net.pt")),)
    facts = Facts(
        path="/project/score.py",
        exists=lambda p: p.startswith("/project"),
        models={"m": models},
        deployed_models=models,
        environment=EnvironmentFacts(packages={"scikit-learn": "==1.5.0"}, complete=False),
    )
    assert check(SCRIPTS[name], facts, "entry-script") == []


if sys.version_info >= (3, 12):  # an older parser cannot read it, so there is nothing to test with it

    def test_type_parameters() -> None:
        text = (
            "import json\n\ntype Row[T] = list[T]\n\n\nclass Box[T](list[T]):\n    def first[S](self, other: S) ->"
            " tuple[T, S]:\n        return self[0], other\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return"
            ' Box(json.loads(data)).first(f"{data!r:>{len(data)}}")\n'
        )
        assert check(text, Facts(path="/project/score.py"), "entry-script") == []
