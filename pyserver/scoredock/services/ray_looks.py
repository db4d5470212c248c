"""Present state of the Ray cluster of a compute target, and what batch jobs would miss there."""

from __future__ import annotations

import contextlib
import socket

from scoredock import l10n
from scoredock.clusters.target import RayTarget, TargetCheck
from scoredock.engines.ray.connection import RayCluster, RayNode, RayVersion
from scoredock.errors import ScoredockError

_CONNECT_SECONDS = 3.0


def ask(target: RayTarget) -> RayVersion:
    """Raises ScoredockError."""
    return RayCluster(target.address).version()


def nodes_of(target: RayTarget) -> list[RayNode] | None:
    """Nodes of a cluster; None where it does not tell."""
    with contextlib.suppress(ScoredockError):
        return RayCluster(target.address).nodes() or None
    return None


def check(target: RayTarget) -> list[TargetCheck]:
    """Everything that a batch job needs there. Never raises."""
    cluster = l10n.t("cluster")
    try:
        server = RayCluster(target.address)
        version = server.version()
        nodes = server.nodes()
    except ScoredockError as error:
        return [TargetCheck(cluster, "missing", error.message, error.fix)]
    findings = [TargetCheck(cluster, "good", l10n.t("answers, Ray {version}", version=version.ray))]
    python = l10n.t("Python")
    if version.python:
        findings.append(TargetCheck(python, "good", l10n.t("{version} on its nodes", version=version.python)))
    else:
        text = l10n.t("the cluster does not say which one its nodes have; a job of another one fails there")
        findings.append(TargetCheck(python, "note", text))
    return [*findings, *_nodes(nodes), *_way(target, server)]


def _nodes(nodes: list[RayNode]) -> list[TargetCheck]:
    what = l10n.t("nodes")
    if not nodes:
        return [TargetCheck(what, "note", l10n.t("the cluster does not list them"))]
    cores = sum(each.cores for each in nodes)
    text = l10n.t("{count} alive, with {cores} processors", count=len(nodes), cores=f"{cores:g}")
    if cores:
        return [TargetCheck(what, "good", text)]
    fix = l10n.t("Start nodes with processors: `ray start --address … --num-cpus N`.")
    return [TargetCheck(what, "missing", text, fix)]


def _way(target: RayTarget, server: RayCluster) -> list[TargetCheck]:
    """Nothing listens at the port while no job runs: whether its packets get there at all is what can be seen."""
    what = l10n.t("way to workers")
    if not target.relay_port:
        text = l10n.t("each job takes a port of {host}, which must be reachable from here", host=server.host)
        fix = l10n.t("Attach it again with --relay-port PORT where a firewall or a port forward needs a fixed one.")
        return [TargetCheck(what, "note", text, fix)]
    try:
        socket.create_connection((server.host, target.relay_port), timeout=_CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        pass  # it gets there
    except OSError as error:
        text = l10n.t(
            "port {port} of {host} is not reachable from here: {reason}",
            port=target.relay_port,
            host=server.host,
            reason=error.strerror or str(error),
        )
        fix = l10n.t("Open the port, or forward it to this machine beside that of the dashboard.")
        return [TargetCheck(what, "missing", text, fix)]
    text = l10n.t("port {port} of {host}", port=target.relay_port, host=server.host)
    return [TargetCheck(what, "good", text)]
