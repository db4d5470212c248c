"""`az ml workspace|folder|environment|dataset …`: where things lie and what they run with."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.metadata import metadata_in
from scoredock.contrib.az.lines import v1_records
from scoredock.contrib.az.lines.command_line import LineError
from scoredock.contrib.az.lines.desk import Desk
from scoredock.errors import Place, ScoredockError
from scoredock.features.assets import assets
from scoredock.features.workspaces import workspaces
from scoredock.protocol import messages
from scoredock.registry.assets import environment_json
from scoredock.registry.topic import azure_id

_FILE = "azureml_environment.json"
_CONDA = "conda_dependencies.yml"


# ------------------------------------------------------------------------------------------ workspaces and folders


def workspace_list(desk: Desk) -> Any:
    """Workspaces of this machine; with a resource group those of it, and those that were made here."""
    group = desk.options.text("--resource-group").casefold()
    found = workspaces.list_workspaces(messages.StateListParams([]), desk.context, desk.operation()).workspaces
    return [
        _workspace(desk, each)
        for each in found
        if not group or not each.resource_group or each.resource_group.casefold() == group
    ]


def workspace_show(desk: Desk) -> Any:
    """Workspace that the line means."""
    return _workspace(desk, workspaces.show(messages.WorkspaceRef(""), desk.context, desk.operation()))


def workspace_create(desk: Desk) -> Any:
    """An empty workspace on this machine."""
    name = desk.options.text("--workspace-name")
    known = _named(desk, name)
    if known is not None:
        if desk.options.is_set("--exist-ok"):
            return _workspace(desk, known)
        raise ScoredockError(
            "workspace-exists",
            l10n.t("A workspace {name} already exists.", name=name),
            l10n.t("Leave the line out, or add {option}, which takes the one that is there.", option="--exist-ok"),
        )
    return _workspace(desk, workspaces.create(messages.WorkspaceCreateParams(name), desk.context, desk.operation()))


def folder_attach(desk: Desk) -> Any:
    """Makes a workspace the one of the folder; it is created where this machine has none of that name."""
    options = desk.options
    folder = options.path("--path") or str(Path.cwd())
    name = options.text("--workspace-name")
    if not name:
        workspace = workspaces.show(messages.WorkspaceRef(""), desk.context, desk.operation())
    else:
        known = _named(desk, name)
        if known is None:
            params = messages.WorkspaceCreateParams(name, folder)
            workspace = workspaces.create(params, desk.context, desk.operation())
        else:
            workspace = workspaces.use(messages.WorkspaceUseParams(known.id, folder), desk.context, desk.operation())
    fields = {
        "Experiment name": options.text("--experiment-name") or Path(folder).name,
        "Project path": folder,
        "Resource group": workspace.resource_group or options.text("--resource-group"),
        "Subscription id": workspace.subscription_id or options.text("--subscription-id"),
        "Workspace name": workspace.name,
    }
    desk.write_metadata(fields)
    return fields


def _named(desk: Desk, name: str) -> messages.Workspace | None:
    found = workspaces.list_workspaces(messages.StateListParams([]), desk.context, desk.operation()).workspaces
    return next((each for each in found if name.casefold() in (each.name.casefold(), each.id.casefold())), None)


def _workspace(desk: Desk, workspace: messages.Workspace) -> dict[str, Any]:
    """One that was made here has neither a resource group nor a subscription; the line may name those of its own."""
    group = workspace.resource_group or desk.options.text("--resource-group")
    subscription = workspace.subscription_id or desk.options.text("--subscription-id")
    return {
        "id": azure_id(workspace.name, subscription, group),
        "name": workspace.name,
        "workspaceName": workspace.name,
        "resourceGroup": group,
        "subscriptionId": subscription,
        "location": "local",
    }


# ------------------------------------------------------------------------------------------ environments


def environment_list(desk: Desk) -> Any:
    """The newest version of each."""
    params = messages.AssetListParams("environment", latest=True)
    found = assets.list_assets(params, desk.context, desk.operation()).assets
    return [environment_json.definition(each.id, desk.context.registry("").assets) for each in found]


def environment_show(desk: Desk) -> Any:
    """Environment by name and perhaps version."""
    definition = environment_json.definition(_environment_id(desk), desk.context.registry("").assets)
    desk.write_metadata(definition)
    return definition


def environment_register(desk: Desk) -> Any:
    """Registers an environment from a folder with azureml_environment.json."""
    folder = desk.options.path("--directory")
    path = Path(folder) / _FILE
    name = metadata_in(path).get("name")
    if not isinstance(name, str) or not name:
        raise ScoredockError("file-unreadable", l10n.t("{path} has no name.", path=path), place=Place(str(path)))
    params = messages.EnvironmentRegisterParams(name, str(path))
    made = assets.register_environment(params, desk.context, desk.operation())
    return environment_json.definition(made.id, desk.context.registry("").assets)


def environment_download(desk: Desk) -> Any:
    """The definition as files."""
    definition = environment_json.definition(_environment_id(desk), desk.context.registry("").assets)
    return _written(desk, definition)


def environment_scaffold(desk: Desk) -> Any:
    """The files of a default environment, to be changed."""
    return _written(desk, environment_json.scaffold(desk.options.text("--name")))


def _environment_id(desk: Desk) -> str:
    name, version = desk.options.text("--name"), desk.options.text("--version")
    return f"{name}:{version}" if version else name


def _written(desk: Desk, definition: dict[str, Any]) -> Any:
    """Raises ScoredockError `io-failed`, `file-exists`."""
    import yaml

    folder = Path(desk.options.path("--directory"))
    target = folder / _FILE
    if target.exists() and not desk.options.is_set("--overwrite"):
        raise ScoredockError(
            "model-file-exists", l10n.t("{target} already exists.", target=target), place=Place(str(target))
        )
    conda = definition["python"]["condaDependencies"]
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 (says which one it could not make)
        target.write_text(json.dumps(definition, indent=4) + "\n", encoding="utf-8")
        if conda:
            (folder / _CONDA).write_text(yaml.safe_dump(conda, sort_keys=False), encoding="utf-8")
    except OSError as error:
        raise ScoredockError(
            "io-failed",
            l10n.t("{path} could not be written: {error}.", path=target, error=error.strerror),
            place=Place(str(target)),
        ) from error
    return definition


# ------------------------------------------------------------------------------------------ datasets


def dataset_list(desk: Desk) -> Any:
    """The datasets of sample requests."""
    found = assets.list_assets(messages.AssetListParams("dataset"), desk.context, desk.operation()).assets
    return [_dataset(each) for each in found]


def dataset_show(desk: Desk) -> Any:
    """Dataset by name and perhaps version."""
    options = desk.options
    name, version = options.text("--name") or options.text("--id"), options.text("--version")
    if not name:
        raise LineError(l10n.t("“az ml {verb}” also needs {names}.", verb=options.verb, names="--name"))
    reference = messages.AssetRef("dataset", f"{name}:{version}" if version else name)
    return _dataset(assets.show(reference, desk.context, desk.operation()).asset)


def _dataset(asset: messages.Asset) -> dict[str, Any]:
    return {
        "id": asset.id,
        "definition": asset.summary,
        "registration": {
            "id": asset.id,
            "name": asset.name,
            "version": asset.version,
            "description": asset.description,
            "tags": asset.tags,
            "createdTime": v1_records.moment(asset.created),
        },
    }
