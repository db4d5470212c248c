"""A service as files of the tools that are to run it: of a cluster as its plain objects, else by its image or its
packaged files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.exports.messages import ServiceExported, ServiceExportParams
from scoredock.contrib.exports.verbs.image_hints import hints_of_image, newest_image, with_amounts
from scoredock.contrib.exports.verbs.packages import (
    KIND,
    PLACE_ARGUMENTS,
    TARGET,
    main_file,
    subject_of,
    trigger_of,
    write_export,
)
from scoredock.errors import Place, ScoredockError
from scoredock.features.images.image_moves import named_image
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

AUTH_LEVELS, TRIGGERS = ("anonymous", "function", "admin"), ("http", "blob", "service_bus_queue")


@verb(
    "service/export",
    progress="Exporting service",
    errors=("package-target-not-empty", "service-state-invalid", "service-not-packaged", "package-export-invalid"),
    terminal=CliCommand(
        "service export",
        "Write what another place needs to run a service: objects of Kubernetes, a chart of Helm, a Docker Compose"
        " file, units of systemd, an app of Azure Functions, a shell script and others. Nothing secret is in them. Of a"
        " service on a compute target `kubernetes` writes its objects, one file for each kind.",
        (
            KIND,
            argument("name", help="name of the service", names="service"),
            TARGET,
            argument(
                "--image",
                help="image to run: record (name:version) or reference; by default the newest that was packaged of the"
                " service, and of a service on a compute target the one that runs there",
                names="image",
                default="",
                metavar="IMAGE",
            ),
            argument(
                "--target-name",
                help="what it is called there; the name of the service by default",
                names="",
                default="",
                metavar="NAME",
            ),
            *PLACE_ARGUMENTS,
            argument("--trigger", help="what calls a function of Azure", choices=TRIGGERS, default="http"),
            argument("--auth-level", help="who may call a function by HTTP", choices=AUTH_LEVELS, default=""),
            argument(
                "--trigger-input",
                help="where a function gets its input from: container/{blobname} or the name of a queue",
                names="",
                default="",
                metavar="PLACE",
            ),
            argument(
                "--trigger-output", help="where the answers of a function go", names="", default="", metavar="PLACE"
            ),
            argument(
                "--base-image",
                help="base image of an app of Azure Functions; by default the official one of the environment's Python",
                names="",
                default="",
                metavar="IMAGE",
            ),
            argument(
                "--secret-file",
                help="of a service on a compute target: write the Secret with its values there, too; only you may read"
                " the file, and it is not for git",
                default="",
                metavar="FILE",
            ),
        ),
        (
            "scoredock service export kubernetes diabetes --to manifests",
            "scoredock service export run.sh diabetes --to diabetes-run",
            "scoredock service export functions diabetes --to diabetes-app",
            "scoredock service export compose diabetes --image registry.example.com/team/diabetes:3 --to compose.yaml",
        ),
    ),
    editor=(
        EditorCommand(
            "exportService",
            "Export…",
            "contrib/exports/exportService",
            icon="export",
            menus=(rows("services", "service", "5_export@1", menu="scoredock.service.tools"),),
        ),
    ),
)
def export(params: ServiceExportParams, context: Context, operation: Operation) -> ServiceExported:
    """Exports the revision that serves or served last. Raises service-not-packaged if an image is needed and none was
    made, service-state-invalid for a service that was never healthy.
    """
    from scoredock.contrib.exports.domain.kinds import require_kind
    from scoredock.contrib.exports.domain.writing import require_target
    from scoredock.engine_table import engine_kind

    kind = require_kind(params.kind)
    target = absolute(params.output_path)
    deployments = context.deployments(params.workspace_id)
    service = deployments.ledger.require(params.name).service
    in_cluster = engine_kind(service.engine).in_cluster
    if kind.id == "kubernetes" and in_cluster and not params.image:
        return _objects(params, target, deployments)
    if params.secret_path:
        raise ScoredockError(
            "package-export-invalid",
            l10n.t("A file for the Secret goes with the objects of a service on a compute target only."),
            l10n.t("Leave --secret-file out."),
        )
    require_target(target, is_folder=kind.is_folder)
    if kind.from_folder and not (params.image and kind.from_image):
        return _folder(params, target, context, operation)
    return _of_image(params, target, context, in_cluster=in_cluster)


def _of_image(params: ServiceExportParams, target: Path, context: Context, *, in_cluster: bool) -> ServiceExported:
    from scoredock.contrib.exports.domain.kinds import require_kind
    from scoredock.contrib.exports.domain.of_image import image_export
    from scoredock.services.packaging.service_package import REVISION_TAG, current_hints

    deployments = context.deployments(params.workspace_id)
    number, hints = current_hints(deployments, params.name)
    notes: list[str] = []
    if in_cluster and not params.image:
        reference = _image_there(deployments, params.name)
    else:
        name = params.image or newest_image(deployments, params.name).id
        image = named_image(name, context, params.workspace_id)
        reference = image.exported
        revision = image.record.tags.get(REVISION_TAG, "") if image.record is not None else ""
        if image.record is not None:
            hints = hints_of_image(image, context) if revision != str(number) else hints
        if not params.image and revision != str(number):
            notes.append(
                l10n.t(
                    "The image {image} holds revision {older}, and the service is at revision {newer}.",
                    image=name,
                    older=revision,
                    newer=number,
                )
            )
    kind = require_kind(params.kind)
    origin = f"the service {params.name}, revision {number}, and the image {reference}"
    subject = subject_of(params.options, params.target_name or params.name, reference, origin, context)
    amounts = with_amounts(hints, params.options.cpu, params.options.memory_gb)
    files = image_export(kind.id, replace(subject, hints=amounts))
    write_export(files, kind, target)
    return ServiceExported(
        str(target),
        str(main_file(files, kind, target)),
        sorted(files.texts),
        image=reference,
        fill_in=list(files.fill_in),
        notes=notes,
    )


def _folder(params: ServiceExportParams, target: Path, context: Context, operation: Operation) -> ServiceExported:
    from scoredock.contrib.exports.domain.exported_folder import FolderExport, export_folder
    from scoredock.services.packaging.service_package import Account, PackageRequest

    workspace = context.workspace(params.workspace_id)
    account = Account(workspace.subscription_id, workspace.resource_group, workspace.name, workspace.id)
    subject = subject_of(params.options, params.target_name or params.name, "", "", context)
    request = PackageRequest(service=params.name, name=params.name, label="1")
    export = FolderExport(request, account, params.kind, subject, params.base_image, trigger_of(params.functions))
    deployments = context.deployments(params.workspace_id)
    exported = export_folder(deployments, export, target, operation.progress, operation.cancel)
    return ServiceExported(
        str(target),
        str(target / exported.files.main),
        sorted(exported.files.texts),
        fill_in=list(exported.files.fill_in),
        notes=list(exported.packaged.notes),
    )


def _image_there(deployments: Deployments, name: str) -> str:
    """Image that the cluster runs, by its digest."""
    documents = deployments.objects.exported(name).documents
    deployment = next(each for each in documents if each["kind"] == "Deployment")
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def _objects(params: ServiceExportParams, folder: Path, deployments: Deployments) -> ServiceExported:
    """The objects of the revision that serves or served last, with the image that the cluster has."""
    from scoredock.clusters.manifest_text import manifest_text
    from scoredock.contrib.exports.domain.writing import new_folder
    from scoredock.registry.store.faults import storing

    secret_path = absolute(params.secret_path) if params.secret_path else None
    _require_new(folder, secret_path)
    objects = deployments.objects.exported(params.name)
    secret = str(objects.secret["metadata"]["name"]) if objects.secret is not None else ""
    files = []
    with new_folder(folder) as temporary:
        for document in objects.documents:
            file = f"{str(document['kind']).lower()}.yaml"
            first = _head(params.name, secret, objects.secret) if document["kind"] == "Deployment" else ""
            (temporary / file).write_text(first + manifest_text(document), "utf-8", newline="\n")
            files.append(file)
    if secret_path is not None and objects.secret is not None:
        with storing(secret_path):
            _write_private(secret_path, manifest_text(objects.secret))
    secret_file = str(secret_path) if secret_path is not None and objects.secret is not None else ""
    return ServiceExported(
        str(folder),
        str(folder / "deployment.yaml"),
        sorted(files),
        fill_in=[secret] if secret else [],
        secret=secret,
        secret_path=secret_file,
    )


def _require_new(folder: Path, secret_path: Path | None) -> None:
    """Raises ScoredockError `package-target-not-empty`."""
    obstacle = folder if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())) else None
    if secret_path is not None and secret_path.exists():
        obstacle = secret_path
    if secret_path is not None and secret_path.is_relative_to(folder):
        raise ScoredockError(
            "package-target-not-empty",
            l10n.t("The file for the Secret, {target}, is in the folder for git.", target=secret_path),
            l10n.t("Choose a place outside of it."),
            place=Place(str(secret_path)),
        )
    if obstacle is not None:
        raise ScoredockError(
            "package-target-not-empty",
            l10n.t("{target} already exists.", target=obstacle),
            l10n.t("Choose another one."),
            place=Place(str(obstacle)),
        )


def _head(name: str, secret: str, document: Mapping[str, Any] | None) -> str:
    lines = [
        f"# Written by Scoredock from the service {name} for `kubectl apply`. Only kinds that every cluster has.",
    ]
    if document is not None:
        literals = " ".join(f"--from-file {key}=FILE" for key in document["data"])
        command = f"scoredock service export kubernetes {name} --to FOLDER --secret-file FILE"
        lines += [
            f"# The Secret {secret} has to be there before. This writes it, and `kubectl apply -f FILE` makes it:",
            f"#   {command}",
            "# By hand, with the SHA-256 of each key, one a line, in key-digests:",
            f"#   kubectl create secret generic {secret} {literals}",
        ]
    else:
        lines.append("# There is nothing to fill in.")
    return "".join(f"{line}\n" for line in lines)


def _write_private(path: Path, text: str) -> None:
    """Only its owner may read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
