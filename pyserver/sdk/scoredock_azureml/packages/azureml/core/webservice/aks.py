"""Services for Azure Kubernetes Service: they run on the cluster that is attached, else on this machine."""

from __future__ import annotations

import datetime
from typing import Any, Dict, NamedTuple, Optional, Tuple

from azureml._scoredock.failures import not_here
from azureml._scoredock.names import require_service_name
from azureml.core.webservice import checks, versions
from azureml.core.webservice.aci import AciWebservice
from azureml.core.webservice.aks_values import AksProperties
from azureml.core.webservice.webservice import Webservice, WebserviceDeploymentConfiguration
from azureml.exceptions import WebserviceException

_PLACES = {
    "autoscale_enabled": "autoScaler.autoscaleEnabled",
    "autoscale_min_replicas": "autoScaler.minReplicas",
    "autoscale_max_replicas": "autoScaler.maxReplicas",
    "autoscale_refresh_seconds": "autoScaler.refreshPeriodInSeconds",
    "autoscale_target_utilization": "autoScaler.targetUtilization",
    "collect_model_data": "dataCollection.storageEnabled",
    "auth_enabled": "authEnabled",
    "token_auth_enabled": "tokenAuthEnabled",
    "cpu_cores": "containerResourceRequirements.cpu",
    "memory_gb": "containerResourceRequirements.memoryInGB",
    "cpu_cores_limit": "containerResourceRequirements.cpuLimit",
    "memory_gb_limit": "containerResourceRequirements.memoryInGBLimit",
    "gpu_cores": "gpuCores",
    "enable_app_insights": "appInsightsEnabled",
    "scoring_timeout_ms": "scoringTimeoutMs",
    "replica_max_concurrent_requests": "maxConcurrentRequestsPerContainer",
    "max_request_wait_time": "maxQueueWaitMs",
    "num_replicas": "numReplicas",
    "period_seconds": "livenessProbeRequirements.periodSeconds",
    "initial_delay_seconds": "livenessProbeRequirements.initialDelaySeconds",
    "timeout_seconds": "livenessProbeRequirements.timeoutSeconds",
    "success_threshold": "livenessProbeRequirements.successThreshold",
    "failure_threshold": "livenessProbeRequirements.failureThreshold",
    "namespace": "namespace",
    "compute_target_name": "computeTargetName",
    "version_name": "versionName",
    "traffic_percentile": "trafficPercentile",
}


class AksWebservice(AksProperties, AciWebservice):
    """A service that was deployed with a configuration for AKS."""

    _webservice_type = "AKS"
    deployment_status = version_type = is_default = traffic_percentile = None

    @staticmethod
    def deploy_configuration(  # type: ignore[override]
        autoscale_enabled: Optional[bool] = None,
        autoscale_min_replicas: Optional[int] = None,
        autoscale_max_replicas: Optional[int] = None,
        autoscale_refresh_seconds: Optional[int] = None,
        autoscale_target_utilization: Optional[int] = None,
        collect_model_data: Optional[bool] = None,
        auth_enabled: Optional[bool] = None,
        cpu_cores: Optional[float] = None,
        memory_gb: Optional[float] = None,
        enable_app_insights: Optional[bool] = None,
        scoring_timeout_ms: Optional[int] = None,
        replica_max_concurrent_requests: Optional[int] = None,
        max_request_wait_time: Optional[int] = None,
        num_replicas: Optional[int] = None,
        primary_key: Optional[str] = None,
        secondary_key: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        gpu_cores: Optional[int] = None,
        period_seconds: Optional[int] = None,
        initial_delay_seconds: Optional[int] = None,
        timeout_seconds: Optional[int] = None,
        success_threshold: Optional[int] = None,
        failure_threshold: Optional[int] = None,
        namespace: Optional[str] = None,
        token_auth_enabled: Optional[bool] = None,
        compute_target_name: Optional[str] = None,
        cpu_cores_limit: Optional[float] = None,
        memory_gb_limit: Optional[float] = None,
        blobfuse_enabled: Optional[bool] = None,
    ) -> "AksServiceDeploymentConfiguration":
        """Deployment configuration for Azure Kubernetes Service: scaling, CPU, memory, authentication, tags."""
        return AksServiceDeploymentConfiguration(**locals())

    def update(  # type: ignore[override]
        self,
        image: Any = None,
        autoscale_enabled: Optional[bool] = None,
        autoscale_min_replicas: Optional[int] = None,
        autoscale_max_replicas: Optional[int] = None,
        autoscale_refresh_seconds: Optional[int] = None,
        autoscale_target_utilization: Optional[int] = None,
        collect_model_data: Optional[bool] = None,
        auth_enabled: Optional[bool] = None,
        cpu_cores: Optional[float] = None,
        memory_gb: Optional[float] = None,
        enable_app_insights: Optional[bool] = None,
        scoring_timeout_ms: Optional[int] = None,
        replica_max_concurrent_requests: Optional[int] = None,
        max_request_wait_time: Optional[int] = None,
        num_replicas: Optional[int] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        models: Any = None,
        inference_config: Any = None,
        gpu_cores: Optional[int] = None,
        period_seconds: Optional[int] = None,
        initial_delay_seconds: Optional[int] = None,
        timeout_seconds: Optional[int] = None,
        success_threshold: Optional[int] = None,
        failure_threshold: Optional[int] = None,
        namespace: Optional[str] = None,
        token_auth_enabled: Optional[bool] = None,
        cpu_cores_limit: Optional[float] = None,
        memory_gb_limit: Optional[float] = None,
        **kwargs: Any,
    ) -> None:
        """Moves it to what is given; what is not stays."""
        if kwargs:
            raise not_here(f"AksWebservice.update({', '.join(kwargs)})", "Leave it out.", WebserviceException)
        options = {name: value for name, value in locals().items() if name not in ("self", "kwargs", "__class__")}
        checks.require(checks.faults(options), "Error, ")
        self._update_from(options)

    @staticmethod
    def _places() -> Dict[str, str]:
        return _PLACES

    def get_token(self) -> Tuple[str, datetime.datetime]:
        """A token, and when to get the next one."""
        return Webservice.get_token(self)

    def get_access_token(self) -> "AksServiceAccessToken":
        """A token with all that is known of it."""
        token = self._token()
        return AksServiceAccessToken(
            token["accessToken"], token["tokenType"], _local(token["refreshAfter"]), _local(token["expiryOn"])
        )

    def serialize(self) -> Dict[str, Any]:
        """The service under the names of the SDK."""
        more = {"aadAuthEnabled": self.token_auth_enabled, "computeName": self.compute_name}
        return {**super().serialize(), **self._values().serialize(), **more}


