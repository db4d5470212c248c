"""What the routers of one endpoint in several pods have besides: routes that are counted, names that versions do not
have, and connections to other machines that are not kept for ever."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import math
import os
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from endpoints import MARK, Endpoint
from pace import patience, within
from parts import missing
from scoredock_runtime.contract import (
    ALLOWED_HOSTS,
    ROUTES_FILE,
    Route,
    Routes,
    ServiceSpec,
    WithdrawalLimits,
    routes_from,
)
from scoredock_runtime.router.connections import Connections
from scoredock_runtime.router.heads import RequestHeads
from scoredock_runtime.router.loop import RouterLoop
from scoredock_runtime.router.version import Version
from scoredock_runtime.service_folder.packaged_spec import complete_spec
from scoredock_runtime.service_folder.spec_file import write_spec

HOSTS = ("prices-endpoint", "prices-endpoint.models")


@pytest.fixture
def endpoint(make_service: Callable[..., Any], wait_for: Callable[..., Any]) -> Endpoint:
    return Endpoint(make_service, wait_for)


def answer_to(port: int, host: str, method: str = "POST", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, "/score", "1" if method == "POST" else None, {"Host": host, **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheader(MARK) or ""


def test_requests_for_the_routers_own_name_reach_versions_that_have_others(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.router.start(
        routes=endpoint.routes(blue=100),
        template=False,
        app_root=str(endpoint.router.folder),
        entry_script="",
        environment={ALLOWED_HOSTS: ",".join(HOSTS)},
    )
    port = endpoint.router.settle().port
    for host in (*HOSTS, "Prices-Endpoint:80", f"127.0.0.1:{port}"):
        assert answer_to(port, host) == (200, "blue"), host
    assert answer_to(port, "someone.example.com")[0] in (400, 403), "the version decides on any other name"


@pytest.mark.parametrize("host", ["prices-endpoint", "PRICES-endpoint:8080", "prices-endpoint.models"])
def test_only_the_name_of_the_router_is_another_one_for_the_version(host: str) -> None:
    heads = RequestHeads("", HOSTS)
    head = f"POST /score HTTP/1.1\r\nX-Host: {host}\r\nhost: {host}\r\nContent-Length: 2\r\n\r\n".encode()
    read = heads.read(head)
    assert read.passed_on == head.replace(f"\r\nhost: {host}".encode(), b"\r\nHost: localhost")
    assert not read.usual
    other = heads.read(head.replace(f"\r\nhost: {host}".encode(), b"\r\nhost: prices-endpoint.example.com"))
    assert other.passed_on is None
    assert other.usual


def test_routes_that_are_older_than_those_of_a_router_are_refused(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green")
    endpoint.up(blue=100, green=0)
    for turn, shares, status in ((3, {"green": 100}, 200), (2, {"green": 0}, 409), (3, {"green": 100}, 200)):
        routes = dataclasses.replace(endpoint.routes(**{"blue": 0, **shares}), turn=turn)
        answer = endpoint.router.control("POST", "/routes", {"routes": dataclasses.asdict(routes), "grace": 5.0})
        assert answer.status == status, (turn, answer.body)
    assert endpoint.router.control("GET", "/traffic").json()["turn"] == 3
    assert {answer_to(endpoint.router.status.port, "localhost")[1] for _ in range(20)} == {"green"}
    for wrong in (-1, True, "3"):
        with pytest.raises(ValueError, match="turn"):
            routes_from({**dataclasses.asdict(endpoint.routes(blue=100)), "turn": wrong})


def test_a_router_tells_withdrawals_and_differences_by_its_control_port(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green", 'def init():\n    pass\n\ndef run(data):\n    raise ValueError("broken")\n')
    limits = {"green": WithdrawalLimits(armed=4, errors=5, requests=5)}
    endpoint.up(blue=0, green=100, default="blue", limits=limits)
    for _ in range(8):
        endpoint.ask(0)
    told = endpoint.router.control("GET", "/traffic").json()
    assert [(each["version"], each["armed"], each["kind"]) for each in told["withdrawals"]] == [("green", 4, "errors")]

    endpoint.use(blue=100, green=0, default="blue", mirror="green", mirror_share=100)
    endpoint.ask(0)
    endpoint.wait_for(lambda: endpoint.router.control("GET", "/differences").json())
    (difference,) = endpoint.router.control("GET", "/differences").json()
    assert (difference["version"], difference["difference"]) == ("green", "status 200 → 500")
    endpoint.version("grey")
    endpoint.use(blue=100, green=0, grey=0, default="blue", mirror="grey", mirror_share=10)
    assert endpoint.router.control("GET", "/differences").json() == [], "another version begins a new list"


def routes(turn: int) -> Routes:
    return Routes([Route("blue", 5001, host="10.0.0.7")], "blue", turn=turn)


def test_a_router_that_starts_again_goes_by_the_newest_routes(tmp_path: Path) -> None:
    mounted, state = tmp_path / "mounted", tmp_path / "state"
    mounted.mkdir()
    state.mkdir()
    spec = ServiceSpec(
        name="prices-endpoint",
        revision=1,
        nonce="",
        python="",
        app_root="/",
        entry_script="",
        routes_folder=str(mounted),
    )
    with pytest.raises(ValueError, match="routes"):
        complete_spec(spec, str(state))
    for in_map, kept, expected in ((1, None, 1), (1, 2, 2), (3, 2, 3)):
        (mounted / ROUTES_FILE).write_text(json.dumps(dataclasses.asdict(routes(in_map))))
        if kept is not None:
            write_spec(str(state), dataclasses.replace(spec, routes=routes(kept)))
        found = complete_spec(spec, str(state)).routes
        assert found is not None
        assert found.turn == expected
    (mounted / ROUTES_FILE).write_text("{}")
    with pytest.raises(ValueError, match="missing"):
        complete_spec(spec, str(state))


class Clock:
    """A loop that says what time it is."""

    now = 100.0


def test_connections_to_another_machine_are_used_for_some_seconds() -> None:
    loop = cast(RouterLoop, Clock())

    def until(host: str) -> float:
        return Version(
            loop, Route("blue", 80, host=host), memoryview(bytearray(512)).cast("d"), Connections()
        ).connections_until

    assert until("127.0.0.1") == until("::1") == math.inf
    assert until("10.96.0.12") == until("fd00::12") == 110.0


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="a limit that Linux has")
def test_a_machine_that_answers_nothing_is_not_waited_for() -> None:
    version = Version(
        RouterLoop(), Route("blue", 80, host="192.0.2.1"), memoryview(bytearray(512)).cast("d"), Connections()
    )
    upstream = version.connection()
    if upstream is None:
        missing("a route to other machines")
    options = [
        upstream.socket.getsockopt(socket.IPPROTO_TCP, each) for each in (socket.TCP_USER_TIMEOUT, socket.TCP_SYNCNT)
    ]
    upstream.end()
    assert options == [10_000, 2]


def own_address() -> str:
    """Of this machine, other than its loopback; empty for none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def fill(silent: socket.socket, clients: contextlib.ExitStack) -> None:
    """It listens, and the system answers no further client of its."""
    silent.listen(0)
    for _ in range(4):
        client = clients.enter_context(socket.socket())
        client.setblocking(False)
        client.connect_ex(silent.getsockname())
    time.sleep(0.2)


