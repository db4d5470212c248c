"""A workspace of Azure ML as a TLS server of ours, for pulls: the server of `migration.azure_server` with what a shelf
has, blobs that are listed and read in parts, tokens that end, and faults.

The client library reaches it through a proxy, which stands in for the names below `scoredock.test`; the proxy also
gives tokens, as the managed identity of an App Service does. Every request is kept in `log`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from azure_pull.login_server import HOST, LoginServer
from azure_pull.services_of_v1 import ROUTE, ServicesOfV1
from migration.azure_server import DOMAIN, Azure

SUBSCRIPTION, GROUP, WORKSPACE = "00000000-1111-2222-3333-444444444444", "shelf-group", "shelf"
ROOT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
)
ACCOUNT_KEY = base64.b64encode(b"the account key of the test, secret").decode()
SAS = "sv=2022-11-02&sp=rl&sig=SECRETSIGNATURE"
SECRETS = ("secret-token-", "SECRETSIGNATURE", ACCOUNT_KEY)
"""What may be in no output and no file."""
FOREIGN = "thief.test"
"""A domain that the cloud does not know."""
UNNAMED = f"other.blob.{DOMAIN}"
"""An account in the cloud's storage that no datastore names."""
_PIECE = 1 << 16
_CREATED = "2022-01-01T00:00:00.000000Z"
_STAMP = "Sat, 01 Jan 2022 00:00:00 GMT"
_SYSTEM = {"createdAt": _CREATED, "createdBy": "Ana", "createdByType": "User", "lastModifiedAt": _CREATED}


