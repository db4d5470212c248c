"""Lines of `scoredock` that make what was migrated on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from scoredock.formats.v2.kinds import v2_kind
from scoredock.migration.report import WrittenDocument

_TRAFFIC = "traffic.yml"
"""Of an endpoint whose requests several deployments share; the file beside it gives none of them any."""


def local_commands(documents: Sequence[WrittenDocument]) -> list[str]:
    """In their order: assets, then endpoints with all their deployments, then batch deployments."""
    assets: list[str] = []
    online: dict[PurePosixPath, list[str]] = {}
    batch: list[str] = []
    for each in documents:
        path = PurePosixPath(each.path)
        kind = v2_kind(each.path, each.text)[0] if path.suffix == ".yml" else None
        written = shlex.quote(each.path)
        if kind == "model-asset":
            assets.append(f"scoredock model register {written}")
        elif kind == "environment-asset":
            assets.append(f"scoredock environment register {written}")
        elif kind in ("online-endpoint", "online-deployment"):
            online.setdefault(path.parent, []).append(each.path)
        elif kind == "batch-deployment":
            name = shlex.quote(path.parent.name)
            batch.append(f"scoredock batch run --name {name} --file {written} --input INPUT --output-path OUTPUT")
    return [*assets, *(_deploy(files) for files in online.values()), *batch]


def _deploy(files: Sequence[str]) -> str:
    names = {PurePosixPath(each).name for each in files}
    chosen = [each for each in files if _TRAFFIC not in names or PurePosixPath(each).name != "endpoint.yml"]
    return "scoredock service deploy " + " ".join(f"--file {shlex.quote(each)}" for each in chosen)
