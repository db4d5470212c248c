"""The generated script and its configuration as files of the person's own, which behave the same when they are
deployed."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import Cancelled, Place, ScoredockError
from scoredock.no_code.frameworks import GeneratedScript
from scoredock.no_code.generating import SCRIPT, environment_of, source_of, write_for
from scoredock.no_code.subject import Subject, of_models, of_path
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.formats.recognise import name_of
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFile, FreshFolder

CONDA = "conda.yml"
INFERENCE = "inferenceconfig.json"
STEPS = "dockerfile-steps"
_AZURE = ("azureml-defaults", "azureml-contrib-services", "inference-schema[numpy-support]")
"""What the script imports of Azure's; here the scoring runtime stands in for them."""
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def eject(
    models: Sequence[ModelVersion],
    registry: Registry,
    folder: Path,
    environments: EnvironmentCache,
    progress: Progress,
    cancel: CancelToken,
) -> tuple[Path, ...]:
    """Write script, conda file and inference configuration for a registered model into a folder; what was written.

    With what an image needs beside Python's packages comes a file of steps. `environments` tell which versions install.
    Raises ScoredockError `no-code-…`, `project-exists` when one of the files is there already, `io-failed`,
    `disk-full`, `cancelled`.
    """
    return _write(of_models(models, registry), folder, environments, progress, cancel)


def eject_path(
    path: Path, folder: Path, environments: EnvironmentCache, progress: Progress, cancel: CancelToken
) -> tuple[Path, ...]:
    """The same for a model file or folder that is not registered; it is copied where the folder is not its own.

    Raises ScoredockError as `eject`, `file-not-found` and `model-known-bad`.
    """
    return _write(of_path(path), folder, environments, progress, cancel)


def script_text(models: Sequence[ModelVersion], registry: Registry) -> str:
    """The script alone. Raises ScoredockError `no-code-…`."""
    return write_for(of_models(models, registry)).script


def script_text_of_path(path: Path) -> str:
    """The same for a file or folder. Raises ScoredockError `no-code-…`, `file-not-found` and `model-known-bad`."""
    return write_for(of_path(path)).script


def _write(
    subject: Subject, folder: Path, environments: EnvironmentCache, progress: Progress, cancel: CancelToken
) -> tuple[Path, ...]:
    written = write_for(subject)
    spec = environment_of(subject, written)
    configuration = {"entryScript": SCRIPT, "condaFile": CONDA}
    if not subject.registered:
        configuration = {"sourceDirectory": ".", **configuration}
    if spec.image.steps:
        configuration["extraDockerfileSteps"] = STEPS
    for name in (SCRIPT, *(each for key, each in configuration.items() if key != "sourceDirectory"), INFERENCE):
        if (folder / name).exists():
            raise ScoredockError(
                "project-exists",
                l10n.t("{folder} already contains {name}.", folder=folder, name=name),
                place=Place(str(folder / name)),
            )
    texts = {
        SCRIPT: written.script,
        CONDA: conda_text(subject, written, *_installing(spec, environments, progress, cancel)),
        INFERENCE: json.dumps(configuration, indent=2) + "\n",
    }
    if spec.image.steps:
        texts[STEPS] = "\n".join(spec.image.steps) + "\n"
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not subject.registered:
            _bring(source_of(subject), folder / subject.path, cancel)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
    return tuple(folder / name for name in texts)


def _bring(source: Path, target: Path, cancel: CancelToken) -> None:
    """Copy the model, whole or not at all."""

    def copy(one: str, other: str) -> str:
        cancel.raise_if_cancelled()
        return str(shutil.copy2(one, other))

    if target.exists():
        if not target.samefile(source):
            raise ScoredockError(
                "project-exists", l10n.t("{target} already exists.", target=target), place=Place(str(target))
            )
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.is_dir():
        with FreshFile.beside(target) as fresh:
            copy(str(source), str(fresh.path))
            fresh.publish(target, mode=stat.S_IMODE(source.stat().st_mode))
        return
    with FreshFolder.beside(target) as making:
        parts = {making.path.name, making.path.name.removesuffix("-folder")}
        # The folder that is written to may lie in the model's own.
        shutil.copytree(
            source, making.path, copy_function=copy, dirs_exist_ok=True, ignore=lambda _, names: parts & {*names}
        )
        making.publish(target)


def _installing(
    spec: EnvironmentSpec, environments: EnvironmentCache, progress: Progress, cancel: CancelToken
) -> tuple[tuple[str, ...], str]:
    """Requirements that a deployment would take of the model's versions and the newest ones, as a conda file cannot
    name both, and the Python, as `3.11`. Where nothing can be asked the model's own stay. Raises ScoredockError
    `cancelled`.
    """
    wished = re.fullmatch(r"==(\d+\.\d+)\.\*", spec.python or "")
    python = wished[1] if wished else _PYTHON
    if spec.fallback in (None, spec.requirements) and not spec.python_is_wish:
        return spec.requirements, python
    try:
        resolved = environments.resolved(replace(spec, python=spec.python or f"=={_PYTHON}.*"), progress, cancel)
    except Cancelled:
        raise
    except ScoredockError:
        return spec.requirements, python
    return resolved.requirements, ".".join(resolved.python_version.split(".")[:2])


def conda_text(subject: Subject, written: GeneratedScript, requirements: tuple[str, ...], python: str = _PYTHON) -> str:
    """The environment as a conda file that Azure takes as well."""
    left = ", ".join(line for line in written.requirements if line not in requirements)
    conda = written.conda
    channels = (conda.channels if conda is not None else ()) or ("conda-forge",)
    packages = conda.specs if conda is not None else (f"python={python}",)
    lines = [
        *([f"# What the model was made with does not install any more ({left}); the newest is taken."] if left else []),
        f"name: {name_of(subject.title.rpartition('/')[2]).lower()}",
        "channels:",
        *(f"  - {each}" for each in channels),
        "dependencies:",
        *(f"  - {_quoted(each)}" for each in packages),
        "  - pip",
        "  - pip:",
        *(f"      - {_quoted(each)}" for each in (*_AZURE, *requirements)),
    ]
    return "\n".join(lines) + "\n"


def _quoted(line: str) -> str:
    """Line as an item of a list of YAML."""
    return json.dumps(line) if set(line) & set("#:{&*!|>%@`") else line
