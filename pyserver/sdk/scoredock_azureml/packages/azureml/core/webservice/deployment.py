"""A deployment on its way: what is sent, and how it is waited for."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple, Union

from azureml._scoredock import modern, notes
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of
from azureml._scoredock.report import REPORT_OF_THIS_RUN, Place
from azureml._scoredock.server import Operation, at_exit, begin
from azureml.core._workspace_records import command_line
from azureml.core.environment import DEFAULT_CPU_IMAGE
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.model import Model
    from azureml.core.webservice.state import ServiceState
    from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration
    from azureml.core.workspace import Workspace

ENGINE = "SCOREDOCK_SDK_ENGINE"
"""Variable that says where deployments run: `process` or `docker`; `scoredock sdk run --engine` sets it."""
_PLACES = {"process": "as a process of this machine", "docker": "in a container of this machine"}
_CLUSTER = "kubernetes"
"""What runs services on attached clusters."""
_LOOK_SECONDS = 0.05
_CHECKS = 1
"""Steps in which nothing is made yet: what is asked for is checked."""
_OF_THE_SERVICE = ("check-failed",)
"""Refusals that v1 tells of a service that has failed, and not of the call."""
_LONGEST_LOCAL_NAME = 30
_PENDING: "List[Tuple[ServiceState, Operation, List[Place]]]" = []
"""With the lines that asked for each."""


def engine(workspace: "Workspace", configuration: "WebserviceDeploymentConfiguration") -> str:
    """Engine that runs a deployment: from the variable, else for ACI and AKS as chosen in the workspace. Raises
    WebserviceException for an unknown engine.
    """
    place = os.environ.get(ENGINE) or "process"
    if not os.environ.get(ENGINE) and configuration._kind != "Local":
        place = workspace._engine() or "process"
    if place not in _PLACES:
        raise coded_error(
            WebserviceException, f"{ENGINE} is {place}; it must be process or docker.", "sdk-argument-invalid"
        )
    return place


def deploy(
    workspace: "Workspace",
    name: str,
    source: Dict[str, Any],
    inference_config: "Union[InferenceConfig, str, None]",
    configuration: "WebserviceDeploymentConfiguration",
    overwrite: bool,
) -> Operation:
    """Sends it, and says which engine stands for the compute target; an inference configuration may be the path of a
    file. Raises WebserviceException for what is refused at once."""
    document = configuration._document()
    cluster = _cluster(workspace, source, document, configuration)
    where = _CLUSTER if cluster else engine(workspace, configuration)
    params: Dict[str, Any] = {
        "name": name,
        **source,
        "compute": cluster,
        "engine": "" if cluster else "docker" if source.get("image") else where,
        "overwrite": overwrite,
        "description": configuration.description or "",
        "tags": texts(configuration.tags, "Tags"),
        "deploymentConfig": notes.write(workspace, name, notes.DEPLOYMENT, {**document, **_keys(configuration)}),
    }
    if isinstance(inference_config, str):
        params["inferenceConfig"] = inference_config
    elif inference_config is not None:
        params["inferenceConfig"] = inference_file(workspace, name, inference_config, where, source)
        params["registryCredentials"] = credentials(inference_config)
        params["inferenceSource"] = inference_config._own_file()
    place = f"on the cluster {cluster}" if cluster else _PLACES[params["engine"]]
    stands = "" if cluster or configuration._kind == "Local" else f", which stands for {configuration._kind}"
    print(f"Deploying {name} {place}{stands}.", file=sys.stderr)
    base = _named_base(inference_config) if params["engine"] == "process" else ""
    if base:
        way = "Containers have it: run the script with `scoredock sdk run --engine docker`"
        print(f"{base} is not used by a process. {way}, or set {ENGINE}=docker.", file=sys.stderr)
    if stands and not (source.get("image") or os.environ.get(ENGINE) or workspace._engine()):
        line = command_line("workspace engine docker", workspace._record)
        print(f"Containers are chosen for this workspace with `{line}`.", file=sys.stderr)
    operation = begin("service/deploy", workspaceId=workspace._record["id"], keepRefused=True, **params)
    operation.at_end = lambda: _without_keys(workspace, name, document)
    _refused_at_once(workspace, name, operation)
    notes.note(
        workspace,
        name,
        computeType=configuration._kind.upper() if configuration._kind != "Local" else "Local",
        properties=texts(configuration.properties, "Properties"),
        config=document,
    )
    return operation


def _named_base(inference_config: "Union[InferenceConfig, str, None]") -> str:
    """The base image that a script has chosen, in words; empty where it leaves that to v1."""
    if inference_config is None or isinstance(inference_config, str):
        return ""
    environment = inference_config.environment
    if environment is None:
        image = inference_config.base_image
        return f"The base image {image}" if image else ""
    docker = environment.docker
    if docker.base_dockerfile:
        return f"The base_dockerfile of the environment {environment.name}"
    image = docker.base_image
    is_chosen = image not in (None, "", DEFAULT_CPU_IMAGE)
    return f"The base image {image} of the environment {environment.name}" if is_chosen else ""


def _cluster(
    workspace: "Workspace",
    source: Dict[str, Any],
    document: Dict[str, Any],
    configuration: "WebserviceDeploymentConfiguration",
) -> str:
    """The attached cluster that a deployment is for; empty where this machine stands for one, or is to run it."""
    from azureml.core.compute.compute import is_attached

    name = str(source.get("compute") or document.get("computeTargetName") or "")
    if not name or configuration._kind == "Local" or os.environ.get(ENGINE):
        return ""
    return name if is_attached(workspace, name) else ""


def for_target(source: Dict[str, Any], target: Any) -> Dict[str, Any]:
    """The source of a deployment with its compute target, if there is one."""
    return source if target is None else {**source, "compute": str(getattr(target, "name", ""))}


def _keys(configuration: "WebserviceDeploymentConfiguration") -> Dict[str, Any]:
    """Keys that the script chose; they leave the file again when the service has them."""
    if not configuration.primary_key:
        return {}
    secondary = {"secondaryKey": configuration.secondary_key} if configuration.secondary_key else {}
    return {"keys": {"primaryKey": configuration.primary_key, **secondary}}


def _without_keys(workspace: "Workspace", name: str, document: Dict[str, Any]) -> None:
    if os.path.isdir(os.path.join(workspace._record["path"], "sdk", name)):
        notes.write(workspace, name, notes.DEPLOYMENT, document)


def inference_file(
    workspace: "Workspace", name: str, inference_config: "InferenceConfig", engine: str, source: Dict[str, Any]
) -> str:
    """The path of an inference configuration as a file. `source` has the models, as `source_of` gives them."""
    folder = notes.folder_of(workspace, name)
    models = modern.models_for(workspace, source)
    return notes.write(workspace, name, notes.INFERENCE, document_in(folder, inference_config, engine, models))


def document_in(
    folder: str, inference_config: "InferenceConfig", engine: str, models: Optional[Dict[str, Any]]
) -> Dict[str, Any]:
    """An inference configuration as a file of that folder has it: paths are relative to it."""
    document = inference_config._document(engine, models)
    directory = document.get("sourceDirectory")
    for key in ("condaFile", "extraDockerfileSteps"):
        if key in document:
            document[key] = _relative(document[key], directory or folder)
    key = "sourceDirectory" if directory else "entryScript"
    document[key] = _relative(document[key], folder)
    return document


def _relative(path: str, folder: str) -> str:
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # on another drive
        return path


def _refused_at_once(workspace: "Workspace", name: str, operation: Operation) -> None:
    """Until something is made, or it is known that nothing will be. Raises WebserviceException."""
    while len(operation.steps) <= _CHECKS and not operation.wait(_LOOK_SECONDS):
        pass
    if len(operation.steps) > _CHECKS:
        return
    try:
        operation.result()
    except ServerFailure as failure:
        if failure.code in _OF_THE_SERVICE:
            operation.is_answered = False
            return
        notes_kept = notes.read(workspace, name)
        if not notes_kept:
            notes.forget(workspace, name)
        if failure.code == "service-exists":
            failure.message = f"Error, there is already a service with name {name} found in workspace {workspace.name}."
        raise exception_of(failure, kind=WebserviceException) from None


def pending(service: "ServiceState", operation: Operation) -> None:
    """Has the script wait for the operation at its end, as nothing else would complete it."""
    if not _PENDING:
        at_exit(_finish)
    _PENDING.append((service, operation, REPORT_OF_THIS_RUN.here()))


def _finish() -> None:
    for service, operation, places in _PENDING:
        if operation.is_answered:
            continue  # the script knows how it ended
        if not operation.wait(0):
            print(f"Waiting for the deployment of {service.name}...", file=sys.stderr)
        try:
            operation.result()
            service._complete()
        except ServerFailure as failure:
            said = failure.sentence(service.name)
            print(f"{said} [{failure.code}]", file=sys.stderr)
            REPORT_OF_THIS_RUN.fail(said, places, failure.code, failure.finding_lines())


def source_of(models: "Sequence[Union[str, Model]]") -> Dict[str, Any]:
    """The models of a deployment as it is sent."""
    registered, files = models_of(models)
    return {"models": registered, "registerModels": files}


def models_of(models: "Sequence[Union[str, Model]]") -> Tuple[List[str], List[Dict[str, Any]]]:
    """Ids of registered models, and files to register on the way."""
    registered: List[str] = []
    files: List[Dict[str, Any]] = []
    for model in models or ():
        if not isinstance(model, str):
            registered.append(model.id)
        elif os.path.exists(model):
            name = re.sub(r"[^a-zA-Z0-9\-._]", "-", os.path.basename(os.path.abspath(model)))[:_LONGEST_LOCAL_NAME]
            files.append({"name": name, "paths": [os.path.abspath(model)]})
        else:
            registered.append(model)
    return registered, files


def credentials(inference_config: "InferenceConfig") -> List[Dict[str, str]]:
    """Credentials of the base image's registry, which go to Docker only."""
    environment = inference_config.environment
    registry = (
        environment.docker.base_image_registry if environment is not None else inference_config.base_image_registry
    )
    if not (registry.address and registry.username and registry.password):
        return []
    return [{"address": registry.address, "username": registry.username, "password": registry.password}]


def texts(values: Optional[Dict[str, Any]], what: str) -> Dict[str, str]:
    """Tags or properties as Scoredock keeps them. Raises WebserviceException for what is not a dictionary."""
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise WebserviceException(f"{what} must be a dict")
    return {str(key): "" if value is None else str(value) for key, value in values.items()}
