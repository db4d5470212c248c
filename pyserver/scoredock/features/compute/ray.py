"""A Ray cluster that is attached as a compute target."""

from __future__ import annotations

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.features.compute.records import looked_at, targets_of
from scoredock.features.context import Context, Operation
from scoredock.progress import WARNING
from scoredock.protocol import messages

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


def attach_ray(params: messages.ComputeAttachParams, context: Context, operation: Operation) -> messages.Compute:
    """Raises compute-exists, compute-name-invalid, ray-address-invalid, and compute-invalid for what a Ray cluster does
    not have."""
    from scoredock.clusters.target import RayTarget

    plain = messages.ComputeAttachParams(params.name)
    given = [name for name in _OF_KUBERNETES if getattr(params, name) != getattr(plain, name)]
    if given:
        option = "--registry" if given[0] == "repository" else f"--{given[0].replace('_', '-')}"
        raise ScoredockError(
            "compute-invalid",
            l10n.t(
                "{option} is of a Kubernetes cluster, and {address} of a Ray cluster.",
                option=option,
                address=params.ray,
            ),
            l10n.t(
                "Give --context and --namespace of a Kubernetes cluster, or --ray with the address of a Ray cluster."
            ),
        )
    target = RayTarget(params.name, params.ray.strip().rstrip("/"), params.relay_port)
    targets = targets_of(context, params.workspace_id)
    targets.attach(target)
    operation.progress.report(l10n.t("Asking the cluster of {name}", name=target.name))
    attached = looked_at(targets, [target])[0]
    if attached.state == "silent":
        text = l10n.t("attached, though the cluster cannot be used now: {reason}", reason=attached.reason)
        operation.progress.report(WARNING + text)
    return attached
