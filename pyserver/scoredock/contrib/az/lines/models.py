"""`az ml model register|list|show|update|delete|download`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.analysis.rule import enumeration
from scoredock.cli.metadata import metadata_in
from scoredock.contrib.az.lines import v1_records
from scoredock.contrib.az.lines.command_line import LineError
from scoredock.contrib.az.lines.desk import Desk, other_workspace
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.features.contribution import required_way
from scoredock.features.models import changes, models, registering
from scoredock.protocol import messages


def register(desk: Desk) -> Any:
    """A local path, or a path in the outputs of a run."""
    options = desk.options
    run = options.text("--run-id")
    if options.path("--run-metadata-file"):
        metadata = _run_in(Path(options.path("--run-metadata-file")))
        run = run or str(metadata.get("runId") or metadata.get("id") or metadata.get("run_id") or "")
    if options.text("--model-path") and options.text("--asset-path"):
        raise LineError(l10n.t("{one} and {other} cannot be given together.", one="--asset-path", other="--model-path"))
    if run or options.text("--asset-path"):
        model = required_way("az model register --run-id")(desk, run, _described(desk))
    else:
        model = _from_path(desk)
    workspace = desk.context.workspace("")
    group = workspace.resource_group or options.text("--resource-group")
    desk.write_metadata({"modelId": model.id, "workspaceName": workspace.name, "resourceGroupName": group})
    return v1_records.model_record(model, desk.context)


def _run_in(path: Path) -> dict[str, Any]:
    """Document that `run submit-script -t` wrote. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    try:
        return metadata_in(path)
    except ScoredockError as error:
        if error.code != "file-not-found":
            raise
        fix = l10n.t(
            "`{submit}` would write it, which submits no run here: name a run of this machine with --run-id, or the"
            " file that the script writes with -p.",
            submit="az ml run submit-script -t",
        )
        raise ScoredockError(error.code, error.message, fix, error.place) from None


def _from_path(desk: Desk) -> messages.Model:
    options = desk.options
    if not options.text("--model-path"):
        raise LineError(
            l10n.t(
                "“az ml {verb}” also needs {names}.",
                verb=options.verb,
                names=enumeration(("--model-path", "--asset-path"), "or"),
            )
        )
    params = messages.ModelRegisterParams([options.path("--model-path")], **_described(desk))
    return registering.register(params, desk.context, desk.operation())


def _described(desk: Desk) -> dict[str, Any]:
    """Facts of a model from the options, wherever it comes from."""
    options = desk.options
    return {
        "name": options.text("--name"),
        "description": options.text("--description"),
        "tags": options.pairs("--tag"),
        "properties": options.pairs("--property"),
        "framework": options.text("--model-framework"),
        "framework_version": options.text("--model-framework-version"),
        "resources": _resources(desk),
        "sample_input_dataset": options.text("--sample-input-dataset-id"),
        "sample_output_dataset": options.text("--sample-output-dataset-id"),
    }


def _resources(desk: Desk) -> messages.ResourceConfiguration:
    options = desk.options
    return messages.ResourceConfiguration(
        options.number("--cpu-cores"), options.number("--memory-gb"), options.whole("--gpu-cores")
    )


def list_models(desk: Desk) -> Any:
    """Versions that match all conditions, newest first."""
    options = desk.options
    model_filter = v1_records.ModelFilter(
        name=options.text("--model-name"),
        tags=options.all("--tag"),
        properties=options.all("--property"),
        run_id=options.text("--run-id"),
        latest=options.is_set("--latest"),
        dataset=options.text("--dataset-id"),
    )
    return v1_records.model_list(desk.context, model_filter)


def show(desk: Desk) -> Any:
    """The version of an id, or the newest one of a name or run."""
    options = desk.options
    reference, name, version = options.text("--model-id"), options.text("--model-name"), options.text("--version")
    if reference and name:
        raise LineError(l10n.t("{one} and {other} cannot be given together.", one="--model-id", other="--model-name"))
    if not reference and name and version:
        reference = f"{name}:{options.whole('--version')}"
    if reference:
        found = models.show(messages.ModelRef(reference), desk.context, desk.operation())
        return v1_records.model_record(found.model, desk.context)
    if not name and not options.text("--run-id"):
        raise LineError(
            l10n.t(
                "“az ml {verb}” also needs {names}.",
                verb=options.verb,
                names=enumeration(("--model-id", "--model-name"), "or"),
            )
        )
    newest = v1_records.model_list(desk.context, v1_records.ModelFilter(name=name, run_id=options.text("--run-id")))
    if not newest:
        raise ModelNotFound(l10n.t("No model in the workspace matches all filters."))
    return newest[0]


def update(desk: Desk) -> Any:
    """Tags, description, resources and samples; properties are only added."""
    options = desk.options
    id = options.text("--model-id")
    resources = None
    if any(options.has(name) for name in ("--cpu-cores", "--memory-gb", "--gpu-cores")):
        asked = _resources(desk)
        known = models.show(messages.ModelRef(id), desk.context, desk.operation()).resources
        resources = replace(known, **{name: value for name, value in vars(asked).items() if value is not None})
    params = messages.ModelUpdateParams(
        id,
        description=options.text("--description") if options.has("--description") else None,
        set_tags=options.pairs("--add-tag"),
        remove_tags=list(options.all("--remove-tag")),
        add_properties=options.pairs("--add-property"),
        resources=resources,
        sample_input_dataset=options.text("--sample-input-dataset-id") or None,
        sample_output_dataset=options.text("--sample-output-dataset-id") or None,
    )
    return v1_records.model_record(changes.update(params, desk.context, desk.operation()), desk.context)


def delete(desk: Desk) -> Any:
    """Into the trash."""
    gone = changes.delete(messages.ModelRef(desk.options.text("--model-id")), desk.context, desk.operation())
    other = other_workspace(desk.context.workspace("").id)
    command = f"scoredock {f'-w {other} ' if other else ''}model restore {gone.id}"
    desk.note(l10n.t("deleted {id}; to restore it within 30 days, run: {command}", id=gone.id, command=command))


def download(desk: Desk) -> Any:
    """The files into a folder."""
    options = desk.options
    target = Path(options.path("--target-dir"))
    params = messages.ModelDownloadParams(options.text("--model-id"), str(target), options.is_set("--overwrite"))
    done = registering.download(params, desk.context, desk.operation())
    return {"modelId": options.text("--model-id"), "downloadPath": done.path}
