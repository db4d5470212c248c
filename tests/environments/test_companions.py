"""What old pins need is taken from their time, also from an index without upload times; what is proposed is tried."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from packaging.version import Version
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, from_conda, from_requirements
from scoredock.environments.trial import PROGRAM, Trouble, trouble, trouble_in
from scoredock.environments.versions.companions import NOT_NAMED, release_dates, with_companions, with_missing
from scoredock.environments.versions.nearest import Suggestion, for_spec, suggest
from scoredock.progress import CancelToken, Silent

from package_index import Release, index_of

OLD = ("scikit-learn==1.1.3", "numpy", "requests>=2.20")


def lines(*written: str) -> EnvironmentSpec:
    return from_requirements(written, "/p/requirements.txt", "test")


def held(spec: EnvironmentSpec, index: str = "") -> Suggestion:
    found = suggest(spec, EnvironmentSettings(index_url=index), Silent(), CancelToken())
    return with_companions(found, Silent())


def versions(found: Suggestion) -> dict[str, Version]:
    pinned = (line.split("==") for line in found.requirements if "==" in line)
    return {name: Version(version) for name, version in pinned}


def require_numpy_of_its_time(found: Suggestion) -> None:
    told = versions(found)
    assert told["scikit-learn"] == Version("1.1.3")
    assert Version("1.23") <= told["numpy"] < Version("1.25")
    assert told["scipy"] < Version("1.11")
    assert "requests>=2.20" in found.requirements, "it has nothing to do with the pin"
    (free,) = [each for each in found.changed if each.name == "numpy"]
    assert free.old == "any version"
    assert {each.old for each in found.changed if each.name == "scipy"} == {NOT_NAMED}
    assert "later releases were not made for them" in found.impossible[-1]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="scikit-learn 1.1.3 has no wheel for it")
def test_what_a_pin_needs_comes_from_its_time() -> None:
    require_numpy_of_its_time(held(lines(*OLD)))


@pytest.fixture
def silent_index() -> Iterator[str]:
    """The pages of the real index without the times of uploads, as many private ones are."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = requests.get(
                f"https://pypi.org{self.path}", headers={"Accept": "application/vnd.pypi.simple.v1+json"}, timeout=60
            )
            kind, body = found.headers["Content-Type"], found.content
            if "json" in kind:
                told = json.loads(body)
                for file in told["files"]:
                    file.pop("upload-time", None)
                body = json.dumps(told).encode()
            self.send_response(found.status_code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    server.server_close()


@pytest.mark.long(
    "carries whole pages of the index through a server; the dates are a table, and the test above takes versions by"
    " date"
)
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="scikit-learn 1.1.3 has no wheel for it")
def test_an_index_that_tells_no_times_is_helped_by_dates_that_we_know(
    silent_index: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    require_numpy_of_its_time(held(lines(*OLD), silent_index))


RELEASES = (
    Release("scikit-learn", "1.1.0", requires=("numpy>=1.17.3",), uploaded="2022-05-12T00:00:00Z"),
    Release("scikit-learn", "1.1.3", requires=("numpy>=1.17.3",), uploaded="2022-10-26T00:00:00Z"),
    Release("scikit-learn", "1.9.0", requires=("numpy>=1.17.3",), uploaded="2026-06-02T00:00:00Z"),
    Release("numpy", "1.22.4", uploaded="2022-05-20T00:00:00Z"),
    Release("numpy", "1.23.5", uploaded="2022-11-20T00:00:00Z"),
    Release("numpy", "2.4.0", uploaded="2025-12-20T00:00:00Z"),
    Release("setuptools", "80.9.0", uploaded="2025-05-27T00:00:00Z"),
    Release("setuptools", "82.0.1", uploaded="2026-02-08T00:00:00Z"),
    Release("requests", "1.1.0", uploaded="2013-01-10T00:00:00Z"),
    Release("requests", "1.9.0", uploaded="2026-06-01T00:00:00Z"),
)
IndexOf = Callable[..., str]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexOf]:
    """`index(times=…)` is the address of an index with `RELEASES`, which tells the times of uploads or does not."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    with ExitStack() as stack:

        def started(*, times: bool) -> str:
            releases = RELEASES if times else [replace(each, uploaded="") for each in RELEASES]
            return f"http://{stack.enter_context(index_of(tmp_path / 'index', releases)).address}/simple"

        yield started


@pytest.mark.parametrize("times", [True, False], ids=["the index tells times", "dates that we know"])
@pytest.mark.parametrize("pin", ["==1.1.*", "~=1.1.0", ">=1.1,<1.2"])
def test_a_pin_of_a_minor_release_is_of_the_time_of_its_newest_version(index: IndexOf, pin: str, times: bool) -> None:
    """A NumPy that came before the newest of them is good, one that came years after is not."""
    found = held(lines(f"scikit-learn{pin}", "numpy"), index(times=times))
    assert found.requirements == (f"scikit-learn{pin}", "numpy==1.23.5")
    assert [(each.name, each.old, each.new) for each in found.changed] == [("numpy", "any version", "1.23.5")]


def test_a_fuzzy_pin_of_conda_is_one_of_a_minor_release(index: IndexOf) -> None:
    for written in ("scikit-learn=1.1", "scikit-learn=1.1.*"):
        spec = from_conda(CondaSpec(conda=(written, "numpy")), "/p/conda.yml")
        assert "numpy==1.23.5" in held(spec, index(times=True)).requirements, written


@pytest.mark.parametrize("loose", ["==1.*", "~=1.1", ">=1.1,!=1.2.*"])
def test_what_leaves_more_open_tells_no_time(index: IndexOf, loose: str) -> None:
    """The newest version of it is of these days, and that says nothing of the time of the others."""
    found = held(lines("scikit-learn==1.1.3", "numpy", f"requests{loose}"), index(times=True))
    assert found.requirements == ("scikit-learn==1.1.3", "numpy==1.23.5", f"requests{loose}")


def test_pins_of_today_are_left_alone() -> None:
    newest = suggest(lines("six"), EnvironmentSettings(), Silent(), CancelToken())
    assert with_companions(newest, Silent()) is newest
    pinned = suggest(lines("six==1.17.0", "packaging"), EnvironmentSettings(), Silent(), CancelToken())
    assert with_companions(pinned, Silent()).requirements == pinned.requirements, "six needs nothing"


def test_the_dates_that_we_know_are_in_order() -> None:
    for name, releases in release_dates().items():
        minors = [Version(minor) for minor, _ in releases]
        assert minors == sorted(minors), name
        assert all(date.fromisoformat(day) for _, day in releases)
    assert dict(release_dates()["numpy"])["2.0"] == "2024-06-16"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltEnvironment:
    cache = EnvironmentCache(tmp_path_factory.mktemp("environments"), EnvironmentSettings())
    return cache.build(lines("six==1.16.0", "joblib==1.3.2"), Silent(), CancelToken())


def problem_with(built: BuiltEnvironment, names: tuple[str, ...], *models: Path) -> Trouble | None:
    return trouble(built, names, models, CancelToken())


def test_what_can_be_imported_is_no_trouble(built: BuiltEnvironment) -> None:
    assert problem_with(built, ("six", "joblib", "not-installed")) is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("import numpy_of_another_time\n", "ModuleNotFoundError"),
        ("raise AttributeError('module numpy has no attribute float')\n", "no attribute float"),
        ("import sys; sys.exit('no')\n", "SystemExit"),
        ("import os; os._exit(7)\n", "ended with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n", "ended with"),
    ],
)
def test_what_cannot_be_imported_is_named_with_the_reason(built: BuiltEnvironment, body: str, why: str) -> None:
    module = next(built.folder.rglob("site-packages/six.py"))
    before = module.read_text()
    module.unlink()  # it may be a link into a cache
    module.write_text(body)
    try:
        found = problem_with(built, ("joblib", "six"))
    finally:
        module.write_text(before)
    assert found is not None
    assert (found.what, found.is_model) == ("six", False)
    assert why in found.why


def test_a_model_is_loaded(built: BuiltEnvironment, tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00]\x94.")
    bad.write_bytes(b"csklearn.tree\nTree\n.")
    assert problem_with(built, ("six",), good) is None
    found = problem_with(built, ("six",), good, bad)
    assert found is not None
    assert (found.what, found.is_model) == (str(bad), True)
    assert "sklearn" in found.why


@pytest.mark.long(
    "the proposal itself is above; tests/cli/test_nearest.py installs and imports a small one at the gate"
)
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="scikit-learn 1.1.3 has no wheel for it")
def test_the_numpy_of_today_would_not_have_worked(tmp_path: Path) -> None:
    """The planted bug of this file: without what came with it, the proposal of old cannot be imported."""
    cache = EnvironmentCache(tmp_path, EnvironmentSettings())
    first = suggest(lines("scikit-learn==1.1.3", "numpy"), EnvironmentSettings(), Silent(), CancelToken())
    names = ("scikit-learn", "numpy")
    plain = cache.build(for_spec(lines(), first), Silent(), CancelToken())
    found = problem_with(plain, names)
    assert found is not None
    assert found.what == "scikit-learn"
    right = cache.build(for_spec(lines(), with_companions(first, Silent())), Silent(), CancelToken())
    assert problem_with(right, names) is None


def test_a_package_that_is_imported_and_that_nobody_lists_is_added() -> None:
    found = suggest(lines("packaging"), EnvironmentSettings(), Silent(), CancelToken())
    completed = with_missing(found, "ModuleNotFoundError: No module named 'six.moves'")
    assert completed is not None
    assert completed.requirements[0] == "packaging"
    (change,) = completed.changed
    assert (change.name, change.old) == ("six", NOT_NAMED)
    assert completed.requirements[1] == f"six=={change.new}"
    assert with_missing(completed, "ModuleNotFoundError: No module named 'six'") is None, "it is there already"
    assert with_missing(found, "ModuleNotFoundError: No module named 'scoredock_no_such_module'") is None
    with_setuptools = with_missing(found, "NameError: name 'pkg_resources' is not defined")
    assert with_setuptools is not None
    assert with_setuptools.requirements[1].startswith("setuptools==")
    assert int(with_setuptools.changed[0].new.partition(".")[0]) < 81, "later ones have no such module"
    assert with_missing(found, "ImportError: cannot import name 'x' from 'six'") is None


def test_a_newer_setuptools_gives_way_where_its_old_module_is_imported(index: IndexOf) -> None:
    """As where a pin had to give way and went up beyond the last that had `pkg_resources`."""
    first = suggest(
        lines("numpy", "setuptools==82.0.1"), EnvironmentSettings(index_url=index(times=True)), Silent(), CancelToken()
    )
    completed = with_missing(first, "ModuleNotFoundError: No module named 'pkg_resources'")
    assert completed is not None
    assert completed.requirements == ("numpy", "setuptools==80.9.0")
    (change,) = completed.changed
    assert (change.name, change.old, change.new) == ("setuptools", "82.0.1", "80.9.0")
    again = replace(completed, changed=(replace(change, old="65.5.1"),), requirements=first.requirements)
    raised = with_missing(again, "ModuleNotFoundError: No module named 'pkg_resources'")
    assert raised is not None
    assert [(each.old, each.new) for each in raised.changed] == [("65.5.1", "80.9.0")], "what the file says"
    assert with_missing(completed, "ModuleNotFoundError: No module named 'pkg_resources'") is None, (
        "it is there already"
    )


@pytest.mark.parametrize(
    "why",
    [
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88",
        "ImportError: A module that was compiled using NumPy 1.x cannot be run in NumPy 2.4.0 as it may crash.",
        "ImportError: numpy.core.multiarray failed to import",
    ],
)
def test_what_was_compiled_for_numpy_1_gets_that(index: IndexOf, why: str) -> None:
    """As where one of the pins had to go up to a release of today, and its time tells of NumPy 2."""
    settings = EnvironmentSettings(index_url=index(times=True))
    first = suggest(lines("scikit-learn==1.1.3"), settings, Silent(), CancelToken())
    completed = with_missing(first, why)
    assert completed is not None
    assert completed.requirements == ("scikit-learn==1.1.3", "numpy==1.23.5")
    assert with_missing(completed, why) is None, "it has NumPy 1 already"
    assert any("compiled for NumPy 1" in each for each in completed.impossible)


def test_a_module_of_what_the_runtime_stands_for_is_added(index: IndexOf) -> None:
    """The index brings it along with a package that is not installed, as the runtime has a stand-in for that."""
    settings = EnvironmentSettings(index_url=index(times=True))
    first = suggest(lines("scikit-learn==1.1.3"), settings, Silent(), CancelToken())
    completed = with_missing(first, "ModuleNotFoundError: No module named 'numpy'")
    assert completed is not None
    assert completed.requirements == ("scikit-learn==1.1.3", "numpy==2.4.0")


@pytest.mark.parametrize("by", ["own", "old"])
def test_what_a_distribution_lists_and_does_not_have_is_not_imported(
    tmp_path: Path, request: pytest.FixtureRequest, by: str
) -> None:
    python = sys.executable if by == "own" else request.getfixturevalue("old_python")
    (tmp_path / "sound").mkdir()
    (tmp_path / "sound" / "__init__.py").write_text("")
    told = tmp_path / "sound-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: sound\nVersion: 1.0\n")
    (told / "top_level.txt").write_text("sound\nlibsound\n")
    (told / "RECORD").write_text("sound/__init__.py,,\nsound-1.0.dist-info/METADATA,,\n")
    (tmp_path / "bro_ken.py").write_text("import nowhere\n")
    told = tmp_path / "Bro_Ken-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: Bro.Ken\nVersion: 1.0\n")
    (told / "RECORD").write_text("bro_ken.py,,\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{PROGRAM}"
    asked = json.dumps([["sound", "absent"], []])
    done = subprocess.run([python, "-c", program, asked], capture_output=True, text=True, check=True)
    assert trouble_in(done.stdout.splitlines(), done.returncode, ["sound"]) is None
    assert '"begun": "sound"' in done.stdout
    asked = json.dumps([["sound", "bro-ken"], []])
    done = subprocess.run([python, "-c", program, asked], capture_output=True, text=True, check=True)
    found = trouble_in(done.stdout.splitlines(), done.returncode, ["sound", "bro-ken"])
    assert found == Trouble("bro-ken", "ModuleNotFoundError: No module named 'nowhere'")
