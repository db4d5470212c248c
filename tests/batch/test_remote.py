"""Workers that have no input of their own: over a real socket, with the outcome of workers on this machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.batch.driver import Driver
from scoredock.batch.jobs import APP_ROOT, LISTING, JobFolder, JobProgress

from batch.conftest import Terminal, until
from pace import patience
from ports import free_port

FILES = (
    "import os\nfrom azureml_user.parallel_run import EntryScript\n\n\ndef init():\n    print('begins')\n\n\n"
    "def run(mini_batch):\n    print('has', len(mini_batch))\n    entry = EntryScript()\n"
    "    with open(os.path.join(entry.output_dir, f'own-{os.path.basename(mini_batch[0])}'), 'w') as stream:\n"
    "        stream.write('x' * 10)\n"
    "    return [os.path.basename(path) + ' ' + open(path).read().strip() for path in mini_batch]\n"
)
ROWS = "def run(mini_batch):\n    return mini_batch.assign(twice=2 * mini_batch['amount'])\n"


class Host:
    """A process as a pod has it, without anything of the input."""

    def __init__(self, job: JobFolder, folder: Path) -> None:
        record = job.job()
        self.secret = secrets.token_hex(16)
        self.port = free_port()
        root = folder / "app"
        shutil.copytree(job.of(APP_ROOT), root)
        variables = {
            **record.variables,
            "AML_APP_ROOT": str(root),
            "AZUREML_MODEL_DIR": str(root / record.model_dir),
            "AZUREML_ENTRY_SCRIPT": record.entry_script,
            "SCOREDOCK_BATCH_SECRET": self.secret,
        }
        (folder / "work").mkdir()
        self.process = subprocess.Popen(
            [record.python, "-m", "scoredock_runtime", "batch-host", str(folder / "work"), str(self.port)],
            env={**os.environ, **variables},
            cwd=folder,
        )

    waiting = ""

    def connect(self, number: int) -> socket.socket:
        deadline = time.monotonic() + patience(20)
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=None)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def lost(self, number: int) -> str:
        return "its host has gone"


def job(terminal: Terminal, script: str, *more: str) -> JobFolder:
    terminal.write(batch_score__py=script)
    head = ["batch", "run", "--name", "local", "--entry-script", "batch_score.py", "--conda-file", "pandas.txt"]
    assert terminal.json(*head, "--output-path", "local", *more)["job"]["state"] == "Completed"
    return JobFolder(terminal.jobs / "local")


def again(job: JobFolder, output: Path) -> JobFolder:
    """The same job, not begun."""
    folder = JobFolder(job.path.with_name("remote"))
    folder.path.mkdir()
    shutil.copy(job.of(LISTING), folder.of(LISTING))
    shutil.copytree(job.of(APP_ROOT), folder.of(APP_ROOT))
    output.mkdir()
    folder.write_job(replace(job.job(), name="remote", output=str(output)))
    return folder


def elsewhere(job: JobFolder, terminal: Terminal) -> JobProgress:
    folder = terminal.home.parent / "host"
    folder.mkdir()
    host = Host(job, folder)
    try:
        return Driver(again(job, terminal.folder / "remote"), host).run()
    finally:
        host.process.kill()
        host.process.wait()


def outputs(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.fixture
def table(terminal: Terminal) -> None:
    (terminal.folder / "in").mkdir()
    for part in range(3):
        rows = "".join(f'{number},"a\nb",{number}\n' for number in range(1000 * part, 1000 * part + 1000))
        (terminal.folder / "in" / f"part-{part}.csv").write_text(f"id,text,amount\n{rows}")


def test_files_go_there_and_what_comes_of_them_comes_back(terminal: Terminal) -> None:
    (terminal.folder / "in" / "deep").mkdir(parents=True)
    for number in range(25):
        (terminal.folder / "in" / ("deep" if number % 2 else ".") / f"f{number:02}.txt").write_text(f"{number}\n")
    here = job(terminal, FILES, "--input", "in", "--mini-batch-size", "4", "--process-count", "3")
    progress = elsewhere(here, terminal)
    assert (progress.state, progress.completed, progress.failed, progress.items) == ("Completed", 7, 0, 25)
    assert outputs(terminal.folder / "remote") == outputs(terminal.folder / "local")
    assert len(outputs(terminal.folder / "remote")) == 8
    log = "".join(each.read_text() for each in (terminal.jobs / "remote" / "logs").glob("*.txt"))
    assert log.count("has 4") == 6


def test_rows_of_a_table(terminal: Terminal, table: None) -> None:
    here = job(terminal, ROWS, "--input", "in", "--input-format", "csv", "--mini-batch-size", "300")
    assert elsewhere(here, terminal).state == "Completed"
    assert outputs(terminal.folder / "remote") == outputs(terminal.folder / "local")


LONELY = (
    "import sys\nfrom scoredock_runtime.batch import remote\nremote.SILENT_SECONDS = 1.0\n"
    "remote.Host(sys.argv[1], 'secret').serve(int(sys.argv[2]), '127.0.0.1', unused_seconds=float(sys.argv[3]))\n"
)


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Callable[[float], tuple[subprocess.Popen[bytes], int]]]:
    """A host that waits so many seconds for a driver, and its port."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(seconds: float) -> tuple[subprocess.Popen[bytes], int]:
        port = free_port()
        begun.append(subprocess.Popen([sys.executable, "-c", LONELY, str(tmp_path), str(port), str(seconds)]))
        return begun[-1], port

    yield start
    for each in begun:
        each.kill()
        each.wait()


def connected(port: int) -> socket.socket:
    for _ in until(20, "the host to listen"):
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=patience(20))
    raise AssertionError


def test_a_host_that_nobody_needs_ends(lonely: Callable[[float], tuple[subprocess.Popen[bytes], int]]) -> None:
    process, _ = lonely(0.5)
    assert process.wait(patience(20)) == 0


def test_a_caller_without_the_secret_is_sent_away(
    lonely: Callable[[float], tuple[subprocess.Popen[bytes], int]],
) -> None:
    _, port = lonely(60)
    with connected(port) as caller:
        caller.sendall(b'{"secret": "guess"}\n{"start": {}}\n')
        assert caller.makefile("rb").read() == b""


def test_a_driver_that_is_silent_is_taken_for_lost(
    lonely: Callable[[float], tuple[subprocess.Popen[bytes], int]],
) -> None:
    """As one whose machine was switched off: its connection does not end by itself."""
    process, port = lonely(0.5)
    with connected(port) as driver:
        driver.sendall(b'{"secret": "secret"}\n')
        while driver.recv(1 << 16):
            pass  # signs of life, until the host gives up
    assert process.wait(patience(20)) == 0
