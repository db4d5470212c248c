"""A good probe counts for some seconds, and no longer than what leads to the service stays the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from scoredock.engines.probe import Address, LastingProbes

from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof

NONCE = "a nonce"


class Service(ThreadingHTTPServer):
    """Counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked += 1
                self.send_response(service.status)
                self.send_header(PROOF_HEADER, proof(NONCE, self.headers[CHALLENGE_HEADER]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def address(service: Service) -> Address:
    return Address(service.server_port, NONCE)


def test_a_good_one_lasts_while_the_way_is_the_same(service: Service) -> None:
    probes = LastingProbes(60)
    assert all(probes.probe(address(service), ["one"], 5).healthy for _ in range(3))
    assert service.asked == 1
    service.status = 503
    assert probes.probe(address(service), ["one"], 5).healthy, "which the pods of the API would have told"
    assert not probes.probe(address(service), ["one", "two"], 5).healthy
    assert service.asked == 2


def test_one_that_failed_is_made_again_each_time(service: Service) -> None:
    probes = LastingProbes(60)
    service.status = 503
    assert not any(probes.probe(address(service), "way", 5).healthy for _ in range(3))
    assert service.asked == 3
    service.status = 200
    assert probes.probe(address(service), "way", 5).healthy


def test_after_its_time_it_is_made_again(service: Service) -> None:
    probes = LastingProbes(0)
    assert all(probes.probe(address(service), "way", 5).healthy for _ in range(3))
    assert service.asked == 3
