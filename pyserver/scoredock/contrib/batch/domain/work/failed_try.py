"""Explains failed tries with what the driver knows beside the worker's message: that bytes are not UTF-8, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoredock import l10n
from scoredock.contrib.batch.domain.work.csv_text import fault_of_rows
from scoredock.contrib.batch.domain.work.jobs import origin_of
from scoredock.contrib.batch.domain.work.plan import MiniBatch

_ENDINGS = {".csv": "csv", ".parquet": "parquet"}


def explained(message: dict[str, Any], batch: MiniBatch, kind: str, origins: Mapping[str, str]) -> dict[str, Any]:
    """The message with a hint, and with `is_final` if another try would not change it."""
    if message["cause"] == "input" and kind == "csv" and batch.end:
        path = batch.files[0].path
        try:
            fault = fault_of_rows(path, origin_of(path, origins), (batch.start, batch.end), batch.row)
        except OSError:
            return message
        return {**message, "message": fault, "is_final": True} if fault else message
    taken_for = message.get("taken_for")
    if taken_for == "frame":
        hint = l10n.t(
            "run() got a list of paths. Where it expects a data frame, name `{option}`.", option=_option(batch)
        )
    elif taken_for == "paths":
        hint = l10n.t("run() got a data frame. Where it expects paths, name `--input-format files`.")
    else:
        return message
    return {**message, "message": f"{str(message['message']).rstrip('.')}. {hint}"}


def _option(batch: MiniBatch) -> str:
    """Which tables the files are, by their names."""
    name = batch.files[0].path.lower()
    form = next((form for ending, form in _ENDINGS.items() if name.endswith(ending)), "csv")
    return f"--input-format {form}"
