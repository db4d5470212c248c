"""The digest of an image that is known by name: the same is fetched again, whatever its tag means by then."""

from __future__ import annotations

from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.containers.image_calls import look, split_reference
from scoredock.errors import ScoredockError


def pinned(docker: Docker, reference: str) -> str:
    """`python:3.11-slim@sha256:…`; the reference alone where it names a digest already, and where nobody knows one: the
    image was built here, or its registry cannot be asked. Never raises for that.

    A local copy is what services ran on, so it comes before what the registry has under the tag today.
    """
    if "@" in reference:
        return reference
    repository, _ = split_reference(reference)
    try:
        found = look(docker, reference)
        if found is None:
            with docker_errors(l10n.t("ask for {image}", image=reference)):
                api: Any = docker.api
                digest = str(api.inspect_distribution(reference)["Descriptor"]["digest"])
            return f"{reference}@{digest}"
    except (ScoredockError, KeyError, TypeError):
        return reference
    # `docker.io/library/python` and `python` are one repository; the daemon tells the short name.
    short = repository.removeprefix("docker.io/").removeprefix("library/")
    for known in found.get("RepoDigests") or ():
        name, _, digest = str(known).partition("@")
        if digest and name in (repository, short):
            return f"{reference}@{digest}"
    return reference
