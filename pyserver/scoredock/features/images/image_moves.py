"""Images by the names that people give them, and what is done with them where Docker has them and where it does
not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import DockerUnavailable, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.containers.connection import Docker
    from scoredock.oci.push_image import PushReport
    from scoredock.registry import Registry
    from scoredock.registry.assets.pushes import RecordedPush
    from scoredock.registry.records import AssetRecord
    from scoredock.services.packaging.content_moves import ImageReader, ReadableImage


@dataclass(frozen=True, slots=True)
class NamedImage:
    """Image that a person named: a record of the workspace, or a reference."""

    reference: str
    """What Docker calls it, or would."""
    record: AssetRecord | None
    registry: Registry
    workspace_id: str
    named_push: RecordedPush | None = None
    """The push that its name means."""

    @property
    def is_content(self) -> bool:
        """True if it was made without Docker."""
        from scoredock.services.packaging.content_records import facts_of

        return self.record is not None and facts_of(self.record) is not None

    @property
    def push(self) -> RecordedPush | None:
        """The push that was named, else the newest that the workspace has written down."""
        from scoredock.registry.assets.pushes import pushes_of

        pushes = pushes_of(self.record) if self.record is not None else ()
        return self.named_push or next(iter(pushes), None)

    @property
    def place(self) -> str:
        """Reference under which it was pushed, else its name."""
        push = self.push
        return push.reference if push is not None else self.reference

    @property
    def exported(self) -> str:
        """Reference that another machine pulls: by its digest where that is written down.

        Raises ScoredockError `package-export-invalid` for an image that nobody can pull yet.
        """
        push = self.push
        if push is not None:
            return push.pinned
        if self.is_content and self.record is not None:
            raise ScoredockError(
                "package-export-invalid",
                l10n.t("The image {id} was not pushed yet, so that no other machine can pull it.", id=self.record.id),
                l10n.t("Push it with `scoredock package push`, or give --push REGISTRY/NAME:TAG."),
                details={"image": self.record.id},
            )
        return self.reference


def named_image(name: str, context: Context, workspace_id: str) -> NamedImage:
    """A record of the workspace by its name, else what Docker or a registry calls an image.

    Raises ScoredockError `image-reference-invalid`.
    """
    from scoredock.registry.assets.images import require_reference
    from scoredock.registry.assets.pushes import last_push

    registry = context.registry(workspace_id)
    try:
        record = registry.assets.get("image", name)
        return NamedImage(str(record.content.get("reference", "")), record, registry, workspace_id)
    except ScoredockError:
        require_reference(name)
    if (last := last_push(registry, name)) is not None:
        return NamedImage(name, last[0], registry, workspace_id, last[1])
    same = [each for each in registry.assets.records("image") if each.content.get("reference") == name]
    newest = max(same, key=lambda each: each.created, default=None)
    return NamedImage(name, newest, registry, workspace_id)


def readable_image(
    image: NamedImage, credentials: Sequence[messages.RegistryCredential], context: Context, operation: Operation
) -> ReadableImage | None:
    """The content of an image that Docker does not have; None where Docker is to be asked.

    Raises ScoredockError as `ImageReader`.
    """
    from scoredock.packaging.texts import registry_host
    from scoredock.services.packaging.content_package import own_platform
    from scoredock.services.packaging.ready_package import has_daemon

    reader = reader_of(image, credentials, context, operation)
    if image.is_content and image.record is not None:
        return reader.record(image.record)
    if registry_host(image.place) and not has_daemon(context.deployments(image.workspace_id)):
        return reader.reference(image.place, own_platform())
    return None


def reader_of(
    image: NamedImage, credentials: Sequence[messages.RegistryCredential], context: Context, operation: Operation
) -> ImageReader:
    """Reader that opens images of its workspace and of registries."""
    from scoredock.images.registries import logins_of
    from scoredock.services.packaging.content_moves import ImageReader
    from scoredock.services.packaging.ready_package import accounts_of

    logins = accounts_of(logins_of(credentials))
    return ImageReader(context.deployments(image.workspace_id), logins, operation.progress, operation.cancel)


def save_content(image: ReadableImage, target: Path, operation: Operation) -> messages.PackageSaved:
    """Save an image as an archive, or as a layout into a folder that is there; returns path, bytes, and the command
    that loads it."""
    from scoredock.services.packaging.content_moves import write_image

    is_layout = target.is_dir()
    size = write_image(image, target, operation.progress, operation.cancel)
    load = ["docker", "load", "--input", str(target)]
    if is_layout:
        tag = image.reference.rpartition(":")[2]
        load = ["skopeo", "copy", f"oci:{target}:{tag}", f"docker-daemon:{image.reference}"]
    return messages.PackageSaved(str(target), size, load)


@dataclass(frozen=True, slots=True)
class FinishedPush:
    """An image that a registry has now."""

    push: RecordedPush
    report: PushReport | None
    """None where Docker sent it."""


def push_image(
    image: NamedImage,
    to: str,
    credentials: Sequence[messages.RegistryCredential],
    context: Context,
    operation: Operation,
) -> FinishedPush:
    """Send an image to a registry, and note that in its record. An empty `to` is the registry in its name.

    Raises ScoredockError `package-name-invalid` for no registry, and what the way of the image raises.
    """
    from scoredock.packaging.transfer import require_registry
    from scoredock.registry.assets.pushes import RecordedPush, note_push, tagged

    report: PushReport | None = None
    # Without Docker there is no registry that a name without one means.
    require_registry(to or image.reference, named=image.is_content and not to)
    reference = tagged(to or image.reference)
    if image.is_content:
        report = _push_content(image, reference, credentials, context, operation)
        digest = report.digest
    else:
        digest = _push_from_docker(image, reference, credentials, context, operation)
    if image.record is not None:
        note_push(image.registry, image.record.id, reference, digest)
    return FinishedPush(RecordedPush(reference, digest, 0.0), report)


def _push_content(
    image: NamedImage,
    reference: str,
    credentials: Sequence[messages.RegistryCredential],
    context: Context,
    operation: Operation,
) -> PushReport:
    from scoredock.images.registries import logins_of
    from scoredock.services.packaging.content_moves import push_content
    from scoredock.services.packaging.ready_package import accounts_of

    readable = readable_image(image, credentials, context, operation)
    assert readable is not None  # noqa: S101 (content always is)
    logins = accounts_of(logins_of(credentials))
    return push_content(readable, reference, logins, operation.progress, operation.cancel)


def _push_from_docker(
    image: NamedImage,
    reference: str,
    credentials: Sequence[messages.RegistryCredential],
    context: Context,
    operation: Operation,
) -> str:
    from scoredock.containers.connection import connect
    from scoredock.containers.image_calls import split_reference, tag
    from scoredock.images.registries import login_for, logins_of
    from scoredock.packaging.transfer import push as send

    docker = connect(context.docker_settings())
    if reference != image.reference:
        tag(docker, image.reference, *split_reference(reference))
    login = login_for(reference, logins_of(credentials))
    return send(docker, reference, login, operation.progress, operation.cancel)


def docker_to_pull(image: str, context: Context) -> Docker:
    """The Docker that an image is pulled into. Raises ScoredockError `docker-unavailable` with what does the same
    without it."""
    from scoredock.containers.connection import connect

    try:
        return connect(context.docker_settings())
    except DockerUnavailable as error:
        raise DockerUnavailable(
            l10n.t("{image} cannot be pulled: that puts it into Docker, and none answers.", image=image),
            l10n.t(
                "Start Docker, or write the image to a file with `scoredock package save {image} --output-path FILE`.",
                image=image,
            ),
            details=error.details,
        ) from None


def load_content(image: NamedImage, docker: Docker, context: Context, operation: Operation) -> str:
    """Put an image that was made without Docker into the Docker that answers now; its id there.

    Raises ScoredockError as `ImageReader.record`, `docker-unavailable`, `disk-full`, `cancelled`.
    """
    from scoredock.services.packaging.content_moves import load_image

    readable = readable_image(image, (), context, operation)
    assert readable is not None  # noqa: S101 (content always is)
    scratch = context.deployments(image.workspace_id).images.root
    return load_image(readable, docker, scratch, operation.progress, operation.cancel)
