"""The runtime that goes into an environment is the one of the wheelhouse, not an older build that uv remembers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.progress import CancelToken, Silent

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"


def test_a_newer_build_of_the_same_version_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, house = tmp_path / "source", tmp_path / "wheel house"
    shutil.copytree(RUNTIME, source, ignore=shutil.ignore_patterns("__pycache__", "*_cache"))
    monkeypatch.setenv("SCOREDOCK_WHEELHOUSE", str(house))
    cache = EnvironmentCache(tmp_path / "environments", EnvironmentSettings())
    uv = Path(sys.executable).parent / "uv"
    for number in (1, 2):
        (source / "scoredock_runtime" / "build_number.py").write_text(f"NUMBER = {number}\n")
        shutil.rmtree(house, ignore_errors=True)
        subprocess.run([str(uv), "build", "--quiet", "--wheel", "--out-dir", str(house), str(source)], check=True)
        built = cache.prepare(EnvironmentSpec(None, (), "default", "test"), Silent(), CancelToken())
        probe = "from scoredock_runtime import build_number; print(build_number.NUMBER)"
        told = subprocess.run([str(built.python), "-I", "-c", probe], check=True, capture_output=True, text=True)
        assert told.stdout.strip() == str(number)
