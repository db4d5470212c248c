"""Prints a value as az does: `--output json|jsonc|yaml|yamlc|table|tsv|none` and `--query`."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.cli.terminal.text import columns, padded
from scoredock.contrib.az.lines.command_line import LineError
from scoredock.visible import in_row

FORMATS = ("json", "jsonc", "yaml", "yamlc", "table", "tsv", "none")
_MOST_NAMES = 6
"""As many as `model list` of v1 has."""
_NOT_IN_TABLES = ("id", "type", "etag")


class ResultQuery:
    """A JMESPath expression; what a line without one gives is everything."""

    def __init__(self, expression: str, *, is_given: bool) -> None:
        self.is_given = is_given
        self._text = expression
        self._expression: Any = None
        if is_given:
            import jmespath

            try:
                self._expression = jmespath.compile(expression)
            except (jmespath.exceptions.JMESPathError, ValueError) as error:
                problem = str(error).splitlines()[0].rstrip(" .:") if str(error) else ""
                raise LineError(
                    l10n.t(
                        "--query “{query}” is not a JMESPath expression: {problem}.", query=expression, problem=problem
                    ),
                    l10n.t("https://jmespath.org describes them; in PowerShell and cmd mind the quotes."),
                ) from None

    def of(self, value: object) -> Any:
        """Result of the query on a value. Raises LineError for a function that the value does not fit."""
        if self._expression is None:
            return value
        import jmespath

        try:
            return self._expression.search(value, jmespath.Options(dict_cls=OrderedDict))
        except jmespath.exceptions.JMESPathError as error:
            raise LineError(
                l10n.t("--query cannot be applied to the result: {problem}.", problem=str(error).rstrip(".")),
                l10n.t("The line itself is done; only its result is not printed."),
            ) from None

    def nothing_note(self, value: object) -> str:
        """Note for a query that finds nothing, for which az prints nothing: which names there are."""
        from scoredock.analysis.rule import quoted_names

        rows = value if isinstance(value, list) else [value]
        names = list(dict.fromkeys(name for row in rows if isinstance(row, Mapping) for name in row))
        if not names:
            return l10n.t("--query “{query}” finds nothing in the result.", query=self._text)
        return l10n.t(
            "--query “{query}” finds nothing in the result, which has names such as {names}.",
            query=self._text,
            names=quoted_names(names[:_MOST_NAMES]),
        )


def require_format(name: str) -> str:
    """Raises LineError for one that az does not know."""
    if name not in FORMATS:
        raise LineError(
            l10n.t("--output must be {formats}, not “{written}”.", formats=", ".join(FORMATS), written=name)
        )
    return name


def printed(value: Any, form: str, *, is_query: bool) -> str:
    """The text with its last line end; empty for nothing."""
    if value is None or form == "none":
        return ""
    if form == "tsv":
        return "".join(f"{_row(each)}\n" for each in _listed(value))
    if form == "table":
        return _table(_listed(value), is_query=is_query)
    if form.startswith("yaml"):
        import yaml

        return str(yaml.safe_dump(_plain(value), default_flow_style=False, allow_unicode=True))
    return _json(value)


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, separators=(",", ": "))
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeError:
        text = json.dumps(value, indent=2, sort_keys=True, separators=(",", ": "))
    return f"{text}\n"


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _row(value: Any) -> str:
    """Values only, by the order of the query or else by the names."""
    if isinstance(value, OrderedDict):
        return "\t".join(map(_cell, value.values()))
    if isinstance(value, Mapping):
        return "\t".join(_cell(each) for _, each in sorted(value.items()))
    if isinstance(value, list):
        return "\t".join(map(_cell, value))
    return str(value).lower() if isinstance(value, bool) else _cell(value)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return str(len(value))
    return "" if isinstance(value, Mapping) else str(value)


def _table(rows: Sequence[Any], *, is_query: bool) -> str:
    entries = [_entry(each, sort=not is_query) for each in rows]
    head = list(dict.fromkeys(name for entry in entries for name in entry))
    if not head:
        return ""
    cells = [list(map(in_row, head)), *([in_row(str(entry.get(name, ""))) for name in head] for entry in entries)]
    widths = [max(columns(row[place]) for row in cells) for place in range(len(head))]
    lines = ["  ".join(map(padded, row, widths)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]]) + "\n"


def _entry(value: Any, *, sort: bool) -> dict[str, Any]:
    """The plain values of one thing, under names with a capital."""
    if isinstance(value, Mapping):
        items = sorted(value.items()) if sort else value.items()
        return {
            name[:1].upper() + name[1:]: each
            for name, each in items
            if name not in _NOT_IN_TABLES and each is not None and not isinstance(each, (list, Mapping))
        }
    if isinstance(value, list):
        return {f"Column{number}": each for number, each in enumerate(value, start=1)}
    return {"Result": value}
