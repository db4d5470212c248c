"""What a service told of one request that it answered with a status of 500 or above. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ACCESS = re.compile(r" azmlinfsrv - [A-Z]{3,7} /score\S* (\d{3}) [\d.]+ms \d+(?: (\S+))?$")
"""The line that each request leaves in the log, with its id where the service logs ids."""
MOST_LINES = 200


def lines_of_request(lines: Sequence[str], status: int, request_id: str, message: str = "") -> tuple[str, ...] | None:
    """The lines between the end of the request before and the end of this one. None while its own end is not there, or
    where the service logs no requests.

    `lines` begin when the request was sent. Without ids in the log it is the request that ended with the status and
    whose lines hold the message of its exception, or the last one with the status where none does.
    """
    found: list[tuple[str, ...]] = []
    begin = 0
    for place, line in enumerate(lines):
        ended = _ACCESS.search(line)
        if ended is None:
            continue
        if int(ended.group(1)) == status and ended.group(2) in (None, request_id):
            found.append(tuple(lines[begin : place + 1][-MOST_LINES:]))
        begin = place + 1
    named = [each for each in found if message and any(message in line for line in each)]
    return next(iter(named or found[-1:]), None)
