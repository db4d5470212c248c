"""Delivery: away, slow, wrong and hostile receivers, kills, order and bounds."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from scoredock.contrib.events.domain.delivery import deliver
from scoredock.registry import Registry
from scoredock.registry.audit.log import AuditLog

from events.conftest import Terminal, deliverers
from events.delivered import faults
from events.receivers import Receiver
from pace import patience

QUICK = ("--max-pause", "0.1", "--timeout", "2")
NAMES = ("a", "b", "c", "d", "e")


def changes(registry: Registry, count: int, numbers: itertools.count[int]) -> None:
    """So many changes of several subjects."""
    for number in itertools.islice(numbers, count):
        registry.update(f"{NAMES[number % len(NAMES)]}:1", set_tags={"number": str(number)})


def registered(terminal: Terminal) -> Registry:
    for name in NAMES:
        terminal.register(name)
    return terminal.registry()


def numbers_of(terminal: Terminal) -> list[int]:
    """Of all events that are told of."""
    return [each.seq for each in AuditLog(terminal.workspace).read() if not each.what.startswith(("event.", "audit."))]


def kill_deliverers(workspace: Path) -> int:
    killed = 0
    for process in deliverers(workspace):
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            killed += 1
    return killed


def test_events_wait_for_a_receiver_that_is_away(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    receiver.away()
    registry = registered(terminal)
    changes(registry, 20, itertools.count())
    waiting = terminal.await_subscription("ci", lambda each: bool(each["lastError"]))
    assert (waiting["waiting"], waiting["delivered"]) == (25, 0)
    receiver.back()
    events = receiver.await_count(25)
    assert faults(events, numbers_of(terminal)) == []
    # Nobody was there, so that nothing can have arrived: nothing is marked.
    assert {each["attempt"] for each in events} == {1}


def test_what_may_have_arrived_is_marked(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.drops = 2
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    terminal.register()
    events = receiver.await_that(lambda events: len(events) == 3)
    assert [each["attempt"] for each in events] == [1, 2, 3]
    found = terminal.await_subscription("ci", lambda each: each["delivered"] == 1)
    assert found["repeated"] == 1


@pytest.mark.parametrize("batch", [(), ("--batch",)], ids=["one-by-one", "batches"])
def test_kills_lose_nothing_and_repeat_nothing_unmarked(
    terminal: Terminal, receiver: Receiver, batch: tuple[str, ...]
) -> None:
    assert _through_kills(terminal, receiver, 300, batch) == []


def test_only_what_was_under_way_at_a_kill_is_marked(terminal: Terminal) -> None:
    """Not what waited behind it."""
    (terminal.folder / "take.py").write_text(
        "import os, time\n"
        "from pathlib import Path\n"
        "with open('events.txt', 'a') as events:\n"
        "    print(os.environ['SCOREDOCK_EVENT_SEQUENCE'], os.environ['SCOREDOCK_EVENT_ATTEMPT'], file=events)\n"
        "while len(Path('events.txt').read_text().splitlines()) == 4 and not Path('go').exists(): time.sleep(0.02)\n"
    )
    path = terminal.folder / "events.txt"
    registry = registered(terminal)
    changes(registry, 10, itertools.count())
    terminal.json("event", "subscribe", "note", "--from-start", "--command", sys.executable, "take.py")
    end = time.monotonic() + patience(60)
    while not path.is_file() or len(path.read_text().splitlines()) < 4:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert kill_deliverers(terminal.workspace) == 1
    (terminal.folder / "go").touch()
    # Whatever command comes next has the rest delivered, and who has delivered all ends. The process that delivers is
    # not seen as one for the moment between its fork and its program: none there does not mean that all came.
    terminal.run("model", "list")
    expected = numbers_of(terminal)
    while len(path.read_text().splitlines()) <= len(expected) or deliverers(terminal.workspace):
        assert time.monotonic() < end
        time.sleep(0.02)
    lines = [line.split() for line in path.read_text().splitlines()]
    held = lines[3][0]
    assert [line for line in lines if line[1] != "1"] == [[held, "2"]]
    assert terminal.subscription("note")["repeated"] == 1
    events = [{"sequence": seq, "attempt": attempt, "subject": seq} for seq, attempt in lines]
    assert faults(events, expected) == []


@pytest.mark.parametrize("planted", ["open_window = lambda self, end: None", "begin_sending = lambda self, numbers: 0"])
def test_what_is_not_noted_before_it_is_sent_is_found(
    terminal: Terminal, receiver: Receiver, tmp_path: Path, planted: str
) -> None:
    """Planted bugs: what may have been sent is forgotten by a power cut, or by a kill."""
    (tmp_path / "planted").mkdir()
    text = f"from scoredock.contrib.events.domain import position\nposition.ReceiverPosition.{planted}\n"
    (tmp_path / "planted" / "sitecustomize.py").write_text(text)
    found = _planted_run(terminal, receiver, str(tmp_path / "planted"), power_cuts="open_window" in planted)
    assert any("is not marked" in each for each in found), found


def test_power_cuts_repeat_nothing_unmarked(terminal: Terminal, receiver: Receiver) -> None:
    assert _planted_run(terminal, receiver, "", power_cuts=True) == []


PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
if sys.argv[1]:
    import sitecustomize, importlib
    exec(open(sys.argv[1] + "/sitecustomize.py").read())
from pathlib import Path
from scoredock.contrib.events.domain.delivery import deliver
deliver(Path(sys.argv[2]), wait=True)
"""


