"""The counterparts of the documents' client samples get exactly the findings they deserve."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.contrib.sdk.checks.notebooks.notebook import check_cells

_PATH = Path(__file__).parents[2] / "samples" / "expected_client.py"
_SPEC = importlib.util.spec_from_file_location("client_sample_expectations", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
expected = importlib.util.module_from_spec(_SPEC)
sys.modules["client_sample_expectations"] = expected
_SPEC.loader.exec_module(expected)


@pytest.mark.parametrize("fragment", expected.CELLS, ids=lambda f: f.name)
def test_cell(fragment) -> None:
    text = (expected.FILES / f"{fragment.name}.py").read_text(encoding="utf-8")
    (found,) = check_cells([text], Facts(path="/project/deploy.ipynb"))
    assert [(f.code, f.range.start.line + 1, f.severity) for f in found] == list(fragment.findings)


@pytest.mark.parametrize("fragment", expected.LINES, ids=lambda f: f.name)
def test_line(fragment) -> None:
    text = (expected.FILES / f"{fragment.name}.sh").read_text(encoding="utf-8")
    found = check(text, Facts(path="/project/deploy.sh"))
    assert [(f.code, f.range.start.line + 1, f.severity) for f in found] == list(fragment.findings)


def test_every_sample_has_a_counterpart_and_every_file_a_row() -> None:
    assert sum(len(f.stands_for) for f in expected.CELLS) == 54
    named = {f"{f.name}.py" for f in expected.CELLS} | {f"{f.name}.sh" for f in expected.LINES}
    assert named == {p.name for p in expected.FILES.iterdir() if p.suffix in (".py", ".sh")}


def test_names_of_earlier_cells_are_known() -> None:
    """One notebook of all good samples: what a cell makes, later ones use."""
    names = [
        "connect",
        "spaced_register",
        "packages",
        "local_config",
        "named_model",
        "swagger",
        "bytes_of_text",
    ]
    texts = [(expected.FILES / f"{name}.py").read_text(encoding="utf-8") for name in names]
    assert all(not found for found in check_cells(texts, Facts(path="/project/deploy.ipynb")))


def test_what_has_no_import_in_its_cell_may_be_imported_in_an_earlier_one() -> None:
    texts = [
        "from azureml.core.webservice import AksWebservice\n",
        (expected.FILES / "scaling_without_import.py").read_text(encoding="utf-8"),
    ]
    assert check_cells(texts, Facts(path="/project/deploy.ipynb")) == [[], []]
