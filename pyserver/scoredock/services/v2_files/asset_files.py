"""Files of Azure ML v2 that describe a model or an environment: what registering one means, and where the one lies that
a deployment refers to."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.checks.check import check
from scoredock.errors import Remedy, ScoredockError
from scoredock.formats.signs import SKIPPED_FOLDERS
from scoredock.formats.v2.asset_file import AssetFile, read_environment_file, read_model_file
from scoredock.formats.v2.kinds import V2Kind, v2_kind
from scoredock.formats.v2.online_deployment import OnlineFileFault, document_of, text_at
from scoredock.late_dataclass import dataclass
from scoredock.registry.assets.environment_files import from_path
from scoredock.services.planning.files import Files
from scoredock.services.planning.findings import LocatedFinding, require_checked
from scoredock.services.planning.reading import read_text
from scoredock.services.v2_files.new_environment import definition_of
from scoredock.services.v2_files.read_files import place_of

if TYPE_CHECKING:
    from scoredock.progress import Progress
    from scoredock.registry import Registry
    from scoredock.registry.assets.environment_definition import Definition

INVALID = "asset-file-invalid"
_FILE_BYTES = 4_000_000
_SUFFIXES = (".yml", ".yaml")
_PLAIN_NAME = re.compile(
    r"(conda|environment|env|requirements|azureml_environment)[-_]?(dependencies)?\.(ya?ml|txt|json)\Z", re.IGNORECASE
)
_MOST_FILES = 2_000
_FOLDERS_ABOVE = 3
"""Folders above a deployment in which its assets are looked for; a migrated shelf has them two above."""
_REGISTER = {
    "environment-asset": ("scoredock environment register", "scoredock.registerEnvironment"),
    "model-asset": ("scoredock model register", "scoredock.registerModel"),
}
"""Command of the terminal, and of the editor."""


@dataclass(frozen=True, slots=True)
class DescribedModel:
    """A model as its file has it."""

    path: Path
    """Its file or folder."""
    file: AssetFile


@dataclass(frozen=True, slots=True)
class DescribedEnvironment:
    """An environment as its file has it."""

    definition: Definition
    file: AssetFile


def described_model(path: Path, registry: Registry) -> DescribedModel | None:
    """Model that a file describes; None for what is not such a file. Raises ScoredockError `asset-file-invalid`,
    `check-failed`."""
    text = _text(path, "model-asset")
    if text is None:
        return None
    _require_checked(path, text, "model-asset", registry)
    try:
        file, part = read_model_file(text)
    except OnlineFileFault as fault:
        raise ScoredockError(INVALID, fault.message, fault.fix, place=place_of(path, fault.range)) from None
    return DescribedModel(Path(os.path.normpath(path.parent / part.path)), file)


def described_environment(
    path: Path, registry: Registry, tell: Callable[[str], None] | None = None
) -> DescribedEnvironment | None:
    """Environment in a file; None for any other file. Raises ScoredockError `asset-file-invalid`, `check-failed`, and
    what `definition_of` raises."""
    text = _text(path, "environment-asset")
    if text is None:
        return None
    _require_checked(path, text, "environment-asset", registry)
    try:
        file, part = read_environment_file(text)
    except OnlineFileFault as fault:
        raise ScoredockError(INVALID, fault.message, fault.fix, place=place_of(path, fault.range)) from None
    return DescribedEnvironment(definition_of(part, path, tell), file)


def plain_environment(path: Path, tell: Callable[[str], None]) -> DescribedEnvironment:
    """Environment from a file of packages, or from a file of v1. Raises what `from_path` raises."""
    definition = from_path(path, tell=tell)
    return DescribedEnvironment(definition, AssetFile(definition.name, "", "", {}, {}))


def environment_labels(path: Path, registry: Registry) -> AssetFile:
    """Name and description of an environment that is registered from a file. A file whose name says only that it lists
    packages gives that of its folder. Raises what `described_environment` raises."""
    described = described_environment(path, registry)
    if described is not None:
        return described.file
    stem = path.parent.name if _PLAIN_NAME.match(path.name) else path.stem
    return AssetFile(re.sub(r"^[^a-zA-Z0-9]+", "", re.sub(r"[^a-zA-Z0-9._-]+", "-", stem)), "", "", {}, {})


def tell_version(file: AssetFile, version: int, progress: Progress) -> None:
    """Versions are counted here; a file that says another one is told so, as deployments may refer to that."""
    if file.version and file.version != str(version):
        progress.report(
            l10n.t(
                "The file says version {said}; versions are counted here, and this is {name}:{version}.",
                said=file.version,
                name=file.name,
                version=version,
            )
        )


def point_to_file(error: ScoredockError, deployment: Path, kind: V2Kind, name: str) -> None:
    """Gives a failure for an asset that is not registered the file that describes it as its next step."""
    path = _file_of(deployment, kind, name)
    if path is None:
        return
    line, command = _REGISTER[kind]
    error.fix = l10n.t("{file} describes it: run `{command}`.", file=path.name, command=f"{line} {path}")
    error.remedies = (Remedy(l10n.t("Register {name}…", name=path.name), command, (str(path),)),)


def file_of_version(deployment: Path, kind: V2Kind, name: str, version: str) -> Path | None:
    """The file that describes this version of an asset; None where none near the deployment does."""
    path = _file_of(deployment, kind, name) if version else None
    text = _text(path, kind) if path is not None else None
    return path if text is not None and text_at(document_of(text), "version") == version else None


def _text(path: Path, kind: V2Kind) -> str | None:
    """Text of a file of this kind; None for other files."""
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        return None
    with contextlib.suppress(ScoredockError):
        text = read_text(path, _FILE_BYTES)
        return text if v2_kind(str(path), text)[0] == kind else None
    return None


def _require_checked(path: Path, text: str, kind: V2Kind, registry: Registry) -> None:
    findings = check(text, Files(registry).facts(path), kind)
    try:
        require_checked([LocatedFinding(str(path), each) for each in findings], skip_checks=False)
    except ScoredockError as error:
        error.fix = l10n.t("Fix it and register it again.")
        raise


def _file_of(deployment: Path, kind: V2Kind, name: str) -> Path | None:
    """The first one that describes it, nearest first."""
    for folder in list(deployment.parents)[: _FOLDERS_ABOVE + 1]:
        if folder == Path.home() or folder == Path(folder.anchor):
            break
        for path in _yaml_files(folder):
            if _describes(path, kind, name):
                return path
        if (folder / ".git").exists():
            break
    return None


def _yaml_files(folder: Path) -> Iterator[Path]:
    """Below a folder, at most so many."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in SKIPPED_FOLDERS and not each.startswith("."))
        for file in sorted(files):
            count += 1
            if count > _MOST_FILES:
                return
            if file.lower().endswith(_SUFFIXES):
                yield Path(place, file)


def _describes(path: Path, kind: V2Kind, name: str) -> bool:
    text = _text(path, kind)
    if text is None:
        return False
    with contextlib.suppress(OnlineFileFault):
        return text_at(document_of(text), "name") == name
    return False
