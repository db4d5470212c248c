"""Division of an endpoint's requests among its versions by a Gateway, where a route can do it. Pure.

A route has weights, names and copies. It does not look at answers, and its weights hold whether or not a version takes
requests: for whatever needs that, callers are led to the router, which does all of it.
"""

from __future__ import annotations

from scoredock import l10n
from scoredock.clusters.routes import Copies, Division, Share
from scoredock.engines.base import Observation
from scoredock.services.endpoints.record import EndpointRecord

_PORT = 80
"""Of a version whose Service is gone; it has no share then."""


def why_router(endpoint: EndpointRecord) -> str:
    """Sentence that says which need of the endpoint a route does not meet; empty if a route meets all."""
    if endpoint.through_router:
        return l10n.t(
            "The Gateway leads all requests to the router, as the endpoint was created with --through-router."
        )
    if endpoint.sticky_header:
        return l10n.t(
            "The Gateway leads all requests to the router, as they stick to versions by the header {header}.",
            header=endpoint.sticky_header,
        )
    for each in endpoint.versions:
        share = endpoint.effective(each.name)
        if each.limits and share:
            return l10n.t(
                "The Gateway leads all requests to the router, which withdraws {name} by itself.", name=each.name
            )
        if each.name == endpoint.mirror and share:
            return l10n.t(
                "The Gateway leads all requests to the router, as {name} gets copies and has a share as well.",
                name=each.name,
            )
        if each.away and share:
            return l10n.t(
                "The Gateway leads all requests to the router, as {name} takes none and others respond in its place.",
                name=each.name,
            )
    return ""


def division_of(endpoint: EndpointRecord) -> Division | None:
    """Division of the requests by a Gateway; None if that is for the router."""
    if why_router(endpoint):
        return None
    copies = None
    if endpoint.mirror:
        version = endpoint.version(endpoint.mirror)
        copies = Copies(version.service, endpoint.mirror_share, version.port or _PORT)
    shares = (
        Share(each.service, endpoint.effective(each.name), each.port or _PORT, each.name) for each in endpoint.versions
    )
    return Division(tuple(shares), copies)


def notes_of(endpoint: EndpointRecord, observation: Observation) -> list[str]:
    """Notes on how callers outside of the cluster reach the endpoint, one or two sentences each."""
    notes = [observation.address_note] if observation.address_note else []
    if notes and not observation.address:  # nobody comes by the Gateway yet
        return notes
    if observation.led_to == "router":
        why = why_router(endpoint)
        if not why and observation.undivided:
            why = l10n.t("The Gateway leads all requests to the router: {reason}", reason=observation.undivided)
        if not why:
            command = f"scoredock endpoint start {endpoint.name}"
            why = l10n.t(
                "The Gateway still leads all requests to the router; `{command}` lets it divide them.", command=command
            )
        notes.append(why)
    if observation.led_to == "versions":
        notes.append(
            l10n.t(
                "The Gateway divides the requests among the versions itself. Their services count these requests, and"
                " the counts here are of those that came by the router."
            )
        )
        if endpoint.mirror:
            notes.append(l10n.t("The Gateway sends copies to {name} and compares no responses.", name=endpoint.mirror))
    return notes


def behind_note(name: str, *, running: bool) -> str:
    """A command was interrupted or failed, a pod of the router has withdrawn a version, or somebody else has changed
    what runs in the cluster."""
    return l10n.t(
        "What runs in the cluster is not what was asked for here: a command was interrupted, or somebody has"
        " changed it, on another machine for example. `{command}` brings it in line with what was asked for here.",
        command=f"scoredock endpoint {'start' if running else 'stop'} {name}",
    )
