"""Hot reload by the runtime itself: changed files are taken up while the old worker serves."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from depth import rounds
from ports import free_port
from scoredock_runtime import contract
from scoredock_runtime.parent import file_watch
from scoredock_runtime.parent.file_watch import FileWatch, snapshot

from .test_hang import Load

SAVES = rounds(gate=3, long=6)
SCRIPT = "import helper\ndef init(): pass\ndef run(data):\n    return [{number}, helper.NUMBER]\n"


@pytest.fixture
def reloading(service: Any) -> Any:
    service.write("NUMBER = 1\n", "helper.py")
    return service.up(SCRIPT.format(number=1), reload=True)


@pytest.mark.chance
def test_a_save_is_served_and_no_request_fails(reloading: Any, wait_for: Any) -> None:
    with Load(reloading.status.port) as load:
        for number in range(2, 2 + SAVES):
            reloading.write(SCRIPT.format(number=number))
            begun = time.monotonic()
            wait_for(lambda number=number: reloading.score(1).json() == [number, 1])
            print(f"save to served: {(time.monotonic() - begun) * 1000:.0f} ms")
        wait_for(lambda: reloading.status.reloads >= SAVES and len(reloading.status.worker_pids) == 1)
    assert (load.lost, load.wrong) == (0, [])
    status = reloading.status
    assert (status.phase, status.revision, status.failure) == (contract.READY, 1, None)
    assert "Changed: score.py." in reloading.log_text()


@pytest.mark.chance
def test_a_request_that_is_being_sent_is_waited_for(reloading: Any, wait_for: Any) -> None:
    body = b'"' + b"x" * 100_000 + b'"'
    head = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    address = ("127.0.0.1", reloading.status.port)
    with socket.create_connection(address, timeout=30) as idle, socket.create_connection(address, timeout=30) as sender:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"Healthy" in idle.recv(65536)
        sender.sendall(head + body[:5000])
        reloading.write(SCRIPT.format(number=2))
        wait_for(lambda: reloading.score(1).json() == [2, 1])
        assert idle.recv(1) == b""  # the old worker has waited long enough for those who send nothing
        sender.sendall(body[5000:])
        told = b"".join(iter(lambda: sender.recv(65536), b""))
    assert told.startswith(b"HTTP/1.1 200"), told
    assert told.endswith(b"[1, 1]")
    wait_for(lambda: len(reloading.status.worker_pids) == 1)


def test_a_module_of_the_script_counts_and_is_never_stale(reloading: Any, wait_for: Any) -> None:
    """Saved several times within one second, with the same length: no compiled form of before may be taken for it."""
    for number in range(2, 9):
        reloading.write(f"NUMBER = {number}\n", "helper.py")
        wait_for(lambda number=number: reloading.score(1).json() == [1, number])


def test_a_refused_change_keeps_the_old_one_and_says_where(reloading: Any, wait_for: Any) -> None:
    pid = reloading.status.worker_pids
    with Load(reloading.status.port) as load:
        script = reloading.write("def init():\n    raise KeyError('missing')\ndef run(data): pass\n")
        status = wait_for(lambda: reloading.status if reloading.status.failure else None)
        assert (status.phase, status.revision, status.failed_revision) == (contract.READY, 1, 1)
        assert status.failure.message == "KeyError: 'missing'"
        assert [(frame.file, frame.line) for frame in status.failure.frames] == [(str(script), 2)]
        assert reloading.score(1).json() == [1, 1]
        wait_for(lambda: reloading.status.worker_pids == pid)
        # Syntax errors are no different.
        reloading.write("def init(:\n")
        wait_for(lambda: (reloading.status.failure or status.failure).cause == contract.SCRIPT_INVALID)
        reloading.write(SCRIPT.format(number=3))
        wait_for(lambda: reloading.score(1).json() == [3, 1])
    assert (load.lost, load.wrong) == (0, [])
    status = wait_for(lambda: reloading.status if reloading.status.failure is None else None)
    assert (status.failed_revision, status.reloads) == (0, 1)


def test_a_change_that_hangs_gives_way_to_the_next(reloading: Any, wait_for: Any) -> None:
    reloading.write("import time\ndef init():\n    print('hangs')\n    time.sleep(600)\ndef run(data): pass\n")
    wait_for(lambda: "hangs" in reloading.log_text())
    assert reloading.score(1).json() == [1, 1]
    reloading.write(SCRIPT.format(number=2))
    wait_for(lambda: reloading.score(1).json() == [2, 1])
    wait_for(lambda: len(reloading.status.worker_pids) == 1)


def test_the_model_counts_and_what_the_script_writes_does_not(service: Any, wait_for: Any, tmp_path: Path) -> None:
    model = tmp_path / "models" / "1"
    model.mkdir(parents=True)
    (model / "weights.bin").write_bytes(b"one")
    service.up(
        "import os\ndef init():\n    global told\n    told = open(os.environ['AZUREML_MODEL_DIR'] +"
        " '/weights.bin').read()\ndef run(data):\n    open('calls.log', 'a').write('x')\n    return told\n",
        reload=True,
        model_dir=str(model),
    )
    for _ in range(10):
        assert service.score(1).json() == "one"
    (model / "new.bin").write_bytes(b"two!")
    (model / "new.bin").replace(model / "weights.bin")
    wait_for(lambda: service.score(1).json() == "two!")
    assert service.log_text().count("Changed:") <= 2
    assert "calls.log" not in service.log_text()


def test_without_the_setting_nothing_is_watched(service: Any, seen: Any, wait_for: Any) -> None:
    service.up(SCRIPT.replace("import helper", "class helper: NUMBER = 1").format(number=1))
    watch = seen(folder=service.app)
    for count in (1, 2):
        service.write(SCRIPT.replace("import helper", "class helper: NUMBER = 1").format(number=2) + "#" * count)
        # By then a watch of the parent would have seen the first of the two as well.
        wait_for(lambda count=count: len(watch.told) == count)
    assert service.score(1).json() == [1, 1]
    # By control it is taken up all the same.
    answer = service.control("POST", "/reload")
    assert (answer.status, answer.json()["reloads"]) == (200, 1)
    assert service.score(1).json() == [2, 1]


def test_a_replacement_is_watched_where_it_lies(reloading: Any, wait_for: Any) -> None:
    text = "def init(): pass\ndef run(data):\n    return {}\n"
    assert reloading.replace(text.format(20), 2, reload=True).json()["revision"] == 2
    new = reloading.folder / "revisions" / "2" / "azureml-app"
    reloading.write("NUMBER = 5\n", "helper.py")  # of the revision before
    reloading.write(text.format(21), app=new)
    wait_for(lambda: reloading.score(1).json() == 21)
    wait_for(lambda: reloading.status.reloads == 1)  # told just after the first answer


def test_new_keys_hold_at_once_and_for_later_workers(service: Any, wait_for: Any) -> None:
    from hashlib import sha256

    service.up(
        SCRIPT.replace("import helper", "class helper: NUMBER = 1").format(number=1),
        authentication=contract.Authentication([sha256(b"old").hexdigest()]),
    )
    assert service.score(1, Authorization="Bearer old").status == 200
    given = {"key_digests": [sha256(b"new").hexdigest()], "token_secret": ""}
    assert service.control("POST", "/authentication", given).status == 200
    wait_for(lambda: service.score(1, Authorization="Bearer new").status == 200)
    assert service.score(1, Authorization="Bearer old").status == 401
    assert service.control("POST", "/reload").status == 200
    assert service.score(1, Authorization="Bearer new").status == 200
    assert service.score(1, Authorization="Bearer old").status == 401
    spec = contract.spec_from_json((service.folder / "spec.json").read_text())
    assert spec.authentication == contract.Authentication(given["key_digests"])
    for wrong in (
        {"key_digests": ["xyz"]},
        {"key_digests": "a" * 64},
        {"token_secret": "not hex"},
        {"token_secret": 5},
    ):
        assert service.control("POST", "/authentication", wrong).status == 400


def test_a_second_port_answers_as_well(service: Any) -> None:
    import http.client

    port = free_port()
    service.up("def init(): pass\ndef run(data): return 1\n", health_port=port)
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
        assert service.control("POST", "/reload").status == 200
    assert service.replace("def init(): pass\ndef run(data): return 1\n", health_port=port + 1).status == 422


# The watch itself


class Seen:
    """A watch on a folder, with what it told."""

    def __init__(self, folder: Path) -> None:
        self.told: list[list[str]] = []
        self.watch = FileWatch(str(folder), "", self.told.append)

    def names(self) -> set[str]:
        return {name for names in self.told for name in names}


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Any]:
    made: list[Seen] = []

    def make(folder: Path = tmp_path) -> Seen:
        made.append(Seen(folder))
        return made[-1]

    yield make
    for each in made:
        each.watch.end()


CHANGES = {
    "written": lambda path: path.write_text("2 "),
    "same size and time": lambda path: (path.write_text("2"), os.utime(path, ns=(1, 1)))[0],
    "renamed over": lambda path: ((path.parent / ".new~").write_text("2"), (path.parent / ".new~").replace(path))[0],
    "deleted": Path.unlink,
    "touched": lambda path: os.utime(path, ns=(5, 5)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_way_to_change_a_file_is_one_change(name: str, seen: Any, tmp_path: Path, wait_for: Any) -> None:
    path = tmp_path / "pkg" / "module.py"
    path.parent.mkdir()
    path.write_text("1")
    watch = seen()
    CHANGES[name](path)
    wait_for(lambda: watch.told)
    assert watch.told == [[str(Path("pkg") / "module.py")]]


def test_files_that_are_none_of_the_scripts_are_left_alone(tmp_path: Path) -> None:
    for name in (
        "a.py",
        "settings.json",
        "__pycache__/a.pyc",
        ".git/x.py",
        "venv/pyvenv.cfg",
        "venv/lib/a.py",
        "data.parquet",
        "run.log",
        ".#a.py",
        "node_modules/a.py",
        "deep/er/b.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = sorted(os.path.relpath(path, tmp_path) for path in snapshot(str(tmp_path), ""))
    assert found == ["a.py", "deep/er/b.py", "settings.json"]


def test_a_large_folder_is_bounded_and_the_model_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_watch, "FILE_LIMIT", 20)
    model = tmp_path / "models"
    model.mkdir()
    (model / "weights.bin").write_text("")
    for number in range(100):
        (tmp_path / f"m{number}.py").write_text("")
    found = snapshot(str(tmp_path), str(model))
    assert len(found) == 20
    assert str(model / "weights.bin") in found


def test_a_file_that_never_rests_is_no_reason_for_ever(seen: Any, tmp_path: Path, wait_for: Any) -> None:
    watch = seen()
    path = tmp_path / "state.json"
    for number in range(file_watch.RESTLESS_CHANGES - 1):
        path.write_text("x" * (number + 1))
        wait_for(lambda number=number: len(watch.told) > number)
    path.write_text("once more")
    (tmp_path / "code.py").write_text("1")
    wait_for(lambda: "code.py" in watch.names())
    assert ["state.json"] not in watch.told[file_watch.RESTLESS_CHANGES - 1 :]
