"""The program that delivers the events of a workspace, so that it happens with no editor open.

`python -m scoredock.contrib.events.domain.process WORKSPACE` goes to the background, takes the lock of the workspace's
events, and ends when each receiver has all; who changes something later starts it again.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path

from scoredock import l10n
from scoredock.processes import fork_apart
from scoredock.registry.audit.announcing import FOLDER

_LOG, _LOG_BYTES = "log.txt", 200_000


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """Writes files that nobody else can read."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).touch(mode=0o600)
        return super()._open()


def main(arguments: list[str]) -> int:
    """Goes to the background, where it works."""
    workspace = Path(arguments[0]).absolute()
    if "--stay" not in arguments and os.name == "posix" and not fork_apart(workspace):
        return 0
    l10n.use(l10n.language_of_terminal())
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    from scoredock.contrib.events.domain.delivery import deliver
    from scoredock.data_folder import keep_others_from_writing

    keep_others_from_writing()
    log = workspace / FOLDER / _LOG
    handler = _PrivateFileHandler(log, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        deliver(workspace, wait=True)
    except OSError:
        logging.exception("Events could not be delivered.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
