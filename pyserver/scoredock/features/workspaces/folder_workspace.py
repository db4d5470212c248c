"""Sentences about the workspace that a folder means: which one, why, and what of the folder lies in another one."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context
from scoredock.errors import ScoredockError
from scoredock.workspace import DEFAULT_ID, FolderWorkspace, WorkspaceInfo
from scoredock.workspace_config import config_folder

if TYPE_CHECKING:
    from scoredock.features.workspaces.moving import Belongings


def folder_sentence(meaning: FolderWorkspace) -> str:
    """Sentence that says which workspace is used and why; empty for the default one, unless a configuration is not
    valid."""
    info = meaning.info
    if meaning.problem is not None:
        return l10n.t(
            "{problem} The workspace {name} is used instead.", problem=meaning.problem.message, name=info.name
        )
    if meaning.reason == "default" or info.is_default:
        return ""
    if meaning.reason == "choice":
        return l10n.t("Workspace {name}, chosen for {folder}.", name=info.name, folder=meaning.source)
    if not info.exists:
        return l10n.t(
            "Workspace {name}, named by {path}. The first change creates it.", name=info.name, path=meaning.source
        )
    if info.forgotten:
        return l10n.t(
            "Workspace {name}, named by {path}. It was removed from the list; the first change brings it back.",
            name=info.name,
            path=meaning.source,
        )
    return l10n.t("Workspace {name}, named by {path}.", name=info.name, path=meaning.source)


def still_there() -> str:
    """Sentence that says which workspace is used where the folder left behind what a command is about."""
    return l10n.t("The workspace {name} still has it, and is used for this command.", name=DEFAULT_ID)


def folder_lines(meaning: FolderWorkspace, context: Context) -> list[str]:
    """The lines that a terminal shows first. Raises workspace-config-invalid where the folder's configuration cannot be
    used: the work would go into another workspace than the one that is meant."""
    if meaning.problem is not None:
        raise _refused(
            meaning,
            l10n.t("Mend the file, or name a workspace with `--workspace`: `-w {name}`.", name=meaning.info.name),
        )
    return workspace_lines(meaning, context)


def workspace_lines(meaning: FolderWorkspace, context: Context) -> list[str]:
    """Lines as `folder_lines` gives them, for reading files, where a configuration that cannot be used is only
    reported."""
    sentence = folder_sentence(meaning)
    left = left_sentence(left_behind(meaning, context))
    if left:
        move = l10n.t("To move them here, run `{command}`.", command="scoredock workspace move")
        left = f"{left} {move}"
    return [line for line in (sentence, left) if line]


def left_behind(meaning: FolderWorkspace, context: Context) -> Belongings | None:
    """Services and models of the folder in the default workspace although its configuration names another one; None
    without any."""
    if meaning.reason != "config" or meaning.source is None or meaning.info.is_default:
        return None
    if _default_store(context) is None:
        return None
    try:
        if not any(context.counts(DEFAULT_ID)):
            return None
        # Services cost time to import, and most folders have left nothing there.
        from scoredock.features.workspaces.moving import belongings

        found = belongings(context.deployments(DEFAULT_ID), config_folder(meaning.source))
    except ScoredockError:
        return None  # whoever works in a damaged workspace reports it
    return found if found.services or found.models else None


def are_left_behind(named: Sequence[tuple[str, str]], context: Context) -> bool:
    """True if some of the things that are named, each with its kinds (`service endpoint`) and a reference, are not in
    the workspace of the folder, and all of these are what the folder left in the default one."""
    meaning = context.meaning()
    is_of_config = meaning.reason == "config" and meaning.source is not None and not meaning.info.is_default
    if context.is_named or not named or not is_of_config or _default_store(context) is None:
        return False
    from scoredock.features.workspaces.moving import names_of_folder, names_there

    assert meaning.source is not None  # noqa: S101 (asked before)
    try:
        here = names_there(context.workspaces.open(meaning.info.id))
        missing = [each for each in named if not _is_among(each, here)]
        if not missing:
            return False
        left = names_of_folder(context.deployments(DEFAULT_ID), config_folder(meaning.source))
    except ScoredockError:
        return False  # whoever works in a damaged workspace reports it
    return all(_is_among(each, left) for each in missing)


def workspaces_with(named: Sequence[tuple[str, str]], context: Context) -> list[WorkspaceInfo]:
    """The other workspaces of this machine that have all that is named."""
    from scoredock.features.workspaces.moving import names_there

    owners = []
    for info in context.workspaces.list():
        if info.exists and info.id != context.workspace("").id:
            with contextlib.suppress(ScoredockError):  # whoever works in a damaged workspace reports it
                names = names_there(context.workspaces.open(info.id))
                owners += [info] if all(_is_among(each, names) for each in named) else []
    return owners


def workspaces_with_any(noun: str, context: Context) -> Iterator[WorkspaceInfo]:
    """The other workspaces of this machine that have services, models, or things of a contribution, by the noun."""
    from scoredock.features.contribution import contributions

    for info in context.workspaces.list():
        if not info.exists or info.id == context.workspace("").id:
            continue
        with contextlib.suppress(ScoredockError):  # whoever works in a damaged workspace reports it
            models, services = context.counts(info.id)
            of_others = (each.names(info.path) for each in contributions() if each.noun == noun)
            if {"model": models, "service": services}.get(noun) or any(of_others):
                yield info


def _is_among(named: tuple[str, str], names: Mapping[str, set[str]]) -> bool:
    kinds, reference = named
    return any(re.split("[:@]", reference)[0] in names.get(kind, ()) for kind in kinds.split())


def view_sentences(context: Context) -> tuple[str, str]:
    """Sentences of the views about the active workspace: which and why, and what of the folder is in the default one.
    They ask all the time, so the folder is looked at again only when something was changed there."""
    meaning = context.meaning()
    sentence = folder_sentence(meaning)
    if meaning.reason != "config" or meaning.info.is_default or _default_store(context) is None:
        return sentence, ""
    try:
        key = (str(meaning.source), context.workspaces.open(DEFAULT_ID).store.change_counter())
    except ScoredockError:
        return sentence, ""
    if context.left is None or context.left[0] != key:
        context.left = (key, left_sentence(left_behind(meaning, context)))
    return sentence, context.left[1]


def _default_store(context: Context) -> Path | None:
    """None where the default workspace is not there: looking must not make it."""
    path = context.home / "workspaces" / DEFAULT_ID / "store.sqlite3"
    return path if os.path.exists(path) else None  # noqa: PTH110 (raises nothing)


def left_sentence(belongings: Belongings | None) -> str:
    """Sentence about what the default workspace still has; empty for nothing."""
    if belongings is None:
        return ""
    names = ", ".join(dict.fromkeys([*belongings.services, *belongings.models]))
    return l10n.t("Of this folder, the workspace {name} still has {names}.", name=DEFAULT_ID, names=names)


def require_clear_folder(workspace_id: str, context: Context) -> None:
    """Refuse a change that an editor asks for, where the configuration that would say which workspace is meant
    cannot be used. Raises workspace-config-invalid."""
    if context.is_named or workspace_id not in ("", DEFAULT_ID):
        return
    meaning = context.meaning()
    if meaning.problem is not None:
        raise _refused(meaning, l10n.t("Mend the file, or choose a workspace for the folder in the Workspaces view."))


def _refused(meaning: FolderWorkspace, fix: str) -> ScoredockError:
    problem = meaning.problem
    assert problem is not None  # noqa: S101 (asked before)
    return ScoredockError(problem.code, problem.message, fix, place=problem.place)
