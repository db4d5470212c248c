"""Lays out a revision anew from the kept files of an older one; the person's own files are not looked at."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion, Registry
from scoredock.services.access.certificate import certificate_folder
from scoredock.services.entry_script import MODELS_FOLDER
from scoredock.services.folders import app_root, revision_folder
from scoredock.services.lifecycle.source_tree import FileState, state_of
from scoredock.services.lifecycle.staging import (
    BYTECODE,
    SHARED_BYTES,
    Former,
    Staged,
    copy_file,
    lay_beside,
    read_staged,
    share,
    stage_models,
)
from scoredock.services.revision import Revision


@dataclass(frozen=True, slots=True)
class KeptRevision:
    """An older revision whose files a new one is made of."""

    workspace: Path
    revision: Revision

    @property
    def root(self) -> Path:
        return app_root(self.workspace, self.revision.service, self.revision.number)

    @property
    def staged(self) -> Staged:
        return read_staged(revision_folder(self.workspace, self.revision.service, self.revision.number))

    def require_files(self) -> None:
        """Raises ScoredockError `revision-damaged` when its entry script is not there any more."""
        spec = self.revision.spec
        if spec is None or not (self.root / spec.staged_script).is_file():
            raise self.damaged(self.root / (spec.staged_script if spec is not None else ""))

    def damaged(self, file: Path) -> ScoredockError:
        return ScoredockError(
            "revision-damaged",
            l10n.t(
                "The file {file} of revision {revision} of {service} is not as it was deployed.",
                file=file.relative_to(self.root).as_posix(),
                revision=self.revision.number,
                service=self.revision.service,
            ),
            place=Place(str(file)),
            details={"service": self.revision.service, "revision": str(self.revision.number)},
        )


def stage_kept(
    kept_revision: KeptRevision,
    models: Sequence[ModelVersion],
    registry: Registry,
    root: Path,
    progress: Progress,
    cancel: CancelToken,
) -> Staged:
    """Copy the files of a kept revision, and `models`, into `root`.

    What the service itself wrote beside them stays behind. Raises ScoredockError `revision-damaged` for a file that is
    not as it was deployed, `model-damaged`, `cancelled`, and OSError for the target.
    """
    shutil.rmtree(root, ignore_errors=True)  # of a killed attempt with the same number
    make_private(root.parent)
    root.mkdir(mode=0o700)
    progress.report(l10n.t("Taking the files of revision {revision}", revision=kept_revision.revision.number))
    staged = kept_revision.staged
    for folder in _folders(kept_revision.root):
        (root / folder).mkdir(mode=0o700)
    spec = kept_revision.revision.spec
    ids = kept_revision.revision.models if spec is not None and spec.models_beside else ()
    beside = [registry.model(each) for each in ids]
    script_folder = Path(spec.staged_script).parent if spec is not None else Path()
    of_models = {(script_folder / file.path).as_posix() for model in beside for file in model.files}
    files = {}
    for name, state in (staged.files or dict(_scan_files(kept_revision.root, cancel))).items():
        cancel.raise_if_cancelled()
        if name not in of_models:
            _take(kept_revision, name, root / name, state, cancel)
        files[name] = state
    kept_revision.require_files()
    _take_certificate(kept_revision, root.parent)
    former = Former(kept_revision.root, staged)
    copies = stage_models(models, registry, root, former, progress, cancel)
    if spec is not None and beside:
        lay_beside(beside, registry, root / spec.staged_script, cancel)
    return Staged(files, copies)


def _folders(root: Path) -> Iterator[Path]:
    """Those below the root, each before what lies in it; not those of models and of compiled code."""
    for folder, names, _ in os.walk(root):
        here = Path(folder)
        names[:] = sorted(name for name in names if _is_of_the_person(here == root, here / name))
        yield from ((here / name).relative_to(root) for name in names)


def _is_of_the_person(at_root: bool, path: Path) -> bool:
    return not (path.is_symlink() or path.name == BYTECODE or (at_root and path.name == MODELS_FOLDER))


def _scan_files(root: Path, cancel: CancelToken) -> Iterator[tuple[str, FileState]]:
    """Files of a revision of which nothing is noted, as they are now."""
    for folder in (Path(), *_folders(root)):
        for entry in sorted(os.scandir(root / folder), key=lambda each: each.name):
            if entry.is_file(follow_symlinks=False):
                yield (folder / entry.name).as_posix(), state_of(Path(entry.path), None, cancel)


def _take(kept_revision: KeptRevision, name: str, target: Path, state: FileState, cancel: CancelToken) -> None:
    source = kept_revision.root / name
    try:
        if not stat.S_ISREG(source.lstat().st_mode):
            raise kept_revision.damaged(source)
        make_private(target.parent)
        large = state.size >= SHARED_BYTES
        if large and state_of(source, None, cancel).digest == state.digest and share(source, target):
            return
        copied = copy_file(source, target, cancel)
    except OSError:
        if source.exists():
            raise  # the target's
        raise kept_revision.damaged(source) from None
    if copied.digest != state.digest:
        raise kept_revision.damaged(source)


def _take_certificate(kept_revision: KeptRevision, folder: Path) -> None:
    """The person's own may have moved; made anew from it where there is no copy."""
    source = certificate_folder(kept_revision.workspace, kept_revision.revision.service, kept_revision.revision.number)
    target = folder / source.name
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        make_private(target)
        for each in source.iterdir():
            shutil.copy2(each, target / each.name)
