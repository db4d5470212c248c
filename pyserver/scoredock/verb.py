"""Declaration of a verb: once, above the function that carries it out.

From these declarations come the methods of the protocol and protocol.ts, the table by which the server finds the
function of a method, the command line with its help and docs/cli.md, the commands, menus and keys of package.json, the
table of handlers of the extension, and docs/protocol.md. `npm run generate` writes them. `docs/decisions/0097` says why
in this form.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from functools import cached_property, wraps
from importlib import import_module
from typing import Any, TypeVar, cast

from scoredock.engine_table import Ability
from scoredock.late_dataclass import dataclass

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command of the terminal."""

    flags: tuple[str, ...]
    help: str
    options: dict[str, Any] = field(default_factory=dict)
    """For argparse: type, action, default, metavar, nargs, choices."""
    names: str | None = None
    """The kinds of things of a workspace (`model`, `service endpoint`) of which the value names one; empty where it
    looks like that and is none. `tests/rules/test_command_names.py` finds one that says neither."""

    @property
    def dest(self) -> str:
        """Name under which argparse gives the value."""
        long = next((flag for flag in self.flags if flag.startswith("--")), self.flags[0])
        return str(self.options.get("dest") or long.lstrip("-").replace("-", "_"))


def argument(*flags: str, help: str, names: str | None = None, **options: Any) -> Argument:
    """Shorthand for the tables of arguments."""
    return Argument(flags, help, options, names)


@dataclass(frozen=True, slots=True)
class CliCommand:
    """A verb on the command line."""

    name: str
    """`model register`: the noun, if there is one, and the verb."""
    help: str
    """One line."""
    arguments: tuple[Argument, ...] = ()
    examples: tuple[str, ...] = ()
    """What one types."""
    makes: str = ""
    """The kind of thing that is new in the workspace afterwards; empty for commands about what is there."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One place of a command in the menus of the editor."""

    menu: str
    """As package.json names it, such as `explorer/context`."""
    when: str
    group: str
    """With its place in the group: `1_main@2`."""


def rows(view: str, flags: str, *groups: str, menu: str = "view/item/context") -> tuple[MenuItem, ...]:
    """Menu items on the rows of a view that have each of the flags, `a|b` for any of several and `!a` for none of it.
    `menu` is a submenu of such a row where it is not the row's own."""
    conditions = [f"view == scoredock.{view}"]
    for flag in flags.split():
        if flag.startswith("!"):
            conditions.append(rf"viewItem =~ /^(?!.*\b{flag[1:]}\b)/")
        else:
            conditions.append(rf"viewItem =~ /\b{f'({flag})' if '|' in flag else flag}\b/")
    return tuple(MenuItem(menu, " && ".join(conditions), group) for group in groups)


def head(view: str, group: str, when: str = "") -> tuple[MenuItem, ...]:
    """Menu items in the head of a view."""
    return (MenuItem("view/title", " && ".join(filter(None, (f"view == scoredock.{view}", when))), group),)


@dataclass(frozen=True, slots=True)
class Submenu:
    """A menu in the menu of rows."""

    id: str
    title: str
    rows: tuple[MenuItem, ...]
    """Where it is."""


FILE = "resourceScheme =~ /^(file|vscode-remote)$/"
"""What is clicked is a file that the server can read."""


def files(when: str, group: str) -> tuple[MenuItem, ...]:
    """Menu items on files of the Explorer."""
    return (MenuItem("explorer/context", f"{FILE} && {when}", group),)


def tabs(when: str, group: str) -> tuple[MenuItem, ...]:
    """Menu items on the tabs of editors."""
    return (MenuItem("editor/title/context", f"{when} && scoredock.running", group),)


