"""Pipelines: written for a project, read from files of others, run here and rewritten."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.visible import DATA, LINES

PipelinePlatform = Literal["github", "azure", "gitlab"]
PipelineTarget = Literal["", "process", "docker", "cluster"]
"""Empty for what the deployment configuration says."""
PipelineStepKind = Literal["script", "stand-in", "left-out"]
PipelineResult = Literal["", "success", "failure", "skipped", "cancelled", "left-out"]
"""Empty before a run."""
PipelineLineKind = Literal["job", "step", "line", "result", "failure"]
"""The name of a job or step that begins, a line that a step prints, what a step has come to."""


@dataclass(frozen=True)
class PipelineCreateParams:
    """A pipeline that is written for a project."""

    platform: PipelinePlatform
    path: str = ""
    """Folder of the project; empty for the open one."""
    output_path: str = ""
    """The file to write; empty for the place where the platform looks."""
    target: PipelineTarget = ""
    """Where it deploys to; empty for what the deployment configuration says."""
    name: str = ""
    """Of the service; empty for the one that is proposed."""
    branch: str = "main"
    """Deployments are made from."""
    overwrite: bool = False
    """Take the place of a file that is there."""
    preview: bool = False
    """Tell what would be written, and write nothing."""
    install_from: str = ""
    """Where the runners get Scoredock: `wheels`, an index's address, or `image:` and a reference; empty for what the
    setting says or, where it says nothing, for what fits how this one was installed."""
    keep: bool = False
    """Leave a pipeline that is there as it is, and bring only the packages beside it up to date."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class PipelineCreated:
    """The file, and what is to be filled in."""

    path: str
    text: str = field(metadata=DATA)
    is_written: bool
    is_there: bool
    """Another file is in its place."""
    diff: str = field(metadata=DATA)
    """Unified, against the file that is there; empty for none or the same one."""
    fill_in: list[str]
    """Names of variables and secrets that the platform needs."""
    notes: list[str]
    install_from: str
    """As in the question, with what was proposed."""


