"""What a session has brought down does not grow again: the figures of `figures.py` that a reader of the code feels."""

from __future__ import annotations

from functools import cache

import pytest

from rules.figures import ROOT, Figures

MOST = {
    "engine_branches": 0,
    "positional_rules": 0,
    "full_folders": 0,
    "crumbs": 53,
    "large_files": 20,
    "participle_parameters": 599,
    "participle_variables": 884,
}
"""Method of `Figures` → how many there may be. Whoever makes one smaller writes the new number here."""
MOST_LINES = {"told": 1418, "found": 3984, "known": 1746, "asked": 1022}


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
