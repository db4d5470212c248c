"""The ports through which workers reach a debugger beyond the control endpoint, for a parent in a container."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, Optional

from scoredock_runtime import contract

if TYPE_CHECKING:
    from scoredock_runtime.parent.debug_tunnel import DebugTunnels


class DebugPorts:
    """Used by the parent's loop and by threads of the control endpoint."""

    def __init__(self) -> None:
        self._tunnels: Optional[DebugTunnels] = None
        self._lock = threading.Lock()

    def tunnels(self) -> DebugTunnels:
        """Imported when first needed, as few services are ever debugged."""
        with self._lock:
            if self._tunnels is None:
                from scoredock_runtime.parent.debug_tunnel import DebugTunnels

                self._tunnels = DebugTunnels()
            return self._tunnels

    def with_port(self, spec: contract.ServiceSpec) -> contract.ServiceSpec:
        """The spec with the port of its tunnel, where it was started for a debugger. Raises OSError."""
        if not spec.debug_token:
            return spec
        tunnel = self.tunnels().of(spec.debug_token)
        if tunnel.over:
            return spec  # refused by the port that the person knows, where nobody listens in here
        variables = {**spec.environment, contract.DEBUG_PORT_VARIABLE: str(tunnel.port)}
        return dataclasses.replace(spec, environment=variables)
