"""Equal contents make equal layers: whoever builds, whenever, with whatever in the caches; and none tells who built
it."""

from __future__ import annotations

import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, ImageSpec
from scoredock.images.built import PREFIX, BuiltImage
from scoredock.images.environment_images import EnvironmentImages

from conda_channel import MINOR, Channel, with_library
from image_bench import Bench, remove_named
from saved_images import built_by, traces

SETS = "KINDS = {'a', 'b', 'c', 'd', 'e'}\n\n\ndef known(kind):\n    return kind in {'x', 'y', 'z', 'w', 'v'}\n"


@dataclass(frozen=True)
class Builder:
    """A person with empty caches."""

    bench: Bench
    folder: Path

    def layers(self, wheel: Path) -> tuple[str, ...]:
        """Digests of the layers of an image that is built and removed again."""
        with built_by(self.folder.name, self.folder) as words:
            bench = self._own_bench()
            built = bench.prepare(bench.spec("tabulate==0.9.0", "wcwidth==0.2.13", f"{wheel}"))
            assert any(message.startswith("Compiling") for message in bench.told.messages), "it was found, not built"
            assert told_by(bench, built, *words, str(wheel.parent)) == {}
            remove_named(bench.docker, bench.name)
            return built.layers

    def conda(self, channel: Channel) -> dict[str, list[str]]:
        """What an image with conda packages tells of who built it."""
        with built_by(self.folder.name, self.folder) as words:
            bench = self._own_bench()
            steps = (f"LABEL com.scoredock.environment={bench.name}", f"ENV LD_LIBRARY_PATH={PREFIX}/lib")
            packages = CondaPackages((f"python={MINOR}", "libpython", "ffmpeg", "greeting"), (channel.url,))
            wanted = EnvironmentSpec(
                f"=={MINOR}.*",
                ("tabulate==0.9.0",),
                str(self.folder / "conda.yml"),
                bench.name,
                conda=packages,
                image=ImageSpec(steps=steps),
            )
            return told_by(bench, bench.prepare(wanted), *words, str(channel.folder))

    def _own_bench(self) -> Bench:
        root = self.folder / "images"
        root.mkdir()
        docker = self.bench.docker
        images = EnvironmentImages(
            root, EnvironmentSettings(), DockerSettings(docker.endpoint), self.bench.images.base_image
        )
        return Bench(docker, images, self.bench.name)


def told_by(bench: Bench, built: BuiltImage, *words: str) -> dict[str, list[str]]:
    """Where words stand in an image, and where pip would tell of the place that a package came from."""
    return traces(built.id, words, above=bench.images.base_image, names=("direct_url.json",))


@pytest.mark.long("tests/packages/test_two_machines.py compares layers at the gate")
def test_built_twice_with_nothing_kept_between(bench: Bench, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path)
    first = Builder(bench, tmp_path / "ada").layers(wheel)
    time.sleep(1.1)  # times are kept in whole seconds
    second = Builder(bench, tmp_path / "bob").layers(wheel)
    assert second == first


@pytest.mark.long("a Python is packed for it; the image of pip packages is asked the same at the gate")
def test_an_image_with_conda_packages_tells_nothing_of_who_built_it(bench: Bench, tmp_path: Path) -> None:
    channel = with_library(tmp_path / "channel")
    assert Builder(bench, tmp_path / "ada").conda(channel) == {}


def write_wheel(folder: Path) -> Path:
    """A package whose bytecode holds sets, and which lies here."""
    path = folder / "kinds-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("kinds.py", SETS)
        wheel.writestr("kinds-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: kinds\nVersion: 1.0\n")
        wheel.writestr("kinds-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("kinds-1.0.dist-info/RECORD", "")
    return path
