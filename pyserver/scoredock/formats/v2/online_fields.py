"""The keys of online endpoints and deployments; `targets` says which of the two computes reads a key."""

from __future__ import annotations

from scoredock.formats.fields import Field
from scoredock.formats.v2.asset_fields import ENVIRONMENT, MODEL, SCHEMA

MANAGED = frozenset({"managed"})
KUBERNETES = frozenset({"kubernetes"})

_IDENTITY = (
    Field(
        "type",
        "text",
        "Kind of identity.",
        nullable=False,
        choices=("system_assigned", "user_assigned", "none"),
        snippet="system_assigned",
    ),
    Field(
        "user_assigned_identities",
        "list",
        "The user-assigned identity, by its resource_id; one at most.",
        nullable=False,
    ),
    Field("principal_id", "text", "Written by Azure ML.", nullable=False),
    Field("tenant_id", "text", "Written by Azure ML.", nullable=False),
)
ENDPOINT_COMMON = (
    SCHEMA,
    Field(
        "name",
        "text",
        "Name of the endpoint, unique in the region: 3 to 32 letters, digits and dashes, beginning with a letter.",
        nullable=False,
        snippet="diabetes-endpoint",
    ),
    Field("description", "text", "A sentence about the endpoint.", nullable=False),
    Field("tags", "map", "Tags of the endpoint.", nullable=False, snippet="{}"),
    Field("properties", "map", "Properties of the endpoint.", nullable=False, snippet="{}"),
    Field(
        "auth_mode",
        "text",
        "How callers prove who they are.",
        default="key for online, aad_token for batch endpoints",
        nullable=False,
        choices=("key", "aml_token", "aad_token"),
        snippet="key",
    ),
    Field(
        "identity",
        "object",
        "Identity that the endpoint acts with.",
        default="system_assigned",
        nullable=False,
        fields=_IDENTITY,
    ),
    Field("location", "text", "Azure region; written by Azure ML.", nullable=False),
    Field("id", "text", "Written by Azure ML.", nullable=False),
    Field("provisioning_state", "text", "Written by Azure ML.", nullable=False),
    Field("scoring_uri", "text", "Written by Azure ML.", nullable=False),
    Field("openapi_uri", "text", "Written by Azure ML.", nullable=False),
)
ONLINE_ENDPOINT = (
    *ENDPOINT_COMMON,
    Field(
        "traffic",
        "map",
        "Share of the requests for each deployment, in percent; 100 in all at most.",
        default="none",
        nullable=False,
        snippet="{blue: 100}",
    ),
    Field(
        "mirror_traffic",
        "map",
        "Share of the requests that one more deployment gets a copy of, in percent; 50 at most.",
        default="none",
        nullable=False,
    ),
    Field(
        "public_network_access",
        "text",
        "Whether the endpoint can be reached from the internet.",
        default="enabled",
        nullable=False,
        choices=("enabled", "disabled"),
        snippet="disabled",
        targets=MANAGED,
    ),
    Field(
        "compute",
        "text",
        "The attached Kubernetes cluster; makes this a Kubernetes endpoint.",
        nullable=False,
        snippet="azureml:my-cluster",
        targets=KUBERNETES,
    ),
    Field("kind", "any", "Written by Azure ML."),
)

