"""Telemetry: what a real OTLP receiver gets from a real service, and what happens where there is none."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pace import within
from scoredock_runtime.observability import telemetry

if TYPE_CHECKING:
    from conftest import Service

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"
UV = Path(sys.executable).parent / "uv"
GRPC = "opentelemetry-exporter-otlp-proto-grpc"
ON = {"AML_APP_INSIGHTS_ENABLED": "true"}

SCRIPT = """
def init():
    print("init is here")

class Unspeakable(Exception):
    def __str__(self):
        raise SystemExit(1)

def run(data):
    print("run is here")
    if "unspeakable" in data:
        raise Unspeakable()
    if "fail" in data:
        raise ValueError("no such thing")
    return {"ok": True}
"""


class Receiver:
    """The receiver's process and what it has received."""

    def __init__(self, python: str, *arguments: str) -> None:
        script = Path(__file__).with_name("otlp_receiver.py")
        self.process = subprocess.Popen(
            [python, str(script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.received: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.received.extend(json.loads(line) for line in self.process.stdout)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **ON,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_BLRP_SCHEDULE_DELAY": "100",
        }

    def spans(self) -> list[dict[str, Any]]:
        return [
            {**span, "resource": values(each["resource"]["attributes"]), "attributes": values(span["attributes"])}
            for told in list(self.received)
            if told["path"] == "/v1/traces"
            for each in told["message"]["resourceSpans"]
            for scope in each["scopeSpans"]
            for span in scope["spans"]
        ]

    def logs(self) -> list[str]:
        return [
            record["body"]["stringValue"]
            for told in list(self.received)
            if told["path"] == "/v1/logs"
            for each in told["message"]["resourceLogs"]
            for scope in each["scopeLogs"]
            for record in scope["logRecords"]
        ]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def values(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in attributes}


def environment(folder: Path, extras: str, *more: str) -> str:
    """An environment with the runtime, from uv's cache after the first time; its interpreter."""
    quiet: dict[str, Any] = {"check": True, "capture_output": True, "timeout": 240}
    try:
        subprocess.run([UV, "venv", "-q", "-p", sys.executable, folder], **quiet)
        found = str(folder / "bin" / "python")
        subprocess.run([UV, "pip", "install", "-q", "-p", found, "-e", f"{RUNTIME}{extras}", *more], **quiet)
    except (OSError, subprocess.SubprocessError) as fault:
        detail = getattr(fault, "stderr", b"") or b""
        why = f"no environment with the runtime{extras}: {fault} {detail.decode(errors='replace')[-300:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    return environment(tmp_path_factory.mktemp("telemetry") / "venv", "[fast,telemetry]")


@pytest.fixture
def grpc_python(tmp_path: Path) -> str:
    return environment(tmp_path / "venv", "[telemetry]", GRPC)


@pytest.fixture
def receiver(python: str) -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def begin(*arguments: str) -> Receiver:
        made.append(Receiver(python, *arguments))
        return made[-1]

    yield begin
    for each in made:
        each.end()


def test_requests_become_spans(
    make_service: Callable[..., Service],
    receiver: Callable[..., Receiver],
    python: str,
    wait_for: Callable[..., Any],
) -> None:
    told = receiver()
    service = make_service(python=python).up(SCRIPT, environment=told.environment)
    began = time.time_ns()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert service.score({"a": 1}, traceparent=parent, **{"x-request-id": "first"}).status == 200
    assert service.score("fail", **{"x-request-id": "second"}).status == 500
    assert service.score("unspeakable", **{"x-request-id": "third"}).status == 500
    assert service.request("GET", "/").status == 200
    wait_for(lambda: len(told.spans()) >= 3)
    first, second, third = sorted(told.spans(), key=lambda span: int(span["startTimeUnixNano"]))
    assert base64.b64decode(first["traceId"]).hex() == "0af7651916cd43dd8448eb211c80319c"
    assert base64.b64decode(first["parentSpanId"]).hex() == "b7ad6b7169203331"
    assert first["name"] == "POST /score"
    assert first["kind"] == "SPAN_KIND_SERVER"
    assert first["resource"]["service.name"] == "svc"
    assert first["attributes"] == {
        "http.request.method": "POST",
        "url.path": "/score",
        "http.response.status_code": "200",
        "scoredock.request_id": "first",
    }
    assert began <= int(first["startTimeUnixNano"]) <= int(first["endTimeUnixNano"]) <= time.time_ns()
    assert "events" not in first
    assert "code" not in first.get("status", {})
    for span, kind, message in ((second, "builtins.ValueError", "no such thing"), (third, "score.Unspeakable", "")):
        assert span["status"]["code"] == "STATUS_CODE_ERROR"
        (event,) = span["events"]
        assert event["name"] == "exception"
        facts = values(event["attributes"])
        assert facts["exception.type"].endswith(kind.rpartition(".")[2])
        assert facts["exception.message"] == message
        assert "parentSpanId" not in span
    assert "in run" in values(second["events"][0]["attributes"])["exception.stacktrace"]
    assert told.logs() == []


def test_bodies_and_query_strings_stay_here(
    make_service: Callable[..., Service], receiver: Callable[..., Receiver], python: str, wait_for: Callable[..., Any]
) -> None:
    told = receiver()
    service = make_service(python=python).up(SCRIPT, environment=told.environment)
    assert service.request("POST", "/score?of-the-query=1", '"of the body"').status == 200
    wait_for(told.spans)
    (span,) = told.spans()
    assert span["attributes"]["url.path"] == "/score"
    assert not any(words in json.dumps(told.received) for words in ("of-the-query", "of the body"))


def test_prints_go_out_as_logs_when_asked(
    make_service: Callable[..., Service],
    receiver: Callable[..., Receiver],
    python: str,
    wait_for: Callable[..., Any],
) -> None:
    told = receiver()
    service = make_service(python=python).up(SCRIPT, environment={**told.environment, "OTEL_LOGS_EXPORTER": "otlp"})
    assert service.score().status == 200
    wait_for(lambda: {"init is here", "run is here"} <= set(told.logs()))


def test_spans_and_logs_go_over_grpc_when_asked(
    make_service: Callable[..., Service], grpc_python: str, wait_for: Callable[..., Any]
) -> None:
    told = Receiver(grpc_python, "grpc")
    try:
        asked = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_LOGS_EXPORTER": "otlp"}
        service = make_service(python=grpc_python).up(SCRIPT, environment={**told.environment, **asked})
        assert service.score({"a": 1}, **{"x-request-id": "first"}).status == 200
        wait_for(lambda: told.spans() and "run is here" in told.logs())
        (span,) = told.spans()
        assert (span["name"], span["attributes"]["scoredock.request_id"]) == ("POST /score", "first")
    finally:
        told.end()


def test_without_the_exporter_for_grpc_its_name_is_told(make_service: Callable[..., Service], python: str) -> None:
    asked = {**ON, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    service = make_service(python=python).up(SCRIPT, environment=asked)
    assert service.score().status == 200
    (line,) = [record["m"] for record in service.log() if "Telemetry" in record["m"]]
    assert f"add opentelemetry-sdk and {GRPC} to the environment" in line


def test_the_usual_variables_name_receiver_headers_and_service(
    make_service: Callable[..., Service], receiver: Callable[..., Receiver], python: str, wait_for: Callable[..., Any]
) -> None:
    told = receiver()
    asked = {
        **told.environment,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:{told.port}/v1/traces",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=blue",
        "OTEL_SERVICE_NAME": "scores",
        "OTEL_RESOURCE_ATTRIBUTES": "team=tides",
    }
    service = make_service(python=python).up(SCRIPT, environment=asked)
    assert service.score().status == 200
    wait_for(told.spans)
    (span,) = told.spans()
    assert {"service.name": "scores", "team": "tides"}.items() <= span["resource"].items()
    assert told.received[0]["headers"]["x-tenant"] == "blue"


def test_spans_are_printed_where_the_console_is_named(
    make_service: Callable[..., Service], python: str, wait_for: Callable[..., Any]
) -> None:
    asked = {**ON, "OTEL_TRACES_EXPORTER": "console", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    service = make_service(python=python).up(SCRIPT, environment=asked)
    assert service.score().status == 200
    wait_for(lambda: any('"name": "POST /score"' in record["m"] for record in service.log()))


def test_what_waits_is_sent_when_the_service_stops(
    make_service: Callable[..., Service], receiver: Callable[..., Receiver], python: str, wait_for: Callable[..., Any]
) -> None:
    told = receiver()
    slow = {**told.environment, "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    service = make_service(python=python).up(SCRIPT, environment=slow)
    for _ in range(20):
        assert service.score().status == 200
    service.stop()
    wait_for(lambda: len(told.spans()) == 20)


def test_a_receiver_that_refuses_or_is_gone_holds_nothing_up(
    make_service: Callable[..., Service], receiver: Callable[..., Receiver], python: str, wait_for: Callable[..., Any]
) -> None:
    told = receiver()
    service = make_service(python=python).up(SCRIPT, environment=told.environment)
    told.end()
    longest = 0.0
    for _ in range(50):
        began = time.perf_counter()
        assert service.score().status == 200
        longest = max(longest, time.perf_counter() - began)
    assert within(longest, 2.0)
    began = time.monotonic()
    service.stop(grace=10)
    wait_for(service.gone)
    assert within(time.monotonic() - began, 15)
    complaints = [record["m"] for record in service.log() if "Telemetry:" in record["m"]]
    assert len(complaints) <= 1, complaints


def test_without_the_packages_one_line_says_what_to_install(
    make_service: Callable[..., Service], oldest_python: str
) -> None:
    service = make_service(python=oldest_python).up(
        SCRIPT, environment={**ON, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    )
    assert service.score().status == 200
    lines = [record["m"] for record in service.log() if "Telemetry" in record["m"]]
    assert len(lines) == 1
    assert "add opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http to the environment" in lines[0]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, None),
        ({"AML_APP_INSIGHTS_ENABLED": "false", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, None),
        ({**ON, "OTEL_SDK_DISABLED": "true"}, None),
        ({**ON, "OTEL_TRACES_EXPORTER": "none"}, None),
        (ON, "set OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({**ON, "AML_APP_INSIGHTS_KEY": "my-key", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, "is not a UUID"),
    ],
)
def test_off_is_none_and_tells_why(
    environment: dict[str, str], told: str | None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("azmlinfsrv"), "propagate", True)
    assert telemetry.begin(environment) is None
    assert ("" if told is None else told) in caplog.text
    assert bool(caplog.text) == (told is not None)


def test_a_full_queue_drops_and_counts() -> None:
    held = threading.Event()
    lost: list[int] = []

    def span(_: Any) -> None:
        held.wait(20)

    made = telemetry.Telemetry(span, lambda _: None)
    made.on_dropped = lost.append
    for _ in range(telemetry.QUEUE_LIMIT + 500):
        made.add_request("POST", "/score", 200, 1, 0.1, "id", "", None)
    held.set()
    made.close()
    assert sum(lost) == made.dropped
    assert 400 <= made.dropped <= 500
