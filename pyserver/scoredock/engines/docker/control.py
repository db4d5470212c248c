"""Asking the runtime's parent in a container, by the control port that is published on this machine's loopback."""

from __future__ import annotations

import http.client
from collections.abc import Mapping

from scoredock import l10n
from scoredock.containers.waiting import waiting_for
from scoredock.engines import parent_control
from scoredock.engines.handle import Handle
from scoredock.engines.history_rows import LARGEST_ANSWER
from scoredock.errors import ScoredockError
from scoredock_runtime import contract
from scoredock_runtime.contract import ServiceStatus

STATUS_SECONDS = 2.0


class NotReached(Exception):
    """Nothing answered there as our parent would."""


def ask(handle: Handle, route: str, body: Mapping[str, object], timeout: float) -> ServiceStatus:
    """One POST. Raises NotReached, and ScoredockError when the parent refuses."""
    try:
        return contract.status_from_json(_asked(handle, "POST", route, body, timeout))
    except (ValueError, TypeError) as error:
        raise NotReached(str(error)) from error


def ask_patiently(handle: Handle, route: str, body: Mapping[str, object], timeout: float) -> ServiceStatus:
    """One POST that may take long; given up when the parent answers nothing else either. Raises as `ask`."""
    _require_reachable(handle)
    try:
        with waiting_for(handle.folder.name):
            text = parent_control.ask_patiently(handle.control_port, handle.nonce, route, body, timeout)
        return contract.status_from_json(text)
    except (OSError, http.client.HTTPException, ValueError, TypeError) as error:
        raise NotReached(str(error) or type(error).__name__) from error


def status(handle: Handle, timeout: float = STATUS_SECONDS) -> ServiceStatus | None:
    """Status that the service reports now; None if it does not respond, or does not accept the nonce. Never raises."""
    try:
        return contract.status_from_json(_asked(handle, "GET", "/status", {}, timeout))
    except (NotReached, ScoredockError, ValueError, TypeError):
        return None


def log_lines(handle: Handle, since: int, timeout: float = STATUS_SECONDS) -> list[str]:
    """Stored records above a number, as JSON lines; some, not all. Raises NotReached, ScoredockError."""
    largest = contract.LOGS_AT_ONCE + 1_000_000
    return _asked(handle, "GET", f"/logs?since={since}", {}, timeout, largest).splitlines()


def history(handle: Handle, route: str, timeout: float = STATUS_SECONDS) -> str:
    """The answer to a route that asks for rows of the history. Raises NotReached, ScoredockError."""
    return _asked(handle, "GET", route, {}, timeout, LARGEST_ANSWER)


def _asked(
    handle: Handle, method: str, route: str, body: Mapping[str, object], timeout: float, largest: int = 1_000_000
) -> str:
    _require_reachable(handle)
    try:
        return parent_control.ask_parent(handle.control_port, handle.nonce, method, route, body, timeout, largest)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # The proxy of a port takes connections before anything listens in the container, and cuts them off.
        raise NotReached(str(error) or type(error).__name__) from error


def _require_reachable(handle: Handle) -> None:
    if not handle.control_port or not handle.nonce:
        raise NotReached(l10n.t("it has no control port"))
