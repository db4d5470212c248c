"""Where the project lies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYSERVER = ROOT / "pyserver"

if str(PYSERVER) not in sys.path:
    # The generator is a development tool and no part of the installed package.
    sys.path.append(str(PYSERVER))


@pytest.fixture
def root() -> Path:
    return ROOT
