"""What tests of images work with: progress that remembers, and one test's images in the real daemon."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from scoredock.containers import image_calls
from scoredock.containers.connection import Docker
from scoredock.containers.layer import unfinished
from scoredock.environments.spec import EnvironmentSpec, ImageSpec
from scoredock.images.built import NAME, BuiltImage
from scoredock.images.environment_images import EnvironmentImages
from scoredock.progress import CancelToken

from pace import patience


@dataclass
class Told:
    """Progress that remembers."""

    messages: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    on_message: Callable[[str], None] | None = None
    on_line: Callable[[str], None] | None = None

    def report(self, message: str, percentage: int | None = None) -> None:
        self.messages.append(message)
        if self.on_message is not None:
            self.on_message(message)

    def output(self, line: str) -> None:
        self.lines.append(line)
        if self.on_line is not None:
            self.on_line(line)


@dataclass
class Bench:
    """What a test makes images with."""

    docker: Docker
    images: EnvironmentImages
    name: str
    """On every image of the test, so that nobody else's is removed."""
    told: Told = field(default_factory=Told)

    def spec(
        self, *requirements: str, python: str | None = None, image: ImageSpec | None = None, source: str = "/p/env.yml"
    ) -> EnvironmentSpec:
        return EnvironmentSpec(
            python=python,
            requirements=requirements,
            source=source,
            display_name=self.name,
            image=image or ImageSpec(),
        )

    def prepare(self, spec: EnvironmentSpec, cancel: CancelToken | None = None) -> BuiltImage:
        return self.images.prepare(spec, self.told, cancel or CancelToken())

    def run(self, image: str, *command: str, **options: object) -> str:
        """What a command prints in a hardened container; its exit code must be 0."""
        api = self.docker.api
        host = api.create_host_config(
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": "size=64m,mode=1777"},
            network_mode="none",
        )
        made = api.create_container(image, entrypoint=[command[0]], command=list(command[1:]), host_config=host)["Id"]
        try:
            api.start(made)
            code = self.docker.patient.wait(made)["StatusCode"]
            said = api.logs(made).decode()
            assert code == 0, said
            return str(said)
        finally:
            image_calls.discard(self.docker, made)

    def until(self, fact: Callable[[], bool]) -> None:
        """Wait for what the daemon does after it was told to give something up."""
        deadline = time.monotonic() + patience(30)
        while not fact():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def leftovers(self) -> list[str]:
        """Containers of nobody in which layers were made, with this test's name as their key or a key of its folder."""
        own = {self.name, *(path.stem for path in self.images.locks.glob("*.lock"))}
        return [key for _, key in unfinished(self.docker) if key in own]


def remove_named(docker: Docker, name: str) -> None:
    for label in (NAME, "com.scoredock.tests"):
        for told in image_calls.labelled(docker, {label: name}):
            for reference in told.get("RepoTags") or [told["Id"]]:
                image_calls.remove(docker, str(reference) if "<none>" not in str(reference) else str(told["Id"]))
