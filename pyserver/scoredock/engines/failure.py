"""A service that did not come up, as an error that carries everything known of it."""

from __future__ import annotations

from scoredock.error_codes import CODES
from scoredock.errors import ScoredockError
from scoredock_runtime.contract import Failure

INTERRUPTED = "service-interrupted"
"""The cause of an end that is nobody's fault in the service: whatever ran before may be started again."""


class LaunchFailed(ScoredockError):
    """The script of a revision failed; `failure` holds the frames and the last log lines."""

    failure: Failure

    def __init__(self, failure: Failure) -> None:
        code = failure.cause if failure.cause in CODES else "service-crashed"
        last = failure.frames[-1] if failure.frames else None
        where = f" ({last.file.replace(chr(92), '/').rsplit('/', 1)[-1]}, line {last.line})" if last else ""
        text = failure.message.strip().rstrip(".") or CODES[code].title.rstrip(".")
        # What is a sentence on how it ended says by itself that it did.
        told = code == INTERRUPTED or (code in ("service-crashed", "init-exited") and text.startswith("The "))
        lead = "" if told else f"{_LEADS.get(code, 'The service failed')}: "
        super().__init__(code, f"{lead}{text}{where}.", details={"log": failure.log_lines})
        self.failure = failure


_LEADS = {
    "init-failed": "init() failed",
    "import-failed": "The entry script could not be imported",
    "script-invalid": "The entry script cannot be used",
    "init-exited": "The process ended while init() ran",
    "init-timeout": "The service did not start in time",
    "port-in-use": "The port is taken",
    "service-crashed": "The service crashed",
    "tls-invalid": "HTTPS cannot be served",
    "debugger-failed": "The service could not be debugged",
}
