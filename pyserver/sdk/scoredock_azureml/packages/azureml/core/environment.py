"""`Environment`: conda and pip packages, Docker, variables; registered, listed, cloned, built."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Union

from azureml._scoredock import modern
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of, not_here, require_given
from azureml._scoredock.paths import here
from azureml._scoredock.server import begin, request
from azureml._scoredock.temporary import scratch_folder
from azureml.core._environment_sections import EnvironmentSection
from azureml.core._environment_sections import PythonSection as PythonSection
from azureml.core._workspace_records import command_line
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"
_FILE, _CONDA_FILE, _DOCKERFILE = "azureml_environment.json", "conda_dependencies.yml", "BaseDockerfile"
_CURATED = "azureml-"
"""Begins the names of environments that are ready-made."""
_COPIES = re.compile(r"^\s*(COPY(?!\s+--from)|ADD(?!\s+https?:)).*$", re.MULTILINE | re.IGNORECASE)
"""Steps of a Dockerfile that take files of the folder around it."""
_IN_AZURE = "Environments are built on this machine when they are deployed, or by Environment.build."


class DockerSection(EnvironmentSection):
    """Docker section of an environment: the image for deployments in a container."""

    def __init__(self, **kwargs: Any) -> None:
        self._base_image: Optional[str] = DEFAULT_CPU_IMAGE
        self._base_dockerfile: Optional[str] = None
        self.build_context: Optional[object] = None
        self.base_image_registry = ContainerRegistry()
        self.platform: Any = None
        self.enabled: bool = False
        self.shared_volumes: bool = True
        self.arguments: List[str] = []
        self.shm_size: Optional[str] = None
        self.gpu_support: bool = False
        self._sealed = True

    @property
    def base_image(self) -> Optional[str]:
        """Reference of the base image; setting it removes the Dockerfile."""
        return self._base_image

    @base_image.setter
    def base_image(self, value: Optional[str]) -> None:
        self._base_image = value
        if value:
            self._base_dockerfile = None

    @property
    def base_dockerfile(self) -> Optional[str]:
        """The text of a Dockerfile, also of one that is given by its path or as a file; it takes the image back."""
        return self._base_dockerfile

    @base_dockerfile.setter
    def base_dockerfile(self, value: Any) -> None:
        self._base_dockerfile = _text_of(value.read() if hasattr(value, "read") else value) if value else None
        if value:
            self._base_image = None


class DockerBuildContext:
    """A folder of this machine with a Dockerfile."""

    def __init__(self, text: str, location: str, dockerfile_path: str) -> None:
        self._text = text
        self.location_type = "local"
        self.location = location
        self.dockerfile_path = dockerfile_path

    @staticmethod
    def from_local_directory(
        workspace: "Workspace", path: str, dockerfile_path: str = "Dockerfile"
    ) -> "DockerBuildContext":
        """Raises UserErrorException for a folder without files, or without the Dockerfile."""
        if not os.path.isdir(path) or not os.listdir(path):
            raise UserErrorException(f"No files found in {path}.")
        try:
            with open(os.path.join(path, dockerfile_path), encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            raise UserErrorException(f"{dockerfile_path} could not be read: {error}.") from None
        taken = _COPIES.search(text)
        if taken:
            raise coded_error(
                UserErrorException,
                f"{dockerfile_path} takes files of its folder ({taken.group().strip()}), which an environment does not"
                " keep.",
                "sdk-not-here",
                "Build the image with docker build, and use Environment.from_docker_image.",
            )
        return DockerBuildContext(text, os.path.abspath(path), dockerfile_path)


class RSection:
    """R is not served."""


class SparkSection:
    """Packages of Spark."""

    def __init__(self, **kwargs: Any) -> None:
        self.repositories: List[str] = []
        self.packages: List[Any] = []
        self.precache_packages: bool = True


class Environment:
    """Packages, image and variables that a service runs with."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        self.name = name
        self.version: Optional[str] = None
        self.asset_id: Optional[str] = None
        self.python = PythonSection()
        self.docker = DockerSection()
        self.spark = SparkSection()
        self.databricks: Any = None
        self.r: Any = None
        self.inferencing_stack_version: Optional[str] = None
        self._variables: Dict[str, str] = {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
        self._is_of_workspace = False
        self._as_registered: Any = None
        """The workspace that it was read from, its reference and what it was then."""
        self._clone_of = ""
        """The curated one that it was made from."""

    @property
    def environment_variables(self) -> Dict[str, str]:
        """Variables of the service."""
        return self._variables

    @environment_variables.setter
    def environment_variables(self, value: Dict[str, str]) -> None:
        self._variables = value

    def register(self, workspace: "Workspace") -> "Environment":
        """Adds a version to the workspace, unless the newest one is the same already. Raises UserErrorException."""
        self._register(workspace)
        return self

    def _reference(self, workspace: "Workspace") -> str:
        """For what is submitted: as Azure does it, its environment is a version of the workspace. Raises
        UserErrorException."""
        if self.name.lower().startswith(_CURATED):
            return f"{self.name}:{self.version}" if self.version else self.name
        return self._register(workspace)

    def _register(self, workspace: "Workspace") -> str:
        """The reference of the version. The packages that `--modernize` takes instead of those of a registered
        environment get a name of their own: its newest version stays what others get."""
        if not self.name:
            raise UserErrorException("Environment name expected, but is missing.")
        _require_own_name(self.name)
        name = self.name
        with scratch_folder("environment") as folder:
            path = os.path.join(folder, _FILE)
            definition = self._definition()
            reference = f"{name}:{self.version}"
            if self._as_registered == (workspace._record["id"], reference, definition) and not modern.is_wanted():
                return reference
            made_in = "" if self._is_of_workspace else modern.own_file(self.python.conda_dependencies)
            own = made_in or self.name
            if modern.is_wanted():
                from azureml.core.webservice.deployment import ENGINE

                newer = modern.modernized(
                    definition, os.environ.get(ENGINE) or "process", own, modern.models_for(workspace, {})
                )
                if self._is_of_workspace and newer["python"] != definition["python"]:
                    name = f"{self.name}-modernized"
                definition = {**newer, "name": name}
            _write_json(path, definition)
            try:
                record = workspace._ask("environment/register", name=name, path=path)
            except ServerFailure as failure:
                # The file was made here: the person knows the one that it was made from.
                # A long path is cut in front of its end.
                place = re.compile(rf"('[^']*{re.escape(_FILE)}'|{re.escape(path)})(, line \d+)?")
                failure.message = place.sub(lambda _: own, failure.message)
                raise exception_of(failure, kind=UserErrorException) from None
        if name == self.name:
            self.version = str(record["version"])
        return f"{name}:{record['version']}"

    @staticmethod
    def get(
        workspace: "Workspace", name: str, version: Optional[str] = None, label: Optional[str] = None
    ) -> "Environment":
        """A registered one, the newest without a version, or a curated one."""
        require_given(name, "name")
        if label is not None and version is not None:
            raise UserErrorException("Only one of version or label should be provided.")
        reference = f"{name}:{version}" if version and str(version).lower() != "latest" else name
        definition = workspace._ask_raising(UserErrorException, "environment/definition", id=reference)
        environment = environment_of(json.loads(definition["text"]))
        environment._is_of_workspace = True
        reference = f"{environment.name}:{environment.version}" if environment.version else environment.name
        environment._as_registered = (workspace._record["id"], reference, environment._definition())
        return environment

    @staticmethod
    def list(workspace: "Workspace") -> "Dict[str, Environment]":
        """The newest version of each registered one, and the curated ones, by name."""
        registered = workspace._ask("asset/list", kind="environment", latest=True)["assets"]
        curated = request("environment/curated")["environments"]
        names = [each["name"] for each in (*registered, *curated)]
        return {name: Environment.get(workspace, name) for name in dict.fromkeys(names)}

    @staticmethod
    def label(workspace: "Workspace", name: str, version: str, labels: List[str]) -> None:
        """Environments have versions only."""
        raise not_here("Environment.label", "Name the version in Environment.get.")

    def clone(self, new_name: str) -> "Environment":
        """Copy under another name, which is not registered yet."""
        copy = environment_of(self._definition())
        copy.name, copy.version = new_name, None
        copy._clone_of = self.name if self.name.lower().startswith(_CURATED) else self._clone_of
        copy.docker.base_image_registry = self.docker.base_image_registry
        return copy

    @staticmethod
    def from_conda_specification(name: str, file_path: str) -> "Environment":
        """Environment with the packages of a conda file."""
        made_of = Environment(name)
        made_of.python.conda_dependencies = CondaDependencies(file_path)
        return made_of

    @staticmethod
    def from_pip_requirements(name: str, file_path: str, pip_version: Optional[str] = None) -> "Environment":
        """Environment with the packages of a requirements file."""
        made_of = Environment(name)
        dependencies = CondaDependencies(file_path)
        if dependencies.get_python_version() is None:
            dependencies._add_open_python()
        if pip_version:
            dependencies.add_conda_package(f"pip={pip_version}")
        made_of.python.conda_dependencies = dependencies
        return made_of

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: Optional[ContainerRegistry] = None,
        conda_specification: Optional[str] = None,
        pip_requirements: Optional[str] = None,
    ) -> "Environment":
        """Environment in a Docker image; without packages the image brings all."""
        made_of = Environment(name)
        made_of.docker.base_image = image
        if container_registry is not None:
            made_of.docker.base_image_registry = container_registry
        return _with_packages(made_of, conda_specification, pip_requirements)

    @staticmethod
    def from_dockerfile(
        name: str, dockerfile: str, conda_specification: Optional[str] = None, pip_requirements: Optional[str] = None
    ) -> "Environment":
        """Environment in an image of a Dockerfile, given as text or as a path; without packages the image
        brings all.
        """
        made_of = Environment(name)
        made_of.docker.base_dockerfile = dockerfile
        return _with_packages(made_of, conda_specification, pip_requirements)

    @staticmethod
    def from_docker_build_context(name: str, docker_build_context: Any) -> "Environment":
        """Environment in an image of the Dockerfile of a context; a Dockerfile that takes files of the context is
        refused.
        """
        made_of = Environment.from_dockerfile(name, docker_build_context._text)
        made_of.docker.build_context = docker_build_context
        return made_of

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> "Environment":
        """Environment with the packages that conda exports from an environment of this machine."""
        command = ["env", "export", "--no-builds", "--name", conda_environment_name]
        with scratch_folder("environment") as folder:
            path = os.path.join(folder, "conda.yml")
            try:
                with open(path, "wb") as file:
                    subprocess.run([os.environ.get("CONDA_EXE", "conda"), *command], stdout=file, check=True)
            except (OSError, subprocess.CalledProcessError) as failure:
                message = f"conda did not export the environment {conda_environment_name}: {failure}"
                instead = "Install conda, or write the packages into a file for Environment.from_conda_specification."
                raise coded_error(UserErrorException, message, "sdk-not-here", instead) from failure
            return Environment.from_conda_specification(name, path)

    @staticmethod
    def add_private_pip_wheel(workspace: "Workspace", file_path: str, exist_ok: bool = False) -> str:
        """The wheel stays where it is."""
        file_path = here(file_path)
        if not os.path.isfile(file_path):
            raise UserErrorException(f"{file_path} is not a file.")
        return "file://" + os.path.abspath(file_path)

    def build(self, workspace: "Workspace", image_build_compute: Any = None) -> "ImageBuildDetails":
        """Registers and builds it on this machine: its packages, or its image where services run in containers."""
        id = self._register(workspace)
        form = "image" if workspace._engine() == "docker" else "process"
        operation = begin("environment/build", id=id, workspaceId=workspace._record["id"], form=form)
        return ImageBuildDetails(
            self, operation, form, command_line(f"environment build {id} --image", workspace._record)
        )

    def build_local(self, workspace: "Workspace", platform: Any = None, **kwargs: Any) -> "ImageBuildDetails":
        """Builds the environment, as `build` does: everything is built on this machine."""
        details = self.build(workspace)
        details.wait_for_completion(show_output=True)
        return details

    def get_image_details(self, workspace: "Workspace") -> Any:
        """Record of the environment in the workspace."""
        found = workspace._ask_raising(
            UserErrorException, "environment/show", id=f"{self.name}:{self.version}" if self.version else self.name
        )
        return found["environment"]

    def save_to_directory(self, path: str, overwrite: bool = False) -> None:
        """Writes azureml_environment.json, and beside it the conda file and the Dockerfile. Raises FileExistsError."""
        os.makedirs(path, exist_ok=overwrite)
        document = self._definition()
        packages, dockerfile = document["python"].pop("condaDependencies"), document["docker"].pop("baseDockerfile")
        dependencies = self.python.conda_dependencies
        if packages is not None and dependencies is not None:
            dependencies.save_to_file(path, _CONDA_FILE)
        if dockerfile:
            with open(os.path.join(path, _DOCKERFILE), "w", encoding="utf-8") as file:
                file.write(dockerfile)
        _write_json(os.path.join(path, _FILE), document)

    @staticmethod
    def load_from_directory(path: str) -> "Environment":
        """Environment that `save_to_directory` wrote. Raises FileNotFoundError and UserErrorException."""
        path = here(path)
        if not os.path.isfile(os.path.join(path, _FILE)):
            raise FileNotFoundError(os.path.join(path, _FILE))
        try:
            found = request("environment/definition", path=os.path.abspath(path))
        except ServerFailure as failure:
            raise exception_of(failure, kind=UserErrorException) from None
        loaded = environment_of(json.loads(found["text"]))
        conda_file = os.path.join(path, _CONDA_FILE)
        if os.path.isfile(conda_file) and not loaded.python.user_managed_dependencies:
            loaded.python.conda_dependencies = CondaDependencies(conda_file)
        return loaded

    def _definition(self, engine: str = "docker") -> Dict[str, Any]:
        """Definition as azureml_environment.json has it; without a password of a registry and the image of v1 that
        nobody chose.
        """
        dependencies = self.python.conda_dependencies
        packages = None if self.python.user_managed_dependencies or dependencies is None else dependencies._placed()
        registry = self.docker.base_image_registry
        docker: Dict[str, Any] = {
            "baseImage": None if self.docker.base_image == DEFAULT_CPU_IMAGE else self.docker.base_image,
            "baseDockerfile": self.docker.base_dockerfile,
            "arguments": list(self.docker.arguments),
            "shmSize": self.docker.shm_size,
            "baseImageRegistry": {"address": registry.address, "username": registry.username, "password": None},
        }
        return {
            "name": self.name,
            "version": self.version,
            "environmentVariables": {str(key): str(value) for key, value in (self._variables or {}).items()},
            "python": {
                "userManagedDependencies": self.python.user_managed_dependencies,
                "interpreterPath": _interpreter(self.python, engine),
                "condaDependencies": packages,
                "baseCondaEnvironment": self.python.base_conda_environment,
            },
            "docker": docker,
            "inferencingStackVersion": self.inferencing_stack_version,
        }

    def _is_ready_made(self) -> bool:
        """True if it is a curated one as the workspace has it."""
        return bool(self._as_registered) and self._as_registered[1:] == (self.name, self._definition())

    def __repr__(self) -> str:
        return json.dumps(self._definition(), indent=4, sort_keys=True)

    def __str__(self) -> str:
        return f"Environment(Name: {self.name},\nVersion: {self.version})"


