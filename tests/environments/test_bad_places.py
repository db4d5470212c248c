"""Indexes that go away while they answer, builds without a compiler, and very many pins."""

from __future__ import annotations

import shutil
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
import requests
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import from_conda, from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from package_index import Release, index_of

RUNTIME = Release("h11", "0.16.0")
"""What the scoring runtime needs."""
Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(autouse=True)
def short_tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@contextmanager
def before(address: str, part: str, answer: Answer) -> Iterator[str]:
    """An index before another one, which answers some paths in its own way."""

    class Between(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if part in self.path:
                answer(self)
                return
            found = requests.request(self.command, f"http://{address}{self.path}", timeout=20)
            self.send_response(found.status_code)
            self.send_header("Content-Type", found.headers["Content-Type"])
            self.send_header("Content-Length", found.headers["Content-Length"])
            self.end_headers()
            self.wfile.write(found.content)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Between)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        server.server_close()


def unavailable(request: BaseHTTPRequestHandler) -> None:
    request.send_response(503)
    request.end_headers()


def cut(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    request.wfile.write(b"PK\x03\x04")


def closed(request: BaseHTTPRequestHandler) -> None:
    request.connection.close()


def forbidden(request: BaseHTTPRequestHandler) -> None:
    request.send_response(403)
    request.end_headers()


def half(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
    request.end_headers()
    request.wfile.write(b'{"meta": {"api-version": "1.1"}, "name": "wan')


@pytest.mark.parametrize(
    ("part", "answer", "code", "words"),
    [
        ("/files/wanted", unavailable, "environment-offline", "wanted is not in the cache"),
        ("/files/wanted", cut, "environment-offline", "wanted is not in the cache"),
        ("/simple/wanted", unavailable, "environment-offline", "wanted is not in the cache"),
        ("/simple/wanted", closed, "environment-offline", "wanted is not in the cache"),
        ("/files/wanted", forbidden, "environment-index-refused", "403 Forbidden"),
        ("/simple/wanted", half, "environment-build-failed", "/simple/wanted"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_an_index_that_goes_away_while_it_answers(
    part: str,
    answer: Answer,
    code: str,
    words: str,
    cache: EnvironmentCache,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with index_of(tmp_path / "index", [RUNTIME, Release("wanted")]) as index:
        with before(index.address, part, answer) as address:
            monkeypatch.setenv("UV_DEFAULT_INDEX", address)
            with pytest.raises(ScoredockError) as raised:
                cache.prepare(from_requirements(["wanted"], "default", "test"), Silent(), CancelToken())
        assert (raised.value.code, words in raised.value.message) == (code, True), raised.value.message
        assert raised.value.fix
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
        built = cache.prepare(from_requirements(["wanted"], "default", "test"), Silent(), CancelToken())
        assert built.python.exists(), "when it is back, nothing is in the way"


def source_of(folder: Path, files: dict[str, str]) -> Path:
    """A source archive of the package `compiled`."""
    path = folder / "compiled-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {**files, "PKG-INFO": "Metadata-Version: 1.1\nName: compiled\nVersion: 1.0\n"}.items():
            member = tarfile.TarInfo(f"compiled-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, BytesIO(text.encode()))
    return path


def by(*needed: str, backend: str) -> str:
    return (
        f"[build-system]\nrequires = {list(needed)}\nbuild-backend = '{backend}'\n"
        "[project]\nname = 'compiled'\nversion = '1.0'\n"
    )


@pytest.mark.parametrize(
    ("files", "program", "brings"),
    [
        (
            {
                "setup.py": "from setuptools import setup, Extension\n"
                "setup(name='compiled', version='1.0', ext_modules=[Extension('compiled', ['c.c'])])\n",
                "c.c": "int x;\n",
            },
            "gcc",
            "apt install build-essential",
        ),
        (
            {
                "pyproject.toml": by("meson-python", "meson", "ninja", backend="mesonpy"),
                "meson.build": "project('compiled', 'c')\n",
            },
            "cc",
            "apt install build-essential",
        ),
        (
            {
                "pyproject.toml": by("maturin", backend="maturin"),
                "Cargo.toml": '[package]\nname = "compiled"\nversion = "1.0"\n[lib]\ncrate-type = ["cdylib"]\n',
                "src/lib.rs": "\n",
            },
            "rustc",
            "apt install cargo",
        ),
    ],
    ids=["setuptools", "meson", "rust"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="compilers are found otherwise there")
def test_a_build_without_a_compiler_says_which_and_how_to_get_it(
    files: dict[str, str],
    program: str,
    brings: str,
    cache: EnvironmentCache,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("UV_CACHE_DIR")  # the build tools, which are there as a rule
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "uname", "env"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    for name in ("CC", "CXX"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "requirements.txt"
    line = f"compiled @ {source_of(tmp_path, files).as_uri()}"
    file.write_text(line + "\n")
    with pytest.raises(ScoredockError) as raised:
        cache.prepare(from_requirements([line], str(file), "test"), Silent(), CancelToken())
    assert raised.value.code == "environment-build-failed"
    assert "compiled" in raised.value.message
    assert f"{program}, which is not installed here" in raised.value.message
    assert brings in raised.value.fix


MANY = 400


def test_hundreds_of_pins_are_installed_and_the_wrong_one_is_named(
    cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = [Release(f"package-{number}", f"1.{number}") for number in range(MANY)]
    pins = [f"{each.name}=={each.version}" for each in releases]
    always = [RUNTIME, *map(Release, ("setuptools", "httptools", "orjson"))]  # so that nothing is asked twice
    with index_of(tmp_path / "index", [*always, *releases]) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
        wrong = from_conda(CondaSpec(name="many", pip=(*pins[:-1], "package-399==2.0")), str(tmp_path / "conda.yml"))
        with pytest.raises(ScoredockError) as raised:
            cache.prepare(wrong, Silent(), CancelToken())
        assert raised.value.code == "environment-requirement-unsatisfiable"
        assert raised.value.message.startswith("package-399==2.0 cannot be installed: ")
        built = cache.prepare(
            from_conda(CondaSpec(name="many", pip=tuple(pins)), str(tmp_path / "conda.yml")), Silent(), CancelToken()
        )
    found = cache.inspect(built.key).lock.splitlines()
    assert set(pins) <= set(found)
