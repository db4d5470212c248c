"""One check: what is asked of a service, on both servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.probes import Probe
from conformance.servers import Service


@dataclass(frozen=True)
class Check:
    """`identity` is unique; the observations of the probe must be equal."""

    service: Service
    name: str
    probe: Probe

    @property
    def identity(self) -> str:
        """`service: name`."""
        return f"{self.service.name}: {self.name}"


def named(service: Service, probes: Mapping[str, Probe]) -> list[Check]:
    """Checks of one service."""
    return [Check(service, name, probe) for name, probe in probes.items()]
