"""A service of a cluster as files: plain objects of Kubernetes, for git and for other namespaces."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, needs, rows, verb

KINDS = ("kubernetes",)


@verb(
    "service/export",
    progress="Exporting service",
    errors=("package-target-not-empty", "service-state-invalid"),
    terminal=CliCommand(
        "service export",
        "Write the objects of a service on a compute target as YAML, one file for each kind, for git and for"
        " `kubectl apply` into any namespace. Nothing secret is in them.",
        (
            argument("kind", help="what to write", choices=KINDS),
            argument("name", help="name of the service", names="service"),
            argument("--to", help="folder to write; must be new or empty", required=True, metavar="FOLDER"),
            argument(
                "--secret-file",
                help="write the Secret with its values there, too: only you may read the file, and it is not for git",
                default="",
                metavar="FILE",
            ),
        ),
        ("scoredock service export kubernetes diabetes --to manifests",),
    ),
    editor=(
        EditorCommand(
            "exportService",
            "Export…",
            "services/exportService",
            icon="export",
            menus=(rows("services", "service", "5_export@1", menu="scoredock.service.tools"),),
        ),
    ),
)
@needs("export")
def export(params: messages.ServiceExportParams, context: Context, operation: Operation) -> messages.ServiceExported:
    """The objects of the revision that serves or served last, with the image that the cluster has. Raises engine-unable
    for a service of this machine, service-state-invalid for one that the cluster does not have."""
    from scoredock.clusters.manifest_text import manifest_text
    from scoredock.registry.store.faults import storing

    folder = absolute(params.output_path)
    secret_path = absolute(params.secret_path) if params.secret_path else None
    _require_new(folder, secret_path)
    deployments = context.deployments(params.workspace_id)
    objects = deployments.objects.exported(params.name)
    secret = str(objects.secret["metadata"]["name"]) if objects.secret is not None else ""
    files = []
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for document in objects.documents:
            file = f"{str(document['kind']).lower()}.yaml"
            head = _head(params.name, secret, objects.secret) if document["kind"] == "Deployment" else ""
            (folder / file).write_text(head + manifest_text(document), "utf-8", newline="\n")
            files.append(file)
    if secret_path is not None and objects.secret is not None:
        with storing(secret_path):
            _write_private(secret_path, manifest_text(objects.secret))
    written = str(secret_path) if secret_path is not None and objects.secret is not None else ""
    return messages.ServiceExported(str(folder), sorted(files), secret, written)


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
    lines = ["# Written by Scoredock for `kubectl apply`. Only kinds that every cluster has."]
    if document is not None:
        literals = " ".join(f"--from-file {key}=FILE" for key in document["data"])
        command = f"scoredock service export kubernetes {name} --to FOLDER --secret-file FILE"
        lines += [
            f"# The Secret {secret} has to be there before. This writes it, and `kubectl apply -f FILE` makes it:",
            f"#   {command}",
            "# By hand, with the SHA-256 of each key, one a line, in key-digests:",
            f"#   kubectl create secret generic {secret} {literals}",
        ]
    return "".join(f"{line}\n" for line in lines)


def _write_private(path: Path, text: str) -> None:
    """Only its owner may read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
