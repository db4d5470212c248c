"""Contexts of kubeconfig files, namespaces of a cluster and ways from outside to services, for attaching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.protocol import messages
from scoredock.service import Expose
from scoredock.verb import verb

if TYPE_CHECKING:
    from scoredock.clusters.kubeconfig import ContextInfo

_EXPOSE_OPTIONS: dict[Expose, list[Literal["host", "ingressClass", "tlsSecret", "gateway"]]] = {
    "ingress": ["host", "ingressClass", "tlsSecret"],
    "gateway": ["gateway", "host"],
}


@verb("compute/contexts", progress="Reading kubeconfig", errors=("cluster-config-invalid",))
def contexts(
    params: messages.ComputeContextsParams, context: Context, operation: Operation
) -> messages.KubernetesContexts:
    """The contexts to choose from, with the program that each would run to sign in. Nothing is run."""
    from scoredock.clusters.kubeconfig import contexts as contexts_of

    all_contexts = contexts_of(str(absolute(params.kubeconfig)) if params.kubeconfig else "")
    return messages.KubernetesContexts(
        [
            messages.KubernetesContext(each.name, each.server, each.namespace, each.user, each.exec_program, each.file)
            for each in all_contexts
        ],
        [_exposure(each) for each in get_args(Expose)],
    )


def _exposure(value: Expose) -> messages.ExposeChoice:
    words: dict[Expose, tuple[str, str]] = {
        "none": (
            l10n.t("From this machine only"),
            l10n.t("Inside of the cluster other pods reach services by their names."),
        ),
        "node-port": (
            l10n.t("At a port of each node"),
            l10n.t("For callers who reach the nodes; the cluster needs nothing else for it."),
        ),
        "load-balancer": (
            l10n.t("By a load balancer"),
            l10n.t("Its provider gives each service an address, which may take a minute and may cost something."),
        ),
        "ingress": (
            l10n.t("By an Ingress"),
            l10n.t("The cluster has a controller for it; each service has a name of its own below a domain."),
        ),
        "gateway": (
            l10n.t("By a Gateway"),
            l10n.t("The cluster has the Gateway API; each service has a name of its own below a domain."),
        ),
    }
    title, detail = words[value]
    return messages.ExposeChoice(value, title, detail, _EXPOSE_OPTIONS.get(value, []))


@verb("compute/dockers", progress="Reading contexts of Docker")
def dockers(params: messages.Empty, context: Context, operation: Operation) -> messages.DockerContexts:
    """The contexts of Docker's command line to choose from that lead to other machines. Connects to none."""
    import os
    from pathlib import Path

    from scoredock.containers.endpoints import context_names

    named = context_names(os.environ, Path.home())
    elsewhere = [messages.DockerContext(*each) for each in named if each[1].startswith(("ssh://", "tcp://"))]
    return messages.DockerContexts(elsewhere)


@verb("compute/namespaces", progress="Reading namespaces", errors=("cluster-config-invalid", "compute-changed"))
def namespaces(
    params: messages.ComputeNamespacesParams, context: Context, operation: Operation
) -> messages.ComputeNamespaces:
    """Namespaces to choose from for a compute target. A cluster that does not answer is not an error."""
    from scoredock.clusters.target import ClusterPlace
    from scoredock.features.compute.confirming import confirm_context
    from scoredock.services.compute_looks import namespaces_of

    kubeconfig = str(absolute(params.kubeconfig)) if params.kubeconfig else ""
    selection = require_context(params.context, kubeconfig)
    place = ClusterPlace(params.context, selection.namespace or "default", kubeconfig)
    confirm_context(place, params.confirmed)
    return messages.ComputeNamespaces(namespaces_of(place, operation.cancel))


def require_context(name: str, kubeconfig: str) -> ContextInfo:
    """Context of a kubeconfig file by its name. Raises ScoredockError `cluster-config-invalid` with the contexts that
    there are."""
    from scoredock.clusters.kubeconfig import contexts as contexts_of
    from scoredock.errors import ClusterConfigInvalid

    all_contexts = contexts_of(kubeconfig)
    for each in all_contexts:
        if each.name == name:
            return each
    names = [each.name for each in all_contexts]
    raise ClusterConfigInvalid(
        l10n.t(
            "There is no context {name} in {file}; there are: {names}.",
            name=name[:256],
            file=kubeconfig or l10n.t("the kubeconfig files"),
            names=", ".join(names) or l10n.t("none"),
        ),
        details={"contexts": names},
    )
