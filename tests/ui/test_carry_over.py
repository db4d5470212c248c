"""Carry Over on a model of an old release: a form, a question, and a new version that newer packages load."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from desks import Desk

PICKLES = Path(__file__).resolve().parent.parent / "carry_over" / "pickles"
MODELS = "Models"


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "prices"
    folder.mkdir()
    shutil.copy(PICKLES / "1.2.2" / "tree.pkl", folder / "tree.pkl")
    return open_desk(folder)


@pytest.mark.long("tests/carry_over carries the same tree over at the gate, without an editor")
@pytest.mark.timeout(600)
def test_a_tree_is_carried_over_by_mouse(desk: Desk) -> None:
    desk.scoredock("model", "register", "tree.pkl", "--name", "price")
    window = desk.window
    window.side.show("Scoredock")
    window.side.expand(MODELS, "price")
    window.side.wait_row(MODELS, "v1")
    window.side.choose(MODELS, "v1", "Carry Over…")
    window.quick.wait("Carry Over price:1")
    window.quick.pick("Pickle")
    window.notices.dialog("Carry Over")
    message = window.notices.wait("Carried price:1 over as price:2", timeout=240)
    assert "All 200 responses are equal." in message
    desk.picture("carry-over-done")
    window.side.wait_row(MODELS, "v2")
    old, new = (desk.scoredock("model", "show", f"price:{number}") for number in (1, 2))
    assert new["model"]["properties"]["carriedOver.from"] == "price:1"
    assert old["files"] != new["files"]