class AksServiceAccessToken(NamedTuple):
    """A token of a service."""

    access_token: str
    token_type: str
    refresh_after: datetime.datetime
    expiry_on: datetime.datetime


class AksEndpoint(AksWebservice):
    """An endpoint: its first version is the service of its name, each further one a service of its own, and a router
    in front of them all divides the requests."""

    _webservice_type = "AKSENDPOINT"
    _joining: Optional[Dict[str, Any]] = None
    """A version whose service is on its way, as it is to be set once that is there."""

    @staticmethod
    def deploy_configuration(  # type: ignore[override]
        autoscale_enabled: Optional[bool] = None,
        autoscale_min_replicas: Optional[int] = None,
        autoscale_max_replicas: Optional[int] = None,
        autoscale_refresh_seconds: Optional[int] = None,
        autoscale_target_utilization: Optional[int] = None,
        collect_model_data: Optional[bool] = None,
        auth_enabled: Optional[bool] = None,
        cpu_cores: Optional[float] = None,
        memory_gb: Optional[float] = None,
        enable_app_insights: Optional[bool] = None,
        scoring_timeout_ms: Optional[int] = None,
        replica_max_concurrent_requests: Optional[int] = None,
        max_request_wait_time: Optional[int] = None,
        num_replicas: Optional[int] = None,
        primary_key: Optional[str] = None,
        secondary_key: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        gpu_cores: Optional[int] = None,
        period_seconds: Optional[int] = None,
        initial_delay_seconds: Optional[int] = None,
        timeout_seconds: Optional[int] = None,
        success_threshold: Optional[int] = None,
        failure_threshold: Optional[int] = None,
        namespace: Optional[str] = None,
        token_auth_enabled: Optional[bool] = None,
        version_name: Optional[str] = None,
        traffic_percentile: Optional[int] = None,
        compute_target_name: Optional[str] = None,
        cpu_cores_limit: Optional[float] = None,
        memory_gb_limit: Optional[float] = None,
    ) -> "AksEndpointDeploymentConfiguration":
        """Deployment configuration for a version of an endpoint on Azure Kubernetes Service."""
        return AksEndpointDeploymentConfiguration(**locals())

    def update(  # type: ignore[override]
        self,
        auth_enabled: Optional[bool] = None,
        token_auth_enabled: Optional[bool] = None,
        enable_app_insights: Optional[bool] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
    ) -> None:
        """Changes the options of the endpoint itself; authentication and Application Insights also in its versions."""
        options = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        self._update_from(options)
        of_all = {name: options[name] for name in ("auth_enabled", "token_auth_enabled", "enable_app_insights")}
        if any(value is not None for value in of_all.values()):
            versions.update_all(self, of_all)

    @property
    def versions(self) -> "Dict[str, AksWebservice]":
        """The service of each version, with `traffic_percentile`, `is_default` and `version_type`."""
        return versions.all_of(self)

    @property
    def scoring_uri(self) -> Optional[str]:
        """Address for scoring requests; None while the endpoint has none."""
        if not self._await_record()["scoringUri"]:
            return None
        return versions.record_of(self)["scoringUri"] or None

    @property
    def swagger_uri(self) -> Optional[str]:
        """Address of the Swagger document; None while the endpoint has none."""
        uri = self.scoring_uri
        return uri and uri[: -len("score")] + "swagger.json"

    def _version_name(self) -> str:
        return str(self._notes.get("config", {}).get("versionName") or self.name)

    def _await_record(self) -> Dict[str, Any]:
        record = super()._await_record()
        joining, self._joining = self._joining, None
        if joining is not None and self._cause is None:
            versions.ask(self, "endpoint/setVersion", **joining)
        return record

    def _complete(self) -> None:
        versions.record_of(self)

    def wait_for_deployment(self, show_output: bool = False, timeout_sec: Optional[float] = None) -> None:
        """Waits until the endpoint, or the version that is being made, is healthy. Raises WebserviceException if it
        cannot be.
        """
        super().wait_for_deployment(show_output, timeout_sec)
        versions.record_of(self)

    def run(self, input_data: Any) -> Any:
        """Sends a request, which one of the versions answers. Raises WebserviceException for every answer that is not
        200."""
        return versions.run(self, input_data)

    def regen_key(self, key: str, set_key: Optional[str] = None) -> None:
        """Makes another primary or secondary key, of all versions."""
        super().regen_key(key, set_key)
        versions.share_keys(self)

    def delete(self) -> None:
        """Stops it and leaves nothing of it and its versions."""
        if self._operation is not None:
            self._await_record()
        versions.delete(self)
        super().delete()

    def create_version(
        self,
        version_name: str,
        autoscale_enabled: Optional[bool] = None,
        autoscale_min_replicas: Optional[int] = None,
        autoscale_max_replicas: Optional[int] = None,
        autoscale_refresh_seconds: Optional[int] = None,
        autoscale_target_utilization: Optional[int] = None,
        collect_model_data: Optional[bool] = None,
        cpu_cores: Optional[float] = None,
        memory_gb: Optional[float] = None,
        scoring_timeout_ms: Optional[int] = None,
        replica_max_concurrent_requests: Optional[int] = None,
        max_request_wait_time: Optional[int] = None,
        num_replicas: Optional[int] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        models: Any = None,
        inference_config: Any = None,
        gpu_cores: Optional[int] = None,
        period_seconds: Optional[int] = None,
        initial_delay_seconds: Optional[int] = None,
        timeout_seconds: Optional[int] = None,
        success_threshold: Optional[int] = None,
        failure_threshold: Optional[int] = None,
        traffic_percentile: Optional[int] = None,
        is_default: Optional[bool] = None,
        is_control_version_type: Optional[bool] = None,
        cpu_cores_limit: Optional[float] = None,
        memory_gb_limit: Optional[float] = None,
    ) -> None:
        """Creates a version with a service of its own, which answers its share of the requests once it is there;
        `wait_for_deployment` waits for it.
        """
        options = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        if not version_name:
            raise WebserviceException(f"No name is provided to create a version in an Endpoint {self.name}")
        require_service_name(version_name)
        checks.require(checks.faults(options), "Error, ")
        versions.require_share(traffic_percentile)
        self._cause = None
        self._joining, self._operation = versions.begin(self, options, AksEndpointDeploymentConfiguration)

    def update_version(
        self,
        version_name: str,
        autoscale_enabled: Optional[bool] = None,
        autoscale_min_replicas: Optional[int] = None,
        autoscale_max_replicas: Optional[int] = None,
        autoscale_refresh_seconds: Optional[int] = None,
        autoscale_target_utilization: Optional[int] = None,
        collect_model_data: Optional[bool] = None,
        cpu_cores: Optional[float] = None,
        memory_gb: Optional[float] = None,
        scoring_timeout_ms: Optional[int] = None,
        replica_max_concurrent_requests: Optional[int] = None,
        max_request_wait_time: Optional[int] = None,
        num_replicas: Optional[int] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        models: Any = None,
        inference_config: Any = None,
        gpu_cores: Optional[int] = None,
        period_seconds: Optional[int] = None,
        initial_delay_seconds: Optional[int] = None,
        timeout_seconds: Optional[int] = None,
        success_threshold: Optional[int] = None,
        failure_threshold: Optional[int] = None,
        traffic_percentile: Optional[int] = None,
        is_default: Optional[bool] = None,
        is_control_version_type: Optional[bool] = None,
        cpu_cores_limit: Optional[float] = None,
        memory_gb_limit: Optional[float] = None,
    ) -> None:
        """Moves a version to what is given; what is not stays."""
        options = {name: value for name, value in locals().items() if name not in ("self", "version_name", "__class__")}
        if all(value is None for value in options.values()):
            raise WebserviceException("No parameters provided to update a version.")
        checks.require(checks.faults(options), "Error, ")
        versions.require_share(traffic_percentile)
        versions.update(self, version_name, options)

    def delete_version(self, version_name: str) -> None:
        """Deletes a version and its service, which answers the requests that it has; the default version cannot be
        deleted.
        """
        versions.remove(self, version_name)


class AksServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """Deployment configuration for Azure Kubernetes Service, as given to `AksWebservice.deploy_configuration`."""

    _kind = "AKS"

    def __init__(
        self,
        autoscale_enabled: Optional[bool],
        autoscale_min_replicas: Optional[int],
        autoscale_max_replicas: Optional[int],
        autoscale_refresh_seconds: Optional[int],
        autoscale_target_utilization: Optional[int],
        collect_model_data: Optional[bool],
        auth_enabled: Optional[bool],
        cpu_cores: Optional[float],
        memory_gb: Optional[float],
        enable_app_insights: Optional[bool],
        scoring_timeout_ms: Optional[int],
        replica_max_concurrent_requests: Optional[int],
        max_request_wait_time: Optional[int],
        num_replicas: Optional[int],
        primary_key: Optional[str],
        secondary_key: Optional[str],
        tags: Optional[Dict[str, str]],
        properties: Optional[Dict[str, str]],
        description: Optional[str],
        gpu_cores: Optional[int],
        period_seconds: Optional[int],
        initial_delay_seconds: Optional[int],
        timeout_seconds: Optional[int],
        success_threshold: Optional[int],
        failure_threshold: Optional[int],
        namespace: Optional[str],
        token_auth_enabled: Optional[bool],
        compute_target_name: Optional[str],
        cpu_cores_limit: Optional[float],
        memory_gb_limit: Optional[float],
        blobfuse_enabled: Optional[bool] = None,
        **more: Any,
    ) -> None:
        options = {name: value for name, value in locals().items() if name not in ("self", "more", "__class__")}
        super().__init__(self._service(), description, tags, properties, primary_key, secondary_key)
        vars(self).update({**options, **more})
        self.validate_configuration()

    @staticmethod
    def _service() -> Any:
        return AksWebservice

    def validate_configuration(self) -> None:
        """Raises WebserviceException with all that is wrong."""
        values = vars(self)
        faults = checks.faults(values)
        if values["gpu_cores"] is not None and values["gpu_cores"] < 0:
            faults.append("gpu_cores must be greater than or equal to zero.")
        checks.require(faults)
        super().validate_configuration()

    def _document(self) -> Dict[str, Any]:
        return {"computeType": self._kind.lower(), **checks.placed(vars(self), _PLACES)}


