"""Packages for several platforms under one name, and what lies beside an image: into a layout, an archive, a
registry. What is not this machine's is not run; skopeo reads it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.environments.pip.locks import HASHED_FILE
from scoredock.images import members
from scoredock.oci.archive import Archive
from scoredock.oci.content import CONFIG, INDEX, MANIFEST, Descriptor, Index, Manifest, Platform
from scoredock.oci.images import image_config
from scoredock.oci.layers import make_layer
from scoredock.oci.layout import ImageLayout
from scoredock.oci.sources import copy_image
from scoredock.progress import CancelToken

from cli.conftest import Terminal
from docker_daemon import base_image, docker, missing
from oci_base.python_files import LOADERS, program, python_files
from oci_registry.real_registry import real_registry
from oci_registry.small_registry import small_registry
from package_index import write_wheel
from packages.test_without_docker import CONDA, SCRIPT, answered, project

BOTH = ("linux/amd64", "linux/arm64")
DEPLOY = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
SBOM, PROVENANCE = "application/vnd.cyclonedx+json", "application/vnd.in-toto+json"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layout with a base for two platforms under one name."""
    layout = ImageLayout.create(tmp_path_factory.mktemp("bases") / "base")
    entries = [put_base(layout, architecture) for architecture in LOADERS]
    layout.add("3.11", layout.store.put(Index(tuple(entries)).to_bytes(), INDEX))
    return layout.store.path(entries[0].digest).parents[2]


