"""Images without a daemon beside `docker build` and `buildah build` with their pushes: a changed script, an environment
that nobody pushed before, a large model. All push to Debian's registry on this machine.

Usage: `python benchmarks/content_images.py`; needs docker-registry, and for the comparisons Docker and buildah. Figures
go to dist/bench/content-images.json; with `--report` they are written into docs/performance-docker.md, and nothing is
measured.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scoredock.images.members import LayerMember, stream
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import make_layer
from scoredock.progress import CancelToken

from docker_services import machine
from in_containers.report import write_content
from measurement import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from docker_daemon import base_image, docker, docker_host
from lsp.client import COMMAND, Client
from oci_registry.real_registry import real_registry

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "dist" / "bench" / "content-images.json"
ROUNDS = 7
MODEL_BYTES = 2_000_000_000
PACKAGES = ("scikit-learn", "pandas", "pyarrow", "matplotlib", "statsmodels", "scikit-image")
"""500 MB unpacked, with what they need."""
PLAIN = ("six",)
CONDA = "name: bench\ndependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n"
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return {number}\n"


class Project:
    """A script, its environment and its models, and a server that runs."""

    def __init__(self, folder: Path, base: Path, registry: str, packages: tuple[str, ...]) -> None:
        self.folder = folder
        self.registry = registry
        self.base = base
        folder.mkdir()
        self.script(0)
        self.packages(packages)
        self.client = Client(folder / "home", command=COMMAND)
        self.client.initialize()

    def packages(self, names: tuple[str, ...]) -> None:
        (self.folder / "conda.yml").write_text(CONDA + "".join(f"    - {each}\n" for each in names))

    def script(self, number: int) -> None:
        (self.folder / "score.py").write_text(SCRIPT.format(number=number))

    def push(self, *models: str, name: str = "ours") -> dict[str, Any]:
        """From the request to the answer of the running server."""
        params = {
            "entryScript": str(self.folder / "score.py"),
            "environmentFile": str(self.folder / "conda.yml"),
            "models": list(models),
            "base": f"archive:{self.base}",
            "form": "content",
            "push": f"{self.registry}/{name}:1",
        }
        answer: dict[str, Any] = self.client.ask("scoredock/package/create", params, 600)
        return answer

    def register(self, file: Path) -> str:
        model = self.client.ask("scoredock/model/register", {"paths": [str(file)], "name": file.stem}, 600)
        return str(model["id"])

    def peak(self) -> float:
        """Megabytes of memory that the server had at most."""
        status = Path(f"/proc/{self.client.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def changed_script(folder: Path, base: Path, registry: str) -> Iterator[Measurement]:
    project = Project(folder / "plain", base, registry, PLAIN)
    with project.client:
        project.push()
        sent: list[int] = []
        peers: dict[str, Callable[[int], None]] = dict(_peers(folder, registry))
        times: dict[str, list[float]] = {name: [] for name in ("ours", *peers)}
        for number in range(ROUNDS):
            project.script(number + 1)
            times["ours"].append(timed(lambda: sent.append(project.push()["sentBytes"])))
            for name, build in peers.items():
                times[name].append(timed(lambda build=build, number=number: build(number)))
        unchanged = project.push()["sentBytes"]
    ours = statistics.median(times["ours"])
    yield Measurement("changed script: request to registry", "<= 0.5 s", f"{ours:.2f} s", ours <= 0.5)
    yield Measurement("changed script: bytes sent", "<= 100 kB", f"{max(sent) / 1000:.0f} kB", max(sent) <= 100_000)
    yield Measurement("nothing changed: bytes sent", "0", str(unchanged), unchanged == 0)
    for name in peers:
        median = statistics.median(times[name])
        yield Measurement(f"changed script: {name}", "", f"{median:.2f} s, {median / ours:.1f} times ours", None)


def _peers(folder: Path, registry: str) -> Iterator[tuple[str, Callable[[int], None]]]:
    """A Dockerfile that adds the script to a base, from a context that has nothing else: the quickest they can be."""
    context = folder / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM {base_image()}\nCOPY score.py /app/\n")

    def with_docker(number: int) -> None:
        (context / "score.py").write_text(SCRIPT.format(number=number))
        tag = f"{registry}/docker/plain:1"
        env = {**os.environ, "DOCKER_HOST": docker_host(), "DOCKER_BUILDKIT": "0"}
        for words in (["build", "-q", "-t", tag, str(context)], ["push", "-q", tag]):
            subprocess.run(["docker", *words], env=env, check=True, capture_output=True)

    def with_buildah(number: int) -> None:
        (context / "score.py").write_text(SCRIPT.format(number=number))
        tag = f"{registry}/buildah/plain:1"
        env = {**os.environ, "BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "overlay"}
        build = ["bud", "--layers", "--root", str(folder / "buildah"), "--from", f"docker-archive:{folder}/base.tar"]
        subprocess.run(["buildah", *build, "-t", tag, str(context)], env=env, check=True, capture_output=True)
        push = ["push", "--root", str(folder / "buildah"), "--tls-verify=false", tag]
        subprocess.run(["buildah", *push], env=env, check=True, capture_output=True)

    for name, program, build in (
        ("docker build and push", "docker", with_docker),
        ("buildah build and push", "buildah", with_buildah),
    ):
        if shutil.which(program):
            build(-1)
            yield name, build


def environment(folder: Path, base: Path, registry: str) -> Iterator[Measurement]:
    """From the request, with the wheels in the cache and the base in the registry; the home has no such environment."""
    first = Project(folder / "first", base, registry, PACKAGES)
    with first.client:
        first.push(name="environment")
        blobs = list((first.folder / "home").rglob("content/blobs/sha256/*"))
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    large = max(blobs, key=lambda each: each.stat().st_size)
    subprocess.run(["tar", "-xzf", str(large), "-C", str(unpacked)], check=True)
    size = sum(each.stat().st_size for each in unpacked.rglob("*") if each.is_file() and not each.is_symlink())
    once = timed(lambda: _once(unpacked, folder))
    with real_registry(folder / "second-registry") as fresh:
        second = Project(folder / "second", base, fresh, PLAIN)
        with second.client:
            second.push(name="environment")  # of the base, which is not what is measured
            second.packages(PACKAGES)
            seconds = timed(lambda: second.push(name="environment"))
    ratio = seconds / once
    note = f"{ratio:.2f} times ({seconds:.1f} s beside {once:.1f} s; {size / 1e6:.0f} MB)"
    what = "first push of an environment, beside copying, hashing and compressing it once"
    yield Measurement(what, "<= 1.3 times", note, ratio <= 1.3)


def _once(unpacked: Path, folder: Path) -> None:
    copied = folder / "copied"
    shutil.copytree(unpacked, copied, symlinks=True)
    files = [each for each in copied.rglob("*") if each.is_file() and not each.is_symlink()]
    members = [LayerMember(str(each.relative_to(copied)), each, each.stat().st_size) for each in files]
    make_layer(stream(members, CancelToken()), ContentStore(folder / "once"), "gzip")


def memory(folder: Path, base: Path, registry: str) -> Iterator[Measurement]:
    project = Project(folder / "large", base, registry, PLAIN)
    with project.client:
        file = folder / "weights.bin"
        with file.open("wb") as stream_:
            for _ in range(MODEL_BYTES // 10_000_000):
                stream_.write(os.urandom(10_000_000))
        model = project.register(file)
        file.unlink()
        seconds = timed(lambda: project.push(model))
        peak = project.peak()
    yield Measurement("memory of the server, a model of 2 GB pushed", "<= 150 MB", f"{peak:.0f} MB", peak <= 150)
    yield Measurement("a model of 2 GB: request to registry", "", f"{seconds:.1f} s", None)


def report() -> None:
    """The section of docs/performance-docker.md."""
    result = json.loads(RESULT.read_text())
    where, load = result["machine"], result["load"]
    daemon = where["docker"].partition(" (")[0]
    lines = [
        "Packages made, compressed and pushed by a server that runs, beside `docker build` and `buildah` with a",
        "Dockerfile that does nothing but to copy the script onto the base image. All push to Debian's registry on the",
        f"same machine. A changed script is another line of it, the median of {ROUNDS}.",
        "",
        f"Measured {where['date']} at commit {where['commit']}, {where['cores']} cores, {daemon},"
        f" Python {where['python']}. Load of the machine {load[0]:.1f} at the beginning, {load[1]:.1f} at the end.",
        "",
        "| what | goal | measured | |",
        "|---|---|---|---|",
    ]
    for row in result["measurements"]:
        verdict = {True: "met", False: "not met", None: ""}[row["met"]]
        lines.append(f"| {row['what']} | {row['goal']} | {row['measured']} | {verdict} |")
    write_content(ROOT / "docs" / "performance-docker.md", lines)


def main() -> None:
    if "--report" in sys.argv:
        report()
        return
    if not shutil.which("docker-registry"):
        Measurement("images without a daemon", "", "not measured: no docker-registry", None).emit()
        return
    before = os.getloadavg()[0]
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="sd-bench-") as held:
        folder = Path(held)
        base = folder / "base.tar"
        with base.open("wb") as stream_:
            for piece in docker().patient.get_image(base_image()):
                stream_.write(piece)
        with real_registry(folder / "registry") as registry:
            for part in (changed_script, memory, environment):
                for measurement in part(folder, base, registry):
                    measurement.emit()
                    found.append(measurement)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(each) for each in found]
    load = [before, os.getloadavg()[0]]
    where = machine(docker().described)
    RESULT.write_text(json.dumps({"measurements": rows, "machine": where, "load": load}, indent=1))


if __name__ == "__main__":
    main()
