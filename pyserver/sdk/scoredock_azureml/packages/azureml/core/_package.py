"""`Model.package`: a model as an image, or as the Dockerfile and files that one is made of."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from azureml._scoredock import modern
from azureml._scoredock.failures import ServerFailure, coded_error
from azureml._scoredock.server import Operation, begin
from azureml._scoredock.temporary import new_folder
from azureml.core.container_registry import ContainerRegistry
from azureml.core.webservice import deployment
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.environment import Environment
    from azureml.core.workspace import Workspace

_DOT_SECONDS = 1.0


class ModelPackage:
    """Package that is being made: its state, and its location once it is there."""

    def __init__(self, workspace: "Workspace", operation_id: Any, environment: "Optional[Environment]") -> None:
        self.workspace = workspace
        self.environment = environment
        self.generate_dockerfile = False
        self.error: Any = None
        self.package_build_log_uri = ""
        self._operation: Operation = operation_id
        self._folder = ""
        self._package: Optional[Dict[str, Any]] = None

    @classmethod
    def _create(
        cls,
        workspace: "Workspace",
        models: List[str],
        inference_config: "Optional[InferenceConfig]",
        generate_dockerfile: bool,
        image: Tuple[Optional[str], Optional[str]],
        functions: Optional[Dict[str, str]] = None,
    ) -> "ModelPackage":
        folder = new_folder("package")
        params: Dict[str, Any] = {
            "models": models,
            "form": "functions" if functions else "folder" if generate_dockerfile else "image",
            "name": image[0] or "",
            "label": image[1] or "",
        }
        if functions is not None:
            params["functions"] = functions
        if generate_dockerfile:
            params["outputPath"] = os.path.join(folder, "package")
        if inference_config is not None:
            path = os.path.join(folder, "inferenceconfig.json")
            with open(path, "w", encoding="utf-8") as file:
                source = modern.models_for(workspace, params)
                json.dump(deployment.document_in(folder, inference_config, "docker", source), file)
            params["inferenceConfig"] = path
            params["registryCredentials"] = deployment.credentials(inference_config)
        environment = inference_config.environment if inference_config is not None else None
        package = cls(workspace, begin("package/create", workspaceId=workspace._record["id"], **params), environment)
        package.generate_dockerfile = generate_dockerfile
        package._folder = folder
        return package

    @property
    def state(self) -> str:
        """Running, Succeeded or Failed."""
        if not self._operation.wait(0):
            return "Running"
        self._take()
        return "Failed" if self.error else "Succeeded"

    @property
    def location(self) -> Optional[str]:
        """Location of the image or of the files; None until the package is made."""
        return self._package["location"] if self.state == "Succeeded" and self._package else None

    def _take(self) -> None:
        if self._package is None and self.error is None:
            try:
                self._package = self._operation.result()
            except ServerFailure as failure:
                self.error = {"code": failure.code, "message": failure.message, "fix": failure.fix}

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Waits until the package is there. Raises WebserviceException if it cannot be made."""
        count = 0
        while True:
            ended = self._operation.wait(_DOT_SECONDS)
            steps = self._operation.steps[count:]
            count += len(steps)
            if show_output:
                for step in steps:
                    print(step)
            if ended:
                break
        self._take()
        if show_output:
            print(f"Package creation {self.state}")
        if self.error:
            raise coded_error(
                WebserviceException,
                f"Package creation reached non-successful terminal state. {self.error['message']}",
                self.error["code"],
                self.error["fix"],
            )

    def update_creation_state(self) -> None:
        """Looks at it anew."""
        self._operation.wait(0)

    def get_logs(self, decode: bool = True, offset: int = 0) -> Any:
        """Log of the steps that were taken, from the character `offset` on; bytes if not `decode`."""
        text = "".join(f"{step}\n" for step in self._operation.steps)[offset:]
        return text if decode else text.encode()

    def save(self, output_directory: str) -> None:
        """Copies the files there; of an image that was made without Docker, an OCI layout."""
        if os.path.exists(output_directory) and not os.path.isdir(output_directory):
            raise WebserviceException("output path is not a directory")
        self.wait_for_creation()
        assert self._package is not None  # noqa: S101 (wait_for_creation raises otherwise)
        if not self.generate_dockerfile and not self._package["digest"]:
            raise WebserviceException("Docker images cannot be saved to a local directory. Use pull() instead.")
        os.makedirs(output_directory, exist_ok=True)
        if not self.generate_dockerfile:
            folder = os.path.abspath(output_directory)
            self.workspace._ask_raising(
                WebserviceException, "package/save", image=self._package["record"], outputPath=folder
            )
            return
        for name in os.listdir(self._package["location"]):
            source, target = os.path.join(self._package["location"], name), os.path.join(output_directory, name)
            if os.path.isdir(source):
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(source, target)
            else:
                shutil.copy2(source, target)

    def pull(self) -> None:
        """Says where the image is: it was made in the Docker of this machine. One that was made without Docker goes
        there; raises WebserviceException while none answers."""
        if self.generate_dockerfile:
            raise WebserviceException("A Dockerfile package cannot be pulled. Use save() instead.")
        self.wait_for_creation()
        assert self._package is not None  # noqa: S101 (wait_for_creation raises otherwise)
        if self._package["digest"]:
            moved = self.workspace._ask_raising(WebserviceException, "package/pull", image=self._package["record"])
            print(f"Status: Loaded image {moved['image']}")
            return
        print(f"Status: Image is on this machine already: {self.location}")

    def get_container_registry(self) -> ContainerRegistry:
        """Registry that the image goes to, with an empty password."""
        self.wait_for_creation()
        assert self._package is not None  # noqa: S101 (wait_for_creation raises otherwise)
        registry = ContainerRegistry()
        found = self.workspace._ask_raising(WebserviceException, "package/registry", image=self._package["image"])
        registry.address, registry.username, registry.password = found["address"], found["username"], ""
        return registry

    def serialize(self) -> Dict[str, Any]:
        """State and location under the names of the SDK."""
        return {"generateDockerfile": self.generate_dockerfile, "state": self.state, "location": self.location}

    def __del__(self) -> None:
        shutil.rmtree(getattr(self, "_folder", "") or os.devnull, ignore_errors=True)

    def __repr__(self) -> str:
        return f"ModelPackage(workspace={self.workspace!r}, state={self.state}, location={self.location})"
