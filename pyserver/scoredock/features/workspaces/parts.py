"""Of the core and of contributions: what a backup of a workspace has besides models, runs and services, in the form of
`registry.upkeep.carried_part`, what of that cannot be read, and what killed commands left in the workspace.
"""

from __future__ import annotations

from pathlib import Path

from scoredock import l10n
from scoredock.features.contribution import contributions
from scoredock.progress import CancelToken
from scoredock.protocol import messages
from scoredock.registry.upkeep.carried_part import CarriedNote, CarriedPart
from scoredock.services.compute_backup import CarriedCompute
from scoredock.workspace import left_over as of_core

PARTS: tuple[CarriedPart, ...] = (
    CarriedCompute(),
    *(part for each in contributions() for part in each.backup()),
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
    """What of these folders is damaged or cannot be read, and what killed commands left, for people."""
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
    """What to know of a part that was restored, with the command that has it go on."""
    if not note.command:
        return note.text
    command = note.command if workspace.is_active else f"{note.command} --workspace {workspace.id}"
    is_question = " confirm " in command
    step = l10n.t("Confirm each with `{command}`.", command=command) if is_question else ""
    return f"{note.text} {step or l10n.t('Resume each with `{command}`.', command=command)}"
