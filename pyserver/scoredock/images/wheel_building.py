"""Wheels of packages that have none: built in a container of the base image, which is thrown away with all it was told."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import Layer
from scoredock.environments.local_packages import local_place
from scoredock.environments.locks import without_credentials
from scoredock.environments.uv import explain, uv_command, uv_environment
from scoredock.errors import ScoredockError
from scoredock.images.base_images import BaseImage, network_arguments
from scoredock.images.members import Member, folder, stream
from scoredock.images.wheels import Locked, Target, install
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.run import run

_ROOT = "scoredock-wheels"
_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_INDEXES = {"PIP_INDEX_URL": ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"),
            "PIP_EXTRA_INDEX_URL": ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
            "PIP_TRUSTED_HOST": ("PIP_TRUSTED_HOST",), "PIP_DEFAULT_TIMEOUT": ("PIP_DEFAULT_TIMEOUT",)}  # fmt: skip
_TAIL = 40


def wheels_of(
    docker: Docker,
    base: BaseImage,
    target: Target,
    lines: Sequence[str],
    locked: Locked,
    cache: Path,
    index_url: str,
    source: str,
    progress: Progress,
    cancel: CancelToken,
) -> list[Path]:
    """Folders below `cache` with a wheel for each line of a lock; what was built before for this base is not built again.

    The container has the network of Docker, the host's proxies and certificates, and the addresses of the package
    indexes; nothing of that is in any image. Raises ScoredockError `environment-build-failed` with pip's last lines.
    """
    assert base.python is not None  # noqa: S101 (a conda prefix is resolved without wheels of this kind)
    found: list[Path] = []
    for line in lines:
        name = hashlib.sha256(f"{line}\0{base.id}\0{target}".encode()).hexdigest()[:24]
        kept = cache / name
        if local_place(line) is not None or not any(kept.glob("*.whl")):
            temporary = cache / f".{name}"
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True, mode=0o700)
            try:
                progress.report(f"Building a wheel of {line.split(' @ ')[0]}")
                if (path := local_place(line)) is not None:
                    _on_host(path, temporary, source, progress, cancel)
                else:
                    _in_container(docker, base, target, line, locked, temporary, index_url, source, progress, cancel)
                shutil.rmtree(kept, ignore_errors=True)
                temporary.replace(kept)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        found.append(kept)
    return found


def _on_host(path: Path, target: Path, source: str, progress: Progress, cancel: CancelToken) -> None:
    """A package that lies here, which can go into an image when it holds nothing compiled."""
    done = run(
        [*uv_command(), "build", "--wheel", "--no-config", "--out-dir", str(target), str(path)],
        env=uv_environment(""), timeout=900, cancel=cancel, on_line=progress.output, cwd=target,
    )  # fmt: skip
    if done.returncode != 0:
        raise explain(done.stderr, (str(path),), source)
    if not any(target.glob("*-none-any.whl")):
        raise ScoredockError(
            "environment-build-failed",
            f"The package {path} has parts that are compiled for this machine, which an image cannot use.",
            "Put it into a package index, or build it by steps of a Dockerfile.",
        )


def _in_container(
    docker: Docker,
    base: BaseImage,
    target: Target,
    line: str,
    locked: Locked,
    folder_here: Path,
    index_url: str,
    source: str,
    progress: Progress,
    cancel: CancelToken,
) -> None:
    assert base.python is not None  # noqa: S101
    bundle = next((Path(os.environ[name]) for name in _BUNDLES if os.environ.get(name)), None)
    options = [part for option in locked.options for part in re.split(r"[ =]", option, maxsplit=1)]
    command = [base.python.path, "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "--disable-pip-version-check",
               "--wheel-dir", f"/{_ROOT}/out", *options, line]  # fmt: skip
    told = {"PYTHONPATH": f"/{_ROOT}/pip", **network_arguments(), **_indexes(index_url)}
    if bundle is not None and bundle.is_file():
        told |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), f"/{_ROOT}/ca.pem")
    with (
        tempfile.TemporaryDirectory(prefix="scoredock-") as held,
        Layer(docker, base.id, f"wheel-{folder_here.name[1:]}", command=command, network=True, environment=told) as box,
    ):
        tools = Path(held) / "pip"
        install(Locked("pip", ()), target, tools, (), index_url, source, Silent(), cancel)
        box.put(stream(_tools(tools, bundle), cancel))
        code, output = box.run(progress, cancel)
        if code != 0:
            shown = without_credentials(line)
            raise ScoredockError(
                "environment-build-failed",
                f"{shown} has no wheel for Python {target.minor} and could not be built in {base.reference}: {_last(output)}.",
                "Choose a version that has a wheel, or add what its build needs by extraDockerfileSteps (`RUN apt-get install -y gcc`).",
                details={"requirement": shown, "output": output[-_TAIL:]},
            )
        _take(box.read(f"/{_ROOT}/out"), folder_here)


def _tools(pip: Path, bundle: Path | None) -> Iterator[Member]:
    yield folder(_ROOT)
    yield folder(f"{_ROOT}/out")
    for path in sorted(pip.rglob("*")):
        name = f"{_ROOT}/pip/{path.relative_to(pip).as_posix()}"
        yield folder(name) if path.is_dir() else Member(name, path, path.stat().st_size)
    if bundle is not None and bundle.is_file():
        yield Member(f"{_ROOT}/ca.pem", bundle, bundle.stat().st_size)


def _take(pieces: Iterator[bytes], target: Path) -> None:
    """The wheels of a tar that a container wrote, by their plain names."""
    with tempfile.TemporaryFile() as held:
        for piece in pieces:
            held.write(piece)
        held.seek(0)
        with tarfile.open(fileobj=held, mode="r:") as archive:
            for entry in archive:
                name = entry.name.rpartition("/")[2]
                content = archive.extractfile(entry) if entry.isreg() and name.endswith(".whl") else None
                if content is not None:
                    with (target / name).open("wb") as stored:
                        shutil.copyfileobj(content, stored)


def _indexes(index_url: str) -> Mapping[str, str]:
    found = {pip: value for pip, names in _INDEXES.items() for name in names if (value := os.environ.get(name))}
    if index_url:
        found["PIP_INDEX_URL"] = index_url
    return found


def _last(output: Sequence[str]) -> str:
    errors = [line.strip() for line in output if "error" in line.lower() and line.strip()]
    return (errors or [line.strip() for line in output if line.strip()] or ["no message"])[-1].rstrip(".")
