"""What a router is asked through the control endpoint: other routes, and what its versions have answered."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict

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
    """Raises ValueError and TypeError when the body asks for none."""
    grace = body.get("grace", ROUTES_GRACE)
    if isinstance(grace, bool) or not isinstance(grace, (int, float)) or not 0 <= grace <= 86400:
        raise ValueError("grace is a number of seconds between 0 and 86400")
    return RouteChange(contract.routes_from(body.get("routes")), float(grace))


def shares_of(routes: contract.Routes) -> str:
    """In words for the log: `blue 90%, green 10%`."""
    left = 100 - sum(each.share for each in routes.versions)
    shares = {each.name: each.share + (left if each.name == routes.default else 0) for each in routes.versions}
    text = ", ".join(f"{name} {share}%" for name, share in shares.items())
    return text + (f"; copies of {routes.mirror_share}% to {routes.mirror}" if routes.mirror else "")


def traffic(folder: str) -> Dict[str, Any]:
    """What each version has answered since the endpoint was made."""
    versions = {}
    for name, numbers in traffic_counts.read_counts(folder).items():
        count = dict(zip(traffic_counts.NAMES, numbers))
        buckets = numbers[traffic_counts.BUCKETS : traffic_counts.BUCKETS + len(traffic_counts.BOUNDS) + 1]
        versions[name] = {**count, "buckets": buckets}
    return {"versions": versions, "bounds": list(traffic_counts.BOUNDS)}
