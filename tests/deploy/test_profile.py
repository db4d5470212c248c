"""A profile is what a service really did and used, by v1's names."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from scoredock.cli.commands import DECLARATIONS
from scoredock.contrib.profiling import terminal as profile_commands
from scoredock.contrib.profiling.domain.distribution import Latencies, percentile
from scoredock.contrib.profiling.domain.load import LoadPlan
from scoredock.contrib.profiling.domain.profile import (
    DEFAULT_REQUESTS,
    profile,
    recommended,
    summarise,
)
from scoredock.contrib.profiling.domain.usage_watch import ResourceReading, busiest
from scoredock.contrib.profiling.messages import ServiceProfileParams
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from pace import within

BUSY = """
    import json, time
    SEEN = []
    HELD = bytearray(60_000_000)

    def init():
        pass

    def run(data):
        value = json.loads(data)
        SEEN.append(value)
        if value == "seen":
            return SEEN
        if value == "bad":
            raise ValueError("bad")
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        return value
"""


def measured(place: Any, rows: Path | None = None, requests: int = 20, cancel: CancelToken | None = None) -> Any:
    return profile(
        place.deployments,
        "svc-one",
        rows=str(rows or ""),
        plan=LoadPlan(requests),
        progress=Silent(),
        cancel=cancel or CancelToken(),
    )


def test_figures_by_hand() -> None:
    found = summarise([4.0, 1.0, 3.0, 2.0], ["status 500"], 2.0, [], "rows.txt")
    assert (found.total_queries, found.success_queries, found.success_rate) == (5, 4, 80.0)
    assert found.average_latency_in_ms == 2.5
    assert (found.latency_percentile50_in_ms, found.latency_percentile90_in_ms) == (2.0, 4.0)
    assert found.latency_percentile999_in_ms == 4.0
    assert found.measured_queries_per_second == 2.5
    assert found.error == "1 of 5 requests failed. The first: status 500"
    assert (found.max_utilized_cpu, found.recommended_cpu, found.max_utilized_memory_in_gb) == (None, None, None)


@pytest.mark.parametrize(("failures", "advised"), [([], (1.3, 0.2)), (["status 500"], (None, None))])
def test_nothing_is_recommended_where_a_request_failed(
    failures: list[str], advised: tuple[float | None, float | None]
) -> None:
    readings = [ResourceReading(0.0, 0.0, 100_000_000), ResourceReading(1.0, 1.0, 120_000_000)]
    found = summarise([4.0, 1.0], failures, 1.0, readings, "rows.txt")
    assert (found.max_utilized_cpu, found.max_utilized_memory_in_gb) == (1.0, 0.12)
    assert (found.recommended_cpu, found.recommended_memory_in_gb) == advised


def test_nothing_is_said_of_latencies_that_did_not_occur() -> None:
    found = summarise([], ["status 500"], 1.0, [], "rows.txt")
    assert (found.success_rate, found.average_latency_in_ms, found.latency_percentile50_in_ms) == (0.0, None, None)


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(each) for each in range(1, 101)]
    assert [percentile(values, share) for share in (50, 90, 95, 99, 99.9)] == [50.0, 90.0, 95.0, 99.0, 100.0]
    assert percentile([7.0], 50) == 7.0


def test_the_busiest_half_second_counts() -> None:
    used = [(0.0, 0.0), (0.25, 0.0), (0.5, 0.0), (0.75, 0.25), (1.0, 0.5), (1.25, 0.5), (1.5, 0.5)]
    assert busiest([ResourceReading(moment, seconds, 1) for moment, seconds in used]) == pytest.approx(1.0)
    assert busiest([ResourceReading(0.0, 0.0, 1), ResourceReading(0.2, 0.1, 1)]) == pytest.approx(0.5)
    assert busiest([ResourceReading(0.0, 0.0, 1)]) is None
    assert busiest([ResourceReading(0.0, 5.0, 1), ResourceReading(1.0, 0.1, 1)]) is None, "a worker was replaced"


@pytest.mark.parametrize(
    ("used", "advised"), [(0.0, 0.1), (0.08, 0.1), (0.09, 0.2), (0.8, 1.0), (0.801, 1.1), (2.0, 2.5)]
)
def test_a_quarter_more_rounded_up_to_a_tenth(used: float, advised: float) -> None:
    assert recommended(used) == advised


def test_a_real_service(place: Any) -> None:
    place.deploy(BUSY)
    rows = place.write("rows.txt", '{"a": 1}\n\n"ü"\n[3]\n')
    found = measured(place, rows, requests=50)
    assert (found.total_queries, found.success_queries, found.error) == (50, 50, "")
    assert found.latency_percentile50_in_ms >= 20
    assert within(found.latency_percentile50_in_ms, 500)
    assert found.latency_percentile50_in_ms <= found.latency_percentile99_in_ms <= found.latency_percentile999_in_ms
    assert 0.2 < found.max_utilized_cpu < 1.6
    assert found.recommended_cpu >= found.max_utilized_cpu * 1.25
    assert found.max_utilized_memory_in_gb > 0.06
    assert found.input == str(rows)
    seen = place.deployments.client.call("svc-one", b'"seen"').body.decode()
    assert seen.count('{"a": 1}') == 17
    assert seen.count("[3]") == 16


@pytest.mark.long("test_front_end.py profiles with the sample; the worker that crashes below is a failed request")
def test_the_services_own_sample_and_failing_requests(place: Any) -> None:
    place.deploy("def init():\n    pass\ndef run(data):\n    raise ValueError(data)\n")
    found = measured(place, requests=5)
    assert (found.success_queries, found.success_rate) == (0, 0.0)
    assert found.error == "5 of 5 requests failed. The first: status 500"
    assert "no schema" in found.input


def test_two_hundred_requests_are_sent_where_nobody_says_how_many() -> None:
    (command,) = [each for each in DECLARATIONS if each.name == "service profile"]
    (argument,) = [each for each in command.arguments if "--requests" in each.flags]
    assert DEFAULT_REQUESTS == ServiceProfileParams("svc-one").requests == profile_commands.PROFILE_REQUESTS == 200
    assert "default" not in argument.options, "with --duration there is no number of them"


@pytest.mark.parametrize("requests", [0, -1, 100_001])
def test_numbers_out_of_bounds(place: Any, requests: int) -> None:
    with pytest.raises(ScoredockError) as refused:
        measured(place, requests=requests)
    assert refused.value.code == "profile-input-invalid"


def test_rows_that_cannot_be_sent(place: Any) -> None:
    place.deploy()
    with pytest.raises(ScoredockError) as refused:
        measured(place, place.write("rows.txt", "\n \n"))
    assert refused.value.code == "profile-input-invalid"
    with pytest.raises(ScoredockError) as refused:
        measured(place, place.project / "none.txt")
    assert refused.value.code == "file-not-found"


def test_a_service_that_does_not_run(place: Any) -> None:
    place.deploy()
    place.deployments.stop("svc-one")
    with pytest.raises(ScoredockError) as refused:
        measured(place)
    assert refused.value.code == "service-unreachable"


@pytest.mark.long("a service that does not run and a worker that crashes are at the gate")
def test_a_service_that_ends_half_way(place: Any) -> None:
    place.deploy(BUSY)
    ending = threading.Timer(0.4, lambda: place.deployments.stop("svc-one"))
    ending.start()
    with pytest.raises(ScoredockError) as refused:
        measured(place, place.write("rows.txt", "[1]"), requests=1000)
    ending.join()
    assert refused.value.code == "service-unreachable"


def test_a_worker_that_crashes_is_one_failed_request(place: Any) -> None:
    place.deploy("""
        import os
        def init():
            pass
        def run(data):
            if data == '"die"':
                os._exit(1)
            return data
    """)
    found = measured(place, place.write("rows.txt", '1\n2\n"die"\n'), requests=3)
    assert (found.total_queries, found.success_queries) == (3, 2)
    assert found.error.startswith("1 of 3 requests failed")


def test_cancelled_in_the_middle_of_a_request(place: Any) -> None:
    place.deploy("import time\ndef init():\n    pass\ndef run(data):\n    time.sleep(20)\n")
    cancel = CancelToken()
    threading.Timer(0.5, cancel.cancel).start()
    begun = time.monotonic()
    with pytest.raises(ScoredockError) as refused:
        measured(place, place.write("rows.txt", "[1]"), cancel=cancel)
    assert refused.value.code == "cancelled"
    assert within(time.monotonic() - begun, 10)


def test_several_connections_at_a_rate_for_a_time(place: Any) -> None:
    place.deploy("def init():\n    pass\ndef run(data):\n    return 1\n")
    found = profile(
        place.deployments,
        "svc-one",
        rows="",
        plan=LoadPlan(0, connections=3, rate=40, seconds=1),
        progress=Silent(),
        cancel=CancelToken(),
    )
    assert found.total_queries == found.success_queries == 40


@pytest.mark.parametrize(
    "plan", [LoadPlan(1, 0), LoadPlan(1, 65), LoadPlan(1, rate=-1), LoadPlan(1, seconds=3601), LoadPlan(1, rate=20_000)]
)
def test_a_plan_out_of_bounds_says_why(plan: LoadPlan) -> None:
    assert plan.fault().endswith(".")


def test_latencies_of_any_number_are_right_within_two_per_cent() -> None:
    latencies = Latencies()
    assert latencies.percentile(50) is None
    for number in range(1, 10_001):
        latencies.add(number / 10)
    assert latencies.percentile(50) == pytest.approx(500, rel=0.02)
    assert latencies.percentile(99) == pytest.approx(990, rel=0.02)
    assert latencies.percentile(100) == 1000.0
