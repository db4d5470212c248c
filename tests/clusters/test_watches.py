"""A watch says what is there and what changes, over cuts and states that the cluster forgot, until its cancel."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from scoredock.clusters.connection import Cluster, connect
from scoredock.errors import ClusterUnreachable, ScoredockError
from scoredock.progress import CancelToken

from cluster.running import Cluster as RealCluster
from cluster.running import wait_for
from pace import within

from .conftest import MakePlace
from .scripted import Answer, ApiRequest, ScriptedApi
from .test_calls import config_map

RULE = {"apiVersion": "v1", "kind": "ConfigMap"}


class Watching:
    """A watch in a thread, and what it said."""

    def __init__(self, cluster: Cluster, kind: str = "ConfigMap", selector: str = "app=tests") -> None:
        self.events: list[tuple[str, str]] = []
        self.fault: ScoredockError | None = None
        self.cancel = CancelToken()
        self._work = (cluster, kind, selector)
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        cluster, kind, selector = self._work
        try:
            for change, item in cluster.watch(kind, selector, self.cancel):
                self.events.append((change, item["metadata"]["name"]))
        except ScoredockError as fault:
            self.fault = fault

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel.cancel()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the cancel did not end it"

    def wait_for(self, *events: tuple[str, str], seconds: float = 30) -> None:
        def came() -> bool:
            assert self.fault is None, self.fault
            return all(each in self.events for each in events)

        wait_for(came, f"{events} in {self.events}", seconds)


def test_changes_come_as_they_are_made(as_admin: Cluster) -> None:
    as_admin.apply(config_map("first"))
    as_admin.apply(config_map("other", {"app": "other"}))
    with Watching(as_admin) as watching:
        watching.wait_for(("ADDED", "first"))
        as_admin.apply(config_map("second", x="1"))
        as_admin.apply(config_map("second", x="2"))
        as_admin.delete("ConfigMap", "first")
        watching.wait_for(("ADDED", "second"), ("MODIFIED", "second"), ("DELETED", "first"))
    assert "other" not in {name for _, name in watching.events}
    assert len(watching.events) == 4, watching.events


def test_a_cancel_ends_a_watch_on_which_nothing_comes(as_admin: Cluster) -> None:
    with Watching(as_admin) as watching:
        time.sleep(0.5)
        start = time.monotonic()
        watching.cancel.cancel()
        watching._thread.join(20)
        assert within(time.monotonic() - start, 1)
    assert watching.events == []
    assert watching.fault is None


def test_nothing_is_lost_while_the_api_server_is_away(disturbed: RealCluster, as_admin: Cluster) -> None:
    as_admin.apply(config_map("first"))
    with Watching(as_admin) as watching:
        watching.wait_for(("ADDED", "first"))
        disturbed.restart_api()
        as_admin.apply(config_map("second"))
        as_admin.delete("ConfigMap", "first")
        watching.wait_for(("ADDED", "second"), ("DELETED", "first"), seconds=60)
        # A server that was started anew may know nothing of the version where a watch wants to go on: all comes again.
        assert watching.events.count(("ADDED", "first")) <= 2
        known = watching.events.count(("ADDED", "second"))
        disturbed.pause_api()
        time.sleep(3)
        disturbed.resume_api()
        as_admin.apply(config_map("third"))
        watching.wait_for(("ADDED", "third"), seconds=60)
    assert watching.events.count(("ADDED", "second")) == known, "it goes on, and does not begin anew"


def item(name: str, version: str) -> dict[str, Any]:
    return {**RULE, "metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": version}}


def lines(*events: tuple[str, dict[str, Any]]) -> bytes:
    return b"".join(json.dumps({"type": change, "object": each}).encode() + b"\n" for change, each in events)


@pytest.mark.parametrize("how", ["status", "event"])
def test_a_state_that_is_no_longer_there_is_read_anew_with_what_has_gone(
    api: ScriptedApi, to_api: MakePlace, how: str
) -> None:
    listings = [[item("a", "1"), item("b", "1")], [item("b", "2"), item("c", "2")]]
    gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
    watches = [
        Answer(410, gone) if how == "status" else Answer(200, lines(("ERROR", gone))),
        Answer(200, lines(("MODIFIED", item("c", "3")))),
    ]
    release = threading.Event()

    def answer(asked: ApiRequest) -> Answer:
        if "watch" not in asked.query:
            items = listings.pop(0)
            version = items[0]["metadata"]["resourceVersion"]
            return Answer(200, {"items": items, "metadata": {"resourceVersion": version}})
        if watches:
            return watches.pop(0)
        release.wait(20)
        return Answer(200, b"")

    api.answer = answer
    with Watching(connect(to_api()), selector="") as watching:
        watching.wait_for(("MODIFIED", "c"))
        release.set()
        watching.cancel.cancel()
    assert watching.events == [
        ("ADDED", "a"),
        ("ADDED", "b"),
        ("DELETED", "a"),
        ("ADDED", "b"),
        ("ADDED", "c"),
        ("MODIFIED", "c"),
    ]


def test_it_goes_on_at_the_version_of_the_last_event_also_of_a_bookmark(api: ScriptedApi, to_api: MakePlace) -> None:
    versions: list[str] = []
    bookmark = {**RULE, "metadata": {"resourceVersion": "9"}}
    watches = [lines(("MODIFIED", item("a", "5"))), lines(("BOOKMARK", bookmark)), lines(("MODIFIED", item("a", "11")))]

    def answer(asked: ApiRequest) -> Answer:
        if "watch" not in asked.query:
            return Answer(200, {"items": [item("a", "1")], "metadata": {"resourceVersion": "1"}})
        versions.append(asked.query["resourceVersion"])
        return Answer(200, watches.pop(0)) if watches else Answer(500, {"message": "away"})

    api.answer = answer
    with Watching(connect(to_api()), selector="") as watching:
        wait_for(lambda: len(versions) > 3, "the third watch", 20)
    assert versions[:4] == ["1", "5", "9", "11"]
    assert watching.fault is None


def test_a_watch_that_cannot_begin_says_why(api: ScriptedApi, to_api: MakePlace) -> None:
    api.answer = lambda _: Answer(503, {"message": "away"})
    with pytest.raises(ClusterUnreachable, match="away"):
        next(connect(to_api()).watch("Pod", "", CancelToken()))


def test_a_right_that_is_taken_away_ends_it(api: ScriptedApi, to_api: MakePlace) -> None:
    def answer(asked: ApiRequest) -> Answer:
        if "watch" not in asked.query:
            return Answer(200, {"items": [], "metadata": {"resourceVersion": "1"}})
        return Answer(403, {"message": 'User "a" cannot watch resource "pods" in API group ""'})

    api.answer = answer
    with pytest.raises(ScoredockError, match="may not watch pods"):
        list(connect(to_api()).watch("Pod", "", CancelToken()))
