"""An image configuration as it is asked for, and as the record of an image has it: taken out for a deployment."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.registry.records import AssetRecord
from scoredock.registry.store.faults import storing

CONFIGURATION = "configuration"
"""Of an image's record: what was asked for, which a record of an image made elsewhere does not have."""
INFERENCE = "inferenceconfig.json"
"""Of the files of a record: the configuration in the words of an inference configuration, beside the person's files."""
_FOLDER = "images"


@dataclass(frozen=True, slots=True)
class ImageConfiguration:
    """Parts of an image besides its models. Paths are absolute."""

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

    def fields(self) -> dict[str, str]:
        """The fields that were given, in the words of Azure ML."""
        fields = {
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
        return {name: value for name, value in fields.items() if value}


def unpacked(registry: Registry, record: AssetRecord, cancel: CancelToken | None = None) -> Path:
    """The inference configuration of an image, beside its files; written out once, as they never change.

    Raises ScoredockError `image-not-deployable`, `model-damaged`, `disk-full`, `cancelled`.
    """
    require_made_here(record)
    folder = registry.folder / _FOLDER / f"{record.name}-{record.version}"
    if (folder / INFERENCE).is_file():
        return folder / INFERENCE
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
    return folder / INFERENCE


def forget(registry: Registry, record: AssetRecord) -> None:
    """Remove what `unpacked` wrote; it can be written again. Never raises."""
    shutil.rmtree(registry.folder / _FOLDER / f"{record.name}-{record.version}", ignore_errors=True)


def require_made_here(record: AssetRecord) -> Mapping[str, Any]:
    """The configuration of an image. Raises ScoredockError `image-not-deployable` for one that was only recorded."""
    configuration = record.content.get(CONFIGURATION)
    if not isinstance(configuration, Mapping):
        raise ScoredockError(
            "image-not-deployable",
            l10n.t(
                "The image {id} was made elsewhere: it is only recorded here, and what is in it is not known.",
                id=record.id,
            ),
        )
    return configuration


def models_of(record: AssetRecord) -> tuple[str, ...]:
    """`name:version` of what an image holds."""
    models = record.content.get("models")
    return tuple(map(str, models)) if isinstance(models, list) else ()
