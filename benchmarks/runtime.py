"""Scoring small JSON and starting cold: our runtime beside Azure's inference server and FastAPI, in one run.

Environments of the peers are kept under ~/.cache/scoredock-bench. CPU time per request is the figure to trust: rates
swing with whatever else the machine does.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from measurement import Measurement

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path.home() / ".cache" / "scoredock-bench"
SECONDS, ROUNDS, CONNECTIONS, STARTS = 4, 3, 32, 9
BODY = json.dumps({"data": [[0.1 * column for column in range(10)]]})

SCORE = """
import json, numpy
from sklearn.linear_model import Ridge
def init():
    global model
    model = Ridge().fit(numpy.arange(200.0).reshape(20, 10) % 7, numpy.arange(20.0))
def run(data):
    return model.predict(numpy.array(json.loads(data)["data"])).tolist()
"""
FASTAPI = """
import json
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request
import score
@asynccontextmanager
async def life(app):
    score.init()
    yield
app = FastAPI(lifespan=life)
@app.post("/score")
async def answer(request: Request):
    return score.run((await request.body()).decode())
@app.get("/")
async def health():
    return "Healthy"
"""
EMPTY = "def init(): pass\ndef run(data): return data\n"


@dataclass
class Host:
    """A server under test: how its environment is made and how it is started in a folder at a port."""

    name: str
    packages: tuple[str, ...]
    command: Callable[[Path, Path, int], list[str]]
    rates: list[float]
    costs: list[float]


def hosts() -> list[Host]:
    """Ours first."""
    runtime = f"scoredock-runtime[fast] @ {(ROOT / 'pyserver' / 'runtime').as_uri()}"

    def ours(python: Path, folder: Path, port: int) -> list[str]:
        write_spec(folder, python, port)
        return [str(python), "-m", "scoredock_runtime", "serve", str(folder)]

    def azure(python: Path, folder: Path, port: int) -> list[str]:
        script = str(folder / "app" / "score.py")
        return [str(python.parent / "azmlinfsrv"), "--entry_script", script, "--port", str(port)]

    def fastapi(python: Path, folder: Path, port: int) -> list[str]:
        options = ["--app-dir", str(folder / "app"), "--port", str(port), "--no-access-log"]
        return [str(python), "-m", "uvicorn", "main:app", *options]

    return [
        Host("scoredock", (runtime, "scikit-learn"), ours, [], []),
        Host("azmlinfsrv", ("azureml-inference-server-http==1.5.1", "scikit-learn"), azure, [], []),
        Host("FastAPI async", ("fastapi", "uvicorn[standard]", "scikit-learn"), fastapi, [], []),
    ]


def environment(host: Host) -> Path:
    """The interpreter of the host's environment. Raises CalledProcessError when a package cannot be had."""
    folder = CACHE / host.name.replace(" ", "-")
    uv = str(Path(sys.executable).parent / "uv")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(folder)], check=True)
    fresh = ["--reinstall-package", "scoredock-runtime"] if host.name == "scoredock" else []
    subprocess.run([uv, "pip", "install", "-q", "-p", str(python), *fresh, *host.packages], check=True)
    return python


