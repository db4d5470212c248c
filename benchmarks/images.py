"""Images of services: an environment found again, made anew with scikit-learn, and a script changed on top of a large
model.

`--with-pip` also builds the same packages by a Dockerfile with pip, which asks the package index; it takes minutes.
"""

from __future__ import annotations

import hashlib
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

from scoredock.containers import image_calls
from scoredock.containers.connection import Docker, DockerSettings
from scoredock.engines.base import ModelFolder
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, ImageSpec
from scoredock.images.built import NAME
from scoredock.images.environment_images import EnvironmentImages
from scoredock.images.members import LayerMember, stream, text
from scoredock.progress import CancelToken, Silent

from measurement import Measurement
from service_layers import put

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import docker_daemon

PACKAGES = ("scikit-learn", "numpy", "pandas", "joblib")
MODEL_BYTES = 200_000_000
ROUNDS = 10


def main() -> int:
    docker = docker_daemon.docker()
    docker_daemon.base_image(docker)
    name = f"bench-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="scoredock-bench-") as held:
        try:
            measure(docker, name, Path(held))
        finally:
            for told in image_calls.labelled(docker, {NAME: name}):
                for reference in image_calls.names_of(told) or [str(told["Id"])]:
                    image_calls.remove(docker, reference)
    return 0


def measure(docker: Docker, name: str, folder: Path) -> None:
    images = EnvironmentImages(
        folder / "images", EnvironmentSettings(), DockerSettings(docker.endpoint), docker_daemon.BASE
    )
    # A step of its own keeps it from finding what another program made of the same packages.
    steps = (f"LABEL {NAME}={name}",)
    spec = EnvironmentSpec(None, PACKAGES, "bench", name, image=ImageSpec(steps=steps))
    began = time.perf_counter()
    built = images.prepare(spec, Silent(), CancelToken())
    cold = time.perf_counter() - began
    Measurement("image with scikit-learn, wheels in uv's cache", "-", f"{cold:.1f} s", None).emit()
    base = image_calls.look(docker, docker_daemon.BASE) or {}
    own = (built.size - int(base.get("Size") or 0)) / 1e6
    Measurement("size of it beyond the base image", "-", f"{own:.0f} MB", None).emit()
    found = statistics.median(timed(lambda: images.prepare(spec, Silent(), CancelToken())) for _ in range(ROUNDS))
    Measurement("the same image found again", "50 ms", f"{found * 1000:.1f} ms", found < 0.05).emit()
    changed_script(docker, images, spec, name, folder)
    if "--with-pip" in sys.argv:
        by_pip(docker, name)


def changed_script(docker: Docker, images: EnvironmentImages, spec: EnvironmentSpec, name: str, folder: Path) -> None:
    """A model of 200 MB in a layer, and a script on top that changes."""
    content = name.encode() * (MODEL_BYTES // len(name))
    held = folder / "model.bin"
    held.write_bytes(content)
    file = ("model.bin", held, len(content), hashlib.sha256(content).hexdigest())
    model = ModelFolder("large", 1, (file,))
    reference = f"scoredock-bench/{name}:1"

    def build(script: str) -> None:
        put(images, spec, reference, model, script)

    first = timed(lambda: build("first"))
    Measurement("a model of 200 MB and a script added", "-", f"{first:.1f} s", None).emit()
    again = statistics.median(timed(lambda number=number: build(f"script {number}")) for number in range(ROUNDS))
    Measurement("the image with a changed script", "1 s", f"{again * 1000:.0f} ms", again < 1).emit()
    image_calls.remove(docker, reference)


def by_pip(docker: Docker, name: str) -> None:
    """The same packages as everybody builds them."""
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    packages = " ".join(PACKAGES)
    written = (
        f"FROM {docker_daemon.BASE}\nLABEL {NAME}={name}\nCOPY ca.pem /tmp/ca.pem\n"
        f"RUN python3 -m venv /opt/v && PIP_CERT=/tmp/ca.pem /opt/v/bin/pip install --no-cache-dir {packages}\n"
    )
    members = [text("Dockerfile", written), LayerMember("ca.pem", bundle, bundle.stat().st_size)]
    tag = f"scoredock-bench/{name}:pip"
    began = time.perf_counter()
    image_calls.build(
        docker, stream(members, CancelToken()), tag=tag, labels={}, platform="", progress=Silent(), cancel=CancelToken()
    )
    seconds = time.perf_counter() - began
    found = image_calls.look(docker, tag) or {}
    base = image_calls.look(docker, docker_daemon.BASE) or {}
    size = (int(found.get("Size") or 0) - int(base.get("Size") or 0)) / 1e6
    Measurement("the same packages by pip in a Dockerfile", "-", f"{seconds:.1f} s, {size:.0f} MB", None).emit()
    image_calls.remove(docker, tag)


def timed(work: object) -> float:
    assert callable(work)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
