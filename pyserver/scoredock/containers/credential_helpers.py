"""Docker's credential helpers: programs that keep passwords in the operating system's secret store."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError


def helper_for(server: str) -> str:
    """The helper that Docker is configured with for a registry (`secretservice`), empty for none. Never raises."""
    configuration = _configuration()
    own = configuration.get("credHelpers") or {}
    return str(own.get(server) or configuration.get("credsStore") or "")


def store(helper: str, server: str, username: str, password: str) -> None:
    """Give a password to a helper, by its standard input. Raises ScoredockError `registry-store-failed`."""
    from docker.credentials.errors import StoreError

    try:
        _program(helper).store(server, username, password)
    except StoreError as error:
        raise _failed(helper, error) from None


def erase(helper: str, server: str) -> bool:
    """Have a helper drop a password; False when it has none. Raises ScoredockError `registry-store-failed`."""
    from docker.credentials.errors import CredentialsNotFound, StoreError

    try:
        _program(helper).erase(server)
    except CredentialsNotFound:
        return False
    except StoreError as error:
        raise _failed(helper, error) from None
    return True


def signed_in() -> list[tuple[str, str, str]]:
    """Server, user name and keeper of every sign-in that Docker's configuration or its helper tells of. Never
    raises."""
    configuration = _configuration()
    found: dict[str, tuple[str, str, str]] = {}
    for server, kept in (configuration.get("auths") or {}).items():
        if isinstance(kept, Mapping) and kept.get("username"):
            found[str(server)] = (str(server), str(kept["username"]), l10n.t("Docker's configuration"))
    if helper := str(configuration.get("credsStore") or ""):
        with contextlib.suppress(Exception):  # a helper that is missing or locked has nothing to tell
            for server, username in (_program(helper).list() or {}).items():
                found[str(server)] = (str(server), str(username), helper)
    return sorted(found.values())


def _program(helper: str) -> Any:
    """`docker-credential-<helper>`; the SDK has no types for it. Raises StoreError when it is not there."""
    from docker.credentials import Store

    return Store(helper)


def _configuration() -> Mapping[str, Any]:
    from docker import auth

    with contextlib.suppress(Exception):  # a broken configuration knows nobody
        return dict(auth.load_config())
    return {}


def _failed(helper: str, error: Exception) -> ScoredockError:
    return ScoredockError(
        "registry-store-failed",
        l10n.t("docker-credential-{helper} failed: {error}.", helper=helper, error=error),
    )
