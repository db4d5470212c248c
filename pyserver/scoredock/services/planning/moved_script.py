"""An entry script that was renamed or moved since it was deployed: its service goes on from the new place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.services.folders import app_root
from scoredock.services.last_deployments import LastDeployments
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.request import DeployRequest


def last_request_of(script: Path, ledger: Ledger, workspace: Path) -> DeployRequest | None:
    """The choices of the newest deployment of an entry script, also from where it was before it was moved."""
    return LastDeployments(ledger.store).of_script(script) or request_before_move(script, ledger, workspace)


def request_before_move(script: Path, ledger: Ledger, workspace: Path) -> DeployRequest | None:
    """The last deployment of a script that is gone from its place, where this one has the very text that the service
    of it runs; with the paths as they are now.

    `workspace` is the folder that holds the files of the services."""
    if not script.is_file():
        return None
    # Of two that fit, the one that was deployed last.
    for known in sorted(ledger.all(), key=lambda each: each.service.updated, reverse=True):
        former = _script_of(known)
        if former is None or former == script or former.exists() or not _is_copy(script, known, workspace):
            continue
        request = LastDeployments(ledger.store).of_script(former)
        if request is not None and request.name == known.service.name:
            return _at(script, former, request)
    return None


def require_in_place(script: str) -> None:
    """Raises `missing_script` for an entry script that was renamed, moved or deleted."""
    if script and not Path(script).exists():
        raise missing_script(Path(script))


def missing_script(script: Path) -> ScoredockError:
    return ScoredockError(
        "file-not-found",
        l10n.t("{name} is no longer in {folder}.", name=script.name, folder=script.parent),
        l10n.t(
            "The service goes on with the copy that it has. Where the script was renamed or moved, deploy it from its"
            " new place; else put it back."
        ),
        place=Place(str(script)),
    )


def _script_of(rows: ServiceRows) -> Path | None:
    current = rows.current
    return None if current is None or current.spec is None else current.spec.script.path


def _is_copy(script: Path, rows: ServiceRows, workspace: Path) -> bool:
    current = rows.current
    if current is None or current.spec is None:
        return False
    try:
        served = app_root(workspace, current.service, current.number) / current.spec.staged_script
        return served.read_bytes() == script.read_bytes()
    except OSError:
        return False


def _at(script: Path, former: Path, request: DeployRequest) -> DeployRequest:
    """The folder may have been renamed, too: what lay in it lies in the new one. What lies nowhere is left out."""

    def place(path: str) -> str:
        return _place_of(path, former.parent, script.parent)

    return replace(
        request,
        entry_script=str(script) if request.entry_script else "",
        source_directory=place(request.source_directory),
        inference_config=place(request.inference_config),
        deployment_config=place(request.deployment_config),
        environment_file=place(request.environment_file),
        model_path=place(request.model_path),
    )


def _place_of(path: str, before: Path, now: Path) -> str:
    if not path or Path(path).exists():
        return path
    try:
        there = now / Path(path).relative_to(before)
    except ValueError:
        return ""
    return str(there) if there.exists() else ""
