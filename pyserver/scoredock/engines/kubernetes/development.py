"""A service for development: its pods take changed files while they run, and whoever starts later has them, too.

The files lie in a ConfigMap of the revision that the pods are of, which every pod puts in place before its workers
start (scoredock_runtime/service_folder/code_bundle.py). A change goes to the pods that take requests first. Once all of
them answer with it, the ConfigMap is replaced: from then on it is what others go back to and what new pods have, and
those that had started before take it or are replaced. Whoever is killed in between leaves a ConfigMap that says it all.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

from scoredock import l10n, threads
from scoredock.clusters.connection import Cluster
from scoredock.engines.base import Launch
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.kubernetes.cluster_state import ClusterState
from scoredock.engines.kubernetes.code_files import Bundle, bundle_in, bundle_of, code_map, code_map_name
from scoredock.engines.kubernetes.control import PodNotReached, ask_pod, ask_pod_patiently, pod_status
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.labels import CODE, RELOADED, REVISION
from scoredock.engines.kubernetes.pod_causes import is_ending, is_ready
from scoredock.engines.kubernetes.reading import field_of, mark_of, text_of, whole_mark
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress
from scoredock_runtime import contract
from scoredock_runtime.contract import Failure, ServiceStatus

_LOOK_SECONDS = 0.05
_MARGIN_SECONDS = 30.0
_UNREACHED_SECONDS = 5.0
"""A pod that takes no requests and is not reached for so long is replaced by one that starts with the files."""
_WHOLE_SECONDS = 60.0
"""For all pods to have the same files, beyond the start time-out of one."""
_PODS_AT_ONCE = 16


def code_serving(deployment: Mapping[str, Any] | None, state: ClusterState) -> tuple[ClusterState, str]:
    """The state in words of revisions that reloads made, and what stands for the files that answer; empty for a service
    that is not for development."""
    template = field_of(deployment, "spec", "template")
    revision, code = whole_mark(template, REVISION), mark_of(template, CODE)
    if not code or state.revision != revision:
        return state, ""
    change = _reloaded(deployment)
    if change is None or change[0] != revision:
        return state, code
    replicas = tuple(
        replace(each, revision=change[1]) if each.revision == revision else each for each in state.replicas
    )
    return replace(state, revision=change[1], replicas=replicas), change[2]


def _reloaded(deployment: object) -> tuple[int, int, str] | None:
    words = text_of(deployment, "metadata", "annotations", RELOADED).split()
    if len(words) != 3 or not all(each.isdecimal() and each.isascii() and len(each) < 10 for each in words[:2]):
        return None
    return int(words[0]), int(words[1]), words[2]


class CodeChange:
    """The files of one service, as its pods and its ConfigMap have them."""

    def __init__(self, cluster: Cluster, service: str, nonce: str, deployment: Mapping[str, Any] | None) -> None:
        self._cluster = cluster
        self._service = service
        self._nonce = nonce
        template = field_of(deployment, "spec", "template")
        self._revision = whole_mark(template, REVISION)
        self._is_for_development = bool(mark_of(template, CODE))
        self._reloaded = _reloaded(deployment)

    # ------------------------------------------------------------------------------------------ the doors

    def make(self, launch: Launch, progress: Progress, cancel: CancelToken) -> None:
        """All pods answer with the files of the launch, or with those of before. Raises LaunchFailed, `cancelled`,
        `service-state-invalid`, what the cluster raises, and `source-too-large` where these files or those of before
        are in an image only: then nothing has changed, and only another image changes them."""
        with threads.pool(1, "code") as pool:  # a request takes as long as the way to the cluster
            listed = pool.submit(self._pods)
            document = self._document()
            there = listed.result()
        accepted = bundle_in(document)
        fresh = bundle_of(launch.app_root, launch.revision, accepted.turn + 1 if accepted is not None else 1)
        if accepted is None or not fresh.data:
            raise ScoredockError(
                "source-too-large",
                l10n.t(
                    "The files of {service} are larger than {most:.0f} kB when they are compressed, more than a "
                    "service for development takes while it runs.",
                    service=self._service,
                    most=contract.CODE_LIMIT / 1000,
                ),
                l10n.t("Run `{command}`, which puts them into an image.", command=f"service update {self._service}"),
            )
        pods = [each for each in there if is_ready(each) and not is_ending(each)]
        if not pods:
            raise ServiceStateInvalid(l10n.t("No pod of {service} takes requests.", service=self._service))
        progress.report(l10n.t("Sending {size:.1f} kB to {count} pods", size=len(fresh.data) / 1000, count=len(pods)))
        try:
            self._send_to_all([_name(each) for each in pods], fresh, launch.start_timeout, cancel)
            self._accept(document, fresh)
        except BaseException:
            with contextlib.suppress(ScoredockError):
                self._await_whole(accepted, launch.start_timeout)
            raise
        self._await_whole(fresh, launch.start_timeout)
        progress.report(l10n.t("The pods answer with the code {code}", code=fresh.code))

    def settle(self) -> None:
        """Finishes a change of the code that a killed process began, or takes it back: the ConfigMap says which. Raises
        ScoredockError."""
        if not self._is_for_development or not self._pods():
            return
        bundle = bundle_in(self._cluster.get("ConfigMap", code_map_name(self._service, self._revision)))
        if bundle is None:
            return
        if bundle.turn > 1 and (self._reloaded is None or self._reloaded[2] != bundle.code):
            self._say(bundle)
        self._await_whole(bundle, 0)

    # ------------------------------------------------------------------------------------------ steps

    def _document(self) -> Mapping[str, Any]:
        """The ConfigMap."""
        if not self._is_for_development:
            raise ServiceStateInvalid(
                l10n.t("The service {service} was not deployed for development.", service=self._service),
                l10n.t("Update it to serve your files, or deploy it with --develop."),
            )
        document = self._cluster.get("ConfigMap", code_map_name(self._service, self._revision))
        if document is None:
            raise ServiceStateInvalid(
                l10n.t("The ConfigMap with the files of {service} has gone.", service=self._service),
                l10n.t("Update the service, which makes another one."),
            )
        return document

    def _accept(self, document: Mapping[str, Any], bundle: Bundle) -> None:
        metadata = document["metadata"]
        kept = {key: metadata[key] for key in ("namespace", "labels", "annotations")}
        self._cluster.apply(code_map(bundle, metadata["name"], kept))
        self._say(bundle)

    def _say(self, bundle: Bundle) -> None:
        text = f"{self._revision} {bundle.revision} {bundle.code}"
        self._cluster.patch("Deployment", self._service, {"metadata": {"annotations": {RELOADED: text}}})

    def _pods(self) -> list[dict[str, Any]]:
        """Pods of the revision, also those that are ending: they may still respond."""
        return self._cluster.list("Pod", f"{pods_selector(self._service)},{REVISION}={self._revision}")

    def _send_to_all(self, pods: Sequence[str], bundle: Bundle, seconds: float, cancel: CancelToken) -> None:
        """Raises what the first pod raises that does not take it; the others are called off."""
        with threads.pool(min(len(pods), _PODS_AT_ONCE), "code") as pool:
            sent = [pool.submit(self._send, pod, bundle, seconds + _MARGIN_SECONDS) for pod in pods]
            outstanding: set[Future[None]] = set(sent)
            fault: BaseException | None = None
            while outstanding:
                ended, outstanding = wait(outstanding, _LOOK_SECONDS, "FIRST_EXCEPTION")
                faults = [each.exception() for each in ended]
                first = next((each for each in faults if each is not None), None)
                if fault is None and (first is not None or cancel.cancelled):
                    fault = first
                    for pod in pods:
                        pool.submit(self._call_off, pod)
                    if fault is None:
                        break
        cancel.raise_if_cancelled()
        if fault is not None:
            raise fault

    def _send(self, pod: str, bundle: Bundle, seconds: float) -> None:
        body = {"bundle": base64.b64encode(bundle.data).decode("ascii")}
        try:
            text = ask_pod_patiently(self._cluster, pod, self._nonce, "/code", body, seconds)
            status = contract.status_from_json(text)
        except (PodNotReached, ValueError, http.client.HTTPException) as error:
            raise ScoredockError(
                "service-unreachable",
                l10n.t("The pod {pod} did not take the new files: {error}.", pod=pod, error=error),
                l10n.t("Try again; the previous version responds until then."),
            ) from error
        if not _has(status, bundle):
            raise LaunchFailed(
                status.failure or Failure(contract.SERVICE_CRASHED, l10n.t("The new revision did not start."))
            )

    def _call_off(self, pod: str) -> None:
        with contextlib.suppress(PodNotReached, ScoredockError):
            ask_pod(self._cluster, pod, self._nonce, "/cancel", {})

    def _await_whole(self, bundle: Bundle, seconds: float) -> None:
        """Until every pod of now has the files, however it stood, or is replaced by one that starts with them, as all
        do that come later. Raises `service-unreachable` where a pod that takes requests is not reached."""
        began = time.monotonic()
        pods = self._pods()
        concerned = {str(each["metadata"]["uid"]) for each in pods}
        while pods:
            with threads.pool(min(len(pods), _PODS_AT_ONCE), "code") as pool:
                done = list(pool.map(lambda pod: self._is_settled(pod, bundle, began, seconds), pods))
            concerned -= {str(pod["metadata"]["uid"]) for pod, is_done in zip(pods, done, strict=True) if is_done}
            if not concerned:
                return
            if time.monotonic() > began + seconds + _WHOLE_SECONDS:
                self._replace_all([each for each in pods if str(each["metadata"]["uid"]) in concerned])
                return
            time.sleep(_LOOK_SECONDS)
            pods = [each for each in self._pods() if str(each["metadata"]["uid"]) in concerned]

    def _replace_all(self, pods: Sequence[Mapping[str, Any]]) -> None:
        """Replaces pods that respond with other files, and fail to start with these."""
        for pod in pods:
            if pod_status(self._cluster, _name(pod), self._nonce) is None:
                raise ScoredockError(
                    "service-unreachable",
                    l10n.t("The pod {pod} takes requests, and is not reached to take the new files.", pod=_name(pod)),
                    l10n.t("Its node may be away. Try again, or look at it with `kubectl get pods`."),
                )
            self._cluster.delete("Pod", _name(pod), uid=str(pod["metadata"]["uid"]))

    def _is_settled(self, pod: Mapping[str, Any], bundle: Bundle, began: float, seconds: float) -> bool:
        """True if a pod has the files, or is one that will."""
        status = pod_status(self._cluster, _name(pod), self._nonce)
        if status is not None and _has(status, bundle):
            return True
        if status is not None:
            with contextlib.suppress(LaunchFailed, ScoredockError):
                self._send(_name(pod), bundle, seconds + _MARGIN_SECONDS)
                return True
        if is_ending(pod) or not text_of(pod, "spec", "nodeName"):
            return True  # takes no new requests, or has nothing mounted yet
        if time.monotonic() > began + _UNREACHED_SECONDS and not is_ready(pod):
            self._cluster.delete("Pod", _name(pod), uid=str(pod["metadata"]["uid"]))
            return True
        return False


def _has(status: ServiceStatus, bundle: Bundle) -> bool:
    return (status.code, status.revision) == (bundle.code, bundle.revision)


def _name(pod: Mapping[str, Any]) -> str:
    return text_of(pod, "metadata", "name")
