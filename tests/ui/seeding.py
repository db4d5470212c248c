"""Fills a workspace faster than a person could: versions without bytes for long lists, a tracking store, an archive."""

from __future__ import annotations

import hashlib
import tarfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scoredock.registry import ModelFile, ModelVersion, Registry
from scoredock.registry.blobs.hashing import version_digest
from scoredock.registry.store import rows

from tracking_stores import experiment, run


@dataclass(frozen=True)
class Shown:
    """What matters of a name in a list."""

    name: str
    versions: int = 1
    framework: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    size: int = 644
    created: float = 1_700_000_000.0


def fill(workspace: Path, shown: Iterable[Shown]) -> None:
    """Writes the rows of versions that nobody will open. Their bytes are not there."""
    registry = Registry(workspace)
    with registry.store.write() as connection:
        for one in shown:
            for number in range(1, one.versions + 1):
                rows.insert(connection, _version(one, number))
    registry.store.close()


def _version(shown: Shown, number: int) -> ModelVersion:
    content = hashlib.sha256(f"{shown.name}:{number}".encode()).hexdigest()
    files = (ModelFile("model.pkl", shown.size, content),)
    return ModelVersion(
        name=shown.name,
        version=number,
        description="",
        tags=shown.tags,
        properties={},
        framework=shown.framework,
        framework_version="",
        created=shown.created + number,
        created_by="ada",
        is_folder=False,
        size=shown.size,
        file_count=1,
        digest=version_digest(files, ()),
        files=files,
    )


RUN = "0f3ad60a9ba54fd1a6bf6c1df8a9c8f4"


def tracking_store(folder: Path) -> str:
    """An `mlruns` folder as MLflow writes it, with one run that logged a model; the id of the run."""
    root = folder / "mlruns"
    experiment(root, name="trees")
    now = int(time.time() * 1000)
    made = run(root, RUN, run_name="shallow-owl", start_time=str(now - 9000), end_time=str(now))
    (made / "metrics").mkdir()
    (made / "metrics" / "r2").write_text(f"{now} 0.8125 0\n")
    return RUN


def archive(path: Path, folder: Path) -> None:
    """A `.tar.gz` with the folder at its top."""
    with tarfile.open(path, "w:gz") as made:
        made.add(folder, folder.name)
