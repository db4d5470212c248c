"""Calls of the SDK by an entry script that automated ML has written: its telemetry, of which nothing is sent here, and
the traceback of a model that does not load, which goes to the log of the service.

Read by the interpreter of a script: Python 3.6.
"""

import logging
from typing import Any

INSTRUMENTATION_KEY = ""
"""Of the account that Azure's telemetry went to."""


def enable_telemetry(*_: Any, **__: Any) -> None:
    """Do nothing: the telemetry is not sent."""


def set_verbosity(*_: Any, **__: Any) -> None:
    """Do nothing: the telemetry is not sent, and the log of the service has levels of its own."""


def update_custom_dimensions(*_: Any, **__: Any) -> None:
    """Do nothing: Azure's adds these to each line of its telemetry."""


def log_traceback(exception: BaseException, logger: logging.Logger, *_: Any, **__: Any) -> None:
    """The traceback as an error."""
    logger.error("%s", exception, exc_info=(type(exception), exception, exception.__traceback__))
