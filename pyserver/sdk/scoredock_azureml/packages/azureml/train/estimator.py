"""Scripts that train, under the older name of ScriptRunConfig."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from azureml._scoredock.absent import TRAINING, refuse_arguments, these_names
from azureml._scoredock.failures import not_here
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import Environment
from azureml.core.script_run_config import ScriptRunConfig
from azureml.data.data_reference import DataReference
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.file_dataset import FileDataset

__all__ = ["Estimator"]
REMOTE = "Leave it out: the script runs as one process of this machine."


class Estimator(ScriptRunConfig):
    """A script that runs on this machine, with its arguments by name. Raises UserErrorException."""

    _always: List[str] = []
    """Packages that each has; the first one is the framework."""
    _refused_arguments = {
        "custom_docker_image": REMOTE,
        "distributed_training": REMOTE,
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
        framework_version: Optional[str] = None,
        **others: Any,
    ) -> None:
        refuse_arguments(self, others)
        words = [word for pair in (script_params or {}).items() for word in pair if word != ""]
        environment = environment_definition
        packages = [*self._always, *(pip_packages or [])]
        if framework_version and self._always:
            packages[0] += f"=={framework_version}" + (".*" if framework_version.count(".") == 1 else "")
        file = conda_dependencies_file or pip_requirements_file
        if environment is None and (file or packages or conda_packages):
            environment = Environment("estimator")
            dependencies = CondaDependencies(file) if file else CondaDependencies.create(pip_packages=packages)
            for each in conda_packages or ():
                dependencies.add_conda_package(each)
            dependencies.add_pip_package("azureml-defaults")
            environment.python.conda_dependencies = dependencies
        super().__init__(
            source_directory,
            entry_script,
            words,
            compute_target=compute_target,
            environment=environment,
        )
        if environment_variables:
            self.run_config.environment.environment_variables.update(environment_variables)
        for each in inputs or ():
            value = each.as_mount() if isinstance(each, FileDataset) else each
            if isinstance(value, DataReference):
                self.run_config.data_references[value.data_reference_name] = value
            elif isinstance(value, DatasetConsumptionConfig):
                self._inputs.append(value)
            else:
                raise not_here(f"The input {type(each).__name__} of a script", TRAINING)


__getattr__ = these_names(
    __name__, ("Gloo", "MMLBaseEstimator", "MMLBaseEstimatorRunConfig", "Mpi", "Nccl", "ParameterServer"), TRAINING
)
