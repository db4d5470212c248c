"""Reads one line of `az ml` (v1), by the table that the checks have."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import NoReturn

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.az_lines.table import COMMON, AzVerb
from scoredock.formats.placeholders import BRACKETS
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.plain_files import read_text

_MOST_BYTES = 100_000_000
_RAW = ("--input-data", "--query")
"""Options whose value is taken as it stands; of any other one `@FILE` means what is in the file."""
_FREE = (*_RAW, "--description", "--tag", "--property", "--add-tag", "--add-property", "--set-key")
"""Options whose value may hold any sign."""
_PLACEHOLDER = re.compile(rf"^<[^<>]*>$|^{BRACKETS.pattern}$|(?<!\$)\{{[A-Za-z_][\w.]*\}}")
"""`<name>` and `[name]` of examples, and the `{name}` of a text that a program should have filled in."""
_VARIABLE = re.compile(r"\$\{\{[^{}]*\}\}|\$\([\w.-]+\)|\$(?:[A-Za-z_]\w*|\{[A-Za-z_][^{}]*\})|%[A-Za-z_]\w*%")
"""`${{ name }}` of GitHub Actions, `$(name)` of Azure Pipelines, `$NAME` of shells, `${kind.name}` of Terraform, and
`%NAME%` of cmd."""
_SYSTEM = "[system]"
"""The identity that Azure makes by itself, as its options name it."""

_EVERYWHERE = frozenset(max(each.strip("?").split(), key=len) for each in COMMON.strip().split("|"))


class LineError(ScoredockError):
    """A line that azure-cli-ml would refuse as well."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__("az-line-invalid", message, fix)


class LineOptionsError(LineError):
    """A line with other options than its verb has."""


