"""Which feature answers which method: the one list that the server wires and the tests compare with the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scoredock.features import (
    assets,
    docker,
    doctor,
    documents,
    environments,
    images,
    models,
    nearest_versions,
    no_code,
    packages,
    projects,
    proposals,
    registering,
    reloading,
    runs,
    script_runs,
    services,
    upkeep,
    workspaces,
)
from scoredock.features.context import Context, Operation

Verb = Callable[[Any, Context, Operation], object]


@dataclass(frozen=True, slots=True)
class Feature:
    """One verb of one noun."""

    verb: Verb
    title: str
    """Of its progress."""
    changes: bool = False
    """It may change what the views show."""


ENTRIES: dict[str, Feature] = {
    "scoredock/workspace/list": Feature(workspaces.list_workspaces, "Reading workspaces"),
    "scoredock/workspace/create": Feature(workspaces.create, "Creating workspace", changes=True),
    "scoredock/workspace/connect": Feature(workspaces.connect, "Connecting workspace", changes=True),
    "scoredock/workspace/use": Feature(workspaces.use, "Switching workspace", changes=True),
    "scoredock/workspace/show": Feature(workspaces.show, "Reading workspace"),
    "scoredock/workspace/forget": Feature(workspaces.forget, "Removing workspace", changes=True),
    "scoredock/workspace/verify": Feature(upkeep.verify, "Verifying workspace"),
    "scoredock/workspace/repair": Feature(upkeep.repair, "Repairing workspace", changes=True),
    "scoredock/workspace/collect": Feature(upkeep.collect, "Removing unused files", changes=True),
    "scoredock/workspace/backup": Feature(upkeep.backup, "Backing up workspace"),
    "scoredock/workspace/restore": Feature(upkeep.restore, "Restoring workspace", changes=True),
    "scoredock/model/groups": Feature(models.groups, "Reading models"),
    "scoredock/model/versions": Feature(models.versions, "Reading models"),
    "scoredock/model/list": Feature(models.list_models, "Reading models"),
    "scoredock/model/show": Feature(models.show, "Reading model"),
    "scoredock/model/files": Feature(models.files, "Reading model"),
    "scoredock/model/text": Feature(models.text, "Reading model"),
    "scoredock/model/propose": Feature(registering.propose, "Looking at files"),
    "scoredock/model/register": Feature(registering.register, "Registering model", changes=True),
    "scoredock/model/update": Feature(models.update, "Changing model", changes=True),
    "scoredock/model/download": Feature(registering.download, "Downloading model"),
    "scoredock/model/export": Feature(registering.export, "Exporting model"),
    "scoredock/model/compare": Feature(models.compare, "Comparing models"),
    "scoredock/model/delete": Feature(models.delete, "Deleting model", changes=True),
    "scoredock/model/restore": Feature(models.restore, "Restoring model", changes=True),
    "scoredock/model/purge": Feature(models.purge, "Emptying the trash", changes=True),
    "scoredock/model/alias": Feature(models.alias, "Changing alias", changes=True),
    "scoredock/model/aliasReturn": Feature(models.alias_return, "Changing alias", changes=True),
    "scoredock/model/favourite": Feature(models.favourite, "Changing favourites", changes=True),
    "scoredock/model/consent": Feature(models.consent, "Recording consent", changes=True),
    "scoredock/asset/list": Feature(assets.list_assets, "Reading assets"),
    "scoredock/asset/show": Feature(assets.show, "Reading asset"),
    "scoredock/asset/update": Feature(assets.update, "Changing asset", changes=True),
    "scoredock/asset/delete": Feature(assets.delete, "Deleting asset", changes=True),
    "scoredock/asset/restore": Feature(assets.restore, "Restoring asset", changes=True),
    "scoredock/dataset/register": Feature(assets.register_dataset, "Registering dataset", changes=True),
    "scoredock/dataset/rows": Feature(assets.dataset_rows, "Reading dataset"),
    "scoredock/environment/register": Feature(assets.register_environment, "Registering environment", changes=True),
    "scoredock/environment/curated": Feature(assets.curated_environments, "Reading environments"),
    "scoredock/environment/list": Feature(environments.list_environments, "Reading environments"),
    "scoredock/environment/show": Feature(environments.show, "Reading environment"),
    "scoredock/environment/build": Feature(environments.build, "Building environment"),
    "scoredock/environment/lock": Feature(environments.lock, "Locking environment"),
    "scoredock/environment/remove": Feature(environments.remove, "Removing environment"),
    "scoredock/environment/clean": Feature(environments.clean, "Cleaning up environments"),
    "scoredock/environment/suggest": Feature(nearest_versions.suggest, "Looking for versions"),
    "scoredock/server/enable": Feature(nearest_versions.enable_extra, "Installing"),
    "scoredock/build/log": Feature(environments.build_log, "Reading log"),
    "scoredock/image/list": Feature(images.list_images, "Reading images"),
    "scoredock/image/show": Feature(images.show, "Reading image"),
    "scoredock/image/create": Feature(images.create, "Creating image", changes=True),
    "scoredock/image/delete": Feature(images.delete, "Deleting image", changes=True),
    "scoredock/docker/show": Feature(docker.show, "Looking for Docker"),
    "scoredock/doctor/check": Feature(doctor.check, "Checking this computer"),
    "scoredock/doctor/repair": Feature(doctor.repair, "Repairing"),
    "scoredock/registry/login": Feature(docker.login, "Signing in"),
    "scoredock/image/register": Feature(assets.register_image, "Registering image", changes=True),
    "scoredock/run/stores": Feature(runs.stores, "Looking for tracking stores"),
    "scoredock/run/experiments": Feature(runs.experiments, "Reading experiments"),
    "scoredock/run/list": Feature(runs.list_runs, "Reading runs"),
    "scoredock/run/show": Feature(runs.show, "Reading run"),
    "scoredock/run/artifacts": Feature(runs.artifacts, "Reading artifacts"),
    "scoredock/run/propose": Feature(runs.propose, "Looking at the run"),
    "scoredock/run/register": Feature(runs.register, "Registering model", changes=True),
    "scoredock/project/create": Feature(projects.create, "Writing files"),
    "scoredock/project/example": Feature(projects.example, "Copying the example"),
    "scoredock/noCode/propose": Feature(no_code.propose, "Looking at the model"),
    "scoredock/noCode/write": Feature(no_code.write, "Writing the script"),
    "scoredock/service/list": Feature(services.list_services, "Reading services"),
    "scoredock/service/show": Feature(services.show, "Reading service"),
    "scoredock/service/propose": Feature(proposals.propose, "Looking at files"),
    "scoredock/service/deploy": Feature(services.deploy, "Deploying", changes=True),
    "scoredock/service/update": Feature(services.update, "Updating service", changes=True),
    "scoredock/service/reload": Feature(reloading.reload, "Reloading service", changes=True),
    "scoredock/service/stop": Feature(services.stop, "Stopping service", changes=True),
    "scoredock/service/start": Feature(services.start, "Starting service", changes=True),
    "scoredock/service/restart": Feature(services.restart, "Restarting service", changes=True),
    "scoredock/service/delete": Feature(services.delete, "Deleting service", changes=True),
    "scoredock/service/stopAll": Feature(services.stop_all, "Stopping services", changes=True),
    "scoredock/service/startAll": Feature(services.start_all, "Starting services", changes=True),
    "scoredock/service/places": Feature(services.places, "Reading log"),
    "scoredock/service/fileBody": Feature(services.file_body, "Reading a file"),
    "scoredock/service/sample": Feature(services.sample, "Making a sample"),
    "scoredock/service/call": Feature(services.call, "Sending request"),
    "scoredock/service/keys": Feature(services.keys, "Reading keys"),
    "scoredock/service/regenerateKey": Feature(services.regenerate_key, "Regenerating key"),
    "scoredock/service/token": Feature(services.token, "Making a token"),
    "scoredock/service/profile": Feature(services.profile, "Profiling service"),
    "scoredock/package/create": Feature(packages.create, "Packaging"),
    "scoredock/package/save": Feature(packages.save, "Saving image"),
    "scoredock/package/push": Feature(packages.push, "Pushing image"),
    "scoredock/package/pull": Feature(packages.pull, "Pulling image"),
    "scoredock/package/registry": Feature(packages.registry, "Looking for the registry"),
    "scoredock/package/export": Feature(packages.export, "Exporting package"),
    "scoredock/service/debugTarget": Feature(services.debug_target, "Reading service"),
    "scoredock/service/debug": Feature(services.debug, "Debugging service", changes=True),
    "scoredock/document/check": Feature(documents.check, "Checking files"),
    "scoredock/document/repair": Feature(documents.repair, "Repairing files"),
    "scoredock/document/explain": Feature(documents.explain, "Reading rule"),
    "scoredock/document/try": Feature(script_runs.try_script, "Trying the script"),
}
"""`state/list` and `log/*` belong to one client and are added by the server."""
