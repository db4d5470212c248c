"""The certificate and key of a service: the files are taken into the revision, as v1 sent their contents, so that it
starts again when the person's own have moved."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.engines.front_end import FrontEnd
from scoredock.errors import Place, ScoredockError
from scoredock.services.folders import revision_folder

FOLDER = "tls"
_CERTIFICATE, _KEY = "certificate.pem", "key.pem"
_LARGEST = 1_000_000


def certificate_folder(workspace: Path, service: str, revision: int) -> Path:
    return revision_folder(workspace, service, revision) / FOLDER


def copies(folder: Path) -> tuple[Path, Path]:
    """Paths of the copies of the certificate and its key in `folder`."""
    return folder / _CERTIFICATE, folder / _KEY


def with_own_certificate(front: FrontEnd, folder: Path) -> FrontEnd:
    """The front end with the copies in `folder`, which are made of the person's files the first time.

    Raises ScoredockError `file-not-found`, `file-unreadable`, and OSError for the folder.
    """
    if not front.certificate:
        return front
    certificate, key = copies(folder)
    if not (certificate.is_file() and key.is_file()):
        make_private(folder)
        _copy(front.certificate, certificate)
        _copy(front.certificate_key, key)
    return replace(front, certificate=str(certificate), certificate_key=str(key))


def _copy(source: str, target: Path) -> None:
    """Only the owner may read the copy."""
    try:
        with Path(source).open("rb") as stream:
            content = stream.read(_LARGEST)
    except FileNotFoundError:
        raise ScoredockError(
            "file-not-found",
            l10n.t("The certificate file {source} no longer exists.", source=source),
            l10n.t("Put it back, or deploy the service with another; certificates and keys are not part of a backup."),
            Place(source),
        ) from None
    except OSError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{source} cannot be read: {strerror}.", source=source, strerror=error.strerror),
            place=Place(source),
        ) from None
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
