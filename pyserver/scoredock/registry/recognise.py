"""Proposes name, framework and version of what is to be registered, by looking at it; nothing is loaded or run."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoredock.registry.formats import READERS, Recognised, Sample
from scoredock.registry.grammar import shown

_MOST_FILES = 200
_DEEPEST = 3
_TIDY = re.compile(r"[^A-Za-z0-9\-._]+")
_PACKED = (".gz", ".bz2", ".xz", ".z")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the register steps are filled in with."""

    name: str
    framework: str
    """One of v1's names, or empty when it is not known."""
    framework_version: str
    reason: str
    """Why: one sentence."""


def propose(paths: Sequence[Path]) -> Proposal:
    """Never raises; knows less of what cannot be read."""
    name = name_from(paths)
    found: dict[str, tuple[Path, Recognised]] = {}
    for path in _candidates(paths):
        recognised = recognise(path)
        if recognised is not None:
            known = found.get(recognised.framework)
            if known is None or (not known[1].version and recognised.version):
                found[recognised.framework] = (path, recognised)
            if recognised.whole:  # it speaks for the folder it lies in
                found = {recognised.framework: (path, recognised)}
                break
    named = {framework: told for framework, told in found.items() if framework != "Custom"} or found
    if not named:
        return Proposal(name, "", "", "Its format is not one that Scoredock knows.")
    if len(named) > 1:
        files = ", ".join(f"{shown(path.name)} ({framework})" for framework, (path, _) in sorted(named.items()))
        return Proposal(name, "Multi", "", f"It holds models of several frameworks: {files}.")
    framework, (path, recognised) = next(iter(named.items()))
    return Proposal(name, framework, recognised.version, f"{shown(path.name)} is {recognised.what}.")


def name_from(paths: Sequence[Path]) -> str:
    """A model name inside the grammar, from the name of the file or folder."""
    if not paths:
        return "model"
    path = Path(os.path.abspath(paths[0]))  # noqa: PTH100 (resolve() would follow links)
    text = path.name if _is_folder(path) else _stem(path.name)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _TIDY.sub("-", plain).strip("-._")[:255].strip("-._") or "model"


def recognise(path: Path) -> Recognised | None:
    """What one file is, from its first bytes and its name. Never raises, never blocks, reads a bounded part."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        flags = os.O_RDONLY
        for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
            flags |= getattr(os, name, 0)
        with os.fdopen(os.open(path, flags), "rb") as stream:
            sample = Sample(path.name, stream.read(4096), stream)
            for reader in READERS:
                stream.seek(0)
                recognised = reader(sample)
                if recognised is not None:
                    return recognised
    except Exception:
        # Files are hostile until proven otherwise, and a form that stays empty is the right answer to all of them.
        return None
    return None


def _candidates(paths: Sequence[Path]) -> Iterator[Path]:
    """Files worth a look, those near the top first; a bounded number of them."""
    left = _MOST_FILES
    level = [Path(path) for path in paths]
    for _ in range(_DEEPEST + 1):
        below: list[Path] = []
        for path in level:
            if _is_folder(path) and not os.path.islink(path):  # noqa: PTH114 (raises nothing)
                try:
                    with os.scandir(path) as entries:
                        # The bound holds for names as well, however many there are.
                        below += sorted(Path(entry.path) for entry, _ in zip(entries, range(_MOST_FILES), strict=False))
                except OSError:
                    continue
            elif left > 0:
                left -= 1
                yield path
        level = below


def _is_folder(path: Path) -> bool:
    """Unlike Path's own, false for what may not be looked at."""
    return os.path.isdir(path)  # noqa: PTH112


def _stem(name: str) -> str:
    """Without its suffix; `model.pkl.gz` has two."""
    for packed in _PACKED:
        if name.lower().endswith(packed):
            name = name[: -len(packed)]
    return Path(name).stem
