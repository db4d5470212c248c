"""What of a project a pipeline is made of."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass

Target = Literal["process", "docker", "cluster"]


@dataclass(frozen=True, slots=True)
class ModelOfProject:
    """A model that the entry script loads."""

    name: str
    path: str = ""
    """The file or folder, relative to the project; empty where only a registry has it."""


@dataclass(frozen=True, slots=True)
class PipelineProject:
    """Paths are relative to the folder of the project, with forward slashes."""

    service: str
    folder: str
    """Of the project in its repository; empty for the repository itself."""
    version: str
    """Of Scoredock."""
    entry_script: str = ""
    """Empty where the inference configuration names it."""
    source_directory: str = ""
    inference_config: str = ""
    deployment_config: str = ""
    environment_file: str = ""
    """Where no inference configuration names one."""
    tests: tuple[str, ...] = ()
    """Files with tests of requests."""
    models: tuple[ModelOfProject, ...] = ()
    train_script: str = ""
    """What makes the model where its file is not kept with the code."""
    packages: tuple[str, ...] = ()
    """What the training script needs."""
    target: Target = "process"
    compute: str = ""
    branch: str = "main"
    python: str = "3.12"
    missing: tuple[str, ...] = field(default=())
    """Files that the entry script loads and that are nowhere."""
