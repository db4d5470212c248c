"""`scoredock service export` and `scoredock package export`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, pairs
from scoredock.cli.images.credentials import credentials
from scoredock.cli.session import Session
from scoredock.contrib.exports.messages import ExportOptions, PackageExportParams, ServiceExportParams
from scoredock.contrib.exports.verbs import packages, services
from scoredock.protocol import messages


def _service(options: Namespace, session: Session) -> int:
    params = ServiceExportParams(
        options.name,
        options.output_path,
        kind=options.kind,
        image=options.image,
        target_name=options.target_name,
        base_image=options.base_image,
        functions=messages.FunctionOptions(
            options.trigger, options.auth_level, options.trigger_input, options.trigger_output
        ),
        options=_export_options(options),
        secret_path=options.secret_file,
    )
    export = services.export(params, session.context, session.operation())
    lines = [l10n.t("wrote {path}", path=export.folder)]
    if Path(export.folder).is_dir():
        lines = [l10n.t("wrote {files} into {folder}", files=", ".join(export.files), folder=export.folder)]
    if export.image:
        lines.append(l10n.t("image {image}", image=export.image))
    if export.secret_path:
        lines.append(
            l10n.t(
                "wrote the Secret {name} to {file}, which is not for git", name=export.secret, file=export.secret_path
            )
        )
    elif export.secret:
        lines.append(l10n.t("the Secret {name} has to be there before: see deployment.yaml", name=export.secret))
    else:
        lines += _filled(export.fill_in)
    session.result(export, "\n".join([*lines, *_noted(export.notes)]))
    return OK


def _package(options: Namespace, session: Session) -> int:
    image = str(Path(options.image).absolute()) if Path(options.image).is_dir() else options.image
    params = PackageExportParams(
        image,
        options.kind,
        _absolute(options.output_path),
        name=options.name,
        options=_export_options(options),
        push=options.push,
        registry_credentials=credentials(options),
    )
    made = packages.export(params, session.context, session.operation())
    lines = [l10n.t("wrote {path}", path=made.path)]
    if made.image:
        lines.append(l10n.t("image {image}", image=made.image))
    session.result(made, "\n".join([*lines, *_filled(made.fill_in), *_noted(made.notes)]))
    return OK


def _export_options(options: Namespace) -> ExportOptions:
    """Options that exports of images and of services have in common."""
    return ExportOptions(
        location=options.location,
        dns_label=options.dns_label,
        namespace=options.namespace,
        replicas=options.replicas,
        pull_secret=options.pull_secret,
        host_port=options.host_port,
        cpu=options.cpu,
        memory_gb=options.memory,
        environment_variables=pairs(options.env),
    )


def _filled(names: Sequence[str]) -> list[str]:
    """Lines on values to fill in."""
    return [l10n.t("fill in before you deploy it: {values}", values=", ".join(names))] if names else []


def _noted(notes: Sequence[str]) -> list[str]:
    """Lines of notes."""
    return [l10n.t("note: {note}", note=note) for note in notes]


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if path else ""


COMMANDS = (Command("service export", _service), Command("package export", _package))