class ImageBuildDetails:
    """Build of an environment: its status and result."""

    def __init__(self, environment: Environment, operation: Any, form: str, line: str) -> None:
        self._environment = environment
        self._operation = operation
        docker, packages = environment.docker, not environment.python.user_managed_dependencies
        chosen = docker.base_dockerfile or (not packages and docker.base_image not in (None, "", DEFAULT_CPU_IMAGE))
        self._is_built = packages or form == "image"
        self._remark = (
            f"The image of the environment {environment.name} is not built: services and scripts are processes of this"
            f" machine. `{line}` builds it with Docker."
            if chosen and form == "process"
            else ""
        )

    @property
    def status(self) -> str:
        """Running, Succeeded or Failed."""
        if not self._operation.wait(0):
            return "Running"
        try:
            self._operation.result()
        except ServerFailure:
            return "Failed"
        return "Succeeded"

    def wait_for_completion(self, show_output: bool = True) -> "ImageBuildDetails":
        """Waits until the environment is built. Raises UserErrorException if it cannot be."""
        if show_output:
            print("Image Build Status: Running\n")
        try:
            self._operation.result()
        except ServerFailure as failure:
            raise exception_of(failure, kind=UserErrorException) from None
        if show_output:
            print("\n".join(self._operation.steps))
            if self._is_built:
                print("Image Build Status: Succeeded\n")
        if self._remark:
            print(self._remark)
        return self


