"""Push, pull and sign in, against Debian's own registry with a password."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.containers import image_calls
from scoredock.containers.image_calls import Login
from scoredock.environments.spec import ImageSpec
from scoredock.errors import ScoredockError
from scoredock.images import registries
from scoredock.images.built import BuiltImage
from scoredock.progress import CancelToken, Silent

from image_bench import Bench, Told
from pace import within
from private_registry import PASSWORD, USER, private_registry


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`127.0.0.1:port` of a private registry that lets one account in."""
    with private_registry(tmp_path_factory.mktemp("registry")) as made:
        yield made.address


@pytest.fixture
def login(registry: str) -> Login:
    return Login(registry, USER, PASSWORD)


@pytest.fixture
def pushed(bench: Bench, plain: BuiltImage, registry: str, login: Login) -> Iterator[str]:
    """The name of an image in the registry that the daemon does not have under that name."""
    name = f"{registry}/team/{secrets.token_hex(4)}"
    image_calls.tag(bench.docker, plain.id, name, "1")
    digest = image_calls.push(bench.docker, f"{name}:1", login, Told(), CancelToken())
    assert digest.startswith("sha256:")
    assert image_calls.remove(bench.docker, f"{name}:1")
    yield f"{name}:1"
    image_calls.remove(bench.docker, f"{name}:1")


def test_what_was_pushed_can_be_pulled(bench: Bench, plain: BuiltImage, pushed: str, login: Login) -> None:
    assert image_calls.look(bench.docker, pushed) is None
    image_calls.pull(bench.docker, pushed, "", login, bench.told, CancelToken())
    found = image_calls.look(bench.docker, pushed)
    assert found is not None
    assert tuple(found["RootFS"]["Layers"]) == plain.layers
    assert any("Status: Downloaded" in line or "Status: Image is up to date" in line for line in bench.told.lines)


def test_a_wrong_password_is_told_as_such_and_repeated_nowhere(bench: Bench, pushed: str, registry: str) -> None:
    for wrong in (None, Login(registry, "ada", "wrong-canary-99")):
        with pytest.raises(ScoredockError) as refused:
            image_calls.pull(bench.docker, pushed, "", wrong, bench.told, CancelToken())
        assert refused.value.code == "registry-refused"
        assert registry in refused.value.message
        assert "canary" not in f"{refused.value.message}{refused.value.details}{bench.told.lines}"
    assert "canary" not in repr(Login(registry, "ada", "wrong-canary-99"))


def test_a_push_needs_the_account(bench: Bench, plain: BuiltImage, registry: str) -> None:
    image_calls.tag(bench.docker, plain.id, f"{registry}/team/closed", "1")
    try:
        with pytest.raises(ScoredockError) as refused:
            image_calls.push(bench.docker, f"{registry}/team/closed:1", None, Silent(), CancelToken())
        assert refused.value.code == "registry-refused"
    finally:
        image_calls.remove(bench.docker, f"{registry}/team/closed:1")


def test_an_image_that_the_registry_does_not_have(bench: Bench, registry: str, login: Login) -> None:
    with pytest.raises(ScoredockError) as refused:
        image_calls.pull(bench.docker, f"{registry}/team/none:1", "", login, Silent(), CancelToken())
    assert refused.value.code == "image-pull-failed"


def test_a_base_image_of_a_private_registry(bench: Bench, pushed: str, registry: str, login: Login) -> None:
    """The environment names registry and image; the password comes with the call and is in nothing that is written."""
    image = ImageSpec(base_image=pushed.removeprefix(f"{registry}/"), registry=registry, registry_user="ada")
    wanted = bench.spec("wcwidth==0.2.13", image=image)
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(wanted)
    assert refused.value.code == "registry-refused"
    with registries.handed_over([Login("registry.example.com", "ada", PASSWORD), login]):
        built = bench.prepare(wanted)
    assert built.base == pushed
    written = b"".join(path.read_bytes() for path in bench.images.root.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in written
    told = json.dumps([image_calls.look(bench.docker, built.id), image_calls.history(bench.docker, built.id)])
    assert PASSWORD not in told


@pytest.mark.long("a base of a private registry is pulled at the gate")
def test_a_dockerfile_takes_its_base_with_dockers_own_sign_in(
    bench: Bench, pushed: str, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"ARG BASE={pushed}\nFROM ${{BASE}} AS first\nLABEL com.scoredock.tests={bench.name}\n"
    steps = (f"COPY --from={pushed} /etc/hostname /etc/copied-{bench.name}",)
    wanted = bench.spec(image=ImageSpec(base_dockerfile=text, steps=steps))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ScoredockError):
        bench.prepare(wanted)
    account = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {registry: {"auth": account}}}))
    assert bench.prepare(wanted).base == "baseDockerfile"


def test_signing_in_is_tried_by_the_registry(bench: Bench, registry: str, login: Login) -> None:
    image_calls.try_login(bench.docker, login)
    with pytest.raises(ScoredockError) as refused:
        image_calls.try_login(bench.docker, Login(registry, "ada", "other"))
    assert refused.value.code == "registry-refused"


def test_a_pull_can_be_cancelled(bench: Bench, pushed: str, login: Login) -> None:
    cancel = CancelToken()
    bench.told.on_line = lambda _: cancel.cancel()
    with pytest.raises(ScoredockError) as refused:
        image_calls.pull(bench.docker, pushed, "", login, bench.told, cancel)
    assert refused.value.code == "cancelled"


def test_a_registry_that_never_answers_can_be_cancelled(bench: Bench) -> None:
    cancel = CancelToken()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        reference = f"127.0.0.1:{silent.getsockname()[1]}/team/none:1"

        def when_asked() -> None:
            connection, _ = silent.accept()
            cancel.cancel()
            connection.close()

        import threading

        waiting = threading.Thread(target=when_asked)
        waiting.start()
        began = time.monotonic()
        with pytest.raises(ScoredockError) as refused:
            image_calls.pull(bench.docker, reference, "", None, Silent(), cancel)
        waiting.join()
    assert refused.value.code == "cancelled"
    assert within(time.monotonic() - began, 10)


@pytest.mark.parametrize(
    ("server", "reference", "fits"),
    [
        ("registry.example.com", "registry.example.com/team/a:1", True),
        ("https://registry.example.com/v2/", "registry.example.com/team/a:1", True),
        ("registry.example.com", "registry.example.com:5000/team/a", False),
        ("https://index.docker.io/v1/", "python:3.11-slim", True),
        ("docker.io", "team/a", True),
        ("localhost:5000", "localhost:5000/a@sha256:" + "0" * 64, True),
    ],
)
def test_whose_password_it_is(server: str, reference: str, fits: bool) -> None:
    login = Login(server, "ada", PASSWORD)
    assert registries.login_for(reference, [login]) == (login if fits else None)


def test_logins_are_handed_over_for_a_block_only() -> None:
    login = Login("registry.example.com", "ada", PASSWORD)
    with registries.handed_over([login]):
        assert registries.handed() == (login,)
    assert registries.handed() == ()
