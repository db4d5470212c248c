"""Models to a registry and back, by the command line: equal digests, equal bytes, images of others, what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from docker_daemon import missing
from oci_base.written_layers import Op, layer
from oci_registry.real_registry import PASSWORD, USER, accounts, real_registry
from pace import patience

NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
"""Whoever asks a daemon fails."""
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
TITLE = "org.opencontainers.image.title"
SAID = ("--description", "Of patients\nand more", "--tag", "stage=tried", "--property", "area=0.9")
FRAMEWORK = ("--framework", "ScikitLearn", "--framework-version", "1.4.2", "--cpu-cores", "0.5", "--memory-gb", "1")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A workspace with a folder, a file and a large one."""
    folder = tmp_path_factory.mktemp("models")
    terminal = Terminal(folder / "home", folder, env=NOWHERE)
    outputs = folder / "outputs"
    (outputs / "weights").mkdir(parents=True)
    (outputs / "empty").mkdir()
    (outputs / "MLmodel").write_text("flavors: {}\n")
    (outputs / "weights" / "a b.bin").write_bytes(bytes(range(256)) * 9_000)
    (outputs / "weights" / "ä.bin").write_bytes(b"")
    (outputs / "same.bin").write_bytes(bytes(range(256)) * 9_000)
    (folder / "factor.txt").write_text("10")
    terminal.ok("dataset", "register", "factor.txt", "--name", "tries")
    sample = ("--sample-input-dataset", "tries:1")
    terminal.ok("model", "register", "outputs", "--name", "Nested", *SAID, *FRAMEWORK, *sample)
    terminal.ok("model", "register", "factor.txt", "--name", "factor")
    return terminal


def push(terminal: Terminal, *words: str) -> dict[str, Any]:
    return terminal.json("model", "push", *words)  # type: ignore[no-any-return]


def register(terminal: Terminal, image: str, *words: str) -> dict[str, Any]:
    return terminal.json("model", "register", *words, "--from", image)  # type: ignore[no-any-return]


def shown(terminal: Terminal, model: str) -> dict[str, Any]:
    """What there is of a version but its number and its time."""
    details = terminal.json("model", "show", model)
    for field in ("id", "name", "version", "created", "aliases"):
        del details["model"][field]
    del details["versions"], details["recognised"]
    return details  # type: ignore[no-any-return]


