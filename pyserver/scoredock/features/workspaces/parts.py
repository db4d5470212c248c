"""Parts of the core and of contributions: what a backup of a workspace has besides models, runs and services, in the
form of `registry.upkeep.carried_part`, what of that cannot be read, and what killed commands left in the workspace.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.table import NAMES, is_present
from scoredock.features.contribution import contributions
from scoredock.progress import CancelToken
from scoredock.protocol import messages
from scoredock.registry.upkeep.carried_part import CarriedNote, CarriedPart
from scoredock.services.compute_backup import CarriedCompute
from scoredock.workspace import left_over as of_core


class _AbsentPart:
    """See `registry.upkeep.carried_part.CarriedPart`. What a contribution keeps lies below a folder with its name:
    where it is absent nobody can check or pause that, so neither a backup nor a restored workspace gets it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.files = f"{name}/.+"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        """See there."""
        if any(each.is_file() for each in (workspace / self._name).rglob("*")):
            left_out.append(
                l10n.t(
                    "The folder {path}: this installation of Scoredock has no part “{name}”.",
                    path=workspace / self._name,
                    name=self._name,
                )
            )
        yield from ()

    def settle(self, workspace: Path) -> list[CarriedNote]:
        """See there."""
        folder = workspace / self._name
        if not folder.is_dir():
            return []
        shutil.rmtree(folder)
        text = l10n.t(
            "What the backup has of “{name}” was left out: this installation of Scoredock has no such part. Install"
            " Scoredock again, with all of its folders, and restore the backup under another name.",
            name=self._name,
        )
        return [CarriedNote(text)]

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        """See there."""
        yield from ()


PARTS: tuple[CarriedPart, ...] = (
    CarriedCompute(),
    *(part for each in contributions() for part in each.backup()),
    *(_AbsentPart(name) for name in NAMES if not is_present(name)),
)


def left_over(workspace: Path) -> list[Path]:
    """All of it; `verify` names it. Never raises."""
    return [*of_core.left_over(workspace), *(path for each in contributions() for path in each.left_over(workspace))]


def clear(workspace: Path) -> tuple[int, int]:
    """Removes it: how many files and bytes that were. Never raises."""
    weights = {path: of_core.weight(path) for path in left_over(workspace)}
    of_core.clear(workspace)
    for each in contributions():
        each.clear_left_over(workspace)
    removed = [each for path, each in weights.items() if not path.exists()]
    return sum(files for files, _ in removed), sum(size for _, size in removed)


def problems_of_parts(workspace: Path, *, deep: bool, cancel: CancelToken) -> list[messages.WorkspaceProblem]:
    """Problems of these folders, for people: what is damaged or cannot be read, and what killed commands left."""
    unreadable = [
        messages.WorkspaceProblem(str(path), message, fix, repairable=False)
        for part in PARTS
        for path, message, fix in part.problems(workspace, deep=deep, cancel=cancel)
    ]
    fix = l10n.t("Run `{command}`.", command="scoredock workspace gc")
    return unreadable + [
        messages.WorkspaceProblem(
            str(path), l10n.t("A command that was killed has left {path}.", path=path), fix, repairable=False
        )
        for path in left_over(workspace)
    ]


def note_text(note: CarriedNote, workspace: messages.Workspace) -> str:
    """Note about a part that was restored, with the command that has it go on."""
    if not note.command:
        return note.text
    command = note.command if workspace.is_active else f"{note.command} --workspace {workspace.id}"
    is_question = " confirm " in command
    step = l10n.t("Confirm each with `{command}`.", command=command) if is_question else ""
    return f"{note.text} {step or l10n.t('Resume each with `{command}`.', command=command)}"
