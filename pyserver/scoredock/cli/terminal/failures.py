"""Output of a failure in a terminal, and its exit code."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import traceback

from scoredock import l10n
from scoredock.cli.command import CANCELLED, FAILED
from scoredock.cli.session import document, with_numbers
from scoredock.cli.terminal.text import control
from scoredock.errors import Cancelled, Place, ScoredockError
from scoredock.visible import in_row, one_line


def print_failure(error: BaseException, *, as_json: bool) -> int:
    """Says what ended a command, and gives the exit code."""
    if isinstance(error, KeyboardInterrupt):
        error = Cancelled(l10n.t("The operation was stopped immediately."))
    elif isinstance(error, FileNotFoundError) and error.filename is None:  # of os.getcwd() alone
        error = ScoredockError(
            "file-not-found",
            l10n.t("The folder in which the command was started was deleted."),
            l10n.t("Change to a folder that exists, then give the command again."),
        )
    if not isinstance(error, ScoredockError):
        if not as_json:
            traceback.print_exception(error, file=sys.stderr)
        problem = l10n.t(
            "An internal error occurred in Scoredock: {type}: {error}.", type=type(error).__name__, error=error
        )
        error = ScoredockError("internal-error", problem)
    print_error(error, as_json=as_json)
    return CANCELLED if isinstance(error, Cancelled) else FAILED


def print_error(error: ScoredockError, *, as_json: bool) -> None:
    """The sentence, the place and the next step; with `--json` one document."""
    if as_json:
        from scoredock.protocol import wire

        data = wire.error_data(error)
        if data["place"] is not None:
            data["place"] = with_numbers(data["place"])
        print(document({"error": {"message": error.message, **data}}, sys.stderr), file=sys.stderr)
        return
    control(sys.stderr, "\r\x1b[2K")
    problem = f"{sentence_with_place(error.message, error.place)} [{error.code}]"
    print(l10n.t("error: {problem}", problem=problem), file=sys.stderr)
    for line in error.details.get("findings", []) or []:
        print(f"  {in_row(line)}", file=sys.stderr)
    for line in error.details.get("log_lines", []) or []:
        print(f"  | {in_row(line)}", file=sys.stderr)
    if error.fix:
        print(f"  {in_row(error.fix)}", file=sys.stderr)


def sentence_with_place(message: str, place: Place | None) -> str:
    """The sentence behind its place, as compilers write it; a sentence that names the file has the line there. One that
    names the line as well is shown without that."""
    if place is None:
        return message
    path = one_line(place.path)
    if "..." in message:
        from scoredock.registry.grammar import printable

        message = message.replace(printable(place.path), f"'{path}'")  # here is room for all of it
    number = f":{place.line + 1}" if place.line is not None else ""
    names = [path]
    with contextlib.suppress(OSError, ValueError):  # a working directory that was deleted, another drive
        names.append(one_line(os.path.relpath(place.path)))
    for name in dict.fromkeys(names):
        # A path within a longer one is another path.
        named = rf"(?<![\w./\\-]){re.escape(name)}(?![\w/\\-]|\.\w)"
        if place.line is not None and (rest := _without_line(message, named, place.line + 1)):
            return f"{path}{number}: {rest}"
        found = re.search(named, message)
        if found is not None:
            rest = message[found.end() :]
            has_number = re.match(rf"{number}(?!\d)", rest) is not None
            return message if has_number else f"{message[: found.end()]}{number}{rest}"
    return f"{path}{number}: {message}"


def _without_line(message: str, name: str, line: int) -> str:
    """The sentence without the file and the number of its line, in whatever language, at its beginning or in
    parentheses; empty where it has neither."""
    both = rf"{name}[^\d.。()（）]{{0,10}}{line}(?!\d)[^\d:：()（）]{{0,3}}"  # noqa: RUF001
    begin = re.match(rf"{both}[:：]\s*", message)  # noqa: RUF001
    if begin is not None:
        return message[begin.end() :]
    without = re.sub(rf"\s?[(（]{both}[)）]", "", message, count=1)  # noqa: RUF001
    return without if without != message else ""
