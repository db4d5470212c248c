"""Configuration of a batch job, by the names of ParallelRunConfig (SDK v1) and of a batch deployment (YAML of v2).

docs/internals/batch-contract.md has the facts with their sources.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, get_type_hints

from scoredock import l10n
from scoredock.contrib.batch.domain.work.csv_text import is_separator, separator_character, text_codec
from scoredock.contrib.batch.domain.work.sizes import DEFAULT_FILES, DEFAULT_TABLE, MiniBatchSize, parse_size
from scoredock.contrib.batch.options import ALL_PERCENT, DEFAULT_FILE_NAME, NO_LIMIT, BatchOptions
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.options import choices_of, options_of, values_of

LIMITS: Mapping[str, float] = {
    "error_threshold": NO_LIMIT,
    "allowed_failed_count": NO_LIMIT,
    "allowed_failed_percent": ALL_PERCENT,
}
"""Options, each with the value that stands in a record where nobody gives it."""
_V2_FILE_NAME = "predictions.csv"
_DATE_PART = re.compile("yyyy|MM|dd|HH|mm|ss")
"""Of a key such as `{day:yyyy/MM/dd}`."""
_FILE_NAME = re.compile(r'[^~"#%&*:<>?/\\{|}\x00-\x1f]{1,200}')


@dataclass(frozen=True, kw_only=True)
class BatchConfiguration(BatchOptions):
    """Valid once it is attributes. Raises ScoredockError `batch-option-invalid` with the field and what it may be."""

    def __post_init__(self) -> None:
        hints = _hints()
        for name, option in options_of(BatchOptions).items():
            value, choices = getattr(self, name), choices_of(hints[name])
            if choices and value not in choices:
                raise invalid(name, value, ", ".join(choices))
            if option.between and value is not None:
                require_between(name, value, option.between)
        if self.input_keys and self.output_format == "text":
            raise invalid("output_format", self.output_format, l10n.t("csv or parquet where rows have input keys"))
        if not _FILE_NAME.fullmatch(self.append_row_file_name) or self.append_row_file_name.strip(". ") == "":
            raise invalid("append_row_file_name", self.append_row_file_name, l10n.t("the name of a file, no path"))
        if self.size.unit == "bytes" and self.input_format == "files":
            raise invalid("mini_batch_size", self.size, l10n.t("a number of files where run() gets files"))
        self._check_partition()
        self._check_text()

    def _check_partition(self) -> None:
        if not self.partition_format:
            return  # the keys are folders
        named = re.findall(r"\{(\w+)(?::[^{}]+)?\}", self.partition_format)
        missing = [key for key in self.partition_keys if key not in named]
        if missing or not self.partition_keys:
            raise invalid(
                "partition_keys", ", ".join(self.partition_keys), l10n.t("names that stand in the partition format")
            )

    def _check_text(self) -> None:
        form = l10n.t("nothing where the input is not csv")
        if self.encoding and (self.input_format != "csv" or not text_codec(self.encoding)):
            name = l10n.t("the name of an encoding, such as cp1252, utf-16 or gbk")
            raise invalid("encoding", self.encoding, name if self.input_format == "csv" else form)
        if self.separator and (self.input_format != "csv" or not is_separator(self.delimiter)):
            one = l10n.t("one character, such as ; or tab")
            raise invalid("separator", self.separator, one if self.input_format == "csv" else form)

    @cached_property
    def size(self) -> MiniBatchSize:
        """Size of a mini-batch. Raises ScoredockError `batch-option-invalid`."""
        if self.mini_batch_size:
            return parse_size(self.mini_batch_size, "items")
        return DEFAULT_FILES if self.input_format == "files" else DEFAULT_TABLE

    @cached_property
    def key_pattern(self) -> re.Pattern[str]:
        """Pattern of paths that have the partition keys, with a group for each key."""
        return _path_pattern(self.partition_keys, self.partition_format)

    @cached_property
    def worker_count(self) -> int:
        """Workers; as many as there are processors where nobody says how many."""
        return self.process_count or os.cpu_count() or 1

    @property
    def delimiter(self) -> str:
        """The separator as it stands in files, one character; empty for a comma that nobody has vouched for."""
        return separator_character(self.separator)

    @property
    def file_name(self) -> str:
        """Name of the output; the one that nobody has chosen ends as its format does."""
        name, form = self.append_row_file_name, self.output_format
        return name.replace(".txt", f".{form}") if name == DEFAULT_FILE_NAME and form != "text" else name

    @property
    def limits(self) -> dict[str, float]:
        """The limits that somebody gave, be it with their default."""
        return {name: value for name in LIMITS if (value := getattr(self, name)) is not None}

    def open_limit(self) -> str:
        """The limit by which somebody said that every failure is ignored: `error_threshold -1`; else empty."""
        return next((f"{name} {value:g}" for name, value in self.limits.items() if value == LIMITS[name]), "")


def _path_pattern(keys: tuple[str, ...], form: str) -> re.Pattern[str]:
    """Finds the keys at the end of a path by a partition format; without one as folders `key=value`."""
    if not form:
        return re.compile("".join(rf"(?=.*/{re.escape(key)}=(?P<{key}>[^/]*)/)" for key in keys))
    text = ""
    parts = re.split(r"\{(\w+)(?::([^{}]+))?\}", form.replace("\\", "/").lstrip("/"))
    for between, key, date in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True):
        text += "[^/]*".join(re.escape(each) for each in between.split("*"))
        value = _DATE_PART.sub(lambda part: rf"\d{{{len(part[0])}}}", re.escape(date)) if date else "[^/]+?"
        text += (rf"(?P={key})" if f"(?P<{key}>" in text else f"(?P<{key}>{value})") if key else ""
    return re.compile(rf"(?:.*/)?{text}\Z")


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(BatchOptions)


def from_v2(document: Mapping[str, Any]) -> dict[str, Any]:
    """The options that a batch deployment of v2 gives, as YAML has it: `settings`, or the older form without.

    Raises ScoredockError `batch-option-invalid`.
    """
    options = _options(document)
    retry = options.get("retry_settings")
    retry = dict(retry) if isinstance(retry, Mapping) else {}
    resources = document.get("resources")
    instances = resources.get("instance_count", 1) if isinstance(resources, Mapping) else 1
    values = {
        "append_row_file_name": options.get("output_file_name", _V2_FILE_NAME),
        "process_count": _whole("instance_count", instances)
        * _whole("max_concurrency_per_instance", options.get("max_concurrency_per_instance", 1)),
        "run_invocation_timeout": _number("retry_settings.timeout", retry.get("timeout", 30)),
        "run_max_try": 1 + _whole("retry_settings.max_retries", retry.get("max_retries", 3)),
        "mini_batch_size": _size(options.get("mini_batch_size")),
        **_limits(options),
        **{name: change(options[name]) for name, change in _V2_SAME.items() if options.get(name) is not None},
    }
    BatchConfiguration(**values)
    return values


def foreign_limits(document: Mapping[str, Any]) -> dict[str, str]:
    """Keys of a batch deployment that v2 does not have there and `from_v2` reads all the same, each with the limit that
    it means."""
    options = _options(document)
    return {key: name for key, name in _V2_LIMITS.items() if key != "error_threshold" and options.get(key) is not None}


def to_json(configuration: BatchConfiguration) -> dict[str, Any]:
    """JSON for the job's folder; `from_json` reads it, and that of earlier releases."""
    values = values_of(BatchOptions, configuration)
    values["worker_count"] = values.pop("process_count")
    return {
        **values,
        **LIMITS,
        **configuration.limits,
        "limits": list(configuration.limits),
        "separator": configuration.delimiter,
        "append_row_file_name": configuration.file_name,
        "mini_batch_size": [configuration.size.count, configuration.size.unit],
    }


