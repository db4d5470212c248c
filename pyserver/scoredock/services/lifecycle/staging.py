"""Lays out the files of one revision as the entry script will find them, and remembers what they hold.

What did not change since the revision before is not read and copied again: large files become another name of the same
bytes (or a clone, where the file system has those), and so do the copies of registered models.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.errors import Place, ScoredockError
from scoredock.images.ignoring import FILE as IGNORE_FILE
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion, Registry
from scoredock.services.entry_script import MODELS_FOLDER, EntryScript
from scoredock.services.lifecycle.source_tree import (
    FileState,
    SourceEntry,
    SourceTree,
    content_of,
    unreadable,
    vanished,
)

if TYPE_CHECKING:
    from scoredock.services.request import DeploySettings

STAGED_FILE = "staged.json"
_MOST_REPORTED = 8
SHARED_BYTES = 256 * 1024
"""From this size on an unchanged file is shared with the revision before instead of being copied."""
_BLOCK = 1 << 20
BYTECODE = "__pycache__"
_CLONE = 0x40049409
"""FICLONE of Linux: the new file shares the bytes until one of the two is written to."""


@dataclass(frozen=True, slots=True)
class Staged:
    """States of the staged files of a revision. Only a shortcut: without it they are read and copied again."""

    files: Mapping[str, FileState] = field(default_factory=dict)
    """By their names below the root of the application."""
    models: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Size and time of change (ns) of the copies of registered models, by their names below the root."""
    notes: tuple[str, ...] = ()
    """What was left out for what it holds or leads to, one sentence each."""

    @property
    def content(self) -> str:
        """Digest of the person's files."""
        return content_of(self.files)


@dataclass(frozen=True, slots=True)
class Former:
    """A staged revision that the next one may share files with."""

    root: Path
    staged: Staged


class StagedPlan(Protocol):
    """Files and models to stage."""

    @property
    def script(self) -> EntryScript: ...

    @property
    def staged_script(self) -> str:
        """Path of the script, relative to the root of the application."""
        ...

    @property
    def models(self) -> tuple[ModelVersion, ...]: ...

    @property
    def models_beside(self) -> bool:
        """True if their files lie beside the script as well."""
        ...


def stage(
    plan: StagedPlan,
    registry: Registry,
    root: Path,
    settings: DeploySettings,
    progress: Progress,
    cancel: CancelToken,
    former: Former | None = None,
    *,
    models: bool = True,
) -> Staged:
    """Copy the script, and with `models` the models, into `root`, the root of the application.

    Raises ScoredockError `file-not-found`, `source-too-large`, `model-damaged`, `cancelled`, and OSError for the
    target.
    """
    shutil.rmtree(root, ignore_errors=True)  # of a killed attempt with the same number
    make_private(root.parent)
    root.mkdir(mode=0o700)
    script = plan.script
    progress.report(l10n.t("Staging {name}", name=(script.source_directory or script.path).name))
    tree = SourceTree(script, {registry.folder.parent.parent, registry.folder}, settings, cancel)
    files: dict[str, FileState] = {}
    for entry in tree.entries():
        target = root / entry.name
        if entry.is_folder:
            target.mkdir(mode=0o700)
        else:
            files[entry.name] = _take(entry, target, former, cancel)
    if not (root / plan.staged_script).is_file():
        raise vanished(script.path)
    if tree.left_out:
        progress.report(l10n.t("Left out of the service: {left_out}", left_out=", ".join(sorted(tree.left_out)[:8])))
    notes = tuple(_left_out(tree))
    for note in notes:
        progress.report(note)
    copies = stage_models(plan.models if models else (), registry, root, former, progress, cancel)
    if plan.models_beside:
        lay_beside(plan.models, registry, root / plan.staged_script, cancel)
    return Staged(files, copies, notes)


def _left_out(tree: SourceTree) -> Iterator[str]:
    """Notes on links and secrets that were left out; caches are not mentioned."""
    for link, leads_to in sorted(tree.links_left_out.items())[:_MOST_REPORTED]:
        yield l10n.t(
            "Left out of the service: the link {link} to {target}, because it leads out of the source directory or"
            " to something that may hold secrets.",
            link=link,
            target=leads_to,
        )
    for name, where in sorted(tree.secrets_left_out.items())[:_MOST_REPORTED]:
        yield l10n.t(
            "Left out of the service: {file}, because it holds a secret ({place}); a line `!{file}` in"
            " {ignore_file} includes it.",
            file=name,
            place=where,
            ignore_file=IGNORE_FILE,
        )


def stage_models(
    models: Sequence[ModelVersion],
    registry: Registry,
    root: Path,
    former: Former | None,
    progress: Progress,
    cancel: CancelToken,
) -> dict[str, tuple[int, int]]:
    """Lay out registered models below the root of the application; what the copies are, as `Staged.models`."""
    (root / MODELS_FOLDER).mkdir(mode=0o700)
    copies: dict[str, tuple[int, int]] = {}
    for model in models:
        cancel.raise_if_cancelled()
        copies |= _stage_model(model, registry, root, former, progress, cancel)
    return copies


def lay_beside(models: Sequence[ModelVersion], registry: Registry, script: Path, cancel: CancelToken) -> None:
    """Files of registered models beside a staged script, for one of the first services; what is registered counts, not
    what the person's folder has under that name."""
    for model in models:
        for file in model.files:
            target = script.parent / file.path
            if target != script and (target.is_file() or target.is_symlink()):
                target.unlink()
        if not any(script.parent / file.path == script for file in model.files):
            registry.materialise(model, script.parent, cancel=cancel)


