"""Interim."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scoredock.clusters.connection import connect
from scoredock.clusters.forward import Forward
from scoredock.clusters.target import ClusterPlace


@dataclass(frozen=True, slots=True)
class ServiceForward:
    name: str
    place: ClusterPlace
    selector: str
    port: int
    local_port: int = 0


_open: dict[tuple[Path, str], Forward] = {}


def ensure_forward(folder: Path, forward: ServiceForward) -> int:
    kept = _open.get((folder, forward.name))
    if kept is None:
        cluster = connect(forward.place)
        turn = [0]

        def choose() -> str:
            pods = [
                each["metadata"]["name"]
                for each in cluster.list("Pod", forward.selector)
                if not each["metadata"].get("deletionTimestamp")
                and any(c["type"] == "Ready" and c["status"] == "True" for c in each["status"].get("conditions") or [])
            ]
            turn[0] += 1
            return pods[turn[0] % len(pods)] if pods else ""

        kept = _open[(folder, forward.name)] = Forward(cluster, choose, forward.port, forward.local_port)
    return kept.port


def drop_forward(folder: Path, name: str) -> None:
    kept = _open.pop((folder, name), None)
    if kept is not None:
        kept.close()
