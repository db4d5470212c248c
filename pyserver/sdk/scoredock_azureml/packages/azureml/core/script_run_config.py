"""Configuration of a script to submit to an experiment: its folder, arguments and environment."""

from __future__ import annotations

import os
import re
import shlex
import sys
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from azureml._scoredock.absent import refuse_arguments
from azureml._scoredock.failures import coded_error, not_here
from azureml._scoredock.paths import here
from azureml._scoredock.pipeline_values import OUTPUTS
from azureml.core.datastore import Datastore
from azureml.core.environment import Environment
from azureml.core.run import OUTPUT_NAMES
from azureml.core.runconfig import DockerConfiguration, MpiConfiguration, RunConfiguration
from azureml.data.data_reference import DataReference
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.file_dataset import FileDataset
from azureml.data.output_dataset_config import source_of
from azureml.exceptions import UserErrorException

_DATA = (
    "Give the script the path of a file on this machine, or the name of a registered dataset, which"
    " Run.get_context().input_datasets[name] loads."
)
_SHELL = re.compile(r"[|&;<>`\n]|\$(?!AZUREML_DATAREFERENCE_)")
"""What only a shell understands in a command."""
_WORD = re.compile(r"[\w./\\-]+")
"""A word of a command, also of one for a shell."""
_REFERENCE = "$AZUREML_DATAREFERENCE_"
"""What the text of a reference begins with."""
_REFERENCES = re.compile(re.escape(_REFERENCE) + r"(\w+)")
_OBJECT = re.compile(r"<azureml\.(?:\w+\.)*(\w+) object at 0x\w+>")
"""An object whose text stands among others."""


