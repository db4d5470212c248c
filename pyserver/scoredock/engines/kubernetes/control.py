"""Asking the runtime's parent in a pod, through a forward to its control port."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

from scoredock.clusters.connection import Cluster
from scoredock.engines import history_rows, parent_control
from scoredock.engines.kubernetes.manifests import CONTROL_PORT
from scoredock.errors import ScoredockError
from scoredock_runtime import contract
from scoredock_runtime.contract import ServiceStatus
from scoredock_runtime.contract_history import Row

_SECONDS = 5.0


class PodNotReached(Exception):
    """Nothing answered there as our parent would."""


def pod_status(cluster: Cluster, pod: str, nonce: str) -> ServiceStatus | None:
    """Status that the pod reports now; None if it does not respond. Never raises."""
    try:
        return contract.status_from_json(_answer(cluster, pod, nonce, "/status"))
    except (PodNotReached, ScoredockError, ValueError, TypeError):
        return None


def ask_pod(cluster: Cluster, pod: str, nonce: str, route: str, body: Mapping[str, object]) -> None:
    """One POST. Raises PodNotReached, and ScoredockError when the parent refuses."""
    _answer(cluster, pod, nonce, route, body)


def ask_pod_patiently(
    cluster: Cluster, pod: str, nonce: str, route: str, body: Mapping[str, object], seconds: float
) -> str:
    """A POST that takes as long as what it is about, `seconds` at most. Raises PodNotReached, and ScoredockError when
    the parent refuses."""
    try:
        with _control_port(cluster, pod) as port:
            return parent_control.ask_patiently(port, nonce, route, body, seconds)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PodNotReached(str(error) or type(error).__name__) from error


def pod_answer(cluster: Cluster, pod: str, nonce: str, route: str) -> str:
    """Response of the pod to a GET. Raises PodNotReached, and ScoredockError when the parent refuses."""
    return _answer(cluster, pod, nonce, route)


def pod_history(cluster: Cluster, pod: str, nonce: str, route: str = "/history") -> list[Row]:
    """The rows of the history that a route gives. Raises PodNotReached, ScoredockError."""
    return history_rows.rows_told(_answer(cluster, pod, nonce, route, None, history_rows.LARGEST_ANSWER))


def pod_data(cluster: Cluster, pod: str, nonce: str, route: str, name: str = "", start: int = 0) -> Mapping[str, Any]:
    """Response of the route for collected data: all files, or a piece of one. Raises PodNotReached, ScoredockError, and
    ValueError for what makes no sense."""
    query = f"?{urlencode({'name': name, 'from': start})}" if name else ""
    answer = json.loads(_answer(cluster, pod, nonce, route + query))
    if not isinstance(answer, dict):
        raise ValueError(answer)
    return answer


def _control_port(cluster: Cluster, pod: str) -> AbstractContextManager[int]:
    """On this machine."""
    from scoredock.clusters.forward import pod_request  # late: most commands ask no pod, and need no event loop

    return pod_request(cluster, pod, CONTROL_PORT)


def _answer(
    cluster: Cluster,
    pod: str,
    nonce: str,
    route: str,
    body: Mapping[str, object] | None = None,
    largest: int = 1_000_000,
) -> str:
    """A POST of `body`, a GET without one."""
    method = "GET" if body is None else "POST"
    try:
        with _control_port(cluster, pod) as port:
            return parent_control.ask_parent(port, nonce, method, route, body or {}, _SECONDS, largest)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PodNotReached(str(error) or type(error).__name__) from error
