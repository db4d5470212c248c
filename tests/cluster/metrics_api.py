"""The metrics API of a cluster, which autoscalers ask for the CPU of pods: `python metrics_api.py PLACE`.

It reads the groups of processes of version 1 every few seconds. A pod has one row of a container, which is all of the
pod.
"""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster.layout import METRICS_PORT, Place

GROUP = "/apis/metrics.k8s.io/v1beta1"
_WINDOW_SECONDS = 3.0
_PODS = {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}


class Usage:
    """CPU of pods between two looks that lie at least a window apart."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._last: dict[str, tuple[float, int]] = {}
        self._cores: dict[str, float] = {}

    def look(self) -> None:
        now = time.monotonic()
        for pod, group in self._groups("cpuacct"):
            try:
                used = int((group / "cpuacct.usage").read_text())
            except OSError:
                continue  # it has ended
            before = self._last.setdefault(pod, (now, used))
            if now - before[0] >= _WINDOW_SECONDS:
                self._cores[pod] = (used - before[1]) / 1e9 / (now - before[0])
                self._last[pod] = (now, used)

    def of(self, pod: str) -> dict[str, str] | None:
        if pod not in self._cores:
            return None
        memory = next((group for name, group in self._groups("memory") if name == pod), None)
        used = "0"
        if memory is not None:
            with contextlib.suppress(OSError):
                used = (memory / "memory.usage_in_bytes").read_text().strip()
        return {"cpu": f"{round(self._cores[pod] * 1000)}m", "memory": used}

    def _groups(self, controller: str) -> Iterator[tuple[str, Path]]:
        """Uid and group of each pod. What ends meanwhile is passed over, which `Path.glob` does not do."""
        for node in self._place.groups(controller).glob("node*"):
            for folder, names, _ in os.walk(node / "kubepods"):
                pods = [name for name in names if name.startswith("pod")]
                names[:] = [name for name in names if name not in pods]
                yield from ((name.removeprefix("pod"), Path(folder, name)) for name in pods)


class Api(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: Place) -> None:
        super().__init__((place.control, METRICS_PORT), _Handler)
        papers = place.folder / "credentials"
        self.usage = Usage(place)
        self._server = place.server
        self._trust = ssl.create_default_context(cafile=str(papers / "authority.pem"))
        self._trust.load_cert_chain(papers / "admin.crt", papers / "admin.key")
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(papers / "metrics.crt", papers / "metrics.key")
        self.socket = own.wrap_socket(self.socket, server_side=True)

    def service_actions(self) -> None:
        self.usage.look()

    def pods(self, path: str, query: str) -> list[dict[str, Any]]:
        """Rows of the pods that a path of the core API lists."""
        with urllib.request.urlopen(f"{self._server}/api/v1/{path}?{query}", context=self._trust, timeout=10) as answer:
            pods = json.load(answer)["items"]
        rows = ((pod, self.usage.of(pod["metadata"]["uid"])) for pod in pods)
        return [_row(pod, usage) for pod, usage in rows if usage is not None]


def _row(pod: dict[str, Any], usage: dict[str, str]) -> dict[str, Any]:
    metadata = {key: pod["metadata"].get(key, {}) for key in ("name", "namespace", "labels")}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    first = pod["spec"]["containers"][0]["name"]
    return {
        "metadata": metadata,
        "timestamp": now,
        "window": f"{_WINDOW_SECONDS:.0f}s",
        "containers": [{"name": first, "usage": usage}],
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Api

    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        rest = address.path.removeprefix(GROUP).strip("/")
        if not address.path.startswith(GROUP):
            self._send(404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404})
        elif not rest:
            self._send(200, {"kind": "APIResourceList", "groupVersion": "metrics.k8s.io/v1beta1", "resources": [_PODS]})
        else:
            items = self.server.pods(rest, address.query)
            listed = {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}}
            self._send(200, {**listed, "items": items})

    def _send(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Nobody reads it."""


if __name__ == "__main__":
    Api(Place(int(sys.argv[1]))).serve_forever()
