"""Log lines of a service that belong to one request. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoredock.late_dataclass import dataclass

REQUEST_ID = "x-ms-request-id"
"""The header of a response that names its request."""
_ACCESS = re.compile(r" azmlinfsrv - [A-Z]{3,7} (/\S*) (\d{3}) [\d.]+ms (?:\d+|N/A)(?: (\S+))?$")
"""The line that each request leaves in the log, with its id where the service logs ids."""
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """A request whose lines one wants."""

    since: int
    """The last line of the log before it was sent."""
    status: int
    id: str
    route: str = "/score"


def lines_of_request(
    lines: Sequence[str], status: int, request_id: str, message: str = "", route: str = ""
) -> tuple[str, ...] | None:
    """The lines between the end of the request before and the end of this one. None while its own end is not there, or
    where the service logs no requests.

    `lines` begin when the request was sent. Without ids in the log it is the request that ended with the status and
    whose lines hold the message of its exception, or the last one with the status where none does. An empty route is
    any.
    """
    candidates: list[tuple[str, ...]] = []
    begin = 0
    for place, line in enumerate(lines):
        ended = _ACCESS.search(line)
        if ended is None:
            continue
        path, logged_status, logged_id = ended.groups()
        if int(logged_status) == status and logged_id in (None, request_id) and route in ("", path.partition("?")[0]):
            candidates.append(tuple(lines[begin : place + 1][-MOST_LINES:]))
        begin = place + 1
    named = [each for each in candidates if message and any(message in line for line in each)]
    return next(iter(named or candidates[-1:]), None)
