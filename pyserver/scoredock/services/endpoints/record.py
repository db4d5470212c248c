"""Record of an endpoint, and functions that return it with a change. Pure; the only module that writes and reads its
JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.services.request import require_service_name

VERSIONS_LIMIT = 6
"""As many as an AksEndpoint takes."""
MIRROR_LIMIT = 50
"""Percent, as with online endpoints of v2."""
_MOST = {"errors": 99, "milliseconds": 3_600_000, "seconds": 3600, "requests": 100_000}
"""Of each number of limits; the least is 0 for the first two, which is not a limit, and 1 for the others."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class VersionLimits:
    """Above which a version is withdrawn by the router; 0 for no limit."""

    errors: int = 0
    """Percent of its responses."""
    milliseconds: int = 0
    """That 95 percent of its responses may take at most."""
    seconds: int = 60
    """So far back is looked."""
    requests: int = 20
    """Fewer responses decide nothing."""

    def __bool__(self) -> bool:
        return bool(self.errors or self.milliseconds)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Withdrawal of a version by the router itself."""

    time: float
    kind: str
    """`errors` or `latency`."""
    measured: float
    """Percent of the responses that were errors, or too slow."""
    requests: int
    share: int
    """That it had."""
    armed: int = 0


@dataclass(frozen=True, slots=True)
class EndpointVersion:
    """A service in its part as a version."""

    name: str
    service: str
    share: int = 0
    """Percent of the requests that it was given; the default version answers what nobody was given besides."""
    port: int = 0
    """Where the service listened when it was looked at last."""
    limits: VersionLimits = VersionLimits()
    armed: int = 0
    """Counts how often it was given traffic; a withdrawal holds for one."""
    withdrawal: Withdrawal | None = None
    revision: int = 0
    """That the service served when it was looked at last."""
    host: str = ""
    """Where `port` is, in the cluster of the endpoint; empty for this machine."""
    away: bool = False
    """Whether no replica of it took requests then, of an endpoint to whose versions a Gateway may lead."""

    def given(self, share: int) -> EndpointVersion:
        """This version with another share; a share above 0 clears its withdrawal."""
        if not share:
            return replace(self, share=0)
        return replace(self, share=share, armed=self.armed + 1, withdrawal=None)


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """An endpoint as the store keeps it."""

    name: str
    versions: tuple[EndpointVersion, ...]
    """In the order in which they were made."""
    default: str
    """The version that gets all that is not allocated."""
    control: str = ""
    """The version of type Control; all others are of type Treatment. Empty for none."""
    sticky_header: str = ""
    port: int = 0
    """That was asked for; 0 for any free one."""
    mirror: str = ""
    """The version that gets copies of requests; empty for none."""
    mirror_share: int = 0
    """Percent of the requests that are copied."""
    last_port: int = 0
    """Where its router listened when it was started last; it is taken again where it is free."""
    takeover: bool = True
    """Whether others answer the share of the default version while that takes no requests; else they get 503."""
    compute: str = ""
    """The compute target on which its router and all its versions run; empty for this machine."""
    through_router: bool = False
    """Whether a Gateway leads callers to the router, also where it could divide the requests itself."""

    def version(self, name: str) -> EndpointVersion:
        """Raises ScoredockError `endpoint-version-not-found`."""
        for each in self.versions:
            if each.name == name:
                return each
        raise ScoredockError(
            "endpoint-version-not-found",
            l10n.t("The endpoint {endpoint} has no version {name}.", endpoint=self.name, name=name[:64]),
        )

    def substitutes(self, alive: Sequence[str]) -> list[str]:
        """Names of the versions in `alive` that answer the share of one that takes no requests: the default version,
        without it the others in proportion to their shares, and then whoever is left; empty without takeover. As the
        router's RouteTable has it."""
        if self.default in alive:
            return [self.default]
        if not self.takeover:
            return []
        others = sorted((each for each in self.versions if each.name in alive), key=lambda each: -each.share)
        return [each.name for each in others if each.share] or [each.name for each in others[:1]]

    def effective(self, name: str) -> int:
        """Percent of the requests that a version gets, with what falls to it as the default one."""
        left = 100 - sum(each.share for each in self.versions)
        return self.version(name).share + (left if name == self.default else 0)