def put_base(layout: ImageLayout, architecture: str) -> Descriptor:
    files = python_files(
        "usr/local",
        "3.11",
        program(LOADERS[architecture], machine=architecture),
        loader=LOADERS[architecture],
    )
    files["etc/passwd"] = "root:x:0:0:root:/root:/bin/sh\n"
    layer = make_layer(
        members.stream(
            [
                members.LayerMember(path.strip("/"), content, len(content), 0o755)
                for path, text in files.items()
                for content in [text if isinstance(text, bytes) else text.encode()]
            ],
            CancelToken(),
        ),
        layout.store,
        "gzip",
    )
    config = image_config(
        {"architecture": architecture, "os": "linux"}, [(layer, "python")], {"Env": ["PYTHON_VERSION=3.11.9"]}
    )
    manifest = Manifest(layout.store.put(config, CONFIG), (layer.descriptor,))
    stored = layout.store.put(manifest.to_bytes(), MANIFEST)
    return Descriptor(MANIFEST, stored.digest, stored.size, platform=Platform("linux", architecture))


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return project(tmp_path_factory.mktemp("platforms"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def words(base: Path, *where: str) -> tuple[str, ...]:
    return ("package", "create", *DEPLOY, "--base", f"oci:{base}:3.11", "--platform", ",".join(BOTH), *where)


def package(terminal: Terminal, base: Path, *where: str) -> dict[str, Any]:
    return json.loads(terminal.ok(*words(base, *where), "--json"))  # type: ignore[no-any-return]


def entries_of(layout: Path) -> list[dict[str, Any]]:
    return json.loads((layout / "index.json").read_text())["manifests"]  # type: ignore[no-any-return]


def document(layout: Path, digest: str) -> dict[str, Any]:
    return json.loads(content(layout, digest))  # type: ignore[no-any-return]


def content(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / "sha256" / digest.partition(":")[2]).read_bytes()


def skopeo(*arguments: str) -> str:
    if shutil.which("skopeo") is None:
        missing("skopeo")
    return subprocess.run(["skopeo", *arguments], capture_output=True, text=True, check=True).stdout


def test_a_layout_has_both_under_one_name(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    made = package(terminal, base, "--to", f"oci:{layout}", "--image-label", "7")
    assert [each["platform"] for each in made["images"]] == list(BOTH)
    (entry,) = entries_of(layout)
    assert (entry["digest"], entry["mediaType"]) == (made["digest"], INDEX)
    raw = skopeo("inspect", "--raw", f"oci:{layout}:7")
    assert f"sha256:{hashlib.sha256(raw.encode()).hexdigest()}" == made["digest"]
    index = json.loads(raw)
    assert [each["digest"] for each in index["manifests"]] == [each["digest"] for each in made["images"]]
    assert [each["platform"] for each in index["manifests"]] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64"},
    ]
    configs = [document(layout, document(layout, each["digest"])["config"]["digest"]) for each in index["manifests"]]
    assert [each["architecture"] for each in configs] == ["amd64", "arm64"]
    one, other = (document(layout, each["digest"])["layers"] for each in index["manifests"])
    assert one[-2] == other[-2], "the layer of the model is one"
    assert one[0] != other[0], "each is on a base of its own"


def test_annotations_are_facts_of_the_content(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    """They name the base by its digest, and no time, so that the same again is the same."""
    first = package(terminal, base, "--to", f"oci:{tmp_path / 'one'}", "--image-label", "1")
    second = package(terminal, base, "--to", f"oci:{tmp_path / 'two'}", "--image-label", "2")
    assert first["digest"] == second["digest"]
    (named,) = entries_of(base)
    bases = [each["digest"] for each in document(base, named["digest"])["manifests"]]
    index = document(tmp_path / "one", first["digest"])
    common = {
        "org.opencontainers.image.title": "package",
        "org.opencontainers.image.version": "1",
        "org.opencontainers.image.description": "Scoring service package, revision 1 with factor:1",
    }
    assert index["annotations"] == common
    for entry, digest in zip(index["manifests"], bases, strict=True):
        annotations = document(tmp_path / "one", entry["digest"])["annotations"]
        assert annotations == {**common, "org.opencontainers.image.base.digest": digest}


def test_an_archive_has_both_and_docker_load_gets_one(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    made = package(terminal, base, "--to", f"archive:{tmp_path / 'image.tar'}", "--image-label", "7")
    with tarfile.open(tmp_path / "image.tar") as tar:
        (saved,) = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
        (entry,) = json.loads(tar.extractfile("index.json").read())["manifests"]  # type: ignore[union-attr]
    assert entry["digest"] == made["digest"]
    assert saved["Config"] == f"blobs/sha256/{made['images'][0]['imageId'].partition(':')[2]}"
    assert made["imageId"] == made["images"][0]["imageId"]
    skopeo("copy", "--all", f"oci-archive:{tmp_path / 'image.tar'}:package:7", f"oci:{tmp_path / 'copy'}:7")
    assert entries_of(tmp_path / "copy")[0]["digest"] == made["digest"]
    # It is a base of others, for each of its platforms.
    again = ("--base", f"archive:{tmp_path / 'image.tar'}", "--to", f"oci:{tmp_path / 'above'}")
    json.loads(terminal.ok("package", "create", *DEPLOY, "--platform", "linux/arm64", *again, "--json"))


@pytest.mark.long("an archive is loaded by Docker at the gate")
def test_docker_loads_the_image_of_this_machine(terminal: Terminal, tmp_path: Path) -> None:
    """The other one is beside it, and Docker leaves it."""
    file = tmp_path / "base.tar"
    with file.open("wb") as stream:
        for piece in docker().patient.get_image(base_image()):
            stream.write(piece)
    archive = Archive.open(file)
    own = archive.resolve("", None)
    architecture = own.descriptor.platform.architecture  # type: ignore[union-attr]
    (other,) = set(LOADERS) - {architecture}
    layout = ImageLayout.create(tmp_path / "base")
    copy_image(archive, own, layout.store, CancelToken())
    entries = (put_base(layout, other), own.descriptor)
    layout.add("3.11", layout.store.put(Index(entries).to_bytes(), INDEX))
    made = package(
        terminal, tmp_path / "base", "--to", f"archive:{tmp_path / 'image.tar'}", "--image-name", "both-test"
    )
    assert made["imageId"] == made["images"][BOTH.index(f"linux/{architecture}")]["imageId"]
    environment = {**os.environ, "DOCKER_HOST": docker().endpoint}
    subprocess.run(["docker", "load", "-i", made["path"]], env=environment, check=True, capture_output=True)
    try:
        assert docker().api.inspect_image(made["image"])["Id"] == made["imageId"]
        assert answered(made["image"]) == 30
    finally:
        docker().api.remove_image(made["image"], force=True)


def test_a_registry_gets_the_list_last(terminal: Terminal, base: Path, tmp_path: Path, address: str) -> None:
    made = package(terminal, base, "--push", f"{address}/team/both:1")
    assert made["sentBytes"] > 0
    remote = ("--src-tls-verify=false", f"docker://{address}/team/both:1")
    skopeo("copy", "--all", *remote, f"oci:{tmp_path / 'copy'}:1")
    assert entries_of(tmp_path / "copy")[0]["digest"] == made["digest"]
    docker().api.pull(f"{address}/team/both", tag="1")
    try:
        pulled = docker().api.inspect_image(f"{address}/team/both:1")
        assert pulled["Id"] == made["imageId"], "Docker chooses what is for its machine"
    finally:
        docker().api.remove_image(f"{address}/team/both:1", force=True)
    again = package(terminal, base, "--push", f"{address}/team/both:2")
    assert (again["digest"], again["sentBytes"]) == (made["digest"], 0)
    assert again["presentBytes"] == made["sentBytes"] + made["presentBytes"], "each blob is counted once"


def test_one_platform_is_a_manifest_as_before(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    arguments = ("--base", f"oci:{base}:3.11", "--platform", "linux/arm64", "--platform", "linux/arm64")
    text = terminal.ok("package", "create", *DEPLOY, *arguments, "--to", f"oci:{tmp_path / 'layout'}", "--json")
    made = json.loads(text)
    (entry,) = entries_of(tmp_path / "layout")
    assert (entry["digest"], entry["mediaType"]) == (made["digest"], MANIFEST)
    both = package(terminal, base, "--to", f"oci:{tmp_path / 'both'}")
    assert made["digest"] == both["images"][1]["digest"], "alone and among others it is the same"


def test_what_is_beside_the_images_of_a_layout(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    attach = ("--attach", "sbom", "--attach", "provenance")
    made = package(terminal, base, "--to", f"oci:{layout}", "--image-label", "7", *attach)
    assert made["attached"] == 4
    *beside, named = entries_of(layout)
    assert named["digest"] == made["digest"]
    artifacts = [document(layout, each["digest"]) for each in beside]
    subjects = [each["digest"] for each in made["images"]]
    assert [(each["artifactType"], each["subject"]["digest"]) for each in artifacts] == [
        (kind, subject) for subject in subjects for kind in (SBOM, PROVENANCE)
    ]
    assert [each["artifactType"] for each in beside] == [each["artifactType"] for each in artifacts]
    for subject, bill in zip(subjects, artifacts[::2], strict=True):
        (layer,) = bill["layers"]
        held = content(layout, layer["digest"])
        assert json.loads(held)["bomFormat"] == "CycloneDX"
        assert held == file_in(layout, subject, "opt/scoredock/environment/sbom.cdx.json"), "the same as in the image"
    for each, image in zip(artifacts[1::2], made["images"], strict=True):
        require_provenance(json.loads(content(layout, each["layers"][0]["digest"])), image, layout)
    again = package(terminal, base, "--to", f"oci:{tmp_path / 'again'}", "--image-label", "7", *attach)
    assert again["digest"] == made["digest"]
    assert entries_of(tmp_path / "again") == entries_of(layout), "no time in any of it"
    # What lies beside images is not an image: the layout is a base by its name and without one.
    for name in (f"oci:{layout}:7", f"oci:{layout}"):
        to = f"oci:{tmp_path / 'above'}"
        terminal.ok("package", "create", *DEPLOY, "--base", name, "--platform", "linux/arm64", "--to", to)
    assert json.loads(skopeo("inspect", "--raw", f"oci:{layout}:7"))["manifests"]


def require_provenance(statement: dict[str, Any], image: dict[str, Any], layout: Path) -> None:
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert statement["subject"][0]["digest"] == {"sha256": image["digest"].partition(":")[2]}
    definition = statement["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["platform"] == image["platform"]
    materials = {each["name"]: each.get("digest") for each in definition["resolvedDependencies"]}
    annotations = document(layout, image["digest"])["annotations"]
    assert f"sha256:{materials['base image']['sha256']}" == annotations["org.opencontainers.image.base.digest"]
    lock = file_in(layout, image["digest"], f"opt/scoredock/environment/{HASHED_FILE}")
    assert materials["packages"] == {"sha256": hashlib.sha256(lock).hexdigest()}, "of the lock in the image"
    assert len(materials["model factor:1"]["sha256"]) == 64
    assert statement["predicate"]["runDetails"]["builder"]["version"]["scoredock"]


def file_in(layout: Path, digest: str, path: str) -> bytes:
    for layer in document(layout, digest)["layers"]:
        with tarfile.open(fileobj=io.BytesIO(content(layout, layer["digest"]))) as tar:
            if path in tar.getnames():
                return tar.extractfile(path).read()  # type: ignore[union-attr]
    raise AssertionError(path)


def test_the_commit_is_in_the_provenance(tmp_path: Path, base: Path) -> None:
    """Where the files are those of the commit."""
    terminal = project(tmp_path / "committed")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git = ("git", *identity, "-C", str(terminal.folder))
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run([*git, *arguments], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    create = ("package", "create", *DEPLOY, "--base", f"oci:{base}:3.11", "--platform", "linux/arm64")

    def dependencies(layout: Path) -> list[dict[str, Any]]:
        said, named = entries_of(layout)
        statement = document(layout, document(layout, said["digest"])["layers"][0]["digest"])
        assert statement["subject"][0]["digest"]["sha256"] == named["digest"].partition(":")[2]
        return statement["predicate"]["buildDefinition"]["resolvedDependencies"]  # type: ignore[no-any-return]

    terminal.ok(*create, "--to", f"oci:{tmp_path / 'clean'}", "--attach", "provenance")
    assert {"name": "source", "digest": {"gitCommit": commit}} in dependencies(tmp_path / "clean")
    (terminal.folder / "score.py").write_text(SCRIPT + "\n")
    terminal.ok(*create, "--to", f"oci:{tmp_path / 'changed'}", "--attach", "provenance")
    assert "source" not in {each["name"] for each in dependencies(tmp_path / "changed")}


def test_an_archive_with_what_is_beside_it(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    made = package(terminal, base, "--to", f"archive:{archive}", "--image-label", "7", "--attach", "sbom")
    (tmp_path / "layout").mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", tmp_path / "layout"], check=True)
    named, *beside = entries_of(tmp_path / "layout")
    assert named["digest"] == made["digest"]
    assert [document(tmp_path / "layout", each["digest"])["subject"]["digest"] for each in beside] == [
        each["digest"] for each in made["images"]
    ]
    skopeo("copy", "--all", f"oci-archive:{archive}:package:7", f"oci:{tmp_path / 'copy'}:7")
    again = ("--base", f"archive:{archive}", "--platform", "linux/arm64", "--to", f"oci:{tmp_path / 'above'}")
    terminal.ok("package", "create", *DEPLOY, *again)


def referrers(address: str, repository: str, name: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(f"http://{address}/v2/{repository}/{name}")
    request.add_header("Accept", INDEX)
    return json.loads(urllib.request.urlopen(request).read())["manifests"]  # type: ignore[no-any-return]


def test_a_registry_without_referrers_gets_the_tag(terminal: Terminal, base: Path, address: str) -> None:
    attach = ("--attach", "provenance", "--attach", "sbom")
    made = package(terminal, base, "--push", f"{address}/team/attached:1", *attach)
    for image in made["images"]:
        entries = referrers(address, "team/attached", f"manifests/{image['digest'].replace(':', '-')}")
        assert [each["artifactType"] for each in entries] == [SBOM, PROVENANCE]
    again = package(terminal, base, "--push", f"{address}/team/attached:1", *attach)
    assert again["sentBytes"] == 0
    entries = referrers(address, "team/attached", f"manifests/{made['images'][0]['digest'].replace(':', '-')}")
    assert len(entries) == 2, "attached once"


def test_a_registry_with_referrers_is_told_by_the_subject(terminal: Terminal, base: Path) -> None:
    with small_registry() as registry:
        registry.has_referrers = True
        made = package(terminal, base, "--push", f"{registry.address}/team/attached:1", "--attach", "sbom")
        for image in made["images"]:
            (entry,) = referrers(registry.address, "team/attached", f"referrers/{image['digest']}")
            assert entry["artifactType"] == SBOM
            with pytest.raises(urllib.error.HTTPError):
                referrers(registry.address, "team/attached", f"manifests/{image['digest'].replace(':', '-')}")


def test_a_package_without_a_wheel_for_one_platform(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    """It has one for the other; nothing is written."""
    wheels = terminal.folder / "wheels"
    write_wheel(wheels, "native", tag="cp311-cp311-manylinux2014_x86_64")
    with tarfile.open(wheels / "native-1.0.tar.gz", "w:gz") as tar:
        for name, text in {
            "PKG-INFO": "Metadata-Version: 2.2\nName: native\nVersion: 1.0\n",
            "pyproject.toml": '[project]\nname = "native"\nversion = "1.0"\n',
        }.items():
            member = tarfile.TarInfo(f"native-1.0/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    (terminal.folder / "native.yml").write_text(CONDA.replace("- six", f"- --find-links {wheels}\n    - native"))
    deploy = ("--entry-script", "score.py", "--environment-file", "native.yml", "--model", "factor:1")
    create = ("package", "create", *deploy, "--base", f"oci:{base}:3.11", "--to", f"oci:{tmp_path / 'layout'}")
    error = terminal.refused(*create, "--platform", ",".join(BOTH))
    assert error["code"] == "environment-build-failed", error
    assert "native" in error["message"]
    assert "linux/arm64" in error["message"]
    assert not (tmp_path / "layout").exists()
    terminal.ok(*create, "--platform", "linux/amd64")
    (wheels / "native-1.0.tar.gz").unlink()
    shutil.rmtree(tmp_path / "layout")
    error = terminal.refused(*create, "--platform", ",".join(BOTH))
    assert "native" in error["message"]
    assert "linux/arm64" in error["message"]
    assert not (tmp_path / "layout").exists()


def test_a_base_that_lacks_a_platform(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    lacking = words(base, "--to", f"oci:{tmp_path / 'layout'}", "--platform", "linux/s390x")
    error = terminal.refused(*lacking)
    assert error["code"] == "image-platform"
    assert "linux/arm64" in error["message"]
    error = terminal.refused(*words(base, "--to", f"oci:{tmp_path / 'layout'}", "--platform", "linux"))
    assert error["code"] == "package-kind-wrong"
    assert not (tmp_path / "layout").exists()


def test_a_base_of_a_registry_for_another_platform(
    terminal: Terminal, base: Path, tmp_path: Path, address: str
) -> None:
    """A manifest alone is for one platform: it does not stand for others."""
    one = ("--base", f"oci:{base}:3.11", "--platform", "linux/arm64", "--push", f"{address}/bases/one:1")
    terminal.ok("package", "create", *DEPLOY, *one)
    create = ("package", "create", *DEPLOY, "--base", f"{address}/bases/one:1", "--to", f"oci:{tmp_path / 'layout'}")
    for platforms in (",".join(BOTH), "linux/amd64"):
        error = terminal.refused(*create, "--platform", platforms)
        assert error["code"] == "image-platform", error
        assert "linux/arm64" in error["message"]
    assert not (tmp_path / "layout").exists()
    terminal.ok(*create, "--platform", "linux/arm64")
