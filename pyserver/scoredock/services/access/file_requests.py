"""A request of an `.http` file on its way to a service of ours: where it may go, and with which headers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.http_file.sending import SentRequest, is_empty_credential
from scoredock.services.access.calls import CONTENT_TYPE, OutgoingCall, headers_of
from scoredock.services.access.redirects import is_loopback

_PATH = "/%:@!$&'()*+,;=~-._"
_QUERY = "%=&+,;:@/?!$'()*-._~[]"
_OURS = frozenset({"host", "connection", "transfer-encoding"})
"""Headers that belong to the connection, which is ours."""


def call_of(sent: SentRequest, credential: str, timeout: float) -> OutgoingCall:
    """Call that sends a request from a file, with the credential where the file has none. Raises ScoredockError
    `service-request-invalid`."""
    headers = _headers_to_send(sent, credential)
    return OutgoingCall(_path_of(sent), sent.method, sent.body, headers, timeout, sent.follows)


def _path_of(sent: SentRequest) -> str:
    query = quote(sent.query, safe=_QUERY)
    return quote(sent.path, safe=_PATH) + (f"?{query}" if query else "")


def require_here(sent: SentRequest) -> None:
    """Whoever names a service means that, not the port that the file names; but a request for another machine is not
    for a service of ours. Raises ScoredockError `request-elsewhere`."""
    host = urlsplit(f"//{sent.host}").hostname or ""
    if host and not is_loopback(host):
        raise ScoredockError(
            "request-elsewhere", l10n.t("The request is for {host}, and not for a service on this machine.", host=host)
        )


def _headers_to_send(sent: SentRequest, credential: str) -> Mapping[str, str]:
    own = {
        name: value
        for name, value in sent.headers
        if name.lower() not in _OURS and not is_empty_credential(name, value)
    }
    headers = headers_of(sent.header(CONTENT_TYPE), credential, own)
    return {name: value for name, value in headers.items() if value or name != CONTENT_TYPE}
