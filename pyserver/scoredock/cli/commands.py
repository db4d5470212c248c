"""Every command, with what each runs: for the generated `command_line.json`, the pages and the tests.

A run of the command line reads the generated declarations instead (`declarations.py`), and imports the module of the
one command that it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from scoredock.cli import (
    all_services,
    asset_commands,
    call_command,
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
from scoredock.features.verbs import verbs
from scoredock.verb import CliCommand

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
    call_command,
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
"""In the order of the help: each with RUNS, what it runs of the verbs that features declare, by their names in the
terminal, or with COMMANDS, which only the terminal has, or with both."""


def _commands() -> Iterator[tuple[ModuleType, Command]]:
    declared = {each.terminal.name: each.terminal for each in verbs() if each.terminal is not None}
    for module in MODULES:
        for name, run in getattr(module, "RUNS", {}).items():
            yield module, Command(declared.pop(name), run)
        for command in getattr(module, "COMMANDS", ()):
            yield module, command
    assert not declared, f"no module of the command line runs {', '.join(declared)}"  # noqa: S101


PLACES: tuple[tuple[ModuleType, Command], ...] = tuple(_commands())
DECLARATIONS: tuple[CliCommand, ...] = tuple(command.declaration for _, command in PLACES)
