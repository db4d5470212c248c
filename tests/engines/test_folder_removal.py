"""The folder of a service goes also while its log or its history is still being written."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import pytest
from scoredock.data_folder import remove_folder


def _write(folder: Path, over: threading.Event) -> None:
    number = 0
    while not over.is_set():
        number += 1
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / str(number % 50)).write_text("a line")


@pytest.mark.chance
def test_a_folder_that_is_still_written_into_goes_with_its_last_writer(tmp_path: Path) -> None:
    folder, over = tmp_path / "prices" / "history", threading.Event()
    writers = [threading.Thread(target=_write, args=(folder, over)) for _ in range(2)]
    for each in writers:
        each.start()
    while not folder.is_dir():
        time.sleep(0.01)
    ending = threading.Timer(1.0, over.set)
    ending.start()
    remove_folder(folder.parent)
    over.set()
    for each in (*writers, ending):
        each.join()
    remove_folder(folder.parent)
    assert not folder.parent.exists()
    remove_folder(folder.parent)
