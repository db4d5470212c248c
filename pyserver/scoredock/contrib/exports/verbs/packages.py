"""Exports of packaged images and folders, and what exports of services share with them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.exports.domain.kinds import KINDS
from scoredock.contrib.exports.messages import (
    ExportChoice,
    ExportKindId,
    ExportKinds,
    ExportKindsParams,
    ExportOptions,
    PackageExported,
    PackageExportParams,
)
from scoredock.contrib.exports.verbs.image_hints import hints_of_image, with_amounts
from scoredock.errors import Place, ScoredockError
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS
from scoredock.features.images.content import package_message
from scoredock.features.images.image_moves import named_image, push_image
from scoredock.protocol import messages
from scoredock.verb import Argument, CliCommand, argument, verb

if TYPE_CHECKING:
    from scoredock.contrib.exports.domain.functions import FunctionTrigger
    from scoredock.contrib.exports.domain.kinds import ExportKind
    from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject
    from scoredock.services.deployments import Deployments
    from scoredock.services.packaging.service_package import Account, PackageRequest

KIND = argument("kind", help="what to write", choices=tuple(KINDS))
TARGET = argument(
    "-o",
    "--output-path",
    "--to",
    help="file to write, or for kustomize, helm, systemd, functions and run.sh the folder, new or empty",
    dest="output_path",
    required=True,
    metavar="FILE",
)
PLACE_ARGUMENTS: tuple[Argument, ...] = (
    argument("--location", help="region of Azure", default=""),
    argument("--dns-label", help="first part of the container group's host name", default=""),
    argument("--namespace", help="namespace of the Kubernetes objects", default=""),
    argument(
        "--replicas",
        help="number of replicas; by default as in the deployment configuration",
        type=int,
        default=0,
        metavar="COUNT",
    ),
    argument(
        "--pull-secret",
        help="Secret of Kubernetes with the login to the registry",
        names="",
        default="",
        metavar="NAME",
    ),
    argument("--host-port", help="port on the machine or the device", type=int, default=5001, metavar="PORT"),
    argument("--cpu", help="CPU cores; by default as in the deployment configuration", type=float, metavar="CORES"),
    argument("--memory", help="memory in GB; by default as in the deployment configuration", type=float, metavar="GB"),
    argument("--env", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE"),
)


@verb(
    "package/export",
    progress="Exporting package",
    terminal=CliCommand(
        "package export",
        "Write what another place needs to run a packaged image: objects of Kubernetes, a chart of Helm, a Docker"
        " Compose file, units of systemd, set-ups for Azure and others.",
        (
            KIND,
            argument(
                "image",
                help="record (name:version), image reference in Docker, or for systemd and run.sh a packaged folder",
                names="image",
            ),
            TARGET,
            argument(
                "-n",
                "--name",
                help="what it is called there; the name of the image by default",
                names="",
                default="",
            ),
            *PLACE_ARGUMENTS,
            argument(
                "--push",
                help="push the image there first",
                names="",
                default="",
                metavar="REGISTRY/NAME:TAG",
            ),
            *CREDENTIAL_ARGUMENTS,
        ),
        (
            "scoredock package export iot-edge registry.example.com/team/diabetes:3 -o deployment.template.json",
            (
                "scoredock package export container-instances registry.example.com/team/diabetes:3 -o"
                " container-group.yaml --location westeurope"
            ),
            "scoredock package export kubernetes registry.example.com/team/diabetes:3 -o kubernetes.yaml",
            "scoredock package export helm registry.example.com/team/diabetes:3 --to chart",
        ),
    ),
)
def export(params: PackageExportParams, context: Context, operation: Operation) -> PackageExported:
    """Writes the files, with the digest of an image that was pushed. Needs no Docker; the record of the image or its
    labels in Docker give what is left out."""
    from scoredock.containers.image_calls import split_reference
    from scoredock.contrib.exports.domain.kinds import require_kind
    from scoredock.contrib.exports.domain.of_image import image_export
    from scoredock.contrib.exports.domain.writing import require_target

    kind = require_kind(params.kind)
    target = absolute(params.output_path)
    require_target(target, is_folder=kind.is_folder)
    if (folder := Path(params.image)).is_absolute() and folder.is_dir():
        return _export_folder(params, folder, target, context, operation)
    image = named_image(params.image, context, params.workspace_id)
    if params.push:
        reference = push_image(image, params.push, params.registry_credentials, context, operation).push.pinned
    else:
        reference = image.exported
    hints = with_amounts(hints_of_image(image, context), params.options.cpu, params.options.memory_gb)
    name = params.name or _named(split_reference(reference)[0].rpartition("/")[2])
    origin = f"the image {image.record.id if image.record else reference}"
    subject = subject_of(params.options, name, reference, origin, context)
    files = image_export(kind.id, replace(subject, hints=hints))
    write_export(files, kind, target)
    return PackageExported(
        str(target), str(main_file(files, kind, target)), sorted(files.texts), reference, list(files.fill_in)
    )


@verb("package/exportKinds")
def export_kinds(params: ExportKindsParams, context: Context, operation: Operation) -> ExportKinds:
    """The kinds of export that there are for a service or for an image, with what is proposed for each."""
    from scoredock.engine_table import engine_kind

    in_cluster = False
    if params.of == "service" and params.service:
        service = context.deployments(params.workspace_id).ledger.require(params.service).service
        in_cluster = engine_kind(service.engine).in_cluster
    choices = []
    for kind in KINDS.values():
        if params.of == "image" and not kind.from_image:
            continue
        # Of a service in a cluster these are the very objects that stand there, one file for each kind.
        is_objects = in_cluster and kind.id == "kubernetes"
        choices.append(
            ExportChoice(
                cast("ExportKindId", kind.id),
                l10n.t(kind.title),
                l10n.t(kind.detail),
                kind.is_folder or is_objects,
                "kubernetes" if is_objects else kind.file,
            )
        )
    return ExportKinds(choices)


def _export_folder(
    params: PackageExportParams, folder: Path, target: Path, context: Context, operation: Operation
) -> PackageExported:
    from scoredock.contrib.exports.domain.of_folder import add_start, copy_folder
    from scoredock.contrib.exports.domain.packaged_folder import packaged_folder
    from scoredock.contrib.exports.domain.writing import new_folder

    if params.kind not in ("systemd", "run.sh"):
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("{folder} is a folder, and this kind of export runs an image.", folder=folder),
            l10n.t("Build the image, push it, and name it. A folder can be exported as systemd and run.sh."),
            place=Place(str(folder)),
        )
    if target.is_relative_to(folder):
        raise ScoredockError(
            "package-target-not-empty",
            l10n.t("{target} is in the folder that is exported.", target=target),
            l10n.t("Choose a place outside of it."),
            place=Place(str(target)),
        )
    facts = packaged_folder(folder)
    origin = f"the packaged folder {folder.name} of the service {facts.service}, revision {facts.revision}"
    subject = subject_of(params.options, params.name or _named(facts.service), "", origin, context)
    with new_folder(target) as temporary:
        copy_folder(folder, temporary)
        files = add_start(params.kind, temporary, subject, operation.cancel)
    main = target / files.main
    return PackageExported(str(target), str(main), sorted(files.texts), "", list(files.fill_in))


def _named(name: str) -> str:
    """Name as most targets take it."""
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9-]", "-", name.lower())).strip("-")


def subject_of(options: ExportOptions, name: str, image: str, origin: str, context: Context) -> ExportSubject:
    """Subject of an export, without what the image says of itself. Raises ScoredockError `package-export-invalid`."""
    from scoredock.contrib.exports.domain.subject import ExportSubject, invalid

    if not 1 <= options.host_port <= 65_535:
        raise invalid(l10n.t("{port} is not a valid port.", port=options.host_port))
    return ExportSubject(
        name,
        image,
        origin,
        variables=options.environment_variables,
        location=options.location,
        dns_label=options.dns_label,
        namespace=options.namespace,
        replicas=options.replicas,
        pull_secret=options.pull_secret,
        host_port=options.host_port,
        lost_node_seconds=context.deploy_settings().lost_node_seconds,
    )


def write_export(files: ExportFiles, kind: ExportKind, target: Path) -> None:
    """Raises ScoredockError `package-target-not-empty`, `disk-full` and its like."""
    from scoredock.contrib.exports.domain.writing import new_folder, put, write_file

    if not kind.is_folder:
        write_file(target, files.texts[files.main])
        return
    with new_folder(target) as temporary:
        put(files, temporary)


def main_file(files: ExportFiles, kind: ExportKind, target: Path) -> Path:
    """Path of the file to read first."""
    return target / files.main if kind.is_folder else target


def trigger_of(options: messages.FunctionOptions) -> FunctionTrigger:
    """Trigger of the function, from the options."""
    from scoredock.contrib.exports.domain.functions import FunctionTrigger

    return FunctionTrigger(options.trigger, options.auth_level, options.input, options.output)


def create_functions(
    params: messages.PackageCreateParams,
    request: PackageRequest,
    account: Account,
    deployments: Deployments,
    operation: Operation,
) -> messages.Package:
    """A package as an app of Azure Functions. Raises ScoredockError as `export_folder`."""
    from scoredock.contrib.exports.domain.exported_folder import FUNCTIONS, FolderExport, export_folder
    from scoredock.contrib.exports.domain.subject import ExportSubject

    if not params.output_path:
        raise ScoredockError("package-kind-wrong", l10n.t("A package as a folder needs an output path."))
    subject = ExportSubject(params.service or "package", "")
    export = FolderExport(request, account, FUNCTIONS, subject, params.base_image, trigger_of(params.functions))
    target = absolute(params.output_path)
    exported = export_folder(deployments, export, target, operation.progress, operation.cancel)
    return package_message(exported.packaged)
