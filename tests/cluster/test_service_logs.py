"""The logs of the pods of a real cluster, copied here while they are written."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from scoredock.engines.kubernetes.cluster_log import LogPosition, mirror_pods
from scoredock.engines.kubernetes.reading import events_of
from scoredock.engines.log_files import log_path, read_log

from cluster.running import Cluster, wait_for
from cluster.service_objects import apply, deployment, objects_of

LINES, LINES_AT_ONCE = 150, 11
SCRIPT = f"""
i=0; while [ $i -lt {LINES} ]; do
  echo '{{"n":1,"t":1.5,"s":"stdout","l":"W","m":"'$HOSTNAME $i'"}}'
  [ $((i % 20)) = 0 ] && /bin/busybox sleep 0.2
  i=$((i + 1))
done
echo "Traceback of an interpreter" >&2
exec /bin/busybox sleep 1000
"""


class Pods:
    """Asks the API server as the engine does, by connections that break after some lines that are new."""

    def __init__(self, cluster: Cluster, namespace: str, names: list[str]) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._names = names
        self._given: set[tuple[str, str]] = set()

    def fetch(self, positions: Mapping[str, LogPosition]) -> dict[str, Iterator[str]]:
        return {name: self._lines(name, positions.get(name, LogPosition())) for name in self._names}

    def _lines(self, name: str, position: LogPosition) -> Iterator[str]:
        query = {"container": "service", "timestamps": "true"}
        if position.since_time:
            query["sinceTime"] = position.since_time
        path = f"/api/v1/namespaces/{self._namespace}/pods/{name}/log?{urllib.parse.urlencode(query)}"
        fresh = 0
        for line in self._cluster.kubectl("get", "--raw", path).splitlines():
            is_fresh = (name, line) not in self._given
            if is_fresh and fresh == LINES_AT_ONCE:
                raise OSError("cut")
            fresh += is_fresh
            self._given.add((name, line))
            yield line


@pytest.mark.long("tests/engines/test_cluster_log.py cuts the copy at every line")
def test_nothing_is_lost_and_nothing_doubled(cluster: Cluster, namespace: str, image: str, tmp_path: Path) -> None:
    apply(cluster, namespace, deployment("talks", image, SCRIPT, replicas=2))

    def running() -> bool:
        pods = objects_of(cluster, namespace, "talks").pods
        return [each["status"]["phase"] for each in pods] == ["Running"] * 2

    wait_for(running, "both pods", 60)
    names = [str(each["metadata"]["name"]) for each in objects_of(cluster, namespace, "talks").pods]
    pods = Pods(cluster, namespace, names)
    cuts = 0

    def is_whole() -> bool:
        nonlocal cuts
        try:
            mirror_pods(tmp_path, pods.fetch, events_of(objects_of(cluster, namespace, "talks").events))
        except OSError:
            cuts += 1
        return sum(each.m.startswith("Traceback") for each in read_log(tmp_path)) == 2

    wait_for(is_whole, "all lines", 90)
    assert cuts > 3, "twenty lines come together, more than a connection carries"
    stored = [json.loads(line) for line in log_path(tmp_path).read_text().splitlines()]
    for name in names:
        own = [each for each in stored if each["c"] == name]
        assert [each["m"] for each in own if each["s"] == "stdout"] == [f"{name} {index}" for index in range(LINES)]
        assert [(each["l"], each["s"]) for each in own[:1]] == [("W", "stdout")]
    said = [each.m for each in read_log(tmp_path) if each.s == "server"]
    assert len([each for each in said if "Started container service" in each]) == 2
    assert not [each for each in said if each.endswith("(1 times)")]
