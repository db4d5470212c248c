"""A service for development in a cluster by the command line, as an account with the printed Role: a changed score.py
is answered by all replicas within a second, and is still there after a pod has restarted."""

from __future__ import annotations

import os
import random
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scoredock.clusters import connection
from scoredock.context import Context
from scoredock.engines import parent_control
from scoredock.settings import Values

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, Load, answer, attached, with_configuration
from cluster.running import Cluster, wait_for
from depth import LONG, SEED, rounds
from lsp.client import Client
from pace import within
from packages.test_without_docker import SCRIPT

pytestmark = pytest.mark.docker

KILLS = rounds(gate=6, long=60, name="SCOREDOCK_TEST_KILLS")
KILL_SECONDS = 3.0
"""A reload by the command line has ended by then on a quiet machine."""


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    return attached(cluster, namespace, tmp_path)


def deployed(terminal: Terminal, *more: str) -> dict[str, Any]:
    words = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET)
    made = terminal.json(*words, *more)
    assert (made["state"], made["engine"]) == ("Healthy", "kubernetes")
    return dict(made)


def outside_of(service: dict[str, Any]) -> str:
    """`host:port` of a node."""
    return str(service["scoringUri"]).removeprefix("http://").removesuffix("/score")


def key_of(terminal: Terminal) -> str:
    return str(terminal.json("service", "keys", "prices")["primaryKey"])


def save(terminal: Terminal, instead: str) -> None:
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", instead))


