"""Proposed values for the steps of registering: the sources are looked at, nothing is copied."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.pickles.report import PickleFindings
from scoredock.pickles.scan import scan
from scoredock.progress import CancelToken
from scoredock.registry.archives import opening as archives
from scoredock.registry.blobs.source import Limits, Source
from scoredock.registry.formats import recognise
from scoredock.registry.formats.recognise import Contents
from scoredock.registry.models.export import exported
from scoredock.registry.models.survey import survey

_COUNT_LIMIT = 20_000
"""Files that are counted of what cannot be registered as it is."""
_MOST_CHILDREN = 500
_MOST_LOOKED_INTO = 100 << 20
"""Bytes of a packed .tar, which must be unpacked as a whole to see what is in it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Result that registering would have. Nothing in it is binding."""

    name: str
    contents: Contents
    files: int
    size: int
    archive: bool = False
    exported: str = ""
    """`name:version` of the model that Scoredock exported into this archive."""
    children: tuple[str, ...] = ()
    """Files and folders directly inside the one folder."""
    pickle: str = "none"
    findings: PickleFindings = field(default_factory=PickleFindings)
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


def offer(paths: Sequence[Path], children: Sequence[str], limits: Limits, cancel: CancelToken) -> Offer:
    """Never refuses: what cannot be read is known less of, and registering names it. Raises `cancelled`."""
    archive = len(paths) == 1 and archives.is_archive(paths[0].name) and os.path.isfile(paths[0])  # noqa: PTH113
    if archive:
        return _of_archive(paths[0], limits, cancel)
    try:
        source = survey(paths, limits, cancel, children=children)
    except ScoredockError as error:
        if isinstance(error, Cancelled):
            raise
        return _of_refused(paths, error)
    contents = recognise.examine((file.stored, file.path) for file in source.files)
    state, findings = scan([(file.path, file.stored) for file in source.files], cancel=cancel)
    return Offer(
        recognise.name_from(paths),
        contents,
        len(source.files),
        source.size,
        children=_children(paths),
        pickle=state,
        findings=findings,
    )


def _of_refused(paths: Sequence[Path], error: ScoredockError) -> Offer:
    proposal = recognise.propose(paths)
    files, size = _measure(paths)
    reason = l10n.t("It cannot be registered as it is: {reason}", reason=error.message)
    contents = Contents(proposal.framework, proposal.framework_version, reason)
    return Offer(proposal.name, contents, files, size, children=_children(paths))


def _of_archive(path: Path, limits: Limits, cancel: CancelToken) -> Offer:
    name = recognise.name_of(archives.stem(path.name))
    size = _size(path)
    if size > _MOST_LOOKED_INTO and not path.name.lower().endswith((".zip", ".tar")):
        return Offer(
            name,
            Contents(reason=l10n.t("It is a compressed archive that is too large to look into first.")),
            1,
            size,
            True,
        )
    try:
        ours = exported(path, limits, cancel)
        if ours is not None:
            model = ours.model
            reason = l10n.t("Scoredock exported it as {model}.", model=model.id)
            return Offer(
                model.name,
                Contents(model.framework, model.framework_version, reason),
                len(ours.source.files),
                ours.source.size,
                archive=True,
                exported=model.id,
                description=model.description,
                tags=model.tags,
                properties=model.properties,
            )
        source: Source = archives.archive_source(path, limits, cancel)
    except ScoredockError as error:
        if isinstance(error, Cancelled):
            raise
        return Offer(name, Contents(reason=error.message), 1, size, archive=True)
    return Offer(name, recognise.examine_sources(source.files), len(source.files), source.size, archive=True)


def _children(paths: Sequence[Path]) -> tuple[str, ...]:
    if len(paths) != 1:
        return ()
    try:
        with os.scandir(paths[0]) as entries:
            return tuple(sorted(entry.name for entry, _ in zip(entries, range(_MOST_CHILDREN), strict=False)))
    except (OSError, ValueError):
        return ()


def _measure(paths: Sequence[Path]) -> tuple[int, int]:
    """Number and bytes of the files below; stops counting at a limit."""
    files = size = 0
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 (answers False where Path raises)
            files += 1
            size += _size(path)
            continue
        for folder, _, names in os.walk(path):
            for name in names:
                files += 1
                size += _size(Path(folder) / name)
                if files >= _COUNT_LIMIT:
                    return files, size
    return files, size


def _size(path: Path) -> int:
    """Bytes; 0 for what has vanished or may not be looked at, which registering will name."""
    try:
        return path.lstat().st_size
    except (OSError, ValueError):
        return 0
