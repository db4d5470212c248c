"""Files of Azure ML v2 that describe a model or an environment by itself."""

from __future__ import annotations

from collections.abc import Mapping

from scoredock import l10n
from scoredock.formats.v2.online_deployment import (
    INVALID,
    EnvironmentPart,
    ModelPart,
    OnlineFileFault,
    defined_environment,
    defined_model,
    document_of,
    text_at,
    texts_at,
)
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class AssetFile:
    """Name, version and descriptions that either file has besides the asset itself."""

    name: str
    """Empty where it says none."""
    version: str
    """As the file has it; the workspace counts by itself."""
    description: str
    tags: Mapping[str, str]
    properties: Mapping[str, str]


def read_model_file(text: str) -> tuple[AssetFile, ModelPart]:
    """Description and files of a model. Raises OnlineFileFault, also where its files are not on this machine."""
    root = document_of(text)
    if not text_at(root, "path"):
        raise OnlineFileFault(INVALID, l10n.t("The model names no path."), root.range)
    part = defined_model(root, has_script=True)
    if part.reference is not None:
        node = root.get("path") or root
        raise OnlineFileFault(
            INVALID,
            l10n.t("The file names no files of the model, but a model that is registered already."),
            node.range,
            l10n.t("Write the path of its files as “path”."),
        )
    return _asset_file(text), part


def read_environment_file(text: str) -> tuple[AssetFile, EnvironmentPart]:
    """Description and definition of an environment. Raises OnlineFileFault."""
    root = document_of(text)
    part = defined_environment(root, has_script=True)
    if part.reference is not None:
        raise OnlineFileFault(
            INVALID, l10n.t("The environment names no image, no conda file and no Dockerfile."), root.range
        )
    return _asset_file(text), part


def _asset_file(text: str) -> AssetFile:
    root = document_of(text)
    return AssetFile(
        text_at(root, "name"),
        text_at(root, "version"),
        text_at(root, "description"),
        texts_at(root, "tags"),
        texts_at(root, "properties"),
    )
