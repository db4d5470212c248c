"""What a server that nobody uses holds: the figure is counted in pages and not in time."""

from __future__ import annotations

from pathlib import Path

import psutil

from lsp.client import COMMAND, Client

MOST = 80e6
"""Bytes, of which Python itself has 10 and the types of the protocol 17 million."""
SCRIPT = """import json

import joblib


def init():
    global model
    model = joblib.load("model.pkl")


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
"""


def test_a_server_that_is_idle_and_one_that_has_checked_a_script_are_small(tmp_path: Path) -> None:
    with Client(tmp_path / "home", command=COMMAND) as client:
        client.initialize(tmp_path)
        process = psutil.Process(client.process.pid)
        assert process.memory_info().rss < MOST
        client.diagnostics(client.open(tmp_path / "score.py", SCRIPT), 1)
        assert process.memory_info().rss < MOST
