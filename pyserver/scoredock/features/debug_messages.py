"""Where the files of a service are for a debugger, as messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.services.debug import DebugTarget


def mappings_of(target: DebugTarget) -> list[messages.PathMapping]:
    """As a debugger takes them."""
    return [messages.PathMapping(each.local_root, each.remote_root) for each in target.mappings]
