"""One version as the argument of a command, in our spelling or in that of the Azure CLI."""

from __future__ import annotations

from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import UsageError


def one_model(options: Namespace) -> str:
    """MODEL or --model-id."""
    if bool(options.model) == bool(options.model_id):
        raise UsageError(l10n.t("Name one model, as MODEL or with --model-id."))
    return str(options.model or options.model_id)
