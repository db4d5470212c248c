"""`azureml_inference_server_http.log_config`: what a person's `logging.json` names when it began as a copy of v1's."""

import logging
import time
from typing import Any


class RootAccessFilter(logging.Filter):
    """Leaves health requests out of an access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """False for the line of a health request."""
        return "GET / HTTP/1.1" not in record.getMessage()


class AMLLogFormatter(logging.Formatter):
    """Times in UTC, in the form that v1's lines have."""

    def __init__(
        self,
        fmt: str = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s",
        datefmt: Any = None,
        style: Any = "%",
    ) -> None:
        super().__init__(fmt=fmt, datefmt=datefmt, style=style)
        self.converter = time.gmtime


__all__ = ["AMLLogFormatter", "RootAccessFilter"]
