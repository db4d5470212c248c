"""A workspace whose services run in containers of a real daemon."""

from __future__ import annotations

import contextlib
import secrets
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker.errors
from scoredock.containers.connection import Docker
from scoredock.containers.layer import unfinished
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.service import Service
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings

from deploy.conftest import ECHO, Place
from docker_daemon import base_image, docker_host
from pace import patience


@dataclass
class Docked(Place):
    """See `Place`; what is deployed runs in a container."""

    docker: Docker
    shared_keys: set[str] | None = None
    """Keys of images that were there before one of its own was to be made."""

    def request(self, script: str = ECHO, name: str = "svc-one", **changes: Any) -> DeployRequest:
        return super().request(script, name, **{"engine": "docker", **changes})

    def deploy(
        self, script: str = ECHO, progress: Any = None, cancel: CancelToken | None = None, **changes: Any
    ) -> Service:
        return self.deployments.deploy(self.request(script, **changes), progress, cancel)

    def containers(self) -> list[dict[str, Any]]:
        """All of this workspace, running or not."""
        wanted = {"label": f"com.scoredock.workspace={self.workspace}"}
        return list(self.docker.api.containers(all=True, filters=wanted))

    def volumes(self) -> list[str]:
        wanted = {"label": f"com.scoredock.workspace={self.workspace}"}
        return sorted(each["Name"] for each in self.docker.api.volumes(filters=wanted)["Volumes"] or [])

    def unfinished(self) -> list[str]:
        """Containers in which images of this place are being made; others work on this daemon, too."""
        locks = self.workspace / "images" / "locks"
        return [container for container, key in unfinished(self.docker) if (locks / f"{key}.lock").exists()]

    def own_requirements(self) -> Path:
        """Requirements with a package that nobody else has, so that an image has to be made for it."""
        self.shared_keys = self._keys()
        name = f"scoredock_tests_{secrets.token_hex(6)}"
        wheel = self.project / f"{name}-1.0-py3-none-any.whl"
        told = f"{name}-1.0.dist-info"
        kind = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{name}.py", "")
            archive.writestr(f"{told}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            archive.writestr(f"{told}/WHEEL", kind)
            archive.writestr(f"{told}/RECORD", "")
        return self.write("requirements.txt", f"{wheel}\n")

    def remove_images(self) -> None:
        """Those that were made since it has requirements of its own, the ones above first."""
        if self.shared_keys is None:
            return
        keys = self._keys() - self.shared_keys
        found = [each for each in self.docker.api.images() if (each["Labels"] or {}).get("com.scoredock.key") in keys]
        for image in sorted(found, key=lambda each: -each["Created"]):
            with contextlib.suppress(docker.errors.APIError):  # an image of another test is made of it
                self.docker.api.remove_image(image["Id"], force=True)

    def _keys(self) -> set[str]:
        return {lock.stem for lock in (self.workspace / "images" / "locks").glob("*.lock")}

    def kill(self) -> None:
        """The only running container, from outside, as an administrator would."""
        (running,) = [each for each in self.containers() if each["State"] == "running"]
        self.docker.api.kill(running["Id"])

    def no_orphans(self) -> None:
        assert [each["Names"] for each in self.containers()] == []
        assert self.volumes() == []
        assert list((self.workspace / "services").glob("*")) == []

    def until(self, *states: str, name: str = "svc-one", seconds: float = 10.0) -> Service:
        deadline = time.monotonic() + patience(seconds)
        while (seen := self.deployments.service(name)).state not in states:
            assert time.monotonic() < deadline, f"still {seen.state} {seen.phase}"
            time.sleep(0.02)
        return seen


def settings(**changes: Any) -> DeploySettings:
    """Of a workspace whose images start from the tests' own base image."""
    from scoredock.containers.connection import DockerSettings

    usual: dict[str, Any] = {
        "start_timeout": 60.0,
        "stop_grace": 2.0,
        "docker": DockerSettings(docker_host()),
        "base_image": base_image(),
    }
    return DeploySettings(**{**usual, **changes})


def docked(folder: Path, images: Path, used: DeploySettings | None = None) -> Docked:
    """A workspace in `folder` that remembers its images in `images`, which may be shared."""
    from scoredock.containers.connection import connect

    workspace = folder / "home" / "workspaces" / "local"
    workspace.mkdir(parents=True)
    (workspace / "images").symlink_to(images)
    project = folder / "project"
    project.mkdir()
    registry = Registry(workspace)
    used = used or settings()
    return Docked(project, workspace, registry, Deployments(registry, settings=used), connect(used.docker))
