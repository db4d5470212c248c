"""The router of an endpoint, over real sockets before real services."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import resource
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from endpoints import MARK, SAYS, Endpoint, who
from scoredock_runtime import contract
from scoredock_runtime.router.connections import SPARE, Connections
from scoredock_runtime.router.heads import read_answer, whole_answer
from scoredock_runtime.router.loop import RouterLoop
from scoredock_runtime.router.upstream import Upstream
from scoredock_runtime.router.version import WAIT_SECONDS, Version

SLOW = """
import time

def init():
    pass

def run(data):
    time.sleep({seconds})
    return {{"version": "blue"}}
"""


@pytest.fixture
def endpoint(make_service: Callable[..., Any], wait_for: Callable[..., Any]) -> Endpoint:
    return Endpoint(make_service, wait_for)


def ask_many(port: int, count: int, threads: int = 4, **headers: str) -> list[tuple[int, str, Any]]:
    """Status, version and what came back of so many requests over connections that stay open."""
    answers: list[tuple[int, str, Any]] = []
    faults: list[BaseException] = []

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            for each in range(number, count, threads):
                connection.request(
                    "POST",
                    "/score",
                    json.dumps(each),
                    {"Content-Type": "application/json", **headers},
                )
                response = connection.getresponse()
                body = json.loads(response.read())
                told = body.get("version", "") if response.status == 200 else ""
                if told:
                    assert body["got"] == str(each), (body, each)
                answers.append((response.status, told, response.getheader(MARK)))
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    working = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for each in working:
        each.start()
    for each in working:
        each.join()
    assert not faults, faults
    return answers


def test_shares_are_kept_and_every_answer_says_whose_it_is(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=80, green=20)
    answers = ask_many(endpoint.router.status.port, 1000)
    assert all(status == 200 and told == mark for status, told, mark in answers)
    shares = Counter(told for _, told, _ in answers)
    # Five standard deviations: sqrt(1000 * 0.2 * 0.8) is 13.
    assert abs(shares["green"] - 200) < 65, shares
    assert endpoint.answered() == dict(shares)


@pytest.mark.long("a thousand requests to three services")
def test_what_is_not_allocated_goes_to_the_default_version(endpoint: Endpoint) -> None:
    for name in ("prod", "test", "main"):
        endpoint.version(name)
    endpoint.up(default="main", prod=30, test=10, main=0)
    shares = Counter(told for _, told, _ in ask_many(endpoint.router.status.port, 1000))
    assert abs(shares["main"] - 600) < 80, shares
    assert shares["prod"] > shares["test"] > 0, shares


def test_a_request_may_stick_to_a_version_or_name_one(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=50, green=50, sticky_header="X-User")
    of = {user: {who(endpoint.ask(1, **{"x-user": user})) for _ in range(4)} for user in map(str, range(20))}
    assert all(len(each) == 1 for each in of.values()), of
    assert len(set.union(*of.values())) == 2, of
    assert {who(endpoint.ask(1, **{MARK: "green"})) for _ in range(8)} == {"green"}
    unknown = endpoint.ask(1, **{MARK: "grey"})
    assert unknown.status == 404
    assert "no version" in unknown.json()["message"]
    # A share that grows moves some of those that stuck to the other one, and nobody else.
    assert endpoint.use(blue=40, green=60, sticky_header="X-User").status == 200
    after = {user: who(endpoint.ask(1, **{"x-user": user})) for user in of}
    assert not [user for user in of if of[user] == {"green"} and after[user] == "blue"]


def test_new_routes_under_load_lose_nothing(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=100, green=0)
    results: list[list[tuple[int, str, Any]]] = []
    load = threading.Thread(target=lambda: results.append(ask_many(endpoint.router.status.port, 1500)))
    load.start()
    endpoint.wait_for(lambda: endpoint.answered().get("blue", 0) > 100)
    for share in (10, 50, 100, 0):
        assert endpoint.use(blue=100 - share, green=share).status == 200
    assert endpoint.use(green=100).status == 200  # blue is gone, and its service with it
    endpoint.versions["blue"].stop()
    load.join()
    assert Counter(status for status, _, _ in results[0]) == {200: 1500}
    counted = Counter(told for _, told, _ in results[0])
    assert endpoint.answered() == dict(counted)


def test_a_version_that_is_removed_finishes_what_it_has(endpoint: Endpoint) -> None:
    endpoint.version("blue", SLOW.format(seconds=1.0))
    endpoint.version("green")
    endpoint.up(blue=100, green=0)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(endpoint.ask(1)))
    asking.start()
    busy = f"{endpoint.versions['blue'].status.port:04X}"
    endpoint.wait_for(lambda: _open_connections(busy))
    begun = time.monotonic()
    assert endpoint.use(green=100).status == 200
    assert time.monotonic() - begun > 0.3, "the change was answered while the version still worked"
    asking.join()
    assert who(answers[0]) == "blue"
    assert who(endpoint.ask(1)) == "green"


def _open_connections(port: str) -> bool:
    with Path("/proc/net/tcp").open(encoding="ascii") as table:
        return any(f":{port} 01" in line for line in table)


def test_a_version_that_is_killed_costs_only_the_requests_inside_it(
    endpoint: Endpoint,
) -> None:
    dies = """
