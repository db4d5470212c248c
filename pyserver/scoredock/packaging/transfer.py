"""Transfer of a packaged image: saved to a file, sent to a registry, got back from it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from scoredock import l10n
from scoredock.containers import image_calls, image_files
from scoredock.containers.connection import Docker
from scoredock.errors import ImageMissing, Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.packaging.texts import registry_host
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFile

_TELL_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class ContainerRegistry:
    """Registry that the image of a package goes to. No password: Docker or the secret store keeps that."""

    address: str
    username: str
    """Empty when nobody has logged in there."""


def save(docker: Docker, reference: str, target: Path, progress: Progress, cancel: CancelToken) -> int:
    """Write an image to a tar file that `docker load` takes; its size in bytes.

    The file is whole or is not there; one that exists is kept and refused. Raises ScoredockError `image-missing`,
    `file-exists`, `file-not-found`, `disk-full` and its like, `docker-unavailable`, `cancelled`.
    """
    place = Place(str(target))
    if target.exists():
        raise ScoredockError("package-target-not-empty", l10n.t("{target} already exists.", target=target), place=place)
    if not target.parent.is_dir():
        raise ScoredockError(
            "file-not-found", l10n.t("The folder {folder} does not exist.", folder=target.parent), place=place
        )
    description = image_calls.look(docker, reference)
    if description is None:
        raise ImageMissing(l10n.t("Docker does not have the image {image}.", image=reference))
    whole = max(1, int(description.get("Size") or 0))
    progress.report(l10n.t("Saving {image}", image=reference))
    written_bytes = 0
    with (
        contextlib.closing(image_files.saved(docker, reference, progress, cancel)) as pieces,
        storing(target),
        FreshFile.beside(target) as fresh,
    ):
        for piece in pieces:
            fresh.write(piece)
            if (written_bytes + len(piece)) // _TELL_BYTES > written_bytes // _TELL_BYTES:
                progress.report(
                    l10n.t("Saved {size:,.0f} MB", size=(written_bytes + len(piece)) / 1000000.0),
                    min(99, 100 * written_bytes // whole),
                )
            written_bytes += len(piece)
        cancel.raise_if_cancelled()
        fresh.publish(target)
    return written_bytes


def require_registry(reference: str, *, named: bool = False) -> None:
    """Raises ScoredockError `package-name-invalid` for a name without a registry; with `named` it must be written,
    as a name of a workspace's own is none of Docker Hub."""
    if "/" not in reference or (named and not registry_host(reference)):
        raise ScoredockError(
            "package-name-invalid",
            l10n.t("{image} has no registry to push to.", image=reference),
            l10n.t(
                "Say where with --to, or package it under a name with a registry, such as"
                " registry.example.com/{image}.",
                image=reference,
            ),
        )


def push(
    docker: Docker, reference: str, login: image_calls.Login | None, progress: Progress, cancel: CancelToken
) -> str:
    """Send an image to the registry that its name begins with; its digest there.

    Raises ScoredockError as `require_registry`, and what `image_calls.push` raises.
    """
    require_registry(reference)
    progress.report(l10n.t("Pushing {image}", image=reference))
    return image_calls.push(docker, reference, login, progress, cancel)


def pull(
    docker: Docker, reference: str, login: image_calls.Login | None, progress: Progress, cancel: CancelToken
) -> str:
    """Get a packaged image into the store of the daemon; its id. Raises what `image_calls.pull` raises."""
    progress.report(l10n.t("Pulling {image}", image=reference))
    image_calls.pull(docker, reference, "", login, progress, cancel)
    found = image_calls.look(docker, reference)
    if found is None:
        raise ImageMissing(l10n.t("Docker pulled {image}, but does not have it.", image=reference))
    return str(found["Id"])


def container_registry(
    reference: str, user_of: Callable[[str], str] = lambda _: "", *, default: str = "docker.io"
) -> ContainerRegistry:
    """The registry of an image, and who logs in there. `user_of` gives the user name of an address, or nothing."""
    address = image_calls.registry_of(reference)
    address = default if address == "docker.io" else address
    return ContainerRegistry(address, user_of(address))


def docker_user(address: str) -> str:
    """The name that the person's own Docker logs in to a registry with; empty when it knows none. Never raises.

    Nothing but the name is taken from its configuration; credential helpers are not started for it.
    """
    from docker import auth

    with contextlib.suppress(Exception):  # a broken configuration is not a reason to hide the address
        configuration = auth.load_config()
        kept = (configuration.get("auths") or {}).get(auth.resolve_index_name(address)) or {}
        return str(kept.get("username") or "")
    return ""
