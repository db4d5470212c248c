"""A changed script by BentoML: a bento, an image of it, set by kubectl."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from docker_daemon import base_image
from in_containers.peers import BENTOML, BUNDLE, PACKAGES
from on_cluster.peers import PushedImages, Server
from on_cluster.project import Project
from serving.peers import interpreter

_SERVICE = """
import bentoml


@bentoml.service(workers=1)
class Scoring:
    @bentoml.api(route="/score")
    def answer(self, data: list[int]) -> int:
        return NUMBER
"""
_BENTOFILE = """
service: "service:Scoring"
include: ["service.py"]
python:
  requirements_txt: "requirements.txt"
  lock_packages: false
"""
_PYTHON = "/app/.venv/bin/python"
_CHANGES = (
    (r"FROM \S+ AS base-container", "FROM {base}"),
    (r"RUN apt-get update .*\n", ""),
    (r"RUN command -v uv .*\n", ""),
    (r"RUN UV_PYTHON_INSTALL_DIR=\S+ uv venv --python \S+ /app/.venv", "RUN python3 -m venv /app/.venv"),
    (r"uv --directory \S+ pip install", "PIP_CERT=$BENTO_PATH/env/python/ca.pem pip install --no-cache-dir"),
    (r"USER bentoml\n", "USER 1034\n"),
)
"""In the Dockerfile that BentoML writes, where it takes something from Docker Hub, Debian or uv; and the account by its
number, without which a cluster does not know that it is not root. `cluster_services.ABOUT` says it."""


class BentoImages(PushedImages):
    """What `bentoml build` makes of a service, as an image on the base that the nodes have."""

    def __init__(self, project: Project, folder: Path, door: str) -> None:
        super().__init__(project, "bentoml", door)
        self._source, self._home = folder / "source", folder / "home"
        # `bentoml build` fetches uv where it is not there.
        self._bentoml = interpreter("BentoML with uv", (*PACKAGES[BENTOML], "uv")).with_name("bentoml")
        self._source.mkdir(parents=True)
        (self._source / "bentofile.yaml").write_text(_BENTOFILE)
        (self._source / "requirements.txt").write_text("\n".join(PACKAGES[BENTOML]) + "\n")

    def server(self, image: str) -> Server:
        """Answers at the addresses that BentoML itself has for probes."""
        return Server(image, (), _PYTHON, 3000, ready="/readyz", live="/livez")

    def push(self, number: int) -> str:
        """The reference that the nodes pull."""
        (self._source / "service.py").write_text(_SERVICE.replace("NUMBER", str(number)))
        env = {**os.environ, "BENTOML_HOME": str(self._home), "BENTOML_DO_NOT_TRACK": "True"}
        command = [str(self._bentoml), "build", "--version", str(number)]
        subprocess.run(command, cwd=self._source, env=env, check=True, capture_output=True)
        bento = self._home / "bentos" / "scoring" / str(number)
        shutil.copyfile(BUNDLE, bento / "env" / "python" / "ca.pem")
        dockerfile = self._home / "Dockerfile"
        dockerfile.write_text(_on_base((bento / "env" / "docker" / "Dockerfile").read_text()))
        return self.build(bento, dockerfile, number)


def _on_base(text: str) -> str:
    """The Dockerfile of a bento, on the base of the others. Raises AssertionError for that of another version."""
    for pattern, replacement in _CHANGES:
        text, count = re.subn(pattern, replacement.format(base=base_image()), text)
        assert count == 1, (pattern, text)
    return text
