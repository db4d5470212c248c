"""Deployments without an entry script: what is proposed for a model, and its generated script as files."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NoCodeProposeParams:
    """One model: registered, or a file or folder."""

    model: str = ""
    """`name:version`, or `name` for the newest."""
    path: str = ""
    """Absolute path of a model file or folder instead."""
    workspace_id: str = ""


@dataclass(frozen=True)
class NoCodeProposal:
    """The answers to what is asked before a deployment without code."""

    name: str
    """Of the service."""
    model: str
    """`name:version` of the registered model; empty for a path."""
    path: str
    what: str
    """What the model is, for people: "an ONNX model (opset 17)"."""
    overwrite: bool
    """The service of this name was deployed from this very model without code, and is replaced."""
    existing_services: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class NoCodeWriteParams:
    """Where the script, the conda file and the inference configuration are written."""

    folder: str
    """Absolute path; it is made where it is missing. Files that are there already are never touched."""
    model: str = ""
    path: str = ""
    workspace_id: str = ""
    work_done_token: str | int | None = None
