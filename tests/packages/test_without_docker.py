"""Packages as images that no daemon takes part in: into a layout, an archive, a registry; run by others."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from docker_daemon import base_image, docker, missing
from oci_registry.fault_proxy import Fault, fault_proxy
from oci_registry.real_registry import real_registry
from oci_registry.small_registry import small_registry
from pace import patience
from ports import free_port

NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
"""Whoever asks a daemon fails."""
SCRIPT = """
import json
import os
from pathlib import Path


def init():
    global factor
    factor = int((Path(os.environ["AZUREML_MODEL_DIR"]) / "factor.txt").read_text())


def run(data):
    return sum(json.loads(data)["data"]) * factor
"""
CONDA = "name: plain\ndependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n    - six\n"
SMALL = 100_000
"""Bytes of what a changed script may send."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base image as a file, as `docker save` writes it."""
    file = tmp_path_factory.mktemp("base") / "base.tar"
    image = base_image()
    with file.open("wb") as stream:
        for piece in docker().patient.get_image(image):
            stream.write(piece)
    return file


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return project(tmp_path_factory.mktemp("content"))


def project(folder: Path, **variables: str) -> Terminal:
    """A script, its environment and a registered model."""
    source = folder / "project"
    source.mkdir(parents=True)
    (source / "score.py").write_text(SCRIPT)
    (source / "conda.yml").write_text(CONDA)
    (source / "factor.txt").write_text("10")
    terminal = Terminal(folder / "home", source, env={**NOWHERE, **variables})
    terminal.ok("model", "register", "factor.txt", "--name", "factor")
    return terminal


def words(base: Path, *where: str) -> tuple[str, ...]:
    deploy = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
    return ("package", "create", *deploy, "--base", f"archive:{base}", *where)


