"""Pods to be reached: a small and a big page, and what gives back whatever it gets."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from cluster import web
from cluster.running import Cluster, wait_for
from pace import patience

ECHO_PORT = 9000
BIG_BYTES = 12 * 1024 * 1024
_SCRIPT = f"""
b=/bin/busybox; $b mkdir /tmp/www
echo "$HOSTNAME" > /tmp/www/index.html
$b dd if=/dev/zero of=/tmp/www/big bs=1M count=12
$b nc -ll -p {ECHO_PORT} -e /bin/busybox cat &
exec $b httpd -f -p {web.PORT} -h /tmp/www
"""


def started(cluster: Cluster, namespace: str, image: str, *names: str, grace: int = 1, **spec: Any) -> None:
    """They are ready when this returns; `spec` adds to their specification."""
    manifests = []
    for name in names:
        manifest = yaml.safe_load(web.single(image, name, terminationGracePeriodSeconds=grace, **spec))
        container = manifest["spec"]["containers"][0]
        container["command"][-1] = _SCRIPT
        container["resources"]["limits"]["memory"] = "128Mi"
        manifest["metadata"]["labels"] = {"app": "pods"}
        manifests.append(manifest)
    cluster.apply(yaml.safe_dump_all(manifests), namespace)

    def ready() -> bool:
        items = [cluster.get("pod", name, "-n", namespace) for name in names]
        return all(
            any(row["type"] == "Ready" and row["status"] == "True" for row in each["status"].get("conditions", []))
            for each in items
        )

    wait_for(ready, f"the pods {names}", 60)


def page(port: int, path: str = "/") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(30))
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


@contextmanager
def talk(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), patience(30)) as connection:
        yield connection


def heard(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer where the connection ends."""
    parts: list[bytes] = []
    while size > 0 and (part := connection.recv(min(size, 1 << 16))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
