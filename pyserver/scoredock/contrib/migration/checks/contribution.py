"""Declares the checks of migration."""

from __future__ import annotations

from scoredock.checks.contributions import ContributedChecks

CHECKS = ContributedChecks(
    "Migration",
    "scoredock.contrib.migration.checks.rules:RULES",
    remarks="scoredock.contrib.migration.checks.selection:check_selected",
)
