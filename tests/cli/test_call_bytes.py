"""`service call` sends and gives back bytes as they are, and `service profile` fails where requests fail."""

from __future__ import annotations

import base64
import json

import pytest

from cli.conftest import Terminal

PHOTO = b"\xff\xd8\x00\r\n\x80photo"
SCRIPT = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    if request.get_data() == b"fail":
        raise ValueError("no")
    return AMLResponse(request.get_data()[::-1], 200, {"Content-Type": request.content_type})
"""


@pytest.fixture
def photos(terminal: Terminal, shared_environments: None) -> Terminal:
    (terminal.folder / "reverse.py").write_text(SCRIPT)
    (terminal.folder / "photo.jpg").write_bytes(PHOTO)
    (terminal.folder / "photo").write_bytes(PHOTO)
    (terminal.folder / "text.txt").write_text("déjà")
    terminal.ok("service", "deploy", "reverse", "--entry-script", "reverse.py")
    return terminal


def test_bytes_go_and_come_as_they_are(photos: Terminal) -> None:
    def called(*words: str, given: bytes = b"") -> bytes:
        calling = photos.start("service", "call", "reverse", *words)
        out, told = calling.communicate(given, timeout=60)
        assert calling.returncode == 0, told
        return out

    assert called("--data", "@photo.jpg") == PHOTO[::-1]
    for words in ("-", "@-"):
        assert called("--data", words, given=PHOTO) == PHOTO[::-1]
    # What is not UTF-8 any more comes as it is, without a line end.
    assert called("--data", "@text.txt", "--content-type", "text/plain") == "déjà".encode()[::-1]


def test_json_goes_without_the_mark_of_its_file(photos: Terminal) -> None:
    """PowerShell and editors of Windows write one, and no reader of JSON takes it."""
    for encoding in ("utf-8-sig", "utf-16"):
        (photos.folder / "marked.json").write_text('{"a": "e"}', encoding)
        called = photos.run("service", "call", "reverse", "--data", "@marked.json")
        assert called.stdout.rstrip("\n") == '{"a": "e"}'[::-1]
        assert "marked.json is sent without its byte order mark, as UTF-8: JSON has no mark." in called.stderr
    # What has a type of its own goes as it is.
    calling = photos.start("service", "call", "reverse", "--data", "@marked.json", "--content-type", "text/plain")
    assert calling.communicate(timeout=60)[0] == '{"a": "e"}'.encode("utf-16")[::-1]


def test_the_type_follows_the_name_of_the_file(photos: Terminal) -> None:
    def answer(*words: str) -> dict[str, object]:
        found: dict[str, object] = photos.json("service", "call", "reverse", *words)
        return found

    def kind(found: dict[str, object]) -> object:
        headers = found["headers"]
        assert isinstance(headers, dict)
        return {name.lower(): value for name, value in headers.items()}["content-type"]

    photo = answer("--data", "@photo.jpg")
    assert (kind(photo), photo["base64"]) == ("image/jpeg", base64.b64encode(PHOTO[::-1]).decode())
    assert kind(answer("--data", "@photo")) == "application/octet-stream"
    assert kind(answer("--data", "@photo", "--content-type", "image/png")) == "image/png"
    text = answer("--data", "[1]")
    assert (kind(text), text["body"], text["base64"]) == ("application/json", "]1[", "")


def test_a_profile_with_failures_recommends_nothing_and_fails(photos: Terminal) -> None:
    (photos.folder / "rows.txt").write_text("fine\nfail\n")
    done = photos.run("service", "profile", "reverse", "--rows", "rows.txt", "--requests", "4", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert (told["successQueries"], told["recommendedCpu"], told["recommendedMemoryInGB"]) == (2, None, None)
    assert told["error"].startswith("2 of 4 requests failed.")
