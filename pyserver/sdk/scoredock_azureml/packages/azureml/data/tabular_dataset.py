"""`TabularDataset`: rows of files, each one request body; filtered, split, as a data frame, registered."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import random
import tempfile
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from azureml._scoredock import notes
from azureml._scoredock.absent import refuse_each
from azureml._scoredock.failures import not_here
from azureml._scoredock.temporary import scratch_folder
from azureml.data._column_types import TIME, moment_of
from azureml.data._conditions import Column, Condition
from azureml.data._delimited import Unread
from azureml.data._registration import RegistrationMethods
from azureml.data._tables import records_of, table_of, write_partitions, write_table
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.data.file_dataset import FileDataset

_TIMES = "times.json"
_NULL, _FAIL = "null", "fail"
_EARLIEST = datetime.datetime(1677, 9, 21, 0, 12, 43, 145225)
_LATEST = datetime.datetime(2262, 4, 11, 23, 47, 16, 854775)
"""Of the times that pandas counts in nanoseconds, as it does in Azure."""
_INSTEAD = "Read the file with pandas."


class AbstractDataset(RegistrationMethods):
    """Rows of files, each a request body: a line, or of a table with named columns a JSON object."""

    def __init__(self, rows: Optional[List[str]] = None, unread: Sequence[Unread] = ()) -> None:
        self._rows = rows or []
        self._unread = list(unread)
        """Values of its rows that are null, as they were not of the type of their column."""
        self.id: Optional[str] = None
        self.name: Optional[str] = None
        self.version: Optional[int] = None
        self.description = ""
        self.tags: Dict[str, str] = {}
        self.partition_keys: List[str] = []
        """Columns of a partition format, or by which `partition_by` divided it."""
        self._times: Tuple[Optional[str], Optional[str]] = (None, None)
        """Columns that tell the time of a row, and that of its partition."""

    @property
    def timestamp_columns(self) -> Tuple[Optional[str], Optional[str]]:
        """Columns of times that `with_timestamp_columns` named: `timestamp` and `partition_timestamp`."""
        return self._times

    def register(
        self,
        workspace: "Workspace",
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        create_new_version: bool = False,
    ) -> "RegisteredDataset":
        """Adds a version to the workspace. Raises UserErrorException for a name that is taken."""
        if not create_new_version:
            known = workspace._ask("asset/list", kind="dataset", name=name)["assets"]
            if known:
                raise UserErrorException(
                    f'There is already a dataset registered under name "{name}". Specify `create_new_version=True` to'
                    " register the dataset as a new version."
                )
        with scratch_folder("rows") as folder:
            path = os.path.join(folder, "rows.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(self._rows, file)
            record = workspace._ask_raising(
                UserErrorException,
                "dataset/register",
                path=path,
                name=name,
                description=description or "",
                tags=tags or {},
            )
        if any(self._times) or self.partition_keys or self._unread:
            fields = {"columns": self._times, "partitionKeys": self.partition_keys, "unread": self._unread}
            notes.write(workspace, note_of(str(record["id"])), _TIMES, fields)
        return RegisteredTabularDataset._of(workspace, record)

    def take(self, count: int) -> "AbstractDataset":
        """The first rows, or files."""
        return self._chosen(range(min(count, self._count())))

    def skip(self, count: int) -> "AbstractDataset":
        """Dataset without the first `count` rows, or files."""
        return self._chosen(range(count, self._count()))

    def take_sample(self, probability: float, seed: Optional[int] = None) -> "AbstractDataset":
        """About that share of the rows, or files."""
        return self.random_split(probability, seed)[0]

    def random_split(self, percentage: float, seed: Optional[int] = None) -> "Tuple[AbstractDataset, AbstractDataset]":
        """About that share of the rows, or files, and the others."""
        if not 0 <= percentage <= 1:
            raise UserErrorException(f"The share {percentage} is not between 0 and 1.")
        draw = random.Random(seed)  # noqa: S311 (nothing secret)
        both: Tuple[List[int], List[int]] = ([], [])
        for number in range(self._count()):
            both[0 if draw.random() < percentage else 1].append(number)
        return self._chosen(both[0]), self._chosen(both[1])

    def filter(self, expression: Condition) -> "AbstractDataset":
        """The rows for which a condition such as `dataset["age"] > 30` holds. Raises UserErrorException for rows that
        are not a table."""
        records = self._table()
        return self._chosen([number for number, record in enumerate(records) if expression._holds(record)])

    def __getitem__(self, name: str) -> Column:
        """A column, to be compared for `filter`. Raises UserErrorException where there is none of that name."""
        self._table([name])
        return Column(name)

    def time_after(
        self, start_time: datetime.datetime, include_boundary: bool = True, validate: bool = True
    ) -> "AbstractDataset":
        """The rows from that time on. Raises UserErrorException without a column that tells the time."""
        column = self._time()
        return self.filter(column >= start_time if include_boundary else column > start_time)

    def time_before(
        self, end_time: datetime.datetime, include_boundary: bool = True, validate: bool = True
    ) -> "AbstractDataset":
        """The rows until that time. Raises UserErrorException without a column that tells the time."""
        column = self._time()
        return self.filter(column <= end_time if include_boundary else column < end_time)

    def time_between(
        self,
        start_time: datetime.datetime,
        end_time: datetime.datetime,
        include_boundary: bool = True,
        validate: bool = True,
    ) -> "AbstractDataset":
        """The rows between the two. Raises UserErrorException without a column that tells the time."""
        return self.time_after(start_time, include_boundary).time_before(end_time, include_boundary)

    def time_recent(
        self, time_delta: datetime.timedelta, include_boundary: bool = True, validate: bool = True
    ) -> "AbstractDataset":
        """The rows of so long a time before now. Raises UserErrorException without a column that tells the time."""
        return self.time_after(datetime.datetime.now(datetime.timezone.utc) - time_delta, include_boundary)

    def _time(self) -> Column:
        name = self._times[0] or self._times[1]
        if name is None:
            raise UserErrorException(
                "The dataset has no column that tells the time: name it with with_timestamp_columns(timestamp=...)."
            )
        return self[name]

    def to_csv_files(self, separator: str = ",") -> "FileDataset":
        """A file with its rows below a header, in a new folder of this machine. Raises UserErrorException for rows
        that are not a table."""
        path = os.path.join(tempfile.mkdtemp(prefix="scoredock-files-"), "part-00000.csv")
        return _dataset_of(write_table(path, *table_of(self._loaded()), separator))

    def to_parquet_files(self) -> "FileDataset":
        """A file with its rows, in a new folder of this machine, written with pandas of the script's own Python."""
        frame = self.to_pandas_dataframe()
        path = os.path.join(tempfile.mkdtemp(prefix="scoredock-files-"), "part-00000.parquet")
        try:
            frame.to_parquet(path, index=False)
        except ImportError as error:
            raise not_here(f"Parquet files without pyarrow ({error})", "Install pyarrow.") from None
        return _dataset_of(path)

    def keep_columns(self, columns: Any, validate: bool = False) -> "AbstractDataset":
        """Dataset with these columns only, in the order of the dataset, as in Azure. Raises UserErrorException for rows
        that are no table, or without such a column.
        """
        wanted = _named(columns)
        return self._changed(wanted, lambda row: {name: value for name, value in row.items() if name in wanted})

    def drop_columns(self, columns: Any) -> "AbstractDataset":
        """Dataset without these columns. Raises UserErrorException for rows that are not a table, or without such a
        column.
        """
        gone = _named(columns)
        return self._changed(gone, lambda row: {name: value for name, value in row.items() if name not in gone})

    def with_timestamp_columns(
        self, timestamp: Any = None, partition_timestamp: Any = None, validate: bool = False, **kwargs: Any
    ) -> "AbstractDataset":
        """Dataset with the same rows, in which these columns tell the time: `time_before` and its like use them. Raises
        UserErrorException for rows that are not a table, or without such a column.
        """
        self._table([each for each in (timestamp, partition_timestamp) if each is not None])
        made = TabularDataset(self._loaded(), self._unread)
        made._times = (timestamp, partition_timestamp)
        made.partition_keys = self.partition_keys
        return made

    def partition_by(
        self,
        partition_keys: List[str],
        target: Any,
        name: Optional[str] = None,
        show_progress: bool = True,
        partition_as_file_dataset: bool = False,
    ) -> "AbstractDataset":
        """Dataset with the same rows, the columns of the keys last, as v1 reads them from the paths; written into a
        folder of the datastore as well, a CSV file for each combination of values. Raises UserErrorException for rows
        that are no table, or without such a column.
        """
        if partition_as_file_dataset:
            raise not_here("TabularDataset.partition_by(partition_as_file_dataset)", "Leave it out.")
        place = target if isinstance(target, tuple) else (target.datastore, target.path_on_datastore)
        write_partitions(self._loaded(), partition_keys, os.path.join(place[0]._folder, place[1]))
        made = self._changed(partition_keys, lambda record: {**_without(record, partition_keys), **record})
        made.partition_keys = list(partition_keys)
        return made if name is None else made.register(place[0].workspace, name, create_new_version=True)

    def get_partition_key_values(self, partition_keys: Optional[List[str]] = None) -> List[Dict[str, Any]]:
        """Combinations of values that the keys have. Raises UserErrorException without keys, or for other keys."""
        if not self.partition_keys:
            raise UserErrorException("cannot retrieve partition key values for a dataset that has no partition keys")
        keys = list(partition_keys or self.partition_keys)
        others = [key for key in keys if key not in self.partition_keys]
        if others:
            raise UserErrorException(f"{others} are invalid partition keys")
        found = {tuple(record.get(key) for key in keys): None for record in self._key_records()}
        return [{key: _moment_or(value) for key, value in zip(keys, values)} for values in found]

    def _key_records(self) -> List[Dict[str, Any]]:
        return self._table()

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """The dataset as an argument of a script, which finds it in `Run.get_context().input_datasets[name]`."""
        return DatasetConsumptionConfig(name, self)

    def _changed(self, names: List[str], change: Any) -> "AbstractDataset":
        made = TabularDataset([json.dumps(change(record)) for record in self._table(names)])
        kept = records_of(made._rows[:1]) or [{}]
        made._unread = [each for each in self._unread if each.column in kept[0]]
        made._times = tuple(each if each in kept[0] else None for each in self._times)  # type: ignore[assignment]
        made.partition_keys = self.partition_keys
        return made

    def _table(self, names: Sequence[str] = ()) -> List[Dict[str, Any]]:
        """Its rows. Raises UserErrorException for rows that are not a table, or without such a column."""
        records = records_of(self._loaded()) if self._loaded() else []
        if records is None or (names and not records):
            raise UserErrorException("The rows of the dataset are not a table with named columns.")
        missing = [name for name in names if name not in records[0]]
        if missing:
            raise UserErrorException(f"The dataset has no column {missing[0]}; it has {', '.join(records[0])}.")
        return records

    def _count(self) -> int:
        return len(self._loaded())

    def _chosen(self, numbers: Sequence[int]) -> "AbstractDataset":
        """The rows at these places."""
        rows = self._loaded()
        places = {number: place for place, number in enumerate(numbers)}
        unread = [each._replace(row=places[each.row]) for each in self._unread if each.row in places]
        made = TabularDataset([rows[each] for each in numbers], unread)
        made._times = self._times
        made.partition_keys = self.partition_keys
        return made

    def _loaded(self) -> List[str]:
        return self._rows

    def to_pandas_dataframe(self, on_error: str = "null", out_of_range_datetime: str = "null") -> Any:
        """DataFrame of the rows, by pandas of the script's own Python; a column that tells the time is the index as
        well. Raises UserErrorException for what "fail" is given for: values that are not of the type of their column,
        and times that pandas does not have.
        """
        import pandas  # type: ignore[import-untyped, unused-ignore]

        _require_choice("on_error", on_error)
        _require_choice("out_of_range_datetime", out_of_range_datetime)
        if on_error == _FAIL and self._unread:
            raise UserErrorException(_unread_sentence(self._unread))
        records = records_of(self._rows)
        if not self._rows:
            return pandas.DataFrame()
        if records is None:
            return pandas.DataFrame({"Column1": self._rows})
        table = pandas.DataFrame(records)
        for name in records[0]:
            values = [record[name] for record in records if record[name] is not None]
            if values and all(isinstance(each, str) and TIME.fullmatch(each) for each in values):
                texts = [record[name] for record in records]
                table[name] = pandas.to_datetime([_pandas_moment(each, name, out_of_range_datetime) for each in texts])
        if self._times[0] in table and not table.empty:
            table.set_index(self._times[0], drop=False, inplace=True)
            table.index.rename(None, inplace=True)
        return table

    def to_spark_dataframe(self) -> Any:
        """Not available, as there is no Spark. Raises UserErrorException."""
        raise not_here("TabularDataset.to_spark_dataframe", _INSTEAD)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(rows={len(self._rows)}, name={self.name})"


