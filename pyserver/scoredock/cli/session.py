"""One run of the command line: where it works, what it prints, and how it is cancelled."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeVar

from scoredock import l10n, threads
from scoredock.cli.params import params_of
from scoredock.cli.terminal.progress import Quiet, TerminalProgress
from scoredock.cli.terminal.text import TerminalText, columns, control, erase_status, is_dumb, padded
from scoredock.context import Context, Operation
from scoredock.data_folder import advice, refusal_of_stranger, unused_home
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.features.workspaces.folder_workspace import (
    are_left_behind,
    folder_lines,
    still_there,
    workspace_lines,
    workspaces_with,
    workspaces_with_any,
)
from scoredock.progress import CancelToken
from scoredock.registry.origin import work_from
from scoredock.settings import Values
from scoredock.verb import Argument, verb_of
from scoredock.visible import in_lines, in_row, visible
from scoredock.workspace import DEFAULT_ID, FolderWorkspace

_R = TypeVar("_R")


class Session:
    """Made once per run; the context is opened when first needed."""

    def __init__(self, *, home: str, workspace: str, config: str, as_json: bool) -> None:
        self.as_json = as_json
        self.cancel = CancelToken()
        self._home = home
        self._workspace = workspace
        self._config = config
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """Folder: the working directory; workspace: as `--workspace`, `--config` or the folder says."""
        if self._context is None:
            context = self._context = Context(
                Values({}, os.environ),
                home=Path(self._home).absolute() if self._home else None,
                folders=(Path.cwd(),),
                workspace=self._workspace,
                config=Path(self._config).absolute() if self._config else None,
            )
            context.on_meaning = self._meaning
            work_from("command line", Path.cwd())
            problem = "" if refusal_of_stranger(context.home) else advice(context.home)
            if problem and not self.as_json:
                print(in_row(l10n.t("warning: {problem}", problem=problem)), file=sys.stderr)
        return self._context

    def _meaning(self, meaning: FolderWorkspace) -> None:
        """The first line says which workspace is used, and why; nothing of the default one, or with `--json`."""
        lines = folder_lines(meaning, self.context)  # with --json as well: it refuses a broken one
        if not self.as_json:
            for line in lines:
                print(in_row(line), file=sys.stderr)

    def line(self, words: str) -> str:
        """A further command for the workspace of this one, however it was named."""
        import shlex

        places = {"-w": self._workspace, "--config": self._config}
        options = "".join(f"{option} {shlex.quote(value)} " for option, value in places.items() if value)
        return f"scoredock {options}{words}"

    def with_other_workspace(
        self, error: ScoredockError, options: argparse.Namespace, arguments: Sequence[Argument]
    ) -> ScoredockError:
        """The error, with a fix that names another workspace of this machine that has what is missing; for a model also
        the workspace that was searched."""
        noun = error.code.removesuffix("-not-found")
        named = [each for each in _named(options, arguments) if noun in ("asset", *each[0].split())]
        if self._context is None or not named or noun == error.code:
            return error
        others = workspaces_with(named, self._context)
        message, fix = error.message, error.fix
        if isinstance(error, ModelNotFound):
            place = l10n.t("The workspace {name} was searched.", name=self._context.workspace("").name)
            message = f"{message} {place}"
        if others:
            fix = l10n.t("The workspace {name} has it: add `-w {name}` to the line.", name=others[0].name)
        return ScoredockError(error.code, message, fix, error.place, error.remedies, error.details)

    def nothing(self, text: str, noun: str) -> str:
        """Text of an empty listing. Where nobody chose a workspace for the folder, it names another one of this machine
        that has some, as that of a script may."""
        if not self.context.is_named and self.context.meaning().reason == "default":
            for info in workspaces_with_any(noun, self.context):
                hint = l10n.t("The workspace {name} has some: add `-w {name}` to the line.", name=info.name)
                return f"{text}\n{hint}"
        return text

    def where(self, options: argparse.Namespace, arguments: Sequence[Argument]) -> Session:
        """This run, or the same in the default workspace for things of this folder that are still there and that the
        arguments name."""
        named = _named(options, arguments)
        if not named or not are_left_behind(named, self.context):
            return self
        self.context.active()  # says which workspace the folder means, and what is in the default one
        if not self.as_json:
            print(still_there(), file=sys.stderr)
        return Session(home=self._home, workspace=DEFAULT_ID, config="", as_json=self.as_json)

    def say_workspaces(self, paths: Sequence[Path]) -> None:
        """Print which workspace each of the files is for, every one once, as the first line does for a single
        workspace."""
        if self.as_json or self.context.is_named:
            return
        folders = (path if path.is_dir() else path.parent for path in paths)
        meanings = {each.info.id: each for each in map(self.context.workspaces.meaning, folders)}
        for line in (line for meaning in meanings.values() for line in workspace_lines(meaning, self.context)):
            print(in_row(line), file=sys.stderr)

    def say_home(self) -> None:
        """Print one line about a data folder that this account cannot use, after a command that needed no more than to
        read."""
        if self._context is not None and not self.as_json and (problem := unused_home(self._context.home)):
            print(in_row(l10n.t("warning: {problem}", problem=problem)), file=sys.stderr)

    def end(self) -> None:
        """End the run: what it made for a change that did not come about is removed, and events that wait are
        delivered."""
        if self._context is not None:
            with self._context.workspaces.change():
                pass
            for registry in self._context.workspaces.open_registries():
                # As `registry.audit.announcing` names it, which is loaded only where somebody has subscribed.
                if (registry.folder / "events" / "receivers").is_dir():
                    from scoredock.features.contribution import contributions

                    for each in contributions():
                        each.command_ended(registry)

    def ask(self, function: Callable[[Any, Context, Operation], _R], options: Any = None, /, **more: Any) -> _R:
        """The answer of a verb. Its params are what was written, by the names of their fields; `more` says the rest, or
        says it otherwise. Raises UsageError, and what the verb raises."""
        params: Any = params_of(verb_of(function).params, options, **more)
        return function(params, self.context, self.operation())

    def operation(self) -> Operation:
        """Progress on standard error; nothing of it with `--json`, where standard error is for the error alone. What
        the verb answers is made of text that people may see, unless it becomes a document."""
        return Operation(Quiet(), self.cancel) if self.as_json else Operation(TerminalProgress(), self.cancel, visible)

    def exact(self) -> Operation:
        """The same for an answer that is worked with: paths and names as they are."""
        return Operation(Quiet() if self.as_json else TerminalProgress(), self.cancel)

    def result(self, message: object, text: str) -> None:
        """Print one JSON document, or text for people, on standard output."""
        if self.as_json:
            from scoredock.protocol import wire

            print(document(wire.to_wire(message), sys.stdout))
        elif text:
            print(text)

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """The first Ctrl-C asks the work to stop and clean up; the second ends at once."""

        stop_requested = False

        def interrupted(number: int, frame: types.FrameType | None) -> None:
            nonlocal stop_requested
            stop_requested = True
            signal.signal(signal.SIGINT, at_once)
            if not self.as_json:
                text = l10n.t("Cancelling… Press Ctrl+C again to stop immediately.")
                # What the terminal shows of the key itself, and of a bar, goes.
                control(sys.stderr, "\r\x1b[2K")
                print(text if isinstance(sys.stderr, TerminalText) and not is_dumb() else f"\n{text}", file=sys.stderr)
            # Not here: the signal may have come while this very thread holds the token's lock.
            threads.start(self.cancel.cancel, name="cancel", at_fault=threads.logged)

        def at_once(number: int, frame: types.FrameType | None) -> None:
            # What is left is a few rows and one signal; a third must not cut that short.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGINT, interrupted)
        try:
            yield
        finally:
            erase_status()
            # The work has ended: one more Ctrl-C must not turn its last words into a traceback.
            signal.signal(signal.SIGINT, signal.SIG_IGN if stop_requested else before)


def _named(options: argparse.Namespace, arguments: Sequence[Argument]) -> list[tuple[str, str]]:
    """References in the arguments to things of a workspace, each with its kinds."""
    return [
        (item.names, reference)
        for item in arguments
        if item.names and item.names != "workspace"
        for reference in _values(getattr(options, item.dest, None))
    ]


def _values(argument: object) -> list[str]:
    """Values of an argument, which may be repeated."""
    several = argument if isinstance(argument, (list, tuple)) else [argument]
    return [each for each in several if isinstance(each, str) and each]


def document(value: object, stream: TextIO, indent: int | None = 2) -> str:
    """JSON that the stream can carry: characters that its encoding lacks, and halves of characters, are escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeError:
        return json.dumps(value, indent=indent)
    return text


