"""`Webservice`: what all services have in common: deployed, called, listed, logs, keys."""

from __future__ import annotations

import base64
import datetime
import json
import sys
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type, Union

from azureml._scoredock import notes
from azureml._scoredock.attempts import answer_of
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of, not_here
from azureml._scoredock.names import require_service_name
from azureml.core.webservice import deployment
from azureml.core.webservice.state import GONE, ServiceState, record_of
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.image import Image
    from azureml.core.image.container import ContainerImageConfig
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

_TYPES = ("ACI", "AKSENDPOINT", "AKS", "IOT", "MIR")


class Webservice(ServiceState):
    """A service of the workspace; which class it is follows from what it was deployed as."""

    def __new__(cls, workspace: Any = None, name: Any = None, **kwargs: Any) -> "Webservice":
        if cls is not Webservice or workspace is None:
            return super().__new__(cls)
        return super().__new__(_class_of(workspace, record_of(workspace, name)))

    def __init__(self, workspace: "Workspace", name: str) -> None:
        self._begin(workspace, name, record_of(workspace, name))

    @classmethod
    def _of(cls, workspace: "Workspace", record: Dict[str, Any]) -> "Webservice":
        one = object.__new__(_class_of(workspace, record))
        return one._begin(workspace, record["name"], record)

    # ------------------------------------------------------------------------------------------ deploying

    @staticmethod
    def check_for_existing_webservice(
        workspace: "Workspace", name: str, overwrite: bool = False, request_func: Any = None, check_func: Any = None
    ) -> None:
        """Raises WebserviceException for a name that is taken."""
        require_service_name(name)
        if overwrite:
            return
        try:
            record = workspace._ask("service/show", name=name)
        except ServerFailure:
            return
        if record["state"] == "Failed" and (record["failure"] or {}).get("code") == "check-failed":
            return  # nothing was made of it
        raise coded_error(
            WebserviceException,
            f"Error, there is already a service with name {name} found in workspace {workspace.name}.",
            "service-exists",
        )

    @staticmethod
    def deploy(
        workspace: "Workspace",
        name: str,
        model_paths: List[str],
        image_config: "ContainerImageConfig",
        deployment_config: "Optional[WebserviceDeploymentConfiguration]" = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> "Webservice":
        """Registers the files, and deploys them by the older image configuration."""
        from azureml.core.model import Model

        models = [Model._registered_path(workspace, path) for path in model_paths]
        return Webservice.deploy_from_model(
            workspace, name, models, image_config, deployment_config, deployment_target, overwrite
        )

    @staticmethod
    def deploy_from_model(
        workspace: "Workspace",
        name: str,
        models: "Sequence[Union[str, Model]]",
        image_config: "ContainerImageConfig",
        deployment_config: "Optional[WebserviceDeploymentConfiguration]" = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> "Webservice":
        """Deploys registered models by the older image configuration."""
        from azureml.core.model import Model

        return Model.deploy(
            workspace,
            name,
            list(models),
            image_config._inference_config(),
            deployment_config or _default_of(deployment_target),
            deployment_target,
            overwrite,
        )

    @staticmethod
    def deploy_from_image(
        workspace: "Workspace",
        name: str,
        image: "Image",
        deployment_config: "Optional[WebserviceDeploymentConfiguration]" = None,
        deployment_target: Any = None,
        overwrite: bool = False,
    ) -> "Webservice":
        """Runs an image that was created, in a container."""
        Webservice.check_for_existing_webservice(workspace, name, overwrite)
        configuration = deployment_config or _default_of(deployment_target)
        configuration.validate_configuration()
        source = deployment.for_target({"image": image.id}, deployment_target)
        operation = deployment.deploy(workspace, name, source, None, configuration, overwrite)
        return object.__new__(configuration._service_class())._begin(workspace, name, None, operation)

    @staticmethod
    def deploy_local_from_model(
        workspace: "Workspace",
        name: str,
        models: "Sequence[Union[str, Model]]",
        image_config: "ContainerImageConfig",
        deployment_config: "Optional[WebserviceDeploymentConfiguration]" = None,
        wait: bool = False,
    ) -> "Webservice":
        """Deploys a local service from the older image configuration."""
        from azureml.core.webservice.local import LocalWebservice

        service = Webservice.deploy_from_model(
            workspace, name, models, image_config, deployment_config or LocalWebservice.deploy_configuration()
        )
        if wait:
            service.wait_for_deployment(True)
        return service

    # ------------------------------------------------------------------------------------------ finding

    @staticmethod
    def list(
        workspace: "Workspace",
        compute_type: Optional[str] = None,
        image_name: Optional[str] = None,
        image_id: Optional[str] = None,
        model_name: Optional[str] = None,
        model_id: Optional[str] = None,
        tags: Optional[Sequence[Any]] = None,
        properties: Optional[Sequence[Any]] = None,
        image_digest: Optional[str] = None,
    ) -> "List[Webservice]":
        """Services of the workspace that fit all that is given."""
        if compute_type is not None and compute_type.upper() not in _TYPES:
            raise WebserviceException(f'Invalid compute type "{compute_type}". Valid options are "{",".join(_TYPES)}"')
        records = workspace._ask("service/list")["services"]
        services = [Webservice._of(workspace, record) for record in records]
        checks = (
            (compute_type, lambda one: str(one.compute_type).upper() == str(compute_type).upper()),
            (image_name, lambda one: str(one.image_id).partition(":")[0] == image_name),
            (image_id, lambda one: one.image_id == image_id),
            (model_name, lambda one: any(each.partition(":")[0] == model_name for each in one._look()["models"])),
            (model_id, lambda one: model_id in one._look()["models"]),
            (tags, lambda one: matches(one.tags, tags)),
            (properties, lambda one: matches(one.properties, properties)),
            (image_digest, lambda one: one.image_digest == image_digest),
        )
        return [one for one in services if all(fits(one) for value, fits in checks if value)]

    # ------------------------------------------------------------------------------------------ using

    def run(self, input_data: Any) -> Any:
        """Sends a request, again where it is lost. Raises WebserviceException for every answer that is not 200."""
        if not self.scoring_uri:
            raise WebserviceException(
                "scoring_uri unavailable. This could be due to a failed deployment, or the service is not ready yet."
                f" Current State: {self.state}"
            )
        body = _body(input_data)
        try:
            answer = answer_of(lambda: self.workspace._ask("service/call", name=self.name, **body))
        except ServerFailure as failure:
            raise exception_of(failure, kind=WebserviceException) from None
        if answer["status"] != 200:
            raise self._bad_answer(answer)
        return json.loads(answer["body"])

    def _bad_answer(self, answer: Dict[str, Any]) -> WebserviceException:
        return WebserviceException(
            "Received bad response from service. More information can be found by calling `.get_logs()` on the"
            f" webservice object.\nResponse Code: {answer['status']}\nHeaders: {answer['headers']}\nContent:"
            f" {answer['body']}",
            status_code=answer["status"],
        )

    def get_logs(self, num_lines: int = 5000, init: bool = False) -> str:
        """The last lines of its log."""
        self._await_record()
        try:
            last = self.workspace._ask("log/last", name=self.name, count=num_lines)["lines"]
        except ServerFailure:  # nothing was made
            last = []
        lines = [str(each["text"]) for each in last]
        if self.error is not None:
            lines += ["{message} {fix} [{code}]".format(**(self._await_record()["failure"]))]
        return "\n".join(lines[-num_lines:]) + ("\n" if lines else "")

    def get_keys(self) -> Tuple[str, str]:
        """Primary and secondary."""
        self._await_record()
        keys = self.workspace._ask_raising(WebserviceException, "service/keys", name=self.name)
        return keys["primaryKey"], keys["secondaryKey"]

    def regen_key(self, key: str, set_key: Optional[str] = None) -> None:
        """Makes another primary or secondary key."""
        if not key:
            raise WebserviceException("Error, must specify which key with be regenerated: Primary, Secondary")
        which = key.capitalize()
        if which not in ("Primary", "Secondary"):
            raise WebserviceException(
                f"Error, invalid value provided for key: {key}.\nValid options are: Primary, Secondary"
            )
        self.workspace._ask_raising(
            WebserviceException, "service/regenerateKey", name=self.name, key=which, value=set_key or ""
        )

    def get_token(self) -> Tuple[str, datetime.datetime]:
        """A token, and when to get the next one."""
        token = self._token()
        return token["accessToken"], datetime.datetime.fromtimestamp(token["refreshAfter"])

    def _token(self) -> Dict[str, Any]:
        token: Dict[str, Any] = self.workspace._ask_raising(WebserviceException, "service/token", name=self.name)
        return token

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Updates the service in the classes of its kinds; this one raises WebserviceException."""
        raise not_here(f"{type(self).__name__}.update", "Deploy it again with overwrite=True.", WebserviceException)

    def _update(self, **changes: Any) -> None:
        """Moves the service to what is given; blocks until it is there. Raises WebserviceException."""
        self._await_record()
        self._service = self.workspace._ask_raising(WebserviceException, "service/update", name=self.name, **changes)
        self._cause = None

    def _changes(
        self, models: Any, inference_config: "Optional[InferenceConfig]", image: "Optional[Image]"
    ) -> Dict[str, Any]:
        """Request for an update. Raises WebserviceException."""
        if image is not None and inference_config is not None:
            raise WebserviceException("Error, cannot provide both image and inference_config to update.")
        changes: Dict[str, Any] = {}
        if models is not None:
            changes["models"], files = deployment.models_of(models)
            if files:
                from azureml.core.model import Model

                changes["models"] += [Model._registered_path(self.workspace, each["paths"][0]).id for each in files]
        if inference_config is not None:
            record = self._await_record()
            source = {"models": changes.get("models", record["models"])}
            path = deployment.inference_file(self.workspace, self.name, inference_config, record["engine"], source)
            changes["inferenceSource"] = inference_config._own_file()
            changes["inferenceConfig"] = path
        if image is not None:
            changes.update(image=image.id, engine="" if self._await_record().get("compute") else "docker")
        return changes

    def _note_texts(self, tags: Any, properties: Any, description: Any) -> None:
        """Tags, properties and description of an update: kept beside the service."""
        more: Dict[str, Any] = {}
        if tags is not None:
            more["tags"] = deployment.texts(tags, "Tags")
        if properties is not None:
            more["properties"] = {**self.properties, **deployment.texts(properties, "Properties")}
        if description:
            more["description"] = description
        if more:
            notes.note(self.workspace, self.name, **more)
            self._notes = notes.read(self.workspace, self.name)

    def add_tags(self, tags: Dict[str, str]) -> None:
        """Adds them; those that are there are replaced, and printed."""
        current = self.tags
        for key in [key for key in tags if key in current]:
            print(f"Replacing tag {key} -> {current[key]} with {key} -> {tags[key]}")
        self._note_texts({**current, **tags}, None, None)
        print("Webservice tag add operation complete.")

    def remove_tags(self, tags: Union[str, Sequence[str]]) -> None:
        """Removes them by their keys."""
        current = self.tags
        if not current:
            print("Model has no tags to remove.")
            return
        for key in [tags] if isinstance(tags, str) else tags:
            if current.pop(key, None) is None:
                print(f"Tag with key {key} not found.")
        self._note_texts(current, None, None)
        print("Webservice tag remove operation complete.")

    def add_properties(self, properties: Dict[str, str]) -> None:
        """Adds them."""
        self._note_texts(None, properties, None)
        print("Webservice add properties operation complete.")

    def delete(self) -> None:
        """Stops it and leaves nothing of it."""
        if self._operation is not None:
            self._await_record()
        try:
            self.workspace._ask("service/delete", name=self.name)
        except ServerFailure as failure:
            if failure.code != "service-not-found":
                raise exception_of(failure, kind=WebserviceException) from None
            print(f"No service with name {self.name} found to delete.")
        notes.forget(self.workspace, self.name)
        self._service = {**(self._service or GONE), "state": "Deleting", "scoringUri": "", "swaggerUri": ""}

    def serialize(self) -> Dict[str, Any]:
        """The service under the names of the SDK."""
        config = self._notes.get("config", {})
        return {
            "name": self.name,
            "description": self.description,
            "tags": self.tags,
            "properties": self.properties,
            "state": self.state,
            "createdTime": self.created_time.isoformat(),
            "updatedTime": self.updated_time.isoformat(),
            "error": self.error,
            "computeType": self.compute_type,
            "workspaceName": self.workspace.name,
            "imageId": self.image_id,
            "imageDigest": self.image_digest,
            "scoringUri": self.scoring_uri,
            "createdBy": self.created_by,
            "authEnabled": self.auth_enabled,
            "containerResourceRequirements": config.get("containerResourceRequirements"),
            "modelDetails": [{"modelId": each} for each in self._look()["models"]],
        }

    @classmethod
    def deserialize(cls, workspace: "Workspace", webservice_payload: Dict[str, Any]) -> "Webservice":
        """The service that `serialize` described."""
        return Webservice(workspace, webservice_payload["name"])

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, image_id={self.image_id},"
            f" image_digest={self.image_digest}, compute_type={self.compute_type}, state={self.state},"
            f" scoring_uri={self.scoring_uri}, tags={self.tags}, properties={self.properties},"
            f" created_by={self.created_by})"
        )


class UnknownWebservice(Webservice):
    """Service of a kind that the SDK does not know."""


class WebserviceDeploymentConfiguration:
    """Base of the deployment configurations of services."""

    _kind = "Unknown"

    def __init__(
        self,
        type: Type[Webservice],
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        primary_key: Optional[str] = None,
        secondary_key: Optional[str] = None,
        location: Optional[str] = None,
    ) -> None:
        self._webservice_type = type
        self.description = description
        self.tags = tags
        self.properties = properties
        self.primary_key = primary_key
        self.secondary_key = secondary_key
        self.location = location

    def validate_configuration(self) -> None:
        """Raises WebserviceException."""
        if self.secondary_key and not self.primary_key:
            print("secondary_key is ignored without primary_key.", file=sys.stderr)

    def print_deploy_configuration(self) -> None:
        """Prints the configuration on one line, without keys, description, tags and properties."""
        hidden = ("primary_key", "secondary_key", "description", "tags", "properties")
        options = [
            f"{name}: {value}"
            for name, value in vars(self).items()
            if value is not None and not name.startswith("_") and name not in hidden
        ]
        if options:
            print("Deployment configuration: " + ", ".join(options))

    @classmethod
    def validate_image(cls, image: Any) -> None:
        """Raises WebserviceException."""
        if image is None:
            raise WebserviceException("Error, image cannot be None.")

    def _service_class(self) -> Type[Webservice]:
        return self._webservice_type

    def _document(self) -> Dict[str, Any]:
        """Document as in the file of a deployment configuration; without keys, which are set when the
        service is there.
        """
        return {"computeType": self._kind.lower()}


class ContainerResourceRequirements(NamedTuple):
    """Cores and memory."""

    cpu: Optional[float]
    memory_in_gb: Optional[float]
    gpu: Optional[int] = None
    cpu_limit: Optional[float] = None
    memory_in_gb_limit: Optional[float] = None

    def serialize(self) -> Dict[str, Any]:
        """The requirements under the names of the SDK."""
        return {
            "cpu": self.cpu,
            "cpuLimit": self.cpu_limit,
            "memoryInGB": self.memory_in_gb,
            "memoryInGBLimit": self.memory_in_gb_limit,
            "gpu": self.gpu,
        }


def _body(input_data: Any) -> Dict[str, Any]:
    """A request as it is sent: bytes that are not text go as Base64."""
    if not isinstance(input_data, (bytes, bytearray)):
        return {"body": input_data if isinstance(input_data, str) else json.dumps(input_data)}
    try:
        return {"body": input_data.decode()}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(input_data).decode(), "encoding": "base64"}


def _class_of(workspace: "Workspace", record: Dict[str, Any]) -> Type[Webservice]:
    """The class of a service: what it was deployed as, else where it runs and what its callers have to show."""
    from azureml.core.webservice.aci import AciWebservice
    from azureml.core.webservice.aks import AksEndpoint, AksWebservice
    from azureml.core.webservice.local import LocalWebservice

    classes: Dict[str, Type[Webservice]] = {
        "ACI": AciWebservice,
        "AKS": AksWebservice,
        "AKSENDPOINT": AksEndpoint,
        "Local": LocalWebservice,
    }
    noted = classes.get(str(notes.read(workspace, record["name"]).get("computeType")))
    if noted is not None:
        return noted
    kind = workspace._ask("service/configuration", name=record["name"])["computeType"]
    if record.get("compute") or kind.startswith("aks") or record["authentication"] == "tokens":
        return AksWebservice
    return AciWebservice if kind == "aci" or record["authentication"] == "keys" else LocalWebservice


def _default_of(target: Any) -> WebserviceDeploymentConfiguration:
    """Default configuration of a deployment: ACI, or AKS for a cluster."""
    from azureml.core.compute import AksCompute
    from azureml.core.webservice.aci import AciWebservice
    from azureml.core.webservice.aks import AksWebservice

    if target is None:
        return AciWebservice.deploy_configuration()
    if isinstance(target, AksCompute):
        return AksWebservice.deploy_configuration()
    raise WebserviceException("Must provide deployment configuration when not deploying to AKS or ACI")


def matches(values: Dict[str, str], filters: Optional[Sequence[Any]]) -> bool:
    """True if tags or properties have all that the filters name: keys, or pairs of key and value."""
    if not isinstance(filters, (list, tuple)):
        raise WebserviceException('Expected tags must be list type. Ex. ["key", ["key2", "key2 value"]]')
    for each in filters:
        if isinstance(each, str):
            if each not in values:
                return False
        elif values.get(each[0]) != str(each[1]):
            return False
    return True
