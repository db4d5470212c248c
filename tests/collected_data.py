"""What the tests of collected data share: a collector as a worker has it, and what it wrote."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scoredock_runtime import contract
from scoredock_runtime.base import script_data
from scoredock_runtime.observability import collection

SPEC = contract.ServiceSpec(
    name="svc",
    revision=1,
    nonce="n",
    python=sys.executable,
    app_root="/app",
    entry_script="score.py",
    model_dir="/app/azureml-models/ridge/3",
    collect_data=True,
)


def collectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., collection.Collector]]:
    """Makes the collector of a worker; all end with the test."""
    made: list[collection.Collector] = []
    for name in ("AZUREML_ARM_SUBSCRIPTION", "WORKSPACE_NAME", "AML_MODEL_DC_DEBUG", collection.DATA_MEGABYTES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(script_data.ENABLED_VARIABLE, "false")

    def begin(**changes: Any) -> collection.Collector:
        found = collection.begin(dataclasses.replace(SPEC, **changes), str(tmp_path), os.environ)
        assert found is not None
        made.append(found)
        return found

    yield begin
    for each in made:
        each.close()
    collection.begin(dataclasses.replace(SPEC, collect_data=False), str(tmp_path), os.environ)


def files(root: Path, suffix: str) -> list[Path]:
    return sorted(path for path in root.rglob(f"*.{suffix}"))


def records(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in files(root, "jsonl") for line in path.read_text().splitlines()]


def bytes_in(root: Path) -> int:
    size = 0
    for path in files(root, "csv"):
        with contextlib.suppress(FileNotFoundError):  # rotated just now
            size += path.stat().st_size
    return size


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text())))