def from_json(document: Mapping[str, Any]) -> BatchConfiguration:
    """Raises KeyError, TypeError, ValueError, ScoredockError for what `to_json` did not write."""
    values = dict(document)
    count, unit = values["mini_batch_size"]
    limits = values.pop("limits", ())  # of which earlier releases say nothing
    values |= {name: None for name, value in LIMITS.items() if name not in limits and values.get(name) == value}
    values |= {name: tuple(values[name]) for name in ("arguments", "partition_keys")}
    values["mini_batch_size"] = str(MiniBatchSize(int(count), unit))
    values["process_count"] = values.pop("worker_count", 0)
    return BatchConfiguration(**values)


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


def _size(value: object) -> str:
    return str(DEFAULT_FILES if value is None else parse_size(str(value), "items"))


def _limits(options: Mapping[str, Any]) -> dict[str, float | None]:
    numbers = {key: _number if name == "allowed_failed_percent" else _whole for key, name in _V2_LIMITS.items()}
    return {name: numbers[key](key, options[key]) for key, name in _V2_LIMITS.items() if options.get(key) is not None}


def _whole(name: str, value: object) -> int:
    number = _number(name, value)
    if number != int(number):
        raise invalid(name, value, l10n.t("a whole number"))
    return int(number)


def _number(name: str, value: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise invalid(name, value, l10n.t("a number"))
    return number


def require_between(name: str, value: float, least_and_most: tuple[float, float]) -> None:
    """Raises ScoredockError `batch-option-invalid` for a number that is less or more."""
    least, most = least_and_most
    if not least <= value <= most:
        raise invalid(name, value, l10n.t("from {least} to {most}", least=f"{least:g}", most=f"{most:,.0f}"))


def invalid(name: str, value: object, allowed: str) -> ScoredockError:
    """ScoredockError `batch-option-invalid` with what the option may be."""
    return ScoredockError(
        "batch-option-invalid",
        l10n.t("The option {name} cannot be “{value}”.", name=name, value=str(value)[:64]),
        l10n.t("It may be: {allowed}.", allowed=allowed),
    )
