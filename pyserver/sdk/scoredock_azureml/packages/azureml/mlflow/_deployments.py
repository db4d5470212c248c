"""`mlflow.deployments.get_deploy_client` of a workspace: a model becomes a service without code, by itself or as a
version of an endpoint."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

import mlflow
from mlflow.deployments import BaseDeploymentClient
from mlflow.exceptions import MlflowException

from azureml._scoredock.files_of_yaml import read_yaml
from azureml._scoredock.names import require_service_name
from azureml.core.model import Model, _begun
from azureml.core.webservice import AciWebservice, AksEndpoint, AksWebservice, Webservice
from azureml.core.webservice.deployment import source_of
from azureml.exceptions import AzureMLException, WebserviceException
from azureml.mlflow._workspace import MlflowWorkspace, _raised

_REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)(?:/(?P<version>[^/]+)|@(?P<alias>.+))")
_DEPLOYMENT, _ENDPOINT = "deploy-config-file", "endpoint-config-file"
"""Keys of `config`: paths of files."""
_KINDS: Dict[str, Any] = {"aci": AciWebservice, "aks": AksWebservice}
_FLAVOR = "python_function"


class WorkspaceDeployments(BaseDeploymentClient):  # type: ignore[misc]  # (MLflow has no types here)
    """Services of one workspace. What is refused is raised as MlflowException."""

    def __init__(self, target_uri: str) -> None:
        super().__init__(target_uri)
        self._workspace = MlflowWorkspace.at(target_uri).workspace
        self._empty: Set[str] = set()
        """Names of endpoints that have no deployment yet: one is there with its first version."""

    # ------------------------------------------------------------------------------------ deployments

    def create_deployment(
        self, name: str, model_uri: str, flavor: Any = None, config: Any = None, endpoint: Optional[str] = None
    ) -> Dict[str, Any]:
        """A service, or a version of an endpoint, once it is healthy."""
        if flavor not in (None, _FLAVOR):
            raise MlflowException(f"The flavor {flavor} is not served; leave it out, or name {_FLAVOR}.")
        with _as_mlflow_exception():
            model = self._model(model_uri, name)
            if endpoint is None:
                service = self._begun(name, model, _configuration(config))
            else:
                service = self._version(endpoint, name, model)
            service.wait_for_deployment()
            self._empty.discard(endpoint or "")
        return self.get_deployment(name, endpoint)

    def _version(self, endpoint: str, name: str, model: Model) -> Any:
        existing = self._endpoint(endpoint)
        if existing is None:
            return self._begun(endpoint, model, AksEndpoint.deploy_configuration(version_name=name))
        existing.create_version(name, models=[model])
        return existing

    def _begun(self, name: str, model: Model, configuration: Any) -> Webservice:
        """Begins the service of a model of any flavor; the SDK itself deploys without code for some frameworks only."""
        require_service_name(name)
        Webservice.check_for_existing_webservice(self._workspace, name)
        return _begun(self._workspace, name, source_of([model]), None, configuration, False)

    def update_deployment(
        self, name: str, model_uri: Any = None, flavor: Any = None, config: Any = None, endpoint: Optional[str] = None
    ) -> Dict[str, Any]:
        """Moves it to another model."""
        with _as_mlflow_exception():
            service = self._service(name, endpoint)
            if model_uri is not None:
                service.update(models=[self._model(model_uri, name)])
                service.wait_for_deployment()
        return self.get_deployment(name, endpoint)

    def delete_deployment(self, name: str, config: Any = None, endpoint: Optional[str] = None, **kwargs: Any) -> None:
        """Deletes the deployment; does nothing if it does not exist."""
        with _as_mlflow_exception():
            of = self._endpoint(endpoint) if endpoint is not None else None
            if of is not None:
                of.delete_version(name)
            else:
                with contextlib.suppress(WebserviceException):
                    Webservice(self._workspace, name).delete()

    def list_deployments(self, endpoint: Optional[str] = None) -> List[Dict[str, Any]]:
        """Deployments of an endpoint, or all services."""
        with _as_mlflow_exception():
            if endpoint is None:
                return [_described(each.name, each) for each in Webservice.list(self._workspace)]
            of = self._endpoint(endpoint)
            return [_described(name, each) for name, each in of.versions.items()] if of is not None else []

    def get_deployment(self, name: str, endpoint: Optional[str] = None) -> Dict[str, Any]:
        """Description of the deployment."""
        with _as_mlflow_exception():
            return _described(name, self._service(name, endpoint))

    def predict(
        self, deployment_name: Optional[str] = None, inputs: Any = None, endpoint: Optional[str] = None, df: Any = None
    ) -> Any:
        """A data frame for rows with names, else an array of NumPy."""
        import numpy  # type: ignore[import-not-found, unused-ignore]
        import pandas  # type: ignore[import-untyped, unused-ignore]

        if deployment_name is None and endpoint is None:
            raise MlflowException("Error, must provide one of deployment_name or endpoint")
        with _as_mlflow_exception():
            service = self._service(deployment_name, endpoint)
            answer = service.run(json.dumps({"input_data": _plain(inputs if df is None else df)}))
        rows = answer if isinstance(answer, list) else answer.get("predictions", answer)
        named = isinstance(rows, list) and rows and isinstance(rows[0], dict)
        return pandas.DataFrame(rows) if named else numpy.array(rows)

    # ------------------------------------------------------------------------------------ endpoints

    def create_endpoint(self, name: str, config: Any = None) -> Dict[str, Any]:
        """A name, until its first deployment."""
        with _as_mlflow_exception():
            if self._endpoint(name) is not None:
                raise MlflowException(f"There is already an endpoint {name}.")
        self._empty.add(name)
        return self.get_endpoint(name)

    def update_endpoint(self, endpoint: str, config: Any = None) -> Dict[str, Any]:
        """Divides its requests by the `traffic` of a file."""
        with _as_mlflow_exception():
            of = self._endpoint(endpoint)
            for name, share in _document(config, _ENDPOINT).get("traffic", {}).items() if of is not None else ():
                of.update_version(name, traffic_percentile=int(share), is_default=True if int(share) == 100 else None)
        return self.get_endpoint(endpoint)

    def delete_endpoint(self, endpoint: str) -> None:
        """Deletes an endpoint with its deployments; does nothing if it does not exist."""
        with _as_mlflow_exception():
            of = self._endpoint(endpoint)
            if of is not None:
                of.delete()
        self._empty.discard(endpoint)

    def list_endpoints(self) -> List[Dict[str, Any]]:
        """Endpoints of the workspace."""
        with _as_mlflow_exception():
            names = [each.name for each in Webservice.list(self._workspace) if isinstance(each, AksEndpoint)]
        return [self.get_endpoint(name) for name in (*names, *self._empty)]

    def get_endpoint(self, endpoint: str) -> Dict[str, Any]:
        """Facts of the endpoint: its name, where requests go, and how they are divided."""
        with _as_mlflow_exception():
            of = self._endpoint(endpoint)
            if of is None and endpoint not in self._empty:
                raise MlflowException(f"No endpoint with name {endpoint} found")
            versions = of.versions if of is not None else {}
            properties = {
                "scoringUri": of.scoring_uri if of is not None else None,
                "swaggerUri": of.swagger_uri if of is not None else None,
                "authMode": "Key" if of is not None and of.auth_enabled else None,
                "traffic": {name: each.traffic_percentile for name, each in versions.items()},
                "provisioningState": "Succeeded",
            }
        return {"name": endpoint, "properties": properties}

    # ------------------------------------------------------------------------------------ of the workspace

    def _endpoint(self, name: str) -> Any:
        """None where none has that name."""
        try:
            service = Webservice(self._workspace, name)
        except WebserviceException:
            return None
        return service if isinstance(service, AksEndpoint) else None

    def _service(self, name: Optional[str], endpoint: Optional[str]) -> Any:
        of = self._endpoint(endpoint) if endpoint is not None else None
        if of is None:
            return Webservice(self._workspace, name or str(endpoint))
        if name is None:
            return of
        versions = of.versions
        if name not in versions:
            raise MlflowException(f"No deployment with name {name} found in the endpoint {endpoint}")
        return versions[name]

    def _model(self, uri: str, name: str) -> Model:
        """The registered model that is meant; what is none yet is registered under the name of the deployment."""
        match = _REGISTERED.fullmatch(uri)
        if match is None:
            return Model(self._workspace, name=name, version=int(mlflow.register_model(uri, name).version))
        version, client = match["version"], mlflow.tracking.MlflowClient(registry_uri=self.target_uri)
        if match["alias"]:
            version = client.get_model_version_by_alias(match["name"], match["alias"]).version
        elif not version.isdigit():
            newest = client.get_latest_versions(match["name"], None if version == "latest" else [version])
            if not newest:
                raise MlflowException(f"No version of the model {match['name']} is in the stage {version}.")
            version = max(int(each.version) for each in newest)
        return Model(self._workspace, name=match["name"], version=int(version))


def run_local(name: str, model_uri: str, flavor: Any = None, config: Any = None) -> None:
    """Creates the deployment on this machine, where everything runs."""
    WorkspaceDeployments(mlflow.get_tracking_uri()).create_deployment(name, model_uri, flavor)


def target_help() -> str:
    """Help text on targets."""
    return "The target is the tracking URI of a workspace, as Workspace.get_mlflow_tracking_uri() gives it."


@contextlib.contextmanager
def _as_mlflow_exception() -> "Iterator[None]":
    try:
        yield
    except AzureMLException as error:
        raise _raised(error, error.code) from None


def _described(name: str, service: Any) -> Dict[str, Any]:
    return {**service.serialize(), "name": name, "flavor": _FLAVOR}


def _document(config: Any, key: str) -> Dict[str, Any]:
    path = (config or {}).get(key)
    document = read_yaml(path) if path else config
    return document if isinstance(document, dict) else {}


def _configuration(config: Any) -> Any:
    """Configuration in a file for ACI or AKS; that of v2 says nothing that a service here needs."""
    document = _document(config, _DEPLOYMENT)
    kind = str(document.get("computeType", "aci")).lower()
    if kind not in _KINDS:
        raise MlflowException(f"unknown deployment type: {kind}")
    names = {place: name for name, place in _KINDS[kind]._places().items()}
    return _KINDS[kind].deploy_configuration(**{names[at]: value for at, value in _flat(document) if at in names})


def _flat(document: Dict[str, Any], above: str = "") -> "Iterator[Tuple[str, Any]]":
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, value


def _plain(inputs: Any) -> Any:
    """Inputs as JSON has them: a data frame, an array, or arrays by name."""
    if isinstance(inputs, dict):
        return {name: _plain(each) for name, each in inputs.items()}
    if hasattr(inputs, "to_json"):
        return json.loads(inputs.to_json(orient="split"))
    return inputs.tolist() if hasattr(inputs, "tolist") else inputs
