"""Keys of Azure ML v1, and of the previews of v2, and what took their place."""

from __future__ import annotations

from scoredock.formats.v2.kinds import V2Kind

_BOTH = {"environmentvariables": "environment_variables", "localpath": "path"}
_ENDPOINT = {
    "authenabled": "auth_mode",
    "tokenauthenabled": "auth_mode",
    "aadauthenabled": "auth_mode",
    "trafficpercentile": "traffic",
    "computetargetname": "compute",
    "target": "compute",
    "authtype": "auth_mode",
}
_DEPLOYMENT = {
    "entryscript": "code_configuration.scoring_script",
    "sourcedirectory": "code_configuration.code",
    "condafile": "environment.conda_file",
    "baseimage": "environment.image",
    "computetype": "type",
    "numreplicas": "instance_count",
    "cpu": "instance_type",
    "memoryingb": "instance_type",
    "containerresourcerequirements": "instance_type, or resources on Kubernetes",
    "gpucores": "resources.limits.nvidia.com/gpu",
    "autoscaler": "scale_settings",
    "scoringtimeoutms": "request_settings.request_timeout_ms",
    "maxconcurrentrequestspercontainer": "request_settings.max_concurrent_requests_per_instance",
    "maxqueuewaitms": "request_settings.max_queue_wait_ms",
    "livenessproberequirements": "liveness_probe",
    "appinsightsenabled": "app_insights_enabled",
    "datacollection": "data_collector",
    "trafficpercentile": "traffic of the endpoint",
    "authenabled": "auth_mode of the endpoint",
    "tokenauthenabled": "auth_mode of the endpoint",
    "computetargetname": "compute of the endpoint",
    "versionname": "name",
    "modelid": "model",
    "models": "model",
    "appinsights": "app_insights_enabled",
    "batchsize": "mini_batch_size",
}
_PARALLEL_RUN = {
    "allowedfailedcount": "error_threshold",
    "appendrowfilename": "output_file_name",
    "nodecount": "instance_count",
    "processcountpernode": "max_concurrency_per_instance",
    "runinvocationtimeout": "retry_settings.timeout",
    "runmaxtry": "retry_settings.max_retries",
}
"""Of ParallelRunConfig."""
_BATCH = {**_DEPLOYMENT, **_PARALLEL_RUN, "nodecount": "resources.instance_count"}
_ENVIRONMENT = {
    "docker": "image, or build",
    "python": "conda_file",
    "condadependencies": "conda_file",
    "condadependenciesfile": "conda_file",
    "baseimage": "image",
    "basedockerfile": "build.dockerfile_path",
    "buildcontext": "build.path",
    "environmentvariables": "environment_variables of the deployment",
}
_PROBE = {"periodseconds": "period", "initialdelayseconds": "initial_delay", "timeoutseconds": "timeout"}
_SCALE = {
    "minreplicas": "min_instances",
    "maxreplicas": "max_instances",
    "minimum": "min_instances",
    "maximum": "max_instances",
    "scaletype": "type",
    "targetutilization": "target_utilization_percentage",
    "refreshperiodinseconds": "polling_interval",
    "autoscaleenabled": "type",
    "instancecount": "instance_count of the deployment",
}
_OUTSIDE: dict[V2Kind, dict[str, str]] = {
    "online-endpoint": _ENDPOINT,
    "batch-endpoint": _ENDPOINT,
    "online-deployment": _DEPLOYMENT,
    "batch-deployment": _BATCH,
    "environment-asset": _ENVIRONMENT,
    "model-asset": {"modelname": "name", "modelpath": "path", "modelframework": "flavors", "localpath": "path"},
}
_INSIDE = {
    "environment": _ENVIRONMENT,
    "settings": _PARALLEL_RUN,
    "model": {"localpath": "path", "modelpath": "path", "modelname": "name"},
    "code_configuration": {
        "entryscript": "scoring_script",
        "sourcedirectory": "code",
        "codepath": "code",
        "scriptname": "scoring_script",
    },
    "liveness_probe": _PROBE,
    "readiness_probe": _PROBE,
    "scale_settings": _SCALE,
    "request_settings": {
        "scoringtimeoutms": "request_timeout_ms",
        "maxconcurrentrequestspercontainer": "max_concurrent_requests_per_instance",
    },
    "requests": {"memoryingb": "memory", "gpucores": "nvidia.com/gpu"},
    "limits": {"memoryingblimit": "memory", "cpulimit": "cpu", "gpucores": "nvidia.com/gpu"},
}
SAME_VALUE = frozenset(
    {
        "instance_count",
        "app_insights_enabled",
        "environment_variables",
        "path",
        "period",
        "initial_delay",
        "timeout",
        "min_instances",
        "max_instances",
        "target_utilization_percentage",
        "polling_interval",
        "scoring_script",
        "code",
        "conda_file",
        "image",
        "name",
        "mini_batch_size",
        "output_file_name",
        "max_concurrency_per_instance",
        "request_timeout_ms",
        "max_concurrent_requests_per_instance",
    }
)
"""Keys that take the value of the older one as it is, so that renaming is enough."""


def folded(key: str) -> str:
    """A key without case, dashes and underscores."""
    return key.lower().replace("_", "").replace("-", "")


def newer(key: str, kind: V2Kind, inside: str) -> str | None:
    """Key of v2 that took the place of an older key; None when it is not an older key."""
    table = _INSIDE.get(inside, {}) if inside else _OUTSIDE[kind]
    found = table.get(folded(key)) or (
        "environment_variables" if not inside and folded(key) in _BOTH and "deployment" in kind else None
    )
    return found if found != key else None
