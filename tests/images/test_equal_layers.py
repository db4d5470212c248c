"""Equal contents make equal layers: whoever builds, whenever, with whatever in the caches; and none tells who built
it."""

from __future__ import annotations

import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from scoredock.containers.connection import Docker, DockerSettings
from scoredock.environments.settings import EnvironmentSettings
from scoredock.images.built import INTERPRETER, PREFIX
from scoredock.images.environment_images import EnvironmentImages

from image_bench import Bench, remove_named

SETS = "KINDS = {'a', 'b', 'c', 'd', 'e'}\n\n\ndef known(kind):\n    return kind in {'x', 'y', 'z', 'w', 'v'}\n"
_SEARCH = """\
import os, sys
prefix, wanted = sys.argv[1], [word.encode() for word in sys.argv[2:]]
for base, _, names in os.walk(prefix):
    for name in names:
        path = os.path.join(base, name)
        with open(path, "rb") as file:
            held = b"" if os.path.islink(path) else file.read()
        if name == "direct_url.json" or any(word in held for word in wanted):
            print(path)
"""


@dataclass(frozen=True)
class Builder:
    """A person with empty caches."""

    bench: Bench
    folder: Path

    def layers(self, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
        """Digests of the layers of an image that is built and removed again."""
        monkeypatch.setenv("UV_CACHE_DIR", str(self.folder / "uv"))
        root = self.folder / "images"
        root.mkdir(parents=True)
        docker = self.bench.docker
        images = EnvironmentImages(
            root, EnvironmentSettings(), DockerSettings(docker.endpoint), self.bench.images.base_image
        )
        bench = Bench(docker, images, self.bench.name)
        built = bench.prepare(bench.spec("tabulate==0.9.0", "wcwidth==0.2.13", f"{wheel}"))
        assert any(message.startswith("Compiling") for message in bench.told.messages), "it was found, not built"
        words = [str(self.folder), str(wheel.parent)]
        assert bench.run(built.id, INTERPRETER, "-I", "-c", _SEARCH, PREFIX, *words) == ""
        remove_named(docker, bench.name)
        return built.layers


def test_built_twice_with_nothing_kept_between(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker: Docker
) -> None:
    wheel = write_wheel(tmp_path)
    first = Builder(bench, tmp_path / "ada").layers(wheel, monkeypatch)
    time.sleep(1.1)  # times are kept in whole seconds
    second = Builder(bench, tmp_path / "bob").layers(wheel, monkeypatch)
    assert second == first


def write_wheel(folder: Path) -> Path:
    """A package whose bytecode holds sets, and which lies here."""
    path = folder / "kinds-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("kinds.py", SETS)
        wheel.writestr("kinds-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: kinds\nVersion: 1.0\n")
        wheel.writestr("kinds-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("kinds-1.0.dist-info/RECORD", "")
    return path
