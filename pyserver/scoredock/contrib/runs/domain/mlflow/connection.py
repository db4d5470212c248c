"""One HTTP connection to a tracking server: JSON and files, with limits on time and size, and nowhere else.

Redirects are followed on the same scheme, host and port only. Credentials come from the variables that MLflow itself
reads; they are sent only to the server that `MLFLOW_TRACKING_URI` names, when it names one, and are never logged or
kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from scoredock import l10n, threads
from scoredock.errors import ScoredockError
from scoredock.origin_session import mount_bounded
from scoredock.origins import is_for, proxy_of
from scoredock.progress import CancelToken
from scoredock.registry.grammar import printable
from scoredock.timed_response import DrippingAnswer
from scoredock.visible import basic_login, remember

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
"""Without a byte from the server, for all of an answer's head, and for so little of a body that it is not progress."""
ANSWER_SECONDS = 60.0
"""For the whole of a JSON answer, however slowly it drips."""
ANSWER_BYTES = 32 << 20
_REDIRECTS = 3
_PIECE = 64 << 10
T = TypeVar("T")


def split_address(uri: str) -> str:
    """The address of a server without a slash at its end. Raises run-store-unknown or run-store-unsupported."""
    try:
        parts = urlsplit(uri)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
        parts = urlsplit("")
    if not fits or any(ord(character) <= 32 or ord(character) > 126 for character in uri):
        raise ScoredockError(
            "run-store-unknown",
            l10n.t("{uri} is not an http or https address.", uri=printable(uri if "@" not in uri else "http://…")),
        )
    if parts.username is not None or parts.password is not None:
        raise ScoredockError(
            "run-store-unsupported",
            l10n.t(
                "The address of {host} contains a user name or password, which would be stored with every model.",
                host=parts.hostname,
            ),
            l10n.t("Leave them out, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead."),
        )
    if parts.query or parts.fragment:
        raise ScoredockError(
            "run-store-unknown", l10n.t("{uri} is not the address of a tracking server.", uri=printable(uri))
        )
    return uri.rstrip("/")


class SizedStream(Protocol):
    """A file that is sent."""

    def read(self, size: int = -1, /) -> bytes: ...

    def __len__(self) -> int: ...