class AksEndpointDeploymentConfiguration(AksServiceDeploymentConfiguration):
    """Deployment configuration of an endpoint's version, as given to `AksEndpoint.deploy_configuration`."""

    _kind = "AKSENDPOINT"

    def __init__(
        self,
        autoscale_enabled: Optional[bool],
        autoscale_min_replicas: Optional[int],
        autoscale_max_replicas: Optional[int],
        autoscale_refresh_seconds: Optional[int],
        autoscale_target_utilization: Optional[int],
        collect_model_data: Optional[bool],
        auth_enabled: Optional[bool],
        cpu_cores: Optional[float],
        memory_gb: Optional[float],
        enable_app_insights: Optional[bool],
        scoring_timeout_ms: Optional[int],
        replica_max_concurrent_requests: Optional[int],
        max_request_wait_time: Optional[int],
        num_replicas: Optional[int],
        primary_key: Optional[str],
        secondary_key: Optional[str],
        tags: Optional[Dict[str, str]],
        properties: Optional[Dict[str, str]],
        description: Optional[str],
        gpu_cores: Optional[int],
        period_seconds: Optional[int],
        initial_delay_seconds: Optional[int],
        timeout_seconds: Optional[int],
        success_threshold: Optional[int],
        failure_threshold: Optional[int],
        namespace: Optional[str],
        token_auth_enabled: Optional[bool],
        version_name: Optional[str],
        traffic_percentile: Optional[int],
        compute_target_name: Optional[str],
        cpu_cores_limit: Optional[float],
        memory_gb_limit: Optional[float],
    ) -> None:
        options = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        super().__init__(**options)
        self.validate_endpoint_configuration()

    @staticmethod
    def _service() -> Any:
        return AksEndpoint

    def validate_endpoint_configuration(self) -> None:
        """Raises WebserviceException."""
        values = vars(self)
        if values["version_name"]:
            require_service_name(values["version_name"])
        share = values["traffic_percentile"]
        if share is not None and not 0 <= share <= 100:
            raise WebserviceException(
                "Invalid configuration, traffic_percentile cannot be negative or greater than 100."
            )


def _local(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds)
