"""Docker images as records of a workspace: where an image lies and what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.image_reference import is_image_reference
from scoredock.registry.assets.assets import Assets
from scoredock.registry.grammar import printable
from scoredock.registry.records import AssetRecord, ModelVersion

_MOST_MODELS = 1_000
"""As many as a deployment takes."""


class ReferencedRecords(Protocol):
    """Records that an image refers to: models and other assets of the workspace."""

    @property
    def assets(self) -> Assets: ...

    def model(self, reference: str) -> ModelVersion: ...


def register(
    registry: ReferencedRecords,
    name: str,
    reference: str,
    *,
    models: Sequence[str] = (),
    environment: str = "",
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> AssetRecord:
    """The next version of an image name. The image itself is not looked at.

    `models` and `environment` are `name:version`, or `name` for the newest, and must be registered. Raises
    image-reference-invalid, model-not-found, asset-not-found, and what `Assets.add` raises.
    """
    registry.assets.require("image", name, description, tags or {})
    require_reference(reference)
    if len(models) > _MOST_MODELS:
        raise ScoredockError(
            "image-reference-invalid",
            l10n.t(
                "An image holds up to {limit:,} models, not {count:,}.",
                limit=_MOST_MODELS,
                count=len(models),
            ),
            l10n.t("Name the models that it serves."),
        )
    content = {
        "reference": reference,
        "models": list(dict.fromkeys(registry.model(model).id for model in models)),
        "environment": registry.assets.get("environment", environment).id if environment else "",
    }
    return registry.assets.add("image", name, content, {}, description=description, tags=tags)


def require_reference(reference: str) -> None:
    """Raises image-reference-invalid."""
    if not is_image_reference(reference):
        raise ScoredockError(
            "image-reference-invalid",
            l10n.t("{reference} is not the name of a Docker image.", reference=printable(reference)),
        )


def summary(record: AssetRecord) -> str:
    """The reference, or the script of one that was made here, and how many models are in it."""
    models = record.content.get("models")
    count = len(models) if isinstance(models, list) else 0
    models_held = l10n.t("1 model") if count == 1 else l10n.t("{count} models", count=count)
    made = record.content.get("configuration")
    what = made.get("execution_script", "") if isinstance(made, Mapping) else record.content.get("reference", "")
    return f"{what} · {models_held}" if count else str(what)