class TrackingConnection:
    """Use as a context manager, or `close` it. Every refusal is a ScoredockError."""

    def __init__(
        self, address: str, cancel: CancelToken, environment: Mapping[str, str], *, patience: float = 1.0
    ) -> None:
        """`patience` scales all limits of time."""
        self.address = split_address(address)
        self._cancel = cancel
        self._patience = patience
        self._session = requests.Session()
        mount_bounded(self._session)
        self._session.auth = lambda request: request  # keeps credentials of ~/.netrc out
        self._session.headers.update({"User-Agent": "scoredock", "Accept": "*/*", **_credentials(address, environment)})
        certificate = environment.get("MLFLOW_TRACKING_SERVER_CERT_PATH", "")
        if certificate:
            self._session.verify = certificate

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object that the server answers with."""
        return self._json("GET", path, query, None)

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """JSON answer to a POST. Raises as `get`."""
        return self._json("POST", path, {}, body)

    def put(self, path: str, content: Callable[[], AbstractContextManager[SizedStream]]) -> None:
        """Uploads a file; `content` opens it, with its size as `len`."""
        with content() as stream, self._answer("PUT", path, {}, None, stream) as response:
            self._require_success(response, self._content(response))

    @contextlib.contextmanager
    def download(self, path: str, query: Mapping[str, str]) -> Iterator[RemoteStream]:
        """A file, as it comes."""
        with self._answer("GET", path, query, None) as response:
            self._require_success(response)
            length = response.headers.get("Content-Length", "")
            packed = response.headers.get("Content-Encoding", "identity") != "identity"
            size = int(length) if length.isdigit() and len(length) < 19 and not packed else None
            yield RemoteStream(response, size, self)

    # ------------------------------------------------------------------------------------------ requests

    def _json(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None
    ) -> dict[str, Any]:
        with self._answer(method, path, query, body) as response:
            content = self._content(response)
            self._require_success(response, content)
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise ScoredockError(
                "run-server-refused",
                l10n.t(
                    "The response of {address} is not from an MLflow tracking server.",
                    address=self.address,
                ),
                l10n.t("Check that this is the address of the tracking server."),
            )
        return document

    def _content(self, response: requests.Response) -> bytes:
        until = time.monotonic() + ANSWER_SECONDS * self._patience
        pieces, size = [], 0
        while piece := self.read(response, _PIECE):
            size += len(piece)
            if size > ANSWER_BYTES:
                raise ScoredockError(
                    "run-server-refused",
                    l10n.t(
                        "A response of {address} is larger than {limit} MiB.",
                        address=self.address,
                        limit=ANSWER_BYTES >> 20,
                    ),
                    "",
                )
            if time.monotonic() > until:
                raise self.unreachable(l10n.t("it responds too slowly"))
            pieces.append(piece)
        return b"".join(pieces)

    def read(self, response: requests.Response, count: int) -> bytes:
        """Up to `count` bytes of the body, unpacked."""
        self._cancel.raise_if_cancelled()
        with self._translated_errors():
            content: bytes = response.raw.read1(count, decode_content=True)
            return content

    @contextlib.contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, object] | None,
        content: SizedStream | None = None,
    ) -> Iterator[requests.Response]:
        url, remaining_redirects = self.address + path, _REDIRECTS
        while True:
            self._cancel.raise_if_cancelled()
            here, parameters = url, query

            def send(here: str = here, parameters: Mapping[str, str] = parameters) -> requests.Response:
                return self._session.request(
                    method,
                    here,
                    params=dict(parameters),
                    json=body,
                    data=content,
                    stream=True,
                    allow_redirects=False,
                    timeout=(CONNECT_SECONDS * self._patience, READ_SECONDS * self._patience),
                )

            with self._translated_errors():
                response = _waiting(send, self._cancel)
            if response.is_redirect and method == "GET":
                location = urljoin(url, response.headers.get("Location", ""))
                response.close()
                if not is_for(self.address, location) or remaining_redirects == 0:
                    raise ScoredockError(
                        "run-server-refused",
                        l10n.t(
                            "{address} redirects to {location}. Scoredock does not follow redirects to other servers.",
                            address=self.address,
                            location=printable(location),
                        ),
                        l10n.t("If that is right, add the other address to scoredock.mlflow.trackingUris."),
                    )
                url, query, remaining_redirects = location, {}, remaining_redirects - 1
                continue
            break
        stop = getattr(response.raw, "shutdown", None)
        if stop is not None:
            self._cancel.on_cancel(lambda: _quietly(stop))
        try:
            yield response
        finally:
            response.close()

    def _require_success(self, response: requests.Response, content: bytes | None = None) -> None:
        status = response.status_code
        if status == 200:
            return
        body = self._content(response) if content is None else content
        said, code = _said(body), _error_code(body)
        if status in (401, 403):
            raise self._not_allowed(status, said)
        raise ScoredockError(
            "run-server-refused",
            l10n.t("{address} responded with {status}{details}.", address=self.address, status=status, details=said),
            l10n.t("See the log of the tracking server for the cause."),
            details={"status": str(status), "errorCode": code},
        )

    def _not_allowed(self, status: int, reason: str) -> ScoredockError:
        """A sign-in that is missing or not accepted, and an account that may not do it, each in its own words."""
        details = {"status": str(status)}
        if status == 403:
            message = l10n.t(
                "Your account may not do that at {address}{details}.", address=self.address, details=reason
            )
            fix = l10n.t("Ask who manages the server for permission, or sign in with another account.")
            return ScoredockError("run-server-refused", message, fix, details=details)
        if "Authorization" not in self._session.headers:
            return ScoredockError(
                "run-server-refused", l10n.t("{address} asks who you are.", address=self.address), details=details
            )
        return ScoredockError(
            "run-server-refused",
            l10n.t("{address} did not accept the user name and password or the token.", address=self.address),
            l10n.t(
                "Correct MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, before you"
                " start Scoredock."
            ),
            details=details,
        )

    @contextlib.contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Turns what goes wrong on the wire into one sentence; never with a URL in it that could hold more than the
        address."""
        try:
            yield
        except ScoredockError:
            raise
        except requests.exceptions.SSLError as error:
            self._cancel.raise_if_cancelled()
            raise ScoredockError(
                "run-server-unreachable",
                l10n.t("The certificate of {address} cannot be trusted.", address=self.address),
                l10n.t(
                    "Put the certificate of its certificate authority into a file and set"
                    " MLFLOW_TRACKING_SERVER_CERT_PATH to the path."
                ),
            ) from error
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            self._cancel.raise_if_cancelled()
            is_drip = isinstance(error.__cause__, DrippingAnswer)
            why = l10n.t("it responds too slowly") if is_drip else l10n.t("it does not respond in time")
            raise self.unreachable(why) from error
        except (requests.exceptions.ConnectionError, urllib3.exceptions.HTTPError, OSError) as error:
            self._cancel.raise_if_cancelled()
            proxy = proxy_of(self.address)
            if proxy:
                why = l10n.t("the connection through the proxy {proxy} failed or was closed", proxy=proxy)
                raise self.unreachable(why) from error
            raise self.unreachable(l10n.t("the connection failed or was closed")) from error
        except (requests.exceptions.RequestException, ValueError) as error:
            self._cancel.raise_if_cancelled()
            raise self.unreachable(l10n.t("its response is not HTTP")) from error

    def unreachable(self, why: str) -> ScoredockError:
        return ScoredockError(
            "run-server-unreachable", l10n.t("{address} cannot be read: {error}.", address=self.address, error=why)
        )


