"""Ways to make a dataset."""

from __future__ import annotations

import glob
import os
from typing import Any, List

from azureml._scoredock.absent import these_names
from azureml._scoredock.failures import not_here
from azureml.data.data_reference import DataReference
from azureml.data.tabular_dataset import TabularDataset
from azureml.exceptions import UserErrorException

_INSTEAD = "Write one request body a line into a text file, and use Dataset.Tabular.from_delimited_files."


class TabularDatasetFactory:
    """Rows of text files: each is one request body of a sample."""

    @staticmethod
    def from_delimited_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: bool = True,
        set_column_types: Any = None,
        separator: str = ",",
        header: Any = True,
        partition_format: Any = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Lines of the files; without NO_HEADERS the first line of each is none."""
        rows: List[str] = []
        named = header is True or getattr(header, "name", "NO_HEADERS") not in ("NO_HEADERS", "False")
        for place in _files(path):
            with open(place, encoding=encoding) as file:
                lines = [line for line in file.read().splitlines() if line.strip()]
            rows += lines[1:] if named and header is not False else lines
        return TabularDataset(rows)

    @staticmethod
    def from_json_lines_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Any = None,
        partition_format: Any = None,
        invalid_lines: str = "error",
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Lines of the files."""
        return TabularDatasetFactory.from_delimited_files(path, header=False, encoding=encoding)

    @staticmethod
    def from_parquet_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Any = None,
        partition_format: Any = None,
    ) -> TabularDataset:
        """Parquet is not read."""
        raise not_here("Dataset.Tabular.from_parquet_files", _INSTEAD)

    @staticmethod
    def from_sql_query(
        query: Any, validate: bool = True, set_column_types: Any = None, query_timeout: int = 30
    ) -> TabularDataset:
        """No database is asked."""
        raise not_here("Dataset.Tabular.from_sql_query", _INSTEAD)


class FileDatasetFactory:
    """Files as they are."""

    @staticmethod
    def from_files(
        path: Any, validate: bool = True, partition_format: Any = None, is_file: bool = False
    ) -> TabularDataset:
        """The lines of text files."""
        return TabularDatasetFactory.from_delimited_files(path, header=False)

    @staticmethod
    def upload_directory(
        src_dir: str, target: Any, pattern: Any = None, overwrite: bool = False, show_progress: bool = True
    ) -> TabularDataset:
        """Files stay where they are."""
        raise not_here("Dataset.File.upload_directory", _INSTEAD)


__getattr__ = these_names(__name__, ("DataType",), _INSTEAD)


def _files(path: Any) -> List[str]:
    """Files of this machine: paths, or places of a datastore. Raises UserErrorException."""
    found: List[str] = []
    for each in path if isinstance(path, list) else [path]:
        if isinstance(each, (tuple, DataReference)):
            store, below = each if isinstance(each, tuple) else (each.datastore, each.path_on_datastore)
            written = os.path.join(store._folder, below)
        elif "://" in str(each):
            raise not_here(f"A dataset from {str(each).partition('://')[0]} addresses", "Download the file first.")
        else:
            written = str(each)
        below_folder = os.path.join(written, "**") if os.path.isdir(written) else written
        files = sorted(place for place in glob.glob(below_folder, recursive=True) if os.path.isfile(place))
        if not files:
            raise UserErrorException(f"No file is at {written}.")
        found += files
    return found
