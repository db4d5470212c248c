"""Logins of registries: passwords and identity tokens, and the tokens of access that are got for them.

Facts: https://distribution.github.io/distribution/spec/auth/token/ (Bearer tokens by a challenge),
https://distribution.github.io/distribution/spec/auth/oauth/ (identity tokens), RFC 9110, 11.6.1 (challenges).
No secret is in any error, log or repr.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urlencode

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.oci.registry_address import DOCKER_HUB, HUB_SERVER
from scoredock.oci.registry_answers import refusal
from scoredock.oci.registry_transport import RegistryResponse, RegistryTransport, Request
from scoredock.origins import takes_challenge
from scoredock.visible import basic_login, remember

_CLIENT = "scoredock"
_USUAL_SECONDS = 60.0
"""Of a token whose life is not given (the token specification)."""
_MARGIN_SECONDS = 10.0
"""Before its end a token is replaced: a chunk that begins now is checked when it arrives."""
_LONGEST_ANSWER = 1 << 20
_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))')


@dataclass(frozen=True, slots=True)
class RegistryAccount:
    """Login of a registry: a user name and a password, or an identity token in place of both. Never written
    anywhere."""

    server: str
    username: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


def docker_login(server: str) -> RegistryAccount | None:
    """Login for a registry from Docker's `config.json` and its credential helpers; None if they have none.

    A helper that is broken or asks a question must not keep a public image from being pulled, so nothing is raised.
    """
    from docker import auth

    with contextlib.suppress(Exception):
        entry: Any = auth.load_config().resolve_authconfig(server)
        if entry:
            values = {str(name).lower(): str(value) for name, value in entry.items() if value}
            token, username = values.get("identitytoken", ""), values.get("username", "")
            if token or username:
                return RegistryAccount(server, username, values.get("password", ""), token)
    return None


@dataclass(frozen=True, slots=True)
class _Challenge:
    scheme: str
    """`basic` or `bearer`."""
    realm: str = ""
    service: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _AccessToken:
    value: str = field(repr=False)
    ends: float
    """By the monotonic clock: the registry's own clock may go differently."""
    life: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() < self.ends - min(_MARGIN_SECONDS, self.life / 4)


