"""Facts about an image of ours: its labels, its Pythons and its names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoredock.containers.image_calls import KEY
from scoredock.late_dataclass import dataclass

NAME = "com.scoredock.environment"
PYTHON = "com.scoredock.python"
SERVER_PYTHON = "com.scoredock.server-python"
"""Only where the scoring runtime has a Python of its own: its version."""
BASE = "com.scoredock.base"
DESCRIPTION = "org.opencontainers.image.description"
"""For whoever meets the image in a list; the name is the OCI image specification's."""
LOCK = "com.scoredock.lock"

PREFIX = "/opt/scoredock/environment"
"""Where the packages lie in every image: a virtual environment, or a conda prefix."""
INTERPRETER = f"{PREFIX}/bin/python"
SERVER_PREFIX = "/opt/scoredock/server"
"""Where the scoring runtime lies, with its Python, beside packages whose Python cannot host it."""
APP_ROOT = "/var/azureml-app"
STATE = "/var/scoredock"
ACCOUNT = 1000
"""User and group id of services in a container."""
PORT = 5001

ENVIRONMENT_REPOSITORY = "scoredock/environment"
PACKAGES_REPOSITORY = "scoredock/packages"
BASE_REPOSITORY = "scoredock/base"
MODELS_REPOSITORY = "scoredock/models"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """A finished image in the store of the daemon."""

    id: str
    """`sha256:…`"""
    reference: str
    """`scoredock/environment:<key>`"""
    key: str
    """The same for the same base image, packages, steps and runtime; 24 hex digits."""
    python: str
    """Path of its interpreter in the image, which the script runs in."""
    python_version: str
    size: int
    """Bytes, those shared with other images included."""
    created: str
    """ISO 8601, as the daemon tells it."""
    display_name: str
    base: str
    """Reference of the image it was made from, as asked for."""
    layers: tuple[str, ...] = ()
    """Digests of its layers, the base's first."""
    server_version: str = ""
    """Version of the Python that the scoring runtime has for itself; empty where it runs in the script's."""

    @property
    def server(self) -> str:
        """Path of the interpreter of the scoring runtime."""
        return interpreter_in(SERVER_PREFIX) if self.server_version else self.python

    @property
    def script_python(self) -> str:
        """Path of the interpreter of the script's own process; empty where the script runs in the runtime's."""
        return self.python if self.server_version else ""


def built_image(reference: str, image: Mapping[str, Any]) -> BuiltImage | None:
    """Facts about an image from the daemon's description, or None if we did not finish it."""
    labels = (image.get("Config") or {}).get("Labels") or {}
    if not labels.get(KEY) or not labels.get(PYTHON):
        return None
    return BuiltImage(
        id=str(image["Id"]),
        reference=reference,
        key=str(labels[KEY]),
        python=INTERPRETER,
        python_version=str(labels[PYTHON]),
        size=int(image.get("Size") or 0),
        created=str(image.get("Created") or ""),
        display_name=str(labels.get(NAME, "")),
        base=str(labels.get(BASE, "")),
        layers=tuple((image.get("RootFS") or {}).get("Layers") or ()),
        server_version=str(labels.get(SERVER_PYTHON, "")),
    )


def interpreter_in(prefix: str) -> str:
    """Path of the interpreter of an environment in an image."""
    return f"{prefix}/bin/python"
