"""Parts of a backup for folders that the registry knows nothing of: who writes such a folder hands in a part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken


@dataclass(frozen=True, slots=True)
class CarriedNote:
    """Note for people on a part that was restored."""

    text: str
    command: str = ""
    """That has it go on, where it is paused."""


class CarriedPart(Protocol):
    """A folder of the workspace, such as that of the deployment rules."""

    @property
    def files(self) -> str:
        """Regular expression of the names that its files have in a backup: no other file is unpacked."""

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        """Name in the backup of each file, and what it holds there: what acts by itself is paused, and neither a
        secret nor anything that belongs to this machine is in it. A sentence goes into `left_out` for each thing that
        cannot be read."""

    def settle(self, workspace: Path) -> list[CarriedNote]:
        """Checks what was unpacked, before anybody sees it, and pauses what acts by itself, whatever the backup says.
        Raises ValueError with what is wrong for what Scoredock does not write."""

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        """Path, sentence and next step of each thing that cannot be read, or is damaged, for which `deep` reads every
        stored byte. Writes nothing. Raises cancelled."""
