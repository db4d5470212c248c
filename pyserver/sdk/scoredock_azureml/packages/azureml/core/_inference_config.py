"""Configuration of how a model is served: entry script, folder and environment, checked in the order of the SDK."""

from __future__ import annotations

import ast
import keyword
import os
import warnings
from typing import Any, Dict, List, Optional, Tuple

from azureml._scoredock import modern
from azureml._scoredock.paths import here
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import Environment
from azureml.exceptions import UserErrorException, WebserviceException

RUNTIMES = ("spark-py", "python")
ALL_RUNTIMES = (*RUNTIMES, "python-slim")
"""With the one that no message of Azure names."""
CUDA_VERSIONS = ("9.0", "9.1", "10.0")


class InferenceConfig:
    """Raises WebserviceException and UserErrorException with the texts of the SDK."""

    def __init__(
        self,
        entry_script: str,
        runtime: Optional[str] = None,
        conda_file: Optional[str] = None,
        extra_docker_file_steps: Optional[str] = None,
        source_directory: Optional[str] = None,
        enable_gpu: Optional[bool] = None,
        description: Optional[str] = None,
        base_image: Optional[str] = None,
        base_image_registry: Optional[ContainerRegistry] = None,
        cuda_version: Optional[str] = None,
        environment: Optional[Environment] = None,
    ) -> None:
        source_directory = here(source_directory)
        self.entry_script = here(entry_script, source_directory)
        self.runtime = runtime
        self.conda_file = here(conda_file, source_directory)
        self.extra_docker_file_steps = here(extra_docker_file_steps, source_directory)
        self.source_directory = source_directory
        self.enable_gpu = enable_gpu
        self.description = description
        self.base_image = base_image
        self.base_image_registry = base_image_registry or ContainerRegistry()
        self.cuda_version = cuda_version
        self.environment = environment
        self._warn_of_older_arguments(base_image_registry)
        self.validate_configuration()

    def _warn_of_older_arguments(self, registry: Optional[ContainerRegistry]) -> None:
        groups: Tuple[Tuple[str, bool], ...] = (
            ("runtime", self.runtime is not None),
            ("conda_file", self.conda_file is not None),
            ("extra_docker_file_steps", self.extra_docker_file_steps is not None),
            ("enable_gpu and cuda_version", self.enable_gpu is not None or self.cuda_version is not None),
            ("base_image and base_image_registry", self.base_image is not None or registry is not None),
        )
        for names, given in groups:
            if given:
                warnings.warn(f"{names} is deprecated, use environment instead.", DeprecationWarning, stacklevel=3)

    def validate_configuration(self) -> None:
        """Checks what can be checked without deploying, in the order of the SDK. Raises WebserviceException."""
        if not self.entry_script:
            raise WebserviceException("Error, need to specify entry_script.")
        self._check_environment()
        if self.source_directory:
            self.source_directory = os.path.realpath(self.source_directory)
            if not os.path.exists(self.source_directory):
                raise WebserviceException(f"source directory {self.source_directory} doesn't exist. ")
        self._check_script()
        self._check_older_arguments()
        self._parse()

    def _check_environment(self) -> None:
        if self.environment is None:
            return
        older = ("runtime", "conda_file", "extra_docker_file_steps", "enable_gpu", "cuda_version", "base_image")
        if any(getattr(self, name) for name in older):
            raise WebserviceException(
                "Error, unable to provide runtime, conda_file, extra_docker_file_steps, enable_gpu, cuda_version, or"
                " base_image along with an environment object."
            )
        python = self.environment.python
        listed = python.conda_dependencies.serialize_to_string() if python.conda_dependencies is not None else ""
        if not python.user_managed_dependencies and "azureml-defaults" not in listed:
            warnings.warn(
                "azureml-defaults not detected in provided environment pip dependencies. The azureml-defaults package"
                " is required by the serving stack of Azure ML; here Scoredock serves the script.",
                stacklevel=4,
            )

    def _check_script(self) -> None:
        path = self._path(self.entry_script)
        if not os.path.exists(path):
            hint = "source directory" if self.source_directory else "current working directory"
            raise WebserviceException(
                f"entry_script {path} doesn't exist. entry_script should be path relative to {hint}"
            )
        name, ending = os.path.splitext(os.path.basename(path))
        if ending != ".py":
            raise WebserviceException("Invalid driver type. Currently only Python drivers are supported.")
        if not name.isidentifier() or keyword.iskeyword(name):
            raise WebserviceException(
                f'Error, invalid name "{name}" for provided entry script. The script must be importable as a valid'
                " python module, and must adhere to standard module naming. This means it must be a valid python"
                " identifier and not a part of the set of python standard keywords."
            )

    def _check_older_arguments(self) -> None:
        if self.runtime and self.runtime.lower() not in ALL_RUNTIMES:
            raise WebserviceException(f"Provided runtime not supported. Possible runtimes are: {'|'.join(RUNTIMES)}")
        if self.cuda_version and self.cuda_version.lower() not in CUDA_VERSIONS:
            raise WebserviceException(
                f"Provided cuda_version not supported. Possible cuda_versions are: {'|'.join(CUDA_VERSIONS)}"
            )
        for what, path in (("Conda file", self.conda_file), ("extra docker file steps", self.extra_docker_file_steps)):
            if path and not os.path.exists(self._path(path)):
                raise WebserviceException(f"{what} {self._path(path)} doesn't exist.")

    def _parse(self) -> None:
        path = self._path(self.entry_script)
        try:
            with open(path, encoding="utf-8") as file:
                ast.parse(file.read(), path)
        except SyntaxError as fault:
            raise UserErrorException(f"{fault}. Please check it and try local deployment to verify.") from None
        except (OSError, ValueError):
            raise UserErrorException(
                f"Failed to open {path}, please check if it exists and the read permission."
            ) from None

    def validation_script_content(self) -> None:
        """Reads the script once more."""
        self._parse()

    def build_create_payload(self, workspace: Any, name: str, model_ids: List[str]) -> Dict[str, Any]:
        """The configuration to deploy, as the file of an inference configuration has it."""
        return self._document("process", modern.models_for(workspace, {"models": model_ids}) if workspace else None)

    def build_profile_payload(
        self,
        profile_name: str,
        input_data: Any = None,
        workspace: Any = None,
        models: Any = None,
        dataset_id: Optional[str] = None,
        container_resource_requirements: Any = None,
        description: Optional[str] = None,
    ) -> Dict[str, Any]:
        """The configuration to profile, as the file of an inference configuration has it."""
        return self._document("process")

    def _own_file(self) -> str:
        """Path of the file that describes the environment: the file that it was read from, else the script
        that runs.
        """
        if self.conda_file:
            return self._path(self.conda_file)
        python = self.environment.python if self.environment is not None else None
        return modern.own_file(python.conda_dependencies if python is not None else None) or self._path(
            self.entry_script
        )

    def _path(self, path: str) -> str:
        return os.path.abspath(os.path.join(self.source_directory or "", path))

    def _document(self, engine: str, models: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        """The inference configuration as a file that may lie anywhere. `models` are those that it is for, as
        `modern.models_for` gives them."""
        document: Dict[str, Any] = {
            "entryScript": self.entry_script if self.source_directory else self._path(self.entry_script)
        }
        optional: Dict[str, Any] = {
            "sourceDirectory": self.source_directory,
            "runtime": self.runtime,
            "condaFile": self._path(self.conda_file) if self.conda_file else None,
            "extraDockerfileSteps": self._path(self.extra_docker_file_steps) if self.extra_docker_file_steps else None,
            "enableGpu": self.enable_gpu,
            "cudaVersion": self.cuda_version,
            "baseImage": self.base_image,
            "baseImageRegistry": self.base_image_registry.address,
            "description": self.description,
            "environment": self.environment._definition(engine) if self.environment is not None else None,
        }
        if self.environment is not None and self.environment._is_ready_made():
            optional["environment"] = {"name": self.environment.name}
        elif modern.is_wanted():
            optional.update(self._modernized(optional, engine, models))
        elif optional["environment"] is not None:
            optional["environment"] = modern.as_trained(optional["environment"])
        return {**document, **{key: value for key, value in optional.items() if value is not None}}

    def _modernized(self, optional: Dict[str, Any], engine: str, models: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        """The environment of this run with the nearest versions that install."""
        if optional["environment"] is not None:
            return {"environment": modern.modernized(optional["environment"], engine, self._own_file(), models)}
        if optional["condaFile"] is None:
            return {}
        read = Environment.from_conda_specification("modernized", optional["condaFile"])._definition(engine)
        found = modern.modernized(read, engine, self._own_file(), models)
        return {} if found == read else {"condaFile": None, "environment": found}

    def __repr__(self) -> str:
        return (
            f"InferenceConfig(entry_script={self.entry_script}, runtime={self.runtime}, conda_file={self.conda_file},"
            f" extra_docker_file_steps={self.extra_docker_file_steps}, source_directory={self.source_directory},"
            f" enable_gpu={self.enable_gpu}, base_image={self.base_image},"
            f" base_image_registry={self.base_image_registry})"
        )