_CODE = (
    Field(
        "code",
        "text",
        "Folder whose content is sent along, relative to this file; or registered code.",
        nullable=False,
        path="folder",
        snippet=".",
    ),
    Field(
        "scoring_script",
        "text",
        "The script with init() and run(), relative to code.",
        nullable=False,
        path="file",
        snippet="score.py",
    ),
)
DEPLOYMENT_COMMON = (
    SCHEMA,
    Field(
        "name",
        "text",
        "Name of the deployment within its endpoint: 3 to 32 letters, digits and dashes, beginning with a letter.",
        nullable=False,
        snippet="blue",
    ),
    Field(
        "endpoint_name",
        "text",
        "Name of the endpoint that the deployment belongs to.",
        nullable=False,
        snippet="diabetes-endpoint",
    ),
    Field("description", "text", "A sentence about the deployment.", nullable=False),
    Field("tags", "map", "Tags of the deployment.", nullable=False, snippet="{}"),
    Field("properties", "map", "Properties of the deployment.", nullable=False, snippet="{}"),
    Field(
        "model",
        "any",
        "One model: azureml:name:version, azureml:name@latest, or written out with a path.",
        nullable=False,
        fields=(*MODEL[1:], MODEL[0]),
        snippet="azureml:diabetes@latest",
    ),
    Field(
        "code_configuration",
        "object",
        "Folder with the code, and the scoring script in it. MLflow and Triton models need none.",
        nullable=False,
        fields=_CODE,
    ),
    Field(
        "environment",
        "any",
        "The environment: azureml:name:version, azureml:name@latest, or written out with an image.",
        nullable=False,
        fields=(*ENVIRONMENT[1:], ENVIRONMENT[0]),
        snippet="azureml:diabetes-env@latest",
    ),
    Field("environment_variables", "map", "Environment variables of the service.", nullable=False, snippet="{}"),
    Field("id", "any", "Written by Azure ML."),
    Field("provisioning_state", "any", "Written by Azure ML."),
    Field("creation_context", "any", "Written by Azure ML."),
)

