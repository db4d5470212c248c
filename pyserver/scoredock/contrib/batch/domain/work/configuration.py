"""What a batch job is to do, by the names of ParallelRunConfig (SDK v1) and of a batch deployment (YAML of v2).

docs/internals/batch-contract.md has the facts with their sources.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any, Literal, get_args

from scoredock import l10n
from scoredock.contrib.batch.domain.work.csv_text import is_separator, text_codec
from scoredock.contrib.batch.domain.work.sizes import DEFAULT_FILES, MiniBatchSize, parse_size
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

OutputAction = Literal["append_row", "summary_only"]
InputFormat = Literal["files", "csv", "parquet"]
OutputFormat = Literal["text", "csv", "parquet"]
LoggingLevel = Literal["DEBUG", "INFO", "WARNING"]

NO_LIMIT, ALL_PERCENT = -1, 100.0
"""Of thresholds: every failure is ignored."""
LIMITS: Mapping[str, float] = {
    "error_threshold": NO_LIMIT,
    "allowed_failed_count": NO_LIMIT,
    "allowed_failed_percent": ALL_PERCENT,
}
"""Each with its default."""
DEFAULT_FILE_NAME = "parallel_run_step.txt"
_V2_FILE_NAME = "predictions.csv"
_FILE_NAME = re.compile(r'[^~"#%&*:<>?/\\{|}\x00-\x1f]{1,200}')
_MOST = 2**31 - 1
_MOST_SECONDS = 259_200
"""Three days, as for parallel jobs of v2."""


@dataclass(frozen=True, kw_only=True)
class BatchConfiguration:
    """Valid once it is attributes. Raises ScoredockError `batch-option-invalid` with the field and what it may be."""

    input_format: InputFormat = "files"
    """`files` gives run() a list of paths; `csv` and `parquet` give it a pandas data frame."""
    encoding: str = ""
    """Of CSV files, as Python or the SDK v1 names it; empty for UTF-8 that nobody has vouched for."""
    separator: str = ""
    """Of their values, one character; empty for a comma that nobody has vouched for."""
    mini_batch_size: MiniBatchSize = DEFAULT_FILES
    error_threshold: int = NO_LIMIT
    """Items of the whole input (files or rows) that may fail; -1 for any number."""
    allowed_failed_count: int = NO_LIMIT
    """Mini-batches that may fail; `mini_batch_error_threshold` of v2."""
    allowed_failed_percent: float = ALL_PERCENT
    """Share of all mini-batches that may fail; looked at when all are planned."""
    limits: tuple[str, ...] = ()
    """Names of those three that somebody gave, be it with their default."""
    output_action: OutputAction = "append_row"
    append_row_file_name: str = DEFAULT_FILE_NAME
    output_format: OutputFormat = "text"
    """`text` has the form that v1 gives it; `csv` and `parquet` are tables with the names of columns."""
    input_keys: bool = False
    """Each row of such a table says which input it is of."""
    worker_count: int = 0
    """Processes that call run(): node_count times process_count_per_node. 0 for one per processor."""
    run_invocation_timeout: float = 60.0
    """Seconds that one call of run() may take."""
    run_max_try: int = 3
    """Calls of run() with one mini-batch, the first included."""
    logging_level: LoggingLevel = "INFO"
    partition_keys: tuple[str, ...] = ()
    """One mini-batch for each combination of their values, instead of a size."""
    partition_format: str = ""
    """Where the keys stand in a path below the input: `{user}/{season}/{genre}.wav`."""
    arguments: tuple[str, ...] = ()
    """Of the entry script, which finds them in sys.argv."""
    environment_variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _in("input_format", self.input_format, get_args(InputFormat))
        _in("output_action", self.output_action, get_args(OutputAction))
        _in("output_format", self.output_format, get_args(OutputFormat))
        if self.input_keys and self.output_format == "text":
            raise _invalid("output_format", self.output_format, l10n.t("csv or parquet where rows have input keys"))
        _in("logging_level", self.logging_level, get_args(LoggingLevel))
        for name in self.limits:
            _in("limits", name, tuple(LIMITS))
        _between("error_threshold", self.error_threshold, NO_LIMIT, _MOST)
        _between("allowed_failed_count", self.allowed_failed_count, NO_LIMIT, _MOST)
        _between("allowed_failed_percent", self.allowed_failed_percent, 0, 100)
        _between("worker_count", self.worker_count, 0, 1024)
        _between("run_invocation_timeout", self.run_invocation_timeout, 0.001, _MOST_SECONDS)
        _between("run_max_try", self.run_max_try, 1, _MOST)
        if not _FILE_NAME.fullmatch(self.append_row_file_name) or self.append_row_file_name.strip(". ") == "":
            raise _invalid("append_row_file_name", self.append_row_file_name, l10n.t("the name of a file, no path"))
        if self.mini_batch_size.unit == "bytes" and self.input_format == "files":
            raise _invalid("mini_batch_size", self.mini_batch_size, l10n.t("a number of files where run() gets files"))
        self._check_partition()
        self._check_text()

    def _check_partition(self) -> None:
        if not self.partition_format:
            return  # the keys are folders
        named = re.findall(r"\{(\w+)(?::[^{}]+)?\}", self.partition_format)
        missing = [key for key in self.partition_keys if key not in named]
        if missing or not self.partition_keys:
            raise _invalid(
                "partition_keys", ", ".join(self.partition_keys), l10n.t("names that stand in the partition format")
            )

    def _check_text(self) -> None:
        form = l10n.t("nothing where the input is not csv")
        if self.encoding and (self.input_format != "csv" or not text_codec(self.encoding)):
            name = l10n.t("the name of an encoding, such as cp1252, utf-16 or gbk")
            raise _invalid("encoding", self.encoding, name if self.input_format == "csv" else form)
        if self.separator and (self.input_format != "csv" or not is_separator(self.separator)):
            one = l10n.t("one character, such as ; or tab")
            raise _invalid("separator", self.separator, one if self.input_format == "csv" else form)

    def open_limit(self) -> str:
        """The limit by which somebody said that every failure is ignored: `error_threshold -1`; else empty."""
        values = ((name, getattr(self, name)) for name in self.limits)
        return next((f"{name} {value:g}" for name, value in values if value == LIMITS[name]), "")


def limits_of(values: Mapping[str, float | None]) -> dict[str, Any]:
    """Attributes for limits by their names, of which None was not given."""
    limits = {name: value for name, value in values.items() if value is not None}
    return {**limits, "limits": tuple(limits)}


def file_name(name: str, form: OutputFormat) -> str:
    """Of the output: the one that nobody has chosen ends as its format does."""
    return name.replace(".txt", f".{form}") if name == DEFAULT_FILE_NAME and form != "text" else name


def from_v2(document: Mapping[str, Any]) -> BatchConfiguration:
    """A batch deployment of v2 as YAML gives it: `settings`, or the older form without.

    Raises ScoredockError `batch-option-invalid`.
    """
    options = _options(document)
    retry = options.get("retry_settings")
    retry = dict(retry) if isinstance(retry, Mapping) else {}
    resources = document.get("resources")
    instances = resources.get("instance_count", 1) if isinstance(resources, Mapping) else 1
    attributes: dict[str, Any] = {
        "append_row_file_name": options.get("output_file_name", _V2_FILE_NAME),
        "worker_count": _whole("instance_count", instances)
        * _whole("max_concurrency_per_instance", options.get("max_concurrency_per_instance", 1)),
        "run_invocation_timeout": _number("retry_settings.timeout", retry.get("timeout", 30)),
        "run_max_try": 1 + _whole("retry_settings.max_retries", retry.get("max_retries", 3)),
        "mini_batch_size": _size(options.get("mini_batch_size")),
        **limits_of(_limits(options)),
    }
    for name, change in _V2_SAME.items():
        if options.get(name) is not None:
            attributes[name] = change(options[name])
    return BatchConfiguration(**attributes)


def foreign_limits(document: Mapping[str, Any]) -> dict[str, str]:
    """Keys of a batch deployment that v2 does not have there and `from_v2` reads all the same, each with the limit that
    it means."""
    options = _options(document)
    return {key: name for key, name in _V2_LIMITS.items() if key != "error_threshold" and options.get(key) is not None}


def to_json(configuration: BatchConfiguration) -> dict[str, Any]:
    """For the job's folder; `from_json` reads it."""
    values = {each.name: getattr(configuration, each.name) for each in fields(configuration)}
    size = configuration.mini_batch_size
    return {**values, "mini_batch_size": [size.count, size.unit]}


