"""What the tests of images as content share."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.oci.content_store import ContentStore

import hypothesis_profiles  # noqa: F401


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path / "store")
