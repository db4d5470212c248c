"""Passwords of container registries: handed over with a call, never kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Protocol

from scoredock.containers.image_calls import Login, registry_of
from scoredock.oci.registry_address import same_registry

_handed: ContextVar[tuple[Login, ...]] = ContextVar("handed", default=())
"""Of a deployment or a package: these pass through many hands, and what is kept of them must hold no password."""


class WrittenCredential(Protocol):
    """Credential of a registry, as a client states it."""

    @property
    def server(self) -> str: ...

    @property
    def username(self) -> str: ...

    @property
    def password(self) -> str: ...


def logins_of(credentials: Sequence[WrittenCredential]) -> list[Login]:
    """The same for whoever asks the registries."""
    return [Login(each.server, each.username, each.password) for each in credentials]


def login_of(credentials: Sequence[WrittenCredential], server: str, reference: str) -> Login | None:
    """The credential for a registry: the one named, or the one of an image's name; None lets Docker's own sign-ins
    decide."""
    wanted = server or (registry_of(reference) if reference else "")
    for each in logins_of(credentials):
        if (wanted and same_registry(each.server, wanted)) or (not wanted and len(credentials) == 1):
            return each
    return None


@contextlib.contextmanager
def handed_over(credentials: Sequence[WrittenCredential]) -> Iterator[None]:
    """Base images that this thread pulls within the block may be asked for with these. Nothing else keeps them."""
    before = _handed.set(tuple(logins_of(credentials)))
    try:
        yield
    finally:
        _handed.reset(before)


def handed() -> tuple[Login, ...]:
    """The logins of the block around."""
    return _handed.get()


def login_for(reference: str, logins: Sequence[Login]) -> Login | None:
    """The login that was handed over for the registry of an image, None when Docker's own are to be taken."""
    server = registry_of(reference)
    return next((login for login in logins if same_registry(login.server, server)), None)
