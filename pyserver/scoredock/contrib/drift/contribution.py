"""Declares the contribution for drift to the core."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from scoredock.errors import ScoredockError
from scoredock.features.contribution import Contribution, LineageFact, Round

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    from scoredock.context import Context, Operation
    from scoredock.registry.upkeep.carried_part import CarriedPart


class _LastVerdict:
    """A comparison is a condition: its last verdict must not be drift."""

    def require(self, name: str, workspace: Path) -> None:
        from scoredock.contrib.drift.domain.monitors import monitor

        monitor(workspace, name)

    def holds(self, name: str, workspace_id: str, context: Context, operation: Operation) -> tuple[bool, str]:
        from scoredock.contrib.drift.verbs.schedules import last_verdict

        return last_verdict(name, workspace_id, context, operation)


class _Drift(Contribution):
    noun = "drift"
    help = "Drift: compare the data of a service with a baseline, now or again and again."
    references: ClassVar = {"name": "drift", "names": "drift"}
    nameless = ("drift/compare", "drift/schedule", "drift/list")
    condition = _LastVerdict()

    def names(self, workspace: Path) -> Sequence[str]:
        from scoredock.contrib.drift.domain.monitors import monitor_names

        return monitor_names(workspace)

    def names_of_folder(self, workspace: Path, folder: Path, services: Set[str]) -> Set[str]:
        """Comparisons of these services, or of files of the folder."""
        from scoredock.contrib.drift.domain.monitors import monitor
        from scoredock.contrib.drift.verbs.records import monitor_message

        targets = {name: monitor_message(monitor(workspace, name)).target for name in self.names(workspace)}
        return {
            name
            for name, target in targets.items()
            if target.removeprefix("service:") in services or Path(target).is_relative_to(folder)
        }

    def backup(self) -> Sequence[CarriedPart]:
        from scoredock.contrib.drift.verbs.keeping import CarriedMonitors

        return (CarriedMonitors(),)

    def attend(self, now: Round) -> None:
        from scoredock.contrib.drift.messages import DriftRunParams
        from scoredock.contrib.drift.verbs.schedules import run_schedules

        params = DriftRunParams(due=True, workspace_id=now.workspace_id)
        now.comparisons.extend(run_schedules(params, now.context, now.operation).runs)

    def lineage(self, workspace: Path) -> Iterator[LineageFact]:
        from scoredock.contrib.drift.domain.monitors import monitor

        for name in self.names(workspace):
            with contextlib.suppress(ScoredockError, KeyError, OSError, IndexError):
                folder = monitor(workspace, name)
                record = folder.read_record(folder.record_files()[0])
                sides = (str(record[side]["source"]) for side in ("baseline", "target"))
                yield LineageFact(
                    name,
                    record["created"],
                    "drift" if record["verdict"] == "drift" else "",
                    {"drifted": ", ".join(record["drifted"])},
                    tuple(each if each.startswith(("service:", "dataset:")) else f"data:{each}" for each in sides),
                )


CONTRIBUTION = _Drift()
