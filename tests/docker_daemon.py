"""The Docker daemon of the tests, and images for it that need no registry."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from docker.errors import APIError, NotFound
from filelock import FileLock
from scoredock.containers.archives import TarEntry, packed
from scoredock.containers.connection import Docker, DockerSettings, connect, reachable
from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.progress import CancelToken, Silent

import parts
from moved_python import files_of, version_of
from pace import patience

CACHE = Path.home() / ".cache" / "scoredock" / "base-image"
BASE = "scoredock-test-base:bookworm"
"""Debian 12 with Python 3.11, venv and certificates, made on this machine."""
TINY = "scoredock-tests/tiny:1"
LABELS = {"com.scoredock.tests": "yes"}
PYTHON = "/opt/environment/bin/python"
"""Interpreter of the environment in `runtime_image()`."""

_DOCKERFILE = f"""FROM {BASE}
LABEL com.scoredock.tests=yes
RUN ["useradd", "--uid", "1000", "--user-group", "--no-create-home", "--home-dir", "/tmp", "scoredock"]
RUN ["python3", "-m", "venv", "/opt/environment"]
RUN ["install", "-d", "-o", "1000", "-g", "1000", "/var/azureml-app", "/var/scoredock"]
COPY *.whl /opt/wheels/
RUN ["{PYTHON}", "-m", "pip", "install", "--no-index", "--find-links", "/opt/wheels", "scoredock-runtime"]
USER 1000:1000
WORKDIR /var/azureml-app
"""


def missing(what: str) -> NoReturn:
    """See `parts.missing`; the part is Docker."""
    parts.missing(what, "docker")


def docker_host() -> str:
    """Address of a daemon that answers: the machine's own, else one that is started for these tests and stays."""
    host, why = _looked_for()
    if not host:
        missing(f"a Docker daemon ({why})")
    return host


@functools.cache
def _looked_for() -> tuple[str, str]:
    """The address, or else why there is none. Looked for once, as every test asks that needs it."""
    if "docker" in parts.WITHOUT:
        return "", "this run was told to do without"
    found, why, _ = reachable(DockerSettings(os.environ.get("DOCKER_HOST", "")))
    if found is not None:
        return found.endpoint, ""
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        return "", why
    # One for all that run beside one another, and for the next run: at a place that all of them know.
    folder = Path(tempfile.gettempdir()) / "scoredock-tests-docker"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        return "", f"{folder} belongs to somebody else"
    started = PrivateDaemon(folder, bridge=True, nat=True)
    with FileLock(str(folder / "lock")):
        if reachable(DockerSettings(started.host))[0] is None:
            started.start()
    return started.host, ""


@functools.cache
def docker() -> Docker:
    return connect(DockerSettings(docker_host()))


def base_image(daemon: Docker | None = None) -> str:
    """The name of the base image, which the daemon has afterwards: loaded from the cache, else made by debootstrap."""
    used = daemon or docker()
    if used.api.images(BASE, quiet=True):
        return BASE
    archive = CACHE / "bookworm.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(str(CACHE / "lock")):
        if used.api.images(BASE, quiet=True):
            return BASE  # another run has loaded it meanwhile
        if not archive.is_file():
            _debootstrap(archive)
        if _is_saved_image(archive):
            with archive.open("rb") as stream:
                for told in used.patient.load_image(stream):
                    assert "error" not in told, told
        else:
            name, _, tag = BASE.partition(":")
            used.patient.import_image_from_file(str(archive), repository=name, tag=tag)
    assert used.api.images(BASE, quiet=True)
    return BASE


@contextmanager
def base_of_its_own(daemon: Docker) -> Iterator[str]:
    """The name of an image that differs from the base image by a label only, for as long as the block lasts.

    What is made on it has keys that nobody else's images have, so that tests may count what is made and remove it while
    others work on the same daemon.
    """
    name = f"scoredock-tests/base-{secrets.token_hex(6)}:1"
    text = f"FROM {base_image(daemon)}\nLABEL com.scoredock.tests={name}\n"
    build(daemon, packed([TarEntry("Dockerfile", text.encode())]), name)
    try:
        yield name
    finally:
        with contextlib.suppress(APIError):  # an image of a test that failed is made of it
            daemon.patient.remove_image(name)


def with_tiny_image(daemon: Docker) -> Docker:
    """A daemon with the image TINY: one file, which is enough to put layers on."""
    repository, _, tag = TINY.partition(":")
    daemon.patient.import_image_from_data(packed([TarEntry("motd", b"tiny")]), repository=repository, tag=tag)
    return daemon


