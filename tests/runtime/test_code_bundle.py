"""The files of a service for development: laid over those of its image before it starts, and changed while it runs."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scoredock_runtime import contract

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="containers run Linux")

NAMED = """
import os

def init():
    pass

def run(data):
    return "NAME"
"""


def named(name: str) -> str:
    return NAMED.replace("NAME", name)


def member(
    name: str, content: str = "", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.size, made.type, made.linkname = len(content), kind, link
    return made, content.encode()


def archive_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for made, content in members:
            archive.addfile(made, io.BytesIO(content))
    return stream.getvalue()


def bundle(archive: bytes, revision: int = 2, turn: int = 2, **header: Any) -> bytes:
    fields = {"code": contract.code_mark(archive), "revision": revision, "turn": turn, **header}
    return json.dumps(fields).encode() + b"\n" + gzip.compress(archive)


def scripted(name: str, revision: int = 2, turn: int = 2, *more: tuple[tarfile.TarInfo, bytes]) -> bytes:
    return bundle(archive_of(member("score.py", named(name)), *more), revision, turn)


def send(service: Any, data: bytes) -> Any:
    return service.control("POST", "/code", {"bundle": base64.b64encode(data).decode()})


def mount(service: Any, data: bytes) -> str:
    folder = service.folder.parent / "mounted"
    folder.mkdir(exist_ok=True)
    (folder / contract.CODE_FILE).write_bytes(data)
    return str(folder)


def score(service: Any) -> tuple[str, str]:
    answer = service.score()
    return answer.json(), answer.headers.get(contract.CODE_HEADER, "")


def code_of(data: bytes) -> str:
    return str(json.loads(data.partition(b"\n")[0])["code"])


@pytest.fixture
def developed(service: Any) -> Any:
    """One whose mounted files are others than those of its image."""
    (service.app / "azureml-models" / "m").mkdir(parents=True)
    (service.app / "azureml-models" / "m" / "model.bin").write_text("weights")
    (service.app / "only_in_the_image").mkdir()
    first = scripted("mounted", 1, 1, member("sub/table.csv", "1"))
    return service.up(named("image"), code_folder=mount(service, first), code="0123456789ab")


def entries(service: Any) -> list[str]:
    hidden = (".scoredock", "__pycache__")
    return sorted(str(each.relative_to(service.app)) for each in service.app.rglob("*") if each.name not in hidden)


def is_tidy(service: Any) -> bool:
    return not any((service.app / ".scoredock").iterdir())


def test_mounted_files_come_before_any_worker(developed: Any) -> None:
    code = code_of((developed.folder.parent / "mounted" / contract.CODE_FILE).read_bytes())
    assert score(developed) == ("mounted", code)
    assert (developed.status.revision, developed.status.code) == (1, code)
    assert developed.request().headers[contract.CODE_HEADER] == code
    assert entries(developed) == [
        "azureml-models",
        "azureml-models/m",
        "azureml-models/m/model.bin",
        "score.py",
        "sub",
        "sub/table.csv",
    ]
    assert f"revision 1 with the code {code} starts" in developed.log_text()


def test_without_files_those_of_the_image_run(service: Any) -> None:
    (service.folder.parent / "empty").mkdir()
    service.up(named("image"), code_folder=str(service.folder.parent / "empty"), code="0123456789ab")
    assert score(service) == ("image", "0123456789ab")


def test_changed_files_are_taken_and_there_at_the_next_start(developed: Any, wait_for: Callable[..., Any]) -> None:
    second = scripted("second", 2, 2, member("bin", "", tarfile.DIRTYPE), member("bin/run.sh", "x"))
    answer = send(developed, second)
    status = contract.status_from_json(answer.body.decode())
    assert (answer.status, status.revision, status.code) == (200, 2, code_of(second))
    assert score(developed) == ("second", code_of(second))
    assert [each for each in entries(developed) if not each.startswith("azureml")] == ["bin", "bin/run.sh", "score.py"]
    assert f"Revision 2 with the code {code_of(second)} serves." in developed.log_text()
    wait_for(lambda: is_tidy(developed), 5)

    again(developed)
    assert score(developed) == ("second", code_of(second)), "what is mounted is older"
    third = scripted("third", 3, 3)
    mount(developed, third)
    again(developed)
    assert score(developed) == ("third", code_of(third)), "what is mounted is newer"
    (developed.folder / contract.CODE_FILE).write_bytes(second[:100])
    again(developed)
    assert score(developed) == ("third", code_of(third)), "what was kept is damaged"


def again(service: Any) -> None:
    service.stop()
    # As in a container, which starts with the files of its image.
    service.up(named("image"))


def test_files_that_fail_are_taken_back(developed: Any, wait_for: Callable[..., Any]) -> None:
    before = score(developed)
    answer = send(developed, bundle(archive_of(member("score.py", "def init():\n    1 / 0\ndef run(data): pass\n"))))
    status = contract.status_from_json(answer.body.decode())
    assert (status.revision, status.failed_revision, status.code) == (1, 2, before[1])
    assert status.failure is not None
    assert status.failure.cause == contract.INIT_FAILED
    assert [(each.file, each.line) for each in status.failure.frames] == [(str(developed.app / "score.py"), 2)]
    assert score(developed) == before
    assert "sub/table.csv" in entries(developed)
    assert not (developed.folder / contract.CODE_FILE).exists()
    wait_for(lambda: is_tidy(developed), 5)


SCRIPT = member("score.py", named("hostile"))
BOMB = gzip.compress(bytes(contract.CODE_UNPACKED_LIMIT + 1))
HOSTILE: dict[str, bytes] = {
    "a path that leads out": bundle(archive_of(SCRIPT, member("../escaped", "x"))),
    "a path through another": bundle(archive_of(SCRIPT, member("sub/../../escaped", "x"))),
    "an absolute path": bundle(archive_of(SCRIPT, member("/tmp/escaped", "x"))),
    "an empty part": bundle(archive_of(SCRIPT, member("sub//escaped", "x"))),
    "a link": bundle(archive_of(SCRIPT, member("out", "", tarfile.SYMTYPE, "/tmp"), member("out/escaped", "x"))),
    "a hard link": bundle(archive_of(SCRIPT, member("out", "", tarfile.LNKTYPE, "/etc/passwd"))),
    "a device": bundle(archive_of(SCRIPT, member("out", "", tarfile.CHRTYPE))),
    "a pipe": bundle(archive_of(SCRIPT, member("out", "", tarfile.FIFOTYPE))),
    "the hidden folder": bundle(archive_of(SCRIPT, member(".scoredock/escaped", "x"))),
    "the models": bundle(archive_of(SCRIPT, member("azureml-models/m/model.bin", "others"))),
    "a file twice": bundle(archive_of(SCRIPT, SCRIPT)),
    "another code": bundle(archive_of(SCRIPT), code="0123456789ab"),
    "no archive": bundle(b"nothing of the kind" * 100),
    "an archive that is cut off": bundle(archive_of(SCRIPT))[:-20],
    "a bomb": b'{"code": "0123456789ab", "revision": 2, "turn": 2}\n' + BOMB,
    "a header of another kind": b"[1]\n" + gzip.compress(archive_of(SCRIPT)),
    "a header without an end": b'{"code": "' + b"x" * 5000,
    "nothing": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused(developed: Any, kind: str) -> None:
    before, files = score(developed), entries(developed)
    answer = send(developed, HOSTILE[kind])
    assert answer.status == 422, answer
    assert answer.json()["error"].startswith("The files cannot be taken: ")
    assert (score(developed), entries(developed)) == (before, files)
    assert is_tidy(developed)
    assert not list(developed.folder.parent.rglob("escaped"))
    assert not Path("/tmp/escaped").exists()


def test_a_body_has_a_limit(developed: Any) -> None:
    random = os.urandom(contract.CODE_LIMIT - 2000)
    fits = bundle(archive_of(SCRIPT, (member("table.bin", "x" * len(random))[0], random)))
    assert send(developed, fits).status == 200
    too_large = send(developed, os.urandom(contract.CODE_LIMIT + 1))
    assert too_large.status == 422
    assert "larger than 900000 bytes" in too_large.json()["error"]
    assert send(developed, os.urandom(contract.CODE_LIMIT + 10_000)).status == 400
    assert developed.control("POST", "/code", {"bundle": "no base64 "}).status == 422
    assert developed.control("POST", "/code", {}).status == 422
    assert developed.control("POST", "/code", {"bundle": ""}, nonce="another").status == 401
    assert score(developed)[0] == "hostile"


def test_another_service_takes_none(service: Any) -> None:
    service.up(named("image"))
    answer = send(service, scripted("second"))
    assert answer.status == 409
    assert "was not deployed for development" in answer.json()["error"]
    assert score(service) == ("image", "")


def test_damaged_files_that_are_mounted_end_the_start(service: Any) -> None:
    service.write(named("image"))
    service.start(code_folder=mount(service, HOSTILE["a path that leads out"]), code="0123456789ab")
    status = service.settle()
    assert status.phase == contract.FAILED
    assert status.failure.message == (
        "The files of the service could not be put in place: '../escaped' is not a path of a file of the service."
    )