import os
def init(): pass
def run(data):
    if "die" in data:
        os.kill(os.getpid(), 9)
    return {"version": "blue", "got": data}
"""
    blue = endpoint.version("blue", dies)
    endpoint.version("green")
    endpoint.up(blue=100, green=0)
    assert who(endpoint.ask(1)) == "blue"
    lost = endpoint.ask("die")
    assert lost.status == 502
    assert "blue" in lost.json()["message"]
    assert who(endpoint.ask(2)) == "blue"  # its parent has started another worker; the request waited for it
    # The whole version goes: who comes then is answered by another one.
    for process in blue.processes():
        process.kill()
    endpoint.wait_for(blue.gone)
    assert [who(endpoint.ask(each)) for each in range(5)] == ["green"] * 5
    gone = endpoint.ask(1, **{MARK: "blue"})
    assert gone.status == 503
    assert gone.headers["retry-after"] == "1"
    assert endpoint.counts()["blue"]["lost"] == 1


def test_the_share_of_a_dead_default_goes_to_the_others_in_proportion(
    endpoint: Endpoint,
) -> None:
    blue, _, red = (endpoint.version(name) for name in ("blue", "green", "red"))
    endpoint.up(blue=60, green=30, red=10, sticky_header="X-User")
    kill(endpoint, red)
    dead_canary = Counter(told for _, told, _ in ask_many(endpoint.router.status.port, 600))
    assert set(dead_canary) == {"blue", "green"}
    assert abs(dead_canary["green"] - 180) < 57, dead_canary  # the default version has its own and that of red
    told = "The version red takes no connections. Its share goes to blue."
    assert endpoint.router.log_text().count(told) == 1, "once, and not for each request"
    red.start()
    red.settle()
    endpoint.use(blue=60, green=30, red=10, sticky_header="X-User")
    kill(endpoint, blue)
    shares = Counter(told for _, told, _ in ask_many(endpoint.router.status.port, 600))
    # Five standard deviations: sqrt(600 * 0.75 * 0.25) is 10.6.
    assert abs(shares["green"] - 450) < 53, shares
    assert shares["red"] == 600 - shares["green"]
    told = "The version blue takes no connections. Its share goes to green, red."
    endpoint.wait_for(lambda: told in endpoint.router.log_text())
    of = {user: {who(endpoint.ask(1, **{"x-user": user})) for _ in range(3)} for user in map(str, range(30))}
    assert all(len(each) == 1 for each in of.values()), of
    assert set.union(*of.values()) == {"green", "red"}, of
    blue.start()
    blue.settle()
    endpoint.use(blue=60, green=30, red=10)
    back = Counter(told for _, told, _ in ask_many(endpoint.router.status.port, 600))
    assert abs(back["blue"] - 360) < 60, back


def test_without_takeover_the_share_of_a_dead_default_gets_503(
    endpoint: Endpoint,
) -> None:
    blue, _, red = (endpoint.version(name) for name in ("blue", "green", "red"))
    endpoint.up(blue=60, green=30, red=10, takeover=False)
    kill(endpoint, red)
    dead_canary = Counter(told for _, told, _ in ask_many(endpoint.router.status.port, 200))
    assert set(dead_canary) == {"blue", "green"}, "the default version answers for all others"
    kill(endpoint, blue)
    results = ask_many(endpoint.router.status.port, 600)
    shares = Counter(told if status == 200 else status for status, told, _ in results)
    assert set(shares) == {"green", 503}, shares
    assert abs(shares["green"] - 180) < 57, shares  # its own share, and nothing of the others'
    refused = next(each for each in (endpoint.ask(1) for _ in range(50)) if each.status == 503)
    assert refused.headers["retry-after"] == "1"
    told = "The version blue takes no connections. No other version responds in its place."
    endpoint.wait_for(lambda: told in endpoint.router.log_text())
    blue.start()
    blue.settle()
    again = "The version blue takes connections again."
    endpoint.wait_for(lambda: endpoint.ask(1).status and again in endpoint.router.log_text())
    endpoint.use(blue=60, green=40, red=0, takeover=False)
    assert {status for status, _, _ in ask_many(endpoint.router.status.port, 100)} == {200}


def kill(endpoint: Endpoint, version: Any) -> None:
    """Its parent and all that it started."""
    for process in version.processes():
        process.kill()
    endpoint.wait_for(version.gone)


@pytest.mark.long("two thousand requests")
def test_a_version_that_is_killed_under_load(endpoint: Endpoint) -> None:
    blue = endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=50, green=50)
    results: list[list[tuple[int, str, Any]]] = []
    load = threading.Thread(target=lambda: results.append(ask_many(endpoint.router.status.port, 2000)))
    load.start()
    endpoint.wait_for(lambda: endpoint.answered().get("blue", 0) > 100)
    for process in blue.processes():
        process.kill()
    load.join()
    statuses = Counter(status for status, _, _ in results[0])
    assert set(statuses) <= {200, 502}, statuses
    assert statuses[502] <= 1, statuses  # one worker has one request at a time
    assert sum(endpoint.answered().values()) == 2000


@pytest.mark.long("three thousand requests and two updates")
def test_an_update_of_a_version_under_load_loses_nothing(endpoint: Endpoint) -> None:
    blue = endpoint.version("blue")
    endpoint.up(blue=100)
    results: list[list[tuple[int, str, Any]]] = []
    load = threading.Thread(target=lambda: results.append(ask_many(endpoint.router.status.port, 3000)))
    load.start()
    endpoint.wait_for(lambda: endpoint.answered().get("blue", 0) > 100)
    for revision in (2, 3):
        assert blue.replace(SAYS.format(name="blue"), revision).status == 200
    load.join()
    assert Counter(status for status, _, _ in results[0]) == {200: 3000}


def test_a_router_that_is_killed_is_there_again_at_once(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    port = endpoint.router.status.port
    for _ in range(3):
        before = endpoint.answered().get("blue", 0)
        assert who(endpoint.ask(1)) == "blue"
        assert endpoint.answered()["blue"] == before + 1
        pids = endpoint.router.status.worker_pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        # Who comes meanwhile waits in the backlog that the parent holds.
        assert who(endpoint.ask(2)) == "blue"
        assert endpoint.router.status.port == port
        endpoint.wait_for(lambda pids=pids: endpoint.router.status.worker_pids not in (pids, []))


@pytest.mark.long("one more pair of services")
def test_routes_outlive_a_router_that_is_killed(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=100, green=0)
    assert endpoint.use(blue=0, green=100).status == 200
    os.kill(endpoint.router.status.worker_pids[0], signal.SIGKILL)
    assert {who(endpoint.ask(each)) for each in range(5)} == {"green"}


def test_bodies_stream_both_ways(endpoint: Endpoint) -> None:
    streams = """
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    data = request.get_data()
    def parts():
        for start in range(0, len(data), 100_000):
            yield data[start:start + 100_000]
    from flask import Response
    return Response(parts())
