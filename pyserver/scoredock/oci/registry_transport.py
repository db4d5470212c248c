"""HTTP to registries: proxies, certificates, time limits, redirects, pauses and a cancel that ends any wait.

Nothing here knows what requests mean. No URL is in any error, because queries of storage hold signatures.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.cookiejar
import random
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from scoredock import l10n, threads
from scoredock.errors import RegistryUnreachable, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.oci.connection_failures import OTHER_PROTOCOL, translated, unreachable
from scoredock.oci.registry_address import is_loopback
from scoredock.oci.registry_settings import RegistrySettings
from scoredock.origin_session import BoundedAdapter, mount_bounded
from scoredock.origins import is_for
from scoredock.progress import CancelToken
from scoredock.timed_response import DrippingAnswer

_REDIRECTS = 5
_PIECE = 256 << 10
_SHORT = 4 << 10
_LOOK_SECONDS = 0.05
_UNAVAILABLE = (500, 502, 503, 504)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """Limits of time and attempts."""

    connect_seconds: float = 10.0
    silence_seconds: float = 60.0
    """Without a byte going or coming, or with too few of a body; also for all of an answer's head, for all of a
    document, and for all attempts at a request that bring no head."""
    closing_seconds: float = 900.0
    """The same when an upload is closed: registries read all of it again, or copy it, before they answer."""
    attempts: int = 6
    """One after the other without any progress."""
    pause_seconds: float = 0.5
    """After the first failure; twice as long after each further one."""
    longest_pause_seconds: float = 30.0
    longest_retry_after_seconds: float = 60.0
    """What a registry may ask for with Retry-After; it is a failure when it asks for more."""


class StreamedBody(Protocol):
    """A body that is sent as it is made: requests takes its length for Content-Length."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes | memoryview]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """One request. What the headers prove is not shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | StreamedBody | None = field(default=None, repr=False)
    silence_seconds: float = 0.0
    """Other than the usual; 0 for the usual."""
    attempts: int = 0
    """Other than the usual; 0 for the usual. A streamed body is sent once, whatever stands here."""

    @property
    def is_streamed(self) -> bool:
        return self.body is not None and not isinstance(self.body, bytes)


class Pauses:
    """Number and length of the pauses between attempts that bring nothing."""

    def __init__(self, limits: TransportLimits, cancel: CancelToken, attempts: int = 0) -> None:
        self._limits = limits
        self._cancel = cancel
        self._attempts = attempts or limits.attempts
        self._failures = 0

    def reset(self) -> None:
        """There was progress."""
        self._failures = 0

    def wait(self, retry_after: float | None = None) -> bool:
        """Waits before the next attempt; False at once when there should be none. Raises `cancelled`."""
        self._failures += 1
        if self._failures >= self._attempts:
            return False
        if retry_after is not None and retry_after > self._limits.longest_retry_after_seconds:
            return False
        longest = min(self._limits.pause_seconds * 2 ** (self._failures - 1), self._limits.longest_pause_seconds)
        pause = longest * random.uniform(0.5, 1.0) if retry_after is None else retry_after  # noqa: S311 (no secret)
        if self._cancel.wait(pause):
            self._cancel.raise_if_cancelled()
        return True


