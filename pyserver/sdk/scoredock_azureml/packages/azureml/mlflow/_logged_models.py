"""Models as MLflow 3 logs them. Their files are artifacts of a run, under the model's name, where MLflow 1 and 2 have
them; the rest is a tag of that run. A model that is logged outside of a run gets one."""

from __future__ import annotations

import json
import time
from typing import Any, Dict, List, Optional

from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils import search_utils

from azureml.mlflow._workspace import MlflowWorkspace, fitting

_TAG = "mlflow.loggedModel."
_MOST = 100
_ID = "m-{number}-{run_id}"


class LoggedModels:
    """The part of a tracking store that MLflow 3 has."""

    _workspace: MlflowWorkspace

    def create_logged_model(
        self,
        experiment_id: str,
        name: Optional[str] = None,
        source_run_id: Optional[str] = None,
        tags: Any = None,
        params: Any = None,
        model_type: Optional[str] = None,
    ) -> Any:
        """Creates a logged model whose files are still to come."""
        name = name or "model"
        run_id = source_run_id or self.create_run(experiment_id, "", 0, [], name).info.run_id  # type: ignore[attr-defined]
        models = models_of(self._workspace.logged(run_id)["tags"])
        paths = {each["path"] for each in models.values()}
        number = len(models)
        document = {
            "name": name,
            "path": name if name not in paths else f"{name}-{number}",
            "experiment": str(experiment_id),
            "source": source_run_id,
            "type": model_type,
            "created": int(time.time() * 1000),
            "status": "PENDING",
            "tags": {each.key: each.value for each in tags or ()},
            "params": {each.key: each.value for each in params or ()},
        }
        return self._keep(_ID.format(number=number, run_id=run_id), document)

    def get_logged_model(self, model_id: str, allow_deleted: bool = False) -> Any:
        """Logged model by its id. Raises MlflowException."""
        return self._model(model_id, self._document(model_id))

    def finalize_logged_model(self, model_id: str, status: Any) -> Any:
        """Sets the status of a logged model: its files are there, or did not come."""
        document = {**self._document(model_id), "status": str(status.value)}
        if not document["source"]:
            end = "Completed" if document["status"] == "READY" else "Failed"
            self._workspace.write(_run_of(model_id), "end", status=end)
        return self._keep(model_id, document)

    def set_logged_model_tags(self, model_id: str, tags: List[Any]) -> None:
        """Adds or changes them."""
        document = self._document(model_id)
        document["tags"].update({each.key: each.value for each in tags})
        self._keep(model_id, document)

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Takes it away."""
        document = self._document(model_id)
        document["tags"].pop(key, None)
        self._keep(model_id, document)

    def log_logged_model_params(self, model_id: str, params: List[Any]) -> None:
        """Adds them."""
        document = self._document(model_id)
        document["params"].update({each.key: each.value for each in params})
        self._keep(model_id, document)

    def search_logged_models(
        self,
        experiment_ids: List[str],
        filter_string: Optional[str] = None,
        datasets: Any = None,
        max_results: Optional[int] = None,
        order_by: Any = None,
        page_token: Optional[str] = None,
    ) -> Any:
        """Logged models of all runs of the experiments, the newest first."""
        names = ["Default" if each == "0" else each for each in experiment_ids]
        candidates = [
            self._model(id, document)
            for record in self._records(names)  # type: ignore[attr-defined]
            for id, document in models_of(record["tags"]).items()
        ]
        tools = search_utils.SearchLoggedModelsUtils
        chosen = tools.sort(tools.filter_logged_models(candidates, filter_string, datasets), order_by)
        return PagedList(*tools.paginate(chosen, page_token, max_results or _MOST))

    def _document(self, model_id: str) -> Dict[str, Any]:
        document = models_of(self._workspace.logged(_run_of(model_id))["tags"]).get(model_id)
        if document is None:
            raise MlflowException(f"There is no model {model_id}.", error_code=codes.RESOURCE_DOES_NOT_EXIST)
        return document

    def _keep(self, model_id: str, document: Dict[str, Any]) -> Any:
        tags = {f"{_TAG}{model_id}": json.dumps(document)}
        self._workspace.write(_run_of(model_id), "change", tags=tags)
        return self._model(model_id, document)

    def _model(self, model_id: str, document: Dict[str, Any]) -> Any:
        from mlflow.entities import LoggedModel, LoggedModelStatus  # from MLflow 3 on

        return fitting(
            LoggedModel,
            experiment_id=document["experiment"],
            model_id=model_id,
            name=document["name"],
            artifact_location=f"{self._workspace.run_uri(_run_of(model_id))}/{document['path']}",
            creation_timestamp=document["created"],
            last_updated_timestamp=document["created"],
            model_type=document["type"],
            source_run_id=document["source"],
            status=LoggedModelStatus(document["status"]),
            tags=dict(document["tags"]),
            params=dict(document["params"]),
        )


def models_of(tags: Dict[str, str]) -> Dict[str, Dict[str, Any]]:
    """Facts of a run's models, from its tags, by the ids of the models."""
    return {key[len(_TAG) :]: json.loads(text) for key, text in tags.items() if key.startswith(_TAG)}


def _run_of(model_id: str) -> str:
    parts = model_id.split("-", 2)
    if len(parts) != 3 or parts[0] != "m":
        raise MlflowException(f"There is no model {model_id}.", error_code=codes.RESOURCE_DOES_NOT_EXIST)
    return parts[2]
