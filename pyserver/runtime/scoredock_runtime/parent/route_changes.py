"""Requests to a router through the control endpoint: other routes, and what its versions have answered."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from typing import Any, Dict, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import traffic_counts

ROUTES_GRACE = 60.0
"""Seconds that a version which is no longer among the routes has for the requests under way."""


@dataclasses.dataclass(frozen=True)
class RouteChange:
    """Other routes."""

    routes: contract.Routes
    grace: float


def requested_change(body: Dict[str, Any]) -> RouteChange:
    """Change of routes that a body asks for. Raises ValueError and TypeError when the body asks for none."""
    grace = body.get("grace", ROUTES_GRACE)
    if isinstance(grace, bool) or not isinstance(grace, (int, float)) or not 0 <= grace <= 86400:
        raise ValueError("grace is a number of seconds between 0 and 86400")
    return RouteChange(contract.routes_from(body.get("routes")), float(grace))


def shares_of(routes: contract.Routes) -> str:
    """Shares of the versions in words for the log: `blue 90%, green 10%`."""
    left = 100 - sum(each.share for each in routes.versions)
    shares = {each.name: each.share + (left if each.name == routes.default else 0) for each in routes.versions}
    text = ", ".join(f"{name} {share}%" for name, share in shares.items())
    return text + (f"; copies of {routes.mirror_share}% to {routes.mirror}" if routes.mirror else "")


def forget_other_differences(folder: str, before: Optional[contract.Routes], after: contract.Routes) -> None:
    """Another mirrored version begins a new list."""
    if before is not None and after.mirror and after.mirror != before.mirror:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, contract.DIFFERENCES_FILE))


def lines_of(folder: str, name: str) -> List[Any]:
    """Values in a file of JSON lines in the router's folder; a line that is being written is left out."""
    lines: List[Any] = []
    with contextlib.suppress(OSError), open(os.path.join(folder, name), encoding="utf-8", errors="replace") as stream:
        for line in stream:
            with contextlib.suppress(ValueError):
                lines.append(json.loads(line))
    return lines


def traffic(folder: str) -> Dict[str, Any]:
    """Answers of each version since the endpoint was made, and the versions that the router has withdrawn."""
    versions = {}
    for name, numbers in traffic_counts.read_counts(folder).items():
        count = dict(zip(traffic_counts.NAMES, numbers))
        buckets = numbers[traffic_counts.BUCKETS : traffic_counts.BUCKETS + len(traffic_counts.BOUNDS) + 1]
        versions[name] = {**count, "buckets": buckets}
    withdrawals = lines_of(folder, contract.WITHDRAWALS_FILE)
    return {"versions": versions, "bounds": list(traffic_counts.BOUNDS), "withdrawals": withdrawals}
