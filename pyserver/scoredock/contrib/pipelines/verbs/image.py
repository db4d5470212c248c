"""The image that jobs of a pipeline run in."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.pipelines import messages
from scoredock.errors import ScoredockError
from scoredock.verb import CliCommand, argument, verb

if TYPE_CHECKING:
    from scoredock.oci.content import Platform


@verb(
    "pipeline/image",
    progress="Making the image",
    errors=("package-target-not-empty", "package-kind-wrong", "image-reference-invalid", "base-image-invalid"),
    terminal=CliCommand(
        "pipeline image",
        "Make an image with Scoredock in it, for the jobs of a pipeline, without Docker.",
        (
            argument(
                "--to",
                help="oci:FOLDER is an OCI layout, archive:FILE a file for `docker load` and `podman load`; may be"
                " repeated: all are written, or none",
                names="",
                action="append",
                metavar="TARGET",
            ),
            argument("--push", help="push it to a registry", names="", default="", metavar="REGISTRY/NAME:TAG"),
            argument(
                "--base",
                help="what it is put on: oci:FOLDER, archive:FILE or a reference; the services' base by default",
                names="",
                default="",
                metavar="IMAGE",
            ),
            argument("--platform", help="such as linux/arm64; by default what this machine is", names="", default=""),
            argument("--offline", help="take the base image from what is kept", action="store_true"),
        ),
        (
            "scoredock pipeline image --to archive:scoredock.tar",
            "scoredock pipeline image --push registry.example.com/team/scoredock:1",
        ),
    ),
)
def image(params: messages.PipelineImageParams, context: Context, operation: Operation) -> messages.PipelineImage:
    """Raises ScoredockError `package-kind-wrong` where no place is named, and what making and sending images raise."""
    from scoredock.contrib.pipelines.verbs.tool_image import make_tool_image, send
    from scoredock.images.content_base import base_failed
    from scoredock.oci.content import Malformed
    from scoredock.packaging.content_making import ContentMaker
    from scoredock.packaging.destination import Destination
    from scoredock.registry.store.faults import storing

    if not (params.to or params.push):
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("No place for the image is named."),
            l10n.t("Name one with --to or --push."),
        )
    destination = Destination(tuple(params.to), params.push)
    destination.require(operation.cancel)
    platform = _platform(params.platform)
    deployments = context.deployments("")
    layers = deployments.images.layers(operation.progress, operation.cancel)
    maker = ContentMaker(deployments.images, deployments.registry, layers)
    try:
        with storing(deployments.images.root):
            images, content = make_tool_image(maker, layers, params.base, platform, params.offline)
            paths, reference = send(images, content, destination, layers, operation.cancel)
    except Malformed as fault:
        raise base_failed(params.base, fault) from None
    except importlib.metadata.PackageNotFoundError:
        raise ScoredockError(
            "runtime-missing", l10n.t("This Scoredock was not installed as a package and does not know what it needs.")
        ) from None
    size = sum(layer.size for each in images.documents for layer in each.manifest.layers)
    names = list(map(str, paths))
    return messages.PipelineImage(next(iter(names), ""), reference, images.descriptor.digest, size, names)


def _platform(text: str) -> Platform | None:
    from scoredock.oci.content import Malformed, Platform

    try:
        return Platform.read(text) if text else None
    except Malformed as fault:
        raise ScoredockError("package-kind-wrong", f"{fault}.", l10n.t("Write it as linux/amd64.")) from None
