"""Images that get to the nodes of a cluster without a registry: by the tool of a cluster that runs on this machine, or
by the containerd of its nodes. Which way that is follows from the context, or is named in place of the registry."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from scoredock import l10n, run
from scoredock.clusters.connection import Cluster
from scoredock.clusters.kubeconfig import select
from scoredock.clusters.target import ClusterTarget
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress

HOST = "scoredock.local"
"""In place of a registry, in the names of images that are loaded: nobody pulls from there."""
CONTAINERD = "containerd:"
"""Before the sockets of the containerd of all nodes, separated by commas, where a registry would be named."""
_SECONDS = 1800.0
"""For a large image and a slow disk."""
_LOOK_SECONDS = 20.0
_HERE = ("127.0.0.1", "localhost", "::1")
_OUTPUT = 2_000


@dataclass(frozen=True, slots=True)
class Loader:
    """Commands that bring an archive with an image to the nodes."""

    title: str
    """`kind`, `containerd`"""
    commands: tuple[tuple[str, ...], ...]
    """One for each place, to which the archive is added where `{archive}` stands."""
    listing: tuple[tuple[str, ...], ...] = ()
    """Commands that print what each place has, by name; none where the nodes say it to the cluster alone."""

    @property
    def program(self) -> str:
        return self.commands[0][0]

    @property
    def is_installed(self) -> bool:
        return shutil.which(self.program) is not None

    def require(self) -> None:
        """Raises ScoredockError `image-loader-missing`."""
        if not self.is_installed:
            raise ScoredockError(
                "image-loader-missing",
                l10n.t(
                    "Images get to the nodes by {program}, which is not on the PATH of this machine.",
                    program=self.program,
                ),
            )

    def has(self, reference: str, cluster: Cluster) -> bool:
        """True if all nodes have an image, as far as they say. Never raises."""
        try:
            if self.listing:
                return all(reference in _run(each, CancelToken(), _LOOK_SECONDS).split() for each in self.listing)
            nodes = [each for each in cluster.list("Node") if not (each.get("spec") or {}).get("unschedulable")]
        except ScoredockError:
            return False
        lists = [(each.get("status") or {}).get("images") or [] for each in nodes]
        return bool(lists) and all(any(reference in (image.get("names") or []) for image in each) for each in lists)

    def load(self, archive: Path, progress: Progress, cancel: CancelToken) -> None:
        """Raises ScoredockError `image-loader-missing`, `image-load-failed` with what the program said, `cancelled`."""
        self.require()
        for number, command in enumerate(self.commands, 1):
            size = archive.stat().st_size / 1e6
            progress.report(
                l10n.t(
                    "Loading {size:.1f} MB into the nodes by {title} ({number} of {count})",
                    size=size,
                    title=self.title,
                    number=number,
                    count=len(self.commands),
                )
            )
            _run([str(archive) if each == "{archive}" else each for each in command], cancel, _SECONDS, progress)


def loader_of(target: ClusterTarget) -> Loader | None:
    """Loader of images into the nodes; None where images go through a registry, and where there is no way without one.
    Raises ScoredockError `cluster-config-invalid`."""
    if target.repository.startswith(CONTAINERD):
        return _containerd(target.repository.removeprefix(CONTAINERD).split(","))
    if target.repository:
        return None
    context = target.place.context
    selection = select(target.place)
    if context.startswith("kind-"):
        name = context.removeprefix("kind-")
        return Loader("kind", (("kind", "load", "image-archive", "{archive}", "--name", name),))
    if context.startswith("k3d-"):
        return Loader("k3d", (("k3d", "image", "import", "{archive}", "--cluster", context.removeprefix("k3d-")),))
    authority = str(selection.cluster.get("certificate-authority", "")).replace("\\", "/")
    if context == "minikube" or "/.minikube/" in authority:
        return Loader("minikube", (("minikube", "--profile", context, "image", "load", "{archive}"),))
    if context == "docker-desktop":
        return Loader("Docker Desktop", (("docker", "--context", "desktop-linux", "load", "--input", "{archive}"),))
    if context == "rancher-desktop":
        return Loader("Rancher Desktop", (("nerdctl", "--namespace", "k8s.io", "load", "--input", "{archive}"),))
    if context == "microk8s":
        return _by_ctr("MicroK8s", ("microk8s", "ctr"))
    if context == "default" and urlsplit(selection.server).hostname in _HERE and shutil.which("k3s"):
        return _by_ctr("k3s", ("k3s", "ctr", "--namespace", "k8s.io"))
    return None


def _containerd(sockets: Sequence[str]) -> Loader:
    begin = [("ctr", "--address", each.strip(), "--namespace", "k8s.io") for each in sockets]
    loading = tuple((*each, "images", "import", "{archive}") for each in begin)
    return Loader("containerd", loading, tuple((*each, "images", "list", "--quiet") for each in begin))


def _by_ctr(title: str, ctr: tuple[str, ...]) -> Loader:
    """Loader for one node, which is this machine."""
    return Loader(title, ((*ctr, "images", "import", "{archive}"),), ((*ctr, "images", "list", "--quiet"),))


def _run(command: Sequence[str], cancel: CancelToken, seconds: float, progress: Progress | None = None) -> str:
    """Output of the command. Raises ScoredockError `image-load-failed`, `cancelled`."""
    line = " ".join(command)
    try:
        on_line = progress.output if progress is not None else None
        process = run.run(command, cancel=cancel, timeout=seconds, on_line=on_line)
    except run.TimedOut:
        raise _failed(
            l10n.t("`{command}` has not ended within {seconds:.0f} s.", command=line, seconds=seconds)
        ) from None
    except OSError as error:
        raise _failed(
            l10n.t("`{command}` cannot be started: {reason}.", command=line, reason=error.strerror or error)
        ) from None
    if process.returncode == 0:
        return process.stdout
    output = (process.stderr.strip() or process.stdout.strip())[-_OUTPUT:]
    raise _failed(
        l10n.t("`{command}` ended with {code}: {output}", command=line, code=process.returncode, output=output), output
    )


def _failed(message: str, output: str = "") -> ScoredockError:
    return ScoredockError("image-load-failed", message, details={"output": output} if output else {})
