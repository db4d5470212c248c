"""One small JSON file per version beside the store, from which the versions can be told when the store is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from scoredock.registry.durable import make_folder, replace_file
from scoredock.registry.records import ModelFile, ModelVersion

FORMAT = 1
LARGEST = 64 << 20


class Manifests:
    """The folder `manifests/` of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "manifests"
        self._scratch = folder / "tmp"

    def path(self, name: str, version: int) -> Path:
        """The folder is named by a digest: names of models differ by case alone, which some file systems do not see."""
        return self.root / hashlib.sha256(name.encode()).hexdigest()[:16] / f"{version}.json"

    def write(self, model: ModelVersion) -> None:
        """Write (or replace) the manifest of a version, on the disk when this returns. Raises OSError."""
        path = self.path(model.name, model.version)
        make_folder(path.parent)
        make_folder(self._scratch)
        replace_file(path, to_json(model).encode(), self._scratch)

    def read(self, path: Path) -> ModelVersion:
        """Raises ValueError when the file is not a manifest, OSError when it cannot be read."""
        if path.stat().st_size > LARGEST:
            raise ValueError("larger than any manifest")
        return from_json(path.read_text(encoding="utf-8"))

    def all(self) -> Iterator[Path]:
        if self.root.is_dir():
            for folder in sorted(self.root.iterdir()):
                if folder.is_dir():
                    yield from sorted(path for path in folder.iterdir() if path.suffix == ".json")


def to_json(model: ModelVersion) -> str:
    """Everything of a version but its trash state."""
    return json.dumps(
        {
            "format": FORMAT,
            "name": model.name,
            "version": model.version,
            "description": model.description,
            "tags": dict(model.tags),
            "properties": dict(model.properties),
            "framework": model.framework,
            "frameworkVersion": model.framework_version,
            "created": model.created,
            "createdBy": model.created_by,
            "isFolder": model.is_folder,
            "files": [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in model.files],
        },
        ensure_ascii=False,
        indent=1,
    )


def from_json(text: str) -> ModelVersion:
    """Raises ValueError when the text is no manifest."""
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise ValueError(f"unknown format {raw['format']!r}")
        return ModelVersion(
            name=raw["name"],
            version=int(raw["version"]),
            description=raw["description"],
            tags=dict(raw["tags"]),
            properties=dict(raw["properties"]),
            framework=raw["framework"],
            framework_version=raw["frameworkVersion"],
            created=float(raw["created"]),
            created_by=raw["createdBy"],
            files=tuple(ModelFile(file["path"], int(file["size"]), file["sha256"]) for file in raw["files"]),
            is_folder=bool(raw["isFolder"]),
            size=sum(int(file["size"]) for file in raw["files"]),
            file_count=len(raw["files"]),
            digest="",
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a manifest: {error}") from error
