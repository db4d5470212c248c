"""State of a service: its record at the server, notes of scripts on it, and the wait for a deployment."""

from __future__ import annotations

import datetime
import json
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional, TypeVar

from azureml._scoredock import notes
from azureml._scoredock.failures import ServerFailure, exception_of
from azureml._scoredock.server import Operation
from azureml.core.webservice import deployment
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core.image import Image
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

_Service = TypeVar("_Service", bound="ServiceState")

GONE: Dict[str, Any] = {
    "state": "Deleting",
    "scoringUri": "",
    "swaggerUri": "",
    "description": "",
    "tags": {},
    "created": 0.0,
    "updated": 0.0,
    "failure": None,
    "image": "",
    "models": [],
    "authentication": "",
    "logFile": "",
    "port": None,
    "engine": "process",
    "compute": "",
}
"""A service that is not there."""


_DOT_SECONDS = 1.0
_TIP = (
    "Tips: You can try get_logs(): https://aka.ms/debugimage#dockerlog or local deployment:"
    " https://aka.ms/debugimage#debug-locally to debug if deployment takes longer than 10 minutes."
)


class ServiceState:
    """Base of all classes of services: record, notes and state of a service."""

    _webservice_type = "Unknown"

    def _begin(
        self: _Service,
        workspace: "Workspace",
        name: str,
        record: Optional[Dict[str, Any]],
        operation: Optional[Operation] = None,
    ) -> _Service:
        self.workspace = workspace
        self.name = name
        self.compute_type: Optional[str] = self._webservice_type
        self.image_digest: Optional[str] = None
        self.created_by = ""
        self._service = record
        self._operation = operation
        self._cause: Optional[ServerFailure] = None
        self._notes = notes.read(workspace, name)
        if operation is not None:
            deployment.pending(self, operation)
        return self

    def _await_record(self) -> Dict[str, Any]:
        """The record of the service, once a deployment under way has come to its end."""
        if self._operation is not None:
            try:
                self._operation.result()
            except ServerFailure as failure:
                self._cause = failure
            self._operation = None
            self._service = None
        return self._look()

    def _configuration(self) -> Dict[str, Any]:
        """Deployment configuration of the service, from the server."""
        self._await_record()
        record: Dict[str, Any] = self.workspace._ask_raising(
            WebserviceException, "service/configuration", name=self.name
        )
        return record

    def _complete(self) -> None:
        """Completes a deployment that has ended without anybody asking for it."""

    def _look(self) -> Dict[str, Any]:
        if self._service is None:
            try:
                self._service = self.workspace._ask("service/show", name=self.name)
            except ServerFailure as failure:
                if self._cause is None or failure.code != "service-not-found":
                    raise exception_of(failure, kind=WebserviceException) from None
                # It was refused before anything was made.
                fields = {"code": self._cause.code, "message": self._cause.message, "fix": self._cause.fix}
                self._service = {**GONE, "state": "Failed", "failure": fields}
        return self._service

    @property
    def state(self) -> str:
        """Transitioning, Healthy, Unhealthy, Unschedulable or Failed."""
        if self._operation is not None and not self._operation.wait(0):
            return "Transitioning"
        return str(self._await_record()["state"])

    @property
    def scoring_uri(self) -> Optional[str]:
        """Address for scoring requests; None while there is none."""
        return self._await_record()["scoringUri"] or None

    @property
    def swagger_uri(self) -> Optional[str]:
        """Address of the Swagger document; None while there is none."""
        return self._await_record()["swaggerUri"] or None

    @property
    def description(self) -> str:
        """Description of the service."""
        return str(self._notes.get("description", self._await_record()["description"]))

    @property
    def tags(self) -> Dict[str, str]:
        """Tags of the deployment and of `update`."""
        return dict(self._notes.get("tags", self._await_record()["tags"]))

    @property
    def properties(self) -> Dict[str, str]:
        """Properties of the deployment."""
        return dict(self._notes.get("properties", {}))

    @property
    def created_time(self) -> datetime.datetime:
        """Time of creation, in UTC."""
        return _moment(self._await_record()["created"])

    @property
    def updated_time(self) -> datetime.datetime:
        """Time of the last update, in UTC."""
        return _moment(self._await_record()["updated"])

    @property
    def error(self) -> Optional[Dict[str, Any]]:
        """Code, message and next step of the service's failure; None if it has not failed."""
        failure = self._await_record()["failure"]
        if failure is None:
            return None
        return {"code": failure["code"], "message": failure["message"], "details": [failure["fix"]]}

    @property
    def image_id(self) -> Optional[str]:
        """The image that it was deployed from."""
        return self._await_record()["image"] or None

    @property
    def image(self) -> "Optional[Image]":
        """The image that it was deployed from."""
        from azureml.core.image import Image

        return Image(self.workspace, id=self.image_id) if self.image_id else None

    @property
    def models(self) -> "List[Model]":
        """Models that the service was deployed with."""
        from azureml.core.model import Model

        return [Model(self.workspace, id=each) for each in self._await_record()["models"]]

    @property
    def auth_enabled(self) -> bool:
        """True if callers must show a key."""
        return bool(self._await_record()["authentication"] == "keys")

    @property
    def token_auth_enabled(self) -> bool:
        """True if callers must show a token."""
        return bool(self._await_record()["authentication"] == "tokens")

    @property
    def ssl_enabled(self) -> bool:
        """True if it answers with TLS."""
        return str(self._await_record()["scoringUri"]).startswith("https:")

    # ------------------------------------------------------------------------------------------ waiting

    def wait_for_deployment(self, show_output: bool = False, timeout_sec: Optional[float] = None) -> None:
        """Waits until the service is healthy. Raises WebserviceException if it cannot be."""
        operation = self._operation
        if operation is None:
            self._require_healthy()
            return
        if show_output:
            print(_TIP)
            sys.stdout.write("Running")
        self._dots(operation, show_output, timeout_sec)
        outcome = "Succeeded"
        try:
            operation.result()
        except ServerFailure as failure:
            outcome, self._cause = "Failed", failure
        self._operation = self._service = None
        if show_output:
            sys.stdout.write(f"\n{outcome}\n")
            if self._cause is not None:  # a script may catch what is raised below, and print nothing of it
                print(self._cause.sentence(self.name))
            sys.stdout.flush()
        if self._cause is not None:
            raise self._failed(self._cause)
        print(f'{self._webservice_type} service creation operation finished, operation "{outcome}"')

    def _dots(self, operation: Operation, show_output: bool, timeout_sec: Optional[float]) -> None:
        began = time.monotonic()
        while not operation.wait(_DOT_SECONDS):
            if show_output:
                sys.stdout.write(".")
                sys.stdout.flush()
            if timeout_sec and time.monotonic() - began > timeout_sec:
                raise WebserviceException(
                    f"Deployment polling exceeded timeout override of {timeout_sec}s. Current status: Running"
                )

    def _failed(self, failure: ServerFailure) -> WebserviceException:
        error = json.dumps({"code": failure.code, "message": failure.message, "details": [failure.fix]}, indent=2)
        exception = WebserviceException(
            "Service deployment polling reached non-successful terminal state, current service state: Failed\n"
            "More information can be found using '.get_logs()'\n"
            f"Error:\n{error}" + "".join(f"\n{line}" for line in (*failure.finding_lines(), *failure.log_lines()))
        )
        exception.code, exception.fix = failure.code, failure.fix
        exception.short, exception.findings = failure.sentence(self.name), failure.finding_lines()
        return exception

    def _require_healthy(self) -> None:
        self._service = None
        state = self._look()["state"]
        failure = self._known_failure()
        if failure is not None and (state == "Failed" or self._cause is not None):
            raise self._failed(failure)
        if state != "Healthy":
            raise WebserviceException(
                f"Long running operation information not known, unable to poll. Current state is {state}"
            )

    def update_deployment_state(self) -> None:
        """Looks at the service anew."""
        if self._operation is None or self._operation.wait(0):
            self._operation = self._service = None
            self._look()

    def _known_failure(self) -> Optional[ServerFailure]:
        """Why it failed, as this script or the server knows it."""
        failure = (self._service or {}).get("failure")
        if self._cause is not None or not failure:
            return self._cause
        details = {"log_lines": failure.get("logLines") or ()}
        return ServerFailure(failure["message"], failure["code"], failure["fix"], details)


def record_of(workspace: "Workspace", name: str) -> Dict[str, Any]:
    try:
        record: Dict[str, Any] = workspace._ask("service/show", name=name)
    except ServerFailure as failure:
        if failure.code == "service-not-found":
            failure.message = f"WebserviceNotFound: Webservice with name {name} not found in provided workspace."
        raise exception_of(failure, kind=WebserviceException) from None
    return record


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
