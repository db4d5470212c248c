"""Versions that install here, instead of pins that do not; and parts of the server that are installed when needed."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True)
class EnvironmentSuggestParams:
    path: str
    """conda YAML, pip requirements, or an environment in JSON; unsaved text counts."""
    model: str = ""
    """`name:version` whose pickle the environment must load; empty loads none."""
    engine: str = ""
    """Where it will run: with the Pythons of this machine, or with those of base images; empty for where something was
    deployed from the folder last."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class EnvironmentChange:
    """One pin that must give way."""

    name: str
    """`python`, or a package."""
    old: str
    new: str


@dataclass(frozen=True)
class EnvironmentSuggestion:
    """The nearest set of versions that installs on a Python of the engine."""

    path: str
    python: str
    requirements: list[str]
    changed: list[EnvironmentChange]
    """Empty where everything installs as it is."""
    impossible: list[str]
    """What cannot be had, one sentence each."""
    warning: str
    """What it means for the pickle at hand; empty when nothing."""
    text: str
    """The file with the changes; equal to the present text where nothing changes."""
    by_hand: list[str]
    """Changes that the text does not hold, because their place was not found."""


@dataclass(frozen=True)
class ServerExtraParams:
    extra: str
    """`conda`."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServerExtra:
    """A part of the server that was installed."""

    extra: str
    requirements: list[str]
