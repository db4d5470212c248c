"""Limits of how long Azure is waited for, whatever library asks: the head of an answer as a whole, and a body that goes
on.
"""

import http.client
from typing import Any

from .server_files import file_of_server

CONNECT_SECONDS, READ_SECONDS = 20.0, 60.0


def limit_answers() -> None:
    """Limits the time for answers on all connections of this process: those of the client library, of its sign-ins and
    of storage. Their own time-outs count from byte to byte.
    """
    answers: Any = file_of_server("timed_response")
    answers.TimedResponse.most_seconds = READ_SECONDS
    http.client.HTTPConnection.response_class = answers.TimedResponse  # urllib3's connections have it as well