def _require_own_name(name: str) -> None:
    if name.lower().startswith(("microsoft", "azureml")):
        raise coded_error(
            UserErrorException,
            f'Environment name can not start with "Microsoft" or "AzureML". Your environment name: {name}.',
            "asset-name-invalid",
        )


def _interpreter(python: PythonSection, engine: str) -> Optional[str]:
    """That of this script, where the person manages the packages of a process and names no other."""
    if engine == "process" and python.user_managed_dependencies and python.interpreter_path == "python":
        return sys.executable
    return python.interpreter_path


def _write_json(path: str, document: Dict[str, Any]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=4)


def _text_of(dockerfile: str) -> str:
    dockerfile = here(dockerfile)
    if "\n" not in dockerfile and os.path.isfile(dockerfile):
        with open(dockerfile, encoding="utf-8") as file:
            return file.read()
    return dockerfile


def _with_packages(made_of: Environment, conda: Optional[str], pip: Optional[str]) -> Environment:
    if conda and pip:
        raise UserErrorException(
            "Only one of conda_specification or pip_requirements can be specified as python dependencies"
        )
    if conda or pip:
        made_of.python.conda_dependencies = CondaDependencies(conda or pip)
    else:
        made_of.python.user_managed_dependencies = True
    return made_of


def environment_of(definition: Dict[str, Any]) -> Environment:
    """An environment of what the server or a file says."""
    one = Environment("environment")
    one.name, one.version = definition["name"], definition.get("version")
    one.inferencing_stack_version = definition.get("inferencingStackVersion")
    one._variables = dict(definition.get("environmentVariables") or {})
    python: Dict[str, Any] = definition.get("python") or {}
    one.python.user_managed_dependencies = bool(python.get("userManagedDependencies"))
    one.python.interpreter_path = python.get("interpreterPath") or "python"
    structure = python.get("condaDependencies")
    one.python.conda_dependencies = CondaDependencies(_underlying_structure=structure) if structure else None
    docker: Dict[str, Union[str, List[str], None]] = definition.get("docker") or {}
    image, dockerfile = docker.get("baseImage"), docker.get("baseDockerfile")
    if dockerfile:
        one.docker.base_dockerfile = str(dockerfile)
    elif image:
        one.docker.base_image = str(image)
    one.docker.arguments = [str(each) for each in docker.get("arguments") or ()]
    return one
