"""What a session has brought down does not grow again: the figures of `figures.py` that a reader of the code feels."""

from __future__ import annotations

import re
from functools import cache

import pytest

from rules.figures import ROOT, Figures

MOST = {
    "engine_branches": 0,
    "positional_rules": 0,
    "full_folders": 0,
    "crumbs": 11,
    "participle_variables": 0,
    "importers_of_contributions": 0,
    "feature_arrows": 0,
}
"""Method of `Figures` → how many there may be. Whoever makes one smaller writes the new number here."""
MOST_LINES = {"told": 79, "found": 1494, "known": 995, "asked": 592}
_MESSAGES = "pyserver/scoredock/protocol/messages"
STAY = {
    f"{_MESSAGES}/environments.py: kept": "on the wire",
    f"{_MESSAGES}/logs.py: gone": "on the wire",
    f"{_MESSAGES}/workspaces.py: left": "on the wire",
    f"{_MESSAGES}/workspaces.py: done": "on the wire",
    f"{_MESSAGES}/workspaces.py: kept": "on the wire",
    "pyserver/scoredock/services/access/access_file.py: given": "a key of a file on disk",
    "pyserver/scoredock/services/ledger_rows.py: begun": "a column of the store",
    "pyserver/runtime/scoredock_runtime/service_folder/file_switch.py: made": "a key of a file on disk",
    "pyserver/scoredock/checks/library/misuse.py: left": "the left side of an operator",
}
"""Parameters and fields that are bare participles, and why they stay. It may only shrink."""


@cache
def figures() -> Figures:
    return Figures(ROOT)


@pytest.mark.parametrize("what", MOST)
def test_it_does_not_grow(what: str) -> None:
    counted = getattr(figures(), what)()
    assert len(counted) <= MOST[what], f"`tests/rules/figures.py --list {what}` lists them"


@pytest.mark.parametrize("word", MOST_LINES)
def test_lines_with_words_that_say_nothing_do_not_grow(word: str) -> None:
    assert len(figures().lines_with(word)) <= MOST_LINES[word], "name what it holds"


def test_parameters_and_fields_say_what_they_hold() -> None:
    places = (re.sub(r":\d+:", ":", each) for each in figures().participle_parameters())
    assert set(places) == STAY.keys()
