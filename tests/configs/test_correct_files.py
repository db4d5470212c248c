"""Correct files are never blamed, however they are written, and half-typed ones never stop the checks."""

from __future__ import annotations

import pytest
from scoredock.analysis.rule import World
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of

from configs.correct_files import ALL, CONDA, DEPLOYMENT, ENVIRONMENTS, INFERENCE, REQUIREMENTS, SWAGGER, Correct

SAID = [(f"{number}-{file.path}", file) for number, file in enumerate(ALL)]


@pytest.mark.parametrize("file", [file for _, file in SAID], ids=[name for name, _ in SAID])
def test_no_error_and_no_warning(file: Correct) -> None:
    facts = World(file.path, file.files).facts()
    assert kind_of(facts.path, file.text) is not None
    assert [(f.code, f.message) for f in check(file.text, facts) if f.severity in ("error", "warning")] == []


def test_there_are_many() -> None:
    assert len(ALL) >= 60


@pytest.mark.parametrize(
    "file",
    [
        INFERENCE[2],
        INFERENCE[13],
        DEPLOYMENT[10],
        DEPLOYMENT[8],
        CONDA[2],
        CONDA[13],
        REQUIREMENTS[1],
        ENVIRONMENTS[0],
        SWAGGER[0],
    ],
    ids=lambda file: file.path,
)
def test_every_beginning_of_a_file_is_checked_without_a_fault(file: Correct) -> None:
    facts = World(file.path, file.files).facts()
    step = max(1, len(file.text) // 250)
    for end in range(0, len(file.text), step):
        for finding in check(file.text[:end], facts, kind_of(facts.path, file.text)):
            assert finding.range.start <= finding.range.end
            assert finding.message.endswith((".", "?", "…"))
