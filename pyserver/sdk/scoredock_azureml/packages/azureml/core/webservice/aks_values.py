"""Values that a service for AKS was deployed with, under the names of the SDK; the rest has the defaults of AKS."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional

from azureml.core.webservice.state import ServiceState
from azureml.core.webservice.webservice import ContainerResourceRequirements

_RESOURCES, _SCALER, _PROBE = "containerResourceRequirements", "autoScaler", "livenessProbeRequirements"


class AutoScaler(NamedTuple):
    """Autoscaling of a cluster: the numbers of replicas that it chooses between, and by what."""

    autoscale_enabled: bool
    max_replicas: Optional[int]
    min_replicas: Optional[int]
    refresh_period_seconds: Optional[int]
    target_utilization: Optional[int]

    def serialize(self) -> Dict[str, Any]:
        """The settings under the names of the SDK."""
        return {
            "autoscaleEnabled": self.autoscale_enabled,
            "minReplicas": self.min_replicas,
            "maxReplicas": self.max_replicas,
            "refreshPeriodInSeconds": self.refresh_period_seconds,
            "targetUtilization": self.target_utilization,
        }


class DataCollection(NamedTuple):
    """Setting of whether data that models collect is kept."""

    event_hub_enabled: bool
    storage_enabled: bool

    def serialize(self) -> Dict[str, Any]:
        """The setting under the names of the SDK."""
        return {"eventHubEnabled": self.event_hub_enabled, "storageEnabled": self.storage_enabled}


class LivenessProbeRequirements(NamedTuple):
    """Settings by which a replica that does not answer is started again."""

    period_seconds: int
    initial_delay_seconds: int
    timeout_seconds: int
    success_threshold: int
    failure_threshold: int

    def serialize(self) -> Dict[str, Any]:
        """The settings under the names of the SDK."""
        return {
            "periodSeconds": self.period_seconds,
            "initialDelaySeconds": self.initial_delay_seconds,
            "timeoutSeconds": self.timeout_seconds,
            "successThreshold": self.success_threshold,
            "failureThreshold": self.failure_threshold,
        }


class AksValues(NamedTuple):
    """Read from the values of a deployment configuration, by their paths."""

    values: Dict[str, Any]

    def one(self, path: str, usual: Any = None) -> Any:
        """The value of a path."""
        value = self.values.get(path)
        return usual if value is None else value

    def autoscaler(self) -> AutoScaler:
        """Autoscaling; on, unless a number of replicas is given."""
        return AutoScaler(
            self.one(f"{_SCALER}.autoscaleEnabled", self.one("numReplicas") is None),
            self.one(f"{_SCALER}.maxReplicas", 10),
            self.one(f"{_SCALER}.minReplicas", 1),
            self.one(f"{_SCALER}.refreshPeriodInSeconds", 1),
            self.one(f"{_SCALER}.targetUtilization", 70),
        )

    def resources(self) -> ContainerResourceRequirements:
        """CPU, memory and GPUs that a replica requests, and their limits."""
        return ContainerResourceRequirements(
            cpu=self.one(f"{_RESOURCES}.cpu", 0.1),
            memory_in_gb=self.one(f"{_RESOURCES}.memoryInGB", 0.5),
            gpu=self.one("gpuCores"),
            cpu_limit=self.one(f"{_RESOURCES}.cpuLimit"),
            memory_in_gb_limit=self.one(f"{_RESOURCES}.memoryInGBLimit"),
        )

    def data_collection(self) -> DataCollection:
        """Setting of whether data that models collect is kept; there is no event hub."""
        return DataCollection(False, bool(self.one("dataCollection.storageEnabled", False)))

    def probe(self) -> LivenessProbeRequirements:
        """Settings of the liveness probe, in seconds and numbers of probes."""
        return LivenessProbeRequirements(
            self.one(f"{_PROBE}.periodSeconds", 10),
            self.one(f"{_PROBE}.initialDelaySeconds", 310),
            self.one(f"{_PROBE}.timeoutSeconds", 2),
            self.one(f"{_PROBE}.successThreshold", 1),
            self.one(f"{_PROBE}.failureThreshold", 3),
        )

    def serialize(self) -> Dict[str, Any]:
        """The values under the names of the SDK."""
        return {
            "appInsightsEnabled": bool(self.one("appInsightsEnabled", False)),
            "autoScaler": self.autoscaler().serialize(),
            "containerResourceRequirements": self.resources().serialize(),
            "dataCollection": self.data_collection().serialize(),
            "livenessProbeRequirements": self.probe().serialize(),
            "maxConcurrentRequestsPerContainer": self.one("maxConcurrentRequestsPerContainer", 1),
            "maxQueueWaitMs": self.one("maxQueueWaitMs", 500),
            "numReplicas": self.one("numReplicas"),
            "scoringTimeoutMs": self.one("scoringTimeoutMs", 60000),
        }


class AksProperties(ServiceState):
    """Properties of a service for AKS: the values that it was deployed with."""

    @property
    def compute_name(self) -> Optional[str]:
        """The cluster on which it runs, else the one that was named."""
        name: Optional[str] = self._await_record().get("compute") or self._values().one("computeTargetName")
        return name

    def _values(self) -> AksValues:
        return AksValues(self._configuration()["values"])

    @property
    def autoscaler(self) -> AutoScaler:
        """Autoscaling: the numbers of replicas that the cluster chooses between, and by what."""
        return self._values().autoscaler()

    @property
    def container_resource_requirements(self) -> ContainerResourceRequirements:
        """CPU, memory and GPUs of each replica."""
        return self._values().resources()

    @property
    def liveness_probe_requirements(self) -> LivenessProbeRequirements:
        """Settings by which a replica that does not answer is started again."""
        return self._values().probe()

    @property
    def data_collection(self) -> DataCollection:
        """Setting of whether data that models collect is kept."""
        return self._values().data_collection()

    @property
    def num_replicas(self) -> Optional[int]:
        """The number in its configuration; None where the autoscaler chooses."""
        number: Optional[int] = self._values().one("numReplicas")
        return number

    @property
    def scoring_timeout_ms(self) -> int:
        """Milliseconds that an answer may take."""
        return int(self._values().one("scoringTimeoutMs", 60000))

    @property
    def max_concurrent_requests_per_container(self) -> int:
        """Requests that a replica works on at a time."""
        return int(self._values().one("maxConcurrentRequestsPerContainer", 1))

    @property
    def max_request_wait_time(self) -> int:
        """Milliseconds that a request waits for a replica."""
        return int(self._values().one("maxQueueWaitMs", 500))

    @property
    def enable_app_insights(self) -> bool:
        """True if requests are traced."""
        return bool(self._values().one("appInsightsEnabled", False))

    @property
    def namespace(self) -> Optional[str]:
        """Namespace in its configuration; None if it names none."""
        name: Optional[str] = self._values().one("namespace")
        return name