def with_version(endpoint: EndpointRecord, version: EndpointVersion, *, default: bool, control: bool) -> EndpointRecord:
    """The endpoint with a version more, or with another one in the place of the one of that name. What its share
    leaves goes to the default version, whose own share yields.

    Raises ScoredockError `service-name-invalid`, `traffic-invalid`, `endpoint-full`.
    """
    require_service_name(version.name)
    _require_share(version.name, version.share)
    names = [each.name for each in endpoint.versions]
    if version.name in names:
        versions = tuple(version if each.name == version.name else each for each in endpoint.versions)
    else:
        versions = (*endpoint.versions, version)
    if len(versions) > VERSIONS_LIMIT:
        raise ScoredockError(
            "endpoint-full",
            l10n.t(
                "The endpoint {endpoint} has {limit} versions already.", endpoint=endpoint.name, limit=VERSIONS_LIMIT
            ),
        )
    changed = replace(
        endpoint,
        versions=versions,
        default=version.name if default else endpoint.default,
        control=version.name if control else endpoint.control,
    )
    if version.name != changed.default:
        changed = _with_room(changed)
    _require_sum(changed)
    return changed


def _with_room(endpoint: EndpointRecord) -> EndpointRecord:
    """The share of the default version is what the others leave, so it yields to theirs."""
    excess = max(0, sum(each.share for each in endpoint.versions) - 100)
    return replace(
        endpoint,
        versions=tuple(
            replace(each, share=max(0, each.share - excess)) if each.name == endpoint.default else each
            for each in endpoint.versions
        ),
    )


def without_version(endpoint: EndpointRecord, name: str) -> EndpointRecord:
    """Endpoint without a version, whose share goes to the default version. Raises ScoredockError
    `endpoint-version-not-found`, `endpoint-version-needed`."""
    endpoint.version(name)
    if name == endpoint.default:
        raise ScoredockError(
            "endpoint-version-needed",
            l10n.t("The version {name} is the default version of {endpoint}.", name=name, endpoint=endpoint.name),
            _without_the_default(endpoint),
        )
    return replace(
        endpoint,
        versions=tuple(each for each in endpoint.versions if each.name != name),
        control="" if endpoint.control == name else endpoint.control,
        mirror="" if endpoint.mirror == name else endpoint.mirror,
    )


def with_traffic(endpoint: EndpointRecord, shares: Mapping[str, int], default: str = "") -> EndpointRecord:
    """These shares, and nothing for versions that are not named; what they leave goes to the default version.

    Raises ScoredockError `endpoint-version-not-found`, `traffic-invalid`.
    """
    for name, share in shares.items():
        endpoint.version(name)
        _require_share(name, share)
    if default:
        endpoint.version(default)
    versions = endpoint.versions
    if shares:
        versions = tuple(each.given(shares.get(each.name, 0)) for each in versions)
    changed = replace(endpoint, versions=versions, default=default or endpoint.default)
    _require_sum(changed)
    return changed


def with_mirror(endpoint: EndpointRecord, name: str, share: int) -> EndpointRecord:
    """Copies of so many percent of the requests go to the version; an empty name ends that.

    Raises ScoredockError `endpoint-version-not-found`, `traffic-invalid`.
    """
    if name:
        endpoint.version(name)
    if not 0 <= share <= MIRROR_LIMIT:
        raise ScoredockError(
            "traffic-invalid",
            l10n.t(
                "Copies of {share}% of the requests cannot be sent; 0 to {limit}% can.", share=share, limit=MIRROR_LIMIT
            ),
        )
    return replace(endpoint, mirror=name if share else "", mirror_share=share if name else 0)


def with_limits(endpoint: EndpointRecord, limits: Mapping[str, VersionLimits]) -> EndpointRecord:
    """Above these the router withdraws the versions that are named; no limit ends that. Others keep theirs. A version
    that was withdrawn by other limits still gets nothing until it is given traffic.

    Raises ScoredockError `endpoint-version-not-found`, `limits-invalid`.
    """
    for name, new_limits in limits.items():
        endpoint.version(name)
        _require_limits(name, new_limits)
        if new_limits and name == endpoint.default:
            raise ScoredockError(
                "limits-invalid",
                l10n.t("{name} is the default version, which is never withdrawn automatically.", name=name),
            )

    def version(each: EndpointVersion) -> EndpointVersion:
        version_limits = limits.get(each.name, each.limits)
        if version_limits == each.limits or not (version_limits or each.limits):
            return each
        return replace(each, limits=version_limits, armed=each.armed + 1, withdrawal=None)

    return replace(endpoint, versions=tuple(version(each) for each in endpoint.versions))


