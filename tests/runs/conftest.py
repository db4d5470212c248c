"""Tracking stores that MLflow itself wrote, from several of its versions, and a real tracking server."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from scoredock.cli.main import main

import hypothesis_profiles  # noqa: F401
import tracking_stores
from built_runtime import built_runtime
from cli.conftest import Terminal
from depth import LONG
from pace import patience
from ports import free_port

NEWEST = "3.17.2"
VERSIONS = {
    NEWEST: ["scikit-learn==1.9.1"],
    # The last of the second and of the first kind, with what they need that they do not say.
    "2.22.5": ["scikit-learn==1.9.1", "sqlalchemy<2.1"],
    "1.30.1": ["scikit-learn<1.4", "setuptools<66"],
}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"
LOG = Path(__file__).with_name("log_runs.py")
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    # Else a server starts eight processes for jobs of its own, which no client of its runs asks for.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}
FILE_STORE = {"MLFLOW_ALLOW_FILE_STORE": "true"}
"""Without it MLflow 3.17 refuses to write a `mlruns` folder."""


@dataclass(frozen=True)
class Logged:
    """A store with what was logged to it."""

    uri: str
    """What `run` commands are given."""
    folder: Path
    """The files of the store lie below it."""
    plain: str
    parent: str
    children: list[str]
    pickle: bytes
    predictions: list[int]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PYTHON"))}
    return {**kept, **QUIET, **more}


@pytest.fixture(scope="session")
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def mlflow(require: Callable[[object, str], None]) -> Callable[..., Path]:
    """`mlflow(version)` gives the folder of programs of an environment with it, made once and kept in the cache;
    `mlflow(version, "auth")` one with an extra."""

    def make(version: str, extra: str = "") -> Path:
        kind = f"{version}-{extra}" if extra else version
        place = CACHE / f"test-mlflow-{kind}-py{sys.version_info[0]}{sys.version_info[1]}"
        CACHE.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock", timeout=500):
            if not (place / "complete").exists():
                uv = str(Path(sys.executable).with_name("uv"))
                base = getattr(sys, "_base_executable", sys.executable)
                subprocess.run(
                    [uv, "venv", "--quiet", "--clear", "--python", base, str(place)],
                    check=True,
                )
                words = [
                    uv,
                    "pip",
                    "install",
                    "--quiet",
                    "--python",
                    str(place / "bin" / "python"),
                ]
                done = subprocess.run(
                    [*words, f"mlflow[{extra}]=={version}" if extra else f"mlflow=={version}", *VERSIONS[version]],
                    check=False,
                    capture_output=True,
                    text=True,
                )
                require(
                    done.returncode == 0,
                    f"MLflow {version} from the package index: {done.stderr[-400:]}",
                )
                (place / "complete").touch()
        return place / "bin"

    return make


@pytest.fixture(scope="session")
def log(mlflow: Callable[[str], Path]) -> Callable[..., Logged]:
    """`log(version, tracking_uri, folder, uri)` logs with MLflow's client."""

    def run(version: str, tracking: str, folder: Path, uri: str) -> Logged:
        done = subprocess.run(
            [str(mlflow(version) / "python"), str(LOG), tracking],
            cwd=folder,
            env=environment(**FILE_STORE),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        told = json.loads(done.stdout.strip().splitlines()[-1 if done.stdout.strip().endswith("}") else 0])
        return Logged(
            uri,
            folder,
            told["plain"],
            told["parent"],
            told["children"],
            bytes.fromhex(told["pickle"]),
            told["predictions"],
        )

    return run


@pytest.fixture(scope="session")
def local_store(log: Callable[..., Logged], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Logged]:
    """`local_store(version, kind)`: a `mlruns` folder or SQLite file; the same one for all tests."""
    made: dict[tuple[str, str], Logged] = {}

    def give(version: str, kind: str) -> Logged:
        if (version, kind) not in made:
            folder = tmp_path_factory.mktemp(f"{kind}-{version}")
            tracking, name = ("./mlruns", "mlruns") if kind == "folder" else ("sqlite:///mlflow.db", "mlflow.db")
            made[version, kind] = log(version, tracking, folder, str(folder / name))
        return made[version, kind]

    return give


@dataclass
class TrackingServer:
    """A real `mlflow server`."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def serving(
    programs: Path, folder: Path, *words: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[TrackingServer]:
    """`folder` gets its log, `cwd` (else `folder`) is where relative paths of its artifacts begin."""
    port = free_port()
    command = [
        str(programs / "mlflow"),
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        *words,
    ]
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"  # it starts uvicorn or gunicorn by name
    with (folder / "server.log").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd or folder,
            env=environment(PATH=path, **FILE_STORE, **(variables or {})),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + patience(90)
        while True:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{address}/health", timeout=5) as answer,
            ):
                if answer.status == 200:
                    break
            text = (folder / "server.log").read_text(errors="replace")
            assert process.poll() is None, text[-3000:]
            assert time.monotonic() < until, text[-3000:]
            process_wait(process, 0.05)
        yield TrackingServer(address, folder, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def process_wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until it ends, or so long."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


@pytest.fixture
def serve() -> Callable[..., contextlib.AbstractContextManager[TrackingServer]]:
    """`with serve(programs, folder, *words) as server:` for a server of one's own."""
    return serving


DEFAULTS = ("--backend-store-uri", "sqlite:///served.db")
"""Of the newest server: a database, and artifacts handed out by the server."""


@pytest.fixture(scope="session")
def stock(
    mlflow: Callable[[str], Path], log: Callable[..., Logged], tmp_path_factory: pytest.TempPathFactory
) -> Logged:
    """What was logged to such a server: a copy of what is kept beside its environment. The long run logs it anew."""
    programs = mlflow(NEWEST)
    place = programs.parent / f"served-{hashlib.sha256(LOG.read_bytes()).hexdigest()[:12]}"
    store, told = place / "store", place / "logged.json"
    with FileLock(f"{place}.lock", timeout=500):
        if LONG or not told.exists():
            shutil.rmtree(place, ignore_errors=True)
            store.mkdir(parents=True)
            with serving(programs, store, *DEFAULTS) as server:
                made = asdict(log(NEWEST, server.address, store, ""))
            told.write_text(json.dumps({**made, "folder": "", "pickle": made["pickle"].hex()}))
        folder = Path(shutil.copytree(store, tmp_path_factory.mktemp("served") / "store"))
        known = json.loads(told.read_text())
    return Logged(**{**known, "folder": folder, "pickle": bytes.fromhex(known["pickle"])})


@pytest.fixture(scope="session")
def tracking_server(mlflow: Callable[[str], Path], stock: Logged) -> Iterator[TrackingServer]:
    """The newest one, with its defaults."""
    with serving(mlflow(NEWEST), stock.folder, *DEFAULTS) as server:
        yield server


@pytest.fixture(scope="session")
def served(stock: Logged, tracking_server: TrackingServer) -> Logged:
    """What the server has, at its address."""
    return replace(stock, uri=tracking_server.address)


@pytest.fixture(scope="session")
def database_of_server(stock: Logged) -> Logged:
    """What the database of the server has, without the server."""
    return replace(stock, uri=str(stock.folder / "served.db"))


def fingerprint(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Everything below a folder: mode, time and bytes."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
        found[str(path.relative_to(folder))] = (
            status.st_mode,
            status.st_mtime_ns,
            content,
        )
    return found


@pytest.fixture
def untouched() -> Callable[[Path], contextlib.AbstractContextManager[None]]:
    """`with untouched(folder):` nothing below it may change, appear or vanish."""

    @contextlib.contextmanager
    def guard(folder: Path) -> Iterator[None]:
        before = fingerprint(folder)
        yield
        assert fingerprint(folder) == before

    return guard


class Commands:
    """The command line in this process: as `Terminal`, without the start of a process for each command."""

    def __init__(self, home: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.folder = folder
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main([*words, "--json", "--home", str(self.home)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *words: str) -> Any:
        """The one document of a command that must work."""
        code, out, err = self.run(*words)
        assert (code, err) == (0, ""), err
        return json.loads(out)

    def text(self, *words: str) -> str:
        """What a person reads of a command that must work."""
        self._capsys.readouterr()
        assert main([*words, "--home", str(self.home)]) == 0
        return self._capsys.readouterr().out

    def refused(self, *words: str) -> dict[str, Any]:
        """The error of a command that must fail."""
        code, out, err = self.run(*words)
        assert (code, out) == (1, ""), (code, out)
        return json.loads(err)["error"]  # type: ignore[no-any-return]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    """In an empty folder, with a data folder of its own."""
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    return Commands(tmp_path / "home", folder, capsys)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A `mlruns` folder with one experiment and no run, written by hand."""
    made = tmp_path / "project" / "mlruns"
    tracking_stores.experiment(made)
    return made


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The least that a tracking store in a database has, with one run."""
    return tracking_stores.database(tmp_path / "project")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The command line in an empty folder, without the variables of MLflow."""
    folder = tmp_path / "project"
    folder.mkdir()
    made = Terminal(tmp_path / "home", folder)
    yield made
    if (tmp_path / "home").is_dir():
        made.run("service", "stop-all", "--all")


@pytest.fixture(autouse=True)
def _no_tracking_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
