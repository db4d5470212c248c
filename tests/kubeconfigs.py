"""Kubeconfig files for tests that need no cluster: their servers are ports on which nobody or nothing answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

NOBODY = "https://127.0.0.1:1"
"""Where nothing listens."""


def write_kubeconfig(path: Path, contexts: Mapping[str, str], login: Mapping[str, Any] | None = None) -> Path:
    """Contexts by name with the address of their server; `login` is what all their users have, a token by default."""
    entry = dict(login or {"token": "secret-token"})
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in contexts.items()],
        "users": [{"name": name, "user": entry} for name in contexts],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": name, "namespace": "models"}} for name in contexts
        ],
    }
    path.write_text(yaml.safe_dump(document))
    return path


@contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