def test_a_version_elsewhere_that_answers_no_connection_costs_a_second_once(endpoint: Endpoint) -> None:
    address = own_address()
    if not address:
        missing("an address beside that of the loopback")
    endpoint.version("blue")
    with socket.socket() as silent, contextlib.ExitStack() as waiting:
        silent.bind((address, 0))
        fill(silent, waiting)
        both = [*endpoint.routes(blue=0).versions, Route("green", silent.getsockname()[1], 100, host=address)]
        endpoint.router.start(
            routes=Routes(both, "blue"), template=False, app_root=str(endpoint.router.folder), entry_script=""
        )
        port = endpoint.router.settle().port
        times = []
        for _ in range(40):
            began = time.monotonic()
            assert answer_to(port, "localhost") == (200, "blue")
            times.append(time.monotonic() - began)
    assert times[0] > 0.9, "it was asked first"
    assert within(times[0], 3)
    assert sum(each > 0.5 for each in times) < 4, times


@pytest.mark.skipif(sys.platform != "linux", reason="two sockets at one port, which take connections by turns")
def test_one_replica_elsewhere_that_takes_no_connection_does_not_stand_for_all(endpoint: Endpoint) -> None:
    """As behind the address of a Service, where the next connection may lead to another one."""
    address = own_address()
    if not address:
        missing("an address beside that of the loopback")
    with at_port(address, 0) as silent, contextlib.ExitStack() as clients:
        fill(silent, clients)
        port = silent.getsockname()[1]
        routes = Routes([Route("green", port, 100, host=address)], "green")
        endpoint.router.start(routes=routes, template=False, app_root=str(endpoint.router.folder), entry_script="")
        settled = endpoint.router.settle().port
        with ThreadPoolExecutor(1) as pool, at_port(address, port) as live:
            answered = pool.submit(answer_to, settled, "localhost")
            endpoint.wait_for(lambda: is_tried(address, port))
            clients.close()
            live.listen()
            silent.close()
            live.settimeout(patience(20))
            with live.accept()[0] as taken:
                taken.recv(65536)
                taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
                assert answered.result(patience(20)) == (200, "green")
    assert "takes no connections" not in endpoint.router.log_text()


def at_port(address: str, port: int) -> socket.socket:
    """One of several sockets at the same port."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((address, port))
    return made


def is_tried(address: str, port: int) -> bool:
    """Whether another process waits for a connection to there."""
    waiting = (each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_SYN_SENT)
    return any(each.raddr == (address, port) and each.pid != os.getpid() for each in waiting)