def code_of(address: str, key: str) -> str:
    """What an answer says of the code that it is by."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(f"http://{address}/score", b'{"data": [1, 2]}', headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(response.headers["x-scoredock-code"])


def living(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    items = cluster.get("pods", "-n", namespace)["items"]
    return [each for each in items if "deletionTimestamp" not in each["metadata"]]


@pytest.mark.long("a save in the editor is answered by all replicas at the gate")
@pytest.mark.timeout(900)
def test_a_changed_script_is_answered_and_stays(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    made = deployed(terminal, "--develop")
    key, outside = key_of(terminal), outside_of(made)
    wait_for(lambda: answers(outside, key, 30), "an answer from outside", 30)
    assert code_of(outside, key) == made["code"]
    images = {each["spec"]["containers"][0]["image"] for each in living(cluster, namespace)}

    save(terminal, "* factor + 1")
    with Load(outside, key) as load:
        began = time.monotonic()
        reloaded = terminal.json("service", "reload", "prices")
        seconds = time.monotonic() - began
        later = Counter(answer(outside, key) for _ in range(50))
    print(f"`service reload` took {seconds:.2f} s as a program of its own; {dict(load.answers)}")
    assert set(load.answers) == {30, 31}, load.answers
    assert set(later) == {31}, later
    assert reloaded["outcome"] == "reloaded"
    service = reloaded["service"]
    assert (service["state"], service["revision"], service["revisions"]) == ("Healthy", 2, [1, 2])
    assert service["code"] == code_of(outside, key) != made["code"]
    shown = terminal.ok("service", "show", "prices")
    assert service["code"] in shown
    assert f"Revision 2 with the code {service['code']} serves." in terminal.ok("service", "logs", "prices")

    victim = living(cluster, namespace)[0]["metadata"]["name"]
    save(terminal, "* factor + 2")
    terminal.ok("service", "reload", "prices")
    cluster.kubectl("delete", "pod", victim, "-n", namespace, "--wait=false")
    with Load(outside, key) as load:
        wait_for(lambda: is_whole(cluster, namespace, victim), "another pod in its place", 120)
        time.sleep(1)
    print(f"while a pod was replaced: {dict(load.answers)}")
    stale = {each: count for each, count in load.answers.items() if each in (30, 31)}
    assert not stale, load.answers
    assert {each["spec"]["containers"][0]["image"] for each in living(cluster, namespace)} == images

    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 3"))
    terminal.ok("service", "update", "prices")
    assert {each["spec"]["containers"][0]["image"] for each in living(cluster, namespace)} != images
    wait_for(lambda: {answer(outside, key) for _ in range(10)} == {33}, "the end of the old pods", 60)
    terminal.ok("service", "rollback", "prices")
    wait_for(lambda: {answer(outside, key) for _ in range(10)} == {32}, "the end of the old pods", 60)
    terminal.ok("service", "delete", "prices")
    left = [each["metadata"]["name"] for each in cluster.get("configmaps", "-n", namespace)["items"]]
    assert not [each for each in left if each.startswith("prices")]


@pytest.mark.long("the gate kills updates")
@pytest.mark.chance
@pytest.mark.timeout(3600 if LONG else 900)
def test_killed_reloads(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    """Whoever reloads is killed at any moment: the next look has all pods answer with one and the same code."""
    before = deployed(terminal, "--develop", "--auth", "none")
    outside = outside_of(before)
    wait_for(lambda: answers(outside, "", 30), "an answer from outside", 30)
    value, chance, taken = 30, random.Random(SEED), 0
    for number in range(1, KILLS + 1):
        save(terminal, f"* factor + {number}")
        seconds = chance.uniform(0, KILL_SECONDS)
        process = terminal.start("service", "reload", "prices")
        time.sleep(seconds)
        process.kill()
        process.wait()
        wait_for(lambda: terminal.json("service", "show", "prices")["state"] != "Transitioning", "an end of it", 120)
        after = terminal.json("service", "show", "prices")
        where = f"reload {number}, killed after {seconds:.2f} s: {after['state']} {after['failure']}"
        assert after["state"] == "Healthy", where
        expected = 30 + number if after["revision"] > before["revision"] else value
        assert {answer(outside) for _ in range(20)} == {expected}, where
        assert code_of(outside, "") == after["code"], where
        taken += expected != value
        before, value = after, expected
    print(f"{taken} of {KILLS} reloads that were killed within {KILL_SECONDS:g} s had been done")
    save(terminal, "* factor + 1000")
    terminal.ok("service", "reload", "prices")
    assert {answer(outside) for _ in range(20)} == {1030}


@pytest.mark.long("pushes and pulls two more images")
@pytest.mark.timeout(600)
def test_larger_files_come_as_another_image(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    source = terminal.folder / "source"
    source.mkdir()
    script = source / "score.py"
    script.write_text(SCRIPT)
    with_configuration(terminal, numReplicas=1)
    made = deployed(terminal, "--develop", "--source-directory", str(source), "--entry-script", str(script))
    key, outside = key_of(terminal), outside_of(made)
    wait_for(lambda: answers(outside, key, 30), "an answer from outside", 30)
    images = [image_of(cluster, namespace)]
    for added, makes_image in ((1, True), (2, True), (3, False)):
        if makes_image:
            (source / "table.bin").write_bytes(os.urandom(2_000_000) if added == 1 else b"small")
        script.write_text(SCRIPT.replace("* factor", f"* factor + {added}"))
        with Load(outside, key, clients=2) as load:
            done = terminal.json("service", "reload", "prices")["service"]
        assert set(load.answers) <= {29 + added, 30 + added}, load.answers
        assert (done["state"], done["revision"]) == ("Healthy", 1 + added)
        wait_for(lambda each=added: answers(outside, key, 30 + each), "the end of the old pod", 60)
        assert code_of(outside, key) == done["code"]
        assert (image_of(cluster, namespace) != images[-1]) is makes_image
        images.append(image_of(cluster, namespace))


def image_of(cluster: Cluster, namespace: str) -> str:
    deployment = cluster.get("deployment", "prices", "-n", namespace)
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


@pytest.mark.long("a save in the editor is answered by all replicas at the gate")
@pytest.mark.timeout(600)
def test_only_a_service_for_development_reloads(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    made = deployed(terminal)
    assert made["code"] == ""
    key = key_of(terminal)
    save(terminal, "* factor + 1")
    refused = terminal.run("service", "reload", "prices")
    assert refused.returncode != 0
    assert "was not deployed for development" in refused.stderr
    assert "--develop" in refused.stderr
    assert answer(f"127.0.0.1:{made['port']}", key) == 30
    assert not cluster.get("configmaps", "-n", namespace, "-l", "app.kubernetes.io/name=prices")["items"]


@pytest.mark.long(
    "a save in the editor is answered by all replicas at the gate, tests/runtime shows failures at their line"
)
@pytest.mark.timeout(600)
def test_a_script_that_fails_is_shown_at_its_line(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    made = deployed(terminal, "--develop")
    key, here = key_of(terminal), f"127.0.0.1:{made['port']}"
    (terminal.folder / "score.py").write_text(SCRIPT.replace("global factor", "global factor\n    1 / 0"))
    with Load(here, key, clients=2) as load:
        failed = terminal.run("service", "reload", "prices")
    assert failed.returncode != 0
    assert "ZeroDivisionError" in failed.stderr
    assert set(load.answers) == {30}, load.answers
    shown = terminal.json("service", "show", "prices")
    assert (shown["state"], shown["revision"], shown["code"]) == ("Healthy", 1, made["code"])
    failure = shown["failure"]
    assert (failure["code"], failure["during"]) == ("init-failed", "reload")
    frame = failure["frames"][-1]
    assert (frame["file"], frame["line"]) == (str(terminal.folder / "score.py"), 9)
    save(terminal, "* factor + 1")
    assert terminal.json("service", "reload", "prices")["service"]["failure"] is None
    assert {answer(here, key) for _ in range(10)} == {31}


@pytest.mark.timeout(600)
def test_a_save_in_the_editor_is_answered_by_all_replicas(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    outside = outside_of(deployed(terminal, "--develop"))
    key = key_of(terminal)
    wait_for(lambda: answers(outside, key, 30), "an answer from outside", 30)
    script = terminal.folder / "score.py"
    with Client(terminal.home, env=terminal.env) as editor:
        editor.initialize()
        editor.ask("scoredock/state/list", {"folders": [str(terminal.folder)]})
        editor.open(script, SCRIPT)
        for added in range(1, 6):
            with Timed(outside, key) as timed:
                save(terminal, f"* factor + {added}")
                began = time.monotonic()
                editor.notify("textDocument/didSave", {"textDocument": {"uri": script.as_uri()}})
                done = pushed(
                    editor, lambda each, number=1 + added: each["revision"] == number and not each["changing"]
                )
                seconds = time.monotonic() - began
                time.sleep(0.5)
            old = [at - began for at, value in timed.answers if value == 29 + added]
            new = [at - began for at, value in timed.answers if value == 30 + added]
            assert len(old) + len(new) == len(timed.answers), timed.answers
            print(
                f"save {added}: the first new answer after {min(new):.2f} s, the last old one after {max(old):.2f} s, "
                f"told after {seconds:.2f} s"
            )
            assert within(max(old), 1.0), "an old answer a second after a save"
            assert max(old) < seconds, "an old answer after the reload had ended"
        if not done["code"]:  # a look that had not ended in time says it with the next one
            done = pushed(editor, lambda each: bool(each["code"]))
        assert done["code"] == code_of(outside, key)
    save(terminal, "* factor + 6")
    asked = requests_of_a_reload(terminal)
    sent = next(number for number, (method, _) in enumerate(asked) if method == "send")
    assert sorted(kind for _, kind in asked[:sent]) == ["configmaps", "deployments", "pods"], asked
    assert {answer(outside, key) for _ in range(10)} == {36}
    # The files to two pods, what stays of them, whether all have them, and one look.
    assert len(asked) <= sent + 12, asked


def requests_of_a_reload(terminal: Terminal) -> list[tuple[str, str]]:
    """What a reload asks the API and, as `send`, the pods: methods and kinds."""
    asked: list[tuple[str, str]] = []
    raw, patiently = connection.Cluster.raw, parent_control.ask_patiently

    def counted(self: connection.Cluster, method: str, path: str, **parts: Any) -> tuple[int, dict[str, Any]]:
        asked.append((method, path.partition("/namespaces/")[2].split("/")[1]))
        return raw(self, method, path, **parts)

    def sent(port: int, nonce: str, route: str, *parts: Any) -> str:
        asked.append(("send", route))
        return patiently(port, nonce, route, *parts)

    context = Context(Values({}, {}), home=terminal.home, folders=(terminal.folder,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.Cluster, "raw", counted)
        patch.setattr(parent_control, "ask_patiently", sent)
        assert context.deployments("").reload("prices").outcome == "reloaded"
    return asked


def pushed(editor: Client, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The service as it was pushed, once it is so."""

    def fits(params: dict[str, Any]) -> bool:
        return any(each["name"] == "prices" and wanted(each) for each in params["changed"])

    params = editor.notified("scoredock/service/changed", fits)
    return dict(next(each for each in params["changed"] if each["name"] == "prices" and wanted(each)))


class Timed:
    """One client that calls one time after the other; when each request began, and its answer."""

    def __init__(self, address: str, key: str) -> None:
        self.answers: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_calling, args=(address, key))

    def _keep_calling(self, address: str, key: str) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            self.answers.append((began, answer(address, key)))

    def __enter__(self) -> Timed:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def answers(address: str, key: str, expected: int) -> bool:
    try:
        return answer(address, key) == expected
    except OSError:
        return False


def is_whole(cluster: Cluster, namespace: str, without: str) -> bool:
    pods = living(cluster, namespace)
    ready = [each for each in pods for condition in each["status"].get("conditions", []) if is_ready(condition)]
    return len(ready) == 2 and without not in [each["metadata"]["name"] for each in pods]


def is_ready(condition: dict[str, str]) -> bool:
    return (condition["type"], condition["status"]) == ("Ready", "True")
