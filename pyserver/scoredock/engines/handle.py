"""Handle of a running service, usable from any process; the only module that writes and reads its JSON in the
ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, field, fields, replace
from pathlib import Path
from typing import Any

from scoredock.late_dataclass import dataclass

ROUTERS_FOLDER = "endpoints"
"""Below a workspace folder: the folders of routers, which are not services and are looked after by whoever made
them."""
_FORMAT = 2
"""Of the JSON. Texts without a format are of releases before it, which wrote the same keys."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Handle by which an engine finds a service. Holds no secret in clear but the nonce."""

    engine: str
    folder: Path
    """The service's own: spec, status, logs."""
    nonce: str = field(default="", repr=False)
    """Proves that the service is the one that was started; empty where nobody knows it."""
    port: int = 0
    """On this machine; 0 for none."""
    certificate: str = ""
    """The file that the service's own certificate was made of; empty for plain HTTP."""
    debugged: bool | None = None
    """Whether the revision was started for a debugger; None where its spec file tells."""
    pid: int = 0
    """Of the parent of a service in processes; 0 for none."""
    started: float = 0.0
    """When that process was started, so that a reused process id is not mistaken for it."""
    endpoint: str = ""
    """Docker endpoint of a service in a container."""
    container: str = ""
    """Id of the container."""
    name: str = ""
    """Name of the container."""
    control_port: int = 0
    """On this machine; 0 for none."""
    holder: str = ""
    """Container whose network it lives in, where that is another one."""
    former_port: int = 0
    """The one that its callers knew, where it has had another one since; 0 where the port is that of before."""


def handle_to_text(handle: Handle) -> str:
    """JSON of a handle, for the ledger."""
    return json.dumps({**asdict(handle), "folder": str(handle.folder), "format": _FORMAT})


def handle_from_text(text: str, here: Path | None = None) -> Handle | None:
    """Handle from the text of `handle_to_text`; unknown keys are ignored. None for a text that finds nothing, as if the
    service had none: the engine is asked for services of its own then.

    `here` is the folder of the service as the workspace lies now; it counts where the data folder was moved since.
    """
    try:
        raw: Mapping[str, Any] = json.loads(text)
        names = {each.name for each in fields(Handle)}
        values = {name: value for name, value in raw.items() if name in names}
        values |= {"folder": Path(raw["folder"]), "engine": str(raw["engine"])}
        handle = Handle(**values)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    return _moved(handle, here) if here is not None and lies_elsewhere(handle.folder, here) else handle


def lies_elsewhere(noted: Path | str, here: Path) -> bool:
    """True if a path that somebody noted is that of a folder before it was moved to `here`. A copy is another one: what
    it was made of is still there."""
    return str(noted) != str(here) and not Path(noted).exists() and here.exists()


def _moved(handle: Handle, here: Path) -> Handle:
    certificate = Path(handle.certificate)
    if handle.certificate and certificate.is_relative_to(handle.folder):
        certificate = here / certificate.relative_to(handle.folder)
    return replace(handle, folder=here, certificate=str(certificate) if handle.certificate else "")
