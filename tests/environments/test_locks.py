"""Lock files: hashes of the index, hashes of the person, and what is verified when packages are installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip import locks
from scoredock.environments.spec import EnvironmentSpec, from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from package_index import index_with

WRITTEN = """six==1.16.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
numpy==1.26.4 --hash=sha256:cccc
# a remark
local @ file:///p/x.whl
"""


def spec(*lines: str) -> EnvironmentSpec:
    return from_requirements(lines, "/p/requirements.txt", "test")


def test_entries_with_their_hashes() -> None:
    assert list(locks.entries(WRITTEN)) == [
        ("six==1.16.0", ("sha256:aaaa", "sha256:bbbb")),
        ("numpy==1.26.4", ("sha256:cccc",)),
        ("local @ file:///p/x.whl", ()),
    ]
    assert locks.plain(WRITTEN) == "six==1.16.0\nnumpy==1.26.4\nlocal @ file:///p/x.whl\n"
    assert not locks.is_complete(WRITTEN)
    assert locks.is_complete(WRITTEN.replace("local @ file:///p/x.whl\n", ""))


def test_the_persons_own_hashes_win() -> None:
    mixed = locks.with_own_hashes(WRITTEN, ("Six==1.16.0 --hash=sha256:dddd", "numpy"))
    assert list(locks.entries(mixed))[:2] == [("six==1.16.0", ("sha256:dddd",)), ("numpy==1.26.4", ("sha256:cccc",))]


def test_the_runtime_by_its_file(tmp_path: Path) -> None:
    wheel = tmp_path / "scoredock_runtime-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    text = locks.with_runtime_file("scoredock-runtime==0.1.0 --hash=sha256:ffff\n", wheel, require=True)
    requirement, hashes = next(iter(locks.entries(text)))
    assert requirement == f"scoredock-runtime @ {wheel.as_uri()}"
    assert hashes[0].startswith("sha256:")
    assert hashes != ("sha256:ffff",)


@pytest.mark.parametrize(
    ("written", "without"),
    [
        ("a @ https://me:secret@host/a.whl", "a @ https://host/a.whl"),
        ("a @ git+https://token@host/a@v1", "a @ git+https://host/a@v1"),
        ("a @ https://me:se@cret@host/a", "a @ https://host/a"),
        ("a @ git+ssh://git@host/a@v1", "a @ git+ssh://git@host/a@v1"),
        ("a @ https://host/a@1", "a @ https://host/a@1"),
        ("a==1 --hash=sha256:aa", "a==1 --hash=sha256:aa"),
    ],
)
def test_logins_are_taken_out_of_addresses(written: str, without: str) -> None:
    assert locks.without_credentials(written) == without


def test_lines_that_say_where_packages_come_from() -> None:
    lines = ("--extra-index-url=https://host/simple", "-f wheels", "-e .", "-r more.txt", "numpy", "--pre")
    assert locks.options(lines) == lines[:2]


def test_packages_of_a_further_index_and_its_password_stays_out_of_files(
    cache: EnvironmentCache, tmp_path: Path
) -> None:
    with index_with(tmp_path / "index", "far-away") as index:
        built = cache.prepare(
            spec(f"--extra-index-url http://me:of-the-index@{index.address}/", "far-away"), Silent(), CancelToken()
        )
    assert "far-away==1.0" in cache.inspect(built.key).lock.splitlines()
    files = [file for file in cache.root.rglob("*") if file.is_file() and not file.is_relative_to(built.folder / "lib")]
    assert not [file for file in files if b"of-the-index" in file.read_bytes()]


def test_names_of_what_an_index_has() -> None:
    lines = (
        "pandas>=2,<3",
        "Scikit_Learn==1.5",
        "torch[x]~=2.0; python_version<'4'",
        "own @ https://h/o.whl",
        "git+https://host/x",
        "--pre",
    )
    assert locks.indexed(lines) == ("pandas", "scikit-learn", "torch")


def test_every_package_of_an_environment_has_its_hashes(cache: EnvironmentCache) -> None:
    built = cache.prepare(spec("six==1.16.0"), Silent(), CancelToken())
    detail = cache.inspect(built.key)
    assert locks.is_complete(detail.hashed_lock)
    assert locks.plain(detail.hashed_lock) == detail.lock
    assert "six==1.16.0" in detail.lock.splitlines()


def test_a_file_that_is_not_the_one_meant_is_not_installed(cache: EnvironmentCache) -> None:
    with pytest.raises(ScoredockError) as refused:
        cache.prepare(spec(f"six==1.16.0 --hash=sha256:{'0' * 64}"), Silent(), CancelToken())
    assert refused.value.code == "environment-build-failed"
    assert "six" in refused.value.message
    assert cache.list() == []


def test_the_right_hash_of_the_person_is_kept(cache: EnvironmentCache) -> None:
    known = "sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"
    built = cache.prepare(spec(f"six==1.16.0 --hash={known}"), Silent(), CancelToken())
    found = dict(locks.entries(cache.inspect(built.key).hashed_lock))
    assert found["six==1.16.0"] == (known,)
    assert (built.folder / locks.HASHED_FILE).is_file()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "own @ file:///home/ada/wheels/own-1.whl \\\n    --hash=sha256:aa\n",
            "own @ file:///own-1.whl \\\n    --hash=sha256:aa\n",
        ),
        ("own[x] @ file:///home/ada/own/ ; python_version > '3'", "own[x] @ file:///own ; python_version > '3'"),
        ("own @ file:///C:/Users/ada/own", "own @ file:///own"),
        ("/home/ada/own-1.whl", "./own-1.whl"),
        ("-e /home/ada/own", "-e ./own"),
        ("C:\\Users\\ada\\own-1.whl", "./own-1.whl"),
        ("a @ https://example.com/x/y.whl", "a @ https://example.com/x/y.whl"),
        ("a @ git+https://example.com/x.git@abc", "a @ git+https://example.com/x.git@abc"),
        ("numpy==1.2 ; sys_platform == 'linux'", "numpy==1.2 ; sys_platform == 'linux'"),
    ],
)
def test_the_folders_of_this_machine_are_left_out(line: str, shown: str) -> None:
    assert locks.without_folders(line) == shown
