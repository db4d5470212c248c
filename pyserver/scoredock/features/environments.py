"""Environments as they are built: list, show, build, lock, remove, clean up, and the logs of builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import ImageMissing, ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.features.built_environments import Built

# What builds and reads environments costs start-up time that most commands need not pay: imported where it is used.


def list_environments(
    params: messages.EnvironmentListParams, context: Context, operation: Operation
) -> messages.Environments:
    """Registered environments with what was built of them, then what only services asked for."""
    built = _built(context, params.workspace_id)
    return messages.Environments(built.registered(params.name) if params.name else built.every())


def show(params: messages.EnvironmentRef, context: Context, operation: Operation) -> messages.EnvironmentDetails:
    """One environment with what it holds: registered, ready-made, or by the key of what was built."""
    from scoredock.features.environment_details import details

    return details(_built(context, params.workspace_id), params.id)


def build(params: messages.EnvironmentBuildParams, context: Context, operation: Operation) -> messages.Environment:
    """Builds one form, or finds it built; blocks until it is there. Raises the cause when it is not."""
    built = _built(context, params.workspace_id)
    built.build(
        params.id,
        params.form,
        rebuild=params.rebuild,
        credentials=params.registry_credentials,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return built.one(params.id)


def lock(params: messages.EnvironmentLockParams, context: Context, operation: Operation) -> messages.EnvironmentLock:
    """The exact packages with their digests; builds it when it was not built yet."""
    built = _built(context, params.workspace_id)
    found = built.build(params.id, "process", progress=operation.progress, cancel=operation.cancel)
    detail = built.cache.inspect(found)
    return messages.EnvironmentLock(
        built.id_of(params.id), detail.summary.python_version, detail.hashed_lock or detail.lock, detail.conda_lock
    )


def remove(
    params: messages.EnvironmentRemoveParams, context: Context, operation: Operation
) -> messages.EnvironmentsCleaned:
    """Removes one built form. Raises environment-in-use, environment-not-built, and what Docker raises for an image."""
    built = _built(context, params.workspace_id, waits=True)
    gone = [each for each in built.all_built() if (each.key, each.form) == (params.key, params.form)]
    if not gone:
        if params.form == "image":
            built.images.list()  # where Docker cannot be asked, that is what is wrong
        raise ScoredockError(
            "environment-not-built", l10n.t("Nothing with the key {key} is built in this workspace.", key=params.key)
        )
    freed = built.remove(params.key, params.form)
    return messages.EnvironmentsCleaned(gone[:1], freed)


def clean(
    params: messages.EnvironmentCleanParams, context: Context, operation: Operation
) -> messages.EnvironmentsCleaned:
    """Removes what no service needs, and tells what went; with `dry_run` only what would go."""
    built = _built(context, params.workspace_id, waits=True)
    unused: list[messages.UnusedEnvironment] = []
    kept: list[messages.KeptEnvironment] = []
    for each in built.all_built():
        needed = built.needed_by(each)
        if not needed and not params.registered and params.keys is None:
            needed = each.registered
        if needed:
            kept.append(messages.KeptEnvironment(each.key, each.form, each.name, each.size, needed))
        elif params.keys is None or each.key in params.keys:
            unused.append(each)
    if params.dry_run:
        freed = sum(each.size for each in unused if each.form == "image")
        freed += built.cache.freed(each.key for each in unused if each.form != "image")
        return messages.EnvironmentsCleaned(unused, freed, kept)
    removed: list[messages.UnusedEnvironment] = []
    freed = 0
    for each in unused:
        operation.cancel.raise_if_cancelled()
        operation.progress.report(l10n.t("Removing {name}", name=each.name))
        try:
            freed += built.remove(each.key, each.form)
        except ImageMissing:
            continue  # somebody else cleans up
        except ScoredockError as error:
            if error.code not in ("environment-in-use", "image-in-use"):
                raise
            # A service was deployed with it this very moment.
            needed = list(error.details.get("services", []))
            kept.append(messages.KeptEnvironment(each.key, each.form, each.name, each.size, needed))
            continue
        removed.append(each)
    built.cache.sweep()
    return messages.EnvironmentsCleaned(removed, freed, kept)


def build_log(params: messages.BuildLogParams, context: Context, operation: Operation) -> messages.BuildLog:
    """A part of the log of the last build, also while it goes on, whoever builds."""
    from scoredock.features.builds import log_part

    return log_part(params, context)


def _built(context: Context, workspace_id: str, *, waits: bool = False) -> Built:
    from scoredock.features.built_environments import Built

    return Built(context.deployments(workspace_id), waits=waits)
