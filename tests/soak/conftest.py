"""A service under load for as long as one wants."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent


def _runtime_services() -> Any:
    spec = importlib.util.spec_from_file_location("runtime_services", HERE.parent / "runtime" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SERVICES = _runtime_services()

SCRIPT = """
import json, os

def init():
    print("init")

def run(data):
    given = json.loads(data)
    if "fail" in given:
        raise ValueError(given["fail"])
    if "pid" in given:
        return [given["pid"], os.getpid()]
    print("scored", given["name"])
    return [given["name"], sum(map(sum, given["rows"]))]
"""
LEAKING = SCRIPT.replace('print("scored"', 'leaks.append(bytes(3000)); print("scored"').replace(
    "import json", "leaks = []\nimport json"
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Any]:
    made = SERVICES.Service(tmp_path / "svc", sys.executable)
    yield made
    made.clean_up()


@pytest.fixture
def wait_for() -> Any:
    return SERVICES.wait_for


@pytest.fixture
def script() -> str:
    return SCRIPT


@pytest.fixture
def leaking() -> str:
    return LEAKING
