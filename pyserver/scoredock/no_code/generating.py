"""From a model to an entry script that lies in the workspace, and the environment it runs in."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.environments.spec import EnvironmentSpec, ImageSpec
from scoredock.environments.system_libraries import steps_for
from scoredock.late_dataclass import dataclass
from scoredock.no_code.frameworks import FRAMEWORKS, GeneratedScript
from scoredock.no_code.subject import Subject, of_models, of_path
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.formats.recognise import name_of
from scoredock.registry.records import Resources

SCRIPT = "score.py"
FOLDER = "no-code"
"""Below the workspace's; each folder in it holds one script."""
_KEY = 16
"""Hex digits that tell generated scripts of one workspace apart."""


@dataclass(frozen=True, slots=True)
class Generated:
    """Generated files that a deployment uses in place of an entry script of the person's."""

    script: Path
    """A file of ours that nobody edits: the same model gives the same file."""
    source_directory: Path | None
    """Holds the script and the model when that is not registered; None when the script goes alone."""
    environment: EnvironmentSpec
    """To be used unless the person names another one."""
    resources: Resources
    """What the model needs by default."""
    notes: tuple[str, ...]


def prepare(models: Sequence[ModelVersion], registry: Registry) -> Generated:
    """The script for the one registered model of a deployment.

    Raises ScoredockError `no-code-models`, `no-code-framework`, `no-code-ambiguous`, `no-code-input`.
    """
    return _generated(of_models(models, registry), registry.folder / FOLDER)


def prepare_path(path: Path, registry: Registry) -> Generated:
    """The script for a model file or folder that is not registered; it goes into the service with the script.

    Raises ScoredockError as `prepare`, `file-not-found` and `model-known-bad`.
    """
    return _generated(of_path(path), registry.folder / FOLDER)


def look(models: Sequence[ModelVersion], registry: Registry) -> str:
    """Description of the one model, for people. Raises ScoredockError as `prepare`; nothing is written."""
    subject = of_models(models, registry)
    write_for(subject)
    return subject.recognised.what


def look_at_path(path: Path) -> str:
    """The same for a file or folder. Raises ScoredockError as `prepare_path`."""
    subject = of_path(path)
    write_for(subject)
    return subject.recognised.what


def write_for(subject: Subject) -> GeneratedScript:
    """Script and requirements, without writing anything. Raises ScoredockError `no-code-framework`, `no-code-input`."""
    return FRAMEWORKS[subject.recognised.form](subject)


def source_of(subject: Subject) -> Path:
    """Path of a model that is not registered: the file or folder that `subject.path` names."""
    inside = PurePosixPath(subject.path)
    stored = next(stored for stored, place in subject.beside if place == subject.place)
    below = len(PurePosixPath(stored).parts) - len(inside.parts)
    return subject.place.parents[below - 1] if below else subject.place


def _generated(subject: Subject, root: Path) -> Generated:
    generated_script = write_for(subject)
    place = "" if subject.registered else str(source_of(subject))
    key = hashlib.sha256(f"{generated_script.script}\0{place}".encode()).hexdigest()[:_KEY]
    folder = root / key / _folder_name(subject)
    if not _holds(folder / SCRIPT, generated_script.script):
        _lay_out(folder, generated_script.script, subject)
    with contextlib.suppress(OSError):
        os.utime(folder.parent)  # wanted now, so it is not cleared away before a revision names it
    return Generated(
        script=folder / SCRIPT,
        source_directory=None if subject.registered else folder,
        environment=environment_of(subject, generated_script),
        resources=subject.resources,
        notes=(
            l10n.t(
                "No entry script was given; one was created for {model}, which is {what}.",
                model=subject.title,
                what=subject.recognised.what,
            ),
            *generated_script.notes,
        ),
    )


def environment_of(subject: Subject, generated_script: GeneratedScript) -> EnvironmentSpec:
    """The framework at the model's version; the newest where that does not install any more."""
    framework = (
        subject.recognised.framework if subject.recognised.framework != "Custom" else generated_script.requirements[0]
    )
    return EnvironmentSpec(
        python=generated_script.python,
        python_is_wish=generated_script.python is not None,
        requirements=generated_script.requirements,
        source="default",
        display_name=f"{re.split('[=<>!~]', framework)[0]} without code",
        fallback=generated_script.fallback,
        conda=generated_script.conda,
        image=ImageSpec(steps=steps_for(generated_script.requirements)),
    )


def _folder_name(subject: Subject) -> str:
    """Staging calls the service's folder by it."""
    name = name_of(PurePosixPath(subject.path).stem)
    return name if name != "azureml-models" else "model"


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text("utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def _lay_out(folder: Path, text: str, subject: Subject) -> None:
    """Beside its name and renamed when complete: another process may make the same one."""
    make_private(folder.parent.parent)
    temporary = folder.parent.with_name(f".{folder.parent.name}-{secrets.token_hex(4)}")
    try:
        inside = temporary / folder.name
        make_private(inside)
        script = inside / SCRIPT
        script.write_text(text, "utf-8")
        script.chmod(
            0o444
        )  # it is made anew with each deployment; a copy to edit is what "Generate Entry Script…" gives
        if not subject.registered:
            _link(source_of(subject), inside / subject.path)
        shutil.rmtree(folder.parent, ignore_errors=True)
        with contextlib.suppress(FileExistsError):
            temporary.rename(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    """The model under another name; staging copies what a link names. Systems without links get a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(os.fspath(source), target)
