"""The pip list inside a conda file: where it is missing, misplaced or mis-indented, and how to put it right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, Sequence
from scoredock.checks.configs.environment import rules
from scoredock.text import Fix, Position, Range, TextEdit

_SERVERS = ("azureml-defaults", "azureml-inference-server-http")
_SDK = "azureml-sdk"
"""Is for training and brings no server, unless an extra does; with Gunicorn beside it, it served in 2019."""
_WITH_SERVER = re.compile(r"[ \t]*azureml[-_]sdk[ \t]*\[[^\]]*\b(?:contrib|services)\b", re.IGNORECASE)


def pip_entry(dependencies: Sequence) -> MappingEntry | None:
    """The entry `pip:` of a dependency list."""
    for item in dependencies.items:
        if isinstance(item, Mapping):
            entry = item.entry("pip")
            if entry is not None:
                return entry
    return None


def check_indentation(dependencies: Sequence, text: str) -> list[Finding]:
    """`pip:` without a value whose packages stand at the level of `pip` itself."""
    for number, item in enumerate(dependencies.items):
        entry = item.entry("pip") if isinstance(item, Mapping) else None
        if entry is None or not isinstance(entry.value, Scalar) or entry.value.value is not None:
            continue
        following = [i for i in dependencies.items[number + 1 :] if isinstance(i, Scalar)]
        if following and not dependencies.flow:
            fix = Fix(l10n.t("Indent the packages below pip"), _shift(following, entry.key, text), preferred=True)
            return [rules.PIP_INDENT.finding(entry.key.range, fixes=(fix,))]
    return []


def _shift(items: list[Scalar], pip: Scalar, text: str) -> tuple[TextEdit, ...]:
    lines = Lines(text)
    edits = []
    for line in sorted({item.range.start.line for item in items}):
        start = Position(line, 0)
        content = lines.line(line)
        column = len(content) - len(content.lstrip(" "))
        edits.append(TextEdit(Range(start, start), " " * max(1, pip.range.start.character + 2 - column)))
    return tuple(edits)


def run_together(item: Scalar, text: str) -> tuple[Fix, ...] | None:
    """Repair of an item that swallowed the deeper lines after it, dashes included; None when it did not.

    Without a colon behind `pip`, or indented too far, what looks like a list goes on the text of the line above.
    """
    first, last = item.range.start.line, item.range.end.line
    if item.quoted or last <= first or " - " not in str(item.value):
        return None
    lines = Lines(text)
    if str(item.value).startswith("pip - "):
        end = Position(first, item.range.start.character + len("pip"))
        return (Fix(l10n.t("Insert a colon after pip"), (TextEdit(Range(end, end), ":"),), preferred=True),)
    column = max(0, lines.line(first).rfind("-", 0, item.range.start.character))
    edits = []
    for number in range(first + 1, last + 1):
        content = lines.line(number)
        indent = len(content) - len(content.lstrip(" "))
        if not content[indent:].startswith("- "):
            return ()
        edits.append(TextEdit(Range(Position(number, 0), Position(number, indent)), " " * column))
    return (Fix(l10n.t("Indent the lines like the one above"), tuple(edits), preferred=True),)


def check_outside(root: Mapping, text: str) -> list[Finding]:
    """`pip:` beside dependencies instead of in it."""
    entry, dependencies = root.entry("pip"), root.get("dependencies")
    if entry is None or root.flow:
        return []
    fixes: tuple[Fix, ...] = ()
    block = isinstance(dependencies, Sequence) and dependencies.items and not dependencies.flow
    if (
        block
        and isinstance(dependencies, Sequence)
        and isinstance(entry.value, Sequence)
        and entry.key.range.start > dependencies.range.start
    ):
        lines = Lines(text)
        column = max(0, dependencies.range.start.character)
        key = entry.key.range.start
        edits = [TextEdit(Range(Position(key.line, 0), key), " " * column + "- ")]
        for line in sorted({item.range.start.line for item in entry.value.items} - {key.line}):
            content = lines.line(line)
            indent = len(content) - len(content.lstrip(" "))
            edits.append(TextEdit(Range(Position(line, 0), Position(line, indent)), " " * (column + 4)))
        fixes = (Fix(l10n.t("Move pip into dependencies"), tuple(edits), preferred=True),)
    return [
        rules.PIP_INDENT.finding(
            entry.key.range,
            fixes=fixes,
            message=l10n.t("“pip” must be an item of “dependencies”, not a key beside it."),
        )
    ]


_OF_FIRST_SERVICES = "azure-ml-api-sdk"
"""What files of the Workbench list in that place: its services brought the server."""


def check_defaults(
    root: Mapping, dependencies: Node | None, packages: list[str], text: str, surely_serves: Callable[[], bool]
) -> list[Finding]:
    """Finding where azureml-defaults is not among the packages; silent when another requirements file is included. What
    lists the SDK for training has a finding where `surely_serves` says that a service runs with it."""
    if any(line.startswith("-") or _WITH_SERVER.match(line) for line in packages):
        return []
    names = {
        canonicalize_name(line.split("[")[0].split("=")[0].split(">")[0].split("<")[0].split("~")[0].strip())
        for line in packages
    }
    if names & {*_SERVERS, _OF_FIRST_SERVICES} or (_SDK in names and ("gunicorn" in names or not surely_serves())):
        return []
    entry = root.entry("dependencies") or (root.entries[0] if root.entries else None)
    place = entry.key.range if entry else root.range
    fix = _add(dependencies, ["azureml-defaults"], text) if isinstance(dependencies, Sequence) else None
    return [rules.NO_DEFAULTS.finding(place, fixes=(fix,) if fix else ())]


def add_to_pip(dependencies: Sequence, name: str, text: str) -> Fix | None:
    """Put a package at the end of the pip list, for the checks of scripts that import it."""
    return _add(dependencies, [name], text)


def _add(dependencies: Sequence, names: list[str], text: str) -> Fix | None:
    """Put packages at the end of the pip list, which is made when there is none."""
    title = l10n.t("Add {package} to the pip list", package=names[0])
    entry = pip_entry(dependencies)
    pip = entry.value if entry else None
    if isinstance(pip, Sequence) and pip.items:
        last = pip.items[-1].range
        if pip.flow:
            return Fix(
                title,
                (TextEdit(Range(last.end, last.end), "".join(f", {json.dumps(n)}" for n in names)),),
                preferred=True,
            )
        column = _dash_column(pip.items[-1], text)
        return Fix(
            title,
            (TextEdit(Range(last.end, last.end), "".join(f"\n{' ' * column}- {n}" for n in names)),),
            preferred=True,
        )
    if entry is not None or not dependencies.items:
        return None  # an empty pip list or no list at all: nothing to imitate
    last = dependencies.items[-1].range
    if dependencies.flow:
        return Fix(title, (TextEdit(Range(last.end, last.end), f', {{"pip": {json.dumps(names)}}}'),), preferred=True)
    indent = " " * _dash_column(dependencies.items[-1], text)
    block = f"\n{indent}- pip:" + "".join(f"\n{indent}    - {n}" for n in names)
    return Fix(title, (TextEdit(Range(last.end, last.end), block),), preferred=True)


def _dash_column(item: Node, text: str) -> int:
    line = Lines(text).line(item.range.start.line)
    dash = line.rfind("-", 0, item.range.start.character)
    return max(dash, 0)


def move_to_pip(item: Scalar, dependencies: Sequence, text: str) -> tuple[Fix, ...]:
    """Take a conda package out of its line and put it below pip."""
    lines = Lines(text)
    line = item.range.start.line
    if dependencies.flow or item.range.end.line != line or len(dependencies.items) < 2:
        return ()
    added = _add(dependencies, [str(item.value)], text)
    if added is None:
        return ()
    start, end = lines.starts[line], lines.starts[line + 1] if line + 1 < len(lines.starts) else len(text)
    insertion = added.edits[0]
    if insertion.range.start.line == line:
        # The item is the last one itself: its own line becomes the pip section.
        body = insertion.new_text.lstrip("\n")
        tail = text[lines.offset(item.range.end) : end]
        return (Fix(l10n.t("Move it below pip"), (lines.edit(start, end, body + tail),), preferred=True),)
    return (Fix(l10n.t("Move it below pip"), (lines.edit(start, end, ""), insertion), preferred=True),)
