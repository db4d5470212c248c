"""Debian's own container registry on a free port of loopback, which lets one account in. Docker speaks plain HTTP
there."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docker_daemon import missing
from pace import patience
from ports import free_port

USER = "ada"
PASSWORD = "canary-5503"


@dataclass(frozen=True)
class PrivateRegistry:
    """`address` is `127.0.0.1:port`, as it begins the names of images."""

    address: str
    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def private_registry(folder: Path) -> Iterator[PrivateRegistry]:
    """Serves from a folder until the end of the block. Skips, or fails in CI, where the programs are not installed."""
    if not (shutil.which("docker-registry") and shutil.which("htpasswd")):
        missing("docker-registry and apache2-utils")
    accounts = subprocess.run(["htpasswd", "-Bbn", USER, PASSWORD], capture_output=True, check=True).stdout
    (folder / "htpasswd").write_bytes(accounts)
    port = free_port()
    (folder / "config.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
        f"auth: {{htpasswd: {{realm: tests, path: {folder}/htpasswd}}}}\n"
    )
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(["docker-registry", "serve", str(folder / "config.yml")], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + patience(20)
        while True:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < deadline, (folder / "log").read_text()
            assert running.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        yield PrivateRegistry(f"127.0.0.1:{port}")
    finally:
        running.terminate()
        running.wait(10)
