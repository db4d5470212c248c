"""The Docker that is used: which one, or why none; and whether a registry lets us in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scoredock import l10n, threads
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, head, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scoredock.images.built import BuiltImage
    from scoredock.images.environment_images import EnvironmentImages

logger = logging.getLogger(__name__)

_PATIENCE = 1.5
"""Seconds that a list of environments waits for Docker: most of it does not lie there."""


@verb(
    "docker/show",
    progress="Looking for Docker",
    terminal=CliCommand(
        "docker show", "Show which Docker is used, or why Docker cannot be used.", (), ("scoredock docker show",)
    ),
    editor=(
        EditorCommand(
            "showDocker", "Show Docker Connection", "docker/docker", menus=(head("environments", "3_docker@1"),)
        ),
    ),
)
def show(params: messages.Empty, context: Context, operation: Operation) -> messages.DockerConnection:
    """Which Docker answers, or why none does; takes a few seconds at most."""
    from scoredock.containers.connection import reachable

    docker, reason, fix = reachable(context.docker_settings())
    if docker is None:
        return messages.DockerConnection(False, reason=reason, fix=fix)
    return messages.DockerConnection(True, docker.described, docker.endpoint)


@verb(
    "registry/login",
    progress="Signing in",
    errors=("registry-refused", "docker-unavailable"),
    editor=(
        EditorCommand(
            "signInRegistry",
            "Sign In to Container Registry…",
            "docker/registries",
            menus=(head("environments", "3_docker@2"),),
        ),
    ),
)
def login(params: messages.RegistryLoginParams, context: Context, operation: Operation) -> messages.RegistryLogin:
    """Whether a registry takes a name and a password, which are not kept."""
    from scoredock.containers.connection import connect
    from scoredock.containers.image_calls import Login, try_login

    given = params.credential
    operation.progress.report(l10n.t("Asking {server}", server=given.server))
    try_login(connect(context.docker_settings()), Login(given.server, given.username, given.password))
    return messages.RegistryLogin(given.server)


def all_images(images: Callable[[], EnvironmentImages]) -> Sequence[BuiltImage]:
    """Images of environments, as long as that takes; nothing when Docker cannot be asked."""
    try:
        return images().list()
    except (ScoredockError, ImportError) as error:
        logger.debug("images of environments are not listed: %s", error)
        return []


def images_now(images: Callable[[], EnvironmentImages]) -> Sequence[BuiltImage]:
    """Images of environments, when Docker answers at once; else nothing."""
    listed: list[BuiltImage] = []

    def ask() -> None:
        listed.extend(all_images(images))

    asking = threads.start(ask, name="scoredock-images", at_fault=threads.logged)
    asking.join(_PATIENCE)
    return [] if asking.is_alive() else listed