def _planted_run(terminal: Terminal, receiver: Receiver, planted: str, *, power_cuts: bool) -> list[str]:
    registry = registered(terminal)
    changes(registry, 100, itertools.count())
    receiver.behaviour.drops = 0
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--from-start", *QUICK)
    kill_deliverers(terminal.workspace)
    receiver.await_that(lambda events: True)
    folder = terminal.workspace / "events" / "receivers" / "ci"
    for _ in range(20):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, planted, str(terminal.workspace)])
        before = len(receiver.events())
        with contextlib.suppress(AssertionError):
            receiver.await_that(lambda events, before=before: len(events) > before, seconds=10)
        process.kill()
        process.wait()
        if power_cuts:  # the journal was not flushed, and the machine has booted again
            (folder / "journal").unlink(missing_ok=True)
            state = json.loads((folder / "state.json").read_bytes())
            (folder / "state.json").write_text(json.dumps({**state, "boot": "another"}))
        found = faults(receiver.events(), numbers_of(terminal))
        if any("is not marked" in each for each in found):
            return found
    return [each for each in faults(receiver.events(), numbers_of(terminal)) if "never came" not in each]


def _through_kills(terminal: Terminal, receiver: Receiver, count: int, words: tuple[str, ...]) -> list[str]:
    """Changes while the receiver goes and comes and the deliverer is killed; gives what is wrong with what came."""
    chance = random.Random(42)
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK, *words)
    registry = registered(terminal)
    numbers = itertools.count()
    ended = threading.Event()

    def disturb() -> None:
        while not ended.wait(chance.uniform(0.05, 0.3)):
            kill_deliverers(terminal.workspace)
            if chance.random() < 0.5:
                receiver.away()
                ended.wait(chance.uniform(0.0, 0.2))
                receiver.back()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        changes(registry, count, numbers)
    finally:
        ended.set()
        thread.join()
    terminal.json("event", "list")  # starts the deliverer that was killed last
    events = receiver.await_count(count + len(NAMES))
    return faults(events, numbers_of(terminal))


