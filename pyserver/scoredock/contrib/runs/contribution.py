"""Declares the contribution for runs and MLflow to the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from scoredock.features.contribution import AzHandler, Contribution, FolderWatch, LineageFact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set
    from pathlib import Path

    from scoredock.context import Context, Operation
    from scoredock.registry.upkeep.carried_part import CarriedPart

_MOST_FILES = 200
_PACKAGE = "scoredock.contrib.runs"


class _Runs(Contribution):
    noun = "run"
    help = "MLflow runs: browse tracking stores and register the model of a run."
    references: ClassVar = {"run_id": "run"}
    nameless = ("run/register", "run/begin", "run/search", "run/stores", "model/bring")
    az_lines: ClassVar = {
        "experiment list": AzHandler(f"{_PACKAGE}.az:experiments"),
        "run list": AzHandler(f"{_PACKAGE}.az:list_runs"),
        "run show": AzHandler(f"{_PACKAGE}.az:show"),
        "run update": AzHandler(f"{_PACKAGE}.az:update"),
    }
    command_ways: ClassVar = {
        "model register --run-id": f"{_PACKAGE}.terminal.run_models:register",
        "model register --from models:/": f"{_PACKAGE}.terminal.registered_models:bring",
        "model push --to mlflow:": f"{_PACKAGE}.terminal.registered_models:publish",
        "az model register --run-id": f"{_PACKAGE}.az:register",
    }

    def names(self, workspace: Path) -> Sequence[str]:
        from scoredock.contrib.runs.domain.journal import RunJournals

        return RunJournals(workspace).ids()

    def names_of_folder(self, workspace: Path, folder: Path, services: Set[str]) -> Set[str]:
        """All: an id of a run means no other one."""
        return set(self.names(workspace))

    def model_of(self, reference: str, workspace_id: str, context: Context, operation: Operation) -> str:
        """`models:/NAME@ALIAS`, which is brought here from the registry of an MLflow server."""
        from scoredock.contrib.runs.verbs.registered_models import version_of

        return version_of(reference, workspace_id, context, operation)

    def backup(self) -> Sequence[CarriedPart]:
        from scoredock.contrib.runs.domain.journal import CarriedRuns

        return (CarriedRuns(),)

    def state_topics(self) -> Mapping[str, FolderWatch]:
        from scoredock.contrib.runs.domain.journal import RunFiles

        return {"runs": RunFiles()}

    def lineage(self, workspace: Path) -> Iterator[LineageFact]:
        from scoredock.contrib.runs.domain.journal import RunJournals

        for run in RunJournals(workspace).all():
            files = list(run.files.items())[:_MOST_FILES]
            yield LineageFact(
                run.id,
                run.started,
                run.status,
                {"experiment": run.experiment, "name": run.name, "status": run.status},
                (f"run:{run.parent}",) if run.parent else (),
                tuple((path, each.sha256, each.size) for path, each in files),
                run.ended or 0.0,
            )


CONTRIBUTION = _Runs()
