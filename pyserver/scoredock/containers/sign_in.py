"""Whether a registry takes a user name and a password; nothing of them stays anywhere."""

from __future__ import annotations

from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.containers.image_calls import Login
from scoredock.errors import ScoredockError


def try_login(docker: Docker, login: Login) -> None:
    """Ask the registry, as `docker login` does, without keeping the answer.

    Raises ScoredockError `registry-refused` with the registry's words, `docker-unavailable`, `docker-failed`.
    """
    import docker as sdk

    # The SDK's own `login` would keep the password in the client, which later calls share.
    api: Any = docker.api
    body = {"username": login.username, "password": login.password, "serveraddress": login.server}
    with docker_errors(l10n.t("sign in to {registry}", registry=login.server)):
        try:
            answer = api._post_json(api._url("/auth"), data=body)
            api._result(answer, json=True)
        except sdk.errors.APIError as error:
            said = str(error.explanation or error).strip().rstrip(".")
            raise ScoredockError(
                "registry-refused",
                l10n.t(
                    "{server} does not let {username} in: {said}.",
                    server=login.server,
                    username=login.username,
                    said=said,
                ),
            ) from None
