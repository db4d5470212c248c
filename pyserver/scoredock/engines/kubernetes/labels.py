"""The names that objects of ours carry in a cluster, and those of Kubernetes that are read besides."""

from __future__ import annotations

NAME = "app.kubernetes.io/name"
"""Label of all objects of a service: its name there."""
REVISION = "scoredock.com/revision"
"""Annotation of a Deployment and of its pods: the revision that they run."""
STOPPED = "scoredock.com/stopped"
"""Annotation of a Deployment that Scoredock has scaled to 0."""
CONTAINER = "service"
"""Of the container that has the runtime; a pod may have others that somebody injects."""
MANAGER = "scoredock"
"""The field manager of whatever Scoredock applies."""
TURN = "deployment.kubernetes.io/revision"
"""Annotation of a Deployment and of its ReplicaSets, which Kubernetes counts up with each template."""
HASH = "pod-template-hash"
"""Label of a ReplicaSet and of its pods."""
