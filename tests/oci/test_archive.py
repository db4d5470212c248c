"""Archives of images: equal bytes for equal images, both forms read, and nothing of others believed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.errors import Cancelled, ScoredockError
from scoredock.oci.archive import Archive, write_archive
from scoredock.oci.content import Descriptor, Malformed, Platform
from scoredock.oci.content_store import ContentStore
from scoredock.oci.images import image_config
from scoredock.oci.layers import StoredLayer
from scoredock.oci.layout import ImageLayout
from scoredock.oci.sources import CONTAINERD_NAME, REFERENCE_NAME, ImageDocuments, copy_image
from scoredock.progress import CancelToken, Silent

from oci_images import AMD64, put_image, tar_of
from parts import missing

NAME = "registry.example.com/team/image:1"


@pytest.fixture
def layout(tmp_path: Path) -> ImageLayout:
    return ImageLayout.create(tmp_path / "layout")


@pytest.fixture
def image(layout: ImageLayout) -> ImageDocuments:
    return put_image(layout.store, ("etc/motd", b"hello"))


def write(target: Path, layout: ImageLayout, image: ImageDocuments, *names: str) -> int:
    return write_archive(target, names or (NAME,), image, layout, Silent(), CancelToken())


def test_an_archive_is_read_as_it_was_written(tmp_path: Path, layout: ImageLayout, image: ImageDocuments) -> None:
    target = tmp_path / "image.tar"
    assert write(target, layout, image, NAME, "other:2") == target.stat().st_size
    archive = Archive.open(target)
    assert archive.names() == ["docker.io/library/other:2", NAME]
    for name in (NAME, "other:2", "", image.descriptor.digest):
        assert archive.resolve(name, AMD64).content == image.content
    copied = ContentStore(tmp_path / "copied")
    copy_image(archive, archive.resolve("", None), copied, CancelToken())
    for each in (image.descriptor, image.manifest.config, *image.manifest.layers):
        assert copied.path(each.digest).read_bytes() == layout.store.path(each.digest).read_bytes()
    with pytest.raises(ScoredockError) as raised:
        archive.resolve("nobody:1", None)
    assert raised.value.code == "image-missing"
    with pytest.raises(ScoredockError) as raised:
        archive.resolve(NAME, Platform("linux", "arm64"))
    assert raised.value.code == "image-platform"


def test_equal_images_make_equal_archives(tmp_path: Path) -> None:
    contents = []
    for number, umask in enumerate((0o022, 0o077)):
        before = os.umask(umask)
        try:
            layout = ImageLayout.create(tmp_path / f"layout-{number}")
            write(tmp_path / f"{number}.tar", layout, put_image(layout.store, ("a", b"1")))
        finally:
            os.umask(before)
        assert (tmp_path / f"{number}.tar").stat().st_mode & 0o777 == 0o644
        contents.append((tmp_path / f"{number}.tar").read_bytes())
    assert contents[0] == contents[1]
    with tarfile.open(tmp_path / "0.tar") as tar:
        assert {(each.mtime, each.uid, each.uname) for each in tar} == {(0, 0, "")}


def test_what_is_there_is_not_written_over(tmp_path: Path, layout: ImageLayout, image: ImageDocuments) -> None:
    target = tmp_path / "image.tar"
    target.write_text("mine")
    for place, code in ((target, "package-target-not-empty"), (tmp_path / "none" / "image.tar", "file-not-found")):
        with pytest.raises(ScoredockError) as raised:
            write(place, layout, image)
        assert raised.value.code == code
    assert target.read_text() == "mine"


def test_what_is_given_up_leaves_nothing(tmp_path: Path, layout: ImageLayout, image: ImageDocuments) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        write_archive(folder / "image.tar", (NAME,), image, layout, Silent(), cancel)
    layout.store.path(image.manifest.layers[0].digest).write_bytes(b"damaged")
    with pytest.raises(Malformed):
        write(folder / "image.tar", layout, image)
    assert list(folder.iterdir()) == []


# ------------------------------------------------------------------------------------------------- docker save


def saved(target: Path, *, links: bool = False, packed: bool = False, **changes: object) -> list[bytes]:
    """What Docker 20.10 writes of an image with two equal layers and one more; the layers."""
    layers = [b"".join(tar_of(("a", b"1"))), b"".join(tar_of(("b", b"2" * 2000)))]
    layers.append(layers[0])
    fakes = [
        (StoredLayer(Descriptor("", "", 0), f"sha256:{hashlib.sha256(each).hexdigest()}", len(each)), "")
        for each in layers
    ]
    config = image_config({"os": "linux", "architecture": "amd64"}, fakes, {})
    names = [f"{hashlib.sha256(bytes([number])).hexdigest()}/layer.tar" for number in range(3)]
    row = {"Config": f"{hashlib.sha256(config).hexdigest()}.json", "RepoTags": [NAME], "Layers": names, **changes}
    with tarfile.open(target, "w") as tar:
        for number, (name, layer) in enumerate(zip(names, layers, strict=True)):
            info = tarfile.TarInfo(name)
            if links and number == 2:
                info.type, info.linkname = tarfile.SYMTYPE, f"../{names[0]}"
                tar.addfile(info)
                continue
            content = gzip.compress(layer) if packed else layer
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for name, content in (
            (f"{hashlib.sha256(config).hexdigest()}.json", config),
            ("manifest.json", json.dumps([row]).encode()),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return layers


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("links", [False, True], ids=["copies", "links"])
def test_what_docker_saved_is_read(tmp_path: Path, links: bool, packed: bool) -> None:
    layers = saved(tmp_path / "saved.tar", links=links, packed=packed)
    archive = Archive.open(tmp_path / "saved.tar")
    assert archive.names() == [NAME]
    image = archive.resolve(NAME, AMD64)
    copied = ContentStore(tmp_path / "copied")
    copy_image(archive, image, copied, CancelToken())
    read = [copied.path(each.digest).read_bytes() for each in image.manifest.layers]
    assert [gzip.decompress(each) if packed else each for each in read] == layers
    assert image.manifest.layers[0].digest == image.manifest.layers[2].digest
    # And from there into a layout, and an archive that is an OCI one.
    layout = ImageLayout.create(tmp_path / "layout")
    copy_image(archive, image, layout.store, CancelToken())
    layout.add(NAME, image.descriptor)
    write(tmp_path / "again.tar", layout, image)
    assert Archive.open(tmp_path / "again.tar").resolve(NAME, AMD64).content == image.content


def test_what_docker_saves_as_a_layout_is_found_by_its_full_name(
    tmp_path: Path, layout: ImageLayout, image: ImageDocuments
) -> None:
    """Since release 25: the tag in the one annotation, the name in the other."""
    entry = image.descriptor.to_json()
    for repository in ("one", "two"):
        names = {REFERENCE_NAME: "1", CONTAINERD_NAME: f"docker.io/library/{repository}:1"}
        document = {"schemaVersion": 2, "manifests": [{**entry, "annotations": names}]}
        (tmp_path / "layout" / "index.json").write_text(json.dumps(document))
        with tarfile.open(tmp_path / f"{repository}.tar", "w") as tar:
            tar.add(tmp_path / "layout", ".")
        archive = Archive.open(tmp_path / f"{repository}.tar")
        assert archive.names() == [f"docker.io/library/{repository}:1"]
        assert archive.resolve(f"docker.io/library/{repository}:1", AMD64).content == image.content


@pytest.mark.parametrize("link", ["../../secret", "/etc/passwd", "../0/layer.tar", "layer.tar"])
def test_links_lead_to_members_only(tmp_path: Path, link: str) -> None:
    (tmp_path / "secret").write_text("secret")
    saved(tmp_path / "saved.tar", Layers=["1/layer.tar"] * 3)
    with tarfile.open(tmp_path / "saved.tar", "a") as tar:
        info = tarfile.TarInfo("1/layer.tar")
        info.type, info.linkname = tarfile.SYMTYPE, link
        tar.addfile(info)
    with pytest.raises(Malformed, match="no layer"):
        Archive.open(tmp_path / "saved.tar")


@pytest.mark.parametrize(
    "changes",
    [
        {"Config": "../../etc/passwd"},
        {"Config": "/etc/passwd"},
        {"Config": 1},
        {"Layers": []},
        {"Layers": "x"},
        {"Layers": ["../x"] * 3},
        {"Layers": ["x"] * 100_000},
        {"RepoTags": 3},
    ],
    ids=str,
)
def test_a_manifest_of_others_is_doubted(tmp_path: Path, changes: dict[str, object]) -> None:
    saved(tmp_path / "saved.tar", **changes)
    with pytest.raises(Malformed):
        Archive.open(tmp_path / "saved.tar")


def test_layers_that_are_exchanged_are_noticed(tmp_path: Path) -> None:
    saved(tmp_path / "saved.tar")
    with tarfile.open(tmp_path / "saved.tar") as tar:
        names = [each for each in tar.getnames() if each.endswith("layer.tar")]
    saved(tmp_path / "swapped.tar", Layers=[names[1], names[0], names[2]])
    archive = Archive.open(tmp_path / "swapped.tar")
    with pytest.raises(Malformed):
        copy_image(archive, archive.resolve("", None), ContentStore(tmp_path / "copied"), CancelToken())


def test_an_archive_that_is_compressed_as_a_whole_is_said(tmp_path: Path) -> None:
    saved(tmp_path / "saved.tar")
    (tmp_path / "saved.tar.gz").write_bytes(gzip.compress((tmp_path / "saved.tar").read_bytes()))
    with pytest.raises(Malformed, match=r"compressed \(gzip\)"):
        Archive.open(tmp_path / "saved.tar.gz")


def test_an_archive_that_changes_is_noticed(tmp_path: Path, layout: ImageLayout, image: ImageDocuments) -> None:
    write(tmp_path / "image.tar", layout, image)
    archive = Archive.open(tmp_path / "image.tar")
    with (tmp_path / "image.tar").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(Malformed, match="changed"):
        archive.resolve("", None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("whole")
    layout = ImageLayout.create(folder / "layout")
    write(folder / "oci.tar", layout, put_image(layout.store, ("a", b"1")))
    saved(folder / "saved.tar", links=True)
    return [(folder / name).read_bytes() for name in ("oci.tar", "saved.tar")]


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_archive_gives_the_image_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, whole: list[bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    number = data.draw(st.integers(0, 1))
    content = bytearray(whole[number])
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / "drawn.tar").write_bytes(content)
    store = ContentStore(folder / "drawn")
    shutil.rmtree(folder / "drawn", ignore_errors=True)
    try:
        archive = Archive.open(folder / "drawn.tar")
        image = archive.resolve("", AMD64)
        copy_image(archive, image, store, CancelToken())
    except (Malformed, ScoredockError):
        return
    for each in (image.descriptor, image.manifest.config, *image.manifest.layers):
        stored = store.path(each.digest).read_bytes()
        assert f"sha256:{hashlib.sha256(stored).hexdigest()}" == each.digest


def test_skopeo_takes_it(tmp_path: Path, layout: ImageLayout, image: ImageDocuments) -> None:
    if shutil.which("skopeo") is None:
        missing("skopeo", "docker")
    target = tmp_path / "image.tar"
    write(target, layout, image)
    for source in (f"oci-archive:{target}:{NAME}", f"docker-archive:{target}:{NAME}"):
        command = ["skopeo", "copy", "-q", source, f"oci:{tmp_path / source[:6]}:copy"]
        subprocess.run(command, check=True, timeout=100)
    assert ImageLayout.open(tmp_path / "oci-ar").resolve("copy", None).content == image.content
