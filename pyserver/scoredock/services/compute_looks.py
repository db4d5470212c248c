"""Present state of the clusters of compute targets, and what services would miss there. None is waited for longer than
is said, and nothing is changed in one."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n, threads
from scoredock.clusters.routes import ROUTE_KINDS, host_of
from scoredock.clusters.side_loading import loader_of
from scoredock.clusters.target import (
    AnyTarget,
    ClusterPlace,
    ClusterTarget,
    DockerTarget,
    RayTarget,
    TargetCheck,
)
from scoredock.errors import (
    Cancelled,
    ClusterNotAllowed,
    ClusterRefused,
    ClusterUnreachable,
    ComputeChanged,
    ComputeUnconfirmed,
    RegistryUnreachable,
    ScoredockError,
)
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.services.compute_targets import require_confirmed_target
from scoredock.services.lifecycle.autoscaling import OPEN_REQUESTS, serves_requests

if TYPE_CHECKING:
    from scoredock.clusters.connection import Cluster
    from scoredock.service import Expose

LOOK_SECONDS = 2.0
_NAMESPACES_SECONDS = 8.0
"""The person waits for the list, and may cancel that."""
_PAUSE_SECONDS = 0.05
_REGISTRY_SECONDS = 10.0
_EMPTY = f"sha256:{hashlib.sha256().hexdigest()}"
"""Bytes that a registry may have: none."""
_CORES = 12
"""Of a cluster that Azure ML took: https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-kubernetes"""


@dataclass(slots=True)
class Look:
    """Answers of a cluster so far."""

    version: str = ""
    python: str = ""
    """Of the nodes of a Ray cluster."""
    nodes: int = 0
    """Of a Ray cluster that are alive; 0 where it does not tell."""
    cores: float = 0.0
    """That these have."""
    missing: tuple[str, ...] = ()
    """Rights, each as verb and resource."""
    failure: ScoredockError | None = None


def look(targets: Sequence[AnyTarget], seconds: float = LOOK_SECONDS) -> dict[str, Look]:
    """All at once, by name; the slowest is waited for so long. Raises nothing: what a cluster fails with is in its
    look."""
    looks = {target.name: Look() for target in targets}
    for target in targets:  # how long a busy machine takes to load the client says nothing of a cluster
        if isinstance(target, ClusterTarget):
            with contextlib.suppress(ScoredockError):
                _connected(target)
    end = time.monotonic() + seconds
    asking = [
        threads.start(_ask, target, looks[target.name], name="scoredock-compute", at_fault=threads.logged)
        for target in targets
    ]
    for thread in asking:
        thread.join(max(0.0, end - time.monotonic()))
    return {name: _seen(name, each, seconds) for name, each in looks.items()}


def look_patiently(target: AnyTarget) -> Look:
    """Same as `look` for one target, without a time limit."""
    answers = Look()
    _ask(target, answers)
    return answers


def _ask(target: AnyTarget, answers: Look) -> None:
    try:
        require_confirmed_target(target)
        if isinstance(target, RayTarget):
            from scoredock.services.ray_looks import ask, nodes_of

            version = ask(target)
            answers.python, answers.version = version.python, version.ray
            nodes = nodes_of(target) or []
            answers.cores, answers.nodes = sum(each.cores for each in nodes), len(nodes)
            return
        if isinstance(target, DockerTarget):
            from scoredock.services import docker_looks

            answers.version = docker_looks.ask(target)
            return
        cluster = _connected(target)
        answers.version = cluster.version()
        answers.missing = _missing(cluster, target.expose)
    except ScoredockError as error:
        answers.failure = error


def _seen(name: str, answers: Look, seconds: float) -> Look:
    """Copy of the answers so far; the thread may still write to the original."""
    if answers.failure is not None or answers.version:
        return replace(answers)
    text = l10n.t("The cluster of {name} has not answered within {seconds:.0f} s.", name=name, seconds=seconds)
    return Look(failure=ClusterUnreachable(text))


def namespaces_of(place: ClusterPlace, cancel: CancelToken) -> list[str] | None:
    """Namespaces of a cluster; None where the login may not list them, and where nothing has come after 8 seconds or
    until it is cancelled."""
    answers: list[list[str] | None] = []

    def ask() -> None:
        from scoredock.clusters.connection import connect
        from scoredock.clusters.rights import namespaces

        with contextlib.suppress(ScoredockError):
            answers.append(namespaces(connect(place)))

    asking = threads.start(ask, name="scoredock-namespaces", at_fault=threads.logged)
    end = time.monotonic() + _NAMESPACES_SECONDS
    while asking.is_alive() and time.monotonic() < end and not cancel.wait(_PAUSE_SECONDS):
        pass
    return answers[0] if answers else None


def check(target: AnyTarget, cancel: CancelToken) -> tuple[Look, list[TargetCheck]]:
    """Everything that a service or a batch job there needs or can use. Raises only `cancelled`."""
    answers = Look()
    _ask(target, answers)
    if isinstance(answers.failure, (ComputeChanged, ComputeUnconfirmed)):
        failure = answers.failure
        return answers, [TargetCheck(l10n.t("confirmation"), "missing", failure.message, failure.fix)]
    if isinstance(target, RayTarget):
        from scoredock.services import ray_looks

        return answers, ray_looks.check(target)
    if isinstance(target, DockerTarget):
        from scoredock.services import docker_looks

        return answers, docker_looks.check(target, answers.failure)
    if answers.failure is not None:
        error = answers.failure
        findings = [TargetCheck(l10n.t("cluster"), "missing", error.message, error.fix)]
    else:
        findings = [
            TargetCheck(l10n.t("cluster"), "good", l10n.t("answers, Kubernetes {version}", version=answers.version)),
            *_rights(target, answers),
        ]
        for part in (_namespace, _secrets, _route, _metrics, _autoscaler, _size):
            cancel.raise_if_cancelled()
            findings += (each for each in _answered(target, part) if each not in findings)
    cancel.raise_if_cancelled()
    return answers, [*findings, _registry(target, cancel)]


def _answered(
    target: ClusterTarget, part: Callable[[ClusterTarget, Cluster], Iterator[TargetCheck]]
) -> list[TargetCheck]:
    """Results of one part of a check; empty if the person has no right to ask."""
    try:
        return list(part(target, _connected(target)))
    except ScoredockError as error:
        is_denied = isinstance(error, ClusterNotAllowed)
        return [] if is_denied else [TargetCheck(l10n.t("cluster"), "missing", error.message, error.fix)]


def _rights(target: ClusterTarget, answers: Look) -> Iterator[TargetCheck]:
    what = l10n.t("rights")
    if not answers.missing:
        text = l10n.t("all that services in {namespace} need", namespace=target.place.namespace)
        yield TargetCheck(what, "good", text)
    fix = l10n.t(
        "Run `{command}`, and have an administrator apply it.", command=f"scoredock compute role {target.name}"
    )
    for right in by_resource(answers.missing):
        text = l10n.t("{right} in {namespace} is not allowed", right=right, namespace=target.place.namespace)
        yield TargetCheck(what, "missing", text, fix)


def by_resource(rights: Iterable[str]) -> list[str]:
    """Rights as a person reads them: `get, list deployments` of `get deployments` and `list deployments`."""
    verbs: dict[str, list[str]] = {}
    for verb, _, resource in (each.partition(" ") for each in rights):
        verbs.setdefault(resource, []).append(verb)
    return [f"{', '.join(each)} {resource}" for resource, each in verbs.items()]


def _namespace(target: ClusterTarget, cluster: Cluster) -> Iterator[TargetCheck]:
    name = target.place.namespace
    namespace = cluster.get("Namespace", name) or {}  # one that is not there is an error of the cluster
    if namespace.get("metadata", {}).get("deletionTimestamp"):
        text = l10n.t("the namespace {name} is being deleted", name=name)
        yield TargetCheck(l10n.t("namespace"), "missing", text, l10n.t("Attach another one."))
    else:
        yield TargetCheck(l10n.t("namespace"), "good", name)


def _secrets(target: ClusterTarget, cluster: Cluster) -> Iterator[TargetCheck]:
    """Those that somebody else makes."""
    for what, name, kind in (
        (l10n.t("pull secret"), target.pull_secret, "docker-registry"),
        (l10n.t("TLS secret"), target.tls_secret, "tls"),
    ):
        if name and cluster.get("Secret", name) is None:
            text = l10n.t("there is no Secret {name} in {namespace}", name=name, namespace=target.place.namespace)
            command = f"kubectl --namespace {target.place.namespace} create secret {kind} {name}"
            yield TargetCheck(what, "missing", text, l10n.t("Create it with `{command} …`.", command=command))
        elif name:
            yield TargetCheck(what, "good", name)


def _route(target: ClusterTarget, cluster: Cluster) -> Iterator[TargetCheck]:
    """Check of what leads callers from outside to services."""
    kind = ROUTE_KINDS.get(target.expose)
    if kind is None:
        return
    what, names = l10n.t("from outside"), l10n.t("as {name}", name=host_of(target, "NAME"))
    try:
        yield TargetCheck(what, "good", f"{kind} {cluster.served(kind)}, {names}")
    except ClusterRefused as error:
        fix = l10n.t("Have it installed, or detach the compute target, and attach it with another --expose.")
        yield TargetCheck(what, "missing", error.message, fix)


def _metrics(_: ClusterTarget, cluster: Cluster) -> Iterator[TargetCheck]:
    what = l10n.t("metrics API")
    if cluster.has_group("metrics.k8s.io"):
        yield TargetCheck(what, "good", "metrics.k8s.io")
    else:
        text = l10n.t("not served: CPU and memory of replicas are not shown, and services are not scaled by them")
        yield TargetCheck(what, "note", text, l10n.t("Have the Metrics Server installed."))


def _autoscaler(_: ClusterTarget, cluster: Cluster) -> Iterator[TargetCheck]:
    version = cluster.served("HorizontalPodAutoscaler")
    yield TargetCheck(l10n.t("autoscaling"), "good" if version else "note", version or l10n.t("not served"))
    what = l10n.t("requests in flight")
    if serves_requests(cluster):
        yield TargetCheck(what, "good", l10n.t("served as {metric}: autoscalers go by them", metric=OPEN_REQUESTS))
    else:
        text = l10n.t("not served as {metric}: autoscalers go by CPU", metric=OPEN_REQUESTS)
        page = "docs/kubernetes.md#autoscaling-by-requests-in-flight"
        yield TargetCheck(what, "note", text, l10n.t("Have an adapter serve them: {page}.", page=page))


def _size(_: ClusterTarget, cluster: Cluster) -> Iterator[TargetCheck]:
    from scoredock.clusters.rights import node_sizes

    nodes = node_sizes(cluster)
    cores = sum(each.cpu for each in nodes or ())
    if nodes and cores < _CORES:
        text = l10n.t("{cores:g} cores; Azure ML attached clusters of {least} or more", cores=cores, least=_CORES)
        yield TargetCheck(l10n.t("size"), "note", text)
    elif nodes:
        yield TargetCheck(l10n.t("size"), "good", l10n.t("{cores:g} cores", cores=cores))


def _registry(target: ClusterTarget, cancel: CancelToken) -> TargetCheck:
    """Check that this machine reaches the registry: the nodes may see it otherwise."""
    what = l10n.t("registry")
    try:
        loader = loader_of(target)
    except ScoredockError as error:
        return TargetCheck(what, "missing", error.message, error.fix)
    if loader is not None:
        what = l10n.t("images")
        if not loader.is_installed:
            text = l10n.t("loaded into the nodes by {program}, which is not installed", program=loader.program)
            return TargetCheck(what, "missing", text, l10n.t("Install it, or attach with --registry HOST/PATH."))
        return TargetCheck(what, "good", l10n.t("loaded into the nodes by {title}", title=loader.title))
    if not target.repository:
        command = f"scoredock compute attach {target.name} … --registry HOST/PATH"
        fix = l10n.t("Detach it, and attach it with `{command}`.", command=command)
        return TargetCheck(what, "missing", l10n.t("none is named, so no image can get to the cluster"), fix)
    try:
        _ask_registry(target.repository, cancel)
    except ScoredockError as error:
        cancel.raise_if_cancelled()
        return TargetCheck(what, "missing", error.message, error.fix)
    text = l10n.t("{repository} can be reached from this machine", repository=target.repository)
    return TargetCheck(what, "good", text)


def _ask_registry(repository: str, cancel: CancelToken) -> None:
    """Asks for bytes that need not be there. Raises the errors of a registry that cannot be used."""
    from scoredock.oci.content import Descriptor
    from scoredock.oci.registry_address import read_address
    from scoredock.oci.registry_client import RegistryClient
    from scoredock.oci.registry_transport import TransportLimits

    ending = CancelToken()
    cancel.on_cancel(ending.cancel)
    called_off = threads.call_later(
        _REGISTRY_SECONDS, ending.cancel, name="scoredock-registry", at_fault=threads.logged
    )
    try:
        address = read_address(f"{repository}/scoredock-check")
        with RegistryClient(address, ending, pushes=True, limits=TransportLimits(attempts=1)) as client:
            client.has_blob(Descriptor("application/octet-stream", _EMPTY, 0))
    except Cancelled:
        cancel.raise_if_cancelled()
        text = l10n.t(
            "{repository} has not answered within {seconds:.0f} s.", repository=repository, seconds=_REGISTRY_SECONDS
        )
        raise RegistryUnreachable(text) from None
    finally:
        called_off()


def _connected(target: ClusterTarget) -> Cluster:
    from scoredock.clusters.connection import connect

    return connect(target.place)


def _missing(cluster: Cluster, expose: Expose) -> tuple[str, ...]:
    from scoredock.clusters.rights import missing

    return tuple(f"{right.verb} {right.resource}" for right in missing(cluster, expose))
