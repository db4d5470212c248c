"""An endpoint as it is right now: its row, its router and the services of its versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from scoredock.engines.base import MOVED, Observation
from scoredock.engines.probe import LOOPBACK
from scoredock.late_dataclass import dataclass
from scoredock.service import Service
from scoredock.services.endpoints.division import behind_note, notes_of
from scoredock.services.endpoints.router import AnswerCounts
from scoredock.services.endpoints.rows import EndpointRow
from scoredock.services.state_words import phase_text
from scoredock.state_table import State, is_at_rest


def services_of(row: EndpointRow, services: Iterable[Service]) -> dict[str, Service]:
    """Services of its versions, by version."""
    by_name = {each.name: each for each in services}
    return {each.name: by_name[each.service] for each in row.endpoint.versions if each.service in by_name}


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint as it is right now."""

    row: EndpointRow
    observation: Observation | None
    """Of its router; None where none runs."""
    services: Mapping[str, Service]
    """By version; those that are gone are missing."""
    answered: Mapping[str, AnswerCounts]
    """By version."""
    log_file: Path
    """Of the router."""
    is_behind: bool = False
    """Whether its cluster runs less than the plan."""
    changes: tuple[str, ...] = ()
    """That a request made, or would make."""

    @property
    def state(self) -> State:
        """State of its router, but Unhealthy while a version that is due requests takes none."""
        if self.observation is None:
            return "Stopped"
        return "Unhealthy" if self.degraded else self.observation.state

    @property
    def degraded(self) -> bool:
        """True if its router is well, and a version with a share takes no requests."""
        endpoint = self.row.endpoint
        return (
            self.observation is not None
            and self.observation.state == "Healthy"
            and any(endpoint.effective(each.name) and not self.takes_requests(each.name) for each in endpoint.versions)
        )

    def takes_requests(self, version: str) -> bool:
        """True if its service takes connections; its router passes it over otherwise."""
        service = self.services.get(version)
        return service is not None and not is_at_rest(service.state) and not self._is_elsewhere(service)

    def _is_elsewhere(self, service: Service) -> bool:
        """True if it was moved to where the router does not reach it."""
        return bool(self.row.endpoint.compute) and service.compute != self.row.endpoint.compute

    @property
    def reason(self) -> str:
        """Reason why its router is not well, or what it waits for; empty if there is nothing to say."""
        seen = self.observation
        if seen is None or (seen.state == "Healthy" and seen.phase != MOVED):
            return ""
        return seen.failure.message if seen.failure is not None else phase_text(seen.phase)

    @property
    def divided_by_gateway(self) -> bool:
        """True if callers outside of its cluster come to its versions without its router."""
        return self.observation is not None and self.observation.led_to == "versions"

    @property
    def notes(self) -> list[str]:
        """Notes on how callers outside of its cluster reach it, and on its router."""
        notes = [behind_note(self.row.endpoint.name, running=self.row.running)] if self.is_behind else []
        return notes + (notes_of(self.row.endpoint, self.observation) if self.observation is not None else [])

    @property
    def address(self) -> str:
        """`http://host:port`; empty where nobody listens."""
        seen = self.observation
        if seen is None or is_at_rest(seen.state):
            return ""
        return seen.address or (f"http://{LOOPBACK}:{seen.port}" if seen.port else "")

    def answered_by(self, version: str) -> list[str]:
        """Versions that answer the share of a version: itself, or while it takes no requests those that the router asks
        in its place; empty where nobody does."""
        if self.observation is None or is_at_rest(self.observation.state):
            return []
        if self.takes_requests(version):
            return [version]
        endpoint = self.row.endpoint
        alive = [each.name for each in endpoint.versions if self.takes_requests(each.name)]
        return endpoint.substitutes(alive)

    def away_since(self, version: str) -> float | None:
        """Since when a version takes no requests, seconds since the epoch: since the router was refused first, or
        without a request since then, since its service ended. None while it takes them, or where nobody knows."""
        service, counts = self.services.get(version), self.answered.get(version)
        if self.takes_requests(version):
            return None
        refused = counts.away_since if counts is not None else 0.0
        return refused or (service.updated if service is not None else None)
