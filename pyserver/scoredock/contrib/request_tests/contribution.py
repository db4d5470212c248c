"""Declares the contribution for tests of requests to the core."""

from __future__ import annotations

from typing import ClassVar

from scoredock.features.contribution import Contribution


class _RequestTests(Contribution):
    noun = "test"
    references: ClassVar = {"service": "service"}
    nameless = ("test/debugTargets",)


CONTRIBUTION = _RequestTests()
