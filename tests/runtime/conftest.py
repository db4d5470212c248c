"""Real services for the runtime's tests: real processes, real sockets, facts waited for instead of time."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import hypothesis_profiles  # noqa: F401
import interpreters
import preloaded
from depth import LONG
from pace import patience
from scoredock_runtime import contract

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "pyserver" / "runtime"
UV = Path(sys.executable).parent / "uv"

PLAIN = """
def init():
    pass

def run(data):
    return {"got": data}
"""


AT_START = dict(os.environ)
"""What a process that is forked later has begun with."""


def wait_for(fact: Callable[[], Any], seconds: float = 20.0) -> Any:
    """The first true value of `fact`."""
    deadline = time.monotonic() + patience(seconds)
    pause = 0.005
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {seconds} s: {getattr(fact, '__name__', fact)}")
        time.sleep(pause)
        pause = min(1.2 * pause, 0.04)  # what takes long is asked for less often


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Service:
    """A service folder with its application, started and spoken to as the server does it."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.parent_python = python
        self.app = folder / "revisions" / "1" / "azureml-app"
        self.app.mkdir(parents=True)
        self.spec = contract.ServiceSpec(
            name="svc", revision=1, nonce="the-nonce", python=python, app_root=str(self.app), entry_script="score.py"
        )

    def write(self, script: str = PLAIN, name: str = "score.py", app: Path | None = None) -> Path:
        path = (app or self.app) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(script))
        return path

    def start(self, *, fresh: bool = False, **changes: Any) -> contract.ServiceStatus:
        """`fresh` takes a new interpreter, whatever it costs; else it may be a fork that has the runtime loaded."""
        self.spec = dataclasses.replace(self.spec, **changes)
        (self.folder / contract.SPEC_FILE).write_text(contract.to_json(self.spec))
        words = ["start", str(self.folder)]
        if self.parent_python == sys.executable and not fresh and not LONG and preloaded.can_start(AT_START):
            done = preloaded.run(
                "scoredock_runtime", words, cwd=Path("/"), env=dict(os.environ), given=None, timeout=60
            )
        else:
            done = subprocess.run(
                [self.parent_python, "-m", "scoredock_runtime", *words],
                capture_output=True,
                text=True,
                timeout=60,
                cwd="/",
            )
        self.start_code = done.returncode
        assert done.stdout, done.stderr
        return contract.status_from_json(done.stdout)

    def up(self, script: str = PLAIN, **changes: Any) -> Service:
        self.write(script)
        self.start(**changes)
        status = self.settle()
        assert status.phase == contract.READY, status
        return self

    @property
    def status(self) -> contract.ServiceStatus:
        found = contract.read_status(self.folder)
        assert found is not None
        return found

    def settle(self, seconds: float = 30.0) -> contract.ServiceStatus:
        """The status once it is no longer starting."""
        return wait_for(lambda: self.status if self.status.phase != contract.STARTING else None, seconds)

    def request(
        self,
        method: str = "GET",
        path: str = "/",
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 20.0,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.status.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            pairs = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, pairs, response.read())
        finally:
            connection.close()

    def score(self, value: Any = None, **headers: str) -> Answer:
        return self.request("POST", "/score", json.dumps(value), {"Content-Type": "application/json", **headers})

    def control(self, method: str, path: str, body: Any = None, nonce: str | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.status.control_port, timeout=60)
        try:
            headers = {"Authorization": f"Bearer {nonce or self.spec.nonce}"}
            # Who sends too much is answered before all of it has gone.
            with contextlib.suppress(BrokenPipeError):
                connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return Answer(response.status, {}, response.read())
        finally:
            connection.close()

    def replace(self, script: str, revision: int = 2, **changes: Any) -> Answer:
        app = self.folder / "revisions" / str(revision) / "azureml-app"
        self.write(script, app=app)
        spec = dataclasses.replace(self.spec, revision=revision, app_root=str(app), **changes)
        path = self.folder / f"spec-{revision}.json"
        path.write_text(contract.to_json(spec))
        return self.control("POST", "/replace", {"spec": str(path)})

    def stop(self, grace: float = 5.0) -> contract.ServiceStatus:
        answer = self.control("POST", "/stop", {"grace": grace})
        assert answer.status == 200
        return contract.status_from_json(answer.body.decode())

    def log(self) -> list[dict[str, Any]]:
        files = sorted((self.folder / "logs").glob("service.jsonl*"), key=lambda path: len(path.name), reverse=False)
        numbered = sorted((p for p in files if p.suffix != ".jsonl"), key=lambda p: -int(p.suffix[1:]))
        current = [path for path in files if path.suffix == ".jsonl"]
        texts = (path.read_text() for path in [*numbered, *current])
        # The last line may be on its way.
        return [json.loads(line) for text in texts for line in text[: text.rfind("\n") + 1].splitlines()]

    def log_text(self) -> str:
        return "\n".join(record["m"] for record in self.log())

    def processes(self) -> list[psutil.Process]:
        """All that runs for this service: the parent, workers, and what carries a worker's mark or folder."""
        if sys.platform == "linux":
            return list(self._processes_of_linux())
        found = []
        for process in psutil.process_iter():
            try:
                line = " ".join(process.cmdline())
                marked = process.environ().get("SCOREDOCK_WORKER", "").startswith(str(self.folder))
                alive = process.status() != psutil.STATUS_ZOMBIE
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            if alive and (marked or str(self.folder) in line):
                found.append(process)
        return found

    def _processes_of_linux(self) -> Iterator[psutil.Process]:
        """The same, with a tenth of the work, as hundreds of tests ask again and again. A zombie shows neither."""
        folder = os.fsencode(self.folder)
        for number in (each.name for each in Path("/proc").iterdir() if each.name.isdigit()):
            try:
                line = Path(f"/proc/{number}/cmdline").read_bytes()
                variables = Path(f"/proc/{number}/environ").read_bytes()
                if folder in line or b"\0SCOREDOCK_WORKER=" + folder in b"\0" + variables:
                    process = psutil.Process(int(number))
                    if process.status() != psutil.STATUS_ZOMBIE:
                        yield process
            except (OSError, psutil.NoSuchProcess, psutil.AccessDenied):
                continue

    def gone(self) -> bool:
        return not self.processes()

    def clean_up(self) -> None:
        for process in self.processes():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        wait_for(self.gone, 5)


