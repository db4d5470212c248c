"""Nothing of a cluster outlives the tests that use it, however they end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cluster import leftovers, programs
from cluster.layout import ALL_CONTROLLERS, Place
from cluster.running import Cluster, wait_for
from pace import patience

TESTS = Path(__file__).parents[1]
OWNER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from cluster.running import Cluster
with Cluster.start(nodes=1) as cluster:
    print(cluster.place.number, flush=True)
    time.sleep(600)
"""

GUEST = """
import sys
sys.path.insert(0, sys.argv[1])
from cluster.running import Cluster
with Cluster.join(sys.argv[2]) as cluster:
    print(cluster.place.number)
"""


@pytest.fixture(autouse=True)
def possible() -> None:
    programs.require()


@pytest.fixture
def far() -> Iterator[Place]:
    """A place that no cluster takes."""
    place = Place(99)
    yield place
    leftovers.remove(place)
    place.folder.rmdir()


def process_numbers(place: Place) -> Iterator[int]:
    """Of a cluster's processes: its control process, and what names its folder."""
    control = [str(TESTS / "cluster" / "control.py"), str(place.number)]
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if words[-3:-1] == control or any(f"{place.folder}/" in word for word in words):
                yield process.pid


def remains(place: Place) -> list[str]:
    """All that a cluster has on this machine."""
    groups = [str(each) for each in map(place.groups, ALL_CONTROLLERS) if each.exists()]
    files = [str(each) for each in place.folder.iterdir() if each not in (place.users, place.lock)]
    interface = Path("/sys/class/net", place.interface)
    return [*groups, *files, *map(str, process_numbers(place)), *([str(interface)] if interface.exists() else [])]


@contextlib.contextmanager
def owned() -> Iterator[Place]:
    """Where another process has started a cluster, which is killed afterwards."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(TESTS)], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        place = Place(int(owner.stdout.readline()))
        assert remains(place)
        yield place
    finally:
        owner.kill()
        owner.wait()


@pytest.mark.long("asks the cluster of the tests, not the product")
@pytest.mark.chance
def test_a_cluster_ends_when_its_run_is_killed() -> None:
    with owned() as place:
        pass
    wait_for(lambda: not remains(place), "the end", 30, lambda: "\n".join(remains(place)))


@pytest.mark.chance
@pytest.mark.long("starts another cluster")
def test_what_a_killed_control_process_left_is_removed() -> None:
    with owned() as place:
        number = next(process_numbers(place))
        os.kill(number, signal.SIGKILL)
        wait_for(lambda: not list(process_numbers(place)), "the end of all processes", 30)
        assert remains(place)
    leftovers.remove(place)
    assert remains(place) == []


def test_another_process_joins_and_leaves(shared_cluster: Cluster, run_key: str) -> None:
    command = [sys.executable, "-c", GUEST, str(TESTS), run_key]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=patience(60))
    assert int(done.stdout) == shared_cluster.place.number
    assert shared_cluster.kubectl("get", "--raw", "/readyz") == "ok"


def test_what_anything_killed_left_is_removed(far: Place) -> None:
    for controller in ALL_CONTROLLERS:
        (far.groups(controller) / "node1" / "kubepods" / "pod1").mkdir(parents=True)
    sleeping = subprocess.Popen(["sleep", "600"], start_new_session=True)
    (far.groups("pids") / "node1" / "kubepods" / "pod1" / "cgroup.procs").write_text(str(sleeping.pid))
    subprocess.run(["ip", "link", "add", far.interface, "type", "bridge"], check=True)
    (far.folder / "node1" / "var").mkdir(parents=True)
    (far.folder / "key.json").write_text("{}")
    assert remains(far)
    leftovers.remove(far)
    assert remains(far) == []
    assert sleeping.wait(10) == -signal.SIGKILL
    assert list(far.folder.iterdir()) == []