@dataclass
class Blob:
    """Bytes, or so many repeated from a seed, which take no memory."""

    content: bytes = b""
    size: int = -1
    metadata: dict[str, str] = field(default_factory=dict)
    has_md5: bool = True
    etag: str = '"0x1"'
    refusal: tuple[int, str] | None = None
    """Status and code that its reading gets."""
    redirect: str = ""
    """Where its reading is sent on to."""

    def __post_init__(self) -> None:
        if self.size < 0:
            self.size = len(self.content)

    def part(self, start: int, end: int) -> bytes:
        if len(self.content) == self.size:
            return self.content[start:end]
        width = len(self.content)
        first = start % width
        return (self.content * ((end - start) // width + 2))[first : first + end - start]

    def digest(self, name: str) -> str:
        made = hashlib.new(name)
        for start in range(0, self.size, 1 << 20):
            made.update(self.part(start, min(self.size, start + (1 << 20))))
        return made.hexdigest()


def seeded(seed: str, size: int) -> Blob:
    return Blob(hashlib.sha256(seed.encode()).digest() * 2048, size)


@dataclass
class Shelf(Azure):
    """What the workspace has, and what goes wrong in it."""

    shelf: dict[str, Blob] = field(default_factory=dict)
    """Container and name → blob."""
    log: list[tuple[str, str]] = field(default_factory=list)
    """Method and address, without its query, of every request."""
    page: int = 100
    token_seconds: float = 3600.0
    tokens: dict[str, float] = field(default_factory=dict)
    """Token → when it ends."""
    is_down: bool = False
    """Every connection is closed, those under way too."""
    cut_after: int = -1
    """So many bytes of blobs are sent, then the server is down; negative for no limit."""
    pause: float = 0.0
    """Seconds before each part of a blob, so that a kill finds something under way."""
    credential: str = "Sas"
    no_sas: bool = False
    """Whether storage refuses its signature once."""
    next_host: str = ""
    """Where the next page of a list is said to be; empty for the same host."""
    strangers: list[tuple[str, str]] = field(default_factory=list)
    """Host and all of the head of each request that foreign and unnamed hosts got."""
    is_open: bool = True
    """Whether these give their files to anybody."""
    services: ServicesOfV1 = field(default_factory=ServicesOfV1)
    _login: LoginServer | None = None

    # ------------------------------------------------------------------------------------------ what is there

    def add_blob(self, path: str, blob: Blob | bytes) -> None:
        self.shelf[path] = Blob(blob) if isinstance(blob, bytes) else blob

    def add_model(self, name: str, version: str, files: Mapping[str, Blob | bytes], **more: Any) -> str:
        """A model whose files are below a folder of the datastore, or are one file."""
        place = more.pop("place", f"LocalUpload/{name}-{version}")
        for path, content in files.items():
            self.add_blob(f"files/{place}/{path}", content)
        tail = more.pop("tail", next(iter(files)).partition("/")[0] if files else "model")
        uri = more.pop(
            "uri",
            f"azureml:/{ROOT}/datastores/workspaceblobstore/paths/{place}/{tail}".replace(
                "azureml://subscriptions", "azureml://subscriptions"
            ),
        )
        uri = uri.replace("/providers/Microsoft.MachineLearningServices/workspaces/", "/workspaces/").replace(
            "resourceGroups", "resourcegroups"
        )
        properties = {"modelUri": uri, "modelType": "custom_model", "tags": {}, "properties": {}, "flavors": {}, **more}
        self.resources[f"{ROOT}/models/{name}/versions/{version}"] = document(
            f"models/{name}/versions/{version}", properties
        )
        return f"{ROOT}/models/{name}/versions/{version}"

    def add(self, below: str, properties: Mapping[str, Any], **more: Any) -> str:
        """A resource by its path below the workspace."""
        self.resources[f"{ROOT}/{below}"] = {**document(below, properties), **more}
        return f"{ROOT}/{below}"

    # ------------------------------------------------------------------------------------------ management

    def answer_query(self, method: str, path: str, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        path = unquote(path)
        if path == "/metadata":
            return 200, [self._cloud()]
        if path == "/discovery":
            return self.services.discovery(self.port)
        if path.startswith(f"{ROUTE}{ROOT}"):
            return self._of_v1(method, path[len(ROUTE) + len(ROOT) :], query)
        match = re.match(r"/subscriptions/[^/]+/resourceGroups/[^/]+/", path, re.IGNORECASE)
        if match is None or not path.lower().startswith(ROOT.lower()):
            return self._missing(path)
        path = ROOT + path[len(ROOT) :]
        parts = path[len(ROOT) :].strip("/").split("/")
        if parts == [""]:
            return 200, self._workspace(path, WORKSPACE) | {"systemData": _SYSTEM}
        if parts[0] == "datastores":
            return self._datastores(method, path, parts)
        if method != "GET":
            self.unknown.append(f"{method} {path}")
            return 403, {"error": {"code": "ReadOnly", "message": path}}
        if len(parts) % 2 == 0:
            return (200, self.resources[path]) if path in self.resources else self._missing(path)
        return self._listing(path, parts, query)

    def _of_v1(self, method: str, path: str, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        if method != "GET":
            self.unknown.append(f"{method} {path}")
            return 403, {"error": {"code": "ReadOnly", "message": path}}
        return self.services.answer(path, query, f"https://mms.{DOMAIN}:{self.port}{ROUTE}{quote(ROOT)}")

    def _listing(self, path: str, parts: list[str], query: Mapping[str, list[str]]) -> tuple[int, Any]:
        view = query.get("listViewType", ["ActiveOnly"])[0]
        if parts[0] in ("models", "environments") and len(parts) == 1:
            versions: dict[str, list[dict[str, Any]]] = {}
            for name, each in self.resources.items():
                if name.startswith(f"{path}/"):
                    versions.setdefault(name[len(path) + 1 :].split("/")[0], []).append(each)
            found = [
                document(
                    f"{parts[0]}/{name}", {"latestVersion": all_[-1]["name"], "nextVersion": "9", "isArchived": False}
                )
                for name, all_ in versions.items()
                if view != "ArchivedOnly" and (view == "All" or any(not is_archived(each) for each in all_))
            ]
        else:
            depth = path.count("/") + 1
            found = [
                each
                for name, each in self.resources.items()
                if name.startswith(f"{path}/") and name.count("/") == depth
            ]
            if view != "All":
                found = [each for each in found if is_archived(each) == (view == "ArchivedOnly")]
        skip = int(query.get("$skip", ["0"])[0])
        answer: dict[str, Any] = {"value": found[skip : skip + self.page]}
        if skip + self.page < len(found):
            kept = "&".join(f"{key}={quote(values[0])}" for key, values in query.items() if key != "$skip")
            address = f"{self.next_host or f'https://management.{DOMAIN}:{self.port}'}{quote(path)}"
            answer["nextLink"] = f"{address}?{kept}&$skip={skip + self.page}"
        return 200, answer

    def _datastores(self, method: str, path: str, parts: list[str]) -> tuple[int, Any]:
        if parts[-1].lower() == "listsecrets":
            if self.credential == "AccountKey":
                return 200, {"secretsType": "AccountKey", "key": ACCOUNT_KEY}
            return 200, {"secretsType": "Sas", "sasToken": SAS}
        stores = {name: self._store(name, container) for name, container in CONTAINERS.items()}
        if len(parts) == 1:
            return 200, {"value": list(stores.values())}
        return (200, stores[parts[1]]) if parts[1] in stores else self._missing(path)

    def _store(self, name: str, container: str) -> dict[str, Any]:
        properties = {
            "datastoreType": "AzureBlob",
            "accountName": "account",
            "containerName": container,
            "endpoint": f"{DOMAIN}:{self.port}",
            "protocol": "https",
            "isDefault": name == "workspaceblobstore",
            "credentials": {"credentialsType": self.credential},
        }
        return document(f"datastores/{name}", properties)

    @property
    def login(self) -> LoginServer:
        """By which a person signs in."""
        if self._login is None:
            self._login = LoginServer(self.new_token)
        return self._login

    def accepts(self, authorization: str) -> bool:
        return self.tokens.get(authorization.removeprefix("Bearer "), 0.0) > time.time()

    def new_token(self) -> tuple[str, int]:
        token, end = f"secret-token-{len(self.tokens)}", time.time() + self.token_seconds
        self.tokens[token] = end
        return token, int(end)


CONTAINERS = {"workspaceblobstore": "files", "workspaceartifactstore": "azureml"}


def document(below: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    parts = below.split("/")
    kind = "/".join(parts[::2])
    return {
        "id": f"{ROOT}/{below}",
        "name": parts[-1],
        "type": f"Microsoft.MachineLearningServices/workspaces/{kind}",
        "location": "westeurope",
        "tags": {},
        "properties": {"provisioningState": "Succeeded", **properties},
        "systemData": _SYSTEM,
    }


def is_archived(resource: Mapping[str, Any]) -> bool:
    return bool(resource["properties"].get("isArchived"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    shelf: Shelf

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        assert len(body) < 1 << 20
        host, parts = (self.headers.get("Host") or "").partition(":")[0], urlsplit(self.path)
        self.shelf.log.append((self.command, f"{host.partition('.')[0]}{parts.path}"))
        if self.shelf.is_down:
            self._vanish()
            return
        query = parse_qs(parts.query, keep_blank_values=True)
        if host.endswith((FOREIGN, UNNAMED)):
            self.shelf.strangers.append((host, f"{self.path}\n{self.headers}"))
            self._foreign(unquote(parts.path), query)
        elif host == HOST:
            self._document(*self.shelf.login.serve(self.command, parts.path, body))
        elif ".blob." in host:
            self._blob(unquote(parts.path), query)
        elif parts.path not in ("/metadata", "/discovery") and not self.shelf.accepts(
            self.headers.get("Authorization", "")
        ):
            self._document(401, {"error": {"code": "AuthenticationFailed", "message": "The token has expired."}})
        else:
            self._document(*self.shelf.answer_query(self.command, parts.path, query))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _handle

    def _vanish(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _document(self, status: int, content: Any) -> None:
        import json

        self._send(
            status, b"" if content is None else json.dumps(content).encode(), {"Content-Type": "application/json"}
        )

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    # ------------------------------------------------------------------------------------------ blobs

    def _blob(self, path: str, query: Mapping[str, list[str]]) -> None:
        if self.command not in ("GET", "HEAD"):
            self.shelf.unknown.append(f"{self.command} {path}")
            self._refuse(403, "AuthorizationPermissionMismatch")
            return
        if not (query.get("sig") == ["SECRETSIGNATURE"] or self._is_signed()) or self.shelf.no_sas:
            self.shelf.no_sas = False
            self._refuse(403, "AuthenticationFailed")
            return
        if query.get("comp") == ["list"]:
            self._list(path.strip("/"), query)
            return
        blob = self.shelf.shelf.get(path.lstrip("/"))
        if blob is None:
            self._refuse(404, "BlobNotFound")
            return
        if blob.redirect:
            self._send(302, b"", {"Location": blob.redirect})
            return
        if blob.refusal is not None:
            self._refuse(*blob.refusal)
            return
        self._read(blob)

    def _foreign(self, path: str, query: Mapping[str, list[str]]) -> None:
        blob = self.shelf.shelf.get(path.lstrip("/"))
        if not self.shelf.is_open:
            self._send(401, b"", {"WWW-Authenticate": f"Bearer authorization_uri=https://{FOREIGN}/t"})
        elif query.get("comp") == ["list"]:
            self._list(path.strip("/"), query)
        elif blob is None:
            self._document(200, {"value": []})
        else:
            self._read(blob)

    def _is_signed(self) -> bool:
        authorization = self.headers.get("Authorization", "")
        return authorization.startswith("SharedKey account:") or self.shelf.accepts(authorization)

    def _refuse(self, status: int, code: str) -> None:
        text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>no</Message></Error>'
        self._send(status, text.encode(), {"Content-Type": "application/xml", "x-ms-error-code": code})

    def _list(self, container: str, query: Mapping[str, list[str]]) -> None:
        prefix, most = query.get("prefix", [""])[0], int(query.get("maxresults", ["1000"])[0])
        after = query.get("marker", [""])[0]
        names = sorted(
            path[len(container) + 1 :] for path in self.shelf.shelf if path.startswith(f"{container}/{prefix}")
        )
        names = [name for name in names if name > after]
        rest = names[most:]
        blobs = "".join(self._entry(name, self.shelf.shelf[f"{container}/{name}"]) for name in names[:most])
        marker = f"<NextMarker>{escape(names[most - 1])}</NextMarker>" if rest else "<NextMarker />"
        text = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{container}">'
            f"<Prefix>{escape(prefix)}</Prefix><Blobs>{blobs}</Blobs>{marker}</EnumerationResults>"
        )
        self._send(200, text.encode(), {"Content-Type": "application/xml"})

    def _entry(self, name: str, blob: Blob) -> str:
        md5 = base64.b64encode(bytes.fromhex(blob.digest("md5"))).decode() if blob.has_md5 else ""
        meta = "".join(f"<{key}>{value}</{key}>" for key, value in blob.metadata.items())
        return (
            f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{_STAMP}</Last-Modified>"
            f"<Etag>{blob.etag}</Etag><Content-Length>{blob.size}</Content-Length><BlobType>BlockBlob</BlobType>"
            f"<Content-MD5>{md5}</Content-MD5></Properties><Metadata>{meta}</Metadata></Blob>"
        )

    def _read(self, blob: Blob) -> None:
        wanted = self.headers.get("If-Match", "")
        if wanted and wanted != blob.etag:
            self._refuse(412, "ConditionNotMet")
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("x-ms-range") or self.headers.get("Range") or "")
        start = int(asked[1]) if asked else 0
        end = min(blob.size, int(asked[2]) + 1 if asked and asked[2] else blob.size)
        if asked and start >= max(blob.size, 1):
            self._refuse(416, "InvalidRange")
            return
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{blob.size}")
        headers = {"ETag": blob.etag, "Last-Modified": _STAMP, "x-ms-blob-type": "BlockBlob", "Accept-Ranges": "bytes"}
        for name, value in {**headers, "Content-Length": str(end - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._stream(blob, start, end)

    def _stream(self, blob: Blob, start: int, end: int) -> None:
        while start < end:
            size = min(_PIECE, end - start)
            if self.shelf.pause:
                time.sleep(self.shelf.pause)
            if self.shelf.cut_after >= 0:
                size = min(size, self.shelf.cut_after)
                self.shelf.cut_after -= size
                self.shelf.is_down = self.shelf.is_down or self.shelf.cut_after == 0
            self.wfile.write(blob.part(start, start + size))
            start += size
            if self.shelf.is_down:
                self.wfile.flush()
                self._vanish()
                return


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    shelf: Shelf

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        """A token, as the managed identity gives it."""
        token, end = self.shelf.new_token()
        text = f'{{"access_token": "{token}", "expires_on": "{end}", "resource": "r", "token_type": "Bearer"}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_CONNECT(self) -> None:
        name = self.path.partition(":")[0]
        if not name.endswith((DOMAIN, HOST, FOREIGN)):
            self.shelf.unknown.append(f"CONNECT {self.path}")
            self.send_error(502)
            return
        with socket.create_connection(("127.0.0.1", self.shelf.port)) as other:
            other.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            ends = {self.connection: other, other: self.connection}
            while True:
                ready, _, _ = select.select(list(ends), [], [], 60)
                if not ready:
                    break
                for each in ready:
                    with suppress(OSError):
                        data = each.recv(1 << 18)
                        if data:
                            ends[each].sendall(data)
                            continue
                    self.close_connection = True
                    return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is not a fault."""


@contextmanager
def serving(folder: Path, certificate: Path, key: Path) -> Iterator[tuple[Shelf, dict[str, str]]]:
    """The shelf, and the variables by which a client finds it; `authority.pem` is in the folder."""
    shelf = Shelf()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"shelf": shelf}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    shelf.port = server.server_address[1]
    proxy = _Server(("127.0.0.1", 0), type("Proxy", (_Proxy,), {"shelf": shelf}))
    address = f"http://127.0.0.1:{proxy.server_address[1]}"
    threads = [threading.Thread(target=each.serve_forever, args=(0.05,)) for each in (server, proxy)]
    for thread in threads:
        thread.start()
    variables = {
        "ARM_CLOUD_METADATA_URL": f"https://management.{DOMAIN}:{shelf.port}/metadata",
        "REQUESTS_CA_BUNDLE": str(folder / "authority.pem"),
        "HTTPS_PROXY": address,
        "NO_PROXY": "127.0.0.1",
        "IDENTITY_ENDPOINT": f"{address}/token",
        "IDENTITY_HEADER": "of-the-test",
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
    }
    try:
        yield shelf, variables
    finally:
        for each in (server, proxy):
            each.shutdown()
            each.server_close()
        for thread in threads:
            thread.join()
