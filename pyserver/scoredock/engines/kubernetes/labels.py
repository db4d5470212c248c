"""Labels and annotations by which objects of a cluster tell what of Scoredock they are."""

from __future__ import annotations

from scoredock.clusters.objects import CONTAINER, MANAGER, NAME_LABEL

REVISION = "scoredock.com/revision"
"""Label of pods, annotation of a Deployment: the revision of the service that they run."""
WORKSPACE = "scoredock.com/workspace"
"""Label of every object: 16 hex digits that stand for the folder of the workspace."""
PART = "scoredock.com/part"
"""Label of every object of a router: `router`. Objects of services have none."""
PROOF = "scoredock.com/proof"
"""Annotation of every object that only the workspace can make."""
SHARED = "scoredock.com/shared-proof"
"""Annotation of every object that only homes of the same workspace can make, each on a machine of its own."""
OWNER = "scoredock.com/owner"
"""Annotation for people: whose workspace it is."""
SERVES = "scoredock.com/serves"
"""Annotation of a Deployment: the revision that another one is taken back to."""
STARTED = "scoredock.com/started"
"""Annotation of the pods of a service that was started again: when, in seconds since the epoch."""
STOPPED = "scoredock.com/stopped"
"""Annotation of a Deployment that Scoredock has scaled to 0."""
SPEC = "scoredock.com/spec"
"""Annotation of pods: the spec of their runtime, which is mounted as a file. It goes and comes back with the pod's
template, so that a roll back with kubectl has the spec of that revision, too."""
CODE = "scoredock.com/code"
"""Annotation of the pods of a service for development: what stands for the files that they were deployed with."""
RELOADED = "scoredock.com/reloaded"
"""Annotation of its Deployment, once they were changed: revision of the pods, revision that the files of now make, and
what stands for these."""
ROUTE = "scoredock.com/route"
"""Annotation of a Service: the kind of the object of the same name that leads callers from outside to it."""
ADDRESS = "scoredock.com/address"
"""Annotation of that Service: `https://prices.models.example.com`, the address to which the object leads them."""
TAKEN = "scoredock.com/taken"
"""Annotation of the ConfigMap with the routes of a router: the turn of those that every pod has."""
REFUSED = "scoredock.com/refused"
"""Annotation of the HTTPRoute of an endpoint: which form of it the cluster or the Gateway did not take, and why."""
TURN = "deployment.kubernetes.io/revision"
"""Annotation of a Deployment and of its ReplicaSets, which Kubernetes counts up with each template."""
HASH = "pod-template-hash"
"""Label of a ReplicaSet and of its pods."""

__all__ = ["CONTAINER", "MANAGER", "NAME_LABEL"]