def _is_saved_image(archive: Path) -> bool:
    """Whether it is of `docker save`; else it is the file tree itself."""
    import tarfile

    with tarfile.open(archive) as opened:
        return any(member.name == "manifest.json" for member in opened)


def _debootstrap(archive: Path) -> None:
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        missing("debootstrap and root, to make the base image")
    folder = Path(tempfile.mkdtemp(prefix="scoredock-base-"))
    try:
        packages = "python3,python3-venv,ca-certificates"
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            missing(f"the base image: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
        shutil.rmtree(folder / "var" / "cache" / "apt", ignore_errors=True)
        temporary = archive.with_suffix(".part")
        subprocess.run(["tar", "-C", str(folder), "-cf", str(temporary), "."], check=True, timeout=300)
        temporary.replace(archive)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def runtime_image(daemon: Docker | None = None) -> str:
    """Id of an image with the base image's Python and the runtime in a virtual environment, and an account 1000."""
    if daemon is not None and daemon.endpoint != docker().endpoint:
        return _carried(runtime_image(), daemon)
    used = docker()
    base_image(used)
    source = runtime_source()
    cache = Path.home() / ".cache" / "scoredock" / "test-wheels"
    cache.mkdir(parents=True, exist_ok=True)
    wheel = source.wheel(cache, Silent(), CancelToken())
    needed = _dependencies(cache / f"{source.digest[:16]}-needed", wheel)
    key = hashlib.sha256(_DOCKERFILE.encode() + source.digest.encode()).hexdigest()[:16]
    tag = f"scoredock-test-runtime:{key}"
    with FileLock(str(CACHE / f"{key}.lock")):
        if not used.api.images(tag, quiet=True):
            wheels = [TarEntry(each.name, each) for each in [wheel, *needed]]
            context = packed([TarEntry("Dockerfile", _DOCKERFILE.encode()), *wheels])
            build(used, context, tag)
    return str(used.api.inspect_image(tag)["Id"])


def carried_base(target: Docker) -> str:
    """The base image, in another daemon as well, under its name."""
    if not target.api.images(BASE, quiet=True):
        for told in target.patient.load_image(docker().patient.get_image(base_image())):
            assert "error" not in told, told
    return BASE


def _carried(image: str, target: Docker) -> str:
    """An image of the usual daemon, in another one as well: building it there takes longer."""
    with contextlib.suppress(NotFound):
        return str(target.api.inspect_image(image)["Id"])
    for told in target.patient.load_image(docker().patient.get_image(image)):
        assert "error" not in told, told
    return str(target.api.inspect_image(image)["Id"])


def _dependencies(folder: Path, wheel: Path) -> list[Path]:
    """Wheels of what the runtime needs in the base image's Python."""
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            temporary = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(temporary, ignore_errors=True)
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--dest",
                str(temporary),
            ]
            command += ["--only-binary", ":all:", "--python-version", "3.11", str(wheel)]
            subprocess.run(command, check=True, timeout=300)
            temporary.replace(folder)
    return sorted(each for each in folder.glob("*.whl") if each.name != wheel.name)


def build(used: Docker, context: bytes, tag: str) -> None:
    """A classic build of a context; its output is the message when it fails."""
    import io

    said = []
    for told in used.patient.build(
        fileobj=io.BytesIO(context), custom_context=True, tag=tag, rm=True, forcerm=True, decode=True
    ):
        said.append(str(told.get("stream") or told.get("error") or ""))
        assert "error" not in told, "".join(said)


def require_nothing_of(owner: Path, daemon: Docker | None = None) -> None:
    """Fails when a container or volume of a workspace is left."""
    used = daemon or docker()
    label = {"label": f"com.scoredock.workspace={owner}"}
    assert [each["Names"] for each in used.api.containers(all=True, filters=label)] == []
    assert [each["Name"] for each in used.api.volumes(filters=label)["Volumes"] or []] == []


