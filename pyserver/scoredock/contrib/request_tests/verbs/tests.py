"""Tests: requests of `.http` files that say what they expect, run against a temporary service or one that runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.request_tests import messages
from scoredock.errors import Cancelled, Place, ScoredockError
from scoredock.features.requests.files import as_message
from scoredock.formats.http_file.requests import FileRequest
from scoredock.scripts.proposal import ProposalQuestion, proposed_deployment
from scoredock.scripts.reach import require_within
from scoredock.scripts.request_files import (
    RequestText,
    files_with_tests,
    given_variables,
    read_request_file,
    request_file_paths,
    target_of,
)
from scoredock.scripts.trial_request import ScriptToTry, Trial, trial_request
from scoredock.verb import verb

if TYPE_CHECKING:
    from scoredock.contrib.request_tests.domain.file_tests import FileTests, RequestVerdict
    from scoredock.contrib.request_tests.domain.verdict import Unmet
    from scoredock.formats.http_file.sending import SentRequest
    from scoredock.services.access.calls import Answer

Report = Callable[[messages.TestResult], None]


@verb("test/list", progress="Looking for tests", errors=("file-not-found",))
def list_tests(params: messages.TestListParams, context: Context, operation: Operation) -> messages.TestFiles:
    """The files with tests among those named and below the folders named."""
    reads = files_with_tests(params.paths, context, operation.cancel)
    return messages.TestFiles([as_message(each, context) for each in reads])


@verb("test/run", progress="Running tests")
def run_tests(params: messages.TestRunParams, context: Context, operation: Operation) -> messages.TestRun:
    """Blocks until all have run. What a file deploys is gone again then."""
    return run(params, context, operation, lambda _: None)


def run(params: messages.TestRunParams, context: Context, operation: Operation, report: Report) -> messages.TestRun:
    """Tells each result as it comes. Raises ScoredockError `cancelled`, `tests-not-found`, `request-not-found`,
    `service-request-invalid`, and what reading the files raises."""
    _require_one_place(params)
    started_at = time.monotonic()
    results: list[messages.TestResult] = []

    def add(verdict: RequestVerdict) -> None:
        result = _message(verdict)
        results.append(result)
        report(result)

    chosen = [_chosen(each, context, params.environment, of_project=params.project_variables) for each in params.files]
    if params.debug_port:
        chosen = [(read, tuple(map(_without_time, requests))) for read, requests in chosen]
    for group in _groups(chosen, context):
        group.run(params, context, operation, add)
    if not results:
        raise ScoredockError("tests-not-found", l10n.t("No request of the files says what it expects."))
    states = [each.state for each in results]
    return messages.TestRun(
        results,
        states.count("passed"),
        states.count("failed"),
        states.count("error"),
        round(time.monotonic() - started_at, 3),
    )


def run_against(
    paths: Sequence[str],
    service_variables: Mapping[str, str],
    exchange: Callable[[SentRequest], Answer],
    context: Context,
    operation: Operation,
) -> list[messages.TestResult]:
    """Runs all tests of the files and below the folders, against a service that somebody else has started. Raises what
    `run` raises.
    """
    from scoredock.contrib.request_tests.domain.file_tests import run_file

    results: list[messages.TestResult] = []
    files = [messages.TestSelection(str(each), [], []) for each in request_file_paths(paths)]
    chosen = [_chosen(each, context, of_project=True) for each in files]
    for group in _groups(chosen, context):
        for tests in group.files:
            run_file(
                tests, service_variables, exchange, lambda verdict: results.append(_message(verdict)), operation.cancel
            )
    if not results:
        raise ScoredockError("tests-not-found", l10n.t("No request of the files says what it expects."))
    return results


@verb("test/variables", progress="Reading files")
def variables(params: messages.TestVariablesParams, context: Context, operation: Operation) -> messages.TestVariables:
    """Variables that have to be allowed before tests are run. Raises what reading the files raises."""
    from scoredock.formats.http_file.sending import UnsendableRequest, sent_request

    names: dict[str, None] = {}
    for selection in params.files:
        read, requests = _chosen(selection, context, params.environment)
        resolver = read.resolver(given_variables("http://localhost", "", {}))
        for request in requests:
            try:
                sent_request(request, resolver, read.read)
            except UnsendableRequest as error:
                names.update(dict.fromkeys(error.variables))
            except ScoredockError:
                continue  # its test tells
    return messages.TestVariables(list(names))


@verb(
    "test/debugTargets",
    progress="Reading files",
    errors=("test-target-missing", "test-target-unclear"),
)
def debug_targets(
    params: messages.TestDebugParams, context: Context, operation: Operation
) -> messages.TestDebugTargets:
    """Facts that an editor needs before it listens, for each script that is tested. Raises ScoredockError
    `test-target-missing`, `test-target-unclear`, and what planning a deployment raises.
    """
    from scoredock.features.debug_messages import mappings_of
    from scoredock.services.debug import target_of as mapped
    from scoredock.services.planning.plan_request import plan_request

    targets = []
    for group in _groups([_chosen(each, context) for each in params.files], context):
        trial = group.trial(context.workspace(params.workspace_id).id, context, operation)
        request = replace(trial.request, port=None, skip_checks=True)
        target = mapped(plan_request(request, trial.registry).spec.script)
        files = [
            messages.TestSelection(str(each.path), [test.name for test in each.requests], sorted(each.allowed))
            for each in group.files
        ]
        targets.append(messages.TestDebugTarget(files, target.entry_script, mappings_of(target)))
    return messages.TestDebugTargets(targets)


def _require_one_place(params: messages.TestRunParams) -> None:
    """Raises ScoredockError `service-request-invalid`."""
    if not 0 <= params.port < 1 << 16:
        raise ScoredockError(
            "service-request-invalid", l10n.t("{port} is not a port: it is from 1 to 65535.", port=params.port)
        )
    if params.port and (params.service or params.debug_port):
        raise ScoredockError(
            "service-request-invalid",
            l10n.t("Tests run against a service or against a port, not against both."),
            l10n.t("Name one of them."),
        )


def _chosen(
    selection: messages.TestSelection, context: Context, environment: str = "", *, of_project: bool = False
) -> tuple[RequestText, tuple[FileRequest, ...]]:
    read = read_request_file(absolute(selection.path), context).in_environment(environment, context)
    read = read.allowing(selection.allowed_variables, of_project=of_project)
    if not selection.names:
        return read, tuple(each for each in read.file.requests if each.is_test)
    return read, tuple(read.request(name) for name in selection.names)


def _without_time(request: FileRequest) -> FileRequest:
    """How long a person looks at a line says nothing about the service."""
    from scoredock.formats.http_file.expectations import TimeExpectation

    kept = tuple(each for each in request.expectations if not isinstance(each, TimeExpectation))
    return replace(request, expectations=kept)


class _Group:
    """Files that are tested against the same service."""

    def __init__(self, target: Path | None) -> None:
        self.target = target
        self.files: list[FileTests] = []

    def run(
        self,
        params: messages.TestRunParams,
        context: Context,
        operation: Operation,
        report: Callable[[RequestVerdict], None],
    ) -> None:
        from scoredock.contrib.request_tests.domain.file_tests import run_file, untested

        with ExitStack() as stack:
            try:
                service_variables, exchange = self._service(params, context, operation, stack)
            except Cancelled:
                raise
            except ScoredockError as error:
                for tests in self.files:
                    for verdict in untested(tests, error):
                        report(verdict)
                return
            operation.progress.report(l10n.t("Running tests"))
            for tests in self.files:
                run_file(tests, service_variables, exchange, report, operation.cancel)

    def trial(self, workspace_id: str, context: Context, operation: Operation) -> Trial:
        """Trial that is started for these tests. Raises ScoredockError `test-target-missing`, `test-target-unclear`,
        and what `trial_request` raises.
        """
        if self.target is None:
            tests = self.files[0]
            path = tests.path
            if tests.file.deploy:
                require_within(path, path.parent / tests.file.deploy, context)
            message = l10n.t("No entry script was found for {file}.", file=path.name)
            raise ScoredockError("test-target-missing", message, place=Place(str(path)))
        if self.target.is_dir():
            self._require_one_script(self.target, workspace_id, context)
        return trial_request(ScriptToTry(str(self.target), workspace_id=workspace_id), context, operation)

    def _require_one_script(self, folder: Path, workspace_id: str, context: Context) -> None:
        """Raises ScoredockError `test-target-unclear` where a person would be asked which script is deployed."""
        offer = proposed_deployment(ProposalQuestion(str(folder), workspace_id=workspace_id), context)
        if offer.script_state != "several":
            return
        path = self.files[0].path
        depth = len(Path(offer.script_path).parts)
        entry_scripts = offer.files.kinds["entry-script"]
        scripts = [os.path.relpath(each, path.parent) for each in entry_scripts if len(Path(each).parts) == depth]
        raise ScoredockError(
            "test-target-unclear",
            l10n.t(
                "{file} can be meant for several entry scripts: {scripts}.", file=path.name, scripts=", ".join(scripts)
            ),
            l10n.t(
                "Write “# @deploy {script}” at the top of the file, with the script that is meant.", script=scripts[0]
            ),
            place=Place(str(path)),
            details={"scripts": scripts},
        )

    def _service(
        self, params: messages.TestRunParams, context: Context, operation: Operation, stack: ExitStack
    ) -> tuple[Mapping[str, str], Callable[[SentRequest], Answer]]:
        """The variables of the service, and how a request is sent to it."""
        if params.port:
            return _listening(params, operation)
        if params.service:
            return _running(params, context)
        from scoredock.contrib.request_tests.domain.temporary_service import temporary_service
        from scoredock.services.lifecycle.debug_start import DebugStart
        from scoredock.services.trying.staged_script import Staging

        workspace = context.workspace(params.workspace_id)
        deployments = context.deployments(workspace.id)
        trial = self.trial(workspace.id, context, operation)
        request = replace(trial.request, deployment_config=trial.deployment_config)
        deployments.registry.store.require_writable()
        debugger = DebugStart(params.debug_port) if params.debug_port else None
        staging = Staging(trial.registry, deployments.environments, deployments.settings, debugger)
        service = stack.enter_context(temporary_service(request, staging, operation.progress, operation.cancel))
        given = given_variables(service.uri, service.credential, params.variables)
        return given, lambda sent: service.send(sent, params.timeout)


def _running(
    params: messages.TestRunParams, context: Context
) -> tuple[Mapping[str, str], Callable[[SentRequest], Answer]]:
    deployments = context.deployments(params.workspace_id)
    address = deployments.client.address(params.service)
    credential = deployments.credentials.credential(params.service)
    given = given_variables(f"{address.scheme}://127.0.0.1:{address.port}", credential, params.variables)

    def exchange(sent: SentRequest) -> Answer:
        return deployments.client.send_of_file(params.service, sent, timeout=params.timeout)

    return given, exchange


def _listening(
    params: messages.TestRunParams, operation: Operation
) -> tuple[Mapping[str, str], Callable[[SentRequest], Answer]]:
    """A container, or another server, at a port that the person names. No key of ours goes there."""
    from scoredock.engines.probe import LOOPBACK, Address
    from scoredock.services.access.calls import send
    from scoredock.services.access.file_requests import call_of

    where = f"{LOOPBACK}:{params.port}"
    address = Address(params.port, "", is_chosen=True)

    def exchange(sent: SentRequest) -> Answer:
        return send(where, address, call_of(sent, "", params.timeout), cancel=operation.cancel)

    return given_variables(f"http://{where}", "", params.variables), exchange


def _groups(files: Sequence[tuple[RequestText, tuple[FileRequest, ...]]], context: Context) -> list[_Group]:
    from scoredock.contrib.request_tests.domain.file_tests import FileTests

    groups: dict[Path | None, _Group] = {}
    for read, requests in files:
        if requests:
            target = target_of(read, context)
            tests = FileTests(
                read.path, read.file, requests, os.environ, read.dotenv, read.read, read.named, read.allowed
            )
            groups.setdefault(target, _Group(target)).files.append(tests)
    return list(groups.values())


def _message(verdict: RequestVerdict) -> messages.TestResult:
    def unmet(each: Unmet) -> messages.UnmetExpectation:
        path = os.path.normpath(verdict.path.parent / each.file) if each.file else str(verdict.path)
        return messages.UnmetExpectation(path, each.line, each.message, each.expected, each.actual)

    return messages.TestResult(
        str(verdict.path),
        verdict.name,
        verdict.line,
        verdict.state,
        verdict.milliseconds,
        list(map(unmet, verdict.unmet)),
        verdict.error,
        verdict.answer.status if verdict.answer is not None else 0,
        list(verdict.answer.log_lines) if verdict.answer is not None else [],
    )
