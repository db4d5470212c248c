"""Files of a project that stand for a registered model while a script is tried: nothing of them is copied into the
workspace."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from scoredock.pickles.scan import scan
from scoredock.progress import CancelToken
from scoredock.registry import ModelFile, ModelVersion, Registry
from scoredock.registry.formats.recognise import examine, require_fetched
from scoredock.registry.models.survey import survey
from scoredock.registry.records import ModelMetadata, ModelSummary
from scoredock.registry.store.faults import storing


class WorkspaceWithFiles(Registry):
    """A workspace in which some files count as the next version of a model. For reading only."""

    def __init__(self, registry: Registry) -> None:
        # The same workspace: what it has open is shared, not opened anew.
        self.__dict__.update(registry.__dict__)
        self._versions: dict[str, ModelVersion] = {}
        self._places: dict[str, dict[str, Path]] = {}
        self._files: dict[str, Path] = {}
        """By what stands for the digest of a file that was not read: its path."""

    def add(self, name: str, paths: Sequence[Path], cancel: CancelToken) -> ModelVersion:
        """Model version that registering the files would make. Raises what looking at them raises."""
        source = survey(paths, self.limits, cancel)
        require_fetched(source.files)
        contents = examine((file.stored, file.path) for file in source.files)
        state, findings = scan([(file.path, file.stored) for file in source.files], cancel=cancel)
        version = ModelVersion(
            name=name,
            version=self.next_version(name),
            description="",
            tags={},
            properties={},
            framework=contents.framework,
            framework_version=contents.version,
            created=0.0,
            created_by="",
            is_folder=source.is_folder,
            size=source.size,
            file_count=len(source.files),
            digest="",
            pickle=state,
            files=tuple(ModelFile(file.stored, file.size, str(file.path)) for file in source.files),
            folders=source.folders,
            metadata=ModelMetadata(pickle=findings),
        )
        self._versions[version.id] = version
        self._places[version.id] = {file.stored: file.path for file in source.files}
        self._files |= {str(file.path): file.path for file in source.files}
        return version

    def model(self, reference: str) -> ModelVersion:
        return self._versions.get(reference) or super().model(reference)

    def summary(self, reference: str) -> ModelSummary:
        return self._versions.get(reference) or super().summary(reference)

    def trees(self) -> list[tuple[str, int, tuple[str, ...]]]:
        own = [(each.name, each.version, tuple(f.path for f in each.files)) for each in self._versions.values()]
        return sorted([*super().trees(), *own])

    def blob(self, sha256: str) -> Path:
        return self._files.get(sha256) or super().blob(sha256)

    def materialise(self, version: ModelVersion, target: Path, *, cancel: CancelToken | None = None) -> Path:
        places = self._places.get(version.id)
        if places is None:
            return super().materialise(version, target, cancel=cancel)
        for stored, path in places.items():
            if cancel is not None:
                cancel.raise_if_cancelled()
            with storing(target):
                (target / stored).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target / stored)
        for folder in version.folders:
            (target / folder).mkdir(parents=True, exist_ok=True)
        return target
