"""The light bulb of pins that do not install."""

from __future__ import annotations

import pytest
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Lines
from scoredock.language.code_actions import code_actions
from scoredock.text import Range


def commands(text: str, word: str, name: str = "conda.yml") -> list[tuple[str, tuple[str, ...]]]:
    facts = World(name, ("score.py",)).facts()
    start = Lines(text).position(text.index(word))
    found = code_actions(text, facts, Range(start, start))
    return [(action.command, action.arguments) for action in found if action.command == "scoredock.suggestVersions"]


@pytest.mark.parametrize("python", ["3.6.2", "3.8"])
def test_offered_at_an_old_python(python: str) -> None:
    text = f"dependencies:\n  - python={python}\n  - pip:\n      - azureml-defaults\n"
    ((command, arguments),) = commands(text, f"python={python}")
    assert command == "scoredock.suggestVersions"
    assert arguments[0].endswith("conda.yml")


def test_not_offered_where_all_is_well() -> None:
    text = "dependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"
    assert commands(text, "python=3.11") == []
