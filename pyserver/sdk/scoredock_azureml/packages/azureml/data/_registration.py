"""Methods of registration that every dataset of the SDK has, whether it is registered itself or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class RegistrationMethods:
    """The methods of `Dataset` that find registered ones, and those that change a registration."""

    @staticmethod
    def get_by_name(workspace: "Workspace", name: str, version: Any = "latest") -> Any:
        """The registered one, the newest without a version."""
        from azureml.core.dataset import Dataset

        return Dataset.get_by_name(workspace, name, version)

    @staticmethod
    def get_by_id(workspace: "Workspace", id: str) -> Any:
        """Dataset by `name:version`, or by the id that a submitted script was given as an argument."""
        from azureml.core.dataset import Dataset

        return Dataset.get_by_id(workspace, id)

    @staticmethod
    def get_all(workspace: "Workspace") -> Dict[str, Any]:
        """The newest version of each, by name."""
        from azureml.core.dataset import Dataset

        return Dataset.get_all(workspace)

    def update(self, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None) -> Any:
        """Returns an exception, as Azure does, where it is not registered."""
        return UserErrorException("This dataset is not registered, and only a registered one is updated.")

    def add_tags(self, tags: Optional[Dict[str, str]] = None) -> Any:
        """Returns an exception, as Azure does, where it is not registered."""
        return UserErrorException("This dataset is not registered, and only a registered one has tags added.")

    def remove_tags(self, tags: Optional[List[str]] = None) -> Any:
        """Returns an exception, as Azure does, where it is not registered."""
        return UserErrorException("This dataset is not registered, and only a registered one has tags removed.")

    def unregister_all_versions(self) -> None:
        """Does nothing where it is not registered, as in Azure."""
