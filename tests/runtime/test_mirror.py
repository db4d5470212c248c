"""Mirrored traffic: copies of requests for a version whose answers nobody waits for, and how they are compared."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from endpoints import Endpoint, who
from scoredock_runtime import contract
from scoredock_runtime.base import traffic_counts
from scoredock_runtime.router.differences import WAITING as COMPARISONS
from scoredock_runtime.router.differences import WAITING_BYTES, Differences, Original, Pair
from scoredock_runtime.router.mirror import AT_ONCE, LARGEST, WAITING

ROWS = """
import json

def init():
    pass

def run(data):
    last = {last} if json.loads(data) == "last" else 0
    return {{"version": "blue", "rows": [{first}, 2.0], "of": json.loads(data), "last": last}}
"""
WAITS = """
import os, time

def init():
    pass

def run(data):
    while not os.path.exists({flag!r}):
        time.sleep(0.01)
    return {{"version": "blue", "got": data}}
"""
DIES = """
import os

def init():
    pass

def run(data):
    os.kill(os.getpid(), 9)
"""
STREAMS = """
from azureml.contrib.services.aml_request import rawhttp
from flask import Response

def init():
    pass

@rawhttp
def run(request):
    return Response(part for part in {parts!r})
"""


@pytest.fixture
def endpoint(make_service: Callable[..., Any], wait_for: Callable[..., Any]) -> Endpoint:
    return Endpoint(make_service, wait_for)


def copies(endpoint: Endpoint, number: int) -> dict[str, float]:
    """The counts of the mirrored version, once so many copies have come to their end and were compared."""

    def all_done() -> dict[str, float] | None:
        counts = endpoint.counts().get("green", {})
        return counts if counts and sum(counts[each] for each in ("copied", "uncopied", "dropped")) >= number else None

    return endpoint.wait_for(all_done)


def differences(endpoint: Endpoint) -> list[dict[str, Any]]:
    path: Path = endpoint.router.folder / "differences.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_answers_that_say_the_same_do_not_differ(endpoint: Endpoint) -> None:
    endpoint.version("blue", ROWS.format(first="0.1 + 0.2", last=1))
    endpoint.version("green", ROWS.format(first="0.3", last=2))
    endpoint.up(blue=100, green=0, mirror="green", mirror_share=100)
    assert [who(endpoint.ask(each)) for each in range(20)] == ["blue"] * 20
    counts = copies(endpoint, 20)
    assert (counts["copied"], counts["uncopied"]) == (20, 0)
    assert counts["succeeded"] == 0, "copies are not requests of clients"
    assert counts["copy_seconds"] > 0
    assert counts["answer_seconds"] > 0
    # They are compared in their order.
    assert who(endpoint.ask("last")) == "blue"
    endpoint.wait_for(lambda: endpoint.counts()["green"]["different"])
    endpoint.wait_for(lambda: differences(endpoint))  # written after it was counted
    assert [each["difference"] for each in differences(endpoint)] == ["$.last: 1 → 2"]
    assert endpoint.use(blue=100, green=0, mirror="green", mirror_share=0).status == 200
    assert who(endpoint.ask(1)) == "blue"
    assert endpoint.counts()["green"]["copied"] == 21
    assert endpoint.counts()["green"]["different"] == 1


def test_differences_are_counted_and_the_first_hundred_kept(endpoint: Endpoint) -> None:
    endpoint.version("blue", ROWS.format(first="1.0", last=0))
    endpoint.version("green", ROWS.format(first="1.5", last=0))
    endpoint.up(blue=100, green=0, mirror="green", mirror_share=100)
    for each in range(110):
        assert who(endpoint.ask(each)) == "blue"
    endpoint.wait_for(lambda: endpoint.counts().get("green", {}).get("different") == 110)
    kept = differences(endpoint)
    assert len(kept) == 100
    assert kept[0]["difference"] == "$.rows[0]: 1.0 → 1.5"
    assert (kept[0]["version"], kept[0]["compared_with"], kept[0]["request"]) == ("green", "blue", "0")
    assert [json.loads(each)["rows"][0] for each in kept[0]["answers"]] == [1.0, 1.5]
    assert all(each > 0 for each in kept[0]["milliseconds"])


def test_nobody_waits_for_a_copy(endpoint: Endpoint, tmp_path: Path) -> None:
    flag = tmp_path / "go"
    endpoint.version("blue")
    endpoint.version("green", WAITS.format(flag=str(flag)))
    endpoint.up(blue=100, green=0, mirror="green", mirror_share=100)
    number = AT_ONCE + WAITING + 36
    assert [who(endpoint.ask(each)) for each in range(number)] == ["blue"] * number
    counts = endpoint.counts()["green"]
    assert counts["copied"] == 0, "it has answered none of them"
    assert counts["dropped"] == 36, "so many wait, and no more"
    flag.touch()
    counts = copies(endpoint, number)
    assert (counts["copied"], counts["uncopied"], counts["dropped"]) == (number - 36, 0, 36)


LARGE = "1" * 400
DEEP = "[" * 900 + "1" + "]" * 900


def comparable(first: str, second: str) -> list[str]:
    """Scripts of raw responses, each another one."""
    return [
        "from azureml.contrib.services.aml_request import rawhttp\n"
        "from azureml.contrib.services.aml_response import AMLResponse\n"
        "def init():\n    pass\n\n"
        f"@rawhttp\ndef run(request):\n    if request.get_data() == b'1':\n        return AMLResponse({text!r}, 200)\n"
        f"    return AMLResponse({other!r}, 200)\n"
        for text, other in ((first, "1"), (second, "2"))
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"[{LARGE}]", "[1.5]"),
        (f'{{"a": 0.5, "b": -{LARGE}}}', '{"a": 0.5, "b": 1e300}'),
        (DEEP, DEEP.replace("1", "2")),
        (DEEP.replace("[", '{"a":').replace("]", "}"), DEEP),
        ("[" * 200_000, "[" * 200_001),
        (f"[{'9' * 5000}, 1.0]", "[1.0, 1.0]"),
    ],
    ids=["large int", "negative large int", "deep lists", "deep objects", "unclosed", "more digits than int() takes"],
)
def test_what_cannot_be_compared_is_counted_and_the_next_is_compared(
    endpoint: Endpoint, first: str, second: str
) -> None:
    pytest.importorskip("flask")
    for name, script in zip(("blue", "green"), comparable(first, second), strict=True):
        endpoint.version(name, script)
    endpoint.up(blue=100, green=0, mirror="green", mirror_share=100)
    assert endpoint.ask(1).status == 200
    if len(first) < LARGEST:
        endpoint.wait_for(lambda: endpoint.counts()["green"]["incomparable"] + endpoint.counts()["green"]["different"])
    assert [endpoint.ask(each).status for each in range(2, 12)] == [200] * 10
    copies(endpoint, 11)

    def compared() -> dict[str, float] | None:
        counts = endpoint.counts()["green"]
        return counts if counts["different"] >= 10 else None

    counts = endpoint.wait_for(compared)
    assert counts["incomparable"] + counts["different"] + counts["dropped"] == 11
    assert endpoint.router.log_text().count("could not be compared") == counts["incomparable"]


def test_comparisons_that_wait_have_a_limit_and_one_that_fails_costs_no_other(
    tmp_path: Path, wait_for: Callable[..., Any]
) -> None:
    counts = memoryview(bytearray(8 * traffic_counts.NUMBERS)).cast("d")
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body) for body in (b"1", b"2")]
    differences = Differences(str(tmp_path))
    original = Original(b"GET / HTTP/1.1\r\n\r\n", answers[0], "blue", False, 0.1)
    pair = Pair("green", counts, original, answers[1], 0.1)
    stands = tmp_path / contract.DIFFERENCES_FILE
    os.mkfifo(stands)  # its thread waits there before it begins
    assert not differences.take(pair._replace(answer=b"x" * WAITING_BYTES))
    assert [differences.take(pair) for _ in range(COMPARISONS + 3)] == [True] * COMPARISONS + [False] * 3
    with stands.open("wb"):
        stands.unlink()
    wait_for(lambda: counts[traffic_counts.DIFFERENT] == COMPARISONS)
    assert differences.take(pair._replace(answer=b"no response"))
    wait_for(lambda: counts[traffic_counts.INCOMPARABLE] == 1)
    assert differences.take(pair)
    wait_for(lambda: counts[traffic_counts.DIFFERENT] == COMPARISONS + 1)


def test_a_mirrored_version_that_dies_is_not_noticed(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    green = endpoint.version("green", DIES)
    endpoint.up(blue=100, green=0, mirror="green", mirror_share=100)
    assert [who(endpoint.ask(each)) for each in range(3)] == ["blue"] * 3
    assert copies(endpoint, 3)["uncopied"] == 3
    for process in green.processes():
        process.kill()
    endpoint.wait_for(green.gone)
    assert [who(endpoint.ask(each)) for each in range(3)] == ["blue"] * 3
    assert copies(endpoint, 6)["copied"] == 0
    assert endpoint.counts()["green"]["lost"] == 0


@pytest.mark.long("one more pair of services")
def test_a_share_is_copied_and_streams_are_compared_by_what_they_say(endpoint: Endpoint) -> None:
    pytest.importorskip("flask")
    endpoint.version("blue", STREAMS.format(parts=["[1,", " 2]"]))
    endpoint.version("green", STREAMS.format(parts=["[1, 2", "]"]))
    endpoint.up(blue=100, green=0, mirror="green", mirror_share=50)
    for _ in range(100):
        assert endpoint.ask(1).json() == [1, 2]
    endpoint.wait_for(lambda: endpoint.counts().get("green", {}).get("copied", 0) > 0)
    counts = endpoint.counts()["green"]
    assert 20 < counts["copied"] + counts["uncopied"] < 80
    assert counts["different"] == 0


@pytest.mark.long("one more pair of services")
def test_large_messages_are_not_compared(endpoint: Endpoint) -> None:
    endpoint.version("blue", ROWS.format(first="1.0", last=0))
    endpoint.version("green", ROWS.format(first="1.5", last=0))
    endpoint.up(blue=100, green=0, mirror="green", mirror_share=100)
    assert who(endpoint.ask("x" * 70_000)) == "blue"
    assert copies(endpoint, 1)["dropped"] == 1
