"""A TLS server in the place of Azure Resource Manager and its storage, for scripts that run with azure-ai-ml's client.

It knows the routes of workspaces, models, environments, code, computes, datastores, online and batch endpoints with
their deployments, and blobs with a SAS. What is put is kept and given back with what Azure adds; what it does not know
is refused and noted in `unknown`.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

DOMAIN = "scoredock.test"
"""Every name below it leads to this machine, by the runner."""
HOSTS = f"DNS:management.{DOMAIN},DNS:account.blob.{DOMAIN},DNS:scoring.{DOMAIN}"
KINDS = ("models", "environments", "codes", "data")
ENDPOINTS = ("onlineEndpoints", "batchEndpoints")
_WORKSPACE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices/workspaces/([^/]+)(/.*)?",
    re.IGNORECASE,
)
_LAST_MODIFIED = "Sat, 01 Jan 2022 00:00:00 GMT"


@dataclass
class Azure:
    """What the server has been asked for and keeps."""

    port: int = 0
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By path."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str, str, Any]] = field(default_factory=list)
    """Workspace, method, path below it and body; those that change something, and questions to an endpoint."""
    unknown: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and document of a request to Resource Manager."""
        if path == "/metadata":
            return 200, [self._cloud()]
        match = _WORKSPACE.fullmatch(path)
        if match is None:
            return self._refused(method, path)
        workspace, below = match[1], (match[2] or "").strip("/")
        with self.lock:
            if method != "GET":
                self.requests.append((workspace, method, below, body))
            return self._below(method, path, workspace, below.split("/") if below else [], body)

    def _below(self, method: str, path: str, workspace: str, parts: list[str], body: Any) -> tuple[int, Any]:
        if not parts:
            return 200, self._workspace(path, workspace)
        if parts[0] == "datastores":
            return 200, self._datastore(path, parts)
        if method == "POST":
            return self._action(path, parts)
        if parts[0] not in (*KINDS, *ENDPOINTS, "computes"):
            return self._refused(method, path)
        if method == "PUT":
            self.resources[path] = self._resource(path, parts, body)
            return 201, self.resources[path]
        if method == "DELETE":
            self.resources.pop(path, None)
            return 204, None
        return self._read(path, parts)

    def _read(self, path: str, parts: list[str]) -> tuple[int, Any]:
        is_listing = len(parts) in (1, 3)
        if is_listing:
            depth = path.count("/") + 1
            found = [each for name, each in self.resources.items() if name.startswith(f"{path}/")]
            return 200, {"value": [each for each in found if each["id"].count("/") == depth]}
        if parts[0] in KINDS and len(parts) == 2:
            versions = [name for name in self.resources if name.startswith(f"{path}/versions/")]
            if not versions:
                return self._missing(path)
            properties = {"latestVersion": str(len(versions)), "nextVersion": str(len(versions) + 1)}
            return 200, {"id": path, "name": parts[1], "properties": properties}
        if path not in self.resources and parts[0] == "computes":
            properties = {"computeType": "Kubernetes", "provisioningState": "Succeeded"}
            return 200, {"id": path, "name": parts[1], "location": "westeurope", "properties": properties}
        return (200, self.resources[path]) if path in self.resources else self._missing(path)

    def _resource(self, path: str, parts: list[str], body: Mapping[str, Any]) -> dict[str, Any]:
        properties = {**body.get("properties", {}), "provisioningState": "Succeeded"}
        if parts[0] in ENDPOINTS and len(parts) == 2:
            address = f"https://scoring.{DOMAIN}:{self.port}/{parts[1]}"
            properties |= {"scoringUri": f"{address}/score", "swaggerUri": f"{address}/swagger.json"}
        if parts[0] == "models":
            properties.setdefault("flavors", {})
        if parts[0] == "onlineEndpoints" and len(parts) == 4:
            properties.setdefault("scaleSettings", {"scaleType": "Default"})
        document = {**body, "id": path, "name": parts[-1], "type": "/".join(parts[::2]), "properties": properties}
        return {"location": "westeurope", **document}

    def _action(self, path: str, parts: list[str]) -> tuple[int, Any]:
        action = parts[-1].lower()
        if action == "startpendingupload":
            container = f"https://account.blob.{DOMAIN}:{self.port}/{parts[1]}-{parts[3]}"
            reference = {
                "blobUri": container,
                "credential": {"credentialType": "SAS", "sasUri": f"{container}?sv=2020&sig=test"},
                "storageAccountArmId": "account",
            }
            return 200, {"pendingUploadType": "TemporaryBlobReference", "blobReferenceForConsumption": reference}
        if action == "listkeys":
            return 200, {"primaryKey": "the-first-key", "secondaryKey": "the-second-key"}
        if action == "regeneratekeys":
            return 200, None
        if action == "token":
            return 200, {"accessToken": "a-token", "expiryTimeUtc": 0, "refreshAfterTimeUtc": 0, "tokenType": "Bearer"}
        if action == "getlogs":
            return 200, {"content": "a line of the log\n"}
        return self._refused("POST", path)

    def _workspace(self, path: str, workspace: str) -> dict[str, Any]:
        properties = {"storageAccount": "account", "discoveryUrl": f"https://management.{DOMAIN}:{self.port}/discovery"}
        return {"id": path, "name": workspace, "location": "westeurope", "properties": properties}

    def _datastore(self, path: str, parts: list[str]) -> dict[str, Any]:
        if parts[-1].lower() == "listsecrets":
            return {"secretsType": "Sas", "sasToken": "sv=2020&sig=test"}
        properties = {
            "datastoreType": "AzureBlob",
            "accountName": "account",
            "containerName": "files",
            "endpoint": f"{DOMAIN}:{self.port}",
            "protocol": "https",
            "isDefault": True,
            "credentials": {"credentialsType": "Sas"},
        }
        document = {"id": path, "name": "workspaceblobstore", "properties": properties}
        return document if len(parts) > 1 else {"value": [document]}

    def _cloud(self) -> dict[str, Any]:
        """By which the client learns all addresses."""
        return {
            "name": "ScoredockTest",
            "portal": f"https://portal.azure.{DOMAIN}",
            "resourceManager": f"https://management.{DOMAIN}:{self.port}/",
            "authentication": {"loginEndpoint": f"https://login.{DOMAIN}"},
            "suffixes": {"storage": f"{DOMAIN}:{self.port}"},
        }

    def _missing(self, path: str) -> tuple[int, Any]:
        return 404, {"error": {"code": "UserError", "message": f"{path} was not found"}}

    def _refused(self, method: str, path: str) -> tuple[int, Any]:
        self.unknown.append(f"{method} {path}")
        return 400, {"error": {"code": "UnknownRoute", "message": path}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    azure: Azure

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        host, parts = (self.headers.get("Host") or "").partition(":")[0], urlsplit(self.path)
        if host.startswith("account.blob."):
            self._blob(parts.path, parse_qs(parts.query), body)
        elif host.startswith("scoring."):
            bearer = self.headers.get("Authorization", "")
            self.azure.requests.append(("", "SCORE", parts.path, (bearer, json.loads(body))))
            self._send(200, json.dumps({"echo": json.loads(body)}).encode())
        else:
            document = json.loads(body) if body.strip() else {}
            status, answer = self.azure.answer(self.command, parts.path, document)
            self._send(status, b"" if answer is None else json.dumps(answer).encode())

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _handle

    def _blob(self, path: str, query: Mapping[str, list[str]], body: bytes) -> None:
        headers = {"ETag": '"1"', "Last-Modified": _LAST_MODIFIED, "x-ms-blob-type": "BlockBlob"}
        if self.command in ("HEAD", "GET"):
            is_there = path in self.azure.blobs
            self._send(*((200, b"", headers) if is_there else (404, b"", {"x-ms-error-code": "BlobNotFound"})))
            return
        if query.get("comp", [""])[0] != "metadata":
            self.azure.blobs[path] = body
        self._send(201 if "comp" not in query else 200, b"", headers)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)


@contextmanager
def serving(certificate: Path, key: Path) -> Iterator[Azure]:
    """The server, on a free port of this machine."""
    azure = Azure()
    handler = type("Handler", (_Handler,), {"azure": azure})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    azure.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, name="azure of a test")
    thread.start()
    try:
        yield azure
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
