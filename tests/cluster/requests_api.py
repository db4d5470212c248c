"""Custom metrics of a cluster for a test: the open requests of pods, as an adapter serves them to autoscalers. It asks
the `/metrics` of each pod through the API server, and is reached by a Service without pods."""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cluster.running import Cluster, wait_for

METRIC = "scoredock_requests_open"
_GROUP = "custom.metrics.k8s.io"
_VERSION = f"{_GROUP}/v1beta1"
_OBJECTS = """
apiVersion: v1
kind: Service
metadata: {{name: requests}}
spec: {{ports: [{{port: 443, targetPort: {port}}}]}}
---
apiVersion: v1
kind: Endpoints
metadata: {{name: requests}}
subsets: [{{addresses: [{{ip: {address}}}], ports: [{{port: {port}}}]}}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {{name: v1beta1.custom.metrics.k8s.io}}
spec:
  group: custom.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {{name: requests, namespace: {namespace}}}
"""


@contextmanager
def served(cluster: Cluster, namespace: str) -> Iterator[None]:
    """While the cluster serves the metric; it does so for all of its namespaces."""
    with _Api(cluster) as api:
        thread = threading.Thread(target=api.serve_forever)
        thread.start()
        try:
            port = api.server_address[1]
            objects = _OBJECTS.format(address=cluster.place.machine, port=port, namespace=namespace)
            cluster.apply(objects, namespace)
            wait_for(lambda: METRIC in _listed(cluster), "the metric", 60)
            yield
        finally:
            cluster.kubectl("delete", "apiservice", f"v1beta1.{_GROUP}", "--ignore-not-found")
            api.shutdown()
            thread.join()


def _listed(cluster: Cluster) -> str:
    try:
        return cluster.kubectl("get", "--raw", f"/apis/{_VERSION}")
    except AssertionError:
        return ""


class _Api(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, cluster: Cluster) -> None:
        super().__init__((cluster.place.machine, 0), _Handler)
        papers = cluster.place.folder / "credentials"
        self._server = cluster.place.server
        self._trust = ssl.create_default_context(cafile=str(papers / "authority.pem"))
        self._trust.load_cert_chain(papers / "admin.crt", papers / "admin.key")
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(papers / "metrics.crt", papers / "metrics.key")
        self.socket = own.wrap_socket(self.socket, server_side=True)

    def values(self, namespace: str, selector: str) -> list[dict[str, Any]]:
        """Of the pods that answer."""
        query = urllib.parse.urlencode({"labelSelector": selector})
        pods = json.loads(self._read(f"namespaces/{namespace}/pods?{query}"))["items"]
        items = []
        for pod in pods:
            name = pod["metadata"]["name"]
            try:
                text = self._read(f"namespaces/{namespace}/pods/{name}:5001/proxy/metrics")
            except OSError:
                continue
            value = re.search(rf"^{METRIC} ([0-9.]+)$", text, re.MULTILINE)
            described = {"kind": "Pod", "namespace": namespace, "name": name, "apiVersion": "/v1"}
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            assert value, text
            item = {"describedObject": described, "metricName": METRIC, "timestamp": now, "value": value[1]}
            items.append(item)
        return items

    def _read(self, path: str) -> str:
        with urllib.request.urlopen(f"{self._server}/api/v1/{path}", context=self._trust, timeout=10) as answer:
            return bytes(answer.read()).decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Api

    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        listing = {"name": f"pods/{METRIC}", "singularName": "", "namespaced": True, "verbs": ["get"]}
        asked = re.fullmatch(
            rf"/apis/{_VERSION}/namespaces/([^/]+)/pods/[*]/{METRIC}", urllib.parse.unquote(address.path)
        )
        if address.path.rstrip("/") == f"/apis/{_VERSION}":
            resources = [{**listing, "kind": "MetricValueList"}]
            self._send(200, {"kind": "APIResourceList", "groupVersion": _VERSION, "resources": resources})
        elif asked:
            selector = urllib.parse.parse_qs(address.query).get("labelSelector", [""])[0]
            items = self.server.values(asked[1], selector)
            self._send(200, {"kind": "MetricValueList", "apiVersion": _VERSION, "metadata": {}, "items": items})
        else:
            self._send(404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404})

    def _send(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Nobody reads it."""
