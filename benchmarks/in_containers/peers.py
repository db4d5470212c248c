"""Images with the same small scikit-learn model: ours, and what others install into theirs, all from one base image.

The others' own tools need BuildKit and base images of a registry; so a Dockerfile installs what theirs would, by pip,
and leaves out what theirs take from Debian's packages. That is in their favour.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scoredock.containers import image_calls
from scoredock.containers.connection import Docker, DockerSettings
from scoredock.engines.base import ModelFolder
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, ImageSpec
from scoredock.images.built import NAME
from scoredock.images.environment_images import EnvironmentImages

from service_layers import put

MODEL_NEEDS = ("scikit-learn==1.8.0", "scipy==1.17.1", "joblib", "numpy")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
OURS, AZURE, BENTOML, MLFLOW = "Scoredock", "azureml-defaults", "BentoML", "MLflow"
PACKAGES = {AZURE: ("azureml-defaults==1.62.0",), BENTOML: ("bentoml==1.4.39",), MLFLOW: ("mlflow==3.17.2",)}
LEFT_OUT = {
    BENTOML: "`bentoml containerize` needs BuildKit and python:slim; the pip part of its Dockerfile",
    MLFLOW: (
        "`mlflow models build-docker` needs python:slim or ubuntu; the pip part of its Dockerfile, without nginx and"
        " Java"
    ),
}
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Image:
    """What one build came to."""

    seconds: float
    beyond_base: int
    """Bytes on top of the base image."""
    cached: float = 0.0
    """Seconds of a build of the same with everything that is kept on this machine, where that was measured."""


def build(docker: Docker, base: str, which: str, model: Path, folder: Path) -> Image:
    """From nothing but the base image: whatever would be downloaded is. Raises whatever the build raises."""
    name = f"bench-{secrets.token_hex(4)}"
    below = _size(docker, base)
    try:
        if which == OURS:
            with empty_cache(folder / f"uv-{name}"):
                seconds, reference = _ours(docker, base, model, folder / name, name)
            again, _ = _ours(docker, base, model, folder / name, name)
            return Image(seconds, _size(docker, reference) - below, again)
        began = time.perf_counter()
        reference = _by_pip(docker, base, which, model, name)
        return Image(time.perf_counter() - began, _size(docker, reference) - below)
    finally:
        for told in image_calls.labelled(docker, {NAME: name}):
            for reference in told.get("RepoTags") or ():
                image_calls.remove(docker, str(reference))


@contextmanager
def empty_cache(folder: Path) -> Iterator[None]:
    """uv finds nothing that was downloaded before."""
    before = os.environ.get("UV_CACHE_DIR")
    os.environ["UV_CACHE_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["UV_CACHE_DIR"]
        else:
            os.environ["UV_CACHE_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)


def _ours(docker: Docker, base: str, model: Path, folder: Path, name: str) -> tuple[float, str]:
    """Seconds, and the reference of the image with the model and a script."""
    images = EnvironmentImages(folder, EnvironmentSettings(), DockerSettings(docker.endpoint), base)
    # A step of its own keeps it from finding what somebody made of the same packages.
    spec = EnvironmentSpec(None, MODEL_NEEDS, "bench", name, image=ImageSpec(steps=(f"LABEL {NAME}={name}",)))
    content = model.read_bytes()
    file = (model.name, model, len(content), hashlib.sha256(content).hexdigest())
    reference = f"scoredock-bench/{name}:ours"
    began = time.perf_counter()
    put(images, spec, reference, ModelFolder("model", 1, (file,)), "def run(data): ...\n")
    return time.perf_counter() - began, reference


def _by_pip(docker: Docker, base: str, which: str, model: Path, name: str) -> str:
    """The reference of an image made by a Dockerfile as its documentation describes."""
    packages = " ".join((*PACKAGES[which], *MODEL_NEEDS))
    dockerfile = (
        f"FROM {base}\nLABEL {NAME}={name}\nCOPY ca.pem /tmp/ca.pem\nENV PIP_CERT=/tmp/ca.pem\n"
        f"RUN python3 -m venv /opt/v && /opt/v/bin/pip install --no-cache-dir {packages}\n"
        f"COPY {model.name} score.py /app/\n"
    )
    files = {"Dockerfile": dockerfile.encode(), "ca.pem": BUNDLE.read_bytes(), model.name: model.read_bytes()}
    files["score.py"] = b"def run(data): ...\n"
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    context.seek(0)
    reference = f"scoredock-bench/{name}:pip"
    said = docker.patient.build(
        fileobj=context,
        custom_context=True,
        tag=reference,
        network_mode="host",
        rm=True,
        nocache=True,
        timeout=_SECONDS,
        decode=True,
    )
    last: list[str] = []
    for told in said:
        last = [*last[-5:], str(told.get("stream", ""))]
        if "error" in told:
            raise RuntimeError(f"{told['error']}: {''.join(last)[-300:]}")
    return reference


def _size(docker: Docker, reference: str) -> int:
    return int((image_calls.look(docker, reference) or {}).get("Size") or 0)
