"""Every message between the extension and the server, declared once: records by noun, and the
notifications. Requests are declared with the functions that answer them (`verb.py`).

`tools/generate.py` turns this package into `extension/protocol.ts` and `docs/protocol.md`. Fields are snake_case here
and camelCase on the wire. Messages hold only str, int, float, bool, lists, string-keyed mappings, literals and one
another. A service is declared in `scoredock.service`, the options of a deployment in `scoredock.deploy_options`, as the
domain speaks in them as well.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoredock.protocol.messages.table import *

_PARTS = (
    "scoredock.service",
    "scoredock.protocol.messages.assets",
    "scoredock.protocol.messages.basics",
    "scoredock.protocol.messages.compute",
    "scoredock.protocol.messages.docker",
    "scoredock.protocol.messages.doctor",
    "scoredock.protocol.messages.documents",
    "scoredock.protocol.messages.endpoints",
    "scoredock.protocol.messages.environments",
    "scoredock.protocol.messages.images",
    "scoredock.protocol.messages.logs",
    "scoredock.protocol.messages.metrics",
    "scoredock.protocol.messages.models",
    "scoredock.protocol.messages.notifications",
    "scoredock.protocol.messages.packages",
    "scoredock.protocol.messages.requests",
    "scoredock.protocol.messages.revisions",
    "scoredock.protocol.messages.services",
    "scoredock.protocol.messages.state",
    "scoredock.protocol.messages.tasks",
    "scoredock.protocol.messages.workspaces",
    "scoredock.protocol.messages.automation.unattended",
    "scoredock.deploy_options",
    "scoredock.protocol.messages.table",
)
"""Where messages are declared; the table has them all, with its own. Of those that are as likely the first is tried
first, so that what few commands need stands last."""


def __getattr__(name: str) -> Any:
    """A message when it is first asked for: to make the classes of all of them takes longer than most commands do."""
    if name.startswith("__"):
        raise AttributeError(name)
    # Those that are there cost nothing to ask.
    for part in sorted(_PARTS, key=lambda part: (part in sys.modules, _likeness(part, name)), reverse=True):
        module = import_module(part)
        if hasattr(module, name):
            globals()[name] = getattr(module, name)
            return globals()[name]
    raise AttributeError(f"there is no message {name}")


def _likeness(part: str, name: str) -> int:
    """How likely a module has a name: `ServiceRef` is a record of `services`. A wrong guess costs an import, so names
    that are like none are looked for in `basics` first."""
    if part.endswith(".basics"):
        return 2
    pairs = zip(part.rpartition(".")[2].replace("_", ""), name.lower(), strict=False)
    return next((length for length, (one, other) in enumerate(pairs) if one != other), len(name))