def from_json(document: Mapping[str, Any]) -> BatchConfiguration:
    """Raises KeyError, TypeError, ValueError, ScoredockError for what `to_json` did not write."""
    count, unit = document["mini_batch_size"]
    tuples = {name: tuple(document[name]) for name in ("arguments", "partition_keys")}
    tuples["limits"] = tuple(document.get("limits", ()))  # of which earlier releases say nothing
    return BatchConfiguration(**{**document, **tuples, "mini_batch_size": MiniBatchSize(int(count), unit)})


_V2_LIMITS = {
    "error_threshold": "error_threshold",
    "mini_batch_error_threshold": "allowed_failed_count",
    "allowed_failed_count": "allowed_failed_count",
    "allowed_failed_percent": "allowed_failed_percent",
}
"""Keys, and the limit that each means; the first is the only one that batch deployments have: the second one is of
parallel jobs, and the others are of v1."""
_V2_SAME: Mapping[str, Callable[[Any], Any]] = {
    "output_action": str,
    "logging_level": lambda value: str(value).upper(),
    "environment_variables": lambda value: {str(name): str(each) for name, each in dict(value).items()},
}


def _options(document: Mapping[str, Any]) -> dict[str, Any]:
    settings = document.get("settings")
    return dict(settings if isinstance(settings, Mapping) else document)


def _size(value: object) -> MiniBatchSize:
    return DEFAULT_FILES if value is None else parse_size(str(value), "items")


def _limits(options: Mapping[str, Any]) -> dict[str, float | None]:
    numbers = {key: _number if name == "allowed_failed_percent" else _whole for key, name in _V2_LIMITS.items()}
    return {name: numbers[key](key, options[key]) for key, name in _V2_LIMITS.items() if options.get(key) is not None}


def _whole(name: str, value: object) -> int:
    number = _number(name, value)
    if number != int(number):
        raise _invalid(name, value, l10n.t("a whole number"))
    return int(number)


def _number(name: str, value: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _invalid(name, value, l10n.t("a number"))
    return number


def _in(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise _invalid(name, value, ", ".join(allowed))


def _between(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise _invalid(name, value, l10n.t("from {least} to {most}", least=f"{least:g}", most=f"{most:,.0f}"))


def _invalid(name: str, value: object, allowed: str) -> ScoredockError:
    return ScoredockError(
        "batch-option-invalid",
        l10n.t("The option {name} cannot be “{value}”.", name=name, value=str(value)[:64]),
        l10n.t("It may be: {allowed}.", allowed=allowed),
    )
