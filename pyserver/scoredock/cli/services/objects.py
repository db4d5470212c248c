"""`scoredock service deploy --dry-run`: services as objects of a cluster."""

from __future__ import annotations

import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import FAILED, OK
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
