"""Built environments: listed, looked into, and removed where no service needs them (clean up)."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.data_folder import age, make_private, seconds_since
from scoredock.environments.built import MARKER, BuiltEnvironment, recorded
from scoredock.environments.conda.lock import EXPLICIT_FILE
from scoredock.environments.pip.local_packages import LOCAL
from scoredock.environments.pip.locks import HASHED_FILE, PLAIN_FILE
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

_USED = "scoredock-last-used"
"""A file whose time of change says when the environment was asked for last."""
_GONE = ".removing-"
WHEELS = "wheels"
"""Folder of wheels that environments are made with."""
_KEPT_SECONDS = 180 * 86_400.0
"""A package or an image may be made of what is kept long after its environment is gone."""


@dataclass(frozen=True, slots=True)
class EnvironmentSummary:
    """One built environment."""

    key: str
    display_name: str
    kind: str
    """`pip`, `conda`, or `interpreter` for a person's own Python with the runtime beside it."""
    python_version: str
    size: int
    """Bytes."""
    created: float
    """Seconds since 1970, as everywhere."""
    last_used: float
    source: str
    """The file, record or default that asked for it first."""
    builder: str
    """The account that built it; empty when that is not known."""
    packages: int
    broken: str
    """Why it cannot be used, as a sentence; empty when it can."""


@dataclass(frozen=True, slots=True)
class EnvironmentDetail:
    """Everything about one."""

    summary: EnvironmentSummary
    folder: Path
    python: Path
    requirements: tuple[str, ...]
    """As they were asked for."""
    lock: str
    """`name==version` lines of pip's part."""
    hashed_lock: str
    """The same with the hashes of the files."""
    conda_lock: str
    """Explicit addresses with their SHA-256, as conda reads them; empty without conda packages."""
    variables: tuple[tuple[str, str], ...]
    """What its processes are given."""
    notes: tuple[str, ...]
    """What was left out or replaced and why."""


@dataclass(frozen=True, slots=True)
class CollectedEnvironments:
    """Environments that were removed."""

    keys: tuple[str, ...]
    bytes: int


def mark_used(folder: Path) -> None:
    """Note that the environment was asked for now. Never raises."""
    with contextlib.suppress(OSError):
        (folder / _USED).touch()


def summaries(root: Path) -> list[EnvironmentSummary]:
    """All environments below a folder, newest first."""
    try:
        names = [entry.name for entry in root.iterdir() if entry.name.isalnum() and (entry / MARKER).is_file()]
    except OSError:
        return []
    found = [_summary(built) for name in names if (built := recorded(root, name)) is not None]
    return sorted(found, key=lambda each: -each.created)


def detail(root: Path, key: str) -> EnvironmentDetail:
    """Raises ScoredockError `environment-not-built`."""
    built = _required(root, key)
    return EnvironmentDetail(
        summary=_summary(built),
        folder=built.folder,
        python=built.python,
        requirements=built.requirements,
        lock=_text(built.folder / PLAIN_FILE),
        hashed_lock=_text(built.folder / HASHED_FILE),
        conda_lock=_text(built.folder / EXPLICIT_FILE),
        variables=tuple(built.variables.items()),
        notes=built.notes,
    )


def users(key: str, services: Iterable[tuple[str, str]]) -> list[str]:
    """Names of the services that use a key, each once, sorted."""
    return sorted({name for name, used in services if used == key})


def remove(root: Path, key: str, services: Iterable[tuple[str, str]]) -> int:
    """Bytes that are free now. Raises ScoredockError `environment-not-built`, `environment-in-use`."""
    built = _required(root, key)
    if names := users(key, services):
        raise ScoredockError(
            "environment-in-use",
            l10n.t(
                "The environment {key} ({name}) is used by {services}.",
                key=key,
                name=built.display_name,
                services=", ".join(names),
            ),
            details={"services": names},
        )
    freed = _removed(root, key)
    if freed is None:
        raise ScoredockError(
            "environment-in-use", l10n.t("The environment {key} is being built or removed right now.", key=key)
        )
    return freed


def collect(
    root: Path, services: Iterable[tuple[str, str]], *, older_than: float = 0.0, keep: Iterable[str] = ()
) -> CollectedEnvironments:
    """Remove what nobody needs; what cannot be removed now is left for the next time."""
    needed = {key for _, key in services} | set(keep)
    keys: list[str] = []
    freed = 0
    for each in summaries(root):
        if each.key in needed or seconds_since(each.last_used) < older_than:
            continue
        gone = _removed(root, each.key)
        if gone is not None:
            keys.append(each.key)
            freed += gone
    return CollectedEnvironments(tuple(keys), freed + _without_kept(root))


def _without_kept(root: Path) -> int:
    """Removes the files of packages of this machine that no environment names and nobody took for long; the bytes."""
    locks = "".join(_text(root / each.key / HASHED_FILE) for each in summaries(root))
    freed = 0
    for file in (root / WHEELS / LOCAL).glob("*/*"):
        with contextlib.suppress(OSError):
            status = file.stat()
            if file.parent.name not in locks and age(file) > _KEPT_SECONDS:
                file.unlink()
                freed += status.st_size
                file.parent.rmdir()
    return freed


def freed_bytes(folders: Iterable[Path], seconds: float = math.inf) -> int:
    """Bytes that removing all of these folders frees, as far as they can be counted within the seconds: a file that has
    a name elsewhere as well, such as in the package cache, keeps its bytes. Never raises."""
    until = time.monotonic() + seconds
    names: Counter[tuple[int, int]] = Counter()
    total = 0
    waiting = [str(each) for each in folders]
    while waiting and time.monotonic() < until:
        with contextlib.suppress(OSError):
            for entry in list(os.scandir(waiting.pop())):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    continue
                status = entry.stat(follow_symlinks=False)
                identity = (status.st_dev, status.st_ino)
                names[identity] += 1
                total += status.st_size if names[identity] == status.st_nlink else 0
    return total


def _removed(root: Path, key: str) -> int | None:
    """The bytes that are free then; None where somebody works with it. Under the lock of its builders, and renamed
    first, so that nobody meets half an environment."""
    make_private(root / ".locks")
    try:
        with FileLock(str(root / ".locks" / f"{key}.lock"), timeout=0, mode=0o600):
            gone = root / f"{_GONE}{key}-{secrets.token_hex(4)}"
            (root / key).replace(gone)
    except (Timeout, OSError):
        return None
    freed = freed_bytes([gone])
    shutil.rmtree(gone, ignore_errors=True)
    return freed


def _required(root: Path, key: str) -> BuiltEnvironment:
    built = recorded(root, key) if key.isalnum() else None
    if built is None:
        raise ScoredockError(
            "environment-not-built", l10n.t("There is no built environment “{key}” in {folder}.", key=key, folder=root)
        )
    return built


def _summary(built: BuiltEnvironment) -> EnvironmentSummary:
    try:
        used = (built.folder / _USED).stat().st_mtime
    except OSError:
        used = built.created
    broken = "" if built.works else l10n.t("The Python it was created from, {path}, no longer exists.", path=built.base)
    packages = sum(1 for _ in _text(built.folder / PLAIN_FILE).splitlines())
    packages += sum(not line.startswith(("#", "@")) for line in _text(built.folder / EXPLICIT_FILE).splitlines())
    return EnvironmentSummary(
        key=built.key,
        display_name=built.display_name,
        kind=built.kind,
        python_version=built.python_version,
        size=built.size,
        created=built.created,
        last_used=max(used, built.created),
        source=built.source,
        builder=built.builder,
        packages=packages,
        broken=broken,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""
