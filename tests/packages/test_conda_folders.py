"""Folders with conda packages: what was locked is installed, without conda, wherever the folder is built."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sysconfig
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from docker.errors import APIError
from scoredock.containers.archives import TarEntry, packed
from scoredock.containers.connection import DockerSettings
from scoredock.environments.conda.lock import CondaLock
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import CondaPackages
from scoredock.errors import ScoredockError
from scoredock.packaging.conda import conda_part
from scoredock.packaging.sbom import conda_component
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.packaging import packaged_environment
from scoredock.services.packaging.service_package import Packaged
from scoredock.services.request import DeploySettings

from conda_channel import MINOR, PYTHON_VERSION, Channel, with_python
from docker_daemon import build, docker, docker_host

from .conftest import CA_BASE, Shop, plain_build
from .test_own_bases import inside, require_whole
from .test_running import JSON, ask, running

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

OWNER = "com.scoredock.tests.conda"
PREFIX = "/opt/scoredock/environment"
SCRIPT = """
import os, shutil, subprocess, sys

def init():
    global greet, tabulate
    from greeting import greet
    import tabulate

def run(raw):
    tool = subprocess.run(["ffmpeg"], capture_output=True, text=True, check=True).stdout.strip()
    shell = subprocess.run(["ffmpeg-config"], capture_output=True, text=True, check=True).stdout.strip()
    return {"greeting": greet("you"), "python": sys.version.split()[0], "prefix": sys.prefix, "tool": tool,
            "shell": shell, "tabulate": tabulate.__version__, "conda": os.environ["CONDA_PREFIX"]}
"""
CONDA = f"""
name: native
channels: [conda-forge]
dependencies:
  - python={MINOR}
  - libpython
  - greeting=1.2
  - ffmpeg
  - pip:
      - azureml-defaults
      - tabulate==0.9.0
