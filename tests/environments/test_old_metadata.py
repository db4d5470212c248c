"""Packages whose metadata is older than PEP 440 and newer tools refuse; what a file says that is not true; setuptools,
which packages of that time expect without saying so."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.locks import HASHED_FILE, entries
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.run import run

import interpreters
from environments.conftest import Told
from package_index import Index, Release, index_of
from parts import missing

Started = Callable[..., Index]
READ = "The metadata of old {version} is read as pip read it before 24.1: newer tools refuse it."
NEEDED = (
    Release("h11", "0.16.0"),  # what the scoring runtime needs
    *(Release("needed", version) for version in ("1.0", "2011.1", "2013.1", "2026.6")),
)


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """`started(*releases)` is an index that has them and what they need, and that everything here is taken from."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with ExitStack() as stack:

        def start(*releases: Release, login: str = "") -> Index:
            index = stack.enter_context(index_of(tmp_path / "index", (*NEEDED, *releases), login=login))
            named = f"{login}@" if login else ""
            monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{named}{index.address}/simple")
            return index

        yield start


def spec(*lines: str) -> EnvironmentSpec:
    return from_requirements(lines, "/p/requirements.txt", "test")


def lock(cache: EnvironmentCache, asked: EnvironmentSpec, told: Told | None = None) -> list[str]:
    return cache.inspect(cache.prepare(asked, told or Silent(), CancelToken()).key).lock.splitlines()


def refusal(cache: EnvironmentCache, *lines: str) -> ScoredockError:
    with pytest.raises(ScoredockError) as raised:
        cache.prepare(spec(*lines), Silent(), CancelToken())
    return raised.value


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("needed (>=2011k)", "2026.6"),
        ("needed (<=2011k)", "2011.1"),
        ("needed (<2012.)", "2011.1"),
        ("needed (==2013.x)", "2013.1"),
        ("needed (~=2011.1.dev-x)", "2011.1"),
        ("needed (!=2026.x,>=2011k)", "2013.1"),
        ("needed (>dev)", "2026.6"),
        ("needed[more] (>=2011k) ; python_version >= '3.6'", "2026.6"),
        ("needed (>=1.0-x-y, <2012-beta-z)", "2011.1"),
    ],
)
def test_bounds_of_the_time_before_pep_440_are_read(
    written: str, version: str, started: Started, cache: EnvironmentCache, told: Told
) -> None:
    started(Release("old", "1.0", requires=(written, "absent (>=9z) ; extra == 'all'")))
    found = lock(cache, spec("old==1.0"), told)
    assert {"old==1.0", f"needed=={version}"} <= set(found)
    assert not [line for line in found if line.startswith("absent")]
    assert [each for each in told.messages if "newer tools" in each] == [READ.format(version="1.0")]


def test_the_newest_release_is_taken_though_only_an_older_one_can_be_read(
    started: Started, cache: EnvironmentCache, told: Told
) -> None:
    old = Release("old", "1.0")
    started(
        old,
        *(replace(old, version=each, requires=("needed (>=2011k)",)) for each in ("1.1", "1.2", "2.0")),
    )
    assert "old==1.2" in lock(cache, spec("old<2"), told)
    assert [each for each in told.messages if "newer tools" in each] == [READ.format(version="1.2")]


