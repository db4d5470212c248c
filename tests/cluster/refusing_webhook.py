"""A webhook that admits no objects of a kind into a namespace, as the policy of a company may."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cluster.credentials import Credentials
from cluster.running import Cluster, wait_for

_KINDS = {
    "jobs": ("batch", ("create", "job")),
    "deployments": ("apps", ("create", "deployment")),
    "pods": ("", ("run",)),
}
"""API group of each, and the words of kubectl that make one."""


@contextmanager
def refusing_webhook(
    cluster: Cluster, namespace: str, folder: Path, reason: str, resource: str = "jobs"
) -> Iterator[str]:
    """Its name, as long as it refuses; `folder`, a new one, gets its certificates."""
    address = cluster.place.machine  # where the API server, which has a network of its own, reaches this process
    papers = Credentials(folder, cluster.place.server, cluster.context)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*papers.issue("webhook", "/CN=webhook", f"IP:{address}"))
    name = "refuses.example.com"
    with _server(context, address, reason) as port:
        hook = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": f"refuses-{namespace}"},
            "webhooks": [
                {
                    "name": name,
                    "clientConfig": {
                        "url": f"https://{address}:{port}/",
                        "caBundle": base64.b64encode(papers.authority.read_bytes()).decode(),
                    },
                    "rules": [
                        {
                            "apiGroups": [_KINDS[resource][0]],
                            "apiVersions": ["v1"],
                            "operations": ["CREATE", "UPDATE"],
                            "resources": [resource],
                        }
                    ],
                    "namespaceSelector": {"matchLabels": {"refuses": namespace}},
                    "sideEffects": "None",
                    "admissionReviewVersions": ["v1"],
                    "failurePolicy": "Fail",
                }
            ],
        }
        cluster.kubectl("label", "--overwrite", "namespace", namespace, f"refuses={namespace}")
        cluster.kubectl("apply", "-f", "-", text=json.dumps(hook))
        try:
            wait_for(lambda: _refuses(cluster, namespace, reason, resource), "the webhook", 30)
            yield name
        finally:
            cluster.kubectl("delete", "validatingwebhookconfiguration", f"refuses-{namespace}")


def _refuses(cluster: Cluster, namespace: str, reason: str, resource: str) -> bool:
    """Whether the API server asks it by now."""
    words = (*_KINDS[resource][1], "other", "-n", namespace, "--image=busybox", "--dry-run=server")
    try:
        return reason in cluster.kubectl(*words, check=False)
    except AssertionError:
        return False


@contextmanager
def _server(context: ssl.SSLContext, address: str, reason: str) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = {"uid": review["request"]["uid"], "allowed": False, "status": {"code": 403, "message": reason}}
            answer = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": said}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer((address, 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