"""


@dataclass
class Place:
    """A project with conda packages, and what is packaged of it."""

    shop: Shop
    channel: Channel
    folder: Path
    base: str
    """An image in which the tests' Python finds its library."""

    def package(self, target: Path, base: str = "") -> Packaged:
        deploy = replace(
            self.shop.wanted,
            models=(),
            entry_script=str(self.folder / "score.py"),
            source_directory=None,
            environment_file=str(self.folder / "conda.yml"),
        )
        return self.shop.package(target, base or self.base, deploy=deploy)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, ca_base: str) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("conda")
    channel = with_python(folder / "channel")
    library = Path(str(sysconfig.get_config_var("LIBDIR"))) / str(sysconfig.get_config_var("INSTSONAME"))
    if library.name.endswith(".so.1.0") and library.is_file():
        channel.add("libpython", "1.0", {f"lib/{library.name}": library})  # of this machine's Python, if it needs one
    else:
        channel.add("libpython", "1.0", {"share/libpython/none.txt": b"not needed\n"})
    channel.write()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "conda.yml").write_text(CONDA)
    workspace = folder / "home" / "workspaces" / "local"
    workspace.mkdir(parents=True)
    registry = Registry(workspace)
    environment = EnvironmentSettings(conda_channels=(f"conda-forge={channel.url}",))
    settings = DeploySettings(docker=DockerSettings(docker_host()), environment=environment)
    name = f"scoredock-conda-{uuid.uuid4().hex[:8]}"
    base = f"{name}:base"
    text = f"FROM {CA_BASE}\nLABEL {OWNER}={name}\nENV LD_LIBRARY_PATH={PREFIX}/lib\n"
    build(docker(), packed([TarEntry("Dockerfile", text.encode())]), base)
    shop = Shop(folder, registry, Deployments(registry, settings=settings), name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATTLER_CACHE_DIR", str(folder / "cache"))
        if library.name.endswith(".so.1.0"):
            patch.setenv("LD_LIBRARY_PATH", str(library.parent))
        yield Place(shop, channel, folder, base)
    # All that was built on it, the stages of builds too: those on top go first, and take what lies below them along.
    left = {"label": f"{OWNER}={name}"}
    while found := docker().api.images(quiet=True, filters=left):
        for image in found:
            with contextlib.suppress(APIError):
                docker().api.remove_image(image, force=True)
        if docker().api.images(quiet=True, filters=left) == found:
            break


@pytest.fixture(scope="module")
def made(place: Place) -> Packaged:
    return place.package(place.folder / "out")


@pytest.mark.long("at the gate images install locked conda packages, and a folder refuses one that was changed")
def test_conda_packages_are_installed_as_they_were_locked(place: Place, made: Packaged) -> None:
    tag = f"{place.shop.name}:built"
    plain_build(inside(made), tag, "--build-arg", f"INSTALLER_IMAGE={place.base}")
    with running(tag, docker_host(), "--read-only", "--tmpfs", "/tmp", "--volume", "/var/scoredock") as port:
        status, _, answer = ask(port, "POST", "/score", "{}", JSON)
    assert status == 200, answer
    assert json.loads(answer) == {
        "greeting": "hello you",
        "python": PYTHON_VERSION,
        "prefix": PREFIX,
        "tool": f"{PREFIX}/share/tool",
        "shell": f"{PREFIX}/share",
        "tabulate": "0.9.0",
        "conda": PREFIX,
    }
    look = ["docker", "-H", docker_host(), "run", "--rm", tag, "/bin/sh", "-c", "ls /opt/scoredock; command -v rattler"]
    done = subprocess.run(look, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["environment"], "nothing of the installer stays"


def test_the_folder_holds_the_lock_and_what_no_network_brings(place: Place, made: Packaged) -> None:
    require_whole(made)
    lock = json.loads((inside(made) / "conda-lock.json").read_text())
    packages = {each["name"]: each for each in lock["packages"]}
    assert set(packages) == {"ffmpeg", "greeting", "libpython", "python"}
    for package in packages.values():
        assert package["url"] == f"conda-packages/{package['subdir']}/{package['file_name']}"
        assert package["sha256"] == sha256((inside(made) / package["url"]).read_bytes()).hexdigest()
    everything = "".join(
        path.read_text()
        for path in inside(made).rglob("*")
        if path.suffix in (".json", ".md", ".txt", "") and path.is_file()
    )
    assert str(place.channel.folder) not in everything, "where the channel lies on this machine is nobody's business"
    told = json.loads((inside(made) / "sbom.cdx.json").read_text())
    found = {each["name"]: each for each in told["components"]}
    assert (
        found["greeting"]["purl"]
        == "pkg:conda/greeting@1.2.0?build=0&channel=conda-packages&subdir=noarch&type=tar.bz2"
    )
    assert found["greeting"]["hashes"] == [{"alg": "SHA-256", "content": packages["greeting"]["sha256"]}]
    assert found["tabulate"]["purl"] == "pkg:pypi/tabulate@0.9.0"
    readme = (inside(made) / "README.md").read_text()
    assert "--build-arg INSTALLER_IMAGE=NAME" in readme
    assert "`python:3.12-slim`" in readme
    assert f"are for {lock['platform']}: on a machine of another kind, build with `--platform linux/" in readme
    assert "Scripts that conda packages bring for their activation" in readme


def test_equal_conda_packages_make_equal_folders(place: Place, made: Packaged, tmp_path: Path) -> None:
    again = place.package(tmp_path / "again")
    assert again.digests == made.digests
    for file in ("SHA256SUMS", "conda-lock.json", "Dockerfile", "sbom.cdx.json"):
        assert (inside(again) / file).read_bytes() == (inside(made) / file).read_bytes()


def test_a_package_that_was_changed_is_not_installed(place: Place, made: Packaged, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(inside(made), changed)
    package = next(changed.glob("conda-packages/noarch/greeting-*"))
    package.write_bytes(package.read_bytes() + b"x")
    with pytest.raises(AssertionError, match=r"greeting-1\.2\.0-0\.tar\.bz2 is not the file of the lock"):
        plain_build(changed, f"{place.shop.name}:changed", "--build-arg", f"INSTALLER_IMAGE={place.base}")


@pytest.mark.long("test_own_bases has it for packages of pip")
def test_where_environments_are_of_another_system_it_is_solved_for_linux(
    place: Place, made: Packaged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged_environment, "system_here", lambda: "")
    solved = place.package(tmp_path / "out")
    assert (inside(solved) / "conda-lock.json").read_bytes() == (inside(made) / "conda-lock.json").read_bytes()
    names = {line.split("==")[0] for line in (inside(solved) / "requirements.txt").read_text().splitlines()}
    assert {"tabulate", "h11"} <= names
    assert "scoredock-runtime" not in names


@pytest.fixture
def served(place: Place) -> Iterator[Place]:
    """The same project with its channel on a server."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place.channel.folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    channel = f"conda-forge=http://127.0.0.1:{server.server_address[1]}"
    settings = DeploySettings(
        docker=DockerSettings(docker_host()), environment=EnvironmentSettings(conda_channels=(channel,))
    )
    try:
        yield replace(place, shop=replace(place.shop, deployments=Deployments(place.shop.registry, settings=settings)))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.long("two more builds; the gate has the same comparison with packages that lie in the folder")
def test_packages_of_a_server_are_fetched_and_compared(served: Place, tmp_path: Path) -> None:
    made = inside(served.package(tmp_path / "out"))
    assert not (made / "conda-packages").exists()
    lock = json.loads((made / "conda-lock.json").read_text())
    assert all(each["url"].startswith("http://127.0.0.1:") and each["sha256"] for each in lock["packages"])
    assert "the conda packages of `conda-lock.json`, from 127.0.0.1:" in (made / "README.md").read_text()
    options = ("--build-arg", f"INSTALLER_IMAGE={served.base}", "--target", "scoredock-conda")
    file = next(served.channel.folder.glob("noarch/greeting-*"))
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        with pytest.raises(AssertionError, match=r"(?i)hash mismatch|checksum|expected sha256"):
            plain_build(made, f"{served.shop.name}:served", *options)
    finally:
        file.write_bytes(content)
    plain_build(made, f"{served.shop.name}:served", *options)


LOCK = {
    "platform": "linux-64",
    "packages": [
        {
            "name": "a",
            "version": "1",
            "build": "0",
            "build_number": 0,
            "subdir": "noarch",
            "file_name": "a-1-0.conda",
            "url": "https://conda.example.com/t/*****/c/noarch/a-1-0.conda",
            "channel": "c",
            "sha256": "",
            "md5": "",
            "size": 0,
            "noarch": "generic",
            "depends": [],
            "constrains": [],
            "site_packages": "",
        }
    ],
}


def lock_of(url: str, digest: str = "") -> CondaLock:
    return CondaLock.from_json(
        json.dumps({**LOCK, "packages": [{**LOCK["packages"][0], "url": url, "sha256": digest}]})
    )  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("url", "channels", "told"),
    [
        ("https://conda.example.com/t/*****/c/noarch/a-1-0.conda", ("c",), "needs a sign-in"),
        (
            "https://conda.example.com/c/noarch/a-1-0.conda",
            ("https://me:secret@conda.example.com/c",),
            "needs a sign-in",
        ),
        ("s3://bucket/c/noarch/a-1-0.conda", ("c",), "a build cannot access"),
    ],
)
def test_channels_that_the_build_cannot_reach(url: str, channels: tuple[str, ...], told: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        conda_part(lock_of(url), CondaPackages(("a",), channels), (), "svc")
    assert refused.value.code == "package-not-portable"
    assert told in refused.value.message
    assert "secret" not in refused.value.message


def test_a_local_package_that_is_gone_or_another_one(tmp_path: Path) -> None:
    file = tmp_path / "a-1-0.conda"
    packages = CondaPackages(("a",), (tmp_path.as_uri(),))
    with pytest.raises(ScoredockError) as refused:
        conda_part(lock_of(file.as_uri()), packages, (), "svc")
    assert refused.value.code == "file-not-found"
    file.write_bytes(b"1")
    with pytest.raises(ScoredockError) as refused:
        conda_part(lock_of(file.as_uri(), "0" * 64), packages, (), "svc")
    assert refused.value.code == "conda-package-changed"
    part = conda_part(lock_of(file.as_uri()), packages, (), "svc")
    assert part.lock.packages[0].sha256 == sha256(b"1").hexdigest()
    assert (part.notes, part.hosts) == ((), ())


def test_what_a_channel_tells_no_digest_of_is_said() -> None:
    part = conda_part(lock_of("https://conda.example.com/c/noarch/a-1-0.conda"), CondaPackages(("a",), ("c",)), (), "s")
    assert part.hosts == ("conda.example.com",)
    assert "no SHA-256 of a" in part.notes[0]


def test_a_channel_in_a_bill_of_materials() -> None:
    """Its address has signs that a package URL escapes."""
    lock = lock_of("https://conda.example.com/c/noarch/a-1-0.conda")
    component = conda_component(replace(lock.packages[0], channel="https://conda.anaconda.org/conda-forge/"))
    channel = "https%3A%2F%2Fconda.anaconda.org%2Fconda-forge%2F"
    assert component["purl"] == f"pkg:conda/a@1?build=0&channel={channel}&subdir=noarch&type=conda"
