"""Parts of the server that are installed when they are needed first, after the person agreed."""

from __future__ import annotations

import importlib
import re
import sys
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import Requirement

from scoredock import l10n
from scoredock.environments.pip.downloads import Downloads
from scoredock.environments.pip.uv import run_uv
from scoredock.environments.pip.uv_refusals import explain
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.run import TimedOut

EXTRAS = {"conda": "30 MB"}
"""What there is, and about how large it is."""
_TIMEOUT = 900.0


def requirements_of(extra: str) -> tuple[str, ...]:
    """Requirements of an extra, as in the metadata of the server's own package. Raises ScoredockError
    `extra-not-found`."""
    try:
        lines = [Requirement(line) for line in requires("scoredock") or ()]
    except PackageNotFoundError:
        lines = []
    found = [line for line in lines if line.marker is not None and re.search(rf"extra == .{extra}\b", str(line.marker))]
    if extra not in EXTRAS or not found:
        raise ScoredockError("extra-not-found", l10n.t("The server has no optional part named {name}.", name=extra))
    return tuple(f"{line.name}{line.specifier}" for line in found)


def install_extra(extra: str, index_url: str, progress: Progress, cancel: CancelToken) -> tuple[str, ...]:
    """Install a part into the environment that this server runs in, and return what was asked for.

    Only after the person agreed: it changes what they have installed. Nothing else there is changed by it. Raises
    ScoredockError `extra-not-found`, `environment-offline`, `environment-build-failed`, `cancelled`.
    """
    requirements = requirements_of(extra)
    progress.report(l10n.t("Installing {packages} into {folder}", packages=", ".join(requirements), folder=sys.prefix))
    command = ["pip", "install", "--python", sys.executable, *requirements]
    try:
        completed = run_uv(
            command, index_url=index_url, timeout=_TIMEOUT, cancel=cancel, on_line=Downloads(progress).line
        )
    except TimedOut as error:
        raise ScoredockError("environment-build-failed", f"{error}.") from None
    if completed.returncode != 0:
        raise explain(completed.stderr, requirements, "default")
    importlib.invalidate_caches()
    return requirements


def command_of(extra: str) -> str:
    """The command line that does the same, for people to read."""
    return f"scoredock environment enable {extra}"
