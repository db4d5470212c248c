"""Configurations of runs; sections of environments under their older place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Dict, List, Optional

from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, DockerSection, Environment, PythonSection

__all__ = [
    "CondaDependencies",
    "ContainerRegistry",
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "DockerConfiguration",
    "DockerSection",
    "PythonSection",
    "RunConfiguration",
]
_ELSEWHERE = (
    "amlcompute",
    "hdi",
    "history",
    "kubernetescompute",
    "mpi",
    "paralleltask",
    "pytorch",
    "services",
    "spark",
    "tensorflow",
)
"""Sections about other machines: a script may write into them, and they change nothing."""


class DockerConfiguration:
    """Whether a run uses Docker; here its script is a process of this machine either way."""

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: Any = None,
        shm_size: Optional[str] = None,
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments: List[Any] = list(arguments or [])
        self.shm_size = shm_size


class RunConfiguration:
    """What a script runs with: `target`, environment, arguments."""

    def __init__(
        self,
        script: Optional[str] = None,
        arguments: Optional[List[Any]] = None,
        framework: Any = None,
        communicator: Any = None,
        conda_dependencies: Optional[CondaDependencies] = None,
        _history_enabled: Any = None,
        _path: Optional[str] = None,
        _name: Optional[str] = None,
        command: Any = None,
    ) -> None:
        self.script = script
        self.arguments: List[Any] = list(arguments or [])
        self.command = command
        self.framework = framework or "Python"
        self.communicator = communicator or "None"
        self._target: Any = "local"
        self.environment = Environment("project_environment")
        self.docker: Any = DockerConfiguration()
        self.data: Dict[str, Any] = {}
        self.data_references: Dict[str, Any] = {}
        self.output_data: Dict[str, Any] = {}
        for name in _ELSEWHERE:
            setattr(self, name, SimpleNamespace())
        self.node_count = 1
        self.credential_passthrough = False
        self.max_run_duration_seconds: Optional[int] = None
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        else:
            # Nothing was said of packages: the Python that runs this script has those that it was written with.
            self.environment.python.user_managed_dependencies = True

    @property
    def target(self) -> Any:
        """The name of a compute target, which stands for this machine."""
        return self._target

    @target.setter
    def target(self, value: Any) -> None:
        self._target = getattr(value, "name", value)

    @property
    def environment_variables(self) -> Dict[str, str]:
        """Of its environment."""
        return self.environment.environment_variables

    @environment_variables.setter
    def environment_variables(self, value: Dict[str, str]) -> None:
        self.environment.environment_variables = value
