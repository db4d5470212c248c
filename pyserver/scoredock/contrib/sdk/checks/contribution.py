"""Declares the checks of scripts and notebooks of the SDK."""

from __future__ import annotations

from scoredock.checks.contributions import ContributedChecks

_FOLDER = "scoredock.contrib.sdk.checks"
CHECKS = ContributedChecks(
    "Deployment scripts and commands",
    f"{_FOLDER}.rules:RULES",
    {
        "sdk-script": f"{_FOLDER}.script_file:check_script_file",
        "notebook": f"{_FOLDER}.notebooks.notebook:check_notebook",
    },
    cells=f"{_FOLDER}.notebooks.notebook:check_cells",
)