class ScriptRunConfig:
    """A script that runs on this machine. What needs Azure is refused here, with `sdk-not-here`."""

    _refused_arguments = {
        "resume_from": "Give the script the path of the files to go on from.",
    }
    MAX_RUN_DURATION_SECONDS_DEFAULT = MAX_DURATION_SECONDS_DEFAULT = 30 * 24 * 60 * 60

    def __init__(
        self,
        source_directory: str,
        script: Optional[str] = None,
        arguments: Optional[Sequence[Any]] = None,
        run_config: Optional[RunConfiguration] = None,
        _telemetry_values: Any = None,
        compute_target: Any = None,
        environment: Optional[Environment] = None,
        distributed_job_config: Any = None,
        resume_from: Any = None,
        max_run_duration_seconds: Optional[int] = MAX_DURATION_SECONDS_DEFAULT,
        command: Optional[Union[str, Sequence[str]]] = None,
        docker_runtime_config: Optional[DockerConfiguration] = None,
    ) -> None:
        refuse_arguments(self, locals())
        self.source_directory = here(source_directory) if source_directory is not None else "."
        self.run_config = run_config if run_config is not None else RunConfiguration()
        self.script = here(script or self.run_config.script, self.source_directory)
        self.arguments: List[Any] = list(arguments if arguments is not None else self.run_config.arguments)
        self.command = command if command is not None else self.run_config.command
        self._inputs: List[DatasetConsumptionConfig] = []
        """What the script is given that is not an argument."""
        words = [*self.arguments, *(() if isinstance(self.command, str) else self.command or ())]
        self._outputs: List[Any] = [each for each in words if isinstance(each, OUTPUTS)]
        """What stands for the folders that it writes."""
        if not isinstance(distributed_job_config, (MpiConfiguration, type(None))):
            kind = type(distributed_job_config).__name__
            raise coded_error(
                UserErrorException,
                f"distributed_job_config is {kind}; it must be an MpiConfiguration, PyTorchConfiguration or"
                " TensorflowConfiguration.",
                "sdk-argument-invalid",
            )
        self._distribution: Optional[MpiConfiguration] = distributed_job_config
        self.max_run_duration_seconds = max_run_duration_seconds
        if environment is not None:
            self.run_config.environment = environment
        if docker_runtime_config is not None:
            self.run_config.docker = docker_runtime_config
        if compute_target is not None:
            self.run_config.target = compute_target

    def _validate(self) -> None:
        """At the submission, as in Azure: scripts make a configuration before they write the file. Raises
        UserErrorException."""
        if self.script and self.command:
            raise UserErrorException("Only one of script or command should be provided.")
        if not self.script and not self.command:
            raise UserErrorException("Either script or command must be provided.")
        if self.script and not os.path.isfile(os.path.join(self.source_directory, self.script)):
            raise coded_error(
                UserErrorException,
                f"script {self.script} doesn't exist in the source directory {os.path.abspath(self.source_directory)}.",
                "file-not-found",
            )
        for each in [self.command] if isinstance(self.command, str) else [*self.arguments, *(self.command or ())]:
            match = _OBJECT.search(each) if isinstance(each, str) else None
            if match:
                print(
                    f"{self.script or 'The command'} gets {each}: as in Azure, the text of the {match[1]} is not a"
                    " path. Give the object as an argument of its own, behind the option.",
                    file=sys.stderr,
                )

    @property
    def environment(self) -> Environment:
        """Environment of the run."""
        return self.run_config.environment

    def words(
        self,
        python: str,
        folder: str = "",
        inputs: Optional[Dict[str, Dict[str, str]]] = None,
        folders: Optional[Dict[int, str]] = None,
    ) -> List[str]:
        """Words of the command line to run. Datasets among the arguments are put into the folder and described in
        `inputs`, where that is given; `folders` has the folders of outputs, by the identity of what stands for each.
        Raises UserErrorException for an argument that is in Azure.
        """

        def _argument(value: Any) -> str:
            if isinstance(value, (Datastore, FileDataset)):
                value = value.as_mount()
            if isinstance(value, DataReference):
                return value._here()
            if isinstance(value, OUTPUTS):
                return place_of_output(value, folders)
            if isinstance(value, DatasetConsumptionConfig):
                return value.name if inputs is None else value._hand_in(folder, inputs, folders or {})
            return _REFERENCES.sub(
                lambda match: _argument(places[match[1]]) if match[1] in places else match[0], _text(value)
            )

        places = {
            **{each.name: each for each in (*self._inputs, *self._outputs) if isinstance(each, OUTPUTS)},
            **self._references(),
        }
        self.outputs()
        for each in (*self._inputs, *self.run_config._inputs()):
            if all(each is not other for other in self.arguments):
                _argument(each)
        if self.command:
            return _command_words(self.command, python, _argument)
        return [python, "-u", str(self.script), *(_argument(each) for each in self.arguments)]

    def outputs(self) -> List[Any]:
        """Outputs of the script, also those of the run configuration. Raises UserErrorException."""
        return [*self._outputs, *self.run_config._outputs(self._outputs)]

    def _references(self) -> Dict[str, DataReference]:
        """Paths of datastores, by their names."""
        given = [each for each in (*self.arguments, *self._inputs) if isinstance(each, DataReference)]
        return {**{each.data_reference_name: each for each in given}, **self.run_config.data_references}

    def variables(self, inputs: Dict[str, Dict[str, str]], outputs: Dict[str, str]) -> Dict[str, str]:
        """Environment variables by which the script finds what it is given: the paths of mounts and downloads, the ids
        of datasets, and the folders of its outputs.
        """
        variables = {f"{_REFERENCE[1:]}{name}": each._here() for name, each in self._references().items()}
        variables.update({OUTPUT_NAMES: ";".join(outputs), **outputs})
        for name, entry in inputs.items():
            if name.isidentifier():
                for prefix in ("", "AZURE_ML_INPUT_", _REFERENCE[1:]):
                    variables[prefix + name] = entry.get("id") or entry["path"]
        return variables

    def scripts(self, folder: str) -> List[str]:
        """Paths of the Python files in a folder with its source directory that the run begins with."""
        command = self.command or [str(self.script)]
        words = _WORD.findall(command) if isinstance(command, str) else map(str, command)
        paths = [os.path.join(folder, each) for each in words if each.endswith(".py")]
        return [each for each in paths if os.path.isfile(each)]


def place_of_output(output: Any, folders: Optional[Dict[int, str]]) -> str:
    """Path where a script writes the output: its source, else its folder in `folders`; without these, its name."""
    if folders is None:
        return str(output.name)
    return str(getattr(source_of(output), "source", None) or folders[id(source_of(output))])


def _command_words(command: Any, python: str, text_of: Callable[[Any], str]) -> List[str]:
    """A command with this Python as `python`; a text that only a shell understands goes to one."""
    if isinstance(command, str) and os.name != "nt" and _SHELL.search(command):
        return ["/bin/sh", "-c", command]
    words = [text_of(each) for each in (shlex.split(command) if isinstance(command, str) else command)]
    return [python, *words[1:]] if words and words[0] in ("python", "python3") else words


def _text(value: Any) -> str:
    if isinstance(value, (str, int, float, bool)):
        return str(value)
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():
        return str(item())
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    if type(value).__module__.split(".")[0] == "azureml":
        raise not_here(f"The argument {type(value).__name__} of a script", _DATA)
    raise coded_error(
        UserErrorException,
        f"An argument of the script is of type {type(value).__name__}; it must be text or a number.",
        "run-value-invalid",
    )
