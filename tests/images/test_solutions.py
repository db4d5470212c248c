"""What was resolved is the same for the next image, until it is to be resolved again; no password is written down."""

from __future__ import annotations

import os
import time
from pathlib import Path

from scoredock.environments.conda.lock import CondaLock, LockedPackage
from scoredock.images.solutions import UNUSED_SECONDS, Solutions
from scoredock.images.wheels import LockedPackages

QUESTION = [["pandas"], "x86_64-manylinux_2_28"]


class Index:
    """Has a newer release each time."""

    def __init__(self, requirement: str = "pandas") -> None:
        self.requirement = requirement
        self.release = 0

    def resolve(self) -> LockedPackages:
        self.release += 1
        return LockedPackages(f"pandas=={self.release} --hash=sha256:{'a' * 64}\n", (self.requirement,))


def test_the_next_image_has_the_same_packages(tmp_path: Path) -> None:
    index = Index()
    first = Solutions(tmp_path).packages(QUESTION, index.resolve)
    assert Solutions(tmp_path).packages(QUESTION, index.resolve) == first
    assert index.release == 1
    assert Solutions(tmp_path).packages([*QUESTION, "more"], index.resolve) != first


def test_a_rebuild_resolves_again_for_all_that_follow(tmp_path: Path) -> None:
    index = Index()
    first = Solutions(tmp_path).packages(QUESTION, index.resolve)
    second = Solutions(tmp_path, renew=True).packages(QUESTION, index.resolve)
    assert second != first
    assert Solutions(tmp_path).packages(QUESTION, index.resolve) == second


def test_what_nobody_used_for_long_is_resolved_again(tmp_path: Path) -> None:
    index = Index()
    first = Solutions(tmp_path).packages(QUESTION, index.resolve)
    (file,) = tmp_path.glob("*.json")
    old = time.time() - UNUSED_SECONDS
    os.utime(file, (old + 60, old + 60))
    assert Solutions(tmp_path).packages(QUESTION, index.resolve) == first, "a use makes it young again"
    assert file.stat().st_mtime > old + 60
    os.utime(file, (old - 60, old - 60))
    assert Solutions(tmp_path).packages(QUESTION, index.resolve) != first


def test_a_damaged_file_is_resolved_again(tmp_path: Path) -> None:
    index = Index()
    Solutions(tmp_path).packages(QUESTION, index.resolve)
    (file,) = tmp_path.glob("*.json")
    for content in (b"", b"{", b"[]", b"\xff", b'{"hashed": "x"}', b'{"hashed": "x", "requirements": 1}'):
        file.write_bytes(content)
        before = index.release
        Solutions(tmp_path).packages(QUESTION, index.resolve)
        assert index.release == before + 1, content


def test_addresses_with_a_password_are_not_written_down(tmp_path: Path) -> None:
    index = Index("--extra-index-url https://ada:canary-5503@example.com/simple")
    Solutions(tmp_path).packages(QUESTION, index.resolve)
    Solutions(tmp_path).packages(QUESTION, index.resolve)
    assert index.release == 2
    assert [file for file in tmp_path.rglob("*") if b"canary" in file.read_bytes()] == []


def test_packages_of_conda(tmp_path: Path) -> None:
    url = "https://example.com/linux-64/python-3.11.4-0.conda"
    parts = ("python", "3.11.4", "0", 0, "linux-64", "python-3.11.4-0.conda", url, "example", "a" * 64, "", 1, "")
    package = LockedPackage(*parts, depends=("libffi",))
    lock = CondaLock("linux-64", (package,))
    assert Solutions(tmp_path).conda(QUESTION, lambda: lock) == lock
    assert Solutions(tmp_path).conda(QUESTION, lambda: None) == lock
    assert Solutions(tmp_path).conda(["none"], lambda: None) is None
