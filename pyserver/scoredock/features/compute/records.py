"""Compute targets as messages, with what their clusters tell; and how a Ray cluster becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ComputeChanged, ComputeUnconfirmed, ScoredockError
from scoredock.progress import WARNING
from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.clusters.target import AnyTarget, ClusterTarget, DockerTarget, RayTarget
    from scoredock.services.compute_looks import Look
    from scoredock.services.compute_targets import ComputeTargets

_OF_KUBERNETES = (
    "context",
    "namespace",
    "kubeconfig",
    "repository",
    "pull_secret",
    "expose",
    "host",
    "ingress_class",
    "tls_secret",
    "gateway",
)
"""Of the parameters of attaching."""
_OF_DOCKER = ("docker", "docker_context", "tls_ca", "tls_cert", "tls_key")
_NEVER = ("ssh-host-key-unknown", "ssh-host-key-changed", "ssh-login-failed", "docker-certificate-invalid")
"""What a person has to look at before a machine is attached."""


def targets_of(context: Context, workspace_id: str) -> ComputeTargets:
    from scoredock.services.compute_targets import ComputeTargets

    return ComputeTargets(context.registry(workspace_id))


def looked_at(targets: ComputeTargets, clusters: Sequence[AnyTarget]) -> list[messages.Compute]:
    """Compute targets as messages, with what their clusters answer within 2 seconds."""
    from scoredock.services.compute_looks import look

    return records(targets, clusters, look(clusters) if clusters else {})


def records(targets: ComputeTargets, clusters: Sequence[AnyTarget], looks: dict[str, Look]) -> list[messages.Compute]:
    services = targets.services([each.name for each in clusters])
    return [record_of(each, services[each.name], looks.get(each.name)) for each in clusters]


def record_of(target: AnyTarget, services: list[str], look: Look | None) -> messages.Compute:
    from scoredock.clusters.target import DockerTarget, RayTarget

    state: messages.ComputeState = "unconfirmed" if target.paused else "unread"
    if look is not None:
        state = "silent" if look.failure is not None else "incomplete" if look.missing else "ready"
        if isinstance(look.failure, (ComputeChanged, ComputeUnconfirmed)):
            state = "unconfirmed"
    failure = look.failure if look is not None else None
    reason, fix = (failure.message, failure.fix) if failure is not None else ("", "")
    version = look.version if look is not None else ""
    if isinstance(target, RayTarget):
        return messages.Compute(
            target.name,
            "",
            "",
            "",
            "",
            "",
            state=state,
            version=version,
            reason=reason,
            fix=fix,
            kind="ray",
            address=target.address,
            relay_port=target.relay_port,
            python=look.python if look is not None else "",
            nodes=look.nodes if look is not None else 0,
            cores=look.cores if look is not None else 0.0,
        )
    if isinstance(target, DockerTarget):
        return messages.Compute(
            target.name,
            "",
            "",
            "",
            "",
            "",
            services=services,
            state=state,
            version=version,
            reason=reason,
            fix=fix,
            kind="machine",
            address=target.place.title,
        )
    place = target.place
    return messages.Compute(
        target.name,
        place.context,
        place.namespace,
        place.kubeconfig,
        target.repository,
        target.pull_secret,
        target.expose,
        services=services,
        state=state,
        version=version,
        missing=list(look.missing) if look is not None else [],
        reason=reason,
        fix=fix,
        host=target.host,
        ingress_class=target.ingress_class,
        tls_secret=target.tls_secret,
        gateway=target.gateway,
    )


def nodes_of_ray(target: RayTarget) -> list[messages.ComputeNode] | None:
    """Nodes that are alive; None where the cluster does not list them."""
    from scoredock.services.ray_looks import nodes_of

    nodes = nodes_of(target)
    if nodes is None:
        return None
    return [messages.ComputeNode(each.name, each.cores, each.memory_bytes, each.gpus) for each in nodes]


def server_of_docker(target: DockerTarget) -> str:
    """Its address, also where a context names it; empty where that is not there."""
    from scoredock.containers.places import address_of

    try:
        return address_of(target.place)
    except ScoredockError:
        return ""  # the record says why


def details_of_cluster(target: ClusterTarget) -> tuple[list[messages.ComputeNode] | None, list[str] | None]:
    """Nodes and namespaces, each None where the person may not see them or the cluster fails meanwhile."""
    from scoredock.clusters.connection import connect
    from scoredock.clusters.rights import namespaces, node_sizes

    try:
        cluster = connect(target.place)
        sizes = node_sizes(cluster)
        nodes = (
            [messages.ComputeNode(each.name, each.cpu, each.memory, each.gpus) for each in sizes]
            if sizes is not None
            else None
        )
        return nodes, namespaces(cluster)
    except ScoredockError:
        return None, None


GIVE_ONE = (
    "Give --context and --namespace of a Kubernetes cluster, --ray with the address of a Ray cluster, or --docker with"
    " that of a Docker."
)


def refuse_others(params: messages.ComputeAttachParams, what: str, others: Sequence[str]) -> None:
    """Raises compute-invalid for options of another kind than `what`, as it is called in a sentence."""
    plain = messages.ComputeAttachParams(params.name)
    given = [name for name in others if getattr(params, name) != getattr(plain, name)]
    if given:
        option = "--registry" if given[0] == "repository" else f"--{given[0].replace('_', '-')}"
        raise ScoredockError(
            "compute-invalid", l10n.t("{option} does not go with {other}.", option=option, other=what), l10n.t(GIVE_ONE)
        )


def attach_docker(params: messages.ComputeAttachParams, context: Context, operation: Operation) -> messages.Compute:
    """Compute target of a machine with Docker, attached under a name. Raises compute-exists, compute-name-invalid,
    docker-address-invalid, docker-context-missing, compute-unconfirmed for a context that leads elsewhere by SSH,
    and compute-invalid for what a Docker does not have. A machine that does not answer is attached all the same; one
    whose host key is wrong or that asks for a password is not."""
    from scoredock.clusters.target import DockerTarget
    from scoredock.containers.places import address_of
    from scoredock.docker_place import DockerPlace
    from scoredock.features.compute.confirming import confirm_attached
    from scoredock.registry.assets.compute_files import require_target
    from scoredock.services.compute_looks import look_patiently

    refuse_others(
        params, "--docker-context" if params.docker_context else "--docker", (*_OF_KUBERNETES, "ray", "relay_port")
    )
    files = (str(absolute(each)) if each else "" for each in (params.tls_ca, params.tls_cert, params.tls_key))
    place = DockerPlace(params.docker.strip().rstrip("/"), params.docker_context, *files)
    target = DockerTarget(params.name, place)
    require_target(target)
    address_of(place)
    confirm_attached(target, params.confirmed)
    operation.progress.report(l10n.t("Asking the Docker of {name}", name=target.name))
    targets = targets_of(context, params.workspace_id)
    look = look_patiently(target)
    if look.failure is not None and look.failure.code in _NEVER:
        raise look.failure
    targets.attach(target)
    attached = records(targets, [target], {target.name: look})[0]
    if attached.state == "silent":
        text = l10n.t("attached, though the Docker cannot be used now: {reason}", reason=attached.reason)
        operation.progress.report(WARNING + text)
    return attached


def attach_ray(params: messages.ComputeAttachParams, context: Context, operation: Operation) -> messages.Compute:
    """Compute target of a Ray cluster, attached under a name. Raises compute-exists, compute-name-invalid,
    ray-address-invalid, and compute-invalid for what a Ray cluster does not have."""
    from scoredock.clusters.target import RayTarget

    refuse_others(params, "--ray", (*_OF_KUBERNETES, *_OF_DOCKER))
    target = RayTarget(params.name, params.ray.strip().rstrip("/"), params.relay_port)
    targets = targets_of(context, params.workspace_id)
    targets.attach(target)
    operation.progress.report(l10n.t("Asking the cluster of {name}", name=target.name))
    attached = looked_at(targets, [target])[0]
    if attached.state == "silent":
        text = l10n.t("attached, though the cluster cannot be used now: {reason}", reason=attached.reason)
        operation.progress.report(WARNING + text)
    return attached
