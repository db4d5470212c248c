"""What runs a program of a folder, or has one run later, asks for a trusted folder first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

EXTENSION = Path(__file__).parents[2] / "extension"
RUNNING = (
    "attachCompute",
    "confirmCompute",
    "createRule",
    "debugBatchScript",
    "debugService",
    "resumeBatchJob",
    "resumeDrift",
    "resumeRule",
    "resumeSubscription",
    "retrain",
    "runRule",
    "scheduleDrift",
    "testSubscription",
    "tryRuleAgain",
)


@pytest.mark.parametrize("name", RUNNING)
def test_it_asks_before_it_does_anything(name: str) -> None:
    pattern = re.compile(
        rf"^export (?:const|async function) {name}\b.*?^(?:}}|\);|}}\);|\S[^\n]*\);$)", re.DOTALL | re.MULTILINE
    )
    texts = [
        match[0]
        for folder in ("commands", "contrib")
        for path in (EXTENSION / folder).rglob("*.ts")
        for match in pattern.finditer(path.read_text("utf-8"))
    ]
    assert [re.search(r"requireTrust(?:For)?\(", text) is not None for text in texts] == [True], texts