@dataclass
class PrivateDaemon:
    """A dockerd of our own: socket, data, state and pid file in one folder. May be killed and started again.

    Without `bridge` it lives in a network of its own, as dockerd would take away the machine's docker0 then: no ports
    can be published. With it, it has a bridge of its own, whose name and addresses come from its folder.
    """

    folder: Path
    bridge: bool = False
    nat: bool = False
    """Containers reach the world. For that the machine's iptables are changed, those of other daemons among them: each
    that starts empties the chains that all of them share."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        return f"unix://{self.folder}/docker.sock"

    def start(self) -> None:
        command = [
            "dockerd",
            "-H",
            self.host,
            "--data-root",
            str(self.folder / "data"),
            "--exec-root",
            str(self.folder / "exec"),
            "--pidfile",
            str(self.folder / "dockerd.pid"),
        ]
        if self.bridge:
            command += ["-b", self._made_bridge(), *([] if self.nat else ["--iptables=false"])]
        else:
            command = ["unshare", "--net", *command, "--iptables=false", "--bridge=none", "--storage-driver", "vfs"]
        # Of a killed daemon. Its containerd has ended with it, but where nobody waits for orphans its number lives on.
        for left in ("dockerd.pid", "exec/containerd/containerd.pid"):
            (self.folder / left).unlink(missing_ok=True)
        log = (self.folder / "dockerd.log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        log.close()
        deadline = time.monotonic() + patience(60)
        while reachable(DockerSettings(self.host))[0] is None:
            assert self.process.poll() is None, (self.folder / "dockerd.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the private daemon did not come up"
            time.sleep(0.05)

    def _made_bridge(self) -> str:
        digest = hashlib.sha256(str(self.folder).encode()).digest()
        name = f"sdd{digest.hex()[:8]}"
        if not Path("/sys/class/net", name).exists():
            taken = subprocess.run(["ip", "-4", "-o", "address"], check=True, capture_output=True, text=True).stdout
            free = (f"172.{24 + one % 6}.{other}.1/24" for one, other in itertools.pairwise(digest))
            address = next(each for each in free if f" {each}" not in taken)
            # Else it takes the lowest address of its ports, and with each container that comes or goes another one:
            # what the others send is lost until they ask for it again, half a minute later.
            own = "02:42:" + ":".join(f"{each:02x}" for each in digest[:4])
            subprocess.run(["ip", "link", "add", name, "address", own, "type", "bridge"], check=True)
            subprocess.run(["ip", "address", "add", address, "dev", name], check=True)
            subprocess.run(["ip", "link", "set", name, "up"], check=True)
        return name

    def remove_bridge(self) -> None:
        if self.bridge:
            subprocess.run(["ip", "link", "delete", self._made_bridge()], check=False, capture_output=True)

    def docker(self) -> Docker:
        return connect(DockerSettings(self.host))

    def kill(self) -> None:
        """As a crash would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """In order, with all its containers."""
        if self.process is None or self.process.poll() is not None:
            return
        used = self.docker()
        for container in used.api.containers(all=True):
            used.api.remove_container(container["Id"], force=True, v=True)
        self.process.terminate()
        self.process.wait(30)


def require_dockerd() -> None:
    if "docker" in parts.WITHOUT or shutil.which("dockerd") is None or os.geteuid() != 0:
        missing("dockerd and root, for a daemon that may be killed")


@contextmanager
def private_daemon(*, bridge: bool = False) -> Iterator[PrivateDaemon]:
    """A daemon for one test, gone with all that it held afterwards."""
    require_dockerd()
    # Short, as the path of a socket is limited.
    folder = Path(tempfile.mkdtemp(prefix="sdd-", dir="/tmp"))
    daemon = PrivateDaemon(folder, bridge)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.stop()
        daemon.remove_bridge()
        for mount in reversed([line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]):
            if mount.startswith(str(folder)):
                subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(folder, ignore_errors=True)


OLD_PREFIX = "/opt/old-python"


def base_with_old_python(python: Path, *, alone: bool = False, base: str = "") -> str:
    """The name of the base image (or `base`) with a further Python, of pyenv's, as `python3.7` on the PATH.

    With `alone` its own is away.
    """
    used = docker()
    base = base or base_image(used)
    version = version_of(python)
    minor = ".".join(version.split(".")[:2])
    removed = "RUN rm -rf /usr/bin/python3* /usr/lib/python3*\n" if alone else ""
    text = (
        f"FROM {base}\nLABEL com.scoredock.tests=yes\nCOPY old-python {OLD_PREFIX}\n{removed}"
        f'RUN ["ln", "-s", "{OLD_PREFIX}/bin/python", "/usr/local/bin/python{minor}"]\n'
    )
    entries = [TarEntry(f"old-python/{name}", content, mode) for name, content, mode in files_of(python)]
    digest = hashlib.sha256(text.encode())
    for entry in entries:
        assert isinstance(entry.content, bytes)
        digest.update(f"{entry.path} {entry.mode}\n".encode() + entry.content)
    tag = f"scoredock-test-old-python:{version}-{digest.hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(str(CACHE / f"old-{digest.hexdigest()[:16]}.lock")):
        if not used.api.images(tag, quiet=True):
            build(used, packed([TarEntry("Dockerfile", text.encode()), *entries]), tag)
    return tag
