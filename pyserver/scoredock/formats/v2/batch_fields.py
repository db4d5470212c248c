"""The keys of batch endpoints and deployments, of models as well as of pipelines."""

from __future__ import annotations

from scoredock.formats.fields import Field
from scoredock.formats.v2.online_fields import DEPLOYMENT_COMMON, ENDPOINT_COMMON

BATCH_ENDPOINT = (
    *ENDPOINT_COMMON,
    Field(
        "defaults",
        "object",
        "What holds when a caller says nothing else.",
        nullable=False,
        fields=(Field("deployment_name", "text", "Deployment that gets the jobs.", nullable=False),),
    ),
)
_RETRY = (
    Field(
        "max_retries",
        "integer",
        "How often a mini batch is tried again.",
        default="3",
        nullable=False,
        least=0,
        snippet="3",
    ),
    Field(
        "timeout",
        "integer",
        "Seconds that one mini batch may take.",
        default="30",
        nullable=False,
        least=1,
        snippet="30",
    ),
)
_RUN = (
    Field(
        "mini_batch_size",
        "integer",
        "Files that one call of run() gets.",
        default="10",
        nullable=False,
        least=1,
        snippet="10",
    ),
    Field(
        "output_action",
        "text",
        "append_row writes what run() returns to one file; summary_only counts it.",
        default="append_row",
        nullable=False,
        choices=("append_row", "summary_only"),
        snippet="append_row",
    ),
    Field(
        "output_file_name",
        "text",
        "File of append_row.",
        default="predictions.csv",
        nullable=False,
        snippet="predictions.csv",
    ),
    Field("retry_settings", "object", "What happens to a mini batch that fails.", nullable=False, fields=_RETRY),
    Field(
        "max_concurrency_per_instance",
        "integer",
        "Mini batches that one instance works on at a time.",
        default="1",
        nullable=False,
        least=1,
        snippet="1",
    ),
    Field(
        "error_threshold",
        "integer",
        "Failed files before the job is given up; -1 for never.",
        default="-1",
        nullable=False,
        least=-1,
        snippet="-1",
    ),
    Field(
        "logging_level",
        "text",
        "How much is logged.",
        default="info",
        nullable=False,
        choices=("warning", "info", "debug"),
        snippet="info",
    ),
)
_SETTINGS = (
    *_RUN,
    Field("instance_count", "integer", "Number of nodes.", default="1", nullable=False, least=1, snippet="1"),
    Field("environment_variables", "map", "Environment variables of the job.", nullable=False, snippet="{}"),
    Field("default_compute", "any", "Compute of a pipeline deployment."),
    Field("continue_on_step_failure", "any", "Whether a pipeline goes on after a step that failed."),
    Field("continue_run_on_failed_optional_input", "any", "Whether a pipeline goes on without an optional input."),
    Field("default_datastore", "any", "Datastore of a pipeline deployment."),
    Field("force_rerun", "any", "Whether a pipeline runs every step again."),
)
_RESOURCES = (
    Field("instance_count", "integer", "Number of nodes.", default="1", nullable=False, least=1, snippet="1"),
    Field("instance_type", "any", "Size of the machines."),
    Field("properties", "map", "Further settings of the compute.", nullable=False),
    Field("locations", "list", "Regions of the compute.", nullable=False),
    Field("shm_size", "text", "Size of /dev/shm.", nullable=False),
    Field("max_instance_count", "integer", "Most nodes.", nullable=False, least=1),
    Field("docker_args", "any", "Further arguments of docker run."),
)
BATCH_DEPLOYMENT = (
    *DEPLOYMENT_COMMON,
    Field(
        "type",
        "text",
        "Whether a model or a pipeline is deployed.",
        default="model",
        nullable=False,
        choices=("model", "pipeline"),
        snippet="model",
    ),
    Field("compute", "text", "The cluster that the jobs run on.", nullable=False, snippet="azureml:cpu-cluster"),
    Field("resources", "object", "Number of nodes and the like.", nullable=False, fields=_RESOURCES),
    Field("settings", "object", "How the jobs of the deployment run.", nullable=False, fields=_SETTINGS),
    *_RUN,
    Field(
        "component", "any", "The pipeline component to deploy.", nullable=False, snippet="azureml:my-component@latest"
    ),
    Field("job_definition", "any", "The pipeline job to deploy.", nullable=False),
)
