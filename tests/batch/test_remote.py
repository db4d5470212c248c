"""Workers that have no input of their own: over a real socket, with the outcome of workers on this machine."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.contrib.batch.domain.work.driver import Driver
from scoredock.contrib.batch.domain.work.jobs import APP_ROOT, LISTING, JobFolder, JobProgress

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


def job(terminal: Terminal, script: str, *more: str, state: str = "Completed") -> JobFolder:
    terminal.write(batch_score__py=script)
    packages = "arrow.txt" if "parquet" in more else "pandas.txt"
    terminal.write(arrow__txt="azureml-defaults\npandas\npyarrow\n")
    head = ["batch", "run", "--name", "local", "--entry-script", "batch_score.py", "--conda-file", packages]
    assert terminal.json(*head, "--output-path", "local", *more)["job"]["state"] == state
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
    "import sys\nfrom scoredock_runtime.batch import handshake, remote\nremote.SILENT_SECONDS = 1.0\n"
    "handshake.SECONDS = float(sys.argv[4])\n"
    "remote.Host(sys.argv[1], 'secret').serve(int(sys.argv[2]), '127.0.0.1', unused_seconds=float(sys.argv[3]))\n"
)


Lonely = Callable[..., "tuple[subprocess.Popen[bytes], int]"]


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Lonely]:
    """A host that waits so many seconds for a driver, and for the proof of a caller, and its port."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(seconds: float, proof_seconds: float = 60.0) -> tuple[subprocess.Popen[bytes], int]:
        port = free_port()
        words = [sys.executable, "-c", LONELY, str(tmp_path), str(port), str(seconds), str(proof_seconds)]
        begun.append(subprocess.Popen(words))
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


def line_of(caller: socket.socket) -> dict[str, Any]:
    line = b""
    while not line.endswith(b"\n"):
        byte = caller.recv(1)
        assert byte, "the connection has ended"
        line += byte
    message: dict[str, Any] = json.loads(line)
    return message


def proof(secret: str, side: str, host_draws: str, driver_draws: str, place: str = "host") -> str:
    """As docs and the modules of both sides say it, written down once more."""
    words = json.dumps(["scoredock batch", side, place, 0, host_draws, driver_draws])
    return hmac.new(secret.encode(), words.encode(), "sha256").hexdigest()


def said_by_driver(secret: str, host_draws: str, place: str = "host") -> bytes:
    drawn = secrets.token_hex(32)
    answer = proof(secret, "driver", host_draws, drawn, place)
    return json.dumps({"challenge": drawn, "worker": 0, "answer": answer}).encode() + b"\n"


def test_a_host_that_nobody_needs_ends(lonely: Lonely) -> None:
    process, _ = lonely(0.5)
    assert process.wait(patience(20)) == 0


@pytest.mark.parametrize(
    "said",
    [
        lambda host_draws: said_by_driver("guess", host_draws),
        lambda host_draws: said_by_driver("secret", host_draws, place="relay"),
        lambda _: said_by_driver("secret", "0" * 64),
        lambda _: b'{"secret": "secret"}\n{"start": {}}\n',
        lambda _: b"[" * 4096,
        lambda _: b'{"challenge": 1, "worker": 1e999, "answer": "\\ud800"}\n',
    ],
    ids=["guess", "proof for the relay", "proof of another challenge", "the secret itself", "no end", "odd values"],
)
def test_a_caller_without_the_proof_is_sent_away(lonely: Lonely, said: Callable[[str], bytes]) -> None:
    _, port = lonely(60)
    with connected(port) as caller:
        caller.sendall(said(line_of(caller)["challenge"]))
        with contextlib.suppress(ConnectionResetError):
            assert caller.makefile("rb").read() == b""


def test_what_a_driver_has_said_is_of_no_use_on_another_connection(lonely: Lonely) -> None:
    _, port = lonely(60)
    with connected(port) as driver:
        host_draws = line_of(driver)["challenge"]
        recorded = said_by_driver("secret", host_draws)
        driver.sendall(recorded)
        driver_draws = json.loads(recorded)["challenge"]
        assert line_of(driver) == {"answer": proof("secret", "host", host_draws, driver_draws)}
        assert "alive" in line_of(driver)
    with connected(port) as listener:
        assert line_of(listener)["challenge"] != host_draws
        listener.sendall(recorded)
        assert listener.makefile("rb").read() == b""


def test_callers_that_say_nothing_hold_no_place(lonely: Lonely) -> None:
    """As half-open connections do: they are many, and the driver comes in all the same."""
    process, port = lonely(60)
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(connected(port)) for _ in range(200)]
        driver = stack.enter_context(connected(port))
        driver.sendall(said_by_driver("secret", line_of(driver)["challenge"]))
        assert "answer" in line_of(driver)
        for _ in until(20, "the places of most callers to be free again"):
            if psutil.Process(process.pid).num_threads() < 60:
                break
        for caller in crowd[:100]:
            with contextlib.suppress(ConnectionResetError):
                assert len(caller.makefile("rb").read()) < 100  # its challenge, if it got that far