def write_spec(folder: Path, python: Path, port: int) -> None:
    """What our parent starts."""
    app = str(folder / "app")
    spec = {"name": "bench", "revision": 1, "nonce": "n", "python": str(python), "app_root": app, "port": port}
    (folder / "spec.json").write_text(json.dumps({**spec, "entry_script": "score.py", "model_dir": app}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_healthy(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Until GET / is answered. Raises RuntimeError after a minute or when the process ends."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30):
                return
        except OSError:
            time.sleep(0.002)
    raise RuntimeError("the server did not come up")


def cpu_seconds(process: psutil.Process) -> float:
    """Of the process and all below it."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def load(port: int, folder: Path) -> float:
    """Answered requests a second, by wrk where it is installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        command = [sys.executable, __file__, "client", str(port)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return float(told)
    lua = folder / "post.lua"
    lua.write_text(
        f'wrk.method = "POST"\nwrk.body = [==[{BODY}]==]\nwrk.headers["Content-Type"] = "application/json"\n'
    )
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(lua), f"http://127.0.0.1:{port}/score"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(told)
    return float(next(line for line in told.splitlines() if "Requests/sec" in line).split()[1])


async def client(port: int) -> float:
    """The fallback for wrk: as many connections, each asking again as soon as it is answered."""
    head = f"POST /score HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(BODY)}\r\n\r\n{BODY}".encode()
    until = time.monotonic() + SECONDS
    answered = 0

    async def ask() -> None:
        nonlocal answered
        writer = None
        while time.monotonic() < until:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b" 200 " not in head:
                raise RuntimeError(head.decode())
            await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
            answered += 1
            if b"connection: close" in head:
                writer.close()
                writer = None

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return answered / SECONDS


def measure_load(host: Host, python: Path) -> None:
    """Adds one round to the host's figures."""
    folder = Path(tempfile.mkdtemp(prefix="sd-bench-"))
    (folder / "app").mkdir()
    (folder / "app" / "score.py").write_text(SCORE)
    (folder / "app" / "main.py").write_text(FASTAPI)
    port = free_port()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(host.command(python, folder, port), stdout=quiet, stderr=quiet, cwd=folder / "app")
    try:
        await_healthy(port, process)
        tree = psutil.Process(process.pid)
        before = cpu_seconds(tree)
        rate = load(port, folder)
        host.rates.append(rate)
        host.costs.append((cpu_seconds(tree) - before) / (rate * SECONDS) * 1e6)
    finally:
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.wait(20)
        for left in psutil.wait_procs(family, 5)[1]:
            left.kill()
        shutil.rmtree(folder, ignore_errors=True)


def cold_start(python: Path) -> float:
    """Milliseconds from the command to the first answer, for a script that does nothing itself."""
    folder = Path(tempfile.mkdtemp(prefix="sd-bench-"))
    try:
        (folder / "app").mkdir()
        (folder / "app" / "score.py").write_text(EMPTY)
        port = free_port()
        write_spec(folder, python, port)
        begun = time.perf_counter()
        command = [str(python), "-m", "scoredock_runtime", "start", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        await_healthy(port)
        taken = (time.perf_counter() - begun) * 1000
        psutil.Process(json.loads((folder / "status.json").read_text())["parent_pid"]).terminate()
        return taken
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def interpreter_start(python: Path) -> float:
    """Milliseconds of two bare interpreters one after the other: the parent's and the worker's."""
    begun = time.perf_counter()
    for _ in range(2):
        subprocess.run([str(python), "-c", "pass"], check=True)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    pythons: dict[str, Path] = {}
    measured = []
    for host in hosts():
        try:
            pythons[host.name] = environment(host)
            measured.append(host)
        except (OSError, subprocess.CalledProcessError) as fault:
            print(f"{host.name} could not be installed and is not measured: {fault}")
    for _ in range(ROUNDS):
        for host in measured:
            measure_load(host, pythons[host.name])
    for host in measured:
        print(
            f"{host.name}: {statistics.median(host.costs):.0f} µs CPU, {statistics.median(host.rates):.0f} requests/s"
        )
    ours = measured[0]
    goals = {"azmlinfsrv": 7.0, "FastAPI async": 2.5}
    for host in measured[1:]:
        goal = goals[host.name]
        cost = statistics.median(host.costs) / statistics.median(ours.costs)
        rate = statistics.median(ours.rates) / statistics.median(host.rates)
        what = f"small JSON, one worker: CPU per request against {host.name}"
        Measurement(what, f">= {goal:g} x", f"{cost:.1f} x (requests/s {rate:.1f} x)", cost >= goal).emit()
    python = pythons[ours.name]
    cold_start(python)
    starts = [(cold_start(python), interpreter_start(python)) for _ in range(STARTS)]
    total = statistics.median(each[0] for each in starts)
    bare = statistics.median(each[1] for each in starts)
    told = f"{total:.0f} ms (two bare interpreters: {bare:.0f} ms)"
    Measurement("cold start to the first 200, empty script", "<= 120 ms", told, total <= 120).emit()


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        print(asyncio.run(client(int(sys.argv[2]))))
    else:
        main()
