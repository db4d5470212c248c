"""Declares the contribution for exports to the core."""

from __future__ import annotations

from typing import ClassVar

from scoredock.features.contribution import Contribution


class _Exports(Contribution):
    command_ways: ClassVar = {"package functions": "scoredock.contrib.exports.verbs.packages:create_functions"}


CONTRIBUTION = _Exports()
