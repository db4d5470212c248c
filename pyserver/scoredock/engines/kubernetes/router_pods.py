"""The pods of an endpoint's router: all of them go by the same routes, and what each has counted.

A change goes into the ConfigMap first, which every pod that starts from then on reads, and then to each pod that is
there, also to one that is starting or ending. The annotation TAKEN says that all have it. Whoever is killed in between
leaves a ConfigMap that says what is wanted, and no annotation.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from scoredock import l10n, threads
from scoredock.clusters.connection import Cluster
from scoredock.engines.base import RouterReport
from scoredock.engines.kubernetes.control import PodNotReached, ask_pod_patiently, pod_answer
from scoredock.engines.kubernetes.identity import pods_selector, proofs_in
from scoredock.engines.kubernetes.labels import TAKEN
from scoredock.engines.kubernetes.pod_causes import is_ending, is_over, is_ready, is_silent
from scoredock.engines.kubernetes.reading import text_of
from scoredock.engines.kubernetes.router_objects import routes_in, routes_in_force, routes_map, routes_name
from scoredock.errors import ScoredockError
from scoredock_runtime.contract import Routes

_LOOK_SECONDS = 0.1
_MARGIN_SECONDS = 10.0
_UNREACHED_SECONDS = 5.0
"""A pod that takes no requests and is not reached for so long is replaced by one that starts with the routes."""
_REACH_SECONDS = 30.0
"""For a pod that takes requests to be reached."""
_PODS_AT_ONCE = 16
_T = TypeVar("_T")


class RouterPods:
    """Pods of one router."""

    def __init__(self, cluster: Cluster, name: str, nonce: str) -> None:
        self._cluster = cluster
        self._name = name
        self._nonce = nonce

    def routes(self) -> Routes | None:
        """Routes that every pod uses; None while not all use the same. Raises ScoredockError."""
        return routes_in_force(self._cluster.get("ConfigMap", routes_name(self._name)))

    def next_turn(self) -> int:
        """Number of the next change of the routes. Raises ScoredockError."""
        routes = routes_in(self._cluster.get("ConfigMap", routes_name(self._name)))
        return routes.turn + 1 if routes is not None else 1

    def change(self, routes: Routes, grace: float) -> None:
        """Returns once every pod goes by these, and versions that are not among them any more have answered what they
        had, or after `grace` seconds. Raises ScoredockError `service-unreachable`, `service-state-invalid` where a pod
        has newer ones, and what the cluster raises."""
        document = self._cluster.get("ConfigMap", routes_name(self._name))
        if document is None:
            raise ScoredockError(
                "service-unreachable",
                l10n.t(
                    "The ConfigMap {name} of the endpoint was deleted in the cluster.", name=routes_name(self._name)
                ),
                l10n.t("Stop the endpoint and start it again: it is made again then."),
            )
        metadata = document["metadata"]
        before = routes_in(document)
        routes = replace(routes, turn=before.turn + 1 if before is not None else 1)
        proofs = proofs_in(metadata["annotations"])
        own = {"namespace": metadata["namespace"], "labels": metadata["labels"], "annotations": proofs}
        self._cluster.apply(routes_map(routes, self._name, own))
        self._have_taken(routes, grace)
        self.say_taken(routes.turn)

    def say_taken(self, turn: int) -> None:
        """Every pod goes by the routes of this turn. Raises ScoredockError."""
        changes = {"metadata": {"annotations": {TAKEN: str(turn)}}}
        self._cluster.patch("ConfigMap", routes_name(self._name), changes)

    def _have_taken(self, routes: Routes, grace: float) -> None:
        body = {"routes": asdict(routes), "grace": grace}
        began = time.monotonic()
        done: set[str] = set()
        while pods := [each for each in self._pods() if _uid(each) not in done]:
            taken = self._of_each(pods, lambda pod: self._give(pod, body, grace, began))
            done |= {_uid(pod) for pod, has_it in zip(pods, taken, strict=True) if has_it}
            time.sleep(_LOOK_SECONDS)

    def _give(self, pod: Mapping[str, Any], body: Mapping[str, object], grace: float, began: float) -> bool:
        """True if a pod has the routes, or one in its place will. Raises ScoredockError."""
        name, waited = text_of(pod, "metadata", "name"), time.monotonic() - began
        if not text_of(pod, "spec", "nodeName"):
            return True  # has nothing mounted yet
        try:
            ask_pod_patiently(self._cluster, name, self._nonce, "/routes", body, grace + _MARGIN_SECONDS)
        except PodNotReached as error:
            if is_ending(pod):
                return waited > _UNREACHED_SECONDS  # its container may have ended already
            if is_ready(pod) and waited > _REACH_SECONDS:
                raise ScoredockError(
                    "service-unreachable",
                    l10n.t("The pod {pod} did not take the new shares: {error}.", pod=name, error=error),
                    l10n.t("Its node may be away. `scoredock endpoint start` brings it in line as soon as it answers."),
                ) from error
            if is_ready(pod) or waited < _UNREACHED_SECONDS:
                return False
            self._cluster.delete("Pod", name, uid=_uid(pod))
        return True

    def reports(self) -> list[RouterReport]:
        """Counts of each pod that responds. Raises ScoredockError."""
        return [RouterReport(_uid(pod), each) for pod, each in self._reports_of("/traffic") if isinstance(each, dict)]

    def differences(self) -> list[Any]:
        """The lines of all pods that answer. Raises ScoredockError."""
        return [line for _, each in self._reports_of("/differences") if isinstance(each, list) for line in each]

    def _reports_of(self, route: str) -> list[tuple[dict[str, Any], Any]]:
        """Each pod that runs, and what it answers. Raises ScoredockError."""
        pods = [each for each in self._pods() if text_of(each, "status", "phase") == "Running"]
        return list(zip(pods, self._of_each(pods, lambda pod: self._report_of(pod, route)), strict=True))

    def _report_of(self, pod: Mapping[str, Any], route: str) -> Any:
        """JSON; None where the pod does not answer."""
        if is_silent(pod):
            return None
        try:
            return json.loads(pod_answer(self._cluster, text_of(pod, "metadata", "name"), self._nonce, route))
        except (PodNotReached, ScoredockError, ValueError):
            return None

    def _pods(self) -> list[dict[str, Any]]:
        return [each for each in self._cluster.list("Pod", pods_selector(self._name)) if not is_over(each)]

    @staticmethod
    def _of_each(pods: Sequence[Mapping[str, Any]], act: Callable[[Mapping[str, Any]], _T]) -> list[_T]:
        if len(pods) < 2:
            return [act(each) for each in pods]
        with threads.pool(min(len(pods), _PODS_AT_ONCE), "router") as pool:
            return list(pool.map(act, pods))


def _uid(pod: Mapping[str, Any]) -> str:
    return text_of(pod, "metadata", "uid")
