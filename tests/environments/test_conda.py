"""Real conda packages from a channel of our own making: solved, locked, installed, told, refused."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from platform import machine
from typing import Any

import pytest
from filelock import FileLock
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.conda import packages as conda
from scoredock.environments.conda.channels import addresses, without_tokens
from scoredock.environments.conda.lock import CondaLock
from scoredock.environments.facts import environment_facts
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, from_conda
from scoredock.errors import ScoredockError
from scoredock.packaging import conda_install as packages_conda_install
from scoredock.progress import CancelToken, Silent, amount

from conda_channel import MINOR, PYTHON_VERSION, WAS_RUN, Channel, with_python


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return with_python(tmp_path_factory.mktemp("channel"))


@pytest.fixture(scope="module", autouse=True)
def _own_package_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Packages of the channel are unpacked once for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATTLER_CACHE_DIR", str(tmp_path_factory.mktemp("packages")))
        yield


@pytest.fixture
def nothing_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is asked of a package before it is unpacked."""
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "packages"))


@pytest.fixture
def conda_cache(cache: EnvironmentCache, channel: Channel) -> EnvironmentCache:
    return EnvironmentCache(cache.root, EnvironmentSettings(conda_channels=(f"conda-forge={channel.url}",)))


@pytest.fixture(scope="module")
def common_cache(
    channel: Channel, wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EnvironmentCache]:
    """For what is asked of an environment that is there already: it is built once."""
    settings = EnvironmentSettings(conda_channels=(f"conda-forge={channel.url}",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(wheelhouse))
        yield EnvironmentCache(tmp_path_factory.mktemp("common"), settings)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A folder over HTTP."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            return None

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def wanted(*packages: str, pip: tuple[str, ...] = (), channels: tuple[str, ...] = ()) -> EnvironmentSpec:
    return from_conda(CondaSpec(name="demo", conda=packages, pip=pip, channels=channels), "/p/conda.yml", way="conda")


def lock_of(channel: Channel, *specs: str) -> CondaLock:
    packages = CondaPackages(specs, (channel.url,))
    return conda.solve(packages, EnvironmentSettings(), Silent(), CancelToken())


def refusal(channel: Channel, *specs: str) -> ScoredockError:
    with pytest.raises(ScoredockError) as refused:
        lock_of(channel, *specs)
    return refused.value


def test_a_condarc_that_strangers_leave_decides_nothing(
    channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the working directory, in the temporary folder and above both; a channel that is nowhere would be told."""
    for folder in (tmp_path, tmp_path / "repository", tmp_path / "tmp"):
        folder.mkdir(exist_ok=True)
        for name in (".condarc", "condarc", ".mambarc"):
            (folder / name).write_text("channels: [http://127.0.0.1:9/c]\noverride_channels_enabled: false\n")
    monkeypatch.chdir(tmp_path / "repository")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    found = {package.name: package.url for package in lock_of(channel, "greeting=1.2").packages}
    assert found["greeting"].startswith(channel.url)
    assert all(url.startswith(channel.url) for url in found.values())


def test_solved_locked_installed_and_imported(conda_cache: EnvironmentCache, told: Any) -> None:
    spec = wanted("greeting=1.2", "hooked", pip=("azureml-defaults", "six"))
    built = conda_cache.prepare(spec, told, CancelToken())
    script = "import greeting, six, scoredock_runtime, sys; print(greeting.greet('all'), sys.prefix)"
    ran = subprocess.run([built.python, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["hello", "all", str(built.folder)]
    assert (built.kind, built.python_version) == ("conda", PYTHON_VERSION)
    assert subprocess.run([built.folder / "bin/ffmpeg"], capture_output=True, text=True, check=True).stdout == (
        f"{built.folder}/share/tool\n"
    )
    configured = subprocess.run([built.folder / "bin/ffmpeg-config"], capture_output=True, text=True, check=True)
    assert configured.stdout == f"{built.folder}/share\n"
    environment = built.process_environment({"PATH": "/usr/bin"})
    assert environment["CONDA_PREFIX"] == str(built.folder)
    assert environment["PATH"] == f"{built.folder}/bin:/usr/bin"
    lock = conda_cache.inspect(built.key).conda_lock
    assert "/noarch/greeting-1.2.0-0.tar.bz2#sha256:" in lock
    assert "@EXPLICIT" in lock.splitlines()
    assert any("of 4 conda packages)" in message for message in told.messages)
    assert any("installed from conda channels" in message for message in told.messages)
    for script_file in (built.folder / "bin").iterdir():
        assert b".building-" not in script_file.read_bytes()
    assert "hooked has a post-install script, which was not run" in told.messages
    assert "Activation scripts of conda packages are not run: hooked.sh" in told.messages
    assert not (built.folder / WAS_RUN).exists()


def test_a_name_that_the_package_index_lacks_comes_from_the_channels_of_the_file(
    conda_cache: EnvironmentCache, told: Any
) -> None:
    """Nobody has said that the file is for conda, and no list of ours has the name."""
    packages = (f"python={MINOR}", "only-of-a-channel", "greeting")
    spec = from_conda(CondaSpec(name="demo", conda=packages, pip=("six",), channels=()), "/p/conda.yml")
    assert spec.conda is None
    built = conda_cache.prepare(spec, told, CancelToken())
    assert built.kind == "conda"
    assert (built.folder / "share/only.txt").is_file()
    subprocess.run([built.python, "-I", "-c", "import greeting, six"], check=True)
    assert any("because pip does not have only-of-a-channel" in message for message in told.messages)
    assert conda_cache.prepare(spec, Silent(), CancelToken()).key == built.key


def test_a_name_that_neither_has_is_told_by_both(conda_cache: EnvironmentCache) -> None:
    spec = from_conda(CondaSpec(name="demo", conda=("no-such-package-anywhere",), pip=(), channels=()), "/p/conda.yml")
    with pytest.raises(ScoredockError) as refused:
        conda_cache.prepare(spec, Silent(), CancelToken())
    assert "no-such-package-anywhere is not in the package index." in refused.value.message
    assert refused.value.code == "conda-unsatisfiable"


def test_what_the_checks_are_told(common_cache: EnvironmentCache) -> None:
    spec = wanted("greeting", "pytorch-cpu=2", pip=("six",))
    before = environment_facts(spec)
    assert set(before.packages) == {"greeting", "torch", "six"}
    assert not before.complete
    spec = wanted("greeting", pip=("six",))
    built = common_cache.prepare(spec, Silent(), CancelToken())
    facts = environment_facts(spec, "", built)
    assert facts.installed is not None
    assert facts.installed["greeting"] == "1.2.0"
    assert "six" in facts.installed
    assert facts.modules is not None
    assert "greeting" in facts.modules


@pytest.mark.chance
def test_a_sweep_leaves_what_another_process_builds(conda_cache: EnvironmentCache) -> None:
    key = "0123456789abcdef"
    (conda_cache.root / ".locks").mkdir(parents=True)
    folders = [conda_cache.root / f".building-{key}-1234", conda_cache.root / f".building-{key}-1234-worker_x"]
    for folder in folders:
        folder.mkdir()
    with FileLock(str(conda_cache.root / ".locks" / f"{key}.lock")):
        assert conda_cache.sweep() == 0
        assert all(folder.is_dir() for folder in folders)
    assert conda_cache.sweep() == 2


def test_the_second_time_is_only_a_look(common_cache: EnvironmentCache, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = wanted("greeting", pip=("six",))
    built = common_cache.prepare(spec, Silent(), CancelToken())

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError(f"a process was started: {arguments}")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert common_cache.prepare(spec, Silent(), CancelToken()) == built


def test_lock_installs_again_for_another_place(channel: Channel, tmp_path: Path) -> None:
    lock = CondaLock.from_json(lock_of(channel, "greeting").to_json())
    assert [package.name for package in lock.packages] == ["ffmpeg", "greeting", "python"]
    assert lock.python == PYTHON_VERSION
    prefix = tmp_path / "prefix"
    conda.install(lock, prefix, Silent(), CancelToken(), embedded_prefix="/opt/environment")
    ran = subprocess.run([prefix / "bin/ffmpeg"], capture_output=True, text=True, check=True)
    assert ran.stdout == "/opt/environment/share/tool\n"
    assert (prefix / f"lib/python{MINOR}/site-packages/greeting/__init__.py").is_file()


@pytest.mark.usefixtures("nothing_unpacked")
def test_the_program_in_packages_runs_no_scripts_of_packages_either(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_text(lock_of(channel, "hooked").to_json())
    prefix = tmp_path / "prefix"
    program = [sys.executable, packages_conda_install.__file__, tmp_path / "lock.json", prefix]
    subprocess.run(program, check=True, timeout=60)
    assert (prefix / "bin/.hooked-post-link.sh").is_file()
    assert not (prefix / WAS_RUN).exists()


def test_packages_of_another_machine_are_refused_with_the_platform_to_build_for(
    channel: Channel, tmp_path: Path
) -> None:
    other, wanted = ("linux-64", "linux/amd64") if machine() == "aarch64" else ("linux-aarch64", "linux/arm64")
    told = {**json.loads(lock_of(channel, "hooked").to_json()), "platform": other}
    (tmp_path / "lock.json").write_text(json.dumps(told))
    program = [sys.executable, packages_conda_install.__file__, tmp_path / "lock.json", tmp_path / "prefix"]
    ended = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert f"The conda packages are for {other}" in ended.stderr
    assert f"docker build --platform {wanted}" in ended.stderr
    assert not (tmp_path / "prefix").exists()


def test_a_package_that_no_channel_has(channel: Channel) -> None:
    error = refusal(channel, "python", "nosuch >=1")
    assert error.code == "conda-unsatisfiable"
    assert "No candidates were found for nosuch >=1" in error.message
    assert error.details["missing"] == ["nosuch >=1"]


def test_why_a_set_has_no_solution(channel: Channel) -> None:
    error = refusal(channel, "r-base")
    assert error.code == "conda-unsatisfiable"
    assert "r-base 4.3.1 would require; missing-thing >=2, for which no candidates were found" in error.message


def test_a_build_as_conda_writes_it(channel: Channel) -> None:
    """`conda env export` writes `python=3.11.7=hab00c5b_1_cpython`."""
    assert lock_of(channel, f"python={PYTHON_VERSION}=0").python == PYTHON_VERSION
    assert refusal(channel, f"python={PYTHON_VERSION}=other").code == "conda-unsatisfiable"


def test_a_requirement_that_conda_cannot_read(channel: Channel) -> None:
    error = refusal(channel, "python =!=3")
    assert error.code == "environment-requirement-invalid"
    assert error.details["requirement"] == "python =!=3"


@pytest.mark.parametrize("address", ["file:///nowhere/channel", "http://127.0.0.1:9/channel"])
def test_a_channel_that_cannot_be_read(address: str) -> None:
    packages = CondaPackages(("python", "ffmpeg"), (address,), ("ffmpeg",))
    with pytest.raises(ScoredockError) as refused:
        conda.solve(packages, EnvironmentSettings(), Silent(), CancelToken(), source="/p/conda.yml")
    error = refused.value
    assert error.code == "conda-channel-unreachable"
    assert error.details["channel"] == address
    assert "ffmpeg can only come from conda." in error.message
    assert "condaChannels" in error.fix
    assert error.place is not None


@pytest.mark.usefixtures("nothing_unpacked")
@pytest.mark.parametrize(
    "served", [pytest.param(False, marks=pytest.mark.long("the same damage in a channel that is a folder")), True]
)
def test_a_package_that_is_not_what_the_channel_lists(channel: Channel, tmp_path: Path, served: bool) -> None:
    copy = Channel(tmp_path / "copy", json.loads(json.dumps(channel.records)))
    shutil.copytree(channel.folder, copy.folder)
    copy.records["linux-64"]["ffmpeg-6.1.0-0.tar.bz2"]["sha256"] = hashlib.sha256(b"another").hexdigest()
    copy.write()
    with serving(copy.folder) as address:
        packages = CondaPackages(("ffmpeg",), (address if served else copy.url,))
        lock = conda.solve(packages, EnvironmentSettings(), Silent(), CancelToken())
        with pytest.raises(ScoredockError) as refused:
            conda.install(lock, tmp_path / "prefix", Silent(), CancelToken())
    assert refused.value.code == "conda-package-changed"
    assert "ffmpeg 6.1.0" in refused.value.message


class Bar(Silent):
    """What a bar in a terminal is drawn from."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, int | None]] = []

    def report(self, message: str, percentage: int | None = None) -> None:
        self.parts.append((message, percentage))


@pytest.mark.usefixtures("nothing_unpacked")
def test_downloads_and_links_have_a_bar(channel: Channel, tmp_path: Path) -> None:
    bar = Bar()
    with serving(channel.folder) as address:
        packages = CondaPackages(("greeting",), (address,))
        lock = conda.solve(packages, EnvironmentSettings(), Silent(), CancelToken())
        conda.install(lock, tmp_path / "prefix", bar, CancelToken())
    size = amount(sum(package.size for package in lock.packages))
    downloads = [(message, done) for message, done in bar.parts if message.startswith("Downloading conda packages, ")]
    assert downloads
    assert all(f" of {size}" in message and 0 <= (done or 0) <= 99 for message, done in downloads)
    links = [done for message, done in bar.parts if message.startswith("Installing ")]
    assert links == [0, 33, 66]


@pytest.mark.usefixtures("nothing_unpacked")
def test_a_package_that_is_gone(channel: Channel, tmp_path: Path) -> None:
    copy = Channel(tmp_path / "copy", channel.records)
    shutil.copytree(channel.folder, copy.folder)
    lock = lock_of(copy, "ffmpeg")
    (copy.folder / "linux-64/ffmpeg-6.1.0-0.tar.bz2").unlink()
    with pytest.raises(ScoredockError) as refused:
        conda.install(lock, tmp_path / "prefix", Silent(), CancelToken())
    assert refused.value.code == "conda-channel-unreachable"


@pytest.mark.chance
def test_cancelled_build_leaves_nothing(conda_cache: EnvironmentCache) -> None:
    cancel = CancelToken()

    class Canceller(Silent):
        def report(self, message: str, percentage: int | None = None) -> None:
            if message.startswith("Creating"):
                cancel.cancel()

    with pytest.raises(ScoredockError) as refused:
        conda_cache.prepare(wanted("greeting"), Canceller(), cancel)
    assert refused.value.code == "cancelled"
    assert conda_cache.list() == []
    assert [entry.name for entry in conda_cache.root.iterdir() if "building" in entry.name] == []


@pytest.mark.usefixtures("nothing_unpacked")
def test_a_mirror_stands_for_a_channel(channel: Channel, tmp_path: Path) -> None:
    with serving(channel.folder) as mirror:
        settings = EnvironmentSettings(conda_channels=(f"defaults={mirror}",))
        lock = conda.solve(CondaPackages(("ffmpeg",), ("defaults",)), settings, Silent(), CancelToken())
        assert lock.packages[0].url == f"{mirror}/linux-64/ffmpeg-6.1.0-0.tar.bz2"
        conda.install(lock, tmp_path / "prefix", Silent(), CancelToken())
    assert (tmp_path / "prefix/bin/ffmpeg").is_file()


def test_addresses_of_channels() -> None:
    assert addresses((), ()) == ("https://conda.anaconda.org/conda-forge",)
    assert addresses(("defaults", "conda-forge", "nodefaults"), ()) == (
        "https://repo.anaconda.com/pkgs/main",
        "https://repo.anaconda.com/pkgs/r",
        "https://conda.anaconda.org/conda-forge",
    )
    mirrors = ("conda-forge=https://mirror/cf/", "defaults=/srv/main")
    assert addresses(("https://conda.anaconda.org/conda-forge", "defaults"), mirrors) == (
        "https://mirror/cf",
        "file:///srv/main",
    )
    assert addresses(("pytorch", "https://x/y"), ("https://mirror/all",)) == ("https://mirror/all",)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("https://me:secret@mirror/cf, https://x/y", "https://mirror/cf, https://x/y"),
        (
            "https://conda.anaconda.org/t/secret/team/noarch/a.conda",
            "https://conda.anaconda.org/t/*****/team/noarch/a.conda",
        ),
        ('{"url": "https://mirror", "mail": "a@b"}', '{"url": "https://mirror", "mail": "a@b"}'),
    ],
)
def test_passwords_and_tokens_of_channels_are_not_shown(written: str, told: str) -> None:
    assert without_tokens(written) == told


def test_without_py_rattler_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conda, "available", lambda: False)
    with pytest.raises(ScoredockError) as refused:
        conda.require(CondaPackages(("ffmpeg",), (), ("ffmpeg",)), "/p/conda.yml")
    assert refused.value.code == "conda-support-missing"
    assert "scoredock environment enable conda" in refused.value.fix
    assert refused.value.details["extra"] == "conda"
