"""The Docker that is used, and passwords of container registries, which are handed over with each request that needs
them."""

from __future__ import annotations

from dataclasses import field

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True)
class DockerConnection:
    """Docker that is used, or the reason why none can be reached."""

    reachable: bool
    described: str = ""
    """For people: `Docker 20.10.24 (context default)`."""
    endpoint: str = ""
    """`unix:///var/run/docker.sock`."""
    reason: str = ""
    """Why none can be reached, with all places that were tried."""
    fix: str = ""
    """What to do then."""


@dataclass(frozen=True)
class RegistryCredential:
    """Opens one container registry. Never written to a file or a log."""

    server: str
    """`registry.example.com`, with a port when it has one."""
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class RegistryLoginParams:
    """Try whether a registry takes a name and a password."""

    credential: RegistryCredential
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class RegistryLogin:
    server: str
    """As images of it are named."""
