"""Declares the contribution for models as images to the core."""

from __future__ import annotations

from typing import ClassVar

from scoredock.features.contribution import Contribution


class _ModelImages(Contribution):
    nameless = ("model/registerImage",)
    command_ways: ClassVar = {"model register --from ": "scoredock.contrib.model_images.terminal:register"}


CONTRIBUTION = _ModelImages()
