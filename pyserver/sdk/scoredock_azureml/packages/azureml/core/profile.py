"""`ModelProfile`: what a model takes in CPU and memory, measured."""

from __future__ import annotations

import datetime
import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock import modern, threads
from azureml._scoredock.failures import ServerFailure, coded_error
from azureml._scoredock.server import request
from azureml._scoredock.temporary import scratch_folder
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.workspace import Workspace

_RANGES = {"cpu": (0.1, 3.5, "cpu"), "memory": (0.1, 15.0, "memory")}
_REQUESTED = {"requestedCpu": 3.5, "requestedMemoryInGB": 15.0}
_DOT_SECONDS = 1.0
_OWN = ("name", "input", "error", "generator", "skippedQueries")
"""Fields that v1 does not have."""
_KNOWN: "Dict[str, ModelProfile]" = {}


class ModelProfile:
    """A measurement; `Model.profile` begins one."""

    def __init__(self, workspace: "Workspace", name: str) -> None:
        known = _KNOWN.get(name)
        if known is None:
            raise WebserviceException(
                f"ModelProfile {name} not found: a measurement is kept as long as its script runs."
            )
        vars(self).update(vars(known))

    @classmethod
    def _create(
        cls,
        workspace: "Workspace",
        name: str,
        models: List[str],
        inference_config: "InferenceConfig",
        dataset: Any,
        options: Dict[str, Any],
    ) -> "ModelProfile":
        _require(name, dataset, options)
        one = cls.__new__(cls)
        one.workspace, one.name, one.description = workspace, name, options["description"] or ""
        one.created_time = datetime.datetime.now(datetime.timezone.utc)
        one.model_ids, one.input_dataset_id = models, dataset.id
        one._requested = {
            "requestedCpu": options["cpu"] or _REQUESTED["requestedCpu"],
            "requestedMemoryInGB": options["memory"] or _REQUESTED["requestedMemoryInGB"],
        }
        one._error = None
        one._result = None
        one._ended = threading.Event()
        document = inference_config._document("process", modern.models_for(workspace, {"models": models}))
        threads.start(one._measure, document, options, name="scoredock-profile", at_fault=one._fail)
        _KNOWN[name] = one
        return one

    workspace: "Workspace"
    name: str
    description: str
    created_time: datetime.datetime
    model_ids: List[str]
    input_dataset_id: str
    _requested: Dict[str, Any]
    _error: Optional[ServerFailure]
    _result: Optional[Dict[str, Any]]
    _ended: threading.Event

    def _fail(self, fault: BaseException) -> None:
        self._error = ServerFailure(f"The model was not profiled: {fault!r}.", "internal-error")
        self._ended.set()

    def _measure(self, document: Dict[str, Any], options: Dict[str, Any]) -> None:
        """The server deploys a service, sends it the rows, and takes it away again."""
        try:
            with scratch_folder("profile") as folder:
                path = os.path.join(folder, "inferenceconfig.json")
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(document, file)
                measured = request(
                    "model/profile",
                    workspaceId=self.workspace._record["id"],
                    profileName=self.name,
                    models=self.model_ids,
                    inferenceConfig=path,
                    rows=f"dataset:{self.input_dataset_id}",
                    cpu=options["cpu"] or None,
                    memoryInGB=options["memory"] or None,
                    engine="process",
                )
                for note in measured["notes"]:
                    sys.stderr.write(f"{note}\n")
                self._result = measured["profile"]
                if measured["requested"] is not None:
                    self._requested = {
                        "requestedCpu": measured["requested"]["cpu"],
                        "requestedMemoryInGB": measured["requested"]["memoryInGB"],
                    }
        except ServerFailure as failure:
            self._error = failure
        finally:
            self._ended.set()

    @property
    def state(self) -> str:
        """Running, Succeeded or Failed."""
        if not self._ended.is_set():
            return "Running"
        return "Failed" if self._error is not None else "Succeeded"

    @property
    def recommended_cpu(self) -> Optional[float]:
        """Cores."""
        return self._result["recommendedCpu"] if self._result else None

    @property
    def recommended_memory(self) -> Optional[float]:
        """GB."""
        return self._result["recommendedMemoryInGB"] if self._result else None

    def wait_for_completion(self, show_output: bool = False) -> None:
        """Waits until the model has been measured. Raises WebserviceException if it cannot be."""
        if show_output:
            sys.stdout.write("Running")
        while not self._ended.wait(_DOT_SECONDS):
            if show_output:
                sys.stdout.write(".")
                sys.stdout.flush()
        if show_output:
            sys.stdout.write(f"\n{self.state}\n")
            sys.stdout.flush()
        if self._error is not None:
            raise coded_error(WebserviceException, self._error.message, self._error.code, self._error.fix)
        if self._result is not None and self._result["error"]:
            sys.stderr.write(
                "Model Profiling operation completed, but encountered issues during execution:"
                f" {self._result['error']}\n"
            )

    wait_for_profiling = wait_for_completion

    def get_details(self) -> Dict[str, Any]:
        """Measurements and their conditions under the names of the SDK; memory in the other spelling of the documents
        as well.
        """
        details: Dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "state": self.state,
            "createdTime": self.created_time.isoformat(),
            **self._requested,
        }
        details["requestedMemoryInGb"] = details["requestedMemoryInGB"]
        if self._error is not None:
            details["error"] = {"code": self._error.code, "message": self._error.message}
        elif self._result is not None:
            kept = {key: value for key, value in self._result.items() if key not in _OWN}
            details.update({key: value for key, value in kept.items() if value is not None})
            if self._result["error"]:
                details["error"] = {"message": self._result["error"]}
        return details

    def serialize(self) -> Dict[str, Any]:
        """The details, with what was measured."""
        return {**self.get_details(), "inputDatasetId": self.input_dataset_id, "modelIds": self.model_ids}

    def __repr__(self) -> str:
        return f"ModelProfile(workspace={self.workspace!r}, name={self.name}, state={self.state})"


def _require(name: str, dataset: Any, options: Dict[str, Any]) -> None:
    """Raises WebserviceException, in the order of the SDK."""
    if not name:
        raise WebserviceException("profile_name must be provided.")
    for key, (least, most, what) in _RANGES.items():
        value = options[key]
        if value and not least <= value <= most:
            raise WebserviceException(f"Expected {what} value is between {least} and {most}. Provided: {value}")
    if dataset is None:
        raise WebserviceException("Dataset not provided. Profiling required a dataset with sample input data.")
    if not getattr(dataset, "id", ""):
        raise WebserviceException("The dataset is not registered; call its register() first.")
