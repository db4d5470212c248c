"""Deployment files of Azure ML v2 and the file of their endpoint, read and checked together. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.checks.check import check
from scoredock.checks.configs.v2.deployment_rules import NO_CODE
from scoredock.errors import Place, ScoredockError
from scoredock.formats.v2.endpoint_file import EndpointFile, EndpointFileFault, read_endpoint_file
from scoredock.formats.v2.kinds import V2Kind, v2_kind
from scoredock.formats.v2.online_deployment import (
    INVALID,
    OnlineDeploymentFile,
    OnlineFileFault,
    document_of,
    read_online_deployment,
)
from scoredock.late_dataclass import dataclass
from scoredock.services.planning.files import Files
from scoredock.services.planning.findings import LocatedFinding, require_checked
from scoredock.services.planning.reading import read_text

if TYPE_CHECKING:
    from scoredock.registry import Registry
    from scoredock.text import Range

_FILE_BYTES = 4_000_000
_MOST_FILES = 20
INCOMPLETE = "deployment-files-incomplete"


@dataclass(frozen=True, slots=True)
class DeploymentText:
    """One deployment file."""

    path: Path
    file: OnlineDeploymentFile
    is_answered: bool = True
    """False if Azure ML has nothing that answers its requests."""

    def place(self, field: str) -> Place:
        """Place of a field, or of the file if it has no such field."""
        return place_of(self.path, self.file.ranges.get(field))

    def place_at(self, span: Range) -> Place:
        """Place of a range of the file."""
        return place_of(self.path, span)


@dataclass(frozen=True, slots=True)
class EndpointText:
    """The file of an endpoint."""

    path: Path
    file: EndpointFile

    def place(self, field: str) -> Place:
        """Place of a field, or of the file if it has no such field."""
        return place_of(self.path, self.file.ranges.get(field))


@dataclass(frozen=True, slots=True)
class FileTexts:
    """The files of one endpoint."""

    endpoint: EndpointText | None
    deployments: tuple[DeploymentText, ...]


def place_of(path: Path, span: Range | None) -> Place:
    """Place in a file."""
    return Place(str(path)) if span is None else Place(str(path), span.start.line, span.start.character)


def read_files(paths: Sequence[Path], registry: Registry, *, skip_checks: bool) -> FileTexts:
    """Raises ScoredockError as `read_text`, `check-failed`, `deployment-file-invalid`,
    `deployment-file-unsupported`, `deployment-file-elsewhere`, `endpoint-file-invalid`, `deployment-files-incomplete`.
    """
    if not 1 <= len(paths) <= _MOST_FILES:
        raise ScoredockError(
            INCOMPLETE,
            l10n.t("1 to {most} files are deployed at a time, not {count}.", most=_MOST_FILES, count=len(paths)),
        )
    endpoints: list[EndpointText] = []
    deployments: list[DeploymentText] = []
    files = Files(registry)
    for path in dict.fromkeys(paths):
        text = read_text(path, _FILE_BYTES)
        kind = _kind(path, text)
        findings = [LocatedFinding(str(path), each) for each in check(text, files.facts(path, ()), kind)]
        try:
            if kind == "online-endpoint":
                endpoints.append(_endpoint(path, text))
            else:
                is_answered = not any(each.finding.code == NO_CODE.code for each in findings)
                deployments.append(replace(_deployment(path, text), is_answered=is_answered))
        except ScoredockError:
            require_checked(findings, skip_checks, is_read=False)
            raise
        require_checked(findings, skip_checks)
    if len(endpoints) > 1:
        raise ScoredockError(
            INCOMPLETE,
            l10n.t("Two of the files describe an endpoint; deploy one endpoint at a time."),
            l10n.t("Give the files of each endpoint in a command of its own."),
            place=Place(str(endpoints[1].path)),
        )
    return FileTexts(endpoints[0] if endpoints else None, tuple(deployments))


def _kind(path: Path, text: str) -> V2Kind:
    """Raises ScoredockError `deployment-file-invalid` for anything but an online endpoint or deployment."""
    kind, _ = v2_kind(str(path), text)
    if kind in ("online-endpoint", "online-deployment"):
        return kind
    fix = ""
    if kind == "batch-deployment":
        fix = l10n.t("Run a batch deployment with `{command}`.", command="scoredock batch run --file FILE")
    elif kind is not None:
        fix = l10n.t("Give the file of the deployment that uses it.")
    raise ScoredockError(
        INVALID,
        l10n.t("{name} describes neither an online endpoint nor an online deployment of Azure ML v2.", name=path.name),
        fix or l10n.t("Its $schema, or its keys, say what it describes; a deployment has endpoint_name."),
        place=Place(str(path)),
    )


def _endpoint(path: Path, text: str) -> EndpointText:
    try:
        document_of(text)
        return EndpointText(path, read_endpoint_file(text))
    except EndpointFileFault as fault:
        raise ScoredockError("endpoint-file-invalid", fault.message, place=place_of(path, fault.range)) from None
    except OnlineFileFault as fault:
        raise _refused(path, fault) from None


def _deployment(path: Path, text: str) -> DeploymentText:
    try:
        return DeploymentText(path, read_online_deployment(text, lambda below: text_beside(path, below)))
    except OnlineFileFault as fault:
        raise _refused(path, fault) from None


def text_beside(path: Path, below: str) -> str | None:
    """Text of a file that another one names; None if it does not exist. Raises what `read_text` raises."""
    file = path.parent / below
    return read_text(file, _FILE_BYTES) if file.is_file() else None


def _refused(path: Path, fault: OnlineFileFault) -> ScoredockError:
    return ScoredockError(fault.code, fault.message, fault.fix, place=place_of(path, fault.range))
