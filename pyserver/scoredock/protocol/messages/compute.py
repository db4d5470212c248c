"""Compute targets: namespaces of Kubernetes clusters and Ray clusters, each attached under a name, and services as
objects there."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.service import Expose
from scoredock.visible import DATA

ComputeState = Literal["ready", "incomplete", "silent", "unread", "unconfirmed"]
"""`incomplete`: rights are missing. `silent`: the cluster does not answer, or lets nobody in. `unread`: nobody
looked. `unconfirmed`: a person has to confirm it first, and nothing was run or sent."""
ComputeKind = Literal["kubernetes", "ray", "machine"]
"""Services run on the first, batch jobs on both."""
FindingState = Literal["good", "missing", "note"]
"""`note`: services run without it, though not all of what they can do."""


@dataclass(frozen=True)
class ComputeAttachParams(WorkspaceTask):
    """A context of a kubeconfig file and a namespace there, a Ray cluster, or the Docker of another machine."""

    name: str
    """2 to 16 letters, digits and hyphens."""
    context: str = ""
    """Of a Kubernetes cluster; empty for another kind."""
    namespace: str = ""
    """Empty for that of the context, else `default`."""
    kubeconfig: str = ""
    """Absolute path of the file; empty for those of KUBECONFIG, else `~/.kube/config`."""
    repository: str = ""
    """Where images are pushed, and pulled from by the nodes: `registry.example.com/team`."""
    pull_secret: str = ""
    """Secret in the namespace with the login to the registry; empty for none."""
    expose: Expose = "none"
    """How services are reached from outside of the cluster: not at all, at a port of each node, by a load balancer, by
    an Ingress, by an HTTPRoute of a Gateway."""
    host: str = ""
    """For an Ingress or a Gateway: the domain below which each service has a name, `models.example.com`; with
    `https://` before it where callers speak TLS."""
    ingress_class: str = ""
    """Of the controller that takes up an Ingress; empty for the cluster's own."""
    tls_secret: str = ""
    """Secret in the namespace with the certificate of an Ingress; empty for none."""
    gateway: str = ""
    """`NAME` or `NAMESPACE/NAME` of the Gateway that HTTPRoutes belong to."""
    ray: str = ""
    """Address of Ray's dashboard, `http://127.0.0.1:8265`, for a Ray cluster."""
    relay_port: int = 0
    """At which its head node leads to workers of batch jobs; 0 for any."""
    docker: str = ""
    """Address of the Docker of another machine: `ssh://user@host`, `tcp://host:2376`."""
    docker_context: str = ""
    """Context of Docker's command line, in place of its address."""
    tls_ca: str = ""
    """Absolute paths of PEM files, for `tcp://`: what the daemon's certificate is checked by."""
    tls_cert: str = ""
    tls_key: str = ""
    confirmed: str = ""
    """The seal of what a person has confirmed; empty for no question."""


@dataclass(frozen=True)
class ComputeConfirmationParams(WorkspaceParams):
    """Arguments that name what is to be confirmed: a compute target, or a context that is about to be attached."""

    name: str = ""
    """Of the compute target; empty for one that is not attached yet."""
    context: str = ""
    kubeconfig: str = ""
    """Absolute path of the file; empty for those of KUBECONFIG, else `~/.kube/config`."""
    docker_context: str = ""


@dataclass(frozen=True)
class ComputeFact:
    """One thing that a person confirms."""

    title: str
    value: str


@dataclass(frozen=True)
class ComputeConfirmation:
    """Facts a person confirms before a compute target is used: what it runs and where it sends data."""

    facts: list[ComputeFact]
    differences: list[str]
    """From what was confirmed before, a phrase for each; empty where nothing was."""
    seal: str
    """What `compute/confirm` and `compute/attach` take: the same as long as the facts are."""
    pending: bool
    """Whether somebody has to confirm it before it is used."""


@dataclass(frozen=True)
class ComputeConfirmParams(WorkspaceTask):
    """Confirmation by a person of the facts that were shown."""

    name: str
    seal: str
    """Of `compute/confirmation`."""


@dataclass(frozen=True)
class ComputeListParams(WorkspaceParams):
    """Arguments that list the compute targets of a workspace."""

    ask: bool = True
    """Asks each cluster, for 2 seconds at most."""


@dataclass(frozen=True)
class ComputeRef(WorkspaceTask):
    """One compute target."""

    name: str


@dataclass(frozen=True)
class ComputeDetachParams(WorkspaceParams):
    """A compute target that is to be forgotten."""

    name: str
    force: bool = False
    """Also while services run there, which go on."""


@dataclass(frozen=True)
class ComputeRoleParams(WorkspaceParams):
    """Arguments that say for whom the rights are written down."""

    name: str
    account: str = ""
    """ServiceAccount of the namespace that gets them; empty for `scoredock` where no user and no group is named."""
    user: str = ""
    """Name of a user, as the cluster knows it."""
    group: str = ""
    """Name of a group, as the cluster knows it."""


@dataclass(frozen=True)
class ComputeContextsParams:
    """Arguments that say where contexts are looked for."""

    kubeconfig: str = ""
    """Absolute path of the file; empty for those of KUBECONFIG, else `~/.kube/config`."""


@dataclass(frozen=True)
class KubernetesContext:
    """A context of a kubeconfig file. Nothing was run to read it."""

    name: str
    server: str
    namespace: str
    user: str
    program: str
    """The program that signs in; empty for none."""
    file: str


