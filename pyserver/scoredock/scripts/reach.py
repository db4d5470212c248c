"""Reach of an `.http` file: to files below the folder that is open or its repository, and no further."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context
from scoredock.errors import Place, ScoredockError
from scoredock.services.planning.project import PROJECTS

_DEEPEST = 100
"""Folders above that of a file in which a repository is looked for."""


def roots_of(file: Path, context: Context) -> tuple[Path, ...]:
    """Folders below which a file of requests may name files: open ones that hold it, its repository, and where there
    is neither its own folder. The home folder, which holds keys of every kind, and what is above it do not count."""
    found = [each for each in context.folders if each in file.parents and not _is_home(each)]
    repository = next((each for each in file.parents[:_DEEPEST] if os.path.lexists(each / ".git")), None)
    if repository is not None and not _is_home(repository):
        found.append(repository)
    return tuple(found) or (file.parent,)


def folders_within(file: Path, context: Context, most: int) -> Iterator[Path]:
    """The folder of a file of requests and those above it, as far as it reaches and not more than `most` above."""
    roots = roots_of(file, context)
    for above in (file.parent, *file.parent.parents[:most]):
        yield above
        if above in roots:
            return


def require_within(file: Path, path: Path, context: Context) -> Path:
    """Path that links lead to. Raises ScoredockError `request-file-outside`."""
    real = Path(os.path.realpath(path))
    roots = roots_of(file, context)
    if any(real.is_relative_to(os.path.realpath(each)) for each in roots):
        return real
    raise ScoredockError(
        "request-file-outside",
        l10n.t(
            "{file} names {path}, which is outside of {folder}.", file=file.name, path=os.fspath(path), folder=roots[0]
        ),
        place=Place(str(file)),
    )


def is_within(file: Path, path: Path, context: Context) -> bool:
    """True if `require_within` would raise nothing."""
    try:
        require_within(file, path, context)
    except ScoredockError:
        return False
    return True


def project_variables(file: Path, context: Context) -> tuple[str, ...]:
    """Variables that the project of the file lets services have, by `allow-env` of its pyproject.toml."""
    settings = PROJECTS.settings(file, context.overlays())
    if not settings.allow_env or not is_within(file, Path(settings.folder), context):
        return ()
    return settings.allow_env


def _is_home(folder: Path) -> bool:
    home = Path(os.path.realpath(Path.home()))
    real = Path(os.path.realpath(folder))
    return real == home or real in home.parents
