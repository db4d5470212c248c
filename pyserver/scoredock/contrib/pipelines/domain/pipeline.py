"""Pipelines as records, whichever platform they were written for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal

from scoredock import l10n
from scoredock.contrib.pipelines.domain.values import Fields, Text, Value, YamlPlace
from scoredock.late_dataclass import dataclass

Platform = Literal["github", "azure", "gitlab"]
StepKind = Literal["script", "stand-in", "left-out"]
"""Runs in a shell; something here stands for what the platform would do; is listed and not run."""

ParameterKind = Literal[
    "string",
    "boolean",
    "number",
    "choice",
    "environment",
    "object",
    "step",
    "stepList",
    "job",
    "jobList",
    "deployment",
    "deploymentList",
    "stage",
    "stageList",
    "stringList",
]
"""Of GitHub the first five, of Azure Pipelines all but `choice` and `environment`."""
_WINDOWS = re.compile(r"\bwin", re.IGNORECASE)
"""In names and labels of runners: `windows-latest`, `vs2017-win2016`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job, as it stands in the file: expressions are not evaluated yet."""

    name: str
    """What the log calls it."""
    kind: StepKind
    source: YamlPlace
    script: str = ""
    """Of a `script`, and of a `stand-in` that is a script."""
    program: tuple[str, ...] = ("bash", "-e")
    """What the script is given to, before its file, or with it in the place of `{0}`."""
    id: str = ""
    uses: str = ""
    """The name of the action or task; empty for a script."""
    action: str = ""
    """Of a `stand-in`: what does its work here: `nothing`, `upload`, `script` and others."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    """Working directory, relative to the root or absolute with expressions."""
    condition: str = ""
    """Empty: after success."""
    phase: str = ""
    """Of a deployment job of Azure Pipelines, whose phases are jobs of their own: `deploy`, `on.failure` and others."""
    continues: str = ""
    """Whether its failure is none for the job."""
    minutes: str = ""
    reason: str = ""
    """Of what is left out: why; of a stand-in: what stands for it."""
    unread: tuple[tuple[str, YamlPlace], ...] = ()
    """Lines of its script that are not carried out here, with their places."""
    call: ActionCall | None = None
    """Of a step of an action of the repository: who called it."""

    def calls(self) -> Iterator[ActionCall]:
        """Yields the calls that the step stands in, from the innermost."""
        if self.call is not None:
            yield self.call
            yield from self.call.step.calls()


@dataclass(frozen=True, slots=True, eq=False)
class ActionCall:
    """A step that calls an action of the repository, whose steps stand in its place."""

    step: Step
    path: str
    """Of the action in the repository."""
    defaults: Mapping[str, str]
    """Of its inputs, by their names in lower case."""
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """Steps that run one after the other, with variables of their own."""

    id: str
    name: str
    source: YamlPlace
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    condition: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    """Of a job of Azure Pipelines: its variables."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    matrix: tuple[Mapping[str, Any], ...] = ({},)
    """One run for each, with values of the types that they have in the file."""
    stage: str = ""
    stage_needs: tuple[str, ...] = ()
    """Stages before it."""
    stage_condition: str = ""
    stage_env: Mapping[str, str] = field(default_factory=dict)
    """Of `env`, what is its stage's."""
    folder: str = ""
    continues: str = ""
    runner: str = ""
    """What it asks to run on; empty where that decides nothing, as each of its scripts names its shell."""
    asks: str = ""
    """Why it may wait for a person on its platform; empty for a job that does not."""
    minutes: str = ""
    """That it may take."""
    cleanup: str = ""
    """Minutes that it may take after it was cancelled."""
    locked: frozenset[str] = frozenset()
    """Of Azure Pipelines: variables that no script may set, in lower case."""
    left_out: str = ""
    """Why the whole job does not run here; empty for one that does."""
    by_name: bool = False
    """Of one that is left out: it runs where it is named."""
    notes: tuple[str, ...] = ()
    """What of it has no meaning here."""
    strategy: Value | None = None
    """What its matrix is made from when it begins, where that has expressions."""


def reason_of_runner(runner: str) -> str:
    """Reason why a job that asks for this runner does not run here; empty for one that does."""
    if _WINDOWS.search(runner) is None:
        return ""
    return l10n.t("It is for Windows (“{runner}”), where its scripts are of another shell than bash.", runner=runner)


def asks_by_environment(value: Value | None) -> str:
    """Reason why a job with an environment may wait: who has to say yes is a setting of the platform, and not in the
    files.
    """
    name = value.text("name") if isinstance(value, Fields) else value.text if isinstance(value, Text) else ""
    return l10n.t("The environment “{name}” may ask for a person's yes.", name=name) if name else ""


@dataclass(frozen=True, slots=True)
class PipelineParameter:
    """Parameter of a pipeline that is started by hand."""

    name: str
    default: Any = None
    """Of its type; null where it has none."""
    values: tuple[str, ...] = ()
    """Those that are allowed; empty for all."""
    kind: ParameterKind = "string"
    is_required: bool = False
    source: YamlPlace | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A file with what it includes."""

    platform: Platform
    name: str
    file: str
    jobs: tuple[Job, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[PipelineParameter, ...] = ()
    groups: tuple[str, ...] = ()
    """Libraries of variables of the platform, which are not in the files."""
    unread: tuple[tuple[str, YamlPlace], ...] = ()
    """What could not be read, with its place."""
    document: Fields | None = None
    run_name: str = ""
    """Of Azure Pipelines: what its runs are called, with `$( )`."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Of Azure Pipelines: variables of the platform that its templates saw."""
    parts: tuple[Fields, ...] = ()
    """What it is put together from: actions of GitHub; the file and templates of Azure Pipelines, with expressions
    filled in; jobs of GitLab with what they extend."""

    def job(self, name: str) -> Job | None:
        """Job by id or name; None if there is none."""
        return next((job for job in self.jobs if name in (job.id, job.name)), None)