@dataclass(frozen=True)
class ExposeChoice:
    """One way by which services of a compute target can be reached from outside of its cluster."""

    value: Expose
    title: str
    detail: str
    """What it needs of the cluster, in a sentence."""
    options: list[Literal["host", "ingressClass", "tlsSecret", "gateway"]]
    """What has to be said besides, or may be."""


@dataclass(frozen=True)
class KubernetesContexts:
    """All of them, by name."""

    contexts: list[KubernetesContext]
    exposures: list[ExposeChoice]
    """What can be chosen for a namespace of any of them."""


@dataclass(frozen=True)
class DockerContext:
    """A context of Docker's command line that leads to another machine."""

    name: str
    address: str


@dataclass(frozen=True)
class DockerContexts:
    """All of them, by name."""

    contexts: list[DockerContext]


@dataclass(frozen=True)
class ComputeNamespacesParams:
    """A context whose namespaces are wanted. The program that it names to sign in is run if it is confirmed."""

    context: str
    kubeconfig: str = ""
    """Absolute path of the file; empty for those of KUBECONFIG, else `~/.kube/config`."""
    confirmed: str = ""
    """The seal of what a person has confirmed; empty for no question."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ComputeNamespaces:
    """The namespaces of a cluster, as far as the person may see them."""

    namespaces: list[str] | None
    """By name; null where the person may not list them, or the cluster does not answer within 8 seconds."""


@dataclass(frozen=True)
class Compute:
    """A compute target and how it is right now."""

    name: str
    context: str
    namespace: str
    kubeconfig: str
    repository: str
    pull_secret: str
    expose: Expose = "none"
    services: list[str] = field(default_factory=list)
    """Those whose current revision is deployed there."""
    state: ComputeState = "unread"
    version: str = ""
    """Of the cluster: `v1.30.2`; of Ray: `2.40.0`."""
    missing: list[str] = field(default_factory=list)
    """Rights: `create deployments`."""
    reason: str = ""
    """Why it does not answer, in a sentence."""
    fix: str = ""
    host: str = ""
    """The domain below which an Ingress or a Gateway leads to services."""
    ingress_class: str = ""
    tls_secret: str = ""
    gateway: str = ""
    kind: ComputeKind = "kubernetes"
    address: str = ""
    """Of the dashboard of a Ray cluster, or of a Docker, or `context NAME` of Docker's command line."""
    relay_port: int = 0
    python: str = ""
    """Of the nodes of a Ray cluster: `3.11.7`."""
    nodes: int = 0
    """Of a Ray cluster that are alive; 0 where it does not tell."""
    cores: float = 0.0
    """Processors of these."""


@dataclass(frozen=True)
class ComputeMeantParams(WorkspaceParams):
    """Arguments that say what a script attaches: a cluster of Azure under a name."""

    name: str
    cluster: str = ""
    """Name of the cluster; empty where the script does not say it."""


@dataclass(frozen=True)
class ComputeMeant:
    """Compute target that stands here for the cluster of Azure that a script attaches."""

    compute: Compute | None
    """Null where this machine stands for it."""
    text: str
    """That in a sentence."""


@dataclass(frozen=True)
class ComputeList:
    """All of a workspace, by name."""

    targets: list[Compute]


@dataclass(frozen=True)
class ComputeNode:
    """A node of a cluster, as far as the person may see it."""

    name: str
    cores: float
    memory_bytes: int
    gpus: int = 0


@dataclass(frozen=True)
class ComputeDetails:
    """A compute target with what its cluster tells."""

    compute: Compute
    server: str
    """Address of the API server, as the kubeconfig file has it; of a Ray cluster that of its dashboard."""
    program: str
    """The program that signs in; empty for none."""
    nodes: list[ComputeNode] | None = None
    """Null where the person may not list them; nothing needs them."""
    namespaces: list[str] | None = None
    """Null where the person may not list them; nothing needs them."""


@dataclass(frozen=True)
class ComputeFinding:
    """One thing that a check looked at."""

    what: str
    state: FindingState
    detail: str
    fix: str = ""


@dataclass(frozen=True)
class ComputeCheck:
    """Findings of a check whether a compute target has what services need."""

    compute: Compute
    findings: list[ComputeFinding]
    complete: bool
    """Whether nothing is missing."""


@dataclass(frozen=True)
class ComputeRole:
    """The least rights that Scoredock works with, as YAML for `kubectl apply`."""

    text: str = field(metadata=DATA)


@dataclass(frozen=True)
class ComputeReplicasParams:
    """Load for which a number of replicas is calculated."""

    requests_per_second: float
    seconds: float
    """That one request takes."""
    concurrent: int = 1
    """Requests that one replica works on at a time."""
    target_utilization: int = 70
    """Percent of the replicas that are busy."""


@dataclass(frozen=True)
class ComputeReplicas:
    """Number of replicas for a load, and its calculation."""

    replicas: int
    calculation: str
    """As the documents of Azure ML write it."""


@dataclass(frozen=True)
class ServicePreview:
    """Objects that a deployment would apply in a cluster. Nothing was made, sent or recorded."""

    text: str = field(metadata=DATA)
    """The objects as YAML, with a note in the place of what is secret."""
    diff: str = field(metadata=DATA)
    """A unified diff of what stands against what would be; empty where nothing differs, or the cluster is away."""
    image_is_certain: bool
    """Whether the image is named by the digest that it would have; else its name stands for one that is not made."""
    silence: str = ""
    """Why the cluster does not answer, in a sentence; empty where it takes all objects."""
