"""Package of a batch job for a Ray cluster: a zip file with the scoring runtime, the app root, and how its program is
to run. It becomes the working directory of the program and of each actor.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock_runtime.batch.frames import RAY_APP_ROOT, RAY_SETTINGS

LARGEST = 100 * 1024 * 1024
"""Bytes that the job server of Ray takes in one request."""
_RUNTIME = "scoredock_runtime/"


def package(
    runtime: Path, app_root: Path, settings: Mapping[str, Any], *, packages: Sequence[Path] = ()
) -> tuple[str, bytes]:
    """Name and content. `runtime` is the wheel of the scoring runtime, `packages` are further ones, for any machine;
    Python finds what is in them beside the program. Raises ScoredockError `ray-package-too-large`,
    and OSError."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with zipfile.ZipFile(runtime) as wheel:
            for name in wheel.namelist():
                if name.startswith(_RUNTIME):
                    archive.writestr(name, wheel.read(name))
        for each in packages:
            with zipfile.ZipFile(each) as wheel:
                for name in wheel.namelist():
                    archive.writestr(name, wheel.read(name))
        for file in _files(app_root):
            archive.write(file, f"{RAY_APP_ROOT}/{file.relative_to(app_root).as_posix()}")
            if stream.tell() > LARGEST:
                raise _too_large(app_root)
        archive.writestr(RAY_SETTINGS, json.dumps(settings))
    content = stream.getvalue()
    if len(content) > LARGEST:
        raise _too_large(app_root)
    return f"_ray_pkg_scoredock_{hashlib.sha256(content).hexdigest()[:32]}.zip", content


def require_small(runtime: Path, app_root: Path) -> None:
    """Checks the size of the package before a job begins. Raises as `package`."""
    if sum(each.stat().st_size for each in _files(app_root)) > LARGEST // 2:
        package(runtime, app_root, {})


def _files(app_root: Path) -> list[Path]:
    """Links are followed: models are linked into it."""
    files: list[Path] = []
    for folder, _, names in os.walk(app_root, followlinks=True):
        files += [Path(folder, name) for name in names]
    return sorted(files)


def _largest(app_root: Path) -> tuple[int, Path]:
    return max(((each.stat().st_size, each) for each in _files(app_root)), default=(0, app_root))


def _too_large(app_root: Path) -> ScoredockError:
    size, largest = _largest(app_root)
    return ScoredockError(
        "ray-package-too-large",
        l10n.t(
            "Script and models are larger than the {limit} MB that Ray's job server takes, compressed; the largest file"
            " is {path} ({size} MB).",
            limit=LARGEST >> 20,
            path=largest.relative_to(app_root).as_posix() if largest != app_root else ".",
            size=size >> 20,
        ),
    )
