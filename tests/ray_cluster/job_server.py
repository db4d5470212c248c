"""A small web server that speaks as much of Ray's job API as a test says."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answers = Mapping[str, tuple[int, Any]]
"""Status and content by method and path, `GET /api/version`; text or what becomes JSON. `ID` stands for that of a job,
which is there from its POST to its DELETE, and for the name of a package."""
_OF_ONE = re.compile(r"(?<=/api/jobs)/[^/]+|(?<=/api/packages/gcs)/[^/]+")


def head(python: str = "3.11.7") -> dict[str, tuple[int, Any]]:
    """Of a cluster with this Python."""
    node = {"node_id": "ab", "node_ip": "10.0.0.1", "state": "ALIVE", "resources_total": {"CPU": 4.0, "memory": 1e9}}
    return {
        "GET /api/version": (200, {"version": "4", "ray_version": "2.60.0", "ray_commit": "c"}),
        "GET /api/v0/cluster_metadata": (200, {"result": True, "data": {"pythonVersion": python}}),
        "GET /api/v0/nodes": (200, {"data": {"result": {"result": [node]}}}),
    }


@dataclass
class JobServer:
    address: str
    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""
    tokens: list[str] = field(default_factory=list)
    """What each gave as its login."""
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    """Of each request that has one, with its method and path."""


@contextmanager
def job_server(answers: Answers) -> Iterator[JobServer]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            key = f"{self.command} {_OF_ONE.sub('/ID', path)}"
            record.asked.append(key)
            record.bodies += [(key, sent)] if sent else []
            has_job = "POST /api/jobs/" in record.asked and "DELETE /api/jobs/ID" not in record.asked
            record.tokens.append(self.headers.get("Authorization", ""))
            status, content = answers.get(key, (404, "404: Not Found"))
            if key.startswith("GET /api/jobs/ID") and not has_job:
                status, content = 404, "404: Not Found"
            body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    record = JobServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield record
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
