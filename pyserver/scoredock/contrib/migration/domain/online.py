"""Online endpoints and deployments of v2, managed or on Kubernetes, from what a deployment configuration of v1 says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.contrib.migration.checks.fitting_size import size_for
from scoredock.contrib.migration.domain.report import Outcome
from scoredock.contrib.migration.domain.source import V1Service, Value
from scoredock.formats.v2.machine_sizes import MACHINE_SIZES
from scoredock.late_dataclass import dataclass

_KUBERNETES = ("aks", "aksendpoint")
_CPU, _MEMORY = "containerResourceRequirements.cpu", "containerResourceRequirements.memoryInGB"
_DEFAULT_CPU, _DEFAULT_MEMORY = 0.1, 0.5
V1_TIMEOUT, MOST_TIMEOUT = 60_000, 180_000
_COMPUTE = "kubernetes-compute"
"""What stands in the file of an endpoint whose cluster nobody names."""
_PROBE = (
    ("period", "periodSeconds", 10),
    ("initial_delay", "initialDelaySeconds", 310),
    ("timeout", "timeoutSeconds", 2),
    ("success_threshold", "successThreshold", 1),
    ("failure_threshold", "failureThreshold", 3),
)
_SCALE = (
    ("min_instances", "minReplicas", 1),
    ("max_instances", "maxReplicas", 10),
    ("target_utilization_percentage", "targetUtilization", 70),
    ("polling_interval", "refreshPeriodInSeconds", 1),
)


@dataclass(slots=True)
class OnlineFiles:
    """Documents of one service, without its model, code and environment."""

    endpoint: dict[str, Any]
    deployment: dict[str, Any]
    kubernetes: bool
    share: int | None = None
    """Percent of the requests, where v1 says one."""
    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables that settings become."""


def online_files(source: V1Service, name: str, deployment: str, outcome: Outcome) -> OnlineFiles:
    """Documents of the endpoint and the deployment; the report gets what becomes of every setting."""
    settings = _Settings(source, outcome)
    kubernetes = source.compute_type in _KUBERNETES
    endpoint: dict[str, Any] = {
        "name": name,
        "description": source.description,
        "tags": dict(source.tags),
        "properties": dict(source.properties),
        "auth_mode": settings.auth_mode(),
    }
    if kubernetes:
        endpoint["compute"] = settings.compute()
    files = OnlineFiles(endpoint, {"name": deployment, "endpoint_name": name}, kubernetes)
    if kubernetes:
        files.deployment["type"] = "kubernetes"
        settings.kubernetes(files)
    else:
        settings.managed(files)
    settings.common(files)
    settings.without_equivalent()
    return files


