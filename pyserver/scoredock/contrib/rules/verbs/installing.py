"""`rule/install`: the name that `workspace/install` had."""

from __future__ import annotations

from scoredock.context import Context, Operation
from scoredock.features.workspaces.unattended.installing import INSTALL_ARGUMENTS, install
from scoredock.protocol.messages.automation.unattended import UnattendedParams, UnattendedWork
from scoredock.verb import CliCommand, verb


@verb(
    "rule/install",
    progress="Setting up this machine",
    errors=("rule-install-failed", "rule-option-invalid"),
    terminal=CliCommand(
        "rule install",
        "The same as `workspace install`: have this machine carry out rules, schedules and events with no editor open.",
        INSTALL_ARGUMENTS,
        ("scoredock rule install", "scoredock rule install --as cron --every 5m --print"),
    ),
)
def install_rules(params: UnattendedParams, context: Context, operation: Operation) -> UnattendedWork:
    """Calls `install`."""
    return install(params, context, operation)
