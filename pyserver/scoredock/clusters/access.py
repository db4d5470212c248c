"""HTTP to a cluster with the login of a kubeconfig, also by a proxy. Imported late: it loads the client."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import os
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from scoredock import l10n, threads
from scoredock.clusters.call_time import CallTime
from scoredock.clusters.exec_plugin import Credential, ExecPlugin, plugin_seconds
from scoredock.clusters.kubeconfig import Selection, select, stamp_of, unusable
from scoredock.clusters.login_end import certificate_end, login_ends, token_end
from scoredock.clusters.login_facts import require_confirmed_login
from scoredock.clusters.login_proofs import authorization, has_words, load_certificate, require_kinds, trust
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ClusterLoginFailed
from scoredock.origins import is_for
from scoredock.temporary.folders import TemporaryFolder
from scoredock.visible import basic_login, remember

CONNECT_SECONDS = 2.0
READ_SECONDS = 8.0
"""Together with the time to connect, no ordinary call takes longer than 10 seconds."""
_KEPT_CONNECTIONS, _KEPT_SECONDS = 8, 30.0

_NAME_SECONDS, _GOOD_SECONDS = 4.0, 60.0
"""How long a name server is waited for, and how long its answer is good."""

# They write a line for each request.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class ClusterAccess:
    """Access to one place. May be used by many threads."""

    def __init__(self, place: ClusterPlace, seconds: float = READ_SECONDS) -> None:
        """The head of an answer is waited for so long. Raises ScoredockError `cluster-config-invalid`,
        `cluster-login-failed`, `compute-changed`, `compute-unconfirmed`."""
        self.place = place
        self._seconds = seconds
        self._time = CallTime()
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._plugin: ExecPlugin | None = None
        self._credential: Credential | None = None
        self._named_until = 0.0
        self._read()

    def client(self) -> httpx2.Client:
        """HTTP client for calls; the same for all threads. Raises ScoredockError `cluster-login-failed`."""
        self._login()
        with self._lock:
            if self._client is None:
                client = httpx2.Client(**self._parameters(), event_hooks={"request": [self._require_own]})
                self._client = self._time.bind(client)
            return self._client

    @property
    def call_seconds(self) -> float:
        """Seconds to the head of an answer, the connection too."""
        return CONNECT_SECONDS + self._seconds

    def whole_call(self) -> AbstractContextManager[None]:
        """Block in which what this thread asks has an end: httpx2.ReadTimeout."""
        return self._time.within(self.call_seconds)

    @contextlib.contextmanager
    def look(self, seconds: float) -> Iterator[None]:
        """Block in which what this thread asks ends after so many seconds of waiting for the network in which nothing
        comes: httpx2.ReadTimeout. A program that signs in has five times as long, as it starts an interpreter and asks
        others."""
        before = plugin_seconds.set(min(5 * seconds, plugin_seconds.get()))
        try:
            with self._time.within(seconds, silent=True):
                yield
        finally:
            plugin_seconds.reset(before)

    def answered(self) -> None:
        """The server has said something, so that it is not silent."""
        self._time.answered()

    def awaits_body(self) -> None:
        """A head may be there at once, and a byte of the body each second: silent until `answered` again."""
        self._time.next_part()

    def async_client(self) -> httpx2.AsyncClient:
        """A new one, of the event loop that uses it, as which it must be closed."""
        self._login()
        return httpx2.AsyncClient(**self._parameters())

    def _require_own(self, request: httpx2.Request) -> None:
        """Raises httpx2.InvalidURL for one that would take the login elsewhere; what it proves is in no message."""
        if not is_for(self.server, str(request.url)):
            raise httpx2.InvalidURL("another server")
        remember(request.headers.get("Authorization", "").partition(" ")[2])

    @property
    def server(self) -> str:
        return self._selection.server

    def headers(self) -> list[tuple[str, str]]:
        """Headers of every request. Raises ScoredockError `cluster-login-failed`."""
        headers = list(self._impersonation)
        credential = self._login()
        token = f"Bearer {credential.token}" if credential is not None and credential.token else ""
        if proof := token or authorization(self._selection):
            headers.append(("Authorization", proof))
        return headers

    def extensions(self) -> dict[str, Any]:
        """Extensions of every request."""
        name = self._selection.cluster.get("tls-server-name")
        return {"sni_hostname": str(name)} if name else {}

    def require_name(self) -> None:
        """Raises OSError for a server whose name leads nowhere, or nobody says where in time: the limits of sockets
        begin after that."""
        if time.monotonic() < self._named_until:
            return
        parts = urlsplit(self.server)
        if self._selection.cluster.get("proxy-url") or parts.scheme in urllib.request.getproxies():
            return
        faults: list[OSError] = []
        ended = threading.Event()

        def look() -> None:
            try:
                socket.getaddrinfo(parts.hostname, parts.port)
            except OSError as fault:
                faults.append(fault)
            finally:
                ended.set()

        threads.start(look, name="name of a cluster", at_fault=threads.logged)
        try:
            with self._time.waiting(_NAME_SECONDS) as seconds:
                if not ended.wait(seconds):
                    raise TimeoutError
        except httpcore2.ReadTimeout:
            raise TimeoutError from None
        if faults:
            raise faults[0]
        self._named_until = time.monotonic() + _GOOD_SECONDS

    def parts(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of `build_request`, with the headers and extensions that every request has."""
        headers = [*self.headers(), *dict(parts.get("headers") or {}).items()]
        return {**parts, "headers": headers, "extensions": self.extensions()}

    def login_ends(self) -> tuple[float | None, float | None]:
        """Expiry of the token and the certificate that are shown to the cluster, where they say so themselves."""
        with self._lock:
            credential, user = self._credential, self._selection.user
        if credential is None:
            return login_ends(user)
        return token_end(credential.token.encode()), certificate_end(credential.certificate.encode())

    @property
    def changed(self) -> bool:
        """True if the kubeconfig files are others by now."""
        return stamp_of(self.place.kubeconfig) != self._selection.stamp

    def renew(self) -> bool:
        """Reads the files again where they changed, or lets the plugin run again, after a login that was not accepted.
        True if another attempt is worth it. Raises as the constructor does."""
        with self._lock:
            plugin, credential = self._plugin, self._credential
        if self.changed:
            self._read()
            return True
        if plugin is not None and credential is not None:
            plugin.expire(credential)
            return True
        return False

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def date(self) -> str:
        """Date that the server reports, without any login and whatever its certificate is; empty if there is none."""
        client = self._time.bind(httpx2.Client(verify=False, timeout=CONNECT_SECONDS))
        with contextlib.suppress(httpx2.HTTPError), self.whole_call(), client:
            return client.send(client.build_request("GET", f"{self.server}/version"), stream=True).headers.get(
                "date", ""
            )
        return ""

    def _read(self) -> None:
        selection = select(self.place)
        require_confirmed_login(self.place, selection)
        user = selection.user
        login = user.get("exec")
        if user.get("auth-provider") and not login:
            raise ClusterLoginFailed(
                l10n.t(
                    "The context “{context}” logs in by an “auth-provider”, which Kubernetes itself has removed.",
                    context=self.place.context,
                ),
                l10n.t("Write the kubeconfig again with the tools of the cluster's provider."),
            )
        basic_login(str(user.get("username") or ""), str(user.get("password") or ""))
        require_kinds(selection)
        _require_addresses(selection)
        context = trust(selection)
        with self._lock:
            self._selection = selection
            self._context = context
            self._plugin = None
            if isinstance(login, dict) and not has_words(user):
                # Compared before each run: the file of the program may have changed since.
                program = partial(require_confirmed_login, self.place, selection)
                self._plugin = ExecPlugin(login, selection, program)
            self._impersonation = _impersonation(user)
            self._credential = None
            self._client = None

    def _login(self) -> Credential | None:
        plugin = self._plugin
        if plugin is None:
            return None
        credential = plugin.credential()
        with self._lock:
            before, self._credential = self._credential, credential
            if credential.certificate and (before is None or before.certificate != credential.certificate):
                self._load(credential)
                self._client = None  # its connections have the old one
        return credential

    def _load(self, credential: Credential) -> None:
        if self._context is None:
            return
        with TemporaryFolder("certificate") as folder:  # for its owner only
            files = folder / "certificate.pem", folder / "key.pem"
            for file, text in zip(files, (credential.certificate, credential.key), strict=True):
                file.write_text(text, encoding="ascii")
            try:
                load_certificate(self._context, *files)
            except (ssl.SSLError, ValueError):
                raise ClusterLoginFailed(
                    l10n.t(
                        "The program that logs in for the context “{context}” gave a certificate that is damaged.",
                        context=self.place.context,
                    )
                ) from None

    def _parameters(self) -> dict[str, Any]:
        proxy = self._selection.cluster.get("proxy-url")
        return {
            "base_url": self.server,
            "verify": self._context if self._context is not None else False,
            "timeout": httpx2.Timeout(self._seconds, connect=CONNECT_SECONDS),
            "limits": httpx2.Limits(
                max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS, keepalive_expiry=_KEPT_SECONDS
            ),
            "proxy": str(proxy) if proxy else None,
            "trust_env": not proxy and not _without_proxy(self.server),
        }


def _require_addresses(selection: Selection) -> None:
    """Raises ScoredockError `cluster-config-invalid`."""
    for key in ("server", "proxy-url"):
        address = str(selection.cluster.get(key) or "")
        with contextlib.suppress(httpx2.InvalidURL):
            if not address or httpx2.URL(address).host:
                continue
        raise unusable(selection, l10n.t("{address} is not an address", address=address))


def _impersonation(user: Mapping[str, Any]) -> list[tuple[str, str]]:
    single = [("Impersonate-User", user.get("as")), ("Impersonate-Uid", user.get("as-uid"))]
    groups = [("Impersonate-Group", each) for each in user.get("as-groups") or []]
    return [(name, str(value)) for name, value in (*single, *groups) if value]


def _without_proxy(server: str) -> bool:
    """True if NO_PROXY has a network with this address, which kubectl understands and httpx2 does not."""
    try:
        address = ipaddress.ip_address(urlsplit(server).hostname or "")
    except ValueError:
        return False
    for each in (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").split(","):
        with contextlib.suppress(ValueError):
            if "/" in each and address in ipaddress.ip_network(each.strip(), strict=False):
                return True
    return False
