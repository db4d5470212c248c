"""What a service told of one request that it answered with a status of 500 or above. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ACCESS = re.compile(r" azmlinfsrv - [A-Z]{3,7} /score\S* (\d{3}) [\d.]+ms \d+(?: (\S+))?$")
"""The line that each request leaves in the log, with its id where the service logs ids."""
MOST_LINES = 200


def lines_of_request(lines: Sequence[str], status: int, request_id: str) -> tuple[str, ...] | None:
    """The lines between the end of the request before and the end of this one. None while its own end is not there, or
    where the service logs no requests.

    `lines` begin when the request was sent. Without ids in the log the first request that ended with the status is
    taken for it.
    """
    begin = 0
    for place, line in enumerate(lines):
        ended = _ACCESS.search(line)
        if ended is None:
            continue
        known = ended.group(2)
        if int(ended.group(1)) == status and known in (None, request_id):
            return tuple(lines[begin : place + 1][-MOST_LINES:])
        begin = place + 1
    return None
