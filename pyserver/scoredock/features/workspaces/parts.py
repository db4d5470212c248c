"""What a backup of a workspace has besides models, runs and services, in the form of `registry.upkeep.carried_part`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.batch.domain.work import job_backup
from scoredock.features.contribution import contributions
from scoredock.progress import CancelToken
from scoredock.protocol import messages
from scoredock.registry.upkeep.carried_part import CarriedNote, CarriedPart
from scoredock.services.compute_backup import CarriedCompute
from scoredock.workspace.left_over import left_over


class _Jobs:
    """Nothing of batch jobs knows the registry."""

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        return job_backup.members(workspace, left_out)

    def settle(self, workspace: Path) -> list[CarriedNote]:
        job_backup.settle(workspace)
        return []

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        return job_backup.problems(workspace)


PARTS: tuple[CarriedPart, ...] = (
    CarriedCompute(),
    *(part for each in contributions() for part in each.backup()),
    _Jobs(),
)


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
