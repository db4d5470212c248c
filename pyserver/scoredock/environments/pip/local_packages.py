"""Packages that lie on this machine: where a line of a requirements file says, and whether they are still what they
were."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

LOCAL = "local"
"""Folder of the files that are kept of them, beside the wheels of the scoring runtime."""
_KEPT = "kept"
"""Environments of earlier releases, which kept no file of them, are built once more."""
_MOST_FILES = 10_000
_EDITABLE, _LINKS = ("-e", "--editable"), ("-f", "--find-links")
_RELATIVE = re.compile(r"\.{1,2}(?:[/\\]|(?:\[[^\]]*\])?\s*(?:;|$))|[^\s@]+\.(?:whl|tar\.gz|zip)\s*(?:;|$)")
_MADE = frozenset({"__pycache__", "node_modules"})
_MADE_AT_THE_TOP = frozenset({"build", "dist"})
"""What building a package writes beside it; counting it would build the package again each time."""
_MADE_FILES = (".pyc", ".pyo", ".log", ".coverage", ".DS_Store", ".swp")


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


def placed(line: str, folder: Path) -> str:
    """The line of a file in `folder` with an absolute path where it names something on this machine by a relative one.

    A link to a folder (`-e`) becomes the folder: a service holds a copy, and edits need an update.
    """
    option, value = "", line
    if line.startswith("-"):
        option, _, value = (line.replace("=", " ", 1) if line.startswith("--") else line).partition(" ")
    value = value.strip()
    if "://" in value:
        return value if option in _EDITABLE else line
    if option in _EDITABLE or (not option and _RELATIVE.match(value)):
        return str((folder / value).resolve())
    return f"{option} {(folder / value).resolve()}" if option in _LINKS else line


def link_folders(lines: Iterable[str]) -> list[Path]:
    """Folders of this machine that packages are looked for in (`--find-links`)."""
    split = (line.replace("=", " ", 1).partition(" ") for line in lines if line.startswith("-"))
    paths = (local_place(value) for option, _, value in split if option in _LINKS)
    return [path for path in paths if path is not None and path.is_dir()]


def sources_option(lines: Iterable[str]) -> list[str]:
    """Options of uv: `--no-sources` if one of these lines names a folder below a `pyproject.toml` of another account.

    uv takes such a file for the workspace of the package, and from its `tool.uv.sources` where dependencies come from:
    of a project below a folder that all accounts share, that would be whoever put one there.
    """
    places = (local_place(line) for line in lines)
    return ["--no-sources"] if any(_is_below_a_strangers(path) for path in places if path and path.is_dir()) else []


def _is_below_a_strangers(folder: Path) -> bool:
    """True if a project above it belongs neither to this account, nor to the folder's, nor to the system."""
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


_AS_IT_WAS = "as it was"


def local_fingerprint(lines: Iterable[str]) -> str:
    """Sizes and times of the files of packages here, so that an edited one is built again; empty when there is none.

    Where one is gone, what was made of it last counts: that is remembered by a mark of its own.
    """
    places = [path for line in lines if (path := local_place(line)) is not None]
    if not all(path.exists() for path in places):
        return _AS_IT_WAS
    stamps: list[str] = []
    for path in places:
        for number, file in enumerate([path] if path.is_file() else files_of(path)):
            if number == _MOST_FILES:
                break
            try:
                status = file.stat()
            except OSError:
                continue  # it went, or leads nowhere
            stamps.append(f"{file}:{status.st_size}:{status.st_mtime_ns}:{_KEPT}")
    return "\n".join(stamps)


def local_marks(lines: Iterable[str]) -> tuple[str, ...]:
    """The fingerprints by which is remembered what these packages led to: as they are, and for when one is gone."""
    fingerprint = local_fingerprint(lines)
    return (fingerprint, _AS_IT_WAS) if fingerprint not in ("", _AS_IT_WAS) else (fingerprint,)


def files_of(folder: Path) -> Iterator[Path]:
    """All that may become part of the package, or says how it is built; of linked folders the link."""
    for base, folders, names in os.walk(folder):
        above = Path(base)
        folders[:] = sorted(each for each in folders if not _is_left_out(above / each, is_top=above == folder))
        yield from (link for each in folders if (link := above / each).is_symlink())
        yield from (above / each for each in sorted(names) if not each.endswith(_MADE_FILES))


def _is_left_out(folder: Path, *, is_top: bool) -> bool:
    name = folder.name
    if name.startswith(".") or name in _MADE or name.endswith((".egg-info", ".dist-info")):
        return True
    if is_top and name in _MADE_AT_THE_TOP and not (folder / "__init__.py").exists():
        return True
    return (folder / "pyvenv.cfg").exists()
