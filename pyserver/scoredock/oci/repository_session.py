"""Requests for one repository of one server: its address, what proves who asks, and a second try after 401."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urljoin

from scoredock import l10n
from scoredock.errors import Cancelled, RegistryUnreachable, ScoredockError
from scoredock.oci.registry_address import RegistryEndpoint
from scoredock.oci.registry_login import Authorizer, scope
from scoredock.oci.registry_transport import (
    Pauses,
    RegistryResponse,
    RegistryTransport,
    Request,
    StreamedBody,
)
from scoredock.origins import is_for

_MIRROR_ATTEMPTS = 2
"""The registry itself answers for what a mirror does not."""


class RepositorySession:
    """All requests to one repository go through here."""

    def __init__(
        self, endpoint: RegistryEndpoint, transport: RegistryTransport, authorizer: Authorizer, actions: str
    ) -> None:
        """`actions` are what tokens are for: `pull` or `pull,push`."""
        self.endpoint = endpoint
        self.transport = transport
        self._authorizer = authorizer
        self.is_down = False
        """A mirror that could not be reached gets no more requests."""
        self._scope = scope(endpoint.repository, actions)

    @property
    def registry(self) -> str:
        """Name of the registry in errors."""
        return self.endpoint.login_name

    def url(self, path: str) -> str:
        """URL of a path below `/v2/REPOSITORY/`."""
        return f"{self.transport.base_url(self.endpoint.host)}/v2/{self.endpoint.repository}/{path}"

    def location(self, response: RegistryResponse, before: str) -> str:
        """Absolute URL at which an upload continues; `before` if the response does not name one. Raises
        `image-push-failed`.

        A registry behind a proxy that ends TLS may name itself with `http:`, and means the same address.
        """
        base = self.transport.base_url(self.endpoint.host)
        location = urljoin(response.url, response.headers.get("Location", "") or before)
        if not base.startswith("https:") or location.startswith("https:"):
            return location
        if not is_for(base, f"https:{location.partition(':')[2]}"):
            raise ScoredockError(
                "image-push-failed",
                l10n.t("The registry {registry} redirects to where nothing is encrypted.", registry=self.registry),
            )
        return f"https:{location.partition(':')[2]}"

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        also: Collection[str] = (),
    ) -> RegistryResponse:
        """The answer, after one more try with new credentials if it is 401 of the registry itself: what a host says to
        which it redirects is not a challenge. `path` is below the repository, or a whole URL; `also` are further
        scopes. Raises as `RegistryTransport.exchange`, and `registry-refused`."""
        url = path if path.startswith(("http://", "https://")) else self.url(path)
        scopes = (self._scope, *also)
        is_own = self._is_own(url)
        proof = self._authorizer.header(scopes) if is_own else ""
        response = self._exchanged(method, url, _with_proof(headers, proof), body)
        if response.status == 401 and is_own and self._is_own(response.url):
            proof = self._authorizer.renew(response, proof, scopes)
            response.close()
            response = self._exchanged(method, url, _with_proof(headers, proof), body)
        return response

    def stream(
        self, method: str, url: str, headers: Mapping[str, str], body: StreamedBody, silence_seconds: float = 0.0
    ) -> RegistryResponse:
        """The answer to a body that can be sent once only. After 401 the credentials have been renewed, and the caller
        sends the same again. Raises as `request`."""
        proof = self._authorizer.header((self._scope,)) if self._is_own(url) else ""
        request = Request(method, url, _with_proof(headers, proof), body, silence_seconds)
        response = self.transport.exchange(request)
        if response.status == 401 and self._is_own(url) and self._is_own(response.url):
            self._authorizer.renew(response, proof, (self._scope,))
        return response

    def pauses(self) -> Pauses:
        return self.transport.pauses(_MIRROR_ATTEMPTS if self.endpoint.is_mirror else 0)

    def _exchanged(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> RegistryResponse:
        silence = self.transport.limits.closing_seconds if method == "PUT" else 0.0
        attempts = _MIRROR_ATTEMPTS if self.endpoint.is_mirror else 0
        return self.transport.exchange(Request(method, url, headers, body, silence, attempts))

    def _is_own(self, url: str) -> bool:
        """True if credentials may go there: registries let uploads go on at the addresses of storage."""
        return is_for(self.transport.base_url(self.endpoint.host), url)


def first_answer(
    sessions: Sequence[RepositorySession], path: str, headers: Mapping[str, str]
) -> tuple[RepositorySession, RegistryResponse]:
    """First successful response of the sessions to a GET below the repository, with its session; if there is none, the
    response of the last one, whatever it is. Raises as `RepositorySession.request` of the last one."""
    for session in sessions[:-1]:
        if session.is_down:
            continue
        try:
            response = session.request("GET", path, headers=headers)
        except Cancelled:
            raise
        except ScoredockError as error:  # a mirror that fails is not a failure: the next one is tried
            session.is_down = isinstance(error, RegistryUnreachable)
            continue
        if response.status in (200, 206):
            return session, response
        response.close()
    return sessions[-1], sessions[-1].request("GET", path, headers=headers)


def _with_proof(headers: Mapping[str, str] | None, proof: str) -> dict[str, str]:
    return {**(headers or {}), **({"Authorization": proof} if proof else {})}