@dataclass(frozen=True, slots=True)
class LineOptions:
    """A verb and its options, by the spelling that says most."""

    verb: str
    values: Mapping[str, Sequence[str]]
    _used_names: set[str] = field(default_factory=set, compare=False)
    """Options that somebody asked for."""

    def unused(self) -> list[str]:
        """Options that were given and nobody asked for, apart from those that az has everywhere."""
        return [name for name in self.values if name not in self._used_names and name not in _EVERYWHERE]

    def has(self, name: str) -> bool:
        """True if an option was given, also with an empty value."""
        self._used_names.add(name)
        return name in self.values

    def text(self, name: str) -> str:
        """The last value, as `az` takes it; empty without one."""
        self._used_names.add(name)
        return self.values[name][-1] if self.values.get(name) else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Values of an option that are not empty."""
        self._used_names.add(name)
        return tuple(each for each in self.values.get(name, ()) if each)

    def is_set(self, name: str) -> bool:
        """True if an option that takes true or false is true."""
        return self.text(name).lower() == "true"

    def pairs(self, name: str) -> dict[str, str]:
        """Values of a `key=value` option, by key. Raises LineError."""
        mapping: dict[str, str] = {}
        for each in self.all(name):
            key, equals, value = each.partition("=")
            if not key or not equals:
                raise LineError(l10n.t("{option} takes key=value, not “{value}”.", option=name, value=each))
            mapping[key] = value
        return mapping

    def number(self, name: str) -> float | None:
        """Value of an option that takes a number; None if it is not given. Raises LineError."""
        if not self.text(name):
            return None
        try:
            return float(self.text(name))
        except ValueError:
            raise _not_a_number(name, self.text(name)) from None

    def whole(self, name: str) -> int | None:
        """Value of an option that takes a whole number; None if it is not given. Raises LineError."""
        if not self.text(name):
            return None
        try:
            return int(self.text(name))
        except ValueError:
            raise _not_a_number(name, self.text(name)) from None

    def path(self, name: str) -> str:
        """Absolute; empty without one."""
        return str(Path(self.text(name)).absolute()) if self.text(name) else ""


def _not_a_number(name: str, value: str) -> LineError:
    return LineError(l10n.t("{option} must be a number, not “{value}”", option=name, value=value) + ".")


def require_line_ends(words: Sequence[str]) -> None:
    """Raises LineError where a word has the line end of a script that was written on Windows."""
    if any(word.endswith("\r") for word in words):
        raise LineError(
            l10n.t("The line ends with a carriage return: its script has the line ends of Windows."),
            l10n.t("Remove them with `{command}`, then run the script again.", command="sed -i 's/\\r$//' SCRIPT"),
        )


def with_whole_variables(words: Sequence[str]) -> list[str]:
    """The words with `${{ name }}`, which a shell splits, as one word."""
    whole: list[str] = []
    for word in words:
        if whole and whole[-1].count("{{") > whole[-1].count("}}"):
            whole[-1] += f" {word}"
        else:
            whole.append(word)
    return whole


def read(verb: AzVerb, words: Sequence[str]) -> LineOptions:
    """The options behind the verb. Raises LineError as az ends with 2."""
    parser = _OptionParser(prog=f"az ml {verb.name}", add_help=False, argument_default=argparse.SUPPRESS)
    for number, option in enumerate(verb.options):
        dest = f"option{number}"
        if option.flag:
            choices = ("true", "false", "True", "False")
            parser.add_argument(*option.names, dest=dest, action="append", nargs="?", const="true", choices=choices)
        elif option.many:
            parser.add_argument(*option.names, dest=dest, action="extend", nargs="*")
        else:
            parser.add_argument(*option.names, dest=dest, action="append", required=option.required)
    found = vars(parser.parse_args(list(words)))
    values: dict[str, Sequence[str]] = {}
    for number, option in enumerate(verb.options):
        if f"option{number}" in found:
            values[option.long] = [
                each if option.long in _RAW else _of_file(each) for each in found[f"option{number}"] or ()
            ]
    _refuse_variables(values)
    _refuse_placeholders(values)
    _refuse_quotes(values)
    return LineOptions(verb.name, values)


def _of_file(value: str) -> str:
    """`@FILE` as az reads it."""
    path = Path(value[1:])
    if not value.startswith("@") or not path.is_file():
        return value
    return read_text(path, _MOST_BYTES).rstrip("\r\n")


def _refuse_placeholders(values: Mapping[str, Sequence[str]]) -> None:
    for name, written in values.items():
        for each in written:
            if name not in _FREE and each != _SYSTEM and _PLACEHOLDER.search(each):
                raise LineError(
                    l10n.t(
                        "{option}: “{value}” is a placeholder; put the real value in its place.",
                        option=name,
                        value=each,
                    )
                )


def _refuse_quotes(values: Mapping[str, Sequence[str]]) -> None:
    """Single quotes around a value are those of another shell; JMESPath alone has them."""
    for name, written in values.items():
        for each in written:
            if name != "--query" and len(each) > 1 and each[0] == each[-1] == "'":
                raise LineError(
                    l10n.t("{option}: the single quotes are part of the value {value}.", option=name, value=each),
                    l10n.t('cmd takes double quotes only, and \\" within them.'),
                )


def _refuse_variables(values: Mapping[str, Sequence[str]]) -> None:
    """A variable that the shell of the line has left as it stands."""
    for name, written in values.items():
        for each in written:
            variable = _VARIABLE.search(each) if name not in _FREE else None
            if variable is None:
                continue
            message = l10n.t("{option}: nothing has filled in the variable {value}.", option=name, value=variable[0])
            if variable[0].startswith("%"):
                raise LineError(message, l10n.t("cmd fills in %NAME%; other shells take $NAME."))
            raise LineError(message, _where_filled_in(variable[0]))


def refuse_variable_command(words: Sequence[str]) -> None:
    """Raises LineError for a command whose words are still to be filled in, as `$(kind)-endpoint create`."""
    for word in words:
        variable = _VARIABLE.search(word) or re.search(r"\{[A-Za-z_][\w.]*\}", word)
        if variable is not None:
            message = l10n.t("Nothing has filled in the variable {value} of the command.", value=variable[0])
            raise LineError(message, _where_filled_in(variable[0]))


def _where_filled_in(variable: str) -> str:
    if variable.startswith(("$(", "${{")):
        return l10n.t("A pipeline fills it in; write the value itself in a terminal.")
    if re.match(r"\$\{\w+\.", variable):
        return l10n.t("Terraform fills it in; write the value itself in a terminal.")
    return l10n.t("A shell fills in $NAME where it knows the name, and nothing within single quotes.")


class _OptionParser(argparse.ArgumentParser):
    """Raises instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        last = message.rpartition(" ")[2]
        sign = {"^": "cmd", "`": "PowerShell"}.get(last)
        advice = (
            l10n.t("“{sign}” at the end of a line goes on in {shell} alone.", sign=last, shell=sign) if sign else ""
        )
        raise LineOptionsError(f"{self.prog}: {message}.", advice)