class RemoteStream:
    """The body of an answer."""

    def __init__(self, response: requests.Response, size: int | None, connection: TrackingConnection) -> None:
        self.size = size
        self._response = response
        self._connection = connection
        self._count = 0

    def read(self, count: int) -> bytes:
        """See `records.Stream`."""
        piece = self._connection.read(self._response, count)
        self._count += len(piece)
        if not piece and self.size is not None and self._count != self.size:
            raise self._connection.unreachable(l10n.t("the file ended too early"))
        return piece


def _credentials(address: str, environment: Mapping[str, str]) -> dict[str, str]:
    named = environment.get("MLFLOW_TRACKING_URI", "")
    if named.startswith(("http:", "https:")) and not is_for(named, address):
        return {}
    user, password = environment.get("MLFLOW_TRACKING_USERNAME", ""), environment.get("MLFLOW_TRACKING_PASSWORD", "")
    remember(token := environment.get("MLFLOW_TRACKING_TOKEN", ""))
    if user and password:
        basic_login(user, password)
        return {"Authorization": requests.auth._basic_auth_str(user.encode(), password.encode())}
    return {"Authorization": f"Bearer {token}"} if token and token.isprintable() else {}


def environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def _said(content: bytes) -> str:
    """Message of the server in an error, short and on one line."""
    message = _of_error(content, "message")
    return f" ({printable(message)})" if message else ""


def _error_code(content: bytes) -> str:
    """MLflow's own; empty for an answer that no route of MLflow gave."""
    return _of_error(content, "error_code")[:100]


def _of_error(content: bytes, key: str) -> str:
    try:
        document = json.loads(content[:65_536])
    except (ValueError, RecursionError):
        return ""
    value = document.get(key, "") if isinstance(document, dict) else ""
    return value if isinstance(value, str) else ""


def _quietly(stop: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):  # the answer may have ended meanwhile
        stop()


def _waiting(work: Callable[[], T], cancel: CancelToken) -> T:
    """The result of `work`, or the end of waiting for it when cancelled: the thread then ends with its own time-out."""
    completion = threading.Event()
    result: list[T] = []
    failure: list[BaseException] = []

    def call() -> None:
        try:
            result.append(work())
        except BaseException as error:  # raised where the answer is awaited
            failure.append(error)
        finally:
            completion.set()

    cancel.on_cancel(completion.set)
    threads.start(call, name="mlflow-request", at_fault=threads.logged)
    completion.wait()
    cancel.raise_if_cancelled()
    if failure:
        raise failure[0]
    return result[0]
