"""Environments as they are built: list, show, build, lock, remove, clean up, and the logs of builds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ImageMissing, ScoredockError
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.features.environments.built import Built

_REFERENCE = argument(
    "reference",
    help="name:version, name for the newest version, or a curated environment",
    names="environment",
    metavar="NAME[:VERSION]",
)
_IMAGE = argument("--image", help="the Docker image instead of the environment for processes", action="store_true")

# What builds and reads environments costs start-up time that most commands need not pay: imported where it is used.


@verb("environment/list", progress="Reading environments")
def list_environments(
    params: messages.EnvironmentListParams, context: Context, operation: Operation
) -> messages.Environments:
    """Registered environments with what was built of them, then what only services asked for."""
    built = _built(context, params.workspace_id)
    return messages.Environments(built.registered(params.name) if params.name else built.every())


@verb(
    "environment/show",
    progress="Reading environment",
    terminal=CliCommand(
        "environment show",
        "Show an environment and its packages: registered, curated, or built (by its key).",
        (
            argument(
                "reference",
                help="name:version, name for the newest version, a curated"
                " environment, or the key of a built environment",
                names="environment",
            ),
        ),
        ("scoredock environment show diabetes-env:1", "scoredock environment show AzureML-Minimal"),
    ),
    editor=(
        EditorCommand(
            "inspectEnvironment",
            "Show Details",
            "environments/environments",
            icon="info",
            menus=(
                rows("environments", "buildable", "2_show@1"),
                rows("environments", "made", "2_show@1"),
            ),
        ),
    ),
)
def show(params: messages.EnvironmentRef, context: Context, operation: Operation) -> messages.EnvironmentDetails:
    """One environment with what it holds: registered, ready-made, or by the key of what was built."""
    from scoredock.features.environments.details import details

    return details(_built(context, params.workspace_id), params.id)


@verb(
    "environment/build",
    progress="Building environment",
    terminal=CliCommand(
        "environment build",
        "Build an environment before a service needs it. If it is already built, nothing happens.",
        (
            _REFERENCE,
            argument("--image", help="build a Docker image, for services in containers", action="store_true"),
            argument("--rebuild", help="build it again if it is already built", action="store_true"),
            *CREDENTIAL_ARGUMENTS,
        ),
        ("scoredock environment build diabetes-env", "scoredock environment build diabetes-env --image"),
    ),
    editor=(
        EditorCommand(
            "buildEnvironment",
            "Build Environment",
            "environments/environments",
            icon="tools",
            menus=(
                rows("environments", "buildable !building", "inline@1"),
                rows("environments", "buildable !building", "1_build@1", menu="scoredock.environment.build"),
            ),
        ),
        EditorCommand(
            "buildEnvironmentImage",
            "Build Docker Image",
            "environments/environments",
            menus=(rows("environments", "buildable !building", "1_build@2", menu="scoredock.environment.build"),),
        ),
    ),
)
def build(params: messages.EnvironmentBuildParams, context: Context, operation: Operation) -> messages.Environment:
    """Builds one form, or finds it built; blocks until it is there. Raises the cause when it is not."""
    built = _built(context, params.workspace_id)
    if params.scripts:
        return _build_for_scripts(built, params, operation)
    built.build(
        params.id,
        params.form,
        rebuild=params.rebuild,
        credentials=params.registry_credentials,
        operation=operation,
    )
    return built.one(params.id)


def _build_for_scripts(
    built: Built, params: messages.EnvironmentBuildParams, operation: Operation
) -> messages.Environment:
    """It, with the one build in which these scripts run."""
    from scoredock.scripts.training_environment import training_environment

    scripts = [absolute(each) for each in params.scripts]
    usual = built.training_spec(params.id, params.clone_of)
    spec = training_environment(usual, scripts, params.script_folder, built.deployments, operation)
    key = built.build(params.id, "process", operation=operation, spec=spec)
    notes = [*(each for each in spec.notes if each not in usual.notes), *built.cache.notes_of_choice(spec)]
    return replace(built.one(params.id), builds=[replace(built.ready(key, "process"), notes=notes)])


@verb(
    "environment/lock",
    progress="Locking environment",
    terminal=CliCommand(
        "environment lock",
        "Print the exact packages of an environment with their digests. The environment is built first if necessary.",
        (_REFERENCE, argument("-o", "--output", help="write to this file", default="", metavar="FILE")),
        ("scoredock environment lock diabetes-env -o requirements.lock",),
    ),
    editor=(
        EditorCommand(
            "lockEnvironment",
            "Show Locked Packages",
            "environments/environments",
            menus=(rows("environments", "buildable", "2_look@2", menu="scoredock.environment.build"),),
        ),
    ),
)
def lock(params: messages.EnvironmentLockParams, context: Context, operation: Operation) -> messages.EnvironmentLock:
    """The exact packages with their digests; builds it when it was not built yet."""
    built = _built(context, params.workspace_id)
    key = built.build(params.id, "process", operation=operation)
    detail = built.cache.inspect(key)
    return messages.EnvironmentLock(
        built.id_of(params.id), detail.summary.python_version, detail.hashed_lock or detail.lock, detail.conda_lock
    )


@verb(
    "environment/remove",
    progress="Removing environment",
    errors=("environment-in-use", "environment-not-built"),
    terminal=CliCommand(
        "environment remove",
        "Remove a built environment; refused while a service uses it. Its registration stays.",
        (argument("key", help="key, as `environment list` prints it", names=""), _IMAGE),
        ("scoredock environment remove 0123456789abcdef",),
    ),
    editor=(
        EditorCommand(
            "removeBuiltEnvironment",
            "Remove Build…",
            "environments/environments",
            menus=(
                rows("environments", "made removable", "9_delete@1"),
                rows("environments", "removable", "3_remove@1", menu="scoredock.environment.build"),
            ),
        ),
    ),
)
def remove(
    params: messages.EnvironmentRemoveParams, context: Context, operation: Operation
) -> messages.EnvironmentsCleaned:
    """Removes one built form. Raises environment-in-use, environment-not-built, and what Docker raises for an image."""
    built = _built(context, params.workspace_id, waits=True)
    builds = [each for each in built.all_built() if (each.key, each.form) == (params.key, params.form)]
    if not builds:
        if params.form == "image":
            built.images.list()  # where Docker cannot be asked, that is what is wrong
        raise ScoredockError(
            "environment-not-built", l10n.t("Nothing with the key {key} is built in this workspace.", key=params.key)
        )
    freed = built.remove(params.key, params.form)
    return messages.EnvironmentsCleaned(builds[:1], freed)


@verb(
    "environment/clean",
    progress="Cleaning up environments",
    terminal=CliCommand(
        "environment clean",
        "Remove the built environments that no service uses. Builds of registered environments stay.",
        (
            argument("--all", help="include builds of registered environments", action="store_true"),
            argument("--dry-run", help="only show what would be removed", action="store_true"),
        ),
        ("scoredock environment clean --dry-run",),
    ),
    editor=(
        EditorCommand(
            "cleanEnvironments",
            "Remove Unused Builds…",
            "environments/environments",
            icon="clear-all",
            menus=(head("environments", "2_build@1"),),
        ),
    ),
)
def clean(
    params: messages.EnvironmentCleanParams, context: Context, operation: Operation
) -> messages.EnvironmentsCleaned:
    """Removes what no service needs, and tells what went; with `dry_run` only what would go."""
    built = _built(context, params.workspace_id, waits=True)
    unused: list[messages.UnusedEnvironment] = []
    kept_environments: list[messages.KeptEnvironment] = []
    for each in built.all_built():
        users = built.needed_by(each)
        if not users and not params.registered and params.keys is None:
            users = each.registered
        if users:
            kept_environments.append(messages.KeptEnvironment(each.key, each.form, each.name, each.size, users))
        elif params.keys is None or each.key in params.keys:
            unused.append(each)
    if params.dry_run:
        freed = sum(each.size for each in unused if each.form == "image")
        freed += built.cache.freed(each.key for each in unused if each.form != "image")
        return messages.EnvironmentsCleaned(unused, freed, kept_environments)
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
            users = list(error.details.get("services", []))
            kept_environments.append(messages.KeptEnvironment(each.key, each.form, each.name, each.size, users))
            continue
        removed.append(each)
    built.cache.sweep()
    return messages.EnvironmentsCleaned(removed, freed, kept_environments)


@verb(
    "build/log",
    progress="Reading log",
    terminal=CliCommand(
        "environment logs",
        "Print the log of the last build of an environment.",
        (
            _REFERENCE,
            _IMAGE,
            argument("-f", "--follow", help="continue until the build has finished", action="store_true"),
        ),
        ("scoredock environment logs diabetes-env --follow",),
    ),
    editor=(
        EditorCommand(
            "openBuildLog",
            "Open Build Log",
            "environments/environments",
            icon="output",
            menus=(
                rows("environments", "created", "3_build@1"),
                rows("environments", "buildLog", "2_look@1", menu="scoredock.environment.build"),
            ),
        ),
    ),
)
def build_log(params: messages.BuildLogParams, context: Context, operation: Operation) -> messages.BuildLog:
    """A part of the log of the last build, also while it goes on, whoever builds."""
    from scoredock.features.environments.builds import log_part

    return log_part(params, context)


def _built(context: Context, workspace_id: str, *, waits: bool = False) -> Built:
    from scoredock.features.environments.built import Built

    return Built(context.deployments(workspace_id), waits=waits)
