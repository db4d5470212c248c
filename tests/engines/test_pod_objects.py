"""What the pods of a service are asked for, as objects. tests/cluster has them run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engines.test_router_objects import ROUTES, objects


@pytest.fixture(params=["service", "router"])
def pods(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The template of them."""
    made = objects(tmp_path / "services" / "prices", "prices", ROUTES if request.param == "router" else None)
    (deployment,) = [each for each in made if each["kind"] == "Deployment"]
    return dict(deployment["spec"]["template"])


def test_replicas_are_spread_without_those_of_the_revision_before(pods: dict[str, Any]) -> None:
    (spread,) = pods["spec"]["topologySpreadConstraints"]
    chosen = spread["labelSelector"]["matchLabels"]
    assert chosen["scoredock.com/revision"] == pods["metadata"]["labels"]["scoredock.com/revision"]
    assert chosen.items() <= pods["metadata"]["labels"].items()
    assert "matchLabelKeys" not in spread, "clusters before 1.27 do not have it"
