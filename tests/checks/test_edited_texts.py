"""Thousands of random edits of every kind of file: the checks and the questions of an editor never raise, are never
slow, and speak of places that exist.

Each kind gets 120 edits at the gate, always the same ones, and 10,000 others in each long run.
`SCOREDOCK_FUZZ=100000 pytest tests/checks/test_edited_texts.py` tries so many of each kind, `SCOREDOCK_FUZZ_FROM=1`
others than usual.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from scoredock.formats.document_kind import DocumentKind, kind_of

from checks.edited_texts import KINDS, ask, edited, examine, repair, samples
from depth import SEED, rounds

EDITS = rounds(gate=120, long=10_000, name="SCOREDOCK_FUZZ")
FROM = int(os.environ.get("SCOREDOCK_FUZZ_FROM") or SEED)
IN_A_ROW = 8
"""Edits of one text, each of which is checked, before a new sample is taken: more leave nothing that resembles a
file."""


@pytest.mark.timeout(0 if EDITS > 10_000 else 300)
@pytest.mark.parametrize("kind", KINDS)
def test_edits(kind: DocumentKind) -> None:
    @seed(FROM)
    @settings(
        max_examples=-(-EDITS // IN_A_ROW),
        database=None,
        phases=[Phase.generate],  # smaller numbers are no simpler texts
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1))
    def edit(number: int) -> None:
        chance = Random(number)
        known = samples()[kind]
        sample = chance.choice(known)
        text, other = sample.text, chance.choice(known).text
        for count in range(IN_A_ROW):
            text = edited(text, chance, other)
            try:
                kind_of(sample.facts.path, text)
                findings = examine(text, sample.facts, kind)
                if count % 4 == 1:
                    repair(text, sample.facts, kind, findings, chance)
                if count % 4 == 3:
                    ask(text, sample.facts, findings, chance)
            except BaseException as error:
                error.add_note(f"{sample.facts.path}, a file of the kind {kind}:\n{text!r}")
                raise

    edit()
