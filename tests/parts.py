"""Parts that a machine may lack, and what becomes of the tests that need them."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

WITHOUT = frozenset(filter(None, os.environ.get("SCOREDOCK_TEST_WITHOUT", "").split(",")))
"""Parts that this run was told to do without (`npm test -- --without docker,browser`): `docker`, `browser`,
`cluster`, the Kubernetes that tests/cluster/install.sh builds and root starts, `old-python`, a CPython of before 3.9,
which no Debian has, and `tools`, which is whatever else only some systems have."""


def missing(what: str, part: str = "tools") -> NoReturn:
    """Skips the test with one clear line. With `CI=true` it fails, unless the run was told to do without this part."""
    if os.environ.get("CI", "").lower() == "true" and part not in WITHOUT:
        pytest.fail(f"missing on this machine: {what}", pytrace=False)
    pytest.skip(f"missing on this machine: {what}")
