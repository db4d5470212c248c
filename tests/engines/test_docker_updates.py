"""Updates of services in containers: in the same container or in one beside it, without a failed request."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers import objects
from scoredock.engines.base import ContainerOptions
from scoredock.engines.docker import control as docker_control
from scoredock.engines.docker import data as docker_data
from scoredock.engines.docker import identity as docker_identity
from scoredock.engines.docker.options import STATE_FOLDER
from scoredock.engines.docker.state import stored_status
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.front_end import FrontEnd
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

import docker_daemon
from certificates import pair
from depth import rounds
from engines.contained_calls import NONCE, ONE, READ, TWO, model, score, soon, under_load
from image_bench import Told
from pace import within
from scoredock_runtime.contract import Authentication

CHANGES = ((2, 300), (3, 310), (4, 320))[: rounds(gate=2, long=3)]
"""Revisions with the megabytes that each may take; the second one takes over from one that had taken over itself."""


@pytest.mark.chance
def test_a_new_container_takes_over_without_a_failed_request(contained: Any) -> None:
    handle = contained.healthy(ONE, nonce=NONCE)
    port = contained.engine.observe(handle).port
    last = CHANGES[-1][0]
    first, said = handle.name, Told()
    with under_load(port) as answers:
        for revision, megabytes in CHANGES:
            launch = contained.launch(
                f"def init(): pass\ndef run(data): return {revision}\n",
                revision=revision,
                nonce=NONCE,
                options=ContainerOptions(
                    memory_bytes=megabytes << 20,
                    pids_limit=200 + revision,
                    shm_bytes=megabytes << 20,
                    read_only=False,
                    capabilities=("CHOWN",),
                    no_new_privileges=False,
                ),
            )
            handle = contained.engine.replace(handle, launch, said, CancelToken())
            assert score(port) == revision
            assert said.messages[-1].startswith(f"{handle.name} serves; {first} serves no more, and stays because")
    assert [each for each in answers if isinstance(each, Exception)] == []
    assert set(answers) == set(range(1, last + 1))
    seen = contained.engine.observe(handle)
    assert (seen.state, seen.revision, seen.port) == ("Healthy", last, port)
    inspected = objects.inspect(docker_daemon.docker(), handle.container)
    assert inspected is not None
    host, size = inspected["HostConfig"], CHANGES[-1][1] << 20
    assert (host["PidsLimit"], host["ShmSize"], host["Memory"]) == (200 + last, size, size)
    assert (host["ReadonlyRootfs"], host["SecurityOpt"] or []) == (False, [])
    assert [each.removeprefix("CAP_") for each in host["CapAdd"]] == ["CHOWN"]
    # The one that holds the network and the one that serves, and each says so to who lists the containers.
    assert len(contained.left()) == 2
    holder = objects.inspect(docker_daemon.docker(), first)
    assert holder is not None
    assert handle.holder == first
    assert "serves no more and stays" in holder["Config"]["Labels"][docker_identity.DESCRIPTION]
    described = inspected["Config"]["Labels"][docker_identity.DESCRIPTION]
    assert described.startswith(f"Revision {last} of the Scoredock service svc, in the network of {first}, which")
    found = contained.engine.find(str(contained.owner))
    assert [each.container for each in found] == [handle.container]
    contained.engine.stop(handle, 2)
    assert contained.left() == []
    assert contained.engine.observe(handle).state == "Stopped"
    told = [record.m for record in contained.engine.logs(handle)]
    assert any("evision 1 " in each for each in told)
    assert any(f"evision {last} " in each for each in told)


def test_the_network_is_not_changed_behind_the_back_of_who_closes_it(contained: Any) -> None:
    handle = contained.healthy(ONE, nonce=NONCE)
    port = contained.engine.observe(handle).port
    launch = contained.launch(TWO, revision=2, nonce=NONCE, options=ContainerOptions(network=False))
    with pytest.raises(ScoredockError) as refused:
        contained.engine.replace(handle, launch, Silent(), CancelToken())
    assert refused.value.code == "service-state-invalid"
    assert score(port) == 1
    assert len(contained.left()) == 1
    contained.engine.stop(handle, 2)
    again = contained.healthy(TWO, nonce=NONCE, revision=3, options=ContainerOptions(network=False))
    assert score(contained.engine.observe(again).port) == 2


@pytest.mark.chance
def test_a_new_container_that_fails_leaves_the_old_one_and_nothing_else(contained: Any) -> None:
    handle = contained.healthy(ONE, nonce=NONCE)
    port = contained.engine.observe(handle).port
    launch = contained.launch(
        "def init():\n    raise ValueError('no such thing')\ndef run(data): pass\n",
        revision=2,
        nonce=NONCE,
        options=ContainerOptions(pids_limit=100),
    )
    with under_load(port) as answers, pytest.raises(LaunchFailed) as failed:
        contained.engine.replace(handle, launch, Silent(), CancelToken())
    assert "no such thing" in failed.value.message
    assert set(answers) == {1}
    assert len(contained.left()) == 1
    assert (contained.engine.observe(handle).state, contained.engine.observe(handle).revision) == ("Healthy", 1)
    assert any("no such thing" in record.m for record in contained.engine.logs(handle))


def test_the_log_of_a_new_container_is_kept_whose_end_the_daemon_notices_late(
    contained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = contained.healthy(ONE, nonce=NONCE)
    ask, inspect = docker_control.status, objects.inspect
    running: dict[str, Any] = {}

    def status_at_the_end(asked: Any, *seconds: float) -> Any:
        status = ask(asked, *seconds)
        if status is None and asked.container in running:
            objects.wait_ended(docker_daemon.docker(), asked.container, 30)
            return stored_status(docker_daemon.docker(), asked.container)
        return status

    def inspect_late(docker: Any, name: str) -> Any:
        found = inspect(docker, name)
        if found is not None and found["State"]["Running"]:
            running[found["Id"]] = found
            return found
        return running.pop(found["Id"], found) if found is not None else None

    monkeypatch.setattr(docker_control, "status", status_at_the_end)
    monkeypatch.setattr(objects, "inspect", inspect_late)
    launch = contained.launch(
        "import time\ndef init():\n    time.sleep(1)\n    raise ValueError('no such thing')\ndef run(data): pass\n",
        revision=2,
        nonce=NONCE,
        options=ContainerOptions(pids_limit=100),
    )
    with pytest.raises(LaunchFailed):
        contained.engine.replace(handle, launch, Silent(), CancelToken())
    assert any("no such thing" in record.m for record in contained.engine.logs(handle))


def test_an_update_beside_can_be_cancelled(contained: Any) -> None:
    handle = contained.healthy(ONE, nonce=NONCE)
    cancel = CancelToken()
    threading.Timer(0.8, cancel.cancel).start()
    launch = contained.launch(
        "import time\ndef init(): time.sleep(60)\ndef run(d): pass\n",
        revision=2,
        nonce=NONCE,
        options=ContainerOptions(pids_limit=100),
    )
    begun = time.monotonic()
    with pytest.raises(ScoredockError) as cancelled:
        contained.engine.replace(handle, launch, Silent(), cancel)
    assert cancelled.value.code == "cancelled"
    assert within(time.monotonic() - begun, 10)
    assert len(contained.left()) == 1
    assert score(contained.engine.observe(handle).port) == 1


def test_another_model_comes_with_an_update(contained: Any, tmp_path: Path) -> None:
    before, after = (model(tmp_path / "blobs", version=each, content=b"v%d" % each) for each in (1, 2))
    place = "/var/azureml-app/azureml-models/iris"
    handle = contained.healthy(READ, nonce=NONCE, models=(before,), model_dir=f"{place}/1")
    launch = contained.launch(READ, revision=2, nonce=NONCE, models=(after,), model_dir=f"{place}/2")
    handle = contained.engine.replace(handle, launch, Silent(), CancelToken())
    assert score(contained.engine.observe(handle).port)[0] == "v2"


def test_changed_code_is_taken_up_in_the_same_container(contained: Any) -> None:
    handle = contained.healthy(ONE, nonce=NONCE)
    root = contained.launch(ONE, nonce=NONCE).app_root
    assert root.is_dir()
    launch = contained.launch(
        "import os, other\ndef init(): pass\ndef run(d): return [other.VALUE, sorted(os.listdir('.'))]\n",
        revision=2,
        nonce=NONCE,
    )
    (launch.app_root / "other.py").write_text("VALUE = 'beside'\n")
    after = contained.engine.replace(handle, launch, Silent(), CancelToken())
    assert after.container == handle.container
    value, names = score(contained.engine.observe(after).port)
    assert value == "beside"
    assert {"other.py", "score.py"} <= set(names)


def test_https_is_served_in_a_container_and_its_certificate_can_be_changed(contained: Any, tmp_path: Path) -> None:
    first, second = (
        FrontEnd(certificate=str(pem), certificate_key=str(key))
        for pem, key in (pair(tmp_path, "one"), pair(tmp_path, "two"))
    )
    handle = contained.healthy(ONE, nonce=NONCE, front=first)
    after = contained.engine.replace(
        handle, contained.launch(TWO, revision=2, nonce=NONCE, front=second), Silent(), CancelToken()
    )
    assert after.container == handle.container
    assert contained.engine.observe(after).state == "Healthy"  # to exactly the second certificate
    assert contained.engine.observe(handle).state == "Unhealthy"


def test_keys_can_be_changed_while_it_runs(contained: Any) -> None:
    def digests(key: str) -> Authentication:
        return Authentication([hashlib.sha256(key.encode()).hexdigest()])

    handle = contained.healthy(ONE, authentication=digests("one"))
    port = contained.engine.observe(handle).port
    with pytest.raises(urllib.error.HTTPError) as refused:
        score(port)
    assert refused.value.code == 401
    contained.engine.authenticate(handle, digests("two"))
    for key, status in (("one", 401), ("two", 200)):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/score",
            b"[1]",
            {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                got = answer.status
        except urllib.error.HTTPError as error:
            got = error.code
        assert got == status
    contained.engine.remove(handle)
    with pytest.raises(ScoredockError) as gone:
        contained.engine.authenticate(handle, digests("three"))
    assert gone.value.code == "service-unreachable"


@pytest.mark.chance
def test_what_is_collected_outlives_its_container_and_comes_here_with_the_stop(contained: Any) -> None:
    script = "import json\ndef init(): pass\ndef run(data):\n    return json.loads(data)\n"
    collecting = FrontEnd(collect_data=True)
    for revision in (1, 2):
        handle = contained.healthy(script, revision=revision, front=collecting)
        assert score(contained.engine.observe(handle).port, f"[{revision}000]") == [revision * 1000]
        contained.engine.stop(handle, 5)
    kept = [file for file in (handle.folder / "data").rglob("*") if file.is_file()]
    text = "".join(file.read_text() for file in kept)
    assert "1000" in text
    assert "2000" in text


def volumes() -> list[str]:
    return [each["Name"] for each in docker_daemon.docker().api.volumes()["Volumes"] or []]


def written(handle: Any, text: str) -> bool:
    read = objects.read(docker_daemon.docker(), handle.container, f"{STATE_FOLDER}/data", 100_000)
    return any(name.endswith(".jsonl") and text in content.decode() for name, content in read)


@pytest.mark.chance
def test_what_is_collected_outlives_a_start_that_is_called_off(contained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import json\ndef init(): pass\ndef run(data):\n    return json.loads(data)\n"
    monkeypatch.setattr(docker_data, "_PAUSE_SECONDS", 3600)
    last = rounds(gate=2, long=3)
    for revision in range(1, last + 1):
        handle = contained.healthy(script, revision=revision, front=FrontEnd(collect_data=True))
        folder = handle.folder
        assert score(contained.engine.observe(handle).port, f"[{revision}000]") == [revision * 1000]
        volume = docker_identity.data_volume(folder)
        soon(partial(written, handle, f"[{revision}000]"), "nothing was collected", 40)
        contained.engine.clear(folder)
        assert volume not in volumes()
        kept = [json.loads(line)["input"] for file in folder.rglob("data*.jsonl") for line in file.open()]
        assert sorted(kept) == [f"[{each}000]" for each in range(1, revision + 1)]


@pytest.mark.chance
def test_what_could_not_be_brought_stays_until_the_service_is_deleted(
    contained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = contained.healthy(ONE, front=FrontEnd(collect_data=True))
    folder = handle.folder
    volume = docker_identity.data_volume(folder)
    with monkeypatch.context() as torn:
        torn.setattr(objects, "unpack", lambda *_: False)
        contained.engine.clear(folder)
    assert contained.left() == []
    assert volume in volumes()
    contained.engine.sweep(str(contained.owner), lambda _: False)  # as if it had moved to another engine
    assert volume in volumes()
    contained.engine.clear(folder, data=True)
    assert volume not in volumes()


def test_what_could_not_be_brought_is_found_when_the_workspace_was_moved(
    contained: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = "import json\ndef init(): pass\ndef run(data):\n    return json.loads(data)\n"
    handle = contained.healthy(script, front=FrontEnd(collect_data=True))
    place, away = contained.owner, tmp_path / "away"
    folder = away / handle.folder.relative_to(place)
    volume = docker_identity.data_volume(handle.folder)
    with monkeypatch.context() as torn:
        torn.setattr(objects, "unpack", lambda *_: False)
        assert score(contained.engine.observe(handle).port, "[4711]") == [4711]
        soon(partial(written, handle, "[4711]"), "nothing was collected", 40)
        contained.engine.clear(handle.folder)
    # What lies beside the first, as a backup does, is another workspace.
    shutil.copytree(place, away)
    contained.engine.clear(folder, data=True)
    contained.engine.sweep(str(away), lambda _: False)
    assert volume in volumes()
    shutil.rmtree(away)
    shutil.move(place, away)
    contained.owner = away
    try:
        contained.engine.sweep(str(away), lambda _: False)
        assert volume in volumes()
        # It goes on with the rows of before, which come here.
        started = contained.healthy(script, revision=2, front=FrontEnd(collect_data=True))
        contained.engine.stop(started, 5)
        assert "4711" in "".join(each.read_text() for each in folder.rglob("*.jsonl"))
        contained.engine.clear(folder, data=True)
        assert (volume in volumes(), contained.left()) == (False, [])
    finally:
        contained.engine.clear(folder, data=True)
        shutil.move(away, place)
        contained.owner = place


def test_what_is_collected_comes_here_while_the_service_is_looked_at(
    contained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert docker_data._PAUSE_SECONDS == 10, "about every ten seconds, as docs/operations.md says"
    monkeypatch.setattr(docker_data, "_PAUSE_SECONDS", 0.1)
    script = "import json\ndef init(): pass\ndef run(data):\n    return json.loads(data)\n"
    handle = contained.healthy(script, front=FrontEnd(collect_data=True))
    folder = handle.folder / "data"
    assert score(contained.engine.observe(handle).port, "[4711]") == [4711]

    def here() -> bool:
        contained.engine.observe(handle)
        return any("4711" in file.read_text() for file in folder.rglob("*.jsonl"))

    soon(here, "nothing came", 40)
    assert not [*folder.rglob("*.part")]
    contained.engine.remove(handle)
    assert not handle.folder.exists()