def test_what_others_need_is_read_too_and_again_without_the_index(
    started: Started, cache: EnvironmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = started(
        Release("top", requires=("old<1.5",)),
        Release("old", "1.0", requires=("below (>=0.x)",)),
        Release("old", "2.0"),
        Release("below", requires=("needed (>=2011k)",)),
    )
    first = lock(cache, spec("top"))
    assert {"top==1.0", "old==1.0", "below==1.0", "needed==2026.6"} <= set(first)
    asked = len(index.asked)
    assert (
        lock(
            EnvironmentCache(cache.root.with_name("others"), EnvironmentSettings()),
            spec("top"),
        )
        == first
    )
    assert [path for path in index.asked[asked:] if path.startswith("/files")] == [], "the files are here already"


def test_settings_that_a_variable_names_count_too(
    started: Started, cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = started(Release("old", requires=("needed (>=2011k)",)))
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    settings = tmp_path / "company.toml"
    settings.write_text(f'[[index]]\nurl = "http://{index.address}/simple"\ndefault = true\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    assert "old==1.0" in lock(cache, spec("old"))


def test_an_index_with_a_login_is_asked_with_it_and_nobody_reads_it(
    started: Started, cache: EnvironmentCache, told: Told
) -> None:
    index = started(Release("old", requires=("needed (>=2011k)",)), login="me:of-the-index")
    assert "old==1.0" in lock(cache, spec("old"), told)
    assert index.asked
    assert "of-the-index" not in "".join((*told.messages, *told.lines))
    files = [each for each in cache.root.rglob("*") if each.is_file()]
    assert not [each for each in files if b"of-the-index" in each.read_bytes()]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("??? what", "the metadata of old 1.0 says “??? what”, which cannot be read"),
        (
            "needed ; planet == 'mars'",
            "the metadata of old 1.0 says “needed ; planet == 'mars'”, which cannot be read",
        ),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_line(
    written: str, shown: str, started: Started, cache: EnvironmentCache
) -> None:
    started(Release("old", requires=(written,)))
    failure = refusal(cache, "old")
    assert failure.code == "environment-requirement-unsatisfiable"
    assert shown in failure.message


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("Name: lie\nVersion: 2.0\n", "its metadata says 2.0 instead of 1.0"),
        ("Name: other\nVersion: 1.0\n", "its metadata says other instead of lie"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_named(
    told: str, said: str, started: Started, cache: EnvironmentCache, tmp_path: Path
) -> None:
    started(Release("lie"))
    wheel = tmp_path / "index" / "lie-1.0-py3-none-any.whl"
    wheel.unlink()
    with zipfile.ZipFile(wheel, "w") as archive:
        about = "lie-1.0.dist-info"
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\n{told}")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "".join(f"{about}/{each},,\n" for each in ("METADATA", "WHEEL", "RECORD")))
    failure = refusal(cache, "lie")
    assert "lie" in failure.message
    assert said in failure.message


def test_an_archive_that_is_none_is_named(started: Started, cache: EnvironmentCache, tmp_path: Path) -> None:
    started(Release("broken"))
    (tmp_path / "index" / "broken-1.0-py3-none-any.whl").write_bytes(b"half of a file")
    failure = refusal(cache, "broken")
    assert "broken" in failure.message
    assert "not an archive" in failure.message or "not a package" in failure.message


REFUSED = {
    "of packages": "install_requires=['six>=1.0.x'], extras_require={'all': ['absent>=3.']}",
    "of Python": "install_requires=['six'], python_requires='>=3.5.*'",
}


@pytest.fixture(params=REFUSED)
def archive(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source archive whose requirements today's build tools refuse, where only these tests look."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "links"))
    setup = (
        "from setuptools import setup\n"
        "setup(name='scoredock-old-source', version='1.0', py_modules=['old_source'],\n"
        f"      {REFUSED[request.param]})\n"
    )
    about = "Metadata-Version: 1.1\nName: scoredock-old-source\nVersion: 1.0\n"
    (tmp_path / "links").mkdir()
    path = tmp_path / "links" / "scoredock-old-source-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as target:
        for name, text in {"setup.py": setup, "PKG-INFO": about, "old_source.py": "WAS = 2016\n"}.items():
            member = tarfile.TarInfo(f"scoredock-old-source-1.0/{name}")
            member.size = len(text)
            target.addfile(member, BytesIO(text.encode()))
    return path


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the build tools of that time do not start in it")
def test_a_source_archive_of_that_time_is_built_as_it_was_then(
    archive: Path, cache: EnvironmentCache, told: Told, tmp_path: Path
) -> None:
    assert archive.exists()
    built = cache.prepare(spec("scoredock-old-source"), told, CancelToken())
    done = run([str(built.python), "-c", "import old_source, six; print(old_source.WAS)"])
    assert done.stdout.strip() == "2016", done.stderr
    assert "The metadata of scoredock-old-source 1.0 is read as pip read it before 24.1: newer tools refuse it." in (
        told.messages
    )
    again = EnvironmentCache(tmp_path / "others", EnvironmentSettings())
    assert again.prepare(spec("scoredock-old-source"), told, CancelToken()).key == built.key
    assert told.messages.count("Building a wheel of scoredock-old-source 1.0") == 1, "it is kept"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the build tools of that time do not start in it")
def test_a_source_archive_with_other_bytes_than_its_hash_says_is_refused(
    archive: Path, cache: EnvironmentCache
) -> None:
    failure = refusal(cache, f"scoredock-old-source==1.0 --hash=sha256:{'0' * 64}")
    assert archive.exists()
    assert "scoredock-old-source" in failure.message


SETUPTOOLS = tuple(Release("setuptools", each) for each in ("75.0.0", "80.9.0", "82.0.1"))
OLD = sys.version_info < (3, 12)


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        (("needed",), "80.9.0" if OLD else ""),
        (("needed", "setuptools"), "80.9.0" if OLD else "82.0.1"),
        (("needed", "setuptools==75.0.0"), "75.0.0"),
        (("needed", "setuptools==82.0.1"), "82.0.1"),
        (("needed", "setuptools>=81"), "82.0.1"),
        (("newer",), "82.0.1"),
        ((), ""),
    ],
    ids=[
        "nobody names it",
        "unpinned",
        "an older pin",
        "a newer pin",
        "a bound",
        "of another package",
        "no packages",
    ],
)
def test_environments_before_python_3_12_have_setuptools_with_pkg_resources(
    lines: tuple[str, ...], version: str, started: Started, cache: EnvironmentCache
) -> None:
    started(*SETUPTOOLS, Release("newer", requires=("setuptools>=81",)))
    found = [line for line in lock(cache, spec(*lines)) if line.startswith("setuptools")]
    assert found == ([f"setuptools=={version}"] if version else [])


def test_an_index_without_setuptools_is_no_obstacle(started: Started, cache: EnvironmentCache) -> None:
    started()
    assert "needed==2026.6" in lock(cache, spec("needed"))


def test_an_environment_that_was_built_before_is_not_built_again(started: Started, cache: EnvironmentCache) -> None:
    """Where it came to be without setuptools, it is what the same wish gets."""
    started()
    before = cache.prepare(spec("needed"), Silent(), CancelToken())
    started(*SETUPTOOLS)
    told = Told()
    assert cache.prepare(spec("needed"), told, CancelToken()).key == before.key
    assert told.messages == [], "nothing is resolved"


@pytest.mark.long("fetches pandas of 2019 for a Python of its time")
@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("3.6", "pandas==0.24.2"),
        ("3.6", "pandas<0.25"),
        ("3.6", "pandas==0.20.3"),
        ("3.7", "pandas==0.23.4"),
        ("3.7", "featuretools==0.6.0"),
    ],
)
def test_pandas_of_2019_is_installed_and_imported(python: str, line: str, cache: EnvironmentCache) -> None:
    if python not in interpreters.old():
        missing(f"Python {python}", "old-python")
    built = cache.prepare(replace(spec(line), python=f"=={python}.*"), Silent(), CancelToken())
    done = run(
        [
            str(built.python),
            "-c",
            "import pandas, pkg_resources; print(pandas.DataFrame({'a': [1, 2]}).a.sum())",
        ]
    )
    assert done.stdout.strip() == "3", done.stderr


@pytest.mark.long("builds a source archive by a pip of its time in three old Pythons")
@pytest.mark.parametrize("python", ["3.6", "3.7", "3.8"])
def test_gym_of_2021_is_built_and_found(python: str, cache: EnvironmentCache) -> None:
    if python not in interpreters.old():
        missing(f"Python {python}", "old-python")
    built = cache.prepare(replace(spec("gym==0.21.0"), python=f"=={python}.*"), Silent(), CancelToken())
    hashes = dict(entries((built.folder / HASHED_FILE).read_text()))["gym==0.21.0"]
    assert "sha256:0fd1ce165c754b4017e37a617b097c032b8c3feb8a0394ccc8777c7c50dddff3" in hashes, "of the archive"
    done = run([str(built.python), "-c", "import pkg_resources as p; print(p.get_distribution('gym').version)"])
    assert done.stdout.strip() == "0.21.0", done.stderr
