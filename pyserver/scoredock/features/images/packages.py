"""Verbs of packages: create, save, push, pull, tell the registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute, request_of
from scoredock.errors import Place, ScoredockError
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS
from scoredock.features.contribution import required_way
from scoredock.features.images.content import create_content, package_message
from scoredock.features.images.image_moves import (
    docker_to_pull,
    load_content,
    named_image,
    push_image,
    readable_image,
    save_content,
)
from scoredock.protocol import messages
from scoredock.verb import Argument, CliCommand, EditorCommand, argument, files, head, rows, verb

if TYPE_CHECKING:
    from scoredock.containers.connection import Docker
    from scoredock.services.packaging.service_package import PackageRequest

PACKAGE_FORM: tuple[Argument, ...] = (
    argument("-o", "--output-path", help="folder to write; must be new or empty", default="", metavar="FOLDER"),
    argument(
        "--image",
        help="create a finished image instead of a folder: in Docker, or where none answers, in the workspace",
        action="store_true",
    ),
    argument(
        "--image-name",
        help="name of the image, with its registry if you push it to one; `package` by default",
        names="",
        default="",
        metavar="NAME",
    ),
    argument(
        "--il",
        "--image-label",
        help="label of the image; the time by default",
        dest="image_label",
        default="",
        metavar="LABEL",
    ),
    argument(
        "--base-image",
        help="base image of the folder; by default the official image of the environment's Python version",
        names="",
        default="",
        metavar="IMAGE",
    ),
    argument(
        "--to",
        help="write a finished image, without Docker: oci:FOLDER is an OCI layout, archive:FILE a file for"
        " `docker load` and `podman load`; may be repeated: all are written, or none",
        names="",
        action="append",
        metavar="TARGET",
    ),
    argument(
        "--push",
        help="push a finished image to a registry, without Docker",
        names="",
        default="",
        metavar="REGISTRY/NAME:TAG",
    ),
    argument(
        "--base",
        help="what an image without Docker is put on: oci:FOLDER, archive:FILE or a reference; by default the"
        " environment's base image",
        names="",
        default="",
        metavar="IMAGE",
    ),
    argument(
        "--platform",
        help="what an image without Docker is for, as linux/arm64; several, separated by commas or repeated, make one"
        " image each under one name; by default what this machine is",
        names="",
        action="append",
        metavar="PLATFORM",
    ),
    argument(
        "--attach",
        help="put this beside an image without Docker, as an artifact that names it: the bill of materials (sbom), or"
        " what it was made of (provenance); may be repeated",
        choices=("sbom", "provenance"),
        action="append",
    ),
    argument(
        "--compression",
        help="of the layers of an image without Docker",
        choices=("gzip", "zstd"),
        default="gzip",
    ),
    argument(
        "--offline",
        help="take the base image of an image without Docker from what is kept",
        action="store_true",
    ),
    *CREDENTIAL_ARGUMENTS,
)
_IMAGE = argument("image", help="record (name:version), or image reference in Docker", names="image")
_LOGIN: tuple[Argument, ...] = (
    argument(
        "--username",
        help="user name to sign in with; by default Docker's own sign-in is used",
        names="",
        default="",
        metavar="NAME",
    ),
    argument("--password-stdin", help="read the password from standard input", action="store_true"),
    argument("--registry", help="address of the registry, for an image that is named by its record", default=""),
)


@verb(
    "package/create",
    progress="Packaging",
    terminal=CliCommand(
        "service package",
        "Package a service with entry script, models, locked packages and scoring runtime, as a"
        " folder or a finished image.",
        (argument("service", help="name of the service", names="service", metavar="name"), *PACKAGE_FORM),
        (
            "scoredock service package diabetes --output-path diabetes-image",
            "scoredock service package diabetes --image --image-name registry.example.com/team/diabetes --il 3",
            "scoredock service package diabetes --push registry.example.com/team/diabetes:3",
            "scoredock service package diabetes --to oci:images --platform linux/amd64,linux/arm64 --attach sbom",
        ),
    ),
    editor=(
        EditorCommand(
            "packageService",
            "Package…",
            "images/package",
            icon="package",
            menus=(rows("services", "service", "1_tools@4", menu="scoredock.service.tools"),),
        ),
        EditorCommand(
            "packageFile",
            "Package without Deploying…",
            "images/package",
            icon="package",
            menus=(
                files(
                    r"resourceFilename =~ /(\.py|inference[-_. ]?config.*\.json)$/i && isWorkspaceTrusted",
                    "2_scoredock@5",
                ),
                head("services", "1_package@1"),
            ),
        ),
    ),
)
def create(params: messages.PackageCreateParams, context: Context, operation: Operation) -> messages.Package:
    """Blocks until the folder or the image is complete. Raises the cause; nothing of it is left then."""
    from scoredock.images.registries import logins_of
    from scoredock.services.packaging.ready_package import make_ready
    from scoredock.services.packaging.service_package import Account, package_folder

    workspace = context.workspace(params.workspace_id)
    account = Account(workspace.subscription_id, workspace.resource_group, workspace.name, workspace.id)
    deployments = context.deployments(workspace.id)
    request = _request(params, registry_named(params.name, str(context.settings.get("scoredock.docker.registry"))))
    if params.form == "content":
        return create_content(params, request, account, deployments, operation)
    if params.form == "functions":
        app: messages.Package = required_way("package functions")(params, request, account, deployments, operation)
        return app
    if params.form == "image":
        if params.base_image or params.output_path:
            raise ScoredockError(
                "package-kind-wrong",
                l10n.t("A ready image takes neither a base image nor an output path."),
                l10n.t("Its base is the environment's; save it to a file afterwards."),
            )
        logins = logins_of(params.registry_credentials)
        package = make_ready(
            deployments, request, logins, account=account, progress=operation.progress, cancel=operation.cancel
        )
    else:
        if not params.output_path:
            raise ScoredockError("package-kind-wrong", l10n.t("A package as a folder needs an output path."))
        package = package_folder(
            deployments,
            request,
            absolute(params.output_path),
            account=account,
            base_image=params.base_image,
            progress=operation.progress,
            cancel=operation.cancel,
        )
    return package_message(package)


@verb(
    "package/save",
    progress="Saving image",
    terminal=CliCommand(
        "package save",
        "Save a packaged image to a tar file for `docker load`.",
        (
            _IMAGE,
            argument(
                "-o",
                "--output-path",
                help="file to write; for an image that was made without Docker also a folder, for an OCI layout",
                required=True,
                metavar="FILE",
            ),
            *_LOGIN,
        ),
        ("scoredock package save package:1 --output-path package.tar",),
    ),
    editor=(
        EditorCommand(
            "useImage",
            "Save, Push or Export Image…",
            "images/packagedImage",
            menus=(
                head("environments", "1_image@3"),
                rows("environments", "exportable", "1_main@3"),
            ),
        ),
    ),
)
def save(params: messages.PackageSaveParams, context: Context, operation: Operation) -> messages.PackageSaved:
    """Writes a packaged image to a tar file."""
    from scoredock.packaging.transfer import save as write

    target = absolute(params.output_path)
    image = named_image(params.image, context, params.workspace_id)
    if (readable := readable_image(image, params.registry_credentials, context, operation)) is not None:
        return save_content(readable, target, operation)
    if target.is_dir():
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("Docker images cannot be saved to a local directory. Use pull() instead."),
            l10n.t("Or give the name of a tar file to save it to."),
            place=Place(str(target)),
        )
    size = write(_docker(context), image.reference, target, operation.progress, operation.cancel)
    return messages.PackageSaved(str(target), size, ["docker", "load", "--input", str(target)])


@verb(
    "package/push",
    progress="Pushing image",
    terminal=CliCommand(
        "package push",
        "Push a packaged image to the registry in its name, or to another one.",
        (
            _IMAGE,
            argument(
                "--to",
                help="where to, for an image without a registry in its name",
                names="",
                default="",
                metavar="REGISTRY/NAME:TAG",
            ),
            *_LOGIN,
        ),
        (
            "scoredock package push registry.example.com/team/diabetes:3",
            "scoredock package push diabetes:1 --to registry.example.com/team/diabetes:3",
            (
                "scoredock package push diabetes:1 --username ci --password-stdin --registry registry.example.com <"
                " password.txt"
            ),
        ),
    ),
)
def push(params: messages.PackagePushParams, context: Context, operation: Operation) -> messages.PackagePushed:
    """Sends a packaged image to a registry, and notes it in the record of the image."""
    image = named_image(params.image, context, params.workspace_id)
    finished = push_image(image, params.to, params.registry_credentials, context, operation)
    push, report = finished.push, finished.report
    if report is None:
        return messages.PackagePushed(push.reference, push.digest)
    return messages.PackagePushed(
        push.reference, push.digest, report.sent_bytes, report.present_bytes + report.mounted_bytes
    )


@verb(
    "package/pull",
    progress="Pulling image",
    terminal=CliCommand(
        "package pull",
        "Pull a packaged image from its registry.",
        (_IMAGE, *_LOGIN),
        ("scoredock package pull registry.example.com/team/diabetes:3",),
    ),
)
def pull(params: messages.PackageImageParams, context: Context, operation: Operation) -> messages.PackageMoved:
    """Gets a packaged image from its registry, or from the workspace where that has it and no registry does."""
    from scoredock.images.registries import login_for, logins_of
    from scoredock.packaging.transfer import pull as fetch

    folder = Path(params.image)
    if folder.is_absolute() and (folder / "Dockerfile").is_file():
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("A Dockerfile package cannot be pulled. Use save() instead."),
            l10n.t("Its folder is complete; `docker build` creates the image."),
            place=Place(str(folder)),
        )
    image = named_image(params.image, context, params.workspace_id)
    docker = docker_to_pull(params.image, context)
    if image.is_content and image.push is None:
        return messages.PackageMoved(image.reference, load_content(image, docker, context, operation))
    reference = image.place
    login = login_for(reference, logins_of(params.registry_credentials))
    return messages.PackageMoved(reference, fetch(docker, reference, login, operation.progress, operation.cancel))


@verb(
    "package/registry",
    progress="Looking for the registry",
    terminal=CliCommand(
        "package registry",
        "Show the registry of a packaged image and the user name for it. Passwords are never shown.",
        (_IMAGE,),
        ("scoredock package registry diabetes:1",),
    ),
)
def registry(params: messages.PackageImageParams, context: Context, operation: Operation) -> messages.PackageRegistry:
    """The registry of a packaged image and who logs in there."""
    from scoredock.packaging.transfer import container_registry, docker_user

    names = {each.server: each.username for each in params.registry_credentials}
    reference = named_image(params.image, context, params.workspace_id).place
    target = container_registry(reference, lambda address: names.get(address) or docker_user(address))
    login = ["docker", "login", target.address, "--username", target.username or "NAME", "--password-stdin"]
    return messages.PackageRegistry(target.address, target.username, login)


def registry_named(name: str, registry: str) -> str:
    """The name with the registry of the settings in front, unless it says one itself."""
    from scoredock.packaging.package import DEFAULT_NAME
    from scoredock.packaging.texts import registry_host

    chosen = name or DEFAULT_NAME
    return f"{registry.strip('/')}/{chosen}" if registry and not registry_host(chosen) else chosen


def _request(params: messages.PackageCreateParams, name: str) -> PackageRequest:
    from scoredock.services.packaging.service_package import PackageRequest
    from scoredock.services.request import DeployRequest

    if params.service:
        return PackageRequest(service=params.service, name=name, label=params.label)
    deploy = request_of(DeployRequest, params, name="package")
    return PackageRequest(deploy=deploy, name=name, label=params.label)


def _docker(context: Context) -> Docker:
    from scoredock.containers.connection import connect

    return connect(context.docker_settings())
