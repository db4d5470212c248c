"""An endpoint and its versions as messages."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from scoredock import l10n
from scoredock.protocol import messages
from scoredock.state_table import State, is_at_rest
from scoredock.status import endpoint_status, version_status

if TYPE_CHECKING:
    from scoredock.services.endpoints.record import EndpointVersion
    from scoredock.services.endpoints.view import EndpointView


_OWN = "-"
"""In the counts of a router: requests that were for no version."""


def details(view: EndpointView, workspace_id: str) -> messages.EndpointDetails:
    """An endpoint as a message."""
    from scoredock.services.endpoints.record import stamp_of

    endpoint, seen = view.row.endpoint, view.observation
    port = seen.port if seen is not None and not is_at_rest(seen.state) else None
    own = view.answered.get(_OWN)
    return messages.EndpointDetails(
        name=endpoint.name,
        workspace_id=workspace_id,
        state=view.state,
        phase="degraded" if view.degraded else "",
        status=endpoint_status(view.state, "degraded" if view.degraded else ""),
        port=port,
        scoring_uri=f"{view.address}/score" if view.address else "",
        compute=endpoint.compute,
        reason=view.reason,
        versions=[_version(view, each) for each in endpoint.versions],
        sticky_header=endpoint.sticky_header,
        mirror=endpoint.mirror,
        mirror_share=endpoint.mirror_share,
        takeover=endpoint.takeover,
        divided_by="gateway" if view.divided_by_gateway else "router",
        notes=view.notes,
        created=view.row.created,
        updated=view.row.updated,
        unanswered=own.lost if own is not None else 0,
        log_file=str(view.log_file) if view.log_file.exists() else "",
        stamp=stamp_of(endpoint),
        changes=list(view.changes),
    )


def _version(view: EndpointView, version: EndpointVersion) -> messages.EndpointVersionDetails:
    from scoredock.services.endpoints.router import AnswerCounts

    endpoint, service = view.row.endpoint, view.services.get(version.name)
    counts = view.answered.get(version.name) or AnswerCounts()
    kind: Literal["", "Control", "Treatment"] = ""
    if endpoint.control:
        kind = "Control" if version.name == endpoint.control else "Treatment"
    state: State | Literal["Missing"] = service.state if service is not None else "Missing"
    share, takes_requests = endpoint.effective(version.name), view.takes_requests(version.name)
    answered_by = view.answered_by(version.name)
    return messages.EndpointVersionDetails(
        name=version.name,
        service=version.service,
        share=share,
        is_default=version.name == endpoint.default,
        type=kind,
        state=state,
        status=version_status(state, takes_requests, share, answered_by),
        engine=service.engine if service is not None else "",
        takes_requests=takes_requests,
        answered_by=", ".join(answered_by),
        away_since=view.away_since(version.name),
        answered=counts.requests,
        failed=counts.failed,
        lost=counts.lost,
        mean_ms=_mean(counts.seconds, counts.requests - counts.lost),
        copied=counts.copied,
        different=counts.different,
        incomparable=counts.incomparable,
        uncopied=counts.uncopied,
        dropped=counts.dropped,
        copy_mean_ms=_mean(counts.copy_seconds, counts.copied),
        compared_mean_ms=_mean(counts.answer_seconds, counts.copied),
        limits=messages.EndpointLimits(**dataclasses.asdict(version.limits)) if version.limits else None,
        withdrawn=_withdrawn(version),
        withdrawn_at=version.withdrawal.time if version.withdrawal else None,
    )


def _withdrawn(version: EndpointVersion) -> str:
    withdrawal, limits = version.withdrawal, version.limits
    if withdrawal is None:
        return ""
    if withdrawal.kind == "errors":
        return l10n.t(
            "{name} was withdrawn: {measured:g}% of {requests} responses in {seconds} s were errors, above {limit}%.",
            name=version.name,
            measured=withdrawal.measured,
            requests=withdrawal.requests,
            seconds=limits.seconds,
            limit=limits.errors,
        )
    return l10n.t(
        "{name} was withdrawn: {measured:g}% of {requests} responses in {seconds} s took longer than {limit} ms.",
        name=version.name,
        measured=withdrawal.measured,
        requests=withdrawal.requests,
        seconds=limits.seconds,
        limit=limits.milliseconds,
    )


def _mean(seconds: float, number: int) -> float | None:
    """In milliseconds."""
    return round(seconds / number * 1000, 3) if number else None
