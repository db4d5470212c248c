"""Notes of the SDK on a service beyond what Scoredock keeps: its configurations as files, the kind of compute that it
was meant for, its properties. They lie in the folder of the workspace.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Dict

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_NOTES = "notes.json"
INFERENCE, DEPLOYMENT = "inferenceconfig.json", "deploymentconfig.json"


def folder_of(workspace: "Workspace", name: str) -> str:
    """Path of the folder of the notes `name`, which is made if needed; other users cannot read it."""
    folder = os.path.join(workspace._record["path"], "sdk", name)
    make_private(folder)
    return folder


def make_private(folder: str) -> None:
    """Creates a folder with its parents, each readable by its owner only, unless they are there.

    `os.makedirs(mode=…)` gives the mode to the last one alone.
    """
    if not os.path.isdir(folder):
        make_private(os.path.dirname(os.path.abspath(folder)))
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:  # by another process, meanwhile
            if not os.path.isdir(folder):
                raise


def write(workspace: "Workspace", name: str, file: str, document: Dict[str, Any]) -> str:
    """Writes one of them; gives its path."""
    path = os.path.join(folder_of(workspace, name), file)
    partial = path + ".new"
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(document, stream, indent=2)
    os.replace(partial, path)
    return path


def read(workspace: "Workspace", name: str, file_name: str = _NOTES) -> Dict[str, Any]:
    """The notes; empty for a service that was deployed otherwise."""
    path = os.path.join(workspace._record["path"], "sdk", name, file_name)
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note(workspace: "Workspace", name: str, **more: Any) -> None:
    """Adds to the notes."""
    write(workspace, name, _NOTES, {**read(workspace, name), **more})


def forget(workspace: "Workspace", name: str) -> None:
    """Deletes the notes on a service that is gone."""
    shutil.rmtree(os.path.join(workspace._record["path"], "sdk", name), ignore_errors=True)