class Shared:
    """A service that many tests ask hostile things; when one of them has broken it, the next gets another one."""

    def __init__(self, folder: Path, python: str, script: str) -> None:
        self._folder, self._python, self._script = folder, python, script
        self._made: list[Service] = []

    def give(self) -> Service:
        if not self._made or not self._answers():
            self.close()
            self._made.append(Service(self._folder / f"svc{len(self._made)}", self._python))
            self._made[-1].up(self._script)
        return self._made[-1]

    def close(self) -> None:
        if self._made:
            self._made[-1].clean_up()

    def _answers(self) -> bool:
        def answers() -> bool:
            try:
                return self._made[-1].status.phase == contract.READY and self._made[-1].request().status == 200
            except (OSError, http.client.HTTPException):
                return False

        try:
            return bool(wait_for(answers, 5))
        except AssertionError:
            return False


@pytest.fixture(scope="session")
def oldest_python(make_environment: Callable[..., str]) -> str:
    """An environment of the oldest Python here with the runtime alone: no Flask, no NumPy, no accelerators."""
    return make_environment(next(iter(interpreters.found().values())))


@pytest.fixture(scope="session")
def make_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """`make_environment(base, *packages)`: the interpreter of an environment with the runtime, made once a session."""
    made: dict[tuple[object, ...], str] = {}

    def make(base: Path, *packages: str) -> str:
        key = (base, *packages)
        if key not in made:
            made[key] = environment(tmp_path_factory, base, *packages)
        return made[key]

    return make


def environment(factory: pytest.TempPathFactory, base: Path, *packages: str) -> str:
    folder = factory.mktemp("environments") / "venv"
    uv = UV if UV.exists() else Path(shutil.which("uv") or "uv")
    quiet: dict[str, Any] = {"check": True, "capture_output": True, "timeout": 100}
    try:
        subprocess.run([uv, "venv", "-q", "-p", base, folder], **quiet)
        python = folder / "bin" / "python"
        subprocess.run([uv, "pip", "install", "-q", "-p", python, str(RUNTIME), *packages], **quiet)
    except (OSError, subprocess.SubprocessError) as fault:
        detail = getattr(fault, "stderr", b"") or b""
        why = f"no environment of {base}: {fault} {detail.decode(errors='replace')[-300:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return str(python)


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    made: list[Service] = []

    def make(name: str = "svc", python: str = sys.executable) -> Service:
        service = Service(tmp_path / name, python)
        made.append(service)
        return service

    yield make
    for service in made:
        service.clean_up()


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service()


@pytest.fixture(name="wait_for")
def wait_for_fixture() -> Callable[..., Any]:
    return wait_for


@pytest.fixture(scope="session")
def shared_type() -> type[Shared]:
    return Shared


@pytest.fixture(scope="session")
def service_type() -> type[Service]:
    return Service
