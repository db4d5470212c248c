"""Models to the registry of an MLflow server and from there; aliases and tags in step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.runs import messages
from scoredock.errors import ScoredockError
from scoredock.features.model_messages import record
from scoredock.registry.grammar import printable
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.contrib.runs.domain.mlflow.differences import SideDifference
    from scoredock.contrib.runs.domain.mlflow.registered_models import RegisteredModels, RegistryVersion
    from scoredock.registry import Registry

_SETTING = "scoredock.mlflow.trackingUris"
ERRORS = (
    "mlflow-server-unknown",
    "mlflow-reference-invalid",
    "mlflow-model-missing",
    "mlflow-source-unsupported",
    "mlflow-push-unsupported",
)
STORE = argument(
    "--store", help="MLflow server; MLFLOW_TRACKING_URI or that of the settings by default", default="", metavar="URI"
)


@verb("model/publish", progress="Pushing model", errors=ERRORS)
def publish(
    params: messages.ModelPublishParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.ModelPublished:
    """The files into a run of the server, then the version; whole, or not there. Aliases and tags that have other
    values there stay, unless it is to overwrite them."""
    from scoredock.contrib.runs.domain.mlflow import publishing
    from scoredock.contrib.runs.domain.mlflow.differences import tag_differences

    address = _address(params.store, context, typed=typed)
    registry = context.registry(params.workspace_id)
    model = registry.model(params.id)
    name = params.name or model.name
    published = publishing.publish(address, name, registry, model, (operation.progress, operation.cancel))
    with _registered(address, operation) as there:
        version = published.version
        tags = {key: value for key, value in model.tags.items() if key not in published.left_out}
        differences = [each for each in tag_differences(model.id, tags, version.tags) if each.here]
        no_aliases = [] if not model.aliases or there.has_aliases() else list(model.aliases)
        if not no_aliases:
            differences += _alias_changes(model.aliases, there.aliases(name), version)
        changed = [each for each in differences if not each.there or params.overwrite]
        for each in changed:
            _set_there(there, each, name, version)
    return messages.ModelPublished(
        reference=version.reference,
        store=address,
        is_new=published.is_new,
        sent_bytes=published.sent_bytes,
        present_bytes=published.present_bytes,
        changed=[_message(each) for each in changed],
        conflicts=[_message(each) for each in differences if each not in changed],
        left_out=list(published.left_out),
        no_aliases=no_aliases,
    )


@verb("model/bring", progress="Registering model", changes=True, errors=ERRORS)
def bring(
    params: messages.ModelBringParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.ModelBrought:
    """The version of a registry as the next one here, or the one that came from it before."""
    from scoredock.contrib.runs.domain.mlflow.reading_versions import bring
    from scoredock.registry.models.registration import NewModel

    address = _address(params.store, context, typed=typed)
    new = NewModel(
        params.name,
        params.description,
        params.tags,
        params.properties,
        params.framework,
        params.framework_version,
    )
    registry = context.registry(params.workspace_id)
    brought = bring(address, params.reference, new, registry, (operation.progress, operation.cancel))
    return messages.ModelBrought(record(brought.model, {}), brought.version.reference, brought.is_new)


@verb(
    "model/sync",
    progress="Comparing aliases and tags",
    changes=True,
    errors=ERRORS,
    terminal=CliCommand(
        "model sync",
        "Show which aliases and tags of a model are not the same in a registry of MLflow, and bring them in step.",
        (
            argument("name", help="name of the model here", names="model"),
            argument("--to", help="name of the registered model there", default="", names="", metavar="mlflow:NAME"),
            argument("--push", help="set there what is only here", action="store_true"),
            argument("--pull", help="set here what is only there", action="store_true"),
            argument("--overwrite", help="also what has another value on the other side", action="store_true"),
            STORE,
        ),
        ("scoredock model sync diabetes", "scoredock model sync diabetes --push"),
    ),
    editor=(
        EditorCommand(
            "syncModel",
            "Sync with MLflow…",
            "contrib/runs/mlflow",
            icon="sync",
            menus=(rows("models", "group", "2_save@4", menu="scoredock.model.copy"),),
        ),
    ),
)
def sync(
    params: messages.ModelSyncParams, context: Context, operation: Operation, *, typed: bool = False
) -> messages.ModelSynced:
    """Differences between the versions on both sides, what was changed, and conflicts. Without a direction nothing is
    changed.
    """
    address = _address(params.store, context, typed=typed)
    registry = context.registry(params.workspace_id)
    registry.summary(params.name)
    name = params.registered_name or params.name
    with _registered(address, operation) as there:
        operation.progress.report(l10n.t("Looking at {address}", address=address))
        both = _Both(registry, there, params.name, name)
        differences = both.differences()
        side = {"push": "here", "pull": "there"}.get(params.direction, "")
        changed = [
            each for each in differences if side and (each.side == side or (each.side == "both" and params.overwrite))
        ]
        for each in changed:
            both.set_there(each) if params.direction == "push" else both.set_here(each)
    return messages.ModelSynced(
        store=address,
        linked=len(both.links),
        differences=[_message(each) for each in differences],
        changed=[_message(each) for each in changed],
        conflicts=[_message(each) for each in differences if each.side == "both" and each not in changed],
        no_aliases=both.no_aliases,
    )


class _Both:
    """One model on both sides."""

    def __init__(self, registry: Registry, there: RegisteredModels, name: str, registered_name: str) -> None:
        from scoredock.contrib.runs.domain.mlflow.reading_versions import version_here

        self._registry = registry
        self._there = there
        self._name = name
        self._registered_name = registered_name
        self._here = {each.version: each for each in registry.models(name=name)}
        self._versions: dict[int, RegistryVersion] = {}
        self.no_aliases: list[str] = []
        """Those of here, for a server that has none."""
        self.links: dict[int, int] = {}
        """Version here → version there."""
        for version in sorted(there.versions(registered_name), key=lambda each: each.version):
            id = version_here(registry, name, there.address, version)
            if id:
                number = int(id.rpartition(":")[2])
                self.links[number] = version.version
                self._versions[number] = version

    def differences(self) -> list[SideDifference]:
        from scoredock.contrib.runs.domain.mlflow.differences import alias_differences, tag_differences

        here = {alias: each.version for each in self._here.values() for alias in each.aliases}
        if here and not self._there.has_aliases():
            self.no_aliases, here = sorted(here), {}
        differences = alias_differences(here, self._there.aliases(self._registered_name), self.links)
        for number, version in sorted(self._versions.items()):
            differences += tag_differences(f"{self._name}:{number}", self._here[number].tags, version.tags)
        return differences

    def set_there(self, difference: SideDifference) -> None:
        if difference.kind == "alias":
            number = self.links.get(int(difference.here))
            if number is not None:
                self._there.set_alias(self._registered_name, difference.name, number)
            return
        version = self._versions[int(difference.model.rpartition(":")[2])]
        self._there.set_tag(version, difference.name, difference.here)

    def set_here(self, difference: SideDifference) -> None:
        if difference.kind == "alias":
            back = {other: own for own, other in self.links.items()}
            number = back.get(int(difference.there))
            if number is not None:
                self._registry.changes.alias(f"{self._name}:{number}", difference.name)
            return
        self._registry.update(difference.model, set_tags={difference.name: difference.there})


def version_of(reference: str, workspace_id: str, context: Context, operation: Operation) -> str:
    """The version here that has the files of `models:/NAME@ALIAS`; empty for another text."""
    from scoredock.contrib.runs.domain.mlflow.registered_models import is_model_reference

    if not is_model_reference(reference):
        return ""
    return bring(messages.ModelBringParams(reference, workspace_id=workspace_id), context, operation).model.id


def _address(store: str, context: Context, *, typed: bool) -> str:
    """Address of the server that is meant: only one of the settings, or one that a person typed."""
    offered = [str(each).strip().rstrip("/") for each in context.settings.get(_SETTING)]
    servers = [each for each in offered if each.startswith(("http://", "https://"))]
    if store:
        if typed or store.rstrip("/") in servers:
            return store.rstrip("/")
        raise ScoredockError(
            "mlflow-server-unknown", l10n.t("{uri} is not among the servers of the settings.", uri=printable(store))
        )
    if not servers:
        raise ScoredockError("mlflow-server-unknown", l10n.t("No MLflow server is known."))
    return servers[0]


@contextlib.contextmanager
def _registered(address: str, operation: Operation) -> Iterator[RegisteredModels]:
    from scoredock.contrib.runs.domain.mlflow.connection import TrackingConnection, environment
    from scoredock.contrib.runs.domain.mlflow.registered_models import RegisteredModels

    with contextlib.closing(TrackingConnection(address, operation.cancel, environment())) as connection:
        yield RegisteredModels(connection)


def _alias_changes(aliases: Sequence[str], there: dict[str, int], version: RegistryVersion) -> list[SideDifference]:
    from scoredock.contrib.runs.domain.mlflow.differences import SideDifference

    return [
        SideDifference("alias", alias, "", str(version.version), str(there.get(alias, "")))
        for alias in aliases
        if there.get(alias) != version.version
    ]


def _set_there(there: RegisteredModels, difference: SideDifference, name: str, version: RegistryVersion) -> None:
    if difference.kind == "alias":
        there.set_alias(name, difference.name, version.version)
    else:
        there.set_tag(version, difference.name, difference.here)


def _message(difference: SideDifference) -> messages.SyncDifference:
    return messages.SyncDifference(
        difference.kind, difference.name, difference.model, difference.here, difference.there
    )
