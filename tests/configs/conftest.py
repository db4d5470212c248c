"""Hostile and generated texts are read in this very process: one that asks for all memory fails its own test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import hypothesis_profiles  # noqa: F401
from bounded import bounded_memory


@pytest.fixture(autouse=True, scope="module")
def limits() -> Iterator[None]:
    with bounded_memory():
        yield