_REQUESTS = (
    Field(
        "request_timeout_ms",
        "integer",
        "Milliseconds that one request may take; 180000 at most on managed endpoints.",
        default="5000",
        nullable=False,
        least=1,
        snippet="5000",
    ),
    Field(
        "max_concurrent_requests_per_instance",
        "integer",
        "Requests that one instance works on at a time; set WORKER_COUNT to the same number.",
        default="1",
        nullable=False,
        least=1,
        snippet="1",
    ),
    Field(
        "max_queue_wait_ms",
        "integer",
        "Milliseconds that a request may wait for a free worker.",
        default="500",
        nullable=False,
        least=0,
        snippet="500",
    ),
)
_PROBE = (
    Field(
        "initial_delay",
        "integer",
        "Seconds before the first probe.",
        default="10",
        nullable=False,
        least=0,
        snippet="10",
    ),
    Field("period", "integer", "Seconds between two probes.", default="10", nullable=False, least=1, snippet="10"),
    Field("timeout", "integer", "Seconds that an answer may take.", default="2", nullable=False, least=1, snippet="2"),
    Field(
        "success_threshold",
        "integer",
        "Good probes in a row that count as ready.",
        default="1",
        nullable=False,
        least=1,
        snippet="1",
    ),
    Field(
        "failure_threshold",
        "integer",
        "Bad probes in a row that count as broken.",
        default="30",
        nullable=False,
        least=1,
        snippet="30",
    ),
)
_SCALE = (
    Field(
        "type",
        "text",
        "default keeps instance_count; target_utilization follows the load, on Kubernetes only.",
        nullable=False,
        choices=("default", "target_utilization"),
        snippet="default",
    ),
    Field("min_instances", "integer", "Fewest instances.", default="1", nullable=False, least=0, targets=KUBERNETES),
    Field("max_instances", "integer", "Most instances.", default="1", nullable=False, least=1, targets=KUBERNETES),
    Field(
        "target_utilization_percentage",
        "integer",
        "Share of busy instances that is aimed at, in percent.",
        default="70",
        nullable=False,
        least=1,
        most=100,
        targets=KUBERNETES,
    ),
    Field(
        "polling_interval",
        "integer",
        "How often the autoscaler looks, in seconds.",
        default="1",
        nullable=False,
        least=1,
        targets=KUBERNETES,
    ),
)
_AMOUNTS = (
    Field("cpu", "text", 'CPU cores, such as "0.5" or "500m"; always a text.', nullable=False, snippet='"0.5"'),
    Field("memory", "text", 'Memory, such as "1Gi".', nullable=False, snippet='"1Gi"'),
    Field("nvidia.com/gpu", "text", 'GPUs, such as "1"; always a text.', nullable=False, snippet='"1"'),
    Field("gpu", "text", 'GPUs, such as "1"; always a text.', nullable=False),
)
_RESOURCES = (
    Field(
        "requests",
        "object",
        "What the container asks for.",
        default='cpu "0.1", memory "500Mi"',
        nullable=False,
        fields=_AMOUNTS,
    ),
    Field("limits", "object", "What the container may use at most.", nullable=False, fields=_AMOUNTS),
)
COLLECTION = (
    Field(
        "enabled",
        "text",
        'Whether this is collected: "true" or "false", in quotes.',
        nullable=False,
        choices=("true", "false"),
        snippet='"true"',
    ),
    Field("data", "any", "Where the data goes: the name of a data asset, or written out.", nullable=False),
    Field("client_id", "text", "Identity that writes the data.", nullable=False),
)
_COLLECTOR = (
    Field(
        "collections", "map", "What is collected: model_inputs, model_outputs, or a name of your own.", nullable=False
    ),
    Field(
        "rolling_rate",
        "text",
        "How often a new file is started.",
        default="hour",
        nullable=False,
        choices=("minute", "hour", "day"),
        snippet="hour",
    ),
    Field(
        "sampling_rate",
        "number",
        "Share of the requests that is collected, from 0 to 1.",
        default="1.0",
        nullable=False,
        least=0,
        most=1,
    ),
    Field(
        "request_logging",
        "object",
        "What is logged of each request.",
        nullable=False,
        fields=(Field("capture_headers", "list", "Names of headers to log.", nullable=False),),
    ),
)
ONLINE_DEPLOYMENT = (
    *DEPLOYMENT_COMMON,
    Field(
        "type",
        "text",
        "Kind of compute; kubernetes must be given.",
        default="managed",
        nullable=False,
        choices=("managed", "kubernetes"),
        snippet="kubernetes",
    ),
    Field(
        "instance_type",
        "text",
        "Size of the machines, such as Standard_DS3_v2; on Kubernetes an instance type of the cluster.",
        nullable=False,
        snippet="Standard_DS3_v2",
    ),
    Field("instance_count", "integer", "Number of instances.", default="1", nullable=False, least=1, snippet="1"),
    Field(
        "app_insights_enabled",
        "boolean",
        "Send logs and timings to Application Insights.",
        default="false",
        nullable=False,
        snippet="true",
    ),
    Field(
        "model_mount_path",
        "text",
        "Where the model is mounted in a container of your own.",
        default="/var/azureml-app/azureml-models/<model>/<version>",
        nullable=False,
    ),
    Field(
        "scale_settings",
        "object",
        "How many instances there are.",
        default="type: default",
        nullable=False,
        fields=_SCALE,
    ),
    Field("request_settings", "object", "Time limits and concurrency.", nullable=False, fields=_REQUESTS),
    Field("liveness_probe", "object", "When a container is restarted.", nullable=False, fields=_PROBE),
    Field("readiness_probe", "object", "When a container gets requests.", nullable=False, fields=_PROBE),
    Field("data_collector", "object", "Collection of inputs and predictions.", nullable=False, fields=_COLLECTOR),
    Field(
        "egress_public_network_access",
        "text",
        "Whether the deployment may reach the internet.",
        default="enabled",
        nullable=False,
        choices=("enabled", "disabled"),
        snippet="disabled",
        targets=MANAGED,
    ),
    Field(
        "private_network_connection",
        "boolean",
        "Use a private connection to the workspace.",
        nullable=False,
        targets=MANAGED,
    ),
    Field(
        "resources",
        "object",
        "CPU, memory and GPUs of the container.",
        nullable=False,
        fields=_RESOURCES,
        targets=KUBERNETES,
    ),
)
