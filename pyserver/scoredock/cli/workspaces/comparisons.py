"""Text of the results of comparisons of data that were due."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock import l10n
from scoredock.cli.session import table
from scoredock.protocol.messages.automation.unattended import DriftRun


def comparisons_text(runs: Sequence[DriftRun]) -> str:
    """A line each."""
    rows = [(one.name, one.verdict or l10n.t("failed"), ", ".join(one.drifted[:5]), one.error) for one in runs]
    head = (l10n.t("NAME"), l10n.t("RESULT"), l10n.t("COLUMNS"), l10n.t("ERROR"))
    return table(rows, head) if rows else l10n.t("nothing is due")
