"""A service that did not come up, as an error that carries everything known of it."""

from __future__ import annotations

from scoredock import l10n
from scoredock.error_codes import CODES, GROUPS
from scoredock.errors import ScoredockError
from scoredock_runtime import contract
from scoredock_runtime.contract import Failure

INTERRUPTED = "service-interrupted"
"""The cause of an end that is nobody's fault in the service: whatever ran before may be started again."""

_OF_LIMITS = (
    contract.OUT_OF_PROCESSES,
    contract.OUT_OF_MEMORY,
    contract.OUT_OF_DESCRIPTORS,
    contract.STORAGE_FULL,
    contract.TMP_FULL,
)
_OF_CLUSTERS = frozenset(each.code for each in GROUPS["Services in a cluster"])
"""Their sentences say all by themselves."""


class LaunchFailed(ScoredockError):
    """The script of a revision failed; `failure` holds the frames and the last log lines."""

    failure: Failure

    def __init__(self, failure: Failure) -> None:
        code = failure.cause if failure.cause in CODES else "service-crashed"
        last = failure.frames[-1] if failure.frames else None
        text = failure.message.strip().rstrip(".。") or l10n.t(CODES[code].title).rstrip(".。")
        if last is not None:
            file = last.file.replace(chr(92), "/").rsplit("/", 1)[-1]
            text = l10n.t("{message} ({file}, line {line})", message=text, file=file, line=last.line)
        # A sentence on how it ended needs no lead. Those of the runtime are English, our own may be of any language.
        whole = code in (INTERRUPTED, *_OF_LIMITS, *_OF_CLUSTERS) or (
            code in ("service-crashed", "init-exited") and (text.startswith("The ") or not text[:1].isascii())
        )
        message = l10n.t("{message}.", message=text) if whole else _led(code, text)
        super().__init__(code, message, details={"log": failure.log_lines})
        self.failure = failure


def _led(code: str, reason: str) -> str:
    """The reason as one sentence with what could not be done."""
    leads = {
        "init-failed": l10n.t("init() failed: {reason}.", reason=reason),
        "import-failed": l10n.t("The entry script could not be imported: {reason}.", reason=reason),
        "script-invalid": l10n.t("The entry script cannot be used: {reason}.", reason=reason),
        "init-exited": l10n.t("The process ended while init() ran: {reason}.", reason=reason),
        "init-timeout": l10n.t("The service did not start in time: {reason}.", reason=reason),
        "port-in-use": l10n.t("The port is in use: {reason}.", reason=reason),
        "service-crashed": l10n.t("The service crashed: {reason}.", reason=reason),
        "tls-invalid": l10n.t("HTTPS cannot be served: {reason}.", reason=reason),
        "variable-invalid": l10n.t("A variable cannot be used: {reason}.", reason=reason),
        "script-python-failed": l10n.t("The script cannot run in its own Python: {reason}.", reason=reason),
        "debugger-failed": l10n.t("The service could not be debugged: {reason}.", reason=reason),
    }
    return leads.get(code) or l10n.t("The service failed: {reason}.", reason=reason)
