"""`az ml model register|list|show|update|delete|download`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.az.command_line import LineError
from scoredock.cli.az.desk import Desk, metadata_in
from scoredock.cli.command import UsageError
from scoredock.cli.models.registering import store_of
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.features.models import models, registering
from scoredock.features.runs import runs
from scoredock.features.workspaces import v1_records
from scoredock.protocol import messages


def register(desk: Desk) -> Any:
    """A local path, or a path in the outputs of a run."""
    given = desk.given
    run = given.text("--run-id")
    if given.path("--run-metadata-file"):
        told = metadata_in(given.path("--run-metadata-file"))
        run = run or str(told.get("runId") or told.get("id") or told.get("run_id") or "")
    if given.text("--model-path") and given.text("--asset-path"):
        raise LineError(l10n.t("{one} and {other} cannot be given together.", one="--asset-path", other="--model-path"))
    model = _from_run(desk, run) if run or given.text("--asset-path") else _from_path(desk)
    desk.write_metadata({"modelId": model.id})
    return v1_records.model_record(model, desk.context)


def _from_path(desk: Desk) -> messages.Model:
    given = desk.given
    if not given.text("--model-path"):
        raise LineError(
            l10n.t("“az ml {verb}” also needs {names}.", verb=given.verb, names="--model-path, --asset-path")
        )
    params = messages.ModelRegisterParams([given.path("--model-path")], **_described(desk))
    return registering.register(params, desk.context, desk.operation())


def _from_run(desk: Desk, run: str) -> messages.Model:
    given = desk.given
    if not run:
        raise LineError(l10n.t("--asset-path and --experiment-name need --run-id."))
    store = _store(desk, run)
    path = given.text("--asset-path") or given.text("--name")
    experiment = given.text("--experiment-name")
    if experiment:
        asked = messages.RunProposeParams(store, run, path=path)
        found = runs.propose(asked, desk.context, desk.operation(), typed=True)
        if found.experiment != experiment:
            raise LineError(l10n.t("The run belongs to the experiment “{experiment}”.", experiment=found.experiment))
    params = messages.RunRegisterParams(store, run, path=path, **_described(desk))
    return runs.register(params, desk.context, desk.operation(), typed=True)


def _described(desk: Desk) -> dict[str, Any]:
    """What is said of a model, wherever it comes from."""
    given = desk.given
    return {
        "name": given.text("--name"),
        "description": given.text("--description"),
        "tags": given.pairs("--tag"),
        "properties": given.pairs("--property"),
        "framework": given.text("--model-framework"),
        "framework_version": given.text("--model-framework-version"),
        "resources": _resources(desk),
        "sample_input_dataset": given.text("--sample-input-dataset-id"),
        "sample_output_dataset": given.text("--sample-output-dataset-id"),
    }


def _store(desk: Desk, run: str) -> str:
    try:
        return store_of(run, desk.context, desk.operation())
    except UsageError:
        raise ScoredockError(
            "run-not-found",
            l10n.t("No tracking store of MLflow in this folder or in the settings has the run {run}.", run=run),
            l10n.t("Run it in the folder with `mlruns`, or register the file with -p."),
        ) from None


def _resources(desk: Desk) -> messages.ResourceConfiguration:
    given = desk.given
    return messages.ResourceConfiguration(
        given.number("--cpu-cores"), given.number("--memory-gb"), given.whole("--gpu-cores")
    )


def list_models(desk: Desk) -> Any:
    """Versions that match all conditions, newest first."""
    given = desk.given
    wanted = v1_records.ModelFilter(
        name=given.text("--model-name"),
        tags=given.all("--tag"),
        properties=given.all("--property"),
        run_id=given.text("--run-id"),
        latest=given.is_set("--latest"),
        dataset=given.text("--dataset-id"),
    )
    return v1_records.model_list(desk.context, wanted)


def show(desk: Desk) -> Any:
    """The version of an id, or the newest one of a name or run."""
    given = desk.given
    reference, name, version = given.text("--model-id"), given.text("--model-name"), given.text("--version")
    if reference and name:
        raise LineError(l10n.t("{one} and {other} cannot be given together.", one="--model-id", other="--model-name"))
    if not reference and name and version:
        reference = f"{name}:{given.whole('--version')}"
    if reference:
        found = models.show(messages.ModelRef(reference), desk.context, desk.operation())
        return v1_records.model_record(found.model, desk.context)
    if not name and not given.text("--run-id"):
        raise LineError(l10n.t("“az ml {verb}” also needs {names}.", verb=given.verb, names="--model-id, --model-name"))
    newest = v1_records.model_list(desk.context, v1_records.ModelFilter(name=name, run_id=given.text("--run-id")))
    if not newest:
        raise ModelNotFound(l10n.t("No model in the workspace matches all filters."))
    return newest[0]


def update(desk: Desk) -> Any:
    """Tags, description, resources and samples; properties are only added."""
    given = desk.given
    id = given.text("--model-id")
    resources = None
    if any(given.has(name) for name in ("--cpu-cores", "--memory-gb", "--gpu-cores")):
        asked = _resources(desk)
        known = models.show(messages.ModelRef(id), desk.context, desk.operation()).resources
        resources = replace(known, **{name: value for name, value in vars(asked).items() if value is not None})
    params = messages.ModelUpdateParams(
        id,
        description=given.text("--description") if given.has("--description") else None,
        set_tags=given.pairs("--add-tag"),
        remove_tags=list(given.all("--remove-tag")),
        add_properties=given.pairs("--add-property"),
        resources=resources,
        sample_input_dataset=given.text("--sample-input-dataset-id") or None,
        sample_output_dataset=given.text("--sample-output-dataset-id") or None,
    )
    return v1_records.model_record(models.update(params, desk.context, desk.operation()), desk.context)


def delete(desk: Desk) -> Any:
    """Into the trash."""
    gone = models.delete(messages.ModelRef(desk.given.text("--model-id")), desk.context, desk.operation())
    command = f"scoredock model restore {gone.id}"
    desk.note(l10n.t("deleted {id}; to restore it within 30 days, run: {command}", id=gone.id, command=command))


def download(desk: Desk) -> Any:
    """The files into a folder."""
    given = desk.given
    target = Path(given.path("--target-dir"))
    params = messages.ModelDownloadParams(given.text("--model-id"), str(target), given.is_set("--overwrite"))
    done = registering.download(params, desk.context, desk.operation())
    return {"modelId": given.text("--model-id"), "downloadPath": done.path}
