"""Tests: requests of `.http` files that say what they expect, and what came of them."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.requests import RequestFile
from scoredock.protocol.messages.services import PathMapping


@dataclass(frozen=True)
class TestListParams:
    paths: list[str]
    """Files and folders."""


@dataclass(frozen=True)
class TestFiles:
    files: list[RequestFile]
    """Those with tests, or with faults in what was meant to be one."""


@dataclass(frozen=True)
class TestSelection:
    path: str
    names: list[str] = field(default_factory=list)
    """Empty for all tests of the file."""
    allowed_variables: list[str] = field(default_factory=list)
    """Of the shell and of `.env`, which the person lets the service of these tests have."""


@dataclass(frozen=True)
class TestRunParams(WorkspaceTask):
    files: list[TestSelection]
    service: str = ""
    """A service that runs; empty deploys what the files name into temporary ones."""
    variables: dict[str, str] = field(default_factory=dict)
    """Go before those of the files."""
    environment: str = ""
    """Whose variables count besides those of the files; empty for none."""
    timeout: float = 60.0
    """Seconds for each answer."""
    port: int = 0
    """Of this machine, where a container of the service listens; 0 for none."""
    project_variables: bool = False
    """Whether those that `allow-env` in a project's pyproject.toml names are allowed as well; an editor asks."""
    debug_port: int = 0
    """Where a debugger listens on 127.0.0.1 already, for files that deploy the same; 0 for none. No time limit holds
    then."""


@dataclass(frozen=True)
class TestVariablesParams:
    files: list[TestSelection]
    environment: str = ""


@dataclass(frozen=True)
class TestVariables:
    """Names of variables of the shell and of `.env` that tests would send and the person has not allowed."""

    names: list[str]


@dataclass(frozen=True)
class TestDebugParams(WorkspaceParams):
    files: list[TestSelection]


@dataclass(frozen=True)
class TestDebugTarget:
    """Files that are tested in one debug session, as they deploy the same."""

    files: list[TestSelection]
    entry_script: str
    path_mappings: list[PathMapping]


@dataclass(frozen=True)
class TestDebugTargets:
    targets: list[TestDebugTarget]


@dataclass(frozen=True)
class UnmetExpectation:
    path: str
    """The file with the expected answer: that of the request, or the one that it names."""
    line: int
    """Zero-based; of an answer that differs in several places that of the first."""
    message: str
    expected: str
    """Laid out like `actual`, for a diff; both empty where a diff says nothing."""
    actual: str


@dataclass(frozen=True)
class TestResult:
    path: str
    name: str
    line: int
    """Zero-based, of the request line, or of what is wrong."""
    state: Literal["passed", "failed", "error"]
    """`error` was not answered, or cannot be asked."""
    milliseconds: float
    unmet: list[UnmetExpectation]
    error: str
    status: int
    """0 when no answer came."""
    log_lines: list[str]
    """Of a request that was answered with a status of 500 or above."""


@dataclass(frozen=True)
class TestRun:
    results: list[TestResult]
    passed: int
    failed: int
    errors: int
    seconds: float
