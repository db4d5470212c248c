"""`Dataset`: registered ones by name, and the older ways to make one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.failures import not_here, require_given
from azureml.data.dataset_consumption_config import handed_in
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory, rows_of
from azureml.data.file_dataset import registered_of
from azureml.data.tabular_dataset import RegisteredDataset, TabularDataset
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
        require_given(name, "name")
        reference = name if version in (None, "latest") else f"{name}:{version}"
        found = workspace._ask_raising(UserErrorException, "asset/show", kind="dataset", id=reference)
        return registered_of(workspace, found["asset"])

    @staticmethod
    def get_by_id(workspace: "Workspace", id: str) -> Any:
        """Dataset by `name:version`, or by the id that a submitted script was given as an argument."""
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
    def get(workspace: "Workspace", name: Optional[str] = None, id: Optional[str] = None) -> Any:
        """The older name of `get_by_name` and `get_by_id`."""
        return Dataset.get_by_name(workspace, name) if name else Dataset.get_by_id(workspace, id or "")

    @staticmethod
    def list(workspace: "Workspace") -> List[RegisteredDataset]:
        """The newest version of each."""
        return [*Dataset._registered(workspace).values()]

    @staticmethod
    def from_delimited_files(
        path: Any,
        separator: str = ",",
        header: Any = True,
        encoding: Any = "utf8",
        quoting: bool = False,
        infer_column_types: bool = True,
        skip_rows: int = 0,
        skip_mode: Any = None,
        comment: Optional[str] = None,
        include_path: bool = False,
        archive_options: Any = None,
        partition_format: Optional[str] = None,
    ) -> TabularDataset:
        """The older name of `Dataset.Tabular.from_delimited_files`. Raises UserErrorException for what only it had."""
        only_older = {
            "quoting": quoting,
            "skip_rows": skip_rows,
            "comment": comment,
            "archive_options": archive_options,
        }
        for name in (name for name, value in only_older.items() if value):
            raise not_here(f"Dataset.from_delimited_files({name})", "Read the file with pandas.read_csv.")
        return TabularDatasetFactory.from_delimited_files(
            path,
            separator=separator,
            header=header,
            encoding=encoding,
            infer_column_types=infer_column_types,
            include_path=include_path,
            partition_format=partition_format,
        )

    @staticmethod
    def from_json_files(
        path: Any,
        encoding: Any = "utf8",
        flatten_nested_arrays: bool = False,
        include_path: bool = False,
        partition_format: Any = None,
    ) -> TabularDataset:
        """The older name of `Dataset.Tabular.from_json_lines_files`. Raises UserErrorException for what only it had."""
        if flatten_nested_arrays:
            raise not_here(
                "Dataset.from_json_files(flatten_nested_arrays)", "Read the file with pandas.json_normalize."
            )
        return TabularDatasetFactory.from_json_lines_files(
            path, include_path=include_path, partition_format=partition_format, encoding=encoding
        )

    @staticmethod
    def from_parquet_files(path: Any, include_path: bool = False, partition_format: Any = None) -> TabularDataset:
        """The older name of `Dataset.Tabular.from_parquet_files`."""
        return TabularDatasetFactory.from_parquet_files(
            path, include_path=include_path, partition_format=partition_format
        )

    @staticmethod
    def from_pandas_dataframe(dataframe: Any, path: Any = None, in_memory: bool = False) -> TabularDataset:
        """Dataset of the DataFrame's rows as JSON objects."""
        return TabularDataset(rows_of(dataframe))

    @staticmethod
    def _registered(workspace: "Workspace") -> Dict[str, RegisteredDataset]:
        assets = workspace._ask("asset/list", kind="dataset", latest=True)["assets"]
        return {each["name"]: registered_of(workspace, each) for each in assets}
