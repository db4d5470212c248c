"""Traffic of one endpoint of Azure ML v2, from its files. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.services.endpoints.record import (
    EndpointRecord,
    EndpointVersion,
    with_mirror,
    with_traffic,
    with_version,
)
from scoredock.services.request import require_service_name


@dataclass(frozen=True, slots=True)
class EndpointTraffic:
    """Shares of an endpoint's requests, and copies of them."""

    traffic: Mapping[str, int] | None
    """Percent by version; None leaves it as it is."""
    default: str
    """The version that gets all that nobody else gets."""
    mirror: str = ""
    mirror_share: int = 0
    has_mirror: bool = False


def foreseen(
    name: str, current: EndpointRecord | None, versions: Mapping[str, str], division: EndpointTraffic
) -> EndpointRecord:
    """The endpoint as it will be, with `versions` (name → service) added or replaced. Raises ScoredockError
    `service-name-invalid`, `endpoint-full`, `endpoint-version-not-found`, `traffic-invalid`."""
    require_service_name(name)
    record = current or EndpointRecord(name, (), division.default)
    for version, service in versions.items():
        there = next((each for each in record.versions if each.name == version), None)
        added = there or EndpointVersion(version, service)
        record = with_version(record, added, default=False, control=False)
    if division.traffic is not None:
        record = with_traffic(record, division.traffic, division.default)
    if division.has_mirror:
        record = with_mirror(record, division.mirror, division.mirror_share)
    return record


def division_of(
    current: EndpointRecord | None,
    versions: Sequence[str],
    traffic: Mapping[str, int] | None,
    mirror: Mapping[str, int] | None,
) -> EndpointTraffic:
    """Traffic of an endpoint by its file, for versions that exist or are added. The version with the largest share is
    the default one; without traffic it stays, or is the first. Raises ScoredockError `endpoint-file-invalid`,
    `deployment-files-incomplete`."""
    shares = {name.lower(): share for name, share in traffic.items()} if traffic is not None else None
    copies = {name.lower(): share for name, share in (mirror or {}).items() if share}
    there = {each.name for each in current.versions} if current is not None else set()
    missing = [name for name in (*(shares or {}), *copies) if name not in {*versions, *there}]
    if missing:
        raise ScoredockError(
            "deployment-files-incomplete",
            l10n.t(
                "The endpoint gives requests to {names}, and no file given describes it.",
                names=", ".join(dict.fromkeys(missing)),
            ),
        )
    if len(copies) > 1:
        raise ScoredockError("endpoint-file-invalid", l10n.t("Copies of requests go to one deployment only."))
    default = current.default if current is not None else versions[0]
    if shares is not None and any(shares.values()):
        default = max(shares, key=shares.__getitem__)
    else:
        shares = None
    copied, share = next(iter(copies.items()), ("", 0))
    return EndpointTraffic(shares, default, copied, share, mirror is not None)