def _without_the_default(endpoint: EndpointRecord) -> str:
    """How the default version can go."""
    other = next((each.name for each in endpoint.versions if each.name != endpoint.default), "")
    if other:
        return l10n.t(
            "Make another version the default one first: `{command}`.",
            command=f"scoredock endpoint promote {endpoint.name} {other}",
        )
    return l10n.t(
        "It has no other version: `{stop}` stops the endpoint, and `{delete}` deletes it.",
        stop=f"scoredock endpoint stop {endpoint.name}",
        delete=f"scoredock endpoint delete {endpoint.name}",
    )


def promoted(endpoint: EndpointRecord, name: str) -> EndpointRecord:
    """The version answers all requests from now on, and is the default one. Raises `endpoint-version-not-found`."""
    return with_traffic(endpoint, {name: 100}, name)


def withdrawn(endpoint: EndpointRecord, name: str) -> EndpointRecord:
    """The version gets no request any more; what it had goes to the default version.

    Raises ScoredockError `endpoint-version-not-found`, `endpoint-version-needed`.
    """
    without_version(endpoint, name)
    return replace(
        endpoint, versions=tuple(replace(each, share=0) if each.name == name else each for each in endpoint.versions)
    )


def absorbed(endpoint: EndpointRecord, withdrawals: Sequence[tuple[str, Withdrawal]]) -> EndpointRecord:
    """Endpoint with the withdrawals that the router made since its versions got their traffic."""
    newest = {(name, each.armed): each for name, each in withdrawals}

    def version(each: EndpointVersion) -> EndpointVersion:
        withdrawal = newest.get((each.name, each.armed))
        if withdrawal is None or each.name == endpoint.default or not each.limits:
            return each
        return replace(each, share=0, withdrawal=withdrawal)

    return replace(endpoint, versions=tuple(version(each) for each in endpoint.versions))


def stamp_of(endpoint: EndpointRecord) -> str:
    """The same for the same versions, shares and copies, wherever the services listen and whatever they serve."""
    placed = replace(
        endpoint,
        last_port=0,
        versions=tuple(replace(each, port=0, revision=0, host="", away=False) for each in endpoint.versions),
    )
    return hashlib.sha256(endpoint_to_text(placed).encode()).hexdigest()[:16]


def changes_between(before: EndpointRecord, after: EndpointRecord) -> tuple[str, ...]:
    """Lines that describe a change, one for each version with another share, and one for each other setting."""
    old, new = ({each.name for each in record.versions} for record in (before, after))
    lines = []
    for each in (*before.versions, *(one for one in after.versions if one.name not in old)):
        was = before.effective(each.name) if each.name in old else None
        now = after.effective(each.name) if each.name in new else None
        if was is None:
            lines.append(l10n.t("{name}: new, {now}%", name=each.name, now=now))
        elif now is None:
            lines.append(l10n.t("{name}: {was}% → removed", name=each.name, was=was))
        elif was != now:
            lines.append(l10n.t("{name}: {was}% → {now}%", name=each.name, was=was, now=now))
    lines += _limits_between(before, after)
    if before.default != after.default:
        lines.append(l10n.t("Default version: {was} → {now}", was=before.default, now=after.default))
    if (before.mirror, before.mirror_share) != (after.mirror, after.mirror_share):
        lines.append(
            l10n.t("Copies: {share}% of the requests to {name}", share=after.mirror_share, name=after.mirror)
            if after.mirror
            else l10n.t("Copies: none")
        )
    return tuple(lines)


def _limits_between(before: EndpointRecord, after: EndpointRecord) -> list[str]:
    """A line for each version with other limits."""
    known = {each.name: each.limits for each in before.versions}
    return [
        _limits_in_words(each.name, each.limits)
        for each in after.versions
        if each.limits != known.get(each.name, VersionLimits()) and (each.limits or known.get(each.name))
    ]


