"""Messages of checks: findings of files, repairs, and what a rule means."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.deploy_options import BatchInputFormat as BatchInputFormat
from scoredock.deploy_options import BatchScriptOptions, ScriptOptions
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask, option
from scoredock.protocol.messages.services import PathMapping
from scoredock.visible import LINES


@dataclass(frozen=True)
class DocumentCheckParams:
    paths: list[str]
    """Files or folders."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class DocumentFinding:
    path: str
    code: str
    severity: Literal["error", "warning", "information", "hint"]
    message: str
    line: int
    """Zero-based, as the other three; columns count UTF-16 units."""
    character: int
    end_line: int
    end_character: int
    fixable: bool
    tag: Literal["", "unnecessary", "deprecated"] = ""
    """Shown faded, or struck through."""
    cell: int = 0
    """In a notebook the cell, from 1 and counted with those of text; 0 elsewhere. `line` and `character` stay those of
    the file."""
    cell_line: int = 0
    """Zero-based, as the other."""
    cell_character: int = 0


@dataclass(frozen=True)
class DocumentFindings:
    checked: list[str]
    """Files that were recognised and read."""
    findings: list[DocumentFinding]


@dataclass(frozen=True)
class DocumentRepairParams(ScriptOptions):
    """Files that errors stopped a deployment for. Nothing is written. Environment and models that it was asked for say
    in what its script is checked, where neither a file around that nor its last deployment does."""

    paths: list[str]
    """Files whose errors are repaired, as far as one repair is certain."""
    proposed: list[str] = field(default_factory=list)
    """Codes of rules whose findings get the repair that is offered first, certain or not."""
    script: str = ""
    """The entry script of the deployment. The packages that it lacks are added to the file of its environment."""
    packages_file: str = ""
    """That file; where it does not exist, it is a new conda file."""


@dataclass(frozen=True)
class RepairedDocument:
    """Text of a file after repairs."""

    path: str
    text: str
    repairs: list[str]
    """What was changed, a title each."""
    is_new: bool = False


@dataclass(frozen=True)
class DocumentRepairs:
    files: list[RepairedDocument]
    """Those that change."""


@dataclass(frozen=True)
class DocumentSaveAsUtf8Params:
    path: str
    """A file that is not in UTF-8."""


@dataclass(frozen=True)
class SavedDocument:
    path: str
    encoding: str
    """What it was in, as people call it."""


@dataclass(frozen=True)
class DocumentExplainParams:
    code: str


@dataclass(frozen=True)
class DocumentExplanation:
    code: str
    markdown: str = field(metadata=LINES)


@dataclass(frozen=True, kw_only=True)
class DocumentTryParams(BatchScriptOptions, ScriptOptions, WorkspaceTask):
    """Run an entry script for real, in a throw-away worker. What is left out is what Deploy would propose; a model file
    that is not registered is used where it lies."""

    path: str = option(help="entry script, or an inference configuration that names one", dest="script", path="here")
    """An entry script, or an inference configuration that names one."""
    model_file: str = option(
        "--model-file",
        default="",
        help="model file or folder to use without registering it",
        metavar="FILE",
        path="here",
    )
    """A model file or folder that is used where it lies, as if it were registered."""
    body: str | None = option(
        "-d",
        "--data",
        default=None,
        help="request body to send: JSON, @FILE, or - for standard input; by default samples are searched for",
        metavar="DATA",
    )
    """The one request to send, as it is; null looks for requests: the sample of the model, the script's schema, files
    named like `sample*.json` beside the script."""
    timeout: float = option(
        "--timeout", default=60.0, help="seconds to wait for each response, or call of run()", metavar="SECONDS"
    )
    """Seconds for each answer."""
    memory_mb: int = option("--memory-mb", default=4096, help="memory limit of the worker", metavar="MB")
    """The worker is ended when it uses more."""
    inputs: tuple[str, ...] = option(
        "-i",
        "--input",
        default=(),
        help="of a batch script: file, folder, or pattern whose first mini-batch it gets; may be repeated",
        metavar="PATH",
        names="",
        path="here",
    )
    """Of a batch script: files, folders and patterns, absolute, whose first mini-batches it gets instead of requests;
    `timeout` is that of a call of run() then."""
    mini_batches: int = option("--mini-batches", default=1, help="how many of them", metavar="N")
    """How many of them."""
    debug_port: int | None = option(
        "--port", default=None, help="port on 127.0.0.1 of a debugger that the batch script waits for", metavar="PORT"
    )
    """Where a debugger listens on 127.0.0.1, for which a batch script waits; nothing is cut off for its time then."""


@dataclass(frozen=True)
class TriedMiniBatch:
    """One call of run() of a batch script. Long texts are cut."""

    name: str
    items: int
    results: int
    milliseconds: float
    head: str = field(metadata=LINES)
    """The first lines of its results, as the output of a job has them."""
    table: list[list[str]]
    """The same in columns, where each of them has as many values; else empty."""
    error: str
    """Why it failed; empty for one that did not."""


@dataclass(frozen=True)
class DocumentDebugParams(WorkspaceParams):
    """A file in which F5 was pressed."""

    path: str


@dataclass(frozen=True)
class DocumentDebugTarget:
    """Kind of script that F5 debugs, and the paths that the debugger needs."""

    kind: str
    """`batch-script`, or that of another document; empty for none of ours."""
    path_mappings: list[PathMapping]
    """Of a batch script, for an editor that listens."""


@dataclass(frozen=True)
class TriedRequest:
    """One request that was sent, and what came back. Long texts are cut."""

    origin: str
    """Where the body comes from: `the sample of the script's schema`."""
    body: str = field(metadata=LINES)
    status: int
    """0 when no answer came."""
    milliseconds: float
    answer: str = field(metadata=LINES)


@dataclass(frozen=True)
class DocumentTried:
    """Result of a trial run of a script. Findings lie in the person's own files."""

    path: str
    """Of the entry script."""
    ok: bool
    """It started, and no request failed: no finding is an error."""
    summary: str
    """One sentence."""
    findings: list[DocumentFinding]
    models: list[str]
    unregistered: list[str]
    """Files that stood for models without being registered, by their paths."""
    environment: str
    """For people."""
    init_milliseconds: float | None
    """Importing the script and init() together; null when it did not start."""
    memory_bytes: int | None
    requests: list[TriedRequest]
    mini_batches: list[TriedMiniBatch]
    is_batch: bool
    """Mini-batches were run, and no requests."""
    log_lines: list[str]
    """The last lines of what the script printed."""


@dataclass(frozen=True)
class DocumentChecked:
    """State of the checks of an open file of ours, sent each time the server has checked it."""

    uri: str
    """Of the document, or of the whole notebook."""
    kind: str
    """Such as `entry-script`; empty when the file has stopped being one of ours."""
    state: Literal["checked", "off", "tooLarge"]
    errors: int
    warnings: int
    others: int
    """Information and hints."""
    environment: str
    """File or name of the environment that its packages were compared with; empty when none is known."""
    models: list[str]
    """`name:version` of the models that its paths were compared with."""
    configuration: str
    """Path of the inference configuration that names it; empty when none does."""
    sdk: bool = False
    """Whether it is a script or notebook that imports azureml, so that Scoredock can run it."""
