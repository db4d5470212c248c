"""Every command, with what each runs: for the generated `command_line.json`, the pages and the tests.

A run of the command line reads the generated declarations instead (`declarations.py`), and imports the module of the
one command that it runs.
"""

from __future__ import annotations

from scoredock.cli import (
    all_services,
    asset_commands,
    check_commands,
    completion_commands,
    doctor_commands,
    endpoint_commands,
    environment_commands,
    image_commands,
    lsp_commands,
    metrics_commands,
    model_change_commands,
    model_commands,
    nearest_commands,
    no_code_commands,
    package_commands,
    project_commands,
    register_commands,
    reload_commands,
    revision_commands,
    run_commands,
    sdk_commands,
    service_commands,
    service_tools,
    test_commands,
    try_commands,
    upkeep_commands,
    workspace_commands,
)
from scoredock.cli.az import install as az_install
from scoredock.cli.command import Command

COMMANDS: tuple[Command, ...] = (
    *workspace_commands.COMMANDS,
    *upkeep_commands.COMMANDS,
    *register_commands.COMMANDS,
    *model_commands.COMMANDS,
    *no_code_commands.COMMANDS,
    *model_change_commands.COMMANDS,
    *run_commands.COMMANDS,
    *asset_commands.COMMANDS,
    *environment_commands.COMMANDS,
    *nearest_commands.COMMANDS,
    *image_commands.COMMANDS,
    *service_commands.COMMANDS,
    *all_services.COMMANDS,
    *reload_commands.COMMANDS,
    *revision_commands.COMMANDS,
    *metrics_commands.COMMANDS,
    *endpoint_commands.COMMANDS,
    *service_tools.COMMANDS,
    *package_commands.COMMANDS,
    *project_commands.COMMANDS,
    *check_commands.COMMANDS,
    *try_commands.COMMANDS,
    *test_commands.COMMANDS,
    *az_install.COMMANDS,
    *sdk_commands.COMMANDS,
    *completion_commands.COMMANDS,
    *doctor_commands.COMMANDS,
    *lsp_commands.COMMANDS,
)
