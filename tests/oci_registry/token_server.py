"""A token server for Debian's registry: JSON Web Tokens that openssl signs, with whatever life a test wants.

https://distribution.github.io/distribution/spec/auth/jwt/. The registry takes a token for 60 s after its end.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from certificates import pair
from oci_registry.real_registry import PASSWORD, USER

LEEWAY_SECONDS = 60
SERVICE = "tests"
ISSUER = "token server of the tests"


class TokenServer:
    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self.valid_seconds = 300.0
        """How long the registry takes a token."""
        self.stated_seconds: float | None = 300
        """`expires_in`; None leaves it out."""
        self.identity_token = "canary-identity-1"
        self.next_identity_token = ""
        self.allows_anonymous = False
        self.requests: list[tuple[str, dict[str, list[str]]]] = []
        """Method and fields of each."""
        self.tokens: list[str] = []
        self.certificate, self._key = pair(folder, "tokens", "2048")
        self._folder = folder
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((host, 0), self._handler())
        self._host = host
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def settings(self) -> dict[str, Any]:
        """For the registry."""
        return {
            "token": {
                "realm": f"http://{self._host}:{self._server.server_port}/token",
                "service": SERVICE,
                "issuer": ISSUER,
                "rootcertbundle": str(self.certificate),
            }
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, scopes: list[str]) -> str:
        now = int(time.time())
        access = []
        for each in scopes:
            kind, name, actions = each.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        certificate = "".join(self.certificate.read_text().split("-----")[2].split())
        header = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
        claims = {
            "iss": ISSUER,
            "sub": USER,
            "aud": SERVICE,
            "exp": int(now - LEEWAY_SECONDS + self.valid_seconds),
            "nbf": now - 1000,
            "iat": now - 1000,
            "jti": secrets.token_hex(8),
            "access": access,
        }
        text = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
        signing = ["openssl", "dgst", "-sha256", "-sign", str(self._key)]
        signature = subprocess.run(signing, input=text.encode(), capture_output=True, check=True).stdout
        token = f"{text}.{_encoded(signature)}"
        with self._lock:
            self.tokens.append(token)
        return token

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fields = parse_qs(urlsplit(self.path).query)
                outer.requests.append(("GET", fields))
                proof = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
                header = self.headers.get("Authorization", "")
                if header != proof and (header or not outer.allows_anonymous):
                    self._answer(401, {"details": "incorrect username or password"})
                else:
                    self._grant(fields.get("scope", []))

            def do_POST(self) -> None:
                fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                outer.requests.append(("POST", fields))
                if fields["grant_type"] == ["password"]:  # of containerd, which does it by GET then
                    self._answer(405, {"details": "no passwords by POST"})
                    return
                if fields["refresh_token"] != [outer.identity_token]:
                    self._answer(401, {"details": "unknown identity token"})
                    return
                if outer.next_identity_token:
                    outer.identity_token = outer.next_identity_token
                self._grant(fields["scope"][0].split())

            def _grant(self, scopes: list[str]) -> None:
                document: dict[str, Any] = {"access_token" if self.command == "POST" else "token": outer.token(scopes)}
                if outer.stated_seconds is not None:
                    document["expires_in"] = outer.stated_seconds
                if self.command == "POST" and outer.next_identity_token:
                    document["refresh_token"] = outer.next_identity_token
                self._answer(200, document)

            def _answer(self, status: int, document: object) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *arguments: object) -> None: ...

        return Handler


@contextlib.contextmanager
def token_server(folder: Path, host: str = "127.0.0.1") -> Iterator[TokenServer]:
    server = TokenServer(folder, host)
    try:
        yield server
    finally:
        server.close()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
