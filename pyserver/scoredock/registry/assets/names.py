"""Rules for names and references of datasets, environments and images. Pure."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry.grammar import printable

KINDS = ("dataset", "environment", "image")
_NAME = re.compile(r"(?=[._\-]*[a-zA-Z0-9])[a-zA-Z0-9._][a-zA-Z0-9\-._]{0,254}")
"""Also `.venv`, as in Azure; a dash in front would be an option of the command line."""
_DATASET_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9\-._() ]{0,253}[a-zA-Z0-9\-._()])?")
"""With blanks between words and with parentheses, as Azure has them."""
_IMAGE_NAME = re.compile(r"[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?")
_REFERENCE = re.compile(rf"({_NAME.pattern})(?::([1-9][0-9]{{0,9}}))?")
_DATASET_REFERENCE = re.compile(rf"({_DATASET_NAME.pattern})(?::([1-9][0-9]{{0,9}}))?")
RESERVED = ("microsoft", "azureml")
"""What names of one's own environments must not begin with, in any case: those are the curated ones."""


def require_kind(kind: str) -> None:
    """Raises asset-not-found."""
    if kind not in KINDS:
        raise ScoredockError(
            "asset-not-found", l10n.t("{kind} is not a dataset, environment or image.", kind=printable(kind))
        )


def require_name(kind: str, name: str) -> None:
    """Raises asset-name-invalid."""
    if kind == "image":
        if not 3 <= len(name) <= 32 or not _IMAGE_NAME.fullmatch(name):
            raise ScoredockError(
                "asset-name-invalid",
                l10n.t("{name} is not a valid image name.", name=printable(name)),
                l10n.t(
                    "Use 3 to 32 lower-case letters, digits, dashes and periods, beginning and ending "
                    "with a letter or digit."
                ),
            )
    elif not (_DATASET_NAME if kind == "dataset" else _NAME).fullmatch(name):
        raise ScoredockError(
            "asset-name-invalid",
            l10n.t("“{name}” is not a valid {kind} name.", name=printable(name), kind=kind_text(kind)),
            l10n.t(
                "Use up to 255 letters of a to z, digits, dashes, periods, underscores and parentheses, with blanks "
                "between them, beginning with a letter or digit."
            )
            if kind == "dataset"
            else "",
        )
    elif kind == "environment" and name.lower().startswith(RESERVED):
        raise ScoredockError(
            "asset-name-invalid",
            l10n.t(
                "The name {name} begins with Microsoft or AzureML, which are kept for curated environments.", name=name
            ),
            l10n.t("Choose another name; `clone` gives a curated environment a name of your own."),
        )


def parse_reference(kind: str, reference: str) -> tuple[str, int | None]:
    """Name and version of `name:version` or `name`. Raises asset-not-found for anything else."""
    match = (_DATASET_REFERENCE if kind == "dataset" else _REFERENCE).fullmatch(reference)
    if match is None:
        raise ScoredockError(
            "asset-not-found",
            l10n.t(
                "{reference} is neither name:version nor a valid {kind} name.",
                reference=printable(reference),
                kind=kind_text(kind),
            ),
            list_step(kind),
        )
    return match[1], int(match[2]) if match[2] else None


def list_step(kind: str) -> str:
    """Next step that shows which names there are."""
    return l10n.t("Run `scoredock {kind} list` to see the registered ones.", kind=kind)


def kind_text(kind: str) -> str:
    """A kind of record where a person reads it."""
    texts = {
        "dataset": l10n.t("dataset"),
        "environment": l10n.t("environment"),
        "image": l10n.t("image"),
        "model": l10n.t("model"),
        "service": l10n.t("service"),
    }
    return texts.get(kind, kind)
