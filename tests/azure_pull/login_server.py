"""The login of Azure as the shelf has it: codes for another device, and the page of a browser. What azure-identity asks
is answered as Azure's own documents say."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

HOST = "login.microsoftonline.com"
TENANT = "11111111-2222-3333-4444-555555555555"
CODE, DEVICE = "AB12CD34E", "SECRET-DEVICE-CODE"
REFRESH = "SECRET-REFRESH-TOKEN"
_AUTHORIZATION = "SECRET-AUTHORIZATION"


@dataclass
class LoginServer:
    """What a person does about a code."""

    new_token: Callable[[], tuple[str, int]]
    answer: str = "pending"
    """`pending`, `allowed`, or the error that asking for the token gets."""
    seconds: int = 900
    """In which a code expires."""
    codes: int = 0
    """How many codes were given."""
    grants: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        tail = path.split("/", 2)[-1]
        values = {key: each[0] for key, each in parse_qs(body.decode()).items()}
        with self._lock:
            if tail == "v2.0/.well-known/openid-configuration":
                return 200, self._addresses(path.split("/")[1])
            if tail == "oauth2/v2.0/devicecode":
                return 200, self._code()
            if tail == "oauth2/v2.0/token":
                return self._token(values)
        return 404, {"error": "unknown", "error_description": f"{method} {path}"}

    def _addresses(self, tenant: str) -> dict[str, str]:
        root = f"https://{HOST}/{tenant}"
        return {
            "issuer": f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
        }

    def _code(self) -> dict[str, Any]:
        self.codes += 1
        return {
            "user_code": CODE,
            "device_code": DEVICE,
            "verification_uri": "https://microsoft.com/devicelogin",
            "expires_in": self.seconds,
            "interval": 1,
            "message": "unused",
        }

    def _token(self, values: dict[str, str]) -> tuple[int, Any]:
        grant = values["grant_type"].rpartition(":")[2]
        self.grants.append(grant)
        if grant == "device_code" and self.answer != "allowed":
            error = "authorization_pending" if self.answer == "pending" else self.answer
            return 400, {"error": error, "error_description": f"{error}: no token for this code"}
        if grant == "refresh_token" and values["refresh_token"] != REFRESH:
            return 400, {"error": "invalid_grant", "error_description": "unknown"}
        token, end = self.new_token()
        return 200, {
            "token_type": "Bearer",
            "scope": values.get("scope", ""),
            "expires_in": max(1, int(end - time.time())),
            "access_token": token,
            "refresh_token": REFRESH,
            "id_token": _id_token(values["client_id"], values.get("code", "").partition(" ")[2]),
            "client_info": _encoded({"uid": "ana", "utid": TENANT}),
        }


def _encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _id_token(client: str, nonce: str) -> str:
    now = int(time.time())
    claims = {
        "aud": client,
        "iss": f"https://{HOST}/{TENANT}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "oid": "ana",
        "sub": "ana",
        "tid": TENANT,
        "preferred_username": "ana@example.com",
        **({"nonce": nonce} if nonce else {}),
    }
    return ".".join((_encoded({"alg": "none"}), _encoded(claims), "signature"))


def browse(address: str) -> None:
    """What a browser does when the person agrees: it sends the code to the address that waits for it."""
    query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    answer = urlencode({"code": f"{_AUTHORIZATION} {query['nonce']}", "state": query["state"]}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(query["redirect_uri"], answer, timeout=30).read()


if __name__ == "__main__":
    browse(sys.argv[1])
