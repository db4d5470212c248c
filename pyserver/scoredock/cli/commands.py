"""Every command, with what each runs: for the generated `command_line.json`, the pages and the tests.

A run of the command line reads the generated declarations instead (`declarations.py`), and imports the module of the
one command that it runs.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    printed,
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
from scoredock.cli.declarations import CommandPlace
from scoredock.features.verbs import verbs
from scoredock.verb import CliCommand, Verb

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
    printed,
)
"""In the order of the help. RUNS: what they run of the verbs that features declare, by their names in the terminal;
COMMANDS: what only the terminal has; TEXTS: how results of verbs are worded that need no run of their own."""


def _places() -> Iterator[CommandPlace]:
    declared = {each.terminal.name: each for each in verbs() if each.terminal is not None}
    for module in MODULES:
        for name in getattr(module, "RUNS", {}):
            each = declared.pop(name)
            yield CommandPlace(_form(each), module.__name__, each.place)
        yield from (CommandPlace(each.declaration, module.__name__) for each in getattr(module, "COMMANDS", ()))
    for each in declared.values():
        yield CommandPlace(_form(each), _module_with_text(each), each.place)


def _form(verb: Verb) -> CliCommand:
    assert verb.terminal is not None  # noqa: S101 (those that have one; for the type checker)
    return verb.terminal


def _module_with_text(verb: Verb) -> str:
    """The module that words the result of a verb which has no run of its own. Raises StopIteration for a result that
    none words."""
    return next(module.__name__ for module in MODULES if verb.result in getattr(module, "TEXTS", {}))


PLACES: tuple[CommandPlace, ...] = tuple(_places())
DECLARATIONS: tuple[CliCommand, ...] = tuple(each.declaration for each in PLACES)
