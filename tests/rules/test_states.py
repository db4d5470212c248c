"""States of services stand in one table, and a question about several of them is asked there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from scoredock.state_table import STATES, State

NAMES = "|".join(get_args(State))
LIST = re.compile(rf"""["'](?:{NAMES})["']\s*(?:,|\]?\s*\|\|[^\n]*?)\s*["'](?:{NAMES})["']""")
"""Two states side by side, in a tuple, a list, or a condition."""
GENERATED = ("protocol.ts", "states.ts")


def listed(root: Path) -> Iterator[str]:
    python = (root / "pyserver" / "scoredock").rglob("*.py")
    for path in [*python, *(root / "extension").rglob("*.ts")]:
        if path.name != "state_table.py" and path.name not in GENERATED and LIST.search(path.read_text("utf-8")):
            yield str(path.relative_to(root))


def test_the_table_has_every_state() -> None:
    assert list(STATES) == list(get_args(State))


def test_no_other_place_lists_states(root: Path) -> None:
    assert list(listed(root)) == []


@pytest.mark.parametrize(
    "line",
    [
        'if state in ("Healthy", "Unhealthy"):',
        'state === "Stopped" || state === "Failed"',
        '["Healthy", "Unhealthy"].includes(state)',
    ],
)
def test_a_list_of_states_is_noticed(line: str) -> None:
    assert LIST.search(line)


MARK = re.compile(r'content: "[^"\\]+"(?! / "")')


def test_marks_before_a_word_are_seen_and_not_read_aloud(root: Path) -> None:
    styles = list((root / "media").glob("*.css"))
    assert styles
    assert [path.name for path in styles if MARK.search(path.read_text(encoding="utf-8"))] == []
    assert MARK.search('content: "▲";')
