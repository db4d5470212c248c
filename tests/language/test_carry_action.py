"""The light bulb of pickles that the packages of the environment refuse, or read with a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.analysis.rule import Rule
from scoredock.checks.environment.rules import PICKLE_REFUSED, PICKLED_WITH
from scoredock.language.code_actions import code_actions
from scoredock.text import Position, Range

PAGES = Path(__file__).resolve().parents[2] / "pyserver" / "rule_pages"
ALL = Range(Position(0, 0), Position(1000, 0))


def offered(rule: Rule, example: str) -> list[tuple[str, tuple[str, ...]]]:
    text = (PAGES / rule.code / example).read_text(encoding="utf-8")
    found = code_actions(text, rule.world.facts(), ALL)
    return [(each.title, each.arguments) for each in found if each.command == "scoredock.carryOver"]


@pytest.mark.parametrize(("rule", "model"), [(PICKLE_REFUSED, "forest-2023:1"), (PICKLED_WITH, "diabetes:1")])
def test_offered_for_an_old_pickle(rule: Rule, model: str) -> None:
    assert offered(rule, "bad.py") == [(f"Carry {model} over…", (model,))]


@pytest.mark.parametrize("rule", [PICKLE_REFUSED, PICKLED_WITH])
def test_not_offered_where_all_is_well(rule: Rule) -> None:
    assert offered(rule, "good.py") == []
