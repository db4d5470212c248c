"""What is in a backup that the product has made, and the same with other members."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from scoredock.registry.upkeep.backup_file import DIGESTS


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive if each.isreg()}  # type: ignore[union-attr]


def rewritten(path: Path, target: Path, changes: dict[str, bytes | None]) -> None:
    """The backup with other members, its digests in order."""
    members = contents(path)
    members.pop(DIGESTS)
    for name, content in changes.items():
        if content is None:
            members.pop(name)
        else:
            members[name] = content
    members[DIGESTS] = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in members.items()
    ).encode()
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
