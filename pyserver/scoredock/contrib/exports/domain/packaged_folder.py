"""Reads what a packaged folder says of itself, for a run without a container."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.packaging.conda import LOCK
from scoredock.packaging.dockerfile import MANAGED_SCRIPT, SERVER_REQUIREMENTS, UNCHECKED, java_home, locked_python
from scoredock.packaging.package import APP, SERVICE
from scoredock_runtime.contract import SPEC_FILE

_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class PackagedFolder:
    """A folder of `package create`."""

    service: str
    revision: int
    python: str
    """`3.11`: what its packages were locked for; empty where conda packages bring it."""
    runtime: str
    """What the scoring runtime is to pip: `scoredock-runtime==0.1.0`."""
    hashed: bool
    """pip installs only files whose hash is in the lock."""
    conda: bool
    has_unchecked: bool
    """Packages without a hash are in a file of their own."""
    stop_seconds: int
    """So long requests under way may take when it ends."""
    keys: bool
    java: str = ""
    """Where Spark finds the Java among the packages, below the environment; empty for none."""


def is_packaged_folder(path: Path) -> bool:
    """True if `package create` wrote it."""
    return (path / "Dockerfile").is_file() and (path / SERVICE / SPEC_FILE).is_file() and (path / APP).is_dir()


def packaged_folder(path: Path) -> PackagedFolder:
    """Raises ScoredockError `package-not-portable` for one that only an image can run, `package-kind-wrong` for another
    folder, `file-unreadable`."""
    if not is_packaged_folder(path):
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("{folder} is not a packaged folder.", folder=path),
            l10n.t("Write one with `scoredock service package NAME --output-path FOLDER`."),
            place=Place(str(path)),
        )
    try:
        dockerfile = (path / "Dockerfile").read_text("utf-8")[:_LARGEST]
        requirements = (path / "requirements.txt").read_text("utf-8")
        spec = json.loads((path / SERVICE / SPEC_FILE).read_text("utf-8"))
        wheel = next(path.glob("scoredock_runtime-*.whl")).name
        facts = _facts(spec)
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} cannot be read: {error}.", path=path, error=str(error) or type(error).__name__),
            place=Place(str(path)),
        ) from None
    if (path / MANAGED_SCRIPT).exists() or (path / SERVER_REQUIREMENTS).exists():
        raise ScoredockError(
            "package-not-portable",
            l10n.t("The packages of this service come from an image, so it runs in a container only."),
            l10n.t("Package it as an image, and export that."),
            place=Place(str(path)),
        )
    conda = (path / LOCK).is_file()
    return PackagedFolder(
        python="" if conda else locked_python(dockerfile),
        runtime=f"scoredock-runtime=={wheel.split('-')[1]}",
        hashed="--require-hashes" in dockerfile and "--hash=" in requirements,
        conda=conda,
        has_unchecked=(path / UNCHECKED).is_file(),
        java=java_home(dockerfile),
        **facts,
    )


def _facts(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Raises KeyError, TypeError, ValueError."""
    if not re.fullmatch(r"[^\r\n]{1,200}", str(spec["name"])):
        raise ValueError(SPEC_FILE)
    return {
        "service": str(spec["name"]),
        "revision": int(spec["revision"]),
        "stop_seconds": int(float(spec.get("stop_grace", 30))) + 10,
        "keys": spec.get("authentication") is not None,
    }