def test_a_caller_that_drips_has_no_more_time_than_one_that_says_nothing(lonely: Lonely) -> None:
    _, port = lonely(60, proof_seconds=1.0)
    with connected(port) as caller, contextlib.suppress(ConnectionError):
        line_of(caller)
        for _ in until(20, "the host to give up"):
            caller.sendall(b" ")
            if select.select([caller], [], [], 0.05)[0]:
                assert caller.recv(1) == b""
                return


def test_a_driver_that_is_silent_is_taken_for_lost(lonely: Lonely) -> None:
    """As one whose machine was switched off: its connection does not end by itself."""
    process, port = lonely(0.5)
    with connected(port) as driver:
        driver.sendall(said_by_driver("secret", line_of(driver)["challenge"]))
        while driver.recv(1 << 16):
            pass  # signs of life, until the host gives up
    assert process.wait(patience(20)) == 0


class Pretender:
    """Takes the place of a host, and does not know the secret. Keeps all that the driver says."""

    secret = secrets.token_hex(16)
    waiting = ""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.heard: list[bytes] = []

    def connect(self, number: int) -> socket.socket:
        connection = socket.create_connection(self.listener.getsockname())
        caller, _ = self.listener.accept()
        threading.Thread(target=self.pretend, args=(caller,)).start()
        return connection

    def pretend(self, caller: socket.socket) -> None:
        with caller:
            caller.sendall(json.dumps({"challenge": "0" * 64}).encode() + b"\n")
            said = caller.makefile("rb")
            self.heard.append(said.readline())
            answer = json.loads(self.heard[-1])["answer"]
            caller.sendall(json.dumps({"answer": answer}).encode() + b"\n")  # its own, sent back
            self.heard.append(said.read())

    def lost(self, number: int) -> str:
        return "its host has gone"


def test_a_driver_says_nothing_to_a_host_that_does_not_know_the_secret(terminal: Terminal) -> None:
    (terminal.folder / "in").mkdir()
    (terminal.folder / "in" / "private.txt").write_text("what is private\n")
    here = job(terminal, FILES, "--input", "in")
    pretender = Pretender()
    with pretender.listener:
        progress = Driver(again(here, terminal.folder / "remote"), pretender).run()
    assert (progress.state, progress.completed, progress.code) == ("Failed", 0, "batch-workers-lost")
    assert "does not know the secret of the job" in progress.message
    heard = b"".join(pretender.heard)
    assert b"answer" in heard
    assert not [each for each in (b"private", b"batch_score", pretender.secret.encode()) if each in heard]


RELAY = (
    "import sys\nfrom scoredock_runtime.batch import handshake, ray_job, remote\n"
    "class Hosts:\n"
    "    def place(self, number, seconds):\n        return '127.0.0.1', int(sys.argv[1]), f'node-{number}'\n"
    "listener = remote.listening('127.0.0.1', 0)\nprint(listener.getsockname()[1], flush=True)\n"
    "ray_job.Relay(Hosts(), 'secret').serve(listener)\n"
)


def test_the_relay_of_a_ray_cluster_asks_for_a_proof_and_the_host_behind_it_for_another_one(lonely: Lonely) -> None:
    _, host = lonely(60)
    connected(host).close()
    words = [sys.executable, "-c", RELAY, str(host)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with connected(port) as stranger:
                stranger.sendall(said_by_driver("secret", line_of(stranger)["challenge"]))  # that for a host
                assert stranger.makefile("rb").read() == b""
            with connected(port) as driver:
                driver.sendall(said_by_driver("secret", line_of(driver)["challenge"], place="relay"))
                assert "answer" in line_of(driver)
                assert line_of(driver) == {"host": {"address": "127.0.0.1", "node": "node-0"}}
                driver.sendall(said_by_driver("secret", line_of(driver)["challenge"]))
                assert "answer" in line_of(driver)
                assert "alive" in line_of(driver)
        finally:
            process.kill()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_outputs_that_are_tables(terminal: Terminal, table: None, form: str) -> None:
    """Types differ between mini-batches, and so does what each gives back."""
    script = (
        "def run(mini_batch):\n    rows = mini_batch.assign(half=mini_batch['amount'] / 2)\n"
        "    return rows[rows['id'] % 700 > 0]\n"
    )
    options = ("--input-format", "csv", "--mini-batch-size", "300", "--output-format", form, "--input-keys")
    here = job(terminal, script, "--input", "in", *options, state="CompletedWithErrors")
    assert elsewhere(here, terminal).state == "CompletedWithErrors"
    found = outputs(terminal.folder / "remote")
    assert list(found) == [f"parallel_run_step.{form}"]
    assert found == outputs(terminal.folder / "local")


def test_nothing_scored_elsewhere(terminal: Terminal, table: None) -> None:
    """The same sentence, with the line of the script."""
    script = "def run(mini_batch):\n    raise ValueError('no')\n"
    options = ("--input-format", "csv", "--run-max-try", "1", "--error-threshold", "-1")
    here = job(terminal, script, "--input", "in", *options, state="CompletedWithErrors")
    there = elsewhere(here, terminal)
    assert (there.state, there.message) == ("CompletedWithErrors", here.progress().message)
    assert "batch_score.py:2: ValueError: no. The limit error_threshold -1 allows that." in there.message
