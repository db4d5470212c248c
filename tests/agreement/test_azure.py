"""What the packages of Azure themselves say of the examples; asked by hand, as the packages are large.

SCOREDOCK_AZURE=1 pytest tests/agreement/test_azure.py

The environments are made once: `uv venv -p 3.10 ~/.cache/scoredock/azureml-core` with `azureml-core==1.61.0.post4` and
`setuptools<81`, and `uv venv ~/.cache/scoredock/azure-ai-ml` with `azure-ai-ml`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from scoredock.analysis.rule import Rule
from scoredock.formats.document_kind import kind_of

from agreement.judges import AZURE_LATER, ERRORS, reader_of_azure
from agreement.worlds import write

PLACES = Path.home() / ".cache" / "scoredock"
ASKED = os.environ.get("SCOREDOCK_AZURE") == "1"


OLDER = [rule for rule in ERRORS if reader_of_azure(rule) and rule.code != "SD822"]
NEWER = [rule for rule in ERRORS if rule.code[2] == "6"]


def _told(judge: str, package: str, cases: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    if not ASKED:
        pytest.skip("asked by hand: SCOREDOCK_AZURE=1")
    python = PLACES / package / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"missing on this machine: {python}")
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name(judge))],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told: Mapping[str, str] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("older")
    cases = []
    for rule in OLDER:
        for kind in ("bad", "good"):
            place = folder / f"{rule.code}-{kind}"
            path = write(rule, kind, place)
            cases.append({"id": place.name, "what": reader_of_azure(rule), "folder": str(place), "name": path.name})
    return _told("azure_core_judge.py", "azureml-core", cases)


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("newer")
    cases = []
    for rule in NEWER:
        for kind in ("bad", "good"):
            path = write(rule, kind, folder / f"{rule.code}-{kind}")
            cases.append(
                {"id": f"{rule.code}-{kind}", "kind": kind_of(str(path), rule.page.good) or "", "path": str(path)}
            )
    return _told("azure_ml_judge.py", "azure-ai-ml", cases)


def _agree(rule: Rule, told: Mapping[str, str]) -> None:
    if rule.code in AZURE_LATER:
        assert told[f"{rule.code}-bad"] == "", "it is told by the package itself: take it from the table"
        return
    assert told[f"{rule.code}-bad"]
    assert told[f"{rule.code}-good"] == ""


@pytest.mark.slow
@pytest.mark.parametrize("rule", OLDER, ids=lambda rule: rule.code)
def test_the_sdk_of_v1_agrees(rule: Rule, older: Mapping[str, str]) -> None:
    _agree(rule, older)


@pytest.mark.slow
@pytest.mark.parametrize("rule", NEWER, ids=lambda rule: rule.code)
def test_the_loader_of_v2_agrees(rule: Rule, newer: Mapping[str, str]) -> None:
    _agree(rule, newer)
