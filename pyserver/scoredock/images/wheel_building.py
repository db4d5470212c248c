"""Wheels of packages that have none: built in a container of the base image, which is thrown away with all it was
told."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.layer import Layer
from scoredock.data_folder import make_private
from scoredock.environments.pip import locks
from scoredock.environments.pip.local_packages import local_place
from scoredock.environments.pip.locks import entries, without_credentials
from scoredock.environments.pip.old_sources import TOOLS, needs_old_tools
from scoredock.environments.pip.pip_settings import READING_PIP, REQUIREMENTS, pip_inputs
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.images.base_images import BaseImage, network_arguments
from scoredock.images.members import LayerMember, folder, stream, text
from scoredock.images.wheels import LockedPackages, Target, install
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.temporary.folders import TemporaryFolder

_ROOT = "scoredock-wheels"
_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_TAIL = 40
_TOOLS = "tools.txt"
_FIRST_WITHOUT_OLD_TOOLS = (3, 12)
"""The first Python that the build tools of old archives do not start in."""


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of this machine."""

    cache: Path
    """Wheels that are kept."""
    locks: Path
    """Of `alone`."""


def wheels_of(
    docker: Docker,
    base: BaseImage,
    target: Target,
    lines: Sequence[str],
    locked: LockedPackages,
    places: Places,
    index_url: str,
    source: str,
    progress: Progress,
    cancel: CancelToken,
) -> list[Path]:
    """Folders with a wheel for each line of a lock; what was built before for this base is not built again.

    The container has the network of Docker, the host's proxies and certificates, and the addresses of the package
    indexes; nothing of that is in any image. Archives are compared with the hashes of the lock. Raises ScoredockError
    `environment-build-failed` with pip's last lines.
    """
    assert base.python is not None  # noqa: S101 (a conda prefix is resolved without wheels of this kind)
    hashes = dict(entries(locked.hashed))
    folders: list[Path] = []
    for number, line in enumerate(lines):
        percentage = number * 100 // len(lines)
        text = f"{locks.without_folders(line)}\0{hashes[line]}\0{base.id}\0{target}"
        name = hashlib.sha256(text.encode()).hexdigest()[:24]
        folder = places.cache / name
        with hold_lock(places.locks / f"wheel-{name}.lock", "wheel", progress, cancel):
            if not any(folder.glob("*.whl")):
                progress.report(
                    l10n.t("Building a wheel of {package}", package=without_credentials(line).split(" @ ")[0]),
                    percentage,
                )
                temporary = places.cache / f".{name}"
                shutil.rmtree(temporary, ignore_errors=True)  # of a builder that was killed; its lock is ours now
                make_private(temporary)
                try:
                    wanted = _MissingWheel(line, hashes[line], locked.options, index_url, source)
                    _in_container(docker, base, target, wanted, temporary, progress, cancel)
                    shutil.rmtree(folder, ignore_errors=True)
                    temporary.replace(folder)
                finally:
                    shutil.rmtree(temporary, ignore_errors=True)
        folders.append(folder)
    return folders


@dataclass(frozen=True, slots=True)
class _MissingWheel:
    """One line of a lock, and where its archive comes from."""

    line: str
    hashes: tuple[str, ...]
    options: tuple[str, ...]
    index_url: str
    source: str
    tools: str = ""
    """Bounds of the build tools, a line each."""


def _in_container(
    docker: Docker,
    base: BaseImage,
    target: Target,
    missing: _MissingWheel,
    folder_here: Path,
    progress: Progress,
    cancel: CancelToken,
) -> None:
    assert base.python is not None  # noqa: S101
    bundle = next((Path(os.environ[name]) for name in _BUNDLES if os.environ.get(name)), None)
    command = [
        base.python.path,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-cache-dir",
        "--disable-pip-version-check",
        *(["--require-hashes"] if missing.hashes else []),
        # A pip of that time builds with what the Python has otherwise, which need not be setuptools.
        "--use-pep517",
        "--wheel-dir",
        f"/{_ROOT}/out",
        "--requirement",
        f"/{_ROOT}/{REQUIREMENTS}",
    ]
    line, archive = missing.line, local_place(missing.line)
    if archive is not None:
        line = f"{line.split(' @ ')[0]} @ file:///{_ROOT}/{archive.name}"
    files, named = pip_inputs(f"/{_ROOT}", line, missing.hashes, missing.options, missing.index_url)
    inputs = [text(f"{_ROOT}/{name}", content, mode=0o600) for name, content in files.items()]
    if archive is not None:
        inputs.append(LayerMember(f"{_ROOT}/{archive.name}", archive, archive.stat().st_size))
    if missing.tools:
        inputs.append(text(f"{_ROOT}/{_TOOLS}", missing.tools))
        named["PIP_CONSTRAINT"] = f"/{_ROOT}/{_TOOLS}"
    told = {"PYTHONPATH": f"/{_ROOT}/pip", **network_arguments(), **named}
    if bundle is not None and bundle.is_file():
        told |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), f"/{_ROOT}/ca.pem")
    with (
        TemporaryFolder("tools") as held,
        Layer(docker, base.id, f"wheel-{folder_here.name[1:]}", command=command, network=True, environment=told) as box,
    ):
        tools = held / "pip"
        pip = READING_PIP if target.version < _FIRST_WITHOUT_OLD_TOOLS else "pip"
        install(LockedPackages(pip, ()), target, tools, (), missing.index_url, missing.source, Silent(), cancel)
        box.put(stream([*_tools(tools, bundle), *inputs], cancel))
        code, output = box.run(progress, cancel)
        again = code != 0 and not missing.tools and needs_old_tools("\n".join(output))
        if code != 0 and not again:
            requirement = locks.without_folders(without_credentials(missing.line))
            raise ScoredockError(
                "environment-build-failed",
                l10n.t(
                    "{package} has no wheel for Python {version} and could not be built in {image}: {error}.",
                    package=requirement,
                    version=target.minor,
                    image=base.reference,
                    error=_last(output),
                ),
                l10n.t(
                    "Choose a version that has a wheel, or add what its build needs with"
                    " extraDockerfileSteps (`RUN apt-get install -y gcc`)."
                ),
                details={"requirement": requirement, "output": output[-_TAIL:]},
            )
        if not again:
            _take(box.read(f"/{_ROOT}/out"), folder_here)
    if again:
        _in_container(docker, base, target, replace(missing, tools=TOOLS), folder_here, progress, cancel)


def _tools(pip: Path, bundle: Path | None) -> Iterator[LayerMember]:
    yield folder(_ROOT)
    yield folder(f"{_ROOT}/out")
    for path in sorted(pip.rglob("*")):
        name = f"{_ROOT}/pip/{path.relative_to(pip).as_posix()}"
        yield folder(name) if path.is_dir() else LayerMember(name, path, path.stat().st_size)
    if bundle is not None and bundle.is_file():
        yield LayerMember(f"{_ROOT}/ca.pem", bundle, bundle.stat().st_size)


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


def _last(output: Sequence[str]) -> str:
    errors = [line.strip() for line in output if "error" in line.lower() and line.strip()]
    return (errors or [line.strip() for line in output if line.strip()] or [l10n.t("no message")])[-1].rstrip(".")
