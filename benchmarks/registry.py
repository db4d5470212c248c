"""Registering beside its goals: against copying and hashing the same file, and against MLflow.

    python benchmarks/registry.py [--megabytes 1024] [--large-gigabytes 5]

Ratios compare things measured in the same run, each as the best of several turns that alternate, since a shared machine
swings; absolute times are for orientation only. Clones need a btrfs or xfs file system on a loop device, and so root;
MLflow needs an environment that the tests have made (tests/runs). What is not there is a line that says so.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry

from measurement import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lsp.client import COMMAND, Client

TURNS = 5
MLFLOW = """
import json, sys, time
import mlflow
from mlflow.tracking import MlflowClient

store, file, turns = sys.argv[1], sys.argv[2], int(sys.argv[3])
mlflow.set_tracking_uri(f"sqlite:///{store}/mlflow.db")
client = MlflowClient()
experiment = client.create_experiment("bench", artifact_location=f"file://{store}/artifacts")
client.create_registered_model("big")
times = []
for _ in range(turns):
    run = client.create_run(experiment)
    began = time.perf_counter()
    client.log_artifact(run.info.run_id, file, "model")
    client.create_model_version("big", f"{run.info.artifact_uri}/model", run.info.run_id)
    times.append(time.perf_counter() - began)
    import shutil
    shutil.rmtree(f"{store}/artifacts/{run.info.run_id}")
print(json.dumps({"version": mlflow.__version__, "seconds": min(times)}))
"""


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def random_file(path: Path, megabytes: int) -> Path:
    with path.open("wb") as stream:
        for _ in range(megabytes):
            stream.write(os.urandom(1 << 20))
    return path


def copy_flush_and_hash(source: Path, target: Path) -> None:
    """What a person does by hand: copy with the system's fastest call, flush it as a registration is flushed, then
    `sha256sum` of the copy.
    """
    shutil.copyfile(source, target)
    digest = hashlib.sha256()
    with target.open("rb", buffering=0) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    descriptor = os.open(target, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)


def empty(registry: Registry) -> None:
    for model in registry.models():
        registry.delete(model.id)
    registry.collect_garbage(0, trash_seconds=0)


def registering(folder: Path, megabytes: int) -> None:
    source, copy = random_file(folder / "model.bin", megabytes), folder / "copy.bin"
    registry = Registry(folder / "workspace")
    times: dict[str, list[float]] = {"register": [], "again": [], "copy": []}
    for turn in range(TURNS):
        with source.open("r+b") as stream:
            stream.write(turn.to_bytes(8, "little"))
        os.sync()
        times["copy"].append(seconds(lambda: copy_flush_and_hash(source, copy)))
        copy.unlink()
        os.sync()
        times["register"].append(seconds(lambda: registry.register([source], "big")))
        times["again"].append(seconds(lambda: registry.register([source], "big")))
        empty(registry)
    best = {name: min(values) for name, values in times.items()}
    ratio = best["copy"] / best["register"]
    row(f"register {megabytes:,} MB, of the speed of copy + SHA-256 + flush", f"{ratio:.0%}", ">= 80 %", ratio >= 0.8)
    row("  absolute", f"{megabytes / best['register']:.0f} MB/s")
    row("  the same bytes again, nothing written", f"{best['copy'] / best['again']:.0%}")
    beside_mlflow(folder, source, best["register"])


def beside_mlflow(folder: Path, source: Path, ours: float) -> None:
    """The same file logged and registered by MLflow's own client into a local store."""
    found = sorted((Path.home() / ".cache" / "scoredock").glob("test-mlflow-*/bin/python"))
    if not found:
        row("  beside mlflow to a local store", "no environment with mlflow; run tests/runs first")
        return
    store = folder / "mlflow"
    store.mkdir()
    done = subprocess.run(
        [str(found[-1]), "-c", MLFLOW, str(store), str(source), str(3)], capture_output=True, text=True, check=False
    )
    shutil.rmtree(store, ignore_errors=True)
    if done.returncode != 0:
        row("  beside mlflow to a local store", f"failed: {done.stderr.strip().splitlines()[-1][:80]}")
        return
    told = json.loads(done.stdout.strip().splitlines()[-1])
    row(
        f"  beside mlflow {told['version']} to a local store, which neither hashes nor flushes",
        f"{told['seconds']:.2f} s beside our {ours:.2f} s",
    )


def small_files(folder: Path) -> None:
    registry = Registry(folder / "small")
    source = folder / "small.pkl"
    source.write_bytes(b"x" * 644)
    times = [seconds(lambda: registry.register([source], "small")) for _ in range(50)]
    row("register 644 bytes", f"{statistics.median(times) * 1000:.1f} ms")


def unchanged_files(folder: Path, count: int = 200) -> None:
    """What registering a folder again costs for each file beyond hashing it."""
    tree = folder / "tree"
    tree.mkdir()
    for number in range(count):
        random_file(tree / f"{number}.bin", 1)
    registry = Registry(folder / "unchanged")
    first = seconds(lambda: registry.register([tree], "tree"))
    paths = sorted(tree.iterdir())
    again, hashing = [], []
    for _ in range(TURNS):
        hashing.append(seconds(lambda: [hashlib.sha256(path.read_bytes()).digest() for path in paths]))
        again.append(seconds(lambda: registry.register([tree], "tree")))
    cost = (min(again) - min(hashing)) / count * 1000
    row(f"register {count} files of 1 MiB", f"{first / count * 1000:.1f} ms a file")
    row("  the same again, after hashing", f"{cost:.2f} ms a file", "<= 5 ms", cost <= 5)


