"""Which feature answers which method: the one list that the server wires and the tests compare with the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scoredock.features import (
    assets,
    docker,
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
    services,
    trying,
    upkeep,
    workspaces,
)
from scoredock.features.context import Context, Operation

Verb = Callable[[Any, Context, Operation], object]


@dataclass(frozen=True, slots=True)
class Entry:
    """One verb of one noun."""

    verb: Verb
    title: str
    """Of its progress."""
    changes: bool = False
    """It may change what the views show."""


ENTRIES: dict[str, Entry] = {
    "scoredock/workspace/list": Entry(workspaces.list_workspaces, "Reading workspaces"),
    "scoredock/workspace/create": Entry(workspaces.create, "Creating workspace", changes=True),
    "scoredock/workspace/connect": Entry(workspaces.connect, "Connecting workspace", changes=True),
    "scoredock/workspace/use": Entry(workspaces.use, "Switching workspace", changes=True),
    "scoredock/workspace/show": Entry(workspaces.show, "Reading workspace"),
    "scoredock/workspace/forget": Entry(workspaces.forget, "Forgetting workspace", changes=True),
    "scoredock/workspace/verify": Entry(upkeep.verify, "Verifying workspace"),
    "scoredock/workspace/repair": Entry(upkeep.repair, "Repairing workspace", changes=True),
    "scoredock/workspace/collect": Entry(upkeep.collect, "Collecting garbage", changes=True),
    "scoredock/workspace/backup": Entry(upkeep.backup, "Backing up workspace"),
    "scoredock/workspace/restore": Entry(upkeep.restore, "Restoring workspace", changes=True),
    "scoredock/model/groups": Entry(models.groups, "Reading models"),
    "scoredock/model/versions": Entry(models.versions, "Reading models"),
    "scoredock/model/list": Entry(models.list_models, "Reading models"),
    "scoredock/model/show": Entry(models.show, "Reading model"),
    "scoredock/model/files": Entry(models.files, "Reading model"),
    "scoredock/model/text": Entry(models.text, "Reading model"),
    "scoredock/model/propose": Entry(registering.propose, "Looking at files"),
    "scoredock/model/register": Entry(registering.register, "Registering model", changes=True),
    "scoredock/model/update": Entry(models.update, "Changing model", changes=True),
    "scoredock/model/download": Entry(registering.download, "Downloading model"),
    "scoredock/model/export": Entry(registering.export, "Exporting model"),
    "scoredock/model/compare": Entry(models.compare, "Comparing models"),
    "scoredock/model/delete": Entry(models.delete, "Deleting model", changes=True),
    "scoredock/model/restore": Entry(models.restore, "Restoring model", changes=True),
    "scoredock/model/purge": Entry(models.purge, "Emptying the trash", changes=True),
    "scoredock/model/alias": Entry(models.alias, "Changing alias", changes=True),
    "scoredock/model/aliasReturn": Entry(models.alias_return, "Changing alias", changes=True),
    "scoredock/model/favourite": Entry(models.favourite, "Changing favourites", changes=True),
    "scoredock/model/consent": Entry(models.consent, "Recording consent", changes=True),
    "scoredock/asset/list": Entry(assets.list_assets, "Reading assets"),
    "scoredock/asset/show": Entry(assets.show, "Reading asset"),
    "scoredock/asset/update": Entry(assets.update, "Changing asset", changes=True),
    "scoredock/asset/delete": Entry(assets.delete, "Deleting asset", changes=True),
    "scoredock/asset/restore": Entry(assets.restore, "Restoring asset", changes=True),
    "scoredock/dataset/register": Entry(assets.register_dataset, "Registering dataset", changes=True),
    "scoredock/dataset/rows": Entry(assets.dataset_rows, "Reading dataset"),
    "scoredock/environment/register": Entry(assets.register_environment, "Registering environment", changes=True),
    "scoredock/environment/curated": Entry(assets.curated_environments, "Reading environments"),
    "scoredock/environment/list": Entry(environments.list_environments, "Reading environments"),
    "scoredock/environment/show": Entry(environments.show, "Reading environment"),
    "scoredock/environment/build": Entry(environments.build, "Building environment"),
    "scoredock/environment/lock": Entry(environments.lock, "Locking environment"),
    "scoredock/environment/remove": Entry(environments.remove, "Removing environment"),
    "scoredock/environment/clean": Entry(environments.clean, "Cleaning up environments"),
    "scoredock/environment/suggest": Entry(nearest_versions.suggest, "Looking for versions"),
    "scoredock/server/enable": Entry(nearest_versions.enable_extra, "Installing"),
    "scoredock/build/log": Entry(environments.build_log, "Reading log"),
    "scoredock/image/list": Entry(images.list_images, "Reading images"),
    "scoredock/image/show": Entry(images.show, "Reading image"),
    "scoredock/image/create": Entry(images.create, "Creating image", changes=True),
    "scoredock/image/delete": Entry(images.delete, "Deleting image", changes=True),
    "scoredock/docker/show": Entry(docker.show, "Looking for Docker"),
    "scoredock/registry/login": Entry(docker.login, "Signing in"),
    "scoredock/image/register": Entry(assets.register_image, "Registering image", changes=True),
    "scoredock/run/stores": Entry(runs.stores, "Looking for tracking stores"),
    "scoredock/run/experiments": Entry(runs.experiments, "Reading experiments"),
    "scoredock/run/list": Entry(runs.list_runs, "Reading runs"),
    "scoredock/run/artifacts": Entry(runs.artifacts, "Reading artifacts"),
    "scoredock/run/propose": Entry(runs.propose, "Looking at the run"),
    "scoredock/run/register": Entry(runs.register, "Registering model", changes=True),
    "scoredock/project/create": Entry(projects.create, "Writing files"),
    "scoredock/noCode/propose": Entry(no_code.propose, "Looking at the model"),
    "scoredock/noCode/write": Entry(no_code.write, "Writing the script"),
    "scoredock/service/list": Entry(services.list_services, "Reading services"),
    "scoredock/service/show": Entry(services.show, "Reading service"),
    "scoredock/service/propose": Entry(proposals.propose, "Looking at files"),
    "scoredock/service/deploy": Entry(services.deploy, "Deploying", changes=True),
    "scoredock/service/update": Entry(services.update, "Updating service", changes=True),
    "scoredock/service/reload": Entry(reloading.reload, "Reloading service", changes=True),
    "scoredock/service/stop": Entry(services.stop, "Stopping service", changes=True),
    "scoredock/service/start": Entry(services.start, "Starting service", changes=True),
    "scoredock/service/restart": Entry(services.restart, "Restarting service", changes=True),
    "scoredock/service/delete": Entry(services.delete, "Deleting service", changes=True),
    "scoredock/service/stopAll": Entry(services.stop_all, "Stopping services", changes=True),
    "scoredock/service/startAll": Entry(services.start_all, "Starting services", changes=True),
    "scoredock/service/sample": Entry(services.sample, "Making a sample"),
    "scoredock/service/call": Entry(services.call, "Sending request"),
    "scoredock/service/keys": Entry(services.keys, "Reading keys"),
    "scoredock/service/regenerateKey": Entry(services.regenerate_key, "Regenerating key"),
    "scoredock/service/token": Entry(services.token, "Making a token"),
    "scoredock/service/profile": Entry(services.profile, "Profiling service"),
    "scoredock/package/create": Entry(packages.create, "Packaging"),
    "scoredock/package/save": Entry(packages.save, "Saving image"),
    "scoredock/package/push": Entry(packages.push, "Pushing image"),
    "scoredock/package/pull": Entry(packages.pull, "Pulling image"),
    "scoredock/package/registry": Entry(packages.registry, "Looking for the registry"),
    "scoredock/package/export": Entry(packages.export, "Exporting package"),
    "scoredock/service/debugTarget": Entry(services.debug_target, "Reading service"),
    "scoredock/service/debug": Entry(services.debug, "Debugging service", changes=True),
    "scoredock/document/check": Entry(documents.check, "Checking files"),
    "scoredock/document/explain": Entry(documents.explain, "Reading rule"),
    "scoredock/document/try": Entry(trying.try_script, "Trying the script"),
}
"""`state/list` and `log/*` belong to one client and are added by the server."""
