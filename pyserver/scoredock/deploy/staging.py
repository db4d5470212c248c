"""Lays out the files of one revision as the entry script will find them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection
from pathlib import Path

from scoredock.deploy.plan import MAIN_SCRIPT, MODELS_FOLDER, Plan
from scoredock.deploy.request import DeploySettings
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry

EXCLUDED = frozenset(
    {".git", ".hg", ".svn", ".venv", "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
"""Names that are never part of a service; virtual environments of any name are left out as well."""


def service_folder(workspace: Path, service: str) -> Path:
    return workspace / "services" / service


def revision_folder(workspace: Path, service: str, revision: int) -> Path:
    return service_folder(workspace, service) / "revisions" / str(revision)


def app_root(workspace: Path, service: str, revision: int) -> Path:
    """AML_APP_ROOT of a revision."""
    return revision_folder(workspace, service, revision) / "azureml-app"


def stage(
    plan: Plan, registry: Registry, root: Path, settings: DeploySettings, progress: Progress, cancel: CancelToken
) -> None:
    """Copy script and models into `root`, the root of the application.

    Raises ScoredockError `file-not-found`, `source-too-large`, `model-damaged`, `cancelled`, and OSError for the target.
    """
    shutil.rmtree(root, ignore_errors=True)  # of a killed attempt with the same number
    root.mkdir(parents=True, mode=0o700)
    folder = plan.script.source_directory
    if folder is None:
        progress.report(f"Staging {plan.script.path.name}")
        for name in dict.fromkeys((plan.script.path.name, MAIN_SCRIPT)):
            _copy_file(plan.script.path, root / name)
    else:
        progress.report(f"Staging {folder.name}")
        copier = _TreeCopy(folder, {registry.folder.parent.parent, registry.folder}, settings, cancel)
        copier.copy(root / folder.name)
        if not (root / plan.staged_script).is_file():
            raise _vanished(plan.script.path)
        if copier.left_out:
            progress.report(f"Left out of the service: {', '.join(sorted(copier.left_out)[:8])}")
    models = root / MODELS_FOLDER
    models.mkdir(mode=0o700)
    for model in plan.models:
        cancel.raise_if_cancelled()
        progress.report(f"Staging model {model.id}")
        registry.materialise(model, models / model.name / str(model.version), cancel=cancel)


def _copy_file(source: Path, target: Path) -> int:
    """Copy the bytes and the executable bit; how many bytes. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    try:
        with source.open("rb") as reader:
            status = os.fstat(reader.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ScoredockError("file-unreadable", f"{source} is not a regular file.", place=Place(str(source)))
            with target.open("xb") as writer:
                shutil.copyfileobj(reader, writer, 1 << 20)
    except FileNotFoundError as error:
        if error.filename != str(source):
            raise
        raise _vanished(source) from None
    except PermissionError as error:
        if error.filename != str(source):
            raise
        raise ScoredockError("file-unreadable", f"{source} may not be read.", place=Place(str(source))) from None
    target.chmod(0o700 if status.st_mode & stat.S_IXUSR else 0o600)
    return status.st_size


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        raise _vanished(Path(entry.path)) from None


def _vanished(source: Path) -> ScoredockError:
    """What was there when the deployment was planned or listed is gone: half a folder must not be deployed."""
    return ScoredockError(
        "file-not-found",
        f"{source} vanished while it was copied.",
        "Deploy again when the folder is complete; nothing of it was started.",
        Place(str(source)),
    )


class _TreeCopy:
    """Copies a source directory, following links to what they name, within limits."""

    def __init__(self, source: Path, own: Collection[Path], settings: DeploySettings, cancel: CancelToken) -> None:
        self.left_out: set[str] = set()
        self._source = source
        self._own = {os.path.realpath(path) for path in own}
        self._settings = settings
        self._cancel = cancel
        self._files = 0
        self._bytes = 0

    def copy(self, target: Path) -> None:
        if not self._source.is_dir():
            raise ScoredockError(
                "file-not-found", f"The source directory {self._source} does not exist.", place=Place(str(self._source))
            )
        self._copy_folder(self._source, target, (os.path.realpath(self._source),))

    def _copy_folder(self, source: Path, target: Path, above: tuple[str, ...]) -> None:
        self._cancel.raise_if_cancelled()
        target.mkdir(mode=0o700)
        try:
            entries = sorted(os.scandir(source), key=lambda entry: entry.name)
        except FileNotFoundError:
            raise _vanished(source) from None
        except OSError as error:
            raise ScoredockError("file-unreadable", f"{source} may not be read.", place=Place(str(source))) from error
        for entry in entries:
            path = Path(entry.path)
            if entry.name in EXCLUDED:
                self.left_out.add(entry.name)
            elif entry.is_dir():
                real = os.path.realpath(path)
                if real in above or real in self._own or (path / "pyvenv.cfg").is_file():
                    self.left_out.add(entry.name)
                else:
                    self._copy_folder(path, target / entry.name, (*above, real))
            elif entry.is_file():
                self._count(_size(entry))
                _copy_file(path, target / entry.name)
            else:
                self.left_out.add(entry.name)  # a socket, a device, a link to nothing

    def _count(self, size: int) -> None:
        self._files += 1
        self._bytes += size
        if self._files > self._settings.most_files or self._bytes > self._settings.most_bytes:
            limit = (
                f"{self._settings.most_files:,} files"
                if self._files > self._settings.most_files
                else f"{self._settings.most_bytes / 1e9:g} GB"
            )
            raise ScoredockError(
                "source-too-large",
                f"The source directory {self._source} holds more than {limit}.",
                place=Place(str(self._source)),
            )
