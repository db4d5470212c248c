"""The environments of `.http` files: which ones lie around a file, and the variables of one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context
from scoredock.errors import Place, ScoredockError
from scoredock.formats.http_file.environments import (
    FILES,
    SETTINGS,
    NamedVariables,
    Sets,
    environment_names,
    joined,
    sets_of_file,
    sets_of_settings,
    variables_in,
)
from scoredock.scripts.reach import folders_within, require_within

_ABOVE = 5
"""Folders above that of a file in which environments are looked for."""
_FILE_BYTES = 1_000_000


def environment_names_around(file: Path, context: Context) -> list[str]:
    """Names of the environments of a file or of the files beside a script."""
    return environment_names(_sets(file, context))


def named_variables(file: Path, environment: str, context: Context) -> NamedVariables:
    """Variables of the environment that is chosen for a file, empty for none.

    Raises ScoredockError `request-environment-unknown`, `request-environment-invalid`.
    """
    sets = _sets(file, context)
    names = environment_names(sets)
    if environment and environment not in names:
        text = ", ".join(f"“{name}”" for name in names[:10])
        message = (
            l10n.t("There is no environment “{name}”; there are {names}.", name=environment, names=text)
            if text
            else l10n.t("There is no environment “{name}”, and no file with environments.", name=environment)
        )
        raise ScoredockError("request-environment-unknown", message, place=Place(str(file.parent)))
    return variables_in(sets, environment)


def _sets(file: Path, context: Context) -> Sets:
    """The nearest folder counts most, and in a folder the private values."""
    folders = list(folders_within(file, context, _ABOVE))
    return joined(each for above in reversed(folders) for each in _in_folder(above, file, context))


def _in_folder(folder: Path, file: Path, context: Context) -> Iterator[Sets]:
    settings = _text(folder / SETTINGS, file, context)
    if settings is not None:
        yield sets_of_settings(settings)
    for name in FILES:
        text = _text(folder / name, file, context)
        if text is None:
            continue
        found = sets_of_file(text)
        if found is None:
            message = l10n.t("{file} is not a JSON object with environments.", file=name)
            raise ScoredockError("request-environment-invalid", message, place=Place(str(folder / name)))
        yield found


def _text(path: Path, file: Path, context: Context) -> str | None:
    """Unsaved text first; None where there is no such file. Raises ScoredockError `request-file-outside`, for a
    link."""
    from scoredock.services.planning.reading import read_bytes

    unsaved = context.overlays().get(str(path))
    if unsaved is not None or not os.path.lexists(path):
        return unsaved
    return read_bytes(require_within(file, path, context), _FILE_BYTES).decode("utf-8-sig", "replace")
