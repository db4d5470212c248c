"""A service for the length of a test run: the real runtime with front end and keys, on a free port, as a child of this
process. When the run ends, however it ends, nothing of it is left."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import field, replace

from scoredock import l10n
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.log_files import read_log
from scoredock.engines.probe import LOOPBACK, Address
from scoredock.engines.tethered import TetheredService, tethered_service
from scoredock.errors import Place, ScoredockError
from scoredock.formats.http_file.sending import SentRequest
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.services.access.access_file import authentication, fresh_access, token_of, with_given
from scoredock.services.access.calls import Answer, explained, send
from scoredock.services.access.certificate import FOLDER, with_own_certificate
from scoredock.services.access.failed_request import REQUEST_ID, lines_of_request
from scoredock.services.access.file_requests import call_of
from scoredock.services.lifecycle.debug_start import PATIENCE
from scoredock.services.lifecycle.failures import Origins, advised
from scoredock.services.request import DeployRequest
from scoredock.services.trying.staged_script import StagedScript, Staging, staged_script

NAME = "tested-service"
"""What the script finds as SERVICE_NAME."""
_MEMORY_BYTES = 64 << 30
"""A service under test has the limits of a deployed one: none but the machine's."""
_LAST_WORDS_SECONDS = 3.0
_LOG_LINES = 50


@dataclass(frozen=True, slots=True)
class TemporaryService:
    """Answers requests until its block ends."""

    address: Address
    credential: str = field(repr=False)
    _service: TetheredService
    _origins: Origins
    _cancel: CancelToken
    is_debugged: bool = False

    @property
    def uri(self) -> str:
        return f"{self.address.scheme}://{LOOPBACK}:{self.address.port}"

    def send(self, sent: SentRequest, timeout: float) -> Answer:
        """Response to a request; under a debugger it is waited for as long as it takes.

        Raises ScoredockError `service-unreachable`, `service-crashed`, `cancelled`.
        """
        since = len(self._log())
        try:
            call = call_of(sent, self.credential, PATIENCE if self.is_debugged else timeout)
            answer = send(NAME, self.address, call, cancel=self._cancel)
        except ScoredockError:
            self._cancel.raise_if_cancelled()
            failure = self._service.await_failure(_LAST_WORDS_SECONDS)
            if failure is not None:
                raise LaunchFailed(failure) from None
            raise
        if answer.status >= 500:
            answer = replace(answer, log_lines=self._lines_of(answer, since))
        return explained(answer, "", call)

    def _log(self) -> list[str]:
        return [record.m for record in read_log(self._service.folder)]

    def _lines_of(self, answer: Answer, since: int) -> tuple[str, ...]:
        """The log hears of a request a moment later than its caller, and may hear of what was before just now."""
        request_id = answer.headers.get(REQUEST_ID, "")
        deadline = time.monotonic() + _LAST_WORDS_SECONDS
        while True:
            lines = self._log()[since:]
            of_request = lines_of_request(lines, answer.status, request_id)
            if of_request is not None or time.monotonic() > deadline:
                known = lines if of_request is None else of_request
                return tuple(self._origins.mapped(line) for line in known[-_LOG_LINES:])
            if self._cancel.wait(0.02):
                return ()


@contextlib.contextmanager
def temporary_service(
    request: DeployRequest, staging: Staging, progress: Progress, cancel: CancelToken
) -> Iterator[TemporaryService]:
    """Blocks until init() has returned. Raises what a deployment raises."""
    with staged_script(replace(request, name=NAME), staging, progress, cancel) as staged:
        access = with_given(fresh_access(), staged.plan.keys)
        kind = staged.plan.spec.front.authentication
        front = with_own_certificate(staged.plan.spec.front, staged.launch.folder / FOLDER)
        if staging.debugger:
            front = staging.debugger.front_end(front)
        launch = replace(staged.launch, front=front, authentication=authentication(access, kind))
        credential = access.primary if kind == "keys" else ""
        if kind == "tokens":
            credential = token_of(access, NAME, time.time()).access_token
        progress.report(l10n.t("Starting the script"))
        with storing(launch.folder), tethered_service(launch, _MEMORY_BYTES, cancel) as service:
            port = _started(service, staged, cancel)
            address = Address(port, launch.nonce, front.certificate)
            yield TemporaryService(
                address, credential, service, staged.origins, cancel, is_debugged=staging.debugger is not None
            )


def _started(service: TetheredService, staged: StagedScript, cancel: CancelToken) -> int:
    """The port. Raises the failure with the person's own files and lines."""
    try:
        return service.await_ready(cancel)
    except LaunchFailed as error:
        failure = advised(error, staged.plan.spec.environment, staged.loaded)
        frames = [frame for frame in error.failure.frames if staged.origins.own(frame.file) != frame.file]
        place = Place(staged.origins.own(frames[-1].file), frames[-1].line - 1) if frames else None
        raise ScoredockError(
            failure.code,
            staged.origins.mapped(failure.message),
            staged.origins.mapped(failure.fix),
            place,
            details={"log_lines": [staged.origins.mapped(line) for line in error.failure.log_lines[-_LOG_LINES:]]},
        ) from None
