"""Files that others read at any moment are replaced as a whole, also where a reader is in the way."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from scoredock_runtime import contract
from scoredock_runtime.service_folder import atomic_write
from scoredock_runtime.service_folder.status_file import StatusFile


class Reader:
    """In the way of a replacement, as on Windows while a file is open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self.left = times
        self._replace = os.replace
        monkeypatch.setattr(os, "replace", self)

    def __call__(self, *paths: Any) -> None:
        self.left -= 1
        if self.left >= 0:
            raise PermissionError(13, "Access is denied")
        self._replace(*paths)


def test_a_reader_does_not_keep_a_status_from_being_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status_file = StatusFile(str(tmp_path), lambda _: None, 1.0)
    status_file.publish()
    monkeypatch.setattr(sys, "platform", "win32")
    Reader(monkeypatch, 3)
    status_file.publish(phase=contract.READY)
    monkeypatch.undo()
    status = contract.read_status(tmp_path)
    assert status is not None
    assert status.phase == contract.READY


def test_a_file_that_stays_in_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(atomic_write, "_SHARED_SECONDS", 0.05)
    Reader(monkeypatch, 10**6)
    with pytest.raises(PermissionError):
        atomic_write.replace_text(str(tmp_path / "x"), "text")
    assert not [*tmp_path.iterdir()]


@pytest.mark.skipif(sys.platform == "win32", reason="there it may be a reader")
def test_a_file_that_may_not_be_replaced_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(monkeypatch, 1)
    with pytest.raises(PermissionError):
        atomic_write.replace_text(str(tmp_path / "x"), "text")
    assert reader.left == 0
