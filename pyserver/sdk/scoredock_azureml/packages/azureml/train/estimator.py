"""`Estimator`: scripts that train, under the older name of ScriptRunConfig; MPI and its like."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from azureml._scoredock.absent import TRAINING, refuse_arguments, these_names
from azureml._scoredock.failures import not_here
from azureml._scoredock.paths import here
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.datastore import Datastore
from azureml.core.environment import Environment
from azureml.core.runconfig import MpiConfiguration, PyTorchConfiguration, TensorflowConfiguration
from azureml.core.script_run_config import ScriptRunConfig
from azureml.data.data_reference import DataReference
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.file_dataset import FileDataset

__all__ = ["Estimator"]
_PYTHON = "3.6.2"
"""That of each environment of v1 for a framework."""
REMOTE = "Leave it out: the script runs as one process of this machine."


class Mpi(MpiConfiguration):
    """Number of processes of a script; here it is always one."""


class Gloo(PyTorchConfiguration):
    """Number of processes of a script by `torch.distributed`; here it is always one."""


class Nccl(PyTorchConfiguration):
    """Number of processes of a script by `torch.distributed`; here it is always one."""


class ParameterServer(TensorflowConfiguration):
    """Number of processes of a script by TensorFlow; here it is always one."""


class Estimator(ScriptRunConfig):
    """A script that runs on this machine, with its arguments by name. Raises UserErrorException."""

    _releases: Dict[str, str] = {}
    """Version of the framework → packages of v1's environment, the framework first."""
    _usual_version = ""
    _refused_arguments = {
        "custom_docker_image": REMOTE,
        "resume_from": REMOTE,
        "source_directory_data_store": REMOTE,
    }

    def __init__(
        self,
        source_directory: str,
        *,
        compute_target: Any = None,
        script_params: Optional[Dict[str, Any]] = None,
        entry_script: Optional[str] = None,
        pip_packages: Optional[List[str]] = None,
        conda_packages: Optional[List[str]] = None,
        environment_variables: Optional[Dict[str, str]] = None,
        environment_definition: Optional[Environment] = None,
        inputs: Optional[List[Any]] = None,
        conda_dependencies_file: Optional[str] = None,
        pip_requirements_file: Optional[str] = None,
        conda_dependencies_file_path: Optional[str] = None,
        pip_requirements_file_path: Optional[str] = None,
        framework_version: Optional[str] = None,
        user_managed: bool = False,
        distributed_training: Optional[MpiConfiguration] = None,
        node_count: int = 1,
        process_count_per_node: int = 1,
        **others: Any,
    ) -> None:
        refuse_arguments(self, others)
        words = [word for pair in (script_params or {}).items() for word in pair if word != ""]
        environment = environment_definition
        file = conda_dependencies_file or conda_dependencies_file_path
        requirements = pip_requirements_file or pip_requirements_file_path
        if environment is None and (file or requirements or self._releases or pip_packages or conda_packages):
            environment = Environment(type(self).__name__.lower())
            dependencies = (
                CondaDependencies(self._beside(source_directory, file))
                if file  # v1 adds no framework to a file
                else self._framework(framework_version or self._usual_version)
            )
            if requirements:
                listed = CondaDependencies(self._beside(source_directory, requirements))
                pip_packages = [*listed.pip_packages, *(pip_packages or ())]
            for each in conda_packages or ():
                dependencies.add_conda_package(each)
            for each in (*(pip_packages or ()), "azureml-defaults"):
                dependencies.add_pip_package(each)
            environment.python.conda_dependencies = dependencies
        if environment is not None and environment_definition is None:
            environment.python.user_managed_dependencies = user_managed
        super().__init__(
            source_directory,
            entry_script,
            words,
            compute_target=compute_target,
            environment=environment,
            distributed_job_config=distributed_training or MpiConfiguration(process_count_per_node, node_count),
        )
        if environment_variables:
            self.run_config.environment.environment_variables.update(environment_variables)
        for each in inputs or ():
            value = each.as_mount() if isinstance(each, (Datastore, FileDataset)) else each
            if isinstance(value, DataReference):
                self.run_config.data_references[value.data_reference_name] = value
            elif isinstance(value, DatasetConsumptionConfig):
                self._inputs.append(value)
            else:
                raise not_here(f"The input {type(each).__name__} of a script", TRAINING)

    @classmethod
    def _framework(cls, version: str) -> CondaDependencies:
        """Packages of v1's environment for a version of the framework; without one nothing but Python."""
        if version not in cls._releases:
            package = next(iter(cls._releases.values()), "").partition("==")[0]
            precise = f"{version}.*" if version.count(".") == 1 else version
            return CondaDependencies.create(pip_packages=[f"{package}=={precise}"] if package else [])
        return CondaDependencies.create(pip_packages=cls._releases[version].split(), python_version=_PYTHON)

    @staticmethod
    def _beside(source_directory: str, file: str) -> str:
        """A file of packages, which v1 looks for in the source directory."""
        inside = os.path.join(source_directory, here(file))
        return inside if os.path.isfile(inside) else file


__getattr__ = these_names(__name__, ("MMLBaseEstimator", "MMLBaseEstimatorRunConfig"), TRAINING)
