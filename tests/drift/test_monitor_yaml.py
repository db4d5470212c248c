"""A schedule as a monitor of Azure Machine Learning v2, loaded by azure-ai-ml itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from scoredock.contrib.drift.domain.monitor_yaml import monitor_yaml
from scoredock.contrib.drift.domain.monitors import Schedule
from scoredock.contrib.drift.domain.thresholds import with_defaults
from scoredock.contrib.drift.options import DriftChoices

from drift.conftest import Terminal
from migration.conftest import azure_python  # noqa: F401

LOADER = Path(__file__).with_name("azure_monitor_loader.py")
Write = Callable[[str, Mapping[str, Sequence[Any]]], Path]

SCHEDULES = {
    "service": Schedule(
        choices=DriftChoices(target="service:diabetes", baseline="dataset:training:3", since="7d", exclude=("id",)),
        every="1w",
        created=0.0,
        retrain=("python", "train.py"),
    ),
    "earlier": Schedule(
        choices=DriftChoices(
            target="service:diabetes",
            baseline="service:diabetes",
            since="6h",
            baseline_since="1d",
            baseline_until="6h",
            categorical=("sex",),
            thresholds={"jensen_shannon_distance": 0.2, "normalized_wasserstein_distance": 0.3},
        ),
        every="90m",
        created=0.0,
    ),
    "files": Schedule(
        choices=DriftChoices(
            target="/data/new.csv",
            baseline="/data/old.csv",
            predictions=("y",),
            thresholds={"normalized_wasserstein_distance": 0, "pearsons_chi_squared_test": 0.1, "null_value_rate": 0},
        ),
        every="6h",
        created=0.0,
    ),
    "days": Schedule(
        choices=DriftChoices(target="service:diabetes", baseline="dataset:with blanks:1", since="2026-11-01"),
        every="15m",
        created=0.0,
    ),
}


def text_of(name: str) -> str:
    choices = SCHEDULES[name].choices
    return monitor_yaml(name, SCHEDULES[name], with_defaults(choices.thresholds), choices.baseline)


@pytest.fixture(scope="module")
def loaded(azure_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:  # noqa: F811
    folder = tmp_path_factory.mktemp("monitors")
    for name in SCHEDULES:
        (folder / f"{name}.yml").write_text(text_of(name))
    command = [str(azure_python), str(LOADER), *(str(folder / f"{name}.yml") for name in SCHEDULES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(SCHEDULES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", SCHEDULES)
def test_azure_loads_it_and_loses_nothing(loaded: dict[str, Any], name: str) -> None:
    one = loaded[name]
    assert isinstance(one, dict), one
    assert one["kind"] == "MonitorSchedule"
    written = yaml.safe_load(text_of(name))["create_monitor"]["monitoring_signals"]
    back = one["loaded"]["create_monitor"]["monitoring_signals"]
    assert set(back) == set(written)
    for signal, values in written.items():
        assert back[signal]["metric_thresholds"] == values["metric_thresholds"]
        assert back[signal]["production_data"].get("data_window") == values["production_data"].get("data_window")


def test_what_azure_would_do(loaded: dict[str, Any]) -> None:
    sent = json.dumps(loaded["service"]["sent"])
    assert '"frequency": "Week"' in sent or '"frequency": "week"' in sent
    assert "P7D" in sent
    assert "normalizedWassersteinDistance" in sent.replace("NormalizedWasserstein", "normalizedWasserstein")
    earlier = json.dumps(loaded["earlier"]["sent"])
    assert ("PT18H" in earlier, "PT6H" in earlier) == (True, True)


def test_what_has_no_counterpart_is_said() -> None:
    assert "# Azure runs no command after drift" in text_of("service")
    assert "# Columns that are left out here" in text_of("service")
    assert "# Azure takes one metric" in text_of("earlier")
    assert "the fixed times are left out" in text_of("days")
    assert yaml.safe_load(text_of("days"))["trigger"] == {"type": "recurrence", "frequency": "minute", "interval": 15}


def test_it_is_written_by_the_command_line(terminal: Terminal, write: Write) -> None:
    write("old.csv", {"a": [1, 2, 3]})
    words = ("--target", "old.csv", "--baseline", "old.csv", "--every", "1d", "--python", sys.executable)
    terminal.json("drift", "schedule", "nightly", *words)
    terminal.json("drift", "export", "nightly", "monitor.yml")
    document = yaml.safe_load((terminal.folder / "monitor.yml").read_text())
    assert document["name"] == "nightly"
    assert document["create_monitor"]["monitoring_signals"]["data_drift"]["type"] == "data_drift"
