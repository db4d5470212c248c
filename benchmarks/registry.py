"""The model registry beside its goals: registering against copying and hashing the same file, and long lists.

    python benchmarks/registry.py [--megabytes 512] [--versions 10000]

Ratios compare things measured in the same run, each as the best of several turns that alternate, since a shared machine
swings; absolute times are for orientation only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scoredock.registry import ModelFile, ModelVersion, Registry, rows

from measurement import Measurement

TURNS = 5


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def copy_and_hash(source: Path, target: Path) -> None:
    """What a person does by hand: copy with the system's fastest call, then `sha256sum` of the copy."""
    shutil.copyfile(source, target)
    digest = hashlib.sha256()
    with target.open("rb", buffering=0) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)


def copy_flush_and_hash(source: Path, target: Path) -> None:
    """The same with the copy on the disk, as a registration has it when it returns."""
    copy_and_hash(source, target)
    descriptor = os.open(target, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)


def registering(folder: Path, megabytes: int) -> None:
    source, copy = folder / "model.bin", folder / "copy.bin"
    with source.open("wb") as stream:
        for _ in range(megabytes):
            stream.write(os.urandom(1 << 20))
    registry = Registry(folder / "workspace")
    times: dict[str, list[float]] = {"register": [], "again": [], "copy": [], "flushed": []}
    for turn in range(TURNS):
        with source.open("r+b") as stream:
            stream.write(turn.to_bytes(8, "little"))
        os.sync()
        times["copy"].append(seconds(lambda: copy_and_hash(source, copy)))
        copy.unlink()
        os.sync()
        times["flushed"].append(seconds(lambda: copy_flush_and_hash(source, copy)))
        copy.unlink()
        os.sync()
        times["register"].append(seconds(lambda: registry.register([source], "big")))
        times["again"].append(seconds(lambda: registry.register([source], "big")))
        for model in registry.models():
            registry.delete(model.id)
        registry.collect_garbage(0, trash_seconds=0)
    best = {name: min(values) for name, values in times.items()}
    ratio = best["copy"] / best["register"]
    row(f"register {megabytes} MB, of the speed of copy + SHA-256", f"{ratio:.0%}", ">= 80 %", ratio >= 0.8)
    row("  beside copy + flush + SHA-256, as a registration is flushed", f"{best['flushed'] / best['register']:.0%}")
    row("  the same bytes again, nothing stored twice", f"{best['copy'] / best['again']:.0%}")
    row("  absolute", f"{megabytes / best['register']:.0f} MB/s")


def small_files(folder: Path) -> None:
    registry = Registry(folder / "small")
    source = folder / "small.pkl"
    source.write_bytes(b"x" * 644)
    times = [seconds(lambda: registry.register([source], "small")) for _ in range(50)]
    row("register 644 bytes", f"{statistics.median(times) * 1000:.1f} ms")


def lists(folder: Path, versions: int) -> None:
    registry = Registry(folder / "many")
    with registry.store.write() as connection:
        for number in range(versions):
            rows.insert(connection, _version(number))
    cases: dict[str, Callable[[], list[ModelVersion]]] = {
        "list": registry.models,
        "newest of each name": lambda: registry.models(latest=True),
        "filter by tag (1 in 100)": lambda: registry.models(tags=["stage=champion"]),
        "one name": lambda: registry.models(name="model-7"),
    }
    first = min(seconds(Registry(folder / "many").models) for _ in range(TURNS)) * 1000
    row(f"list, first time or after a change, of {versions:,} versions", f"{first:.1f} ms")
    for name, case in cases.items():
        best = min(seconds(case) for _ in range(2 * TURNS)) * 1000
        row(f"{name}, of {versions:,} versions: {len(case()):,}", f"{best:.1f} ms", "<= 50 ms", best <= 50)


def _version(number: int) -> ModelVersion:
    tags = {"area": "diabetes", "stage": "champion" if number % 100 == 0 else "candidate"}
    file = ModelFile("model.pkl", 644, hashlib.sha256(str(number).encode()).hexdigest())
    return ModelVersion(
        f"model-{number % 100}",
        number // 100 + 1,
        "",
        tags,
        {"run": str(number)},
        "ScikitLearn",
        "1.5",
        0.0,
        "",
        (file,),
        False,
    )


def row(what: str, measured: str, goal: str = "", met: bool | None = None) -> None:
    Measurement(what, goal, measured, met).emit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--versions", type=int, default=10_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        registering(Path(folder), chosen.megabytes)
        small_files(Path(folder))
        lists(Path(folder), chosen.versions)


if __name__ == "__main__":
    main()
