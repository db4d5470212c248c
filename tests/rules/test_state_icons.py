"""A state of a service looks the same above init() and in every view."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from scoredock.language.code_lens import STATE_ICONS
from scoredock.service import State


def in_the_views(root: Path) -> dict[str, str]:
    """State → codicon, as the extension has them."""
    text = (root / "extension" / "text" / "serviceState.ts").read_text(encoding="utf-8")
    return dict(re.findall(r'^  (\w+): \{ id: "([\w~-]+)"', text, re.MULTILINE))


def test_lenses_show_the_icons_of_the_views(root: Path) -> None:
    assert in_the_views(root) == STATE_ICONS
    assert set(STATE_ICONS) == set(get_args(State))


def test_no_other_file_of_the_extension_gives_states_icons(root: Path) -> None:
    others = [
        path for path in (root / "extension").rglob("*.ts") if path.name not in ("serviceState.ts", "protocol.ts")
    ]
    assert others
    pattern = re.compile(r"^\s*(Healthy|Unschedulable): \{ id:", re.MULTILINE)
    assert [path.name for path in others if pattern.search(path.read_text(encoding="utf-8"))] == []


MARK = re.compile(r'content: "[^"\\]+"(?! / "")')


def test_marks_before_a_word_are_seen_and_not_read_aloud(root: Path) -> None:
    styles = list((root / "media").glob("*.css"))
    assert styles
    assert [path.name for path in styles if MARK.search(path.read_text(encoding="utf-8"))] == []
    assert MARK.search('content: "▲";')
