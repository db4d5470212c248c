"""Run that `Run.get_context()` gives to a training script that is run by hand: nothing is recorded, and files that the
script uploads to it can be registered as models.
"""

from __future__ import annotations

import os
import shutil
import uuid
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence

from azureml._scoredock.callers import asks_whether
from azureml._scoredock.failures import coded_error, not_here
from azureml._scoredock.temporary import new_folder
from azureml.core.experiment import Experiment
from azureml.core.keyvault import SECRETS, secret_of
from azureml.exceptions import AzureMLException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.model import Model

_NO_EXPERIMENT = "'_OfflineRun' object has no attribute 'experiment', as this folder has no config.json of a workspace"
LOG = "Log with MLflow; Scoredock reads its tracking stores."
_SUBMIT = "Submit the script with ScriptRunConfig and Experiment.submit, which give it a run."


class _OfflineRun:
    """No run: what a training script logs is printed, as v1 did outside of a run."""

    def __init__(self, run_id: str = "") -> None:
        self.id = self._run_id = run_id or f"OfflineRun_{uuid.uuid4()}"
        self._files: Dict[str, str] = {}
        """Path in the outputs of the run → path here."""

    @property
    def experiment(self) -> Experiment:
        """One of the workspace that this folder belongs to. Raises AttributeError, as v1 does, where it has none, and
        for who asks whether there is one, as that is how scripts tell a run from none."""
        from azureml.core.workspace import Workspace

        if asks_whether("experiment"):
            raise AttributeError(_NO_EXPERIMENT)
        try:
            return Experiment(Workspace._of_configuration(os.getcwd()), "offline")
        except AzureMLException:
            raise AttributeError(_NO_EXPERIMENT) from None

    @property
    def input_datasets(self) -> "InputDatasets":
        """Registered datasets of the workspace, by name."""
        return InputDatasets(self)

    def get_secret(self, name: str) -> str:
        """A variable of this process. Raises UserErrorException where it has none of this name."""
        secret = secret_of(name)
        if secret is None:
            raise not_here(f"Run.get_secret({name!r}) outside of a run", SECRETS)
        return secret

    def get_secrets(self, secrets: Sequence[str]) -> Dict[str, Optional[str]]:
        """Variables of this process; None for what it does not have."""
        return {name: secret_of(name) for name in secrets}

    def log(self, name: str, value: Any, description: str = "", step: Any = None) -> None:
        """Prints it."""
        _print_metric("scalar", name, value)

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Prints it."""
        _print_metric("list", name, value)

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        """Prints it."""
        _print_metric("row", name, kwargs)

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Prints it."""
        _print_metric("table", name, value)

    def log_image(self, name: str, path: Optional[str] = None, plot: Any = None, description: str = "") -> None:
        """Prints it."""
        _print_metric("image", name, plot or path)

    def log_residuals(self, name: str, value: Any, description: Optional[str] = None) -> None:
        """Prints it."""
        _print_metric("residual", name, value)

    def log_predictions(self, name: str, value: Any, description: Optional[str] = None) -> None:
        """Prints it."""
        _print_metric("predictions", name, value)

    def log_accuracy_table(self, name: str, value: Any, description: Optional[str] = None) -> None:
        """Prints it."""
        _print_metric("accuracy_table", name, value)

    def log_confusion_matrix(self, name: str, value: Any, description: Optional[str] = None) -> None:
        """Prints it."""
        _print_metric("confusion_matrix", name, value)

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Prints it."""
        print(f"Attempted to add tag {key} with value {value}")

    def set_tags(self, tags: Dict[str, str]) -> None:
        """Prints them."""
        print(f"Attempted to set tags {tags}")

    def add_properties(self, properties: Dict[str, str]) -> None:
        """Prints them."""
        print(f"Attempted to add properties {properties}")

    def complete(self, _set_status: bool = True) -> None:
        """There is nothing to end."""

    def cancel(self) -> None:
        """There is nothing to end."""

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """Prints why."""
        print(f"Run failed with error code {error_code}:\n{error_details}")

    def flush(self, timeout_seconds: float = 300) -> None:
        """Prints it."""
        print(f"Attempted to flush run with id {self.id}")

    def child_run(self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Any = None) -> "_OfflineRun":
        """Another one."""
        return _OfflineRun(run_id or f"{self.id}.{name or uuid.uuid4()}")

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Any = None) -> None:
        """Prints it, and remembers where the file is, for `register_model`."""
        print(f"Attempted to track file {name} at {path_or_stream}")
        if hasattr(path_or_stream, "read"):
            path = os.path.join(new_folder("upload"), "file")
            with open(path, "wb") as file:
                shutil.copyfileobj(path_or_stream, file)
            self._files[_plain(name)] = path
        else:
            self._files[_plain(name)] = os.path.abspath(path_or_stream)

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: Any = None,
        datastore_name: Any = None,
    ) -> None:
        """Prints them, and remembers where the files are."""
        print(f"Attempted to track files {names} at {paths} with timeout {timeout_seconds}s")
        self._files.update({_plain(name): os.path.abspath(path) for name, path in zip(names, paths)})

    def upload_folder(self, name: str, path: str, datastore_name: Any = None) -> None:
        """Prints it, and remembers where the folder is."""
        print(f"Attempted to track folder {name} at {path}")
        self._files[_plain(name)] = os.path.abspath(path)

    def register_model(
        self,
        model_name: str,
        model_path: Optional[str] = None,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        description: Optional[str] = None,
        datasets: Any = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
        **kwargs: Any,
    ) -> "Model":
        """Registers what was uploaded under this path, else the file here, in the workspace of this folder.

        Raises UserErrorException where there is neither.
        """
        arguments = {name: value for name, value in locals().items() if name not in ("self", "kwargs", "model_path")}
        from azureml.core.model import Model
        from azureml.core.workspace import Workspace

        name = model_path or model_name
        path = self._files.get(_plain(name), name)
        if not os.path.exists(path):
            raise coded_error(
                UserErrorException,
                f"Nothing was uploaded to the run as {name}, and there is no such file here.",
                "file-not-found",
                "Register the file with Model.register.",
            )
        return Model.register(Workspace.from_config(), path, **arguments)

    def __enter__(self) -> "_OfflineRun":
        print(f"[START] Run {self.id} context")
        return self

    def __exit__(self, *_: Any) -> None:
        print(f"[STOP] Run {self.id} context")

    def __getattr__(self, name: str) -> Any:
        if name == "experiment":
            raise AttributeError(_NO_EXPERIMENT)
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_here(f"Run.{name} outside of a run", _SUBMIT, _NoAttributeError)


class _NoAttributeError(UserErrorException, AttributeError):
    """Raised for attributes that are not there outside of a run; `hasattr` is False for them, as in v1."""


class InputDatasets(Dict[str, Any]):
    """Input datasets of a run by name; outside of a run, the datasets of the workspace."""

    def __init__(self, run: Any) -> None:
        from azureml.data.dataset_consumption_config import handed_in

        super().__init__(handed_in())
        self._run = run

    def __missing__(self, name: str) -> Any:
        from azureml.core.dataset import Dataset

        return Dataset.get_by_name(self._run.experiment.workspace, name)


CONTEXT = _OfflineRun()
"""The one of this process: a script asks for it more than once."""


def _print_metric(kind: str, name: str, value: Any) -> None:
    print(f"Attempted to log {kind} metric {name}:\n{value}")


def _plain(name: str) -> str:
    return os.path.normpath(name).replace(os.sep, "/")
