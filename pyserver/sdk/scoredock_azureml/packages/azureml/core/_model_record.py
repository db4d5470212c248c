"""Models between the names of the SDK and the messages of the server."""

from __future__ import annotations

import datetime
import difflib
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional

from azureml._scoredock.failures import ServerFailure, coded_error, exception_of
from azureml.core._workspace_records import command_line
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.core.webservice import deployment
from azureml.data.tabular_dataset import AbstractDataset
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_MOST = 5
"""Models that are named where another one is not there."""


def attributes(details: Dict[str, Any]) -> Dict[str, Any]:
    """Facts of a model under the names of the SDK's attributes."""
    record, resources = details["model"], details["resources"]
    datasets: Dict[str, List[str]] = {}
    for each in details["datasets"]:
        datasets.setdefault(each["scenario"], []).append(each["dataset"])
    has_resources = any(value is not None for value in resources.values())
    return {
        **{name: record[name] for name in ("id", "name", "version", "description", "tags", "properties")},
        "model_framework": record["framework"] or None,
        "model_framework_version": record["frameworkVersion"] or None,
        "created_time": datetime.datetime.fromtimestamp(record["created"], datetime.timezone.utc),
        "created_by": record["createdBy"],
        "run_id": record["runId"] or None,
        "experiment_name": record["experiment"] or None,
        "sample_input_dataset": details["sampleInputDataset"] or None,
        "sample_output_dataset": details["sampleOutputDataset"] or None,
        "datasets": datasets,
        "resource_configuration": ResourceConfiguration.deserialize(resources) if has_resources else None,
    }


def details(workspace: "Workspace", id: str, name: Optional[str] = None, version: Any = None) -> Dict[str, Any]:
    """Record of a model at the server, with its details. Raises WebserviceException."""
    try:
        model: Dict[str, Any] = workspace._ask("model/show", id=id)
    except ServerFailure as failure:
        if failure.code == "model-not-found":
            raise missing(name or id, version, workspace) from None
        raise exception_of(failure, kind=WebserviceException) from None
    return model


def missing(name: Optional[str], version: Any, workspace: "Workspace") -> BaseException:
    """Exception for a model that is not registered; its message lists versions or names that are."""
    text = f"name {name}" + (f", version {version}" if version is not None else "")
    records = workspace._ask("model/list", name="", query={"order": "newest"})["models"]
    own = str(name).partition(":")[0]
    versions = [each["id"] for each in records if each["name"] == own]
    others = [each["name"] for each in records]
    there = versions or list(dict.fromkeys([*difflib.get_close_matches(own, others), *others]))
    more = f" and {len(there) - _MOST} more" if len(there) > _MOST else ""
    return coded_error(
        WebserviceException,
        f"ModelNotFound: Model with {text} not found in provided workspace. It has "
        + (f"{', '.join(there[:_MOST])}{more}." if there else "no models."),
        "model-not-found",
        f"`{command_line('model list', workspace._record)}` shows the registered models.",
    )


def described(arguments: Mapping[str, Any], workspace: "Workspace") -> Dict[str, Any]:
    """Facts of a model beside its files, from the arguments of the SDK. Datasets that are not registered become assets
    of the workspace. Raises WebserviceException.
    """
    resources: Optional[ResourceConfiguration] = arguments["resource_configuration"]
    name = arguments["model_name"]
    return {
        "tags": deployment.texts(arguments["tags"], "Tags"),
        "properties": deployment.texts(arguments["properties"], "Properties"),
        "description": arguments["description"] or "",
        "framework": arguments["model_framework"] or "",
        "frameworkVersion": arguments["model_framework_version"] or "",
        "resources": resources.serialize() if resources is not None else None,
        "sampleInputDataset": dataset_id(arguments["sample_input_dataset"], "input", workspace, name),
        "sampleOutputDataset": dataset_id(arguments["sample_output_dataset"], "output", workspace, name),
        "datasets": [
            {"scenario": scenario, "dataset": dataset_id(dataset, scenario, workspace, name)}
            for scenario, dataset in arguments["datasets"] or ()
        ],
    }


def dataset_id(dataset: Any, what: str, workspace: "Workspace", model_name: str) -> str:
    """Id of a dataset that is given as `what` of a model; empty for None. Raises WebserviceException."""
    if dataset is None:
        return ""
    id = getattr(dataset, "id", None)
    if id is None and isinstance(dataset, AbstractDataset):
        # The SDK saves it without a name; an asset here has one.
        id = dataset.register(workspace, f"{model_name}-{what}", create_new_version=True).id
    if not isinstance(id, str) or not id:
        raise WebserviceException(
            f"Error, Invalid sample {what} dataset of type {type(dataset)} passed, must be of type TabularDataset or"
            " FileDataset"
        )
    return id