@dataclass(frozen=True)
class PipelineParams:
    """A pipeline that somebody wrote."""

    path: str
    """The file."""
    root: str = ""
    """The folder of the repository; empty for the one that holds the file."""
    jobs: list[str] = field(default_factory=list)
    """Only these, whatever they wait for; none for all."""
    variables: dict[str, str] = field(default_factory=dict)
    """Those of the platform's library, and others."""
    parameters: dict[str, str] = field(default_factory=dict)
    """What one enters when a pipeline is started by hand."""
    secrets: list[str] = field(default_factory=list)
    """Names of secrets; their values are variables of the environment of this process."""
    event: str = ""
    """That starts it; by default a start by hand, or what that can stand for."""
    branch: str = ""
    """Empty for the one that is checked out."""
    artifacts: dict[str, str] = field(default_factory=dict)
    """Folders or files in the place of artifacts of other pipelines."""
    replacements: dict[str, str] = field(default_factory=dict)
    """Scripts of bash that run in the place of steps, by the step's name, id or `file:line`."""
    skipped: list[str] = field(default_factory=list)
    """Steps that are passed over, named in the same way."""
    timeout: float = 3600
    """Seconds for each step."""
    secret_values: dict[str, str] = field(default_factory=dict)
    """Secrets whose values were typed in."""
    stream: str = ""
    """The name under which the client gets what is printed."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class PipelineStep:
    """Step of a job, and its result."""

    name: str
    file: str
    """Relative to the repository."""
    line: int
    """From 1."""
    kind: PipelineStepKind
    uses: str = ""
    """The action or task; empty for a script."""
    reason: str = ""
    """What stands for it, or why it is left out."""
    result: PipelineResult = ""
    """Empty before a run."""
    exit_code: int | None = None
    message: str = ""
    """Why it failed."""
    output: list[str] = field(default_factory=list)
    """The last lines of a script that failed."""
    script: str = field(default="", metadata=LINES)


@dataclass(frozen=True)
class PipelineJob:
    """One run of a job."""

    id: str
    name: str
    stage: str
    run: str
    """Which of its matrix; empty for a job without one."""
    file: str
    line: int
    steps: list[PipelineStep]
    result: PipelineResult = ""
    reason: str = ""
    """Why it did not run."""
    notes: list[str] = field(default_factory=list)
    by_name: bool = False
    """It does not run by itself, for `reason`, but where it is named."""
    needs: list[str] = field(default_factory=list)
    """Jobs that it names to wait for."""
    condition: str = ""
    """When it runs: of GitLab `on_success`, `manual`, `never` and others; else the expression that it has."""
    continues: str = ""
    """Whether the pipeline may go on when it fails: `true`, an expression, or exit codes of GitLab; empty for no."""


@dataclass(frozen=True)
class PipelineFailure:
    """Failure with its place in the files."""

    message: str
    path: str
    line: int
    """From 1."""


@dataclass(frozen=True)
class PipelineUnread:
    """Place in a file that asks for something that is not done here."""

    file: str
    """Relative to the repository."""
    line: int
    """From 1."""
    message: str


@dataclass(frozen=True)
class PipelineInfo:
    """A pipeline as it stands here, before or after a run."""

    path: str
    root: str
    platform: PipelinePlatform
    name: str
    jobs: list[PipelineJob]
    groups: list[str]
    """Libraries of variables that the platform has, and that are given by hand here."""
    missing: list[str]
    """Variables and secrets that it uses and that have no value."""
    unread: list[PipelineUnread]
    """What of it is not carried out here as on its platform."""
    counts: dict[str, int]
    """Steps by kind; after a run by result."""
    result: PipelineResult = ""
    secrets: list[str] = field(default_factory=list)
    """Those of `missing` that are secrets."""
    summary: str = ""
    """One sentence: what it is made of; after a run how that went."""
    failure: PipelineFailure | None = None
    """The first one of a run."""


@dataclass(frozen=True)
class PipelineLine:
    """Line of a run's output."""

    kind: PipelineLineKind
    text: str


@dataclass(frozen=True)
class PipelineOutput:
    """Part of what a run prints, in its order."""

    stream: str
    lines: list[PipelineLine]


@dataclass(frozen=True)
class PipelineRewriteParams:
    """A pipeline of v1 that is written anew."""

    path: str
    root: str = ""
    output_path: str = ""
    """A file that does not exist; empty only with `preview`."""
    preview: bool = False
    install_from: str = ""
    """As in `PipelineCreateParams`."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class PipelineChange:
    """Change to a step."""

    step: str
    file: str
    line: int
    kind: Literal["changed", "kept", "open"]
    """Written anew; as it was; what somebody has to decide."""
    message: str


@dataclass(frozen=True)
class PipelineRewritten:
    """Pipeline that was rewritten."""

    path: str
    text: str = field(metadata=DATA)
    is_written: bool
    diff: str = field(metadata=DATA)
    changes: list[PipelineChange]
    counts: dict[str, int]
    """Changes by kind."""
    summary: str = ""
    """Of the changes, in words; empty for none."""
    proposed_path: str = ""
    """A file beside the one that was read."""
    notes: list[str] = field(default_factory=list)
    """What to do with the packages that were written beside it."""


@dataclass(frozen=True)
class PipelineImageParams:
    """An image with Scoredock in it."""

    to: list[str] = field(default_factory=list)
    """`oci:FOLDER` or `archive:FILE`, each; all are written, or none."""
    push: str = ""
    """Reference in a registry; empty for none."""
    base: str = ""
    """Empty for the base image of services."""
    platform: str = ""
    """`linux/arm64`; empty for what this machine is."""
    offline: bool = False
    """No registry is read for the base image."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class PipelineImage:
    """Image that was made."""

    path: str
    """Of the layout or archive; the first of several, empty for none."""
    reference: str
    """In a registry; empty for none."""
    digest: str
    size: int
    """Bytes of its layers."""
    paths: list[str] = field(default_factory=list)
    """Of all of them."""
