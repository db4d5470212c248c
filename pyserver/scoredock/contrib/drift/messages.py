"""Drift: what is compared, the record of a comparison, monitors that compare again and again."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.contrib.drift.options import DriftChoices as DriftChoices
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask, folder_of_command, option
from scoredock.protocol.messages.automation.unattended import DriftOutcome as DriftOutcome
from scoredock.protocol.messages.automation.unattended import DriftRun as DriftRun

DriftColumnKind = Literal["numerical", "categorical", "identifier"]
DriftRole = Literal["feature", "prediction"]
DriftNote = Literal["typeChanged", "identifier", "empty", "fewRows", "constant"]
"""What is said of a column beside its metrics: `typeChanged` numbers here and text there, `identifier` nearly every row
has another value and nothing is compared, `empty` one side has no values, `fewRows` fewer than 30 on one side,
`constant` one value in the whole baseline."""
DriftExportForm = Literal["html", "json", "yaml"]


@dataclass(frozen=True, kw_only=True)
class DriftCompareParams(WorkspaceTask):
    choices: DriftChoices
    name: str = option(
        "-n", "--name", default="", help="keep the result under this name; that of the target by default", names=""
    )
    """Under which the record is kept; empty for the name of the target."""


@dataclass(frozen=True)
class DriftSide:
    """One of the two data sets."""

    source: str
    since: str
    until: str
    """UTC, empty for no bound."""
    rows: int
    compared: int
    """Fewer than `rows` where a random sample was compared."""
    skipped: int
    """Lines that could not be read."""
    skipped_places: list[str]
    """Of the first of them, with the reason."""
    unanswered: int
    """Collected requests that failed, which are not compared."""


@dataclass(frozen=True)
class DriftColumnFacts:
    """A column in one data set."""

    rows: int
    missing: int
    different: int
    """Different values."""
    mean: float | None
    deviation: float | None
    min: float | None
    median: float | None
    max: float | None


@dataclass(frozen=True)
class DriftMetric:
    """A distance between both data sets."""

    name: str
    """As Azure Machine Learning v2 names it."""
    value: float | None
    """Null where it is not defined. Of a test the effect size: the largest difference, or Cramér's V."""
    threshold: float | None
    """Null where the metric decides nothing."""
    limit: float | None
    """The threshold, or what chance alone makes of it with so few rows."""
    noise: float | None
    """What the metric stays below by chance in 9,999 of 10,000 comparisons without a shift."""
    statistic: float | None
    """Of a test."""
    p_value: float | None
    exceeded: bool


@dataclass(frozen=True)
class DriftHistogram:
    """Shares of the rows for a picture of a column."""

    labels: list[str | None]
    """Categories; null for all others. Empty for numbers."""
    edges: list[float]
    """Of bins of numbers, one more than there are bins."""
    baseline: list[float]
    target: list[float]


@dataclass(frozen=True)
class DriftFeature:
    """A column that both data sets have."""

    name: str
    kind: DriftColumnKind
    role: DriftRole
    drifted: bool
    metrics: list[DriftMetric]
    baseline: DriftColumnFacts
    target: DriftColumnFacts
    histogram: DriftHistogram | None
    new_categories: list[str]
    """The first twenty that the baseline does not have."""
    new_category_count: int
    lost_categories: list[str]
    lost_category_count: int
    notes: list[DriftNote]


@dataclass(frozen=True)
class DriftThresholds:
    """Thresholds by metric."""

    numerical: dict[str, float]
    categorical: dict[str, float]


