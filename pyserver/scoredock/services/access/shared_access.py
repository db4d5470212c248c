"""Keys that another home of the workspace, on another machine, may have changed: what the engine keeps goes before what
lies here. For engines that keep nothing all of it does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from scoredock.engines.base import Engine, KeepsAccess
from scoredock.engines.handle import Handle
from scoredock.errors import ScoredockError
from scoredock.registry.store.faults import storing
from scoredock.service import Authenticated
from scoredock.services.access.access_file import Access, access_from, read_access, write_access


def shared_form(access: Access | None, kind: Authenticated) -> Mapping[str, str]:
    """Access as the engine stores it; empty for a service without authentication."""
    return asdict(access) if access is not None and kind else {}


def newest_access(engine: Engine, handle: Handle | None, folder: Path) -> Access | None:
    """Access stored by the engine, written into the service folder if that differs; the folder's own if the engine has
    none or does not respond. Raises ScoredockError where neither has anything, for the fault of the engine, and the
    faults of `storing`."""
    if not isinstance(engine, KeepsAccess) or handle is None:
        return read_access(folder)
    here: Access | None = None
    try:
        here = read_access(folder)
        kept = engine.kept_access(handle)
    except ScoredockError:
        if here is None:
            raise
        return here
    access = access_from(kept) if kept is not None else None
    if access is None or access == here:
        return here
    with storing(folder):
        write_access(folder, access)
    return access


def share_access(engine: Engine, handle: Handle, access: Access, kind: Authenticated) -> None:
    """Gives the keys and tokens to the other homes of the workspace. Raises ScoredockError."""
    if isinstance(engine, KeepsAccess):
        engine.keep_access(handle, shared_form(access, kind))
