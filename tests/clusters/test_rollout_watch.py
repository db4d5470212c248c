"""Who waits for a rollout is woken by what happens to its pods, and asks little meanwhile."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.clusters.connection import connect
from scoredock.engines.kubernetes.rollout import await_taken_back
from scoredock.engines.kubernetes.rollout_watch import RolloutWatch
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

from pace import within

from .conftest import MakePlace
from .scripted import Answer, ApiRequest, ScriptedApi

RECORDED = Path(__file__).parents[1] / "engines" / "cluster_objects"
SECONDS = 4.0
"""That a pod takes to come to its end."""


class Namespace:
    """A service of two pods, one of which is of revision 2, as an API server has it."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = json.loads((RECORDED / "healthy.json").read_text())
        for revision, pod in zip("21", self.objects["pods"], strict=True):
            pod["metadata"] |= {"uid": f"uid-{revision}", "annotations": {"scoredock.com/revision": revision}}
        self.watched = self.scales = True
        self._events: queue.Queue[bytes] = queue.Queue()

    def answer(self, asked: ApiRequest) -> Answer:
        *_, above, last = asked.path.split("/")
        if "watch" in asked.query:
            if not self.watched:
                return Answer(403, {"message": 'User "a" cannot watch resource "pods" in API group ""'})
            return Answer(200, self._events.get(timeout=60))
        if above == "autoscaling" and self.scales:
            return Answer(200, {"resources": [{"kind": "HorizontalPodAutoscaler"}]})
        if above == "deployments":
            return Answer(200, self.objects["deployment"])
        lists = {"replicasets": self.objects["replica_sets"], "pods": self.objects["pods"], "events": []}
        if last in lists:
            return Answer(200, {"items": lists[last], "metadata": {"resourceVersion": "1"}})
        return Answer(404, {"kind": "Status"})

    def end_pod(self) -> float:
        """The pod of revision 2 is gone; when."""
        gone = self.objects["pods"].pop(0)
        self.tell("DELETED", gone)
        return time.monotonic()

    def tell(self, change: str, pod: dict[str, Any]) -> None:
        metadata = {**pod["metadata"], "resourceVersion": "2"}
        now = {**pod, "apiVersion": "v1", "kind": "Pod", "metadata": metadata}
        self._events.put(json.dumps({"type": change, "object": now}).encode() + b"\n")

    def close(self) -> None:
        for _ in range(9):
            self._events.put(b"")


@pytest.fixture
def namespace(api: ScriptedApi) -> Iterator[Namespace]:
    made = Namespace()
    api.answer = made.answer
    yield made
    made.close()


def count_by_kind(api: ScriptedApi) -> Counter[str]:
    return Counter(each.path.rpartition("/")[2] for each in api.asked if "watch" not in each.query)


def test_a_rollout_is_over_as_soon_as_its_last_pod_is(
    api: ScriptedApi, to_api: MakePlace, namespace: Namespace
) -> None:
    ended: list[float] = []
    timer = threading.Timer(SECONDS, lambda: ended.append(namespace.end_pod()))
    timer.start()
    await_taken_back(connect(to_api()), "healthy", 1)
    assert within(time.monotonic() - ended[0], 0.5)
    count = count_by_kind(api)
    assert count["pods"] <= SECONDS, f"it was asked again and again: {count}"


def test_a_rollout_whose_pods_may_not_be_watched_is_over_as_well(
    api: ScriptedApi, to_api: MakePlace, namespace: Namespace
) -> None:
    namespace.watched = False
    ended: list[float] = []
    threading.Timer(1, lambda: ended.append(namespace.end_pod())).start()
    await_taken_back(connect(to_api()), "healthy", 1)
    assert within(time.monotonic() - ended[0], 1)


@pytest.mark.parametrize("scales", [True, False])
def test_a_pod_that_fails_is_read_with_what_is_said_of_it(
    api: ScriptedApi, to_api: MakePlace, namespace: Namespace, *, scales: bool
) -> None:
    """Also where the cluster has no autoscalers, and does not know what one is."""
    namespace.scales = scales
    with RolloutWatch(connect(to_api()), "healthy", lambda _: False) as watch:
        assert watch.look() is not None
        failing = namespace.objects["pods"][0]
        failing["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
        (container,) = failing["status"]["containerStatuses"]
        container |= {"ready": False, "started": False, "restartCount": 3}
        container["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
        container["lastState"] = {"terminated": {"exitCode": 3}}
        begun, before = time.monotonic(), count_by_kind(api)["deployments"]
        namespace.tell("MODIFIED", failing)
        while (seen := watch.look()) is None or seen[1].failure is None:
            assert within(time.monotonic() - begun, 1.5)
        assert seen[1].failure.cause == "service-crashed"
        assert count_by_kind(api)["events"] > 0, "events are read where something is wrong"
        assert before <= count_by_kind(api)["deployments"]


def test_a_cancel_ends_the_wait(to_api: MakePlace, namespace: Namespace) -> None:
    cancel = CancelToken()
    with RolloutWatch(connect(to_api()), "healthy", lambda _: False, cancel) as watch:
        watch.look()
        watch.look()
        threading.Timer(0.3, cancel.cancel).start()
        begun = time.monotonic()
        with pytest.raises(ScoredockError, match="cancel"):
            list(iter(watch.look, ()))
        assert within(time.monotonic() - begun, 1)
