"""The keys of environment and model assets, which deployments may also hold written out."""

from __future__ import annotations

from scoredock.formats.fields import Field

MODEL_TYPES = ("custom_model", "mlflow_model", "triton_model")

_ROUTE = (
    Field(
        "port", "integer", "Port that the container listens on.", nullable=False, least=1, most=65535, snippet="8080"
    ),
    Field("path", "text", "Path of the route, beginning with a slash.", nullable=False, snippet="/health"),
)
_ROUTES = (
    Field("liveness_route", "object", "Asked to find out whether the container lives.", nullable=False, fields=_ROUTE),
    Field(
        "readiness_route",
        "object",
        "Asked to find out whether the container can take requests.",
        nullable=False,
        fields=_ROUTE,
    ),
    Field("scoring_route", "object", "Requests of callers go there.", nullable=False, fields=_ROUTE),
)
SCHEMA = Field(
    "$schema", "any", "Address of the schema of this kind of file; editors use it, Azure ML ignores it.", nullable=False
)
_BUILD = (
    Field(
        "path",
        "text",
        "Folder that is sent to the Docker build, relative to this file, or the address of a repository.",
        nullable=False,
        path="folder",
        snippet="./docker-context",
    ),
    Field(
        "dockerfile_path",
        "text",
        "Dockerfile inside of that folder.",
        default="Dockerfile",
        nullable=False,
        snippet="Dockerfile",
    ),
)
_WRITTEN_BY_AZURE = (
    Field("id", "any", "Written by Azure ML."),
    Field("creation_context", "any", "Written by Azure ML."),
    Field("latest_version", "any", "Written by Azure ML."),
    Field("intellectual_property", "any", "Written by Azure ML."),
)

ENVIRONMENT = (
    SCHEMA,
    Field(
        "name",
        "text",
        "Name of the environment. An environment that is written out in a deployment needs none.",
        nullable=False,
        snippet="diabetes-env",
    ),
    Field("version", "any", "Version of the environment.", default="counted up by Azure ML", nullable=False),
    Field(
        "image",
        "text",
        "Docker image to start from; not together with build.",
        nullable=False,
        snippet="mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:latest",
    ),
    Field(
        "build", "object", "Build the image from a Dockerfile; not together with image.", nullable=False, fields=_BUILD
    ),
    Field(
        "conda_file",
        "any",
        "Path of a conda file relative to this file, or its content.",
        nullable=False,
        path="file",
        snippet="./conda.yml",
    ),
    Field(
        "inference_config", "object", "Routes of an image that brings its own server.", nullable=False, fields=_ROUTES
    ),
    Field(
        "os_type",
        "text",
        "Operating system of the image.",
        default="linux",
        nullable=False,
        choices=("linux", "windows"),
    ),
    Field("description", "text", "A sentence about the environment.", nullable=False),
    Field("tags", "map", "Tags of the environment.", nullable=False, snippet="{}"),
    Field(
        "properties",
        "map",
        "Properties of the environment, which cannot be changed later.",
        nullable=False,
        snippet="{}",
    ),
    Field(
        "datastore",
        "text",
        "Datastore that the build context is uploaded to.",
        default="that of the workspace",
        nullable=False,
    ),
    Field("auto_delete_setting", "any", "When the environment is deleted automatically."),
    *_WRITTEN_BY_AZURE,
)
MODEL = (
    SCHEMA,
    Field(
        "name",
        "text",
        "Name of the model. A model that is written out in a deployment needs none.",
        nullable=False,
        snippet="diabetes",
    ),
    Field("version", "any", "Version of the model.", default="counted up by Azure ML", nullable=False),
    Field(
        "path",
        "text",
        "File or folder of the model relative to this file, or an address such as azureml://jobs/….",
        nullable=False,
        path="file",
        snippet="./model.pkl",
    ),
    Field(
        "type",
        "text",
        "How the model is stored; MLflow and Triton models need no code.",
        default="custom_model",
        nullable=False,
        choices=MODEL_TYPES,
        snippet="custom_model",
    ),
    Field("flavors", "map", "Frameworks that can load the model, as MLflow writes them.", nullable=False, snippet="{}"),
    Field("stage", "text", "Stage of the model, such as Production.", nullable=False),
    Field("description", "text", "A sentence about the model.", nullable=False),
    Field("tags", "map", "Tags of the model.", nullable=False, snippet="{}"),
    Field("properties", "map", "Properties of the model, which cannot be changed later.", nullable=False, snippet="{}"),
    Field(
        "datastore",
        "text",
        "Datastore that the files are uploaded to.",
        default="that of the workspace",
        nullable=False,
    ),
    Field("system_metadata", "map", "Further facts about the model.", nullable=False),
    Field("default_deployment_template", "any", "Template for deployments of the model."),
    Field("allowed_deployment_templates", "any", "Templates that deployments of the model may use."),
    Field("utc_time_created", "any", "Written by Azure ML."),
    Field("job_name", "any", "Written by Azure ML."),
    *_WRITTEN_BY_AZURE,
)