def many_files(folder: Path, count: int = 20_000) -> None:
    from scoredock.registry import Limits

    tree = folder / "many"
    for number in range(count):
        path = tree / f"{number % 100}" / f"{number}.txt"
        if number < 100:
            path.parent.mkdir(parents=True)
        path.write_bytes(b"%d" % number)
    refused = Registry(folder / "small-limit")

    def refusal() -> None:
        with contextlib.suppress(ScoredockError):
            refused.register([tree], "many")

    row(f"refuse a folder of {count:,} files, as the limit is 10,000", f"{seconds(refusal) * 1000:.0f} ms")
    registry = Registry(folder / "raised", Limits(files=count))
    row(f"register {count:,} files with a raised limit", f"{seconds(lambda: registry.register([tree], 'many')):.1f} s")
    row("  the same again", f"{seconds(lambda: registry.register([tree], 'many')):.1f} s")


@contextlib.contextmanager
def mounted(folder: Path, kind: str, gigabytes: int) -> Iterator[Path | None]:
    """A fresh file system of a kind on a loop device; None where that cannot be made."""
    image, place = folder / f"{kind}.img", folder / kind
    place.mkdir()
    with image.open("wb") as stream:
        stream.truncate(gigabytes << 30)
    options = ["-m", "reflink=1"] if kind == "xfs" else []
    made = (
        shutil.which(f"mkfs.{kind}")
        and not subprocess.run(
            [f"mkfs.{kind}", "-q", *options, str(image)], capture_output=True, check=False
        ).returncode
    )
    if not made or subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, check=False).returncode:
        image.unlink()
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
        image.unlink()


def clones(folder: Path, megabytes: int) -> None:
    for kind in ("btrfs", "xfs"):
        with mounted(folder, kind, 2 + 2 * megabytes // 1024) as place:
            if place is None:
                row(f"clone on {kind}", "no such file system can be mounted here")
                continue
            source = random_file(place / "model.bin", megabytes)
            registry = Registry(place / "workspace")
            os.sync()
            before = shutil.disk_usage(place).used
            taken = seconds(lambda registry=registry, source=source: registry.register([source], "big"))  # type: ignore[misc]
            os.sync()
            grown = (shutil.disk_usage(place).used - before) / 1e6
            shared = grown < megabytes / 10
            row(
                f"register {megabytes:,} MB on {kind}: disk space taken, as blocks are shared",
                f"{grown:.0f} MB in {taken:.2f} s",
                "<= 10 %",
                shared,
            )
            registry.store.close()


def large(folder: Path, gigabytes: int) -> None:
    """Through the language server: its memory, what its progress says, and how soon a cancel ends it."""
    source = random_file(folder / "large.bin", gigabytes << 10)
    os.sync()
    with Client(folder / "home", command=COMMAND) as client:
        client.initialize()
        process = psutil.Process(client.process.pid)
        client.ask("scoredock/model/list", {})
        before = process.memory_info().rss / 1e6
        peak = before
        ended = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not ended.wait(0.02):
                peak = max(peak, process.memory_info().rss / 1e6)

        watcher = threading.Thread(target=watch)
        watcher.start()
        taken = seconds(
            lambda: client.ask(
                "scoredock/model/register",
                {"paths": [str(source)], "name": "large", "workDoneToken": "t"},
                deadline=900,
            )
        )
        ended.set()
        watcher.join()
    row(
        f"server: memory while it registers {gigabytes} GB in {taken:.0f} s ({gigabytes * 1000 / taken:.0f} MB/s)",
        f"{before:.0f} MB before, {peak:.0f} MB at most",
        "<= 50 MB more",
        peak - before <= 50,
    )


class Told:
    """Keeps what progress said; cancels once copying is under way."""

    def __init__(self, cancel: CancelToken, at: int) -> None:
        self.messages: list[str] = []
        self.cancelled = 0.0
        self._cancel = cancel
        self._at = at

    def report(self, message: str, percentage: int | None = None) -> None:
        self.messages.append(message)
        if not self.cancelled and percentage is not None and percentage >= self._at:
            self.cancelled = time.perf_counter()
            self._cancel.cancel()

    def output(self, line: str) -> None:  # noqa: ARG002
        return None


def cancelling(folder: Path) -> None:
    source = folder / "model.bin"
    waits = []
    told = None
    for at in (10, 30, 50, 70, 90):
        cancel = CancelToken()
        told = Told(cancel, at)
        registry = Registry(folder / "cancelled")
        with contextlib.suppress(ScoredockError):
            registry.register([source], "big", progress=told, cancel=cancel)
        waits.append((time.perf_counter() - told.cancelled) * 1000)
    row("from cancel to the end of a registration, at most", f"{max(waits):.0f} ms", "<= 500 ms", max(waits) <= 500)
    row("  progress says", told.messages[-1] if told is not None else "")


def row(what: str, measured: str, goal: str = "", met: bool | None = None) -> None:
    Measurement(what, goal, measured, met).emit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--large-gigabytes", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        registering(folder, chosen.megabytes)
        cancelling(folder)
        (folder / "model.bin").unlink()
        small_files(folder)
        unchanged_files(folder)
        many_files(folder)
        clones(folder, min(chosen.megabytes, 512))
        if shutil.disk_usage(folder).free > (3 * chosen.large_gigabytes) << 30:
            large(folder, chosen.large_gigabytes)
        else:
            row("server: memory while it registers a large file", "too little disk space")


if __name__ == "__main__":
    main()
