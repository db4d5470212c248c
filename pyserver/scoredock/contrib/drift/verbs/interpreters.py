"""Finds the Python that compares: it needs NumPy, which the server does not have."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.drift.domain.comparison import Comparison, NumpyMissing, NumpyPython, compare
from scoredock.contrib.drift.options import SERVICE
from scoredock.errors import ScoredockError

if TYPE_CHECKING:
    from scoredock.environments.built import BuiltEnvironment

_MOST_TRIED = 6
"""Environments that are started to see whether they have NumPy."""


def compared(
    comparison: Comparison, python: str, workspace_id: str, context: Context, operation: Operation
) -> dict[str, Any]:
    """The record, by the Python that is named, else by the first that has NumPy: that of the environment of the
    services that are compared, that of the settings, those of other environments of the workspace, and one on PATH.

    Raises ScoredockError `drift-package-missing`, and what `resolve_interpreter` and `compare` raise.
    """
    from scoredock.scripts.interpreters import resolve_interpreter

    progress, cancel = operation.progress, operation.cancel
    if python:
        return compare(comparison, NumpyPython(resolve_interpreter(python), python), progress, cancel)
    titles: list[str] = []
    for interpreter in _candidates(comparison, workspace_id, context):
        try:
            return compare(comparison, interpreter, progress, cancel)
        except NumpyMissing:
            titles.append(interpreter.title)
            if len(titles) >= _MOST_TRIED:
                break
    names = ", ".join(titles)
    raise ScoredockError(
        "drift-package-missing",
        l10n.t("No Python here has NumPy; tried: {names}.", names=names)
        if titles
        else l10n.t("No Python here has NumPy."),
        l10n.t("Name one with --python, or deploy a service whose environment has NumPy."),
    )


def _candidates(comparison: Comparison, workspace_id: str, context: Context) -> Iterator[NumpyPython]:
    """Each once."""
    seen: set[str] = set()
    for interpreter in _all(comparison, workspace_id, context):
        if interpreter.python not in seen:
            seen.add(interpreter.python)
            yield interpreter


def _all(comparison: Comparison, workspace_id: str, context: Context) -> Iterator[NumpyPython]:
    environments = context.environments(workspace_id)
    for source in (comparison.target.title, comparison.baseline.title):
        if source.startswith(SERVICE):
            built = _environment_of(source.removeprefix(SERVICE), workspace_id, context)
            if built is not None:
                yield _of(built)
    chosen = str(context.settings.get("scoredock.environment.interpreter"))
    if chosen and Path(chosen).is_file():
        yield NumpyPython(chosen, chosen)
    for summary in environments.list():
        from scoredock.environments.built import existing

        other = existing(environments.root, summary.key)
        if other is not None:
            yield _of(other)
    on_path = shutil.which("python3") or shutil.which("python")
    if on_path:
        yield NumpyPython(on_path, on_path)


def _environment_of(service: str, workspace_id: str, context: Context) -> BuiltEnvironment | None:
    """That of the revision which serves, where it is on this machine."""
    from scoredock.environments.built import existing
    from scoredock.services.ledger import Ledger

    with contextlib.suppress(ScoredockError):
        current = Ledger(context.registry(workspace_id).store).require(service).current
        if current is not None and current.environment_key:
            return existing(context.environments(workspace_id).root, current.environment_key)
    return None


def _of(built: BuiltEnvironment) -> NumpyPython:
    from scoredock.environments.spec import shown_name

    return NumpyPython(str(built.python), shown_name(built.display_name), built.process_environment({}))
