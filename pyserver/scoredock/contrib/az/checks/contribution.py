"""Declares the checks of lines of the Azure CLI."""

from __future__ import annotations

from scoredock.checks.contributions import ContributedChecks

CHECKS = ContributedChecks(
    "Deployment scripts and commands",
    "scoredock.contrib.az.checks.rules:RULES",
    checks={"commands": "scoredock.contrib.az.checks.commands:check_commands"},
)