def _take(entry: SourceEntry, target: Path, former: Former | None, cancel: CancelToken) -> FileState:
    """One file of the person's; what it held."""
    former_state = former.staged.files.get(entry.name) if former is not None else None
    if former is None or former_state is None:
        return copy_file(entry.path, target, cancel)
    former_path = former.root / entry.name
    if not _untouched(former_path, (former_state.size, former_state.modified)):
        return copy_file(entry.path, target, cancel)
    if former_state.size >= SHARED_BYTES and _stayed(entry.path, former_state) and share(former_path, target):
        return former_state
    copied = copy_file(entry.path, target, cancel)
    if copied.digest == former_state.digest and target.suffix == ".py":
        _take_bytecode(former_path, target)
    if copied.size >= SHARED_BYTES and _is_same(copied, former_state):
        _share_instead(former_path, target)
    return copied


def _is_same(copied: FileState, former_state: FileState) -> bool:
    one, other = ((each.digest, each.modified, each.executable) for each in (copied, former_state))
    return one == other


def _share_instead(former_path: Path, target: Path) -> None:
    """Replaces the copy of a large file, which was read and is the former one, by a shared one if possible."""
    shared = target.with_name(f"{target.name}.scoredock-shared")
    if not shared.exists() and share(former_path, shared):
        shared.replace(target)


def _stayed(path: Path, former_state: FileState) -> bool:
    """True if a file is certainly as it was, so that it need not be read."""
    try:
        return former_state.holds(path.stat())
    except OSError:
        return False


def _untouched(path: Path, stamp: tuple[int, int]) -> bool:
    """True if a staged file is as it was staged: a service may write into its own files."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == stamp


def _take_bytecode(former_path: Path, target: Path) -> None:
    """Copies the compiled code of a module that did not change: a folder of many modules starts quicker. Python itself
    looks at size and time of the module, which are the same.
    """
    with contextlib.suppress(OSError):
        for compiled in (former_path.parent / BYTECODE).glob(f"{former_path.stem}.*.pyc"):
            folder = target.parent / BYTECODE
            folder.mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(compiled, folder / compiled.name)


def _stage_model(
    model: ModelVersion,
    registry: Registry,
    root: Path,
    former: Former | None,
    progress: Progress,
    cancel: CancelToken,
) -> dict[str, tuple[int, int]]:
    folder = f"{MODELS_FOLDER}/{model.name}/{model.version}"
    names = [f"{folder}/{file.path}" for file in model.files]
    if former is not None and _share_model(names, root, former):
        for empty in model.folders:
            make_private(root / folder / empty)
    else:
        shutil.rmtree(root / folder, ignore_errors=True)
        progress.report(l10n.t("Staging model {id}", id=model.id))
        registry.materialise(model, root / folder, cancel=cancel)
    found: dict[str, tuple[int, int]] = {}
    for name in names:
        status = (root / name).lstat()
        found[name] = (status.st_size, status.st_mtime_ns)
    return found


def _share_model(names: list[str], root: Path, former: Former) -> bool:
    """True if all files could be shared; registered versions never change, so the former copy is as good."""
    stamps = former.staged.models
    if not names or not all(name in stamps and _untouched(former.root / name, stamps[name]) for name in names):
        return False
    for name in names:
        make_private((root / name).parent)
        if stamps[name][0] < SHARED_BYTES:
            shutil.copy2(former.root / name, root / name)
        elif not share(former.root / name, root / name):
            return False
    return True


def share(source: Path, target: Path) -> bool:
    """Give the bytes of a file another name: a clone where the file system has those, else a hard link. False:
    neither."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            if _clone(source, target):
                return True
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        return False
    return True


def _clone(source: Path, target: Path) -> bool:
    import fcntl

    with source.open("rb") as reader, target.open("xb") as writer:
        try:
            fcntl.ioctl(writer.fileno(), _CLONE, reader.fileno())
        except OSError:
            target.unlink()
            return False
    shutil.copystat(source, target)
    return True


def copy_file(source: Path, target: Path, cancel: CancelToken) -> FileState:
    """Copy bytes, time of change and the executable bit. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    digest = hashlib.sha256()
    try:
        reader = source.open("rb")
    except FileNotFoundError:
        raise vanished(source) from None
    except PermissionError:
        raise unreadable(source) from None
    with reader:
        now = time.time_ns()
        status = os.fstat(reader.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ScoredockError(
                "file-unreadable", l10n.t("{source} is not a regular file.", source=source), place=Place(str(source))
            )
        with target.open("xb") as writer:
            while block := reader.read(_BLOCK):
                cancel.raise_if_cancelled()
                digest.update(block)
                writer.write(block)
    state = FileState.of(status, digest.hexdigest(), now)
    target.chmod(0o700 if state.executable else 0o600)
    # The time tells later whether the service wrote into its copy, and Python whether compiled code still fits.
    os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))
    return state


# ---------------------------------------------------------------------------------------------- remembered


def write_staged(folder: Path, staged: Staged) -> None:
    """Beside the staged files, in the folder of the revision."""
    fields = {
        "format": 1,
        "files": {name: astuple(state) for name, state in staged.files.items()},
        "models": {name: list(pair) for name, pair in staged.models.items()},
    }
    with contextlib.suppress(OSError):
        (folder / STAGED_FILE).write_text(json.dumps(fields), "utf-8")


def read_staged(folder: Path) -> Staged:
    """States that `write_staged` wrote; empty if they cannot be read."""
    try:
        document = json.loads((folder / STAGED_FILE).read_text("utf-8"))
        if document["format"] != 1:
            return Staged()
        return Staged(
            {str(name): _state(*values) for name, values in document["files"].items()},
            {str(name): (int(size), int(modified)) for name, (size, modified) in document["models"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Staged()


def _state(size: int, modified: int, changed: int, executable: bool, digest: str) -> FileState:
    return FileState(int(size), int(modified), int(changed), bool(executable), str(digest))
