"""The two servers side by side: azureml-inference-server-http from PyPI and ours, started the same way."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.loaded import Forked, Loaded, can_start
from pace import patience
from ports import free_port

SCRIPTS = Path(__file__).with_name("scripts")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"
START_LIMIT = 60.0
"""Seconds that a server has until it answers; the machine may be busy."""


@dataclass(frozen=True)
class Service:
    """What is started on both servers. `{port}`, `{second}` and `{folder}` in arguments and values are filled in."""

    name: str
    script: str = "plain.py"
    """A file of scripts/, copied as score.py; empty for none."""
    arguments: tuple[str, ...] = ("--entry_script", "score.py", "--port", "{port}")
    more: tuple[str, ...] = ()
    """Further arguments."""
    environment: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """Further files by name, with their text, or `=name` for a file of scripts/."""
    one_at_a_time: bool = False
    """For servers that take the same port."""


@dataclass
class Ended:
    """A server that ended by itself."""

    code: int
    log: str


@dataclass
class Running:
    """A server that answers."""

    port: int
    second: int
    process: subprocess.Popen[bytes] | Forked
    folder: Path
    _log: Path

    def log(self) -> str:
        """All that it has written, standard error included."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, fact: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
        """The first true value of `fact`."""
        until = time.monotonic() + patience(seconds)
        while True:
            value = fact()
            if value:
                return value
            assert time.monotonic() < until, f"{what}: not within {seconds} s\n{self.log()[-3000:]}"
            time.sleep(0.01)


Command = list[str] | Loaded


def ours() -> Command:
    """The command that starts our runtime."""
    return [sys.executable, "-m", "scoredock_runtime"]


def make_folder(service: Service, folder: Path) -> Path:
    """The application's folder with all its files."""
    folder.mkdir(parents=True)
    if service.script:
        shutil.copy(SCRIPTS / service.script, folder / "score.py")
    for name, text in service.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((SCRIPTS / text[1:]).read_text() if text.startswith("=") else text, encoding="utf-8")
    return folder


@contextlib.contextmanager
def started(
    command: Command, service: Service, folder: Path, scratch: Path, *, port: int = 5001
) -> Iterator[Running | Ended]:
    """The service on one server, once it answers or has ended. `scratch` takes its log and temporary files; `port` is
    where it answers when its arguments do not say."""
    scratch.mkdir(parents=True)
    known = {"port": str(free_port()), "second": str(free_port()), "folder": str(folder)}

    def fill(text: str) -> str:
        return re.sub(r"\{(port|second|folder)\}", lambda found: known[found.group(1)], text)

    arguments = [fill(each) for each in (*service.arguments, *service.more)]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **{name: fill(value) for name, value in service.environment.items()},
    }
    log = scratch / "log.txt"
    process: subprocess.Popen[bytes] | Forked
    with log.open("wb") as stream:
        if isinstance(command, Loaded) and can_start(environment):
            process = command.start(arguments, folder, environment, stream)
        else:
            words = [command.program] if isinstance(command, Loaded) else command
            process = subprocess.Popen(
                [*words, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
    if known["port"] in arguments:
        port = int(known["port"])
    running = Running(port, int(known["second"]), process, folder, log)
    try:
        yield running if _answers(running) else Ended(process.wait(), running.log())
    finally:
        _stop(process)


def _answers(running: Running) -> bool:
    """False when it ended instead."""
    until = time.monotonic() + patience(START_LIMIT)
    pause = 0.02
    while running.process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
            connection.request("GET", "/")
            status = connection.getresponse().status
            connection.close()
            if status == 200 and _is_ready(running):
                return True
        assert time.monotonic() < until, f"no answer within {START_LIMIT} s:\n{running.log()[-3000:]}"
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(pause)
        pause = min(1.5 * pause, 0.15)  # each question takes its part of what the start needs
    return False


def _is_ready(running: Running) -> bool:
    """Ours answers health while init() runs, and tells when its workers are ready; the other is ready then."""
    text = running.log()
    wanted = re.search(r"^Worker Count: (\d+)$", text, re.MULTILINE)
    ready = len(re.findall(r"^Worker \d+ is ready", text, re.MULTILINE))
    return "Scoredock" not in text or (wanted is not None and ready >= int(wanted.group(1)))


def _stop(process: subprocess.Popen[bytes] | Forked) -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
