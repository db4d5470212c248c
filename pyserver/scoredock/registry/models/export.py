"""One .zip with a version and all that is known of it, which any Scoredock can register again.

`scoredock-model.json` is the manifest of the version; the files lie below `model/` under their stored paths. Times are
fixed and the order is, so that the same version gives the same bytes.
"""

from __future__ import annotations

import json
import os
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry.archives import opening as archives
from scoredock.registry.archives.packed import ArchiveMember, invalid
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.meter import Meter
from scoredock.registry.blobs.source import Limits, Source
from scoredock.registry.manifests.forms import NewerManifest, version_from_json, version_to_json
from scoredock.registry.records import ModelVersion
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFile

MANIFEST = "scoredock-model.json"
_FILES = "model"
_LARGEST_MANIFEST = 64 << 20
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Exported:
    """An archive that Scoredock wrote."""

    model: ModelVersion
    source: Source


def export(
    blobs: Blobs,
    model: ModelVersion,
    target: Path,
    progress: Progress,
    cancel: CancelToken,
    *,
    overwrite: bool = False,
    into: bool = False,
) -> Path:
    """Write the archive; `target` is replaced only with `overwrite`, and is complete or as it was.

    A folder as `target`, or with `into` one that is still to be made, gets `name-version.zip`.

    Raises model-file-exists, model-damaged, disk-full, workspace-read-only, io-failed, cancelled.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 (resolve() would follow links)
    if into or target.is_dir():
        target /= file_name(model)
    require_free(target, overwrite)
    meter = Meter(_exporting, len(model.files), model.size, progress)
    with storing(target, model.size):
        target.parent.mkdir(parents=True, exist_ok=True)
    with storing(target, model.size), FreshFile.beside(target) as fresh:
        with fresh.path.open("w+b") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            _write(archive, blobs, model, meter, cancel)
        require_free(target, overwrite)
        fresh.publish(target)
    return target


def _write(archive: zipfile.ZipFile, blobs: Blobs, model: ModelVersion, meter: Meter, cancel: CancelToken) -> None:
    plain = replace(model, deleted=None, consent="", aliases=())  # what belongs to the workspace stays there
    archive.writestr(_entry(MANIFEST), version_to_json(plain, 0))
    for folder in model.folders:
        archive.writestr(_entry(f"{_FILES}/{folder}/"), b"")
    for file in model.files:
        meter.next(file.path)
        entry = _entry(f"{_FILES}/{file.path}")
        entry.file_size = file.size
        with archive.open(entry, "w", force_zip64=file.size >= 1 << 31) as output:
            blobs.read(file, output.write, meter.tick, cancel)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = 3
    entry.external_attr = ((stat.S_IFDIR | 0o755) << 16 | 0x10) if name.endswith("/") else (stat.S_IFREG | 0o644) << 16
    return entry


def exported(path: Path, limits: Limits, cancel: CancelToken) -> Exported | None:
    """Contents of an archive that Scoredock exported; None for any other archive.

    Raises model-archive-invalid when files and manifest do not agree, and what `archives.archive_source` raises.
    """
    members = {member.name: member for member in archives.members_of(path, limits, cancel)}
    manifest = members.pop(MANIFEST, None)
    if manifest is None or manifest.opener is None or any(name.split("/")[0] != _FILES for name in members):
        return None
    model = _manifest(path, manifest)
    if model is None:
        return None
    inner = [replace(member, name=name.partition("/")[2]) for name, member in members.items() if name.partition("/")[2]]
    source = archives.source_of(path, inner, limits, "", is_folder=model.is_folder)
    stored_sizes = sorted((file.stored, file.size) for file in source.files)
    if stored_sizes != sorted((file.path, file.size) for file in model.files) or source.folders != model.folders:
        raise invalid(path, l10n.t("does not contain the files of {model} that it names", model=model.id))
    return Exported(model, source)


def _manifest(path: Path, member: ArchiveMember) -> ModelVersion | None:
    if member.opener is None or member.size > _LARGEST_MANIFEST:
        return None
    content = bytearray()
    with member.opener() as stream:
        buffer = bytearray(1 << 20)
        while count := stream.readinto(memoryview(buffer)):
            content += buffer[:count]
    try:
        found = version_from_json(content.decode()).record
    except NewerManifest as error:
        raise invalid(path, l10n.t("was exported by a newer Scoredock: {reason}", reason=error)) from error
    except (ValueError, json.JSONDecodeError):
        return None
    return found if isinstance(found, ModelVersion) else None


def require_free(target: Path, overwrite: bool) -> None:
    """Raises model-file-exists."""
    try:
        mode = target.lstat().st_mode
    except OSError:
        return  # what else is wrong shows when it is written
    if not (overwrite and stat.S_ISREG(mode)):
        fix = "" if stat.S_ISREG(mode) else l10n.t("Choose another name.")
        raise ScoredockError(
            "model-file-exists", l10n.t("{target} already exists.", target=target), fix, place=Place(str(target))
        )


def file_name(model: ModelVersion) -> str:
    """File name of the archive of a version."""
    return f"{model.name}-{model.version}.zip"


def _exporting(label: str) -> str:
    return l10n.t("Exporting {name}", name=label)
