"""The HTTPRoute of an endpoint in a cluster: to the services of its versions, by weights, or to its router.

What it says is compared with what is wanted, whoever has changed it. A form of it that the cluster or the Gateway does
not take is not tried again: the annotation REFUSED says so, and callers are led to the router.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster
from scoredock.clusters.routes import Division, Share, earlier_form, http_route, says_all, unsupported
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.identity import is_ours, owner_of, part_of, proofs_in
from scoredock.engines.kubernetes.labels import REFUSED
from scoredock.engines.kubernetes.reading import rows_of, text_of
from scoredock.engines.kubernetes.service_objects import led_to, route_kind
from scoredock.errors import ClusterRefused

_KIND = "HTTPRoute"
_SHARES, _COPIES = "shares", "copies"
"""Forms of a route that divides: the second one has copies besides."""


class EndpointRoute:
    """HTTPRoute of the endpoint with this router; a request may take `seconds`. Nothing happens where no HTTPRoute of
    ours leads callers to it. All methods raise ScoredockError."""

    def __init__(self, cluster: Cluster, router: Handle, seconds: float) -> None:
        self._cluster = cluster
        self._router = router
        self._seconds = seconds

    def misleads(self, division: Division | None) -> bool:
        """True if it says anything else than this division, as far as that can be had; None leads to the router."""
        standing = self._standing()
        if standing is None:
            return False
        possible = _possible(standing, division)
        wanted = self._document(standing, possible)
        return not says_all(standing["spec"], wanted["spec"]) or (possible is not None and bool(unsupported(standing)))

    def lead(self, division: Division | None) -> None:
        """Requests are divided so from now on; they go to the router where that is wanted, or cannot be otherwise."""
        standing = self._standing()
        if standing is None:
            return
        possible = _possible(standing, division)
        wanted = self._document(standing, possible)
        if possible is None:
            self._cluster.apply(wanted)
            return
        reason = unsupported(standing) if says_all(standing["spec"], wanted["spec"]) else self._applied(wanted)
        if reason:
            form = _COPIES if possible.copies is not None else _SHARES
            self._cluster.apply(self._document(standing, None, f"{form} {reason}"))

    def _standing(self) -> dict[str, Any] | None:
        name, folder = self._router.name, self._router.folder
        if route_kind(self._cluster.get("Service", name)) != _KIND:
            return None
        with contextlib.suppress(ClusterRefused):  # it has no HTTPRoutes any more
            route = self._cluster.get(_KIND, name)
            if route is not None and is_ours(route, owner_of(folder), self._cluster.place, part_of(folder)):
                return route
        return None

    def _applied(self, document: dict[str, Any]) -> str:
        """Why the cluster does not take it as it is; empty where it does."""
        try:
            taken = self._cluster.apply(document)
        except ClusterRefused as error:
            return error.message
        if says_all(taken["spec"], document["spec"]):
            return ""
        return l10n.t("The HTTPRoutes of the cluster are of a version that cannot say all of this.")

    def _document(self, standing: Mapping[str, Any], division: Division | None, refused: str = "") -> dict[str, Any]:
        """Document of the route, with the host and the Gateway that it has."""
        metadata = standing["metadata"]
        annotations = proofs_in(metadata.get("annotations") or {})
        if refused := refused or text_of(standing, "metadata", "annotations", REFUSED):
            annotations[REFUSED] = refused
        own = {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "labels": dict(metadata.get("labels") or {}),
            "annotations": annotations,
        }
        parent = next(iter(rows_of(standing, "spec", "parentRefs")), {})
        gateway = f"{text_of(parent, 'namespace')}/{text_of(parent, 'name')}".lstrip("/")
        hosts = [str(each) for each in standing["spec"].get("hostnames") or []]
        led = division or Division((Share(self._router.name),))
        route = http_route(own, hosts, gateway, led, self._seconds)
        version = self._cluster.served(_KIND)
        return route if route["apiVersion"] == version else earlier_form(route, version)


def leads_past(standing: Mapping[str, Any] | None, document: Mapping[str, Any]) -> bool:
    """True if a route leads callers of the same Gateway and host to versions, where `document` leads to the router."""
    if standing is None or led_to({"kind": _KIND, **standing}, document["metadata"]["name"])[0] != "versions":
        return False
    place = {key: value for key, value in document["spec"].items() if key != "rules"}
    return says_all(standing["spec"], place)


def _possible(standing: Mapping[str, Any], division: Division | None) -> Division | None:
    """None for one that the cluster or the Gateway has refused before."""
    form = text_of(standing, "metadata", "annotations", REFUSED).partition(" ")[0]
    is_refused = form == _SHARES or (form == _COPIES and division is not None and division.copies is not None)
    return None if is_refused else division
