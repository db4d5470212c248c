"""An index that asks for a login, or has a certificate of the company: what a person has set for uv is taken to it,
though uv is run where no stranger's settings count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from certificates import authority, issued
from package_index import Index, Release, index_of

LOGIN = "me:of-the-index"
USER, _, PASSWORD = LOGIN.partition(":")
RELEASES = (Release("h11", "0.16.0"), Release("kept-inside", "1.0"))
"""What the scoring runtime needs, and what only this index has."""
Started = Callable[..., Index]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """`started(login=…, certificate=…)` is an index; nothing of the account that runs the test leads to it."""
    for name, folder in {"HOME": "home", "XDG_CONFIG_HOME": "config", "UV_CACHE_DIR": "uv"}.items():
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(name, str(tmp_path / folder))
    for name in ("NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(index_of(tmp_path / "index", RELEASES, **more))


def installed(cache: EnvironmentCache) -> str:
    """The lock of an environment with the package."""
    spec = from_requirements(["kept-inside"], "/p/requirements.txt", "test")
    return cache.inspect(cache.prepare(spec, Silent(), CancelToken()).key).lock


def by_netrc(index: Index, home: Path, config: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
    netrc = home / ".netrc"
    netrc.write_text(f"machine 127.0.0.1\nlogin {USER}\npassword {PASSWORD}\n")
    netrc.chmod(0o600)


def by_settings_of_uv(index: Index, home: Path, config: Path, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("UV_DEFAULT_INDEX", raising=False)
    (config / "uv").mkdir()
    (config / "uv" / "uv.toml").write_text(
        f'[[index]]\nname = "company"\nurl = "http://{LOGIN}@{index.address}/simple"\ndefault = true\n'
    )


def by_variables(index: Index, home: Path, config: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_DEFAULT_INDEX", f"company=http://{index.address}/simple")
    patch.setenv("UV_INDEX_COMPANY_USERNAME", USER)
    patch.setenv("UV_INDEX_COMPANY_PASSWORD", PASSWORD)


@pytest.mark.parametrize("way", [by_netrc, by_settings_of_uv, by_variables], ids=lambda way: way.__name__)
def test_the_login_of_the_person_is_taken_to_the_index(
    way: Callable[..., None],
    started: Started,
    cache: EnvironmentCache,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = started(login=LOGIN)
    way(index, tmp_path / "home", tmp_path / "config", monkeypatch)
    assert "kept-inside==1.0" in installed(cache).splitlines()
    files = [each for each in cache.root.rglob("*") if each.is_file()]
    assert not [each for each in files if PASSWORD.encode() in each.read_bytes()], "it stays where the person keeps it"


@pytest.mark.parametrize("given", ["", "me:of-last-year@"], ids=["no login", "an old login"])
def test_an_index_that_wants_a_login_is_told_as_that(
    given: str, started: Started, cache: EnvironmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packages are there, so that a sentence about them would lead astray."""
    index = started(login=LOGIN)
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{given}{index.address}/simple")
    with pytest.raises(ScoredockError) as refused:
        installed(cache)
    assert index.refused
    assert refused.value.code == "environment-index-refused"
    assert f"http://{index.address}/simple responded with 401 Unauthorized" in refused.value.message
    assert "of-last-year" not in str(refused.value.details)
    assert "netrc" in refused.value.fix


def test_a_certificate_that_the_person_trusts_is_trusted(
    started: Started, cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = authority(tmp_path)
    index = started(certificate=issued(tmp_path, trusted))
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"https://{index.address}/simple")
    with pytest.raises(ScoredockError) as refused:
        installed(cache)
    assert refused.value.code == "environment-offline"
    assert index.asked == []
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted[0]))
    assert "kept-inside==1.0" in installed(cache).splitlines()
