"""Source of the scoring runtime that goes into every environment."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from filelock import FileLock

from scoredock import l10n
from scoredock.environments.pip.locks import RUNTIME
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.settings import WHEELHOUSE

VARIABLE = WHEELHOUSE
"""Environment variable that names a folder with `scoredock_runtime-*.whl` and what it needs."""


@dataclass(frozen=True, slots=True)
class RuntimeSource:
    """The runtime that this server brings: in a folder of wheels, or as it is installed beside the server."""

    folder: Path
    is_wheelhouse: bool
    digest: str
    """Of its content: a changed runtime makes new environments."""

    def wheel(self, cache: Path, progress: Progress, cancel: CancelToken) -> Path:
        """The runtime's wheel, packed into `cache` where there is none yet. Raises ScoredockError `runtime-missing`."""
        if self.is_wheelhouse:
            return _runtime_wheel(self.folder)
        from scoredock.environments.pip import own_wheels  # late, here and below: a look at services needs none of it

        target = cache / self.digest[:16]
        with FileLock(str(cache / f"{self.digest[:16]}.lock"), mode=0o600):
            if not target.is_dir():
                cancel.raise_if_cancelled()
                progress.report(l10n.t("Packing the scoring runtime"))
                temporary = cache / f".{self.digest[:16]}"
                shutil.rmtree(temporary, ignore_errors=True)
                temporary.mkdir()
                own_wheels.pack(RUNTIME, temporary)
                temporary.replace(target)
            return _runtime_wheel(target)

    def version(self) -> str:
        """Version of the wheel or the installed package."""
        from scoredock.environments.pip import own_wheels

        return _runtime_wheel(self.folder).name.split("-")[1] if self.is_wheelhouse else own_wheels.version_of(RUNTIME)


def runtime_source() -> RuntimeSource:
    """The wheelhouse named by SCOREDOCK_WHEELHOUSE, else the runtime that is installed beside the server.

    Raises ScoredockError `runtime-missing`.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        folder = Path(named)
        wheel = _runtime_wheel(folder)
        return RuntimeSource(folder, True, hashlib.sha256(wheel.name.encode() + wheel.read_bytes()).hexdigest())
    from scoredock.environments.pip import own_wheels

    try:
        folder = own_wheels.package_folder(RUNTIME.replace("-", "_"))
        return RuntimeSource(folder, False, own_wheels.digest_of(RUNTIME))
    except ModuleNotFoundError:
        raise ScoredockError(
            "runtime-missing",
            l10n.t(
                "There is no scoring runtime: {variable} is not set and {name} is not installed.",
                variable=VARIABLE,
                name=RUNTIME,
            ),
        ) from None


def _runtime_wheel(folder: Path) -> Path:
    try:
        found = sorted(folder.glob("scoredock_runtime-*.whl"))
    except OSError:
        found = []
    if not found:
        raise ScoredockError("runtime-missing", l10n.t("{folder} contains no scoredock_runtime wheel.", folder=folder))
    return found[-1]
