"""Datasets of sample requests under the names of the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from azureml.data.dataset_consumption_config import handed_in
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.data.file_dataset import registered_of
from azureml.data.tabular_dataset import RegisteredDataset
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class Dataset:
    """Registered datasets, and the ways to make one."""

    Tabular = TabularDatasetFactory
    File = FileDatasetFactory

    @staticmethod
    def get_by_name(workspace: "Workspace", name: str, version: Any = "latest") -> RegisteredDataset:
        """The registered one, the newest without a version."""
        reference = name if version in (None, "latest") else f"{name}:{version}"
        found = workspace._ask_raising(UserErrorException, "asset/show", kind="dataset", id=reference)
        return registered_of(workspace, found["asset"])

    @staticmethod
    def get_by_id(workspace: "Workspace", id: str) -> Any:
        """By `name:version`, or by what a submitted script was given as an argument."""
        given = [each for each in handed_in().values() if getattr(each, "id", None) == id]
        if given:
            return given[0]
        name, _, version = id.partition(":")
        return Dataset.get_by_name(workspace, name, version or None)

    @staticmethod
    def get_all(workspace: "Workspace") -> Dict[str, RegisteredDataset]:
        """The newest version of each, by name."""
        return Dataset._registered(workspace)

    @staticmethod
    def _registered(workspace: "Workspace") -> Dict[str, RegisteredDataset]:
        assets = workspace._ask("asset/list", kind="dataset", latest=True)["assets"]
        return {each["name"]: registered_of(workspace, each) for each in assets}
