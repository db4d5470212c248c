"""Servers that hang, break off, lie, send on, or ask for a sign-in: one sentence each, in time, and no secret told."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from scoredock.contrib.runs.domain.mlflow import model_registration
from scoredock.contrib.runs.domain.mlflow.server_store import ServerStore
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import Registry
from scoredock.registry.models.registration import NewModel

from pace import within

RUN = "0f3ad60a9ba54fd1a6bf6c1df8a9c8f4"
INFO = {"run_id": RUN, "experiment_id": "1", "run_name": "a run", "status": "FINISHED", "artifact_uri": "x:/y"}
Answer = Callable[["Handler"], None]


@dataclass
class Fake:
    """A server whose answers a test writes: by path, each a function that writes what it likes."""

    address: str
    answers: dict[str, Answer] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Set at the end, so that answers that hang come to an end."""


class Handler(BaseHTTPRequestHandler):
    fake: Fake

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer()

    def _answer(self) -> None:
        self.fake.headers.append(dict(self.headers))
        self.close_connection = True
        path = urlsplit(self.path).path.replace("/api/2.0/mlflow", "")
        with contextlib.suppress(OSError):
            answer = self.fake.answers.get(path) or self.fake.answers.get("*")
            if answer is not None:
                answer(self)
            else:
                self.reply({"message": "no such thing"}, 404)

    def query(self, key: str) -> str:
        return parse_qs(urlsplit(self.path).query).get(key, [""])[0]

    def reply(self, told: object, status: int = 200) -> None:
        self.send(json.dumps(told).encode(), status)

    def send(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return None


def always(told: object, status: int = 200) -> Answer:
    return lambda handler: handler.reply(told, status)


@pytest.fixture
def fake() -> Iterator[Fake]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {}))
    made = Fake(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass.fake = made  # type: ignore[attr-defined]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "workspace")


def store(fake: Fake, cancel: CancelToken | None = None, patience: float = 1.0) -> ServerStore:
    return ServerStore(fake.address, cancel or CancelToken(), patience=patience)


def refused(work: Callable[[], object]) -> ScoredockError:
    with pytest.raises(ScoredockError) as caught:
        work()
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith(".")
    return caught.value


def hangs(handler: Handler) -> None:
    handler.fake.released.wait(60)


def stops_after_the_head(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"experiments": [')
    handler.wfile.flush()
    hangs(handler)


def drips(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.fake.released.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def never_ends(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while not handler.fake.released.is_set():
            handler.wfile.write(b" " * 1_000_000)


def breaks_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"experiments": []')


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")


def packed_bomb(handler: Handler) -> None:
    import gzip

    handler.send(gzip.compress(b" " * 200_000_000, 9), Content_Encoding="gzip")


BAD: dict[str, tuple[Answer, str, str]] = {
    "hangs": (hangs, "run-server-unreachable", "does not respond in time"),
    "hangs in the middle": (stops_after_the_head, "run-server-unreachable", "does not respond in time"),
    "drips": (drips, "run-server-unreachable", "too slowly"),
    "never ends": (never_ends, "run-server-refused", "larger than 32 MiB"),
    "gzip bomb": (packed_bomb, "run-server-refused", "larger than 32 MiB"),
    "breaks off": (breaks_off, "run-server-unreachable", "was closed"),
    "no HTTP": (no_http, "run-server-unreachable", ""),
    "500": (lambda handler: handler.send(b"<html>oops", 500), "run-server-refused", "responded with 500"),
    "500 with words": (always({"message": "disk\nfull"}, 500), "run-server-refused", r"disk\\nfull"),
    "404": (always({}, 404), "run-store-unsupported", "is not a tracking server"),
    "401": (always({"message": "who are you"}, 401), "run-server-refused", "asks who you are"),
    "another page": (lambda handler: handler.send(b"<html>Welcome"), "run-server-refused", "not from an MLflow"),
    "a list": (always([1, 2]), "run-server-refused", "not from an MLflow"),
    "deep": (lambda handler: handler.send(b"[" * 200_000), "run-server-refused", "not from an MLflow"),
    "no text": (lambda handler: handler.send(b"\xff\xfe\x00"), "run-server-refused", "not from an MLflow"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_one_sentence_in_time(fake: Fake, name: str) -> None:
    fake.answers["*"], code, words = BAD[name]
    begun = time.monotonic()
    error = refused(lambda: store(fake, patience=0.05 if code.endswith("unreachable") else 1).experiments(""))
    assert error.code == code
    assert words.replace("\\\\", "\\") in error.message
    assert within(time.monotonic() - begun, 20)


def test_nobody_listens(fake: Fake) -> None:
    fake.address = "http://127.0.0.1:9"
    assert refused(lambda: store(fake).experiments("")).code == "run-server-unreachable"


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost.example/",
        "https://127.0.0.1/",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        "//other/",
        "ftp://x/",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_a_server_that_sends_elsewhere_is_not_followed(fake: Fake, location: str) -> None:
    fake.answers["/runs/get"] = lambda handler: handler.send(b"", 302, Location=location)
    error = refused(lambda: store(fake).run(RUN))
    assert error.code == "run-server-refused"
    assert "does not follow redirects" in error.message
    assert len(fake.headers) == 1


def test_redirects_on_the_same_server_end(fake: Fake) -> None:
    fake.answers["/runs/get"] = lambda handler: handler.send(b"", 302, Location="/moved")
    fake.answers["/moved"] = always({"run": {"info": INFO}})
    assert store(fake).run(RUN).id == RUN
    fake.answers["/moved"] = lambda handler: handler.send(b"", 302, Location="/moved")
    assert refused(lambda: store(fake).run(RUN)).code == "run-server-refused"


@pytest.mark.parametrize("when", ["before the answer", "in the middle"])
def test_cancelling_does_not_wait_for_the_server(fake: Fake, when: str) -> None:
    reached = threading.Event()

    def answer(handler: Handler) -> None:
        reached.set()
        (hangs if when == "before the answer" else stops_after_the_head)(handler)

    fake.answers["*"] = answer
    cancel = CancelToken()

    def press() -> None:
        reached.wait(30)
        cancel.cancel()

    threading.Thread(target=press, daemon=True).start()
    begun = time.monotonic()
    assert refused(lambda: store(fake, cancel).experiments("")).code == "cancelled"
    assert within(time.monotonic() - begun, 10), "the time-out of reading is 20 s"


def test_odd_records_are_left_out(fake: Fake) -> None:
    fake.answers["/experiments/search"] = always(
        {
            "experiments": [
                {"experiment_id": "../1", "name": "a"},
                {"experiment_id": 2, "name": "b"},
                7,
                None,
                {"experiment_id": "3"},
                {"experiment_id": "4", "name": "deleted", "lifecycle_stage": "deleted"},
                {"experiment_id": "5", "name": "good", "creation_time": "1000"},
            ],
            "next_page_token": 7,
        }
    )
    assert [one.name for one in store(fake).experiments("")[0]] == ["good"]
    fake.answers["/experiments/get"] = always({"experiment": {"experiment_id": "5", "name": "good"}})
    fake.answers["/runs/search"] = always(
        {
            "runs": [
                {"info": {"run_id": "a/b", "experiment_id": "5"}},
                {
                    "info": INFO,
                    "data": {
                        "metrics": [
                            {"key": "nan", "value": "NaN"},
                            {"key": "big", "value": 1.7976931348623157e308},
                            {"key": "fine", "value": 1},
                            {"key": "text", "value": "x"},
                            {"key": 7, "value": 1},
                        ],
                        "tags": "none",
                        "params": [{"key": "a", "value": 1}],
                    },
                },
            ]
        }
    )
    (found,) = store(fake).runs("5", "", "", 10)[0]
    assert (found.metrics, found.tags, found.params) == ({"fine": 1.0}, {}, {"a": ""})


def test_another_run_than_the_one_asked_for(fake: Fake) -> None:
    fake.answers["/runs/get"] = always({"run": {"info": {**INFO, "run_id": "f" * 32}}})
    assert refused(lambda: store(fake).run(RUN)).code == "run-not-found"


# ---------------------------------------------------------------------------------------------- artifacts


def serve_artifacts(fake: Fake, listed: list[dict[str, Any]], download: Answer) -> None:
    fake.answers["/runs/get"] = always({"run": {"info": INFO}})
    fake.answers["/experiments/get"] = always({"experiment": {"experiment_id": "1", "name": "iris"}})
    fake.answers["/artifacts/list"] = lambda handler: handler.reply(
        {"files": listed if not handler.query("path") else []}
    )
    fake.answers["/get-artifact"] = download


@dataclass
class Told:
    """Progress that remembers."""

    messages: list[str] = field(default_factory=list)

    def report(self, message: str, percentage: int | None = None) -> None:
        self.messages.append(message)

    def output(self, line: str) -> None:
        raise AssertionError(line)


def register(
    fake: Fake,
    registry: Registry,
    cancel: CancelToken | None = None,
    path: str = "model.pkl",
    progress: Progress | None = None,
) -> Any:
    token = cancel or CancelToken()
    with contextlib.closing(ServerStore(fake.address, token, patience=0.05)) as opened:
        return model_registration.register(
            opened, model_registration.Wish(RUN, path), NewModel("m"), registry, progress or Silent(), token
        )


def nothing_stayed(registry: Registry) -> None:
    assert registry.models(include_deleted=True) == []
    assert [path for path in registry.blobs.scratch.rglob("*") if path.is_file()] == []
    assert list(registry.blobs.all()) == []


def test_a_good_one_for_comparison(fake: Fake, registry: Registry) -> None:
    serve_artifacts(fake, [{"path": "model.pkl", "file_size": "5"}], lambda handler: handler.send(b"bytes"))
    told = Told()
    made = register(fake, registry, progress=told)
    assert told.messages[0] == "Reading the run"
    assert "Copying model.pkl" in told.messages
    assert (made.size, made.run_id, made.experiment, made.metadata.run.store) == (5, RUN, "iris", fake.address)
    serve_artifacts(fake, [{"path": "model.pkl"}], lambda handler: handler.send(b"bytes"))
    assert register(fake, registry).size == 5, "the length that the file itself comes with"


@pytest.mark.parametrize(
    ("size", "download", "code"),
    [
        pytest.param(5, lambda handler: handler.send(b"by"), "model-path-changed", id="shorter"),
        pytest.param(5, lambda handler: handler.send(b"bytes and more"), "model-path-changed", id="longer"),
        pytest.param(1_000_000, never_ends, "model-path-changed", id="endless"),
        pytest.param(None, never_ends, "run-server-refused", id="endless and no size"),
        pytest.param(1000, breaks_off, "run-server-unreachable", id="broken off"),
        pytest.param(1000, stops_after_the_head, "run-server-unreachable", id="hanging"),
        pytest.param(5, always({"message": "no"}, 404), "run-artifact-missing", id="gone"),
        pytest.param(5, always({"message": "no"}, 500), "run-server-refused", id="failing"),
        pytest.param(1 << 50, lambda handler: handler.send(b"bytes"), "model-too-large", id="too large"),
        pytest.param(1 << 39, lambda handler: handler.send(b"bytes"), "disk-full", id="larger than the disk"),
        pytest.param(
            5, lambda handler: handler.send(b"", 302, Location="http://x/"), "run-server-refused", id="elsewhere"
        ),
    ],
)
def test_a_file_that_is_not_what_was_said(
    fake: Fake, registry: Registry, size: int | None, download: Answer, code: str
) -> None:
    serve_artifacts(fake, [{"path": "model.pkl", "file_size": size}], download)
    assert refused(lambda: register(fake, registry)).code == code
    nothing_stayed(registry)


@pytest.mark.parametrize(
    "path", ["../model.pkl", "/etc/passwd", "a/../../b", "..", "other/model.pkl", "..\\x", "x\ny", "a\u202eb"]
)
def test_a_list_that_leads_elsewhere(fake: Fake, registry: Registry, path: str) -> None:
    serve_artifacts(fake, [{"path": "folder", "is_dir": True}], lambda handler: handler.send(b"bytes"))
    listed = [{"path": path, "file_size": 5}]
    fake.answers["/artifacts/list"] = lambda handler: handler.reply(
        {"files": listed if handler.query("path") else [{"path": "folder", "is_dir": True}]}
    )
    assert refused(lambda: register(fake, registry, path="folder")).code == "run-artifact-unsupported"
    nothing_stayed(registry)


def test_artifacts_behind_the_proxy_of_the_server(fake: Fake, registry: Registry) -> None:
    serve_artifacts(fake, [{"path": "a b.pkl", "file_size": 5}], always({}, 500))
    served = {"/api/2.0/mlflow-artifacts/artifacts/1/x/artifacts/a%20b.pkl": lambda handler: handler.send(b"bytes")}
    fake.answers.update({path.replace("/api/2.0/mlflow", ""): answer for path, answer in served.items()})
    for uri, code in (
        ("mlflow-artifacts:/1/x/artifacts", ""),
        ("mlflow-artifacts://other:5000/1/x/artifacts", "run-artifact-unsupported"),
        ("mlflow-artifacts:/1/../../x", "run-artifact-unsupported"),
        ("mlflow-artifacts:/1/%2e%2e/x", "run-artifact-unsupported"),
    ):
        fake.answers["/runs/get"] = always({"run": {"info": {**INFO, "artifact_uri": uri}}})
        if code:
            assert refused(lambda: register(fake, registry, path="a b.pkl")).code == code
        else:
            assert register(fake, registry, path="a b.pkl").size == 5


def test_folders_without_end(fake: Fake, registry: Registry) -> None:
    serve_artifacts(fake, [], lambda handler: handler.send(b"bytes"))
    fake.answers["/artifacts/list"] = lambda handler: handler.reply(
        {"files": [{"path": f"{handler.query('path')}/a".strip("/"), "is_dir": True}]}
    )
    assert refused(lambda: register(fake, registry, path="a")).code in ("model-too-large", "run-artifact-unsupported")
    nothing_stayed(registry)


def test_cancelling_a_download_leaves_nothing(fake: Fake, registry: Registry) -> None:
    cancel = CancelToken()

    def download(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "50000000")
        handler.end_headers()
        handler.wfile.write(bytes(1_000_000))
        handler.wfile.flush()
        cancel.cancel()
        hangs(handler)

    serve_artifacts(fake, [{"path": "model.pkl", "file_size": 50_000_000}], download)
    assert refused(lambda: register(fake, registry, cancel)).code == "cancelled"
    nothing_stayed(registry)


# ---------------------------------------------------------------------------------------------- credentials


def test_credentials_go_only_where_they_belong(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    def sent() -> str:
        fake.answers["*"] = always({"experiments": []}, 401)
        fake.headers.clear()
        error = refused(lambda: store(fake).experiments(""))
        assert "hunter2" not in f"{error} {error.details}{caplog.text}"
        return fake.headers[0].get("Authorization", "")

    caplog.set_level("DEBUG")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert sent() == ""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2")
    assert sent() == "Bearer hunter2"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    assert sent() == "Basic " + base64.b64encode(b"me:hunter2").decode()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", fake.address + "/")
    assert sent().startswith("Basic ")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://tracking.example.com")
    assert sent() == "", "they belong to another server"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2\r\nX-Evil: 1")
    assert "\n" not in sent()
