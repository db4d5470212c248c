"""What a person decides of an endpoint: when it is made, of its versions, and what a change goes by."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass
from scoredock.services.endpoints.record import VersionLimits


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """Of a version; what it does not say stays."""

    service: str = ""
    share: int | None = None
    default: bool = False
    control: bool = False
    limits: VersionLimits | None = None
    """Above which the router withdraws it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a change goes by."""

    preview: bool = False
    """It is only shown what would change."""
    expected: str = ""
    """The stamp of the endpoint that the person has seen; empty for any."""


AT_ONCE = Guard()


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """What is decided when an endpoint is made."""

    port: int = 0
    """0 for any."""
    sticky_header: str = ""
    takeover: bool = True
    """Whether other versions answer the share of the default one while it takes no requests."""
    through_router: bool = False
    """Whether a Gateway leads to the router in any case."""


PLAIN = EndpointOptions()
