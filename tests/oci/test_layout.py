"""OCI layouts: names come and go one by one, and whatever others wrote is doubted."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.errors import ScoredockError
from scoredock.oci.content import (
    CONFIG,
    INDEX,
    LARGEST_DOCUMENT,
    MANIFEST,
    Descriptor,
    Index,
    Malformed,
    Manifest,
    Platform,
    descriptor_of,
)
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layout import ImageLayout
from scoredock.oci.sources import REFERENCE_NAME, copy_image, read_document
from scoredock.progress import CancelToken

from oci_images import AMD64, put_image
from parts import missing

ARM64 = Platform("linux", "arm64", "v8")


@pytest.fixture
def layout(tmp_path: Path) -> ImageLayout:
    return ImageLayout.create(tmp_path / "layout")


def write_index(layout: ImageLayout, tmp_path: Path, *entries: dict[str, Any]) -> None:
    (tmp_path / "layout" / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": list(entries)}))


def named(name: str) -> dict[str, Any]:
    return {"annotations": {REFERENCE_NAME: name}}


def test_a_name_is_replaced_and_no_other_is_lost(layout: ImageLayout, tmp_path: Path) -> None:
    one, two, three = (put_image(layout.store, ("a", content)) for content in (b"1", b"2", b"3"))
    layout.add("one", one.descriptor)
    layout.add("two", two.descriptor)
    layout.add("one", three.descriptor)
    again = ImageLayout.open(tmp_path / "layout")
    assert again.resolve("one", None).content == three.content
    assert again.resolve("two", AMD64).manifest == two.manifest
    assert again.resolve(two.descriptor.digest, None).content == two.content
    assert [each.annotations[REFERENCE_NAME] for each in again.index().manifests] == ["two", "one"]


@pytest.mark.chance
def test_names_that_are_added_at_once_are_all_there(layout: ImageLayout, tmp_path: Path) -> None:
    image = put_image(layout.store, ("a", b"1"))

    def add(name: str) -> None:
        ImageLayout.open(tmp_path / "layout").add(name, image.descriptor)

    threads = [threading.Thread(target=add, args=(f"name-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.annotations[REFERENCE_NAME] for each in layout.index().manifests} == {
        f"name-{number}" for number in range(8)
    }


def test_equal_images_make_equal_layouts(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "other"):
        layout = ImageLayout.create(tmp_path / name)
        layout.add("image:1", put_image(layout.store, ("a", b"1"), ("b", b"2")).descriptor)
        files = [path for path in sorted((tmp_path / name).rglob("*")) if path.is_file() and path.suffix != ".lock"]
        contents.append([(path.relative_to(tmp_path / name), path.read_bytes()) for path in files])
    assert contents[0] == contents[1]


def test_of_several_platforms_the_one_is_taken(layout: ImageLayout, tmp_path: Path) -> None:
    images = [put_image(layout.store, ("a", b"1"), platform=each) for each in (AMD64, ARM64)]
    attestation = Descriptor(MANIFEST, "sha256:" + "0" * 64, 2, {"vnd.docker.reference.type": "attestation-manifest"})
    index = Index((*(each.descriptor for each in images), attestation))
    layout.store.put(b"{}", MANIFEST)
    write_index(layout, tmp_path, {**layout.store.put(index.to_bytes(), INDEX).to_json(), **named("both")})
    for platform, image in zip((AMD64, ARM64), images, strict=True):
        assert layout.resolve("both", platform).content == image.content
    assert layout.resolve("both", Platform("linux", "arm64")).content == images[1].content
    for platform in (None, Platform("linux", "s390x"), Platform("linux", "amd64", "v3")):
        with pytest.raises(ScoredockError) as raised:
            layout.resolve("both", platform)
        assert raised.value.code == "image-platform"
        assert "linux/amd64, linux/arm64/v8" in raised.value.message


def test_who_asks_for_no_variant_gets_the_image_of_none(layout: ImageLayout) -> None:
    variants = [put_image(layout.store, ("a", b"1"), platform=Platform("linux", "amd64", each)) for each in ("v3", "")]
    index = Index(tuple(each.descriptor for each in variants))
    layout.add("both", layout.store.put(index.to_bytes(), INDEX))
    assert layout.resolve("both", AMD64).content == variants[1].content
    assert layout.resolve("both", Platform("linux", "amd64", "v3")).content == variants[0].content


def test_the_configuration_says_the_platform_where_the_index_does_not(layout: ImageLayout) -> None:
    image = put_image(layout.store, ("a", b"1"), platform=ARM64)
    layout.add("image", Descriptor(MANIFEST, image.descriptor.digest, image.descriptor.size))
    assert layout.resolve("image", ARM64).content == image.content
    with pytest.raises(ScoredockError, match="linux/arm64/v8"):
        layout.resolve("image", AMD64)


def test_a_name_that_nobody_has_is_said(layout: ImageLayout) -> None:
    with pytest.raises(ScoredockError, match="There is no image other here") as raised:
        layout.resolve("other", None)
    assert raised.value.code == "image-missing"


def test_an_image_that_lacks_something_is_not_named(layout: ImageLayout) -> None:
    image = put_image(layout.store, ("a", b"1"))
    layout.store.path(image.manifest.layers[0].digest).unlink()
    with pytest.raises(Malformed, match="is missing"):
        layout.add("image", image.descriptor)
    assert layout.index().manifests == ()


def test_an_image_is_copied_whole(layout: ImageLayout, store: ContentStore) -> None:
    image = put_image(layout.store, ("a", b"1"))
    layout.add("image", image.descriptor)
    copy_image(layout, layout.resolve("image", None), store, CancelToken())
    for each in (image.descriptor, image.manifest.config, *image.manifest.layers):
        assert store.path(each.digest).read_bytes() == layout.store.path(each.digest).read_bytes()


# ---------------------------------------------------------------------------------------------- written by others


@pytest.mark.parametrize("digest", ["sha256:../../secret", "../secret", "sha256:" + "a" * 63, "md5:" + "a" * 32])
def test_an_index_names_no_paths(layout: ImageLayout, tmp_path: Path, digest: str) -> None:
    (tmp_path / "secret").write_text("{}")
    write_index(layout, tmp_path, {"mediaType": MANIFEST, "digest": digest, "size": 2})
    with pytest.raises(Malformed, match="is not a SHA-256 digest"):
        layout.resolve("", None)


def test_bytes_that_are_not_those_of_the_digest_are_noticed(layout: ImageLayout, store: ContentStore) -> None:
    image = put_image(layout.store, ("a", b"1"))
    layout.add("image", image.descriptor)
    path = layout.store.path(image.manifest.layers[0].digest)
    content = path.read_bytes()
    for wrong in (content[:-1], content[:-1] + b"!", content + b"!", b""):
        path.unlink()
        path.write_bytes(wrong)
        with pytest.raises(Malformed), layout.content(image.manifest.layers[0]) as stream:
            b"".join(iter(functools.partial(stream.read, 7), b""))
        with pytest.raises(Malformed), layout.content(image.manifest.layers[0]) as stream:
            stream.read()
        with pytest.raises(Malformed):
            copy_image(layout, image, store, CancelToken())
        assert not store.has(image.manifest.layers[0])
        assert not store.has(image.descriptor), "the manifest comes last"
    path.unlink()
    with pytest.raises(Malformed, match="is missing"), layout.content(image.manifest.layers[0]):
        pass


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", ["index.json", "oci-layout", "blobs", "blobs/sha256", "blob", "pipe"])
def test_nothing_is_read_outside(layout: ImageLayout, tmp_path: Path, name: str) -> None:
    image = put_image(layout.store, ("a", b"1"))
    layout.add("image", image.descriptor)
    blob = layout.store.path(image.descriptor.digest)
    path = blob if name in ("blob", "pipe") else tmp_path / "layout" / name
    shutil.move(path, tmp_path / "outside")
    if name == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "outside")
    with pytest.raises(Malformed, match=r"link|not a regular file"):
        ImageLayout.open(tmp_path / "layout").resolve("image", None)


def test_indexes_in_one_another_end(layout: ImageLayout, tmp_path: Path) -> None:
    entry = put_image(layout.store, ("a", b"1")).descriptor
    for _ in range(8):
        entry = layout.store.put(Index((entry, entry)).to_bytes(), INDEX)
    write_index(layout, tmp_path, entry.to_json())
    with pytest.raises(Malformed, match="without end"):
        layout.resolve("", AMD64)
    # A file that names itself: its digest is then another one, as no content holds its own.
    itself = {"mediaType": INDEX, "digest": "sha256:" + "e" * 64, "size": 200}
    layout.store.path(str(itself["digest"])).write_text(
        json.dumps({"schemaVersion": 2, "manifests": [itself]}).ljust(200)
    )
    write_index(layout, tmp_path, itself)
    with pytest.raises(Malformed, match="do not match their digest"):
        layout.resolve("", AMD64)


def test_huge_documents_are_not_read(layout: ImageLayout, tmp_path: Path) -> None:
    index = tmp_path / "layout" / "index.json"
    with index.open("wb") as stream:
        stream.truncate(1 << 40)  # holes
    with pytest.raises(Malformed, match="more than"):
        layout.index()
    huge = {"mediaType": MANIFEST, "digest": "sha256:" + "0" * 64, "size": 1 << 40}
    write_index(layout, tmp_path, huge)
    with pytest.raises(Malformed, match="bytes"):
        layout.resolve("", None)


@pytest.mark.parametrize("version", ["2.0.0", None, 1])
def test_other_versions_are_refused(layout: ImageLayout, tmp_path: Path, version: object) -> None:
    (tmp_path / "layout" / "oci-layout").write_text(json.dumps({"imageLayoutVersion": version}))
    with pytest.raises(Malformed, match="another version"):
        ImageLayout.open(tmp_path / "layout")


def test_a_folder_that_is_no_layout_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Malformed, match="oci-layout"):
            ImageLayout.open(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("sha256:" + "0" * 64),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["manifests", "mediaType", "digest", "size", "platform", "os", "annotations"])
            | st.text(max_size=3),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(document=VALUES, name=st.sampled_from(["", "image", "sha256:" + "0" * 64]))
def test_whatever_an_index_says_is_an_answer(
    tmp_path_factory: pytest.TempPathFactory, document: Any, name: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "drawn"
    layout = ImageLayout(folder)
    folder.mkdir(exist_ok=True)
    if isinstance(document, dict):
        document = {"manifests": [{"mediaType": MANIFEST, "digest": "sha256:" + "0" * 64, "size": 2}], **document}
    (folder / "index.json").write_text(json.dumps(document))
    with pytest.raises((Malformed, ScoredockError)):
        layout.resolve(name, AMD64)


def test_a_manifest_of_much_is_read(layout: ImageLayout) -> None:
    """Documents up to the limit are taken, as registries take them."""
    config = layout.store.put(b'{"os":"linux","architecture":"amd64"}', CONFIG)
    filling = {"filling": "x" * (LARGEST_DOCUMENT - 1000)}
    content = Manifest(config, (), filling).to_bytes()
    layout.add("large", layout.store.put(content, MANIFEST))
    assert layout.resolve("large", AMD64).content == content
    assert read_document(layout, descriptor_of(CONFIG, b'{"os":"linux","architecture":"amd64"}'))


def test_skopeo_reads_it(layout: ImageLayout, tmp_path: Path) -> None:
    if shutil.which("skopeo") is None:
        missing("skopeo", "docker")
    image = put_image(layout.store, ("etc/motd", b"hello"))
    layout.add("image:1", image.descriptor)
    command = ["skopeo", "inspect", f"oci:{tmp_path / 'layout'}:image:1"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert told["Digest"] == image.descriptor.digest
    assert told["Layers"] == [each.digest for each in image.manifest.layers]
    subprocess.run(
        ["skopeo", "copy", "-q", f"oci:{tmp_path / 'layout'}:image:1", f"dir:{tmp_path / 'copy'}"], check=True
    )
    assert (tmp_path / "copy" / told["Layers"][0].partition(":")[2]).is_file()