"""
    pytest.importorskip("flask")
    endpoint.version("blue", streams)
    endpoint.up(blue=100)
    sent = os.urandom(3_000_000)

    def chunks() -> Any:
        for start in range(0, len(sent), 70_000):
            yield sent[start : start + 70_000]

    connection = http.client.HTTPConnection("127.0.0.1", endpoint.router.status.port, timeout=30)
    for body, more in ((chunks(), {"Transfer-Encoding": "chunked"}), (sent, {})):
        connection.request("POST", "/score", body, more, encode_chunked=bool(more))
        response = connection.getresponse()
        assert response.status == 200
        assert response.read() == sent
    # The same connection goes on.
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"Healthy"
    connection.close()


def talk(port: int, *pieces: bytes, until: Callable[[bytes], bool], seconds: float = 10.0) -> bytes:
    """What comes back for pieces that are sent one by one, until that is enough or the end."""
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02)
        while not until(told):
            data = connection.recv(65536)
            if not data:
                break
            told += data
    return told


SCORE = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def test_a_client_that_waits_for_100_continue(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    port = endpoint.router.status.port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(SCORE + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"123")
        told = b""
        while not told.endswith(b'"got": "123"}'):
            told += connection.recv(1000)
    assert told.startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_answered_in_their_order(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=50, green=50)
    both = b"".join(SCORE + b"Content-Length: 1\r\n\r\n%d" % each for each in range(8))
    told = talk(endpoint.router.status.port, both, until=lambda got: got.count(b'"got"') == 8)
    places = [told.index(b'"got": "%d"}' % each) for each in range(8)]
    assert places == sorted(places)


def test_a_client_that_closes_its_half_gets_all_answers(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    with socket.create_connection(("127.0.0.1", endpoint.router.status.port), timeout=10) as connection:
        connection.sendall(b"".join(SCORE + b"Content-Length: 1\r\n\r\n%d" % each for each in range(3)))
        connection.shutdown(socket.SHUT_WR)
        told = b""
        while data := connection.recv(65536):
            told += data
    assert told.count(b'"got"') == 3


@pytest.mark.long("pauses between its pieces")
def test_a_request_in_small_pieces(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    whole = SCORE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n12\r\n1;x=y\r\n3\r\n0\r\n\r\n"
    pieces = [whole[start : start + 7] for start in range(0, len(whole), 7)]
    told = talk(endpoint.router.status.port, *pieces, until=lambda got: b'"got": "123"}' in got)
    assert told.startswith(b"HTTP/1.1 200 ")


UNCLEAR = [
    b"Content-Length: 3\r\nContent-Length: 3\r\n",
    b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Content-Length: +3\r\n",
    b"Content-Length : 3\r\n",
    b"X: a\n\r\nContent-Length: 3\r\n",
    b" folded: 3\r\n",
    b"X: a\0b\r\n",
]


def test_a_request_that_two_parsers_may_read_differently_is_refused(
    endpoint: Endpoint,
) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    for head in UNCLEAR:
        told = talk(
            endpoint.router.status.port,
            SCORE + head + b"\r\n123",
            until=lambda _: False,
        )
        assert told.startswith(b"HTTP/1.1 400 "), (head, told)
    assert endpoint.answered().get("blue", 0) == 0


def test_routes_that_do_not_hold_together_are_refused(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=100, green=0)
    good = {"name": "blue", "port": endpoint.versions["blue"].status.port, "share": 60}
    other = {**good, "name": "green"}
    for routes, why in [
        ({"versions": [good, other], "default": "blue"}, "100"),
        ({"versions": [good], "default": "grey"}, "default"),
        ({"versions": [good, good], "default": "blue"}, "name"),
        ({"versions": [{**good, "share": -1}], "default": "blue"}, "percent"),
        ({"versions": [{**good, "share": 2.5}], "default": "blue"}, "whole"),
        ({"versions": [], "default": "blue"}, "versions"),
        ({"versions": [{**good, "port": 0}], "default": "blue"}, "port"),
        (None, "object"),
    ]:
        answer = endpoint.router.control("POST", "/routes", {"routes": routes})
        assert answer.status == 400, (routes, answer.body)
        assert why in answer.json()["error"]
    refused = endpoint.versions["blue"].control("POST", "/routes", {"routes": {"versions": [good], "default": "blue"}})
    assert refused.status == 409
    assert who(endpoint.ask(1)) == "blue"


@pytest.mark.long("half a second of run()")
def test_a_router_that_stops_answers_what_it_has(endpoint: Endpoint) -> None:
    endpoint.version("blue", SLOW.format(seconds=0.5))
    endpoint.up(blue=100)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(endpoint.ask(1)))
    asking.start()
    busy = f"{endpoint.versions['blue'].status.port:04X}"
    endpoint.wait_for(lambda: _open_connections(busy))
    assert endpoint.router.stop().phase == contract.STOPPED
    asking.join()
    assert who(answers[0]) == "blue"
    endpoint.wait_for(endpoint.router.gone)


def test_the_router_proves_itself_and_passes_other_health_requests_on(
    endpoint: Endpoint,
) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    told = endpoint.router.request("GET", "/", headers={contract.CHALLENGE_HEADER: "who"})
    assert (told.status, told.body) == (200, b"Healthy")
    assert told.headers[contract.PROOF_HEADER] == contract.proof(endpoint.router.spec.nonce, "who")
    assert endpoint.router.request("GET", "/").headers[MARK] == "blue"


@pytest.mark.long("ten thousand requests")
def test_ten_thousand_requests_through_rollouts_updates_and_kills(
    endpoint: Endpoint,
) -> None:
    blue = endpoint.version("blue")
    green = endpoint.version("green")
    endpoint.up(blue=100, green=0)
    port = endpoint.router.status.port
    told: list[tuple[int, str]] = []
    broken: list[int] = []

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for each in range(number, 10_000, 4):
            try:
                connection.request(
                    "POST",
                    "/score",
                    json.dumps(each),
                    {"Content-Type": "application/json"},
                )
                response = connection.getresponse()
                body = json.loads(response.read())
                if response.status == 200:
                    assert body["got"] == str(each)
                told.append((response.status, body.get("version", "")))
            except (OSError, http.client.HTTPException):
                broken.append(each)  # it was inside the router that was killed
                connection.close()

    working = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for each in working:
        each.start()
    revision = {"blue": 1, "green": 1}
    for step, share in enumerate((10, 50, 90, 100, 30)):
        endpoint.wait_for(lambda step=step: len(told) > 1200 * (step + 1), 120)
        assert endpoint.use(blue=100 - share, green=share).status == 200
        for _ in range(2):
            for name, service in (("blue", blue), ("green", green)):
                revision[name] += 1
                assert service.replace(SAYS.format(name=name), revision[name]).status == 200
    for back in range(3):  # what served before serves again, as another revision
        revision["blue"] += 1
        assert blue.replace(SAYS.format(name="blue") + f"# {back}\n", revision["blue"]).status == 200
    os.kill(green.status.worker_pids[0], signal.SIGKILL)
    endpoint.wait_for(lambda: len(told) > 8000, 120)
    os.kill(endpoint.router.status.worker_pids[0], signal.SIGKILL)
    for each in working:
        each.join()
    statuses = Counter(status for status, _ in told)
    assert len(told) + len(broken) == 10_000
    assert len(broken) <= 4, "one request of each client may have been inside the router"
    assert set(statuses) <= {200, 502}, statuses
    assert statuses[502] <= 1, statuses
    # What the killed router had is counted where the version's answer came back before.
    assert 0 <= sum(endpoint.answered().values()) - len(told) <= len(broken)
    counted, seen = (
        endpoint.answered(),
        Counter(version for _, version in told if version),
    )
    for name in ("blue", "green"):
        assert 0 <= counted[name] - seen[name] <= len(broken) + statuses[502], (
            counted,
            seen,
        )


@pytest.mark.long("ten thousand requests")
def test_shares_over_ten_thousand_requests_are_within_sampling_error(
    endpoint: Endpoint,
) -> None:
    for name in ("blue", "green", "red"):
        endpoint.version(name)
    endpoint.up(default="blue", blue=10, green=25, red=5)  # the 60 % that nobody was given are blue's
    answers = ask_many(endpoint.router.status.port, 10_000)
    assert {status for status, *_ in answers} == {200}
    seen = Counter(version for _, version, _ in answers)
    for name, share in (("blue", 0.7), ("green", 0.25), ("red", 0.05)):
        error = (share * (1 - share) / 10_000) ** 0.5
        assert abs(seen[name] / 10_000 - share) < 5 * error, seen
    assert endpoint.answered() == dict(seen)


ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{"version": "fake"}'

FAKE = (200, b'{"version": "fake"}')


class Fake:
    """A version that does with its connections what a list says, one after the other."""

    def __init__(self, *acts: str) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.requests = 0
        threading.Thread(target=self._serve, args=(acts,), daemon=True).start()

    def _serve(self, acts: tuple[str, ...]) -> None:
        for act in acts:
            connection, _ = self.listener.accept()
            for step in act.split():
                if step == "answer":
                    connection.recv(65536)
                    self.requests += 1
                    connection.sendall(ANSWER)
                elif step == "read":
                    connection.recv(65536)
                    self.requests += 1
                elif step == "peek":
                    connection.recv(1, socket.MSG_PEEK)
            connection.close()

    def start(self, endpoint: Endpoint) -> None:
        routes = contract.Routes([contract.Route("fake", self.listener.getsockname()[1], 100)], "fake")
        endpoint.router.start(
            routes=routes,
            template=False,
            app_root=str(endpoint.router.folder),
            entry_script="",
        )
        assert endpoint.router.settle().phase == contract.READY


def ask_fake(endpoint: Endpoint, value: int, pieces: int = 1) -> tuple[int, bytes]:
    """Status and body."""
    body = json.dumps(value).encode()
    head = f"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", endpoint.router.status.port), timeout=30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in [head.encode() + body] if pieces == 1 else [head.encode(), body]:
            client.sendall(piece)
        response = http.client.HTTPResponse(client)
        response.begin()
        return response.status, response.read()


@pytest.mark.parametrize("size", [1, 20_000, 300_000, 3_000_000])
def test_a_request_in_pieces_goes_out_on_the_connection_of_the_one_before(endpoint: Endpoint, size: int) -> None:
    """Above 16 kB no request comes in one read, and most clients send head and body apart."""
    endpoint.version("blue")
    endpoint.up(blue=100)
    router = endpoint.router
    before: set[int] = set()
    for turn in range(12):
        with socket.create_connection(("127.0.0.1", router.status.port), timeout=30) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(SCORE + b"Content-Length: %d\r\n\r\n" % size)
            client.sendall(b"1" * size)
            response = http.client.HTTPResponse(client)
            response.begin()
            assert (response.status, len(response.read()) > size) == (200, True)
            ports = connections_to(endpoint, "blue")
        if turn:
            assert ports == before, "the connection of the request before was free"
        before = ports
    assert len(before) == 1


def connections_to(endpoint: Endpoint, name: str) -> set[int]:
    """The ports on which the router has connections to a version."""
    port = endpoint.versions[name].status.port
    (worker,) = endpoint.router.status.worker_pids
    return {
        each.laddr.port for each in psutil.Process(worker).net_connections() if each.raddr and each.raddr.port == port
    }


def test_free_connections_leave_with_their_clients(endpoint: Endpoint) -> None:
    endpoint.version("blue", SLOW.format(seconds=0.02), max_concurrent_requests=40)
    endpoint.up(blue=100)
    clients = [socket.create_connection(("127.0.0.1", endpoint.router.status.port), timeout=30) for _ in range(30)]
    for each in clients:
        each.sendall(SCORE + b"Content-Length: 1\r\n\r\n1")
    for each in clients:
        assert each.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert len(connections_to(endpoint, "blue")) > SPARE
    for each in clients:
        each.close()
    endpoint.wait_for(lambda: len(connections_to(endpoint, "blue")) <= SPARE)


def test_a_free_connection_that_a_version_closes_is_forgotten() -> None:
    loop, connections = RouterLoop(), Connections()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        route = contract.Route("blue", listener.getsockname()[1], 100)
        version = Version(loop, route, memoryview(bytearray(400)).cast("d"), connections)
        connections.versions = [version]
        for _ in range(3):
            opened = version.connection(fresh=True)
            assert opened is not None
            version.release(opened)
        assert (len(version.idle), connections.open) == (3, 3)
        taken = [listener.accept()[0] for _ in range(3)]
        taken[0].close()
        taken[2].close()
        while connections.open > 1:
            loop.dispatch(loop.poll(5.0))
        assert [each.closed for each in version.idle] == [False]
        taken[1].close()
    assert version.connection() is not None, "the one that is left"


class Waiting:
    """A client whose request is to go to a version, as far as that knows of it."""

    def __init__(self) -> None:
        self.given: list[Upstream | None] = []

    def on_connection(self, upstream: Upstream | None) -> None:
        self.given.append(upstream)


@pytest.fixture
def full() -> Iterator[tuple[RouterLoop, Version, list[Upstream], Connections]]:
    """A version of which all connections are in use, where there is no room for another one."""
    loop, connections = RouterLoop(), Connections()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        route = contract.Route("blue", listener.getsockname()[1], 100)
        version = Version(loop, route, memoryview(bytearray(400)).cast("d"), connections)
        connections.versions = [version]
        used = [version.connection(fresh=True) for _ in range(SPARE)]
        version.busy = len(used)
        opened = [each for each in used if each is not None]
        assert len(opened) == SPARE
        yield loop, version, opened, connections
        for each in opened:
            each.end()


def test_a_request_gets_the_next_free_connection_where_there_is_no_room(
    full: Any,
) -> None:
    """Versions that run by turns would otherwise take all connections from one another at each turn."""
    _, version, used, connections = full
    first, second, gone = Waiting(), Waiting(), Waiting()
    assert all(version.takes_in_line(each) for each in (first, gone, second))
    version.leave_line(gone)
    for each in used[:3]:
        version.release(each)
    assert [first.given, second.given, gone.given] == [[used[0]], [used[1]], []]
    assert (version.idle, connections.open) == ([used[2]], SPARE)
    assert not version.takes_in_line(Waiting()), "one is free"


def test_nobody_waits_long_for_a_connection_or_without_need(full: Any) -> None:
    loop, version, used, connections = full
    connections.clients = {object()}  # type: ignore[assignment]
    assert not version.takes_in_line(Waiting()), "there is room for one more"
    connections.clients = set()
    clients = [Waiting() for _ in used]
    assert all(version.takes_in_line(each) for each in clients)
    assert not version.takes_in_line(Waiting()), "as many wait as are in use"
    begun = loop.now
    loop.run_later()
    assert [each.given for each in clients] == [[] for _ in used]
    loop.now = begun + 2 * WAIT_SECONDS
    loop.run_later()
    assert [each.given for each in clients] == [[None] for _ in used]


@pytest.mark.long("it holds connections for a long time")
def test_slow_versions_get_the_connections_that_their_clients_need(
    endpoint: Endpoint,
) -> None:
    """More clients than there is room for connections to both versions: those of one make room for the other."""
    count = SPARE + 6
    endpoint.version("blue", SLOW.format(seconds=1.0), max_concurrent_requests=40)
    endpoint.version("green", SLOW.format(seconds=1.0), max_concurrent_requests=40)
    endpoint.up(blue=50, green=50)
    address = ("127.0.0.1", endpoint.router.status.port)
    clients = [socket.create_connection(address, timeout=30) for _ in range(count)]
    for name in ("green", "blue", "green"):
        for each in clients:
            each.sendall(SCORE + b"%b: %b\r\nContent-Length: 1\r\n\r\n1" % (MARK.encode(), name.encode()))
        if name == "blue":
            clients.pop().close()  # one leaves while it waits, or while it is answered
        for each in clients:
            answer = each.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            assert f"{MARK}: {name}\r\n".encode() in answer
        here = len(connections_to(endpoint, "blue")) + len(connections_to(endpoint, "green"))
        assert here <= count + SPARE
    for each in clients:
        each.close()


def limited(endpoint: Endpoint, more: int) -> int:
    """The router's worker may open so many descriptors beside those that it has."""
    (worker,) = endpoint.router.status.worker_pids
    taken = [int(each.name) for each in Path(f"/proc/{worker}/fd").iterdir()]
    # A limit is a number that none may reach; numbers that are free below the highest are taken first.
    highest = max(taken) + 1
    _, hard = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (highest + more, hard))
    return highest - len(taken) + more