@dataclass(frozen=True)
class DriftRecord:
    """Record of a comparison, as it is kept: these names stay."""

    format: int
    kind: Literal["drift"]
    name: str
    created: float
    """Seconds since the epoch."""
    verdict: DriftOutcome
    drifted: list[str]
    """Columns that moved."""
    baseline: DriftSide
    target: DriftSide
    thresholds: DriftThresholds
    features: list[DriftFeature]
    only_in_baseline: list[str]
    only_in_target: list[str]
    python: str
    numpy: str
    """Versions of what compared."""
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class DriftScheduleParams(WorkspaceParams):
    """Compares again and again under a name, when `drift/run` is called."""

    name: str
    choices: DriftChoices
    every: str
    """`15m`, `6h`, `1d`, `2w`."""
    retrain: list[str] = field(default_factory=list)
    """A command with its arguments, which runs when there is drift; empty for none."""
    folder: str = folder_of_command()
    """Absolute path of the folder that the command runs in."""
    keep_retrain: bool = False
    """The command of the schedule that is there stays, in its folder."""


@dataclass(frozen=True)
class DriftListParams(WorkspaceParams):
    """All names of a workspace."""


@dataclass(frozen=True)
class DriftRef(WorkspaceTask):
    """One name."""

    name: str


@dataclass(frozen=True)
class DriftMonitor:
    """A name under which comparisons are kept, with its schedule where it has one."""

    name: str
    target: str
    baseline: str
    """Of the last comparison, or as the schedule says."""
    every: str
    """Empty without a schedule."""
    next_run: float | None
    """Seconds since the epoch; null without a schedule, or while that is paused."""
    paused: bool
    """Whether the schedule is not due until somebody resumes it."""
    retrain: list[str]
    last_run: float
    """0 where nothing was compared yet."""
    verdict: DriftOutcome | None
    """Of the last record; null without one."""
    drifted: list[str]
    error: str
    """Why the last run failed; empty when it did not."""
    retrained: float
    """When the command for retraining last began; 0 for never."""
    exit_code: int | None
    """Of that command."""
    log: str
    """File with what it printed; empty where it never ran."""
    installed: str = ""
    """By what of this machine the schedule is kept with no editor open, in a sentence; empty for nothing."""


@dataclass(frozen=True)
class DriftMonitors:
    monitors: list[DriftMonitor]


@dataclass(frozen=True)
class DriftOutcomeAt:
    """One of the records before."""

    created: float
    verdict: DriftOutcome
    drifted: list[str]


@dataclass(frozen=True)
class DriftColumnLine:
    """A column of a record in words."""

    name: str
    drifted: bool
    metric: str
    """That speaks for it: the one furthest above its limit or nearest to it; empty where nothing was measured."""
    value: float | None
    limit: float | None
    remarks: str


@dataclass(frozen=True)
class DriftDetails:
    """All that is kept under a name."""

    monitor: DriftMonitor
    record: DriftRecord | None
    """The last one; null where nothing was compared yet."""
    choices: DriftChoices | None
    """What it was made of, so that it can be made again; null where that is not known."""
    summary: str
    """The verdict in a few words; empty without a record."""
    remarks: list[str]
    """Sentences about its data: samples, lines that were left out, columns of one side."""
    columns: list[DriftColumnLine]
    """In the order of the record."""
    history: list[DriftOutcomeAt]
    """The newest first."""


@dataclass(frozen=True)
class DriftRunParams(WorkspaceTask):
    """Runs schedules."""

    names: list[str] = option(
        default_factory=list, help="names of schedules; all by default", names="drift", nargs="*", dest="name"
    )
    """Empty for all."""
    due: bool = option("--due", default=True, help="only those that are due")
    """Those alone that are due."""
    retrain: bool = option("--no-retrain", default=True, help="do not run the commands for retraining")
    """The command for retraining runs where there is drift."""


@dataclass(frozen=True)
class DriftRuns:
    runs: list[DriftRun]


@dataclass(frozen=True)
class DriftRetrained:
    """A command for retraining that has ended well."""

    name: str
    command: list[str]
    log: str
    """File with what it printed."""


@dataclass(frozen=True)
class DriftExportParams(WorkspaceParams):
    """Writes the last record, or the schedule, to a file."""

    name: str
    path: str
    """Absolute."""
    form: DriftExportForm = "html"
    """`yaml` is the schedule as a monitor of Azure Machine Learning v2."""


@dataclass(frozen=True)
class DriftExported:
    path: str
