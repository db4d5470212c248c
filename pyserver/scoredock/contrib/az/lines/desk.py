"""Desk of one run of an `az ml` line: where it works, and what it says beside its result."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.session import Session
from scoredock.context import Context, Operation
from scoredock.contrib.az.lines.command_line import LineOptions
from scoredock.errors import Place, ScoredockError
from scoredock.features.workspaces.folder_workspace import (
    are_left_behind,
    folder_lines,
    still_there,
    workspaces_with,
)
from scoredock.registry.origin import work_from
from scoredock.settings import Values
from scoredock.workspace import DEFAULT_ID, FolderWorkspace, WorkspaceInfo

_NAMING = ("workspace create", "folder attach")
"""Verbs that make the workspace that they name."""


class Desk:
    """The workspace that a line means, opened when first needed."""

    def __init__(self, options: LineOptions, session: Session, names: Mapping[str, str]) -> None:
        """`names`: options that name something of a workspace → its kind."""
        self.options = options
        self._names = names
        self._session = session
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """`-w` names a workspace of this machine; else the folder, or `--path`, says which."""
        if self._context is None:
            folder = Path(self.options.path("--path") or Path.cwd())
            self._context = Context(
                Values({}, os.environ),
                folders=(folder,),
                workspace=self._workspace(folder) or self._left_behind(folder),
            )
            work_from("command line", folder)
            self._context.on_meaning = lambda meaning: self._say_workspace(meaning, self.context)
        return self._context

    def end(self) -> None:
        """Removes what this line made for a change that did not come about."""
        if self._context is not None:
            with self._context.workspaces.change():
                pass

    def with_other_workspace(self, error: ScoredockError) -> ScoredockError:
        """The error with the name of another workspace of this machine that has what is missing; else `error`."""
        named = self._named() or [("model", each) for each in self.options.values.get("--model", ())]
        if not error.code.endswith("-not-found") or not named or self.options.has("--workspace-name"):
            return error
        others = workspaces_with(named, self.context)
        if not others:
            return error
        fix = l10n.t("The workspace {name} has it: add `-w {name}` to the line.", name=others[0].name)
        return ScoredockError(error.code, error.message, fix, error.place)

    def _named(self) -> list[tuple[str, str]]:
        """Assets that the line names, as kind and name."""
        return [
            (kind, value)
            for option, kind in self._names.items()
            for value in self.options.values.get(option, ())
            if kind and value
        ]

    def _say_workspace(self, meaning: FolderWorkspace, context: Context) -> None:
        for line in folder_lines(meaning, context):
            self.note(line)

    def _left_behind(self, folder: Path) -> str:
        """The default workspace, where the line is about what the folder left there; else empty."""
        context = Context(Values({}, os.environ), folders=(folder,))
        if not are_left_behind(self._named(), context):
            return ""
        self._say_workspace(context.meaning(), context)
        self.note(still_there())
        return DEFAULT_ID

    def _workspace(self, folder: Path) -> str:
        """The id of the workspace that the line names; empty for the folder's own."""
        name = self.options.text("--workspace-name")
        if not name or self.options.verb in _NAMING:
            return ""
        context = Context(Values({}, os.environ), folders=(folder,))
        meant = context.meaning().info
        others = (each for each in context.workspaces.list() if each.id != meant.id)
        candidates = [each for each in (meant, *others) if _is(each, name)]
        group = self.options.text("--resource-group").casefold()
        candidates = [each for each in candidates if each.resource_group.casefold() == group] or candidates
        subscription = self.options.text("--subscription-id").casefold()
        candidates = [each for each in candidates if each.subscription_id.casefold() == subscription] or candidates
        if not candidates:
            self.note(
                l10n.t("There is no workspace “{name}” on this machine; the one of the folder is used.", name=name)
            )
            return ""
        one = candidates[0]
        if subscription and one.subscription_id and one.subscription_id.casefold() != subscription:
            self.note(
                l10n.t(
                    "The workspace “{name}” of this machine is of the subscription {known}, not of {asked}.",
                    name=one.name,
                    known=one.subscription_id,
                    asked=self.options.text("--subscription-id"),
                )
            )
        return one.id if one.exists else ""  # what only the folder names is made by its first change

    def operation(self) -> Operation:
        """Progress on standard error, as az does; nothing of it with `--only-show-errors`."""
        return Operation(cancel=self._session.cancel) if self.is_quiet else self._session.exact()

    @property
    def is_quiet(self) -> bool:
        """True if only errors are shown."""
        return self.options.is_set("--only-show-errors")

    def note(self, sentence: str) -> None:
        """Prints a note beside the result, on standard error."""
        if not self.is_quiet:
            print(l10n.t("note: {note}", note=sentence), file=sys.stderr)

    def write_metadata(self, value: Any) -> None:
        """Writes the file that `-t/--output-metadata-file` names. Raises ScoredockError `io-failed`."""
        path = self.options.path("--output-metadata-file")
        if not path:
            return
        try:
            Path(path).write_text(json.dumps(value) + "\n", encoding="utf-8")
        except OSError as error:
            raise ScoredockError(
                "io-failed",
                l10n.t("{path} could not be written: {error}.", path=path, error=error.strerror),
                place=Place(path),
            ) from error


def _is(workspace: WorkspaceInfo, name: str) -> bool:
    return name.casefold() in (workspace.name.casefold(), workspace.id.casefold())


def other_workspace(name: str, group: str = "") -> str:
    """The workspace that a line names, by its id where there are several of that name, where this machine has it and
    the folder means another one; else empty."""
    if not name:
        return ""
    context = Context(Values({}, os.environ), folders=(Path.cwd(),))
    namesakes = [each for each in context.workspaces.list() if _is(each, name)]
    candidates = [each for each in namesakes if each.resource_group.casefold() == group.casefold()] or namesakes
    if not candidates or context.meaning().info.id in [each.id for each in candidates]:
        return ""
    return candidates[0].name if len(namesakes) == 1 else candidates[0].id
