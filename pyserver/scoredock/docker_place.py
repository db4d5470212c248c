"""Address of the Docker of another machine: plain data, which needs no client."""

from __future__ import annotations

import json
from dataclasses import asdict

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DockerPlace:
    """One Docker, by its address or by the name of a context of Docker's command line."""

    address: str = ""
    """`ssh://user@host[:port][/socket]` or `tcp://host:port`; empty for that of the context."""
    context: str = ""
    """As `docker context create` named it; looked up whenever it is used."""
    tls_ca: str = ""
    """Absolute paths of PEM files, for tcp: what its certificate is checked by, and who asks."""
    tls_cert: str = ""
    tls_key: str = ""

    @property
    def title(self) -> str:
        """Title for messages."""
        return self.address or f"context {self.context}"


def docker_place_text(place: DockerPlace) -> str:
    """JSON of a place for a handle, and wherever one daemon is to be distinguished from another."""
    return json.dumps(asdict(place), sort_keys=True)


def docker_place_from_text(text: str) -> DockerPlace | None:
    """Place from the text of `docker_place_text`; None for any other text."""
    try:
        raw = json.loads(text)
        return DockerPlace(**{str(key): str(value) for key, value in raw.items()})
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
