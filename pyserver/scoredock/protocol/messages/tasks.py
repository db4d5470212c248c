"""Tasks of the editor: what tasks.json says, and what a terminal of the editor runs for it."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.deploy_options import DeployOptions
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams


@dataclass(frozen=True)
class TerminalCommand:
    """A command line that does the same in any terminal."""

    title: str
    """Of the terminal."""
    command: list[str]
    """Program and arguments; no shell reads them."""
    folder: str
    """Where it runs."""
    variables: dict[str, str]
    """What it needs besides the variables of the editor."""


@dataclass(frozen=True, kw_only=True)
class TaskDefinition(DeployOptions):
    """A task of the type `scoredock`. Paths are relative to the folder of the task; the editor's variables, such as
    `${file}`, stand for themselves. A deployment replaces a service of the same name in any case."""

    task: Literal["deploy", "start", "stop", "test", "check"]
    service: str = ""
    """Name of the service that is deployed, started or stopped, or that the tests are sent to."""
    register_models: list[str] = field(default_factory=list)
    """Of a deployment: files and folders that become models first, each as `name=path` or as a path alone."""
    paths: list[str] = field(default_factory=list)
    """Files and folders that are tested or checked; the whole folder by default."""


@dataclass(frozen=True)
class TaskCommandParams:
    folder: str
    """The open folder that the task belongs to."""
    definition: TaskDefinition


@dataclass(frozen=True)
class TaskListParams:
    folders: list[str]
    """Open folders."""


@dataclass(frozen=True)
class ProposedTask:
    """Task that can be run as it is."""

    folder: str
    definition: TaskDefinition
    command: TerminalCommand


@dataclass(frozen=True)
class TaskList:
    tasks: list[ProposedTask]


@dataclass(frozen=True)
class TaskOfServiceParams(WorkspaceParams):
    """The task that deploys a service as it was deployed the last time."""

    name: str
    folders: list[str]
    """Open folders; the task belongs to the one that has the entry script."""
