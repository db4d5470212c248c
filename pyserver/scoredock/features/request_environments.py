"""The environments of `.http` files: which ones lie around a file, and the variables of one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context, Operation, absolute
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
from scoredock.protocol import messages

_ABOVE = 5
"""Folders above that of a file in which environments are looked for."""
_FILE_BYTES = 1_000_000


def list_environments(
    params: messages.RequestFileParams, context: Context, operation: Operation
) -> messages.RequestEnvironments:
    """Those of a file or of the files beside a script. Raises ScoredockError `request-environment-invalid`."""
    return messages.RequestEnvironments(environment_names(_sets(absolute(params.path).parent, context)))


def named_variables(folder: Path, chosen: str, context: Context) -> NamedVariables:
    """Of the environment that is chosen for files in a folder, empty for none.

    Raises ScoredockError `request-environment-unknown`, `request-environment-invalid`.
    """
    sets = _sets(folder, context)
    names = environment_names(sets)
    if chosen and chosen not in names:
        known = ", ".join(f"“{name}”" for name in names[:10])
        message = (
            l10n.t("There is no environment “{name}”; there are {names}.", name=chosen, names=known)
            if known
            else l10n.t("There is no environment “{name}”, and no file with environments.", name=chosen)
        )
        raise ScoredockError("request-environment-unknown", message, place=Place(str(folder)))
    return variables_in(sets, chosen)


def _sets(folder: Path, context: Context) -> Sets:
    """The nearest folder counts most, and in a folder the private values."""
    return joined(each for above in reversed(list(_folders(folder, context))) for each in _in_folder(above, context))


def _folders(folder: Path, context: Context) -> Iterator[Path]:
    """From the inside to the folder that is open, or to the top of the repository."""
    for above in (folder, *folder.parents[:_ABOVE]):
        yield above
        if above in context.folders or (above / ".git").exists():
            return


def _in_folder(folder: Path, context: Context) -> Iterator[Sets]:
    settings = _text(folder / SETTINGS, context)
    if settings is not None:
        yield sets_of_settings(settings)
    for name in FILES:
        text = _text(folder / name, context)
        if text is None:
            continue
        found = sets_of_file(text)
        if found is None:
            message = l10n.t("{file} is not a JSON object with environments.", file=name)
            raise ScoredockError("request-environment-invalid", message, place=Place(str(folder / name)))
        yield found


def _text(path: Path, context: Context) -> str | None:
    """Unsaved text first; None where there is no such file."""
    from scoredock.services.planning.files import read_bytes

    unsaved = context.overlays().get(str(path))
    if unsaved is not None or not os.path.lexists(path):
        return unsaved
    return read_bytes(path, _FILE_BYTES).decode("utf-8-sig", "replace")