def test_without_descriptors_the_router_answers_503_and_goes_on(
    endpoint: Endpoint,
) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=50, green=50)
    room = limited(endpoint, 8)
    port = endpoint.router.status.port
    waiting, refused = [], []
    for number in range(room):
        client = socket.create_connection(("127.0.0.1", port), timeout=30)
        client.sendall(SCORE + b"Content-Length: 2\r\n\r\n1")  # each takes a connection here, and one to its version
        waiting.append(client)
        if 2 * number >= room:
            break
    for client in waiting:
        client.settimeout(1.0)
        try:
            told = client.recv(65536)
        except TimeoutError:
            continue
        assert told.startswith(b"HTTP/1.1 503 "), told
        assert b"\r\nRetry-After: 1\r\n" in told
        assert b"\r\nConnection: close\r\n" in told, "what it holds is what the next one needs"
        assert b"descriptors" in told
        refused.append(client)
    assert 1 <= len(refused) <= 3
    for client in waiting:
        if client not in refused:
            client.settimeout(30)
            client.sendall(b"1")
            assert client.recv(65536).startswith(b"HTTP/1.1 200 "), "who came before is not touched"
        client.close()
    assert {endpoint.ask(1, **{MARK: name}).status for name in ("blue", "green") for _ in range(4)} == {200}
    assert endpoint.router.log_text().count("no file descriptors left") == 1
    assert endpoint.counts()["-"]["lost"] == len(refused)