class TabularDataset(AbstractDataset):
    """A table, or rows that are not files."""


refuse_each(
    TabularDataset,
    (
        "download",
        "get_profile",
        "mount",
        "submit_profile_run",
        "to_path",
    ),
    "Work on its rows with pandas: to_pandas_dataframe gives them, and its describe() their counts, means and"
    " quantiles.",
)


class RegisteredDataset(AbstractDataset):
    """Version of a registered dataset."""

    _workspace: "Workspace"
    _record: Dict[str, Any]
    _kind = "TabularDataset"

    @classmethod
    def _of(cls, workspace: "Workspace", record: Dict[str, Any]) -> "RegisteredDataset":
        one = cls()
        one._workspace = workspace
        one._record = record
        one.id, one.name, one.version = record["id"], record["name"], record["version"]
        one.description, one.tags = record["description"], dict(record["tags"])
        kept = notes.read(workspace, note_of(str(one.id)), _TIMES)
        one._times = tuple(kept.get("columns", (None, None)))
        one._unread = [Unread(*each) for each in kept.get("unread", ())]
        one.partition_keys = kept.get("partitionKeys", [])
        return one

    def __repr__(self) -> str:
        """Text as in Azure: its registration in the workspace. Its rows are not fetched for that."""
        own = {"id": self.id, "name": self.name, "version": self.version}
        described = {"description": self.description, "tags": self.tags}
        given = {name: value for name, value in described.items() if value}
        registration = {**own, **given, "workspace": repr(self._workspace)}
        return f"{self._kind}\n{json.dumps({'registration': registration}, indent=2)}"

    def update(self, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None) -> "RegisteredDataset":
        """Another description, and other tags for those it has."""
        gone = [each for each in self.tags if each not in tags] if tags is not None else []
        return self._change(description=description, setTags=tags or {}, removeTags=gone)

    def add_tags(self, tags: Optional[Dict[str, str]] = None) -> "RegisteredDataset":
        """Tags beside those it has."""
        return self._change(setTags=tags or {})

    def remove_tags(self, tags: Optional[List[str]] = None) -> "RegisteredDataset":
        """Takes away tags by their keys."""
        return self._change(removeTags=list(tags or ()))

    def _change(self, **fields: Any) -> "RegisteredDataset":
        record = self._workspace._ask_raising(UserErrorException, "asset/update", kind="dataset", id=self.id, **fields)
        self.description, self.tags = record["description"], dict(record["tags"])
        return self

    def unregister_all_versions(self) -> None:
        """Moves them to the trash of the workspace."""
        for each in self._workspace._ask("asset/list", kind="dataset", name=self.name)["assets"]:
            self._workspace._ask_raising(UserErrorException, "asset/delete", kind="dataset", id=each["id"])
        self.id = self.name = self.version = None

    @property
    def data_changed_time(self) -> datetime.datetime:
        """Time of its registration, in UTC: its data is a copy of then."""
        return datetime.datetime.fromtimestamp(float(self._record["created"]), datetime.timezone.utc)

    def _loaded(self) -> List[str]:
        if not self._rows and self.id:
            total, rows = 1, self._rows
            while len(rows) < total:
                page = self._workspace._ask("dataset/rows", id=self.id, offset=len(rows), limit=1000)
                rows += page["rows"]
                total = page["total"] if page["rows"] else 0
        return self._rows

    def to_pandas_dataframe(self, on_error: str = "null", out_of_range_datetime: str = "null") -> Any:
        """DataFrame of the rows, by pandas of the script's own Python."""
        self._loaded()
        return super().to_pandas_dataframe(on_error, out_of_range_datetime)


