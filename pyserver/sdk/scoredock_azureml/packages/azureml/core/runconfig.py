"""`RunConfiguration`: how a script is submitted; sections of environments under their older place."""

from __future__ import annotations

import copy
import json
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from azureml._scoredock.absent import absent, refuse_arguments
from azureml._scoredock.files_of_yaml import read_yaml
from azureml._scoredock.pipeline_values import OUTPUTS
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.dataset import Dataset as CoreDataset
from azureml.core.datastore import Datastore
from azureml.core.environment import (
    DEFAULT_CPU_IMAGE,
    DEFAULT_GPU_IMAGE,
    DockerSection,
    Environment,
    PythonSection,
    environment_of,
)
from azureml.data.data_reference import DataReference
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.dataset_factory import FileDatasetFactory
from azureml.data.tabular_dataset import AbstractDataset
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

__all__ = [
    "CondaDependencies",
    "ContainerRegistry",
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "Data",
    "DataLocation",
    "DataPath",
    "DataReferenceConfiguration",
    "Dataset",
    "DockerConfiguration",
    "DockerSection",
    "MpiConfiguration",
    "PyTorchConfiguration",
    "PythonSection",
    "RunConfiguration",
    "TensorflowConfiguration",
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

_ENDING = ".runconfig"
_AS_THEY_ARE = ("condaDependencies", "conda_dependencies", "environmentVariables", "environment_variables")
_FIELDS = {
    "script": "script",
    "arguments": "arguments",
    "command": "command",
    "framework": "framework",
    "communicator": "communicator",
    "target": "_target",
    "nodeCount": "node_count",
    "maxRunDurationSeconds": "max_run_duration_seconds",
    "autoPrepareEnvironment": "auto_prepare_environment",
}
"""Keys of the file, and what they are here."""


class DockerConfiguration:
    """Docker setting of a run; here its script is a process of this machine either way."""

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


class MpiConfiguration:
    """Number of processes of a script; here it is always one."""

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count

    def _processes(self) -> int:
        return int(self.process_count_per_node or 1) * int(self.node_count or 1)

    def _variables(self) -> Dict[str, str]:
        """By which a script finds the others: there are none."""
        return {}


class PyTorchConfiguration(MpiConfiguration):
    """Number of processes of a script by `torch.distributed`; here it is always one."""

    def __init__(
        self, communication_backend: str = "Nccl", process_count: Optional[int] = None, node_count: int = 1
    ) -> None:
        super().__init__(1, node_count)
        self.communication_backend = communication_backend
        self.process_count = process_count

    def _processes(self) -> int:
        return int(self.process_count or self.node_count or 1)

    def _variables(self) -> Dict[str, str]:
        first = {"RANK": "0", "LOCAL_RANK": "0", "NODE_RANK": "0", "WORLD_SIZE": "1"}
        return {**first, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}


class TensorflowConfiguration(MpiConfiguration):
    """Number of processes of a script by TensorFlow; here it is always one."""

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        super().__init__(1, worker_count)
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count


class DataReferenceConfiguration(DataReference):
    """A path of a datastore that is named; whoever submits the run knows the workspace."""

    def __init__(
        self,
        datastore_name: Optional[str] = None,
        mode: str = "mount",
        path_on_datastore: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
    ) -> None:
        super().__init__(None, datastore_name, path_on_datastore, mode, path_on_compute, overwrite)
        self.datastore_name = datastore_name


class NamedDataset:
    """A registered dataset, by its id or by its name and version; whoever submits the run knows the workspace."""

    def __init__(
        self,
        dataset_id: Optional[str] = None,
        dataset_name: Optional[str] = None,
        dataset_version: Optional[str] = None,
    ) -> None:
        self.id = dataset_id
        self.name = dataset_name
        self.version = dataset_version

    def _find(self, workspace: "Workspace") -> Any:
        """Raises UserErrorException."""
        if self.id:
            return CoreDataset.get_by_id(workspace, self.id)
        return CoreDataset.get_by_name(workspace, str(self.name or ""), self.version)


class NamedPath:
    """A path of a datastore that is named."""

    def __init__(self, datastore_name: Optional[str] = None, relative_path: Optional[str] = None) -> None:
        self.datastore_name = datastore_name
        self.relative_path = relative_path

    def _find(self, workspace: "Workspace") -> Any:
        """Raises UserErrorException."""
        return FileDatasetFactory.from_files((Datastore(workspace, self.datastore_name), self.relative_path or ""))


Dataset, DataPath = NamedDataset, NamedPath
OutputData = absent("OutputData", "Give RunConfiguration.output_data an OutputFileDatasetConfig.")


class DataLocation:
    """Location of data of a run configuration: a dataset or a path of a datastore."""

    _refused_arguments = {"uri": "Copy the files to this machine, and give a Dataset.File of them."}

    def __init__(
        self, dataset: Optional[NamedDataset] = None, data_path: Optional[NamedPath] = None, uri: Any = None
    ) -> None:
        refuse_arguments(self, locals())
        self.dataset = dataset
        self.data_path = data_path


class Data:
    """A dataset among the data of a run configuration."""

    def __init__(
        self,
        data_location: Optional[DataLocation] = None,
        create_output_directories: Optional[bool] = None,
        mechanism: str = "direct",
        environment_variable_name: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
        options: Any = None,
    ) -> None:
        self.data_location = data_location
        self.mechanism = mechanism.lower()
        self.environment_variable_name = environment_variable_name
        self.path_on_compute = path_on_compute
        self._input: Optional[DatasetConsumptionConfig] = None

    @staticmethod
    def create(data: DatasetConsumptionConfig) -> "Data":
        """Data from what `as_named_input`, `as_mount` and `as_download` give. Raises UserErrorException for anything
        else.
        """
        if not isinstance(data, DatasetConsumptionConfig):
            raise UserErrorException("Data must be an instance of DatasetConsumptionConfig.")
        one = Data(None, False, data.mode, data.name, data.path_on_compute)
        one._input = data
        return one

    def _find(self, name: str, workspace: "Workspace") -> None:
        """Finds what the location names, in the workspace in which it is submitted. Raises UserErrorException."""
        location = self.data_location or DataLocation()
        place = location.dataset or location.data_path
        if self._input is None:
            if place is None:
                raise UserErrorException("Either dataset or datapath should be presented.")
            name = self.environment_variable_name or name
            dataset = place._find(workspace)
            self._input = DatasetConsumptionConfig(name, dataset, self.mechanism, self.path_on_compute)


class RunConfiguration:
    """Configuration of a script's run: `target`, environment, arguments."""

    auto_prepare_environment = True
    priority: Optional[int] = None

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
        self._place = (_path, _name)
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        else:
            # While nothing is said of packages: the Python that runs this script has those that it was written with.
            self.environment.python.user_managed_dependencies = None

    @property
    def target(self) -> Any:
        """The name of a compute target, which stands for this machine."""
        return self._target

    @target.setter
    def target(self, value: Any) -> None:
        self._target = getattr(value, "name", value)

    def _inputs(self) -> List[DatasetConsumptionConfig]:
        """Datasets of `data`. Raises UserErrorException for what is none."""
        inputs: List[Any] = [each._input if isinstance(each, Data) else each for each in self.data.values()]
        for each in inputs:
            if isinstance(each, AbstractDataset):
                raise UserErrorException(
                    "Dataset cannot be used without providing a name for the run. Please provide a name by calling the"
                    " as_named_input instance method on dataset."
                )
            if not isinstance(each, DatasetConsumptionConfig):
                raise UserErrorException(f"{type(each).__name__} cannot be used as input.")
        return inputs

    def _find(self, workspace: "Workspace") -> None:
        """Finds what it only names, in the workspace in which it is submitted. Raises UserErrorException."""
        for each in self.data_references.values():
            if each.datastore is None:
                each.datastore = Datastore.get(workspace, each.datastore_name)
        for name, each in self.data.items():
            if isinstance(each, Data):
                each._find(name, workspace)

    def _outputs(self, others: Sequence[Any]) -> List[Any]:
        """Outputs of `output_data` beside others, under the names that it gives. Raises UserErrorException for anything
        else.
        """
        outputs: List[Any] = []
        for name, each in self.output_data.items():
            if not isinstance(each, OUTPUTS):
                raise UserErrorException(f"{type(each).__name__} cannot be used as output.")
            if all(each is not other for other in others):
                outputs.append(copy.copy(each))
                outputs[-1].name = name
        return outputs

    @property
    def environment_variables(self) -> Dict[str, str]:
        """Environment variables of its environment."""
        return self.environment.environment_variables

    @environment_variables.setter
    def environment_variables(self, value: Dict[str, str]) -> None:
        self.environment.environment_variables = value

    def save(
        self, path: Optional[str] = None, name: Optional[str] = None, separate_environment_yaml: bool = False
    ) -> None:
        """Writes it with its environment into a file, or into `.azureml` of a folder, and the conda file beside it.
        Raises UserErrorException."""
        path, name = os.path.normpath(path or self._place[0] or os.getcwd()), name or self._place[1]
        if os.path.isdir(path) and not name:
            raise UserErrorException("Cannot save a runconfig without a name specified")
        if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
            raise UserErrorException(f"{path} argument is invalid")
        base, file_path = (path, _below(path, str(name))) if os.path.isdir(path) else (os.path.dirname(path), path)
        os.makedirs(os.path.dirname(os.path.abspath(file_path)), exist_ok=True)
        dependencies = self.environment.python.conda_dependencies
        conda = os.path.relpath(os.path.join(os.path.dirname(file_path), "conda_dependencies.yml"), base or ".")
        environment: Any = self.environment._definition()
        environment["python"].update(condaDependenciesFile=conda.replace(os.sep, "/"))
        del environment["python"]["condaDependencies"]
        if dependencies is not None:
            dependencies.save_to_file(base, conda)
        fields = {**{key: getattr(self, own) for key, own in _FIELDS.items()}, "docker": vars(self.docker)}
        if separate_environment_yaml:
            _write(os.path.join(os.path.dirname(file_path), "environment.yml"), environment)
            environment = os.path.relpath(os.path.join(os.path.dirname(file_path), "environment.yml"), base or ".")
        _write(file_path, {**fields, "environment": environment})

    @staticmethod
    def load(path: Optional[str] = None, name: Optional[str] = None) -> "RunConfiguration":
        """Configuration that `save` or the SDK v1 wrote: a file, or one of this name in `.azureml` of a folder, in the
        folder, with the ending `.runconfig` or as it is named. Raises UserErrorException.
        """
        path = os.path.normpath(path or os.getcwd())
        places = [path] if os.path.isfile(path) else []
        for each in (name, f"{name}{_ENDING}") if name and not places else ():
            places += [_below(path, each), os.path.join(path, each)]
        place = next((each for each in places if os.path.isfile(each)), None)
        if place is None:
            raise UserErrorException(f"Failed to load RunConfiguration from path={path} name={name}")
        base = os.path.dirname(path) if os.path.isfile(path) else path
        fields = _one_case(read_yaml(place))
        one = RunConfiguration(_path=path, _name=os.path.basename(place) if os.path.isdir(path) else name)
        for key, own in _FIELDS.items():
            if fields.get(key) is not None:
                setattr(one, own, fields[key])
        one.target = fields.get("target") or "local"
        environment = fields.get("environment")
        if isinstance(environment, str):
            environment = _one_case(read_yaml(os.path.join(base, environment)))
        if isinstance(environment, dict):
            one.environment = _environment(environment, base)
        return one

    @staticmethod
    def delete(path: str, name: Optional[str]) -> None:
        """Removes the file. Raises UserErrorException where there is none."""
        places = [path] if os.path.isfile(path) else [_below(path, str(name)), _below(path, f"{name}{_ENDING}")]
        place = next((each for each in places if os.path.isfile(each)), None)
        if place is None:
            raise UserErrorException(f"Failed to delete RunConfiguration from path={path} name={name}")
        os.remove(place)


def _below(folder: str, name: str) -> str:
    old = os.path.join(folder, "aml_config")
    return os.path.join(old if os.path.isdir(old) else os.path.join(folder, ".azureml"), name)


def _write(path: str, fields: Dict[str, Any]) -> None:
    # Each value is JSON, which YAML has as well.
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())


def _one_case(value: Any) -> Any:
    """Value with the keys that v1 writes; it reads those of Python as well. Names given by a person stay."""
    if not isinstance(value, dict):
        return value
    return {_camel(key): each if key in _AS_THEY_ARE else _one_case(each) for key, each in value.items()}


def _camel(key: Any) -> str:
    first, *others = str(key).split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in others)


def _environment(definition: Dict[str, Any], base: str) -> Environment:
    python = definition.get("python") or {}
    conda = os.path.join(base, python.get("condaDependenciesFile") or "")
    one = environment_of({**definition, "name": definition.get("name") or "project_environment"})
    if one.python.conda_dependencies is None and os.path.isfile(conda):
        one.python.conda_dependencies = CondaDependencies(conda)
    return one
