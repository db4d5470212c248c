"""`LocalWebservice`: services that v1 ran in Docker on the person's own machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from azureml._scoredock import notes
from azureml._scoredock.failures import ServerFailure, exception_of
from azureml.core.webservice import deployment
from azureml.core.webservice.webservice import Webservice, WebserviceDeploymentConfiguration, _default_of
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.workspace import Workspace

_STATES = {"Transitioning": "deploying", "Healthy": "running", "Failed": "failed", "Deleting": "deleted"}


class LocalWebservice(Webservice):
    """A service under the words that v1 has for one in a container of one's own."""

    _webservice_type = "Local"
    NETWORK_NAME = "azureml-local"
    STATE_DELETED = "deleted"
    STATE_DEPLOYING = "deploying"
    STATE_FAILED = "failed"
    STATE_RUNNING = "running"
    STATE_UNKNOWN = "unknown"

    def __init__(self, workspace: "Workspace", name: str, must_exist: bool = True) -> None:
        try:
            super().__init__(workspace, name)
        except WebserviceException as error:
            if must_exist or error.code != "service-not-found":
                raise
            self._begin(workspace, name, None)

    @property
    def state(self) -> str:
        """deploying, running, failed, deleted or unknown."""
        try:
            return _STATES.get(super().state, "unknown")
        except WebserviceException as error:
            if error.code == "service-not-found":
                return "unknown"
            raise

    @property
    def port(self) -> Optional[int]:
        """Port on 127.0.0.1."""
        found: Optional[int] = self._await_record()["port"]
        return found

    @staticmethod
    def deploy_configuration(port: Optional[int] = None) -> "LocalWebserviceDeploymentConfiguration":
        """Deployment configuration for a local service; without a port, any free one."""
        return LocalWebserviceDeploymentConfiguration(port)

    def wait_for_deployment(self, show_output: bool = False) -> None:  # type: ignore[override]
        """Waits until the service answers. Raises WebserviceException if it does not."""
        if self._operation is None:
            self._require_not_failed()
            self._require("wait_for_deployment", "deploying", "running")
        print("Checking container health...")
        if self._operation is not None:
            try:
                self._operation.result()
            except ServerFailure as failure:
                self._cause = failure
            self._operation = self._service = None
        self._require_not_failed()
        self._require_healthy()
        print(f"Local webservice is {self.state} at http://localhost:{self.port}")

    def _require_not_failed(self) -> None:
        """Prints the log of a service that has failed, and raises WebserviceException with the cause and what was
        found where."""
        self._service = None
        if self._cause is None and self.state != "failed":
            return
        failure = self._known_failure()
        if failure is None:
            return
        lines = failure.log_lines()
        if lines:
            print("\nContainer Logs:", *lines, sep="\n")
        message = "\n".join([failure.message, *failure.finding_lines()])
        server_failure = ServerFailure(message, failure.code, failure.fix)
        error = exception_of(server_failure, kind=WebserviceException)
        error.short, error.findings = failure.sentence(self.name), failure.finding_lines()
        raise error from None

    def update_deployment_state(self, must_exist: bool = False) -> None:
        """Looks at the service anew. Raises WebserviceException for one that must be there and is not."""
        try:
            super().update_deployment_state()
        except WebserviceException:
            if must_exist:
                raise

    def _require(self, verb: str, *states: str) -> None:
        state = self.state
        if state not in states:
            raise WebserviceException(f"Cannot call {verb}() when service is {state}.")

    def run(self, input_data: Any) -> Any:
        """Sends a request; waits for a deployment under way. Raises WebserviceException for what is not answered."""
        self._require("run", "deploying", "running")
        if self.state == "deploying":
            self.wait_for_deployment()
        return super().run(input_data)

    def get_logs(self, num_lines: int = 5000, raw: bool = False) -> str:
        """The last lines of its log."""
        self._require("get_logs", "deploying", "failed", "running")
        return super().get_logs(num_lines)

    def update(
        self,
        models: Any = None,
        image_config: Any = None,
        deployment_config: "Optional[LocalWebserviceDeploymentConfiguration]" = None,
        wait: bool = False,
        inference_config: "Optional[InferenceConfig]" = None,
    ) -> None:
        """Moves it to what is given; what is not stays."""
        self._require("update", "deploying", "failed", "running", "unknown")
        if deployment_config is not None and not isinstance(deployment_config, LocalWebserviceDeploymentConfiguration):
            raise WebserviceException(
                "Error, provided deployment configuration must be of type LocalWebserviceDeploymentConfiguration in"
                " order to update a local service."
            )
        if image_config is not None:
            inference_config = image_config._inference_config()
        changes = self._changes(models, inference_config, None)
        if deployment_config is not None:
            deployment_config.validate_configuration()
            document = deployment_config._document()
            changes["deploymentConfig"] = notes.write(self.workspace, self.name, notes.DEPLOYMENT, document)
        self._update(**changes)
        if wait:
            self.wait_for_deployment()

    def reload(self, wait: bool = False) -> None:
        """Takes the entry script and its folder anew."""
        self._require("reload", "deploying", "failed", "running")
        self._await_record()
        self.workspace._ask_raising(WebserviceException, "service/reload", name=self.name, force=True)
        self._service = None
        if wait:
            self.wait_for_deployment()

    def delete(self, delete_cache: bool = True, delete_image: bool = False, delete_volume: bool = True) -> None:
        """Stops it and leaves nothing of it."""
        self._require("delete", "deploying", "failed", "running")
        super().delete()

    def deploy_to_cloud(
        self, name: Optional[str] = None, deployment_config: Any = None, deployment_target: Any = None
    ) -> Webservice:
        """Another service with the same models and script, for ACI or AKS: it needs a name of its own, as both run
        here. Raises WebserviceException."""
        record = self._await_record()
        configuration = deployment_config or _default_of(deployment_target)
        other = name or self.name
        Webservice.check_for_existing_webservice(self.workspace, other)
        configuration.validate_configuration()
        source = {"image": record["image"]} if record["image"] else {"models": list(record["models"])}
        described = os.path.join(notes.folder_of(self.workspace, self.name), notes.INFERENCE)
        known = described if os.path.exists(described) and not record["image"] else None
        source = deployment.for_target(source, deployment_target)
        operation = deployment.deploy(self.workspace, other, source, known, configuration, False)
        service: Webservice = object.__new__(configuration._service_class())
        return service._begin(self.workspace, other, None, operation)

    def get_keys(self) -> Tuple[str, str]:
        """Not available, as a local service needs no keys. Raises NotImplementedError."""
        raise NotImplementedError("Local web services do not support auth keys.")

    def regen_key(self, key: str, set_key: Optional[str] = None) -> None:
        """Not available, as a local service needs no keys. Raises NotImplementedError."""
        raise NotImplementedError("Local web services do not support auth keys.")

    def get_token(self) -> Any:
        """Not available, as a local service needs no token. Raises NotImplementedError."""
        raise NotImplementedError("Local web services do not support Token Authentication.")

    @classmethod
    def deserialize(cls, workspace: "Workspace", webservice_payload: Dict[str, Any]) -> "Webservice":
        """v1 has none of it."""
        raise NotImplementedError("Local web services do not support deserialization.")

    @staticmethod
    def list(  # type: ignore[override]
        workspace: "Workspace", model_name: Optional[str] = None, model_id: Optional[str] = None, all: Any = None
    ) -> "List[Webservice]":
        """Local services that run; with `all` also those that do not."""
        found = Webservice.list(workspace, model_name=model_name, model_id=model_id)
        return [one for one in found if isinstance(one, LocalWebservice) and (all or one.state == "running")]

    def serialize(self) -> Dict[str, Any]:
        """The service under the names of the SDK."""
        fields = super().serialize()
        kept = ("name", "tags", "properties", "state", "createdTime", "updatedTime", "error", "computeType")
        more = {"workspaceName": self.workspace.name, "imageId": self.image_id, "scoringUri": self.scoring_uri}
        return {
            **{key: fields[key] for key in kept},
            **more,
            "swaggerUri": self.swagger_uri,
            "port": self.port,
        }


class LocalWebserviceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """A port."""

    _kind = "Local"

    def __init__(self, port: Optional[int] = None) -> None:
        super().__init__(LocalWebservice)
        self.port = port
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises WebserviceException."""
        if self.port and (not isinstance(self.port, int) or not 1 <= self.port <= 65535):
            raise WebserviceException("Invalid configuration, port must be an integer in range [1, 65535]")

    def _document(self) -> Dict[str, Any]:
        return {"computeType": "local", **({"port": int(self.port)} if self.port else {})}
