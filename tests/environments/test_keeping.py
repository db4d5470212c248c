"""What is built: listed, looked into, used, removed and collected."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from scoredock.environments.built import MARKER
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.keeping import freed_bytes
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent


@pytest.fixture
def built(cache: EnvironmentCache) -> Any:
    return cache.prepare(from_requirements(("six==1.16.0",), "/p/requirements.txt", "demo"), Silent(), CancelToken())


def code_of(call: Any) -> str:
    with pytest.raises(ScoredockError) as refused:
        call()
    return refused.value.code


def test_listed_and_looked_into(cache: EnvironmentCache, built: Any) -> None:
    (one,) = cache.list()
    assert (one.key, one.display_name, one.kind, one.broken) == (built.key, "demo", "pip", "")
    assert (one.source, one.size, one.python_version) == ("/p/requirements.txt", built.size, built.python_version)
    assert one.packages == len(cache.inspect(one.key).lock.splitlines())
    assert one.last_used >= one.created
    assert cache.inspect(one.key).requirements == ("six==1.16.0",)
    assert code_of(lambda: cache.inspect("0123456789abcdef")) == "environment-not-built"
    assert code_of(lambda: cache.inspect("../etc")) == "environment-not-built"


def test_what_a_service_uses_stays(cache: EnvironmentCache, built: Any) -> None:
    services = [("svc-b", built.key), ("svc-a", built.key), ("svc-c", "other")]
    assert cache.used_by(built.key, services) == ["svc-a", "svc-b"]
    with pytest.raises(ScoredockError) as refused:
        cache.remove(built.key, services)
    assert refused.value.code == "environment-in-use"
    assert "svc-a, svc-b" in refused.value.message
    assert cache.collect(services).keys == ()
    freed = cache.freed([built.key])
    assert 0 < freed <= built.size, "what the package cache has as well stays there"
    assert cache.remove(built.key, []) == freed
    assert cache.list() == []
    assert not [entry for entry in cache.root.iterdir() if entry.name.startswith(".removing")]


def test_what_was_used_while_the_clock_was_ahead_goes_like_the_rest(cache: EnvironmentCache, built: Any) -> None:
    (used,) = built.folder.glob("*last-used")
    os.utime(used, (time.time() + 365 * 86_400,) * 2)
    assert cache.collect([], older_than=3600).keys == (built.key,)


def test_what_is_kept_or_was_used_lately_stays(cache: EnvironmentCache, built: Any) -> None:
    assert cache.collect([], older_than=3600).keys == ()
    assert cache.collect([], keep=[built.key]).keys == ()
    long_ago = time.time() - 7200
    os.utime(built.folder / "scoredock-last-used", (long_ago, long_ago))
    assert cache.collect([], older_than=3600).keys == (), "it was made just now"
    freed = cache.freed([built.key])
    collected = cache.collect([])
    assert collected.keys == (built.key,)
    assert collected.bytes == freed


def test_a_file_with_another_name_elsewhere_gives_nothing_back(tmp_path: Path) -> None:
    one, two, elsewhere = (tmp_path / name for name in ("one", "two", "elsewhere"))
    for folder in (one, two, elsewhere):
        folder.mkdir()
    for name, size in (("own", 1000), ("between", 200), ("outside", 30), ("everywhere", 4)):
        (one / name).write_bytes(bytes(size))
    (two / "between").hardlink_to(one / "between")
    (elsewhere / "outside").hardlink_to(one / "outside")
    (two / "everywhere").hardlink_to(one / "everywhere")
    (elsewhere / "everywhere").hardlink_to(one / "everywhere")
    assert freed_bytes([one]) == 1000
    assert freed_bytes([two]) == 0
    assert freed_bytes([one, two]) == 1200
    assert freed_bytes([one, two, elsewhere]) == 1234
    assert freed_bytes([tmp_path / "nowhere"]) == 0


@pytest.mark.chance
def test_what_is_being_built_is_not_removed(cache: EnvironmentCache, built: Any) -> None:
    with FileLock(str(cache.root / ".locks" / f"{built.key}.lock")):
        assert code_of(lambda: cache.remove(built.key, [])) == "environment-in-use"
        assert cache.collect([]).keys == ()
    assert [each.key for each in cache.list()] == [built.key]


def test_one_whose_python_is_gone_is_told_and_can_go(cache: EnvironmentCache, built: Any) -> None:
    for name in ("python", "python3"):
        (built.folder / "bin" / name).unlink(missing_ok=True)
    (one,) = cache.list()
    assert "no longer exists" in one.broken
    assert cache.collect([]).keys == (built.key,)


def test_foreign_folders_are_no_environments(cache: EnvironmentCache, built: Any) -> None:
    (cache.root / "foreign").mkdir()
    (cache.root / "broken").mkdir()
    (cache.root / "broken" / MARKER).write_text("[]")
    assert [each.key for each in cache.list()] == [built.key]
    assert EnvironmentCache(cache.root / "nowhere", EnvironmentSettings()).list() == []
    shutil.rmtree(cache.root / "foreign")


def test_built_anew_finds_the_same_packages(cache: EnvironmentCache, built: Any) -> None:
    wish = from_requirements(("six==1.16.0",), "/p/requirements.txt", "demo")
    assert cache.build(wish, Silent(), CancelToken(), rebuild=True) == built