def package(terminal: Terminal, base: Path, *where: str) -> dict[str, Any]:
    return json.loads(terminal.ok(*words(base, *where), "--json"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def manifest_of(layout: Path) -> dict[str, Any]:
    (entry,) = json.loads((layout / "index.json").read_text())["manifests"]
    return json.loads(blob(layout, entry["digest"]))  # type: ignore[no-any-return]


def blob(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / "sha256" / digest.partition(":")[2]).read_bytes()


def answered(image: str) -> int:
    """What a container of the image says to a request; its id is removed."""
    port = free_port()
    run = ["docker", "run", "-d", "-p", f"127.0.0.1:{port}:5001", "--read-only", "--tmpfs", "/tmp"]
    environment = {**os.environ, "DOCKER_HOST": docker().endpoint}
    container = subprocess.run(
        [*run, "--volume", "/var/scoredock", image], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    try:
        deadline = time.monotonic() + patience(60)
        while True:
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{port}/score", b'{"data": [1, 2]}')
                request.add_header("Content-Type", "application/json")
                return int(urllib.request.urlopen(request, timeout=10).read())
            except OSError:
                assert time.monotonic() < deadline, docker().api.logs(container).decode()
                time.sleep(0.2)
    finally:
        docker().api.remove_container(container, force=True, v=True)


def test_an_archive_is_loaded_and_answers(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    made = package(terminal, base, "--to", f"archive:{tmp_path / 'image.tar'}", "--image-name", "content-test")
    *_, load, run = terminal.ok(*words(base, "--to", f"archive:{tmp_path / 'again.tar'}")).splitlines()
    assert load == f"  docker load --input {tmp_path / 'again.tar'}"
    assert run.startswith("  docker run ")
    environment = {**os.environ, "DOCKER_HOST": docker().endpoint}
    subprocess.run(["docker", "load", "-i", made["path"]], env=environment, check=True, capture_output=True)
    try:
        assert docker().api.inspect_image(made["image"])["Id"] == made["imageId"], "the id is known before it is loaded"
        assert answered(made["image"]) == 30
    finally:
        docker().api.remove_image(made["image"], force=True)


def test_a_changed_script_sends_one_small_layer(
    tmp_path_factory: pytest.TempPathFactory, base: Path, address: str
) -> None:
    terminal = project(tmp_path_factory.mktemp("changed"))
    first = package(terminal, base, "--push", f"{address}/team/prices:1")
    assert first["presentBytes"] == 0
    same = package(terminal, base, "--push", f"{address}/team/prices:again")
    assert (same["digest"], same["sentBytes"]) == (first["digest"], 0)
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    changed = package(terminal, base, "--push", f"{address}/team/prices:2")
    assert 0 < changed["sentBytes"] < SMALL
    before, after = (manifest(address, "team/prices", name) for name in ("1", "2"))
    assert [one == other for one, other in zip(before["layers"], after["layers"], strict=True)][-1] is False
    assert before["layers"][:-1] == after["layers"][:-1]
    other = package(terminal, base, "--push", f"{address}/others/prices:1")
    assert other["digest"] == changed["digest"]
    reference = f"{address}/team/prices:2"
    docker().api.pull(f"{address}/team/prices", tag="2")
    try:
        assert answered(reference) == 31
    finally:
        docker().api.remove_image(reference, force=True)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Podman takes no place of its own of more than 50 characters."""
    folder = Path(tempfile.mkdtemp(prefix="sd-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.long("tests/packages/test_bare_root.py has podman")
def test_podman_pulls_it_and_it_answers(terminal: Terminal, base: Path, address: str, short_folder: Path) -> None:
    if not shutil.which("podman"):
        missing("podman")
    reference = f"{address}/team/podman:1"
    made = package(terminal, base, "--push", reference)
    assert made["run"][-1] == reference
    # Its containers are in no network: the question comes from within.
    ask = (
        "from urllib.request import Request, urlopen\n"
        "request = Request('http://127.0.0.1:5001/score', b'{\"data\": [1, 2]}')\n"
        "request.add_header('Content-Type', 'application/json')\n"
        "print(urlopen(request).read().decode())"
    )

    def podman(*command: str) -> str:
        places = [
            "--root",
            str(short_folder / "root"),
            "--runroot",
            str(short_folder / "run"),
            "--cgroup-manager",
            "cgroupfs",
        ]
        whole = ["podman", *places, *command]
        done = subprocess.run(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout
        return done.stdout

    try:
        podman("pull", "--quiet", "--tls-verify=false", reference)
        (image,) = json.loads(podman("image", "inspect", reference))
        assert image["Digest"] == made["digest"]
        # The limits of this machine's own may be below podman's, which the kernel then refuses.
        limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
        podman("run", "--detach", "--name", "asked", "--network", "none", *limits, reference)
        deadline = time.monotonic() + patience(60)
        while "ready for serving" not in (log := podman("logs", "asked")):
            assert time.monotonic() < deadline, log
            time.sleep(0.2)
        assert podman("exec", "asked", "/opt/scoredock/environment/bin/python", "-c", ask).strip() == "30"
    finally:
        podman("rm", "--force", "--ignore", "asked")
        podman("rmi", "--all", "--force")


def manifest(address: str, repository: str, name: str) -> dict[str, Any]:
    request = urllib.request.Request(f"http://{address}/v2/{repository}/manifests/{name}")
    request.add_header("Accept", "application/vnd.oci.image.manifest.v1+json")
    return json.loads(urllib.request.urlopen(request).read())  # type: ignore[no-any-return]


def test_a_model_is_one_layer_of_its_own(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    package(terminal, base, "--to", f"oci:{tmp_path / 'layout'}")
    layers = manifest_of(tmp_path / "layout")["layers"]
    names = {}
    for layer in layers[-2:]:
        file = tmp_path / "layer"
        file.write_bytes(blob(tmp_path / "layout", layer["digest"]))
        with tarfile.open(file) as tar:
            names[layer["digest"]] = {each.name for each in tar if each.isfile()}
            assert all(each.mtime == 0 for each in tar)
    model, code = names.values()
    assert model == {"var/azureml-app/azureml-models/factor/1/factor.txt"}
    assert "var/azureml-app/score.py" in code


def test_others_read_the_layout(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    if shutil.which("skopeo") is None:
        missing("skopeo")
    made = package(terminal, base, "--to", f"oci:{tmp_path / 'layout'}", "--image-label", "7")
    shown = subprocess.run(
        ["skopeo", "inspect", f"oci:{tmp_path / 'layout'}:7"], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(shown)["Digest"] == made["digest"]


def test_the_base_comes_from_a_registry_and_is_kept(
    tmp_path_factory: pytest.TempPathFactory, terminal: Terminal, base: Path, tmp_path: Path
) -> None:
    with real_registry(tmp_path_factory.mktemp("bases")) as address:
        package(terminal, base, "--push", f"{address}/bases/own:1")
        fresh = project(tmp_path / "fresh")
        deploy = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
        named = ("package", "create", *deploy)
        refused = fresh.refused(
            *named, "--base", f"{address}/bases/own:1", "--to", f"oci:{tmp_path / 'a'}", "--offline"
        )
        assert refused["code"] == "image-missing"
        first = json.loads(
            fresh.ok(*named, "--base", f"{address}/bases/own:1", "--to", f"oci:{tmp_path / 'b'}", "--json")
        )
    # The registry is gone; what was read of it is here.
    again = json.loads(
        fresh.ok(*named, "--base", f"{address}/bases/own:1", "--to", f"oci:{tmp_path / 'c'}", "--offline", "--json")
    )
    assert first["digest"] == again["digest"]


SECRET = "canary-8812"
LEFT_OUT = "Left out, because .dockerignore excludes it or because it may contain secrets: .env, tls.key."
HOLDS = "Left out of the service: other.yml, because it holds a secret (a password in an address, line 5)"


def test_secrets_stay_here_which_is_told_before_anything_is_sent(base: Path, tmp_path: Path) -> None:
    """As a folder for Docker says it."""
    terminal = project(tmp_path / "secrets")
    for name in (".env", "tls.key"):
        (terminal.folder / name).write_text(SECRET)
    index = f"    - --extra-index-url https://ada:{SECRET}@example.com/simple\n"
    (terminal.folder / "other.yml").write_text(CONDA.replace("    - azureml-defaults\n", index))
    deploy = ("--entry-script", "score.py", "--source-directory", ".", "--environment-file", "conda.yml")
    create = ("package", "create", *deploy, "--model", "factor:1", "--base", f"archive:{base}")
    with small_registry() as registry, fault_proxy(registry.address) as proxy:
        proxy.fault = lambda method, path: Fault(status=403) if method in ("PATCH", "PUT") else None
        refused = terminal.run(*create, "--push", f"{proxy.address}/team/secrets:1")
    assert (refused.returncode, registry.blobs) == (1, {}), "whatever is told was told before"
    for sentence in (LEFT_OUT, HOLDS):
        assert sentence in refused.stderr
    made = json.loads(terminal.ok(*create, "--to", f"oci:{tmp_path / 'layout'}", "--json"))
    folder = terminal.json(
        *("package", "create", *deploy, "--model", "factor:1", "--output-path", "folder", "--base-image", "debian:12")
    )
    assert [note for note in made["notes"] if note in folder["notes"]] == made["notes"]
    assert [LEFT_OUT in "".join(made["notes"]), HOLDS in "".join(made["notes"])] == [True, True]
    for layer in manifest_of(tmp_path / "layout")["layers"][1:]:
        assert SECRET.encode() not in gzip.decompress(blob(tmp_path / "layout", layer["digest"]))


REFUSED = {
    "no layout": (("--base", "oci:nowhere", "--to", "oci:out"), "base-image-invalid", "has no file `oci-layout`"),
    "no archive": (("--base", "archive:score.py", "--to", "oci:out"), "base-image-invalid", "is not a tar archive"),
    "no file": (("--base", "archive:nowhere.tar", "--to", "oci:out"), "base-image-invalid", "it does not exist"),
    "no kind": (("--to", "out"), "package-kind-wrong", "neither a layout nor an archive"),
    "there already": (("--to", "archive:score.py"), "package-target-not-empty", "already exists"),
    "no platform": (("--to", "oci:out", "--platform", "windows"), "package-kind-wrong", "not a platform"),
    "no reference": (("--push", "not valid"), "image-reference-invalid", "is not the name of an image"),
    "nobody there": (
        ("--base", "127.0.0.1:1/x/y:1", "--to", "oci:out"),
        "registry-unreachable",
        "127.0.0.1:1 cannot be reached",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_leaves_nothing(terminal: Terminal, case: str) -> None:
    options, code, sentence = REFUSED[case]
    names = {each.name for each in terminal.folder.iterdir()}
    deploy = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
    error = terminal.refused("package", "create", *deploy, *options)
    assert (error["code"], sentence in error["message"]) == (code, True), error
    assert {each.name for each in terminal.folder.iterdir()} == names


def test_a_damaged_base_leaves_no_layout(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    """The damage shows when the layer is copied: the tree of its files was read before and is kept."""
    package(terminal, base, "--to", f"oci:{tmp_path / 'whole'}")
    content = bytearray(base.read_bytes())
    # A byte of a file within the layer, far from every head.
    at = content.index(b"Debian GNU/Linux")
    content[at] ^= 1
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(content)
    error = terminal.refused(*words(damaged, "--to", f"oci:{tmp_path / 'layout'}"))
    assert error["code"] == "base-image-invalid", error
    assert not (tmp_path / "layout").exists()


def test_another_platform_than_the_base_has(terminal: Terminal, base: Path) -> None:
    error = terminal.refused(*words(base, "--to", "oci:out", "--platform", "linux/arm64"))
    assert error["code"] == "image-platform"
    assert "linux/amd64" in error["message"]


def test_steps_of_a_dockerfile_are_told_before_anything_begins(terminal: Terminal, base: Path) -> None:
    document = {
        "entryScript": "score.py",
        "environment": {
            "name": "steps",
            "docker": {"baseDockerfile": "FROM debian\nRUN true\n", "baseImage": None},
            "python": {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["azureml-defaults"]}]}},
        },
    }
    (terminal.folder / "inference.json").write_text(json.dumps(document))
    try:
        error = terminal.refused(
            *("package", "create", "--ic", "inference.json", "--model", "factor:1"),
            *("--base", f"archive:{base}", "--to", "oci:out"),
        )
    finally:
        (terminal.folder / "inference.json").unlink()
    assert error["code"] == "image-steps-need-docker"
    assert "baseDockerfile" in error["message"]


@pytest.mark.long("tests/images builds one in a container")
def test_a_package_without_a_wheel(terminal: Terminal, base: Path) -> None:
    """It is compiled in a container only, which is said with its name."""
    (terminal.folder / "native.yml").write_text(CONDA.replace("six", "docopt==0.6.2"))
    error = terminal.refused(
        "package", "create", "--entry-script", "score.py", "--environment-file", "native.yml", "--model", "factor:1",
        "--base", f"archive:{base}", "--to", "oci:out",
    )  # fmt: skip
    assert error["code"] == "environment-build-failed"
    assert "docopt" in error["message"]