def _limits_in_words(name: str, limits: VersionLimits) -> str:
    if not limits:
        return l10n.t("{name}: not withdrawn automatically", name=name)
    fields = {"name": name, "seconds": limits.seconds, "requests": limits.requests}
    if limits.errors and limits.milliseconds:
        return l10n.t(
            "{name}: withdrawn above {errors}% errors, or above {milliseconds} ms (95th percentile), "
            "of at least {requests} responses in {seconds} s",
            errors=limits.errors,
            milliseconds=limits.milliseconds,
            **fields,
        )
    if limits.errors:
        return l10n.t(
            "{name}: withdrawn above {errors}% errors of at least {requests} responses in {seconds} s",
            errors=limits.errors,
            **fields,
        )
    return l10n.t(
        "{name}: withdrawn above {milliseconds} ms (95th percentile) of at least {requests} responses in {seconds} s",
        milliseconds=limits.milliseconds,
        **fields,
    )


def _require_limits(name: str, limits: VersionLimits) -> None:
    """Raises ScoredockError `limits-invalid`."""
    for what, number in asdict(limits).items():
        least = 0 if what in ("errors", "milliseconds") else 1
        if not least <= number <= _MOST[what]:
            raise ScoredockError("limits-invalid", _outside(what, name, number))


def _outside(what: str, name: str, number: int) -> str:
    fields = {"name": name, "number": number, "most": f"{_MOST[what]:,}"}
    if what == "errors":
        return l10n.t("{name} cannot be withdrawn above {number}% errors; 1 to {most}% can be set.", **fields)
    if what == "milliseconds":
        return l10n.t("{name} cannot be withdrawn above {number} ms; 1 to {most} ms can be set.", **fields)
    if what == "seconds":
        return l10n.t("The responses of {name} cannot be watched over {number} s; 1 to {most} s can be set.", **fields)
    return l10n.t("{number} responses cannot decide about {name}; 1 to {most} can.", **fields)


def _require_share(name: str, share: int) -> None:
    if not 0 <= share <= 100:
        raise ScoredockError(
            "traffic-invalid",
            l10n.t(
                "traffic_percentile cannot be negative or greater than 100. {name} has {share}.", name=name, share=share
            ),
        )


def _require_sum(endpoint: EndpointRecord) -> None:
    total = sum(each.share for each in endpoint.versions)
    if total > 100:
        text = ", ".join(f"{each.name} {each.share}" for each in endpoint.versions if each.share)
        raise ScoredockError(
            "traffic-invalid",
            l10n.t(
                "The versions of {endpoint} would get {total}% of the requests: {shares}.",
                endpoint=endpoint.name,
                total=total,
                shares=text,
            ),
        )


def endpoint_to_text(endpoint: EndpointRecord) -> str:
    """JSON of an endpoint, for the store."""
    return json.dumps({**asdict(endpoint), "format": _FORMAT})


def endpoint_from_text(text: str) -> EndpointRecord:
    """Endpoint from the text of `endpoint_to_text`; unknown keys are ignored. Raises ValueError for anything else."""
    try:
        raw: Mapping[str, Any] = json.loads(text)
        versions = tuple(_version_from(each) for each in raw["versions"])
        return EndpointRecord(
            str(raw["name"]),
            versions,
            str(raw["default"]),
            str(raw.get("control", "")),
            str(raw.get("sticky_header", "")),
            int(raw.get("port", 0)),
            str(raw.get("mirror", "")),
            int(raw.get("mirror_share", 0)),
            int(raw.get("last_port", 0)),
            bool(raw.get("takeover", True)),
            str(raw.get("compute", "")),
            bool(raw.get("through_router", False)),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _version_from(raw: Mapping[str, Any]) -> EndpointVersion:
    limits, withdrawal = raw.get("limits") or {}, raw.get("withdrawal")
    return EndpointVersion(
        str(raw["name"]),
        str(raw["service"]),
        int(raw["share"]),
        int(raw["port"]),
        VersionLimits(
            **{key: int(limits[key]) for key in ("errors", "milliseconds", "seconds", "requests") if key in limits}
        ),
        int(raw.get("armed", 0)),
        withdrawal_from(withdrawal) if withdrawal else None,
        int(raw.get("revision", 0)),
        str(raw.get("host", "")),
        bool(raw.get("away", False)),
    )


def withdrawal_from(raw: Mapping[str, Any]) -> Withdrawal:
    """Withdrawal from its JSON, which the router writes in the same form. Raises KeyError, TypeError, ValueError."""
    return Withdrawal(
        float(raw["time"]),
        str(raw["kind"]),
        float(raw["measured"]),
        int(raw["requests"]),
        int(raw["share"]),
        int(raw["armed"]),
    )
