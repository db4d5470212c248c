"""A service whose log is read: deployed once for the tests of a file, deleted after them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docker_daemon import base_image, docker_host
from lsp.client import Client
from pace import patience

NAME = "talker"


@contextmanager
def talker(base: Path, script: str, engine: str = "process") -> Iterator[Client]:
    (base / "score.py").write_text(script)
    docked = {"SCOREDOCK_BASE_IMAGE": base_image(), "DOCKER_HOST": docker_host()} if engine == "docker" else {}
    with Client(base / "home", env=docked) as client:
        client.initialize(base)
        service = {"name": NAME, "entryScript": str(base / "score.py"), "engine": engine}
        client.ask("scoredock/service/deploy", service, patience(300))
        try:
            yield client
        finally:
            client.ask("scoredock/service/delete", {"name": NAME})
