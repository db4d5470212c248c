"""Debian's own container registry, in plain HTTP or with TLS, for anybody, with a password, or with tokens."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docker_daemon import missing
from pace import patience
from ports import free_port

USER = "ada"
PASSWORD = "canary-5503"


@contextlib.contextmanager
def real_registry(
    folder: Path,
    *,
    auth: Mapping[str, Any] | None = None,
    tls: tuple[Path, Path] | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[str]:
    """`host:port`, serving from a folder until the end of the block. `tls` is a certificate and its key."""
    if not shutil.which("docker-registry"):
        missing("docker-registry")
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    address = f"{host}:{port}"
    settings: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": address, **({"tls": {"certificate": str(tls[0]), "key": str(tls[1])}} if tls else {})},
        **({"auth": auth} if auth else {}),
    }
    (folder / "config.yml").write_text(json.dumps(settings))  # JSON is YAML
    with (folder / "log").open("ab") as log:
        running = subprocess.Popen(["docker-registry", "serve", str(folder / "config.yml")], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + patience(20)
        while True:
            with socket.socket() as knock:
                if knock.connect_ex((host, port)) == 0:
                    break
            assert time.monotonic() < deadline, (folder / "log").read_text()
            assert running.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        yield address
    finally:
        running.terminate()
        running.wait(10)


def accounts(folder: Path) -> dict[str, Any]:
    """Settings with which one account is let in by its password."""
    if not shutil.which("htpasswd"):
        missing("apache2-utils")
    folder.mkdir(parents=True, exist_ok=True)
    lines = subprocess.run(["htpasswd", "-Bbn", USER, PASSWORD], capture_output=True, check=True).stdout
    (folder / "htpasswd").write_bytes(lines)
    return {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}
