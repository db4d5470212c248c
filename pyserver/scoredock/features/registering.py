"""Models in and out: what registering would fill in, register, download."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from scoredock.features.context import Context, Operation, absolute
from scoredock.features.model_records import record
from scoredock.protocol import messages

_COUNT_LIMIT = 20_000
"""Files that a proposal counts; registering has its own limits and says so."""


def propose(params: messages.ModelProposeParams, context: Context, operation: Operation) -> messages.ModelProposal:
    """What the register steps are filled in with."""
    from scoredock.registry.recognise import propose as recognise

    registry = context.registry(params.workspace_id)
    paths = [absolute(path) for path in params.paths]
    proposal = recognise(paths)
    files, size = _measure(paths)
    existing = registry.models(include_deleted=True)
    versions = [version.version for version in existing if version.name == proposal.name]
    return messages.ModelProposal(
        name=proposal.name,
        reason=proposal.reason,
        framework=proposal.framework,
        framework_version=proposal.framework_version,
        next_version=max(versions, default=0) + 1,
        files=files,
        size=size,
        existing_names=sorted({version.name for version in existing if version.deleted is None}),
    )


def register(params: messages.ModelRegisterParams, context: Context, operation: Operation) -> messages.Model:
    """Copies the bytes in and gives the new version."""
    version = context.registry(params.workspace_id).register(
        [absolute(path) for path in params.paths],
        params.name,
        description=params.description,
        tags=params.tags,
        properties=params.properties,
        framework=params.framework,
        framework_version=params.framework_version,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return record(version, {})


def download(params: messages.ModelDownloadParams, context: Context, operation: Operation) -> messages.ModelDownloaded:
    """Copies the files out."""
    path = context.registry(params.workspace_id).download(
        params.id,
        absolute(params.target),
        overwrite=params.overwrite,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return messages.ModelDownloaded(str(path))


def _measure(paths: Sequence[Path]) -> tuple[int, int]:
    """Number and bytes of the files that registering would copy; stops counting at a limit."""
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
