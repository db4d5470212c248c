"""The Docker that is used: which one, or why none; and whether a registry lets us in."""

from __future__ import annotations

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, head, verb


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
    """Docker that answers, or why none does; takes a few seconds at most."""
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
    """Name of the registry that takes a name and a password, which are not kept. Raises what signing in raises."""
    from scoredock.containers.connection import connect
    from scoredock.containers.image_calls import Login, try_login

    given = params.credential
    operation.progress.report(l10n.t("Asking {server}", server=given.server))
    try_login(connect(context.docker_settings()), Login(given.server, given.username, given.password))
    return messages.RegistryLogin(given.server)