def manifest(address: str, repository: str, tag: str) -> dict[str, Any]:
    request = urllib.request.Request(f"http://{address}/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFEST})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())  # type: ignore[no-any-return]


def no_manifest(address: str, repository: str) -> bool:
    try:
        urllib.request.urlopen(f"http://{address}/v2/{repository}/tags/list")
    except urllib.error.HTTPError as error:
        return error.code == 404
    return False


def skopeo(*words: str) -> str:
    if not shutil.which("skopeo"):
        missing("skopeo")
    done = subprocess.run(["skopeo", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("form", ["image", "artifact"])
@pytest.mark.parametrize("model", ["Nested", "factor"])
def test_a_model_comes_back_as_it_was(terminal: Terminal, address: str, form: str, model: str) -> None:
    image = f"{address}/back/{model.lower()}:{form}"
    pushed = push(terminal, f"{model}:1", image, "--as", form)
    assert pushed["image"] == f"{image}@{pushed['digest']}"
    back = register(terminal, f"oci://{image}", "--name", f"{model}-{form}")
    assert back["id"] == f"{model}-{form}:1"
    assert shown(terminal, back["id"]) == shown(terminal, f"{model}:1")
    assert terminal.ok("workspace", "verify", "--deep")


def test_the_image_says_the_name(terminal: Terminal, address: str, tmp_path: Path) -> None:
    pushed = push(terminal, "factor:1", f"{address}/named:1")
    other = Terminal(tmp_path / "home", tmp_path, env=NOWHERE)
    assert register(other, f"{address}/named@{pushed['digest']}")["id"] == "factor:1"
    assert register(other, f"oci://{address}/named:1", "ten", "--tag", "a=b")["tags"] == {"a": "b"}


def test_equal_models_have_an_equal_digest(terminal: Terminal, address: str, tmp_path: Path) -> None:
    """Registered by another person, elsewhere, at another time; and nothing is sent twice."""
    other = Terminal(tmp_path / "home", terminal.folder, env={**NOWHERE, "TZ": "Asia/Tokyo", "LOGNAME": "somebody"})
    other.ok("dataset", "register", "factor.txt", "--name", "tries")
    sample = ("--sample-input-dataset", "tries:1")
    other.ok("model", "register", "outputs", "--name", "Nested", *SAID, *FRAMEWORK, *sample)
    for form in ("image", "artifact"):
        first = push(terminal, "Nested:1", f"{address}/equal:{form}", "--as", form)
        second = push(other, "Nested:1", f"{address}/equal:{form}-2", "--as", form)
        assert second["digest"] == first["digest"]
        assert (second["sentBytes"], second["presentBytes"]) == (0, first["sentBytes"] + first["presentBytes"])
    told = terminal.ok("model", "push", "Nested:1", f"{address}/equal:3")
    assert "sent 0 B; the registry had " in told


def test_an_image_has_its_files_below_models(terminal: Terminal, address: str, tmp_path: Path) -> None:
    image = f"{address}/layout/nested:1"
    push(terminal, "Nested:1", image)
    document = manifest(address, "layout/nested", "1")
    (one,) = document["layers"]
    assert one["mediaType"] == f"{LAYER}+gzip"
    assert one["annotations"][TITLE] == "models"
    assert one["annotations"]["io.deis.oras.content.unpack"] == "true"
    assert document["annotations"][TITLE] == "Nested"
    assert document["annotations"]["org.opencontainers.image.version"] == "1"
    assert document["annotations"]["org.opencontainers.image.description"] == "Of patients\nand more"
    found = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{image}"))
    assert json.loads(found["Labels"]["com.scoredock.model"])["tags"] == {"stage": "tried"}
    assert found["Created"] == "1970-01-01T00:00:00Z"
    skopeo("copy", "--src-tls-verify=false", f"docker://{image}", f"dir:{tmp_path / 'copied'}")
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    hexadecimal = one["digest"].removeprefix("sha256:")
    subprocess.run(["tar", "-xzf", tmp_path / "copied" / hexadecimal, "-C", unpacked], check=True)
    unzipped = subprocess.run(
        ["gzip", "-dc", tmp_path / "copied" / hexadecimal], capture_output=True, check=True
    ).stdout
    assert one["annotations"]["io.deis.oras.content.digest"] == f"sha256:{hashlib.sha256(unzipped).hexdigest()}"
    source = terminal.folder / "outputs"
    for path in source.rglob("*"):
        there = unpacked / "models" / path.relative_to(source)
        assert there.is_dir() if path.is_dir() else there.read_bytes() == path.read_bytes()
    assert {path.stat().st_mtime for path in unpacked.rglob("*") if path.is_file()} == {0}


def test_an_artifact_has_each_file_by_its_title(terminal: Terminal, address: str) -> None:
    push(terminal, "Nested:1", f"{address}/blobs:1", "--as", "artifact")
    document = manifest(address, "blobs", "1")
    assert document["artifactType"] == "application/vnd.scoredock.model.v1"
    assert document["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    titles = {each["annotations"][TITLE]: each["digest"] for each in document["layers"]}
    assert set(titles) == {f"outputs/{each}" for each in ("MLmodel", "same.bin", "weights/a b.bin", "weights/ä.bin")}
    assert titles["outputs/same.bin"] == titles["outputs/weights/a b.bin"]


@pytest.mark.parametrize(("target", "form"), [("oci", "image"), ("oci", "artifact"), ("archive", "image")])
def test_files_of_images_come_back(terminal: Terminal, tmp_path: Path, target: str, form: str) -> None:
    place = f"{target}:{tmp_path / 'written'}"
    pushed = push(terminal, "Nested", "--to", place, "--as", form)
    assert pushed["path"] == str(tmp_path / "written")
    back = register(terminal, place, f"from-{target}-{form}")
    assert shown(terminal, back["id"]) == shown(terminal, "Nested:1")


def test_what_skopeo_copies_comes_back(terminal: Terminal, address: str, tmp_path: Path) -> None:
    push(terminal, "Nested:1", f"{address}/copied:1")
    for number, place in enumerate(("oci:layout:1", "docker-archive:file.tar:copied:1")):
        skopeo("copy", "--src-tls-verify=false", f"docker://{address}/copied:1", place.replace(":", f":{tmp_path}/", 1))
        kind = "oci:" if place.startswith("oci") else "archive:"
        name = "layout:1" if place.startswith("oci") else "file.tar"
        back = register(terminal, f"{kind}{tmp_path}/{name}", f"skopeo-{number}")
        assert shown(terminal, back["id"]) == shown(terminal, "Nested:1")


def test_a_base_lies_below(terminal: Terminal, address: str, tmp_path: Path) -> None:
    """KServe's modelcars run a shell, which a base brings along."""
    base = written(tmp_path / "base", [layer([Op("file", "bin/sh", "shell"), Op("file", "models/old.bin", "old")])])
    push(terminal, "factor:1", f"{address}/based:1", "--base", base, "--platform", "linux/arm64")
    document = manifest(address, "based", "1")
    assert len(document["layers"]) == 2
    assert "org.opencontainers.image.base.digest" in document["annotations"]
    back = register(terminal, f"{address}/based:1", "based")
    assert back["fileCount"] == 2, "what the base has below /models is of the model as well"


# ---------------------------------------------------------------------------------------------- images of others


def blob(root: Path, content: bytes) -> tuple[str, int]:
    digest = hashlib.sha256(content).hexdigest()
    (root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (root / "blobs" / "sha256" / digest).write_bytes(content)
    return f"sha256:{digest}", len(content)


def descriptor(root: Path, media_type: str, content: bytes, annotations: Mapping[str, str] | None = None) -> Any:
    digest, size = blob(root, content)
    return {"mediaType": media_type, "digest": digest, "size": size, "annotations": dict(annotations or {})}


def layout(root: Path, document: Mapping[str, Any]) -> str:
    entry = descriptor(root, MANIFEST, json.dumps(document).encode())
    (root / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (root / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return f"oci:{root}"


def written(root: Path, layers: Sequence[bytes], annotations: Mapping[str, str] | None = None) -> str:
    """An image as somebody else writes it."""
    config = {
        "architecture": "arm64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(each).hexdigest()}" for each in layers]},
    }
    return layout(
        root,
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(root, CONFIG, json.dumps(config).encode()),
            "layers": [descriptor(root, LAYER, each) for each in layers],
            "annotations": dict(annotations or {}),
        },
    )


def artifact(root: Path, files: Sequence[tuple[bytes, Mapping[str, str]]]) -> str:
    """As `oras push` of 2021 writes it, with an empty configuration."""
    return layout(
        root,
        {
            "schemaVersion": 2,
            "config": descriptor(root, CONFIG, b"{}"),
            "layers": [descriptor(root, LAYER, content, annotations) for content, annotations in files],
        },
    )


def files_of(terminal: Terminal, model: str) -> dict[str, str]:
    """Content by path."""
    details = terminal.json("model", "show", model)
    return {
        each["path"]: terminal.ok("model", "text", model, each["path"]).removesuffix("\n") if each["sha256"] else "/"
        for each in details["files"]
    }


def test_layers_of_others_are_merged(terminal: Terminal, tmp_path: Path) -> None:
    below = [
        Op("folder", "models"),
        Op("file", "models/gone.txt", "gone"),
        Op("file", "models/kept.txt", "kept"),
        Op("file", "models/old/a.txt", "a"),
        Op("file", "models/changed.txt", "before"),
        Op("file", "etc/passwd", "root"),
    ]
    above = [
        Op("hide", "models/gone.txt"),
        Op("opaque", "models/old"),
        Op("file", "models/old/b.txt", "b"),
        Op("file", "models/changed.txt", "after"),
        Op("hard", "models/hard.txt", "models/changed.txt"),
        Op("link", "models/link.txt", "old/b.txt"),
        Op("link", "models/rooted.txt", "/models/kept.txt"),
        Op("folder", "models/empty"),
    ]
    image = written(tmp_path / "image", [layer(below), layer(above)], {TITLE: "others", "a": "b"})
    back = register(terminal, image)
    assert back["id"] == "others:1"
    assert files_of(terminal, "others:1") == {
        "changed.txt": "after",
        "empty/": "/",
        "hard.txt": "after",
        "kept.txt": "kept",
        "link.txt": "b",
        "old/b.txt": "b",
        "rooted.txt": "kept",
    }


def test_a_single_file_is_a_file(terminal: Terminal, tmp_path: Path) -> None:
    image = written(tmp_path / "image", [layer([Op("file", "models/one.txt", "1")])])
    assert register(terminal, image, "one")["isFolder"] is False


def test_artifacts_of_others(terminal: Terminal, tmp_path: Path) -> None:
    packed = layer([Op("folder", "dir"), Op("file", "dir/in.txt", "in"), Op("file", "dir/deep/x.txt", "x")])
    image = artifact(
        tmp_path / "artifact",
        [
            (b"hello", {TITLE: "hi.txt"}),
            (packed, {TITLE: "dir", "io.deis.oras.content.unpack": "true"}),
            (b"no name", {}),
        ],
    )
    register(terminal, image, "oras")
    assert files_of(terminal, "oras:1") == {"dir/deep/x.txt": "x", "dir/in.txt": "in", "hi.txt": "hello"}


HOSTILE = {
    "a link that leads out": (
        [Op("file", "etc/shadow", "secret"), Op("link", "models/a", "../etc/shadow")],
        "model-image-invalid",
    ),
    "a link to a folder": ([Op("file", "models/d/a", "a"), Op("link", "models/b", "d")], "model-image-invalid"),
    "a link to nothing": ([Op("file", "models/b", "a"), Op("link", "models/a", "none")], "model-image-invalid"),
    "a link in a circle": ([Op("file", "models/b", "a"), Op("link", "models/a", "a")], "model-image-invalid"),
    "no models": ([Op("file", "model/a", "a")], "model-image-invalid"),
    "an empty one": ([Op("folder", "models")], "model-path-empty"),
    "a name that climbs": ([Op("file", "models/../../a", "a")], "model-image-invalid"),
    "names that clash": ([Op("file", "models/a", "a"), Op("file", "models/A", "a")], "model-path-clash"),
    "a name for Windows": ([Op("file", "models/a\\b", "a")], "model-path-unsupported"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_images_that_are_refused(terminal: Terminal, tmp_path: Path, case: str) -> None:
    ops, code = HOSTILE[case]
    error = refused(terminal, written(tmp_path / "image", [layer(ops)]))
    assert error["code"] == code, error


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("/etc/passwd", "model-path-unsupported"),
        ("../up.txt", "model-path-unsupported"),
        ("a/../../b", "model-path-unsupported"),
        ("C:/a", "model-path-unsupported"),
        ("a\\b", "model-path-unsupported"),
        ("a//b", "model-path-unsupported"),
        ("line\nbreak", "model-path-unsupported"),
        ("n" * 300, "model-path-unsupported"),
        ("", "model-image-invalid"),
    ],
)
def test_titles_that_are_refused(terminal: Terminal, tmp_path: Path, title: str, code: str) -> None:
    error = refused(terminal, artifact(tmp_path / "artifact", [(b"x", {TITLE: title})]))
    assert error["code"] == code, error


def test_a_packed_folder_stays_in_its_place(terminal: Terminal, tmp_path: Path) -> None:
    packed = layer([Op("file", "dir/a", "a"), Op("file", "other/b", "b")])
    image = artifact(tmp_path / "artifact", [(packed, {TITLE: "dir", "io.deis.oras.content.unpack": "true"})])
    assert refused(terminal, image)["code"] == "model-image-invalid"


def test_a_file_with_holes_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with (tmp_path / "models" / "holes").open("wb") as stream:
        stream.truncate(1 << 20)
        stream.write(b"end")
        stream.seek(4 << 20)
        stream.write(b"end")
    tar = subprocess.run(["tar", "-S", "-cf", "-", "-C", tmp_path, "models"], capture_output=True, check=True).stdout
    error = refused(terminal, written(tmp_path / "image", [tar]))
    assert error["code"] == "model-image-invalid"
    assert "holes" in error["message"]


@pytest.mark.parametrize("form", ["image", "artifact"])
def test_damaged_bytes_are_refused(terminal: Terminal, tmp_path: Path, form: str) -> None:
    push(terminal, "Nested:1", "--to", f"oci:{tmp_path / 'layout'}", "--as", form)
    largest = max((tmp_path / "layout" / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[-1] ^= 1
    largest.chmod(0o644)
    largest.write_bytes(content)
    error = refused(terminal, f"oci:{tmp_path / 'layout'}")
    assert error["code"] == "model-image-invalid", error
    assert "do not match their digest" in error["message"]


def refused(terminal: Terminal, image: str) -> dict[str, Any]:
    """The error; and nothing has come of it."""
    error = terminal.refused("model", "register", "nothing", "--from", image)
    assert terminal.json("model", "list", "--name", "nothing")["models"] == []
    assert not list((terminal.home / "workspaces" / "local" / "tmp").glob("model-image-*"))
    return error


def test_what_is_not_there(terminal: Terminal, address: str, tmp_path: Path) -> None:
    assert refused(terminal, f"oci://{address}/none:1")["code"] == "image-pull-failed"
    assert refused(terminal, f"oci:{tmp_path / 'none'}")["code"] == "model-image-invalid"
    assert refused(terminal, f"archive:{tmp_path / 'none'}")["code"] == "model-image-invalid"
    assert refused(terminal, "oci://127.0.0.1:9/none:1")["code"] == "registry-unreachable"
    assert refused(terminal, "oci://A B")["code"] == "image-reference-invalid"


def test_who_names_it(terminal: Terminal, tmp_path: Path) -> None:
    image = written(tmp_path / "image", [layer([Op("file", "models/a", "a")])])
    assert terminal.refused("model", "register", "--from", image)["code"] == "model-name-invalid"
    terminal.refused("model", "register", "a", "--name", "b", "--from", image, code=2)
    terminal.refused("model", "register", "a", "--unpack", "--from", image, code=2)


def test_pushes_that_are_refused(terminal: Terminal, address: str, tmp_path: Path) -> None:
    def code(*words: str) -> str:
        return str(terminal.refused("model", "push", *words)["code"])

    assert code("factor:1") == "package-kind-wrong"
    assert code("none:1", f"{address}/a:1") == "model-not-found"
    assert code("factor:1", "A B") == "image-reference-invalid"
    assert code("factor:1", "--to", str(tmp_path / "x")) == "package-kind-wrong"
    assert code("factor:1", "--to", f"archive:{tmp_path / 'x'}", "--as", "artifact") == "package-kind-wrong"
    assert code("factor:1", f"{address}/a:1", "--base", f"oci:{tmp_path / 'none'}") == "base-image-invalid"
    assert code("factor:1", "127.0.0.1:9/a:1") == "registry-unreachable"
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / ".wh.a").write_text("a")
    terminal.ok("model", "register", str(tmp_path / "odd"), "--name", "odd")
    assert code("odd:1", f"{address}/a:1") == "model-path-unsupported"
    assert no_manifest(address, "a")
    push(terminal, "odd:1", f"{address}/odd:1", "--as", "artifact")
    register(terminal, f"{address}/odd:1", "odd")


def test_a_registry_wants_a_password(terminal: Terminal, tmp_path: Path) -> None:
    login = ("--username", USER, "--password-stdin")
    with real_registry(tmp_path / "registry", auth=accounts(tmp_path / "accounts")) as closed:
        error = terminal.refused("model", "push", "factor:1", f"{closed}/secret:1")
        assert error["code"] == "registry-refused"
        words = ("factor:1", f"{closed}/secret:1", "--registry", closed, *login)
        terminal.ok("model", "push", *words, stdin=f"{PASSWORD}\n")
        assert refused(terminal, f"{closed}/secret:1")["code"] == "registry-refused"
        words = ("secret", "--from", f"{closed}/secret:1", "--registry", closed, *login)
        told = terminal.ok("model", "register", *words, stdin=f"{PASSWORD}\n")
        assert "registered secret:1" in told


# ---------------------------------------------------------------------------------------------- cancelled


class StuckRegistry(ThreadingHTTPServer):
    """Has the documents of an image, takes uploads, and answers nothing else."""

    daemon_threads = True

    def __init__(self, manifest: bytes, config: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Stuck)
        self.documents = {"manifests": (MANIFEST, manifest), digest_of(config): (CONFIG, config)}
        self.reached = threading.Event()
        """Somebody waits for something else."""
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class _Stuck(BaseHTTPRequestHandler):
    server: StuckRegistry

    def do_GET(self) -> None:
        for name, (media_type, content) in self.server.documents.items():
            if name in self.path:
                self.send_response(200)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return
        self.do_HEAD()

    def do_HEAD(self) -> None:
        self.server.reached.set()
        self.server.over.wait(patience(60))

    def do_POST(self) -> None:
        """An upload is begun, which whoever asks takes back."""
        self.send_response(202 if self.command == "POST" else 204)
        self.send_header("Location", "/v2/a/blobs/uploads/begun")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_DELETE = do_POST

    def log_message(self, format: str, *arguments: object) -> None: ...


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def stuck(terminal: Terminal, tmp_path: Path) -> Iterator[StuckRegistry]:
    push(terminal, "Nested:1", "--to", f"oci:{tmp_path / 'stuck'}")
    root = tmp_path / "stuck"
    (entry,) = json.loads((root / "index.json").read_text())["manifests"]
    document = (root / "blobs" / "sha256" / entry["digest"].removeprefix("sha256:")).read_bytes()
    digest = json.loads(document)["config"]["digest"].removeprefix("sha256:")
    server = StuckRegistry(document, (root / "blobs" / "sha256" / digest).read_bytes())
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "words", [("model", "push", "Nested:1", "AT/a:1"), ("model", "register", "nothing", "--from", "oci://AT/a:1")]
)
def test_a_cancel_leaves_nothing(terminal: Terminal, stuck: StuckRegistry, words: tuple[str, ...]) -> None:
    process = terminal.start(*(each.replace("AT", f"127.0.0.1:{stuck.server_port}") for each in words), "--json")
    assert stuck.reached.wait(patience(60))
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(None, timeout=60)
    assert (process.returncode, out) == (130, b""), told
    assert json.loads(told)["error"]["code"] == "cancelled"
    assert terminal.json("model", "list", "--name", "nothing")["models"] == []
    assert not list((terminal.home / "workspaces" / "local" / "tmp").glob("model-image-*"))