@pytest.mark.timeout(2_400)
@pytest.mark.long("10,000 changes with their flushes take minutes")
def test_ten_thousand_events_with_the_receiver_away_for_half_of_them(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    registry = registered(terminal)
    numbers, chance = itertools.count(), random.Random(1)
    for _ in range(10):
        changes(registry, 500, numbers)
        receiver.away()
        changes(registry, 500, numbers)
        if chance.random() < 0.7:
            kill_deliverers(terminal.workspace)
        receiver.back()
    terminal.json("event", "list")
    events = receiver.await_count(10_005, seconds=600)
    assert faults(events, numbers_of(terminal)) == []
    found = terminal.await_subscription("ci", lambda each: each["waiting"] == 0)
    assert (found["delivered"], found["undelivered"], found["dropped"]) == (10_005, 0, 0)
    assert _bytes(terminal.workspace / "events") < 1 << 20


def test_too_many_are_let_go_and_a_record_says_how_many(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--keep", "50", *QUICK)
    receiver.away()
    registry = registered(terminal)
    changes(registry, 200, itertools.count())
    found = terminal.await_subscription("ci", lambda each: each["dropped"] > 100)
    receiver.back()
    found = terminal.await_subscription("ci", lambda each: each["waiting"] == 0 and each["delivered"] > 0)
    assert found["dropped"] + found["delivered"] == 205
    told = [each.data["count"] for each in AuditLog(terminal.workspace).read() if each.what == "event.dropped"]
    assert sum(told) == found["dropped"]
    expected = numbers_of(terminal)[-found["delivered"] :]
    assert faults(receiver.events(), expected) == []


def test_a_subject_that_is_not_taken_keeps_no_other_one_waiting(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.statuses = {"models/a:1": 500}
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--attempts", "3", *QUICK)
    registry = registered(terminal)
    changes(registry, 10, itertools.count())
    found = terminal.await_subscription("ci", lambda each: each["undelivered"] == 3)
    found = terminal.await_subscription("ci", lambda each: each["waiting"] == 0)
    assert (found["delivered"], found["undelivered"]) == (12, 3)
    lines = (terminal.workspace / "events" / "receivers" / "ci" / "undelivered.jsonl").read_text().splitlines()
    assert [json.loads(each)["subject"] for each in lines] == ["models/a:1"] * 3
    assert json.loads(lines[0])["attempts"] == 3
    assert "500" in found["lastError"] or "500" in json.loads(lines[0])["reason"]
    told = [
        each.data["eventSubject"] for each in AuditLog(terminal.workspace).read() if each.what == "event.undelivered"
    ]
    assert told == ["models/a:1"] * 3


def test_one_that_is_refused_in_a_batch_keeps_no_other_one_from_being_taken(
    terminal: Terminal, receiver: Receiver
) -> None:
    receiver.behaviour.statuses = {"models/a:1": 400}
    registered(terminal)
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--batch", "--from-start", *QUICK)
    found = terminal.await_subscription("ci", lambda each: each["waiting"] == 0)
    assert (found["delivered"], found["undelivered"]) == (4, 1)


@pytest.mark.parametrize("status", [301, 401, 404, 500])
def test_other_answers_are_tried_again(terminal: Terminal, receiver: Receiver, status: int) -> None:
    receiver.behaviour.status = status
    receiver.behaviour.headers = {"Location": "/elsewhere"}
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK, "--no-handshake")
    terminal.register()
    receiver.await_that(lambda events: len(events) > 1)
    receiver.behaviour.status = 204
    terminal.await_subscription("ci", lambda each: each["delivered"] == 1)
    assert {each.path for each in receiver.requests} == {"/hook"}


def test_a_receiver_that_is_gone_is_left_alone(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.status = 410
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    terminal.register()
    found = terminal.await_subscription("ci", lambda each: bool(each["paused"]))
    assert "410" in found["paused"]
    receiver.behaviour.status = 200
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    terminal.await_subscription("ci", lambda each: each["delivered"] == 1)


def test_a_receiver_may_ask_for_time(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.status, receiver.behaviour.headers = 503, {"Retry-After": "1"}
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--attempts", "1", *QUICK)
    terminal.register()
    receiver.await_that(lambda events: len(events) > 1)
    assert terminal.subscription("ci")["undelivered"] == 0
    receiver.behaviour.status = 200
    terminal.await_subscription("ci", lambda each: each["delivered"] == 1)


def test_an_answer_without_an_end_is_not_read_to_its_end(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.endless = True
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    terminal.register()
    terminal.await_subscription("ci", lambda each: each["delivered"] == 1)


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_comes_byte_by_byte_is_no_answer(terminal: Terminal, receiver: Receiver, part: str) -> None:
    """The time-out holds for the whole call, whatever its status says."""
    receiver.behaviour.trickles = part
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--no-handshake", *QUICK)
    terminal.register()
    told = terminal.await_subscription("ci", lambda each: "within 2 seconds" in each["lastError"])
    assert told["delivered"] == 0
    receiver.behaviour.trickles = ""
    terminal.await_subscription("ci", lambda each: each["delivered"] == 1)


def test_a_redirect_to_a_file_is_not_followed(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    receiver.behaviour.status, receiver.behaviour.headers = 307, {"Location": f"file://{__file__}"}
    assert "307" in terminal.refused("event", "test", "ci")["message"]


def test_a_subscription_that_is_damaged_while_it_is_delivered_to(terminal: Terminal, receiver: Receiver) -> None:
    """The process ends instead of looking at it for ever, the others get theirs, and subscribing again mends it."""
    receiver.away()
    for name in ("broken", "other"):
        terminal.json("event", "subscribe", name, "--url", receiver.url, "--no-handshake", *QUICK)
    terminal.register()
    terminal.await_subscription("broken", lambda each: bool(each["lastError"]))
    settings = terminal.workspace / "events" / "receivers" / "broken" / "subscription.json"
    settings.write_text(settings.read_text()[:50])
    receiver.back()
    terminal.await_subscription("other", lambda each: each["delivered"] == 1)
    for process in deliverers(terminal.workspace):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.wait(30)
    found = terminal.subscription("broken")
    assert (found["look"], str(settings) in found["error"]) == ("trouble", True)
    assert str(settings) in terminal.json("event", "show", "broken")["subscription"]["error"]
    terminal.json("event", "subscribe", "broken", "--url", receiver.url, *QUICK)
    terminal.await_subscription("broken", lambda each: each["delivered"] == 1)


def test_a_paused_receiver_is_resumed(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.status = 410
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    terminal.register()
    terminal.await_subscription("ci", lambda each: each["look"] == "paused")
    receiver.behaviour.status = 200
    terminal.json("event", "resume", "ci")
    found = terminal.await_subscription("ci", lambda each: each["delivered"] == 1)
    assert (found["look"], found["paused"]) == ("good", "")
    details = terminal.json("event", "show", "ci")
    assert [each["subject"] for each in details["problems"]] == ["models/diabetes:1"]
    assert "410" in terminal.run("event", "show", "ci").stdout


def test_a_disk_that_is_full_when_a_delivery_is_noted(
    terminal: Terminal, require: Callable[[object, str], None]
) -> None:
    """The program that is told fills it. What may have arrived comes again, and is marked."""
    point = terminal.workspace / "events"
    point.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(point)]
    done = subprocess.run(mount, capture_output=True, check=False) if shutil.which("mount") else None
    require(done is not None and done.returncode == 0, "the right to mount a tmpfs (root)")
    try:
        (terminal.folder / "fill.py").write_text(
            "import os, sys\n"
            "open('attempts', 'a').write(os.environ['SCOREDOCK_EVENT_ATTEMPT'] + '\\n')\n"
            "try:\n"
            "    with open(sys.argv[1], 'xb', buffering=0) as stream:\n"
            "        while stream.write(bytes(4096)): pass\n"
            "except OSError: pass\n"
        )
        words = ("--command", sys.executable, "fill.py", str(point / "filling"))
        terminal.json("event", "subscribe", "full", "--max-pause", "0.1", *words)
        terminal.register()
        _ended_deliverers(terminal, point / "filling")
        assert (terminal.folder / "attempts").read_text().split() == ["1"]
        (point / "filling").write_bytes(b"")
        found = terminal.await_subscription("full", lambda each: each["delivered"] == 1)
        # That it was delivered may still have fitted behind the note that it was about to be.
        attempts = (terminal.folder / "attempts").read_text().split()
        assert attempts == ["1", "2"][: 1 + found["repeated"]]
    finally:
        kill_deliverers(terminal.workspace)
        subprocess.run(["umount", "-l", str(point)], check=True)


def _ended_deliverers(terminal: Terminal, begun: Path) -> None:
    """When a process has begun to deliver, and none does any more."""
    end = time.monotonic() + 60
    while not begun.exists() or deliverers(terminal.workspace):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000, b"\x00" * 100_000, b"HTTP/1.1 2"]
)
def test_answers_that_are_none(terminal: Terminal, answer: bytes) -> None:
    """Also one that says nothing for as long as the connection lasts."""
    import socketserver

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            with contextlib.suppress(OSError):
                self.request.sendall(answer)
                if not answer:
                    self.request.recv(1)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        words = ("--timeout", "0.5", "--max-pause", "0.05", "--attempts", "2", "--no-handshake")
        terminal.json("event", "subscribe", "bad", "--url", url, *words)
        terminal.register()
        found = terminal.await_subscription("bad", lambda each: each["undelivered"] == 1)
        assert (found["delivered"], found["waiting"]) == (0, 0)
        assert terminal.refused("event", "test", "bad")["code"] == "event-delivery-failed"
        server.shutdown()


def test_a_slow_receiver_keeps_no_other_one_waiting(terminal: Terminal, receiver: Receiver) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        terminal.json("event", "subscribe", "slow", "--url", url, "--timeout", "60", "--no-handshake")
        terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
        terminal.register()
        terminal.register()
        receiver.await_count(2)
        assert terminal.subscription("slow")["waiting"] == 2


def test_one_call_delivers_what_it_can_and_does_not_wait(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    receiver.away()
    terminal.register()
    terminal.await_subscription("ci", lambda each: bool(each["lastError"]))
    kill_deliverers(terminal.workspace)
    assert deliver(terminal.workspace)
    assert receiver.events() == []
    receiver.back()
    while not receiver.events():  # its pause has to be over
        assert deliver(terminal.workspace)
        time.sleep(0.01)
    assert len(receiver.events()) == 1


def test_nothing_depends_on_the_clock(terminal: Terminal, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is set back by ten years, and forward, between the changes."""
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *QUICK)
    receiver.away()
    registry = registered(terminal)
    real, numbers = time.time, itertools.count()
    for shift in (-3.2e8, 3.2e8, 0.0):
        monkeypatch.setattr(time, "time", lambda shift=shift: real() + shift)
        changes(registry, 5, numbers)
    monkeypatch.undo()
    receiver.back()
    assert faults(receiver.await_count(20), numbers_of(terminal)) == []


def test_deleting_a_subscription_ends_its_delivery(terminal: Terminal, receiver: Receiver) -> None:
    receiver.away()
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--no-handshake", "--max-pause", "0.05")
    terminal.register()
    terminal.await_subscription("ci", lambda each: bool(each["lastError"]))
    assert terminal.json("event", "delete", "ci")["waiting"] == 1
    for process in deliverers(terminal.workspace):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.wait(30)


def _bytes(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
