"""A network for services that are to reach none."""

from __future__ import annotations

from scoredock.containers.connection import Docker
from scoredock.containers.failures import told


def ensure_closed(docker: Docker, name: str) -> None:
    """A bridge without a way out: ports are published on loopback, but what a container sends elsewhere gets no answer.

    Docker's own internal networks publish no ports. It is shared by all services and stays. Raises ScoredockError.
    """
    from docker.errors import APIError, NotFound

    with told("make a network"):
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
