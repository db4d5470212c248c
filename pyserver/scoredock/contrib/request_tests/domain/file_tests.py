"""Sends the tests of a file, one after the other, and tells how each went."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal

from scoredock.contrib.request_tests.domain.verdict import Unmet, verdict
from scoredock.errors import Cancelled, ScoredockError
from scoredock.formats.http_file.environments import NO_ENVIRONMENT, NamedVariables
from scoredock.formats.http_file.requests import FileRequest, HttpFile
from scoredock.formats.http_file.sending import SentRequest, UnsendableRequest, sent_request
from scoredock.formats.http_file.variables import VariableResolver
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.services.access.calls import Answer
from scoredock.services.access.file_requests import require_here

State = Literal["passed", "failed", "error"]


@dataclass(frozen=True, slots=True)
class FileTests:
    """Tests of one file, and what they need of what lies around it."""

    path: Path
    file: HttpFile
    requests: tuple[FileRequest, ...]
    environment: Mapping[str, str] = field(repr=False)
    dotenv: Callable[[], Mapping[str, str]]
    read: Callable[[str], bytes]
    """Content of a file that the requests name. Raises ScoredockError."""
    named: NamedVariables = NO_ENVIRONMENT
    allowed: frozenset[str] = frozenset()
    """Variables of `environment` and `dotenv` that the person lets services have."""


@dataclass(frozen=True, slots=True)
class RequestVerdict:
    """Result of one test."""

    path: Path
    name: str
    line: int
    """Of the request line, from 0."""
    state: State
    milliseconds: float = 0.0
    unmet: tuple[Unmet, ...] = ()
    error: str = ""
    """Why it could not be asked, as one sentence."""
    answer: Answer | None = None


def run_file(
    tests: FileTests,
    variables: Mapping[str, str],
    exchange: Callable[[SentRequest], Answer],
    report: Callable[[RequestVerdict], None],
    cancel: CancelToken,
) -> None:
    """Runs the tests of a file; `variables` go before those of the file. Raises ScoredockError `cancelled`."""
    resolver = VariableResolver(
        tests.file.variables, variables, tests.environment, tests.dotenv, named=tests.named, allowed=tests.allowed
    )
    for request in tests.requests:
        cancel.raise_if_cancelled()
        report(_run(tests, request, resolver, exchange))


def _run(
    tests: FileTests, request: FileRequest, resolver: VariableResolver, exchange: Callable[[SentRequest], Answer]
) -> RequestVerdict:
    begun = time.monotonic()

    def failed(sentence: str, line: int = request.line) -> RequestVerdict:
        took = (time.monotonic() - begun) * 1000
        return RequestVerdict(tests.path, request.name, line, "error", round(took, 3), error=sentence)

    if request.test_faults:
        fault = request.test_faults[0]
        return failed(fault.message, fault.range.start.line)
    try:
        sent = sent_request(request, resolver, tests.read)
        require_here(sent)
        answer = exchange(sent)
        tolerance = request.tolerance if request.tolerance is not None else tests.file.tolerance or 0.0
        unmet = verdict(request.expectations, answer, tolerance, tests.read)
    except UnsendableRequest as error:
        return failed(str(error), error.line)
    except Cancelled:
        raise
    except ScoredockError as error:
        return failed(str(error))
    state: State = "failed" if unmet else "passed"
    return RequestVerdict(
        tests.path, request.name, request.line, state, answer.milliseconds, tuple(unmet), answer=answer
    )


def untested(tests: FileTests, error: ScoredockError) -> list[RequestVerdict]:
    """Verdicts on all tests of a file if the service did not come up."""
    return [RequestVerdict(tests.path, each.name, each.line, "error", error=str(error)) for each in tests.requests]
