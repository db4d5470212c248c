"""`ContainerImage`: Docker images of the older way, and what they are made of."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from azureml._scoredock.failures import coded_error, not_here
from azureml.core._inference_config import ALL_RUNTIMES, RUNTIMES, InferenceConfig
from azureml.core.container_registry import ContainerRegistry
from azureml.core.image.image import Image, ImageConfig
from azureml.core.webservice import deployment
from azureml.exceptions import WebserviceException


class ContainerImage(Image):
    """An image for Docker."""

    @staticmethod
    def image_configuration(
        execution_script: str,
        runtime: str,
        conda_file: Optional[str] = None,
        docker_file: Optional[str] = None,
        schema_file: Optional[str] = None,
        dependencies: Optional[List[str]] = None,
        enable_gpu: Optional[bool] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        base_image: Optional[str] = None,
        base_image_registry: Optional[ContainerRegistry] = None,
        cuda_version: Optional[str] = None,
    ) -> "ContainerImageConfig":
        """Configuration of an image: its script, packages and base image."""
        return ContainerImageConfig(**locals())

    def run(self, input_data: Any) -> Any:
        """An image answers when it is deployed."""
        raise not_here("ContainerImage.run", "Deploy it with Webservice.deploy_from_image.", WebserviceException)


class ContainerImageConfig(ImageConfig):
    """Configuration of an image, as given to `ContainerImage.image_configuration`."""

    def __init__(
        self,
        execution_script: str,
        runtime: str,
        conda_file: Optional[str] = None,
        docker_file: Optional[str] = None,
        schema_file: Optional[str] = None,
        dependencies: Optional[List[str]] = None,
        enable_gpu: Optional[bool] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        base_image: Optional[str] = None,
        base_image_registry: Optional[ContainerRegistry] = None,
        allow_absolute_path: bool = False,
        cuda_version: Optional[str] = None,
    ) -> None:
        self.execution_script = execution_script
        self.runtime = runtime
        self.conda_file = conda_file
        self.docker_file = docker_file
        self.schema_file = schema_file
        self.dependencies = list(dependencies or ())
        self.enable_gpu = enable_gpu
        self.tags = tags
        self.properties = properties
        self.description = description
        self.base_image = base_image
        self.base_image_registry = base_image_registry or ContainerRegistry()
        self.cuda_version = cuda_version
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Raises WebserviceException."""
        if not os.path.exists(self.execution_script):
            raise WebserviceException(
                f"Execution script {self.execution_script} doesn't exist in the current directory."
            )
        if os.path.splitext(self.execution_script)[1] != ".py":
            raise WebserviceException("Invalid driver type. Currently only Python drivers are supported.")
        if not self.runtime or self.runtime.lower() not in ALL_RUNTIMES:
            raise WebserviceException(f"Provided runtime not supported. Possible runtimes are: {'|'.join(RUNTIMES)}")
        named = (("Conda file", self.conda_file), ("Docker file", self.docker_file), ("Schema file", self.schema_file))
        for what, path in (*named, *(("Dependency", path) for path in self.dependencies)):
            if path and not os.path.exists(path):
                raise WebserviceException(f"{what} {path} doesn't exist.")

    def build_create_payload(self, workspace: Any, name: str, model_ids: List[str]) -> Dict[str, Any]:
        """Request to the server that makes the image; a password goes to Docker only."""
        registry = self.base_image_registry
        has_credential = bool(registry.address and registry.username and registry.password)
        credential = {"address": registry.address, "username": registry.username, "password": registry.password}
        return {
            "name": name,
            "models": model_ids,
            "executionScript": os.path.abspath(self.execution_script),
            "runtime": self.runtime.lower(),
            "condaFile": _absolute(self.conda_file),
            "dockerFile": _absolute(self.docker_file),
            "schemaFile": _absolute(self.schema_file),
            "dependencies": [os.path.abspath(each) for each in self.dependencies],
            "enableGpu": bool(self.enable_gpu),
            "baseImage": self.base_image or "",
            "baseImageRegistry": registry.address or "",
            "cudaVersion": self.cuda_version or "",
            "description": self.description or "",
            "tags": deployment.texts(self.tags, "Tags"),
            "properties": deployment.texts(self.properties, "Properties"),
            "registryCredentials": [credential] if has_credential else [],
        }

    def create_local_debug_payload(self, workspace: Any, model_ids: List[str]) -> Dict[str, Any]:
        """Request to the server that makes the image, as `build_create_payload` returns it."""
        return self.build_create_payload(workspace, "local", model_ids)

    def _inference_config(self) -> InferenceConfig:
        """The same as an inference configuration. Raises WebserviceException for what that cannot say."""
        if self.dependencies or self.docker_file or self.schema_file:
            raise coded_error(
                WebserviceException,
                "dependencies, docker_file and schema_file belong to an image that is created first.",
                "sdk-not-here",
                "Use ContainerImage.create and Webservice.deploy_from_image.",
            )
        return InferenceConfig(
            self.execution_script,
            runtime=self.runtime,
            conda_file=self.conda_file,
            enable_gpu=self.enable_gpu,
            description=self.description,
            base_image=self.base_image,
            base_image_registry=self.base_image_registry if self.base_image_registry.address else None,
            cuda_version=self.cuda_version,
        )


def _absolute(path: Optional[str]) -> str:
    return os.path.abspath(path) if path else ""
