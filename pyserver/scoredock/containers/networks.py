"""Networks: one for services that are to reach none, and what the daemon's own tells."""

from __future__ import annotations

import contextlib

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.events import nanoseconds
from scoredock.containers.failures import docker_errors
from scoredock.errors import ScoredockError

CLOSED = "scoredock-closed"
_ROLE, _NETWORK = "com.scoredock.role", "network"


def ensure_closed(docker: Docker) -> str:
    """A bridge without a way out: ports are published on loopback, but what a container sends elsewhere gets no answer.
    Its name.

    Docker's own internal networks publish no ports. All services of all workspaces share it. Raises ScoredockError.
    """
    from docker.errors import APIError, NotFound

    with docker_errors(l10n.t("create a network")):
        try:
            docker.api.inspect_network(CLOSED)
        except NotFound:
            try:
                docker.api.create_network(
                    CLOSED,
                    driver="bridge",
                    options={
                        "com.docker.network.bridge.enable_ip_masquerade": "false",
                        "com.docker.network.bridge.enable_icc": "false",
                    },
                    labels={_ROLE: _NETWORK},
                    check_duplicate=True,
                )
            except APIError as error:
                if error.status_code != 409:  # another process made it meanwhile
                    raise
    return CLOSED


def is_unused(docker: Docker) -> bool:
    """True if the network of `ensure_closed` is there, and no container of anybody has it, running or not. Raises
    ScoredockError."""
    from docker.errors import NotFound

    with docker_errors(l10n.t("look for a network")):
        try:
            labels = docker.api.inspect_network(CLOSED).get("Labels") or {}
        except NotFound:
            return False
        return labels.get(_ROLE) == _NETWORK and not docker.api.containers(all=True, filters={"network": CLOSED})


def remove_closed(docker: Docker) -> bool:
    """False where a container has got it meanwhile. Raises ScoredockError."""
    from docker.errors import APIError, NotFound

    with docker_errors(l10n.t("remove a network")):
        try:
            docker.api.remove_network(CLOSED)
        except NotFound:
            return True
        except APIError as error:
            if error.status_code not in (403, 409):
                raise
            return False
    return True


def daemon_started(docker: Docker) -> float:
    """Time when the daemon was started, in seconds since the epoch: it makes its default network anew each time.

    It tells of nothing else that would say it. 0 for one without such a network, and for one that does not answer.
    """
    from docker.errors import NotFound

    with contextlib.suppress(ScoredockError), docker_errors(l10n.t("look at its network")):
        try:
            found = docker.api.inspect_network("bridge")
        except NotFound:
            return 0.0
        return nanoseconds(str(found.get("Created", ""))) / 1e9
    return 0.0
