"""`mlflow.projects.run(backend="azureml")`: the entry point of an MLproject as a script that is submitted."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, Optional

from mlflow.exceptions import ExecutionException
from mlflow.projects.backend.abstract_backend import AbstractBackend
from mlflow.projects.submitted_run import SubmittedRun
from mlflow.projects.utils import fetch_and_validate_project, load_project

from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import Environment
from azureml.core.experiment import Experiment
from azureml.core.script_run_config import ScriptRunConfig
from azureml.exceptions import ActivityFailedException, AzureMLException
from azureml.mlflow._tracking import experiment_name
from azureml.mlflow._workspace import MlflowWorkspace

_COMPUTE, _USE_CONDA, _STREAM, _MANAGER = "COMPUTE", "USE_CONDA", "STREAM_OUTPUT", "ENV_MANAGER"
"""Keys of `backend_config`; the last one is MLflow's own, for its parameter `env_manager`."""
_TRACKING = ("mlflow", "mlflow-skinny", "azureml-mlflow")
"""Packages one of which a script needs to log."""


class ProjectBackend(AbstractBackend):  # type: ignore[misc]  # (MLflow has no types here)
    """Runs projects on this machine, each in its own environment."""

    def run(
        self,
        project_uri: str,
        entry_point: str,
        params: Dict[str, Any],
        version: Optional[str],
        backend_config: Optional[Dict[str, Any]],
        tracking_uri: str,
        experiment_id: str,
    ) -> "SubmittedProject":
        """A run of the experiment that has begun. Raises ExecutionException."""
        config = backend_config or {}
        if not str(tracking_uri).startswith("azureml:"):
            raise ExecutionException(
                'The backend "azureml" needs the workspace: call mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri()).'
            )
        folder = fetch_and_validate_project(project_uri, version, entry_point, params)
        project = load_project(folder)
        command = project.get_entry_point(entry_point).compute_command(params, None)
        target = config.get(_COMPUTE) or "local"
        uses_own = str(target).lower() != "local" or _wants_environment(config)
        try:
            submission = ScriptRunConfig(folder, command=command, compute_target=target)
            submission.run_config.environment = (_environment(project) if uses_own else None) or _of_this_script()
            workspace = MlflowWorkspace.at(tracking_uri).workspace
            run = Experiment(workspace, experiment_name(experiment_id)).submit(submission)
        except AzureMLException as error:
            raise ExecutionException(str(getattr(error, "message", "") or error)) from None
        return SubmittedProject(run, bool(config.get(_STREAM, True)))


class SubmittedProject(SubmittedRun):  # type: ignore[misc]  # (MLflow has no types here)
    """A project that runs, or has run."""

    def __init__(self, run: Any, shows_output: bool) -> None:
        super().__init__()
        self._run = run
        self._shows_output = shows_output

    @property
    def run_id(self) -> str:
        """Id of its run in the workspace."""
        return str(self._run.id)

    def wait(self) -> bool:
        """True if it has ended well."""
        with contextlib.suppress(ActivityFailedException):
            self._run.wait_for_completion(show_output=self._shows_output)
        return self.get_status() == "Completed"

    def get_status(self) -> str:
        """Status of the run, as the SDK names it."""
        return str(self._run.get_status())

    def cancel(self) -> None:
        """Ends it."""
        self._run.cancel()


def _wants_environment(config: Dict[str, Any]) -> bool:
    """True if a local run takes the environment of the project, and not the Python of the script."""
    return bool(config.get(_USE_CONDA, True)) and config.get(_MANAGER) != "local"


def _environment(project: Any) -> Optional[Environment]:
    """That of the file which the MLproject names; None for a project without one. Raises ExecutionException."""
    if getattr(project, "docker_env", None):
        raise ExecutionException(
            "The MLproject names docker_env: the project runs as a process here. Name a conda_env or a python_env."
        )
    path = getattr(project, "env_config_path", None) or getattr(project, "conda_env_path", None)
    if not path:
        return None
    name = project.name or "project"
    if getattr(project, "env_type", "conda_env") == "python_env":
        environment = _python_environment(name, path)
    else:
        environment = Environment.from_conda_specification(name, path)
    packages = _packages(environment)
    names = {str(each).split("=")[0].split("<")[0].split(">")[0].strip() for each in packages.pip_packages}
    if not names.intersection(_TRACKING) and not any(
        str(each).startswith("mlflow") for each in packages.conda_packages
    ):
        packages.add_pip_package("mlflow-skinny")
    return environment


def _of_this_script() -> Environment:
    environment = Environment("user-managed")
    environment.python.user_managed_dependencies = True
    return environment


def _python_environment(name: str, path: str) -> Environment:
    from mlflow.utils.environment import _PythonEnv

    python_env = _PythonEnv.from_yaml(path)
    environment = Environment(name)
    packages = _packages(environment)
    if python_env.python:
        packages.set_python_version(python_env.python)
    for line in python_env.dependencies:
        for each in _requirements(line, os.path.dirname(path)):
            packages.add_pip_package(each)
    return environment


def _packages(environment: Environment) -> CondaDependencies:
    packages = environment.python.conda_dependencies
    assert packages is not None  # noqa: S101 (only an environment of an image has none)
    return packages


def _requirements(line: str, folder: str) -> Any:
    if not line.startswith("-r"):
        return [line]
    with open(os.path.join(folder, line[2:].strip()), encoding="utf-8") as file:
        lines = [each.split("#")[0].strip() for each in file]
    return [each for each in lines if each]
