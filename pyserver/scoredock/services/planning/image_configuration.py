"""The files of an image configuration: gathered into the record of an image, and taken out of it for a deployment."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoredock.data_folder import make_private
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.registry.records import AssetRecord
from scoredock.registry.store.faults import storing

CONFIGURATION = "configuration"
"""Of an image's record: what was asked for, which a record of an image made elsewhere does not have."""
_FOLDER = "images"
_SOURCE = "app"
_INFERENCE = "inferenceconfig.json"
_LEFT_OUT = frozenset({"__pycache__", ".git", ".venv", "node_modules", ".ipynb_checkpoints"})
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class ImageConfiguration:
    """What an image is made of besides models. Paths are absolute."""

    execution_script: Path
    runtime: str = "python"
    conda_file: Path | None = None
    docker_file: Path | None = None
    """Further instructions of a Dockerfile."""
    dependencies: tuple[Path, ...] = ()
    """Files and folders that the script needs; below its folder they keep their place, others lie beside it."""
    enable_gpu: bool = False
    base_image: str = ""
    base_image_registry: str = ""
    cuda_version: str = ""

    def told(self) -> dict[str, str]:
        """The fields that were given, in the words of Azure ML."""
        given = {
            "execution_script": self.execution_script.name,
            "runtime": self.runtime,
            "conda_file": self.conda_file.name if self.conda_file else "",
            "docker_file": self.docker_file.name if self.docker_file else "",
            "dependencies": ", ".join(path.name for path in self.dependencies),
            "enable_gpu": "True" if self.enable_gpu else "",
            "base_image": self.base_image,
            "base_image_registry": self.base_image_registry,
            "cuda_version": self.cuda_version,
        }
        return {name: value for name, value in given.items() if value}


def files_of(configuration: ImageConfiguration, most_files: int, most_bytes: int) -> dict[str, Iterator[bytes]]:
    """The bytes of every file by its place, read when they are asked for.

    Raises ScoredockError `file-not-found`, `source-too-large`, `image-configuration-invalid` for two files in one
    place.
    """
    folder = configuration.execution_script.parent
    found: dict[str, Path] = {}
    for path in (configuration.execution_script, configuration.conda_file, configuration.docker_file):
        if path is not None:
            _require(path, folder=False)
            _put(found, path.name, path)
    for path in configuration.dependencies:
        _require(path, folder=path.is_dir())
        inside = path.relative_to(folder) if folder in path.parents else Path(path.name)
        for file in _below(path):
            _put(found, (inside / file.relative_to(path)).as_posix() if file != path else inside.as_posix(), file)
        if len(found) > most_files:
            raise ScoredockError("source-too-large", f"An image may hold {most_files:,} files.")
    if sum(path.stat().st_size for path in found.values()) > most_bytes:
        raise ScoredockError("source-too-large", f"The files of an image may have {most_bytes:,} bytes.")
    files = {f"{_SOURCE}/{name}": _pieces(path) for name, path in found.items()}
    inference = json.dumps(_inference(configuration), indent=2) + "\n"
    return {_INFERENCE: iter([inference.encode()]), **files}


def unpacked(registry: Registry, record: AssetRecord, cancel: CancelToken | None = None) -> Path:
    """The inference configuration of an image, beside its files; written out once, as they never change.

    Raises ScoredockError `image-not-deployable`, `model-damaged`, `disk-full`, `cancelled`.
    """
    require_made_here(record)
    folder = registry.folder / _FOLDER / f"{record.name}-{record.version}"
    if (folder / _INFERENCE).is_file():
        return folder / _INFERENCE
    temporary = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        with storing(folder):
            for file in record.files:
                if cancel is not None:
                    cancel.raise_if_cancelled()
                target = temporary / file.path
                make_private(target.parent)
                shutil.copyfile(registry.assets.path(record, file), target)
            if folder.exists():  # without its configuration: of a killed attempt
                shutil.rmtree(folder)
            temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder / _INFERENCE


def forget(registry: Registry, record: AssetRecord) -> None:
    """Remove what `unpacked` wrote; it can be written again. Never raises."""
    shutil.rmtree(registry.folder / _FOLDER / f"{record.name}-{record.version}", ignore_errors=True)


def require_made_here(record: AssetRecord) -> Mapping[str, Any]:
    """The configuration of an image. Raises ScoredockError `image-not-deployable` for one that was only recorded."""
    told = record.content.get(CONFIGURATION)
    if not isinstance(told, Mapping):
        raise ScoredockError(
            "image-not-deployable",
            f"The image {record.id} was made elsewhere: it is only recorded here, and what is in it is not known.",
        )
    return told


def models_of(record: AssetRecord) -> tuple[str, ...]:
    """`name:version` of what an image holds."""
    models = record.content.get("models")
    return tuple(map(str, models)) if isinstance(models, list) else ()


def _inference(configuration: ImageConfiguration) -> dict[str, object]:
    """The same in the words of an inference configuration of the older form."""
    told: dict[str, object] = {
        "entryScript": configuration.execution_script.name,
        "sourceDirectory": _SOURCE,
        "runtime": configuration.runtime,
    }
    if configuration.conda_file is not None:
        told["condaFile"] = configuration.conda_file.name
    if configuration.docker_file is not None:
        told["extraDockerfileSteps"] = configuration.docker_file.name
    if configuration.enable_gpu:
        told["enableGpu"] = True
    if configuration.cuda_version:
        told["cudaVersion"] = configuration.cuda_version
    if configuration.base_image:
        told["baseImage"] = configuration.base_image
    if configuration.base_image_registry:
        told["baseImageRegistry"] = {"address": configuration.base_image_registry}
    return told


def _put(found: dict[str, Path], name: str, path: Path) -> None:
    if found.setdefault(name, path) != path:
        raise ScoredockError(
            "image-configuration-invalid",
            f"{found[name]} and {path} would both be {name} in the image.",
            "Rename one of them, or put it in a folder of its own.",
            place=Place(str(path)),
        )


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not file.is_symlink() and not _LEFT_OUT.intersection(file.relative_to(path).parts):
            yield file


def _require(path: Path, *, folder: bool) -> None:
    if not (path.is_dir() if folder else path.is_file()):
        raise ScoredockError("file-not-found", f"{path} does not exist.", place=Place(str(path)))


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                yield block
    except OSError as error:
        raise ScoredockError(
            "file-unreadable", f"{path} cannot be read: {error.strerror}.", place=Place(str(path))
        ) from error
