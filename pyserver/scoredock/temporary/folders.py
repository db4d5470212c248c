"""Folders for a while: made here and nowhere else, and taken away by the next command when their process was killed.

How a name says whose it is, and when that process counts as ended: `scoredock_runtime.contract_owner`.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from pathlib import Path

from scoredock_runtime import contract_owner


class TemporaryFolder:
    """A new folder that only this account can enter. As a context manager it gives its path and goes with the block;
    else by `close`, or with this process."""

    def __init__(self, purpose: str, above: Path | None = None) -> None:
        """Named after its purpose, a word or two; in `above`, which is there, else where the system has such folders.
        What killed processes left in both is removed on the way. Raises OSError."""
        if above is not None:
            sweep()
        self.path = Path(contract_owner.new_folder(purpose, str(above or "")))
        descriptor = contract_owner.hold(str(self.path))
        self._end = weakref.finalize(self, _remove, str(self.path), descriptor, os.getpid())

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes the folder at once; safe to call twice."""
        self._end()


def left_over(*folders: Path) -> list[Path]:
    """Paths that killed processes of this account left in `folders`, and in the system's temporary folder."""
    import tempfile

    places = dict.fromkeys(str(each) for each in folders)
    with contextlib.suppress(OSError):  # there is none that can be written to
        places[tempfile.gettempdir()] = None
    return [Path(path) for place in places for path in contract_owner.left_over(place)]


def sweep(*folders: Path) -> list[Path]:
    """Removes that, and says what it was. Never raises."""
    return [path for path in left_over(*folders) if contract_owner.remove(str(path))]


def _remove(path: str, descriptor: int | None, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork, which has a copy of the object
        contract_owner.remove(path)
    if descriptor is not None:
        with contextlib.suppress(OSError):
            os.close(descriptor)
