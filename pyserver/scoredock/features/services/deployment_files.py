"""`service deploy --file`: online deployments of Azure ML v2 and their endpoint, as services and an endpoint."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.features.file_names import DEPLOYMENT_FILE
from scoredock.features.services.proposals import model_message
from scoredock.protocol import messages
from scoredock.verb import EditorCommand, files, verb

if TYPE_CHECKING:
    from scoredock.scripts.plan_files import DeploymentPlan, EndpointPlan, FilesPlanner
    from scoredock.scripts.registrations import Registrations
    from scoredock.services.endpoints.endpoints import Endpoints
    from scoredock.services.endpoints.view import EndpointView
    from scoredock.services.request import DeployRequest


@verb("service/filesBeside", progress="Reading files")
def files_beside(
    params: messages.DeploymentFileRef, context: Context, operation: Operation
) -> messages.DeploymentFileSet:
    """Files of the folder that belong to the same endpoint, and those of them that are deployed together."""
    from scoredock.services.endpoints.rows import EndpointRows
    from scoredock.services.v2_files.files_beside import files_beside

    rows = EndpointRows(context.registry(context.workspace(params.workspace_id).id).store).all()
    versions = frozenset(each.name for row in rows for each in row.endpoint.versions)
    return messages.DeploymentFileSet(*files_beside(absolute(params.path), versions))


@verb("service/planFiles", progress="Reading files")
def plan_files(params: messages.DeployFilesParams, context: Context, operation: Operation) -> messages.FilesPlan:
    """Plan of the deployment that files describe. Nothing is made, registered or recorded."""
    planner = _planner(params, context, operation)
    return _plan_message(planner.plan(), planner)


@verb(
    "service/deployFiles",
    progress="Deploying",
    changes=True,
    editor=(
        EditorCommand(
            "deployFiles",
            "Deploy Files of Azure ML v2…",
            "services/deployFiles",
            icon="rocket",
            menus=(files(DEPLOYMENT_FILE, "2_scoredock@2"),),
        ),
    ),
)
def deploy_files(params: messages.DeployFilesParams, context: Context, operation: Operation) -> messages.DeployedFiles:
    """Blocks until all services are Healthy and the endpoint gives them their requests.

    All that can be refused is refused before anything is made. When a service fails to start, it stays as Failed with
    its log; services that were new are deleted again, and the endpoint is as it was.
    """
    from scoredock.features.endpoint_messages import details
    from scoredock.images.registries import handed_over
    from scoredock.scripts.registrations import Registrations

    planner = _planner(params, context, operation)
    plan = planner.plan()
    summary = _plan_message(plan, planner)
    for each in plan.deployments:
        for note in each.notes:  # the deployment tells its own
            operation.progress.report(f"{each.name}: {note}")
    for note in plan.notes:
        operation.progress.report(note)
    registrations = Registrations(planner.deployments.registry, operation)
    try:
        with handed_over(params.registry_credentials):
            services = _services(plan, planner, registrations, operation)
        view = _endpoint(plan, params, planner, operation)
    except ScoredockError as error:
        registrations.tell(error)
        raise
    workspace_id = context.workspace(params.workspace_id).id
    return messages.DeployedFiles(summary, services, details(view, workspace_id))


def _planner(params: messages.DeployFilesParams, context: Context, operation: Operation) -> FilesPlanner:
    from scoredock.scripts.plan_files import DeploymentFiles, FilesPlanner

    files = DeploymentFiles(
        tuple(map(absolute, params.files)),
        params.name,
        params.deployment,
        params.engine,
        params.compute,
        params.auth,
        params.overwrite,
        params.skip_checks,
    )
    return FilesPlanner(files, context.workspace(params.workspace_id), context, operation.progress)


def _plan_message(plan: EndpointPlan, planner: FilesPlanner) -> messages.FilesPlan:
    """Message of a plan; what needs nothing to be registered first is checked to its end."""
    record = plan.record
    return messages.FilesPlan(
        plan.name,
        plan.current is not None,
        plan.file,
        plan.auth,
        plan.engine,
        plan.compute,
        {each.name: record.effective(each.name) for each in record.versions},
        record.default,
        record.mirror,
        record.mirror_share,
        [_deployment_message(each, planner) for each in plan.deployments],
        list(plan.notes),
    )


def _deployment_message(plan: DeploymentPlan, planner: FilesPlanner) -> messages.PlannedDeployment:
    request = plan.request
    notes = list(plan.notes)
    if plan.is_whole:
        notes += planner.deployments.planned(request).notes
    return messages.PlannedDeployment(
        str(plan.text.path),
        plan.name,
        request.name,
        plan.exists,
        list(request.models or ()),
        [model_message(plan.model, planner.deployments.registry)] if plan.model is not None else [],
        request.entry_script,
        request.environment,
        request.environment_file,
        sorted(request.environment_variables or {}),
        dict(request.settings or {}),
        notes,
    )


def _services(
    plan: EndpointPlan, planner: FilesPlanner, registrations: Registrations, operation: Operation
) -> list[messages.Service]:
    """All of them, Healthy."""
    deployments = planner.deployments
    requests = [_whole(each, planner, registrations, operation) for each in plan.deployments]
    for request, each in zip(requests, plan.deployments, strict=True):
        if not each.is_whole:
            deployments.planned(request)
    new_services: list[str] = []
    services = []
    for request, each in zip(requests, plan.deployments, strict=True):
        try:
            services.append(deployments.deploy(request, operation.progress, operation.cancel))
        except ScoredockError as error:
            for name in new_services:
                deployments.delete(name)
            if new_services:
                error.fix = f"{error.fix} " + l10n.t(
                    "These services were deleted again: {names}.", names=", ".join(new_services)
                )
            raise
        if not each.exists:
            new_services.append(request.name)
    return services


def _whole(
    plan: DeploymentPlan, planner: FilesPlanner, registrations: Registrations, operation: Operation
) -> DeployRequest:
    """The request with what had to be registered for it."""
    from scoredock.registry.assets.environments import add

    request = plan.request
    if plan.model is not None:
        registrations.register([plan.model])
        request = dataclasses.replace(request, models=(registrations.models[-1],))
    if plan.environment is not None:
        assets = planner.deployments.registry.assets
        record = add(assets, plan.environment.name, plan.environment.definition, cancel=operation.cancel)
        request = dataclasses.replace(request, environment=record.id)
    return request


def _endpoint(
    plan: EndpointPlan, params: messages.DeployFilesParams, planner: FilesPlanner, operation: Operation
) -> EndpointView:
    """The endpoint with its versions, their traffic and the copies; one that was not there before is deleted again when
    it does not come to be."""
    from scoredock.services.endpoints.changes import EndpointOptions
    from scoredock.services.endpoints.endpoints import Endpoints

    endpoints = Endpoints(planner.deployments, operation.progress, operation.cancel)
    versions = {each.name: each.request.name for each in plan.deployments}
    before = plan.current
    if before is None:
        first = plan.division.default
        endpoints.create(plan.name, first, versions.pop(first), EndpointOptions(params.port))
    try:
        return _divided(endpoints, plan, versions)
    except BaseException:
        if before is None:
            endpoints.delete(plan.name)
        raise


def _divided(endpoints: Endpoints, plan: EndpointPlan, versions: dict[str, str]) -> EndpointView:
    from scoredock.services.endpoints.changes import VersionChanges

    there = {each.name for each in plan.current.versions} if plan.current is not None else set()
    for name, service in versions.items():
        share = None if name in there else 0
        endpoints.set_version(plan.name, name, VersionChanges(service, share))
    division = plan.division
    if division.traffic is not None:
        endpoints.traffic(plan.name, division.traffic, division.default)
    if division.has_mirror:
        endpoints.mirror(plan.name, division.mirror, division.mirror_share)
    return endpoints.one(plan.name)
