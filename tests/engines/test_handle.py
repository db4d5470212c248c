"""What finds a service again: read as it was written, by older and newer releases too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.engines.handle import Handle, handle_from_text, handle_to_text

PROCESS = Handle(
    "process",
    Path("/data/svc"),
    nonce="n" * 64,
    port=6789,
    certificate="/c.pem",
    pid=7,
    started=1.5,
)
CONTAINER = Handle(
    "docker",
    Path("/data/svc"),
    nonce="n" * 64,
    port=6789,
    debugged=False,
    endpoint="unix:///var/run/docker.sock",
    container="abc",
    name="scoredock-svc",
    control_port=4,
    holder="first",
)


@pytest.mark.parametrize("handle", [PROCESS, CONTAINER])
def test_what_is_written_is_read(handle: Handle) -> None:
    assert handle_from_text(handle_to_text(handle)) == handle


def test_the_nonce_is_in_no_message() -> None:
    assert "nnn" not in repr(PROCESS)


def test_handles_of_older_and_newer_releases() -> None:
    older = '{"engine": "process", "folder": "/data/svc", "pid": 7, "started": 1.5, "nonce": "", "port": 0}'
    assert handle_from_text(older) == Handle("process", Path("/data/svc"), pid=7, started=1.5)
    newer = json.dumps(
        {
            **json.loads(handle_to_text(CONTAINER)),
            "format": 99,
            "of a newer release": {},
        }
    )
    assert handle_from_text(newer) == CONTAINER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"engine": "process"}',
        '{"engine": "x", "folder": 1}',
    ],
)
def test_a_text_that_makes_no_sense_finds_nothing(text: str) -> None:
    assert handle_from_text(text) is None
