"""Messages about the places of a service's files, for a debugger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.services.debug import DebugTarget


def mappings_of(target: DebugTarget) -> list[messages.PathMapping]:
    """Path mappings as a debugger takes them."""
    return [messages.PathMapping(each.local_root, each.remote_root) for each in target.mappings]
