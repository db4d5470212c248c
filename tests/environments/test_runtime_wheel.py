"""The runtime of an environment is the one of the wheelhouse: not an older build that uv remembers, and not what an
index has under its name."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.local_wheels import LocalWheels
from scoredock.environments.pip.own_wheels import DISTRIBUTIONS
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.images import wheels
from scoredock.images.wheels import Target, uv_platform
from scoredock.progress import CancelToken, Silent

from package_index import Release, index_of

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


@pytest.mark.parametrize("requirements", [(), ("kept-inside",)], ids=["the runtime alone", "with a package"])
@pytest.mark.parametrize("kind", ["environment", "image"])
def test_no_request_for_a_name_of_ours_reaches_an_index(
    kind: str,
    requirements: tuple[str, ...],
    cache: EnvironmentCache,
    wheelhouse: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where somebody else owns it, their code would come."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    strangers = [Release(name, "0.1.0") for name in DISTRIBUTIONS]
    with index_of(tmp_path / "index", [Release("h11", "0.16.0"), Release("kept-inside"), *strangers]) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
        spec = EnvironmentSpec(None, requirements, "default", "test")
        if kind == "environment":
            lock = cache.inspect(cache.prepare(spec, Silent(), CancelToken()).key).lock
            assert any(line.startswith("scoredock-runtime==") for line in lock.splitlines()), "told by its version"
        else:
            target = Target(platform.python_version(), uv_platform("glibc 2.36", "x86_64"))
            local = LocalWheels(tmp_path / "local", "")
            wheel = next(wheelhouse.glob("*.whl"))
            lock = "\n".join(wheels.lock(spec, target, wheel, local, Silent(), CancelToken()).lines)
        assert "h11==0.16.0" in lock
        requests = index.asked
        assert any("/h11/" in path for path in requests)
        assert [path for path in requests if "scoredock" in path] == []
