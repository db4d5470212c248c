"""Of what images consist and what differs between two: kept content, a real registry, a Docker image."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from docker_daemon import base_image, docker
from packages.test_kept_content import address
from packages.test_without_docker import SCRIPT, base, package, project

__all__ = ["address", "base"]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, address: str, base: Path) -> Terminal:
    """`package:1` and `package:2` are kept and differ in their script, `more:1` in a registry has one package more."""
    terminal = project(tmp_path_factory.mktemp("layers"), SCOREDOCK_BASE_IMAGE=f"{address}/bases/python:1")
    deploy = ("package", "create", "--entry-script", "score.py", "--environment-file", "conda.yml")
    terminal.json(*deploy, "--model", "factor:1", "--image", "--il", "1")
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    (terminal.folder / "notes.txt").write_text("new\n")
    terminal.json(*deploy, "--model", "factor:1", "--image", "--il", "2")
    conda = terminal.folder / "conda.yml"
    conda.write_text(conda.read_text().replace("    - six\n", "    - six\n    - colorama==0.4.6\n"))
    terminal.json(*deploy, "--model", "factor:1", "--push", f"{address}/team/more:1")
    return terminal


def holds(image: dict[str, Any]) -> list[str]:
    return [each["holds"] for each in image["layers"]]


def image_of(terminal: Terminal, id: str) -> dict[str, Any]:
    (image,) = [each for each in terminal.json("image", "list")["images"] if each["asset"]["id"] == id]
    return image  # type: ignore[no-any-return]


def test_the_layers_of_a_kept_image(terminal: Terminal) -> None:
    image = terminal.json("image", "layers", "package:1")
    assert (image["reference"], image["platform"]) == ("package:1", "linux/amd64")
    assert image["digest"] == image_of(terminal, "package:1")["digest"]
    assert image["size"] == sum(each["size"] for each in image["layers"])
    assert holds(image)[-5:] == ["base", "packages", "runtime", "model", "code"]
    assert set(holds(image)[:-4]) == {"base"}, "the base is an image of ours"
    packages, runtime, model, code = image["layers"][-4:]
    shared = [sorted(each["sharedWith"]) for each in (packages, runtime, model, code)]
    assert shared == [["more:1", "package:2"]] * 3 + [[]], "the base of more:1 has the same packages"
    assert (model["model"], model["isRegistered"]) == ("factor:1", True)
    assert packages["unpackedSize"] > packages["size"] > 0
    assert image["layers"][0]["unpackedSize"] > 100_000_000
    assert image["layers"][0]["instruction"] != ""
    text = terminal.ok("image", "layers", "package:1")
    assert "model factor:1" in text
    assert "SHARED WITH" in text


def test_the_layers_of_an_image_in_a_registry(terminal: Terminal, address: str) -> None:
    """By its reference nothing is read but its documents; the record says the same."""
    image = terminal.json("image", "layers", f"{address}/team/more:1")
    assert image["layers"] == terminal.json("image", "layers", "more:1")["layers"]
    model, code = image["layers"][-2:]
    assert (sorted(model["sharedWith"]), code["sharedWith"]) == (["package:1", "package:2"], [])
    foreign = terminal.json("image", "layers", f"{address}/bases/python:1")
    assert sorted(foreign["layers"][0]["sharedWith"]) == ["more:1", "package:1", "package:2"]


def test_an_environment_with_one_package_more_shows_that_package(terminal: Terminal) -> None:
    found = terminal.json("image", "diff", "package:2", "more:1")
    assert [each["holds"] for each in found["firstOnly"]] == ["packages", "code"]
    assert found["same"][-1]["model"] == "factor:1"
    inside = [each for each in found["files"] if "/site-packages/" in each["path"]]
    names = {each["path"].partition("/site-packages/")[2].partition("/")[0] for each in inside}
    assert names == {"colorama", "colorama-0.4.6.dist-info"}
    assert {each["change"] for each in inside} == {"added"}
    others = [each["path"].rpartition("/")[2] for each in found["files"] if each not in inside]
    assert others == ["sbom.cdx.json", "scoredock-licences.json", "scoredock-lock-hashes.txt"]
    assert found["added"] == len(found["files"]) - 3
    assert (found["removed"], found["changed"]) == (0, 3)


def test_a_changed_script_and_its_text(terminal: Terminal) -> None:
    found = terminal.json("image", "diff", "package:1", "package:2")
    changed = {each["path"]: each for each in found["files"]}
    script = changed["/var/azureml-app/score.py"]
    assert (script["change"], script["kind"], script["isComparable"]) == ("changed", "file", True)
    assert script["afterSize"] == script["beforeSize"] + 4
    assert "~ /var/azureml-app/score.py" in terminal.ok("image", "diff", "package:1", "package:2")
    texts = terminal.json("image", "diff", "package:1", "package:2", "--path", "/var/azureml-app/score.py")
    assert texts == {"before": SCRIPT, "after": SCRIPT.replace("* factor", "* factor + 1")}
    lines = terminal.ok("image", "diff", "package:1", "package:2", "--path", "/var/azureml-app/score.py").splitlines()
    assert lines[0] == "--- package:1/var/azureml-app/score.py"
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        '-    return sum(json.loads(data)["data"]) * factor',
        '+    return sum(json.loads(data)["data"]) * factor + 1',
    ]
    same = terminal.json("image", "diff", "package:1", "package:1")
    assert (same["files"], same["firstOnly"], len(same["same"])) == ([], [], len(found["same"]) + 1)


def test_layers_that_both_have_are_not_read(terminal: Terminal) -> None:
    image = terminal.json("image", "layers", "package:1")
    packages = image["layers"][-4]["digest"].removeprefix("sha256:")
    (blob,) = terminal.home.rglob(f"blobs/sha256/{packages}")
    aside = blob.with_name("aside")
    blob.rename(aside)
    try:
        assert terminal.json("image", "diff", "package:1", "package:2")["changed"] == 2
        error = terminal.refused("image", "diff", "package:1", "more:1")
    finally:
        aside.rename(blob)
    assert error["code"] == "image-layers-unreadable"
    assert "is missing" in error["message"]


def test_what_cannot_be_read_says_why(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    """A record whose image is nowhere any more."""
    package(terminal, base, "--to", f"oci:{tmp_path / 'layout'}", "--image-name", "gone")
    shutil.rmtree(tmp_path / "layout")
    # Manifest and configuration are still here.
    assert holds(terminal.json("image", "layers", "gone:1"))[-1] == "code"
    error = terminal.refused("image", "diff", "gone:1", "package:1")
    assert (error["code"], "no longer where it was written" in error["message"]) == ("image-missing", True)
    manifest = image_of(terminal, "gone:1")["digest"].removeprefix("sha256:")
    (blob,) = terminal.home.rglob(f"blobs/sha256/{manifest}")
    blob.unlink()
    assert terminal.refused("image", "layers", "gone:1")["code"] == "image-missing"


@pytest.mark.long("test_the_layers_of_a_kept_image has the list")
def test_an_image_in_docker(terminal: Terminal, tmp_path: Path) -> None:
    """The same layers by their diff ids, and its files through `docker save`."""
    saved = terminal.json("package", "save", "package:1", "-o", str(tmp_path / "image.tar"))
    name = f"scoredock-layers-test:{os.getpid()}"
    with_docker = Terminal(terminal.home, terminal.folder, env={**terminal.env, "DOCKER_HOST": docker().endpoint})
    with Path(saved["path"]).open("rb") as stream:
        docker().patient.load_image(stream)
    try:
        docker().api.tag("package:1", *name.split(":"))
        image = with_docker.json("image", "layers", name)
        content = terminal.json("image", "layers", "package:1")
        assert [each["diffId"] for each in image["layers"]] == [each["diffId"] for each in content["layers"]]
        assert (holds(image), image["imageId"]) == (holds(content), content["imageId"])
        assert image["layers"][-2]["model"] == "factor:1"
        assert image["layers"][-1]["sharedWith"] == ["package:1"]
        assert [each["size"] for each in image["layers"]] == [None] * len(image["layers"])
        found = with_docker.json("image", "diff", name, "package:2")
        assert [each["path"] for each in found["files"]] == ["/var/azureml-app/main.py", "/var/azureml-app/score.py"]
        assert not list(terminal.home.rglob("scoredock-base-*")), "what was saved is gone"
        container = docker().api.create_container(name)["Id"]
        docker().api.commit(container, *f"{name}-more".split(":"), changes=["ENV TOKEN=canary-hunter22"])
        docker().api.remove_container(container)
        told = with_docker.ok("image", "diff", "package:1", f"{name}-more")
        assert "environment variables that differ: TOKEN" in told
        assert "canary" not in told + with_docker.ok("image", "diff", "package:1", f"{name}-more", "--json")
    finally:
        docker().api.remove_image(f"{name}-more", force=True)
        docker().api.remove_image(name, force=True)
        docker().api.remove_image("package:1", force=True)


@pytest.mark.long("test_the_layers_of_a_kept_image has the list")
def test_the_list_ends_and_the_counts_do_not(terminal: Terminal, tmp_path: Path) -> None:
    """Of an image in Docker with more files than an answer has, beside its base."""
    name = f"scoredock-many-files-test:{os.getpid()}"
    with_docker = Terminal(terminal.home, terminal.folder, env={**terminal.env, "DOCKER_HOST": docker().endpoint})
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for number in range(2_100):
            archive.addfile(tarfile.TarInfo(f"many/file{number:04}"))
    container = docker().api.create_container(base_image(), command=["true"])["Id"]
    try:
        docker().api.put_archive(container, "/", tar.getvalue())
        docker().api.commit(container, *name.split(":"))
        found = with_docker.json("image", "diff", base_image(), name)
        assert (found["added"], found["removed"], found["changed"], len(found["files"])) == (2_100, 0, 0, 2_000)
        assert "… and 100 more" in with_docker.ok("image", "diff", base_image(), name)
        (row,) = with_docker.json("image", "diff", name, base_image())["firstOnly"]
        assert row["holds"] == ""
        error = with_docker.refused("image", "layers", "nothing-of-this-name:1")
        assert error["code"] == "image-missing"
    finally:
        docker().api.remove_container(container)
        docker().api.remove_image(name, force=True)
