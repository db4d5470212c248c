"""Model versions as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoredock.protocol import messages
from scoredock.registry.records import ModelVersion


class RecordCache:
    """Messages of versions that did not change since the last time: ten thousand of them cost more than their query."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[ModelVersion, list[str], messages.Model]] = {}

    def of(
        self, workspace_id: str, versions: Sequence[ModelVersion], used: Mapping[str, Sequence[str]]
    ) -> list[messages.Model]:
        """As messages, by name, newest version first. Thread-safe: the worst that a race costs is work done twice."""
        return [
            self._one(workspace_id, version, list(used.get(version.id, ())))
            for version in sorted(versions, key=lambda version: (version.name, -version.version))
        ]

    def _one(self, workspace_id: str, version: ModelVersion, services: list[str]) -> messages.Model:
        key = (workspace_id, version.id)
        known = self._known.get(key)
        if known is not None and (known[0] is version or known[0] == version) and known[1] == services:
            return known[2]
        made = record(version, {version.id: services})
        self._known[key] = (version, services, made)
        return made


def record(version: ModelVersion, used: Mapping[str, Sequence[str]]) -> messages.Model:
    """One version as a message; `used` says which services use which version."""
    return messages.Model(
        id=version.id,
        name=version.name,
        version=version.version,
        description=version.description,
        tags=dict(version.tags),
        properties=dict(version.properties),
        framework=version.framework,
        framework_version=version.framework_version,
        created=version.created,
        created_by=version.created_by,
        size=version.size,
        is_folder=version.is_folder,
        files=[messages.ModelFile(file.path, file.size, file.sha256) for file in version.files],
        used_by=list(used.get(version.id, ())),
    )
