"""Content is whole or not there: whoever writes, whoever is killed, whatever the bytes are."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.errors import DiskFull, ScoredockError
from scoredock.oci.content import LAYER, Descriptor, Malformed, descriptor_of
from scoredock.oci.content_store import ContentStore

from pace import patience
from parts import missing

WRITER = """
import sys, time
from pathlib import Path
from scoredock.oci.content_store import ContentStore
with ContentStore(Path(sys.argv[1])).writing(None) as writer:
    for number in range(1000):
        writer.write(bytes([number % 256]) * 65536)
        if number == 20:
            print("under way", flush=True)
            time.sleep(1000)
"""


def files_of(store: ContentStore) -> list[Path]:
    return sorted(store.path(f"sha256:{'0' * 64}").parent.iterdir())


@given(blocks=st.lists(st.binary(max_size=300), max_size=8))
def test_what_is_written_in_blocks_lies_under_its_digest(blocks: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = ContentStore(Path(folder))
        with store.writing(None, LAYER) as writer:
            for block in blocks:
                writer.write(block)
        content = b"".join(blocks)
        assert writer.descriptor == descriptor_of(LAYER, content)
        assert store.path(writer.descriptor.digest).read_bytes() == content
        assert store.read(writer.descriptor) == content
        assert [path.name for path in files_of(store)] == [hashlib.sha256(content).hexdigest()]


@pytest.mark.parametrize("content", [b"other", b"cont", b"content and more"], ids=["others", "fewer", "more"])
def test_bytes_that_are_not_the_expected_ones_leave_nothing(store: ContentStore, content: bytes) -> None:
    with pytest.raises(Malformed), store.writing(descriptor_of(LAYER, b"content")) as writer:
        writer.write(content)
    assert files_of(store) == []


def test_an_error_of_whoever_gives_the_bytes_stays_what_it_is(store: ContentStore) -> None:
    def write() -> None:
        with store.writing(None) as writer:
            writer.write(b"half")
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        write()
    assert files_of(store) == []


def test_damaged_bytes_are_noticed_and_healed(store: ContentStore) -> None:
    descriptor = store.put(b"content", LAYER)
    path = store.path(descriptor.digest)
    path.write_bytes(b"c0ntent")
    with pytest.raises(Malformed, match="do not match"):
        store.read(descriptor)
    store.put(b"content", LAYER)
    assert store.read(descriptor) == b"content"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_lead_nowhere(store: ContentStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    descriptor = descriptor_of(LAYER, b"secret")
    store.put(b"", LAYER)
    store.path(descriptor.digest).symlink_to(secret)
    for read in (store.has, store.read):
        with pytest.raises(Malformed, match="not a regular file"):
            read(descriptor)
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "blobs").symlink_to(store.path(descriptor.digest).parents[1])
    with pytest.raises(Malformed, match="is a link"):
        ContentStore(linked).open(f"sha256:{hashlib.sha256(b'').hexdigest()}")


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "sha512:" + "0" * 64, "", "sha256:" + "A" * 64])
def test_what_is_no_digest_names_no_file(store: ContentStore, digest: str) -> None:
    with pytest.raises(Malformed):
        store.path(digest)


@pytest.mark.chance
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_writer_leaves_only_what_is_swept(store: ContentStore, tmp_path: Path) -> None:
    kept = store.put(b"kept", LAYER)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "store")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "under way\n"
    (unfinished,) = (path for path in files_of(store) if path != store.path(kept.digest))
    assert unfinished.stat().st_size > 1 << 20
    assert store.sweep() == 0, "its writer lives"
    assert unfinished.exists()
    process.send_signal(signal.SIGKILL)
    process.wait(patience(10))
    process.stdout.close()
    assert store.read(kept) == b"kept"
    assert store.sweep() == 1
    assert files_of(store) == [store.path(kept.digest)]


@pytest.mark.chance
def test_writers_of_the_same_content_do_not_disturb_one_another(store: ContentStore) -> None:
    content = os.urandom(1 << 20)
    descriptor = descriptor_of(LAYER, content)
    stop = threading.Event()
    wrong: list[bytes] = []

    def look() -> None:
        while not stop.is_set():
            try:
                with store.open(descriptor.digest) as stream:
                    if (read := stream.read()) != content:
                        wrong.append(read)
            except FileNotFoundError:
                time.sleep(0.001)

    def write() -> None:
        for _ in range(5):
            store.put(content, LAYER)
            store.sweep()

    reader, writers = threading.Thread(target=look), [threading.Thread(target=write) for _ in range(3)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert wrong == []
    assert files_of(store) == [store.path(descriptor.digest)]


def test_content_that_is_old_and_not_named_is_collected(store: ContentStore) -> None:
    named, old, fresh = (store.put(content, LAYER) for content in (b"named", b"old", b"fresh"))
    touched = store.put(b"touched", LAYER)
    for each in (named, old, touched):
        os.utime(store.path(each.digest), (0, 0))
    store.touch(touched.digest)
    os.utime(store.path(fresh.digest), (time.time() + 365 * 86_400,) * 2)
    (files_of(store)[0].parent / "notes.txt").write_text("no content")
    assert store.collect({named.digest}, older_than=3600) == 3
    assert [store.has(each) for each in (named, old, fresh, touched)] == [True, False, True, True]
    assert store.path(fresh.digest).stat().st_mtime < time.time() + 60, "a time that lies ahead counts from now on"
    assert store.collect({named.digest}, older_than=0) == len(b"fresh") + len(b"touched")
    assert (files_of(store)[0].parent / "notes.txt").exists()


@pytest.mark.skipif(not Path("/dev/full").exists() or os.geteuid() != 0, reason="a small disk needs root")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(small)], check=False).returncode:
        missing("the right to mount")
    try:
        store = ContentStore(small)
        with pytest.raises(DiskFull, match="no space left"):
            store.put(bytes(1 << 20), LAYER)
        assert files_of(store) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_folder_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScoredockError) as raised:
        ContentStore(tmp_path / "file").put(b"", LAYER)
    assert raised.value.code == "io-failed"


def test_a_huge_document_is_not_read(store: ContentStore) -> None:
    digest = store.put(b"x", LAYER).digest
    with pytest.raises(Malformed, match="bytes"):
        store.read(Descriptor(LAYER, digest, 1 << 40))
