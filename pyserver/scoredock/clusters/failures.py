"""Failures of a cluster, as errors that a person can act on. No token and no key is in any of them."""

from __future__ import annotations

import datetime
import email.utils
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from scoredock import l10n
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ClusterLoginFailed, ClusterNotAllowed, ClusterRefused, ClusterUnreachable, ScoredockError

_RIGHT = re.compile(
    r"cannot (?P<verb>\w+) "
    r'(?:resource "(?P<resource>[^"]+)"(?: in API group "(?P<group>[^"]*)")?|path "(?P<path>[^"]+)")'
)
_SECRET = re.compile(
    r"(?:Bearer\s+\S+|\beyJ[\w-]{6,}(?:\.[\w-]*){0,2}|-----BEGIN.*?(?:-----END[^-]*-----|$)|\b[\w+/=-]{60,}"
    r"|(?P<name>(?:token|password|secret|passwd|api[_-]?key)\w*[\"']?\s*[=:]\s*)\S+)",
    re.IGNORECASE | re.DOTALL,
)
_BUSY = re.compile(r"etcdserver|timed? ?out|deadline|unavailable|leader changed|connection refused", re.IGNORECASE)
"""What an API server says, as an error of its own, when it is the cluster that is not well."""
_NOT_YET, _EXPIRED = 9, 10
"""Numbers of OpenSSL for certificates of another time."""
_CLOCK_SECONDS = 60


def without_secrets(text: str) -> str:
    """Text of a program without what looks like a token, a password or a key."""
    return _SECRET.sub(lambda match: (match["name"] or "") + "…", text)


def refusal(status: int, body: Mapping[str, Any], place: ClusterPlace, what: str) -> ScoredockError:
    """Error for an answer of the API; `what` completes "The cluster could not …"."""
    message = without_secrets(str(body.get("message") or "")).strip().rstrip(".")
    sentence = message or l10n.t("status {status}", status=status)
    if status == 401:
        return login_refused(place)
    if _namespace_ends(body):
        return ScoredockError(
            "cluster-namespace-ends",
            l10n.t("The namespace “{namespace}” is being deleted.", namespace=place.namespace),
        )
    right = _RIGHT.search(message) if status == 403 else None
    if right is not None:
        return _not_allowed(right, place)
    if status == 404 and (body.get("details") or {}).get("kind") == "namespaces":
        return ScoredockError(
            "cluster-namespace-missing",
            l10n.t("The cluster has no namespace “{namespace}”.", namespace=place.namespace),
        )
    if status == 429 or status > 500 or (status == 500 and _BUSY.search(message)):
        return ClusterUnreachable(
            l10n.t(
                "The cluster of the context “{context}” could not {what}: {sentence}.",
                context=place.context,
                what=what,
                sentence=sentence,
            )
        )
    return ClusterRefused(
        l10n.t(
            "The cluster of the context “{context}” refused to {what}: {sentence}.",
            context=place.context,
            what=what,
            sentence=sentence,
        )
    )


def login_refused(
    place: ClusterPlace, ends: tuple[float | None, float | None] = (None, None), now: float = 0.0
) -> ClusterLoginFailed:
    """`ends` are when the token and the certificate end, by the clock that `now` is of."""
    token, certificate = (
        f"{datetime.datetime.fromtimestamp(each, datetime.timezone.utc):%Y-%m-%d %H:%M UTC}"
        if each is not None and 0 <= each <= now
        else ""
        for each in ends
    )
    context = place.context
    if token:
        return ClusterLoginFailed(
            l10n.t(
                "The cluster of the context “{context}” does not accept the login, whose token ended on {time}.",
                context=context,
                time=token,
            )
        )
    if certificate:
        return ClusterLoginFailed(
            l10n.t(
                "The cluster of the context “{context}” does not accept the login, whose certificate ended on {time}.",
                context=context,
                time=certificate,
            )
        )
    return ClusterLoginFailed(
        l10n.t("The cluster of the context “{context}” does not accept the login.", context=context)
    )


def not_allowed(verb: str, resource: str, place: ClusterPlace) -> ScoredockError:
    """Error for a right that a login does not have; `resource` such as `jobs.batch`."""
    return ClusterNotAllowed(
        l10n.t(
            "This login may not {verb} {resource} in the namespace “{namespace}”.",
            verb=verb,
            resource=resource,
            namespace=place.namespace,
        ),
        details={"verb": verb, "resource": resource, "namespace": place.namespace},
    )


def _not_allowed(right: re.Match[str], place: ClusterPlace) -> ScoredockError:
    group = f".{right['group']}" if right["group"] else ""
    return not_allowed(right["verb"], right["path"] or f"{right['resource']}{group}", place)


def _namespace_ends(body: Mapping[str, Any]) -> bool:
    causes = (body.get("details") or {}).get("causes") or []
    return any(each.get("reason") == "NamespaceTerminating" for each in causes) or (
        body.get("reason") == "Forbidden" and "because it is being terminated" in str(body.get("message"))
    )


def unreachable(place: ClusterPlace, server: str, error: BaseException) -> ClusterUnreachable:
    """Error for a connection that was not made, or broke."""
    return ClusterUnreachable(
        l10n.t(
            "The API server {server} of the context “{context}” does not answer: {reason}.",
            server=server,
            context=place.context,
            reason=reason(error),
        )
    )


def clock_wrong(place: ClusterPlace, date: str, error: BaseException) -> ScoredockError | None:
    """Error if a certificate does not fit the time because this machine's clock is wrong, else None; `date` is what the
    server reports."""
    if time_fault(error) is None:
        return None
    try:
        there = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    apart = (datetime.datetime.now(datetime.timezone.utc) - there).total_seconds()
    if abs(apart) < _CLOCK_SECONDS:
        return None
    seconds = round(abs(apart))
    return ScoredockError(
        "cluster-clock-wrong",
        l10n.t("The clock of this machine is {seconds} s ahead of the one of the cluster.", seconds=seconds)
        if apart > 0
        else l10n.t("The clock of this machine is {seconds} s behind the one of the cluster.", seconds=seconds),
        details={"context": place.context},
    )


def time_fault(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """The fault of a certificate that is not valid yet, or no longer."""
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError) and each.verify_code in (_NOT_YET, _EXPIRED):
            return each
    return None


def reason(error: BaseException) -> str:
    """Reason in a few words, from the innermost cause that says something."""
    causes = list(_causes(error))
    for each in causes:
        if isinstance(each, ssl.SSLCertVerificationError):
            return l10n.t("its certificate is not trusted ({reason})", reason=each.verify_message)
    if any(isinstance(each, TimeoutError) or type(each).__name__.endswith("Timeout") for each in causes):
        return l10n.t("no answer in time")
    for each in reversed(causes):
        text = each.strerror if isinstance(each, OSError) and each.strerror else str(each)
        if text.strip():
            return without_secrets(text.strip().rstrip("."))
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__
