"""The same rollout by others: an image that Docker builds and pushes, set by kubectl; and the cluster alone."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cluster.running import Cluster, wait_for
from docker_daemon import base_image, docker_host
from oci_registry.real_registry import real_registry
from on_cluster.project import SERVICE, Project

_SERVER = """
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ.get("NUMBER", NUMBER).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def log_message(self, *words):
        pass
ThreadingHTTPServer(("0.0.0.0", 5001), Handler).serve_forever()
"""
_ENDS = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"


class Server(NamedTuple):
    """What a container runs in the place of our service: a few lines that answer at once, where nothing else is
    said."""

    image: str = ""
    """Empty for that of our service."""
    command: tuple[str, ...] = ("python3", "-c", _ENDS + _SERVER.replace("NUMBER)", "'0')"))
    """Empty for that of the image."""
    python: str = "python3"
    """In the image, for the pause of a pod that ends."""
    port: int = 5001
    ready: str = "/ready"
    live: str = "/"


class Rollout:
    """A Deployment with replicas, strategy and probes of ours, and another server. With no image of its own it is what
    a cluster itself takes to replace pods: it is changed by a variable, so that nothing is built or pulled."""

    def __init__(self, project: Project, name: str, server: Server) -> None:
        self.project, self.name = project, name
        deployment, service = (self._like(kind) for kind in ("deployment", "service"))
        pod = deployment["spec"]["template"]["spec"]
        _put(server, pod["containers"][0])
        pod["volumes"] = []
        self._replicas, deployment["spec"]["replicas"] = deployment["spec"]["replicas"], 0
        self._apply(deployment)
        self._apply(service)
        port = self._get("service", name)["spec"]["ports"][0]["nodePort"]
        self.address = f"{project.cluster.address_of('node1')}:{port}"

    def set_number(self, number: int) -> None:
        self._kubectl("set", "env", f"deployment/{self.name}", f"NUMBER={number}")
        self.wait()

    def set_image(self, image: str) -> None:
        self._kubectl("set", "image", f"deployment/{self.name}", f"*={image}")
        self.wait()

    @contextmanager
    def awake(self) -> Iterator[None]:
        """It has pods within the block only: those of one way would take the processors from another one."""
        self._scale(self._replicas)
        try:
            yield
        finally:
            self._scale(0)
            wait_for(lambda: not self._get("pods", f"-l=app={self.name}")["items"], "the end of its pods", 120)

    def _scale(self, replicas: int) -> None:
        self._kubectl("scale", f"deployment/{self.name}", f"--replicas={replicas}")
        self.wait()

    def wait(self) -> None:
        self._kubectl("rollout", "status", f"deployment/{self.name}", "--timeout=120s")

    def _like(self, kind: str) -> dict[str, Any]:
        """As the one of our service, under another name."""
        own = copy.deepcopy(self._get(kind, SERVICE))
        labels = {"app": self.name}
        own["metadata"] = {"name": self.name, "labels": labels}
        own.pop("status", None)
        if kind == "service":
            own["spec"] = {
                "type": own["spec"]["type"],
                "selector": labels,
                "ports": [{key: own["spec"]["ports"][0][key] for key in ("port", "targetPort")}],
            }
            return own
        own["spec"]["selector"] = {"matchLabels": labels}
        own["spec"]["template"]["metadata"] = {"labels": labels}
        for spread in own["spec"]["template"]["spec"].get("topologySpreadConstraints", []):
            spread["labelSelector"] = {"matchLabels": labels}
        return own

    def _get(self, kind: str, name: str) -> dict[str, Any]:
        return self.project.cluster.get(kind, name, "-n", self.project.namespace)

    def _apply(self, document: dict[str, Any]) -> None:
        self.project.cluster.apply(json.dumps(document), self.project.namespace)

    def _kubectl(self, *words: str) -> None:
        self.project.cluster.kubectl(*words, "-n", self.project.namespace)


def _put(server: Server, container: dict[str, Any]) -> None:
    container["image"] = server.image or container["image"]
    container["command"] = list(server.command) or None
    container["args"], container["env"], container["volumeMounts"] = [], [], []
    container["ports"][0]["containerPort"] = server.port
    for probe, path in (
        ("startupProbe", server.ready),
        ("readinessProbe", server.ready),
        ("livenessProbe", server.live),
    ):
        container[probe]["httpGet"]["path"] = path
    container["lifecycle"]["preStop"]["exec"]["command"][0] = server.python


class PushedImages:
    """Of one name, built by Docker and pushed to `door`, where the registry of the cluster listens on this machine, as
    Docker speaks HTTP to nobody else."""

    def __init__(self, project: Project, name: str, door: str) -> None:
        self._door, self._registry = door, project.cluster.registry
        # A node goes by what it has under a name, also from an earlier run.
        self._name = f"{name}/{project.namespace}"

    def build(self, context: Path, dockerfile: Path, number: int) -> str:
        """The reference that the nodes pull."""
        name = f"{self._name}:{number}"
        self._docker(
            *("build", "-q", "--network", "host", "-t", f"{self._door}/{name}", "-f", str(dockerfile)), str(context)
        )
        self._docker("push", "-q", f"{self._door}/{name}")
        return f"{self._registry}/{name}"

    def forget(self) -> None:
        """The images leave Docker."""
        if images := sorted(set(self._docker("images", "-q", f"{self._door}/{self._name}").split())):
            self._docker("rmi", "-f", *images)

    def _docker(self, *words: str) -> str:
        env = {**os.environ, "DOCKER_HOST": docker_host(), "DOCKER_BUILDKIT": "0"}
        return subprocess.run(["docker", *words], env=env, check=True, capture_output=True, text=True).stdout


class DockerImages(PushedImages):
    """A Dockerfile that copies one file onto a base that the nodes have: the quickest that a build can be."""

    def __init__(self, project: Project, folder: Path, door: str) -> None:
        super().__init__(project, "docker", door)
        self._folder = folder
        folder.mkdir()
        (folder / "Dockerfile").write_text(f"FROM {base_image()}\nCOPY answers.py /answers.py\nUSER 1000\n")

    def server(self, image: str) -> Server:
        """Of one that was pushed."""
        return Server(image, ("python3", "/answers.py"))

    def push(self, number: int) -> str:
        """The reference that the nodes pull."""
        (self._folder / "answers.py").write_text(_ENDS + _SERVER.replace("NUMBER)", f"'{number}')"))
        return self.build(self._folder, self._folder / "Dockerfile", number)


@contextmanager
def door(cluster: Cluster, folder: Path) -> Iterator[str]:
    """A second server of what the registry of the cluster holds, at a port of this machine."""
    folder.mkdir()
    (folder / "data").symlink_to(cluster.place.folder / "registry", target_is_directory=True)
    with real_registry(folder) as address:
        yield address