class RegistryResponse:
    """Status and headers, and the body as it comes. Close it, or read it to its end."""

    def __init__(self, response: requests.Response, cancel: CancelToken, silence_seconds: float) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.url = str(response.url)
        """Where it came from, after redirects."""
        self._response = response
        self._cancel = cancel
        self._silence_seconds = silence_seconds
        self._is_head = response.request.method == "HEAD"

    def __repr__(self) -> str:
        return f"RegistryResponse({self.status})"

    def close(self) -> None:
        """Ends it. What little is left of the body is read, so that the connection can be used again."""
        length = self.headers.get("Content-Length", "")
        is_short = self._is_head or self.status == 204 or (length.isdigit() and int(length) <= _SHORT)
        if is_short and not self._cancel.cancelled:
            with contextlib.suppress(Exception):  # a connection that broke is of no use, and nothing else is lost
                self._response.raw.read(_SHORT + 1, decode_content=False)
        self._response.close()

    def pieces(self) -> Iterator[bytes]:
        """The body, 256 KiB at most at a time. Raises `registry-unreachable` when it breaks off, or comes so slowly
        that no further attempt would help, `cancelled`."""
        try:
            while piece := self._read():
                yield piece
        finally:
            self.close()

    def content(self, limit: int) -> bytes:
        """The whole body, and no more than a byte above the limit. Raises as `pieces`, and when all of it takes longer
        than a silence may."""
        until = time.monotonic() + self._silence_seconds
        content = bytearray()
        for piece in self.pieces():
            content += piece
            if len(content) > limit:
                break
            if time.monotonic() > until:
                raise self._too_slow()
        return bytes(content[: limit + 1])

    def _too_slow(self) -> ScoredockError:
        """No RegistryUnreachable: what drips would drip again."""
        fault = unreachable(urlsplit(self.url).netloc, l10n.t("it does not answer in time"))
        return ScoredockError(fault.code, fault.message, fault.fix, details=fault.details)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the registry asks to wait (RFC 9110, 10.2.3); None when it says nothing."""
        text = self.headers.get("Retry-After", "").strip()
        if text.isdigit() and len(text) < 9:
            return float(text)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
        except ValueError:
            return None

    def _read(self) -> bytes:
        self._cancel.raise_if_cancelled()
        raw: Any = self._response.raw
        with translated(urlsplit(self.url).netloc, self._cancel):
            read = getattr(raw, "read1", raw.read)
            try:
                piece: bytes = read(_PIECE, decode_content=False)
            except urllib3.exceptions.ReadTimeoutError as error:
                raise self._too_slow() if isinstance(error.__cause__, DrippingAnswer) else error from None
        self._cancel.raise_if_cancelled()
        return piece

    def end_reading(self) -> None:
        """Ends the reading of another thread at once."""
        shutdown = getattr(self._response.raw, "shutdown", None)  # since urllib3 2.3
        if shutdown is not None:
            with contextlib.suppress(Exception):  # the body may have ended meanwhile
                shutdown()


class RegistryTransport:
    """Connections to any number of hosts, for any number of threads, with one cancel. Use it as a context."""

    def __init__(self, settings: RegistrySettings, cancel: CancelToken, limits: TransportLimits | None = None) -> None:
        self.cancel = cancel
        self.limits = limits or TransportLimits()
        self._settings = settings
        self._session = requests.Session()
        mount_bounded(self._session)
        self._session.auth = lambda request: request  # keeps passwords of ~/.netrc out
        # A cookie would bind requests to a session of a registry's web pages, and Harbor then wants a CSRF token.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update({"User-Agent": "scoredock", "Accept-Encoding": "identity"})
        self._lock = threading.Lock()
        self._probe_lock = threading.Lock()
        self._schemes: dict[str, str] = {}
        self._hosts_with_adapter: set[str] = set()
        self._open: weakref.WeakSet[RegistryResponse] = weakref.WeakSet()
        cancel.on_cancel(self._end_reading)

    def __enter__(self) -> RegistryTransport:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def base_url(self, host: str) -> str:
        """`https://host`, or `http://host` for this machine and for insecure registries that speak no TLS: Docker
        tries both there, in this order. Raises `registry-unreachable`, `cancelled`."""
        if not (is_loopback(host) or self._settings.is_insecure(host)):
            return f"https://{host}"
        with self._probe_lock:
            scheme = self._schemes.get(host, "")
            if not scheme:
                scheme, is_certain = self._probed(host)
                if is_certain:
                    self._schemes[host] = scheme
        return f"{scheme}://{host}"

    def pauses(self, attempts: int = 0) -> Pauses:
        """Pauses for who repeats requests by itself."""
        return Pauses(self.limits, self.cancel, attempts)

    def cancellable(self, call: Callable[[], _T]) -> _T:
        """Result of a call that may wait for something else; raises `cancelled` at once when the token says so."""
        return _cancellable(call, self.cancel)

    def exchange(self, request: Request) -> RegistryResponse:
        """The answer to a request, whatever its status; redirects are followed, credentials stay with the host that
        they are for. A request without a streamed body is repeated after a failed connection, after 429 and after
        what only fails for now, as long as `limits` allow.

        Raises ScoredockError `registry-unreachable`, `registry-untrusted`, `cancelled`, `image-pull-failed` for a
        redirect to nowhere, and what a streamed body raises.
        """
        pauses = self.pauses(1 if request.is_streamed else request.attempts)
        until = time.monotonic() + self._silence(request)
        while True:
            try:
                response = self._followed(request)
            except RegistryUnreachable:
                if time.monotonic() > until or not pauses.wait():
                    raise
                continue
            if response.status != 429 and response.status not in _UNAVAILABLE:
                return response
            if not pauses.wait(response.retry_after):
                return response
            response.close()

    # ------------------------------------------------------------------------------------------ one request

    def _followed(self, request: Request) -> RegistryResponse:
        url, headers = request.url, dict(request.headers)
        for _ in range(_REDIRECTS + 1):
            response = self._sent(request, url, headers)
            location = response.headers.get("Location", "")
            if (
                response.status not in (301, 302, 303, 307, 308)
                or not location
                or request.method not in ("GET", "HEAD")
            ):
                return response
            response.close()
            target = urljoin(url, location)
            if urlsplit(target).scheme not in ("http", "https") or (_is_tls(url) and not _is_tls(target)):
                text = l10n.t("The registry {registry} redirects to where nothing is encrypted.", registry=host_of(url))
                raise ScoredockError("image-pull-failed", text)
            if not is_for(url, target):
                headers.pop("Authorization", None)
            url = target
        text = l10n.t("The registry {registry} redirects in circles.", registry=host_of(url))
        raise ScoredockError("image-pull-failed", text)

    def _sent(self, request: Request, url: str, headers: Mapping[str, str]) -> RegistryResponse:
        self.cancel.raise_if_cancelled()
        host = host_of(url)
        verify = self._prepare(url)
        body: Any = request.body
        silence = self._silence(request)
        # As Docker does: a proxy of the environment is not for this machine.
        proxies = {"no_proxy": urlsplit(url).hostname or ""} if is_loopback(host) else None

        def send() -> requests.Response:
            return self._session.request(
                request.method,
                url,
                headers=dict(headers),
                data=body,
                stream=True,
                allow_redirects=False,
                verify=verify,
                proxies=proxies,
                timeout=(self.limits.connect_seconds, silence),
            )

        with translated(host, self.cancel):
            response = RegistryResponse(_cancellable(send, self.cancel), self.cancel, silence)
        self._open.add(response)
        if self.cancel.cancelled:  # it may have come after the others were ended
            response.close()
            self.cancel.raise_if_cancelled()
        return response

    def _silence(self, request: Request) -> float:
        return request.silence_seconds or self.limits.silence_seconds

    def _end_reading(self) -> None:
        for response in list(self._open):
            response.end_reading()

    # ------------------------------------------------------------------------------------------ TLS

    def _prepare(self, url: str) -> bool | str:
        """Value of `verify` for a URL, after its host has got its own certificates."""
        host = host_of(url)
        verifies = not self._settings.is_insecure(host)
        with self._lock:
            if _is_tls(url) and host not in self._hosts_with_adapter:
                self._hosts_with_adapter.add(host)
                self._mount(host, verifies)
        return (self._settings.authority_bundle or True) if verifies else False

    def _mount(self, host: str, verifies: bool) -> None:
        certificates = self._settings.certificates(host)
        if not verifies:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # the machine's settings say so
        elif not certificates.authorities and not certificates.client:
            return
        context = ssl.create_default_context()
        if not verifies:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            for path in certificates.authorities:
                context.load_verify_locations(path)
            for certificate, key in certificates.client:
                context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError):
            raise ScoredockError(
                "registry-untrusted", l10n.t("The certificates for {registry} cannot be read.", registry=host)
            ) from None
        self._session.mount(f"https://{host}/", _TlsAdapter(context))

    def _probed(self, host: str) -> tuple[str, bool]:
        """The scheme of a host, and whether that is certain."""
        name, _, port = host.partition(":")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # only what it speaks is looked at; nothing is sent

        def shake_hands() -> tuple[str, bool]:
            with socket.create_connection((name, int(port or 443)), self.limits.connect_seconds) as plain:
                try:
                    with context.wrap_socket(plain, server_hostname=name):
                        return "https", True
                except ssl.SSLError as error:
                    return "http", any(sign in str(error) for sign in OTHER_PROTOCOL)
                except OSError:
                    return "http", False

        pauses = self.pauses()
        while True:
            try:
                with translated(host, self.cancel):
                    return _cancellable(shake_hands, self.cancel)
            except RegistryUnreachable:
                if not port:  # nobody there speaks TLS
                    return "http", False
                if not pauses.wait():
                    raise


class _TlsAdapter(BoundedAdapter):
    """Connections with certificates of their own, beside those that `verify` names."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self._context, **settings)

    def proxy_manager_for(self, *arguments: Any, **settings: Any) -> Any:
        return super().proxy_manager_for(*arguments, ssl_context=self._context, **settings)


def host_of(url: str) -> str:
    """Host and port of a URL, as errors name it."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _is_tls(url: str) -> bool:
    return url.lower().startswith("https:")


def _cancellable(call: Callable[[], _T], cancel: CancelToken) -> _T:
    """Result of the call, or what it raises; `cancelled` as soon as the token says so. The thread of a call that is
    given up ends by itself: with its time limit, or when the next piece of its body is read."""
    completion = threading.Event()
    results: list[_T] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            results.append(call())
        except BaseException as error:  # raised where the answer is awaited
            failures.append(error)
        finally:
            completion.set()

    threads.start(work, name="registry request", at_fault=threads.logged)
    while not completion.wait(_LOOK_SECONDS):
        cancel.raise_if_cancelled()
    if failures:
        raise failures[0]
    return results[0]
