"""Places where a data folder has been, so that what names a former one is recognised after a move.

A line of cron or a unit that this data folder had written has its id, which no other data folder has: one that is
merely not mounted at the moment keeps its own.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from scoredock.data_folder import make_private
from scoredock.late_dataclass import dataclass
from scoredock.registry.store.durable import replace_file
from scoredock.registry.store.faults import storing

FOLDER = "unattended"
"""Of a data folder, and of each workspace that is attended."""
_FILE = "places.json"
_MOST = 16


@dataclass(frozen=True, slots=True)
class FolderPlaces:
    """Id and places of a data folder, as noted in it."""

    id: str = ""
    """Empty until something is set up for it."""
    all: tuple[str, ...] = ()
    """Real paths, the newest first."""


@dataclass(frozen=True, slots=True)
class FormerPlace:
    """A path that a data folder had before it was moved."""

    path: str
    is_link: bool
    """It leads to where the folder is now, so that what names it goes on."""


def note_place(home: Path) -> None:
    """The data folder is here from now on. A copy of another one, which is still there, is a data folder of its own.
    Raises ScoredockError `disk-full`, `io-failed`."""
    here, noted = os.path.realpath(home), _noted(home)
    fresh = FolderPlaces(noted.id, (here, *(each for each in noted.all if each != here))[:_MOST])
    if not noted.id or _is_copy(home, noted):
        fresh = FolderPlaces(secrets.token_hex(8), (here,))
    if fresh != noted:
        path = home / FOLDER / _FILE
        with storing(path):
            make_private(path.parent)
            replace_file(path, json.dumps({"id": fresh.id, "places": fresh.all}).encode())


def is_noted(home: Path) -> bool:
    """True if the data folder notes that it is where it is."""
    return _noted(home).all[:1] == (os.path.realpath(home),)


def folder_id(home: Path) -> str:
    """Id of a data folder; empty until `note_place`. Never raises."""
    return _noted(home).id


def former_places(home: Path) -> list[FormerPlace]:
    """Former places of the data folder that nothing else has taken since. None for a copy. Never raises."""
    noted = _noted(home)
    if _is_copy(home, noted):
        return []
    others = [each for each in noted.all if each != os.path.realpath(home)]
    places = [FormerPlace(each, _is_same(each, home)) for each in others]
    return [each for each in places if each.is_link or _is_missing(each.path)]


def _noted(home: Path) -> FolderPlaces:
    """Nothing where that cannot be read."""
    try:
        document = json.loads((home / FOLDER / _FILE).read_text("utf-8"))
        return FolderPlaces(str(document["id"]), tuple(map(str, document["places"])))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return FolderPlaces()


def _is_copy(home: Path, noted: FolderPlaces) -> bool:
    return any(_noted(Path(each)).id == noted.id and not _is_same(each, home) for each in noted.all if noted.id)


def _is_same(path: str, home: Path) -> bool:
    try:
        return Path(path).samefile(home)
    except (OSError, ValueError):
        return False


def _is_missing(path: str) -> bool:
    """Not where nobody may look."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
