"""Endpoints: several services as the versions of one, behind one port."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from scoredock import l10n
from scoredock.features.context import Context, Operation
from scoredock.protocol import messages
from scoredock.status import State, endpoint_status, version_status

if TYPE_CHECKING:
    from scoredock.service import Service
    from scoredock.services.endpoints.endpoints import Endpoints, EndpointView, Guard
    from scoredock.services.endpoints.record import EndpointVersion

_OWN = "-"
"""In the counts of a router: requests that no version was asked for."""


def list_endpoints(
    params: messages.EndpointListParams, context: Context, operation: Operation
) -> messages.EndpointList:
    """All endpoints of a workspace, by name."""
    workspace = context.workspace(params.workspace_id)
    return messages.EndpointList(
        [_message(each, workspace.id) for each in _endpoints(context, workspace.id, operation).all()]
    )


def show(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """One endpoint. Raises endpoint-not-found."""
    workspace = context.workspace(params.workspace_id)
    return _message(_endpoints(context, workspace.id, operation).one(params.name), workspace.id)


def create(params: messages.EndpointCreateParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """An endpoint whose first version is a service. Raises service-not-found, service-exists, port-in-use."""
    workspace = context.workspace(params.workspace_id)
    made = _endpoints(context, workspace.id, operation).create(
        params.name,
        params.version,
        params.service,
        port=params.port,
        sticky_header=params.sticky_header,
        takeover=params.takeover,
    )
    return _message(made, workspace.id)


def set_version(
    params: messages.EndpointVersionParams, context: Context, operation: Operation
) -> messages.EndpointDetails:
    """A version more, or a change of one. Raises endpoint-not-found, service-not-found, traffic-invalid."""
    from scoredock.services.endpoints.endpoints import VersionChanges
    from scoredock.services.endpoints.record import VersionLimits

    workspace = context.workspace(params.workspace_id)
    limits = VersionLimits(**dataclasses.asdict(params.limits)) if params.limits is not None else None
    changes = VersionChanges(params.service, params.share, params.is_default, params.is_control, limits)
    endpoints = _endpoints(context, workspace.id, operation)
    return _message(endpoints.set_version(params.name, params.version, changes, _guard(params)), workspace.id)


def remove_version(
    params: messages.EndpointVersionRef, context: Context, operation: Operation
) -> messages.EndpointDetails:
    """A version less; its service stays. Raises endpoint-not-found, endpoint-version-not-found."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).remove_version(params.name, params.version, _guard(params))
    return _message(changed, workspace.id)


def traffic(params: messages.EndpointTrafficParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """Which version gets how much. Raises endpoint-not-found, endpoint-version-not-found, traffic-invalid."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).traffic(
        params.name, params.traffic, params.default, _guard(params)
    )
    return _message(changed, workspace.id)


def limits(params: messages.EndpointLimitsParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """Above which versions are withdrawn by the router. Raises endpoint-not-found, endpoint-version-not-found,
    limits-invalid."""
    from scoredock.services.endpoints.record import VersionLimits

    workspace = context.workspace(params.workspace_id)
    given = {name: VersionLimits(**dataclasses.asdict(each)) for name, each in params.limits.items()}
    changed = _endpoints(context, workspace.id, operation).limits(params.name, given, _guard(params))
    return _message(changed, workspace.id)


def mirror(params: messages.EndpointMirrorParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """Copies of requests to a version. Raises endpoint-not-found, endpoint-version-not-found, traffic-invalid."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).mirror(
        params.name, params.version, params.share, _guard(params)
    )
    return _message(changed, workspace.id)


def differences(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDifferences:
    """Answers to copies that were not as those of the version that the request was for. Raises endpoint-not-found."""
    found = _endpoints(context, context.workspace(params.workspace_id).id, operation).differences(params.name)
    told = [
        messages.EndpointDifference(
            each.time,
            each.version,
            each.compared_with,
            each.difference,
            each.request,
            list(each.answers),
            list(each.milliseconds),
        )
        for each in found
    ]
    return messages.EndpointDifferences(params.name, told)


def promote(params: messages.EndpointVersionRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """A version answers everything from now on. Raises endpoint-not-found, endpoint-version-not-found."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).promote(params.name, params.version, _guard(params))
    return _message(changed, workspace.id)


def withdraw(params: messages.EndpointVersionRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """A version answers nothing from now on, and stays. Raises endpoint-not-found, endpoint-version-not-found."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).withdraw(params.name, params.version, _guard(params))
    return _message(changed, workspace.id)


def start(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """The router of an endpoint. Raises endpoint-not-found."""
    workspace = context.workspace(params.workspace_id)
    return _message(_endpoints(context, workspace.id, operation).start(params.name), workspace.id)


def stop(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """The router of an endpoint; the services stay. Raises endpoint-not-found."""
    workspace = context.workspace(params.workspace_id)
    return _message(_endpoints(context, workspace.id, operation).stop(params.name), workspace.id)


def delete(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.Empty:
    """An endpoint; the services stay. Raises endpoint-not-found."""
    _endpoints(context, context.workspace(params.workspace_id).id, operation).delete(params.name)
    return messages.Empty()


def _endpoints(context: Context, workspace_id: str, operation: Operation | None = None) -> Endpoints:
    from scoredock.services.endpoints.endpoints import Endpoints

    if operation is None:
        return Endpoints(context.deployments(workspace_id))
    return Endpoints(context.deployments(workspace_id), operation.progress, operation.cancel)


def current_endpoints(context: Context, workspace_id: str, services: list[Service]) -> list[messages.EndpointDetails]:
    """All endpoints as they are seen, for the views; `services` are those of the workspace."""
    return [_message(each, workspace_id) for each in _endpoints(context, workspace_id).look(services)]


def _guard(
    params: messages.EndpointVersionParams
    | messages.EndpointVersionRef
    | messages.EndpointTrafficParams
    | messages.EndpointMirrorParams
    | messages.EndpointLimitsParams,
) -> Guard:
    from scoredock.services.endpoints.endpoints import Guard

    return Guard(params.preview, params.expected)


def _message(view: EndpointView, workspace_id: str) -> messages.EndpointDetails:
    from scoredock.services.endpoints.record import stamp_of

    endpoint, seen = view.row.endpoint, view.seen
    port = seen.port if seen is not None and seen.state not in ("Failed", "Stopped") else None
    own = view.answered.get(_OWN)
    return messages.EndpointDetails(
        name=endpoint.name,
        workspace_id=workspace_id,
        state=view.state,
        phase="degraded" if view.degraded else "",
        status=endpoint_status(view.state, "degraded" if view.degraded else ""),
        port=port,
        scoring_uri=f"http://127.0.0.1:{port}/score" if port else "",
        versions=[_version(view, each) for each in endpoint.versions],
        sticky_header=endpoint.sticky_header,
        mirror=endpoint.mirror,
        mirror_share=endpoint.mirror_share,
        takeover=endpoint.takeover,
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
    answered = view.answered.get(version.name) or AnswerCounts()
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
        answered=answered.requests,
        failed=answered.failed,
        lost=answered.lost,
        mean_ms=_mean(answered.seconds, answered.requests - answered.lost),
        copied=answered.copied,
        different=answered.different,
        incomparable=answered.incomparable,
        uncopied=answered.uncopied,
        dropped=answered.dropped,
        copy_mean_ms=_mean(answered.copy_seconds, answered.copied),
        compared_mean_ms=_mean(answered.answer_seconds, answered.copied),
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