_COUNTED = {
    "line": "lineNumber",
    "character": "columnNumber",
    "endLine": "endLineNumber",
    "endCharacter": "endColumnNumber",
    "cellLine": "cellLineNumber",
    "cellCharacter": "cellColumnNumber",
}
"""Keys of a place, which count from 0 as editors do, and those that count from 1 as people and compilers do."""


def with_numbers(place: Mapping[str, Any]) -> dict[str, Any]:
    """A place on the wire with its lines and columns counted from 1 as well, as the text of the command shows them."""
    in_cell = place.get("cell") != 0
    numbers = {
        name: place[key] + 1
        for key, name in _COUNTED.items()
        if isinstance(place.get(key), int) and (in_cell or not key.startswith("cell"))
    }
    return {**place, **numbers}


_LONGEST_CELL = 400
"""Characters; `--json` has all of them."""


def table(rows: Sequence[Sequence[Any]], head: Sequence[str]) -> str:
    """Columns as wide as their widest cell, separated by two spaces; a cell is one line, and no longer than people
    read."""
    cells = [[in_row(str(cell), _LONGEST_CELL) for cell in row] for row in (head, *rows)]
    widths = [max(columns(row[column]) for row in cells) for column in range(len(head))]
    lines = ["  ".join(map(padded, row, widths)).rstrip() for row in cells]
    return "\n".join(lines)


def facts(rows: Sequence[tuple[str, object]]) -> str:
    """`name  value` lines; empty values are left out. More lines of a value stand below its first, so that none can be
    taken for a fact of its own."""
    shown = [(name, value) for name, value in rows if value not in ("", None, [], {}, ())]
    width = max((columns(name) for name, _ in shown), default=0)
    below = "\n" + " " * (width + 2)
    return "\n".join(
        f"{padded(name, width)}  {below.join(in_lines(_plain(value)).splitlines())}" for name, value in shown
    )


def size(count: int) -> str:
    """Bytes for people."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def transfer(sent_bytes: int, present_bytes: int) -> str:
    """Text that says how much of an image went to a registry."""
    return l10n.t("sent {sent}; the registry had {present}", sent=size(sent_bytes), present=size(present_bytes))


def day(seconds: float) -> str:
    """Local date and time to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def moment(seconds: float) -> str:
    """Local date and time to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def words(tags: Mapping[str, str]) -> str:
    """Tags in a cell of a table."""
    return " ".join(f"{key}={value}" if value else key for key, value in tags.items())


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
