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

MODULES = (
    workspace_commands,
    upkeep_commands,
    register_commands,
    model_commands,
    no_code_commands,
    model_change_commands,
    run_commands,
    asset_commands,
    environment_commands,
    nearest_commands,
    image_commands,
    service_commands,
    all_services,
    reload_commands,
    revision_commands,
    metrics_commands,
    endpoint_commands,
    service_tools,
    package_commands,
    project_commands,
    check_commands,
    try_commands,
    test_commands,
    az_install,
    sdk_commands,
    completion_commands,
    doctor_commands,
    lsp_commands,
)
"""Each with its COMMANDS, in the order of the help."""
COMMANDS: tuple[Command, ...] = tuple(command for module in MODULES for command in module.COMMANDS)
