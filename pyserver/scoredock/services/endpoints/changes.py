"""Options of an endpoint, changes of its versions, and the conditions of a change."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass
from scoredock.services.endpoints.record import VersionLimits


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """Changes of a version; fields without a value leave it as it is."""

    service: str = ""
    share: int | None = None
    default: bool = False
    control: bool = False
    limits: VersionLimits | None = None
    """Above which the router withdraws it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Conditions under which a change is made."""

    preview: bool = False
    """It is only shown what would change."""
    expected: str = ""
    """The stamp of the endpoint that the person has seen; empty for any."""


AT_ONCE = Guard()


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """Options of a new endpoint."""

    port: int = 0
    """0 for any."""
    sticky_header: str = ""
    takeover: bool = True
    """Whether other versions answer the share of the default one while it takes no requests."""
    through_router: bool = False
    """Whether a Gateway leads to the router in any case."""


PLAIN = EndpointOptions()