def refused_early(port: int, length: int) -> bytes:
    """The status line to a request of which a part of the body has come."""
    head = f"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=120) as client:
        client.sendall(head.encode() + b'["never')
        return client.makefile("rb").readline()


def test_a_request_that_never_arrives_whole_is_no_response_of_a_version(endpoint: Endpoint) -> None:
    endpoint.version("blue", body_limit=1000)
    endpoint.up(blue=100)
    assert refused_early(endpoint.router.status.port, 2000).startswith(b"HTTP/1.1 413 ")
    assert endpoint.ask(1).status == 200
    endpoint.wait_for(lambda: endpoint.answered() == {"blue": 1})
    counts = endpoint.counts()
    assert (counts["blue"]["refused"], counts["blue"]["seconds"] < 30, counts["-"]["lost"]) == (0, True, 1)


@pytest.mark.long("a body may pause for 60 seconds; one that is refused at once is at the gate")
@pytest.mark.timeout(180)
def test_a_request_that_stops_coming_is_no_response_of_60_seconds(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    assert refused_early(endpoint.router.status.port, 2000).startswith(b"HTTP/1.1 408 ")
    assert endpoint.ask(1).status == 200
    endpoint.wait_for(lambda: endpoint.answered() == {"blue": 1})
    assert endpoint.counts()["blue"]["seconds"] < 30


def test_a_free_connection_gives_its_descriptor_to_another_version(
    endpoint: Endpoint,
) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=100, green=0)
    assert who(endpoint.ask(1)) == "blue"
    endpoint.wait_for(lambda: len(connections_to(endpoint, "blue")) == 1)
    room = limited(endpoint, 1)
    held = [socket.create_connection(("127.0.0.1", endpoint.router.status.port), timeout=30) for _ in range(room - 1)]
    assert who(endpoint.ask(1, **{MARK: "green"})) == "green"
    assert connections_to(endpoint, "blue") == set()
    for each in held:
        each.close()


