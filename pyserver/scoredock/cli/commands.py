"""Every command, with what each runs: for the generated `command_line.json`, the pages and the tests.

A run of the command line reads the generated declarations instead (`declarations.py`), and imports the module of the
one command that it runs.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from scoredock.cli import printed
from scoredock.cli.assets import assets as asset_commands
from scoredock.cli.completion import commands as completion_commands
from scoredock.cli.compute import targets as compute_commands
from scoredock.cli.declarations import NOUNS, CommandPlace
from scoredock.cli.endpoints import endpoints as endpoint_commands
from scoredock.cli.environments import environments as environment_commands
from scoredock.cli.environments import nearest_versions as nearest_commands
from scoredock.cli.guide import doctor as doctor_commands
from scoredock.cli.guide import projects as project_commands
from scoredock.cli.images import comparing as image_comparing
from scoredock.cli.images import images as image_commands
from scoredock.cli.images import packages as package_commands
from scoredock.cli.models import changes as model_change_commands
from scoredock.cli.models import models as model_commands
from scoredock.cli.models import no_code as no_code_commands
from scoredock.cli.models import registering as register_commands
from scoredock.cli.scripts import checks as check_commands
from scoredock.cli.scripts import lsp as lsp_commands
from scoredock.cli.scripts import trial as try_commands
from scoredock.cli.services import all as all_services
from scoredock.cli.services import call as call_command
from scoredock.cli.services import metrics as metrics_commands
from scoredock.cli.services import reloading as reload_commands
from scoredock.cli.services import revisions as revision_commands
from scoredock.cli.services import services as service_commands
from scoredock.cli.services import tools as service_tools
from scoredock.cli.workspaces import unattended as unattended_commands
from scoredock.cli.workspaces import upkeep as upkeep_commands
from scoredock.cli.workspaces import workspaces as workspace_commands
from scoredock.contrib.table import module_of, present
from scoredock.features.contribution import contributions
from scoredock.features.verbs import verbs
from scoredock.verb import CliCommand, Verb


def _of_contribution(name: str) -> Iterator[ModuleType]:
    """Its `terminal`, or each file of it."""
    terminal = import_module(module_of(name, "terminal"))
    yield terminal
    for each in pkgutil.iter_modules(getattr(terminal, "__path__", ()), f"{terminal.__name__}."):
        yield import_module(each.name)


MODULES = (
    workspace_commands,
    upkeep_commands,
    unattended_commands,
    register_commands,
    model_commands,
    no_code_commands,
    model_change_commands,
    asset_commands,
    environment_commands,
    nearest_commands,
    image_commands,
    image_comparing,
    compute_commands,
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
    completion_commands,
    doctor_commands,
    lsp_commands,
    *(module for name in present() for module in _of_contribution(name)),
    printed,
)
"""In the order of the help. COMMANDS: what they run of the verbs that features declare, and what only the terminal has;
TEXTS: how results of verbs are worded that no module lists. Those come last within their noun."""


def _places() -> Iterator[CommandPlace]:
    declared = {each.terminal.name: each for each in verbs() if each.terminal is not None}
    for module in MODULES:
        for command in getattr(module, "COMMANDS", ()):
            if isinstance(command.declaration, str):
                each = declared.pop(command.declaration)
                yield CommandPlace(_form(each), module.__name__, each.place)
            else:
                yield CommandPlace(command.declaration, module.__name__)
    for each in declared.values():
        yield CommandPlace(_form(each), _module_with_text(each), each.place)


def _form(verb: Verb) -> CliCommand:
    assert verb.terminal is not None  # noqa: S101 (those that have one; for the type checker)
    return verb.terminal


def _module_with_text(verb: Verb) -> str:
    """The module that words the result of a verb which has no run of its own. Raises LookupError for a result that
    none words."""
    for module in MODULES:
        if verb.result in getattr(module, "TEXTS", {}):
            return module.__name__
    raise LookupError(f"{verb.name}: list it in COMMANDS of a module of cli/, or {verb.result.__name__} in its TEXTS")


PLACES: tuple[CommandPlace, ...] = tuple(_places())
DECLARATIONS: tuple[CliCommand, ...] = tuple(each.declaration for each in PLACES)
HELP: dict[str, str] = {**NOUNS, **{each.noun: each.help for each in contributions() if each.help}}
"""Of each noun a line, in the order of the help: the core's, then those of contributions."""
