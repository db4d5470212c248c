"""Where the runs of a service begin in its log: with each start, each update, and after each worker that ended by
itself. Pure."""

from __future__ import annotations

import re

from scoredock.services.log_view.events import StoredLine

_BEGINS = re.compile(r"Service \S+ revision \d+ starts on |Revision \d+ starts beside revision \d+\.")
_ENDED = re.compile(r"Worker \d+ (?:ended with |is killed: )")


def begins(record: StoredLine) -> bool:
    """Whether a run begins with this line."""
    return record.s == "server" and _BEGINS.match(record.m) is not None


def ends(record: StoredLine) -> bool:
    """Whether a run ends with this line, so that the next line begins another: a worker that nobody had ended."""
    return record.s == "server" and record.l == "W" and _ENDED.match(record.m) is not None