def title_bar(when: str, group: str) -> tuple[MenuItem, ...]:
    """Menu items in the head of an editor."""
    return (MenuItem("editor/title", f"{when} && scoredock.running", group),)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that runs a command."""

    key: str
    when: str
    mac: str = ""
    steps: tuple[object, ...] = ()
    """What runs instead of the command alone: commands with their arguments, or their names."""


@dataclass(frozen=True, slots=True)
class EditorCommand:
    """A verb in the editor."""

    id: str
    """Without `scoredock.` before it; also the function that runs it, where `handler` names no other."""
    title: str
    """In English; the translations are texts of package.nls.*.json."""
    handler: str
    """The module below `extension/commands`, such as `endpoints/traffic`, or `endpoints/traffic:promote` for a function
    of another name; of a contribution the one below `extension`, such as `contrib/drift/comparing`."""
    icon: str = ""
    """A codicon."""
    palette: str = "false"
    """When the command palette has it: a condition of VS Code, empty for always."""
    menus: tuple[tuple[MenuItem, ...], ...] = ()
    keys: tuple[Key, ...] = ()

    @property
    def command(self) -> str:
        """Name of the command for VS Code."""
        return f"scoredock.{self.id}"


@dataclass(frozen=True)
class Verb:
    """Verb of a noun, with everything about it that is not its work."""

    function: Callable[..., Any]
    """`(params, context, operation) -> result`; with `self` before them where it belongs to one client."""
    name: str
    """`endpoint/promote`."""
    progress: str
    """What its progress is called; empty where it has none."""
    changes: bool
    """It may change what the views show."""
    errors: tuple[str, ...]
    """Codes of the failures that are its own."""
    terminal: CliCommand | None
    editor: tuple[EditorCommand, ...]
    needs: Ability | None
    """What it asks of the engine of a service."""

    @property
    def method(self) -> str:
        """Name of the method in the protocol."""
        return f"scoredock/{self.name}"

    @property
    def place(self) -> str:
        """Module and name of its function."""
        return f"{self.function.__module__}:{self.function.__name__}"

    @property
    def is_of_everybody(self) -> bool:
        """True if it is a function, and not a method of what belongs to one client."""
        return "." not in self.function.__qualname__

    @cached_property
    def _hints(self) -> Mapping[str, Any]:
        return typing.get_type_hints(self.function)

    @property
    def params(self) -> type:
        """The record that is sent for it."""
        kind: type = self._hints["params"]
        return kind

    @property
    def result(self) -> type:
        """The record that answers it."""
        kind: type = self._hints["return"]
        return kind


def verb(
    name: str,
    *,
    progress: str = "",
    changes: bool = False,
    errors: tuple[str, ...] = (),
    terminal: CliCommand | None = None,
    editor: tuple[EditorCommand, ...] = (),
) -> Callable[[_F], _F]:
    """Declares the function below it as a verb; `verb_of` gives the declaration."""

    def declare(function: _F) -> _F:
        ability: Ability | None = getattr(function, "__needs__", None)
        offered = editor if ability is None else tuple(_offered_by(ability, each) for each in editor)
        carried_out = in_form(_by_the_owner(function) if changes else function)
        carried_out.__verb__ = Verb(  # type: ignore[attr-defined]
            carried_out, name, progress, changes, errors, terminal, offered, ability
        )
        return carried_out

    return declare


def in_form(function: _F) -> _F:
    """Function that returns its result in the form that its operation asks for. Verbs that it asks on its way answer as
    it is: only what leaves for a person is shown."""

    @wraps(function)
    def carried_out(*arguments: Any, **more: Any) -> Any:
        *others, operation = arguments
        if operation.form is None:
            return function(*arguments, **more)
        return operation.form(function(*others, replace(operation, form=None), **more))

    return cast("_F", carried_out)


def _by_the_owner(function: _F) -> _F:
    """Function that only the owner of the data folder may call; others are refused before anything is written."""

    @wraps(function)
    def carried_out(*arguments: Any, **more: Any) -> Any:
        *_, context, _ = arguments
        context.require_owner()
        return function(*arguments, **more)

    return cast("_F", carried_out)


def needs(ability: Ability) -> Callable[[_F], _F]:
    """Below `verb`: what it asks of the engine of a service. It is offered on rows of services whose engine can."""

    def declare(function: _F) -> _F:
        function.__needs__ = ability  # type: ignore[attr-defined]
        return function

    return declare


def _offered_by(ability: Ability, command: EditorCommand) -> EditorCommand:
    def limited(item: MenuItem) -> MenuItem:
        of_row = item.when.startswith("view == ")
        return replace(item, when=rf"{item.when} && viewItem =~ /\bcan-{ability}\b/") if of_row else item

    return replace(command, menus=tuple(tuple(map(limited, items)) for items in command.menus))


def verb_of(function: Callable[..., Any]) -> Verb:
    """Declaration of a function's verb. Raises AttributeError for one that is not a verb."""
    declared: Verb = function.__verb__  # type: ignore[attr-defined]
    return declared


def verb_at(place: str) -> Verb:
    """The declaration of the function at `module:function`; its module is imported here."""
    module, _, name = place.partition(":")
    return verb_of(getattr(import_module(module), name))
