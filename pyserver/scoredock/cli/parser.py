"""The command line as argparse reads it, from the declarations alone: no feature is imported before a command runs."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

from scoredock import __version__, l10n
from scoredock.cli.command import EXIT_CODES, UsageError
from scoredock.cli.declarations import EVERYWHERE, Declaration, declarations, nouns

_OF_AZURE = frozenset(
    ("-g", "--resource-group", "--workspace-name", "--subscription-id", "--subscription", "-o", "--output", "--query")
)
"""Options that lines of the Azure CLI have and ours have not."""
_MOST_VERBS = 4
_REQUIRED = "the following arguments are required"
"""How argparse begins to say what is missing."""


class _Parser(argparse.ArgumentParser):
    """Raises instead of ending the process, so that `--json` gets its errors as JSON too. A mistake is one line, with
    what was probably meant, and one that says where help is."""

    _words: Sequence[str] = ()
    """What was given, for what argparse does not say of a mistake."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.register("action", None, _Once)
        self.register("action", "store", _Once)
        self.present: set[str] = set()
        """Options that have their value: also those before the command, whose parser is another one."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.present.clear()
        return super().parse_args(args, namespace)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._words = list(args or ())
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            # Reported by the command itself, which knows its options; the top of the command line has others.
            self._refuse(unknown)
        return found, unknown

    def error(self, message: str) -> NoReturn:
        if message.startswith(_REQUIRED):
            # A mistyped option is why the right one is missing.
            mistyped = [word for word in self._words if word.startswith("--") and len(word) > 2]
            if mistyped := [word for word in mistyped if word.partition("=")[0] not in self._option_string_actions]:
                self._refuse(mistyped)
            missing = message.removeprefix(_REQUIRED).lstrip(": ")
            message = l10n.t("Missing: {arguments}.", arguments=missing)
        more = l10n.t("For help, run: {command}", command=f"{self.prog} --help")
        raise UsageError(f"{message}\n{more}")

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Says which word is not understood: the first option, else the first of all."""
        word = next((each for each in unknown if each.startswith("-")), unknown[0]).partition("=")[0]
        if word.startswith("-"):
            problem = l10n.t("{command} has no option {option}.", command=self.prog, option=word)
            flags = (flag[2:] for flag in self._option_string_actions if flag.startswith("--"))
            near = [f"--{name}" for name in _near(word.lstrip("-"), flags)]
        else:
            problem = l10n.t("{command} takes no further argument “{word}”.", command=self.prog, word=word)
            near = []
        self.error(f"{problem}{_meant(near)}{_about_azure(unknown)}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        if isinstance(action, argparse._SubParsersAction):
            problem = l10n.t("“{word}” is not a command of {command}.", word=value, command=self.prog)
            near = [f"{self.prog} {word}" for word in _near(str(value), action.choices)]
            near = near or _verbs(self.prog.partition(" ")[0], str(value))
            if self.prog.endswith(" service") and value == "rename":
                near = []
                problem += " " + l10n.t(
                    "A service keeps its name: deploy it again under the new one, then delete this one. If an endpoint"
                    " is in front of it, let that divide requests to the new one before."
                )
            self.error(f"{problem}{_meant(near)}")
        problem = l10n.t(
            "{option} takes {choices}, not “{value}”.",
            option="/".join(action.option_strings) or action.metavar or action.dest,
            choices=", ".join(map(str, action.choices)),
            value=value,
        )
        self.error(f"{problem}{_meant(_near(str(value), map(str, action.choices)))}")


class _Once(argparse._StoreAction):
    """An option with one value. argparse would take the last one and say nothing of the others."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if option_string is not None:
            if self.dest in parser.present:
                option = "/".join(self.option_strings)
                parser.error(l10n.t("{option} takes one value, and is there twice. Give it once.", option=option))
            parser.present.add(self.dest)
        super().__call__(parser, namespace, values, option_string)


def _near(word: str, words: Iterable[str]) -> list[str]:
    """The one that is most like a word, if any is."""
    from scoredock.checks.similar import similar  # only a mistake needs it

    return similar(word, words, 1, 0.6)


def _verbs(line: str, word: str) -> list[str]:
    """The commands whose verb it is, where the noun was left out; the most are few enough to be shown."""
    found = [f"{line} {name}" for name in declarations() if name.partition(" ")[2] == word]
    return found if len(found) <= _MOST_VERBS else []


def _meant(near: Sequence[str]) -> str:
    """Sentence with the words that were probably meant, to stand behind another one; empty without any."""
    if not near:
        return ""
    return " " + l10n.t("Did you mean {near}?", near=", ".join(f"`{each}`" for each in near))


def _about_azure(unknown: Sequence[str]) -> str:
    """Sentence that says how a line of the Azure CLI runs here; empty without an option of the Azure CLI."""
    if not any(word.partition("=")[0] in _OF_AZURE for word in unknown):
        return ""
    line = "scoredock az ml …"
    return "\n" + l10n.t("A command line of the Azure CLI runs as it is after `{command}`.", command=line)


class _LateParser(_Parser):
    """Parser of a noun or a command, declared when it is asked: declaring all takes longer than most commands do."""

    declare: Callable[[_LateParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self.declare is not None:
            declare, self.declare = self.declare, None
            declare(self)
        return super().parse_known_args(args, namespace)


def parser() -> _Parser:
    """The whole command line, as declared."""
    codes = "\n".join(f"  {code:<4} {l10n.t(meaning)}" for code, meaning in EXIT_CODES.items())
    top = _Parser(
        prog="scoredock",
        description=l10n.t("Register models, check entry scripts, and deploy services on this machine."),
        epilog=l10n.t("exit codes:") + f"\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"scoredock {__version__}")
    _add_globals(top, default=True)
    words = top.add_subparsers(metavar="COMMAND", dest="noun", required=True, parser_class=_LateParser)
    for noun, help_text in nouns().items():
        text = l10n.t(help_text)
        made = words.add_parser(noun, help=text, description=text, allow_abbrev=False)
        made.declare = functools.partial(_declare_verbs, noun)
        made.present = top.present
    for command in declarations().values():
        if " " not in command.name:
            _add(words, command.name, command, top.present)
    return top


def _declare_verbs(noun: str, group: _LateParser) -> None:
    verbs = group.add_subparsers(metavar="VERB", dest="verb", required=True, parser_class=_LateParser)
    for command in declarations().values():
        if command.name.startswith(f"{noun} "):
            _add(verbs, command.name.removeprefix(f"{noun} "), command, group.present)


def _add(where: argparse._SubParsersAction[_LateParser], name: str, command: Declaration, present: set[str]) -> None:
    examples = "\n".join(f"  {example}" for example in command.examples)
    added = where.add_parser(
        name,
        help=l10n.t(command.help).replace("%", "%%"),
        description=l10n.t(command.help),
        epilog=l10n.t("examples:") + f"\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    added.declare = functools.partial(_declare_arguments, command)
    added.present = present
    added.set_defaults(command=command)


def _declare_arguments(command: Declaration, where: _LateParser) -> None:
    for item in command.arguments:
        where.add_argument(*item.flags, help=l10n.t(item.help).replace("%", "%%"), **item.options)
    _add_globals(where, default=False)


def _add_globals(where: argparse.ArgumentParser, *, default: bool) -> None:
    """Accepted before and after the command; the later one must not undo the earlier by its default."""
    group = where.add_argument_group(l10n.t("everywhere"))
    for item in EVERYWHERE:
        options = item.options if default else {**item.options, "default": argparse.SUPPRESS}
        group.add_argument(*item.flags, help=l10n.t(item.help), **options)
