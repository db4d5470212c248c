"""The browser of these tests: other tests come and go beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbench.window import Chromium

LINK = "scoredock-ui"
NOTICED = 3.0
"""Seconds after which a browser that watches interfaces has given up its connections: it waits a moment for more
changes."""


def link(*words: str) -> None:
    subprocess.run(["ip", "link", *words], check=True, capture_output=True)


@pytest.mark.long("a test of the tests: what it shows does not change with the project")
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="makes network interfaces")
def test_a_container_that_starts_elsewhere_breaks_off_no_request(browser: None, chromium: Chromium) -> None:
    """Every container brings an interface, and the browser would give up what it is loading at each of them."""
    asked, changed = threading.Event(), threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/slow"):
                asked.set()
                changed.wait(60)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"whole")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    def change() -> None:
        asked.wait(60)
        try:
            link("add", LINK, "type", "veth", "peer", "name", f"{LINK}-in")
            try:
                subprocess.run(["ip", "address", "add", "198.51.100.7/32", "dev", LINK], check=True)
                for each in (LINK, f"{LINK}-in"):
                    link("set", each, "up")
                changed.wait(NOTICED)
            finally:
                link("delete", LINK)
            changed.wait(NOTICED)
        finally:
            changed.set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    changing = threading.Thread(target=change)
    context = chromium.profile(400, 300)
    try:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        changing.start()
        # It opens six connections to one server; what waits for one of them is what it would give up.
        fetched = (
            "Promise.all([...Array(9).keys()].map((n) => fetch(`/slow?${n}`).then((answer) => answer.text(), String)))"
        )
        assert page.evaluate(fetched) == ["whole"] * 9
    finally:
        context.close()
        changed.set()
        changing.join(60)
        server.shutdown()
