"""A service whose log is read: deployed once for the tests of a file, deleted after them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lsp.client import Client

NAME = "talker"


@contextmanager
def talker(base: Path, script: str) -> Iterator[Client]:
    (base / "score.py").write_text(script)
    with Client(base / "home") as client:
        client.initialize(base)
        client.ask("scoredock/service/deploy", {"name": NAME, "entryScript": str(base / "score.py")})
        yield client
        client.ask("scoredock/service/delete", {"name": NAME})
