"""Conda environments in images: solved for the image's system, installed here under the path they have there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.environments.conda.channels import without_tokens
from scoredock.environments.conda.lock import CondaLock
from scoredock.environments.conda.packages import install, solve
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.errors import ScoredockError
from scoredock.formats.service_python import ADVICE, OLDEST_OF_SCRIPTS
from scoredock.images.built import PREFIX
from scoredock.images.members import LayerMember, mode_of, text
from scoredock.progress import CancelToken, Progress

_SYSTEMS = {"linux/amd64": "linux-64", "linux/arm64": "linux-aarch64"}
_RECORDS = "conda-meta"
"""Folder in which conda notes where each package came from, with the address as it was asked."""
_PLACES_HERE = ("extracted_package_dir", "package_tarball_full_path", "link")
"""What it notes of the cache of this machine."""


def solved(
    spec: EnvironmentSpec, settings: EnvironmentSettings, platform: str, progress: Progress, cancel: CancelToken
) -> CondaLock | None:
    """The exact conda packages for a platform of Docker's, None for an environment without any. Raises as
    `conda.solve`."""
    if spec.conda is None:
        return None
    system = _SYSTEMS.get(platform)
    if system is None:
        raise ScoredockError("image-platform", l10n.t("There are no conda packages for {platform}.", platform=platform))
    lock = solve(spec.conda, settings, progress, cancel, source=spec.source, platform=system)
    if not lock.python:
        raise ScoredockError(
            "environment-requirement-invalid",
            l10n.t("The conda packages contain no Python."),
            l10n.t("Add python=3.11 or another version to the dependencies."),
        )
    first, second = lock.python.split(".")[:2]
    if (int(first), int(second)) < OLDEST_OF_SCRIPTS:
        raise ScoredockError(
            "python-not-found",
            l10n.t(
                "The environment asks for Python {version}, but scripts need Python 3.6 or later.", version=lock.python
            ),
            l10n.t(ADVICE),
            place=place_of(spec.source),
        )
    return lock


def installed(
    lock: CondaLock, folder: Path, progress: Progress, cancel: CancelToken, prefix: str = PREFIX
) -> Iterator[LayerMember]:
    """The files of the prefix, made in `folder` as if it lay at its place in the image. Raises as `conda.install`."""
    folder.mkdir(parents=True)
    install(lock, folder, progress, cancel, embedded_prefix=prefix)
    top = prefix.lstrip("/")
    for base, folders, names in os.walk(folder):
        inner = Path(base).relative_to(folder)
        for name in sorted([*names, *(each for each in folders if Path(base, each).is_symlink())]):
            path = Path(base, name)
            place = f"{top}/{(inner / name).as_posix()}"
            if path.is_symlink():
                yield LayerMember(place, link=os.readlink(path))  # noqa: PTH115 (as it is written)
            elif inner.name == _RECORDS and path.suffix == ".json":
                yield text(place, _noted(path.read_text("utf-8")))
            elif path.is_file():
                yield LayerMember(place, path, path.stat().st_size, mode_of(path))
        folders[:] = sorted(each for each in folders if not Path(base, each).is_symlink() and each != "__pycache__")


def _noted(record: str) -> str:
    """Record of a package as conda writes it, without passwords and places of this machine."""
    document = json.loads(record)
    for name in _PLACES_HERE:
        document.pop(name, None)
    if str(document.get("url", "")).startswith("file:"):
        document |= {"url": f"file:///{document.get('fn', '')}", "channel": "file:///"}
    return without_tokens(json.dumps(document, indent=2) + "\n")
