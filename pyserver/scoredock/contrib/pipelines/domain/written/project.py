"""Facts of a project that a pipeline is written from."""

from __future__ import annotations

from typing import Literal

from scoredock.late_dataclass import dataclass

Target = Literal["process", "docker", "cluster"]
Platform = Literal["github", "azure", "gitlab"]
JobName = Literal["check", "deploy"]
SourceKind = Literal["wheels", "index", "image"]


@dataclass(frozen=True, slots=True)
class ModelOfProject:
    """A model that the entry script loads."""

    name: str
    path: str = ""
    """The file or folder, relative to the project; empty where only a registry has it."""


@dataclass(frozen=True, slots=True)
class ScoredockSource:
    """Source from which the runners install Scoredock."""

    kind: SourceKind
    """Wheels that are in the repository, an index of packages, or an image that the jobs run in."""
    address: str = ""
    """Of the index, or the image's reference."""


@dataclass(frozen=True, slots=True)
class PipelineProject:
    """Paths are relative to the folder of the project, with forward slashes."""

    service: str
    folder: str
    """Of the project in its repository; empty for the repository itself."""
    source: ScoredockSource
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

    def runs_in_image(self, job: JobName) -> bool:
        """True if a job runs in the image of Scoredock. A service on the machine itself would end with it."""
        return self.source.kind == "image" and (job == "check" or self.target == "cluster")
