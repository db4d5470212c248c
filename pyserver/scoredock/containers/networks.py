"""Networks: one for services that are to reach none, and what the daemon's own tells."""

from __future__ import annotations

import contextlib

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.events import nanoseconds
from scoredock.containers.failures import docker_errors
from scoredock.errors import ScoredockError


def ensure_closed(docker: Docker, name: str) -> None:
    """A bridge without a way out: ports are published on loopback, but what a container sends elsewhere gets no answer.

    Docker's own internal networks publish no ports. It is shared by all services and stays. Raises ScoredockError.
    """
    from docker.errors import APIError, NotFound

    with docker_errors(l10n.t("create a network")):
        try:
            docker.api.inspect_network(name)
        except NotFound:
            try:
                docker.api.create_network(
                    name,
                    driver="bridge",
                    options={
                        "com.docker.network.bridge.enable_ip_masquerade": "false",
                        "com.docker.network.bridge.enable_icc": "false",
                    },
                    labels={"com.scoredock.role": "network"},
                    check_duplicate=True,
                )
            except APIError as error:
                if error.status_code != 409:  # another process made it meanwhile
                    raise


def daemon_started(docker: Docker) -> float:
    """When the daemon was started, in seconds since the epoch: it makes its default network anew each time.

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
