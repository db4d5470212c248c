"""Telemetry in a store that nobody here wrote: MLflow's server receives OTLP, and tells what it has stored."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from pace import patience

from .conftest import NEWEST

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.long(
        "a real server takes ten seconds of processor to start; at the gate a receiver made of OpenTelemetry's own"
        " messages reads what is sent (tests/runtime/test_telemetry.py)"
    ),
]

SCORE = """
import json


def init():
    pass


def run(data):
    if json.loads(data) == "fail":
        raise ValueError("no such thing")
    return "fine"
"""
REQUIREMENTS = """azureml-defaults
opentelemetry-sdk
opentelemetry-exporter-otlp-proto-http
"""
SEARCH = """
import json, sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
traces = mlflow.MlflowClient().search_traces(locations=["0"])
print(json.dumps([
    {
        "name": span.name,
        "status": str(span.status.status_code.value),
        "attributes": span.attributes,
        "events": [event.attributes for event in span.events],
    }
    for trace in traces
    for span in trace.data.spans
]))
"""


@pytest.mark.usefixtures("runtime")
def test_each_request_is_a_trace_that_mlflow_shows(
    terminal: Terminal,
    mlflow: Callable[[str], Path],
    serve: Callable[..., contextlib.AbstractContextManager[Any]],
    tmp_path: Path,
) -> None:
    (terminal.folder / "score.py").write_text(SCORE)
    (terminal.folder / "requirements.txt").write_text(REQUIREMENTS)
    programs = mlflow(NEWEST)
    store = tmp_path / "store"
    store.mkdir()
    with serve(programs, store, "--backend-store-uri", "sqlite:///traces.db") as server:
        given = {
            "AML_APP_INSIGHTS_ENABLED": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": server.address,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-mlflow-experiment-id=0",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        variables = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
        words = ["--entry-script", "score.py", "--environment-file", "requirements.txt", *variables]
        assert terminal.json("service", "deploy", "traced", *words)["state"] == "Healthy"
        for _ in range(3):
            terminal.ok("service", "call", "traced", "--data", '"a"')
        terminal.run("service", "call", "traced", "--data", '"fail"')

        def stored() -> list[dict[str, Any]]:
            command = [str(programs / "python"), "-c", SEARCH, server.address]
            done = subprocess.run(command, cwd=store, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-3000:]
            spans: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
            return spans

        until = time.monotonic() + patience(60)
        while len(spans := stored()) < 4 and time.monotonic() < until:
            pass
        log = terminal.ok("service", "logs", "traced")
    assert len(spans) == 4, log
    assert {span["name"] for span in spans} == {"POST /score"}
    (failed,) = [span for span in spans if span["status"] == "ERROR"]
    assert failed["attributes"]["http.response.status_code"] == 500
    assert failed["events"][0]["exception.message"] == "no such thing"
    assert len({span["attributes"]["scoredock.request_id"] for span in spans}) == 4
