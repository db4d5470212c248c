"""Where the scoring runtime that goes into every environment comes from."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from filelock import FileLock

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.run import TimedOut
from scoredock.settings import WHEELHOUSE

VARIABLE = WHEELHOUSE
"""Environment variable that names a folder with `scoredock_runtime-*.whl` and what it needs."""


@dataclass(frozen=True, slots=True)
class RuntimeSource:
    """The runtime that this server brings: a folder of wheels, or its source tree in a checkout."""

    folder: Path
    is_wheelhouse: bool
    digest: str
    """Of its content: a changed runtime makes new environments."""

    def wheel(self, cache: Path, progress: Progress, cancel: CancelToken) -> Path:
        """The runtime's wheel, built from the source tree into `cache` when there is none yet.

        Raises ScoredockError `environment-offline` or `environment-build-failed`.
        """
        if self.is_wheelhouse:
            return _runtime_wheel(self.folder)
        from scoredock.environments.pip.uv import explain, run_uv

        target = cache / self.digest[:16]
        with FileLock(str(cache / f"{self.digest[:16]}.lock"), mode=0o600):
            if target.is_dir():
                return _runtime_wheel(target)
            progress.report(l10n.t("Building the scoring runtime from this checkout"))
            temporary = cache / f".{self.digest[:16]}"
            shutil.rmtree(temporary, ignore_errors=True)
            command = ["build", "--wheel", "--no-config", "--out-dir", str(temporary), str(self.folder)]
            # The build backend is in the cache as a rule, and asking the index for it again takes a second.
            for attempt in ([*command, "--offline"], command):
                try:
                    completed = run_uv(attempt, timeout=300, cancel=cancel)
                except TimedOut as error:
                    raise ScoredockError("environment-build-failed", f"{error}.") from None
                if completed.returncode == 0:
                    break
            else:
                shutil.rmtree(temporary, ignore_errors=True)
                raise explain(completed.stderr, ("scoredock-runtime",), "default")
            temporary.replace(target)
            return _runtime_wheel(target)

    def version(self) -> str:
        """As the wheel or the source says."""
        if self.is_wheelhouse:
            return _runtime_wheel(self.folder).name.split("-")[1]
        text = (self.folder / "scoredock_runtime" / "__init__.py").read_text("utf-8")
        found = re.search(r'__version__ = "([^"]+)"', text)
        return found.group(1) if found else "0"


def runtime_source() -> RuntimeSource:
    """The wheelhouse named by SCOREDOCK_WHEELHOUSE, else the source tree beside the server's package.

    Raises ScoredockError `runtime-missing`.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        folder = Path(named)
        wheel = _runtime_wheel(folder)
        return RuntimeSource(folder, True, hashlib.sha256(wheel.name.encode() + wheel.read_bytes()).hexdigest())
    tree = Path(__file__).resolve().parents[3] / "runtime"
    if not (tree / "pyproject.toml").is_file():
        raise ScoredockError(
            "runtime-missing",
            l10n.t(
                "There is no scoring runtime: {variable} is not set and {folder} does not exist.",
                variable=VARIABLE,
                folder=tree,
            ),
        )
    return RuntimeSource(tree, False, _tree_digest(tree))


def _runtime_wheel(folder: Path) -> Path:
    try:
        found = sorted(folder.glob("scoredock_runtime-*.whl"))
    except OSError:
        found = []
    if not found:
        raise ScoredockError("runtime-missing", l10n.t("{folder} contains no scoredock_runtime wheel.", folder=folder))
    return found[-1]


def _tree_digest(tree: Path) -> str:
    digest = hashlib.sha256()
    files = [tree / "pyproject.toml", *sorted((tree / "scoredock_runtime").rglob("*.py"))]
    for file in files:
        digest.update(str(file.relative_to(tree)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
