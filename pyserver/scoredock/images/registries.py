"""Passwords of container registries: handed over with a call, or kept by a credential helper of Docker's. Never by
us."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from scoredock import l10n
from scoredock.containers import credential_helpers
from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import Login, registry_of, signed_in
from scoredock.errors import ScoredockError

_handed: ContextVar[tuple[Login, ...]] = ContextVar("handed", default=())
"""Of a deployment or a package: these pass through many hands, and what is kept of them must hold no password."""


@dataclass(frozen=True, slots=True)
class KnownRegistry:
    """A registry that somebody signed in to."""

    server: str
    username: str
    keeper: str
    """What keeps the password: the name of a credential helper, or `Docker's configuration` where it is a plain
    file."""


@contextlib.contextmanager
def handed_over(logins: Sequence[Login]) -> Iterator[None]:
    """Base images that this thread pulls within the block may be asked for with these logins. Nothing else keeps
    them."""
    before = _handed.set(tuple(logins))
    try:
        yield
    finally:
        _handed.reset(before)


def handed() -> tuple[Login, ...]:
    """The logins of the block around."""
    return _handed.get()


def login_for(reference: str, given: Sequence[Login]) -> Login | None:
    """The login that was handed over for the registry of an image, None when Docker's own are to be taken."""
    server = registry_of(reference)
    return next((login for login in given if same_registry(login.server, server)), None)


def same_registry(first: str, second: str) -> bool:
    """Whether two ways of writing it mean one registry: `https://index.docker.io/v1/` is `docker.io`."""
    return _plain(first) == _plain(second)


def verify(docker: Docker, login: Login) -> None:
    """Ask the registry whether it lets this account in. Raises ScoredockError `registry-refused`,
    `docker-unavailable`."""
    signed_in(docker, login)


def remember(login: Login) -> str:
    """Keep a password with the helper that Docker is configured with; its name.

    Raises ScoredockError `registry-store-failed`: without a helper the password would lie in a file, which is not done.
    """
    helper = credential_helpers.helper_for(login.server)
    if not helper:
        raise ScoredockError(
            "registry-store-failed",
            l10n.t(
                "Docker has no credential helper for {server}, so the password would be stored in a file.",
                server=login.server,
            ),
            l10n.t(
                "Install one (docker-credential-secretservice, -osxkeychain, -wincred, -pass) and "
                "name it as credsStore in ~/.docker/config.json."
            ),
        )
    credential_helpers.store(helper, login.server, login.username, login.password)
    return helper


def forget(server: str) -> bool:
    """Have the helper drop what it keeps for a registry; False when there is nothing. Raises
    `registry-store-failed`."""
    helper = credential_helpers.helper_for(server)
    return bool(helper) and credential_helpers.erase(helper, server)


def signed_in_registries() -> list[KnownRegistry]:
    """The registries that the person's Docker has a sign-in for. No password is asked for. Never raises."""
    return [KnownRegistry(*each) for each in credential_helpers.signed_in()]


def _plain(server: str) -> str:
    name = server.removeprefix("https://").removeprefix("http://").split("/")[0].lower()
    return "docker.io" if name in ("", "index.docker.io", "registry-1.docker.io") else name
