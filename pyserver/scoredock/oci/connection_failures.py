"""Failures of a connection to a registry, as errors that name the registry and no URL."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator

import requests
import urllib3

from scoredock import l10n
from scoredock.errors import RegistryUnreachable, ScoredockError
from scoredock.origins import proxy_of
from scoredock.progress import CancelToken

OTHER_PROTOCOL = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNEXPECTED_MESSAGE")


@contextlib.contextmanager
def translated(host: str, cancel: CancelToken) -> Iterator[None]:
    """Raises ScoredockError `registry-unreachable`, `registry-untrusted`, `cancelled` for a failing connection."""
    try:
        yield
    except ScoredockError:
        raise
    except Exception as error:
        cancel.raise_if_cancelled()
        raised = _as_scoredock_error(host, error)
        if raised is None:
            raise
        raise raised from None  # what requests raises has the URL in it


def _as_scoredock_error(host: str, error: Exception) -> ScoredockError | None:
    """None for what is not a failure of a connection."""
    if isinstance(error, (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError)):
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return ScoredockError(
                "registry-untrusted",
                l10n.t("The certificate of {registry} is not from an authority that is trusted here.", registry=host),
                l10n.t(
                    "Put the certificate of its certificate authority into /etc/docker/certs.d/{registry}/ca.crt, or"
                    " name a file with it in REQUESTS_CA_BUNDLE.",
                    registry=host,
                ),
                details={"registry": host},
            )
        if any(each in str(error) for each in OTHER_PROTOCOL):
            return unreachable(
                host,
                l10n.t("it answers without TLS"),
                l10n.t(
                    "If the network is safe, list it under `insecure-registries` in Docker's daemon.json, or with"
                    " `insecure = true` in registries.conf."
                ),
            )
        return unreachable(host, l10n.t("the TLS connection failed"))
    if isinstance(error, (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return unreachable(host, l10n.t("it does not answer in time"))
    if isinstance(error, requests.exceptions.ProxyError):
        proxy = proxy_of(f"https://{host}") or "HTTPS_PROXY"
        return unreachable(host, l10n.t("the proxy {proxy} does not let the connection through", proxy=proxy))
    if isinstance(error, (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)):
        return unreachable(host, _reason(error) or l10n.t("the connection was closed"))
    return None


def unreachable(host: str, why: str, fix: str = "") -> RegistryUnreachable:
    return RegistryUnreachable(
        l10n.t("The registry {registry} cannot be reached: {why}.", registry=host, why=why),
        fix,
        details={"registry": host},
    )


def _reason(error: BaseException) -> str:
    """The words of the system, from wherever requests has packed them: they name no URL."""
    look: list[object] = [error]
    for _ in range(30):
        if not look:
            break
        each = look.pop(0)
        if isinstance(each, OSError) and each.strerror:
            return each.strerror.lower()
        if isinstance(each, BaseException):
            look += [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
    return ""