class Authorizer:
    """Credentials for one registry, for any number of threads."""

    def __init__(
        self,
        server: str,
        transport: RegistryTransport,
        login: RegistryAccount | Callable[[], RegistryAccount | None] | None,
    ) -> None:
        """A callable is called when the registry first wants to know: a credential helper may ask the person.

        `server` is the registry's name, as errors have it.
        """
        self._server = server
        self._transport = transport
        self._login_source: Callable[[], RegistryAccount | None] = login if callable(login) else lambda: login
        self._login: RegistryAccount | None = None
        self._is_login_resolved = False
        self._challenge: _Challenge | None = None
        self._tokens: dict[frozenset[str], _AccessToken] = {}
        self._identity_token = ""
        """A newer one than the login's: token servers may replace it."""
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"Authorizer({self._server!r})"

    def header(self, scopes: Collection[str]) -> str:
        """The value of `Authorization`, a fresh token behind it; empty before the first challenge and for a registry
        that lets anybody in. Raises as `renew`."""
        with self._lock:
            if self._challenge is None:
                return ""
            if self._challenge.scheme == "basic":
                login = self._resolved_login()
                return _basic(login) if login is not None else ""
            key = frozenset(scopes)
            token = self._tokens.get(key)
            if token is None or not token.is_fresh:
                token = self._tokens[key] = self._fetched(self._challenge, key)
            return f"Bearer {token.value}" if token.value else ""

    def renew(self, response: RegistryResponse, proof: str, scopes: Collection[str]) -> str:
        """The header with which to repeat a request that got 401, where `proof` was its header.

        Raises ScoredockError `registry-refused` when nothing better can be shown, and what the token server's
        connection raises.
        """
        with self._lock:
            challenge = _challenge_of(response.headers.get("WWW-Authenticate", ""))
            if challenge is None:
                raise refusal(self._server, response)
            if self._challenge is not None and (current := self.header(scopes)) and current != proof:
                return current  # another thread has renewed it meanwhile
            self._challenge = challenge
            self._tokens.pop(frozenset(scopes), None)
            header = self.header(scopes)
            if not header or (header == proof and challenge.scheme == "basic"):
                raise refusal(self._server, response, self._resolved_login() is None)
            return header

    # ------------------------------------------------------------------------------------------ tokens

    def _fetched(self, challenge: _Challenge, scopes: frozenset[str]) -> _AccessToken:
        self._require_safe(challenge.realm)
        login = self._resolved_login()
        # A mirror may name the repository in its own way, so what the challenge says is requested as well.
        wishes = sorted(scopes | challenge.scopes)
        identity = self._identity_token or (login.identity_token if login is not None else "")
        remember(identity)
        if identity:
            fields = {"grant_type": "refresh_token", "service": challenge.service, "client_id": _CLIENT}
            body = urlencode({**fields, "scope": " ".join(wishes), "refresh_token": identity}).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            request = Request("POST", challenge.realm, headers, body)
        else:
            query = [*([("service", challenge.service)] if challenge.service else []), *(("scope", w) for w in wishes)]
            if login is not None:
                query.append(("account", login.username))
            separator = "&" if "?" in challenge.realm else "?"
            headers = {"Authorization": _basic(login)} if login is not None else {}
            request = Request("GET", f"{challenge.realm}{separator}{urlencode(query)}", headers)
        response = self._transport.exchange(request)
        if response.status != 200:
            raise refusal(self._server, response, login is None)
        return self._token_of(response.content(_LONGEST_ANSWER))

    def _token_of(self, content: bytes) -> _AccessToken:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        document = document if isinstance(document, dict) else {}
        value = document.get("token") or document.get("access_token")
        if not isinstance(value, str) or not value.isprintable() or not value.isascii():
            raise ScoredockError(
                "registry-refused",
                l10n.t("The token server of {registry} answers without a token.", registry=self._server),
            )
        newer = document.get("refresh_token")
        if isinstance(newer, str) and newer:
            self._identity_token = newer
            remember(newer)
        remember(value)
        seconds = document.get("expires_in")
        is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds > 0
        life = float(seconds) if is_number else _USUAL_SECONDS  # type: ignore[arg-type]
        return _AccessToken(value, time.monotonic() + life, life)

    def _require_safe(self, realm: str) -> None:
        """Raises `registry-refused` for a realm that a login for this registry is not for."""
        host = HUB_SERVER if self._server == DOCKER_HUB else self._server
        if not takes_challenge(self._transport.base_url(host), realm):
            raise ScoredockError(
                "registry-refused",
                l10n.t("The registry {registry} names a token server that is not safe.", registry=self._server),
            )

    def _resolved_login(self) -> RegistryAccount | None:
        if not self._is_login_resolved:
            self._login = self._transport.cancellable(self._login_source)
            self._is_login_resolved = True
        return self._login


def scope(repository: str, actions: str) -> str:
    """`pull` or `pull,push` of a repository, in the grammar of token scopes."""
    return f"repository:{repository}:{actions}"


def _basic(login: RegistryAccount) -> str:
    return f"Basic {basic_login(login.username, login.password)}"


def _challenge_of(text: str) -> _Challenge | None:
    """Bearer where a registry takes both."""
    bearer = re.search(r"(?:^|,)\s*bearer\s+", text, re.IGNORECASE)
    if bearer:
        parameters: Mapping[str, str] = {
            match[1].lower(): re.sub(r"\\(.)", r"\1", match[2] or "") or match[3] or ""
            for match in _PARAMETER.finditer(text, bearer.end())
        }
        scopes = frozenset(parameters.get("scope", "").split())
        return _Challenge("bearer", parameters.get("realm", ""), parameters.get("service", ""), scopes)
    return _Challenge("basic") if re.search(r"(?:^|,)\s*basic\b", text, re.IGNORECASE) else None
