"""`scoredock service deploy --dry-run` and `service export`: services as objects of a cluster."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.session import Session
from scoredock.errors import ClusterUnreachable
from scoredock.protocol import messages


def tell(preview: messages.ServicePreview, options: Namespace, session: Session) -> int:
    """The objects, or with `--diff` what differs; with `--json` both. As `kubectl diff` it ends with 1 where something
    differs."""
    if options.diff and preview.silence:
        raise ClusterUnreachable(preview.silence)
    if session.as_json:
        import yaml

        documents = list(yaml.safe_load_all(preview.text))
        document = {
            "documents": documents,
            "diff": preview.diff,
            "imageIsCertain": preview.image_is_certain,
            "silence": preview.silence,
        }
        session.result(document, "")
    else:
        for line in _notes(preview):
            print(f"# {line}", file=sys.stderr)
        session.result(preview, (preview.diff if options.diff else preview.text).rstrip("\n"))
    return FAILED if options.diff and preview.diff else OK


def _notes(preview: messages.ServicePreview) -> list[str]:
    notes = []
    if preview.silence:
        notes.append(
            l10n.t("The cluster does not answer, so it has not checked these objects: {reason}", reason=preview.silence)
        )
    else:
        notes.append(l10n.t("The cluster takes these objects; nothing was changed."))
    if not preview.image_is_certain:
        notes.append(l10n.t("The image is made when the service is deployed; until then a name stands for its digest."))
    return notes


def _export(options: Namespace, session: Session) -> int:
    from scoredock.cli.images.packages import export_options, filled, noted
    from scoredock.contrib.exports.verbs import services as exporting

    params = messages.ServiceExportParams(
        options.name,
        options.output_path,
        kind=options.kind,
        image=options.image,
        target_name=options.target_name,
        base_image=options.base_image,
        functions=messages.FunctionOptions(
            options.trigger, options.auth_level, options.trigger_input, options.trigger_output
        ),
        options=export_options(options),
        secret_path=options.secret_file,
    )
    export = exporting.export(params, session.context, session.operation())
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
        lines += filled(export.fill_in)
    session.result(export, "\n".join([*lines, *noted(export.notes)]))
    return OK


COMMANDS = (Command("service export", _export),)