class _Settings:
    """The settings of one service, each of which has a note in the report."""

    def __init__(self, source: V1Service, outcome: Outcome) -> None:
        self._source = source
        self._values: Mapping[str, Value] = source.values
        self._outcome = outcome

    def _note(self, kind: str, key: str, message: str, next_step: str = "") -> None:
        self._outcome.note(kind, self._source.where, key, message, next_step)  # type: ignore[arg-type]

    def _number(self, key: str) -> float | None:
        value = self._values.get(key)
        if isinstance(value, bool) or value in (None, ""):
            return None
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                value = -1.0
        number = float(value) if value is not None else 0.0
        if not 0 <= number < 1e12:  # nan is neither
            self._note(
                "broken",
                key,
                l10n.t("{key} has a value that is not a number above 0; it is left out.", key=f"“{key}”"),
                l10n.t("Write the value that was meant into the file of the deployment."),
            )
            return None
        return number

    def _whole(self, key: str, least: int = 1) -> int | None:
        number = self._number(key)
        if number is None:
            return None
        if number != int(number):
            self._note("changes", key, l10n.t("{key} is rounded up to a whole number.", key=f"“{key}”"))
        return max(least, int(-(-number // 1)))

    def _is(self, key: str) -> bool:
        return self._values.get(key) is True

    # ------------------------------------------------------------------------------------------ endpoint

    def auth_mode(self) -> str:
        """key, or aml_token."""
        if self._is("tokenAuthEnabled"):
            self._note("maps", "tokenAuthEnabled", l10n.t("Callers send tokens of the workspace (aml_token)."))
            return "aml_token"
        enabled = self._values.get("authEnabled")
        off = enabled is False or (enabled is None and self._source.compute_type not in _KUBERNETES)
        if off and self._source.compute_type != "local":
            self._note(
                "changes",
                "authEnabled",
                l10n.t("The service of v1 answers without a key; endpoints of v2 always ask for one."),
                l10n.t("Give callers a key: `az ml online-endpoint get-credentials`, header Authorization."),
            )
        elif off:
            self._note(
                "changes",
                "authEnabled",
                l10n.t("The local service asks for no key; an endpoint in Azure does, `--local` does not."),
            )
        else:
            self._note("maps", "authEnabled", l10n.t("Callers send a key (auth_mode: key)."))
        return "key"

    def compute(self) -> str:
        """The attached cluster."""
        name = str(self._values.get("computeTargetName") or self._source.compute or "")
        if name:
            self._note(
                "maps", "computeTargetName", l10n.t("The endpoint runs on the attached cluster {name}.", name=name)
            )
            return f"azureml:{name}"
        self._note(
            "broken",
            "computeTargetName",
            l10n.t("Nothing names the cluster; the file of the endpoint has {name}.", name=_COMPUTE),
            l10n.t("Attach the cluster with `az ml compute attach` and write its name there."),
        )
        return f"azureml:{_COMPUTE}"

    # ------------------------------------------------------------------------------------------ size

    def managed(self, files: OnlineFiles) -> None:
        """The machine size, for what a container asks for."""
        cpu, memory = self._number(_CPU), self._number(_MEMORY)
        if cpu is None and memory is None:
            size = size_for(_DEFAULT_CPU, _DEFAULT_MEMORY)
            message = l10n.t(
                "Nothing is asked for; v1 gives CPU 0.1 and memory 0.5 GB, for which v2 has {size}.", size=size.name
            )
            self._note("maps", "containerResourceRequirements", message)
        else:
            wanted_cpu, wanted_memory = cpu or _DEFAULT_CPU, memory or _DEFAULT_MEMORY
            size = size_for(wanted_cpu, wanted_memory)
            self._note_size(wanted_cpu, wanted_memory)
        files.deployment["instance_type"] = size.name
        files.deployment["instance_count"] = 1

    def _note_size(self, cpu: float, memory: float) -> None:
        size = size_for(cpu, memory)
        facts = {"cpu": f"{cpu:g}", "memory": f"{memory:g}", "size": size.name}
        if not size.fits:
            self._note(
                "broken",
                "containerResourceRequirements",
                l10n.t(
                    "No machine size has CPU {cpu} and memory {memory} GB; the largest, {size}, stands in the file.",
                    **facts,
                ),
                l10n.t("Choose one with `az ml compute list-sizes`, or several instances."),
            )
        elif size.exact:
            message = l10n.t("CPU {cpu} and memory {memory} GB are the machine size {size}.", **facts)
            self._note("maps", "containerResourceRequirements", message)
        else:
            self._note(
                "changes",
                "containerResourceRequirements",
                l10n.t(
                    "The table of Azure has no size for CPU {cpu} and memory {memory} GB;"
                    " rounded up it is {size} ({what}).",
                    what=MACHINE_SIZES.get(size.name, l10n.t("1 core, 3.5 GiB")),
                    **facts,
                ),
            )

    def kubernetes(self, files: OnlineFiles) -> None:
        """Requests and limits, replicas and the autoscaler."""
        requests = {
            "cpu": _text(self._number(_CPU) or _DEFAULT_CPU),
            "memory": _memory(self._number(_MEMORY) or _DEFAULT_MEMORY),
        }
        limits: dict[str, str] = {}
        cpu, memory = self._number(f"{_CPU}Limit"), self._number(f"{_MEMORY}Limit")
        gpu = self._number("gpuCores")
        if cpu:
            limits["cpu"] = _text(cpu)
        if memory:
            limits["memory"] = _memory(memory)
        if gpu:
            limits["nvidia.com/gpu"] = _text(-(-gpu // 1))
        files.deployment["resources"] = {"requests": requests, **({"limits": limits} if limits else {})}
        message = l10n.t("CPUs, memory and GPUs are requests and limits of the container; 1 GB is written as 1Gi.")
        self._note("maps", "containerResourceRequirements", message)
        self._replicas(files)
        self._probe(files)
        self._share(files)

    def _replicas(self, files: OnlineFiles) -> None:
        fixed = self._whole("numReplicas")
        scales = self._values.get("autoScaler.autoscaleEnabled")
        if fixed is not None or scales is False:
            files.deployment["instance_count"] = fixed or 1
            self._note("maps", "numReplicas", l10n.t("{count} replicas are instance_count.", count=fixed or 1))
            return
        settings: dict[str, Any] = {"type": "target_utilization"}
        for new, old, default in _SCALE:
            settings[new] = self._whole(f"autoScaler.{old}") or default
        settings["max_instances"] = max(settings["max_instances"], settings["min_instances"])
        settings["target_utilization_percentage"] = min(settings["target_utilization_percentage"], 100)
        files.deployment["scale_settings"] = settings
        files.deployment["instance_count"] = settings["min_instances"]
        self._note(
            "maps",
            "autoScaler",
            l10n.t("The autoscaler is scale_settings, with the defaults of v1 where none is said."),
        )

    def _probe(self, files: OnlineFiles) -> None:
        prefix = "livenessProbeRequirements."
        if not any(key.startswith(prefix) for key in self._values):
            self._note(
                "changes",
                "livenessProbeRequirements",
                l10n.t("Nothing is said; v1 waits 310 seconds before the first probe, v2 10 and then 30 failures."),
            )
            return
        probe = {new: self._whole(f"{prefix}{old}") or default for new, old, default in _PROBE}
        files.deployment["liveness_probe"] = probe
        self._note(
            "maps", "livenessProbeRequirements", l10n.t("It is liveness_probe; readiness_probe has v2's defaults.")
        )

    def _share(self, files: OnlineFiles) -> None:
        if self._source.compute_type != "aksendpoint":
            return
        share = self._number("trafficPercentile")
        if share is not None:
            files.share = min(100, round(share))
            message = l10n.t("{share}% of the requests, a whole number in traffic of the endpoint.", share=files.share)
            self._note("maps" if share == files.share else "changes", "trafficPercentile", message)

    # ------------------------------------------------------------------------------------------ both kinds

    def common(self, files: OnlineFiles) -> None:
        """Times, concurrency, Application Insights, collected data."""
        files.deployment["request_settings"] = self._requests(files)
        if self._is("appInsightsEnabled"):
            files.deployment["app_insights_enabled"] = True
            self._note("maps", "appInsightsEnabled", l10n.t("It is app_insights_enabled."))
        if self._is("dataCollection.storageEnabled"):
            enabled = {"enabled": "true"}
            files.deployment["data_collector"] = {
                "collections": {"model_inputs": enabled, "model_outputs": dict(enabled)}
            }
            self._note(
                "changes",
                "dataCollection",
                l10n.t("It is data_collector; scripts of v1 that collect by azureml.monitoring do not fill it."),
                l10n.t("Collect with `Collector` of the package azureml-ai-monitoring."),
            )

    def _requests(self, files: OnlineFiles) -> dict[str, int]:
        settings = {"request_timeout_ms": self._timeout()}
        count = self._whole("maxConcurrentRequestsPerContainer")
        if count is not None:
            settings["max_concurrent_requests_per_instance"] = count
            if count > 1:
                files.variables["WORKER_COUNT"] = str(count)
            message = l10n.t("It is max_concurrent_requests_per_instance, and WORKER_COUNT above 1.")
            self._note("maps", "maxConcurrentRequestsPerContainer", message)
        wait = self._whole("maxQueueWaitMs", least=0)
        if wait is not None:
            settings["max_queue_wait_ms"] = wait
            self._note("maps", "maxQueueWaitMs", l10n.t("It is max_queue_wait_ms."))
        return settings

    def _timeout(self) -> int:
        timeout = self._whole("scoringTimeoutMs")
        if timeout is None:
            message = l10n.t("v1 gives a request 60 seconds and v2 5; the file says 60,000 milliseconds.")
            self._note("changes", "scoringTimeoutMs", message)
            return V1_TIMEOUT
        if timeout > MOST_TIMEOUT and self._source.compute_type not in _KUBERNETES:
            message = l10n.t(
                "{given} milliseconds are more than the 180,000 of managed endpoints.", given=f"{timeout:,}"
            )
            self._note("changes", "scoringTimeoutMs", message)
            return MOST_TIMEOUT
        self._note("maps", "scoringTimeoutMs", l10n.t("It is request_timeout_ms."))
        return timeout

    def without_equivalent(self) -> None:
        """Notes settings of the file that v2 does not have."""
        for keys, message, step in _absent():
            key = next((key for key in keys if self._values.get(key) not in (None, "", False)), "")
            if key:
                self._note("absent", key, message, step)


def _absent() -> tuple[tuple[tuple[str, ...], str, str], ...]:
    return (
        (
            ("sslEnabled", "sslCertificate", "sslKey", "cname"),
            l10n.t("Endpoints of v2 bring their own certificate and take no host name of yours."),
            l10n.t("Put a gateway with your host name in front, such as Azure API Management."),
        ),
        (
            ("dnsNameLabel",),
            l10n.t("The address of v2 is made of the name of the endpoint and the region."),
            l10n.t("Tell callers the new address."),
        ),
        (
            ("vnetName", "subnetName"),
            l10n.t("Managed endpoints of v2 are not put into a subnet."),
            l10n.t("Use the managed network of the workspace, and public_network_access: disabled."),
        ),
        (
            ("vaultBaseUrl", "keyName", "keyVersion"),
            l10n.t("Keys of your own for encryption are not a matter of a deployment in v2."),
            l10n.t("Give the workspace a customer-managed key."),
        ),
        (
            ("keys.primaryKey", "keys.secondaryKey"),
            l10n.t("v2 makes the keys itself; those of the file are written nowhere."),
            l10n.t("Hand out the new ones: `az ml online-endpoint get-credentials`."),
        ),
        (
            ("namespace",),
            l10n.t("The namespace is said when the cluster is attached."),
            l10n.t("Attach the cluster with `az ml compute attach --namespace`."),
        ),
        (
            ("location",),
            l10n.t("Endpoints of v2 are in the region of their workspace."),
            l10n.t("Use a workspace of that region."),
        ),
        (
            ("port",),
            l10n.t("v2 chooses the port of a local deployment."),
            l10n.t("Read it from the scoring_uri of `az ml online-endpoint show --local`."),
        ),
        (
            ("isDefault", "isControlVersionType"),
            l10n.t("v2 has neither a default version nor control and treatment."),
            l10n.t("Say shares in traffic."),
        ),
    )


def _text(number: float) -> str:
    return f"{number:.6g}"


def _memory(gigabytes: float) -> str:
    return f"{_text(gigabytes)}Gi" if gigabytes >= 0.001 else "1Mi"