class RegisteredTabularDataset(RegisteredDataset, TabularDataset):
    """Version of a registered table."""


def _named(columns: Any) -> List[str]:
    return [columns] if isinstance(columns, str) else [str(each) for each in columns]


def _require_choice(name: str, value: Any) -> None:
    """Raises UserErrorException."""
    if value not in (_NULL, _FAIL):
        raise UserErrorException(f"Expected '{_NULL}' or '{_FAIL}' as value for {name}, found {value!r}.")


def _unread_sentence(unread: List[Unread]) -> str:
    first = unread[0]
    others = f" So are {len(unread) - 1} more values." if len(unread) > 1 else ""
    return (
        f"“{first.text}” in the column {first.column}, row {first.row + 1}, is not of the type of its column.{others}"
        " Leave on_error='fail' out to get null there."
    )


def _pandas_moment(text: Optional[str], column: str, choice: str) -> Optional[datetime.datetime]:
    """None for a time that pandas does not have, unless that is to fail. Raises UserErrorException."""
    moment = moment_of(text) if text else None
    if moment is None or _EARLIEST <= moment <= _LATEST:
        return moment
    if choice == _FAIL:
        raise UserErrorException(
            f"{text} in the column {column} is not between the years 1677 and 2262, from and to which pandas has times."
            " Leave out_of_range_datetime='fail' out to get null there."
        )
    return None


def _moment_or(value: Any) -> Any:
    return moment_of(value) if isinstance(value, str) and TIME.fullmatch(value) else value


def _without(record: Dict[str, Any], names: List[str]) -> Dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def note_of(id: str) -> str:
    """The name under which a workspace keeps more of a dataset; no service has a period in its name."""
    return "dataset." + hashlib.sha256(id.encode()).hexdigest()[:16]


def _dataset_of(path: str) -> "FileDataset":
    from azureml.data.dataset_factory import FileDatasetFactory

    return FileDatasetFactory.from_files(path)
