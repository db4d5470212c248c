"""Packages that lie on this machine: where a line of a requirements file says, and whether they are still what they
were."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

_MOST_FILES = 10_000
_MADE = frozenset({"__pycache__", "node_modules"})
_MADE_AT_THE_TOP = frozenset({"build", "dist"})
"""What building a package writes beside it; counting it would build the package again each time."""
_MADE_FILES = (".pyc", ".pyo", ".log")


def local_place(line: str) -> Path | None:
    """The folder or file that a line names: `/p/own`, `/p/own[extra]`, `own @ file:///p/own ; python_version > "3"`."""
    location = re.sub(r"^(?:-e|--editable)[ =]\s*", "", line.strip())
    location = re.split(r"\s+--hash|\s+;", location, maxsplit=1)[0]
    location = re.split(r"\s*@\s+(?=file:|/|[A-Za-z]:[\\/])|@(?=file:)", location, maxsplit=1)[-1].strip()
    if location.startswith("file:"):
        from urllib.request import url2pathname  # brings ssl and http.client along

        path = Path(url2pathname(urlsplit(location).path))
    else:
        path = Path(location)
        if not path.exists():
            path = Path(re.sub(r"\s*\[[^\]]*\]$", "", location))
    return path if path.is_absolute() else None


def local_folders(lines: Iterable[str]) -> list[Path]:
    """The folders of packages among these lines; not those that are installed as links to their folder."""
    found = (local_place(line) for line in lines if not line.startswith("-"))
    return list(dict.fromkeys(path for path in found if path is not None and path.is_dir()))


def sources_option(lines: Iterable[str]) -> list[str]:
    """For uv: `--no-sources` where one of these lines names a folder below a `pyproject.toml` of another account.

    uv takes such a file for the workspace of the package, and from its `tool.uv.sources` where dependencies come from:
    of a project below a folder that all accounts share, that would be whoever put one there.
    """
    places = (local_place(line) for line in lines)
    return ["--no-sources"] if any(_is_below_a_strangers(path) for path in places if path and path.is_dir()) else []


def _is_below_a_strangers(folder: Path) -> bool:
    """Whether a project above it belongs neither to this account, nor to the folder's, nor to the system."""
    if os.name == "nt":
        return False  # folders below a person's profile are theirs by inheritance
    trusted_owners = {os.geteuid(), 0, folder.stat().st_uid}
    for above in dict.fromkeys((*folder.parents, *folder.resolve().parents)):
        file = above / "pyproject.toml"
        try:
            owners = {file.lstat().st_uid, file.stat().st_uid}
        except OSError:
            continue
        if not owners <= trusted_owners:
            return True
    return False


def local_fingerprint(lines: Iterable[str]) -> str:
    """Sizes and times of the files of packages here, so that an edited one is built again; empty when there is none."""
    stamps: list[str] = []
    for line in lines:
        path = local_place(line)
        if path is None or not path.exists():
            continue
        for number, file in enumerate([path] if path.is_file() else _files(path)):
            if number == _MOST_FILES:
                break
            try:
                status = file.stat()
            except OSError:
                continue  # it went, or leads nowhere
            stamps.append(f"{file}:{status.st_size}:{status.st_mtime_ns}")
    return "\n".join(stamps)


def _files(folder: Path) -> Iterator[Path]:
    """All that may become part of the package, or says how it is built."""
    for base, folders, names in os.walk(folder):
        made = _MADE | _MADE_AT_THE_TOP if Path(base) == folder else _MADE
        folders[:] = sorted(
            each
            for each in folders
            if not (each.startswith(".") or each in made or each.endswith((".egg-info", ".dist-info")))
            and not Path(base, each, "pyvenv.cfg").exists()
        )
        yield from (
            Path(base, each) for each in sorted(names) if not each.startswith(".") and not each.endswith(_MADE_FILES)
        )
