"""Compute targets for services and batch jobs: plain data, which needs no client."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Literal

from scoredock.docker_place import DockerPlace
from scoredock.late_dataclass import dataclass
from scoredock.service import Expose

FOLDER = "compute"
"""Of a workspace: the places that are attached to it, a file of JSON for each."""
WORKSPACE_KEY = f"{FOLDER}/workspace.key"
"""What all homes of one workspace have, on whichever machines: a backup carries it. It proves to one of them that
another one deployed a service."""


LOOK_SECONDS, _PATIENT_SECONDS = 2.0, 10.0
look_seconds: ContextVar[float] = ContextVar("look_seconds", default=LOOK_SECONDS)
"""Of waiting for the network, until a cluster that is looked at says something; how busy this machine is does not
count. One that answers slowly is not silent."""


@contextlib.contextmanager
def patient_looks() -> Iterator[None]:
    """Block in which a look waits for a first answer for as long as a call may take."""
    before = look_seconds.set(_PATIENT_SECONDS)
    try:
        yield
    finally:
        look_seconds.reset(before)


@dataclass(frozen=True, slots=True)
class ClusterPlace:
    """One namespace of one cluster, as a kubeconfig file names it."""

    context: str
    """Of the kubeconfig; the person's current context counts for nothing."""
    namespace: str
    kubeconfig: str = ""
    """Absolute path; empty for the files of KUBECONFIG, else `~/.kube/config`."""


@dataclass(frozen=True, slots=True)
class ClusterTarget:
    """A compute target: a place under a name, and how images get there."""

    name: str
    place: ClusterPlace
    repository: str
    """Where images are pushed, and pulled from by the nodes: `registry.example.com/team`; no tag."""
    pull_secret: str = ""
    """Name of the Secret in the namespace with the login to the registry; empty for none."""
    expose: Expose = "none"
    """How services are reached from outside of the cluster. This machine reaches them in any case."""
    host: str = ""
    """For an Ingress or a Gateway: the domain below which each service has a name, with `https://` before it where
    callers speak TLS."""
    ingress_class: str = ""
    """Of the controller that takes up an Ingress; empty for the cluster's own."""
    tls_secret: str = ""
    """Name of the Secret in the namespace with the certificate of an Ingress; empty for none."""
    gateway: str = ""
    """`NAME` or `NAMESPACE/NAME` of the Gateway that HTTPRoutes belong to."""
    paused: bool = False
    """It came with a backup, and nobody has confirmed it since: nothing is run for it or sent there."""


@dataclass(frozen=True, slots=True)
class RayTarget:
    """A compute target that is a Ray cluster: batch jobs have their workers there, and services do not run there. Its
    token is read where Ray itself reads it."""

    name: str
    address: str
    """Of Ray's dashboard, `http://head.example.com:8265`."""
    relay_port: int = 0
    """At which the head node leads to workers; 0 for any."""
    paused: bool = False
    """See ClusterTarget."""


@dataclass(frozen=True, slots=True)
class DockerTarget:
    """A compute target that is the Docker of another machine: services run there as they do in that of this one."""

    name: str
    place: DockerPlace
    paused: bool = False
    """See ClusterTarget."""


AnyTarget = ClusterTarget | RayTarget | DockerTarget
ServiceTarget = ClusterTarget | DockerTarget
"""Where services run."""
BatchTarget = ClusterTarget | RayTarget
"""Where batch jobs have their workers."""

CheckState = Literal["good", "missing", "note"]


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """One thing that a check of a compute target looked at."""

    what: str
    state: CheckState
    detail: str
    fix: str = ""
