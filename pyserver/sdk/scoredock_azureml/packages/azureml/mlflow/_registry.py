"""The model registry of MLflow that a workspace is: a registered model is all versions of a name. Stages are tags."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from mlflow.entities.model_registry import ModelVersion, ModelVersionTag, RegisteredModel, RegisteredModelTag
from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.utils import search_utils

from azureml._scoredock.temporary import scratch_folder
from azureml.mlflow._workspace import ArtifactPlace, MlflowWorkspace, fitting, refuse_the_rest

_STAGE, _NO_STAGE = "stage", "None"
_SOURCE = "mlflow.source"
_MOST = 1000
_NAME_IS = re.compile(r"\s*name\s*=\s*'([^']*)'\s*")


@refuse_the_rest
class ModelRegistry(AbstractStore):  # type: ignore[misc]  # (MLflow has no types here)
    """Models of one workspace."""

    def __init__(self, store_uri: str) -> None:
        try:
            super().__init__(store_uri=store_uri, tracking_uri=store_uri)
        except TypeError:  # before MLflow 2
            super().__init__()
        self._workspace = MlflowWorkspace.at(store_uri)
        self._to_come: Dict[str, Dict[str, Any]] = {}
        """What was said of a name before its first version."""

    # -------------------------------------------------------------------------------------- models

    def create_registered_model(
        self, name: str, tags: Any = None, description: Optional[str] = None, deployment_job_id: Any = None
    ) -> Any:
        """A name. It is kept with its first version."""
        if self._records(name):
            raise MlflowException(
                f"Registered Model (name={name}) already exists.", error_code=codes.RESOURCE_ALREADY_EXISTS
            )
        labels = {tag.key: str(tag.value) for tag in tags or ()}
        self._to_come[name] = {"tags": labels, "description": description or ""}
        return _registered_model(name, [], labels, description or "")

    def get_registered_model(self, name: str) -> Any:
        """Registered model with its newest versions. Raises MlflowException for a name without versions."""
        records = self._records(name)
        if not records:
            raise MlflowException(
                f"Registered Model with name={name} not found.", error_code=codes.RESOURCE_DOES_NOT_EXIST
            )
        return _registered_model(name, records, records[0]["tags"], records[0]["description"])

    def search_registered_models(
        self,
        filter_string: Optional[str] = None,
        max_results: Optional[int] = None,
        order_by: Optional[List[str]] = None,
        page_token: Optional[str] = None,
    ) -> Any:
        """Names that fit."""
        names = list(dict.fromkeys(record["name"] for record in self._records()))
        models = [self.get_registered_model(name) for name in names]
        return _search("SearchModelUtils", models, filter_string, order_by, max_results, page_token)

    def list_registered_models(self, max_results: Any = None, page_token: Any = None) -> Any:
        """Registered models of the workspace, as MLflow 1 asks for them."""
        return self.search_registered_models(None, max_results, None, page_token)

    def get_latest_versions(self, name: str, stages: Optional[List[str]] = None) -> List[Any]:
        """The newest version of each stage."""
        versions = self.get_registered_model(name).latest_versions
        names = [stage.lower() for stage in stages or ()]
        return [each for each in versions if not names or each.current_stage.lower() in names]

    def set_registered_model_tag(self, name: str, tag: Any) -> None:
        """Sets a tag of the newest version: a name has no tags of its own."""
        self._change(self._newest(name), setTags={tag.key: str(tag.value)})

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Deletes a tag of the newest version: a name has no tags of its own."""
        self._change(self._newest(name), removeTags=[key])

    def update_registered_model(self, name: str, description: str, deployment_job_id: Any = None) -> Any:
        """The description of the newest version."""
        self._change(self._newest(name), description=description)
        return self.get_registered_model(name)

    def delete_registered_model(self, name: str) -> None:
        """Moves all versions of a model to the trash of the workspace."""
        for record in self._records(name):
            self._workspace.ask("model/delete", id=record["id"])

    # -------------------------------------------------------------------------------------- versions

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: Optional[str] = None,
        tags: Any = None,
        run_link: Any = None,
        description: Optional[str] = None,
        local_model_path: Optional[str] = None,
        **_: Any,
    ) -> Any:
        """Registers what lies at `source`: artifacts of a run, a logged model of MLflow 3, or files from elsewhere."""
        said = self._to_come.pop(name, {"tags": {}, "description": ""})
        fields = {
            "name": name,
            "tags": {**said["tags"], **{tag.key: str(tag.value) for tag in tags or ()}},
            "description": description or said["description"],
            "properties": {_SOURCE: source},
        }
        place = ArtifactPlace.of_a_run(_logged_place(source))
        if place is not None:
            record = self._workspace.write(
                place.name, "register", path=place.path, workspaceId=self._workspace.workspace._record["id"], **fields
            )
        else:
            record = self._register_files(source, local_model_path, fields)
        return _version(record)

    def _register_files(self, source: str, local_path: Optional[str], fields: Dict[str, Any]) -> Any:
        from mlflow.tracking.artifact_utils import _download_artifact_from_uri

        with scratch_folder("copy") as folder:
            path = local_path or _download_artifact_from_uri(source, output_path=folder)
            return self._workspace.ask("model/register", paths=[path.rstrip("/")], **fields)

    def get_model_version(self, name: str, version: Any) -> Any:
        """Model version. Raises MlflowException."""
        return _version(self._workspace.ask("model/show", id=f"{name}:{version}")["model"])

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """Model version that an alias points to. Raises MlflowException."""
        return _version(self._workspace.ask("model/show", id=f"{name}@{alias}")["model"])

    def get_model_version_download_uri(self, name: str, version: Any) -> str:
        """Address of the version's files."""
        return self._workspace.version_uri(name, version)

    def search_model_versions(
        self,
        filter_string: Optional[str] = None,
        max_results: Optional[int] = None,
        order_by: Optional[List[str]] = None,
        page_token: Optional[str] = None,
    ) -> Any:
        """Versions that fit, the newest first."""
        versions = [_version(record) for record in self._records()]
        return _search("SearchModelVersionUtils", versions, filter_string, order_by, max_results, page_token)

    def update_model_version(self, name: str, version: Any, description: Optional[str] = None) -> Any:
        """Changes the description of a model version."""
        return self._change(f"{name}:{version}", description=description or "")

    def set_model_version_tag(self, name: str, version: Any, tag: Any) -> None:
        """Adds or changes it."""
        self._change(f"{name}:{version}", setTags={tag.key: str(tag.value)})

    def delete_model_version_tag(self, name: str, version: Any, key: str) -> None:
        """Takes it away."""
        self._change(f"{name}:{version}", removeTags=[key])

    def transition_model_version_stage(
        self, name: str, version: Any, stage: str, archive_existing_versions: bool = False
    ) -> Any:
        """Sets its tag `stage`; with `archive_existing_versions` the others that have it are archived."""
        stage = next(
            (each for each in ("None", "Staging", "Production", "Archived") if each.lower() == stage.lower()), stage
        )
        for record in self._records(name) if archive_existing_versions else ():
            if record["tags"].get(_STAGE) == stage and record["version"] != int(version):
                self._change(record["id"], setTags={_STAGE: "Archived"})
        return self._change(f"{name}:{version}", setTags={_STAGE: stage})

    def delete_model_version(self, name: str, version: Any) -> None:
        """Moves the version to the trash of the workspace."""
        self._workspace.ask("model/delete", id=f"{name}:{version}")

    def set_registered_model_alias(self, name: str, alias: str, version: Any) -> None:
        """Points it to a version."""
        self._workspace.ask("model/alias", id=f"{name}:{version}", alias=alias)

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Takes it away."""
        self._workspace.ask("model/alias", id=name, alias=alias, remove=True)

    # -------------------------------------------------------------------------------------- of the workspace

    def _records(self, name: str = "") -> List[Dict[str, Any]]:
        """The newest first."""
        records: List[Dict[str, Any]] = self._workspace.ask("model/list", name=name, query={"order": "newest"})[
            "models"
        ]
        return records

    def _newest(self, name: str) -> str:
        records = self._records(name)
        if not records:
            raise MlflowException(
                f"Registered Model with name={name} not found.", error_code=codes.RESOURCE_DOES_NOT_EXIST
            )
        return str(records[0]["id"])

    def _change(self, id: str, **changes: Any) -> Any:
        return _version(self._workspace.ask("model/update", id=id, **changes))


def _logged_place(source: str) -> str:
    """Address of the files of a logged model of MLflow 3; any other source is returned as it is."""
    from mlflow.tracking.client import MlflowClient

    if not re.fullmatch(r"models:/m-[^/]+", source):
        return source
    return str(MlflowClient().get_logged_model(source.partition("/")[2]).artifact_location)


def _version(record: Dict[str, Any]) -> Any:
    created = int(record["created"] * 1000)
    return fitting(
        ModelVersion,
        name=record["name"],
        version=str(record["version"]),
        creation_timestamp=created,
        last_updated_timestamp=created,
        description=record["description"],
        user_id=record["createdBy"],
        current_stage=record["tags"].get(_STAGE, _NO_STAGE),
        source=record["properties"].get(_SOURCE, ""),
        run_id=record["runId"] or None,
        status="READY",
        tags=[ModelVersionTag(key, value) for key, value in record["tags"].items()],
        aliases=list(record["aliases"]),
    )


def _registered_model(name: str, records: List[Dict[str, Any]], tags: Dict[str, str], description: str) -> Any:
    newest: Dict[str, Any] = {}
    for record in records:
        newest.setdefault(record["tags"].get(_STAGE, _NO_STAGE), _version(record))
    created = int(records[-1]["created"] * 1000) if records else 0
    return fitting(
        RegisteredModel,
        name=name,
        creation_timestamp=created,
        last_updated_timestamp=int(records[0]["created"] * 1000) if records else 0,
        description=description,
        latest_versions=list(newest.values()),
        tags=[RegisteredModelTag(key, value) for key, value in tags.items()],
        aliases=_aliases(name, records),
    )


def _aliases(name: str, records: List[Dict[str, Any]]) -> List[Any]:
    try:
        from mlflow.entities.model_registry import RegisteredModelAlias
    except ImportError:  # before MLflow 2.3
        return []
    return [RegisteredModelAlias(alias, record["version"]) for record in records for alias in record["aliases"]]


def _search(tools_name: str, items: List[Any], condition: Any, order: Any, most: Any, token: Any) -> Any:
    """By the filters of this version of MLflow; those of MLflow 1 take a name."""
    tools = getattr(search_utils, tools_name, None)
    if tools is None:
        match = _NAME_IS.fullmatch(condition or "")
        if condition and match is None:
            raise MlflowException(f"Only name='…' can be searched for, not {condition}.")
        return PagedList([each for each in items if match is None or each.name == match[1]], None)
    chosen = tools.sort(tools.filter(items, condition), order)
    page, following = tools.paginate(chosen, token, most or _MOST)
    return PagedList(page, following)