def test_a_request_that_a_version_never_read_goes_out_again(endpoint: Endpoint) -> None:
    fake = Fake("answer peek", "peek", "answer")
    fake.start(endpoint)
    assert ask_fake(endpoint, 1) == FAKE
    assert ask_fake(endpoint, 2) == FAKE  # on a connection that was closed over it, then on one that was, too
    assert fake.requests == 2


def test_the_short_way_takes_no_answer_that_the_long_way_reads_otherwise() -> None:
    lines = [
        "Content-Length: 3",
        "content-length:3",
        "Content-Length: 4",
        "Content-Length: +3",
        "Connection: close",
    ]
    lines += [
        "Transfer-Encoding: chunked",
        "Date: today",
        "X: \nContent-Length: 3",
        "Content-Length : 3",
    ]
    starts = [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 204 None",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 100 Go on",
        "HTTP/1.1 20x What",
    ]
    taken = 0
    for start, *heads in itertools.product(starts, ["", *lines], ["", *lines]):
        data = "\r\n".join([start, *filter(None, heads), "", "0.5"]).encode()
        status = whole_answer(data)
        if status:
            head = read_answer(data, bodiless=False)
            assert head is not None, data
            assert (head.status, head.closes) == (status, False), data
            assert head.length in (3, 0), data
            taken += 1
    assert taken > 5


@pytest.mark.long("waits as long as a client may take for its headers")
def test_a_client_that_does_not_go_on_is_told_so(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.up(blue=100)
    told = talk(endpoint.router.status.port, SCORE, until=lambda _: False, seconds=60)
    assert told.startswith(b"HTTP/1.1 408 "), told
    assert who(endpoint.ask(1)) == "blue"


def test_a_request_that_a_version_read_is_not_sent_twice(endpoint: Endpoint) -> None:
    fake = Fake("answer read", "answer")
    fake.start(endpoint)
    assert ask_fake(endpoint, 1) == FAKE
    assert ask_fake(endpoint, 2)[0] == 502
    assert fake.requests == 2
    assert ask_fake(endpoint, 3) == FAKE
